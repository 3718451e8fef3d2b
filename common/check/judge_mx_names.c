/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what stands round the mail hosts in the DNS: reverse names, services
 * for mail programs, DNSSEC.
 */
#include <string.h>
#include <strings.h>

#include "check/judge_mx.h"
#include "wire/ptr_name.h"

#define SECONDS_A_DAY 86400.0

/* ---- reverse names (RFC 1912, 2.1) -------------------------------------------------- */

static bool
is_generic(const struct judge_mx *judge, const struct mx_target *target, const char *name)
{
	bool six = target->address.family == AF_INET6;
	const uint8_t *bytes = six ? target->address.sa.in6.sin6_addr.s6_addr
				   : (const uint8_t *)&target->address.sa.in.sin_addr;

	if (judge->ptr_ok && regexec(judge->ptr_ok, name, 0, NULL, 0) == 0)
		return false;
	return ptr_name_is_generic(name, bytes, six ? 16 : 4);
}

static void
judge_missing(const struct judge_mx *judge, const struct mx_target *target)
{
	bool known = dns_is_answer(target->ptr);
	struct report_finding *finding =
	    report_add(judge->report, FINDING_PTR_MISSING, target->address.text,
		known ? "%s has no reverse name%s%s"
		      : "the reverse name of %s cannot be found out: %s%s",
		target->address.text, known ? "" : dns_status_word(target->ptr->status), "");

	if (known && (target->sender || target->address.family == AF_INET6))
		report_state(judge->report, finding, STATE_CRITICAL);
}

static void
judge_confirmed(const struct judge_mx *judge, const struct mx_target *target)
{
	struct report_finding *finding;
	bool unknown;

	if (mx_target_confirmed(target, &unknown))
		return;
	finding = report_add(judge->report, FINDING_PTR_UNCONFIRMED, target->address.text,
	    unknown ? "whether %s leads back to %s cannot be found out"
		    : "the reverse name %s does not lead back to %s",
	    target->reverse[0]->text, target->address.text);
	if (target->sender && !unknown)
		report_state(judge->report, finding, STATE_CRITICAL);
}

static void
judge_target(const struct judge_mx *judge, const struct mx_target *target)
{
	if (!target->ptr)
		return;
	if (target->ptr->status != DNS_ANSWERED) {
		judge_missing(judge, target);
		return;
	}
	judge_confirmed(judge, target);
	if (target->reverse_count > 1)
		report_add(judge->report, FINDING_PTR_SEVERAL, target->address.text,
		    "%s has %zu reverse names", target->address.text,
		    target->reverse_count + target->reverse_left_out);
	for (size_t i = 0; i < target->reverse_count; i++)
		if (is_generic(judge, target, target->reverse[i]->text)) {
			report_add(judge->report, FINDING_PTR_GENERIC, target->address.text,
			    "the reverse name %s of %s looks like a provider's default",
			    target->reverse[i]->text, target->address.text);
			break;
		}
}

/* --helo belongs to the senders; without any, to the mail hosts. */
static void
judge_helo(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	bool senders = judge->params->sender_count + facts->sender_name_count > 0;

	for (size_t i = 0; facts->helo && i < facts->target_count; i++) {
		const struct mx_target *target = &facts->targets[i];

		if (target->sender == senders && !mx_name_has(facts->helo, &target->address))
			report_add(judge->report, FINDING_PTR_HELO, target->address.text,
			    mx_name_knows(facts->helo, target->address.family)
				? "%s does not lead to %s"
				: "whether %s leads to %s cannot be found out",
			    facts->helo->text, target->address.text);
	}
}

void
judge_mx_ptr(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;

	for (size_t i = 0; i < facts->target_count; i++)
		judge_target(judge, &facts->targets[i]);
	judge_helo(judge);
	for (size_t i = 0; i < facts->sender_name_count; i++) {
		const struct mx_name *name = facts->sender_names[i];

		if (name->count == 0)
			report_add(judge->report,
			    mx_name_unknown(name)   ? FINDING_DNS_SERVFAIL
			    : mx_name_missing(name) ? FINDING_DNS_NXDOMAIN
						    : FINDING_DNS_NO_ADDRESS,
			    name->text, "sender %s has no address: %s", name->text,
			    dns_status_word(name->a ? name->a->status : name->aaaa->status));
		else
			judge_mx_half(judge, name, "sender");
	}
}

