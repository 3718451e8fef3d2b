/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ways to TLS share: words out, answers in. Private to dialog/starttls*. */
#ifndef COMMON_DIALOG_STARTTLS_TALK_H
#define COMMON_DIALOG_STARTTLS_TALK_H

#include "dialog/starttls.h"

struct starttls {
	struct session session;
	const struct starttls_params *params;
	struct session_facts *facts;
};

/* The dialog ends for a reason of ours. Always false. */
bool starttls_broken(struct starttls *talk, enum err_kind kind, int code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The command is about to be said: its phase begins. */
void starttls_asking(struct starttls *talk);
/*
 * The answer to it: keeps its words; yes leads to the handshake, no is
 * ERR_REFUSED, or ERR_LACKS where the server has never offered it.
 */
bool starttls_answered(struct starttls *talk, bool yes, bool offered, const char *words);
/* The greeting says no, in these words: nothing was asked, nothing is lacking. Always false. */
bool starttls_unwelcome(struct starttls *talk, int code, const char *said);

/* Protocols without lines, and XMPP (dialog/starttls_binary.c). */
bool starttls_ldap(struct starttls *talk);
bool starttls_postgres(struct starttls *talk);
bool starttls_mysql(struct starttls *talk);
bool starttls_xmpp(struct starttls *talk);
void starttls_ldap_bye(struct starttls *talk);
void starttls_mysql_bye(struct starttls *talk);

#endif
