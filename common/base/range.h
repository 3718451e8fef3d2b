/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nagios ranges (monitoring plugins guidelines, "Threshold and Ranges"):
 * 10, 10:, ~:10, 10:20, @10:20. Start <= end, numbers may be durations, sizes
 * or percentages where the metric's unit says so.
 */
#ifndef COMMON_BASE_RANGE_H
#define COMMON_BASE_RANGE_H

#include "base/base.h"
#include "base/buf.h"

struct range {
	bool set;    /* zero: no range, nothing is ever outside */
	bool inside; /* '@': alert inside instead of outside */
	bool no_min; /* '~' */
	bool no_max; /* "N:" */
	double min, max;
};

/* How the numbers of a range are written and in which unit they are stored. */
enum range_unit {
	RANGE_PLAIN,   /* 10, 2.5 */
	RANGE_SECONDS, /* durations; stored in seconds */
	RANGE_DAYS,    /* durations, bare = days; stored in days */
	RANGE_BYTES,   /* sizes; stored in bytes */
	RANGE_PERCENT  /* 10 or 10%; stored as 10 */
};

/*
 * less_is_worse: a bare "N" means "N:" (at least N). On failure false and
 * *why_out names the fault in words ("start above end").
 */
bool range_parse(const char *text, enum range_unit unit, bool less_is_worse,
    struct range *range_out, const char **why_out) MUST_USE;
/* True when value must alert. */
bool range_alerts(const struct range *range, double value);
/* Canonical text ("22.5:", "~:10", "@1:5"); nothing for an unset range. */
void range_print(struct buf *out, const struct range *range);

#endif
