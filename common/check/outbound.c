/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of --outbound to addresses and hosts. Nothing is asked here: hosts
 * are looked up with the rest of the walk, SPF by check/spf_senders.
 */
#include "check/outbound.h"

#include <string.h>

#include "base/number.h"
#include "check/host.h"
#include "wire/dns_name.h"

static bool
add_sender(struct outbound *outbound, const struct address *address, struct err *err)
{
	if (outbound->count == OUTBOUND_MAX)
		return err_set(err, ERR_CONFIG, 0, "more than %d addresses", OUTBOUND_MAX);
	outbound->list = mem_grow(outbound->list, outbound->count + 1, sizeof(*outbound->list));
	outbound->list[outbound->count++] = *address;
	return true;
}

static uint8_t *
address_bytes(struct address *address, size_t *count_out)
{
	*count_out = address->family == AF_INET6 ? 16 : 4;
	return address->family == AF_INET6 ? address->sa.in6.sin6_addr.s6_addr
					   : (uint8_t *)&address->sa.in.sin_addr;
}

/* The next address. False: behind the last of all. */
static bool
count_up(uint8_t *bytes, size_t count)
{
	while (count > 0)
		if (++bytes[--count] != 0)
			return true;
	return false;
}

/* ADDRESS/BITS, as text of which the slash is known. */
static bool
add_range(struct outbound *outbound, const char *text, const char *slash, struct arena *arena,
    struct err *err)
{
	char *plain = arena_strndup(arena, text, (size_t)(slash - text));
	struct address address, each;
	size_t count;
	uint8_t *bytes;
	int64_t bits;
	unsigned free_bits;

	if (text[0] == '/' || !address_parse(plain, 0, &address))
		return err_set(err, ERR_CONFIG, 0, "%.80s is no range of addresses", text);
	bytes = address_bytes(&address, &count);
	if (!number_i64_text(slash + 1, 0, (int64_t)(8 * count), &bits))
		return err_set(err, ERR_CONFIG, 0, "%.80s is no range of addresses", text);
	free_bits = (unsigned)((int64_t)(8 * count) - bits);
	if (free_bits > 10)
		return err_set(err, ERR_CONFIG, 0, "%.80s has more than %d addresses", text,
		    OUTBOUND_RANGE_MAX);
	for (unsigned bit = 0; bit < free_bits; bit++)
		bytes[count - 1 - bit / 8] &= (uint8_t) ~(1u << bit % 8);
	for (unsigned i = 0; i < 1u << free_bits; i++) {
		if (!address_from(&address.sa.any, address.len, &each) ||
		    !add_sender(outbound, &each, err))
			return false;
		if (!count_up(bytes, count))
			break;
	}
	return true;
}

static bool
add_host(struct outbound *outbound, const char *text, struct arena *arena, struct err *err)
{
	char *host = host_normalise(arena, text, err);

	if (!host)
		return false;
	if (!dns_name_is_host(host))
		return err_set(err, ERR_CONFIG, 0, "%.80s is no host name", host);
	strings_add(&outbound->hosts, host);
	return true;
}

bool
outbound_add(struct outbound *outbound, const char *text, struct arena *arena, struct err *err)
{
	struct address address;
	const char *slash = strchr(text, '/');

	if (strcmp(text, "spf") == 0) {
		outbound->spf = true;
		return true;
	}
	if (slash)
		return add_range(outbound, text, slash, arena, err);
	if (address_parse(text, 0, &address))
		return add_sender(outbound, &address, err);
	return add_host(outbound, text, arena, err);
}

void
outbound_free(struct outbound *outbound)
{
	mem_free(outbound->list);
	strings_free(&outbound->hosts);
}
