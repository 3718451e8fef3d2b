/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS-RPT records (RFC 8460, 3). */
#ifndef COMMON_WIRE_TLSRPT_H
#define COMMON_WIRE_TLSRPT_H

#include "base/base.h"
#include "base/mem.h"

struct tlsrpt {
	const char **rua; /* URIs */
	size_t count;
	const char *fault; /* NULL: it is fine */
};

/* True if a TXT record claims to be TLS-RPT's. */
bool tlsrpt_is(const char *text, size_t len);
/* False: out->fault. */
bool tlsrpt_parse(struct arena *arena, const char *text, size_t len, struct tlsrpt *out) MUST_USE;

#endif
