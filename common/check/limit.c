/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thresholds. Owns how -w/-c words become ranges and how a range becomes a
 * finding; knows no protocol.
 */
#include "check/limit.h"

#include <string.h>

#include "base/text.h"

static bool
limit_set(
    struct range *range, enum metric_id metric, const char *text, const char *what, struct err *err)
{
	const struct metric_row *row = &metric_rows[metric];
	const char *why;

	if (!range_parse(text, metric_range_unit(metric), row->less_is_worse, range, &why)) {
		char shown[80];

		return err_set(err, ERR_CONFIG, 0, "%s: '%s' is not a range for %s: %s", what,
		    text_clean_into(shown, sizeof(shown), text, strlen(text)), row->label, why);
	}
	return true;
}

static bool
limit_word(struct limits *limits, const char *word, bool critical, enum metric_id main_metric,
    unsigned program, struct err *err)
{
	const char *what = critical ? "--critical" : "--warning";
	const char *equals = strchr(word, '=');
	const char *text = equals ? equals + 1 : word;
	enum metric_id metric = main_metric;
	struct range *range;

	if (equals) {
		char label[32], shown[64];
		size_t len = (size_t)(equals - word);

		if (len < sizeof(label)) {
			memcpy(label, word, len);
			label[len] = '\0';
		}
		if (len >= sizeof(label) || !metric_find(label, &metric))
			return err_set(err, ERR_CONFIG, 0, "%s: there is no metric '%s'", what,
			    text_clean_into(shown, sizeof(shown), word, len));
	} else if (main_metric == METRIC_CERT_DAYS && word[0] && word[strlen(word) - 1] == '%') {
		metric = METRIC_CERT_LIFETIME_LEFT;
	}
	if (!(metric_rows[metric].programs & program))
		return err_set(err, ERR_CONFIG, 0, "%s: %s is not measured by this program", what,
		    metric_rows[metric].label);
	range = critical ? &limits->critical[metric] : &limits->warning[metric];
	if (range->set)
		return err_set(
		    err, ERR_CONFIG, 0, "%s: %s is given twice", what, metric_rows[metric].label);
	limits->given[metric] = true;
	return limit_set(range, metric, text, what, err);
}

bool
limits_parse(struct limits *limits, const struct strings *words, bool critical,
    enum metric_id main_metric, unsigned program, struct err *err)
{
	for (size_t i = 0; i < words->count; i++)
		if (!limit_word(limits, words->items[i], critical, main_metric, program, err))
			return false;
	return true;
}

bool
limits_pair(struct limits *limits, enum metric_id metric, const char *pair, const char *what,
    struct err *err)
{
	const char *comma = strchr(pair, ',');
	char warning[64];
	size_t len = comma ? (size_t)(comma - pair) : strlen(pair);

	if (limits->given[metric])
		return err_set(err, ERR_CONFIG, 0, "%s and -w/-c %s exclude each other", what,
		    metric_rows[metric].label);
	if (len == 0 || len >= sizeof(warning) || (comma && comma[1] == '\0'))
		return err_set(err, ERR_CONFIG, 0, "%s needs W or W,C", what);
	memcpy(warning, pair, len);
	warning[len] = '\0';
	limits->given[metric] = true;
	return limit_set(&limits->warning[metric], metric, warning, what, err) &&
	       (!comma || limit_set(&limits->critical[metric], metric, comma + 1, what, err));
}

bool
limits_want(const struct limits *limits, enum metric_id metric)
{
	return limits->given[metric];
}

/* "3.2 s", "14.2 days", "88.0%": a value as the sentences of the report say it. */
static void
limit_value_text(struct buf *out, enum metric_id metric, double value)
{
	switch (metric_range_unit(metric)) {
	case RANGE_SECONDS:
		text_span(out, (int64_t)(value * 1e6));
		break;
	case RANGE_BYTES:
		text_size(out, value < 0 ? 0 : (uint64_t)value);
		break;
	case RANGE_DAYS:
		buf_printf(out, "%.1f days", value);
		break;
	case RANGE_PERCENT:
		buf_printf(out, "%.1f%%", value);
		break;
	case RANGE_PLAIN:
		buf_printf(out, "%.*f", metric_decimals(metric), value);
		break;
	}
}

/* "limit 2 s" for a plain upper or lower bound, the range's own text otherwise. */
static void
limit_range_text(struct buf *out, enum metric_id metric, const struct range *range)
{
	if (!range->inside && range->no_max && !range->no_min)
		limit_value_text(out, metric, range->min);
	else if (!range->inside && !range->no_max && (range->no_min || range->min == 0))
		limit_value_text(out, metric, range->max);
	else
		range_print(out, range);
}

