/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All case files below a folder, in the order of their names. */
#ifndef TESTS_LIB_SUITE_H
#define TESTS_LIB_SUITE_H

#include "lib/case.h"

struct suite {
	struct test_case *list; /* one that does not parse has a fault */
	size_t count;
};

/* filters: parts of names, NULL-terminated; none of them: all cases. */
void suite_read(struct suite *suite, const char *dir, char *const *filters);
void suite_free(struct suite *suite);
/*
 * How many steps of the nth case an earlier one has in common with it, run
 * alike: up to there the program behaves the same.
 */
size_t suite_shared(const struct suite *suite, size_t nth);

#endif
