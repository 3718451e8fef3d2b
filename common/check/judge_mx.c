/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the rules of MX records (RFC 5321, 5.1; RFC 7505): the domain, the mail
 * hosts and whether they can be reached.
 */
#include "check/judge_mx.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define HOSTS_MANY 10 /* senders try few of them */

/* ---- the resolver and the domain --------------------------------------------------- */

static void
say_silent(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const struct dns_question *local = facts->mx;
	struct report_finding *finding;
	struct buf span, servers;

	if (local && local->status == DNS_LOCAL) {
		report_add(judge->report, FINDING_CLIENT_RESOURCES, NULL,
		    "questions could not be sent: %s", local->why);
		return;
	}
	buf_init(&span, 64);
	buf_init(&servers, 1024);
	text_span(&span, facts->ended_us - facts->started_us);
	dns_settings_words(&servers, judge->resolver);
	finding = local && local->status == DNS_UNREACHABLE
		      ? report_add(judge->report, FINDING_DNS_RESOLVER, NULL,
			    "%s: no name server listens there", buf_text(&servers))
		      : report_add(judge->report, FINDING_DNS_RESOLVER, NULL, "%s silent for %s",
			    buf_text(&servers), buf_text(&span));
	report_headline(judge->report, finding,
	    "no answer from any name server of this machine within %s", buf_text(&span));
	report_next(judge->report, finding, "here: dig @%s %s", judge->resolver->servers[0].text,
	    judge->params->domain ? judge->params->domain : ".");
	report_next(judge->report, finding,
	    "here: the same check with --resolver ADDRESS of another resolver");
	buf_free(&servers);
	buf_free(&span);
}

/* It is not the domain: the same resolver fails at the root. */
static void
say_useless(const struct judge_mx *judge)
{
	const struct dns_question *mx = judge->facts->mx;
	const char *server = mx->answered_by ? mx->answered_by->text : "the resolver";
	bool refused = mx->status == DNS_REFUSED;
	struct report_finding *finding = report_add(judge->report, FINDING_DNS_RESOLVER, NULL,
	    refused ? "%s refuses to answer this machine: %s to every question"
		    : "%s reaches no name server: %s to every question, the root's too",
	    server, dns_status_word(mx->status));

	report_why(judge->report, finding, "%s",
	    refused ? "its access list does not know this machine's address"
		    : "it has no way out, or validates with a wrong clock or an old root key");
	report_next(
	    judge->report, finding, "on %s: its log and access list; dig @%s . NS", server, server);
	report_next(judge->report, finding,
	    "here: the same check with --resolver ADDRESS of another resolver");
}

/* The server's own explanation (RFC 8914), as words. */
static void
say_ede(const struct judge_mx *judge, struct report_finding *finding,
    const struct dns_question *question)
{
	struct buf words;

	buf_init(&words, 1024);
	for (size_t i = 0; i < question->answer.ede_count; i++) {
		const struct dns_ede *ede = &question->answer.ede[i];

		buf_printf(&words, "%sEDE %u %s%s%s", i ? "; " : "", ede->code,
		    dns_ede_word(ede->code), *ede->text ? ": " : "", ede->text);
	}
	if (words.len > 0)
		report_said(judge->report, finding, words.data, words.len);
	buf_free(&words);
}

/* MX cannot be asked although the resolver answers. */
static void
say_failure(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const struct dns_question *mx = facts->mx, *unchecked = facts->unchecked;
	const char *domain = judge->params->domain;
	struct report_finding *finding;

	if (mx->status == DNS_MALFORMED) {
		report_add(judge->report, FINDING_DNS_MALFORMED, domain,
		    "the answer for MX of %s is damaged: %s", domain, mx->why);
		return;
	}
	if (unchecked && dns_is_answer(unchecked)) {
		finding = report_add(judge->report, FINDING_DNSSEC_BOGUS, domain,
		    "DNSSEC of %s is broken: SERVFAIL, but an answer without validation", domain);
	} else {
		finding = report_add(judge->report, FINDING_MX_DOMAIN_SERVFAIL, domain,
		    "MX of %s cannot be found out: %s", domain, dns_status_word(mx->status));
	}
	say_ede(judge, finding, mx);
}

