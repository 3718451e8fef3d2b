/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the fields of a delivered message tell: the way it took (Received,
 * RFC 5321, 4.4), who it was taken for (Authentication-Results, RFC 8601), why
 * it came back (delivery status, RFC 3464). Pure functions; line ends may be
 * CRLF or LF; results are raw and live in the arena.
 */
#ifndef COMMON_WIRE_MAIL_HEADERS_H
#define COMMON_WIRE_MAIL_HEADERS_H

#include "base/buf.h"
#include "base/mem.h"

#define MAIL_FIELDS_MAX 1000

struct mail_field {
	const char *name, *value; /* unfolded, without blanks at the ends */
};
struct mail_headers {
	struct mail_field *list;
	size_t count;
};
/* Up to the blank line; lines that are no field are passed over. Returns where the body begins. */
size_t
mail_headers_read(struct mail_headers *headers, struct arena *arena, const char *text, size_t len);
/* The first of that name, ASCII case folded; NULL if there is none. */
const char *mail_headers_get(const struct mail_headers *headers, const char *name);

/* One Received field. */
struct mail_hop {
	const char *from, *by; /* NULL: not told */
	bool dated;
	int64_t unix_s;
};
void mail_hop_read(struct mail_hop *hop, struct arena *arena, const char *value);

/* What one service says about sender authentication: "pass", "fail" ...; NULL: not told. */
struct mail_results {
	bool told; /* at least one field is this service's */
	const char *spf, *dkim, *dmarc;
};
/*
 * Adds an Authentication-Results value if that service wrote it. The first
 * result of a method counts; of several signatures one that passes.
 */
void mail_results_read(
    struct mail_results *results, struct arena *arena, const char *value, const char *service);

/* What a bounce says about the first recipient that failed. NULL: not told. */
struct mail_report {
	const char *action;     /* "failed", "delayed" */
	const char *status;     /* "5.2.2" */
	const char *diagnostic; /* the reply, without its type: "552 5.2.2 quota exceeded" */
	const char *recipient;  /* without its type */
	const char *remote;     /* Remote-MTA, else Reporting-MTA */
};
/*
 * A whole message. True: it holds a delivery status, or, from a mailer of old,
 * a line that begins as a reply of 4xx or 5xx does. Reports of success are true
 * too: action tells.
 */
bool mail_report_read(
    struct mail_report *report, struct arena *arena, const char *text, size_t len) MUST_USE;

/*
 * Appends the body as it is compared: line ends as CRLF, empty lines at the
 * end dropped (the "simple" form of RFC 6376, 3.4.3).
 */
void mail_body_canonical(struct buf *out, const char *body, size_t len);

#endif
