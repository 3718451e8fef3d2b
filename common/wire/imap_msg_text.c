/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how IMAP writes strings, mailbox names and dates. Days are counted by
 * arithmetic: the C library's calendar reads the local time zone's file.
 */
#include "wire/imap_msg.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"

/* ---- strings ---- */

bool
imap_msg_quote(struct buf *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\r' || *at == '\n' || (unsigned char)*at >= 0x80)
			return false;
	}
	buf_add_char(out, '"');
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *at);
	}
	buf_add_char(out, '"');
	return true;
}

/* ---- mailbox names: modified UTF-7 ---- */

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* The next code point of valid UTF-8 (RFC 3629), or -1. */
static int32_t
take_utf8(const char **at)
{
	const unsigned char *bytes = (const unsigned char *)*at;
	if (bytes[0] < 0x80) {
		*at += 1;
		return bytes[0];
	}
	int more = bytes[0] >= 0xf0 ? 3 : bytes[0] >= 0xe0 ? 2 : 1;
	static const int32_t LEAST[] = {0, 0x80, 0x800, 0x10000};
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return -1;
	int32_t point = bytes[0] & (0x3f >> more);
	for (int i = 1; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return -1;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	*at += more + 1;
	bool surrogate = point >= 0xd800 && point <= 0xdfff;
	return point < LEAST[more] || point > 0x10ffff || surrogate ? -1 : point;
}

/* Bits waiting to become base64 characters, or the other way round. */
struct bits {
	uint32_t value;
	unsigned count;
};

static void
put_unit(struct buf *out, struct bits *bits, uint32_t unit)
{
	bits->value = bits->value << 16 | unit;
	bits->count += 16;
	while (bits->count >= 6) {
		bits->count -= 6;
		buf_add_char(out, BASE64[bits->value >> bits->count & 0x3f]);
	}
	bits->value &= (1U << bits->count) - 1;
}

static void
end_base64(struct buf *out, struct bits *bits)
{
	if (bits->count)
		buf_add_char(out, BASE64[bits->value << (6 - bits->count) & 0x3f]);
	buf_add_char(out, '-');
	*bits = (struct bits){0};
}

bool
imap_msg_to_utf7(struct buf *out, const char *utf8)
{
	struct bits bits = {0};
	bool shifted = false;
	while (*utf8) {
		int32_t point = take_utf8(&utf8);
		if (point < 0)
			return false;
		bool plain = point >= 0x20 && point <= 0x7e;
		if (shifted == plain) {
			if (plain)
				end_base64(out, &bits);
			else
				buf_add_char(out, '&');
			shifted = !plain;
		}
		if (plain) {
			buf_add_char(out, (char)point);
			if (point == '&')
				buf_add_char(out, '-');
		} else if (point >= 0x10000) {
			put_unit(out, &bits, (uint32_t)(0xd800 + ((point - 0x10000) >> 10)));
			put_unit(out, &bits, (uint32_t)(0xdc00 + ((point - 0x10000) & 0x3ff)));
		} else {
			put_unit(out, &bits, (uint32_t)point);
		}
	}
	if (shifted)
		end_base64(out, &bits);
	return !out->overflow;
}

static void
put_utf8(struct buf *out, uint32_t point)
{
	if (point < 0x80) {
		buf_add_char(out, (char)point);
		return;
	}
	unsigned more = point >= 0x10000 ? 3 : point >= 0x800 ? 2 : 1;
	static const unsigned char LEAD[] = {0, 0xc0, 0xe0, 0xf0};
	buf_add_char(out, (char)(LEAD[more] | point >> (6 * more)));
	while (more-- > 0)
		buf_add_char(out, (char)(0x80 | (point >> (6 * more) & 0x3f)));
}

/* Joins UTF-16 halves; *high is the first half that waits for its second. */
static bool
take_unit(struct buf *out, uint32_t *high, uint32_t unit)
{
	bool second = unit >= 0xdc00 && unit <= 0xdfff;
	if (second != (*high != 0))
		return false;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		*high = unit;
		return true;
	}
	put_utf8(out, second ? 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00) : unit);
	*high = 0;
	return true;
}