/* ---- the set of hosts -------------------------------------------------------------- */

static bool
is_null(const struct mx_host *host)
{
	return strcmp(host->text, ".") == 0;
}

static size_t
null_count(const struct mx_facts *facts)
{
	size_t count = 0;

	for (size_t i = 0; i < facts->host_count; i++)
		count += is_null(&facts->hosts[i]);
	return count;
}

static bool
has_host(const struct mx_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->host_count; i++)
		if (!facts->hosts[i].implicit && strcasecmp(facts->hosts[i].text, name) == 0)
			return true;
	return false;
}

static void
judge_expected(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	struct buf missing, strange;

	if (judge->expect_mx->count == 0)
		return;
	buf_init(&missing, 2048);
	buf_init(&strange, 2048);
	for (size_t i = 0; i < judge->expect_mx->count; i++)
		if (!has_host(facts, judge->expect_mx->items[i]))
			buf_printf(
			    &missing, "%s%s", missing.len ? ", " : "", judge->expect_mx->items[i]);
	for (size_t i = 0; i < facts->host_count; i++)
		if (!facts->hosts[i].implicit &&
		    !strings_has_fold(judge->expect_mx, facts->hosts[i].text))
			buf_printf(&strange, "%s%s", strange.len ? ", " : "", facts->hosts[i].text);
	if (missing.len + strange.len > 0 || facts->host_left_out > 0)
		report_add(judge->report, FINDING_MX_UNEXPECTED, judge->params->domain,
		    "MX differ from what is expected:%s%s%s%s%s", missing.len ? " missing " : "",
		    buf_text(&missing), missing.len && strange.len ? ";" : "",
		    strange.len ? " not expected " : "", buf_text(&strange));
	buf_free(&missing);
	buf_free(&strange);
}

/* True if the domain says that it takes no mail: then there is nothing more to judge. */
static bool
judge_null(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const char *domain = judge->params->domain;
	size_t count = null_count(facts);
	struct report_finding *finding;

	if (judge->expect_null_mx && count == 0)
		report_add(judge->report, FINDING_MX_UNEXPECTED, domain,
		    "a null MX is expected, and mail hosts are there");
	if (count == 0)
		return false;
	if (count < facts->host_count) {
		report_add(judge->report, FINDING_MX_NULL_MIXED, domain,
		    "a null MX stands beside %zu other MX", facts->host_count - count);
		return false;
	}
	finding =
	    report_add(judge->report, FINDING_MX_NULL, domain, "null MX: %s takes no mail", domain);
	if (judge->expect_null_mx)
		report_state(judge->report, finding, STATE_OK);
	if (facts->hosts[0].preference != 0)
		report_add(judge->report, FINDING_MX_MALFORMED, domain,
		    "the null MX has preference %u, not 0", facts->hosts[0].preference);
	return true;
}

static void
judge_count(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	size_t all = facts->host_count + facts->host_left_out;

	if (facts->host_left_out > 0)
		report_add(judge->report, FINDING_MX_TOO_MANY, judge->params->domain,
		    "%zu MX: %zu of them, the least preferred, were not checked", all,
		    facts->host_left_out);
	else if (all > HOSTS_MANY)
		report_add(judge->report, FINDING_MX_TOO_MANY, judge->params->domain,
		    "%zu MX, limit %d", all, HOSTS_MANY);
	if (facts->target_left_out > 0)
		report_add(judge->report, FINDING_MX_TOO_MANY, judge->params->domain,
		    "more than %d addresses: not all of them were checked", MX_ADDRESSES_MAX);
}

static bool
shares_address(const struct mx_host *a, const struct mx_host *b)
{
	for (size_t i = 0; a->name && b->name && i < a->name->count; i++)
		if (mx_name_has(b->name, &a->name->list[i]))
			return true;
	return false;
}

