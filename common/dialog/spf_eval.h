/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_host() of RFC 7208, 4: what SPF says of one sending address. Names are
 * asked of the caller, who may say "not yet": then the evaluation goes on as if
 * nothing matched, so that all that one round of questions can bring is asked
 * for, and is begun again when the answers are there.
 */
#ifndef COMMON_DIALOG_SPF_EVAL_H
#define COMMON_DIALOG_SPF_EVAL_H

#include "wire/dns_msg.h"
#include "wire/spf.h"

#define SPF_LOOKUPS_MAX 10 /* RFC 7208, 4.6.4 */
#define SPF_VOIDS_MAX 2
#define SPF_NAMES_MAX 10 /* of one mx, of one ptr */

enum spf_ask {
	SPF_ASK_PENDING = 0,
	SPF_ASK_FOUND,
	SPF_ASK_NODATA,
	SPF_ASK_NXDOMAIN,
	SPF_ASK_FAILED
};

struct spf_reply {
	enum spf_ask status;
	const struct dns_record *records;
	size_t count;
	const char *why; /* SPF_ASK_FAILED: static words */
};

/* Who answers. type: A, AAAA, MX, PTR, TXT, SOA. name lives as long as the arena of the evaluation. */
struct spf_resolver {
	struct spf_reply (*ask)(void *context, const char *name, uint16_t type);
	void *context;
};
/* The same, with names that cannot be asked answered as not existing. */
struct spf_reply
spf_resolver_ask(const struct spf_resolver *resolver, const char *name, uint16_t type);
/*
 * The one SPF record among the answers to a TXT question. *count_out: how many
 * there are; NULL unless it is 1.
 */
const struct dns_record *spf_resolver_record(const struct spf_reply *reply, size_t *count_out);

struct spf_query {
	const char *domain;
	const char *sender; /* local@domain; NULL: postmaster@domain */
	const char *helo;   /* NULL: domain */
	const uint8_t *address;
	size_t address_len;   /* 4 or 16; a mapped IPv4 address counts as IPv4 */
	const char *receiver; /* for explanations; NULL */
	int64_t now_unix;
};

struct spf_verdict {
	bool pending; /* names are missing: nothing else counts */
	enum spf_result result;
	const char *term;        /* that decided, as written; NULL: none did */
	const char *term_domain; /* in whose record it stands */
	const char *why;         /* of temperror and permerror, in words; else NULL */
	const char *explanation; /* exp= of a fail; raw; NULL */
	unsigned lookups, voids; /* used up */
};

void spf_eval(struct arena *arena, const struct spf_resolver *resolver,
    const struct spf_query *query, struct spf_verdict *out);

#endif
