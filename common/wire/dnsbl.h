/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Block and allow lists in the DNS (RFC 5782): what their answers mean. Pure
 * functions; who asks, and what is known of which list, is not known here.
 *
 * Codes are patterns in Postfix' syntax (postscreen_dnsbl_sites): d.d.d.d, each
 * d a number, a list [n;n..m] or '*'.
 */
#ifndef COMMON_WIRE_DNSBL_H
#define COMMON_WIRE_DNSBL_H

#include "base/base.h"
#include "base/mem.h"

/* What is asked about. */
enum dnsbl_kind { DNSBL_IP4, DNSBL_IP6, DNSBL_DOMAIN, DNSBL_KINDS };

enum dnsbl_severity {
	DNSBL_NONE, /* says nothing bad */
	DNSBL_LOW,
	DNSBL_MEDIUM,
	DNSBL_HIGH /* large receivers refuse mail for it */
};
const char *dnsbl_severity_word(enum dnsbl_severity severity); /* "high"; NULL for none */

enum dnsbl_match {
	DNSBL_CODES, /* each code is a pattern */
	DNSBL_BITS   /* each code is a bit of the last octet; bit 1 means refused */
};

/* Who brings a known list in. */
enum dnsbl_set {
	DNSBL_NAMED = 0, /* only the user, by name */
	DNSBL_KEYED,     /* a key for it */
	DNSBL_WIDE,
	DNSBL_DEFAULT
};

struct dnsbl_code {
	const char *pattern;
	enum dnsbl_severity severity;
	bool allow; /* speaks for the address */
	const char *meaning;
};
/* Codes by which an operator says that it does not answer this resolver. */
struct dnsbl_error {
	const char *pattern, *meaning;
};

/* What is known of a list. */
struct dnsbl_list {
	const char *zone; /* "{key}" stands for the customer's key */
	const char *name;
	bool allow;
	unsigned kinds; /* bits 1 << enum dnsbl_kind */
	enum dnsbl_match match;
	enum dnsbl_severity severity;
	enum dnsbl_set set;
	const char *replaces; /* the same data at a public zone; NULL */
	/* Test points (RFC 5782, 5): must be listed, must not be. NULL: none is known. */
	const char *listed[DNSBL_KINDS], *clean[DNSBL_KINDS];
	const struct dnsbl_code *codes;   /* ended by pattern == NULL */
	const struct dnsbl_error *errors; /* likewise */
	const char *page;                 /* where one asks for removal, "{ip}" in it; NULL */
};

/* A list as it is asked in a run. */
struct dnsbl_site {
	const char *zone;              /* as asked, with the key */
	const char *shown;             /* without it: what every output says */
	const struct dnsbl_list *list; /* NULL: nothing is known of it, RFC 5782 is assumed */
	const char *const
	    *filters;  /* the user's: other codes are no listing; NULL-terminated or NULL */
	bool weighted; /* the user said what a listing weighs; below 0: it is an allow list */
	int weight;
};
/*
 * zone[=filter][*weight], as Postfix takes it; strings go to arena. Fills zone,
 * shown, filters, weight. False: *why_out in words.
 */
bool dnsbl_site_parse(
    struct arena *arena, const char *text, struct dnsbl_site *out, const char **why_out) MUST_USE;
bool dnsbl_site_allows(const struct dnsbl_site *site);
/* How bad a listing there can be. */
enum dnsbl_severity dnsbl_site_severity(const struct dnsbl_site *site);
/* True if the site is asked about targets of this kind. */
bool dnsbl_site_takes(const struct dnsbl_site *site, enum dnsbl_kind kind);
/* Its test points for targets of a kind: of another kind if it has none of this; NULL if it has none. */
const char *dnsbl_site_listed(const struct dnsbl_site *site, enum dnsbl_kind kind);
const char *dnsbl_site_clean(const struct dnsbl_site *site, enum dnsbl_kind kind);

bool dnsbl_filter_is_valid(const char *filter);
bool dnsbl_filter_matches(const char *filter, const uint8_t code[4]);

/* "2.0.0.127.zone", nibbles, or "name.zone", of a literal address or a name. False: too long, or neither. */
bool dnsbl_name(char *out, size_t size, const char *target, const char *zone) MUST_USE;

/* What came back to one question. Zero: nothing that can be relied on. */
enum dnsbl_heard { DNSBL_SILENT = 0, DNSBL_CLEAN, DNSBL_LISTED };
struct dnsbl_answer {
	enum dnsbl_heard heard;
	const uint8_t (*codes)[4]; /* DNSBL_LISTED: all A records */
	size_t count;
};

enum dnsbl_verdict {
	DNSBL_NO_ANSWER = 0, /* or nothing proves that the list works */
	DNSBL_VERDICT_LISTED,
	DNSBL_VERDICT_UNPROVED, /* listed, but the test points do not answer as they must */
	DNSBL_VERDICT_CLEAN,    /* proved: not listed, and a listing would be seen */
	DNSBL_VERDICT_REFUSED,
	DNSBL_VERDICT_HIJACKED,    /* answers outside of 127/8 */
	DNSBL_VERDICT_LISTS_WORLD, /* the point that must not be listed is */
	DNSBL_VERDICT_SILENT,      /* the point that must be listed is not */
	DNSBL_VERDICT_DEAD         /* known to be closed; not asked */
};
const char *dnsbl_verdict_word(enum dnsbl_verdict verdict); /* "lists_world" */
/* True if the list can be relied on for this target. */
static inline bool
dnsbl_verdict_usable(enum dnsbl_verdict verdict)
{
	return verdict == DNSBL_VERDICT_LISTED || verdict == DNSBL_VERDICT_CLEAN;
}

struct dnsbl_result {
	enum dnsbl_verdict verdict;
	enum dnsbl_severity severity; /* of a listing */
	bool allowed;                 /* the listing speaks for the target */
	bool documented;              /* its code is a known one */
	int weight;                   /* of a listing; below 0 for allowed */
	const char *meaning; /* of the worst code, or of the refusal; "" if none is known */
	uint8_t code[4];     /* that one, or the foreign address */
};
/* The first row that fits decides; a listing is as bad as its worst code. */
void dnsbl_judge(const struct dnsbl_site *site, const struct dnsbl_answer *real,
    const struct dnsbl_answer *listed, const struct dnsbl_answer *clean, struct dnsbl_result *out);

#endif
