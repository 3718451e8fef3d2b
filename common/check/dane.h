/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DANE: the records of a service, fetched once, and the judge of what it served against them. */
#ifndef COMMON_CHECK_DANE_H
#define COMMON_CHECK_DANE_H

#include "check/judge.h"
#include "check/plugin.h"
#include "net/tlsa.h"

/* Asks the resolvers of the run (--resolver, else the system's). host NULL: an address, which has none. */
void dane_fetch(struct tlsa *tlsa, const char *host, uint16_t port, const struct run *run,
    struct deadline deadline);
/* What the lookup itself says: failed, nothing there, without DNSSEC. */
void judge_dane_lookup(const struct judge *judge, const struct tlsa *tlsa, unsigned program);
/* What lies on disk and will be served next; each may be NULL. */
struct dane_next {
	const struct cert *cert;
	EVP_PKEY *key;
};

/*
 * What one answer of the server says against the records; nothing unless they
 * are secure. next: NULL if nothing is known of it. The state in a word for endpoints[]: "match", "mismatch" ... or NULL.
 */
const char *judge_dane(const struct judge *judge, const struct tlsa *tlsa,
    const struct tls_facts *tls, const struct dane_next *next, unsigned program);

#endif
