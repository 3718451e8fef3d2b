/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the rounds of the walk: domain, hosts, addresses, reverse names. What
 * lists and name servers are asked is mx_lists.c's and mx_servers.c's.
 */
#include "dialog/mx.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dialog/mx_walk.h"

#define NAMES_MAX 16384
#define TARGETS_MAX 4096

static const char *const services[MX_SERVICES] = {
    "_submissions", "_submission", "_imaps", "_imap", "_pop3s", "_pop3"};

void
mx_facts_init(struct mx_facts *facts)
{
	*facts = (struct mx_facts){.started_us = clock_now_us()};
	dns_batch_init(&facts->batch, &facts->arena);
}

void
mx_facts_free(struct mx_facts *facts)
{
	dns_batch_free(&facts->batch);
	mem_free(facts->names);
	mem_free(facts->targets);
	mem_free(facts->controls);
	mem_free(facts->listings);
	arena_free(&facts->arena);
	*facts = (struct mx_facts){0};
}

/* ---- names ------------------------------------------------------------------------ */

/* The address of "HOST:ADDR" if it is this host's. */
static bool
fixed_address(const char *entry, const char *host, struct address *out)
{
	size_t len = strlen(host);

	return strncasecmp(entry, host, len) == 0 && entry[len] == ':' &&
	       address_parse(entry + len + 1, 0, out);
}

static void
name_add(struct mx_facts *facts, struct mx_name *name, const struct address *address)
{
	struct address *list;

	if (name->count == ADDRESSES_MAX) {
		name->left_out++;
		return;
	}
	list = arena_alloc(&facts->arena, (name->count + 1) * sizeof(*list));
	if (name->count > 0)
		memcpy(list, name->list, name->count * sizeof(*list));
	list[name->count++] = *address;
	name->list = list;
}

static void
name_ask(const struct mx_params *params, struct mx_facts *facts, struct mx_name *name)
{
	struct address address;
	unsigned flags = params->checks & MX_CHECK_DNSSEC ? DNS_WANT_DNSSEC : 0;

	name->asked = true;
	for (const char *const *f = params->fixed; f && *f; f++)
		if (fixed_address(*f, name->text, &address)) {
			name_add(facts, name, &address);
			name->heard = true;
		}
	if (name->heard)
		return;
	if (params->family != AF_INET6)
		name->a = dns_batch_add(&facts->batch, name->text, DNS_TYPE_A, flags, NULL);
	if (params->family != AF_INET)
		name->aaaa = dns_batch_add(&facts->batch, name->text, DNS_TYPE_AAAA, flags, NULL);
}

struct mx_name *
mx_names_want(const struct mx_params *params, struct mx_facts *facts, const char *text)
{
	struct mx_name *name;

	for (size_t i = 0; i < facts->name_count; i++)
		if (strcasecmp(facts->names[i]->text, text) == 0)
			return facts->names[i];
	if (!dns_name_is_host(text) || facts->name_count == NAMES_MAX)
		return NULL;
	if (facts->name_count == facts->name_room) {
		facts->name_room = facts->name_room ? 2 * facts->name_room : 16;
		facts->names = mem_grow(facts->names, facts->name_room, sizeof(struct mx_name *));
	}
	name = arena_alloc(&facts->arena, sizeof(*name));
	name->text = arena_strdup(&facts->arena, text);
	facts->names[facts->name_count++] = name;
	name_ask(params, facts, name);
	return name;
}

static void
name_take(struct mx_facts *facts, struct mx_name *name, const struct dns_question *question)
{
	for (size_t i = 0; question && i < question->answer.count; i++) {
		const struct dns_record *record = &question->answer.records[i];
		struct sockaddr_in in = {.sin_family = AF_INET};
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
		struct address address;
		bool good;

		memcpy(&in.sin_addr, record->a, sizeof(in.sin_addr));
		memcpy(&in6.sin6_addr, record->aaaa, sizeof(in6.sin6_addr));
		good = question->type == DNS_TYPE_A
			   ? address_from((struct sockaddr *)&in, sizeof(in), &address)
			   : address_from((struct sockaddr *)&in6, sizeof(in6), &address);
		if (good)
			name_add(facts, name, &address);
	}
}

