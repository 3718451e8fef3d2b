/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shortest polite way to the end of a TLS handshake, for every protocol of
 * the table: greeting, the command, the handshake, a goodbye that waits for
 * nothing. Fills facts and judges nothing.
 */
#ifndef COMMON_DIALOG_STARTTLS_H
#define COMMON_DIALOG_STARTTLS_H

#include "dialog/proto.h"

struct starttls_params {
	const struct proto *proto;
	const char *host;      /* whose service it is: XMPP's "to" */
	const char *ehlo_name; /* SMTP, LMTP */
};

/*
 * Connects and handshakes as session says. False: facts->err. A refusal is
 * ERR_REFUSED, a missing ability ERR_LACKS; facts->starttls_reply has the words.
 */
bool starttls_run(const struct session_params *session, const struct starttls_params *params,
    struct session_facts *facts);

#endif
