/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the server announce new mail (RFC 2177)? Private to the IMAP dialog. */
#ifndef COMMON_DIALOG_IMAP_IDLE_H
#define COMMON_DIALOG_IMAP_IDLE_H

#include "dialog/imap_talk.h"

/*
 * IDLE on params.idle_folder here; a second session appends a marked message
 * and takes it away again, by its own UID alone. Into facts->push. False:
 * session.err.
 */
bool imap_idle_run(struct imap *imap) MUST_USE;

#endif
