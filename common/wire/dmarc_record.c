/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the grammar of DMARC records.
 * Must not know: where they are looked for.
 */
#include "wire/dmarc_record.h"

#include <string.h>
#include <strings.h>

#include "wire/dns_name.h"
#include "wire/tags.h"

static const char *const policy_words[] = {"", "none", "quarantine", "reject"};

const char *
dmarc_policy_word(enum dmarc_policy policy)
{
	return (size_t)policy < ARRAY_LEN(policy_words) ? policy_words[policy] : "";
}

bool
dmarc_policy_parse(const char *text, enum dmarc_policy *out)
{
	for (size_t i = DMARC_NONE; i < ARRAY_LEN(policy_words); i++)
		if (strcasecmp(text, policy_words[i]) == 0) {
			*out = (enum dmarc_policy)i;
			return true;
		}
	return false;
}

bool
dmarc_record_is(const char *text, size_t len)
{
	return tags_begin(text, len, "v", "DMARC1");
}

static void
read_policy(const struct tags *tags, const char *name, const char *fault, enum dmarc_policy *out,
    const char **fault_out)
{
	const char *value = tags_get(tags, name);

	if (value && !dmarc_policy_parse(value, out) && !*fault_out)
		*fault_out = fault;
}

/* "y" or "n", else otherwise and a fault. */
static char
read_flag(const struct tags *tags, const char *name, const char *allowed, const char *fault,
    struct dmarc_record *out)
{
	const char *value = tags_get(tags, name);

	if (!value)
		return allowed[0];
	if (strlen(value) == 1 && strchr(allowed, value[0] | 32))
		return (char)(value[0] | 32);
	if (!out->fault)
		out->fault = fault;
	return allowed[0];
}

static void
read_tags(struct arena *arena, const struct tags *tags, struct dmarc_record *out)
{
	const char *rua = tags_get(tags, "rua"), *ruf = tags_get(tags, "ruf");

	read_policy(tags, "p", "p= is none of none, quarantine, reject", &out->p, &out->fault);
	read_policy(tags, "sp", "sp= is none of none, quarantine, reject", &out->sp, &out->fault);
	read_policy(tags, "np", "np= is none of none, quarantine, reject", &out->np, &out->fault);
	if (!tags_get(tags, "p") && !out->fault)
		out->fault = "it has no p=";
	out->testing = read_flag(tags, "t", "ny", "t= is neither y nor n", out) == 'y';
	out->psd = read_flag(tags, "psd", "uyn", "psd= is none of y, n, u", out);
	out->strict_dkim = read_flag(tags, "adkim", "rs", "adkim= is neither r nor s", out) == 's';
	out->strict_spf = read_flag(tags, "aspf", "rs", "aspf= is neither r nor s", out) == 's';
	if (rua)
		out->rua = tags_list(arena, rua, ',', &out->rua_count);
	if (ruf)
		out->ruf = tags_list(arena, ruf, ',', &out->ruf_count);
	if (out->p == DMARC_UNSET && out->rua_count > 0)
		out->p = DMARC_NONE;
}

bool
dmarc_record_parse(struct arena *arena, const char *text, size_t len, struct dmarc_record *out)
{
	struct tags tags;

	*out = (struct dmarc_record){.psd = 'u'};
	if (!tags_parse(arena, text, len, &tags))
		out->fault = tags.fault;
	read_tags(arena, &tags, out);
	return out->fault == NULL;
}

enum dmarc_policy
dmarc_record_sub(const struct dmarc_record *record)
{
	return record->sp ? record->sp : record->p;
}

enum dmarc_policy
dmarc_record_absent(const struct dmarc_record *record)
{
	return record->np ? record->np : dmarc_record_sub(record);
}

const char *
dmarc_uri_domain(struct arena *arena, const char *uri)
{
	const char *at;
	char *domain;
	size_t len;

	if (strncasecmp(uri, "mailto:", 7) != 0)
		return NULL;
	at = strchr(uri, '@');
	if (!at || at == uri + 7)
		return NULL;
	len = strcspn(at + 1, "!?"); /* a size limit of RFC 7489, or headers */
	domain = arena_strndup(arena, at + 1, len);
	if (len > 0 && domain[len - 1] == '.')
		domain[len - 1] = '\0';
	for (char *c = domain; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return dns_name_is_host(domain) ? domain : NULL;
}
