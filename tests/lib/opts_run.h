/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two programs for the tests of options, one like check_imap_tls, one like
 * check_smtp_submit, and what comes of a command line of theirs.
 */
#ifndef TESTS_LIB_OPTS_RUN_H
#define TESTS_LIB_OPTS_RUN_H

#include "base/buf.h"
#include "opts/groups.h"

struct opts_run_config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct login_opts login, arrives;
	struct classic_opts classic;
	int64_t count, wait_us;
	uint64_t size;
	double percent;
	struct strings list, command, response;
	const char *from, *fqdn;
	bool ignore_quit;
};

#define OPTS_RUN_WORDS_MAX 64

struct opts_run {
	struct opts_run_config config;
	struct opt_parse parse;
	struct err err;
	char *argv[OPTS_RUN_WORDS_MAX];
	int argc;
	bool good;
};

extern const struct opt_table opts_run_imap, opts_run_smtp;
extern const char *opts_run_config_path; /* $NAGIOS_CONFIG_PATH */
const char *opts_run_environment(const char *name);

/* words: a command line cut at blanks; '_' stands for a blank inside a word, '^' for nothing. */
void opts_run_init(struct opts_run *run, const struct opt_table *table, const char *words);
void opts_run_free(struct opts_run *run);
/* Settings that do not come from defaults, without --extra-opts itself, as "key=value key=value"; then the words. */
void opts_run_show(const struct opts_run *run, struct buf *out);
/* Expects settings, or "! " and the error. */
void opts_run_expect(const struct opt_table *table, const char *words, const char *expected);

#endif
