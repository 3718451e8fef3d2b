/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the grammar of TLS-RPT records.
 * Must not know: who reports.
 */
#include "wire/tlsrpt.h"

#include <string.h>
#include <strings.h>

#include "wire/dmarc_record.h"
#include "wire/tags.h"

bool
tlsrpt_is(const char *text, size_t len)
{
	return tags_begin(text, len, "v", "TLSRPTv1");
}

bool
tlsrpt_parse(struct arena *arena, const char *text, size_t len, struct tlsrpt *out)
{
	struct tags tags;
	const char *rua;

	*out = (struct tlsrpt){0};
	if (!tags_parse(arena, text, len, &tags)) {
		out->fault = tags.fault;
		return false;
	}
	rua = tags_get(&tags, "rua");
	if (rua)
		out->rua = tags_list(arena, rua, ',', &out->count);
	if (out->count == 0)
		out->fault = "it has no rua=";
	for (size_t i = 0; i < out->count; i++)
		if (strncasecmp(out->rua[i], "https://", 8) != 0 &&
		    !dmarc_uri_domain(arena, out->rua[i]))
			out->fault = "a rua= is neither mailto: nor https:";
	return out->fault == NULL;
}
