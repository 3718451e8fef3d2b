/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the tables of findings and metrics as lists for people and machines:
 * --list-findings, --list-metrics, --explain ID. Knows no run.
 */
#include <string.h>

#include "report/render_parts.h"

static const struct {
	enum program program;
	const char *name;
} programs_by_name[] = {
    {PROGRAM_IMAP, "check_imap_tls"},
    {PROGRAM_SMTP, "check_smtp_submit"},
    {PROGRAM_POP3, "check_pop3"},
    {PROGRAM_CERT, "check_cert_expiry"},
    {PROGRAM_MX, "check_mx_rbl"},
    {PROGRAM_DOCTOR, "mailvitals doctor"},
};

static const char *
row_state(const struct finding_row *row)
{
	switch (row->rule) {
	case FINDING_STEPS:
		return "by limit";
	case FINDING_WORST:
		return "worst";
	default:
		return state_name(row->state);
	}
}

/* ---- text ------------------------------------------------------------------------- */

void
render_findings(struct buf *out, unsigned programs)
{
	for (int i = 0; i < FINDING_COUNT; i++) {
		const struct finding_row *row = &finding_rows[i];

		if (row->programs & programs)
			buf_printf(out, "%-34s %-9s %-9s %s\n", row->id, row_state(row),
			    who_name(row->who), row->meaning);
	}
}

void
render_metrics(struct buf *out, unsigned programs)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *row = &metric_rows[i];

		if (row->programs & programs)
			buf_printf(out, "%-25s %-2s %-5s %-5s %s%s\n", row->label,
			    row->unit[0] ? row->unit : "-", row->warning[0] ? row->warning : "-",
			    row->critical[0] ? row->critical : "-", row->meaning,
			    row->less_is_worse ? "; less is worse" : "");
	}
}

static const char *
who_meaning(enum who who)
{
	static const char *const meanings[] = {
	    [WHO_MAIL] = "the team of the checked server",
	    [WHO_DNS] = "the keeper of the zone",
	    [WHO_MONITOR] = "the keeper of the checking machine and its settings",
	    [WHO_PROVIDER] = "the provider: its incident, wait",
	    [WHO_OWNER] = "the owner of the account",
	};

	return meanings[who];
}

static void
explain_state(struct buf *out, enum finding_id id)
{
	const struct finding_row *row = &finding_rows[id];

	if (row->rule == FINDING_STEPS)
		buf_add_text(out, "  state: WARNING or CRITICAL, by its limit or rule");
	else if (row->rule == FINDING_WORST)
		buf_add_text(out, "  state: the worst of what it explains");
	else
		buf_printf(out, "  state: %s", state_name(row->state));
	if (finding_may_change(id))
		buf_printf(out, "; --state %s=STATE changes it\n", row->id);
	else
		buf_add_text(out, "; cannot be changed\n");
}

static void
explain_programs(struct buf *out, unsigned programs)
{
	const char *before = "  by:    ";

	for (size_t i = 0; i < ARRAY_LEN(programs_by_name); i++) {
		if (!(programs & programs_by_name[i].program))
			continue;
		buf_printf(out, "%s%s", before, programs_by_name[i].name);
		before = ", ";
	}
	buf_add_char(out, '\n');
}

/* The row's own causes and next steps, placeholders as words in capitals. */
static void
row_lines(enum finding_id id, struct arena *arena, const char *why_out[REPORT_LINES_MAX],
    size_t *why_count_out, const char *next_out[REPORT_LINES_MAX], size_t *next_count_out)
{
	const struct render_params nobody = {0};
	struct report report;
	const struct report_finding *finding;

	report_init(&report, NULL);
	finding = report_add(&report, id, NULL, "%s", "");
	*why_count_out = render_why(&report, finding, &nobody, why_out);
	*next_count_out = render_next(&report, finding, &nobody, next_out);
	arena_adopt(arena, &report.arena);
	report_free(&report);
}

