/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what MTA-STS and TLSA records mean for mail that comes in.
 * Must not know how the policy was fetched.
 */
#include <string.h>

#include "check/judge_policy.h"

#define SECONDS_A_DAY 86400.0

/* ---- MTA-STS (RFC 8461) ---------------------------------------------------------------------- */

/* A policy that senders may still hold: those with mode enforce stop delivering. */
static void
say_policy(const struct judge_policy *judge, const char *words)
{
	const char *domain = judge->params->domain;
	struct report_finding *finding;

	finding =
	    report_add(judge->report, FINDING_MTASTS_POLICY, domain, "MTA-STS policy: %s", words);
	report_next(judge->report, finding,
	    "here: curl -sSi https://mta-sts.%s/.well-known/mta-sts.txt", domain);
	report_next(judge->report, finding,
	    "on the web host: a certificate for mta-sts.%s, text/plain, no redirect", domain);
	if (judge->facts->mtasts.policy.mode == MTASTS_ENFORCE)
		report_state(judge->report, finding, STATE_CRITICAL);
}

/* False: there is no policy to look into. */
static bool
judge_answer(const struct judge_policy *judge)
{
	const struct http_facts *http = &judge->facts->mtasts.http;
	struct arena arena = {0};

	if (http->fault == HTTP_FAULT_LIBRARY) {
		report_add(judge->report, FINDING_CLIENT_RESOURCES, judge->params->domain,
		    "the MTA-STS policy was not fetched: %s", http->err.text);
		return false;
	}
	if (!judge->facts->mtasts.fetched) {
		say_policy(judge, err_is_set(&http->err) ? http->err.text : "not fetched in time");
		return false;
	}
	if (http->status != 200)
		say_policy(judge, arena_printf(&arena, "the web host answers %d%s%s", http->status,
				      http->location[0] ? ", leads to " : "", http->location));
	else if (strcmp(http->content_type, "text/plain") != 0)
		say_policy(judge, arena_printf(&arena, "its type is %s, not text/plain",
				      http->content_type[0] ? http->content_type : "not said"));
	else if (judge->facts->mtasts.policy.fault)
		say_policy(judge, judge->facts->mtasts.policy.fault);
	arena_free(&arena);
	return http->status == 200;
}

static void
judge_coverage(const struct judge_policy *judge)
{
	const struct mtasts_policy *policy = &judge->facts->mtasts.policy;

	if (policy->mode != MTASTS_ENFORCE && policy->mode != MTASTS_TESTING)
		return;
	for (size_t i = 0; i < judge->mx->host_count; i++) {
		const char *host = judge->mx->hosts[i].text;
		struct report_finding *finding;

		if (strcmp(host, ".") == 0 || mtasts_policy_covers(policy, host))
			continue;
		finding = report_add(judge->report, FINDING_MTASTS_MX, host,
		    "MX %s is not covered by the MTA-STS policy (mode %s)", host,
		    mtasts_mode_word(policy->mode));
		if (policy->mode == MTASTS_TESTING)
			report_state(judge->report, finding, STATE_WARNING);
	}
}

static void
judge_age(const struct judge_policy *judge)
{
	int64_t age_s = judge->facts->mtasts.policy.max_age_s;

	if (age_s >= 0 && (age_s < MTASTS_AGE_MIN || age_s > MTASTS_AGE_MAX))
		report_add(judge->report, FINDING_MTASTS_RECORD, judge->params->domain,
		    "max_age of the MTA-STS policy is %lld s, useful are %d to %d s",
		    (long long)age_s, MTASTS_AGE_MIN, MTASTS_AGE_MAX);
}

void
judge_policy_mtasts(const struct judge_policy *judge)
{
	const struct policy_mtasts *mtasts = &judge->facts->mtasts;
	const struct policy_txt *txt = &mtasts->txt;

	if (judge_policy_failed(judge, txt, STATE_WARNING))
		return;
	if (txt->state == POLICY_ABSENT) {
		report_line(judge->report, 1, "no MTA-STS record at %s", txt->name);
		return;
	}
	if (txt->state == POLICY_SEVERAL)
		report_add(judge->report, FINDING_MTASTS_RECORD, txt->name,
		    "%zu MTA-STS records at %s: senders use none", txt->count, txt->name);
	if (txt->state == POLICY_BROKEN)
		report_add(judge->report, FINDING_MTASTS_RECORD, txt->name, "%s: %s", txt->name,
		    txt->fault);
	if (txt->state == POLICY_SEVERAL || !judge_answer(judge))
		return;
	judge_coverage(judge);
	judge_age(judge);
}

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
