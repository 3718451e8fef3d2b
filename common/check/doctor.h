/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The account overview: finds the services of a domain, runs the checks side by
 * side and hands their reports to judge_doctor. The checks are those of the
 * single programs, started as from a command line.
 */
#ifndef COMMON_CHECK_DOCTOR_H
#define COMMON_CHECK_DOCTOR_H

#include "check/judge_doctor.h"
#include "check/plugin.h"
#include "check/secret.h"

#define DOCTOR_TIMEOUT_S 30

/* Beside basic_rows and login_rows. */
struct doctor_opts {
	struct strings only, skip; /* names of checks */
	const char *ca_file;
	struct strings verify_name; /* hosts outside of the domain that may get the login */
};

struct doctor_settings {
	const struct plugin *checks[DOCTOR_CHECKS]; /* by enum doctor_check */
	const struct basic_opts *basic;
	const struct login_opts *login;
	const struct doctor_opts *opts;
	void (*progress)(const char *text); /* what is being done, cleaned; NULL: nobody looks */
};

struct doctor {
	struct doctor_settings settings;
	bool wanted[DOCTOR_CHECKS];
	const char *domain; /* A-labels */
	const char *user;   /* NULL: no login */
	struct secret secret;
};

/* What follows from the options; reads the secret once for all checks. No network. */
bool doctor_resolve(
    struct doctor *doctor, const struct doctor_settings *settings, struct run *run) MUST_USE;
void doctor_run(const struct doctor *doctor, struct run *run);
void doctor_free(struct doctor *doctor);

#endif
