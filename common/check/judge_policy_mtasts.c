/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what MTA-STS means for mail that comes in (RFC 8461): the policy as it is
 * now, and the one that senders may still hold.
 * Must not know how the policy was fetched.
 */
#include <string.h>

#include "base/text.h"
#include "check/judge_policy.h"
#include "check/mtasts_memory.h"

static bool
is_held(const struct mtasts_memory *held)
{
	return held->policy.mode == MTASTS_ENFORCE;
}

/* "; senders enforce the last one until ..." */
static const char *
until(const struct judge_policy *judge, const struct mtasts_memory *held)
{
	struct buf words;
	const char *text;

	if (!is_held(held))
		return "";
	buf_init(&words, 128);
	buf_add_text(&words, "; senders enforce the last one until ");
	text_date(&words, held->until_unix);
	text = arena_strdup(&judge->report->arena, buf_text(&words));
	buf_free(&words);
	return text;
}

/* A policy that senders may still hold: those with mode enforce stop delivering. */
static void
say_policy(const struct judge_policy *judge, const struct mtasts_memory *held, const char *words)
{
	const char *domain = judge->params->domain;
	struct report_finding *finding;

	finding = report_add(judge->report, FINDING_MTASTS_POLICY, domain, "MTA-STS policy: %s%s",
	    words, until(judge, held));
	report_next(judge->report, finding,
	    "here: curl -sSi https://mta-sts.%s/.well-known/mta-sts.txt", domain);
	report_next(judge->report, finding,
	    "on the web host: a certificate for mta-sts.%s, text/plain, no redirect", domain);
	if (judge->facts->mtasts.policy.mode == MTASTS_ENFORCE || is_held(held))
		report_state(judge->report, finding, STATE_CRITICAL);
}

/* False: there is no policy, or none that senders take. */
static bool
judge_answer(const struct judge_policy *judge, const struct mtasts_memory *held)
{
	const struct http_facts *http = &judge->facts->mtasts.http;
	struct arena arena = {0};
	bool good = false;

	if (http->fault == HTTP_FAULT_LIBRARY)
		report_add(judge->report, FINDING_CLIENT_RESOURCES, judge->params->domain,
		    "the MTA-STS policy was not fetched: %s", http->err.text);
	else if (!judge->facts->mtasts.fetched)
		say_policy(
		    judge, held, err_is_set(&http->err) ? http->err.text : "not fetched in time");
	else if (http->status != 200)
		say_policy(judge, held,
		    arena_printf(&arena, "the web host answers %d%s%s", http->status,
			http->location[0] ? ", leads to " : "", http->location));
	else if (strcmp(http->content_type, "text/plain") != 0)
		say_policy(judge, held,
		    arena_printf(&arena, "its type is %s, not text/plain",
			http->content_type[0] ? http->content_type : "not said"));
	else if (judge->facts->mtasts.policy.fault)
		say_policy(judge, held, judge->facts->mtasts.policy.fault);
	else
		good = true;
	arena_free(&arena);
	return good;
}

/* what: "the MTA-STS policy", or which. */
static void
judge_coverage(
    const struct judge_policy *judge, const struct mtasts_policy *policy, const char *what)
{
	if (policy->mode != MTASTS_ENFORCE && policy->mode != MTASTS_TESTING)
		return;
	for (size_t i = 0; i < judge->mx->host_count; i++) {
		const char *host = judge->mx->hosts[i].text;
		struct report_finding *finding;

		if (strcmp(host, ".") == 0 || mtasts_policy_covers(policy, host))
			continue;
		finding = report_add(judge->report, FINDING_MTASTS_MX, host,
		    "MX %s is not covered by %s (mode %s)", host, what,
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

/* Senders look for a new policy when the id is another one (3.1): else they hold the old one. */
static void
judge_change(const struct judge_policy *judge, const struct mtasts_memory *held)
{
	const struct policy_mtasts *mtasts = &judge->facts->mtasts;
	struct buf date;

	if (held->policy.mode == MTASTS_MODE_UNKNOWN || strcmp(held->id, mtasts->id) != 0 ||
	    !mtasts_memory_differs(held, &mtasts->policy)) {
		mtasts_memory_put(judge->memory, mtasts->id, &mtasts->policy);
		return;
	}
	buf_init(&date, 64);
	text_date(&date, held->until_unix);
	report_add(judge->report, FINDING_MTASTS_RECORD, mtasts->txt.name,
	    "the MTA-STS policy changed, its id %s did not: senders keep the old one until %s",
	    mtasts->id, buf_text(&date));
	buf_free(&date);
	if (is_held(held))
		judge_coverage(judge, &held->policy, "the MTA-STS policy that senders hold");
}

static void
judge_absent(const struct judge_policy *judge, const struct mtasts_memory *held)
{
	const char *name = judge->facts->mtasts.txt.name;
	struct report_finding *finding;

	report_line(judge->report, 1, "no MTA-STS record at %s", name);
	if (!is_held(held))
		return;
	finding = report_add(judge->report, FINDING_MTASTS_POLICY, judge->params->domain,
	    "MTA-STS policy: its record %s is gone%s", name, until(judge, held));
	report_why(judge->report, finding,
	    "the record was removed without a policy of mode none before (RFC 8461, 8.3)");
	report_next(judge->report, finding,
	    "in the zone: the record again; to end MTA-STS: mode none, a new id, then wait "
	    "max_age");
	report_state(judge->report, finding, STATE_CRITICAL);
}

void
judge_policy_mtasts(const struct judge_policy *judge)
{
	const struct policy_mtasts *mtasts = &judge->facts->mtasts;
	const struct policy_txt *txt = &mtasts->txt;
	struct mtasts_memory held;
	bool read = mtasts->fetched && mtasts->http.status == 200, good = false;

	mtasts_memory_get(judge->memory, &judge->report->arena, &held);
	if (judge_policy_failed(judge, txt, STATE_WARNING) && txt->state != POLICY_FAILED)
		return; /* not asked */
	if (txt->state == POLICY_ABSENT)
		judge_absent(judge, &held);
	else if (txt->state == POLICY_SEVERAL)
		report_add(judge->report, FINDING_MTASTS_RECORD, txt->name,
		    "%zu MTA-STS records at %s: senders use none", txt->count, txt->name);
	else if (txt->state == POLICY_BROKEN)
		report_add(judge->report, FINDING_MTASTS_RECORD, txt->name, "%s: %s", txt->name,
		    txt->fault);
	if (txt->state == POLICY_FOUND || txt->state == POLICY_BROKEN)
		good = judge_answer(judge, &held) && mtasts->id;
	if (!good && is_held(&held))
		judge_coverage(judge, &held.policy, "the MTA-STS policy that senders hold");
	else if (read)
		judge_coverage(judge, &mtasts->policy, "the MTA-STS policy");
	if (read)
		judge_age(judge);
	if (good)
		judge_change(judge, &held);
}
