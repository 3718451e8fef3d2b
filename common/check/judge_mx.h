/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judges of a mail domain in the DNS, and how its facts look. */
#ifndef COMMON_CHECK_JUDGE_MX_H
#define COMMON_CHECK_JUDGE_MX_H

#include <regex.h>

#include "check/limit.h"
#include "check/memory.h"
#include "check/rbl_lists.h"
#include "dialog/mx.h"

/* What the program wants, and what it found. */
struct judge_mx {
	struct report *report;
	const struct limits *limits;
	const struct mx_params *params;
	const struct mx_facts *facts;
	const struct dns_settings *resolver; /* who was asked */
	const struct rbl_lists *lists;
	const struct strings *expect_mx; /* host names, lower case; empty: any */
	bool expect_null_mx;
	bool check_mx; /* the rules of MX records */
	bool allow_private;
	bool require_dnssec;
	const regex_t *ptr_ok; /* reverse names that are never generic; NULL */
	double min_usable_percent;
	int64_t now_unix;
	struct memory *memory; /* of the domain; NULL: nothing is remembered */
};

/*
 * All of it. False: no resolver answers, so that nothing else can be said
 * (that is a finding then).
 */
bool judge_mx(const struct judge_mx *judge);
/* What line 1 says when all is well; nothing if there is no more to say than that. */
void judge_mx_good(const struct judge_mx *judge);

/* The parts, for the files judge_mx*.c and judge_rbl.c only. */
void judge_mx_domain(const struct judge_mx *judge);
void judge_mx_ptr(const struct judge_mx *judge);
/* One family has an address, the other has no answer. what: "MX", "sender". */
void judge_mx_half(const struct judge_mx *judge, const struct mx_name *name, const char *what);
void judge_mx_servers(const struct judge_mx *judge);
void judge_mx_services(const struct judge_mx *judge);
void judge_mx_dnssec(const struct judge_mx *judge);
void judge_rbl(const struct judge_mx *judge);
/* Of all sites: asked about something, and to be relied on for all of it. */
struct rbl_count {
	size_t asked, usable, listed; /* sites; listed: without allow lists */
	size_t high_asked, high_usable;
};
struct rbl_count judge_rbl_count(const struct judge_mx *judge);
/* "zone/target" */
const char *judge_rbl_id(struct arena *arena, const struct mx_listing *listing);
/* Page for removal with the target filled in; NULL: none is known. */
const char *judge_rbl_page(struct arena *arena, const struct mx_listing *listing);
/* The TXT of a listing without keys; NULL: none. */
const char *judge_rbl_reason(
    const struct judge_mx *judge, struct arena *arena, const struct mx_listing *listing);

/* domain{} and lists[] of the JSON output, and the facts of -vv. */
void show_mx(const struct judge_mx *judge);
void show_rbl(const struct judge_mx *judge);

#endif