/* Notes on pairs, one of each kind: the hosts are in order of preference. */
static void
judge_pairs(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	bool twice = false, shared = false, tie = false;

	for (size_t i = 1; i < facts->host_count; i++) {
		const struct mx_host *host = &facts->hosts[i], *other;

		for (size_t j = 0; j < i; j++) {
			other = &facts->hosts[j];
			if (strcasecmp(host->text, other->text) == 0 && !twice)
				twice = report_add(judge->report, FINDING_MX_REDUNDANCY,
					    judge->params->domain, "%s is an MX twice",
					    host->text) != NULL;
			else if (shares_address(host, other) && !shared)
				shared =
				    report_add(judge->report, FINDING_MX_REDUNDANCY,
					judge->params->domain, "%s and %s have the same address",
					other->text, host->text) != NULL;
			else if (host->preference == other->preference && !tie)
				tie = report_add(judge->report, FINDING_MX_REDUNDANCY,
					  judge->params->domain,
					  "%s and %s have the same preference %u", other->text,
					  host->text, host->preference) != NULL;
		}
	}
}

/* ---- one host ---------------------------------------------------------------------- */

static bool
is_literal(const char *text)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* "co.uk" and the like: below a country's two letters, a second level for everybody. */
static bool
is_registry(const char *zone)
{
	static const char *const second[] = {
	    "co", "com", "org", "net", "ac", "gov", "edu", "ne", "or", "gob", "nom"};
	const char *dot = strchr(zone, '.');

	if (!dot)
		return strcmp(zone, ".") != 0;
	if (strchr(dot + 1, '.') || strlen(dot + 1) != 2)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(second); i++)
		if (strlen(second[i]) == (size_t)(dot - zone) &&
		    strncasecmp(zone, second[i], strlen(second[i])) == 0)
			return true;
	return false;
}

/* The registry itself says that the name does not exist: then anybody may register it. */
static bool
is_registrable(const struct mx_name *name)
{
	const struct dns_question *no =
	    name->a && name->a->status == DNS_NXDOMAIN ? name->a : name->aaaa;

	return no && no->answer.soa && is_registry(no->answer.soa->owner);
}

/* A host with a lower preference has an address. */
static bool
better_works(const struct mx_facts *facts, const struct mx_host *host)
{
	for (size_t i = 0; i < facts->host_count; i++)
		if (facts->hosts[i].preference < host->preference && facts->hosts[i].name &&
		    facts->hosts[i].name->count > 0)
			return true;
	return false;
}

/* -4 and -6 leave one. */
static const char *
family_word(const struct judge_mx *judge)
{
	return judge->params->family == AF_INET6  ? "IPv6 "
	       : judge->params->family == AF_INET ? "IPv4 "
						  : "";
}

static void
judge_unreachable(const struct judge_mx *judge, const struct mx_host *host)
{
	const struct mx_name *name = host->name;
	struct report_finding *finding;
	const struct dns_question *any = name->a ? name->a : name->aaaa;

	if (mx_name_unknown(name)) {
		finding = report_add(judge->report, FINDING_DNS_SERVFAIL, host->text,
		    "MX %s: its addresses cannot be found out: %s", host->text,
		    dns_status_word(any ? any->status : DNS_UNASKED));
		if (any)
			say_ede(judge, finding, any);
	} else if (mx_name_missing(name)) {
		report_add(judge->report, FINDING_MX_DANGLING, host->text, "MX %s does not exist%s",
		    host->text,
		    is_registrable(name)
			? ", and its domain is free: whoever registers it gets the mail"
			: "");
	} else {
		finding = report_add(judge->report, FINDING_MX_NO_ADDRESS, host->text,
		    "MX %s has no %saddress", host->text, family_word(judge));
		if (better_works(judge->facts, host))
			report_state(judge->report, finding, STATE_WARNING);
	}
}

