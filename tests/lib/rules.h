/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must hold of a run: the common rules of every run whatever happens, and
 * what a case wants. Faults are added as lines to a buffer; none is good.
 */
#ifndef TESTS_LIB_RULES_H
#define TESTS_LIB_RULES_H

#include "lib/case.h"

/* What one run left behind. */
struct outcome {
	int exit_code;      /* -1: it did not exit by itself */
	int signal;         /* that ended it, 0 = none */
	struct buf out;     /* stdout */
	struct buf err;     /* stderr */
	double timeout_s;   /* of -t */
	double seconds;     /* wall clock, or the fake clock's */
	size_t connections; /* the server saw */
};

void outcome_init(struct outcome *outcome);
void outcome_free(struct outcome *outcome);

/* Left by itself with 0..3, nothing on stderr, something on stdout. */
void rules_process(const struct outcome *outcome, const char *run, struct buf *faults);
/* "text", "json" and "verbose" name the run in faults. */
void rules_text(const struct outcome *outcome, const char *run, struct buf *faults);
void rules_json(const struct outcome *outcome, const char *run, struct buf *faults);

/* The wants of a case, by the run that shows them. */
void
rules_want_text(const struct test_case *test, const struct outcome *outcome, struct buf *faults);
void
rules_want_json(const struct test_case *test, const struct outcome *outcome, struct buf *faults);
void
rules_want_verbose(const struct test_case *test, const struct outcome *outcome, struct buf *faults);
/* Those of any run: exit, secrets, time. slack_s: how far over -t a loaded machine may be. */
void rules_want_any(const struct test_case *test, const struct outcome *outcome, const char *run,
    double slack_s, struct buf *faults);

/* True if the secret stands there raw or inside any base64. */
bool rules_shows_secret(const char *bytes, size_t len, const char *secret);

#endif