void
mx_names_hear(struct mx_facts *facts)
{
	for (size_t i = 0; i < facts->name_count; i++) {
		struct mx_name *name = facts->names[i];
		const struct dns_question *any = name->a ? name->a : name->aaaa;

		if (name->heard || !any || any->status == DNS_UNASKED)
			continue;
		name->heard = true;
		name_take(facts, name, name->a);
		name_take(facts, name, name->aaaa);
	}
}

bool
mx_name_unknown(const struct mx_name *name)
{
	return name->count == 0 && !(name->a && dns_is_answer(name->a)) &&
	       !(name->aaaa && dns_is_answer(name->aaaa));
}

bool
mx_name_knows(const struct mx_name *name, int family)
{
	const struct dns_question *question = family == AF_INET6 ? name->aaaa : name->a;

	return question ? dns_is_answer(question) : !name->a && !name->aaaa;
}

bool
mx_name_missing(const struct mx_name *name)
{
	return (name->a && name->a->status == DNS_NXDOMAIN) ||
	       (name->aaaa && name->aaaa->status == DNS_NXDOMAIN);
}

const char *
mx_name_alias(const struct mx_name *name)
{
	const struct dns_question *with =
	    name->a && name->a->answer.hops > 0 ? name->a : name->aaaa;

	return with && with->answer.hops > 0 ? with->answer.canonical : NULL;
}

bool
mx_name_has(const struct mx_name *name, const struct address *address)
{
	for (size_t i = 0; i < name->count; i++)
		if (name->list[i].family == address->family &&
		    strcmp(name->list[i].text, address->text) == 0)
			return true;
	return false;
}

/* ---- addresses -------------------------------------------------------------------- */

static const uint8_t *
address_bytes(const struct address *address, size_t *count_out)
{
	*count_out = address->family == AF_INET6 ? 16 : 4;
	return address->family == AF_INET6 ? address->sa.in6.sin6_addr.s6_addr
					   : (const uint8_t *)&address->sa.in.sin_addr;
}

static void
target_add(struct mx_facts *facts, const struct address *address, const char *host, bool sender)
{
	struct mx_target *target;
	size_t count, receivers = 0;
	const uint8_t *bytes = address_bytes(address, &count);

	for (size_t i = 0; i < facts->target_count; i++) {
		target = &facts->targets[i];
		if (strcmp(target->address.text, address->text) == 0) {
			if (!sender && !target->receiver)
				target->host = host;
			target->sender |= sender;
			target->receiver |= !sender;
			return;
		}
		receivers += target->receiver;
	}
	if (sender ? facts->target_count == TARGETS_MAX : receivers == MX_ADDRESSES_MAX) {
		facts->target_left_out++;
		return;
	}
	if (facts->target_count == facts->target_room) {
		facts->target_room = facts->target_room ? 2 * facts->target_room : 16;
		facts->targets =
		    mem_grow(facts->targets, facts->target_room, sizeof(*facts->targets));
	}
	target = &facts->targets[facts->target_count++];
	*target = (struct mx_target){
	    .address = *address, .host = host, .sender = sender, .receiver = !sender};
	target->kind = ip_kind(bytes, count, &target->what);
}

static void
targets_find(const struct mx_params *params, struct mx_facts *facts)
{
	for (size_t i = 0; facts->stage == 0 && i < params->sender_count; i++)
		target_add(facts, &params->senders[i], NULL, true);
	for (size_t i = 0; i < facts->sender_name_count; i++)
		for (size_t j = 0; j < facts->sender_names[i]->count; j++)
			target_add(facts, &facts->sender_names[i]->list[j],
			    facts->sender_names[i]->text, true);
	for (size_t i = 0; i < facts->host_count; i++) {
		const struct mx_host *host = &facts->hosts[i];

		for (size_t j = 0; host->name && j < host->name->count; j++)
			target_add(facts, &host->name->list[j], host->text, false);
		facts->target_left_out += host->name ? host->name->left_out : 0;
	}
}

