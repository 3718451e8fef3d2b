/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what the user wants asked of the CA (--ocsp, --crl, --aia, --ari), the
 * asking, and what the answers mean. Nothing is asked unasked.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/cert_plan.h"
#include "check/lookup.h"

/* One answer of a server on its way to its CA. */
struct inquiry {
	const struct cert_plan *plan;
	const struct judge *judge;
	const struct tls_facts *tls;
	const struct run *run;
	struct revocation_params params;
};

static bool
look_up(void *context, const char *host, uint16_t port, struct addresses *out, struct err *err)
{
	const struct inquiry *inquiry = context;
	struct lookup lookup = {.basic = inquiry->run->basic, .deadline = inquiry->run->deadline};

	return lookup_host(&lookup, host, port, out, err);
}

static struct report_finding *
say(const struct inquiry *inquiry, enum finding_id id, const char *message)
{
	const struct judge *judge = inquiry->judge;
	struct report_finding *finding =
	    report_add(judge->report, id, judge->endpoint, "%s", message);

	if (judge->insecure)
		report_state(judge->report, finding, STATE_OK);
	return finding;
}

static void
say_revoked(const struct inquiry *inquiry, const char *by, const struct cert *cert,
    const struct revocation *answer)
{
	struct buf message;

	buf_init(&message, 1024);
	buf_printf(&message, "%s of the CA says that %.200s is revoked", by, cert->subject);
	if (answer->since_unix) {
		buf_add_text(&message, " since ");
		text_date(&message, answer->since_unix);
	}
	say(inquiry, FINDING_TLS_CERT_REVOKED, buf_text(&message));
	buf_free(&message);
}

/* The row's causes are those of an answer that came; here none did. */
static void
say_why_unasked(const struct inquiry *inquiry, struct report_finding *finding, bool ocsp,
    enum revocation_status status)
{
	struct report *report = inquiry->judge->report;

	if (status == REVOCATION_NOT_TOLD) {
		report_why(report, finding, "its CA publishes none%s",
		    ocsp ? ": many have CRLs in place of OCSP" : "");
		report_next(report, finding, "here: --%s in place of --%s, or neither",
		    ocsp ? "crl" : "ocsp", ocsp ? "ocsp" : "crl");
	} else if (status == REVOCATION_FAILED) {
		report_why(report, finding, "the CA's server is down");
		report_why(report, finding, "this machine may not reach it: firewall, port 80");
		report_next(report, finding, "here: does curl -sSI of the URL shown answer?");
		if (!inquiry->params.allow_private)
			report_next(report, finding,
			    "here: --allow-private-fetch, if the CA's server is in a private net");
	}
}

/* Not learnt, or not to be believed: the state of revocation is unknown. */
static void
say_unknown(const struct inquiry *inquiry, enum finding_id id, const char *what,
    const struct revocation *answer)
{
	char message[700];

	if (answer->url[0])
		snprintf(message, sizeof(message), "%s %s: %s", what, answer->url, answer->words);
	else
		snprintf(message, sizeof(message), "%s: %s", what, answer->words);
	say_why_unasked(
	    inquiry, say(inquiry, id, message), id == FINDING_TLS_OCSP_BAD, answer->status);
}

static void
ask_ocsp(const struct inquiry *inquiry)
{
	const struct cert_chain *path = &inquiry->tls->path;
	struct revocation answer;

	if (path->count < 2) {
		say(inquiry, FINDING_TLS_OCSP_BAD,
		    "OCSP: the issuer is not known, so nobody can say whether it is revoked");
		return;
	}
	revocation_ocsp(&inquiry->params, path, &answer);
	if (answer.status == REVOCATION_REVOKED)
		say_revoked(inquiry, "the OCSP responder", &path->list[0], &answer);
	else if (answer.status == REVOCATION_UNKNOWN_CERT)
		say(inquiry, FINDING_TLS_OCSP_UNKNOWN_CERT,
		    "the OCSP responder of the CA does not know the certificate");
	else if (answer.status != REVOCATION_GOOD)
		say_unknown(inquiry, FINDING_TLS_OCSP_BAD, "OCSP responder", &answer);
	else
		report_line(inquiry->judge->report, 2, "OCSP: good, says %s", answer.url);
}

/* Every certificate of the path but its anchor. */
static void
ask_crl(const struct inquiry *inquiry)
{
	const struct cert_chain *path = &inquiry->tls->path;

	if (path->count < 2)
		say(inquiry, FINDING_TLS_CRL,
		    "CRL: the issuer is not known, so nobody can say whether it is revoked");
	for (size_t at = 0; at + 1 < path->count; at++) {
		struct revocation answer;

		revocation_crl(&inquiry->params, path, at, &answer);
		if (answer.status == REVOCATION_NOT_TOLD && at > 0)
			continue; /* many private CAs publish none of their intermediates */
		if (answer.status == REVOCATION_REVOKED)
			say_revoked(inquiry, "the CRL", &path->list[at], &answer);
		else if (answer.status != REVOCATION_GOOD)
			say_unknown(inquiry, FINDING_TLS_CRL, "CRL", &answer);
		else
			report_line(
			    inquiry->judge->report, 2, "CRL %s: %s", answer.url, answer.words);
	}
}

