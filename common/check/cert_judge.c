/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how the answers of all addresses of a target become one report: equal
 * ones are judged once, different ones are named. Talks to nobody but CAs, by cert_inquire().
 */
#include <openssl/tls1.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/cert_plan.h"
#include "check/show.h"

struct judge
cert_judge_of(const struct cert_plan *plan, const struct run *run, const struct cert_target *target,
    const char *endpoint, struct report *report)
{
	const struct connection_opts *connection = plan->settings->connection;

	return (struct judge){
	    .proto = target->proto,
	    .mode = target->mode,
	    .port = target->port,
	    .host = target->host,
	    .limits = &run->limits,
	    .now_unix = run->now_unix,
	    .insecure = connection->insecure,
	    .client_cert_given = connection->client_cert != NULL,
	    .endpoint = endpoint,
	    .report = report,
	};
}

/* ---- one address -------------------------------------------------------------------- */

static bool
unreached(const struct cert_visit *visit)
{
	return !visit->look->facts.connected && err_is_set(&visit->look->facts.err);
}

/* What showed the certificate a client would get. */
static const struct tls_facts *
shown(const struct cert_visit *visit)
{
	return visit->look->relaxed_done ? &visit->look->relaxed.tls : &visit->look->facts.tls;
}

const struct tls_facts *
cert_answer(const struct cert_visit *visit, size_t nth)
{
	const struct tls_facts *tls = nth == 0                  ? shown(visit)
				      : visit->look->other_done ? &visit->look->other.tls
								: NULL;

	return tls && tls->sent.count > 0 ? tls : NULL;
}

const char *
cert_answer_subject(const struct cert_visit *visit, size_t nth, struct report *report)
{
	const struct tls_facts *tls = cert_answer(visit, nth);

	if (nth == 0 || !tls)
		return visit->endpoint;
	return arena_printf(&report->arena, "%s#%s", visit->endpoint,
	    look_is_ecdsa(&tls->sent.list[0]) ? "EC" : "RSA");
}

static bool
same_answer(const struct tls_facts *a, const struct tls_facts *b)
{
	if (a->sent.count != b->sent.count || a->verified != b->verified ||
	    a->error_count != b->error_count || a->staple_state != b->staple_state)
		return false;
	for (size_t i = 0; i < a->sent.count; i++)
		if (strcmp(a->sent.list[i].sha256, b->sent.list[i].sha256) != 0)
			return false;
	return true;
}

/* The answer of an earlier visit that this one repeats; its findings speak for both. */
static const struct cert_visit *
said_before(const struct cert_visit *visits, size_t count, const struct tls_facts *tls)
{
	for (size_t i = 0; i < count; i++)
		if (same_answer(shown(&visits[i]), tls) ||
		    (visits[i].look->other_done && same_answer(&visits[i].look->other.tls, tls)))
			return &visits[i];
	return NULL;
}

static void
chain_metrics(struct report *report, const struct tls_facts *tls, int64_t now_unix)
{
	for (size_t i = 0; i < tls->sent.count; i++)
		if (tls->sent.list[i].dates_readable)
			report_metric(
			    report, METRIC_CHAIN_DAYS, cert_days(&tls->sent.list[i], now_unix));
	if (tls->staple_ends_unix)
		report_metric(
		    report, METRIC_STAPLE_HOURS, (double)(tls->staple_ends_unix - now_unix) / 3600);
}

/* What is the same for all answers of a target. */
struct context {
	const struct cert_plan *plan;
	const struct run *run;
	const struct cert_seen *seen;
};

/* What is on disk of the same type and will be served next. */
static struct dane_next
next_of(const struct cert_plan *plan, const struct tls_facts *tls)
{
	const struct cert_demands *demands = plan->demands;
	const struct cert_chain *disk = &demands->disk.certs;
	const struct cert *leaf = &tls->sent.list[0];
	const EVP_PKEY *public = X509_get0_pubkey(leaf->x509);

	for (size_t i = 0; i < disk->count; i++)
		if (!cert_is_authority(&disk->list[i]) &&
		    strcmp(disk->list[i].key_type, leaf->key_type) == 0)
			return (struct dane_next){.cert = &disk->list[i]};
	if (demands->key && public &&
	    EVP_PKEY_get_base_id(public) == EVP_PKEY_get_base_id(demands->key))
		return (struct dane_next){.key = demands->key};
	return (struct dane_next){0};
}

