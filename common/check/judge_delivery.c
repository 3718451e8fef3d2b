/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what a message's arrival means. Reaching the mailbox is judged elsewhere. */
#include "check/judge_delivery.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SKEW_S 2 /* Received fields count whole seconds */
#define HOPS_MAX 64

/* ---- the way it took ---- */

struct route {
	struct mail_hop hops[HOPS_MAX]; /* in the order they were passed */
	size_t count;
	int64_t longest_s; /* between two of them; -1: not known */
	size_t longest;    /* the one it ended at */
};

static int64_t
gap_before(const struct route *route, size_t hop)
{
	if (hop == 0 || hop >= route->count || !route->hops[hop].dated ||
	    !route->hops[hop - 1].dated)
		return 0;
	return route->hops[hop].unix_s - route->hops[hop - 1].unix_s;
}

static const char *
hop_name(const struct mail_hop *hop)
{
	return hop->by ? hop->by : "a server without a name";
}

static void
read_route(struct route *route, struct arena *arena, const struct mail_headers *headers)
{
	*route = (struct route){.longest_s = -1};
	for (size_t i = headers->count; i-- > 0 && route->count < HOPS_MAX;)
		if (text_equal_fold(headers->list[i].name, "Received"))
			mail_hop_read(&route->hops[route->count++], arena, headers->list[i].value);
	for (size_t i = 1; i < route->count; i++) {
		if (gap_before(route, i) <= route->longest_s)
			continue;
		route->longest_s = gap_before(route, i);
		route->longest = i;
	}
}

static void
judge_route(const struct judge *judge, const struct route *route)
{
	report_metric(judge->report, METRIC_HOPS, (double)route->count);
	if (route->longest_s >= 0)
		report_metric(judge->report, METRIC_HOP_MAX, (double)route->longest_s);
	for (size_t i = 1; i < route->count; i++) {
		int64_t gap = gap_before(route, i);

		if (gap <= -SKEW_S)
			report_line(judge->report, 1, "the clock of %s is %lld s behind that of %s",
			    hop_name(&route->hops[i]), (long long)-gap,
			    hop_name(&route->hops[i - 1]));
	}
}

/* ", slowest hop a to b 28 s", where one took its time. */
static void
add_slowest(struct buf *out, const struct route *route)
{
	if (route->longest_s >= SKEW_S)
		buf_printf(out, ", slowest hop %.60s to %.60s %lld s",
		    hop_name(&route->hops[route->longest - 1]),
		    hop_name(&route->hops[route->longest]), (long long)route->longest_s);
}

static void
judge_times(const struct judge *judge, const struct judge_delivery *wants,
    const struct delivery_mail *mail, const struct route *route)
{
	struct report *report = judge->report;
	struct buf words;

	buf_init(&words, 512);
	report_metric(report, METRIC_TIME_DELIVERY, mail->seconds);
	buf_add_text(&words, "arrived after ");
	text_span(&words, (int64_t)(mail->seconds * 1e6));
	add_slowest(&words, route);
	if (!judge->limits->given[METRIC_TIME_DELIVERY] && mail->sent_us == 0 &&
	    mail->seconds > (double)wants->patience_s)
		report_add(report, FINDING_DELIVERY_LATE, judge->endpoint, "%s", buf_text(&words));
	judge_known_metric(
	    report, judge->limits, METRIC_TIME_DELIVERY, judge->endpoint, buf_text(&words));
	buf_clear(&words);
	buf_printf(&words, "a hop took %lld s: %.60s to %.60s", (long long)route->longest_s,
	    route->longest > 0 ? hop_name(&route->hops[route->longest - 1]) : "",
	    route->longest > 0 ? hop_name(&route->hops[route->longest]) : "");
	judge_known_metric(
	    report, judge->limits, METRIC_HOP_MAX, judge->endpoint, buf_text(&words));
	buf_free(&words);
}

/* ---- what became of it ---- */

