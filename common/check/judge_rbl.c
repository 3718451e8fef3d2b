/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what the verdicts of lists mean for a domain and its addresses: listings
 * with reason and the page to leave, lists that cannot be relied on, the score.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/judge_mx.h"
#include "wire/public_resolver.h"

#define REASON_MAX 2000

/* ---- words --------------------------------------------------------------------------- */

const char *
judge_rbl_id(struct arena *arena, const struct mx_listing *listing)
{
	return arena_printf(arena, "%s/%s", listing->site->shown, listing->target);
}

const char *
judge_rbl_page(struct arena *arena, const struct mx_listing *listing)
{
	const char *page = listing->site->list ? listing->site->list->page : NULL;
	const char *place = page ? strstr(page, "{ip}") : NULL;

	return place ? arena_printf(arena, "%.*s%s%s", (int)(place - page), page, listing->target,
			   place + strlen("{ip}"))
		     : page;
}

const char *
judge_rbl_reason(
    const struct judge_mx *judge, struct arena *arena, const struct mx_listing *listing)
{
	const struct dns_question *txt = listing->txt;
	struct buf text;
	const char *reason;

	if (!txt || txt->status != DNS_ANSWERED)
		return NULL;
	buf_init(&text, REASON_MAX);
	for (size_t i = 0; i < txt->answer.count; i++) {
		const struct dns_record *record = &txt->answer.records[i];
		size_t room = REASON_MAX - text.len, len = record->txt.len;

		if (i > 0)
			buf_add_char(&text, '\n');
		buf_add(&text, record->txt.text, len < room ? len : room > 0 ? room - 1 : 0);
	}
	reason = rbl_lists_mask(judge->lists, arena, arena_strdup(arena, buf_text(&text)));
	buf_free(&text);
	return reason;
}

/* "127.0.0.2, 127.0.0.4" */
static const char *
codes_text(struct arena *arena, const struct mx_listing *listing)
{
	const char *text = "";

	for (size_t i = 0; i < listing->real->answer.count && i < 8; i++) {
		const uint8_t *a = listing->real->answer.records[i].a;

		text = arena_printf(
		    arena, "%s%s%u.%u.%u.%u", text, i ? ", " : "", a[0], a[1], a[2], a[3]);
	}
	return text;
}

static bool
is_bad_listing(const struct mx_listing *listing)
{
	const struct dnsbl_result *result = &listing->result;

	return !result->allowed && (result->verdict == DNSBL_VERDICT_LISTED ||
				       result->verdict == DNSBL_VERDICT_UNPROVED);
}

/* ---- counting ------------------------------------------------------------------------- */

struct rbl_count
judge_rbl_count(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const struct dnsbl_site *sites = judge->params->sites;
	size_t count = judge->params->site_count;
	struct rbl_count out = {0};
	struct {
		bool asked, broken, listed;
	} *seen = mem_array(count + 1, sizeof(*seen));

	for (size_t i = 0; i < facts->listing_count; i++) {
		const struct mx_listing *listing = &facts->listings[i];
		size_t at = (size_t)(listing->site - sites);

		if (listing->beside)
			continue;
		seen[at].asked = true;
		seen[at].broken |= !dnsbl_verdict_usable(listing->result.verdict);
		seen[at].listed |= is_bad_listing(listing);
	}
	for (size_t i = 0; i < count; i++) {
		bool high =
		    !dnsbl_site_allows(&sites[i]) && dnsbl_site_severity(&sites[i]) == DNSBL_HIGH;

		if (!seen[i].asked)
			continue;
		out.asked++;
		out.listed += seen[i].listed;
		out.usable += !seen[i].broken;
		out.high_asked += high;
		out.high_usable += high && !seen[i].broken;
	}
	mem_free(seen);
	return out;
}

/* ---- listings ------------------------------------------------------------------------- */

/* One of the target's allow lists, proved; NULL: none. */
static const struct mx_listing *
allowed_by(const struct mx_facts *facts, const char *target)
{
	for (size_t i = 0; i < facts->listing_count; i++) {
		const struct mx_listing *listing = &facts->listings[i];

		if (listing->result.verdict == DNSBL_VERDICT_LISTED && listing->result.allowed &&
		    strcmp(listing->target, target) == 0)
			return listing;
	}
	return NULL;
}

