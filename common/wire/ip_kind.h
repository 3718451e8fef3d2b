/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which addresses the world can reach (RFC 6890 and its registries). Pure
 * functions on the bytes of an address.
 */
#ifndef COMMON_WIRE_IP_KIND_H
#define COMMON_WIRE_IP_KIND_H

#include "base/base.h"

enum ip_kind {
	IP_PUBLIC = 0,
	IP_UNSPECIFIED, /* 0.0.0.0/8, :: */
	IP_PRIVATE,     /* RFC 1918; unique local (RFC 4193), site local (RFC 3879) */
	IP_SHARED,      /* 100.64.0.0/10 of providers (RFC 6598) */
	IP_LOOPBACK,
	IP_LINK_LOCAL,
	IP_MULTICAST,
	IP_DOCUMENTATION, /* RFC 5737, 3849, 9637 */
	IP_RESERVED       /* benchmarks, protocol assignments, 240.0.0.0/4, discard */
};

/* count: 4 or 16 bytes. Mapped, translated and 6to4 addresses are what their IPv4 address is. */
enum ip_kind ip_kind(const uint8_t *bytes, size_t count);
/* "private", "loopback" ... */
const char *ip_kind_word(enum ip_kind kind);
/* The first bits bits of both are the same. */
bool ip_same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits);

#endif
