/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what answers of lists mean. Asks nobody, knows no list by name. */
#include "wire/dnsbl.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "wire/dns_name.h"

#define WEIGHT_MAX 1000
#define WEIGHT_HIGH 10
#define WEIGHT_MEDIUM 5
#define WEIGHT_LOW 2
#define WEIGHT_ALLOW (-5)

static const char *const rfc5782_listed[DNSBL_KINDS] = {"127.0.0.2", "::ffff:7f00:2", "test"};
static const char *const rfc5782_clean[DNSBL_KINDS] = {"127.0.0.1", "::ffff:7f00:1", "invalid"};

const char *
dnsbl_severity_word(enum dnsbl_severity severity)
{
	static const char *const words[] = {NULL, "low", "medium", "high"};

	return words[severity];
}

const char *
dnsbl_verdict_word(enum dnsbl_verdict verdict)
{
	static const char *const words[] = {
	    [DNSBL_NO_ANSWER] = "no_answer",
	    [DNSBL_VERDICT_LISTED] = "listed",
	    [DNSBL_VERDICT_UNPROVED] = "unproved",
	    [DNSBL_VERDICT_CLEAN] = "clean",
	    [DNSBL_VERDICT_REFUSED] = "refused",
	    [DNSBL_VERDICT_HIJACKED] = "hijacked",
	    [DNSBL_VERDICT_LISTS_WORLD] = "lists_world",
	    [DNSBL_VERDICT_SILENT] = "silent",
	    [DNSBL_VERDICT_DEAD] = "dead",
	};

	return words[verdict];
}

/* ---- filters -------------------------------------------------------------------- */

static bool
filter_number(const char **at, unsigned *out)
{
	size_t digits = strspn(*at, "0123456789");
	uint64_t value;

	if (digits > 3 || !number_u64(*at, digits, &value) || value > UINT8_MAX)
		return false;
	*out = (unsigned)value;
	*at += digits;
	return true;
}

/* "4" or "4..7" */
static bool
filter_span(const char **at, unsigned octet, bool *hit)
{
	unsigned from, to;

	if (!filter_number(at, &from))
		return false;
	to = from;
	if (strncmp(*at, "..", 2) == 0) {
		*at += 2;
		if (!filter_number(at, &to) || to < from)
			return false;
	}
	*hit = *hit || (octet >= from && octet <= to);
	return true;
}

/* One of the four parts. False: no such syntax. */
static bool
filter_part(const char **at, unsigned octet, bool *hit)
{
	*hit = false;
	if (**at == '*') {
		++*at;
		return *hit = true;
	}
	if (**at != '[')
		return filter_span(at, octet, hit);
	do {
		++*at;
		if (!filter_span(at, octet, hit))
			return false;
	} while (**at == ';');
	return *(*at)++ == ']';
}

/* A '*' at the end stands for all that is left out behind it: 127.* */
static bool
filter_run(const char *filter, const uint8_t code[4], bool *match)
{
	*match = true;
	for (size_t i = 0; i < 4; i++) {
		bool hit, star = *filter == '*';

		if (!filter_part(&filter, code[i], &hit))
			return false;
		*match = *match && hit;
		if (*filter == '\0')
			return i == 3 || star;
		if (i < 3 && *filter++ != '.')
			return false;
	}
	return false;
}

bool
dnsbl_filter_is_valid(const char *filter)
{
	static const uint8_t any[4];
	bool match;

	return filter_run(filter, any, &match);
}

bool
dnsbl_filter_matches(const char *filter, const uint8_t code[4])
{
	bool match;

	return filter_run(filter, code, &match) && match;
}

/* ---- sites ---------------------------------------------------------------------- */

static bool
site_weight(const char *text, struct dnsbl_site *out)
{
	bool negative = *text == '-';
	int64_t weight;

	text += negative || *text == '+';
	if (!number_i64_text(text, 0, WEIGHT_MAX, &weight))
		return false;
	out->weighted = true;
	out->weight = (int)(negative ? -weight : weight);
	return true;
}

bool
dnsbl_site_parse(
    struct arena *arena, const char *text, struct dnsbl_site *out, const char **why_out)
{
	size_t zone_len = strcspn(text, "=*");
	char *zone = arena_strndup(arena, text, zone_len), *filter;
	const char **filters, *star;

