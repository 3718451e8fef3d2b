/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the tests of dialog/smtp: what they share, and their facts in words. */
#ifndef TESTS_LIB_SMTP_ROW_H
#define TESTS_LIB_SMTP_ROW_H

#include "dialog/smtp.h"
#include "lib/dialog_row.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define PLAIN "AGFubmEAcGEgc3M=" /* anna, pa ss */

#define HELLO "S: 220 mx.test ESMTP\nC: EHLO mon.test\n"
#define CAPS HELLO "S: 250-mx.test\n"
#define SIMPLE HELLO "S: 250 mx.test\n"
#define AUTH CAPS "S: 250 AUTH PLAIN LOGIN\n"
#define PIPE CAPS "S: 250-PIPELINING\nS: 250-SIZE 1000\nS: 250 AUTH PLAIN\n"
#define BYE "C: QUIT\nS: 221 2.0.0 Bye\n"
#define ANNA .login = {.user = "anna", .password = "pa ss", .allow_exposed = true}
#define NAME .ehlo_name = "mon.test"
#define FROM NAME, .from = "a@b.test"

struct smtp_row {
	const char *name, *script;
	struct smtp_params params;
	const char *want;
	enum session_mode mode; /* 0 stands for cleartext here: TLS needs certificates */
	const char *further;    /* script of a second connection */
};

extern const struct dialog_kind smtp_row_kind;

struct dialog_row smtp_row_common(const struct smtp_row *row);

#endif
