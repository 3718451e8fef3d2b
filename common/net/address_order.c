/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the order of addresses. Knows no names. */
#include "net/address_order.h"

#include <string.h>
#include <unistd.h>

/* The default policy table of RFC 6724, 2.1; v4 as ::ffff:0:0/96. Longest prefix first. */
struct policy {
	uint8_t prefix[16];
	unsigned bits;
	int precedence, label;
};

static const struct policy policies[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
    {{0x20, 0x01, 0, 0}, 32, 5, 5}, /* Teredo */
    {{0x20, 0x02}, 16, 30, 2},      /* 6to4 */
    {{0x3f, 0xfe}, 16, 1, 12},      /* 6bone */
    {{0xfe, 0xc0}, 10, 1, 11},      /* site-local */
    {{0xfc}, 7, 3, 13},             /* unique local */
    {{0}, 0, 40, 1},
};

static void
as_six(const struct address *address, uint8_t out[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (address->family == AF_INET6) {
		memcpy(out, &address->sa.in6.sin6_addr, 16);
		return;
	}
	memcpy(out, mapped, 12);
	memcpy(out + 12, &address->sa.in.sin_addr, 4);
}

static bool
is_within(const uint8_t bytes[16], const struct policy *policy)
{
	unsigned whole = policy->bits / 8, rest = policy->bits % 8;

	if (memcmp(bytes, policy->prefix, whole) != 0)
		return false;
	return rest == 0 || (bytes[whole] ^ policy->prefix[whole]) >> (8 - rest) == 0;
}

static const struct policy *
policy_of(const struct address *address)
{
	const struct policy *policy = policies;
	uint8_t bytes[16];

	as_six(address, bytes);
	while (!is_within(bytes, policy))
		policy++; /* the last one holds everything */
	return policy;
}

/* The address that packets to it would leave from. False: there is no way to it. */
static bool
source_of(const struct address *address, struct address *source)
{
	struct sockaddr_storage any;
	socklen_t len = sizeof(any);
	int fd = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	if (fd < 0)
		return false;
	good = connect(fd, &address->sa.any, address->len) == 0 &&
	       getsockname(fd, (struct sockaddr *)&any, &len) == 0 &&
	       address_from((struct sockaddr *)&any, len, source);
	close(fd);
	return good;
}

bool
address_has_way(const struct address *address)
{
	struct address source;

	return source_of(address, &source);
}

static int
rank(const struct address *address)
{
	const struct policy *policy = policy_of(address);
	struct address source;

	if (!source_of(address, &source))
		return policy->precedence;
	return 1000 + (policy_of(&source)->label == policy->label ? 100 : 0) + policy->precedence;
}

void
address_order(struct addresses *addresses)
{
	int ranks[ADDRESSES_MAX];

	for (size_t i = 0; i < addresses->count; i++)
		ranks[i] = rank(&addresses->list[i]);
	for (size_t i = 1; i < addresses->count; i++) {
		struct address address = addresses->list[i];
		int mine = ranks[i];
		size_t at = i;

		for (; at > 0 && ranks[at - 1] < mine; at--) {
			addresses->list[at] = addresses->list[at - 1];
			ranks[at] = ranks[at - 1];
		}
		addresses->list[at] = address;
		ranks[at] = mine;
	}
}
