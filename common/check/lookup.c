/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns which way a name is resolved and what the answers give. Why it failed
 * is lookup_why.c's.
 */
#include "check/lookup.h"

#include <string.h>

#include "base/text.h"
#include "net/address_order.h"

static int
family_of(const struct lookup *lookup)
{
	return lookup->basic->ipv4 ? AF_INET : lookup->basic->ipv6 ? AF_INET6 : AF_UNSPEC;
}

bool
lookup_servers(struct dns_settings *out, const struct strings *resolver, const char *resolv_conf,
    struct err *err)
{
	*out = (struct dns_settings){0};
	if (resolver->count == 0)
		return dns_settings_read(out, resolv_conf ? resolv_conf : DNS_RESOLV_CONF, err);
	for (size_t i = 0; i < resolver->count; i++)
		if (!dns_settings_add(out, resolver->items[i], err))
			return false;
	return true;
}

/* ---- answers to addresses ------------------------------------------------------------ */

static void
take(const struct dns_record *record, uint16_t port, struct addresses *out)
{
	struct address *address = &out->list[out->count];

	if (out->count == ADDRESSES_MAX) {
		out->left_out++;
		return;
	}
	if (record->type == DNS_TYPE_A) {
		struct sockaddr_in in = {.sin_family = AF_INET};

		memcpy(&in.sin_addr, record->a, sizeof(record->a));
		if (!address_from((struct sockaddr *)&in, sizeof(in), address))
			return;
	} else {
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

		memcpy(&in6.sin6_addr, record->aaaa, sizeof(record->aaaa));
		if (!address_from((struct sockaddr *)&in6, sizeof(in6), address))
			return;
	}
	address_set_port(address, port);
	out->count++;
}

void
lookup_take(
    const struct dns_question *questions, size_t count, uint16_t port, struct addresses *out)
{
	out->count = out->left_out = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < questions[i].answer.count; j++)
			take(&questions[i].answer.records[j], port, out);
	address_order(out);
}

/* Neither family has an address: the answer that says more, or both together. */
static bool
fail_both(const struct dns_question *six, const struct dns_question *four, struct err *err)
{
	if (!dns_is_answer(four) || four->status == DNS_NXDOMAIN)
		return dns_err(four, err);
	if (!dns_is_answer(six) || six->status == DNS_NXDOMAIN)
		return dns_err(six, err);
	return err_set(
	    err, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS, "resolve %s: no address", four->name);
}

static void
note_facts(struct lookup *lookup, const struct dns_question *questions, size_t count)
{
	lookup->secure = true;
	for (size_t i = 0; i < count; i++) {
		const struct dns_question *question = &questions[i];

		lookup->forged |= question->forged;
		lookup->secure &= question->secure;
		if (question->answer.hops > 0)
			text_clean_into(lookup->alias, sizeof(lookup->alias),
			    question->answer.canonical, strlen(question->answer.canonical));
	}
	lookup->questions += (unsigned)count;
}

static bool
by_engine(
    struct lookup *lookup, const char *host, uint16_t port, struct addresses *out, struct err *err)
{
	struct dns_question questions[2] = {0};
	struct dns_settings settings;
	struct dns dns;
	size_t count = 0;

	if (!lookup_servers(&settings, &lookup->basic->resolver, lookup->resolv_conf, err))
		return false;
	if (!lookup->basic->ipv4)
		questions[count++] = (struct dns_question){.name = host, .type = DNS_TYPE_AAAA};
	if (!lookup->basic->ipv6)
		questions[count++] = (struct dns_question){.name = host, .type = DNS_TYPE_A};
	dns_init(&dns, &settings);
	/* A share is left for asking why, if nothing comes. */
	dns_ask(&dns, questions, count, deadline_in(deadline_left_us(lookup->deadline) * 6 / 10));
	note_facts(lookup, questions, count);
	lookup_take(questions, count, port, out);
	if (out->count == 0 && count == 2)
		fail_both(&questions[0], &questions[1], err);
	else if (out->count == 0)
		dns_err(&questions[0], err);
	dns_free(&dns);
	return out->count > 0;
}

/* ---- filters ---------------------------------------------------------------------------- */

/* RFC 6761 and RFC 8375, and what people use inside: such names may well be this machine. */
static bool
is_public(const char *host)
{
	static const char *const inside[] = {"localhost", "local", "test", "example", "invalid",
	    "internal", "home.arpa", "lan", "localdomain", "onion"};

	if (!strchr(host, '.'))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (dns_name_within(host, inside[i]))
			return false;
	return true;
}

static bool
is_unspecified(const struct address *address)
{
	return address->family == AF_INET ? address->sa.in.sin_addr.s_addr == htonl(INADDR_ANY)
					  : IN6_IS_ADDR_UNSPECIFIED(&address->sa.in6.sin6_addr);
}

static bool
is_here(const struct address *address)
{
	return address->family == AF_INET ? address->sa.in.sin_addr.s_addr == htonl(INADDR_LOOPBACK)
					  : IN6_IS_ADDR_LOOPBACK(&address->sa.in6.sin6_addr);
}

bool
lookup_is_blocked(const char *host, const struct addresses *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (!is_unspecified(&addresses->list[i]) &&
		    !(is_here(&addresses->list[i]) && is_public(host)))
			return false;
	return addresses->count > 0;
}

/*
 * The system may have it from /etc/hosts, where a machine's own name is
 * 127.0.0.1 for good reason; the name servers are asked before anybody is accused.
 */
static bool
accuse_filter(
    struct lookup *lookup, bool by_system, const char *host, struct addresses *out, struct err *err)
{
	char answer[sizeof(out->list[0].text)];

	memcpy(answer, out->list[0].text, sizeof(answer));
	if (by_system) {
		struct addresses *asked = mem_alloc(sizeof(*asked));
		struct err unused = {0};
		bool same =
		    by_engine(lookup, host, 0, asked, &unused) && lookup_is_blocked(host, asked);

		mem_free(asked);
		if (!same)
			return true;
	}
	out->count = 0;
	return err_set(err, ERR_RESOLVE, ERR_RESOLVE_FILTERED,
	    "resolve %s: the resolver answers %s, as filters do", host, answer);
}

bool
lookup_host(
    struct lookup *lookup, const char *host, uint16_t port, struct addresses *out, struct err *err)
{
	struct resolve_params params = {
	    .host = host,
	    .port = port,
	    .family = family_of(lookup),
	    .deadline = lookup->deadline,
	    .fixed = lookup->basic->resolve.items,
	};
	bool known, engine = lookup->by_engine || lookup->basic->resolver.count > 0;

	if (socket_resolve_known(&params, out, &known, err))
		return true;
	if (known)
		return false;
	if (!(engine ? by_engine(lookup, host, port, out, err)
		     : socket_resolve(&params, out, err)) &&
	    !lookup_why(lookup, host, port, out, err))
		return false;
	return !lookup_is_blocked(host, out) || accuse_filter(lookup, !engine, host, out, err);
}