/* Documentation addresses are asked about when somebody gave them, the special ones never. */
static bool
is_askable(const struct mx_target *target)
{
	return target->kind == IP_PUBLIC || (target->kind == IP_DOCUMENTATION && target->sender);
}

static void
target_ask(const struct mx_params *params, struct mx_facts *facts, struct mx_target *target)
{
	char name[DNS_NAME_TEXT_MAX];
	size_t count;
	const uint8_t *bytes = address_bytes(&target->address, &count);
	bool six = target->address.family == AF_INET6;

	if (params->checks & MX_CHECK_PTR && (is_askable(target) || params->special_too) &&
	    dns_name_reverse(name, sizeof(name), bytes, count, NULL))
		target->ptr = dns_batch_add(&facts->batch, name, DNS_TYPE_PTR, 0, NULL);
	if (params->checks & MX_CHECK_LISTS && is_askable(target))
		mx_lists_ask(params, facts, arena_strdup(&facts->arena, target->address.text),
		    six ? DNSBL_IP6 : DNSBL_IP4);
}

static void
target_reverse(const struct mx_params *params, struct mx_facts *facts, struct mx_target *target)
{
	for (size_t i = 0; target->ptr && i < target->ptr->answer.count; i++) {
		const char *text = target->ptr->answer.records[i].name;
		struct mx_name *name;

		if (target->reverse_count == MX_PTR_MAX) {
			target->reverse_left_out++;
			continue;
		}
		name = mx_names_want(params, facts, text);
		if (!name) {
			/* No host name: it can be shown, and leads nowhere. */
			name = arena_alloc(&facts->arena, sizeof(*name));
			*name = (struct mx_name){.text = text, .heard = true};
		}
		target->reverse[target->reverse_count++] = name;
	}
}

bool
mx_target_confirmed(const struct mx_target *target, bool *unknown_out)
{
	*unknown_out = target->reverse_left_out > 0;
	for (size_t i = 0; i < target->reverse_count; i++) {
		const struct mx_name *name = target->reverse[i];

		if (mx_name_has(name, &target->address))
			return true;
		if (name->asked && !mx_name_knows(name, target->address.family))
			*unknown_out = true;
	}
	return false;
}

static void
targets_advance(const struct mx_params *params, struct mx_facts *facts)
{
	targets_find(params, facts);
	for (size_t i = 0; i < facts->target_count; i++) {
		struct mx_target *target = &facts->targets[i];

		if (target->stage == 0)
			target_ask(params, facts, target);
		else if (target->stage == 1)
			target_reverse(params, facts, target);
		target->stage++;
	}
}

/* ---- the domain ------------------------------------------------------------------- */

static void
domain_ask(const struct mx_params *params, struct mx_facts *facts)
{
	unsigned flags = params->checks & MX_CHECK_DNSSEC ? DNS_WANT_DNSSEC : 0;
	struct arena *arena = &facts->arena;

	facts->mx = dns_batch_add(&facts->batch, params->domain, DNS_TYPE_MX, flags, NULL);
	facts->domain = mx_names_want(params, facts, params->domain);
	if (params->checks & MX_CHECK_NS)
		facts->ns = dns_batch_add(&facts->batch, params->domain, DNS_TYPE_NS, 0, NULL);
	for (size_t i = 0; params->checks & MX_CHECK_SRV && i < MX_SERVICES; i++) {
		const char *name = arena_printf(arena, "%s._tcp.%s", services[i], params->domain);

		facts->services[i].label = services[i];
		facts->services[i].question =
		    dns_batch_add(&facts->batch, name, DNS_TYPE_SRV, 0, NULL);
	}
	if (params->checks & MX_CHECK_LISTS)
		mx_lists_ask(params, facts, params->domain, DNSBL_DOMAIN);
}

