/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding our messages over IMAP and removing them: EXAMINE and SEARCH to
 * look, in the Junk folder too (RFC 6154); SELECT, STORE and UID EXPUNGE
 * (RFC 4315) of exactly those found.
 */
#ifndef COMMON_DIALOG_IMAP_FIND_H
#define COMMON_DIALOG_IMAP_FIND_H

#include "dialog/find.h"
#include "dialog/imap.h"

/*
 * The whole dialog: login, looks until all is there or the time is over,
 * removal, LOGOUT. Of params the login alone counts. False: session.err;
 * found holds what was found before that.
 */
bool imap_find_run(const struct session_params *session, const struct imap_params *params,
    const struct find_params *find, struct imap_facts *facts, struct find_facts *found) MUST_USE;

#endif