/* In a report of its own: a metric's limit is of the certificate it was measured at. */
static const char *
judge_answer(const struct judge *of, const struct context *context, const struct tls_facts *tls)
{
	const struct cert_plan *plan = context->plan;
	struct judge judge = *of;
	struct dane_next next = next_of(plan, tls);
	struct report own;
	const char *dane;

	report_init(&own, of->report->policy);
	judge.report = &own;
	judge_cert(&judge, tls);
	judge_demanded(&judge, plan->demands, tls);
	cert_inquire(plan, context->run, &judge, context->seen->context, tls);
	dane = judge_dane(&judge, context->seen->tlsa, tls, &next, context->run->plugin->program);
	chain_metrics(&own, tls, judge.now_unix);
	report_join(of->report, &own);
	return dane;
}

/* A server that refuses service in its greeting: no dialog's own judge speaks for it. */
static void
judge_refusal(const struct judge *judge, const struct session_facts *facts)
{
	struct report_finding *finding;

	if (facts->err.kind != ERR_REFUSED || facts->starttls_asked)
		return;
	finding = report_add(judge->report, FINDING_TLS_STARTTLS_REFUSED, judge->endpoint,
	    "the server refuses service before TLS");
	if (facts->greeting)
		report_said(judge->report, finding, facts->greeting, strlen(facts->greeting));
}

/* The strict handshake failed; what a relaxed one shows explains why. */
static void
explain_relaxed(const struct judge *judge, const struct tls_facts *tls)
{
	struct report *report = judge->report;
	const struct cert *leaf = tls->sent.count ? &tls->sent.list[0] : NULL;

	if (report->finding_count == 0)
		return;
	report_why(report, &report->findings[report->finding_count - 1],
	    "with every rule off it answers: TLS %s, %s, %s key of %d bits",
	    tls_version_name(tls->version), tls->cipher, leaf ? leaf->key_type : "no",
	    leaf ? leaf->key_bits : 0);
}

/* What does not answer there is not the server. */
static void
explain_proxy(const struct judge *judge, const struct cert_plan *plan)
{
	struct report *report = judge->report;
	struct report_finding *last;

	if (report->finding_count == 0)
		return;
	last = &report->findings[report->finding_count - 1];
	last->message = arena_printf(&report->arena, "the proxy %s:%u: %s", plan->proxy_host,
	    plan->proxy_port, last->message);
	report_why(
	    report, last, "it is the proxy that cannot be reached: the server was not asked");
	report_next(report, last, "here: nc -vz %s %u", plan->proxy_host, plan->proxy_port);
	report_next(report, last, "here: without --connect-proxy, where the way is free");
}

static void
judge_floor(const struct judge *judge, const struct look *look)
{
	if (look->old_accepted)
		report_add(judge->report, FINDING_TLS_FLOOR, judge->endpoint,
		    "TLS %s is still accepted", tls_version_name(look->old_version));
}

/* The state of the first answer's DANE in a word, or NULL. */
static const char *
judge_visit(struct judge *judge, const struct context *context, size_t at)
{
	struct cert_visit *visits = context->seen->visits, *visit = &visits[at];
	const char *dane = NULL;
	const struct look *look = visit->look;
	const struct tls_facts *tls = shown(visit);
	const struct cert_visit *before;
	const char *second;

	judge_ending(judge, &look->facts);
	if (context->plan->proxy_host && unreached(visit))
		explain_proxy(judge, context->plan);
	judge_upgrade(judge, &look->facts);
	judge_refusal(judge, &look->facts);
	if (look->relaxed_done)
		explain_relaxed(judge, tls);
	judge->relaxed = look->relaxed_done;
	before = tls->sent.count ? said_before(visits, at, tls) : NULL;
	if (tls->sent.count && !before)
		dane = judge_answer(judge, context, tls);
	judge->relaxed = false;
	judge_floor(judge, look);
	judge_unexplained(judge, &look->facts);
	visit->good = report_worst_of(judge->report, visit->endpoint) == STATE_OK &&
		      (!before || before->good);
	show_certificates(judge->report, tls, visit->endpoint, judge->now_unix);
	if (!look->other_done)
		return dane;
	second = cert_answer_subject(visit, 1, judge->report);
	judge->endpoint = second;
	before = said_before(visits, at, &look->other.tls);
	if (!before)
		judge_answer(judge, context, &look->other.tls);
	visit->good = visit->good &&
		      (before ? before->good : report_worst_of(judge->report, second) == STATE_OK);
	show_certificates(judge->report, &look->other.tls, second, judge->now_unix);
	return dane;
}

/* ---- all of them ---------------------------------------------------------------------- */

