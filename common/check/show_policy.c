/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how a domain's policies look in JSON and at -vv. No verdict is made here. */
#include <string.h>

#include "base/text.h"
#include "check/judge_policy.h"

#define FACTS_LEVEL 2

static void
show_tree(const struct judge_policy *judge, struct value *spf)
{
	const struct spf_survey *survey = &judge->facts->spf;
	struct arena *arena = &judge->report->arena;
	struct value *array = value_add_array(arena, spf, "tree");
	/* Who has too many lookups needs to see where they come from. */
	int level = survey->lookups >= SPF_LOOKUPS_MAX - 1 ? 0 : FACTS_LEVEL;

	for (size_t i = 0; i < survey->node_count; i++) {
		const struct spf_node *node = &survey->nodes[i];
		struct value *object = value_add_object(arena, array, NULL);

		value_add_text(arena, object, "id", arena_printf(arena, "%zu/%s", i, node->domain));
		value_add_text(arena, object, "domain", node->domain);
		value_add_text(arena, object, "via", node->via);
		value_add_int(arena, object, "depth", node->depth);
		value_add_int(arena, object, "lookups", node->lookups);
		value_add_text(arena, object, "record", node->record);
		report_line(judge->report, level, "SPF %*s%s: %u lookup%s%s%s",
		    (int)(2 * node->depth), "", node->domain, node->lookups,
		    node->lookups == 1 ? "" : "s", node->record ? ", " : ", no record",
		    node->record ? node->record : "");
	}
}

static void
show_spf(const struct judge_policy *judge, struct value *domain)
{
	const struct policy_facts *facts = judge->facts;
	const struct spf_survey *survey = &facts->spf;
	struct arena *arena = &judge->report->arena;
	struct value *spf = value_add_object(arena, domain, "spf"), *senders;

	value_add_text(
	    arena, spf, "record", survey->node_count > 0 ? survey->nodes[0].record : NULL);
	value_add_int(arena, spf, "lookups", survey->lookups);
	value_add_int(arena, spf, "voids", survey->voids);
	show_tree(judge, spf);
	senders = value_add_array(arena, spf, "senders");
	for (size_t i = 0; i < facts->sender_count; i++) {
		const struct policy_sender *sender = &facts->senders[i];
		struct value *object = value_add_object(arena, senders, NULL);

		value_add_text(arena, object, "id", sender->address);
		value_add_text(arena, object, "result", spf_result_word(sender->verdict.result));
		value_add_text(arena, object, "term", sender->verdict.term);
		value_add_text(arena, object, "why", sender->verdict.why);
		report_line(judge->report, FACTS_LEVEL, "SPF says %s for %s",
		    spf_result_word(sender->verdict.result), sender->address);
	}
}

static void
show_dkim(const struct judge_policy *judge, struct value *domain)
{
	struct arena *arena = &judge->report->arena;
	struct value *array = value_add_array(arena, domain, "dkim");

	for (size_t i = 0; i < judge->facts->dkim_count; i++) {
		const struct policy_dkim *dkim = &judge->facts->dkim[i];
		bool good = dkim->txt.state == POLICY_FOUND;
		struct value *object = value_add_object(arena, array, NULL);

		value_add_text(arena, object, "id", dkim->selector);
		value_add_text(arena, object, "record", dkim->txt.text);
		value_add_text(arena, object, "key_type", good ? dkim->key.type : NULL);
		if (good && dkim->key.bits > 0)
			value_add_int(arena, object, "key_bits", dkim->key.bits);
		else
			value_add_null(arena, object, "key_bits");
		value_add_bool(arena, object, "revoked", good && dkim->key.revoked);
		value_add_bool(arena, object, "testing", good && dkim->key.testing);
		report_line(judge->report, FACTS_LEVEL, "DKIM %s: %s, %u bits", dkim->selector,
		    good ? dkim->key.type : "no usable key", good ? dkim->key.bits : 0);
	}
}

static void
show_dmarc(const struct judge_policy *judge, struct value *domain)
{
	const struct policy_dmarc *dmarc = &judge->facts->dmarc;
	struct arena *arena = &judge->report->arena;
	struct value *object, *rua;

	if (!dmarc->domain)
		return;
	object = value_add_object(arena, domain, "dmarc");
	value_add_text(arena, object, "record", dmarc->txt.text);
	value_add_text(arena, object, "found_at", dmarc->txt.name);
	value_add_text(arena, object, "organisational_domain", dmarc->organisational);
	value_add_text(arena, object, "policy", dmarc_policy_word(dmarc->record.p));
	value_add_text(
	    arena, object, "subdomain_policy", dmarc_policy_word(dmarc_record_sub(&dmarc->record)));
	value_add_text(
	    arena, object, "absent_policy", dmarc_policy_word(dmarc_record_absent(&dmarc->record)));
	value_add_bool(arena, object, "testing", dmarc->record.testing);
	rua = value_add_array(arena, object, "rua");
	for (size_t i = 0; i < dmarc->rua_count; i++)
		value_add_text(arena, rua, NULL, dmarc->rua[i].uri);
	report_line(judge->report, FACTS_LEVEL, "DMARC at %s: %s", dmarc->txt.name,
	    dmarc->txt.text ? dmarc->txt.text : "more than one record");
}

