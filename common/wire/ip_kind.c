/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the registry of special-purpose addresses. */
#include "wire/ip_kind.h"

#include <string.h>

struct block {
	uint8_t bytes[16];
	unsigned bits;
	enum ip_kind kind;
	const char *what;
};

static const struct block blocks4[] = {
    {{0}, 8, IP_SPECIAL, "this network (RFC 1122)"},
    {{10}, 8, IP_SPECIAL, "private (RFC 1918)"},
    {{100, 64}, 10, IP_SPECIAL, "shared behind a provider (RFC 6598)"},
    {{127}, 8, IP_SPECIAL, "loopback"},
    {{169, 254}, 16, IP_SPECIAL, "link-local"},
    {{172, 16}, 12, IP_SPECIAL, "private (RFC 1918)"},
    {{192, 0, 0}, 24, IP_SPECIAL, "reserved for protocols (RFC 6890)"},
    {{192, 0, 2}, 24, IP_DOCUMENTATION, "documentation (RFC 5737)"},
    {{192, 168}, 16, IP_SPECIAL, "private (RFC 1918)"},
    {{198, 18}, 15, IP_SPECIAL, "benchmarking (RFC 2544)"},
    {{198, 51, 100}, 24, IP_DOCUMENTATION, "documentation (RFC 5737)"},
    {{203, 0, 113}, 24, IP_DOCUMENTATION, "documentation (RFC 5737)"},
    {{224}, 4, IP_SPECIAL, "multicast"},
    {{240}, 4, IP_SPECIAL, "reserved"},
};

static const struct block blocks6[] = {
    {{0}, 96, IP_SPECIAL, "loopback or unspecified"},
    {{[10] = 0xff, 0xff}, 96, IP_SPECIAL, "an IPv4 address mapped into IPv6"},
    {{0, 0x64, 0xff, 0x9b}, 32, IP_SPECIAL, "IPv4 translated (RFC 6052)"},
    {{1}, 64, IP_SPECIAL, "discard only (RFC 6666)"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, IP_DOCUMENTATION, "documentation (RFC 3849)"},
    {{0x20, 0x01}, 23, IP_SPECIAL, "reserved for protocols (RFC 2928)"},
    {{0x20, 0x02}, 16, IP_SPECIAL, "6to4 (RFC 3056)"},
    {{0x3f, 0xff}, 20, IP_DOCUMENTATION, "documentation (RFC 9637)"},
    {{0xfc}, 7, IP_SPECIAL, "unique local (RFC 4193)"},
    {{0xfe, 0x80}, 10, IP_SPECIAL, "link-local"},
    {{0xff}, 8, IP_SPECIAL, "multicast"},
};

bool
ip_same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((unsigned)(a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

enum ip_kind
ip_kind(const uint8_t *bytes, size_t count, const char **what_out)
{
	const struct block *blocks = count == 4 ? blocks4 : blocks6;
	size_t block_count = count == 4 ? ARRAY_LEN(blocks4) : ARRAY_LEN(blocks6);

	*what_out = "";
	for (size_t i = 0; i < block_count; i++) {
		if (!ip_same_prefix(bytes, blocks[i].bytes, blocks[i].bits))
			continue;
		*what_out = blocks[i].what;
		return blocks[i].kind;
	}
	return IP_PUBLIC;
}
