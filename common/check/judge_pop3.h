/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of POP3's own facts, and how they look. */
#ifndef COMMON_CHECK_JUDGE_POP3_H
#define COMMON_CHECK_JUDGE_POP3_H

#include "check/classic.h"
#include "dialog/pop3.h"

/* What the program wants beside the dialog's parameters. */
struct judge_pop3 {
	const struct login_opts *login; /* --require ... */
	const struct classic_opts *classic;
	int64_t cap;           /* --cap; 0: none */
	bool uidl, newest_age; /* asked for: not to learn it is a finding */
};

void judge_pop3(
    const struct judge *judge, const struct pop3_facts *facts, const struct judge_pop3 *wants);
/* server{} and auth{} of the endpoint; of the chosen one also mailboxes[] of the report. */
void show_pop3(const struct pop3_facts *facts, const char *user, struct report *report,
    struct value *endpoint, bool chosen);

#endif