	*out = (struct dnsbl_site){.zone = zone, .shown = zone};
	if (zone_len > 0 && zone[zone_len - 1] == '.')
		zone[zone_len - 1] = '\0';
	text += zone_len;
	*why_out = "not a zone";
	if (!dns_name_is_host(zone))
		return false;
	if (*text == '=') {
		/* "127.0.0.*" has a star of its own: the weight's follows a whole filter. */
		*why_out = "behind '=' stands a filter such as 127.0.0.[2..11]";
		star = strrchr(++text, '*');
		if (star && (dnsbl_filter_is_valid(text) || star == text))
			star = NULL;
		filter = arena_strndup(arena, text, star ? (size_t)(star - text) : strlen(text));
		if (!dnsbl_filter_is_valid(filter))
			return false;
		filters = arena_alloc(arena, 2 * sizeof(*filters));
		filters[0] = filter;
		out->filters = filters;
		text = star ? star : "";
	}
	*why_out = "behind '*' stands a weight from -1000 to 1000";
	return *text == '\0' || site_weight(text + 1, out);
}

bool
dnsbl_site_allows(const struct dnsbl_site *site)
{
	return (site->list && site->list->allow) || (site->weighted && site->weight < 0);
}

enum dnsbl_severity
dnsbl_site_severity(const struct dnsbl_site *site)
{
	if (site->list)
		return site->list->severity;
	if (!site->weighted)
		return DNSBL_MEDIUM;
	return site->weight >= WEIGHT_HIGH     ? DNSBL_HIGH
	       : site->weight >= WEIGHT_MEDIUM ? DNSBL_MEDIUM
					       : DNSBL_LOW;
}

bool
dnsbl_site_takes(const struct dnsbl_site *site, enum dnsbl_kind kind)
{
	return !site->list || (site->list->kinds >> kind & 1);
}

/* A list of both families often has a test point of the older one alone; it is one zone. */
static const char *
site_point(const char *const points[DNSBL_KINDS], enum dnsbl_kind kind)
{
	if (points[kind] || kind == DNSBL_DOMAIN)
		return points[kind];
	return points[kind == DNSBL_IP4 ? DNSBL_IP6 : DNSBL_IP4];
}

const char *
dnsbl_site_listed(const struct dnsbl_site *site, enum dnsbl_kind kind)
{
	return site_point(site->list ? site->list->listed : rfc5782_listed, kind);
}

const char *
dnsbl_site_clean(const struct dnsbl_site *site, enum dnsbl_kind kind)
{
	return site_point(site->list ? site->list->clean : rfc5782_clean, kind);
}

bool
dnsbl_name(char *out, size_t size, const char *target, const char *zone)
{
	uint8_t bytes[16], wire[DNS_NAME_WIRE_MAX];
	int len;

	if (inet_pton(AF_INET, target, bytes) == 1)
		return dns_name_reverse(out, size, bytes, 4, zone);
	if (inet_pton(AF_INET6, target, bytes) == 1)
		return dns_name_reverse(out, size, bytes, 16, zone);
	len = snprintf(out, size, "%s.%s", target, zone);
	return len > 0 && (size_t)len < size && dns_name_to_wire(wire, out) > 0;
}

/* ---- the verdict ---------------------------------------------------------------- */

static const struct dnsbl_code *
known_code(const struct dnsbl_list *list, const uint8_t code[4])
{
	for (const struct dnsbl_code *c = list->codes; c->pattern; c++) {
		uint64_t bit;

		if (list->match == DNSBL_CODES && dnsbl_filter_matches(c->pattern, code))
			return c;
		if (list->match == DNSBL_BITS && number_u64(c->pattern, strlen(c->pattern), &bit) &&
		    (code[3] & bit))
			return c;
	}
	return NULL;
}

/* Why a code says that we are not answered; NULL: it does not. */
static const char *
refusal(const struct dnsbl_list *list, const uint8_t code[4])
{
	static const uint8_t loopback[4] = {127, 0, 0, 1};

	for (const struct dnsbl_error *e = list ? list->errors : NULL; e && e->pattern; e++)
		if (dnsbl_filter_matches(e->pattern, code))
			return e->meaning;
	/* By convention of all lists, whatever their tables say. */
	if (dnsbl_filter_matches("127.255.255.*", code))
		return "an error code, not a listing";
	if (list && list->match == DNSBL_BITS)
		return code[3] & 1 && !known_code(list, code) ? "access is refused" : NULL;
	if (memcmp(code, loopback, 4) == 0 && !(list && known_code(list, code)))
		return "127.0.0.1 is no listing";
	return NULL;
}

