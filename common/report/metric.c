/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the rows of metrics.def and what follows from them. Knows no values
 * and no thresholds but the default ones.
 */
#include <string.h>

#include "report/metric.h"

/* The program letters of metrics.def. */
enum {
	I = PROGRAM_IMAP,
	S = PROGRAM_SMTP,
	P = PROGRAM_POP3,
	C = PROGRAM_CERT,
	M = PROGRAM_MX,
	ALL = I | S | P | C | M
};

const struct metric_row metric_rows[METRIC_COUNT] = {
/* clang-format off */
#define M(name, label, unit, less_is_worse, programs, min, warning, critical, finding, meaning) \
	[METRIC_##name] = {label, unit, less_is_worse, programs, min, warning, critical, finding, meaning},
#include "report/metrics.def"
#undef M
    /* clang-format on */
};

bool
metric_find(const char *label, enum metric_id *id_out)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		if (strcmp(metric_rows[i].label, label) == 0) {
			*id_out = (enum metric_id)i;
			return true;
		}
	}
	return false;
}

static bool
counts_days(enum metric_id metric)
{
	const char *label = metric_rows[metric].label;
	size_t len = strlen(label);

	return len > 5 && strcmp(label + len - 5, "_days") == 0;
}

enum range_unit
metric_range_unit(enum metric_id metric)
{
	switch (metric_rows[metric].unit[0]) {
	case 's':
		return RANGE_SECONDS;
	case 'B':
		return RANGE_BYTES;
	case '%':
		return RANGE_PERCENT;
	default:
		return counts_days(metric) ? RANGE_DAYS : RANGE_PLAIN;
	}
}

int
metric_decimals(enum metric_id metric)
{
	switch (metric_range_unit(metric)) {
	case RANGE_SECONDS:
		return 6;
	case RANGE_DAYS:
	case RANGE_PERCENT:
		return 1;
	default:
		return 0;
	}
}