static void
show_mtasts(const struct judge_policy *judge, struct value *domain)
{
	const struct policy_mtasts *mtasts = &judge->facts->mtasts;
	struct arena *arena = &judge->report->arena;
	struct value *object, *mx;
	bool known = mtasts->policy.mode != MTASTS_MODE_UNKNOWN;

	if (mtasts->txt.count == 0)
		return;
	object = value_add_object(arena, domain, "mtasts");
	value_add_text(arena, object, "record", mtasts->txt.text);
	value_add_text(arena, object, "id", mtasts->id);
	value_add_text(arena, object, "mode", known ? mtasts_mode_word(mtasts->policy.mode) : NULL);
	if (known && mtasts->policy.max_age_s >= 0)
		value_add_int(arena, object, "max_age", mtasts->policy.max_age_s);
	else
		value_add_null(arena, object, "max_age");
	mx = value_add_array(arena, object, "mx");
	for (size_t i = 0; i < mtasts->policy.mx_count; i++)
		value_add_text(arena, mx, NULL, mtasts->policy.mx[i]);
	report_line(judge->report, FACTS_LEVEL, "MTA-STS %s: %s",
	    mtasts->id ? mtasts->id : "without id",
	    known ? mtasts_mode_word(mtasts->policy.mode) : "no policy");
}

static void
show_tlsrpt(const struct judge_policy *judge, struct value *domain)
{
	struct arena *arena = &judge->report->arena;
	struct value *object, *rua;

	if (judge->facts->tlsrpt_txt.count == 0)
		return;
	object = value_add_object(arena, domain, "tlsrpt");
	value_add_text(arena, object, "record", judge->facts->tlsrpt_txt.text);
	rua = value_add_array(arena, object, "rua");
	for (size_t i = 0; i < judge->facts->tlsrpt.count; i++)
		value_add_text(arena, rua, NULL, judge->facts->tlsrpt.rua[i]);
}

static void
show_tlsa(struct arena *arena, struct value *array, const struct dns_record *record)
{
	struct buf text;

	buf_init(&text, 512);
	buf_printf(
	    &text, "%u %u %u ", record->tlsa.usage, record->tlsa.selector, record->tlsa.matching);
	text_hex(&text, record->tlsa.data, record->tlsa.len);
	value_add_text(arena, array, NULL, buf_text(&text));
	buf_free(&text);
}

static void
show_dane(const struct judge_policy *judge, struct value *domain)
{
	const struct policy_facts *facts = judge->facts;
	struct arena *arena = &judge->report->arena;
	struct value *array = value_add_array(arena, domain, "dane");

	for (size_t i = 0; i < facts->dane_count; i++) {
		const struct policy_dane *dane = &facts->dane[i];
		struct value *object = value_add_object(arena, array, NULL), *records;

		value_add_text(arena, object, "id", dane->host);
		value_add_text(arena, object, "status", dns_status_word(dane->tlsa->status));
		if (facts->validates && dns_is_answer(dane->tlsa))
			value_add_bool(arena, object, "secure", dane->tlsa->secure);
		else
			value_add_null(arena, object, "secure");
		value_add_int(arena, object, "usable", (int64_t)dane->usable);
		records = value_add_array(arena, object, "records");
		for (size_t j = 0; j < dane->tlsa->answer.count; j++)
			show_tlsa(arena, records, &dane->tlsa->answer.records[j]);
		report_line(judge->report, FACTS_LEVEL, "TLSA %s: %s, %zu usable", dane->host,
		    dns_status_word(dane->tlsa->status), dane->usable);
	}
}

void
show_policy(const struct judge_policy *judge)
{
	struct value *domain = judge->report->domain;
	unsigned checks = judge->params->checks;

	if (!domain)
		return;
	if (checks & POLICY_SPF)
		show_spf(judge, domain);
	if (checks & POLICY_DKIM)
		show_dkim(judge, domain);
	if (checks & POLICY_DMARC)
		show_dmarc(judge, domain);
	if (checks & POLICY_MTASTS)
		show_mtasts(judge, domain);
	if (checks & POLICY_TLSRPT)
		show_tlsrpt(judge, domain);
	if (checks & POLICY_DANE)
		show_dane(judge, domain);
}
