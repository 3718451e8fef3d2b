/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grammar of SMTP and LMTP (RFC 5321, RFC 2033): reply lines, enhanced
 * codes, EHLO keywords, addresses, transparency. Pure functions on bytes.
 */
#ifndef COMMON_WIRE_SMTP_MSG_H
#define COMMON_WIRE_SMTP_MSG_H

#include "base/buf.h"
#include "base/mem.h"
#include "wire/sasl_list.h"

#define SMTP_MSG_LINES_MAX 256
#define SMTP_MSG_BYTES_MAX ((size_t)256 << 10)

/* One line of a reply. text points into the line. */
struct smtp_msg_line {
	int code;  /* 200..599 */
	bool last; /* "250 ", not "250-" */
	const char *text;
	size_t len;
};
/* RFC 5321, 4.2.1: exactly three digits, then blank, hyphen or the line's end. */
bool smtp_msg_line(const char *line, size_t len, struct smtp_msg_line *out) MUST_USE;

/* "5.7.8" (RFC 3463); class 0: none. */
struct smtp_msg_enhanced {
	int class, subject, detail;
};
/* At the beginning of a reply's text; *skip_out (may be NULL): its length with the blank behind. */
bool
smtp_msg_enhanced(const char *text, size_t len, struct smtp_msg_enhanced *out, size_t *skip_out);
/* The class must repeat the code's first digit (RFC 2034, 4); true without an enhanced code. */
bool smtp_msg_enhanced_fits(int code, const struct smtp_msg_enhanced *enhanced);

/* What EHLO or LHLO told (RFC 5321, 4.1.1.1). Strings are the peer's, raw. */
struct smtp_msg_ehlo {
	const char *name;      /* first word of the first line; "" if none */
	const char **keywords; /* lines as sent: "SIZE 1000"; NULL before EHLO was answered */
	size_t count;
	bool starttls, pipelining, chunking, eightbitmime, smtputf8, dsn, requiretls, limits;
	bool size_offered, size_broken; /* RFC 1870; broken: no number, or beyond 64 bits */
	uint64_t size_max;              /* bytes; 0: no fixed limit */
	bool auth_offered;              /* "AUTH ..." (RFC 4954) or the old "AUTH=..." */
	struct sasl_list mechanisms;
	bool masked; /* a keyword overwritten on the way: "XXXXXXXA" */
};
/* Reads the text lines of a 250 reply (joined by LF). Memory is the arena's. */
void smtp_msg_ehlo(struct smtp_msg_ehlo *ehlo, struct arena *arena, const char *text);
/* By keyword, or whole line, or "AUTH=MECHANISM"; ASCII case folded. */
bool smtp_msg_ehlo_has(const struct smtp_msg_ehlo *ehlo, const char *keyword);

/* A greeting whose text a middlebox overwrote with asterisks or zeros. */
bool smtp_msg_masked_greeting(const char *text, size_t len);

/*
 * An address as it stands between < and > (empty only where empty is allowed):
 * no CR, LF, NUL, control, blank outside quotes, '<' or '>'; a local part, an
 * at sign and a domain; at most 254 octets (RFC 5321, 4.5.3.1.3). *why_out
 * names the fault.
 */
bool smtp_msg_address(const char *address, bool empty_allowed, const char **why_out) MUST_USE;
bool smtp_msg_ascii(const char *text);
/* What stands behind EHLO: no control, no blank, not empty. */
bool smtp_msg_helo(const char *name) MUST_USE;

/*
 * Transparency for DATA (RFC 5321, 4.5.2): dots at the begin of lines doubled,
 * and every line end written as CRLF whatever it was (CR, LF, CRLF): a bare one
 * may end the message elsewhere. Zero it to begin a message.
 */
struct smtp_msg_stuffer {
	bool in_line;  /* something stands on the current line */
	bool after_cr; /* the last byte was CR: an LF belongs to it */
};
void
smtp_msg_stuff(struct smtp_msg_stuffer *stuffer, struct buf *out, const char *bytes, size_t len);
/* Ends an unfinished line and adds the lone dot. */
void smtp_msg_stuff_end(struct smtp_msg_stuffer *stuffer, struct buf *out);

/*
 * The queue id in the final reply of a message (Postfix, Exim, OpenSMTPD,
 * Sendmail, Exchange, Courier, qmail, Dovecot LMTP, Google). False: none known.
 */
bool smtp_msg_queue_id(const char *text, const char **id_out, size_t *len_out) MUST_USE;

#endif
