/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server's refusal through the catalogue to a finding with cause, next step
 * and who acts. The catalogue decides the id, this words it.
 */
#include <string.h>

#include "check/judge.h"

/* Lines of a catalogue row, one at a time, to the finding. */
static void
add_lines(struct report *report, struct report_finding *finding, const char *lines,
    void (*add)(struct report *, struct report_finding *, const char *, ...))
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		add(report, finding, "%.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

void
judge_reply_explain(
    const struct judge *judge, struct report_finding *finding, const struct reply_match *match)
{
	finding->who = match->who;
	if (reply_is_code_alone(match))
		report_why(judge->report, finding, "%s", REPLY_CODE_ALONE);
	add_lines(judge->report, finding, reply_why(match), report_why);
	add_lines(judge->report, finding, reply_next(match), report_next);
}

struct report_finding *
judge_reply(const struct judge *judge, const struct reply_query *query, enum finding_id unknown,
    const char *step)
{
	struct reply_match match = {
	    .finding = unknown, .who = finding_rows[unknown].who, .why = "", .next = ""};
	struct report_finding *finding;
	size_t len = query->len ? query->len : strlen(query->text);

	if (!reply_match(query, &match))
		match.basis = REPLY_BY_DIGIT;
	finding = report_add(judge->report, match.finding, judge->endpoint, "%s: %s", step,
	    finding_rows[match.finding].meaning);
	report_said(judge->report, finding, query->text, len);
	judge_reply_explain(judge, finding, &match);
	return finding;
}
