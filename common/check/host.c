/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how a host name or URI out of the arguments becomes what is looked up. */
#include "check/host.h"

#include <ctype.h>
#include <string.h>

#include "base/late.h"
#include "base/number.h"
#include "base/text.h"
#include "net/socket.h"

#define NAME_MAX_LEN 253
#define LABEL_MAX_LEN 63

/* libidn2: idn2_to_ascii_8z(input, output, flags) and idn2_free(). */
static int (*idn2_to_ascii)(const char *input, char **output, int flags);
static void (*idn2_release)(void *memory);
static const struct late_symbol idn2_symbols[] = {
    {"idn2_to_ascii_8z", &idn2_to_ascii},
    {"idn2_free", &idn2_release},
};
static struct late_library idn2 = {
    .soname = "libidn2.so.0",
    .package = "libidn2-0",
    .symbols = idn2_symbols,
    .symbol_count = ARRAY_LEN(idn2_symbols),
};
#define IDN2_NFC_NONTRANSITIONAL (1 | 8) /* IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL */

static char *
host_bad(const char *text, const char *why, struct err *err)
{
	char shown[80];

	err_set(err, ERR_CONFIG, 0, "'%s' is no host name: %s",
	    text_clean_into(shown, sizeof(shown), text, strlen(text)), why);
	return NULL;
}

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}

/* Letters, digits, hyphens, and the underscore that some hosts have all the same (RFC 1123, 2.1). */
static const char *
name_fault(const char *name)
{
	size_t label = 0, total = strlen(name);

	if (total == 0)
		return "it is empty";
	if (total > NAME_MAX_LEN)
		return "it is longer than 253 characters";
	for (const char *c = name;; c++) {
		if (*c == '.' || *c == '\0') {
			if (label == 0)
				return "it has an empty label";
			if (label > LABEL_MAX_LEN)
				return "it has a label longer than 63 characters";
			label = 0;
			if (*c == '\0')
				return NULL;
			continue;
		}
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return "it has characters that names do not have";
		if (*c == '-' && label == 0)
			return "a label begins with a hyphen";
		label++;
	}
}

static char *
to_ascii(struct arena *arena, const char *text, struct err *err)
{
	char *output = NULL, *copy;

	if (!late_load(&idn2, err))
		return NULL;
	if (idn2_to_ascii(text, &output, IDN2_NFC_NONTRANSITIONAL) != 0)
		return host_bad(text, "it is no valid international name", err);
	copy = arena_strdup(arena, output);
	idn2_release(output);
	return copy;
}

char *
host_normalise(struct arena *arena, const char *text, struct err *err)
{
	struct address literal;
	char *name;
	const char *fault;
	size_t len;

	if (address_parse(text, 0, &literal))
		return arena_strdup(arena, literal.text);
	name = is_ascii(text) ? arena_strdup(arena, text) : to_ascii(arena, text, err);
	if (!name)
		return NULL;
	len = strlen(name);
	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	for (char *c = name; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	fault = name_fault(name);
	return fault ? host_bad(text, fault, err) : name;
}

bool
host_is_uri(const char *text)
{
	const char *c = text;

	while (isalnum((unsigned char)*c) || *c == '+' || *c == '-')
		c++;
	return c > text && strncmp(c, "://", 3) == 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-encoding (RFC 3986, 2.1); NULL if it is broken or hides a control byte. */
static char *
uri_decode(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_alloc(arena, len + 1), *o = out;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
			int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return NULL;
		*o++ = c;
	}
	return out;
}

static bool
uri_authority(
    struct arena *arena, const char *text, size_t len, struct host_uri *uri, struct err *err)
{
	const char *at = memrchr(text, '@', len), *end = text + len, *colon, *host;

	if (at) {
		if (memchr(text, ':', (size_t)(at - text)))
			return err_set(err, ERR_CONFIG, 0,
			    "a password in a URI is visible to everybody: use --password-file");
		uri->user = uri_decode(arena, text, (size_t)(at - text));
		if (!uri->user)
			return err_set(
			    err, ERR_CONFIG, 0, "the user in the URI is not well encoded");
		text = at + 1;
	}
	host = text;
	colon = memrchr(host, ':', (size_t)(end - host));
	if (host < end && *host == '[') { /* [v6]:port */
		const char *close = memchr(host, ']', (size_t)(end - host));

		if (!close)
			return err_set(err, ERR_CONFIG, 0, "the address in the URI lacks its ]");
		colon = close + 1 < end && close[1] == ':' ? close + 1 : NULL;
		if (!colon && close + 1 < end)
			return err_set(err, ERR_CONFIG, 0, "the URI has something behind its ]");
	}
	if (colon) {
		uint64_t port;

		if (!number_u64(colon + 1, (size_t)(end - colon - 1), &port) || port < 1 ||
		    port > 65535)
			return err_set(err, ERR_CONFIG, 0, "the port in the URI is not 1 to 65535");
		uri->port = (uint16_t)port;
		end = colon;
	}
	uri->host = arena_strndup(arena, host, (size_t)(end - host));
	return true;
}

bool
host_uri_parse(struct arena *arena, const char *text, struct host_uri *uri, struct err *err)
{
	const char *rest = strstr(text, "://");
	const char *slash;

	*uri = (struct host_uri){0};
	if (!rest)
		return err_set(err, ERR_CONFIG, 0, "a URI has the form scheme://host");
	uri->scheme = arena_strndup(arena, text, (size_t)(rest - text));
	rest += 3;
	slash = *rest == '/' ? NULL : strchr(rest, '/');
	if (*rest == '/') { /* lmtp:///run/socket: a unix socket */
		uri->host = arena_strdup(arena, rest);
		return true;
	}
	if (slash && slash[1]) {
		uri->path = uri_decode(arena, slash + 1, strlen(slash + 1));
		if (!uri->path)
			return err_set(
			    err, ERR_CONFIG, 0, "the path of the URI is not well encoded");
	}
	return uri_authority(arena, rest, slash ? (size_t)(slash - rest) : strlen(rest), uri, err);
}
