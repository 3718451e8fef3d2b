/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the login options to a password or a token: one source, judged before it
 * is believed. No error text shows a secret, nor how long it is.
 */
#ifndef COMMON_CHECK_SECRET_H
#define COMMON_CHECK_SECRET_H

#include "base/clock.h"
#include "opts/groups.h"

#define SECRET_PASSWORD_MAX 4096
#define SECRET_TOKEN_MAX 12288

/* The code of an ERR_CONFIG error set here: which finding it is. */
enum secret_fault {
	SECRET_FAULT_USAGE = 1, /* client.usage: two sources, no such variable ... */
	SECRET_FAULT_FILE,      /* client.secret.file: file, command or descriptor unusable */
	SECRET_FAULT_FORMAT /* client.secret.format: empty, CR, LF, NUL, byte order mark, too long */
};

/* At most one of the two is set; both NULL: no source was given. */
struct secret {
	char *password;
	char *token; /* --token-file, --token-command */
};

/*
 * Reads the one source that opts names, a command or descriptor until the
 * deadline. True without any source. secret_out is to be released in any case.
 */
bool secret_read(struct secret *secret_out, const struct login_opts *opts,
    const char *(*environment)(const char *name), struct deadline deadline,
    struct err *err) MUST_USE;
void secret_release(struct secret *secret); /* wipes; a zeroed one is fine */

/*
 * First line of a file that only we can read and replace (opts/private.h), at
 * most max bytes. NULL sets err. The caller ends it with secret_free().
 */
char *secret_file(const char *path, size_t max, struct err *err) MUST_USE;
void secret_free(char *text); /* wipes; NULL is fine */

#endif
