/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of hosts as users write them: IDN to A-labels, literals, paths; and URIs. */
#ifndef COMMON_CHECK_HOST_H
#define COMMON_CHECK_HOST_H

#include "base/err.h"
#include "base/mem.h"

/*
 * A host name in A-labels (RFC 5891; libidn2 is loaded only for names beyond
 * ASCII), one trailing dot removed, lower case; or a literal address or an
 * absolute path as it is. NULL: err is ERR_CONFIG. The result lives in arena.
 */
char *host_normalise(struct arena *arena, const char *text, struct err *err);

/* scheme://[user@]host[:port][/path]. Missing parts are NULL or 0. */
struct host_uri {
	char *scheme, *user, *host, *path;
	uint16_t port;
};
/* True if text has the form of a URI ("://" behind letters). */
bool host_is_uri(const char *text);
/* False: err is ERR_CONFIG (a password in it is refused; percent-encoding is decoded). */
bool host_uri_parse(
    struct arena *arena, const char *text, struct host_uri *uri, struct err *err) MUST_USE;

#endif
