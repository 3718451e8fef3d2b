/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes certificates for tests: an authority, an intermediate, leaves with
 * chosen names, dates and flaws. Failure is an abort: a test without its
 * certificates proves nothing.
 *
 * pki_make() writes, for the host mail.test (also localhost, 127.0.0.1, ::1):
 * root.pem, hashed/ (the root by hash), each authority of the table in
 * pki_rows.c as NAME.pem and NAME.key, and each leaf as NAME.pem (leaf, then
 * chain) and NAME.key. store.pem is root and intermediate; rejected.pem and mailonly.pem are the root with trust
 * settings of its own (BEGIN TRUSTED CERTIFICATE).
 */
#ifndef TESTS_LIB_PKI_H
#define TESTS_LIB_PKI_H

#include <openssl/x509.h>

#include "base/base.h"

struct pki_cert {
	X509 *x509;
	EVP_PKEY *key;
};

/* All-zero besides cn: a good P-256 leaf of 90 days, ten of them gone. */
struct pki_params {
	const char *cn;
	const char *san;     /* "DNS:a.test,IP:::1" (OpenSSL's notation), NULL: none */
	const char *dns_raw; /* one dNSName of dns_raw_len bytes instead, NUL allowed */
	size_t dns_raw_len;
	const char *usage;   /* NULL: serverAuth */
	const char *key;     /* "RSA:1024", "ED25519"; NULL: P-256 */
	EVP_PKEY *key_given; /* this key instead (cross-signs) */
	const char *digest;  /* NULL: SHA256 */
	bool ca, must_staple;
	int64_t from_s, until_s;          /* from now; both 0: -10 and +80 days */
	const char *from_raw, *until_raw; /* this text as a date, whatever it is */
	/* Extensions, as OpenSSL writes them in its configuration; "" leaves one out. */
	const char *constraints, *key_usage, *authority_key;
	const char *more[2];    /* "name=value" */
	bool bad_signature;     /* its last byte is another */
	bool unknown_signature; /* its algorithm is one that nobody knows */
	bool unknown_key;       /* so is its key's */
	bool explicit_curve;    /* the key's curve is written out instead of named */
};
#define PKI_DAY 86400

/* issuer NULL: self-signed. Free with pki_free(). */
struct pki_cert pki_issue(const struct pki_params *params, const struct pki_cert *issuer);
void pki_free(struct pki_cert *cert);

/* False: dir cannot be made or written. */
bool pki_make(const char *dir) MUST_USE;
/* A certificate by hash ("1a2b3c4d.0"), as openssl rehash would link it. */
bool pki_hash(const char *dir, X509 *x509) MUST_USE;

#endif
