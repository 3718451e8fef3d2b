/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * X.509 certificates as plain facts: names, dates, key, chain; name matching
 * by strict rules. Pure functions on parsed certificates; no descriptor, no
 * clock (RFC 5280, RFC 9525).
 */
#ifndef COMMON_WIRE_CERT_H
#define COMMON_WIRE_CERT_H

#include <openssl/x509.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/mem.h"

/* One certificate. Strings are raw bytes of the peer: clean before showing. */
struct cert {
	X509 *x509;                 /* owned reference */
	char *subject, *issuer;     /* one-line RFC 4514-like; "CN=..., O=..." */
	char **names;               /* SAN dNSName and iPAddress (as text), NULL-terminated; A-labels as sent */
	size_t name_count;
	char *serial;               /* hex */
	char sha256[65], spki_sha256[65];
	const char *key_type;       /* "RSA", "EC", "ED25519" ... */
	int key_bits, security_bits;
	char signature[64];         /* "ecdsa-with-SHA256" */
	bool dates_readable;
	int64_t not_before_unix, not_after_unix;
	bool self_signed;           /* issued and signed by itself */
	bool is_ca;
	bool must_staple;           /* RFC 7633 */
	bool in_path;               /* part of the verified path */
};

struct cert_chain {
	struct cert *list;
	size_t count;
};

/* Takes a reference of x509. */
void cert_init(struct cert *cert, X509 *x509);
void cert_free(struct cert *cert);
void cert_chain_add(struct cert_chain *chain, X509 *x509);
void cert_chain_free(struct cert_chain *chain);

/* Days from now to not_after; may be negative. */
double cert_days(const struct cert *cert, int64_t now_unix);
/* Percent of the whole validity that is left; at most 100. */
double cert_lifetime_left(const struct cert *cert, int64_t now_unix);

/*
 * True if the certificate is valid for name (host or literal address): SAN
 * only, whole-label wildcards only, no common name, one trailing dot ignored.
 */
bool cert_matches(const struct cert *cert, const char *name);
/* The issuer is a product that inspects TLS (antivirus, proxy); its name, else NULL. */
const char *cert_inspector(const struct cert *cert);

#endif
