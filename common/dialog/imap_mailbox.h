/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * After the login: ID, folders, special use, quota. Private to the IMAP dialog.
 */
#ifndef COMMON_DIALOG_IMAP_MAILBOX_H
#define COMMON_DIALOG_IMAP_MAILBOX_H

#include "dialog/imap_talk.h"

/* Something wanted depends on the capabilities that come with the login's answer. */
bool imap_mailbox_must_wait(const struct imap *imap);
/* Queues who we are (RFC 2971, 3.1). */
struct imap_command *imap_mailbox_say_id(struct imap *imap);
/* Queues ID, STATUS, EXAMINE, GETQUOTAROOT, LIST; and LOGOUT if nothing will follow. */
void imap_mailbox_ask(struct imap *imap);
/* Asks, unless that rode with the login, and hears all of it. False: session.err. */
bool imap_mailbox_run(struct imap *imap) MUST_USE;
/* Pipelined commands were taken for wrong by a server that wants them one by one. */
bool imap_mailbox_out_of_step(const struct imap *imap);

#endif