static struct report_finding *
find(struct report *report, enum finding_id id)
{
	for (size_t i = 0; i < report->finding_count; i++)
		if (report->findings[i].id == id)
			return &report->findings[i];
	return NULL;
}

/* The proof: with the fetched certificate the chain verifies, so the server must send it. */
static void
prove_missing(const struct inquiry *inquiry, struct report_finding *finding,
    const struct cert_chain *list, const struct cert *fetched)
{
	struct report *report = inquiry->judge->report;
	struct tls_params params = inquiry->plan->settings->tls;
	struct tls_facts facts;
	bool good;

	params.context = inquiry->params.trust;
	params.verify_names = NULL;
	good = tls_verify_list(&params, list, 0, &facts) && facts.verified;
	report_why(report, finding, "fetched from the CA: %s; with it the chain %s",
	    fetched->subject, good ? "verifies: the server must send it" : "still does not verify");
	tls_facts_free(&facts);
}

/* Issuer by issuer, until one is self-signed or the CA tells no more. */
static void
ask_aia(const struct inquiry *inquiry)
{
	struct report_finding *finding =
	    find(inquiry->judge->report, FINDING_TLS_CERT_CHAIN_INCOMPLETE);
	const struct cert_chain *sent = &inquiry->tls->sent;
	struct cert_chain list = {0};
	struct revocation answer = {0};
	size_t own;

	if (!finding || sent->count == 0)
		return;
	for (size_t i = 0; i < sent->count; i++)
		cert_chain_add_copy(&list, &sent->list[i]);
	own = list.count;
	for (int hops = 0; hops < 4; hops++) {
		const struct cert *end = cert_chain_end(&list);

		if (!end || end->self_signed ||
		    !revocation_issuer(&inquiry->params, end, &list, &answer))
			break;
	}
	if (list.count > own)
		prove_missing(inquiry, finding, &list, &list.list[own]);
	else
		report_why(inquiry->judge->report, finding,
		    "its issuer could not be fetched from %s: %s",
		    answer.url[0] ? answer.url : "the CA", answer.words);
	cert_chain_free(&list);
}

static void
ask_ari(const struct inquiry *inquiry)
{
	const struct cert *leaf = &inquiry->tls->sent.list[0];
	int64_t now_unix = inquiry->judge->now_unix;
	struct renewal renewal;
	struct buf when;

	revocation_renewal(&inquiry->params, leaf, &renewal);
	buf_init(&when, 128);
	if (renewal.known) {
		text_date(&when, renewal.from_unix);
		buf_add_text(&when, " to ");
		text_date(&when, renewal.until_unix);
	}
	if (renewal.known && now_unix >= renewal.from_unix) {
		char message[300];

		snprintf(message, sizeof(message), "the CA asks to renew now: its window is %s",
		    buf_text(&when));
		say(inquiry, FINDING_TLS_CERT_RENEW_NOW, message);
	} else {
		report_line(inquiry->judge->report, renewal.known ? 2 : 1,
		    "renewal information: %s", renewal.known ? buf_text(&when) : renewal.words);
	}
	buf_free(&when);
}

void
cert_inquire(const struct cert_plan *plan, const struct run *run, const struct judge *judge,
    const struct tls_context *context, const struct tls_facts *tls)
{
	struct inquiry inquiry = {.plan = plan, .judge = judge, .tls = tls, .run = run};
	int64_t start_us = clock_now_us();

	if (!(plan->ask.ocsp || plan->ask.crl || plan->ask.aia || plan->ask.ari) ||
	    tls->sent.count == 0)
		return;
	inquiry.params = (struct revocation_params){
	    .trust = context,
	    .allow_private = plan->ask.allow_private,
	    .now_unix = judge->now_unix,
	    .deadline = run->deadline,
	    .cache = plan->cache,
	    .lookup = look_up,
	    .lookup_context = &inquiry,
	};
	if (plan->ask.ocsp)
		ask_ocsp(&inquiry);
	if (plan->ask.crl)
		ask_crl(&inquiry);
	if (plan->ask.aia)
		ask_aia(&inquiry);
	if (plan->ask.ari)
		ask_ari(&inquiry);
	report_phase(judge->report, &(struct report_phase){.endpoint = judge->endpoint,
					.name = phase_label(PHASE_REVOCATION),
					.start_us = start_us - run->started_us,
					.span_us = clock_now_us() - start_us});
	report_metric(
	    judge->report, METRIC_TIME_REVOCATION, (double)(clock_now_us() - start_us) / 1e6);
}
