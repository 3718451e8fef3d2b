/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the mail services of a domain are, as a mail program would find them:
 * what SRV records say (RFC 6186, RFC 8314), names that say it themselves
 * (imap.DOMAIN), the known servers behind an MX, then mail.DOMAIN and DOMAIN.
 */
#ifndef COMMON_CHECK_DOCTOR_FIND_H
#define COMMON_CHECK_DOCTOR_FIND_H

#include "check/lookup.h"

enum doctor_check { DOCTOR_SMTP, DOCTOR_IMAP, DOCTOR_POP3, DOCTOR_CERT, DOCTOR_MX, DOCTOR_CHECKS };
/* The first of them are services with a host and a port. */
#define DOCTOR_SERVICES 3

struct doctor_place {
	bool offered; /* there should be a service: if it does not answer, it is broken */
	char host[256];
	uint16_t port;
	bool tls; /* implicit; else STARTTLS */
	/*
	 * The host lies in the domain, or DNSSEC says that the domain named it: a secret may
	 * go there. Any other could be a forger's with a good certificate (RFC 6186, 6).
	 */
	bool trusted;
};

struct doctor_find_params {
	const char *domain; /* A-labels */
	const struct basic_opts *basic;
	const bool *wanted; /* by enum doctor_check */
	struct deadline deadline;
};

struct doctor_places {
	struct doctor_place services[DOCTOR_SERVICES];
};

/*
 * Never fails: when no name server answers, the usual names are taken, so that
 * the checks say why. Guessed places are tried by a connection each.
 */
void doctor_find(const struct doctor_find_params *params, struct doctor_places *out);

/* True if another service (web) of this host takes a connection from here. */
bool doctor_find_web(const struct doctor_find_params *params, const char *host);

#endif
