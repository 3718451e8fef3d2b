/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a file of certificates: PEM, DER, PKCS#7, PKCS#12, JKS. Read
 * without a password and with one; what is said must agree with what was found.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "wire/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
look(const uint8_t *bytes, size_t len, const char *password)
{
	struct container found;
	bool good = container_read(&found, bytes, len, password);

	if (good != (found.certs.count > 0 && found.damaged == 0) || (!good && !found.why) ||
	    (good && !found.kind) || ERR_peek_error())
		abort();
	for (size_t i = 0; i < found.certs.count; i++)
		looked += strlen(found.certs.list[i].subject) + found.certs.list[i].name_count;
	container_free(&found);
	container_free(&found); /* does nothing */
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	look(bytes, len, NULL);
	look(bytes, len, "password");
	return 0;
}
