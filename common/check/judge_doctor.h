/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What several checks of one account say together: which of sending and
 * receiving works, and the one cause that explains most of what does not.
 */
#ifndef COMMON_CHECK_JUDGE_DOCTOR_H
#define COMMON_CHECK_JUDGE_DOCTOR_H

#include "check/doctor_find.h"
#include "report/report.h"

enum doctor_outcome {
	DOCTOR_SKIPPED = 0, /* not wanted */
	DOCTOR_NOT_OFFERED,
	DOCTOR_WORKS, /* OK or WARNING */
	DOCTOR_FAILS,
	DOCTOR_UNTOLD /* the check could not find out: UNKNOWN */
};

/* One check's end. The report is owned here and has no policy any more. */
struct doctor_result {
	enum doctor_outcome outcome;
	char place[300]; /* "imap.example.org:993", the domain; "" */
	bool
	    guarded; /* no login was tried: the host is outside of the domain, and nothing signed says it */
	struct report report;
	struct value *tree;                 /* render_value() of it; NULL when nothing ran */
	const struct report_finding *cause; /* its worst finding; NULL: none but notes */
	const struct value *shown;          /* the same inside tree */
};

struct doctor_facts {
	struct doctor_result results[DOCTOR_CHECKS];
	const char *user; /* for {user}; may be NULL */
	bool
	    web_answers; /* asked when no service could be reached: other ports of the hosts are open */
};

const char *doctor_check_name(enum doctor_check check); /* "smtp", as in --only */
/* Outcome and cause out of report and tree. */
void doctor_result_settle(struct doctor_result *result);
/* True: nothing but the way to the services failed, so that web_answers matters. */
bool judge_doctor_unreached(const struct doctor_facts *facts);
/* The sentence of line 1, a line a service, and the one finding. */
void judge_doctor(struct report *report, struct doctor_facts *facts);

#endif
