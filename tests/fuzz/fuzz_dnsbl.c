/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list in Postfix syntax (up to a NUL) and three answers of any codes: the
 * verdict must never say more than the test points prove.
 * covers: wire/dnsbl.c
 */
#include <stdlib.h>
#include <string.h>

#include "check/rbl_lists.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define CODES_MAX 4

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static struct dnsbl_answer
take_answer(const uint8_t **at, size_t *len, uint8_t codes[CODES_MAX][4])
{
	struct dnsbl_answer answer = {.codes = (const uint8_t(*)[4])codes};

	if (*len == 0)
		return answer;
	answer.heard = (enum dnsbl_heard)(**at % 3);
	answer.count = answer.heard == DNSBL_LISTED ? 1 + **at / 3 % CODES_MAX : 0;
	++*at, --*len;
	for (size_t i = 0; i < answer.count; i++) {
		size_t have = *len < 4 ? *len : 4;

		memcpy(codes[i], (const uint8_t[4]){127, 0, 0, 2}, 4);
		memcpy(codes[i], *at, have);
		*at += have;
		*len -= have;
	}
	return answer;
}

static bool
foreign(const struct dnsbl_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		if (answer->codes[i][0] != 127)
			return true;
	return false;
}

static void
judge(const struct dnsbl_site *site, const uint8_t *at, size_t len)
{
	uint8_t codes[3][CODES_MAX][4] = {{{0}}};
	struct dnsbl_answer real = take_answer(&at, &len, codes[0]),
			    listed = take_answer(&at, &len, codes[1]),
			    clean = take_answer(&at, &len, codes[2]);
	struct dnsbl_result result;

	dnsbl_judge(site, &real, &listed, &clean, &result);
	demand(dnsbl_verdict_word(result.verdict) && result.meaning);
	if (result.verdict == DNSBL_VERDICT_LISTED)
		demand(real.heard == DNSBL_LISTED && listed.heard == DNSBL_LISTED &&
		       clean.heard == DNSBL_CLEAN);
	if (result.verdict == DNSBL_VERDICT_CLEAN)
		demand(listed.heard == DNSBL_LISTED && real.heard != DNSBL_SILENT &&
		       clean.heard != DNSBL_LISTED);
	if (result.verdict == DNSBL_VERDICT_UNPROVED)
		demand(real.heard == DNSBL_LISTED && clean.heard != DNSBL_LISTED);
	if (foreign(&real) || foreign(&listed) || foreign(&clean))
		demand(result.verdict == DNSBL_VERDICT_HIJACKED ||
		       result.verdict == DNSBL_VERDICT_REFUSED);
	if (!dnsbl_verdict_usable(result.verdict) && result.verdict != DNSBL_VERDICT_UNPROVED)
		demand(result.weight == 0);
	if (site->filters)
		for (size_t i = 0; site->filters[i]; i++)
			demand(dnsbl_filter_is_valid(site->filters[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	const uint8_t *nul = memchr(bytes, 0, len);
	size_t text_len = nul ? (size_t)(nul - bytes) : len, key_len;
	const char *text = arena_strndup(&arena, (const char *)bytes, text_len), *why = NULL;
	struct dnsbl_site site;
	char name[300];

	(void)dnsbl_filter_is_valid(text);
	(void)rbl_lists_dead(text);
	if (dnsbl_name(name, sizeof(name), text, "bl.test"))
		demand(strlen(name) <= 253);
	if (!dnsbl_site_parse(&arena, text, &site, &why)) {
		demand(why != NULL);
		arena_free(&arena);
		return 0;
	}
	demand(*site.zone && site.weight >= -1000 && site.weight <= 1000);
	if (nul)
		judge(&site, nul + 1, len - text_len - 1);
	site.list = rbl_lists_find(site.zone, &key_len);
	demand(!site.list || key_len < strlen(site.zone));
	if (nul && site.list)
		judge(&site, nul + 1, len - text_len - 1);
	for (int kind = 0; kind < DNSBL_KINDS; kind++)
		if (dnsbl_site_takes(&site, (enum dnsbl_kind)kind)) {
			(void)dnsbl_site_listed(&site, (enum dnsbl_kind)kind);
			(void)dnsbl_site_clean(&site, (enum dnsbl_kind)kind);
		}
	arena_free(&arena);
	return 0;
}
