/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STAT, UIDL, TOP: reading the maildrop, changing nothing. Private to the POP3 dialog. */
#ifndef COMMON_DIALOG_POP3_MAILBOX_H
#define COMMON_DIALOG_POP3_MAILBOX_H

#include "dialog/pop3_talk.h"

/* STAT and QUIT may be sent behind the login without waiting for it. */
bool pop3_mailbox_may_ride(const struct pop3 *pop3);
/* Queues them. */
void pop3_mailbox_ride(struct pop3 *pop3);
/* Into facts. False: session.err. */
bool pop3_mailbox_run(struct pop3 *pop3) MUST_USE;

#endif
