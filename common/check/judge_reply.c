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

struct report_finding *
judge_reply(const struct judge *judge, const struct reply_query *query, enum finding_id unknown,
    const char *step)
{
	struct reply_match match = {.finding = unknown, .why = "", .next = ""};
	bool known = reply_match(query, &match);
	struct report_finding *finding;
	size_t len = query->len ? query->len : strlen(query->text);

	finding = report_add(judge->report, match.finding, judge->endpoint, "%s: %s", step,
	    finding_rows[match.finding].meaning);
	report_said(judge->report, finding, query->text, len);
	if (known) {
		finding->who = match.who;
		add_lines(judge->report, finding, match.why, report_why);
		add_lines(judge->report, finding, match.next, report_next);
	}
	return finding;
}
