/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns domain names, from bytes and to them. Knows nothing of records. */
#include "wire/dns_name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63
#define HEADER_SIZE 12
#define POINTER 0xc0 /* the two high bits of a length */

static uint8_t
lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 32) : octet;
}

static bool
is_host_octet(uint8_t octet)
{
	return (lower(octet) >= 'a' && lower(octet) <= 'z') || (octet >= '0' && octet <= '9') ||
	       octet == '-' || octet == '_';
}

size_t
dns_name_to_wire(uint8_t out[DNS_NAME_WIRE_MAX], const char *text)
{
	size_t len = 0;

	if (strcmp(text, ".") == 0)
		text = "";
	while (*text) {
		size_t label = strcspn(text, ".");

		/* One byte more is needed for the root. */
		if (label == 0 || label > LABEL_MAX || len + 1 + label + 1 > DNS_NAME_WIRE_MAX)
			return 0;
		out[len++] = (uint8_t)label;
		for (size_t i = 0; i < label; i++) {
			if (!is_host_octet((uint8_t)text[i]))
				return 0;
			out[len++] = (uint8_t)text[i];
		}
		text += label;
		text += *text == '.';
	}
	out[len++] = 0;
	return len;
}

bool
dns_name_is_host(const char *text)
{
	uint8_t wire[DNS_NAME_WIRE_MAX];

	return dns_name_to_wire(wire, text) > 1;
}

bool
dns_name_within(const char *name, const char *zone)
{
	size_t name_len = strlen(name), zone_len = strlen(zone);
	const char *tail = name + name_len - zone_len;

	if (strcmp(zone, ".") == 0)
		return true;
	return name_len >= zone_len && strcasecmp(tail, zone) == 0 &&
	       (tail == name || tail[-1] == '.');
}

bool
dns_name_reverse(char *out, size_t size, const uint8_t *bytes, size_t count, const char *zone)
{
	bool six = count == 16;
	size_t len = 0;

	for (size_t i = count; i-- > 0 && len < size;) {
		int more = six ? snprintf(out + len, size - len, "%x.%x.", bytes[i] & 0xfu,
				     (unsigned)bytes[i] >> 4)
			       : snprintf(out + len, size - len, "%u.", bytes[i]);

		len += (size_t)more;
	}
	if (!zone)
		zone = six ? "ip6.arpa" : "in-addr.arpa";
	if (len + strlen(zone) >= size)
		return false;
	memcpy(out + len, zone, strlen(zone) + 1);
	return true;
}

/* Where the pointer at `at` leads; 0 (inside the header, so never right) if nowhere. */
static size_t
follow(const uint8_t *message, size_t len, size_t at, size_t before)
{
	size_t target;

	if (at + 2 > len)
		return 0;
	target = (size_t)(message[at] & ~POINTER) << 8 | message[at + 1];
	return target >= HEADER_SIZE && target < before ? target : 0;
}

size_t
dns_name_read(uint8_t out[DNS_NAME_WIRE_MAX], const uint8_t *message, size_t len, size_t *at)
{
	size_t next = *at, before = *at, used = 0;
	bool jumped = false;

	while (next < len) {
		size_t label = message[next];

		if ((label & POINTER) == POINTER) {
			size_t target = follow(message, len, next, before);

			if (!jumped)
				*at = next + 2;
			jumped = true;
			before = next = target;
			if (target == 0)
				return 0;
			continue;
		}
		if (label > LABEL_MAX || next + 1 + label > len ||
		    used + 1 + label + (label > 0) > DNS_NAME_WIRE_MAX)
			return 0;
		out[used++] = (uint8_t)label;
		for (size_t i = 1; i <= label; i++)
			out[used++] = lower(message[next + i]);
		next += 1 + label;
		if (label > 0)
			continue;
		if (!jumped)
			*at = next;
		return used;
	}
	return 0;
}

/* Names that are no host names and harmless to see: RFC 2317 has the slash, wildcards the star. */
static bool
is_shown(uint8_t octet)
{
	return is_host_octet(octet) || (octet != 0 && strchr("/*+=:", octet));
}

const char *
dns_name_text(struct arena *arena, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_MAX];
	size_t len = 0;

	if (wire[0] == 0)
		return ".";
	while (wire[0] > 0) {
		for (size_t i = 1; i <= wire[0]; i++) {
			if (is_shown(wire[i]))
				text[len++] = (char)lower(wire[i]);
			else
				len += (size_t)snprintf(
				    text + len, sizeof(text) - len, "\\%03u", wire[i]);
		}
		wire += 1 + wire[0];
		if (wire[0] > 0)
			text[len++] = '.';
	}
	text[len] = '\0';
	return arena_strndup(arena, text, len);
}
