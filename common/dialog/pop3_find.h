/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding our messages over POP3 and removing them: a session for each look,
 * the header (TOP) of the newest messages, DELE of exactly those found.
 */
#ifndef COMMON_DIALOG_POP3_FIND_H
#define COMMON_DIALOG_POP3_FIND_H

#include "dialog/find.h"
#include "dialog/pop3.h"

/*
 * Looks until all is there or the time is over. Of params the login alone
 * counts. facts are those of the last session. False: session.err; found holds
 * what was found before that.
 */
bool pop3_find_run(const struct session_params *session, const struct pop3_params *params,
    const struct find_params *find, struct pop3_facts *facts, struct find_facts *found) MUST_USE;

#endif
