/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the stapled OCSP answer: is it signed by whom it must be, current, and
 * about this certificate; then, and only then, what it says (RFC 6960, 3.2).
 * Fetches nothing.
 */
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "net/tls_private.h"

#define SKEW_S 300

/* The answer's words about cert; the id must be made with the responder's own digest. */
static enum cert_staple
find_status(
    OCSP_BASICRESP *basic, const struct cert_chain *path, int64_t now_unix, int64_t *ends_unix_out)
{
	X509 *cert = path->list[0].x509, *issuer = path->list[1].x509;
	const EVP_MD *const digests[] = {EVP_sha1(), EVP_sha256()};
	ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
	int status = -1, found = 0;
	struct tm broken;
	for (size_t i = 0; i < ARRAY_LEN(digests) && !found; i++) {
		OCSP_CERTID *id = OCSP_cert_to_id(digests[i], cert, issuer);
		found = id && OCSP_resp_find_status(basic, id, &status, NULL, NULL, &from, &until);
		OCSP_CERTID_free(id);
	}
	if (!found || !from || !ASN1_TIME_to_tm(from, &broken))
		return CERT_STAPLE_BAD;
	if (timegm(&broken) > now_unix + SKEW_S)
		return CERT_STAPLE_STALE;
	if (until) {
		if (!ASN1_TIME_to_tm(until, &broken))
			return CERT_STAPLE_BAD;
		*ends_unix_out = timegm(&broken);
		if (*ends_unix_out < now_unix - SKEW_S)
			return CERT_STAPLE_STALE;
	}
	return status == V_OCSP_CERTSTATUS_GOOD      ? CERT_STAPLE_GOOD
	       : status == V_OCSP_CERTSTATUS_REVOKED ? CERT_STAPLE_REVOKED
						     : CERT_STAPLE_UNKNOWN;
}

/* Signed by the issuer or by a responder the issuer named; dates of the signer at our time. */
static enum cert_staple
judge(
    OCSP_BASICRESP *basic, const struct cert_chain *path, int64_t now_unix, int64_t *ends_unix_out)
{
	if (path->count < 2)
		return CERT_STAPLE_BAD; /* whose signature could it be */
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	bool good = chain && store && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)now_unix);
	for (size_t i = 1; i < path->count; i++)
		good = good && sk_X509_push(chain, path->list[i].x509) &&
		       X509_STORE_add_cert(store, path->list[i].x509);
	good = good && OCSP_basic_verify(basic, chain, store, 0) == 1;
	X509_STORE_free(store);
	sk_X509_free(chain);
	return good ? find_status(basic, path, now_unix, ends_unix_out) : CERT_STAPLE_BAD;
}

enum cert_staple
tls_ocsp_judge(const void *bytes, size_t len, const struct cert_chain *path, int64_t now_unix,
    int64_t *ends_unix_out)
{
	const unsigned char *der = bytes;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &der, (long)len);
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	enum cert_staple state =
	    basic ? judge(basic, path, now_unix, ends_unix_out) : CERT_STAPLE_BAD;
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return state;
}

/* By its own words, whoever signed them: a witness for clocks, no proof. */
static int64_t
made_at(const void *bytes, size_t len)
{
	const unsigned char *der = bytes;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &der, (long)len);
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	struct tm broken;
	int64_t made = basic && ASN1_TIME_to_tm(OCSP_resp_get0_produced_at(basic), &broken)
			   ? timegm(&broken)
			   : 0;

	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return made;
}

void
tls_staple_read(struct tls_stream *tls)
{
	struct tls_facts *facts = tls->facts;
	const unsigned char *der = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(tls->ssl, &der);
	if (len <= 0 || !der)
		return;
	facts->staple_made_unix = made_at(der, (size_t)len);
	facts->staple_state = tls_ocsp_judge(
	    der, (size_t)len, &facts->path, tls->params->now_unix, &facts->staple_ends_unix);
}
