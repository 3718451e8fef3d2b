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
find_status(OCSP_BASICRESP *basic, const struct tls_stream *tls, X509 *cert, X509 *issuer)
{
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
	int64_t now_unix = tls->params->now_unix;
	if (timegm(&broken) > now_unix + SKEW_S)
		return CERT_STAPLE_STALE;
	if (until) {
		if (!ASN1_TIME_to_tm(until, &broken))
			return CERT_STAPLE_BAD;
		tls->facts->staple_ends_unix = timegm(&broken);
		if (tls->facts->staple_ends_unix < now_unix - SKEW_S)
			return CERT_STAPLE_STALE;
	}
	return status == V_OCSP_CERTSTATUS_GOOD      ? CERT_STAPLE_GOOD
	       : status == V_OCSP_CERTSTATUS_REVOKED ? CERT_STAPLE_REVOKED
						     : CERT_STAPLE_UNKNOWN;
}

/* Signed by the issuer or by a responder the issuer named; dates of the signer at our time. */
static enum cert_staple
judge(OCSP_BASICRESP *basic, const struct tls_stream *tls)
{
	const struct cert_chain *path = &tls->facts->path;
	if (path->count < 2)
		return CERT_STAPLE_BAD; /* whose signature could it be */
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	bool good = chain && store && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)tls->params->now_unix);
	for (size_t i = 1; i < path->count; i++)
		good = good && sk_X509_push(chain, path->list[i].x509) &&
		       X509_STORE_add_cert(store, path->list[i].x509);
	good = good && OCSP_basic_verify(basic, chain, store, 0) == 1;
	X509_STORE_free(store);
	sk_X509_free(chain);
	return good ? find_status(basic, tls, path->list[0].x509, path->list[1].x509)
		    : CERT_STAPLE_BAD;
}

void
tls_staple_read(struct tls_stream *tls)
{
	const unsigned char *der = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(tls->ssl, &der);
	if (len <= 0 || !der)
		return;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &der, len);
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	tls->facts->staple_state = basic ? judge(basic, tls) : CERT_STAPLE_BAD;
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
}
