/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Validation by ourselves, from trust anchors down (RFC 4035, 5). Private to
 * net/dns.c; users set trust_anchor.
 */
#ifndef COMMON_NET_DNS_SECURE_H
#define COMMON_NET_DNS_SECURE_H

#include "net/dns.h"

/* What questions need so that their answers can be judged. */
#define DNS_SECURE_FLAGS ((unsigned)(DNS_NO_CHECKING | DNS_KEEP_WIRE))

/* The anchors of a file; NULL sets err. */
struct dns_secure *dns_secure_open(const char *path, int64_t now_unix, struct err *err);
void dns_secure_close(struct dns_secure *secure); /* NULL is fine */
/*
 * Sets secure, or bogus and DNS_SERVFAIL, of each answered question that wanted
 * DNSSEC data. Keys and delegations are asked for as needed and kept.
 */
void dns_secure_check(
    struct dns *dns, struct dns_question *questions, size_t count, struct deadline deadline);

#endif
