/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge of capability lists: what must be there, what must not, what TLS
 * changed. The same for IMAP, POP3 and SMTP.
 */
#include <string.h>

#include "base/text.h"
#include "check/judge.h"

static bool
has(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_fold(list[i], word))
			return true;
	return false;
}

static void
demand(const struct judge *judge, const char *const *list, size_t count,
    const struct strings *wanted, bool forbidden, const char *where)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (has(list, count, wanted->items[i]) == forbidden)
			report_add(judge->report,
			    forbidden ? FINDING_PROTO_CAPABILITY_FORBIDDEN
				      : FINDING_PROTO_CAPABILITY_MISSING,
			    judge->endpoint, "capability %s is %s %s", wanted->items[i],
			    forbidden ? "offered" : "not offered", where);
}

void
judge_demands(
    const struct judge *judge, const struct judge_caps *caps, const struct login_opts *opts)
{
	if (caps->before_known) {
		demand(judge, caps->before, caps->before_count, &opts->require_before_tls, false,
		    "before TLS");
		demand(judge, caps->before, caps->before_count, &opts->forbid_before_tls, true,
		    "before TLS");
	}
	if (caps->after_known) {
		demand(
		    judge, caps->after, caps->after_count, &opts->require, false, "by the server");
		demand(judge, caps->after, caps->after_count, &opts->forbid, true, "by the server");
	}
}

/* Words that must go away under TLS. */
static bool
only_in_clear(const char *word)
{
	return text_equal_fold(word, "STARTTLS") || text_equal_fold(word, "STLS") ||
	       text_equal_fold(word, "LOGINDISABLED");
}

void
judge_changes(const struct judge *judge, const struct judge_caps *caps)
{
	struct buf lost, gained;

	if (!caps->before_known || !caps->after_known || judge->mode != SESSION_STARTTLS)
		return;
	buf_init(&lost, 512);
	buf_init(&gained, 512);
	for (size_t i = 0; i < caps->before_count; i++)
		if (!only_in_clear(caps->before[i]) &&
		    !has(caps->after, caps->after_count, caps->before[i]))
			buf_printf(&lost, " %s", caps->before[i]);
	for (size_t i = 0; i < caps->after_count; i++)
		if (!has(caps->before, caps->before_count, caps->after[i]))
			buf_printf(&gained, " %s", caps->after[i]);
	if (lost.len)
		report_add(judge->report, FINDING_TLS_CAPS_LOST, judge->endpoint,
		    "offered in clear and gone under TLS:%s", buf_text(&lost));
	else if (gained.len)
		report_add(judge->report, FINDING_PROTO_CAPABILITY_CHANGED, judge->endpoint,
		    "offered only under TLS:%s", buf_text(&gained));
	buf_free(&gained);
	buf_free(&lost);
}

void
judge_stripped(const struct judge *judge, bool offered, bool login_off)
{
	struct report *report = judge->report;

	if (judge->mode == SESSION_TLS || offered)
		return;
	for (size_t i = 0; i < report->finding_count; i++) {
		struct report_finding *finding = &report->findings[i];

		if (finding->id != FINDING_CLIENT_NEEDS_TLS &&
		    (finding->id != FINDING_TLS_STARTTLS_MISSING || !login_off))
			continue;
		memset(finding->why, 0, sizeof(finding->why));
		memset(finding->next, 0, sizeof(finding->next));
		report_why(report, finding,
		    "the server demands TLS and yet offers no %s: a device on the way strips the "
		    "offer",
		    judge->proto->starttls);
		report_why(report, finding,
		    "the server lost its certificate: then the offer is missing on the host itself "
		    "too");
		report_next(report, finding,
		    "on {host}: the same check from the host itself: offered there means stripped "
		    "on the way");
		report_next(
		    report, finding, "here: --tls on port 993, 995 or 465 cannot be stripped");
	}
}
