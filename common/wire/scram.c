/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grammar of SCRAM's server messages. Knows neither keys nor hashes.
 */
#include "wire/scram.h"

#include <string.h>

#include "base/number.h"

struct attribute {
	const char *value;
	size_t len;
};

/* The next "x=value" of a message; false when its name is not the one that must stand here. */
static bool
take(const char **at, const char *end, char name, struct attribute *attribute)
{
	const char *comma;

	if (end - *at < 2 || (*at)[0] != name || (*at)[1] != '=')
		return false;
	attribute->value = *at + 2;
	comma = memchr(attribute->value, ',', (size_t)(end - attribute->value));
	if (comma == NULL)
		comma = end;
	attribute->len = (size_t)(comma - attribute->value);
	*at = comma < end ? comma + 1 : end;
	return attribute->len > 0;
}

/* Our own nonce is the last attribute of our first message. */
static bool
continues(const struct attribute *nonce, const char *client_first)
{
	const char *ours = strstr(client_first, ",r=");
	size_t len;

	if (ours == NULL)
		return false;
	ours += 3;
	len = strcspn(ours, ",");
	return len > 0 && nonce->len > len && memcmp(nonce->value, ours, len) == 0;
}

bool
scram_server_first(const char *message, size_t len, const char *client_first,
    int64_t *iterations_out, const char **why_out)
{
	const char *at = message, *end = message + len;
	struct attribute nonce, salt, count;
	uint64_t iterations;

	*why_out = NULL;
	if (len > SCRAM_MESSAGE_MAX)
		*why_out = "longer than 2 KiB";
	else if (len >= 2 && memcmp(message, "m=", 2) == 0)
		*why_out = "demands an extension"; /* section 5.1: must fail */
	else if (!take(&at, end, 'r', &nonce) || !take(&at, end, 's', &salt) ||
		 !take(&at, end, 'i', &count))
		*why_out = "is not r=, s=, i=";
	else if (!continues(&nonce, client_first))
		*why_out = "does not continue our nonce";
	else if (!number_u64(count.value, count.len, &iterations) || iterations == 0 ||
		 iterations > INT64_MAX)
		*why_out = "has no readable iteration count";
	else
		*iterations_out = (int64_t)iterations;
	return *why_out == NULL;
}

const char *
scram_server_error(const char *message, size_t len, size_t *error_len_out)
{
	const char *at = message;
	struct attribute error;

	if (!take(&at, message + len, 'e', &error))
		return NULL;
	*error_len_out = error.len;
	return error.value;
}