static void
say_dead(struct report *report, const struct cert_visit *dead)
{
	report_add(report, FINDING_NET_ADDRESS_DEAD, dead->endpoint,
	    "address %s does not answer (%s), another one does", dead->address.text,
	    dead->look->facts.err.text);
}

/* The leaf of one type of key that an address serves; NULL: none. */
static const struct cert *
leaf_of(const struct cert_visit *visit, bool ecdsa)
{
	for (size_t i = 0; i < CERT_ANSWERS; i++) {
		const struct tls_facts *answer = cert_answer(visit, i);

		if (answer && look_is_ecdsa(&answer->sent.list[0]) == ecdsa)
			return &answer->sent.list[0];
	}
	return NULL;
}

/* The leaf that lasts longest, and how many addresses serve another one. */
struct spread {
	const struct cert *newest, *old;
	const char *old_address;
	size_t serving, others;
};

static struct spread
spread_of(const struct cert_visit *visits, size_t count, bool ecdsa)
{
	struct spread spread = {0};

	for (size_t i = 0; i < count; i++) {
		const struct cert *leaf = leaf_of(&visits[i], ecdsa);

		if (leaf &&
		    (!spread.newest || leaf->not_after_unix > spread.newest->not_after_unix))
			spread.newest = leaf;
		spread.serving += leaf != NULL || leaf_of(&visits[i], !ecdsa) != NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const struct cert *leaf = leaf_of(&visits[i], ecdsa);

		if (!leaf || !spread.newest || strcmp(leaf->sha256, spread.newest->sha256) == 0)
			continue;
		if (!spread.old || leaf->not_after_unix < spread.old->not_after_unix) {
			spread.old = leaf;
			spread.old_address = visits[i].address.text;
		}
		spread.others++;
	}
	return spread;
}

static void
spread_words(struct buf *out, const struct spread *spread, bool name_type, int64_t now_unix)
{
	const char *type = look_is_ecdsa(spread->newest) ? "ECDSA " : "RSA ";
	double days = cert_days(spread->old, now_unix);

	if (out->len > 0)
		buf_add_text(out, "; ");
	if (spread->old->not_after_unix == spread->newest->not_after_unix) {
		buf_printf(out, "%zu of %zu addresses serve%s another %scertificate (%s)",
		    spread->others, spread->serving, spread->others == 1 ? "s" : "",
		    name_type ? type : "", spread->old_address);
		return;
	}
	buf_printf(out, "%zu of %zu addresses serve%s the old %scertificate (%s: ", spread->others,
	    spread->serving, spread->others == 1 ? "s" : "", name_type ? type : "",
	    spread->old_address);
	text_days(out, days, 1);
	buf_printf(out, "%s, the new one %.1f)", days < 0 ? "" : " left",
	    cert_days(spread->newest, now_unix));
}

static bool
soon_over(const struct report *report)
{
	return report_has(report, FINDING_TLS_CERT_EXPIRING) ||
	       report_has(report, FINDING_TLS_CERT_EXPIRED);
}

/* "RSA ends in 5.0 days", "ECDSA in 80.0" behind it; or "RSA ended 5.0 days ago". */
static void
end_words(struct buf *out, const char *type, double days, bool begun)
{
	if (days < 0)
		buf_printf(out, "%s ended %.1f days ago", type, -days);
	else
		buf_printf(out, "%s %s %.1f%s", type, begun ? "in" : "ends in", days,
		    begun ? "" : " days");
}

/*
 * Line 1 where one type of key is about to end: "1 of 2 addresses serves the
 * old certificate; RSA ends in 5.0 days, ECDSA in 80.0". It has no room for more.
 */
static void
types_words(struct buf *out, const struct spread *rsa, const struct spread *ecdsa, int64_t now_unix)
{
	const struct spread *spread = rsa->others > ecdsa->others ? rsa : ecdsa;
	double days = cert_days(rsa->newest, now_unix);

	buf_clear(out);
	if (spread->others > 0)
		buf_printf(out, "%zu of %zu addresses serve%s the old certificate; ",
		    spread->others, spread->serving, spread->others == 1 ? "s" : "");
	end_words(out, "RSA", days, false);
	end_words(out, ", ECDSA", cert_days(ecdsa->newest, now_unix), days >= 0);
}

/* Line 1 says all of it at the finding that gives the state. */
static void
set_headline(struct report *report, const char *words)
{
	const struct report_finding *worst = report_sorted(report)[0];

	if (worst->id != FINDING_TLS_CERT_EXPIRING && worst->id != FINDING_TLS_CERT_EXPIRED &&
	    worst->id != FINDING_TLS_CERT_DIFFERS)
		return;
	report_headline(report, &report->findings[worst - report->findings], "%s", words);
}

