/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the text for people and monitoring engines: line 1, the findings, the
 * timeline. Every byte not written by us is cleaned here, and nothing that was
 * cleaned can begin a line with a state word or bring a '|'.
 */
#include <string.h>

#include "base/text.h"
#include "report/render_parts.h"

#define SAID_LINES_MAX 16
#define SUBJECT_MAX 72   /* characters of the subject in line 1: the message must have room */
#define SAID_ROOM_MIN 16 /* fewer characters of a quotation say nothing */
#define BAR_WIDTH 24
#define CUT "\xe2\x80\xa6"

struct text {
	struct buf *out;
	struct buf line;   /* the line in the making */
	size_t start, max; /* of the whole text in out, bytes */
	bool full;
	bool colour;
	struct report *report;
	const struct render_params *params;
};

/* ---- pieces ------------------------------------------------------------------ */

static void
add_clean(struct buf *out, const char *text, size_t max_chars)
{
	const struct text_style style = {.max_chars = max_chars, .fold = true};

	text_clean(out, text, strlen(text), &style);
}

static void
add_state(struct text *text, enum state state)
{
	static const char *const colours[] = {[STATE_OK] = "32",
	    [STATE_WARNING] = "33",
	    [STATE_CRITICAL] = "31",
	    [STATE_UNKNOWN] = "35"};

	if (text->colour)
		buf_printf(&text->line, "\033[1;%sm%s\033[0m", colours[state], state_name(state));
	else
		buf_add_text(&text->line, state_name(state));
}

/* "OK ..." or "IMAP OK ...": an engine or an eye could take it for a result. */
static bool
begins_with_state(const char *line, const char *service)
{
	static const enum state states[] = {STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN};

	if (text_begins_fold(line, service) && line[strlen(service)] == ' ')
		line += strlen(service) + 1;
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (text_begins_fold(line, state_name(states[i])))
			return true;
	return false;
}

/* Ends the line in the making; what does not fit any more is left out whole. */
static void
end_line(struct text *text)
{
	static const char cut_line[] = CUT "\n";
	bool first = text->out->len == text->start;
	bool looks = !first && begins_with_state(buf_text(&text->line), text->params->service);
	const char *indent = looks ? "  " : "";
	size_t need = strlen(indent) + text->line.len + 1;
	size_t used = text->out->len - text->start;

	if (!text->full && need + strlen(cut_line) > text->max - used) {
		text->full = true;
		/* The first line always stands: its own limit is below the least --max-output. */
		if (first)
			buf_printf(text->out, "%s\n", buf_text(&text->line));
		else
			buf_add_text(text->out, cut_line);
	} else if (!text->full) {
		buf_printf(text->out, "%s%s\n", indent, buf_text(&text->line));
	}
	buf_clear(&text->line);
}

/* ---- line 1 ------------------------------------------------------------------- */

static size_t
non_ok(const struct report_finding *const *sorted)
{
	size_t count = 0;

	while (sorted[count] && sorted[count]->state != STATE_OK)
		count++;
	return count;
}

/* message [": " said in quotes] in at most room characters. */
static void
add_message(struct buf *out, const struct report_finding *finding, size_t room)
{
	const struct text_style style = {.max_chars = RENDER_SAID_MAX, .fold = true};
	size_t start = out->len, left;
	struct buf said;

	add_clean(out, finding->headline ? finding->headline : finding->message,
	    room < RENDER_MESSAGE_MAX ? room : RENDER_MESSAGE_MAX);
	left = room - text_chars(buf_text(out) + start);
	if (finding->headline || !finding->said || left < SAID_ROOM_MIN)
		return;
	buf_init(&said, RENDER_LINE_BYTES);
	text_clean(&said, finding->said, finding->said_len, &style);
	if (said.len > 0) {
		text_cut(said.data, left - 4);
		buf_printf(out, ": \"%s\"", buf_text(&said));
	}
	buf_free(&said);
}

