/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Making foreign bytes printable. Every byte not written by us passes here
 * before it is shown (one exception: JSON takes text_utf8()).
 */
#ifndef COMMON_BASE_TEXT_H
#define COMMON_BASE_TEXT_H

#include "base/base.h"
#include "base/buf.h"

/*
 * Appends bytes as valid UTF-8 without control, bidi and invisible characters:
 * invalid bytes and C0/C1 as \xNN, others as \u{NNNN}; '|' becomes U+00A6,
 * '<' '>' become U+2039 U+203A, '"' becomes an apostrophe. At most max_chars
 * characters are written; a cut ends in U+2026 and never splits a character
 * or an escape. When fold is true, runs of white space (CR, LF, TAB included)
 * become one blank and those at both ends are dropped; else CR, LF, TAB are
 * \xNN. At the buffer's cap the text is cut in the same way and overflow is set.
 */
struct text_style {
	size_t max_chars; /* 0 = unlimited (the buffer's own cap still holds) */
	bool fold;        /* replies of several lines become one line */
	bool for_json;    /* leave | < > " alone: JSON escapes them itself */
};
void text_clean(struct buf *out, const void *bytes, size_t len, const struct text_style *style);

/* The same, folded, into a fixed array; always NUL-terminated, cut with U+2026. Returns out. */
char *text_clean_into(char *out, size_t size, const void *bytes, size_t len);

/* Number of characters (not bytes) of valid UTF-8. */
size_t text_chars(const char *text);
/* Cuts valid UTF-8 to max_chars characters, the last being U+2026 if anything was cut. In place.
 * Escapes of text_clean() are not split. */
void text_cut(char *text, size_t max_chars);

/* ASCII only, whatever the locale. */
bool text_equal_fold(const char *a, const char *b);
bool text_begins_fold(const char *text, const char *beginning);
/* Finds needle in the first len bytes of text, ASCII case folded; NULL if not there. */
const char *text_find_fold(const char *text, size_t len, const char *needle);

/* "1.2 GiB", "3.2 s", "41 ms", "14.2 days": the house style of numbers (point, no grouping). */
void text_size(struct buf *out, uint64_t bytes);
void text_span(struct buf *out, int64_t span_us);
/* "61.1 days"; what is over: "expired 3.1 days ago". */
void text_days(struct buf *out, double days, int decimals);
/* "2026-12-06 09:12 UTC" */
void text_date(struct buf *out, int64_t unix_seconds);
/* "2026-12-06T09:12:00Z" (RFC 3339) */
void text_rfc3339(struct buf *out, int64_t unix_seconds);

/* base64 (RFC 4648, 4): standard alphabet with padding; decoding also takes the URL alphabet and no padding. */
void text_base64(struct buf *out, const void *bytes, size_t len);
bool text_unbase64(struct buf *out, const char *text, size_t len) MUST_USE;
void text_hex(struct buf *out, const void *bytes, size_t len); /* lower case */
bool text_unhex(
    struct buf *out, const char *text, size_t len) MUST_USE; /* ':' between bytes is allowed */

#endif
