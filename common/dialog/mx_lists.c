/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the asking of lists: the question, the list's own test points in the
 * same round (RFC 5782, 5), the reason. Which lists there are is not known here.
 */
#include <string.h>

#include "dialog/mx_walk.h"

#define NAME_SIZE 512
#define CODES_MAX 16 /* A records of one answer */

/* A name that cannot be built (too long) was not asked: NULL. */
static struct dns_question *
ask(struct mx_facts *facts, const char *target, const struct dnsbl_site *site, uint16_t type)
{
	char name[NAME_SIZE];

	if (!target || !dnsbl_name(name, sizeof(name), target, site->zone))
		return NULL;
	return dns_batch_add(&facts->batch, name, type, DNS_BRIEF, NULL);
}

/* In an earlier round nothing came, not even for a test point: no further round waits for it. */
static bool
is_silent(const struct mx_control *control)
{
	bool silent = false;

	for (int kind = 0; kind < DNSBL_KINDS; kind++) {
		const struct dns_question *listed = control->listed[kind],
					  *clean = control->clean[kind];

		if ((listed && listed->status != DNS_TIMEOUT) ||
		    (clean && clean->status != DNS_TIMEOUT))
			return false;
		silent |= listed || clean;
	}
	return silent;
}

static void
ask_control(struct mx_facts *facts, const struct dnsbl_site *site, struct mx_control *control,
    enum dnsbl_kind kind)
{
	const char *listed = dnsbl_site_listed(site, kind), *clean = dnsbl_site_clean(site, kind);

	if (control->listed[kind] || control->clean[kind])
		return;
	control->listed[kind] = ask(facts, listed, site, DNS_TYPE_A);
	control->clean[kind] = ask(facts, clean, site, DNS_TYPE_A);
}

void
mx_lists_ask(const struct mx_params *params, struct mx_facts *facts, const char *target,
    enum dnsbl_kind kind)
{
	for (size_t i = 0; i < params->site_count; i++) {
		const struct dnsbl_site *site = &params->sites[i];

		bool silent = is_silent(&facts->controls[i]);

		if (!dnsbl_site_takes(site, kind))
			continue;
		if (facts->listing_count == facts->listing_room) {
			facts->listing_room = facts->listing_room ? 2 * facts->listing_room : 64;
			facts->listings = mem_grow(
			    facts->listings, facts->listing_room, sizeof(*facts->listings));
		}
		facts->listings[facts->listing_count++] = (struct mx_listing){.site = site,
		    .target = target,
		    .kind = kind,
		    .real = silent ? NULL : ask(facts, target, site, DNS_TYPE_A)};
		if (!silent)
			ask_control(facts, site, &facts->controls[i], kind);
	}
}

void
mx_lists_advance(struct mx_facts *facts)
{
	for (size_t i = 0; i < facts->listing_count; i++) {
		struct mx_listing *listing = &facts->listings[i];

		if (!listing->txt && listing->real && listing->real->status == DNS_ANSWERED &&
		    listing->real->answer.records[0].a[0] == 127)
			listing->txt = ask(facts, listing->target, listing->site, DNS_TYPE_TXT);
	}
}

/* ---- verdicts -------------------------------------------------------------------- */

static struct dnsbl_answer
heard(const struct dns_question *question, uint8_t codes[CODES_MAX][4])
{
	struct dnsbl_answer answer = {.codes = (const uint8_t(*)[4])codes};

	if (!question || !dns_is_answer(question))
		return answer;
	if (question->status != DNS_ANSWERED) {
		answer.heard = DNSBL_CLEAN;
		return answer;
	}
	answer.heard = DNSBL_LISTED;
	for (size_t i = 0; i < question->answer.count && answer.count < CODES_MAX; i++)
		memcpy(codes[answer.count++], question->answer.records[i].a, 4);
	return answer;
}

/*
 * A list nobody described is asked about all kinds of targets. Of those it does
 * not know it says nothing: names, unless its test name is there; a family of
 * addresses, when it works for another kind.
 */
static bool
is_beside(const struct mx_listing *listing, const struct mx_control *control)
{
	uint8_t codes[CODES_MAX][4];
	enum dnsbl_verdict verdict = listing->result.verdict;

	if (listing->site->list || (verdict != DNSBL_VERDICT_SILENT && verdict != DNSBL_NO_ANSWER))
		return false;
	if (listing->kind == DNSBL_DOMAIN)
		return true;
	for (int other = 0; other < DNSBL_KINDS && verdict == DNSBL_VERDICT_SILENT; other++)
		if (heard(control->listed[other], codes).heard == DNSBL_LISTED &&
		    heard(control->clean[other], codes).heard == DNSBL_CLEAN)
			return true;
	return false;
}

void
mx_lists_judge(const struct mx_params *params, struct mx_facts *facts)
{
	for (size_t i = 0; i < facts->listing_count; i++) {
		struct mx_listing *listing = &facts->listings[i];
		const struct mx_control *control = &facts->controls[listing->site - params->sites];
		uint8_t real[CODES_MAX][4], listed[CODES_MAX][4], clean[CODES_MAX][4];
		struct dnsbl_answer answers[] = {heard(listing->real, real),
		    heard(control->listed[listing->kind], listed),
		    heard(control->clean[listing->kind], clean)};

		dnsbl_judge(listing->site, &answers[0], &answers[1], &answers[2], &listing->result);
		listing->beside = is_beside(listing, control);
	}
}