void
render_summary(struct buf *out, struct report *report, const struct render_params *params)
{
	const struct report_finding **sorted = report_sorted(report);
	size_t count = non_ok(sorted);
	struct buf head, tail;

	buf_init(&head, RENDER_LINE_BYTES);
	buf_init(&tail, RENDER_LINE_BYTES);
	buf_printf(&head, "%s %s - ", params->service, state_name(report_worst(report)));
	if (params->subject && params->subject[0]) {
		add_clean(&head, params->subject, SUBJECT_MAX);
		buf_add_text(&head, ": ");
	}
	if (count > 0)
		buf_printf(&tail, " [%s]", report_finding_id(report, sorted[0]));
	if (count > 1)
		buf_printf(&tail, " (+%zu more)", count - 1);
	buf_add(out, buf_text(&head), head.len);
	if (count > 0)
		add_message(out, sorted[0],
		    RENDER_LINE_MAX - text_chars(buf_text(&head)) - text_chars(buf_text(&tail)));
	else
		add_clean(out, report->good ? report->good : "nothing wrong was found",
		    RENDER_LINE_MAX - text_chars(buf_text(&head)));
	buf_add(out, buf_text(&tail), tail.len);
	buf_free(&head);
	buf_free(&tail);
}

static void
line_one(struct text *text)
{
	size_t word = strlen(text->params->service) + 1;
	enum state state = report_worst(text->report);
	struct buf summary;

	buf_init(&summary, RENDER_LINE_BYTES);
	render_summary(&summary, text->report, text->params);
	buf_add(&text->line, buf_text(&summary), word);
	add_state(text, state);
	buf_add_text(&text->line, buf_text(&summary) + word + strlen(state_name(state)));
	render_perfdata(
	    &text->line, text->report, text->params, RENDER_LINE_BYTES - 1 - summary.len);
	buf_free(&summary);
	end_line(text);
}

/* ---- findings ----------------------------------------------------------------- */

static void
said_lines(struct text *text, const struct report_finding *finding)
{
	const struct text_style style = {.max_chars = RENDER_TEXT_MAX, .fold = true};
	const char *at = finding->said, *end = at ? at + finding->said_len : at;

	for (int lines = 0; at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = stop ? (size_t)(stop - at) : (size_t)(end - at);
		size_t before;

		buf_add_text(&text->line, "  said: \"");
		before = text->line.len;
		text_clean(&text->line, at, len, &style);
		at += len + (stop != NULL);
		if (text->line.len == before) {
			buf_clear(&text->line);
			continue;
		}
		lines++;
		if (lines == SAID_LINES_MAX && at < end) {
			text_cut(text->line.data, RENDER_TEXT_MAX);
			text->line.len = strlen(text->line.data);
			buf_add_text(&text->line, CUT);
			at = end;
		}
		buf_add_char(&text->line, '"');
		end_line(text);
	}
}

static void
own_lines(struct text *text, const char *name, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_add_text(&text->line, name);
		add_clean(&text->line, lines[i], RENDER_TEXT_MAX);
		end_line(text);
	}
}

static void
finding_lines(struct text *text, const struct report_finding *finding)
{
	const char *lines[REPORT_LINES_MAX];
	size_t count;

	buf_add_char(&text->line, '[');
	add_state(text, finding->state);
	buf_printf(&text->line, "] %s - ", report_finding_id(text->report, finding));
	add_clean(&text->line, finding->message, RENDER_MESSAGE_MAX);
	if (finding->subject) {
		buf_add_text(&text->line, " @ ");
		add_clean(&text->line, finding->subject, RENDER_MESSAGE_MAX);
	}
	end_line(text);
	said_lines(text, finding);
	count = render_why(text->report, finding, text->params, lines);
	own_lines(text, "  why:  ", lines, count);
	count = render_next(text->report, finding, text->params, lines);
	own_lines(text, "  next: ", lines, count);
	buf_printf(&text->line, "  who:  %s", who_name(finding->who));
	end_line(text);
}

static void
findings(struct text *text)
{
	const struct report_finding **sorted = report_sorted(text->report);

	for (; *sorted && (*sorted)->state != STATE_OK; sorted++)
		finding_lines(text, *sorted);
	for (; *sorted && text->params->verbose > 0; sorted++) {
		buf_printf(&text->line, "[NOTE] %s - ", report_finding_id(text->report, *sorted));
		add_clean(&text->line, (*sorted)->message, RENDER_MESSAGE_MAX);
		end_line(text);
	}
}

