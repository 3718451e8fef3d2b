/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how numbers are written and the performance data of line 1. Knows no
 * finding and never what a peer said: labels and units come from metrics.def.
 */
#include <string.h>

#include "report/render_parts.h"

void
render_real(struct buf *out, double value, int decimals)
{
	double least = 0.5;

	for (int i = 0; i < decimals; i++)
		least /= 10;
	if (value < 0 && value > -least)
		value = 0;
	buf_printf(out, "%.*f", decimals, value);
}

void
render_number(struct buf *out, double value)
{
	size_t before = out->len;

	if (value > -1e15 && value < 1e15 && value == (double)(int64_t)value) {
		render_real(out, value, 0);
		return;
	}
	render_real(out, value, 6);
	while (out->len > before && out->data[out->len - 1] == '0')
		out->data[--out->len] = '\0';
	if (out->len > before && out->data[out->len - 1] == '.')
		out->data[--out->len] = '\0';
}

/* label=value unit;warning;critical;min;max without the semicolons at the end. */
static void
item_full(struct buf *out, const struct report *report, enum metric_id id)
{
	const struct metric_row *row = &metric_rows[id];
	const struct report_metric *metric = &report->metrics[id];

	buf_printf(out, "%s=", row->label);
	render_real(out, metric->value, metric_decimals(id));
	buf_printf(out, "%s;", row->unit);
	range_print(out, &metric->warning);
	buf_add_char(out, ';');
	range_print(out, &metric->critical);
	buf_printf(out, ";%s;", row->min);
	if (metric->has_max)
		render_number(out, metric->max);
	while (out->len > 0 && out->data[out->len - 1] == ';')
		out->data[--out->len] = '\0';
}

/* A plain upper limit as the classic programs write it. */
static void
range_classic(struct buf *out, const struct range *range)
{
	if (range->set && !range->inside && !range->no_max && !range->no_min && range->min == 0)
		render_real(out, range->max, 6);
	else
		range_print(out, range);
}

static void
item_classic_time(struct buf *out, const struct report *report)
{
	const struct report_metric *metric = &report->metrics[METRIC_TIME];

	buf_add_text(out, "time=");
	render_real(out, metric->value, 3);
	buf_add_text(out, "s;");
	range_classic(out, &metric->warning);
	buf_add_char(out, ';');
	range_classic(out, &metric->critical);
	buf_add_text(out, ";0.000000;");
	if (metric->has_max)
		render_real(out, metric->max, 6);
}

/* What check_ssl_cert calls the days of the n-th certificate of the chain. */
static void
item_chain(struct buf *out, const struct report *report, double days, int64_t position)
{
	const struct report_metric *limits = &report->metrics[METRIC_CERT_DAYS];
	int64_t whole = (int64_t)days;

	if (days < (double)whole)
		whole--;
	buf_printf(out, "days_chain_elem%lld=%lld;", (long long)position + 1, (long long)whole);
	range_print(out, &limits->warning);
	buf_add_char(out, ';');
	range_print(out, &limits->critical);
	while (out->data[out->len - 1] == ';')
		out->data[--out->len] = '\0';
}

struct perfdata {
	struct buf *out;
	struct buf item;
	size_t left; /* bytes */
	bool full, begun;
};

/* Takes over the finished item. Once one does not fit, no later one stands. */
static void
perfdata_take(struct perfdata *perfdata)
{
	const char *before = perfdata->begun ? " " : " | ";
	size_t need = perfdata->item.len + strlen(before);

	if (need > perfdata->left)
		perfdata->full = true;
	if (!perfdata->full) {
		buf_add_text(perfdata->out, before);
		buf_add(perfdata->out, buf_text(&perfdata->item), perfdata->item.len);
		perfdata->left -= need;
		perfdata->begun = true;
	}
	buf_clear(&perfdata->item);
}

/* The fewest days of all certificates at this place of their chains. False: there is none. */
static bool
days_at(const struct report *report, int64_t position, double *days_out)
{
	bool found = false;

	for (const struct value *v = report->certificates->first; v; v = v->next) {
		const struct value *days = value_get(v, "days"), *at = value_get(v, "position");

		if (!days || days->kind != VALUE_REAL || !at || at->integer != position)
			continue;
		if (!found || days->real < *days_out)
			*days_out = days->real;
		found = true;
	}
	return found;
}

/* With several addresses or targets the worst, as everywhere. */
static void
perfdata_chain(struct perfdata *perfdata, const struct report *report)
{
	double days = 0;

	for (int64_t at = 0; !perfdata->full && days_at(report, at, &days); at++) {
		item_chain(&perfdata->item, report, days, at);
		perfdata_take(perfdata);
	}
}

void
render_perfdata(
    struct buf *out, const struct report *report, const struct render_params *params, size_t max)
{
	struct perfdata perfdata = {.out = out, .left = max};
	bool classic = params->perfdata == PERFDATA_COMPAT && params->program != PROGRAM_CERT;

	if (params->perfdata == PERFDATA_NONE)
		return;
	buf_init(&perfdata.item, RENDER_LINE_BYTES);
	if (classic && report->metrics[METRIC_TIME].known) {
		item_classic_time(&perfdata.item, report);
		perfdata_take(&perfdata);
	}
	for (int i = 0; i < METRIC_COUNT && !classic; i++) {
		if (!report->metrics[i].known)
			continue;
		item_full(&perfdata.item, report, (enum metric_id)i);
		perfdata_take(&perfdata);
	}
	if (params->perfdata == PERFDATA_COMPAT && !classic)
		perfdata_chain(&perfdata, report);
	buf_free(&perfdata.item);
}
