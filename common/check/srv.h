/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a domain says its mail service is (RFC 2782, RFC 6186, RFC 8314). */
#ifndef COMMON_CHECK_SRV_H
#define COMMON_CHECK_SRV_H

#include "check/lookup.h"

struct srv_params {
	const char *domain;             /* A-labels */
	const char *tls_name, *name;    /* "_imaps._tcp", "_imap._tcp"; NULL: not wanted */
	const struct strings *resolver; /* of --resolver */
	const char *resolv_conf;        /* NULL: the system's */
	struct deadline deadline;
};

struct srv_found {
	char host[256]; /* lower case; "": none */
	uint16_t port;
	bool tls;    /* by tls_name: implicit TLS, which goes first (RFC 8314, 3) */
	bool secure; /* DNSSEC says that it is the domain's own word */
	bool inside; /* the host is the domain or lies below it (RFC 6186, 6) */
	bool forged;
	bool denied;      /* the domain says that it has no such service */
	char broken[200]; /* what is wrong with the records, else "" */
};

/*
 * The host that a client tries first: lowest priority, then highest weight.
 * False: none was found; broken says why, or err (ERR_RESOLVE) when nobody
 * could be asked.
 */
bool srv_find(const struct srv_params *params, struct srv_found *out, struct err *err) MUST_USE;

#endif
