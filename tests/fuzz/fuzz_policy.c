/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DKIM keys, DMARC, TLS-RPT and MTA-STS, records and policies, of any bytes.
 * covers: wire/tags.c wire/dkim_key.c wire/dmarc_record.c wire/mtasts.c wire/tlsrpt.c
 */
#include <stdlib.h>
#include <string.h>

#include "wire/dkim_key.h"
#include "wire/dmarc_record.h"
#include "wire/mtasts.h"
#include "wire/tags.h"
#include "wire/tlsrpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
look_at_tags(struct arena *arena, const char *text, size_t len)
{
	struct tags tags;
	size_t count;

	demand(tags_parse(arena, text, len, &tags) == (tags.fault == NULL));
	for (size_t i = 0; i < tags.count; i++) {
		looked += strlen(tags.list[i].name) + strlen(tags.list[i].value);
		if (!tags.fault)
			demand(tags_get(&tags, tags.list[i].name) == tags.list[i].value);
		looked += tags_list_has(tags.list[i].value, ':', "sha256");
		looked += tags_list(arena, tags.list[i].value, ',', &count)[0] != NULL;
	}
}

static void
look_at_dmarc(struct arena *arena, const char *text, size_t len)
{
	struct dmarc_record record;
	bool good = dmarc_record_parse(arena, text, len, &record);

	demand(!good || record.p != DMARC_UNSET);
	demand(dmarc_record_sub(&record) >= record.p || record.sp != DMARC_UNSET);
	looked += strlen(dmarc_policy_word(record.p)) + (size_t)dmarc_record_absent(&record);
	for (size_t i = 0; i < record.rua_count; i++) {
		const char *domain = dmarc_uri_domain(arena, record.rua[i]);

		for (; domain && *domain; domain++)
			demand(*domain < 'A' || *domain > 'Z');
	}
	for (size_t i = 0; i < record.ruf_count; i++)
		looked += strlen(record.ruf[i]);
	looked += dmarc_record_is(text, len);
}

static void
look_at_mtasts(struct arena *arena, const char *text, size_t len)
{
	const char *fault = NULL, *id = mtasts_record_id(arena, text, len, &fault);
	struct mtasts_policy policy;

	demand((id == NULL) == (fault != NULL));
	demand(!id || (strlen(id) > 0 && strlen(id) <= 32));
	looked += mtasts_record_is(text, len);
	demand(mtasts_policy_parse(arena, text, len, &policy) == (policy.fault == NULL));
	for (size_t i = 0; i < policy.mx_count; i++)
		if (strncmp(policy.mx[i], "*.", 2) != 0)
			demand(mtasts_policy_covers(&policy, policy.mx[i]));
	demand(policy.mx_count > 0 || !mtasts_policy_covers(&policy, "mx.example.test"));
	demand(policy.fault || !mtasts_policy_covers(&policy, ""));
	looked += strlen(mtasts_mode_word(policy.mode));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct arena arena = {0};
	struct dkim_key key;
	struct tlsrpt tlsrpt;

	look_at_tags(&arena, text, len);
	demand(dkim_key_parse(&arena, text, len, &key) == (key.fault == NULL));
	demand(key.fault || key.revoked || key.bits > 0 || *key.type);
	look_at_dmarc(&arena, text, len);
	demand(tlsrpt_parse(&arena, text, len, &tlsrpt) == (tlsrpt.fault == NULL));
	demand(tlsrpt.fault || tlsrpt.count > 0);
	looked += tlsrpt_is(text, len);
	look_at_mtasts(&arena, text, len);
	arena_free(&arena);
	return 0;
}