/* What lies behind the family without an answer is not known (RFC 4074). */
void
judge_mx_half(const struct judge_mx *judge, const struct mx_name *name, const char *what)
{
	const struct dns_question *const both[] = {name->a, name->aaaa};

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		struct report_finding *finding;

		if (!both[i] || dns_is_answer(both[i]))
			continue;
		finding = report_add(judge->report, FINDING_DNS_SERVFAIL, name->text,
		    "%s %s: its IPv%d addresses cannot be found out: %s", what, name->text,
		    both[i]->type == DNS_TYPE_AAAA ? 6 : 4, dns_status_word(both[i]->status));
		report_state(judge->report, finding, STATE_WARNING);
		say_ede(judge, finding, both[i]);
	}
}

static void
judge_host(const struct judge_mx *judge, const struct mx_host *host)
{
	const char *alias = host->name ? mx_name_alias(host->name) : NULL;

	if (is_null(host) || host->implicit)
		return;
	if (is_literal(host->text)) {
		report_add(judge->report, FINDING_MX_IP_LITERAL, host->text,
		    "MX %s is an address, not a name: mail cannot be delivered there", host->text);
		return;
	}
	if (!host->name || strchr(host->text, '_') || !strchr(host->text, '.'))
		report_add(judge->report, FINDING_MX_MALFORMED, host->text, "MX %s is no host name",
		    host->text);
	if (!host->name)
		return;
	if (alias)
		report_add(judge->report, FINDING_MX_CNAME, host->text, "MX %s is an alias of %s",
		    host->text, alias);
	if (host->name->count == 0)
		judge_unreachable(judge, host);
	else
		judge_mx_half(judge, host->name, "MX");
}

/* ---- the addresses of all hosts ----------------------------------------------------- */

static void
judge_private(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	size_t public = 0;

	for (size_t i = 0; i < facts->target_count; i++)
	public += facts->targets[i].receiver && facts->targets[i].kind == IP_PUBLIC;
	for (size_t i = 0; i < facts->target_count && !judge->allow_private; i++) {
		const struct mx_target *target = &facts->targets[i];
		struct report_finding *finding;

		if (!target->receiver || target->kind == IP_PUBLIC)
			continue;
		finding = report_add(judge->report, FINDING_MX_PRIVATE, target->address.text,
		    "MX %s has the address %s, which is not public but %s", target->host,
		    target->address.text, target->what);
		if (public > 0)
			report_state(judge->report, finding, STATE_WARNING);
	}
}

static void
judge_families(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	size_t four = 0, six = 0;

	for (size_t i = 0; i < facts->target_count; i++)
		if (facts->targets[i].receiver) {
			four += facts->targets[i].address.family == AF_INET;
			six += facts->targets[i].address.family == AF_INET6;
		}
	if (six > 0 && four == 0 && judge->params->family == AF_UNSPEC)
		report_add(judge->report, FINDING_MX_IPV6_ONLY, judge->params->domain,
		    "no MX has an IPv4 address: many senders cannot reach it");
}

/* No MX record: mail goes to the domain's own address, or nowhere. */
static void
judge_implicit(const struct judge_mx *judge)
{
	const struct mx_name *name = judge->facts->domain;
	const char *domain = judge->params->domain;

	if (judge->expect_null_mx || judge->expect_mx->count > 0)
		report_add(judge->report, FINDING_MX_UNEXPECTED, domain, "there is no MX at all");
	if (name && name->count > 0)
		report_add(judge->report, FINDING_MX_IMPLICIT, domain,
		    "no MX: mail goes to %s itself, %s", domain, name->list[0].text);
	else if (name && mx_name_unknown(name))
		report_add(judge->report, FINDING_DNS_SERVFAIL, domain,
		    "no MX, and the addresses of %s cannot be found out: %s", domain,
		    dns_status_word(name->a ? name->a->status : DNS_UNASKED));
	else
		report_add(judge->report, FINDING_MX_NONE, domain,
		    "no MX and no %saddress: nobody can deliver to %s", family_word(judge), domain);
}