/* ---- services for mail programs (RFC 6186, RFC 8314) ---------------------------------- */

static void
judge_service(const struct judge_mx *judge, const struct mx_service *service)
{
	const struct dns_question *question = service->question;
	const struct mx_name *target = service->target;
	const char *host;

	if (question->status != DNS_ANSWERED) {
		if (!dns_is_answer(question))
			report_add(judge->report, FINDING_SRV_BROKEN, question->name,
			    "%s cannot be found out: %s", question->name,
			    dns_status_word(question->status));
		return;
	}
	host = question->answer.records[0].srv.host;
	if (strcmp(host, ".") == 0)
		return;
	if (!target)
		report_add(judge->report, FINDING_SRV_BROKEN, question->name,
		    "%s leads to %s, which is no host name", question->name, host);
	else if (target->count == 0)
		report_add(judge->report, FINDING_SRV_BROKEN, question->name,
		    mx_name_unknown(target) ? "%s leads to %s, whose addresses cannot be found out"
					    : "%s leads to %s, which has no address",
		    question->name, host);
	else if (mx_name_alias(target))
		report_add(judge->report, FINDING_SRV_BROKEN, question->name,
		    "%s leads to %s, which is an alias of %s", question->name, host,
		    mx_name_alias(target));
}

static bool
is_offered(const struct mx_facts *facts, const char *label)
{
	for (size_t i = 0; i < MX_SERVICES; i++) {
		const struct dns_question *question = facts->services[i].question;

		if (question && strcmp(facts->services[i].label, label) == 0)
			return question->status == DNS_ANSWERED &&
			       strcmp(question->answer.records[0].srv.host, ".") != 0;
	}
	return false;
}

void
judge_mx_services(const struct judge_mx *judge)
{
	static const char *const twins[][2] = {{"_imap", "_imaps"}, {"_pop3", "_pop3s"}};
	const struct mx_facts *facts = judge->facts;

	if (!(judge->params->checks & MX_CHECK_SRV) || !judge->params->domain)
		return;
	for (size_t i = 0; i < MX_SERVICES; i++)
		judge_service(judge, &facts->services[i]);
	for (size_t i = 0; i < ARRAY_LEN(twins); i++)
		if (is_offered(facts, twins[i][0]) && !is_offered(facts, twins[i][1]))
			report_add(judge->report, FINDING_SRV_CLEARTEXT, judge->params->domain,
			    "%s._tcp is offered, %s._tcp is not", twins[i][0], twins[i][1]);
}

/* ---- DNSSEC --------------------------------------------------------------------------- */

static void
earliest_end(const struct dns_question *question, int64_t now_unix, int64_t *end)
{
	for (size_t i = 0; question && i < question->answer.signature_count; i++) {
		int64_t ends = dns_time(question->answer.signatures[i].rrsig.ends, now_unix);

		if (*end == 0 || ends < *end)
			*end = ends;
	}
}

static int64_t
rrsig_ends(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	int64_t end = 0;

	earliest_end(facts->mx, judge->now_unix, &end);
	for (size_t i = 0; i < facts->host_count; i++)
		if (facts->hosts[i].name) {
			earliest_end(facts->hosts[i].name->a, judge->now_unix, &end);
			earliest_end(facts->hosts[i].name->aaaa, judge->now_unix, &end);
		}
	return end;
}

void
judge_mx_dnssec(const struct judge_mx *judge)
{
	const struct dns_question *mx = judge->facts->mx;
	int64_t end;

	if (!(judge->params->checks & MX_CHECK_DNSSEC) || !mx || !dns_is_answer(mx))
		return;
	if (judge->require_dnssec && !mx->secure)
		report_add(judge->report, FINDING_DNSSEC_MISSING, judge->params->domain,
		    mx->answer.authentic
			? "the resolver says secure, but it is not on this machine and not "
			  "trusted (options trust-ad)"
			: "the answer for MX is not secured by DNSSEC");
	end = rrsig_ends(judge);
	if (end != 0)
		report_metric(judge->report, METRIC_RRSIG_DAYS,
		    (double)(end - judge->now_unix) / SECONDS_A_DAY);
}
