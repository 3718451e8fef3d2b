/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The message that a delivery check sends (RFC 5322): headers with a token, a
 * short text, padding. Every line ends in CRLF and is far below 998 octets;
 * only addresses may bring UTF-8 (RFC 6532). Pure functions.
 */
#ifndef COMMON_WIRE_MESSAGE_H
#define COMMON_WIRE_MESSAGE_H

#include "base/buf.h"

#define MESSAGE_TOKEN_FIELD "X-Mailvitals-Token"
#define MESSAGE_HEAD_MAX ((size_t)256 << 10)

struct message {
	const char *token;       /* 32 hex digits */
	const char *from;        /* "": the null sender */
	const char *const *rcpt; /* NULL-terminated */
	const char *subject;     /* NULL: one of ours; UTF-8 is encoded (RFC 2047) */
	const char *host;        /* right side of the Message-ID */
	int64_t now_unix;
};

/*
 * Headers, blank line and text, with CRLF, before transparency. *body_out: where
 * the body begins. out's cap should be MESSAGE_HEAD_MAX.
 */
void message_head(struct buf *out, const struct message *message, size_t *body_out);
/* Bytes of padding that bring a head of this length to size; 0 when it is there already. */
uint64_t message_padding(size_t head_len, uint64_t size);
/* Adds whole lines of padding, left bytes still to come, at most room. Returns how many were added. */
uint64_t message_pad(struct buf *out, uint64_t left, size_t room);

#endif
