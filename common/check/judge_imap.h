/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of IMAP's own facts, and how they look. */
#ifndef COMMON_CHECK_JUDGE_IMAP_H
#define COMMON_CHECK_JUDGE_IMAP_H

#include "check/judge.h"
#include "dialog/imap.h"

/* What the program wants beside the dialog's parameters. */
struct judge_imap {
	const struct login_opts *login;  /* --require ... */
	const struct strings *expect;    /* -e */
	bool expect_all;                 /* -A */
	bool hide_words;                 /* -j: the server's words are not shown */
	unsigned special_use;            /* bits that must exist */
};

void judge_imap(const struct judge *judge, const struct imap_facts *facts, const struct judge_imap *wants);
/* server{} and auth{} of the endpoint; of the chosen one also mailboxes[] and quotas[] of the report. */
void show_imap(const struct imap_facts *facts, const char *user, struct report *report, struct value *endpoint,
    bool chosen);

#endif
