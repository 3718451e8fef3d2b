/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a CA says about its certificate when it is asked: OCSP (RFC 6960), CRL
 * (RFC 5280, 5), the missing issuer (AIA), renewal information (RFC 9773). The
 * URLs come from the certificate, from anybody: http.h's bounds hold. What
 * could not be learnt is told, never taken for good.
 */
#ifndef COMMON_NET_REVOCATION_H
#define COMMON_NET_REVOCATION_H

#include "net/fetch_cache.h"
#include "net/http.h"
#include "wire/cert.h"

struct revocation_params {
	const struct tls_context *trust; /* for https */
	bool allow_private;
	int64_t now_unix;
	struct deadline deadline;
	/* The addresses of a host (--resolve, --resolver). False: err. */
	bool (*lookup)(
	    void *context, const char *host, uint16_t port, struct addresses *out, struct err *err);
	void *lookup_context;
	struct fetch_cache *cache; /* of the run; NULL: each fetches for itself */
};

enum revocation_status {
	REVOCATION_GOOD,
	REVOCATION_REVOKED,
	REVOCATION_UNKNOWN_CERT,
	REVOCATION_BAD,     /* damaged, not signed by whom it must be, about another one, stale */
	REVOCATION_FAILED,  /* not fetched */
	REVOCATION_NOT_TOLD /* the certificate names nobody to ask */
};

struct revocation {
	enum revocation_status status;
	char url[256]; /* raw, of the certificate; "" */
	char words[256];
	int64_t since_unix; /* REVOCATION_REVOKED: 0 = not told */
	int64_t ends_unix;  /* of the answer; 0 = not told */
};

/* The leaf of a verified path (leaf to anchor). */
void revocation_ocsp(
    const struct revocation_params *params, const struct cert_chain *path, struct revocation *out);
/* Member at of the path, by the key of the one behind it. */
void revocation_crl(const struct revocation_params *params, const struct cert_chain *path,
    size_t at, struct revocation *out);

/* The issuer that a certificate says can be fetched; added to chain. False: out->words. */
bool revocation_issuer(const struct revocation_params *params, const struct cert *cert,
    struct cert_chain *chain, struct revocation *out);

struct renewal {
	bool known; /* the CA told a window */
	int64_t from_unix, until_unix;
	char url[256], words[256];
};
/* RFC 9773. Not asked after the end of the certificate (section 4.3). */
void revocation_renewal(
    const struct revocation_params *params, const struct cert *leaf, struct renewal *out);
/* The id in its URL: base64url of key identifier and serial number; false: it has none. */
bool revocation_renewal_id(const struct cert *leaf, struct buf *out);
/* "suggestedWindow" of the answer. */
bool revocation_window(const char *json, size_t len, struct renewal *out);

/* Private to net/re*.c. True: a 200 with its whole body; otherwise words say what came. Free facts either way. */
bool revocation_fetch(const struct revocation_params *params, const char *url,
    struct http_params *http, struct http_facts *facts, char words[256]);

#endif