/* Rows 1 and 2, for one of the three answers. */
static bool
judge_broken(
    const struct dnsbl_site *site, const struct dnsbl_answer *answer, struct dnsbl_result *out)
{
	for (size_t i = 0; answer->heard == DNSBL_LISTED && i < answer->count; i++) {
		const char *why = refusal(site->list, answer->codes[i]);

		if (why || answer->codes[i][0] != 127) {
			out->verdict = why ? DNSBL_VERDICT_REFUSED : DNSBL_VERDICT_HIJACKED;
			out->meaning = why ? why : "";
			memcpy(out->code, answer->codes[i], 4);
			return true;
		}
	}
	return false;
}

static bool
wanted_code(const struct dnsbl_site *site, const uint8_t code[4])
{
	for (const char *const *f = site->filters; f && *f; f++)
		if (dnsbl_filter_matches(*f, code))
			return true;
	return site->filters == NULL;
}

/*
 * The worst of the codes that the user wants to hear of; what a list does not document weighs
 * little. False: none of them means anything.
 */
static bool
judge_codes(
    const struct dnsbl_site *site, const struct dnsbl_answer *real, struct dnsbl_result *out)
{
	bool any = false;

	for (size_t i = 0; real->heard == DNSBL_LISTED && i < real->count; i++) {
		const struct dnsbl_code *known =
		    site->list ? known_code(site->list, real->codes[i]) : NULL;
		enum dnsbl_severity severity = known        ? known->severity
					       : site->list ? DNSBL_LOW
							    : dnsbl_site_severity(site);
		bool allowed = dnsbl_site_allows(site) || (known && known->allow);

		if (!wanted_code(site, real->codes[i]) ||
		    (known && severity == DNSBL_NONE && !allowed))
			continue;
		if (any && (severity < out->severity || (allowed && !out->allowed)))
			continue;
		any = true;
		out->severity = severity;
		out->allowed = allowed;
		out->documented = known || !site->list || site->filters;
		out->meaning = known ? known->meaning : "";
		memcpy(out->code, real->codes[i], 4);
	}
	return any;
}

static int
listing_weight(const struct dnsbl_site *site, const struct dnsbl_result *result)
{
	static const int weights[] = {0, WEIGHT_LOW, WEIGHT_MEDIUM, WEIGHT_HIGH};

	if (site->weighted)
		return site->weight;
	return result->allowed ? WEIGHT_ALLOW : weights[result->severity];
}

static void
judge_listing(const struct dnsbl_site *site, bool proved, struct dnsbl_result *out)
{
	if (!proved && !out->documented) {
		*out = (struct dnsbl_result){.meaning = ""};
		return;
	}
	out->verdict = proved ? DNSBL_VERDICT_LISTED : DNSBL_VERDICT_UNPROVED;
	if (!proved && out->severity > DNSBL_LOW)
		out->severity = (enum dnsbl_severity)(out->severity - 1);
	out->weight = listing_weight(site, out);
	/* What nothing proves speaks for nobody. */
	if (!proved && out->allowed)
		out->weight = 0;
}

void
dnsbl_judge(const struct dnsbl_site *site, const struct dnsbl_answer *real,
    const struct dnsbl_answer *listed, const struct dnsbl_answer *clean, struct dnsbl_result *out)
{
	bool has_clean_point = !site->list || site->list->clean[DNSBL_IP4] ||
			       site->list->clean[DNSBL_IP6] || site->list->clean[DNSBL_DOMAIN];

	*out = (struct dnsbl_result){.meaning = ""};
#ifdef MUTANT_LISTS_UNPROVED
	listed = &(struct dnsbl_answer){.heard = DNSBL_LISTED};
	clean = &(struct dnsbl_answer){.heard = DNSBL_CLEAN};
#endif
	if (judge_broken(site, real, out) || judge_broken(site, listed, out) ||
	    judge_broken(site, clean, out))
		return;
	if (clean->heard == DNSBL_LISTED)
		out->verdict = DNSBL_VERDICT_LISTS_WORLD;
	else if (real->heard == DNSBL_SILENT)
		out->verdict = DNSBL_NO_ANSWER;
	else if (judge_codes(site, real, out))
		judge_listing(
		    site, listed->heard == DNSBL_LISTED && clean->heard == DNSBL_CLEAN, out);
	else if (listed->heard == DNSBL_LISTED && has_clean_point)
		out->verdict = DNSBL_VERDICT_CLEAN;
	else if (listed->heard == DNSBL_CLEAN)
		out->verdict = DNSBL_VERDICT_SILENT;
}
