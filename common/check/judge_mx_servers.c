/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns whether the name servers of a zone know it and agree on its mail hosts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/text.h"
#include "check/judge_mx.h"

static bool
is_ours_to_ask(const struct mx_server *server)
{
	/* Without IPv6 here nothing is known of a server's IPv6. */
	return !(server->address.family == AF_INET6 && server->soa->status == DNS_UNREACHABLE) &&
	       server->soa->status != DNS_LOCAL;
}

static bool
is_lame(const struct mx_server *server)
{
	return !dns_is_answer(server->soa) || !server->soa->answer.authoritative ||
	       !dns_is_answer(server->mx) || !server->mx->answer.authoritative;
}

static int
by_host(const void *a, const void *b)
{
	const struct dns_record *x = *(const struct dns_record *const *)a,
				*y = *(const struct dns_record *const *)b;

	return x->mx.preference != y->mx.preference ? (int)x->mx.preference - y->mx.preference
						    : strcasecmp(x->mx.host, y->mx.host);
}

/* The MX set of a server as text that is the same for the same set. */
static void
mx_set(struct buf *out, const struct dns_answer *answer)
{
	const struct dns_record **sorted =
	    mem_array(answer->count + 1, sizeof(struct dns_record *));

	for (size_t i = 0; i < answer->count; i++)
		sorted[i] = &answer->records[i];
	qsort(sorted, answer->count, sizeof(struct dns_record *), by_host);
	buf_init(out, (size_t)1 << 16);
	for (size_t i = 0; i < answer->count; i++)
		buf_printf(
		    out, "%s%u %s", i ? ", " : "", sorted[i]->mx.preference, sorted[i]->mx.host);
	mem_free(sorted);
}

/* What a server says, which can be set against the others. */
struct word {
	const struct mx_server *server;
	struct buf set;
};

/* The two say the same. */
static bool
agree(const struct word *a, const struct word *b)
{
	return strcmp(buf_text(&a->set), buf_text(&b->set)) == 0;
}

static const struct dns_record *
soa_of(const struct mx_server *server)
{
	return server->soa->status == DNS_ANSWERED ? &server->soa->answer.records[0] : NULL;
}

/* ---- since when they differ ---- */

static const char *
memory_key(struct arena *arena, const struct mx_server *server)
{
	return arena_printf(arena, "mx %s %s", server->name, server->address.text);
}

/*
 * Since when this server says this set while another says something else. A
 * server that takes over changes begins anew each time; one that is left behind
 * does not.
 */
static int64_t
differs_since(const struct judge_mx *judge, const struct word *word)
{
	struct arena *arena = &judge->report->arena;
	const char *key = memory_key(arena, word->server), *value;
	const char *set = state_file_name(arena, "set", buf_text(&word->set));
	const char *noted = memory_get(judge->memory, key);
	const char *blank = noted ? strchr(noted, ' ') : NULL;
	uint64_t since;

	if (blank && number_u64(noted, (size_t)(blank - noted), &since) &&
	    since <= (uint64_t)judge->now_unix && strcmp(blank + 1, set) == 0)
		return (int64_t)since;
	value = arena_printf(arena, "%" PRId64 " %s", judge->now_unix, set);
	memory_put(judge->memory, key, value);
	return judge->now_unix;
}

/* Whoever agrees with all others has nothing to be remembered for. */
static void
remember(const struct judge_mx *judge, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count && judge->memory; i++) {
		bool differs = false;

		for (size_t j = 0; j < count; j++)
			differs |= !agree(&words[i], &words[j]);
		if (differs)
			(void)differs_since(judge, &words[i]);
		else
			memory_put(judge->memory,
			    memory_key(&judge->report->arena, words[i].server), NULL);
	}
}

/* Since when a and b differ, if that is longer than a secondary may be behind; else NULL. */
static const char *
outlasts(const struct judge_mx *judge, const struct word *a, const struct word *b,
    const struct dns_record *soa_a, const struct dns_record *soa_b)
{
	int64_t since = differs_since(judge, a), other = differs_since(judge, b);
	int64_t lasts_s = judge->now_unix - (since < other ? since : other);
	int64_t refresh_s = soa_a->soa.refresh_s > soa_b->soa.refresh_s ? soa_a->soa.refresh_s
									: soa_b->soa.refresh_s;
	struct buf words;
	const char *text;

	if (lasts_s <= refresh_s)
		return NULL;
	buf_init(&words, 128);
	buf_add_text(&words, " for ");
	text_span(&words, lasts_s * US_PER_S);
	buf_add_text(&words, ", refresh ");
	text_span(&words, refresh_s * US_PER_S);
	text = arena_strdup(&judge->report->arena, buf_text(&words));
	buf_free(&words);
	return text;
}

static bool
has_record(const struct dns_answer *answer, const struct dns_record *wanted)
{
	for (size_t i = 0; i < answer->count; i++)
		if (answer->records[i].mx.preference == wanted->mx.preference &&
		    strcasecmp(answer->records[i].mx.host, wanted->mx.host) == 0)
			return true;
	return false;
}

