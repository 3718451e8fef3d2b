/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logging in over IMAP: LOGIN and AUTHENTICATE. Private to the IMAP dialog. */
#ifndef COMMON_DIALOG_IMAP_LOGIN_H
#define COMMON_DIALOG_IMAP_LOGIN_H

#include "dialog/imap_talk.h"

/* False: not logged in; session.err. The folder's commands may ride along. */
bool imap_login_run(struct imap *imap) MUST_USE;

#endif
