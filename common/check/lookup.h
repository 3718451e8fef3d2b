/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names to addresses as the options want it: by the system, or by the servers
 * of --resolver; and when that fails, whose fault it is: the name's, its zone's,
 * or this machine's resolver's.
 */
#ifndef COMMON_CHECK_LOOKUP_H
#define COMMON_CHECK_LOOKUP_H

#include "net/dns.h"
#include "opts/groups.h"

struct lookup {
	const struct basic_opts *basic; /* --resolver, --resolve, -4, -6 */
	const char *resolv_conf;        /* NULL: the system's (tests have their own) */
	bool by_engine;                 /* by resolv.conf's servers rather than by the system */
	struct deadline deadline;
	/* found out: */
	bool forged;                     /* answers were spoofed */
	bool secure;                     /* by_engine or --resolver: DNSSEC said so */
	char alias[DNS_NAME_TEXT_MAX];   /* likewise: the name is a CNAME of this; "" */
	char nearest[DNS_NAME_TEXT_MAX]; /* the name does not exist, and this one does; "" */
	unsigned questions;              /* asked by ourselves */
};

/* The servers of --resolver, else those of resolv_conf (NULL: the system's). */
bool lookup_servers(struct dns_settings *out, const struct strings *resolver,
    const char *resolv_conf, struct err *err) MUST_USE;

/*
 * In the order a client tries (RFC 6724). Literals and --resolve come first;
 * /etc/hosts and its like are the system's and do not count beside --resolver.
 * False: err is ERR_RESOLVE (the text says what is known of the cause),
 * ERR_TIMEOUT or ERR_LOCAL.
 */
bool lookup_host(struct lookup *lookup, const char *host, uint16_t port, struct addresses *out,
    struct err *err) MUST_USE;

/*
 * Looks into a failed look-up with a few more questions and rewrites err; may
 * find the addresses after all (true). Private to lookup.c.
 */
bool lookup_why(struct lookup *lookup, const char *host, uint16_t port, struct addresses *out,
    struct err *err) MUST_USE;
/* The answers to A and AAAA, in order. Private too. */
void lookup_take(
    const struct dns_question *questions, size_t count, uint16_t port, struct addresses *out);
/* Every address is one that a filter answers with: 0.0.0.0 or the machine itself. */
bool lookup_is_blocked(const char *host, const struct addresses *addresses);

#endif