static void
say_differ(const struct cert_target *target, const struct cert_visit *visits, size_t count,
    int64_t now_unix, struct report *report)
{
	struct spread rsa = spread_of(visits, count, false);
	struct spread ecdsa = spread_of(visits, count, true);
	bool both = rsa.newest && ecdsa.newest;
	struct buf words;

	buf_init(&words, 1024);
	if (rsa.old && rsa.newest)
		spread_words(&words, &rsa, both, now_unix);
	if (ecdsa.old && ecdsa.newest)
		spread_words(&words, &ecdsa, both, now_unix);
	if (words.len > 0)
		report_add(
		    report, FINDING_TLS_CERT_DIFFERS, target->subject, "%s", buf_text(&words));
	if (both && soon_over(report) &&
	    rsa.newest->not_after_unix / 86400 != ecdsa.newest->not_after_unix / 86400)
		types_words(&words, &rsa, &ecdsa, now_unix);
	if (words.len > 0)
		set_headline(report, buf_text(&words));
	buf_free(&words);
}

/* What line 1 says when all is well: days of each type of key, and how many addresses. */
static void
say_good(const struct cert_visit *visits, size_t count, int64_t now_unix, struct report *report)
{
	struct spread rsa = spread_of(visits, count, false);
	struct spread ecdsa = spread_of(visits, count, true);
	struct buf text;

	buf_init(&text, 256);
	if (rsa.newest && ecdsa.newest) {
		buf_add_text(&text, "certificates ");
		text_days(&text, cert_days(rsa.newest, now_unix), 1);
		buf_printf(&text, " (RSA) and %.1f (ECDSA)", cert_days(ecdsa.newest, now_unix));
	} else if (rsa.newest || ecdsa.newest) {
		buf_add_text(&text, "certificate ");
		text_days(&text, cert_days(rsa.newest ? rsa.newest : ecdsa.newest, now_unix), 1);
	}
	if (count > 1)
		buf_printf(&text, ", %zu addresses", count);
	report_good(report, "%s", buf_text(&text));
	buf_free(&text);
}

static void
judge_one(const struct context *context, size_t at, bool alone, bool chosen, struct report *report)
{
	const struct cert_target *target = context->seen->target;
	struct cert_visit *visit = &context->seen->visits[at];
	const struct session_facts *facts = &visit->look->facts;
	struct judge judge =
	    cert_judge_of(context->plan, context->run, target, visit->endpoint, report);
	const char *const own[] = {target->host, NULL};
	const char **given = context->plan->verify_names;
	const char *dane = NULL;

	judge.verify_names = given ? (const char *const *)given : own;
	if (unreached(visit) && !alone)
		say_dead(report, visit);
	else
		dane = judge_visit(&judge, context, at);
	judge.endpoint = visit->endpoint;
	judge_phases(&judge, facts, context->run->started_us);
	show_dane(report,
	    show_endpoint(report, facts, visit->endpoint, target->host, target->port, chosen),
	    dane);
	show_transcript(report, &facts->transcript);
}

void
cert_judge(const struct cert_plan *plan, const struct run *run, const struct cert_seen *seen,
    struct report *report)
{
	const struct context context = {plan, run, seen};
	const struct cert_target *target = seen->target;
	struct judge judge = cert_judge_of(plan, run, target, target->subject, report);
	size_t reached = 0, good = 0, chosen = seen->count;

	for (size_t i = seen->count; i > 0; i--) {
		if (unreached(&seen->visits[i - 1]))
			continue;
		reached++;
		chosen = i - 1;
	}
	if (run->basic->state_dir)
		cert_remember(plan, run, seen, report);
	judge_dane_lookup(&judge, seen->tlsa, run->plugin->program);
	if (plan->require_dnssec && seen->tlsa->status == TLSA_INSECURE)
		report_add(report, FINDING_DNSSEC_MISSING, target->subject,
		    "--require-dnssec, and %s", seen->tlsa->why);
	for (size_t i = 0; i < seen->count; i++) {
		judge_one(&context, i, reached == 0, i == chosen, report);
		good += seen->visits[i].good;
	}
	say_differ(target, seen->visits, seen->count, run->now_unix, report);
	say_good(seen->visits, seen->count, run->now_unix, report);
	if (target->is_name) {
		report_metric(report, METRIC_ADDRESSES, (double)seen->count);
		report_metric(report, METRIC_ADDRESSES_OK, (double)good);
	}
}
