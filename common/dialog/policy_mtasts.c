/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: MTA-STS (RFC 8461): the record, and the policy from its web host,
 * fetched in a thread while the rounds of questions go on.
 */
#include <stdio.h>
#include <string.h>

#include "dialog/policy_pass.h"

static void
add_address(struct addresses *addresses, const struct dns_record *record)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct address *address = &addresses->list[addresses->count];
	bool good;

	if (addresses->count == HTTP_ADDRESSES_MAX)
		return;
	memcpy(&in.sin_addr, record->a, sizeof in.sin_addr);
	memcpy(&in6.sin6_addr, record->aaaa, sizeof in6.sin6_addr);
	good = record->type == DNS_TYPE_A
		   ? address_from((const struct sockaddr *)&in, sizeof in, address)
		   : address_from((const struct sockaddr *)&in6, sizeof in6, address);
	addresses->count += good;
}

/* The thread: everything it touches is its own until it is joined. */
static void *
fetch(void *context)
{
	struct policy *policy = context;
	struct policy_mtasts *mtasts = &policy->facts.mtasts;
	struct tls_context trust = {0};
	struct http_params params = {
	    .url = policy->url,
	    .size_max = MTASTS_POLICY_MAX,
	    .deadline = policy->params->deadline,
	    .trust = &trust,
	    .addresses = &policy->web,
	    .port = policy->params->https_port,
	    .allow_private = policy->params->allow_private,
	};
	struct err err = {0};

	if (tls_context_open(&trust, policy->params->tls, &err)) {
		mtasts->fetched = http_fetch(&params, &mtasts->http);
	} else {
		mtasts->http.fault = HTTP_FAULT_LIBRARY;
		mtasts->http.err = err;
	}
	tls_context_close(&trust);
	return NULL;
}

/* Once the addresses of the web host are known. */
static void
begin(struct policy *policy, const struct dns_question *a, const struct dns_question *aaaa)
{
	struct policy_mtasts *mtasts = &policy->facts.mtasts;

	for (size_t i = 0; i < a->answer.count; i++)
		add_address(&policy->web, &a->answer.records[i]);
	for (size_t i = 0; i < aaaa->answer.count; i++)
		add_address(&policy->web, &aaaa->answer.records[i]);
	if (policy->web.count == 0) {
		mtasts->http.fault = HTTP_FAULT_RESOLVE;
		err_set(&mtasts->http.err, ERR_RESOLVE, 0, "mta-sts.%s: %s", policy->params->domain,
		    dns_is_answer(a) ? "no address" : policy_failure(a));
		return;
	}
	(void)snprintf(policy->url, sizeof policy->url,
	    "https://mta-sts.%s/.well-known/mta-sts.txt", policy->params->domain);
	mtasts->begun = pthread_create(&policy->thread, NULL, fetch, policy) == 0;
	if (!mtasts->begun) {
		mtasts->http.fault = HTTP_FAULT_LIBRARY;
		err_set(&mtasts->http.err, ERR_LOCAL, 0, "no thread can be made");
	}
}

static bool
is_open(const struct dns_question *question)
{
	return question->status == DNS_UNASKED;
}

void
policy_pass_mtasts(struct policy *policy)
{
	struct policy_mtasts *mtasts = &policy->facts.mtasts;
	const char *domain = policy->params->domain;
	const char *web = arena_printf(&policy->scratch, "mta-sts.%s", domain);
	const struct dns_question *a = policy_ask(policy, web, DNS_TYPE_A, 0);
	const struct dns_question *aaaa = policy_ask(policy, web, DNS_TYPE_AAAA, 0);

	policy_read_txt(policy, arena_printf(&policy->scratch, "_mta-sts.%s", domain),
	    mtasts_record_is, &mtasts->txt);
	if (mtasts->txt.state != POLICY_FOUND)
		return;
	mtasts->id = mtasts_record_id(
	    &policy->scratch, mtasts->txt.text, mtasts->txt.len, &mtasts->txt.fault);
	if (!mtasts->id)
		mtasts->txt.state = POLICY_BROKEN;
	if (mtasts->wanted || is_open(a) || is_open(aaaa))
		return;
	mtasts->wanted = true;
	begin(policy, a, aaaa);
}

void
policy_end_mtasts(struct policy *policy)
{
	struct policy_mtasts *mtasts = &policy->facts.mtasts;

	if (mtasts->begun)
		(void)pthread_join(policy->thread, NULL);
	if (mtasts->fetched && mtasts->http.status == 200)
		(void)!mtasts_policy_parse(&policy->arena, buf_text(&mtasts->http.body),
		    mtasts->http.body.len, &mtasts->policy);
}
