/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where mail should arrive (--arrives): a mailbox over IMAP or POP3, or a
 * Maildir. TLS and addresses as for the submission; the login too where none of
 * its own is given.
 */
#ifndef COMMON_CHECK_ARRIVAL_H
#define COMMON_CHECK_ARRIVAL_H

#include "check/target.h"
#include "dialog/find.h"

enum arrival_kind { ARRIVAL_NONE, ARRIVAL_IMAP, ARRIVAL_POP3, ARRIVAL_MAILDIR };

struct arrival {
	enum arrival_kind kind;
	struct basic_opts basic;           /* the submission's with another host */
	struct connection_opts connection; /* the submission's without what is of its host alone */
	struct strings host;
	struct target target;
	struct login_params login;
	const char *folder;  /* UTF-8; of a Maildir the path */
	const char *subject; /* "imap.example.org:993", or the path */
};

/* uri NULL: nothing arrives. False: run->err. What run says of its target stays as it is. */
bool arrival_resolve(struct arrival *arrival, const char *uri, const struct login_opts *own,
    const struct target *submission, const struct login_params *login, struct run *run) MUST_USE;
void arrival_free(struct arrival *arrival);

/* What the caller makes of the facts of a look. */
struct arrival_taker {
	/* Findings go to judge->report; endpoint is the place looked at. */
	void (*take)(void *context, const struct judge *judge, const struct find_facts *found);
	void *context;
};
/*
 * Looks there. Reaching the server, its certificate and login are judged into
 * run's report; of metrics only the certificate's and delivery's count. take is
 * called for each address talked to, at least once a look was begun.
 */
void arrival_look(const struct arrival *arrival, struct run *run, const struct find_params *find,
    const struct arrival_taker *taker);

#endif
