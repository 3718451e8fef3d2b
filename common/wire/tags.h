/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "name=value; name=value": the form of DKIM keys (RFC 6376, 3.2) and of the
 * records made after it (DMARC, MTA-STS, TLS-RPT, BIMI).
 */
#ifndef COMMON_WIRE_TAGS_H
#define COMMON_WIRE_TAGS_H

#include "base/base.h"
#include "base/mem.h"

struct tag {
	const char *name, *value; /* without white space at their ends */
};

struct tags {
	struct tag *list;
	size_t count;
	const char *fault; /* NULL: the text is such a list, no name stands there twice */
};

/* All memory from arena. The tags before a fault are there. False: out->fault. */
bool tags_parse(struct arena *arena, const char *text, size_t len, struct tags *out) MUST_USE;
/* NULL: absent. Names in any case. */
const char *tags_get(const struct tags *tags, const char *name);
/* The text begins with this tag and value, exactly written ("v", "DMARC1"). */
bool tags_begin(const char *text, size_t len, const char *name, const char *value);
/* item is in the list value, whose items delimiter divides; white space aside, in any case. */
bool tags_list_has(const char *value, char delimiter, const char *item);
/* The items of such a list, NULL-terminated. */
const char **tags_list(struct arena *arena, const char *value, char delimiter, size_t *count_out);

#endif
