/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A case as users meet it: the program as a process of its own, against a
 * server on loopback.
 */
#ifndef TESTS_LIB_LIVE_H
#define TESTS_LIB_LIVE_H

#include "lib/rules.h"

struct live_params {
	const char *bin_dir; /* where the programs are */
	const char *pki_dir;
	const char *dir;                               /* own directory, exists */
	const char *(*program_of)(const char *called); /* file in bin_dir for a called name */
	double slack_s;                                /* how far over -t a loaded machine may be */
};

/* Runs as text, as JSON and with -vvv, and judges all three; once if the case names an output. */
void live_case(const struct test_case *test, const struct live_params *params, struct buf *faults);
/*
 * Ends the connection at every byte the server sends, once by FIN and once by
 * RST: critical at once, never OK before the last fact. Costs a process each.
 */
void live_cuts(const struct test_case *test, const struct live_params *params, struct buf *faults);

#endif