static bool
is_bad(const char *result, const char *const *bad)
{
	for (; result && *bad; bad++)
		if (text_equal_fold(result, *bad))
			return true;
	return false;
}

static void
judge_results(const struct judge *judge, const struct mail_results *results, const char *service)
{
	static const char *const spf[] = {"fail", "softfail", "permerror", NULL};
	static const char *const dkim[] = {"fail", "none", "neutral", "policy", "permerror", NULL};
	static const char *const dmarc[] = {"fail", "permerror", NULL};

	if (!results->told)
		report_add(judge->report, FINDING_DELIVERY_AUTH_RESULTS, judge->endpoint,
		    "no Authentication-Results of %.100s in the message", service);
	else if (is_bad(results->spf, spf) || is_bad(results->dkim, dkim) ||
		 is_bad(results->dmarc, dmarc))
		report_add(judge->report, FINDING_DELIVERY_AUTH_RESULTS, judge->endpoint,
		    "%.100s says spf=%.20s, dkim=%.20s, dmarc=%.20s", service,
		    results->spf ? results->spf : "(nothing)",
		    results->dkim ? results->dkim : "(nothing)",
		    results->dmarc ? results->dmarc : "(nothing)");
}

static bool
is_altered(const struct find_mail *found, size_t body, const unsigned char *sent)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buf canonical;
	bool same;

	buf_init(&canonical, 2 * FIND_MAIL_BYTES);
	mail_body_canonical(&canonical, found->text + body, found->len - body);
	same = EVP_Digest(buf_text(&canonical), canonical.len, digest, NULL, EVP_sha256(), NULL) ==
		   1 &&
	       memcmp(digest, sent, 32) == 0;
	buf_free(&canonical);
	return !same;
}

static void
judge_copy(const struct judge *judge, const struct find_facts *found,
    const struct judge_delivery *wants, const struct find_mail *copy,
    const struct delivery_mail *mail)
{
	size_t copies = find_count(found, copy->token, false);
	size_t right = wants->copies > 0 ? wants->copies : 1;

	if (copy->junk)
		report_add(judge->report, FINDING_DELIVERY_JUNK, judge->endpoint,
		    "arrived in %.80s, the Junk folder", copy->folder);
	if (copies > right)
		report_add(judge->report, FINDING_DELIVERY_DUPLICATE, judge->endpoint,
		    "arrived %zu times; its Message-ID begins with %s", copies, mail->token);
}

static double
seconds_since(const struct delivery_mail *mail, const struct find_mail *found, int64_t now_unix)
{
	int64_t arrived = found->arrived_unix ? found->arrived_unix : now_unix;

	if (mail->sent_us)
		return (double)(found->seen_us - mail->sent_us) / 1e6;
	return arrived > mail->sent_unix ? (double)(arrived - mail->sent_unix) : 0;
}

/* ---- display ---- */

static void
show_mail(struct report *report, const struct delivery_mail *mail, const struct find_mail *found,
    const struct route *route, const struct mail_results *results)
{
	struct arena *arena = &report->arena;
	struct value *delivery = value_object(arena), *hops, *authentication;

	report->delivery = delivery;
	value_add_text(arena, delivery, "token", mail->token);
	value_add_text(arena, delivery, "found_in", found->folder);
	value_add_real(arena, delivery, "seconds", mail->seconds, 6);
	value_add_bool(arena, delivery, "junk", found->junk);
	hops = value_add_array(arena, delivery, "hops");
	for (size_t i = 0; i < route->count; i++) {
		struct value *hop = value_add_object(arena, hops, NULL);

		value_add_text(arena, hop, "id", arena_printf(arena, "%zu", i + 1));
		value_add_text(arena, hop, "by", route->hops[i].by);
		value_add_text(arena, hop, "from", route->hops[i].from);
		if (i > 0 && route->hops[i].dated && route->hops[i - 1].dated)
			value_add_real(arena, hop, "seconds", (double)gap_before(route, i), 0);
	}
	authentication = value_add_object(arena, delivery, "authentication");
	value_add_text(arena, authentication, "spf", results->spf);
	value_add_text(arena, authentication, "dkim", results->dkim);
	value_add_text(arena, authentication, "dmarc", results->dmarc);
}