/* How a sentence says the value; other metrics by their label, as -w names them. */
static void
limit_sentence(struct buf *out, enum metric_id metric, double value)
{
	static const struct {
		enum metric_id metric;
		const char *before, *behind;
	} words[] = {
	    {METRIC_TIME, "the whole check took ", ""},
	    {METRIC_TIME_DELIVERY, "the message arrived after ", ""},
	    {METRIC_TIME_PUSH, "IDLE announced the new message after ", ""},
	    {METRIC_JUNK, "Junk holds ", " messages"},
	    {METRIC_NEWEST_AGE, "the newest message is ", " old"},
	    {METRIC_OLDEST_AGE, "the oldest message is ", " old"},
	    {METRIC_OLDEST_UNSEEN_AGE, "the oldest unread message is ", " old"},
	    {METRIC_MX_TTL, "the TTL of the MX set is ", ""},
	    {METRIC_RRSIG_DAYS, "a signature of the zone ends in ", ""},
	};
	const char *label = metric_rows[metric].label, *behind = "";
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(words) && !known; i++) {
		known = words[i].metric == metric;
		if (known) {
			buf_add_text(out, words[i].before);
			behind = words[i].behind;
		}
	}
	if (!known && strncmp(label, "time_", 5) == 0)
		buf_printf(out, "%s took ", label + 5);
	else if (!known)
		buf_printf(out, "%s is ", label);
	limit_value_text(out, metric, value);
	buf_add_text(out, behind);
}

/* A count or a size says what is counted; the row speaks of times. */
static void
limit_advice(struct report *report, struct report_finding *finding, enum metric_id metric)
{
	if (metric_range_unit(metric) == RANGE_SECONDS)
		return;
	report_why(
	    report, finding, "it left the limit of -w or -c: %s", metric_rows[metric].meaning);
	report_why(report, finding, "the limit is too narrow");
	report_next(
	    report, finding, "here: -vv shows what was seen; compare it with the day before");
}

static enum finding_id
limit_finding(enum metric_id metric)
{
	return (enum finding_id)metric_rows[metric].finding;
}

void
judge_metric(struct report *report, enum metric_id metric, const struct range *warning,
    const struct range *critical, const char *subject, const char *message)
{
	struct report_metric *m = &report->metrics[metric];
	bool is_critical = range_alerts(critical, m->value);
	struct report_finding *finding;
	struct buf text;

	m->judged = true;
	m->warning = *warning;
	m->critical = *critical;
	if (!is_critical && !range_alerts(warning, m->value))
		return;
	buf_init(&text, 512);
	if (message) {
		buf_add_text(&text, message);
	} else {
		limit_sentence(&text, metric, m->value);
	}
	buf_add_text(&text, ", limit ");
	limit_range_text(&text, metric, is_critical ? critical : warning);
	finding = report_add(report, limit_finding(metric), subject, "%s", buf_text(&text));
	finding->metric = (int)metric;
	if (limit_finding(metric) == FINDING_THRESHOLD_LABEL) {
		finding->label = metric_rows[metric].label;
		limit_advice(report, finding, metric);
	}
	report_state(report, finding, is_critical ? STATE_CRITICAL : STATE_WARNING);
	m->state = finding->state;
	buf_free(&text);
}

static void
limit_default(struct range *range, const char *text, enum metric_id metric)
{
	const char *why;

	if (text[0] && !range_parse(text, metric_range_unit(metric),
			   metric_rows[metric].less_is_worse, range, &why))
		range->set = false;
}

void
judge_known_metric(struct report *report, const struct limits *limits, enum metric_id metric,
    const char *subject, const char *message)
{
	struct range warning = limits->warning[metric], critical = limits->critical[metric];

	if (!report->metrics[metric].known || report->metrics[metric].judged)
		return;
	if (!limits->given[metric]) {
		limit_default(&warning, metric_rows[metric].warning, metric);
		limit_default(&critical, metric_rows[metric].critical, metric);
	}
	judge_metric(report, metric, &warning, &critical, subject, message);
}

void
judge_metrics(struct report *report, const struct limits *limits, const char *subject)
{
	for (int i = 0; i < METRIC_COUNT; i++)
		judge_known_metric(report, limits, (enum metric_id)i, subject, NULL);
}
