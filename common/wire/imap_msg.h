/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Responses of an IMAP server (RFC 9051, section 9; RFC 3501, section 9): a
 * response is a line, or lines joined by literals, and is read token by token.
 * Pure functions on bytes: nothing is allocated, nothing is kept, everything
 * points into the bytes given.
 */
#ifndef COMMON_WIRE_IMAP_MSG_H
#define COMMON_WIRE_IMAP_MSG_H

#include "base/base.h"
#include "base/buf.h"

#define IMAP_MSG_DEPTH_MAX 32                    /* nested parentheses */
#define IMAP_MSG_LITERAL_MAX ((uint64_t)1 << 20) /* bytes of one literal */

struct imap_msg_span {
	const char *at; /* not NUL-terminated; NULL: absent */
	size_t len;
};
/* ASCII case folded. */
bool imap_msg_is(struct imap_msg_span span, const char *word);

/* How a line ends: {n}, {n+} and ~{n} announce n bytes behind its CRLF. */
enum imap_msg_tail { IMAP_MSG_NO_LITERAL, IMAP_MSG_LITERAL, IMAP_MSG_LITERAL_BAD };
/* BAD: a brace with anything but a number that fits 64 bits. Not for status responses: their text may end so. */
enum imap_msg_tail imap_msg_tail(const char *line, size_t len, uint64_t *size_out);

/* The place of reading. fault is NULL or says what breaks the grammar, and sticks. */
struct imap_msg_cursor {
	const char *at, *end;
	unsigned depth;
	const char *fault;
	bool too_deep; /* the fault is a limit of ours */
};

enum imap_msg_kind {
	IMAP_MSG_END,    /* nothing is left, or fault */
	IMAP_MSG_ATOM,   /* also flags, numbers, BODY[...] as a whole */
	IMAP_MSG_STRING, /* quoted or literal */
	IMAP_MSG_NIL,
	IMAP_MSG_OPEN, /* ( */
	IMAP_MSG_CLOSE /* ) */
};
struct imap_msg_token {
	enum imap_msg_kind kind;
	struct imap_msg_span span; /* the content; of a quoted string still with backslashes */
	bool escaped;              /* it has some */
};
struct imap_msg_cursor imap_msg_cursor(struct imap_msg_span span);
struct imap_msg_token imap_msg_next(struct imap_msg_cursor *cursor);
/* Appends the content without backslashes. */
void imap_msg_unescape(struct buf *out, const struct imap_msg_token *token);
/* Skips the value at the cursor, a whole list if it is one. */
void imap_msg_skip(struct imap_msg_cursor *cursor);
/* The next token as a number of at most max; else a fault. */
bool imap_msg_number(struct imap_msg_cursor *cursor, uint64_t max, uint64_t *value_out);
/* Opens a list; false if something else stands there, which is a fault. */
bool imap_msg_open(struct imap_msg_cursor *cursor);

#define IMAP_MSG_NUMBER_MAX UINT32_MAX              /* number */
#define IMAP_MSG_NUMBER64_MAX ((uint64_t)INT64_MAX) /* number64, mod-sequence */

enum imap_msg_form { IMAP_MSG_UNTAGGED, IMAP_MSG_TAGGED, IMAP_MSG_CONTINUATION };

enum imap_msg_word {
	IMAP_MSG_OTHER,
	IMAP_MSG_OK, /* the first five are status responses */
	IMAP_MSG_NO,
	IMAP_MSG_BAD,
	IMAP_MSG_BYE,
	IMAP_MSG_PREAUTH,
	IMAP_MSG_CAPABILITY,
	IMAP_MSG_LIST,
	IMAP_MSG_STATUS,
	IMAP_MSG_SEARCH,
	IMAP_MSG_ESEARCH,
	IMAP_MSG_SORT,
	IMAP_MSG_FLAGS,
	IMAP_MSG_EXISTS,
	IMAP_MSG_RECENT,
	IMAP_MSG_EXPUNGE,
	IMAP_MSG_FETCH,
	IMAP_MSG_QUOTA,
	IMAP_MSG_QUOTAROOT,
	IMAP_MSG_ID
};

/* One response. */
struct imap_msg {
	enum imap_msg_form form;
	struct imap_msg_span tag;
	enum imap_msg_word word;
	bool numbered;
	uint64_t number;             /* "* 23 EXISTS" */
	struct imap_msg_cursor rest; /* behind the word; of a continuation all behind "+ " */
	/* Status responses: [code args] text. A bracket that never closes belongs to the text. */
	struct imap_msg_span code, args, text;
	struct imap_msg_span words; /* from the status word to the end of the line */
};
/* False: no IMAP response; *why_out says why. Bytes are as read, without the last CRLF. */
bool
imap_msg_parse(struct imap_msg *msg, const char *bytes, size_t len, const char **why_out) MUST_USE;

/* INTERNALDATE's text "17-Jul-1996 02:44:25 -0700" as Unix time. */
bool imap_msg_date(struct imap_msg_span text, int64_t *unix_out) MUST_USE;
/* The day of a time in UTC as SEARCH wants it: "17-Jul-1996". */
void imap_msg_day(struct buf *out, int64_t unix_s);

/*
 * Appends text as a quoted string; false, and nothing is added, if only a
 * literal can carry it (8-bit, CR, LF).
 */
bool imap_msg_quote(struct buf *out, const char *text) MUST_USE;
/* Mailbox names: UTF-8 to modified UTF-7 (RFC 3501, 5.1.3) and back. False: not valid. */
bool imap_msg_to_utf7(struct buf *out, const char *utf8) MUST_USE;
bool imap_msg_from_utf7(struct buf *out, struct imap_msg_span name) MUST_USE;

#endif
