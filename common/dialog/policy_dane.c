/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the TLSA records of the mail hosts (RFC 7672, 2 and 3): there, secure,
 * usable.
 * Must not know: certificates; whether one matches is for who connects.
 */
#include <string.h>

#include "dialog/policy_pass.h"

#define SHA256_BYTES 32
#define SHA512_BYTES 64

/* Why mail servers cannot use a record (RFC 7672, 3.1); NULL: they can. */
static const char *
unusable(const struct dns_record *record)
{
	if (record->tlsa.usage == 0 || record->tlsa.usage == 1)
		return "usage 0 and 1 are not for mail";
	if (record->tlsa.usage > 3)
		return "there is no such usage";
	if (record->tlsa.selector > 1)
		return "there is no such selector";
	if (record->tlsa.matching > 2)
		return "there is no such matching type";
	if ((record->tlsa.matching == 1 && record->tlsa.len != SHA256_BYTES) ||
	    (record->tlsa.matching == 2 && record->tlsa.len != SHA512_BYTES) ||
	    record->tlsa.len == 0)
		return "the hash does not have the length of its type";
	return NULL;
}

static void
read_host(struct policy *policy, const struct mx_host *host, struct policy_dane *out)
{
	const struct mx_name *name = host->name;

	*out = (struct policy_dane){.host = host->text};
	out->address_secure = (name->a && name->a->secure) || (name->aaaa && name->aaaa->secure);
	out->tlsa = policy_ask(policy, arena_printf(&policy->scratch, "_25._tcp.%s", host->text),
	    DNS_TYPE_TLSA, policy->params->dnssec ? DNS_WANT_DNSSEC : 0);
	for (size_t i = 0; i < out->tlsa->answer.count; i++) {
		const char *why = unusable(&out->tlsa->answer.records[i]);

		out->usable += why == NULL;
		out->unusable += why != NULL;
		if (why && !out->why)
			out->why = why;
	}
}

void
policy_pass_dane(struct policy *policy, const struct mx_facts *mx)
{
	struct policy_facts *facts = &policy->facts;
	const struct dns_question *root = policy_ask(policy, ".", DNS_TYPE_SOA, 0);

	facts->dane_count = 0;
	facts->validates = root->secure || policy_seen_secure(policy) || (mx->mx && mx->mx->secure);
	for (size_t i = 0; i < mx->host_count && i < MX_HOSTS_MAX; i++)
		if (mx->hosts[i].name) {
			struct policy_dane *dane = &facts->dane[facts->dane_count++];

			read_host(policy, &mx->hosts[i], dane);
			facts->validates = facts->validates || dane->address_secure;
		}
}
