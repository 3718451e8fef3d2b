/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: finding a domain's DMARC record by the tree walk (RFC 9989, 4.10), and
 * whether its reports can arrive (RFC 9990, 4).
 */
#include <string.h>

#include "dialog/policy_pass.h"

/* The names of the walk, the domain first. */
struct tree {
	const char *domains[POLICY_WALK_MAX];
	struct policy_txt txt[POLICY_WALK_MAX];
	struct dmarc_record records[POLICY_WALK_MAX];
	bool valid[POLICY_WALK_MAX]; /* exactly one record, and it can be read */
	size_t count;
};

static unsigned
label_count(const char *domain)
{
	unsigned labels = 1;

	for (; *domain; domain++)
		labels += *domain == '.';
	return labels;
}

/* Eight questions at most: a long name is cut to seven labels after the first. */
static void
climb(struct tree *tree, const char *domain)
{
	tree->domains[tree->count++] = domain;
	while (tree->count < POLICY_WALK_MAX && strchr(domain, '.')) {
		do
			domain = strchr(domain, '.') + 1;
		while (label_count(domain) >= POLICY_WALK_MAX);
		tree->domains[tree->count++] = domain;
	}
}

/* False: an answer is to come. */
static bool
read_tree(struct policy *policy, struct tree *tree)
{
	bool complete = true;

	for (size_t i = 0; i < tree->count; i++) {
		struct policy_txt *txt = &tree->txt[i];

		policy_read_txt(policy,
		    arena_printf(&policy->scratch, "_dmarc.%s", tree->domains[i]), dmarc_record_is,
		    txt);
		complete = complete && txt->state != POLICY_UNKNOWN;
		if (txt->state != POLICY_FOUND)
			continue;
		tree->valid[i] =
		    dmarc_record_parse(&policy->scratch, txt->text, txt->len, &tree->records[i]);
		if (!tree->valid[i]) {
			txt->state = POLICY_BROKEN;
			txt->fault = tree->records[i].fault;
		}
	}
	return complete;
}

/* RFC 9989, 4.10.2: psd=n, or one below psd=y, or the shortest name with a record. */
static size_t
organisational(const struct tree *tree)
{
	size_t shortest = 0;

	for (size_t i = 0; i < tree->count; i++) {
		if (!tree->valid[i])
			continue;
		if (tree->records[i].psd == 'n')
			return i;
		if (tree->records[i].psd == 'y' && i > 0)
			return i - 1;
		shortest = i;
	}
	return shortest;
}

/*
 * Which record counts: the domain's own, else the organisational domain's, else
 * that of the suffix above. A fault at the domain itself is what its owner wants
 * to hear of, though receivers climb on.
 */
static size_t
deciding(const struct tree *tree, size_t organisation)
{
	if (tree->txt[0].state != POLICY_ABSENT)
		return 0;
	if (tree->valid[organisation])
		return organisation;
	for (size_t i = 1; i < tree->count; i++)
		if (tree->valid[i] || tree->txt[i].state == POLICY_FAILED)
			return i;
	return 0;
}

/* ---- reports ------------------------------------------------------------------------------- */

static bool
claims_dmarc(const struct dns_question *question)
{
	for (size_t i = 0; i < question->answer.count; i++)
		if (dmarc_record_is(
			question->answer.records[i].txt.text, question->answer.records[i].txt.len))
			return true;
	return false;
}

/* Somewhere to deliver: an MX that is not null, else an address (RFC 5321, 5.1). */
static enum policy_rua_state
takes_mail(struct policy *policy, const char *domain)
{
	const struct dns_question *mx = policy_ask(policy, domain, DNS_TYPE_MX, 0);
	const struct dns_question *a = policy_ask(policy, domain, DNS_TYPE_A, 0);
	const struct dns_question *aaaa = policy_ask(policy, domain, DNS_TYPE_AAAA, 0);

	if (mx->status == DNS_ANSWERED)
		return strcmp(mx->answer.records[0].mx.host, ".") == 0 ? POLICY_RUA_NO_MAIL
								       : POLICY_RUA_GOOD;
	if (mx->status == DNS_NXDOMAIN)
		return POLICY_RUA_NO_MAIL;
	if (mx->status != DNS_NODATA)
		return POLICY_RUA_UNKNOWN;
	if (a->status == DNS_ANSWERED || aaaa->status == DNS_ANSWERED)
		return POLICY_RUA_GOOD;
	return dns_is_answer(a) && dns_is_answer(aaaa) ? POLICY_RUA_NO_MAIL : POLICY_RUA_UNKNOWN;
}

/* A domain of somebody else must say that it wants our reports (RFC 9990, 4). */
static enum policy_rua_state
is_permitted(struct policy *policy, const struct policy_dmarc *dmarc, const char *domain)
{
	const struct dns_question *question;

	if (dns_name_within(domain, dmarc->organisational) ||
	    dns_name_within(dmarc->organisational, domain))
		return POLICY_RUA_GOOD;
	question = policy_ask(policy,
	    arena_printf(&policy->scratch, "%s._report._dmarc.%s", dmarc->domain, domain),
	    DNS_TYPE_TXT, 0);
	if (!dns_is_answer(question))
		return POLICY_RUA_UNKNOWN;
	return claims_dmarc(question) ? POLICY_RUA_GOOD : POLICY_RUA_NOT_PERMITTED;
}

static void
read_reports(struct policy *policy, struct policy_dmarc *dmarc)
{
	for (size_t i = 0; i < dmarc->record.rua_count && i < POLICY_RUA_MAX; i++) {
		enum policy_rua_state mail = POLICY_RUA_NO_URI, permitted = POLICY_RUA_GOOD;
		const char *domain = dmarc_uri_domain(&policy->scratch, dmarc->record.rua[i]);

		if (domain) {
			mail = takes_mail(policy, domain);
			permitted = is_permitted(policy, dmarc, domain);
		}
		dmarc->rua[i].uri = dmarc->record.rua[i];
		dmarc->rua[i].domain = domain;
		dmarc->rua[i].state = mail == POLICY_RUA_GOOD ? permitted : mail;
		dmarc->rua_count++;
	}
}

void
policy_pass_dmarc(struct policy *policy)
{
	struct policy_dmarc *dmarc = &policy->facts.dmarc;
	struct tree tree = {0};
	size_t organisation, at;

	*dmarc = (struct policy_dmarc){0};
	climb(&tree, policy->params->domain);
	if (!read_tree(policy, &tree))
		return;
	organisation = organisational(&tree);
	at = deciding(&tree, organisation);
	dmarc->txt = tree.txt[at];
	dmarc->record = tree.records[at];
	dmarc->organisational = tree.domains[organisation];
	if (dmarc->txt.state == POLICY_FOUND || dmarc->txt.state == POLICY_BROKEN) {
		dmarc->domain = tree.domains[at];
		read_reports(policy, dmarc);
	}
}