/* Between '&' and '-'. */
static bool
from_base64(struct buf *out, const char *at, const char *end)
{
	struct bits bits = {0};
	uint32_t high = 0;
	for (; at < end; at++) {
		const char *found = *at ? strchr(BASE64, *at) : NULL;
		if (!found)
			return false;
		bits.value = bits.value << 6 | (uint32_t)(found - BASE64);
		bits.count += 6;
		if (bits.count < 16)
			continue;
		bits.count -= 16;
		if (!take_unit(out, &high, bits.value >> bits.count & 0xffff))
			return false;
		bits.value &= (1U << bits.count) - 1;
	}
	return high == 0 && bits.count < 6 && bits.value == 0;
}

bool
imap_msg_from_utf7(struct buf *out, struct imap_msg_span name)
{
	const char *at = name.at, *end = name.at + name.len;
	for (; at < end; at++) {
		if (*at != '&') {
			buf_add_char(out, *at);
			continue;
		}
		const char *minus = memchr(at, '-', (size_t)(end - at));
		if (!minus)
			return false;
		if (minus == at + 1)
			buf_add_char(out, '&');
		else if (!from_base64(out, at + 1, minus))
			return false;
		at = minus;
	}
	return !out->overflow;
}

/* ---- dates ---- */

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Days since 1970-01-01 of the proleptic Gregorian calendar; years begin in March. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int
digits(const char *text, size_t len)
{
	uint64_t value = 0;
	if (len && *text == ' ') { /* date-day-fixed may begin with a blank */
		text++;
		len--;
	}
	return number_u64(text, len, &value) ? (int)value : -1;
}

static int
month_of(const char *text)
{
	for (int i = 0; i < 12; i++) {
		if (strncasecmp(MONTHS + (ptrdiff_t)3 * i, text, 3) == 0)
			return i + 1;
	}
	return -1;
}

/* "hh:mm:ss +zzzz" in seconds of UTC. */
static bool
time_of(const char *at, int64_t *seconds_out)
{
	if (at[2] != ':' || at[5] != ':' || at[8] != ' ' || (at[9] != '+' && at[9] != '-'))
		return false;
	int hour = digits(at, 2), minute = digits(at + 3, 2), second = digits(at + 6, 2);
	int zone_hours = digits(at + 10, 2), zone_minutes = digits(at + 12, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
	    zone_hours < 0 || zone_minutes < 0)
		return false;
	int64_t zone = zone_hours * 3600 + zone_minutes * 60;
	*seconds_out = hour * 3600 + minute * 60 + second - (at[9] == '-' ? -zone : zone);
	return true;
}

bool
imap_msg_date(struct imap_msg_span text, int64_t *unix_out)
{
	/* The day has two places, the first perhaps blank; servers leave it out too. */
	size_t day_len = text.len == 25 ? 1 : 2;
	if (text.len != day_len + 24)
		return false;
	const char *at = text.at + day_len; /* "-Jul-1996 02:44:25 -0700" */
	int day = digits(text.at, day_len), month = month_of(at + 1), year = digits(at + 5, 4);
	int64_t seconds = 0;
	if (at[0] != '-' || at[4] != '-' || at[9] != ' ' || day < 1 || day > 31 || month < 0 ||
	    year < 0 || !time_of(at + 10, &seconds))
		return false;
	*unix_out = days_of(year, month, day) * 86400 + seconds;
	return true;
}

void
imap_msg_day(struct buf *out, int64_t unix_s)
{
	int64_t days = (unix_s >= 0 ? unix_s / 86400 : -1) + 719468; /* before 1970: its last day */
	int64_t era = days / 146097, of_era = days % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * month + 2) / 5 + 1;
	month += month < 10 ? 3 : -9;
	year += era * 400 + (month <= 2);
	buf_printf(out, "%d-%.3s-%04d", (int)day, MONTHS + 3 * (month - 1), (int)year);
}
