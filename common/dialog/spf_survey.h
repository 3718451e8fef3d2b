/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of a domain's SPF: every record it includes or is redirected to,
 * what each costs, and what is wrong anywhere in it, whoever sends (RFC 7208).
 * Asks like spf_eval.h: what is missing makes it pending.
 */
#ifndef COMMON_DIALOG_SPF_SURVEY_H
#define COMMON_DIALOG_SPF_SURVEY_H

#include "dialog/spf_eval.h"

#define SPF_NODES_MAX 64 /* records looked at; no evaluation comes that far */
#define SPF_ISSUES_MAX 64
#define SPF_NETS_MAX 256

enum spf_issue_kind {
	SPF_ISSUE_MISSING,  /* the domain has no record */
	SPF_ISSUE_MULTIPLE, /* more than one, here or in an include */
	SPF_ISSUE_SYNTAX,
	SPF_ISSUE_LOOP,
	SPF_ISSUE_INCLUDE,      /* the target has no record */
	SPF_ISSUE_INCLUDE_GONE, /* the target does not exist */
	SPF_ISSUE_TEMPERROR,
	SPF_ISSUE_OPEN,    /* everybody passes */
	SPF_ISSUE_NEUTRAL, /* ?all */
	SPF_ISSUE_NO_ALL,
	SPF_ISSUE_PTR,
	SPF_ISSUE_VOID,   /* a lookup that leads to nothing */
	SPF_ISSUE_MANY_MX /* more than ten hosts under one mx */
};

struct spf_issue {
	enum spf_issue_kind kind;
	const char *domain; /* in whose record */
	const char *term;   /* raw; NULL */
	const char *words;  /* of SYNTAX and TEMPERROR; the name that anybody can register of
			       INCLUDE_GONE; NULL */
};

struct spf_node {
	const char *domain, *via; /* via: the term that led here; NULL: the domain asked about */
	const char *record;       /* raw; NULL: none, or more than one */
	unsigned depth;
	unsigned lookups; /* of its own terms and all below */
};

/* An address range that a pass is given to. */
struct spf_net {
	uint8_t address[16];
	size_t len; /* 4 or 16 */
	unsigned bits;
};

struct spf_survey {
	bool hosts; /* set by the caller: the addresses of mx are wanted too */
	bool pending;
	struct spf_node nodes[SPF_NODES_MAX];
	size_t node_count;
	struct spf_issue issues[SPF_ISSUES_MAX];
	size_t issue_count;
	struct spf_net nets[SPF_NETS_MAX]; /* of ip4, ip6 and a; of mx if hosts was set */
	size_t net_count, net_left_out;
	unsigned lookups, voids;
};

/* Begins anew; of out only hosts is kept. */
void spf_survey(struct arena *arena, const struct spf_resolver *resolver, const char *domain,
    struct spf_survey *out);
/* The first issue of this kind; NULL: none. */
const struct spf_issue *spf_survey_find(const struct spf_survey *survey, enum spf_issue_kind kind);

#endif
