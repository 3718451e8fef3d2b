/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MAIL, RCPT, RSET and the user's own commands. Private to the SMTP dialog. */
#ifndef COMMON_DIALOG_SMTP_ENVELOPE_H
#define COMMON_DIALOG_SMTP_ENVELOPE_H

#include "dialog/smtp_talk.h"

/* Nothing else but the envelope is to be done, so that RSET and QUIT may ride along. */
bool smtp_envelope_alone(const struct smtp_params *params);
/* Queues MAIL, every RCPT, RSET and QUIT, once. */
void smtp_envelope_say_all(struct smtp *smtp);

/*
 * MAIL and RCPT with their replies into facts; size is declared where SIZE is
 * offered (0: not known). False:
 * session.err; a refused MAIL is ERR_REFUSED.
 */
bool smtp_envelope_open(struct smtp *smtp, uint64_t size) MUST_USE;
/* RSET: the transaction is given up. */
bool smtp_envelope_drop(struct smtp *smtp) MUST_USE;
/* The classic commands, each with its reply into facts. */
bool smtp_envelope_commands(struct smtp *smtp) MUST_USE;

#endif