/* "10 mx1.example.org, ...": what a has and b has not. */
static const char *
only_at(const struct judge_mx *judge, const struct word *a, const struct word *b)
{
	const struct dns_answer *answer = &a->server->mx->answer;
	struct buf words;
	const char *text;

	buf_init(&words, 1024);
	for (size_t i = 0; i < answer->count; i++)
		if (!has_record(&b->server->mx->answer, &answer->records[i]))
			buf_printf(&words, "%s%u %s", words.len ? ", " : "",
			    answer->records[i].mx.preference, answer->records[i].mx.host);
	text = words.len ? arena_strdup(&judge->report->arena, buf_text(&words)) : "nothing";
	buf_free(&words);
	return text;
}

/* A secondary looks at the serial, after refresh at the latest (RFC 1034, 4.3.5). */
static void
say_difference(const struct judge_mx *judge, const struct word *a, const struct word *b)
{
	const struct dns_record *soa_a = soa_of(a->server), *soa_b = soa_of(b->server);
	bool same_serial = soa_a && soa_b && soa_a->soa.serial == soa_b->soa.serial;
	const char *lasts =
	    soa_a && soa_b && judge->memory ? outlasts(judge, a, b, soa_a, soa_b) : NULL;
	struct report_finding *finding = report_add(judge->report, FINDING_NS_DIFFER,
	    b->server->name, "MX differ%s: %s only at %s (%s), %s only at %s (%s)",
	    lasts ? lasts : "", only_at(judge, a, b), a->server->name, a->server->address.text,
	    only_at(judge, b, a), b->server->name, b->server->address.text);

	if (lasts || same_serial)
		report_state(judge->report, finding, STATE_CRITICAL);
	if (!same_serial)
		return;
	report_why(judge->report, finding,
	    "both have the serial %u: a secondary sees nothing to fetch, at no refresh",
	    soa_a->soa.serial);
	report_next(judge->report, finding, "in the zone: raise the serial of the SOA");
}

static void
judge_difference(const struct judge_mx *judge, const struct word *first, const struct word *other)
{
	const struct mx_server *a = first->server, *b = other->server;
	const struct dns_record *soa_a = soa_of(a), *soa_b = soa_of(b);

	if (!agree(first, other))
		say_difference(judge, first, other);
	else if (soa_a && soa_b && soa_a->soa.serial != soa_b->soa.serial)
		report_add(judge->report, FINDING_NS_DIFFER, b->name,
		    "%s (%s) has serial %u, %s (%s) has %u", a->name, a->address.text,
		    soa_a->soa.serial, b->name, b->address.text, soa_b->soa.serial);
}

static void
judge_words(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	struct word words[MX_SERVERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < facts->server_count; i++) {
		const struct mx_server *server = &facts->servers[i];

		if (!is_ours_to_ask(server) || is_lame(server))
			continue;
		words[count].server = server;
		mx_set(&words[count++].set, &server->mx->answer);
	}
	remember(judge, words, count);
	for (size_t i = 1; i < count; i++)
		judge_difference(judge, &words[0], &words[i]);
	for (size_t i = 0; i < count; i++)
		buf_free(&words[i].set);
}

/* ---- lame ones ---- */

static bool
name_is_good(const struct mx_facts *facts, const struct mx_name *name)
{
	bool any = false;

	for (size_t i = 0; i < facts->server_count; i++) {
		const struct mx_server *server = &facts->servers[i];

		if (strcmp(server->name, name->text) != 0 || !is_ours_to_ask(server))
			continue;
		if (is_lame(server))
			return false;
		any = true;
	}
	return any;
}

/* Why it is lame: the question that failed, else the flag that is missing (RFC 1912, 2.8). */
static const char *
lame_words(const struct mx_server *server)
{
	if (!dns_is_answer(server->soa))
		return dns_status_word(server->soa->status);
	if (!dns_is_answer(server->mx))
		return dns_status_word(server->mx->status);
	return "it answers from hearsay";
}

static void
judge_lame(const struct judge_mx *judge, size_t good)
{
	const struct mx_facts *facts = judge->facts;
	struct report_finding *finding;

	for (size_t i = 0; i < facts->server_count; i++) {
		const struct mx_server *server = &facts->servers[i];

		if (!is_ours_to_ask(server) || !is_lame(server))
			continue;
		finding = report_add(judge->report, FINDING_NS_LAME, server->name,
		    "%s (%s) does not answer with authority: %s", server->name,
		    server->address.text, lame_words(server));
		if (good == 0)
			report_state(judge->report, finding, STATE_CRITICAL);
	}
	for (size_t i = 0; i < facts->ns_name_count; i++)
		if (facts->ns_names[i]->count == 0)
			report_add(judge->report, FINDING_NS_LAME, facts->ns_names[i]->text,
			    "name server %s has no address", facts->ns_names[i]->text);
}

void
judge_mx_servers(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	struct report_finding *finding;
	size_t good = 0;

	if (!facts->ns)
		return;
	for (size_t i = 0; i < facts->ns_name_count; i++)
		good += name_is_good(facts, facts->ns_names[i]);
	report_metric(judge->report, METRIC_NS_TOTAL, (double)facts->ns_name_count);
	report_metric(judge->report, METRIC_NS_OK, (double)good);
	if (facts->ns_name_count == 0) {
		finding = report_add(judge->report, FINDING_NS_LAME, judge->params->domain,
		    "the name servers of %s cannot be found out: %s", judge->params->domain,
		    dns_status_word((facts->zone_ns ? facts->zone_ns : facts->ns)->status));
		report_state(judge->report, finding, STATE_CRITICAL);
	}
	judge_lame(judge, good);
	judge_words(judge);
}
