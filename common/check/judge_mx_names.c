/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what stands round the mail hosts in the DNS: reverse names, name
 * servers, services for mail programs, DNSSEC.
 */
#include <stdlib.h>
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
			    "%s does not lead to %s", facts->helo->text, target->address.text);
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
	}
}

/* ---- name servers -------------------------------------------------------------------- */

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

static void
judge_difference(const struct judge_mx *judge, const struct mx_server *a, const struct mx_server *b)
{
	uint32_t serial_a = a->soa->answer.count ? a->soa->answer.records[0].soa.serial : 0;
	uint32_t serial_b = b->soa->answer.count ? b->soa->answer.records[0].soa.serial : 0;
	struct buf set_a, set_b;
	struct report_finding *finding;

	mx_set(&set_a, &a->mx->answer);
	mx_set(&set_b, &b->mx->answer);
	if (strcmp(buf_text(&set_a), buf_text(&set_b)) != 0) {
		finding = report_add(judge->report, FINDING_NS_DIFFER, b->name,
		    "%s (%s) says MX %s, %s (%s) says %s", a->name, a->address.text,
		    set_a.len ? buf_text(&set_a) : "none", b->name, b->address.text,
		    set_b.len ? buf_text(&set_b) : "none");
		/* Of one serial and two contents no refresh will make one. */
		if (serial_a == serial_b)
			report_state(judge->report, finding, STATE_CRITICAL);
	} else if (serial_a != serial_b)
		report_add(judge->report, FINDING_NS_DIFFER, b->name,
		    "%s (%s) has serial %u, %s (%s) has %u", a->name, a->address.text, serial_a,
		    b->name, b->address.text, serial_b);
	buf_free(&set_a);
	buf_free(&set_b);
}

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
		    server->address.text, dns_status_word(server->soa->status));
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
	const struct mx_server *first = NULL;
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
	for (size_t i = 0; i < facts->server_count; i++) {
		const struct mx_server *server = &facts->servers[i];

		if (!is_ours_to_ask(server) || is_lame(server))
			continue;
		if (first)
			judge_difference(judge, first, server);
		else
			first = server;
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
		    "%s leads to %s, which has no address", question->name, host);
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
