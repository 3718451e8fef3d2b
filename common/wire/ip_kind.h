/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that are not of the public Internet (RFC 6890 and its registry). */
#ifndef COMMON_WIRE_IP_KIND_H
#define COMMON_WIRE_IP_KIND_H

#include "base/base.h"

enum ip_kind {
	IP_PUBLIC = 0,
	IP_DOCUMENTATION, /* for examples; nobody has them */
	IP_SPECIAL        /* private, loopback, link-local, multicast ... */
};
/* bytes: 4 or 16. *what_out: "private (RFC 1918)"; "" for a public one. */
enum ip_kind ip_kind(const uint8_t *bytes, size_t count, const char **what_out);
/* The first bits bits of both are the same. */
bool ip_same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits);

#endif
