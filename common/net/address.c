/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns literal addresses: text to sockaddr. Knows no resolver; a name is
 * simply not an address. Declared in net/socket.h.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "net/socket.h"

static bool
parse_unix(const char *text, struct address *out)
{
	size_t len = strlen(text);
	if (len >= sizeof out->sa.un.sun_path)
		return false;
	out->sa.un.sun_family = AF_UNIX;
	memcpy(out->sa.un.sun_path, text, len + 1);
	out->len = sizeof out->sa.un;
	out->family = AF_UNIX;
	return true;
}

/* The zone of a link-local address (RFC 4007, 11): an interface's name or number. */
static bool
parse_zone(const char *zone, uint32_t *scope_out)
{
	int64_t number;
	if (number_i64_text(zone, 1, UINT32_MAX, &number))
		*scope_out = (uint32_t)number;
	else
		*scope_out = if_nametoindex(zone);
	return *scope_out != 0;
}

static bool
parse_ip(char *text, struct address *out)
{
	if (inet_pton(AF_INET, text, &out->sa.in.sin_addr) == 1) {
		out->sa.in.sin_family = AF_INET;
		out->len = sizeof out->sa.in;
		out->family = AF_INET;
		return true;
	}
	char *zone = strchr(text, '%');
	if (zone)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, text, &out->sa.in6.sin6_addr) != 1)
		return false;
	if (zone && !parse_zone(zone, &out->sa.in6.sin6_scope_id))
		return false;
	out->sa.in6.sin6_family = AF_INET6;
	out->len = sizeof out->sa.in6;
	out->family = AF_INET6;
	return true;
}

bool
address_parse(const char *text, uint16_t port, struct address *address_out)
{
	char plain[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	size_t len = strlen(text);
	memset(address_out, 0, sizeof *address_out);
	if (text[0] == '/') {
		snprintf(address_out->text, sizeof address_out->text, "%s", text);
		return parse_unix(text, address_out);
	}
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len >= sizeof plain)
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	memcpy(address_out->text, plain, len + 1);
	if (!parse_ip(plain, address_out) || (bracketed && address_out->family != AF_INET6)) {
		memset(address_out, 0, sizeof *address_out);
		return false;
	}
	address_set_port(address_out, port);
	return true;
}

void
address_set_port(struct address *address, uint16_t port)
{
	if (address->family == AF_INET)
		address->sa.in.sin_port = htons(port);
	else if (address->family == AF_INET6)
		address->sa.in6.sin6_port = htons(port);
}

bool
address_from(const struct sockaddr *any, socklen_t len, struct address *address_out)
{
	char plain[INET6_ADDRSTRLEN];
	uint32_t scope;
	memset(address_out, 0, sizeof *address_out);
	if (len > sizeof address_out->sa || len < sizeof any->sa_family)
		return false;
	memcpy(&address_out->sa, any, len);
	address_out->len = len;
	address_out->family = address_out->sa.any.sa_family;
	switch (address_out->family) {
	case AF_INET:
		return inet_ntop(AF_INET, &address_out->sa.in.sin_addr, address_out->text,
			   sizeof address_out->text) != NULL;
	case AF_INET6:
		if (!inet_ntop(AF_INET6, &address_out->sa.in6.sin6_addr, plain, sizeof plain))
			return false;
		scope = address_out->sa.in6.sin6_scope_id;
		if (scope)
			snprintf(
			    address_out->text, sizeof address_out->text, "%s%%%u", plain, scope);
		else
			memcpy(address_out->text, plain, sizeof plain);
		return true;
	case AF_UNIX:
		/* An unnamed socket has no path at all. */
		if (len > offsetof(struct sockaddr_un, sun_path))
			memcpy(address_out->text, address_out->sa.un.sun_path,
			    sizeof address_out->sa.un.sun_path);
		return true;
	default:
		return false;
	}
}
