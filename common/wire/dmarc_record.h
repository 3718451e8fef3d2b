/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DMARC policy records (RFC 9989, 4.7). */
#ifndef COMMON_WIRE_DMARC_RECORD_H
#define COMMON_WIRE_DMARC_RECORD_H

#include "base/base.h"
#include "base/mem.h"

enum dmarc_policy {
	DMARC_UNSET = 0, /* the tag is absent */
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT /* stricter is larger */
};
/* "none" ...; "" of DMARC_UNSET. */
const char *dmarc_policy_word(enum dmarc_policy policy);
bool dmarc_policy_parse(const char *text, enum dmarc_policy *out) MUST_USE;

struct dmarc_record {
	enum dmarc_policy p, sp, np; /* as written */
	bool testing;                /* t=y: receivers apply the next milder policy */
	char psd;                    /* 'y', 'n', or 'u' */
	bool strict_dkim, strict_spf;
	const char **rua, **ruf; /* URIs */
	size_t rua_count, ruf_count;
	const char *fault; /* why receivers ignore it, or part of it; NULL: it is fine */
};

/* True if a TXT record claims to be DMARC's: it begins with v=DMARC1. */
bool dmarc_record_is(const char *text, size_t len);
/*
 * False: out->fault. A policy that is missing or unknown is a fault; with a
 * rua receivers then read p=none (4.7), and so does out->p.
 */
bool dmarc_record_parse(
    struct arena *arena, const char *text, size_t len, struct dmarc_record *out) MUST_USE;
/* What holds for sub-domains that exist, and for those that do not. */
enum dmarc_policy dmarc_record_sub(const struct dmarc_record *record);
enum dmarc_policy dmarc_record_absent(const struct dmarc_record *record);
/* The domain of a mailto: URI, in lower case; NULL: it is no such URI. */
const char *dmarc_uri_domain(struct arena *arena, const char *uri);

#endif