/* ---- timeline and lines --------------------------------------------------------- */

/* The time from the first start to the last end. */
static int64_t
whole_span(const struct report *report)
{
	int64_t end = 1;

	for (size_t i = 0; i < report->phase_count; i++) {
		const struct report_phase *phase = &report->phases[i];

		if (phase->start_us + phase->span_us > end)
			end = phase->start_us + phase->span_us;
	}
	return end;
}

static void
add_bar(struct text *text, const struct report_phase *phase, int64_t whole_us)
{
	int64_t from = phase->start_us * BAR_WIDTH / whole_us;
	int64_t to = (phase->start_us + phase->span_us) * BAR_WIDTH / whole_us;

	if (from >= BAR_WIDTH)
		from = BAR_WIDTH - 1;
	if (to <= from)
		to = from + 1;
	for (int64_t i = 0; i < BAR_WIDTH; i++)
		buf_add_text(&text->line, i >= from && i < to ? "\xe2\x94\x81" : "\xc2\xb7");
	buf_add_text(&text->line, "  ");
}

/* A detail that is one quotation keeps its quotes: cleaning makes apostrophes of all others. */
static void
add_detail(struct text *text, const struct report_phase *phase)
{
	static const char *const results[] = {
	    [PHASE_OK] = "", [PHASE_FAILED] = "failed", [PHASE_TIMED_OUT] = "timed out"};
	const char *detail =
	    phase->detail && phase->detail[0] ? phase->detail : results[phase->result];
	const struct text_style style = {.max_chars = RENDER_MESSAGE_MAX, .fold = true};
	size_t len = strlen(detail);

	if (len >= 2 && detail[0] == '"' && detail[len - 1] == '"') {
		buf_add_char(&text->line, '"');
		text_clean(&text->line, detail + 1, len - 2, &style);
		buf_add_char(&text->line, '"');
	} else {
		text_clean(&text->line, detail, len, &style);
	}
}

static void
timeline(struct text *text)
{
	int64_t whole_us = whole_span(text->report);

	for (size_t i = 0; i < text->report->phase_count; i++) {
		const struct report_phase *phase = &text->report->phases[i];

		buf_printf(&text->line, "  %.3f %-11s %.3f  ",
		    (double)phase->start_us / (double)US_PER_S, phase->name,
		    (double)phase->span_us / (double)US_PER_S);
		if (text->colour)
			add_bar(text, phase, whole_us);
		add_detail(text, phase);
		while (text->line.len > 0 && text->line.data[text->line.len - 1] == ' ')
			text->line.data[--text->line.len] = '\0';
		end_line(text);
	}
}

/*
 * Notes of the timeline and facts are indented; what stands always and the
 * transcript is not. What stands always may be in columns: its blanks stay.
 */
static void
lines_of_level(struct text *text, int level)
{
	for (size_t i = 0; i < text->report->line_count; i++) {
		const struct report_line *line = &text->report->lines[i];

		if (line->level != level)
			continue;
		if (level == 1 || level == 2)
			buf_add_text(&text->line, "  ");
		text_clean(&text->line, line->text, strlen(line->text),
		    &(struct text_style){.max_chars = RENDER_TEXT_MAX, .fold = level > 0});
		end_line(text);
	}
}

void
render_text(struct buf *out, struct report *report, const struct render_params *params)
{
	struct text text = {.out = out,
	    .start = out->len,
	    .report = report,
	    .params = params,
	    .colour = params->terminal && params->colour};

	text.max = out->cap - out->len;
	if (params->max_output > 0 && params->max_output < text.max)
		text.max = params->max_output;
	buf_init(&text.line, (size_t)RENDER_LINE_BYTES * 4);
	line_one(&text);
	lines_of_level(&text, 0);
	findings(&text);
	if (params->verbose >= 1) {
		timeline(&text);
		lines_of_level(&text, 1);
	}
	if (params->verbose >= 2)
		lines_of_level(&text, 2);
	if (params->verbose >= 3)
		lines_of_level(&text, 3);
	buf_free(&text.line);
}
