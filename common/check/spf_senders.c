/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: ranges of SPF to single addresses.
 * Must not know: what is asked about them.
 */
#include "check/spf_senders.h"

#include <string.h>

#define FREE_BITS_MAX 12 /* a range of more is never asked about address by address */

static bool
is_known(const struct spf_senders *senders, const struct address *address)
{
	for (size_t i = 0; i < senders->count; i++)
		if (strcmp(senders->list[i].text, address->text) == 0)
			return true;
	return false;
}

static void
add(struct spf_senders *senders, const uint8_t *bytes, size_t len)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct address address;
	bool good;

	if (len == 4)
		memcpy(&in.sin_addr, bytes, len);
	else
		memcpy(&in6.sin6_addr, bytes, len);
	good = len == 4 ? address_from((const struct sockaddr *)&in, sizeof in, &address)
			: address_from((const struct sockaddr *)&in6, sizeof in6, &address);
	if (!good || is_known(senders, &address))
		return;
	senders->list = mem_grow(senders->list, senders->count + 1, sizeof *senders->list);
	senders->list[senders->count++] = address;
}

static void
set_bit(uint8_t *byte, unsigned bit, bool on)
{
	unsigned mask = 1u << bit;

	*byte = (uint8_t)(on ? *byte | mask : *byte & ~mask);
}

static void
add_net(struct spf_senders *senders, const struct spf_net *net, size_t max)
{
	unsigned free_bits = (unsigned)(8 * net->len) - net->bits;
	uint8_t bytes[16];

	if (free_bits > FREE_BITS_MAX || senders->count + ((size_t)1 << free_bits) > max) {
		senders->left_out++;
		return;
	}
	for (unsigned i = 0; i < 1u << free_bits; i++) {
		memcpy(bytes, net->address, net->len);
		for (unsigned bit = 0; bit < free_bits; bit++)
			set_bit(&bytes[net->len - 1 - bit / 8], bit % 8, (i >> bit & 1u) != 0);
		add(senders, bytes, net->len);
	}
}

void
spf_senders_find(struct spf_senders *out, const char *domain, struct dns *dns,
    struct deadline deadline, size_t max)
{
	const struct policy_params params = {
	    .domain = domain, .checks = POLICY_SPF, .deadline = deadline};
	struct policy policy;
	struct mx_rider rider = policy_rider(&policy);
	const struct mx_params walk = {
	    .domain = domain, .deadline = deadline, .riders = &rider, .rider_count = 1};
	struct mx_facts facts;

	*out = (struct spf_senders){0};
	policy_init(&policy, &params);
	policy.facts.spf.hosts = true;
	mx_facts_init(&facts);
	mx_run(&walk, dns, &facts);
	policy_finish(&policy, &facts);
	for (size_t i = 0; i < policy.facts.spf.net_count; i++)
		add_net(out, &policy.facts.spf.nets[i], max);
	out->left_out += policy.facts.spf.net_left_out;
	out->complete = !spf_survey_find(&policy.facts.spf, SPF_ISSUE_TEMPERROR);
	policy_free(&policy);
	mx_facts_free(&facts);
}

void
spf_senders_free(struct spf_senders *senders)
{
	mem_free(senders->list);
	*senders = (struct spf_senders){0};
}
