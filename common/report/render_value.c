/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the report as one tree of values: what the JSON output shows. Findings,
 * metrics and phases become values here; what judges built is completed.
 */
#include <string.h>

#include "base/text.h"
#include "report/render_parts.h"
#include "report/render_shape.h"

#define SCHEMA 1
#define MESSAGE_MAX 1000 /* characters of a message or quotation: nothing of ours is longer */
#define SAID_MAX 4000

/* Lines become one: engines show these texts in one line. */
static const char *
one_line(struct arena *arena, const char *text, size_t len, size_t max_chars)
{
	const struct text_style style = {.max_chars = max_chars, .fold = true, .for_json = true};
	struct buf out;
	const char *line;

	buf_init(&out, max_chars * 8);
	text_clean(&out, text, len, &style);
	line = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return line;
}

static void
add_state(struct arena *arena, struct value *object, enum state state)
{
	value_add_text(arena, object, "state", state_name(state));
	value_add_int(arena, object, "exit_code", (int64_t)state);
}

/* ---- findings ------------------------------------------------------------------ */

static void
add_lines(struct arena *arena, struct value *object, const char *key, const char *const *lines,
    size_t count)
{
	struct value *array = value_add_array(arena, object, key);

	for (size_t i = 0; i < count; i++)
		value_add_text(arena, array, NULL,
		    one_line(arena, lines[i], strlen(lines[i]), RENDER_TEXT_MAX));
}

static const char *
finding_name(struct report *report, const struct report_finding *finding, unsigned number)
{
	const char *id = report_finding_id(report, finding);
	const char *name =
	    finding->subject ? arena_printf(&report->arena, "%s@%s", id, finding->subject) : id;

	return number > 1 ? arena_printf(&report->arena, "%s#%u", name, number) : name;
}

static void
add_finding(struct report *report, struct value *array, const struct report_finding *finding,
    const struct render_params *params, unsigned number)
{
	struct arena *arena = &report->arena;
	struct value *object = value_add_object(arena, array, NULL);
	const char *lines[REPORT_LINES_MAX];

	value_add_text(arena, object, "id", finding_name(report, finding, number));
	value_add_text(arena, object, "finding", report_finding_id(report, finding));
	add_state(arena, object, finding->state);
	value_add_text(arena, object, "who", who_name(finding->who));
	value_add_text(arena, object, "subject", finding->subject);
	value_add_text(arena, object, "message",
	    one_line(arena, finding->message, strlen(finding->message), MESSAGE_MAX));
	value_add_text(arena, object, "said",
	    finding->said ? one_line(arena, finding->said, finding->said_len, SAID_MAX) : NULL);
	add_lines(arena, object, "why", lines, render_why(report, finding, params, lines));
	add_lines(arena, object, "next", lines, render_next(report, finding, params, lines));
	value_add_text(arena, object, "reference",
	    arena_printf(arena, "mailvitals explain %s", finding_rows[finding->id].id));
	value_add_text(arena, object, "metric",
	    finding->metric >= 0 ? metric_rows[finding->metric].label : NULL);
}

static void
add_findings(struct report *report, struct value *object, const struct render_params *params)
{
	struct value *array = value_add_array(&report->arena, object, "findings");
	const struct report_finding **sorted = report_sorted(report);
	unsigned *numbers =
	    arena_alloc(&report->arena, (report->finding_count + 1) * sizeof(*numbers));

	render_ordinals(report, sorted, report->finding_count, numbers);
	for (size_t i = 0; i < report->finding_count; i++)
		add_finding(report, array, sorted[i], params, numbers[i]);
}

/* ---- metrics and phases ---------------------------------------------------------- */

static void
add_range(struct arena *arena, struct value *object, const char *key, const struct range *range)
{
	struct buf text;

	buf_init(&text, 128);
	range_print(&text, range);
	value_add_text(arena, object, key, range->set ? buf_text(&text) : NULL);
	buf_free(&text);
}

static int
decimals_needed(double value)
{
	return value > -1e15 && value < 1e15 && value == (double)(int64_t)value ? 0 : 6;
}

static void
add_metric(struct arena *arena, struct value *metrics, enum metric_id id,
    const struct report_metric *metric)
{
	const struct metric_row *row = &metric_rows[id];
	struct value *object = value_add_object(arena, metrics, row->label);

	value_add_real(arena, object, "value", metric->value, metric_decimals(id));
	value_add_text(arena, object, "unit", row->unit);
	add_range(arena, object, "warning", &metric->warning);
	add_range(arena, object, "critical", &metric->critical);
	if (row->min[0])
		value_add_int(arena, object, "min", 0);
	else
		value_add_null(arena, object, "min");
	if (metric->has_max)
		value_add_real(arena, object, "max", metric->max, decimals_needed(metric->max));
	else
		value_add_null(arena, object, "max");
	value_add_text(arena, object, "state", state_name(metric->state));
}

static bool
same_endpoint(const struct report_phase *a, const struct report_phase *b)
{
	return a->endpoint && b->endpoint ? strcmp(a->endpoint, b->endpoint) == 0
					  : a->endpoint == b->endpoint;
}

