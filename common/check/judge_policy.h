/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of a domain's policies: SPF, DKIM, DMARC, MTA-STS, TLS-RPT, TLSA, BIMI. */
#ifndef COMMON_CHECK_JUDGE_POLICY_H
#define COMMON_CHECK_JUDGE_POLICY_H

#include "check/limit.h"
#include "check/memory.h"
#include "dialog/policy.h"

struct judge_policy {
	struct report *report;
	const struct limits *limits;
	const struct policy_params *params;
	const struct policy_facts *facts;
	const struct mx_facts *mx;
	enum dmarc_policy dmarc_min; /* --dmarc-min; DMARC_UNSET: any */
	struct memory *memory;       /* of the domain; NULL: nothing is remembered */
};

/* All of it. */
void judge_policy(const struct judge_policy *judge);
/* spf, dkim, dmarc, mtasts, tlsrpt, dane of domain{} in JSON (which must be there), and the facts of -vv. */
void show_policy(const struct judge_policy *judge);

/* The parts, for the files judge_policy*.c only. */
void judge_policy_spf(const struct judge_policy *judge);
void judge_policy_mtasts(const struct judge_policy *judge);
void judge_policy_dane(const struct judge_policy *judge);
/*
 * True if the record could not be asked for; then that is said, unless the
 * domain as a whole does not answer. worst: what SERVFAIL means for this record.
 */
bool judge_policy_failed(
    const struct judge_policy *judge, const struct policy_txt *txt, enum state worst);

#endif
