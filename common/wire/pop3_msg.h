/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grammar of POP3 (RFC 1939, RFC 2449): status lines, response codes,
 * capabilities, numbers, listings. Pure functions on bytes.
 */
#ifndef COMMON_WIRE_POP3_MSG_H
#define COMMON_WIRE_POP3_MSG_H

#include "base/buf.h"
#include "base/mem.h"
#include "wire/sasl_list.h"

#define POP3_MSG_LINES_MAX 256 /* of CAPA */

enum pop3_msg_status {
	POP3_MSG_OK = 1,
	POP3_MSG_ERR,
	POP3_MSG_CONTINUE /* "+ challenge" of AUTH (RFC 5034, 4) */
};

/* All pointers go into the line. */
struct pop3_msg_line {
	enum pop3_msg_status status;
	const char *code; /* "IN-USE" of "[IN-USE]" (RFC 2449, 8); NULL if none */
	size_t code_len;
	const char *text; /* behind status and code */
};
/* The first word must be exactly "+OK", "-ERR" or "+". line is NUL-terminated. */
bool pop3_msg_line(const char *line, struct pop3_msg_line *out) MUST_USE;

/* APOP's timestamp "<...@...>" in a greeting, angles included (RFC 1939, 7); printable ASCII only. */
bool pop3_msg_timestamp(const char *greeting, const char **stamp_out, size_t *len_out) MUST_USE;

/* "count size" behind "+OK " (RFC 1939, 5); more may follow. */
bool pop3_msg_stat(const char *text, uint64_t *count_out, uint64_t *size_out) MUST_USE;
/* "number uid" of a UIDL listing: 1 to 70 printable characters (RFC 1939, 7). */
bool pop3_msg_uidl(const char *line, uint64_t *number_out, const char **uid_out) MUST_USE;

/* A line of a listing: true when it is the lone dot that ends it; else *line is unstuffed. */
bool pop3_msg_ends(const char **line);

struct pop3_msg_caps {
	bool answered;     /* the server knows CAPA */
	const char **list; /* lines as sent: "SASL PLAIN LOGIN" */
	size_t count;
	bool stls, user, uidl, top, pipelining, resp_codes, auth_resp_code, utf8;
	bool sasl;
	struct sasl_list mechanisms;
	const char *implementation; /* NULL if not told */
	const char *login_delay,
	    *expire; /* arguments as sent: "900", "NEVER", "60 USER"; NULL if not told */
};
/* Adds one line of a CAPA listing. Memory is the arena's. */
void pop3_msg_caps_add(struct pop3_msg_caps *caps, struct arena *arena, const char *line);
/* By keyword, or whole line, or "SASL=MECHANISM"; ASCII case folded. */
bool pop3_msg_caps_has(const struct pop3_msg_caps *caps, const char *keyword);

#endif