static int
by_preference(const void *a, const void *b)
{
	const struct mx_host *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void
hosts_take(const struct mx_params *params, struct mx_facts *facts)
{
	size_t count = facts->mx->answer.count;
	struct mx_host *hosts = arena_alloc(&facts->arena, (count + 1) * sizeof(*hosts));

	for (size_t i = 0; i < count; i++) {
		const struct dns_record *record = &facts->mx->answer.records[i];

		hosts[i] = (struct mx_host){.text = record->mx.host,
		    .preference = record->mx.preference,
		    .ttl_s = record->ttl};
	}
	if (facts->mx->status == DNS_NODATA)
		hosts[count++] = (struct mx_host){.text = params->domain, .implicit = true};
	qsort(hosts, count, sizeof(*hosts), by_preference);
	facts->host_left_out = facts->mx->answer.left_out;
	if (count > MX_HOSTS_MAX) {
		facts->host_left_out += count - MX_HOSTS_MAX;
		count = MX_HOSTS_MAX;
	}
	facts->hosts = hosts;
	facts->host_count = count;
	for (size_t i = 0; i < count; i++) {
		struct address literal;

		/* An address in place of a name is no name, though it looks like one to the DNS. */
		if (!address_parse(hosts[i].text, 0, &literal))
			hosts[i].name = mx_names_want(params, facts, hosts[i].text);
	}
}

static void
services_take(const struct mx_params *params, struct mx_facts *facts)
{
	for (size_t i = 0; i < MX_SERVICES; i++) {
		const struct dns_question *question = facts->services[i].question;

		if (question && question->status == DNS_ANSWERED &&
		    strcmp(question->answer.records[0].srv.host, ".") != 0)
			facts->services[i].target =
			    mx_names_want(params, facts, question->answer.records[0].srv.host);
	}
}

static void
senders_ask(const struct mx_params *params, struct mx_facts *facts)
{
	const char *const *host = params->sender_hosts;

	if (params->helo)
		facts->helo = mx_names_want(params, facts, params->helo);
	for (; host && *host && facts->sender_name_count < MX_HOSTS_MAX; host++) {
		struct mx_name *name = mx_names_want(params, facts, *host);

		if (name)
			facts->sender_names[facts->sender_name_count++] = name;
	}
}

static void
advance(const struct mx_params *params, struct mx_facts *facts)
{
	mx_names_hear(facts);
	if (facts->stage == 0) {
		senders_ask(params, facts);
		if (params->domain)
			domain_ask(params, facts);
	} else if (facts->stage == 1 && params->domain) {
		hosts_take(params, facts);
		services_take(params, facts);
		if (!dns_is_answer(facts->mx))
			facts->root = dns_batch_add(&facts->batch, ".", DNS_TYPE_NS, 0, NULL);
		if (facts->mx->status == DNS_SERVFAIL)
			facts->unchecked = dns_batch_add(
			    &facts->batch, params->domain, DNS_TYPE_MX, DNS_NO_CHECKING, NULL);
	}
	mx_names_hear(facts); /* fixed ones and those asked before are known at once */
	mx_lists_advance(facts);
	targets_advance(params, facts);
	mx_servers_advance(params, facts);
	for (size_t i = 0; i < params->rider_count; i++)
		params->riders[i].advance(params->riders[i].context, facts, &facts->batch);
	facts->stage++;
}

/* A round may take most of what is left, never all: what follows from its answers is asked too. */
static struct deadline
round_deadline(struct deadline deadline)
{
	return deadline_in(deadline_left_us(deadline) / 10 * 6);
}

void
mx_run(const struct mx_params *params, struct dns *dns, struct mx_facts *facts)
{
	facts->controls = mem_array(params->site_count + 1, sizeof(*facts->controls));
	do {
		advance(params, facts);
		facts->ended_us = clock_now_us();
	} while (facts->stage < MX_ROUNDS_MAX && deadline_left_us(params->deadline) > 0 &&
		 dns_batch_ask(&facts->batch, dns, round_deadline(params->deadline)) &&
		 facts->batch.heard > 0);
	mx_names_hear(facts);
	mx_lists_judge(params, facts);
	facts->questions = dns->asked;
	facts->ended_us = clock_now_us();
}

bool
mx_resolver_fails(const struct mx_facts *facts)
{
	return facts->root && !dns_is_answer(facts->root) && facts->batch.answered == 0 &&
	       facts->batch.heard > 0;
}

bool
mx_resolver_silent(const struct mx_facts *facts)
{
	return facts->batch.asked > 0 && facts->batch.heard == 0;
}
