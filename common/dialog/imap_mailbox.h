/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * After the login: ID, folders, special use, quota. Private to the IMAP dialog.
 */
#ifndef COMMON_DIALOG_IMAP_MAILBOX_H
#define COMMON_DIALOG_IMAP_MAILBOX_H

#include "dialog/imap_talk.h"

/* Queues ID, STATUS, EXAMINE, and what else can do without the login's answer. */
void imap_mailbox_ask(struct imap *imap);
/* Hears that, then asks for the rest: LIST, quota, Junk. False: session.err. */
bool imap_mailbox_run(struct imap *imap) MUST_USE;
/* Pipelined commands were taken for wrong by a server that wants them one by one. */
bool imap_mailbox_out_of_step(const struct imap *imap);

#endif