/* ---- found ---- */

static void
judge_arrived(const struct judge *judge, const struct find_facts *facts,
    const struct judge_delivery *wants, const struct find_mail *found, struct delivery_mail *mail)
{
	struct mail_results results = {0};
	struct mail_headers headers;
	struct arena arena = {0};
	struct route *route = arena_alloc(&arena, sizeof(*route));
	size_t body = mail_headers_read(&headers, &arena, found->text, found->len);

	mail->verdict = DELIVERY_ARRIVED;
	mail->seconds = seconds_since(mail, found, judge->now_unix);
	mail->where =
	    arena_strdup(&judge->report->arena, found->junk ? found->folder : wants->folder);
	read_route(route, &arena, &headers);
	judge_route(judge, route);
	judge_times(judge, wants, mail, route);
	judge_copy(judge, facts, wants, found, mail);
	if (found->whole && mail->body_sha256 && is_altered(found, body, mail->body_sha256))
		report_add(judge->report, FINDING_DELIVERY_ALTERED, judge->endpoint,
		    "the body is not the one that was sent");
	for (size_t i = 0; wants->authserv_id && i < headers.count; i++)
		if (text_equal_fold(headers.list[i].name, "Authentication-Results"))
			mail_results_read(
			    &results, &arena, headers.list[i].value, wants->authserv_id);
	if (wants->authserv_id)
		judge_results(judge, &results, wants->authserv_id);
	if (!judge->report->delivery) {
		show_mail(judge->report, mail, found, route, &results);
		value_add_int(&judge->report->arena, judge->report->delivery, "duplicates",
		    (int64_t)find_count(facts, found->token, false) - 1);
	}
	arena_free(&arena);
}

/* ---- came back ---- */

/* The reason in the words of who refused it, read by the catalogue. */
static void
judge_report(const struct judge *judge, const struct mail_report *bounce)
{
	struct reply_query query = {.protocol = REPLY_SMTP,
	    .stage = REPLY_RCPT | REPLY_DATA,
	    .enhanced = bounce->status,
	    .text = bounce->diagnostic ? bounce->diagnostic : ""};
	struct reply_match match = {.why = "", .next = ""};
	bool known = reply_match(&query, &match);
	struct report_finding *finding;
	struct buf message;

	buf_init(&message, 1024);
	buf_add_text(&message, "came back");
	if (bounce->recipient)
		buf_printf(&message, ": <%.80s>", bounce->recipient);
	if (known)
		buf_printf(&message, ": %s (%s)", finding_rows[match.finding].meaning,
		    finding_rows[match.finding].id);
	else if (bounce->status)
		buf_printf(&message, ": status %.20s", bounce->status);
	finding = report_add(
	    judge->report, FINDING_DELIVERY_BOUNCED, judge->endpoint, "%s", buf_text(&message));
	if (bounce->diagnostic)
		report_said(judge->report, finding, bounce->diagnostic, strlen(bounce->diagnostic));
	if (known)
		judge_reply_explain(judge, finding, &match);
	buf_free(&message);
}

/* A report of a delay is no bounce, one of success nothing at all. */
static void
judge_bounce(const struct judge *judge, const struct find_mail *found, struct delivery_mail *mail)
{
	struct mail_report bounce;
	struct arena arena = {0};
	bool read = mail_report_read(&bounce, &arena, found->text, found->len);
	bool delayed = read && text_equal_fold(bounce.action, "delayed");

	mail->seconds = seconds_since(mail, found, judge->now_unix);
	if (delayed) {
		struct report_finding *finding = report_add(judge->report, FINDING_DELIVERY_LATE,
		    judge->endpoint, "a notice of delay came after %.1f s", mail->seconds);

		if (bounce.diagnostic)
			report_said(
			    judge->report, finding, bounce.diagnostic, strlen(bounce.diagnostic));
	} else if (!read || text_equal_fold(bounce.action, "failed")) {
		mail->verdict = DELIVERY_BOUNCED;
		judge_report(judge, &bounce);
	}
	arena_free(&arena);
}

