/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what SPF's records and its verdicts on our senders mean.
 * Must not know the rules of SPF.
 */
#include <string.h>

#include "check/judge_policy.h"

#define SENDERS_SHOWN 16 /* findings of senders; the others are counted in one */
#define VOIDS_SHOWN 3

static bool
has_finding(const struct judge_policy *judge, enum finding_id id, const char *subject)
{
	for (size_t i = 0; i < judge->report->finding_count; i++) {
		const struct report_finding *finding = &judge->report->findings[i];

		if (finding->id == id && finding->subject && strcmp(finding->subject, subject) == 0)
			return true;
	}
	return false;
}

/* ---- the records ---------------------------------------------------------------------------- */

static enum finding_id
finding_of(enum spf_issue_kind kind)
{
	switch (kind) {
	case SPF_ISSUE_MISSING:
		return FINDING_SPF_MISSING;
	case SPF_ISSUE_MULTIPLE:
		return FINDING_SPF_MULTIPLE;
	case SPF_ISSUE_SYNTAX:
	case SPF_ISSUE_LOOP:
		return FINDING_SPF_SYNTAX;
	case SPF_ISSUE_INCLUDE:
	case SPF_ISSUE_INCLUDE_GONE:
		return FINDING_SPF_INCLUDE;
	case SPF_ISSUE_TEMPERROR:
		return FINDING_SPF_TEMPERROR;
	case SPF_ISSUE_OPEN:
		return FINDING_SPF_OPEN;
	case SPF_ISSUE_MANY_MX:
		return FINDING_SPF_LOOKUPS;
	default:
		return FINDING_SPF_WEAK;
	}
}

static const char *
words_of(struct arena *arena, const struct spf_issue *issue)
{
	const char *term = issue->term ? issue->term : "", *domain = issue->domain;

	switch (issue->kind) {
	case SPF_ISSUE_MISSING:
		return arena_printf(arena, "no SPF record at %s", domain);
	case SPF_ISSUE_MULTIPLE:
		return arena_printf(arena, "more than one SPF record at %s", domain);
	case SPF_ISSUE_SYNTAX:
		return arena_printf(arena, "SPF of %s: '%s': %s", domain, term, issue->words);
	case SPF_ISSUE_LOOP:
		return arena_printf(arena, "SPF of %s: '%s' leads in a circle", domain, term);
	case SPF_ISSUE_INCLUDE:
		return arena_printf(arena, "SPF of %s: '%s': there is no SPF record", domain, term);
	case SPF_ISSUE_INCLUDE_GONE:
		return arena_printf(
		    arena, "SPF of %s: '%s': the domain does not exist", domain, term);
	case SPF_ISSUE_TEMPERROR:
		return arena_printf(arena, "SPF of %s cannot be read to the end: %s%s%s", domain,
		    term, *term ? ": " : "", issue->words ? issue->words : "no answer");
	case SPF_ISSUE_OPEN:
		return arena_printf(
		    arena, "SPF of %s: '%s' lets anybody send as this domain", domain, term);
	case SPF_ISSUE_NEUTRAL:
		return arena_printf(arena, "SPF of %s ends in '%s': forbids nothing", domain, term);
	case SPF_ISSUE_NO_ALL:
		return arena_printf(arena, "SPF of %s ends without 'all': forbids nothing", domain);
	case SPF_ISSUE_MANY_MX:
		return arena_printf(arena, "SPF of %s: '%s' has more than 10 hosts", domain, term);
	default:
		return arena_printf(arena,
		    "SPF of %s uses '%s': slow, and ignored by large receivers", domain, term);
	}
}

static void
judge_issue(const struct judge_policy *judge, const struct spf_issue *issue)
{
	enum finding_id id = finding_of(issue->kind);
	/* Of lookups there is one finding more, about the sum of them. */
	const char *subject = issue->kind == SPF_ISSUE_MANY_MX ? issue->term : issue->domain;
	struct arena arena = {0};
	struct report_finding *finding;

	/* The first fault of a record is told: the others show when it is mended. */
	if (issue->kind == SPF_ISSUE_VOID || has_finding(judge, id, subject))
		return;
	finding = report_add(judge->report, id, subject, "%s", words_of(&arena, issue));
	arena_free(&arena);
	if (issue->kind == SPF_ISSUE_MANY_MX)
		report_state(judge->report, finding, STATE_CRITICAL);
	if (issue->kind == SPF_ISSUE_MISSING && report_has(judge->report, FINDING_MX_NULL))
		report_next(judge->report, finding,
		    "in the zone: TXT 'v=spf1 -all': who takes no mail sends none either");
	if (issue->kind == SPF_ISSUE_INCLUDE_GONE && issue->words) {
		report_why(judge->report, finding,
		    "%s is not registered: whoever registers it may send as %s", issue->words,
		    judge->params->domain);
		report_next(
		    judge->report, finding, "in the zone: take '%s' out today", issue->term);
	}
}

