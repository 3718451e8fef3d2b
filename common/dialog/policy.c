/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the lookups of a policy run and its passes; the records that are read
 * in one look (DKIM, TLS-RPT, BIMI, SPF's evaluations).
 * Must not know: what is good enough.
 */
#include "dialog/policy.h"

#include <string.h>
#include <strings.h>

#include "dialog/policy_pass.h"
#include "wire/tags.h"

struct policy_lookup {
	struct policy_lookup *next;
	struct dns_question *question;
};

void
policy_init(struct policy *policy, const struct policy_params *params)
{
	*policy = (struct policy){.params = params};
}

void
policy_free(struct policy *policy)
{
	http_facts_free(&policy->facts.mtasts.http);
	arena_free(&policy->scratch);
	arena_free(&policy->arena);
	*policy = (struct policy){0};
}

/* ---- lookups ------------------------------------------------------------------------- */

static const struct dns_question *
asked_before(const struct policy *policy, const char *name, uint16_t type)
{
	for (const struct policy_lookup *at = policy->lookups; at; at = at->next)
		if (at->question->type == type && strcasecmp(at->question->name, name) == 0)
			return at->question;
	return NULL;
}

const struct dns_question *
policy_ask(struct policy *policy, const char *name, uint16_t type, unsigned flags)
{
	static const struct dns_question too_late = {.status = DNS_TIMEOUT};
	const struct dns_question *question = asked_before(policy, name, type);
	struct policy_lookup *lookup;

	if (!policy->batch)
		return question && question->status != DNS_UNASKED ? question : &too_late;
	if (question)
		return question;
	lookup = arena_alloc(&policy->arena, sizeof *lookup);
	lookup->question = dns_batch_add(policy->batch, name, type, flags, NULL);
	lookup->next = policy->lookups;
	policy->lookups = lookup;
	return lookup->question;
}

const char *
policy_failure(const struct dns_question *question)
{
	return question->why && question->why[0] ? question->why
						 : dns_status_word(question->status);
}

bool
policy_seen_secure(const struct policy *policy)
{
	for (const struct policy_lookup *at = policy->lookups; at; at = at->next)
		if (at->question->secure)
			return true;
	return false;
}

void
policy_read_txt(struct policy *policy, const char *name, bool (*is)(const char *text, size_t len),
    struct policy_txt *out)
{
	const struct dns_question *question = policy_ask(policy, name, DNS_TYPE_TXT, 0);

	*out = (struct policy_txt){.name = name, .status = question->status};
	if (question->status == DNS_UNASKED)
		return;
	if (!dns_is_answer(question)) {
		out->state = POLICY_FAILED;
		out->fault = policy_failure(question);
		return;
	}
	for (size_t i = 0; i < question->answer.count; i++) {
		const struct dns_record *record = &question->answer.records[i];

		if (is(record->txt.text, record->txt.len)) {
			out->text = record->txt.text;
			out->len = record->txt.len;
			out->count++;
		}
	}
	out->state = out->count == 0   ? POLICY_ABSENT
		     : out->count == 1 ? POLICY_FOUND
				       : POLICY_SEVERAL;
	if (out->count != 1)
		out->text = NULL;
}

/* ---- SPF -------------------------------------------------------------------------------- */

static struct spf_reply
spf_ask(void *context, const char *name, uint16_t type)
{
	const struct dns_question *question = policy_ask(context, name, type, 0);
	struct spf_reply reply = {
	    .records = question->answer.records, .count = question->answer.count};

	switch (question->status) {
	case DNS_UNASKED:
		reply.status = SPF_ASK_PENDING;
		break;
	case DNS_ANSWERED:
		reply.status = SPF_ASK_FOUND;
		break;
	case DNS_NODATA:
		reply.status = SPF_ASK_NODATA;
		break;
	case DNS_NXDOMAIN:
		reply.status = SPF_ASK_NXDOMAIN;
		break;
	default:
		reply =
		    (struct spf_reply){.status = SPF_ASK_FAILED, .why = policy_failure(question)};
	}
	return reply;
}

static void
evaluate(struct policy *policy, const struct spf_resolver *resolver, const struct mx_target *target,
    struct policy_sender *out)
{
	const struct address *address = &target->address;
	const struct spf_query query = {
	    .domain = policy->params->domain,
	    .helo = policy->params->helo,
	    .address = address->family == AF_INET6 ? address->sa.in6.sin6_addr.s6_addr
						   : (const uint8_t *)&address->sa.in.sin_addr,
	    .address_len = address->family == AF_INET6 ? 16 : 4,
	    .now_unix = policy->params->now_unix,
	};

	out->address = arena_strdup(&policy->scratch, address->text);
	spf_eval(&policy->scratch, resolver, &query, &out->verdict);
}

void
policy_pass_spf(struct policy *policy, const struct mx_facts *mx)
{
	const struct spf_resolver resolver = {spf_ask, policy};
	struct policy_facts *facts = &policy->facts;

	spf_survey(&policy->scratch, &resolver, policy->params->domain, &facts->spf);
	facts->sender_count = 0;
	facts->senders =
	    arena_alloc(&policy->scratch, (mx->target_count + 1) * sizeof *facts->senders);
	for (size_t i = 0; i < mx->target_count; i++)
		if (mx->targets[i].sender)
			evaluate(policy, &resolver, &mx->targets[i],
			    &facts->senders[facts->sender_count++]);
}

/* ---- records of one look -------------------------------------------------------------------- */

/* Whatever stands at a selector is meant as a key (RFC 6376, 3.6.2.2). */
static bool
is_key(const char *text, size_t len)
{
	return len > 0 && text[0] != '\0';
}

void
policy_pass_dkim(struct policy *policy)
{
	const struct policy_params *params = policy->params;

	policy->facts.dkim_count = 0;
	for (size_t i = 0; i < params->selector_count && i < POLICY_SELECTORS_MAX; i++) {
		struct policy_dkim *dkim = &policy->facts.dkim[policy->facts.dkim_count++];

		*dkim = (struct policy_dkim){.selector = params->selectors[i]};
		policy_read_txt(policy,
		    arena_printf(
			&policy->scratch, "%s._domainkey.%s", dkim->selector, params->domain),
		    is_key, &dkim->txt);
		if (dkim->txt.state != POLICY_FOUND)
			continue;
		if (!dkim_key_parse(&policy->scratch, dkim->txt.text, dkim->txt.len, &dkim->key)) {
			dkim->txt.state = POLICY_BROKEN;
			dkim->txt.fault = dkim->key.fault;
		}
	}
}

static void
pass_tlsrpt(struct policy *policy)
{
	struct policy_facts *facts = &policy->facts;

	policy_read_txt(policy,
	    arena_printf(&policy->scratch, "_smtp._tls.%s", policy->params->domain), tlsrpt_is,
	    &facts->tlsrpt_txt);
	if (facts->tlsrpt_txt.state == POLICY_FOUND &&
	    !tlsrpt_parse(
		&policy->scratch, facts->tlsrpt_txt.text, facts->tlsrpt_txt.len, &facts->tlsrpt)) {
		facts->tlsrpt_txt.state = POLICY_BROKEN;
		facts->tlsrpt_txt.fault = facts->tlsrpt.fault;
	}
}

static bool
is_bimi(const char *text, size_t len)
{
	return tags_begin(text, len, "v", "BIMI1");
}

/* ---- passes ----------------------------------------------------------------------------------- */

static void
pass(struct policy *policy, const struct mx_facts *mx)
{
	unsigned checks = policy->params->checks;

	arena_free(&policy->scratch);
	policy->scratch = (struct arena){0};
	if (checks & POLICY_SPF)
		policy_pass_spf(policy, mx);
	if (checks & POLICY_DKIM)
		policy_pass_dkim(policy);
	if (checks & (POLICY_DMARC | POLICY_BIMI))
		policy_pass_dmarc(policy);
	if (checks & POLICY_MTASTS)
		policy_pass_mtasts(policy);
	if (checks & POLICY_TLSRPT)
		pass_tlsrpt(policy);
	if (checks & POLICY_DANE)
		policy_pass_dane(policy, mx);
	if (checks & POLICY_BIMI)
		policy_read_txt(policy,
		    arena_printf(&policy->scratch, "default._bimi.%s", policy->params->domain),
		    is_bimi, &policy->facts.bimi);
}

static void
advance(void *context, const struct mx_facts *mx, struct dns_batch *batch)
{
	struct policy *policy = context;

	policy->batch = batch;
	pass(policy, mx);
}

struct mx_rider
policy_rider(struct policy *policy)
{
	return (struct mx_rider){.context = policy, .advance = advance};
}

void
policy_finish(struct policy *policy, const struct mx_facts *mx)
{
	policy->batch = NULL;
	pass(policy, mx);
	policy_end_mtasts(policy);
}
