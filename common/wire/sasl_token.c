/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A look into a bearer token: when a JSON Web Token says it ends. Verifies
 * nothing, and a token that is no JWT is simply not understood.
 */
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "wire/sasl.h"

#define PAYLOAD_MAX 16384

/* Past the closing quote of the string that begins at text[at]. */
static size_t
skip_string(const char *text, size_t at, size_t len)
{
	for (at++; at < len && text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return at < len ? at + 1 : len;
}

static size_t
skip_blanks(const char *text, size_t at, size_t len)
{
	while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
		at++;
	return at;
}

/* NumericDate (RFC 7519, 2): seconds, perhaps with a fraction that does not matter here. */
static bool
read_date(const char *text, size_t at, size_t len, int64_t *unix_out)
{
	size_t digits = strspn(text + at, "0123456789");
	uint64_t value;

	if (at + digits > len || !number_u64(text + at, digits, &value) || value > INT64_MAX)
		return false;
	if (text[at + digits] == '\0' || strchr(".,} \t\r\n", text[at + digits]) == NULL)
		return false; /* an exponent, or no number */
	*unix_out = (int64_t)value;
	return true;
}

/* The member "exp" of the outermost object; the same name further inside is another thing. */
static bool
find_exp(const char *json, size_t len, int64_t *unix_out)
{
	int depth = 0;

	for (size_t at = 0; at < len;) {
		size_t start = at;

		if (json[at] != '"') {
			depth += json[at] == '{' || json[at] == '[';
			depth -= json[at] == '}' || json[at] == ']';
			at++;
			continue;
		}
		at = skip_string(json, at, len);
		if (depth != 1 || at - start != 5 || memcmp(json + start, "\"exp\"", 5) != 0)
			continue;
		at = skip_blanks(json, at, len);
		if (at < len && json[at] == ':')
			return read_date(json, skip_blanks(json, at + 1, len), len, unix_out);
	}
	return false;
}

bool
sasl_token_expiry(const char *token, int64_t *unix_out)
{
	const char *payload = strchr(token, '.');
	const char *end = payload != NULL ? strchr(payload + 1, '.') : NULL;
	struct buf json;
	bool found;

	if (end == NULL)
		return false; /* JWS in compact form has three parts (RFC 7515, 7.1) */
	buf_init(&json, PAYLOAD_MAX);
	found = text_unbase64(&json, payload + 1, (size_t)(end - payload - 1)) && json.len > 0 &&
		json.data[0] == '{' && find_exp(json.data, json.len, unix_out);
	buf_wipe(&json);
	return found;
}