/* More terms that lead nowhere than receivers put up with (RFC 7208, 4.6.4). */
static void
judge_voids(const struct judge_policy *judge)
{
	const struct spf_survey *survey = &judge->facts->spf;
	struct buf terms;
	size_t shown = 0;

	if (survey->voids <= SPF_VOIDS_MAX)
		return;
	buf_init(&terms, 512);
	for (size_t i = 0; i < survey->issue_count && shown < VOIDS_SHOWN; i++)
		if (survey->issues[i].kind == SPF_ISSUE_VOID)
			buf_printf(&terms, "%s%.100s", shown++ ? ", " : "", survey->issues[i].term);
	report_add(judge->report, FINDING_SPF_VOID, judge->params->domain,
	    "%u lookups of SPF lead to nothing, limit %d: %s", survey->voids, SPF_VOIDS_MAX,
	    buf_text(&terms));
	buf_free(&terms);
}

static void
judge_lookups(const struct judge_policy *judge)
{
	const struct spf_survey *survey = &judge->facts->spf;
	struct buf message;

	buf_init(&message, 256);
	buf_printf(
	    &message, "SPF needs %u lookups, receivers allow %d", survey->lookups, SPF_LOOKUPS_MAX);
	report_metric(judge->report, METRIC_SPF_LOOKUPS, survey->lookups);
	judge_known_metric(judge->report, judge->limits, METRIC_SPF_LOOKUPS, judge->params->domain,
	    buf_text(&message));
	buf_free(&message);
}

/* ---- our senders -------------------------------------------------------------------------------- */

/* A permerror whose cause stands in the report already. */
static bool
is_explained(const struct judge_policy *judge)
{
	return report_has(judge->report, FINDING_SPF_MULTIPLE) ||
	       report_has(judge->report, FINDING_SPF_SYNTAX) ||
	       report_has(judge->report, FINDING_SPF_INCLUDE) ||
	       report_has(judge->report, FINDING_SPF_VOID) ||
	       judge->facts->spf.lookups > SPF_LOOKUPS_MAX;
}

static enum finding_id
verdict_finding(const struct judge_policy *judge, enum spf_result result)
{
	switch (result) {
	case SPF_FAIL:
		return FINDING_SPF_NOT_AUTHORISED;
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		return FINDING_SPF_SOFTFAIL;
	case SPF_TEMPERROR:
		return FINDING_SPF_TEMPERROR;
	case SPF_PERMERROR:
		return is_explained(judge) ? FINDING_COUNT : FINDING_SPF_SYNTAX;
	case SPF_NONE:
		return report_has(judge->report, FINDING_SPF_MISSING) ? FINDING_COUNT
								      : FINDING_SPF_TEMPERROR;
	default:
		return FINDING_COUNT; /* a pass */
	}
}

static void
judge_sender(
    const struct judge_policy *judge, const struct policy_sender *sender, enum finding_id id)
{
	const struct spf_verdict *verdict = &sender->verdict;
	struct report_finding *finding;

	finding = report_add(judge->report, id, sender->address, "SPF of %s says %s for %s%s%s%s",
	    judge->params->domain, spf_result_word(verdict->result), sender->address,
	    verdict->why    ? ": "
	    : verdict->term ? ", by '"
			    : "",
	    verdict->why    ? verdict->why
	    : verdict->term ? verdict->term
			    : "",
	    !verdict->why && verdict->term ? "'" : "");
	if (verdict->explanation)
		report_said(
		    judge->report, finding, verdict->explanation, strlen(verdict->explanation));
	if (id == FINDING_SPF_NOT_AUTHORISED || id == FINDING_SPF_SOFTFAIL)
		report_next(judge->report, finding, "in the zone %s: add %s:%s to the SPF record",
		    judge->params->domain, strchr(sender->address, ':') ? "ip6" : "ip4",
		    sender->address);
}

static void
judge_senders(const struct judge_policy *judge)
{
	const struct policy_facts *facts = judge->facts;
	size_t told = 0, more = 0;
	enum finding_id worst = FINDING_COUNT;

	for (size_t i = 0; i < facts->sender_count; i++) {
		enum finding_id id = verdict_finding(judge, facts->senders[i].verdict.result);

		if (id == FINDING_COUNT)
			continue;
		if (told++ < SENDERS_SHOWN) {
			judge_sender(judge, &facts->senders[i], id);
			continue;
		}
		more++;
		if (worst == FINDING_COUNT ||
		    state_worse(finding_rows[worst].state, finding_rows[id].state) !=
			finding_rows[worst].state)
			worst = id;
	}
	if (more > 0)
		report_add(judge->report, worst, judge->params->domain,
		    "SPF of %s does not pass %zu more addresses", judge->params->domain, more);
}

void
judge_policy_spf(const struct judge_policy *judge)
{
	const struct spf_survey *survey = &judge->facts->spf;

	if (judge->mx->mx && !dns_is_answer(judge->mx->mx))
		return; /* the domain itself does not answer: that is said */
	for (size_t i = 0; i < survey->issue_count; i++)
		judge_issue(judge, &survey->issues[i]);
	judge_voids(judge);
	if (survey->node_count > 0 && survey->nodes[0].record)
		judge_lookups(judge);
	judge_senders(judge);
}
