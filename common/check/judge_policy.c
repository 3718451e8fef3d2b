/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what DKIM keys, DMARC, TLS-RPT and BIMI mean for the domain.
 * Must not know how they were found.
 */
#include "check/judge_policy.h"

#include <string.h>

#define RSA_BITS_MIN 1024  /* fewer are ignored by verifiers (RFC 8301, 3.2) */
#define RSA_BITS_GOOD 2048 /* what signers should have */

bool
judge_policy_failed(
    const struct judge_policy *judge, const struct policy_txt *txt, enum state worst)
{
	struct report_finding *finding;

	if (txt->state != POLICY_FAILED)
		return txt->state == POLICY_UNKNOWN;
	if (judge->mx->mx && !dns_is_answer(judge->mx->mx))
		return true;
	if (txt->status != DNS_SERVFAIL) {
		report_add(judge->report,
		    txt->status == DNS_MALFORMED ? FINDING_DNS_MALFORMED : FINDING_DNS_RESOLVER,
		    txt->name, "TXT %s: %s", txt->name, txt->fault);
		return true;
	}
	finding = report_add(
	    judge->report, FINDING_DNS_SERVFAIL, txt->name, "TXT %s: SERVFAIL", txt->name);
	report_state(judge->report, finding, worst);
	return true;
}

/* ---- DKIM --------------------------------------------------------------------------------- */

static void
judge_key(const struct judge_policy *judge, const struct policy_dkim *dkim)
{
	const struct dkim_key *key = &dkim->key;
	bool rsa = strcmp(key->type, "ed25519") != 0 && strcmp(key->type, "ED25519") != 0;

	if (key->revoked) {
		report_add(judge->report, FINDING_DKIM_REVOKED, dkim->txt.name,
		    "the key of selector %s is withdrawn (p= is empty)", dkim->selector);
		return;
	}
	if (rsa && key->bits < RSA_BITS_MIN)
		report_add(judge->report, FINDING_DKIM_BAD_KEY, dkim->txt.name,
		    "the RSA key of selector %s has %u bits, least is %d", dkim->selector,
		    key->bits, RSA_BITS_MIN);
	else if (rsa && key->bits < RSA_BITS_GOOD)
		report_add(judge->report, FINDING_DKIM_WEAK, dkim->txt.name,
		    "the RSA key of selector %s has %u bits, advised are %d", dkim->selector,
		    key->bits, RSA_BITS_GOOD);
	else if (key->testing)
		report_add(judge->report, FINDING_DKIM_WEAK, dkim->txt.name,
		    "selector %s is marked as a test (t=y): failures count as unsigned",
		    dkim->selector);
	else if (key->sha1_only)
		report_add(judge->report, FINDING_DKIM_WEAK, dkim->txt.name,
		    "h= of selector %s permits no SHA-256, and SHA-1 is refused", dkim->selector);
	else if (!rsa && judge->facts->dkim_count == 1)
		report_line(judge->report, 1,
		    "selector %s is Ed25519 only: many receivers verify RSA alone", dkim->selector);
}

static void
judge_no_key(const struct judge_policy *judge, const struct policy_dkim *dkim)
{
	struct report_finding *finding = report_add(judge->report, FINDING_DKIM_MISSING,
	    dkim->txt.name, "selector %s has no key at %s", dkim->selector, dkim->txt.name);

	report_next(judge->report, finding, "in the zone: publish the key at %s", dkim->txt.name);
	report_next(judge->report, finding,
	    "on the signing server: opendkim-testkey -d %s -s %s, or rspamadm dkim_keygen",
	    judge->params->domain, dkim->selector);
}

static void
judge_dkim(const struct judge_policy *judge)
{
	for (size_t i = 0; i < judge->facts->dkim_count; i++) {
		const struct policy_dkim *dkim = &judge->facts->dkim[i];

		if (judge_policy_failed(judge, &dkim->txt, STATE_CRITICAL))
			continue;
		if (dkim->txt.state == POLICY_ABSENT)
			judge_no_key(judge, dkim);
		else if (dkim->txt.state == POLICY_SEVERAL)
			report_add(judge->report, FINDING_DKIM_BAD_KEY, dkim->txt.name,
			    "selector %s has %zu records, one is allowed", dkim->selector,
			    dkim->txt.count);
		else if (dkim->txt.state == POLICY_BROKEN)
			report_add(judge->report, FINDING_DKIM_BAD_KEY, dkim->txt.name,
			    "the key of selector %s cannot be used: %s", dkim->selector,
			    dkim->txt.fault);
		else
			judge_key(judge, dkim);
	}
}

/* ---- DMARC --------------------------------------------------------------------------------- */

/* What receivers do with mail of the domain itself (RFC 9989, 4.7). */
static enum dmarc_policy
applied(const struct judge_policy *judge)
{
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;
	bool own = dmarc->domain && strcmp(dmarc->domain, judge->params->domain) == 0;
	enum dmarc_policy policy = own ? dmarc->record.p : dmarc_record_sub(&dmarc->record);

	if (dmarc->record.testing && policy > DMARC_NONE)
		policy--;
	return policy;
}

static void
judge_strength(const struct judge_policy *judge)
{
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;
	enum dmarc_policy policy = applied(judge);
	struct report_finding *finding;

	if (policy > DMARC_NONE && policy >= judge->dmarc_min)
		return;
	finding = report_add(judge->report, FINDING_DMARC_WEAK, dmarc->txt.name,
	    "DMARC policy %s%s%s%s", dmarc_policy_word(policy),
	    dmarc->record.testing ? " (t=y: one step milder than written)" : "",
	    policy < judge->dmarc_min ? ", wanted is at least " : ": failures are only watched",
	    policy < judge->dmarc_min ? dmarc_policy_word(judge->dmarc_min) : "");
	if (policy < judge->dmarc_min)
		report_state(judge->report, finding, STATE_WARNING);
}

