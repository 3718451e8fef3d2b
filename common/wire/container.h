/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificates out of files, recognised by content: PEM (any number of blocks,
 * PKCS#7 ones too), DER, PKCS#7, PKCS#12 with and without a MAC, JKS and
 * JCEKS. Nobody is asked for a password; keys are not read.
 */
#ifndef COMMON_WIRE_CONTAINER_H
#define COMMON_WIRE_CONTAINER_H

#include "wire/cert.h"

#define CONTAINER_MAX ((size_t)16 << 20) /* bytes of a file that are looked at */

struct container {
	const char *kind; /* "PEM", "PKCS#12" ...; NULL: nothing that is known */
	struct cert_chain certs;
	size_t damaged;  /* members that claim to be certificates and are none */
	const char *why; /* why there are none, in words; NULL */
};
/*
 * password may be NULL: without one and the empty one are tried. True if there
 * is at least one certificate and nothing damaged. container_free() is due either way.
 */
bool
container_read(struct container *out, const void *bytes, size_t len, const char *password) MUST_USE;
void container_free(struct container *container);

#endif
