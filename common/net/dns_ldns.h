/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signatures of DNSSEC (RFC 4033 to 4035, RFC 5155), checked by libldns, which
 * is loaded at first use; no other file knows it. Only messages that
 * dns_answer_read() has taken come here. Private to net/dns_secure.c.
 */
#ifndef COMMON_NET_DNS_LDNS_H
#define COMMON_NET_DNS_LDNS_H

#include "base/err.h"
#include "wire/dns_msg.h"

/* Keys, DS records or anchors of a zone. */
struct dns_keys;
/* A message. */
struct dns_ldns;

bool dns_ldns_load(struct err *err) MUST_USE;

struct dns_keys *dns_keys_new(void);
void dns_keys_free(struct dns_keys *keys); /* NULL is fine */
/* One DS or DNSKEY record as zone files have it. False: it is none. */
bool dns_keys_add(struct dns_keys *keys, const char *text) MUST_USE;
/* Those of them that belong to a zone; NULL: none. */
struct dns_keys *dns_keys_of(const struct dns_keys *keys, const char *zone);

/* NULL: libldns cannot read it. */
struct dns_ldns *dns_ldns_open(const uint8_t *bytes, size_t len);
void dns_ldns_close(struct dns_ldns *message); /* NULL is fine */

enum dns_proof {
	DNS_PROOF_MISSING = 0, /* unsigned */
	DNS_PROOF_BAD,
	DNS_PROOF_WILDCARD, /* good, but under opt-out something else may be there */
	DNS_PROOF_GOOD
};
/*
 * The records of owner and type in the answer, by the keys of zone. Names as
 * dns_name_text() makes them; now_unix is the time of day.
 */
enum dns_proof dns_ldns_check(const struct dns_ldns *message, const char *owner, uint16_t type,
    const char *zone, const struct dns_keys *keys, int64_t now_unix);
/* Who signed them; of a negative answer who signed its proof (owner NULL). False: nobody. */
bool dns_ldns_signer(
    const struct dns_ldns *message, const char *owner, uint16_t type, char out[DNS_NAME_TEXT_MAX]);

/* The DS records of zone, if the keys of its parent signed them; else NULL. */
struct dns_keys *dns_ldns_ds(const struct dns_ldns *message, const char *zone, const char *parent,
    const struct dns_keys *keys, int64_t now_unix);
/* The keys of zone, if one that trusted (DS or DNSKEY) names signed them; else NULL. */
struct dns_keys *dns_ldns_keys(const struct dns_ldns *message, const char *zone,
    const struct dns_keys *trusted, int64_t now_unix);
/* Algorithms that nobody here can check count as none (RFC 4035, 5.2). */
bool dns_keys_supported(const struct dns_keys *ds);

/* It is proven that name is delegated without DS: what lies below is unsigned. */
bool dns_ldns_is_unsigned_cut(const struct dns_ldns *message, const char *name, const char *zone,
    const struct dns_keys *keys, int64_t now_unix);
/* What is not there. */
struct dns_ldns_none {
	const char *name;
	uint16_t type;
	bool missing; /* the name itself; else only records of the type */
};
enum dns_proof dns_ldns_check_none(const struct dns_ldns *message, const struct dns_ldns_none *none,
    const char *zone, const struct dns_keys *keys, int64_t now_unix);

#endif
