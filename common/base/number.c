/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: reading numbers. strtoul() and strtod() take signs, blanks, "0x10" and
 * the locale's point, so none of them is used.
 * Must not know: whose numbers they are.
 */
#include "base/number.h"

#include <math.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

bool
number_u64(const char *text, size_t len, uint64_t *value_out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(unsigned char)text[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (len == 0)
		return false;
	*value_out = value;
	return true;
}

bool
number_i64_text(const char *text, int64_t min, int64_t max, int64_t *value_out)
{
	uint64_t value;

	if (!number_u64(text, strlen(text), &value) || value > INT64_MAX)
		return false;
	if ((int64_t)value < min || (int64_t)value > max)
		return false;
	*value_out = (int64_t)value;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How many bytes of text are "N[.N]"; 0 when it does not begin so. */
static size_t
real_len(const char *text, size_t len)
{
	size_t whole = 0, end;

	while (whole < len && is_digit(text[whole]))
		whole++;
	if (whole == 0 || whole + 1 >= len || text[whole] != '.' || !is_digit(text[whole + 1]))
		return whole;
	for (end = whole + 1; end < len && is_digit(text[end]);)
		end++;
	return end;
}

bool
number_real(const char *text, size_t len, double *value_out)
{
	double value = 0, scale = 1;
	bool fraction = false;

	if (len == 0 || real_len(text, len) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.') {
			fraction = true;
		} else if (!fraction || scale < 1e15) { /* digits beyond that change nothing */
			value = value * 10 + (text[i] - '0');
			scale *= fraction ? 10 : 1;
		}
	}
	value /= scale; /* one rounding: both are exact for every number people write */
	if (!isfinite(value))
		return false;
	*value_out = value;
	return true;
}

/* A real number followed by one of the units, or by none (bare). */
static bool
with_unit(const char *text, size_t len, const struct unit *units, int64_t bare, double *value_out)
{
	size_t digits = real_len(text, len);
	size_t rest = len - digits;
	double number;

	if (!number_real(text, digits, &number))
		return false;
	if (rest == 0) {
		*value_out = number * (double)bare;
		return true;
	}
	for (; units->name != NULL; units++)
		if (strlen(units->name) == rest && memcmp(units->name, text + digits, rest) == 0) {
			*value_out = number * (double)units->factor;
			return true;
		}
	return false;
}

bool
number_duration(const char *text, size_t len, int64_t bare_us, int64_t *us_out)
{
	static const struct unit units[] = {{"ms", US_PER_MS}, {"s", US_PER_S},
	    {"m", 60 * US_PER_S}, {"h", 3600 * US_PER_S}, {"d", 86400 * US_PER_S},
	    {"w", INT64_C(7) * 86400 * US_PER_S}, {NULL, 0}};
	double us;

	if (!with_unit(text, len, units, bare_us, &us) || us >= 0x1p63)
		return false;
	*us_out = (int64_t)(us + 0.5);
	return true;
}

bool
number_size(const char *text, size_t len, uint64_t *bytes_out)
{
	static const struct unit units[] = {{"B", 1}, {"K", 1024}, {"KB", 1024}, {"k", 1024},
	    {"M", 1048576}, {"MB", 1048576}, {"G", 1073741824}, {"GB", 1073741824}, {NULL, 0}};
	double bytes;

	if (number_u64(text, len, bytes_out)) /* exact above 2^53, where a double is not */
		return true;
	if (!with_unit(text, len, units, 1, &bytes) || bytes >= 0x1p63)
		return false;
	*bytes_out = (uint64_t)(bytes + 0.5);
	return true;
}
