/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of metrics: metrics.def, one row each, in the order of perfdata.
 * Thresholds (-w/-c), --list-metrics and OpenMetrics names come from it.
 */
#ifndef COMMON_REPORT_METRIC_H
#define COMMON_REPORT_METRIC_H

#include "base/range.h"
#include "report/finding.h"

enum metric_id {
#define M(name, label, unit, less_is_worse, programs, min, warning, critical, finding, meaning) \
	METRIC_##name,
#include "report/metrics.def"
#undef M
	METRIC_COUNT
};

struct metric_row {
	const char *label;   /* [a-z0-9_]{1,24} */
	const char *unit;    /* "s", "B", "%" or "" */
	bool less_is_worse;  /* a bare N means N: */
	unsigned programs;   /* enum program, or-ed */
	const char *min;     /* "0" or "" */
	const char *warning; /* default range or "" */
	const char *critical;
	int finding; /* enum finding_id raised by a range, FINDING_THRESHOLD_LABEL if none of its own */
	const char *meaning;
};

extern const struct metric_row metric_rows[METRIC_COUNT];

bool metric_find(const char *label, enum metric_id *id_out) MUST_USE;
enum range_unit metric_range_unit(enum metric_id metric);
/* Decimals of the printed value: seconds 6, days and percent 1, the rest 0. */
int metric_decimals(enum metric_id metric);

#endif
