/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which lists a run asks: the table of known lists (made of
 * packaging/lists/lists.json), the user's own in Postfix' syntax, and keys.
 */
#ifndef COMMON_CHECK_RBL_LISTS_H
#define COMMON_CHECK_RBL_LISTS_H

#include "base/err.h"
#include "base/strings.h"
#include "wire/dnsbl.h"

#define RBL_LISTS_MAX 1000

extern const char rbl_lists_date[]; /* state of the table: "2026-11-22" */

/* A list that was closed; asking it says nothing good. */
struct rbl_dead {
	const char *zone; /* "*.sorbs.net": all below it, and itself */
	const char *since, *behaviour;
};
/* NULL: not known as dead. */
const struct rbl_dead *rbl_lists_dead(const char *zone);
/* The row of a zone as it is asked; NULL: none. *key_len_out: so many bytes of the zone are a key. */
const struct dnsbl_list *rbl_lists_find(const char *zone, size_t *key_len_out);

struct rbl_lists_params {
	const struct strings *given; /* --list; each may hold several, between commas or blanks */
	const char *named;           /* --lists: default, wide, a file; NULL */
	const char *key_file;        /* --list-keys; NULL */
};

struct rbl_buried {
	const char *zone; /* as the user has it */
	const struct rbl_dead *dead;
};

struct rbl_lists {
	struct dnsbl_site *sites;
	size_t count;
	struct rbl_buried *dead; /* configured, but not asked */
	size_t dead_count;
	struct strings secrets; /* keys: no output may show them */
};
/*
 * Strings live in arena. False: ERR_CONFIG, code 1 when the file of keys may
 * not be used, else 0. No error text shows a key. rbl_lists_free() is due
 * in any case.
 */
bool rbl_lists_resolve(struct rbl_lists *out, const struct rbl_lists_params *params,
    struct arena *arena, struct err *err) MUST_USE;
void rbl_lists_free(struct rbl_lists *lists);
/* text without any key: "{key}" stands in its place. In arena, or text itself. */
const char *rbl_lists_mask(const struct rbl_lists *lists, struct arena *arena, const char *text);

#endif