static void
judge_subdomains(const struct judge_policy *judge)
{
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;
	enum dmarc_policy sub = dmarc_record_sub(&dmarc->record);
	enum dmarc_policy absent = dmarc_record_absent(&dmarc->record);

	if (sub < dmarc->record.p)
		report_add(judge->report, FINDING_DMARC_SUBDOMAIN, dmarc->txt.name,
		    "sp=%s is weaker than p=%s", dmarc_policy_word(sub),
		    dmarc_policy_word(dmarc->record.p));
	else if (absent < dmarc->record.p)
		report_add(judge->report, FINDING_DMARC_SUBDOMAIN, dmarc->txt.name,
		    "np=%s is weaker than p=%s", dmarc_policy_word(absent),
		    dmarc_policy_word(dmarc->record.p));
}

static void
judge_reports(const struct judge_policy *judge)
{
	static const char *const words[] = {
	    [POLICY_RUA_NO_URI] = "is no mailto: URI",
	    [POLICY_RUA_NO_MAIL] = "leads to a domain that takes no mail",
	    [POLICY_RUA_NOT_PERMITTED] = "is in a domain that does not permit it",
	};
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;

	for (size_t i = 0; i < dmarc->rua_count; i++) {
		struct report_finding *finding;

		if (dmarc->rua[i].state == POLICY_RUA_GOOD ||
		    dmarc->rua[i].state == POLICY_RUA_UNKNOWN)
			continue;
		finding = report_add(judge->report, FINDING_DMARC_RUA, dmarc->rua[i].uri,
		    "the report address %s %s", dmarc->rua[i].uri, words[dmarc->rua[i].state]);
		if (dmarc->rua[i].state == POLICY_RUA_NOT_PERMITTED)
			report_next(judge->report, finding,
			    "in the zone %s: %s._report._dmarc TXT 'v=DMARC1;'",
			    dmarc->rua[i].domain, dmarc->domain);
		else
			report_next(judge->report, finding, "in the zone: correct rua= at %s",
			    dmarc->txt.name);
	}
}

static void
judge_dmarc(const struct judge_policy *judge)
{
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;

	if (judge_policy_failed(judge, &dmarc->txt, STATE_CRITICAL))
		return;
	switch (dmarc->txt.state) {
	case POLICY_ABSENT:
		report_add(judge->report, FINDING_DMARC_MISSING, judge->params->domain,
		    "no DMARC record at _dmarc.%s", judge->params->domain);
		return;
	case POLICY_SEVERAL:
		report_add(judge->report, FINDING_DMARC_BROKEN, dmarc->txt.name,
		    "%zu DMARC records at %s: receivers use none", dmarc->txt.count,
		    dmarc->txt.name);
		return;
	case POLICY_BROKEN:
		report_add(judge->report, FINDING_DMARC_BROKEN, dmarc->txt.name, "%s: %s",
		    dmarc->txt.name, dmarc->txt.fault);
		break;
	default:
		judge_strength(judge);
		judge_subdomains(judge);
	}
	judge_reports(judge);
}

/* ---- TLS-RPT, BIMI ------------------------------------------------------------------------------ */

static void
judge_tlsrpt(const struct judge_policy *judge)
{
	const struct policy_txt *txt = &judge->facts->tlsrpt_txt;

	if (judge_policy_failed(judge, txt, STATE_WARNING))
		return;
	if (txt->state == POLICY_ABSENT)
		report_add(judge->report, FINDING_TLSRPT_MISSING, txt->name,
		    "no TLS-RPT record at %s", txt->name);
	else if (txt->state == POLICY_SEVERAL)
		report_add(judge->report, FINDING_TLSRPT_BROKEN, txt->name,
		    "%zu TLS-RPT records at %s: senders use none", txt->count, txt->name);
	else if (txt->state == POLICY_BROKEN)
		report_add(judge->report, FINDING_TLSRPT_BROKEN, txt->name, "%s: %s", txt->name,
		    txt->fault);
}

static void
judge_bimi(const struct judge_policy *judge)
{
	const struct policy_txt *txt = &judge->facts->bimi;
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;

	if (txt->state == POLICY_FOUND)
		report_add(judge->report, FINDING_BIMI_NOTE, txt->name,
		    dmarc->txt.state == POLICY_FOUND && applied(judge) > DMARC_NONE
			? "a BIMI record is there, and DMARC is strict enough for it"
			: "a BIMI record is there; DMARC is not strict enough for it to be used");
}

void
judge_policy(const struct judge_policy *judge)
{
	unsigned checks = judge->params->checks;

	/* Nothing stands below a name that is not there (RFC 8020): one finding says it all. */
	if (report_has(judge->report, FINDING_MX_DOMAIN_MISSING))
		return;
	if (checks & POLICY_SPF)
		judge_policy_spf(judge);
	if (checks & POLICY_DKIM)
		judge_dkim(judge);
	if (checks & POLICY_DMARC)
		judge_dmarc(judge);
	if (checks & POLICY_MTASTS)
		judge_policy_mtasts(judge);
	if (checks & POLICY_TLSRPT)
		judge_tlsrpt(judge);
	if (checks & POLICY_DANE)
		judge_policy_dane(judge);
	if (checks & POLICY_BIMI)
		judge_bimi(judge);
}
