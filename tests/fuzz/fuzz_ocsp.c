/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A certificate, its issuer, then any bytes as what a responder says of it:
 * one behind the other in an input. Whatever they are, "good" needs the signature.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "net/revocation.h"
#include "net/tls.h"

#define NOW 1750000000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Members of the input until something else comes: at most two. */
static void
take_path(struct cert_chain *path, const uint8_t **at, const uint8_t *end)
{
	for (int i = 0; i < 2; i++) {
		X509 *x509 = d2i_X509(NULL, at, (long)(end - *at));

		if (!x509)
			break;
		cert_chain_add(path, x509);
		X509_free(x509);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *at = bytes, *end = bytes + len;
	struct cert_chain path = {0};
	int64_t ends_unix = 0;
	struct buf id;

	take_path(&path, &at, end);
	for (int64_t now = NOW; now < NOW + 2; now++) {
		enum cert_staple said =
		    tls_ocsp_judge(at, (size_t)(end - at), &path, now, &ends_unix);

		if (said > CERT_STAPLE_BAD || said == CERT_STAPLE_NONE ||
		    (path.count < 2 && said != CERT_STAPLE_BAD))
			abort();
	}
	buf_init(&id, 1024);
	if (path.count > 0 && revocation_renewal_id(&path.list[0], &id) &&
	    (strlen(buf_text(&id)) != id.len || strpbrk(buf_text(&id), "+/=")))
		abort();
	buf_free(&id);
	cert_chain_free(&path);
	ERR_clear_error();
	return 0;
}
