/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A unit test program in a line: the tests, each with the number of rows of its
 * table (_i is the row), or 0 for a test without rows.
 */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

#include <check.h>
#include <stdlib.h>

struct unit {
	const TTest *test;
	size_t rows;
};

static inline int
unit_main(const char *name, const struct unit *units, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	for (size_t i = 0; i < count; i++)
		tcase_add_loop_test(
		    tcase, units[i].test, 0, units[i].rows > 0 ? (int)units[i].rows : 1);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
