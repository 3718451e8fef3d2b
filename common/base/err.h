/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happened: one of ten kinds, chosen by who must act, and a text that
 * names the step and quotes the peer (already printable). What it means is a
 * finding and not known here. Sticky by use: err_set() keeps the first error.
 */
#ifndef COMMON_BASE_ERR_H
#define COMMON_BASE_ERR_H

#include <stdarg.h>

#include "base/base.h"

enum err_kind {
	ERR_NONE = 0,
	ERR_LOCAL,   /* this machine or this program; code = errno or 0 */
	ERR_CONFIG,  /* settings that cannot work; code = 0 */
	ERR_RESOLVE, /* no address; code = enum err_resolve */
	ERR_CONNECT, /* no connection; code = errno */
	ERR_TIMEOUT, /* the deadline; code = 0 */
	ERR_CLOSED,  /* the peer went away; code = errno (ECONNRESET ...) or 0 for an orderly end */
	ERR_TLS,     /* handshake or record; code = OpenSSL's reason, or 1000 + alert number */
	ERR_PROTOCOL, /* broke its grammar or order; code = enum err_protocol */
	ERR_LACKS,    /* a needed ability is not offered; code = 0 */
	ERR_REFUSED   /* the server said no; code = the protocol's own number or 0 */
};

enum err_resolve {
	ERR_RESOLVE_NXDOMAIN = 1, /* the name does not exist */
	ERR_RESOLVE_NO_ADDRESS,   /* it exists, without an address of the family asked */
	ERR_RESOLVE_SERVFAIL,     /* resolvers answer, with failure */
	ERR_RESOLVE_SILENT,       /* no resolver answers, or none is configured */
	ERR_RESOLVE_MALFORMED,    /* only damaged answers came */
	ERR_RESOLVE_FILTERED,     /* a policy of the resolver keeps the answer back */
	ERR_RESOLVE_BOGUS         /* the zone's signatures do not hold (DNSSEC) */
};

enum err_protocol {
	ERR_PROTOCOL_MALFORMED = 1, /* breaks the grammar */
	ERR_PROTOCOL_LIMIT,         /* larger than our cap */
	ERR_PROTOCOL_EARLY,         /* answered before it was asked */
	ERR_PROTOCOL_ORDER,         /* out of step, wrong tag, endless challenges */
	ERR_PROTOCOL_OTHER          /* another protocol: HTTP, SSH, TLS in clear ... */
};

struct err {
	enum err_kind kind;
	int code;
	char text[256]; /* printable; "" when kind is ERR_NONE */
};

/* Sets the error unless one stands already. Always false: "return err_set(...)". */
bool
err_set(struct err *err, enum err_kind kind, int code, const char *format, ...) PRINTF_LIKE(4, 5);
bool err_vset(struct err *err, enum err_kind kind, int code, const char *format, va_list args);
/* Takes other's error unless one stands already. Always false. */
bool err_take(struct err *err, const struct err *other);
void err_clear(struct err *err);
static inline bool
err_is_set(const struct err *err)
{
	return err->kind != ERR_NONE;
}

#endif
