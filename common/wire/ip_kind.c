/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the table of nets that are not the public internet.
 * Must not know: sockets, names, what an address is used for.
 */
#include "wire/ip_kind.h"

#include <string.h>

struct net {
	uint8_t prefix[16];
	unsigned bits;
	enum ip_kind kind;
};

static const struct net nets4[] = {
    {{0}, 8, IP_UNSPECIFIED},
    {{10}, 8, IP_PRIVATE},
    {{100, 64}, 10, IP_SHARED},
    {{127}, 8, IP_LOOPBACK},
    {{169, 254}, 16, IP_LINK_LOCAL},
    {{172, 16}, 12, IP_PRIVATE},
    {{192, 0, 0}, 24, IP_RESERVED},
    {{192, 0, 2}, 24, IP_DOCUMENTATION},
    {{192, 88, 99}, 24, IP_RESERVED},
    {{192, 168}, 16, IP_PRIVATE},
    {{198, 18}, 15, IP_RESERVED},
    {{198, 51, 100}, 24, IP_DOCUMENTATION},
    {{203, 0, 113}, 24, IP_DOCUMENTATION},
    {{224}, 4, IP_MULTICAST},
    {{240}, 4, IP_RESERVED},
};

static const struct net nets6[] = {
    {{0}, 128, IP_UNSPECIFIED},
    {{[15] = 1}, 128, IP_LOOPBACK},
    {{0x01}, 64, IP_RESERVED},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, IP_DOCUMENTATION},
    {{0x20, 0x01}, 23, IP_RESERVED},
    {{0x3f, 0xff}, 20, IP_DOCUMENTATION},
    {{0xfc}, 7, IP_PRIVATE},
    {{0xfe, 0x80}, 10, IP_LINK_LOCAL},
    {{0xfe, 0xc0}, 10, IP_PRIVATE},
    {{0xff}, 8, IP_MULTICAST},
};

bool
ip_same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((unsigned)(a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static enum ip_kind
find(const struct net *nets, size_t count, const uint8_t *bytes)
{
	for (size_t i = 0; i < count; i++)
		if (ip_same_prefix(bytes, nets[i].prefix, nets[i].bits))
			return nets[i].kind;
	return IP_PUBLIC;
}

/* The IPv4 address inside an IPv6 one: mapped (RFC 4291, 2.5.5.2), NAT64 (RFC 6052), 6to4. */
static const uint8_t *
inner4(const uint8_t *bytes)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0)
		return bytes + 12;
	return bytes[0] == 0x20 && bytes[1] == 0x02 ? bytes + 2 : NULL;
}

enum ip_kind
ip_kind(const uint8_t *bytes, size_t count)
{
	const uint8_t *inner = count == 16 ? inner4(bytes) : bytes;

	if (inner)
		return find(nets4, ARRAY_LEN(nets4), inner);
	return find(nets6, ARRAY_LEN(nets6), bytes);
}

const char *
ip_kind_word(enum ip_kind kind)
{
	static const char *const words[] = {"public", "unspecified", "private", "shared",
	    "loopback", "link-local", "multicast", "documentation", "reserved"};

	return (size_t)kind < ARRAY_LEN(words) ? words[kind] : "unknown";
}
