/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header dates without libc's calendar: no locale, no time zone, nothing wraps. */
#include "wire/mail_date.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

static const char months[12][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char weekdays[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

/* Blanks and comments, which nest (RFC 5322, 3.2.2). */
static void
skip_cfws(const char **at)
{
	int depth = 0;

	for (; **at != '\0'; (*at)++) {
		if (depth > 0 && **at == '\\' && (*at)[1] != '\0')
			(*at)++;
		else if (**at == '(')
			depth++;
		else if (**at == ')' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(" \t\r\n", **at) == NULL)
			return;
	}
}

/* min to max digits; returns how many were taken. */
static size_t
take_number(const char **at, size_t min, size_t max, int *value_out)
{
	size_t digits;
	uint64_t value;

	skip_cfws(at);
	digits = strspn(*at, "0123456789");
	if (digits < min || digits > max || !number_u64(*at, digits, &value))
		return 0;
	*value_out = (int)value;
	*at += digits;
	return digits;
}

static bool
take_char(const char **at, char c)
{
	skip_cfws(at);
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* A name of three letters out of a table; longer words are no match. */
static bool
take_name(const char **at, const char (*names)[4], size_t count, int *index_out)
{
	skip_cfws(at);
	for (size_t i = 0; i < count; i++) {
		if (!text_begins_fold(*at, names[i]))
			continue;
		*index_out = (int)i;
		*at += 3;
		return true;
	}
	return false;
}

/* Two digits are 2000 to 2049 or 1950 to 1999, three count from 1900 (RFC 5322, 4.3). */
static bool
take_year(const char **at, int *year_out)
{
	size_t digits = take_number(at, 2, 4, year_out);

	if (digits == 2)
		*year_out += *year_out < 50 ? 2000 : 1900;
	else if (digits == 3)
		*year_out += 1900;
	return digits > 0;
}

/* Offset in minutes; unknown and military zones count as UTC (RFC 5322, 4.3). */
static bool
take_zone(const char **at, int *minutes_out)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6},
	    {"PST", -8}, {"PDT", -7}};
	bool plus = take_char(at, '+'), minus = !plus && take_char(at, '-');
	int value = 0;

	*minutes_out = 0;
	if (plus || minus) {
		if (take_number(at, 4, 4, &value) == 0 || value % 100 > 59)
			return false;
		*minutes_out = (value / 100 * 60 + value % 100) * (minus ? -1 : 1);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (text_begins_fold(*at, zones[i].name))
			*minutes_out = zones[i].hours * 60;
	return (**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z');
}

/* Days since 1970 of a date of the Gregorian calendar; March begins the year, so leap days end it. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = (month + 9) % 12;
	int64_t of_year = (153 * m + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static bool
is_date(int year, int month, int day)
{
	static const int days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return year >= 1900 && day >= 1 && day <= days[month - 1] &&
	       !(month == 2 && day == 29 && !leap);
}

static bool
take_time(const char **at, int *second_of_day_out)
{
	int hour, minute, second = 0;

	if (take_number(at, 1, 2, &hour) == 0 || !take_char(at, ':') ||
	    take_number(at, 2, 2, &minute) == 0)
		return false;
	if (take_char(at, ':') && take_number(at, 2, 2, &second) == 0)
		return false;
	*second_of_day_out = hour * 3600 + minute * 60 + second;
	return hour < 24 && minute < 60 && second <= 60; /* 60: a leap second */
}

bool
mail_date_parse(const char *text, int64_t *unix_out)
{
	int weekday, day, month, year, second, zone;

	if (take_name(&text, weekdays, ARRAY_LEN(weekdays), &weekday) && !take_char(&text, ','))
		return false;
	if (take_number(&text, 1, 2, &day) == 0 ||
	    !take_name(&text, months, ARRAY_LEN(months), &month) || !take_year(&text, &year) ||
	    !take_time(&text, &second) || !take_zone(&text, &zone))
		return false;
	month++;
	if (!is_date(year, month, day))
		return false;
	*unix_out = days_of(year, month, day) * 86400 + second - (int64_t)zone * 60;
	return true;
}

bool
mail_date_received(const char *value, int64_t *unix_out)
{
	const char *semicolon = strrchr(value, ';');

	return semicolon != NULL && mail_date_parse(semicolon + 1, unix_out);
}

void
mail_date_print(struct buf *out, int64_t unix_seconds)
{
	int64_t days = unix_seconds / 86400, second = unix_seconds % 86400;
	int year = 1970, month = 1;

	year += (int)(days / 366); /* never too late, and at most years off that the loop closes */
	while (days_of(year + 1, 1, 1) <= days)
		year++;
	while (month < 12 && days_of(year, month + 1, 1) <= days)
		month++;
	buf_printf(out, "%s, %d %s %d %02d:%02d:%02d +0000", weekdays[days % 7],
	    (int)(days - days_of(year, month, 1)) + 1, months[month - 1], year,
	    (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}
