/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of borrowed strings: what a repeatable option holds. */
#ifndef COMMON_BASE_STRINGS_H
#define COMMON_BASE_STRINGS_H

#include "base/base.h"

struct strings {
	const char **items; /* ended by NULL; NULL itself while empty */
	size_t count;
};

void strings_add(struct strings *strings, const char *text); /* keeps the pointer */
bool strings_has_fold(const struct strings *strings, const char *text);
void strings_free(struct strings *strings);

#endif