static enum finding_id
listing_finding(const struct dnsbl_result *result)
{
	if (result->allowed)
		return FINDING_RBL_ALLOWED;
	if (result->verdict == DNSBL_VERDICT_UNPROVED)
		return FINDING_RBL_LISTED_UNPROVED;
	if (result->severity == DNSBL_HIGH)
		return FINDING_RBL_LISTED_HIGH;
	return result->severity == DNSBL_MEDIUM ? FINDING_RBL_LISTED_MEDIUM
						: FINDING_RBL_LISTED_LOW;
}

/* What is known of one listing beside its code: reason, meaning, page. */
static void
explain_listing(
    const struct judge_mx *judge, struct report_finding *finding, const struct mx_listing *listing)
{
	struct report *report = judge->report;
	struct arena *arena = &report->arena;
	const char *reason = judge_rbl_reason(judge, arena, listing);
	const char *page = judge_rbl_page(arena, listing);

	if (reason)
		report_said(report, finding, reason, strlen(reason));
	if (*listing->result.meaning)
		report_why(report, finding, "the list says: %s", listing->result.meaning);
	if (listing->result.allowed)
		return;
	report_why(report, finding, "%s",
	    listing->kind == DNSBL_DOMAIN
		? "the domain stands in spam, or its web site was broken into"
		: "spam left through this address; a compromised account is most likely");
	report_next(report, finding,
	    "on the sending server: look for the sender in the mail log and mailq, and stop it");
	if (page)
		report_next(report, finding, "when the cause is gone, ask for removal at %s", page);
	else
		report_next(report, finding, "when the cause is gone, ask %s for removal",
		    listing->site->shown);
}

static void
judge_listing(
    const struct judge_mx *judge, const struct mx_listing *listing, const struct rbl_count *count)
{
	struct report *report = judge->report;
	struct arena *arena = &report->arena;
	const struct dnsbl_result *result = &listing->result;
	const char *codes = codes_text(arena, listing);
	const char *word = dnsbl_severity_word(result->severity);
	const char *doubt = result->verdict == DNSBL_VERDICT_UNPROVED ? ", unproved" : "";
	const char *known = result->documented ? "" : ", a code it does not document";
	struct report_finding *finding;

	if (result->allowed) {
		if (result->verdict != DNSBL_VERDICT_LISTED)
			return;
		finding = report_add(report, FINDING_RBL_ALLOWED, judge_rbl_id(arena, listing),
		    "%s is on the allow list %s (%s)", listing->target, listing->site->shown,
		    codes);
		explain_listing(judge, finding, listing);
		return;
	}
	finding = report_add(report, listing_finding(result), judge_rbl_id(arena, listing),
	    "%s listed by %s (%s, %s%s%s)", listing->target, listing->site->shown, codes,
	    word ? word : "low", doubt, known);
	/* One step lower: what was high is a warning, the rest a note. */
	if (result->verdict == DNSBL_VERDICT_UNPROVED && result->severity < DNSBL_MEDIUM)
		report_state(report, finding, STATE_OK);
	explain_listing(judge, finding, listing);
	report_headline(report, finding, "%s listed by %s (%s)%s, %zu of %zu lists",
	    listing->target, listing->site->shown, codes, doubt, count->listed, count->asked);
}

/* An allow list may lift one listing of medium weight of the same address. */
static bool
is_lifted(const struct judge_mx *judge, const struct mx_listing *listing, const char **lifted)
{
	const struct mx_listing *allow;

	if (listing->result.verdict != DNSBL_VERDICT_LISTED ||
	    listing->result.severity != DNSBL_MEDIUM || listing->result.allowed ||
	    (*lifted && strcmp(*lifted, listing->target) == 0))
		return false;
	allow = allowed_by(judge->facts, listing->target);
	if (allow)
		*lifted = listing->target;
	return allow != NULL;
}

