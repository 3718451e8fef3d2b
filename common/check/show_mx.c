/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how a mail domain and its lists look in JSON and at -vv. No verdict is made here. */
#include <string.h>

#include "check/judge_mx.h"

#define FACTS_LEVEL 2

static void
show_hosts(const struct judge_mx *judge, struct value *domain)
{
	const struct mx_facts *facts = judge->facts;
	struct arena *arena = &judge->report->arena;
	struct value *array = value_add_array(arena, domain, "mx");

	for (size_t i = 0; i < facts->host_count; i++) {
		const struct mx_host *host = &facts->hosts[i];
		struct value *object;

		if (host->implicit)
			continue;
		object = value_add_object(arena, array, NULL);
		value_add_text(arena, object, "id",
		    arena_printf(arena, "%u/%s", host->preference, host->text));
		value_add_text(arena, object, "host", host->text);
		value_add_int(arena, object, "preference", host->preference);
		value_add_int(arena, object, "ttl", host->ttl_s);
		report_line(judge->report, FACTS_LEVEL, "MX %u %s, addresses: %zu",
		    host->preference, host->text, host->name ? host->name->count : 0);
	}
}

static void
show_target(const struct judge_mx *judge, struct value *array, const struct mx_target *target)
{
	struct arena *arena = &judge->report->arena;
	struct value *object = value_add_object(arena, array, NULL);
	bool unknown, confirmed = mx_target_confirmed(target, &unknown);
	const char *name = target->reverse_count ? target->reverse[0]->text : NULL;
	bool generic = false;

	value_add_text(arena, object, "id", target->address.text);
	value_add_text(arena, object, "host", target->host);
	value_add_text(arena, object, "ptr", name);
	if (name && !unknown)
		value_add_bool(arena, object, "confirmed", confirmed);
	for (size_t i = 0; i < judge->report->finding_count; i++) {
		const struct report_finding *finding = &judge->report->findings[i];

		generic |= finding->id == FINDING_PTR_GENERIC && finding->subject &&
			   strcmp(finding->subject, target->address.text) == 0;
	}
	if (name)
		value_add_bool(arena, object, "generic", generic);
	report_line(judge->report, FACTS_LEVEL, "%s%s%s: reverse name %s%s", target->address.text,
	    target->host ? ", " : "", target->host ? target->host : "",
	    name          ? name
	    : target->ptr ? dns_status_word(target->ptr->status)
			  : "not asked",
	    name && confirmed ? ", confirmed" : "");
}

/* What this server itself says are the mail hosts. */
static void
show_set(struct arena *arena, struct value *object, const struct dns_question *mx)
{
	struct value *set = value_add_array(arena, object, "mx");

	for (size_t i = 0; mx->type == DNS_TYPE_MX && i < mx->answer.count; i++)
		value_add_text(arena, set, NULL,
		    arena_printf(arena, "%u %s", mx->answer.records[i].mx.preference,
			mx->answer.records[i].mx.host));
}

static void
show_servers(const struct judge_mx *judge, struct value *domain)
{
	const struct mx_facts *facts = judge->facts;
	struct arena *arena = &judge->report->arena;
	struct value *array = value_add_array(arena, domain, "nameservers");

	for (size_t i = 0; i < facts->server_count; i++) {
		const struct mx_server *server = &facts->servers[i];
		struct value *object = value_add_object(arena, array, NULL);
		bool serial = server->soa->status == DNS_ANSWERED;

		value_add_text(arena, object, "id",
		    arena_printf(arena, "%s/%s", server->name, server->address.text));
		value_add_text(arena, object, "host", server->name);
		value_add_text(arena, object, "address", server->address.text);
		value_add_bool(arena, object, "authoritative", server->soa->answer.authoritative);
		if (serial)
			value_add_int(
			    arena, object, "serial", server->soa->answer.records[0].soa.serial);
		else
			value_add_null(arena, object, "serial");
		show_set(arena, object, server->mx);
	}
}

static void
show_services(const struct judge_mx *judge, struct value *domain)
{
	const struct mx_facts *facts = judge->facts;
	struct arena *arena = &judge->report->arena;
	struct value *array = value_add_array(arena, domain, "srv");

	for (size_t i = 0; i < MX_SERVICES; i++) {
		const struct dns_question *question = facts->services[i].question;
		struct value *object;

		if (!question || question->status != DNS_ANSWERED)
			continue;
		object = value_add_object(arena, array, NULL);
		value_add_text(arena, object, "id", question->name);
		value_add_text(arena, object, "target", question->answer.records[0].srv.host);
		value_add_int(arena, object, "port", question->answer.records[0].srv.port);
	}
}

