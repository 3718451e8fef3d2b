/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what generic reverse names look like. */
#include "wire/ptr_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 253
#define NUMBERS_MAX 64
#define NIBBLES 8 /* of an IPv6 address in a row */

static const char *const words[] = {"dynamic", "dyn", "dynip", "pppoe", "ppp", "dsl", "adsl",
    "xdsl", "vdsl", "dhcp", "pool", "cable", "catv", "dial", "dialup", "broadband", "gprs", "cdma",
    "wifi", "nat", "modem", "customer", "cust", "client", "clients", "user", "host"};

/* The decimal numbers of at most three digits, as they stand in the name. */
static size_t
numbers_of(const char *name, int numbers[NUMBERS_MAX])
{
	size_t count = 0;

	while (*name && count < NUMBERS_MAX) {
		size_t digits = strspn(name, "0123456789");
		int value = 0;

		if (digits == 0) {
			name++;
			continue;
		}
		for (size_t i = 0; i < digits && digits <= 3; i++)
			value = value * 10 + (name[i] - '0');
		numbers[count++] = digits <= 3 ? value : -1;
		name += digits;
	}
	return count;
}

/* How many octets stand in a row, in order or reversed. */
static size_t
octets_in_row(const int *numbers, size_t count, const uint8_t *bytes, bool reversed)
{
	size_t best = 0;

	for (size_t at = 0; at < count; at++)
		for (size_t from = 0; from < 4; from++) {
			size_t run = 0;

			while (from + run < 4 && at + run < count &&
			       numbers[at + run] == bytes[reversed ? 3 - (from + run) : from + run])
				run++;
			if (run > best)
				best = run;
		}
	return best;
}

static bool
holds_joined(const char *name, const uint8_t *b)
{
	char joined[4][16];

	snprintf(joined[0], sizeof(joined[0]), "%03u%03u%03u%03u", b[0], b[1], b[2], b[3]);
	snprintf(joined[1], sizeof(joined[1]), "%03u%03u%03u%03u", b[3], b[2], b[1], b[0]);
	snprintf(joined[2], sizeof(joined[2]), "%02x%02x%02x%02x", b[0], b[1], b[2], b[3]);
	snprintf(joined[3], sizeof(joined[3]), "%02x%02x%02x%02x", b[3], b[2], b[1], b[0]);
	for (size_t i = 0; i < ARRAY_LEN(joined); i++)
		if (strcasestr(name, joined[i]))
			return true;
	return false;
}

/* Parts end at . - _ and where letters meet digits. */
static bool
holds_word(const char *name)
{
	while (*name) {
		size_t len = 0;

		while (isalpha((unsigned char)name[len]))
			len++;
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (strlen(words[i]) == len && strncasecmp(name, words[i], len) == 0)
				return true;
		name += len > 0 ? len : 1;
	}
	return false;
}

/* Eight nibbles in a row, separators aside; a run of zeros says nothing. */
static bool
holds_nibbles(const char *name, const uint8_t *bytes)
{
	char plain[NAME_MAX_LEN + 1], nibbles[33], part[NIBBLES + 1];
	size_t len = 0;

	for (; *name && len < NAME_MAX_LEN; name++)
		if (isalnum((unsigned char)*name))
			plain[len++] = *name;
	plain[len] = '\0';
	for (size_t i = 0; i < 16; i++)
		snprintf(nibbles + 2 * i, 3, "%02x", bytes[i]);
	for (size_t at = 0; at + NIBBLES <= 32; at++) {
		memcpy(part, nibbles + at, NIBBLES);
		part[NIBBLES] = '\0';
		if (strspn(part, "0") < NIBBLES && strcasestr(plain, part))
			return true;
	}
	return false;
}

bool
ptr_name_is_generic(const char *name, const uint8_t *bytes, size_t count)
{
	int numbers[NUMBERS_MAX];
	size_t number_count, forward, backward;

	if (count == 16)
		return holds_nibbles(name, bytes);
	number_count = numbers_of(name, numbers);
	forward = octets_in_row(numbers, number_count, bytes, false);
	backward = octets_in_row(numbers, number_count, bytes, true);
	if (forward == 4 || backward == 4 || holds_joined(name, bytes))
		return true;
	return (forward >= 2 || backward >= 2) && holds_word(name);
}
