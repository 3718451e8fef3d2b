/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The letters of check_imap and check_pop that are no options of anything else. */
#ifndef COMMON_CHECK_CLASSIC_H
#define COMMON_CHECK_CLASSIC_H

#include "check/judge.h"
#include "check/plugin.h"

/* -M and -r as states; raw text and a login exclude each other. False: run->err. */
bool classic_resolve(const struct classic_opts *opts, bool login, struct run *run) MUST_USE;
/* -e and -A against what the server said: the greeting, and the reply to -s. Each may be NULL. */
void judge_expect(const struct judge *judge, const struct classic_opts *opts, const char *greeting,
    const char *reply);

#endif
