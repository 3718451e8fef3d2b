/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a certificate, and what is read of it. Every fact that is handed
 * out is looked at, and the names are tried against their own certificate.
 */
#include <math.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "wire/cert.h"

#define NOW 1750000000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
look_at_names(const struct cert *cert)
{
	static const char *const names[] = {"mail.test", "mail.test.", "*.mail.test", "", ".", "x",
	    "192.0.2.1", "[2001:db8::1]", "fe80::1%eth0", "a..b", "xn--bcher-kva.test"};
	size_t count = 0;

	while (cert->names[count])
		looked += strlen(cert->names[count++]);
	must(count == cert->name_count);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		bool matches = cert_matches(cert, names[i]);

		looked += cert_is_address(names[i]);
		must(!matches || count > 0);
		must(!matches || (*names[i] && *names[i] != '.' && *names[i] != '*'));
	}
	for (size_t i = 0; i < count && i < 20; i++)
		must(!cert_matches(cert, cert->names[i]) ||
		     (!strchr(cert->names[i], '*') && !strstr(cert->names[i], "..")));
}

static void
look_at_key(const struct cert *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert->x509);
	char sha256[65] = "";

	if (key && cert_key_sha256(key, sha256))
		must(strlen(sha256) == 64);
}

static void
look(const struct cert *cert)
{
	double left = cert_lifetime_left(cert, NOW);

	looked += strlen(cert->subject) + strlen(cert->issuer) + strlen(cert->serial) +
		  strlen(cert->key_type) + strlen(cert->signature);
	must(strlen(cert->sha256) == 64);
	must(strlen(cert->spki_sha256) == 64 || strlen(cert->spki_sha256) == 0);
	must(isfinite(cert_days(cert, NOW)) && !isnan(left) && left <= 100);
	must(cert->dates_readable || cert->not_before_unix == 0 || cert->not_after_unix == 0);
	looked += cert_inspector(cert) != NULL;
	look_at_key(cert);
	look_at_names(cert);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct cert_chain chain = {0}, copy = {0};
	X509 *x509 = d2i_X509(NULL, &bytes, (long)len);

	if (x509) {
		cert_chain_add(&chain, x509);
		cert_chain_add_copy(&copy, &chain.list[0]);
		look(&chain.list[0]);
		look(&copy.list[0]);
		must(strcmp(chain.list[0].subject, copy.list[0].subject) == 0);
		cert_chain_free(&copy);
		cert_chain_free(&chain);
	}
	X509_free(x509);
	ERR_clear_error();
	return 0;
}
