/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DKIM keys as they stand in the zone (RFC 6376, 3.6.1; RFC 8301; RFC 8463). */
#ifndef COMMON_WIRE_DKIM_KEY_H
#define COMMON_WIRE_DKIM_KEY_H

#include "base/base.h"
#include "base/mem.h"

struct dkim_key {
	const char *type;  /* "rsa", "ed25519", or what k= says */
	unsigned bits;     /* 0: not decoded */
	bool revoked;      /* p= is empty */
	bool testing;      /* t=y */
	bool sha1_only;    /* h= leaves nothing that verifiers take (RFC 8301, 3.1) */
	const char *fault; /* why it cannot be used; NULL: it can */
};

/* False: out->fault. A revoked key is well-formed. */
bool
dkim_key_parse(struct arena *arena, const char *text, size_t len, struct dkim_key *out) MUST_USE;

#endif