/* ---- not found ---- */

static void
judge_missing(const struct judge *judge, const struct find_facts *facts,
    const struct judge_delivery *wants, struct delivery_mail *mail)
{
	double waited = mail->sent_us ? (double)(facts->looked_us - mail->sent_us) / 1e6
				      : (double)(judge->now_unix - mail->sent_unix);
	struct buf message;

	if (mail->unsure || (!mail->sent_us && waited < (double)wants->patience_s))
		return;
	mail->verdict = DELIVERY_MISSING;
	buf_init(&message, 512);
	buf_add_text(&message, "accepted");
	if (mail->queue_id)
		buf_printf(&message, " as %.60s", mail->queue_id);
	buf_printf(&message, ", not arrived in %.60s", wants->folder);
	if (facts->junk_known)
		buf_printf(&message, " or %.60s", facts->junk_name);
	buf_add_text(&message, " after ");
	text_span(&message, (int64_t)(waited * 1e6));
	report_add(
	    judge->report, FINDING_DELIVERY_MISSING, mail->endpoint, "%s", buf_text(&message));
	buf_free(&message);
}

/* ---- what stays behind ---- */

static void
judge_leftovers(
    const struct judge *judge, const struct find_facts *facts, const struct judge_delivery *wants)
{
	struct report *report = judge->report;
	struct buf message;

	if (facts->left > 0)
		report_add(report, FINDING_DELIVERY_LEFTOVERS, judge->endpoint,
		    "%zu of our messages could not be removed: %s", facts->left, facts->left_why);
	if (facts->leftovers < 0)
		return;
	buf_init(&message, 256);
	report_metric(report, METRIC_LEFTOVERS, (double)facts->leftovers);
	buf_printf(&message, "%lld older probe message%s in %.60s", (long long)facts->leftovers,
	    facts->leftovers == 1 ? "" : "s", wants->folder);
	if (facts->oldest_leftover_unix) {
		buf_add_text(&message, ", the oldest of ");
		text_date(&message, facts->oldest_leftover_unix);
	}
	if (judge->limits->given[METRIC_LEFTOVERS])
		judge_known_metric(
		    report, judge->limits, METRIC_LEFTOVERS, judge->endpoint, buf_text(&message));
	else if (facts->leftovers > 0 && !wants->keep)
		report_add(
		    report, FINDING_DELIVERY_LEFTOVERS, judge->endpoint, "%s", buf_text(&message));
	buf_free(&message);
}

/* ---- all of it ---- */

static const struct find_mail *
first_of(const struct find_facts *facts, size_t token, bool bounce)
{
	for (size_t i = 0; i < facts->count; i++)
		if (facts->list[i].token == token && facts->list[i].bounce == bounce)
			return &facts->list[i];
	return NULL;
}

void
judge_delivery(const struct judge *judge, const struct find_facts *found,
    const struct judge_delivery *wants, struct delivery_mail *mails, size_t count)
{
	int64_t last_arrival = 0;

	if (found->looks == 0)
		return; /* why nobody could look is a finding already */
	for (size_t i = 0; i < count; i++) {
		const struct find_mail *mail = first_of(found, i, false);
		const struct find_mail *bounce = first_of(found, i, true);

		if (bounce)
			judge_bounce(judge, bounce, &mails[i]);
		if (mail)
			judge_arrived(judge, found, wants, mail, &mails[i]);
		last_arrival =
		    mail && mails[i].sent_unix > last_arrival ? mails[i].sent_unix : last_arrival;
	}
	for (size_t i = 0; i < count; i++)
		if (found->finished && mails[i].verdict == DELIVERY_PENDING &&
		    (!mails[i].told || mails[i].sent_unix >= last_arrival))
			judge_missing(judge, found, wants, &mails[i]);
	judge_leftovers(judge, found, wants);
}
