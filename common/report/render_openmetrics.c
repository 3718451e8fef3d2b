/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the report as gauges, in the syntax that the Prometheus text format
 * 0.0.4 and OpenMetrics 1.0 share. Label values are names from arguments,
 * addresses, zones, serials and ids, never what a peer said.
 */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "report/render_parts.h"

#define LABEL_MAX 256 /* characters of a label's value */

/* The family at hand, and what every sample carries. */
struct gauges {
	struct buf *out;
	const struct render_params *params;
	struct report *report;
	const struct value *tree;
	const char *name;
};

/* HELP and TYPE come with the first sample: a family without one is left out. */
struct family {
	const char *name, *help;
};

static void
add_label(struct buf *out, const char *name, size_t name_len, const char *value)
{
	const struct text_style style = {.max_chars = LABEL_MAX, .for_json = true};
	struct buf clean;

	buf_add(out, name, name_len);
	buf_add_text(out, "=\"");
	buf_init(&clean, (size_t)LABEL_MAX * 16);
	text_clean(&clean, value, strlen(value), &style);
	for (const char *c = buf_text(&clean); *c; c++) {
		if (*c == '\\' || *c == '"')
			buf_add_char(out, '\\');
		buf_add_char(out, *c);
	}
	buf_free(&clean);
	buf_add_char(out, '"');
}

static void
label(struct gauges *gauges, const char *name, const char *value)
{
	buf_add_char(gauges->out, ',');
	add_label(gauges->out, name, strlen(name), value);
}

/* HELP and TYPE before the first sample, then the name and the labels all samples have. */
static void
sample_of(struct gauges *gauges, const struct family *family, const char *target)
{
	const struct render_params *params = gauges->params;

	if (!gauges->name || strcmp(gauges->name, family->name) != 0) {
		buf_printf(gauges->out, "# HELP mailvitals_%s %c%s\n# TYPE mailvitals_%s gauge\n",
		    family->name, toupper((unsigned char)family->help[0]), family->help + 1,
		    family->name);
		gauges->name = family->name;
	}
	buf_printf(gauges->out, "mailvitals_%s{", family->name);
	add_label(gauges->out, "check", strlen("check"), params->check);
	label(gauges, "target", target);
	for (size_t i = 0; i < params->metric_label_count; i++) {
		const char *word = params->metric_labels[i];
		size_t len = strcspn(word, "=");

		buf_add_char(gauges->out, ',');
		add_label(gauges->out, word, len, word[len] ? word + len + 1 : "");
	}
}

static void
sample(struct gauges *gauges, const struct family *family)
{
	sample_of(gauges, family, gauges->params->subject ? gauges->params->subject : "");
}

static void
value_int(struct gauges *gauges, int64_t value)
{
	buf_printf(gauges->out, "} %lld\n", (long long)value);
}

static const char *
text_of(const struct value *object, const char *key)
{
	const struct value *member = value_get(object, key);

	return member && member->kind == VALUE_TEXT ? member->text : "";
}

/* "host:port" of "host:port/address#0": with several targets each sample names its own. */
static const char *
target_of(struct gauges *gauges, const char *endpoint)
{
	const char *slash = strchr(endpoint, '/');

	if (!slash || slash == endpoint)
		return endpoint;
	return arena_strndup(&gauges->report->arena, endpoint, (size_t)(slash - endpoint));
}

static const char *
address_of(const char *endpoint)
{
	const char *slash = strchr(endpoint, '/');

	return slash && slash != endpoint ? slash + 1 : "";
}

/* ---- states --------------------------------------------------------------------- */

static void
findings(struct gauges *gauges)
{
	static const struct family family = {
	    "finding_state", "State of each thing that is wrong: 1 warning, 2 critical, 3 unknown"};
	struct report *report = gauges->report;
	const struct report_finding **sorted = report_sorted(report);
	unsigned *numbers =
	    arena_alloc(&report->arena, (report->finding_count + 1) * sizeof(*numbers));

	render_ordinals(report, sorted, report->finding_count, numbers);
	for (size_t i = 0; i < report->finding_count; i++) {
		/* Sorted: of twins the first is the worst. */
		if (sorted[i]->state == STATE_OK || numbers[i] > 1)
			continue;
		sample(gauges, &family);
		label(gauges, "finding", report_finding_id(report, sorted[i]));
		label(gauges, "subject", sorted[i]->subject ? sorted[i]->subject : "");
		value_int(gauges, (int64_t)sorted[i]->state);
	}
}

