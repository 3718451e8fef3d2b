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
	X509 *x509;             /* owned reference */
	char *subject, *issuer; /* one-line RFC 4514-like; "CN=..., O=..." */
	char **
	    names; /* SAN dNSName and iPAddress (as text), NULL-terminated; A-labels as sent, NUL as "\0" */
	size_t name_count;
	char *serial; /* hex */
	char sha256[65], spki_sha256[65];
	const char *key_type; /* "RSA", "EC", "ED25519" ... */
	int key_bits, security_bits;
	char signature[64];  /* "ecdsa-with-SHA256" */
	bool dates_readable; /* both, and in the form of RFC 5280, 4.1.2.5 */
	int64_t not_before_unix, not_after_unix;
	bool self_signed; /* its own issuer by name and key identifiers */
	bool is_ca;
	bool must_staple; /* RFC 7633 */
	bool in_path;     /* part of the verified path */
};

struct cert_chain {
	struct cert *list;
	size_t count;
};

/* A stapled OCSP answer (RFC 6066, 8), after its signature and its dates were judged. */
enum cert_staple {
	CERT_STAPLE_NONE = 0, /* none was sent */
	CERT_STAPLE_GOOD,
	CERT_STAPLE_REVOKED,
	CERT_STAPLE_UNKNOWN, /* the responder does not know this certificate */
	CERT_STAPLE_STALE,   /* signed, but not or no longer current */
	CERT_STAPLE_BAD      /* unreadable, not signed by whom it must be, or about another one */
};

/* Takes a reference of x509. Needs an initialised libcrypto (tls_context_open). */
void cert_init(struct cert *cert, X509 *x509);
void cert_free(struct cert *cert);
void cert_chain_add(struct cert_chain *chain, X509 *x509);
/* The same facts once more, without reading the certificate again. */
void cert_chain_add_copy(struct cert_chain *chain, const struct cert *cert);
void cert_chain_free(struct cert_chain *chain);
/* Where it ends, by names, from its first member issuer by issuer; NULL: it is empty. */
const struct cert *cert_chain_end(const struct cert_chain *chain);

/* What a certificate for this key would have as spki_sha256. */
bool cert_key_sha256(const EVP_PKEY *key, char out[65]);

/* Nobody's server. "openssl req -x509" makes authorities of servers too, but they have a name. */
bool cert_is_authority(const struct cert *cert);

/* A literal IPv4 or IPv6 address, "[v6]" too, rather than a name. */
bool cert_is_address(const char *name);

/* A name on one line, RFC 4514-like, first part first; raw. The caller frees it. */
char *cert_name_text(const X509_NAME *name);

/* Days from now to not_after; may be negative. */
double cert_days(const struct cert *cert, int64_t now_unix);
/* Percent of the whole validity that is left; at most 100, 0 when its end is not behind its start. */
double cert_lifetime_left(const struct cert *cert, int64_t now_unix);

/*
 * True if the certificate is valid for name (host or literal address): SAN
 * only, whole-label wildcards only, no common name, one trailing dot ignored.
 */
bool cert_matches(const struct cert *cert, const char *name);
/* The issuer is a product that inspects TLS (antivirus, proxy); its name, else NULL. */
const char *cert_inspector(const struct cert *cert);

#endif
