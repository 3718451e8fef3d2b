/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanisms a server offers, as it wrote them. */
#ifndef COMMON_WIRE_SASL_LIST_H
#define COMMON_WIRE_SASL_LIST_H

#include "base/mem.h"

#define SASL_LIST_MAX 64 /* more are not kept */

struct sasl_list {
	const char **names; /* each once; raw */
	size_t count;
	unsigned bits; /* 1 << enum sasl_mechanism: those known here */
};

/* Adds the words of a blank-separated list. Memory is the arena's. */
void sasl_list_add(struct sasl_list *list, struct arena *arena, const char *words);
bool sasl_list_has(const struct sasl_list *list, const char *name); /* ASCII case folded */

#endif
