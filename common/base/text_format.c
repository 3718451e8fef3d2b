/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the house style of sizes, spans and dates; base64 and hex.
 * Must not know: the locale or the time zone (gmtime() would open
 * /etc/localtime, which a sandboxed program must not).
 */
#include <string.h>

#include "base/text.h"

void
text_size(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		buf_printf(out, "%u B", (unsigned)bytes);
		return;
	}
	while (value >= 1023.95 && unit + 1 < ARRAY_LEN(units)) { /* never "1024.0 KiB" */
		value /= 1024;
		unit++;
	}
	buf_printf(out, "%.1f %s", value, units[unit]);
}

void
text_span(struct buf *out, int64_t span_us)
{
	double seconds = (double)span_us / (double)US_PER_S;

	if (span_us < 0) {
		buf_add_char(out, '-');
		seconds = -seconds;
	}
	if (seconds == 0)
		buf_add_text(out, "0 ms");
	else if (seconds < 0.00095)
		buf_printf(out, "%.1f ms", seconds * 1000 < 0.1 ? 0.1 : seconds * 1000);
	else if (seconds < 0.9995)
		buf_printf(out, "%.0f ms", seconds * 1000);
	else if (seconds < 599.95)
		buf_printf(out, "%.1f s", seconds);
	else if (seconds < 7197)
		buf_printf(out, "%.1f min", seconds / 60);
	else if (seconds < 86220)
		buf_printf(out, "%.1f h", seconds / 3600);
	else
		buf_printf(out, "%.1f days", seconds / 86400);
}

struct civil {
	int64_t year;
	int month, day, hour, minute, second;
};

/* Proleptic Gregorian date of a moment in UTC; eras of 400 years beginning on 1 March. */
static struct civil
civil_from(int64_t unix_seconds)
{
	int64_t days = unix_seconds / 86400, rest = unix_seconds % 86400;
	int64_t era, of_era, year_of_era, of_year, month;
	struct civil civil;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468; /* 1970-01-01 counted from 0000-03-01 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = days - era * 146097;
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * of_year + 2) / 153; /* 0 is March */
	civil.day = (int)(of_year - (153 * month + 2) / 5 + 1);
	civil.month = (int)(month < 10 ? month + 3 : month - 9);
	civil.year = year_of_era + era * 400 + (civil.month <= 2);
	civil.hour = (int)(rest / 3600);
	civil.minute = (int)(rest / 60 % 60);
	civil.second = (int)(rest % 60);
	return civil;
}

void
text_days(struct buf *out, double days, int decimals)
{
	if (days < 0)
		buf_printf(out, "expired %.*f days ago", decimals, -days);
	else
		buf_printf(out, "%.*f days", decimals, days);
}

void
text_date(struct buf *out, int64_t unix_seconds)
{
	struct civil at = civil_from(unix_seconds);

	buf_printf(out, "%04lld-%02d-%02d %02d:%02d UTC", (long long)at.year, at.month, at.day,
	    at.hour, at.minute);
}

void
text_rfc3339(struct buf *out, int64_t unix_seconds)
{
	struct civil at = civil_from(unix_seconds);

	buf_printf(out, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)at.year, at.month, at.day,
	    at.hour, at.minute, at.second);
}

void
text_base64(struct buf *out, const void *bytes, size_t len)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = bytes;

	for (size_t i = 0; i < len; i += 3) {
		unsigned second = i + 1 < len ? in[i + 1] : 0;
		unsigned third = i + 2 < len ? in[i + 2] : 0;
		unsigned group = (unsigned)in[i] << 16 | second << 8 | third;
		const char four[] = {alphabet[group >> 18], alphabet[group >> 12 & 63],
		    i + 1 < len ? alphabet[group >> 6 & 63] : '=',
		    i + 2 < len ? alphabet[group & 63] : '='};

		(void)buf_add(out, four, sizeof(four));
	}
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* Length without the padding; SIZE_MAX when there is padding that does not fill the last four. */
static size_t
base64_unpadded(const char *text, size_t len)
{
	size_t bare = len;

	while (bare > 0 && len - bare < 2 && text[bare - 1] == '=')
		bare--;
	if (bare < len && len % 4 != 0)
		return SIZE_MAX;
	return bare % 4 == 1 ? SIZE_MAX : bare;
}

/* Forgets what a failed decoding added. Always false. */
static bool
take_back(struct buf *out, size_t len)
{
	out->len = len;
	if (out->data != NULL)
		out->data[len] = '\0';
	return false;
}

bool
text_unbase64(struct buf *out, const char *text, size_t len)
{
	size_t begin = out->len, bare = base64_unpadded(text, len);
	unsigned bits = 0, count = 0;

	if (bare == SIZE_MAX)
		return false;
	for (size_t i = 0; i < bare; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0)
			return take_back(out, begin);
		bits = (bits << 6 | (unsigned)digit) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			if (!buf_add_char(out, (char)(bits >> count & 0xff)))
				return take_back(out, begin);
		}
	}
	return true;
}

void
text_hex(struct buf *out, const void *bytes, size_t len)
{
	const unsigned char *in = bytes;

	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", in[i]);
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

bool
text_unhex(struct buf *out, const char *text, size_t len)
{
	size_t begin = out->len;

	for (size_t i = 0; i < len; i += 2) {
		int high, low;

		if (i > 0 && text[i] == ':')
			i++;
		high = i < len ? hex_digit(text[i]) : -1;
		low = i + 1 < len ? hex_digit(text[i + 1]) : -1;
		if (high < 0 || low < 0 || !buf_add_char(out, (char)(high << 4 | low)))
			return take_back(out, begin);
	}
	return true;
}
