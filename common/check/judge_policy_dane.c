/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what TLSA records mean for mail that comes in.
 */
#include "check/judge_policy.h"

#define SECONDS_A_DAY 86400.0

/* ---- TLSA (RFC 7672) ----------------------------------------------------------------------------- */

static bool
protects(const struct policy_dane *dane)
{
	return dane->tlsa->status == DNS_ANSWERED && dane->tlsa->secure && dane->usable > 0;
}

static void
judge_host(const struct judge_policy *judge, const struct policy_dane *dane)
{
	const struct dns_question *tlsa = dane->tlsa;

	if (!dns_is_answer(tlsa)) {
		/* Senders ask only where the host's address is secure (2.2.2). */
		if (dane->address_secure)
			report_add(judge->report, FINDING_DANE_LOOKUP, dane->host,
			    "TLSA %s: %s, and the zone is signed: DANE senders defer", tlsa->name,
			    tlsa->why && tlsa->why[0] ? tlsa->why : dns_status_word(tlsa->status));
		return;
	}
	if (tlsa->status != DNS_ANSWERED)
		return;
	if (judge->facts->validates && !tlsa->secure)
		report_add(judge->report, FINDING_DANE_WEAK, dane->host,
		    "TLSA of %s is not secured by DNSSEC: senders ignore it", dane->host);
	else if (dane->unusable > 0)
		report_add(judge->report, FINDING_DANE_WEAK, dane->host,
		    "%zu of %zu TLSA records of %s cannot be used: %s", dane->unusable,
		    dane->usable + dane->unusable, dane->host, dane->why);
}

static void
judge_some(const struct judge_policy *judge)
{
	const struct policy_facts *facts = judge->facts;
	size_t protected = 0;

	for (size_t i = 0; i < facts->dane_count; i++)
	protected += protects(&facts->dane[i]);
	if (protected == 0)
		return;
	if (judge->mx->mx && judge->mx->mx->status == DNS_ANSWERED && !judge->mx->mx->secure)
		report_add(judge->report, FINDING_DANE_WEAK, judge->params->domain,
		    "the MX answer of %s is not secured by DNSSEC: TLSA of its hosts protect "
		    "nothing",
		    judge->params->domain);
	for (size_t i = 0; i < facts->dane_count; i++)
		if (facts->dane[i].tlsa->status == DNS_NODATA ||
		    facts->dane[i].tlsa->status == DNS_NXDOMAIN)
			report_add(judge->report, FINDING_DANE_WEAK, facts->dane[i].host,
			    "%s has no TLSA, %zu of %zu MX hosts have: the way round is open",
			    facts->dane[i].host, protected, facts->dane_count);
}

/* Signatures over TLSA that end soon. */
static void
judge_signatures(const struct judge_policy *judge)
{
	int64_t now = judge->params->now_unix;

	for (size_t i = 0; i < judge->facts->dane_count; i++) {
		const struct dns_answer *answer = &judge->facts->dane[i].tlsa->answer;

		for (size_t j = 0; j < answer->signature_count; j++)
			report_metric(judge->report, METRIC_RRSIG_DAYS,
			    (double)(dns_time(answer->signatures[j].rrsig.ends, now) - now) /
				SECONDS_A_DAY);
	}
}

void
judge_policy_dane(const struct judge_policy *judge)
{
	for (size_t i = 0; i < judge->facts->dane_count; i++)
		judge_host(judge, &judge->facts->dane[i]);
	judge_some(judge);
	judge_signatures(judge);
	if (judge->facts->dane_count > 0 && !judge->facts->validates)
		report_line(judge->report, 1,
		    "no resolver that validates and is trusted: whether TLSA is secure is unknown");
}