void
render_finding_row(struct buf *out, enum finding_id id)
{
	const struct finding_row *row = &finding_rows[id];
	const char *why[REPORT_LINES_MAX], *next[REPORT_LINES_MAX];
	size_t why_count, next_count;
	struct arena arena = {0};

	row_lines(id, &arena, why, &why_count, next, &next_count);
	buf_printf(out, "%s - %s\n", row->id, row->meaning);
	explain_state(out, id);
	for (size_t i = 0; i < why_count; i++)
		buf_printf(out, "  why:   %s\n", why[i]);
	for (size_t i = 0; i < next_count; i++)
		buf_printf(out, "  next:  %s\n", next[i]);
	buf_printf(out, "  who:   %s, %s\n", who_name(row->who), who_meaning(row->who));
	explain_programs(out, row->programs);
	if (row->reference)
		buf_printf(out, "  see:   %s\n", row->reference);
	arena_free(&arena);
}

/* ---- JSON ---------------------------------------------------------------------------- */

static void
add_programs(struct arena *arena, struct value *object, unsigned programs)
{
	struct value *array = value_add_array(arena, object, "programs");

	for (size_t i = 0; i < ARRAY_LEN(programs_by_name); i++)
		if (programs & programs_by_name[i].program)
			value_add_text(arena, array, NULL, programs_by_name[i].name);
}

static void
add_texts(struct arena *arena, struct value *object, const char *key, const char *const *texts,
    size_t count)
{
	struct value *array = value_add_array(arena, object, key);

	for (size_t i = 0; i < count; i++)
		value_add_text(arena, array, NULL, texts[i]);
}

static void
add_finding(struct arena *arena, struct value *array, enum finding_id id)
{
	static const char *const rules[] = {
	    [FINDING_FIXED] = "fixed", [FINDING_STEPS] = "limit", [FINDING_WORST] = "worst"};
	const struct finding_row *row = &finding_rows[id];
	const char *why[REPORT_LINES_MAX], *next[REPORT_LINES_MAX];
	struct value *object = value_add_object(arena, array, NULL);
	size_t why_count, next_count;

	row_lines(id, arena, why, &why_count, next, &next_count);
	value_add_text(arena, object, "id", row->id);
	value_add_text(arena, object, "rule", rules[row->rule]);
	value_add_text(
	    arena, object, "state", row->rule == FINDING_FIXED ? state_name(row->state) : NULL);
	value_add_text(arena, object, "who", who_name(row->who));
	add_programs(arena, object, row->programs);
	value_add_text(arena, object, "meaning", row->meaning);
	add_texts(arena, object, "why", why, why_count);
	add_texts(arena, object, "next", next, next_count);
	value_add_text(arena, object, "reference", row->reference);
}

bool
render_findings_json(struct buf *out, unsigned programs, struct err *err)
{
	struct arena arena = {0};
	struct value *array = value_array(&arena);
	bool printed;

	for (int i = 0; i < FINDING_COUNT; i++)
		if (finding_rows[i].programs & programs)
			add_finding(&arena, array, (enum finding_id)i);
	printed = render_tree(out, array, err);
	arena_free(&arena);
	return printed;
}

static const char *
or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void
add_metric(struct arena *arena, struct value *array, const struct metric_row *row)
{
	struct value *object = value_add_object(arena, array, NULL);

	value_add_text(arena, object, "label", row->label);
	value_add_text(arena, object, "unit", row->unit);
	value_add_bool(arena, object, "less_is_worse", row->less_is_worse);
	add_programs(arena, object, row->programs);
	value_add_text(arena, object, "min", or_null(row->min));
	value_add_text(arena, object, "warning", or_null(row->warning));
	value_add_text(arena, object, "critical", or_null(row->critical));
	value_add_text(arena, object, "finding",
	    row->finding == FINDING_THRESHOLD_LABEL
		? arena_printf(arena, "threshold.%s", row->label)
		: finding_rows[row->finding].id);
	value_add_text(arena, object, "meaning", row->meaning);
}

bool
render_metrics_json(struct buf *out, unsigned programs, struct err *err)
{
	struct arena arena = {0};
	struct value *array = value_array(&arena);
	bool printed;

	for (int i = 0; i < METRIC_COUNT; i++)
		if (metric_rows[i].programs & programs)
			add_metric(&arena, array, &metric_rows[i]);
	printed = render_tree(out, array, err);
	arena_free(&arena);
	return printed;
}
