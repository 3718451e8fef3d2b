/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what a run found and the one place where a state is decided: row,
 * judge, then the user's policy. Prints nothing.
 */
#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
report_init(struct report *report, const struct report_policy *policy)
{
	*report = (struct report){.policy = policy};
	report->target = value_object(&report->arena);
	report->endpoints = value_array(&report->arena);
	report->certificates = value_array(&report->arena);
	report->mailboxes = value_array(&report->arena);
	report->quotas = value_array(&report->arena);
	report->lists = value_array(&report->arena);
	report->checks = value_array(&report->arena);
	report->settings = value_object(&report->arena);
}

void
report_free(struct report *report)
{
	mem_free(report->findings);
	mem_free(report->phases);
	mem_free(report->lines);
	arena_free(&report->arena);
	*report = (struct report){0};
}

/* ---- states ----------------------------------------------------------------- */

const char *
report_finding_id(struct report *report, const struct report_finding *finding)
{
	if (finding->id != FINDING_THRESHOLD_LABEL || !finding->label)
		return finding_rows[finding->id].id;
	return arena_printf(&report->arena, "threshold.%s", finding->label);
}

/* The state the user wants for this finding, else the given one. */
static enum state
state_by_policy(struct report *report, const struct report_finding *finding, enum state state)
{
	const struct report_policy *policy = report->policy;
	const char *id;
	size_t longest = 0;

	if (!policy || policy->override_count == 0 || !finding_may_change(finding->id))
		return state;
	id = report_finding_id(report, finding);
	for (size_t i = 0; i < policy->override_count; i++) {
		const struct report_override *override = &policy->overrides[i];
		size_t len = strlen(override->id);

		if (len > longest && finding_id_matches(id, override->id)) {
			longest = len;
			state = override->state;
		}
	}
	return state;
}

void
report_state(struct report *report, struct report_finding *finding, enum state state)
{
	finding->state = state_by_policy(report, finding, state);
}

enum state
report_worst(const struct report *report)
{
	enum state worst = STATE_OK;

	for (size_t i = 0; i < report->finding_count; i++)
		worst = state_worse(worst, report->findings[i].state);
	return worst;
}

static bool
is_about(const struct report_finding *finding, const char *subject)
{
	size_t len = strlen(subject);

	if (!finding->subject || strncmp(finding->subject, subject, len) != 0)
		return false;
	return finding->subject[len] == '\0' || finding->subject[len] == '#';
}

enum state
report_worst_of(const struct report *report, const char *subject)
{
	enum state worst = STATE_OK;

	for (size_t i = 0; i < report->finding_count; i++)
		if (is_about(&report->findings[i], subject))
			worst = state_worse(worst, report->findings[i].state);
	return worst;
}

/* ---- findings --------------------------------------------------------------- */

/* Room for one more at the end of an array that doubles. */
static void *
grow(void *array, size_t count, size_t size)
{
	if (count == 0)
		return mem_grow(array, 8, size);
	if (count >= 8 && (count & (count - 1)) == 0)
		return mem_grow(array, count * 2, size);
	return array;
}

struct report_finding *
report_add(struct report *report, enum finding_id id, const char *subject, const char *message, ...)
{
	struct report_finding *finding;
	va_list args;

	report->findings = grow(report->findings, report->finding_count, sizeof(*report->findings));
	finding = &report->findings[report->finding_count++];
	*finding = (struct report_finding){.id = id,
	    .who = finding_rows[id].who,
	    .subject = arena_strdup(&report->arena, subject),
	    .metric = -1};
	va_start(args, message);
	finding->message = arena_vprintf(&report->arena, message, args);
	va_end(args);
	report_state(report, finding, finding_rows[id].state);
	return finding;
}

void
report_headline(struct report *report, struct report_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding->headline = arena_vprintf(&report->arena, format, args);
	va_end(args);
}

void
report_said(struct report *report, struct report_finding *finding, const void *bytes, size_t len)
{
	char *said;

	if (report->policy && report->policy->hide_words)
		return;
	said = arena_alloc(&report->arena, len + 1);
	if (len > 0)
		memcpy(said, bytes, len);
	finding->said = said;
	finding->said_len = len;
}

static void
add_own_line(struct report *report, const char **lines, const char *format, va_list args)
{
	for (int i = 0; i < REPORT_LINES_MAX; i++) {
		if (!lines[i]) {
			lines[i] = arena_vprintf(&report->arena, format, args);
			return;
		}
	}
}

void
report_why(struct report *report, struct report_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_own_line(report, finding->why, format, args);
	va_end(args);
}

void
report_next(struct report *report, struct report_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_own_line(report, finding->next, format, args);
	va_end(args);
}

bool
report_has(const struct report *report, enum finding_id id)
{
	for (size_t i = 0; i < report->finding_count; i++)
		if (report->findings[i].id == id)
			return true;
	return false;
}

