/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of IMAP's own facts, and how they look. */
#ifndef COMMON_CHECK_JUDGE_IMAP_H
#define COMMON_CHECK_JUDGE_IMAP_H

#include "check/classic.h"
#include "check/memory.h"
#include "dialog/imap.h"

/* What the program wants beside the dialog's parameters. */
struct judge_imap {
	const struct login_opts *login; /* --require ... */
	const struct classic_opts *classic;
	unsigned special_use; /* bits that must exist */
};

void judge_imap(
    const struct judge *judge, const struct imap_facts *facts, const struct judge_imap *wants);
/* UIDVALIDITY against that of earlier runs. */
void
judge_imap_memory(const struct judge *judge, const struct imap_facts *facts, struct memory *memory);
/* server{} and auth{} of the endpoint; of the chosen one also mailboxes[] and quotas[] of the report. */
void show_imap(const struct imap_facts *facts, const char *user, struct report *report,
    struct value *endpoint, bool chosen);

#endif
