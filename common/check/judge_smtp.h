/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of SMTP's own facts, and how they look. */
#ifndef COMMON_CHECK_JUDGE_SMTP_H
#define COMMON_CHECK_JUDGE_SMTP_H

#include <regex.h>

#include "check/judge.h"
#include "dialog/smtp.h"

/* What the program wants beside the dialog's parameters. */
struct judge_smtp {
	const struct login_opts *login; /* --require ... */
	const char *from;               /* of the envelope; NULL: none */
	const char *expect;             /* -e; NULL: 220 */
	uint64_t min_size;              /* least SIZE the server must announce; 0: any */
	const regex_t *responses;       /* -R, for the first commands in order */
	const struct strings *response_texts;
	bool submission; /* a port where users log in: AUTH must be offered */
};

void judge_smtp(
    const struct judge *judge, const struct smtp_facts *facts, const struct judge_smtp *wants);
/* server{} and auth{} of the endpoint; of the chosen one also envelope{} of the report. */
void show_smtp(const struct smtp_facts *facts, const char *from, const char *user,
    struct report *report, struct value *endpoint, bool chosen);

#endif
