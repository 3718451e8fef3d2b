/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole mail transaction with our own message. Private to the SMTP dialog. */
#ifndef COMMON_DIALOG_SMTP_SEND_H
#define COMMON_DIALOG_SMTP_SEND_H

#include "dialog/smtp_talk.h"

/* MAIL, RCPT, then the message by BDAT where CHUNKING is offered, else DATA. False: session.err. */
bool smtp_send_message(struct smtp *smtp) MUST_USE;
/* 128 random bits in hex. False: err. */
bool smtp_send_token(char token[SMTP_TOKEN_SIZE], struct err *err) MUST_USE;

#endif
