/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns --explain: an id through the table, any other text through the catalogue. */
#include "check/explain.h"

#include <string.h>

#include "base/text.h"
#include "check/reply.h"
#include "report/render.h"
#include "report/report.h"

/* No run stands behind this: {host} becomes HOST. */
static void
explain_line(struct buf *out, const char *line, size_t len)
{
	bool inside = false;

	for (size_t i = 0; i < len; i++) {
		char c = line[i];

		if (c == '{' || c == '}')
			inside = c == '{';
		else
			buf_add_char(out, (char)(inside && c >= 'a' && c <= 'z' ? c - 32 : c));
	}
}

static void
explain_lines(struct buf *out, const char *label, const char *lines, int most)
{
	for (; *lines && most > 0; most--) {
		size_t len = strcspn(lines, "\n");

		buf_printf(out, "  %s ", label);
		explain_line(out, lines, len);
		buf_add_char(out, '\n');
		lines += len + (lines[len] == '\n');
	}
}

/* The id itself, or as outputs show it: "[tls.cert.expired]" in a line, "tls.cert.expired@host". */
static bool
find_id(const char *text, enum finding_id *out)
{
	char id[80];
	size_t len = strcspn(text, "@");

	if (len < sizeof(id)) {
		memcpy(id, text, len);
		id[len] = '\0';
		if (finding_find(id, out))
			return true;
		if (strncmp(id, "threshold.", 10) == 0) {
			*out = FINDING_THRESHOLD_LABEL;
			return true;
		}
	}
	for (const char *at = strchr(text, '['); at; at = strchr(at + 1, '[')) {
		len = strcspn(at + 1, "]");
		if (at[1 + len] == '\0' || len >= sizeof(id))
			continue;
		memcpy(id, at + 1, len);
		id[len] = '\0';
		if (finding_find(id, out))
			return true;
	}
	return false;
}

/* Every id below a branch, a line each; false if there is no such branch. */
static bool
explain_branch(struct buf *out, const char *branch, unsigned program)
{
	bool any = false;

	for (int i = 0; i < FINDING_COUNT; i++) {
		const struct finding_row *row = &finding_rows[i];

		if (!(row->programs & program) || !finding_matches((enum finding_id)i, branch))
			continue;
		buf_printf(out, "%-34s %s\n", row->id, row->meaning);
		any = true;
	}
	return any;
}

/* A mistyped id: what stands beside it. */
static void
explain_near(struct buf *out, const char *text, unsigned program)
{
	char branch[80];
	char *dot;

	if (strlen(text) >= sizeof(branch) ||
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.")])
		return;
	memcpy(branch, text, strlen(text) + 1);
	while ((dot = strrchr(branch, '.')) != NULL) {
		*dot = '\0';
		if (explain_branch(out, branch, program))
			return;
	}
}

bool
explain(struct buf *out, const char *text, unsigned program)
{
	struct reply_query query;
	struct reply_match match;
	enum finding_id id;
	const struct finding_row *row;

	if (find_id(text, &id)) {
		render_finding_row(out, id);
		return true;
	}
	if (explain_branch(out, text, program))
		return true;
	if (!reply_explain(
		text, program & (REPLY_IMAP | REPLY_SMTP | REPLY_POP3), &query, &match)) {
		buf_add_text(out, "nothing is known about \"");
		text_clean(
		    out, text, strlen(text), &(struct text_style){.max_chars = 200, .fold = true});
		buf_add_text(out, "\"\n");
		explain_near(out, text, program);
		return false;
	}
	row = &finding_rows[match.finding];
	buf_printf(out, "%s [%s] - %s\n", row->id, state_name(row->state), row->meaning);
	buf_add_text(out, "  said: \"");
	text_clean(out, query.text, query.len ? query.len : strlen(query.text),
	    &(struct text_style){.max_chars = 200, .fold = true});
	buf_add_text(out, "\"\n");
	if (match.provider)
		buf_printf(out, "  by:   %s\n", match.provider);
	if (reply_is_code_alone(&match))
		explain_lines(out, "why: ", REPLY_CODE_ALONE, 1);
	explain_lines(
	    out, "why: ", reply_why(&match), REPORT_LINES_MAX - reply_is_code_alone(&match));
	explain_lines(out, "next:", reply_next(&match), REPORT_LINES_MAX);
	buf_printf(out, "  who:  %s\n", who_name(match.who));
	return true;
}