/* How often a phase of this name came before at its endpoint, whose phases stand together. */
static unsigned
phase_number(const struct report *report, size_t index)
{
	const struct report_phase *phase = &report->phases[index];
	unsigned number = 1;

	while (index-- > 0 && same_endpoint(phase, &report->phases[index]))
		number += strcmp(phase->name, report->phases[index].name) == 0;
	return number;
}

static void
add_phase(struct report *report, struct value *array, size_t index)
{
	static const char *const results[] = {
	    [PHASE_OK] = "ok", [PHASE_FAILED] = "failed", [PHASE_TIMED_OUT] = "timeout"};
	const struct report_phase *phase = &report->phases[index];
	struct arena *arena = &report->arena;
	struct value *object = value_add_object(arena, array, NULL);
	unsigned number = phase_number(report, index);
	const char *id = phase->endpoint
			     ? arena_printf(arena, "%s/%s", phase->endpoint, phase->name)
			     : phase->name;

	if (number > 1)
		id = arena_printf(arena, "%s#%u", id, number);
	value_add_text(arena, object, "id", id);
	value_add_text(arena, object, "endpoint", phase->endpoint);
	value_add_text(arena, object, "name", phase->name);
	value_add_real(arena, object, "start", (double)phase->start_us / (double)US_PER_S, 6);
	value_add_real(arena, object, "seconds", (double)phase->span_us / (double)US_PER_S, 6);
	value_add_text(arena, object, "result", results[phase->result]);
}

static void
add_measured(struct report *report, struct value *object)
{
	struct value *phases = value_add_array(&report->arena, object, "phases");
	struct value *metrics = value_add_object(&report->arena, object, "metrics");

	for (size_t i = 0; i < report->phase_count; i++)
		add_phase(report, phases, i);
	for (int i = 0; i < METRIC_COUNT; i++)
		if (report->metrics[i].known)
			add_metric(&report->arena, metrics, (enum metric_id)i, &report->metrics[i]);
}

/* ---- states of the parts ----------------------------------------------------------- */

static const char *
text_of(const struct value *object, const char *key)
{
	const struct value *member = value_get(object, key);

	return member && member->kind == VALUE_TEXT ? member->text : "";
}

/* What is wrong with the certificate an endpoint serves is said of the endpoint. */
static enum state
leaf_state(const struct report *report, const struct value *certificate)
{
	const char *endpoint = text_of(certificate, "endpoint");
	const struct value *position = value_get(certificate, "position");
	enum state worst = STATE_OK;

	if (!position || position->integer != 0 || !endpoint[0])
		return STATE_OK;
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct report_finding *finding = &report->findings[i];

		if (finding->subject && strcmp(finding->subject, endpoint) == 0 &&
		    finding_matches(finding->id, "tls.cert"))
			worst = state_worse(worst, finding->state);
	}
	return worst;
}

static void
set_states(const struct report *report, const struct value *tree, const char *key)
{
	bool certificates = strcmp(key, "certificates") == 0;

	for (struct value *v = value_get(tree, key)->first; v; v = v->next) {
		const char *id = text_of(v, "id");
		enum state state = id[0] ? report_worst_of(report, id) : STATE_OK;

		if (certificates)
			state = state_worse(state, leaf_state(report, v));
		for (struct value *member = v->first; member; member = member->next) {
			if (strcmp(member->key, "state") == 0)
				member->text = state_name(state);
			else if (strcmp(member->key, "exit_code") == 0)
				member->integer = (int64_t)state;
		}
	}
}

/* ---- the whole ----------------------------------------------------------------------- */

static void
add_head(struct report *report, struct value *object, const struct render_params *params)
{
	struct arena *arena = &report->arena;
	struct buf summary;

	buf_init(&summary, RENDER_LINE_BYTES);
	render_summary(&summary, report, params);
	value_add_int(arena, object, "mailvitals", SCHEMA);
	value_add_text(arena, object, "plugin", params->plugin);
	value_add_text(arena, object, "version", params->version);
	value_add_time(arena, object, "started", "started_epoch", params->started_unix);
	add_state(arena, object, report_worst(report));
	value_add_text(arena, object, "summary", buf_text(&summary));
	buf_free(&summary);
}

struct value *
render_value(struct report *report, const struct render_params *params)
{
	struct value *given = value_object(&report->arena), *tree;

	add_head(report, given, params);
	value_add(given, "target", report->target);
	value_add(given, "endpoints", report->endpoints);
	value_add(given, "certificates", report->certificates);
	add_measured(report, given);
	add_findings(report, given, params);
	value_add(given, "mailboxes", report->mailboxes);
	value_add(given, "quotas", report->quotas);
	if (report->envelope)
		value_add(given, "envelope", report->envelope);
	if (report->delivery)
		value_add(given, "delivery", report->delivery);
	if (report->domain)
		value_add(given, "domain", report->domain);
	value_add(given, "lists", report->lists);
	value_add(given, "checks", report->checks);
	value_add(given, "settings", report->settings);
	tree = render_shape_complete(&report->arena, render_shape_report, given);
	set_states(report, tree, "endpoints");
	set_states(report, tree, "certificates");
	set_states(report, tree, "lists");
	return tree;
}