static void
endpoints(struct gauges *gauges)
{
	static const struct family family = {
	    "endpoint_state", "State of one address: 0 ok, 1 warning, 2 critical, 3 unknown"};

	for (const struct value *v = value_get(gauges->tree, "endpoints")->first; v; v = v->next) {
		sample_of(gauges, &family, target_of(gauges, text_of(v, "id")));
		label(gauges, "address", text_of(v, "address"));
		value_int(gauges, value_get(v, "exit_code")->integer);
	}
}

/* ---- measurements ----------------------------------------------------------------- */

static bool
is_phase(enum metric_id id)
{
	return strncmp(metric_rows[id].label, "time_", 5) == 0;
}

static void
phases(struct gauges *gauges)
{
	static const struct family family = {"phase_seconds", "Time of one phase"};

	for (int i = 0; i < METRIC_COUNT; i++) {
		if (!is_phase((enum metric_id)i) || !gauges->report->metrics[i].known)
			continue;
		sample(gauges, &family);
		label(gauges, "phase", metric_rows[i].label + 5);
		buf_add_text(gauges->out, "} ");
		render_real(gauges->out, gauges->report->metrics[i].value, 6);
		buf_add_char(gauges->out, '\n');
	}
}

static const char *
family_name(struct arena *arena, const struct metric_row *row)
{
	const char *unit = row->unit[0] == 's'   ? "_seconds"
			   : row->unit[0] == 'B' ? "_bytes"
			   : row->unit[0] == '%' ? "_percent"
						 : "";
	size_t len = strlen(row->label), unit_len = strlen(unit);

	if (len > unit_len && strcmp(row->label + len - unit_len, unit) == 0)
		unit = "";
	return arena_printf(arena, "%s%s", row->label, unit);
}

static void
metric(struct gauges *gauges, enum metric_id id)
{
	const struct metric_row *row = &metric_rows[id];
	const struct family family = {family_name(&gauges->report->arena, row), row->meaning};

	if (is_phase(id) || !gauges->report->metrics[id].known)
		return;
	sample(gauges, &family);
	buf_add_text(gauges->out, "} ");
	render_real(gauges->out, gauges->report->metrics[id].value, metric_decimals(id));
	buf_add_char(gauges->out, '\n');
}

static void
certificates(struct gauges *gauges)
{
	static const struct family family = {
	    "cert_not_after_timestamp_seconds", "End of a certificate, Unix time"};

	for (const struct value *v = value_get(gauges->tree, "certificates")->first; v;
	     v = v->next) {
		const char *endpoint = text_of(v, "endpoint");
		const struct value *end = value_get(v, "not_after_epoch");

		if (end->kind != VALUE_INT)
			continue;
		sample_of(gauges, &family,
		    endpoint[0] ? target_of(gauges, endpoint) : text_of(v, "file"));
		label(gauges, "address", address_of(endpoint));
		label(gauges, "position",
		    arena_printf(&gauges->report->arena, "%lld",
			(long long)value_get(v, "position")->integer));
		label(gauges, "serial", text_of(v, "serial"));
		value_int(gauges, end->integer);
	}
}

static void
lists(struct gauges *gauges)
{
	static const struct family family = {
	    "list_state", "What a list says: 0 clean, 1 listed, 2 cannot be asked"};

	for (const struct value *v = value_get(gauges->tree, "lists")->first; v; v = v->next) {
		const char *verdict = text_of(v, "verdict");
		bool listed = strcmp(verdict, "listed") == 0 || strcmp(verdict, "unproved") == 0;

		sample(gauges, &family);
		label(gauges, "zone", text_of(v, "zone"));
		label(gauges, "address", text_of(v, "target"));
		value_int(gauges, listed ? 1 : strcmp(verdict, "clean") == 0 ? 0 : 2);
	}
}

void
render_openmetrics(struct buf *out, struct report *report, const struct render_params *params)
{
	static const struct family state = {
	    "state", "State of the check: 0 ok, 1 warning, 2 critical, 3 unknown"};
	static const struct family last_run = {
	    "last_run_timestamp_seconds", "Start of this run, Unix time"};
	static const struct family build = {"build", "Version of the program"};
	struct gauges gauges = {
	    .out = out, .params = params, .report = report, .tree = render_value(report, params)};

	sample(&gauges, &state);
	value_int(&gauges, (int64_t)report_worst(report));
	findings(&gauges);
	endpoints(&gauges);
	metric(&gauges, METRIC_TIME);
	phases(&gauges);
	for (int i = METRIC_TIME + 1; i < METRIC_COUNT; i++)
		metric(&gauges, (enum metric_id)i);
	certificates(&gauges);
	lists(&gauges);
	sample(&gauges, &last_run);
	value_int(&gauges, params->started_unix);
	sample(&gauges, &build);
	label(&gauges, "version", params->version);
	value_int(&gauges, 1);
	buf_add_text(out, "# EOF\n");
}