static void
judge_listings(const struct judge_mx *judge, const struct rbl_count *count)
{
	const struct mx_facts *facts = judge->facts;
	const char *lifted = NULL;

	for (size_t i = 0; i < facts->listing_count; i++) {
		const struct mx_listing *listing = &facts->listings[i];

		if (listing->beside || (listing->result.verdict != DNSBL_VERDICT_LISTED &&
					   listing->result.verdict != DNSBL_VERDICT_UNPROVED))
			continue;
		judge_listing(judge, listing, count);
		if (is_lifted(judge, listing, &lifted))
			report_state(judge->report,
			    &judge->report->findings[judge->report->finding_count - 1], STATE_OK);
	}
}

/* ---- the score ------------------------------------------------------------------------ */

static int
score_of(const struct mx_facts *facts, const char *target)
{
	int score = 0;
	bool allowed = false;

	for (size_t i = 0; i < facts->listing_count; i++) {
		const struct mx_listing *listing = &facts->listings[i];

		if (listing->beside || strcmp(listing->target, target) != 0)
			continue;
		/* Several allow lists speak with one voice. */
		if (listing->result.allowed && allowed && !listing->site->weighted)
			continue;
		allowed |= listing->result.allowed && listing->result.weight < 0;
		score += listing->result.weight;
	}
	return score > 0 ? score : 0;
}

static enum state
worst_listing(const struct judge_mx *judge, const char *target)
{
	const struct mx_facts *facts = judge->facts;
	enum state worst = STATE_OK;

	for (size_t i = 0; i < facts->listing_count; i++)
		if (strcmp(facts->listings[i].target, target) == 0)
			worst = state_worse(
			    worst, report_worst_of(judge->report,
				       judge_rbl_id(&judge->report->arena, &facts->listings[i])));
	return worst;
}

/*
 * The worst score of all targets. Where a listing alone says as much already,
 * the sum says nothing new: unless the user set limits of his own.
 */
static void
judge_score(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const char *worst = NULL;
	int highest = 0;
	struct report_metric *metric = &judge->report->metrics[METRIC_SCORE];
	size_t before = judge->report->finding_count;
	char message[256];

	for (size_t i = 0; i < facts->listing_count; i++) {
		int score = is_bad_listing(&facts->listings[i])
				? score_of(facts, facts->listings[i].target)
				: 0;

		if (score > highest) {
			highest = score;
			worst = facts->listings[i].target;
		}
	}
	report_metric(judge->report, METRIC_SCORE, highest);
	snprintf(message, sizeof(message), "the listings of %s weigh %d", worst ? worst : "nobody",
	    highest);
	judge_known_metric(judge->report, judge->limits, METRIC_SCORE, worst, message);
	if (judge->report->finding_count > before && !limits_want(judge->limits, METRIC_SCORE) &&
	    state_worse(worst_listing(judge, worst), metric->state) == worst_listing(judge, worst))
		judge->report->finding_count = before;
}

/* ---- lists that say nothing ------------------------------------------------------------ */

static enum finding_id
trouble_finding(enum dnsbl_verdict verdict)
{
	switch (verdict) {
	case DNSBL_VERDICT_REFUSED:
		return FINDING_RBL_REFUSED;
	case DNSBL_VERDICT_HIJACKED:
		return FINDING_RBL_HIJACKED;
	case DNSBL_VERDICT_LISTS_WORLD:
		return FINDING_RBL_LISTS_WORLD;
	case DNSBL_VERDICT_SILENT:
		return FINDING_RBL_SILENT;
	default:
		return FINDING_RBL_NO_ANSWER;
	}
}

static const char *
trouble_text(struct arena *arena, const struct mx_listing *listing)
{
	const char *zone = listing->site->shown;
	const struct dnsbl_result *result = &listing->result;
	const uint8_t *code = result->code;

	switch (result->verdict) {
	case DNSBL_VERDICT_REFUSED:
		return arena_printf(arena, "%s refuses this resolver (%u.%u.%u.%u: %s)", zone,
		    code[0], code[1], code[2], code[3], result->meaning);
	case DNSBL_VERDICT_HIJACKED:
		return arena_printf(arena,
		    "%s answers %u.%u.%u.%u, outside of 127.0.0.0/8: no listing", zone, code[0],
		    code[1], code[2], code[3]);
	case DNSBL_VERDICT_LISTS_WORLD:
		return arena_printf(arena,
		    "%s lists even the address that must never be listed: it lists everything",
		    zone);
	case DNSBL_VERDICT_SILENT:
		return arena_printf(arena,
		    "%s does not list its own test entry: dead, or it refuses silently", zone);
	default:
		return arena_printf(arena, "%s %s: it says nothing about %s", zone,
		    listing->real && dns_is_answer(listing->real) ? "cannot be proved to work"
								  : "did not answer",
		    listing->target);
	}
}