/* Worst first, then as the table has them, then as they were added. */
static int
by_badness(const void *left, const void *right)
{
	const struct report_finding *a = *(const struct report_finding *const *)left;
	const struct report_finding *b = *(const struct report_finding *const *)right;

	if (a->state != b->state)
		return state_worse(a->state, b->state) == a->state ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a > b) - (a < b);
}

const struct report_finding **
report_sorted(struct report *report)
{
	const struct report_finding **sorted = arena_alloc(
	    &report->arena, (report->finding_count + 1) * sizeof(const struct report_finding *));

	for (size_t i = 0; i < report->finding_count; i++)
		sorted[i] = &report->findings[i];
	if (report->finding_count > 1)
		qsort(sorted, report->finding_count, sizeof(const struct report_finding *),
		    by_badness);
	return sorted;
}

/* ---- metrics, phases, lines ------------------------------------------------- */

static bool
is_worse(enum metric_id metric, double value, double than)
{
	return metric_rows[metric].less_is_worse ? value < than : value > than;
}

void
report_metric(struct report *report, enum metric_id metric, double value)
{
	struct report_metric *m = &report->metrics[metric];

	if (!isfinite(value) || (value < 0 && metric_rows[metric].unit[0] == 's'))
		return;
	if (m->known && !is_worse(metric, value, m->value))
		return;
	m->known = true;
	m->judged = false;
	m->state = STATE_OK;
	m->value = value;
}

void
report_metric_max(struct report *report, enum metric_id metric, double max)
{
	report->metrics[metric].has_max = isfinite(max);
	report->metrics[metric].max = max;
}

static void
join_metrics(struct report *report, const struct report *other)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		struct report_metric *mine = &report->metrics[i];
		const struct report_metric *theirs = &other->metrics[i];

		if (!theirs->known)
			continue;
		if (!mine->known ||
		    (mine->state == theirs->state
			    ? is_worse((enum metric_id)i, theirs->value, mine->value)
			    : state_worse(mine->state, theirs->state) == theirs->state))
			*mine = *theirs;
	}
}

void
report_phase(struct report *report, const struct report_phase *phase)
{
	struct report_phase *added;

	report->phases = grow(report->phases, report->phase_count, sizeof(*report->phases));
	added = &report->phases[report->phase_count++];
	*added = *phase;
	added->endpoint = arena_strdup(&report->arena, phase->endpoint);
	added->name = arena_strdup(&report->arena, phase->name);
	added->detail = arena_strdup(&report->arena, phase->detail);
}

void
report_line(struct report *report, int level, const char *format, ...)
{
	struct report_line *line;
	va_list args;

	report->lines = grow(report->lines, report->line_count, sizeof(*report->lines));
	line = &report->lines[report->line_count++];
	line->level = level;
	va_start(args, format);
	line->text = arena_vprintf(&report->arena, format, args);
	va_end(args);
}

void
report_good(struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report->good = arena_vprintf(&report->arena, format, args);
	va_end(args);
}

/* ---- joining ---------------------------------------------------------------- */

/* Elements whose id is there already are the same thing seen twice (a folder through two addresses). */
static void
join_array(struct report *report, enum report_array which, struct value *array, struct value *other)
{
	struct value *next;

	for (struct value *v = other->first; v; v = next) {
		next = v->next;
		v->next = NULL;
		if (!id_set_holds(&report->ids[which], array, v, &report->arena))
			value_add(array, NULL, v);
	}
	other->first = other->last = NULL;
}

static void
join_trees(struct report *report, struct report *other)
{
	join_array(report, REPORT_ENDPOINTS, report->endpoints, other->endpoints);
	join_array(report, REPORT_CERTIFICATES, report->certificates, other->certificates);
	join_array(report, REPORT_MAILBOXES, report->mailboxes, other->mailboxes);
	join_array(report, REPORT_QUOTAS, report->quotas, other->quotas);
	join_array(report, REPORT_LISTS, report->lists, other->lists);
	join_array(report, REPORT_CHECKS, report->checks, other->checks);
	if (!report->envelope)
		report->envelope = other->envelope;
	if (!report->delivery)
		report->delivery = other->delivery;
	if (!report->domain)
		report->domain = other->domain;
	if (!report->good)
		report->good = other->good;
}

static void
join_findings(struct report *report, const struct report *other)
{
	for (size_t i = 0; i < other->finding_count; i++) {
		report->findings =
		    grow(report->findings, report->finding_count, sizeof(*report->findings));
		report->findings[report->finding_count++] = other->findings[i];
	}
	for (size_t i = 0; i < other->phase_count; i++) {
		report->phases = grow(report->phases, report->phase_count, sizeof(*report->phases));
		report->phases[report->phase_count++] = other->phases[i];
	}
	for (size_t i = 0; i < other->line_count; i++) {
		report->lines = grow(report->lines, report->line_count, sizeof(*report->lines));
		report->lines[report->line_count++] = other->lines[i];
	}
}

void
report_join(struct report *report, struct report *other)
{
	join_findings(report, other);
	join_metrics(report, other);
	join_trees(report, other);
	arena_adopt(&report->arena, &other->arena);
	report_free(other);
}
