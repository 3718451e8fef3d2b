/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what TLSA records mean for a service. A match excuses neither dates nor
 * names nor trust: those are judge_cert()'s, beside it.
 */
#include "check/dane.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/lookup.h"

void
dane_fetch(struct tlsa *tlsa, const char *host, uint16_t port, const struct run *run,
    struct deadline deadline)
{
	struct dns_settings settings = {0};
	struct err err = {0};

	if (!host) {
		tlsa->status = TLSA_NONE;
		tlsa->name = "an address: only names have one";
		return;
	}
	if (lookup_servers(&settings, &run->basic->resolver, NULL, &err)) {
		settings.trust_anchor = run->basic->trust_anchor;
		settings.now_unix = run->now_unix;
		tlsa_fetch(tlsa, host, port, &settings, deadline);
		return;
	}
	tlsa->status = TLSA_FAILED;
	tlsa->silent = true;
	text_clean_into(tlsa->why, sizeof(tlsa->why), err.text, sizeof(err.text));
}

static bool
raised_by(enum finding_id id, unsigned program)
{
	return (finding_rows[id].programs & program) != 0;
}

void
judge_dane_lookup(const struct judge *judge, const struct tlsa *tlsa, unsigned program)
{
	enum finding_id id;

	switch (tlsa->status) {
	case TLSA_FAILED:
		id = tlsa->silent                              ? FINDING_DNS_RESOLVER
		     : raised_by(FINDING_DANE_LOOKUP, program) ? FINDING_DANE_LOOKUP
							       : FINDING_DNS_SERVFAIL;
		report_add(judge->report, id, judge->endpoint, "TLSA lookup fails: %s", tlsa->why);
		return;
	case TLSA_NONE:
		report_add(judge->report, FINDING_DANE_MISSING, judge->endpoint,
		    "there is no TLSA record at %s", tlsa->name);
		return;
	case TLSA_INSECURE:
		id = raised_by(FINDING_DANE_WEAK, program) ? FINDING_DANE_WEAK
							   : FINDING_DANE_MISSING;
		report_add(judge->report, id, judge->endpoint,
		    "the TLSA records of %s count for nothing: %s", tlsa->name, tlsa->why);
		return;
	default:
		return;
	}
}

/* Between servers (RFC 7672), where usages 0 and 1 count for nothing; users' programs take them. */
static bool
is_smtp(const struct judge *judge)
{
	return judge->proto && (judge->proto->id == PROTO_SMTP ||
				   (judge->proto->id == PROTO_SUBMISSION && judge->port == 25));
}

/* How the records stand to an answer; seen: those matching that every client looks at. */
struct tally {
	size_t usable, matching, seen;
};

static struct tally
count_records(const struct judge *judge, const struct tlsa *tlsa, const struct tls_facts *tls)
{
	struct tally tally = {0};

	for (size_t i = 0; i < tlsa->count; i++) {
		bool usable = tlsa_usable(&tlsa->list[i], is_smtp(judge));
		bool matches = usable && tlsa_matches(&tlsa->list[i], &tls->sent, &tls->path);
		bool seen = tlsa_strongest(tlsa, i, is_smtp(judge));
		struct buf text;

		tally.usable += usable;
		tally.matching += matches;
		tally.seen += matches && seen;
		buf_init(&text, 256);
		tlsa_text(&text, &tlsa->list[i]);
		report_line(judge->report, 2, "TLSA %s: %s%s", buf_text(&text),
		    !usable   ? "not usable"
		    : matches ? "matches"
			      : "matches nothing that was sent",
		    usable && !seen ? ", and a stronger digest stands before it" : "");
		buf_free(&text);
	}
	return tally;
}

static void
say_mismatch(const struct judge *judge, const struct tlsa *tlsa, const struct tls_facts *tls)
{
	struct report_finding *finding = report_add(judge->report, FINDING_DANE_MISMATCH,
	    judge->endpoint, "none of %zu TLSA records of %s matches", tlsa->count, tlsa->name);

	report_next(
	    judge->report, finding, "in the zone: publish 3 1 1 %s", tls->sent.list[0].spki_sha256);
	report_next(judge->report, finding, "wait two TTLs, then remove the old record");
}

static enum finding_id
rollover(unsigned program)
{
	return raised_by(FINDING_DANE_ROLLOVER, program) ? FINDING_DANE_ROLLOVER
							 : FINDING_DANE_MISMATCH;
}

/* Postfix and others take the strongest digest, and defer when that is an old key's. */
static void
say_hidden(const struct judge *judge, const struct tlsa *tlsa, unsigned program)
{
	struct report_finding *finding = report_add(judge->report, rollover(program),
	    judge->endpoint,
	    "a TLSA record of %s matches, but senders look at the strongest digest alone, which "
	    "matches nothing: they defer",
	    tlsa->name);

	report_next(judge->report, finding,
	    "in the zone: remove the SHA-512 records that match nothing (RFC 7671, 9)");
}

/* An authority that stays, or a record that names the next key. */
static bool
next_covered(const struct tlsa *tlsa, const struct dane_next *next)
{
	for (size_t i = 0; i < tlsa->count; i++) {
		const struct tlsa_record *record = &tlsa->list[i];

		if (record->usage == 0 || record->usage == 2)
			return true;
		if (next->cert ? tlsa_names(record, next->cert)
			       : record->selector == 0 || tlsa_names_key(record, next->key))
			return true;
	}
	return false;
}

/* RFC 7671, 8.1: the next key must be in the zone before it is served. */
static void
judge_next(const struct judge *judge, const struct tlsa *tlsa, const struct tls_facts *tls,
    const struct dane_next *next)
{
	const struct cert *leaf = &tls->sent.list[0];
	struct report_finding *finding;
	char spki[65];

	if (next->cert)
		snprintf(spki, sizeof(spki), "%s", next->cert->spki_sha256);
	else if (!cert_key_sha256(next->key, spki))
		return;
	if (next_covered(tlsa, next) || strcmp(spki, leaf->spki_sha256) == 0)
		return;
	finding = report_add(judge->report, FINDING_DANE_ROLLOVER, judge->endpoint,
	    "the key on disk, to be served next, has no TLSA record at %s yet", tlsa->name);
	report_next(judge->report, finding, "in the zone: add 3 1 1 %s before the reload", spki);
}

const char *
judge_dane(const struct judge *judge, const struct tlsa *tlsa, const struct tls_facts *tls,
    const struct dane_next *next, unsigned program)
{
	struct tally tally;

	if (tlsa->status == TLSA_UNASKED || tls->sent.count == 0)
		return NULL;
	if (tlsa->status != TLSA_SECURE)
		return tlsa->status == TLSA_INSECURE ? "insecure" : "none";
	tally = count_records(judge, tlsa, tls);
	report_metric(judge->report, METRIC_TLSA_RECORDS, (double)tlsa->count);
	report_metric(judge->report, METRIC_TLSA_MATCHING, (double)tally.matching);
	if (tally.usable == 0) {
		report_add(judge->report,
		    raised_by(FINDING_DANE_WEAK, program) ? FINDING_DANE_WEAK
							  : FINDING_DANE_MISSING,
		    judge->endpoint,
		    "none of %zu TLSA records of %s can be used: senders encrypt without "
		    "authentication",
		    tlsa->count, tlsa->name);
		return "unusable";
	}
	if (tally.matching == 0)
		say_mismatch(judge, tlsa, tls);
	else if (tally.seen == 0)
		say_hidden(judge, tlsa, program);
	if (next && (next->cert || next->key))
		judge_next(judge, tlsa, tls, next);
	return tally.matching > 0 ? "match" : "mismatch";
}
