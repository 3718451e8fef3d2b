/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thresholds: what -w, -c and their shorthands say, and the judge of every metric. */
#ifndef COMMON_CHECK_LIMIT_H
#define COMMON_CHECK_LIMIT_H

#include "base/err.h"
#include "base/strings.h"
#include "report/report.h"

struct limits {
	struct range warning[METRIC_COUNT], critical[METRIC_COUNT];
	bool given[METRIC_COUNT]; /* by the user: defaults are off */
};

/*
 * Reads "[METRIC=]RANGE" words of -w (critical false) or -c. False: err is
 * ERR_CONFIG: unknown metric, one not measured by this program, the same metric
 * twice, a range that does not parse.
 */
bool limits_parse(struct limits *limits, const struct strings *words, bool critical,
    enum metric_id main_metric, unsigned program, struct err *err) MUST_USE;
/* A shorthand "W[,C]" for one metric (-D, --newest-age); what names the option in errors. */
bool limits_pair(struct limits *limits, enum metric_id metric, const char *pair, const char *what,
    struct err *err) MUST_USE;
/* True when the user named this metric: its measuring is wanted. */
bool limits_want(const struct limits *limits, enum metric_id metric);

/* Applies the limits to every metric of the report that is known and not judged yet. */
void judge_metrics(struct report *report, const struct limits *limits, const char *subject);
/* One of them, with the judge's words for what its value means. */
void judge_known_metric(struct report *report, const struct limits *limits, enum metric_id metric,
    const char *subject, const char *message);
/* One metric with the judge's own limits; the message is the judge's ("certificate ends in ..."). */
void judge_metric(struct report *report, enum metric_id metric, const struct range *warning,
    const struct range *critical, const char *subject, const char *message);

#endif
