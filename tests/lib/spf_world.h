/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A world of records in a table: RFC 7208's appendix A, and what the rows of the
 * tests lead to. Answers are at hand at once, or come a round after they were asked.
 */
#ifndef TESTS_LIB_SPF_WORLD_H
#define TESTS_LIB_SPF_WORLD_H

#include "dialog/spf_eval.h"

struct spf_asked {
	const char *name;
	uint16_t type;
};

/* The answers that have come so far; all: nothing is ever missing. */
struct spf_world {
	struct arena *arena;
	const char *record; /* of row.test; "" has none */
	bool all;
	struct spf_asked known[256], wanted[256];
	size_t known_count, wanted_count;
};
/* For a resolver whose context is the world. */
struct spf_reply spf_world_ask(void *context, const char *name, uint16_t type);
/* Asks in rounds until nothing is missing; returns their number. */
unsigned
spf_world_eval(struct spf_world *world, const struct spf_query *query, struct spf_verdict *out);

#endif
