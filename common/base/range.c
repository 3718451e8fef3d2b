/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: Nagios ranges.
 * Must not know: which metric or state a range is for.
 */
#include "base/range.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static bool
range_number(const char *text, size_t len, enum range_unit unit, double *value_out)
{
	int64_t us;
	uint64_t bytes;

	switch (unit) {
	case RANGE_SECONDS:
	case RANGE_DAYS: {
		int64_t one_us = unit == RANGE_DAYS ? 86400 * US_PER_S : US_PER_S;

		if (!number_duration(text, len, one_us, &us))
			return false;
		*value_out = (double)us / (double)one_us;
		return true;
	}
	case RANGE_BYTES:
		if (!number_size(text, len, &bytes))
			return false;
		*value_out = (double)bytes;
		return true;
	case RANGE_PERCENT:
		if (len > 0 && text[len - 1] == '%')
			len--;
		return number_real(text, len, value_out);
	case RANGE_PLAIN:
		break;
	}
	return number_real(text, len, value_out);
}

/* "N", which is "0:N", or "N:" where less is worse. */
static bool
range_bare(const char *text, enum range_unit unit, bool less_is_worse, struct range *range)
{
	double number;

	if (!range_number(text, strlen(text), unit, &number))
		return false;
	if (less_is_worse && !range->inside) {
		range->min = number;
		range->no_max = true;
	} else {
		range->max = number;
	}
	return true;
}

static bool
range_pair(const char *text, const char *colon, enum range_unit unit, struct range *range)
{
	size_t before = (size_t)(colon - text), behind = strlen(colon + 1);

	if (before == 1 && text[0] == '~')
		range->no_min = true;
	else if (before > 0 && !range_number(text, before, unit, &range->min))
		return false;
	if (behind == 0)
		range->no_max = true;
	else if (!range_number(colon + 1, behind, unit, &range->max))
		return false;
	return before + behind > 0;
}

bool
range_parse(const char *text, enum range_unit unit, bool less_is_worse, struct range *range_out,
    const char **why_out)
{
	struct range range = {.set = true};
	const char *colon = strchr(text, ':');

	if (*text == '@') {
		range.inside = true;
		text++;
	}
	*why_out = NULL;
	if (*text == '\0')
		*why_out = "empty";
	else if (strcmp(text, "~") == 0)
		*why_out = "'~' needs a ':' behind it";
	else if (colon == NULL && !range_bare(text, unit, less_is_worse, &range))
		*why_out = "not a number, nor start:end";
	else if (colon != NULL && !range_pair(text, colon, unit, &range))
		*why_out = "start or end is not a number";
	else if (!range.no_min && !range.no_max && range.min > range.max)
		*why_out = "start above end";
	if (*why_out != NULL)
		return false;
	*range_out = range;
	return true;
}

bool
range_alerts(const struct range *range, double value)
{
	bool below, above;

	if (!range->set)
		return false;
	if (isnan(value)) /* a value nobody knows is never fine */
		return true;
	below = !range->no_min && value < range->min;
	above = !range->no_max && value > range->max;
	return range->inside ? !below && !above : below || above;
}

/* Up to six decimals, without zeros at the end. */
static void
print_number(struct buf *out, double value)
{
	char text[400];
	int len = snprintf(text, sizeof(text), "%.6f", value);

	while (len > 1 && text[len - 1] == '0')
		len--;
	if (len > 1 && text[len - 1] == '.')
		len--;
	(void)buf_add(out, text, (size_t)len);
}

void
range_print(struct buf *out, const struct range *range)
{
	if (!range->set)
		return;
	if (range->inside)
		buf_add_char(out, '@');
	if (range->no_min)
		buf_add_text(out, "~:");
	else if (range->min > 0 || range->min < 0 || range->no_max) {
		print_number(out, range->min);
		buf_add_char(out, ':');
	}
	if (!range->no_max)
		print_number(out, range->max);
}