/* Where the list's own test entry is looked for, as it is shown. */
static const char *
test_name(struct arena *arena, const struct mx_listing *listing)
{
	const char *entry = dnsbl_site_listed(listing->site, listing->kind);
	char name[512];

	if (!entry || !dnsbl_name(name, sizeof(name), entry, listing->site->shown))
		return listing->site->shown;
	return arena_strdup(arena, name);
}

/* What such a resolver is told is not what a mail server is told. */
static bool
explain_resolver(
    struct report *report, struct report_finding *finding, const struct mx_listing *listing)
{
	const struct address *asked = listing->real ? listing->real->answered_by : NULL;
	const char *owner = asked ? public_resolver_owner(asked->text) : NULL;

	if (owner)
		report_why(report, finding,
		    "%s is a public resolver (%s): lists refuse it, openly or by silence",
		    asked->text, owner);
	return owner != NULL;
}

static void
judge_trouble(const struct judge_mx *judge, const struct mx_listing *listing)
{
	struct report *report = judge->report;
	struct arena *arena = &report->arena;
	enum finding_id id = trouble_finding(listing->result.verdict);
	bool high = dnsbl_site_severity(listing->site) == DNSBL_HIGH;
	const char *reason = judge_rbl_reason(judge, arena, listing);
	struct report_finding *finding = report_add(
	    report, id, judge_rbl_id(arena, listing), "%s", trouble_text(arena, listing));

	if (!high && id != FINDING_RBL_LISTS_WORLD)
		report_state(report, finding, STATE_OK);
	if (reason && id != FINDING_RBL_LISTS_WORLD)
		report_said(report, finding, reason, strlen(reason));
	if (id == FINDING_RBL_SILENT || id == FINDING_RBL_REFUSED)
		(void)explain_resolver(report, finding, listing);
	if (id == FINDING_RBL_SILENT) {
		report_next(report, finding, "here: dig %s; again with another resolver",
		    test_name(arena, listing));
		report_next(report, finding, "here: take the list out of --list if it stays so");
	}
}

static bool
is_trouble(const struct mx_listing *listing)
{
	return !listing->beside && !dnsbl_verdict_usable(listing->result.verdict) &&
	       listing->result.verdict != DNSBL_VERDICT_UNPROVED;
}

/* Each list once, by the first target that shows its trouble. */
static void
judge_troubles(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	bool *said = mem_array(judge->params->site_count + 1, sizeof(*said));

	for (size_t i = 0; i < facts->listing_count; i++) {
		const struct mx_listing *listing = &facts->listings[i];
		size_t at = (size_t)(listing->site - judge->params->sites);

		if (said[at] || !is_trouble(listing))
			continue;
		said[at] = true;
		judge_trouble(judge, listing);
	}
	mem_free(said);
}

/* Two lists with one foreign address: it is the resolver that answers, not they. */
static void
judge_lying(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const struct mx_listing *first = NULL;

	for (size_t i = 0; i < facts->listing_count; i++) {
		const struct mx_listing *listing = &facts->listings[i];

		if (listing->result.verdict != DNSBL_VERDICT_HIJACKED)
			continue;
		if (!first) {
			first = listing;
		} else if (first->site != listing->site &&
			   memcmp(first->result.code, listing->result.code, 4) == 0) {
			const uint8_t *code = first->result.code;

			report_add(judge->report, FINDING_DNS_FILTERED, NULL,
			    "several lists answer %u.%u.%u.%u: it is the resolver that answers",
			    code[0], code[1], code[2], code[3]);
			return;
		}
	}
}

