/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files with certificates and keys: read whole, within bounds, without asking anybody. */
#ifndef COMMON_CHECK_CERT_FILE_H
#define COMMON_CHECK_CERT_FILE_H

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/err.h"
#include "wire/container.h"

/*
 * "-" is standard input, until the deadline. False: err is ERR_LOCAL; out->kind tells whether it
 * was a container at all. container_free() is due either way.
 */
bool cert_file_read(const char *path, const char *password, struct deadline deadline,
    struct container *out, int64_t *changed_unix_out, struct err *err) MUST_USE;
/* A private key in PEM or DER. NULL: err is ERR_LOCAL. */
EVP_PKEY *
cert_file_key(const char *path, const char *password, struct deadline deadline, struct err *err);

#endif
