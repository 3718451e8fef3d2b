/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same reply in other clothes: case, lines, blanks, names, entities ... For tests of the catalogue. */
#ifndef TESTS_LIB_REPLY_VARY_H
#define TESTS_LIB_REPLY_VARY_H

#include "base/buf.h"

struct reply_variation {
	const char *name;
	void (*vary)(struct buf *out, const char *text);
};

extern const struct reply_variation reply_variations[];
extern const size_t reply_variation_count;

#endif