static void
show_dnssec(const struct judge_mx *judge, struct value *domain)
{
	const struct dns_question *mx = judge->facts->mx;
	struct arena *arena = &judge->report->arena;
	const struct report_metric *days = &judge->report->metrics[METRIC_RRSIG_DAYS];
	struct value *object = value_add_object(arena, domain, "dnssec");

	if (dns_is_answer(mx))
		value_add_bool(arena, object, "secure", mx->secure);
	if (days->known)
		value_add_time(arena, object, "rrsig_ends", "rrsig_ends_epoch",
		    judge->now_unix + (int64_t)(days->value * 86400.0 + 0.5));
}

void
show_mx(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	struct arena *arena = &judge->report->arena;
	struct value *domain, *addresses;

	domain = judge->report->domain = value_object(arena);
	value_add_text(arena, domain, "name", judge->params->domain);
	show_hosts(judge, domain);
	addresses = value_add_array(arena, domain, "addresses");
	for (size_t i = 0; i < facts->target_count; i++)
		show_target(judge, addresses, &facts->targets[i]);
	show_servers(judge, domain);
	show_services(judge, domain);
	if (facts->mx)
		show_dnssec(judge, domain);
}

/* ---- lists ------------------------------------------------------------------------------- */

static void
show_codes(struct arena *arena, struct value *object, const struct mx_listing *listing)
{
	struct value *codes = value_add_array(arena, object, "codes");

	for (size_t i = 0; listing->real && i < listing->real->answer.count; i++) {
		const uint8_t *a = listing->real->answer.records[i].a;

		value_add_text(
		    arena, codes, NULL, arena_printf(arena, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]));
	}
}

static void
show_listing(const struct judge_mx *judge, const struct mx_listing *listing)
{
	struct arena *arena = &judge->report->arena;
	const struct dnsbl_site *site = listing->site;
	const struct dnsbl_result *result = &listing->result;
	struct value *object = value_add_object(arena, judge->report->lists, NULL);
	bool listed =
	    result->verdict == DNSBL_VERDICT_LISTED || result->verdict == DNSBL_VERDICT_UNPROVED;

	value_add_text(arena, object, "id", judge_rbl_id(arena, listing));
	value_add_text(arena, object, "zone", site->shown);
	value_add_text(arena, object, "name", site->list ? site->list->name : NULL);
	value_add_text(arena, object, "target", listing->target);
	value_add_text(arena, object, "kind", dnsbl_site_allows(site) ? "allow" : "block");
	value_add_text(arena, object, "verdict", dnsbl_verdict_word(result->verdict));
	value_add_text(arena, object, "severity",
	    dnsbl_severity_word(listed ? result->severity : dnsbl_site_severity(site)));
	value_add_int(arena, object, "weight", listed ? result->weight : 0);
	show_codes(arena, object, listing);
	value_add_text(arena, object, "reason", judge_rbl_reason(judge, arena, listing));
	value_add_text(arena, object, "url", judge_rbl_page(arena, listing));
	report_line(judge->report, FACTS_LEVEL, "%s %s: %s%s%s", site->shown, listing->target,
	    dnsbl_verdict_word(result->verdict), *result->meaning ? ", " : "", result->meaning);
}

void
show_rbl(const struct judge_mx *judge)
{
	struct arena *arena = &judge->report->arena;

	for (size_t i = 0; i < judge->facts->listing_count; i++)
		if (!judge->facts->listings[i].beside)
			show_listing(judge, &judge->facts->listings[i]);
	for (size_t i = 0; i < judge->lists->dead_count; i++) {
		struct value *object = value_add_object(arena, judge->report->lists, NULL);

		value_add_text(arena, object, "id", judge->lists->dead[i].zone);
		value_add_text(arena, object, "zone", judge->lists->dead[i].zone);
		value_add_text(arena, object, "verdict", dnsbl_verdict_word(DNSBL_VERDICT_DEAD));
	}
	report_line(judge->report, 1, "list data of %s", rbl_lists_date);
}
