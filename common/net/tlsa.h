/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLSA records of a service and what they say of the certificates it sent
 * (RFC 6698, 7671, 7672). Every record is compared with every certificate:
 * OpenSSL looks at the strongest digest alone, and forgets dates and names
 * over a match. Judges nothing.
 */
#ifndef COMMON_NET_TLSA_H
#define COMMON_NET_TLSA_H

#include "net/dns.h"
#include "wire/cert.h"

#define TLSA_MAX 64

enum tlsa_status {
	TLSA_UNASKED = 0,
	TLSA_NONE,     /* no record, and that is an answer */
	TLSA_FAILED,   /* no answer: why */
	TLSA_INSECURE, /* records or the host's address without DNSSEC: nobody believes them */
	TLSA_SECURE
};

struct tlsa_record {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t len;
};

struct tlsa {
	enum tlsa_status status;
	bool silent;      /* TLSA_FAILED: no resolver answered at all */
	const char *name; /* where the records were found, or looked for: "_25._tcp.mx.example" */
	char why[160];
	struct tlsa_record list[TLSA_MAX];
	size_t count;
	struct arena arena;
};
/* Asks for the records of host and port, at its canonical name first (RFC 7671, 7). */
void tlsa_fetch(struct tlsa *tlsa, const char *host, uint16_t port,
    const struct dns_settings *settings, struct deadline deadline);
void tlsa_free(struct tlsa *tlsa);

/* True if clients use it; smtp: only usages 2 and 3 (RFC 7672, 3.1.3). */
bool tlsa_usable(const struct tlsa_record *record, bool smtp);
/*
 * True if the record matches what was sent: the leaf (1, 3), or an issuer the
 * leaf's signatures lead to (0, 2). path: the verified one; 0 and 1 need it.
 */
bool tlsa_matches(
    const struct tlsa_record *record, const struct cert_chain *sent, const struct cert_chain *path);
/* The same for one certificate that may become the leaf: does a record of usage 1 or 3 name it? */
bool tlsa_names(const struct tlsa_record *record, const struct cert *leaf);
/* ... for its key, whatever certificate it gets: only records of selector 1 can name it. */
bool tlsa_names_key(const struct tlsa_record *record, const EVP_PKEY *key);
/*
 * False if clients that look at the strongest digest alone pass this record
 * over: a usable one of its usage and selector has a stronger one (RFC 7671, 9).
 */
bool tlsa_strongest(const struct tlsa *tlsa, size_t index, bool smtp);
/* "3 1 1 1a2b3c4d..." */
void tlsa_text(struct buf *out, const struct tlsa_record *record);

#endif
