/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A case inside this process: the program's own code over a memory stream,
 * under a fake clock. Cheap enough to run each dialog hundreds of times, cut
 * short at every place.
 */
#ifndef TESTS_LIB_MEMORY_H
#define TESTS_LIB_MEMORY_H

#include "check/plugin.h"
#include "lib/rules.h"

struct memory_params {
	const struct plugin *plugin;
	const char *pki_dir;
	const char *dir; /* own directory, exists */
};

/* The case says that it cannot run in process ("live:"). */
bool memory_unfit(const struct test_case *test);
/* There is a dialog of one connection to cut short. */
bool memory_sweepable(const struct test_case *test);
/* Once as it is, judged like the live runs. */
void
memory_case(const struct test_case *test, const struct memory_params *params, struct buf *faults);
/*
 * Cut at every byte, stalled at every line, a byte at a time: never OK before
 * the last fact is in, never past the deadline, always one clean first line.
 * shared: steps that another case has in common; they are left to its sweep.
 */
void memory_sweep(const struct test_case *test, const struct memory_params *params, size_t shared,
    struct buf *faults);

#endif
