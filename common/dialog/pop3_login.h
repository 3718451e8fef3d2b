/* SPDX-License-Identifier: GPL-3.0-or-later */
/* USER and PASS, APOP, AUTH. Private to the POP3 dialog. */
#ifndef COMMON_DIALOG_POP3_LOGIN_H
#define COMMON_DIALOG_POP3_LOGIN_H

#include "dialog/pop3_talk.h"

/* What may follow in the same flight is queued too. False: session.err and facts->login. */
bool pop3_login_run(struct pop3 *pop3) MUST_USE;

#endif
