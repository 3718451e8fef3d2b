/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding our messages in a Maildir on this machine, in new/ and cur/ and in
 * its Junk folder, and removing exactly those files.
 */
#ifndef COMMON_DIALOG_MAILDIR_FIND_H
#define COMMON_DIALOG_MAILDIR_FIND_H

#include "dialog/find.h"

/*
 * find->folder is the path. Until all is there or the time is over. False: err
 * (ERR_LOCAL): no Maildir stands there, or it cannot be read.
 */
bool maildir_find_run(const struct find_params *find, struct arena *arena, struct find_facts *found,
    struct err *err) MUST_USE;

#endif