/* The first troubles are the cause. */
static void
explain_unusable(const struct judge_mx *judge, struct report_finding *finding)
{
	const struct mx_facts *facts = judge->facts;
	const struct dnsbl_site *last = NULL;
	int said = 0;

	for (size_t i = 0; i < facts->listing_count && said < REPORT_LINES_MAX; i++) {
		const struct mx_listing *listing = &facts->listings[i];

		if (!is_trouble(listing) || listing->site == last)
			continue;
		if (said == 0)
			said += explain_resolver(judge->report, finding, listing);
		report_why(
		    judge->report, finding, "%s", trouble_text(&judge->report->arena, listing));
		last = listing->site;
		said++;
	}
}

/* No list was asked anything: that is said, unless it has been already, or there is nothing to ask. */
static void
judge_nobody(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	struct report_finding *finding;
	int said = 0;

	if (facts->target_count == 0 || report_has(judge->report, FINDING_MX_PRIVATE) ||
	    report_has(judge->report, FINDING_RBL_TARGET))
		return;
	finding = report_add(judge->report, FINDING_RBL_UNUSABLE, judge->params->domain,
	    "no list could be asked: there is no public address that they know");
	for (size_t i = 0; i < facts->target_count && said < REPORT_LINES_MAX; i++) {
		const struct mx_target *target = &facts->targets[i];

		report_why(judge->report, finding, "%s %s%s", target->address.text,
		    target->kind == IP_PUBLIC ? "is of a kind that no list of these takes"
					      : "is not public but ",
		    target->what);
		said++;
	}
	report_next(judge->report, finding,
	    "here: --outbound with the public address of the sender, or other lists by --list");
}

static void
judge_usable(const struct judge_mx *judge, const struct rbl_count *count)
{
	double percent = count->asked ? 100.0 * (double)count->usable / (double)count->asked : 0;
	const char *subject = judge->params->domain;

	if (count->asked == 0) {
		judge_nobody(judge);
	} else if (percent < judge->min_usable_percent ||
		   (count->usable == 0 && count->listed == 0)) {
		explain_unusable(
		    judge, report_add(judge->report, FINDING_RBL_UNUSABLE, subject,
			       "only %zu of %zu lists can be relied on (%.0f%%), limit %.0f%%",
			       count->usable, count->asked, percent, judge->min_usable_percent));
	} else if (count->high_asked > 0 && count->high_usable == 0) {
		explain_unusable(
		    judge, report_add(judge->report, FINDING_RBL_UNUSABLE, subject,
			       "none of the %zu lists that large receivers use can be relied on",
			       count->high_asked));
	}
}

/* What the user configured although it is closed, and addresses that no list knows. */
static void
judge_settings(const struct judge_mx *judge, const struct rbl_count *count)
{
	const struct mx_facts *facts = judge->facts;

	for (size_t i = 0; i < judge->lists->dead_count; i++) {
		const struct rbl_buried *buried = &judge->lists->dead[i];

		report_add(judge->report, FINDING_RBL_DEAD, buried->zone,
		    "%s is a dead list (%s: %s): not asked", buried->zone, buried->dead->since,
		    buried->dead->behaviour);
	}
	for (size_t i = 0; i < facts->target_count; i++) {
		const struct mx_target *target = &facts->targets[i];
		bool said = judge->check_mx || judge->allow_private || count->asked == 0;

		if (target->kind == IP_SPECIAL && (target->sender || !said))
			report_add(judge->report, FINDING_RBL_TARGET, target->address.text,
			    "%s is not public but %s: lists are not asked about it",
			    target->address.text, target->what);
	}
}

void
judge_rbl(const struct judge_mx *judge)
{
	struct rbl_count count = judge_rbl_count(judge);

	judge_settings(judge, &count);
	judge_listings(judge, &count);
	judge_troubles(judge);
	judge_lying(judge);
	judge_usable(judge, &count);
	report_metric(judge->report, METRIC_LISTS_TOTAL, (double)count.asked);
	report_metric(judge->report, METRIC_LISTS_USABLE, (double)count.usable);
	if (count.usable == 0 && count.listed == 0)
		return;
	report_metric(judge->report, METRIC_LISTED, (double)count.listed);
	judge_score(judge);
}