void
judge_mx_domain(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const struct dns_question *mx = facts->mx;

	switch (mx->status) {
	case DNS_ANSWERED:
		break;
	case DNS_NXDOMAIN:
		report_add(judge->report, FINDING_MX_DOMAIN_MISSING, judge->params->domain,
		    "the domain %s does not exist", judge->params->domain);
		return;
	case DNS_NODATA:
		report_metric(judge->report, METRIC_MX_HOSTS, 0);
		judge_implicit(judge);
		judge_private(judge);
		return;
	default:
		say_failure(judge);
		return;
	}
	report_metric(
	    judge->report, METRIC_MX_HOSTS, (double)(facts->host_count - null_count(facts)));
	judge_expected(judge);
	if (judge_null(judge))
		return;
	judge_count(judge);
	for (size_t i = 0; i < facts->host_count; i++)
		judge_host(judge, &facts->hosts[i]);
	judge_private(judge);
	judge_families(judge);
	judge_pairs(judge);
}

/* Without an address nothing else can be judged, whatever was asked for. */
static bool
leads_nowhere(const struct mx_facts *facts)
{
	return facts->target_count == 0 || !dns_is_answer(facts->mx);
}

/* The zone's own TTL where its servers were asked; a resolver's counts down. */
static void
judge_ttl(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	const struct dns_question *mx = facts->mx;

	for (size_t i = 0; i < facts->server_count; i++)
		if (facts->servers[i].mx->status == DNS_ANSWERED &&
		    facts->servers[i].mx->answer.authoritative) {
			mx = facts->servers[i].mx;
			break;
		}
	if (mx && mx->status == DNS_ANSWERED && limits_want(judge->limits, METRIC_MX_TTL))
		report_metric(judge->report, METRIC_MX_TTL, (double)mx->answer.records[0].ttl);
}

bool
judge_mx(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;

	report_metric(judge->report, METRIC_QUESTIONS, (double)facts->questions);
	report_metric(
	    judge->report, METRIC_TIME_DNS, (double)(facts->ended_us - facts->started_us) / 1e6);
	if (mx_resolver_silent(facts)) {
		say_silent(judge);
		return false;
	}
	if (mx_resolver_fails(facts)) {
		say_useless(judge);
		return false;
	}
	if (facts->batch.forged)
		report_add(judge->report, FINDING_DNS_FORGED, NULL,
		    "more than %d answers matched no question: somebody may be forging them",
		    DNS_FORGED_MAX);
	if (facts->mx && (judge->check_mx || leads_nowhere(facts)))
		judge_mx_domain(judge);
	judge_ttl(judge);
	judge_mx_ptr(judge);
	judge_mx_servers(judge);
	judge_mx_services(judge);
	judge_mx_dnssec(judge);
	if (judge->params->checks & MX_CHECK_LISTS)
		judge_rbl(judge);
	judge_mx_good(judge);
	return true;
}

void
judge_mx_good(const struct judge_mx *judge)
{
	const struct mx_facts *facts = judge->facts;
	struct rbl_count lists = judge_rbl_count(judge);
	size_t hosts = facts->host_count - null_count(facts);
	struct buf text;

	buf_init(&text, 512);
	if (facts->mx && facts->host_count > 0 && hosts == 0)
		buf_add_text(&text, "null MX as expected");
	else if (facts->mx)
		buf_printf(&text, "%zu MX", hosts);
	if (facts->target_count > 0)
		buf_printf(&text, "%s%zu address%s", text.len ? ", " : "", facts->target_count,
		    facts->target_count == 1 ? "" : "es");
	if (lists.asked > 0)
		buf_printf(&text, "%son %zu of %zu lists", text.len ? ", " : "", lists.listed,
		    lists.asked);
	if (lists.usable < lists.asked)
		buf_printf(&text, " (%zu unusable)", lists.asked - lists.usable);
	report_good(judge->report, "%s", buf_text(&text));
	buf_free(&text);
}
