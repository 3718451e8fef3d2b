/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what IMAP's facts mean. Reaching the server, TLS and phases are judged elsewhere. */
#include "check/judge_imap.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *
provider_of(const struct judge *judge, const struct imap_facts *facts)
{
	const char *name = NULL;

	for (const struct imap_id *id = facts->id; id && id->key; id++)
		if (text_equal_fold(id->key, "name"))
			name = id->value;
	return reply_provider(facts->session.greeting, NULL, judge->host, name);
}

/* ---- greeting and capabilities ------------------------------------------------ */

static void
judge_greeting(const struct judge *judge, const struct imap_facts *facts, const char *provider)
{
	if (facts->greeting.status == IMAP_BYE) {
		struct reply_query query = {.protocol = REPLY_IMAP,
		    .stage = REPLY_GREETING,
		    .provider = provider,
		    .bracket = facts->greeting.code,
		    .text = facts->greeting.line};

		judge_reply(judge, &query, FINDING_SERVER_UNAVAILABLE, "refused in the greeting");
	}
	if (facts->preauth && judge->mode == SESSION_STARTTLS && !facts->session.tls.done)
		report_add(judge->report, FINDING_TLS_PREAUTH, judge->endpoint,
		    "the greeting says PREAUTH before TLS: STARTTLS is impossible, nothing was "
		    "sent");
}

static void
judge_clear_auth(const struct judge *judge, const struct imap_facts *facts)
{
	const struct imap_words *clear = &facts->capabilities_before_tls;
	bool plain = imap_words_has(clear, "AUTH=PLAIN") || imap_words_has(clear, "AUTH=LOGIN");
	bool disabled = imap_words_has(clear, "LOGINDISABLED");

	if (judge->mode != SESSION_STARTTLS || facts->preauth || clear->count == 0 ||
	    (disabled && !plain))
		return;
	report_add(judge->report, FINDING_POLICY_CLEARTEXT_AUTH, judge->endpoint,
	    plain ? "%s is offered before TLS: a client may send its password in clear"
		  : "%s is not announced before TLS: a client may send its password in clear",
	    plain ? (imap_words_has(clear, "AUTH=PLAIN") ? "AUTH=PLAIN" : "AUTH=LOGIN")
		  : "LOGINDISABLED");
}

static void
judge_capabilities(
    const struct judge *judge, const struct imap_facts *facts, const struct login_opts *opts)
{
	const struct imap_words *last = facts->capabilities_after_login.count
					    ? &facts->capabilities_after_login
					    : &facts->capabilities;
	struct judge_caps caps = {
	    .before_known = facts->capabilities_before_tls.count > 0,
	    .before = facts->capabilities_before_tls.list,
	    .before_count = facts->capabilities_before_tls.count,
	    .after_known = last->count > 0,
	    .after = last->list,
	    .after_count = last->count,
	};

	judge_clear_auth(judge, facts);
	judge_demands(judge, &caps, opts);
	caps.after = facts->capabilities.list;
	caps.after_count = facts->capabilities.count;
	judge_changes(judge, &caps);
}

/* ---- the server's words -------------------------------------------------------- */

static enum finding_id
unknown_reply(const struct imap_reply *reply)
{
	switch (reply->status) {
	case IMAP_BAD:
		return FINDING_CLIENT_BAD_COMMAND;
	case IMAP_BYE:
		return FINDING_SERVER_UNAVAILABLE;
	default:
		return FINDING_SERVER_ALERT;
	}
}

static void
judge_words(const struct judge *judge, const struct imap_reply *reply, const char *provider,
    const char *what)
{
	struct reply_query query = {.protocol = REPLY_IMAP,
	    .stage = REPLY_MAILBOX,
	    .provider = provider,
	    .bracket = reply->code,
	    .text = reply->line};

	if (reply->step == IMAP_STEP_LOGIN)
		query.stage = REPLY_AUTH;
	judge_reply(judge, &query, unknown_reply(reply), what);
}

/* STATUS and EXAMINE of one folder fail alike: the same words are one finding. Times differ. */
static bool
said_before(const struct imap_replies *replies, size_t index)
{
	const struct imap_reply *reply = &replies->list[index];

	for (size_t i = 0; i < index; i++) {
		const struct imap_reply *other = &replies->list[i];
		bool same_code =
		    (!reply->code && !other->code) ||
		    (reply->code && other->code && strcmp(reply->code, other->code) == 0);
		bool same_subject =
		    reply->subject && other->subject && strcmp(reply->subject, other->subject) == 0;

		if (same_code && same_subject && reply->status == other->status)
			return true;
	}
	return false;
}

static void
judge_refusals(const struct judge *judge, const struct imap_facts *facts, const char *provider)
{
	for (size_t i = 0; i < facts->refusals.count; i++) {
		const struct imap_reply *reply = &facts->refusals.list[i];
		char what[160];

		if (said_before(&facts->refusals, i))
			continue;
		/* judged with the login, the upgrade, the greeting; a BYE in mid login is judged here */
		if ((reply->step == IMAP_STEP_LOGIN && facts->login.reply) ||
		    reply->step == IMAP_STEP_STARTTLS || reply->step == IMAP_STEP_GREETING)
			continue;
		if (reply->step == IMAP_STEP_LOGIN)
			snprintf(what, sizeof(what), "login refused");
		else if (reply->subject)
			snprintf(what, sizeof(what), "%s %.80s refused",
			    imap_step_name(reply->step), reply->subject);
		else
			snprintf(what, sizeof(what), "%s refused", imap_step_name(reply->step));
		judge_words(judge, reply, provider, what);
	}
}

static bool
also_refused(const struct imap_facts *facts, const struct imap_reply *alert)
{
	for (size_t i = 0; i < facts->refusals.count; i++)
		if (strcmp(facts->refusals.list[i].line, alert->line) == 0)
			return true;
	return facts->login.reply && strcmp(facts->login.reply, alert->line) == 0;
}

static void
judge_alerts(const struct judge *judge, const struct imap_facts *facts, const char *provider)
{
	for (size_t i = 0; i < facts->alerts.count; i++)
		if (!also_refused(facts, &facts->alerts.list[i]))
			judge_words(judge, &facts->alerts.list[i], provider, "the server alerts");
}

/* Said beside an answer: worth a finding only where the catalogue knows the words or the code. */
static void
judge_remarks(const struct judge *judge, const struct imap_facts *facts, const char *provider)
{
	for (size_t i = 0; i < facts->remarks.count; i++) {
		const struct imap_reply *reply = &facts->remarks.list[i];
		struct reply_query query = {.protocol = REPLY_IMAP,
		    .stage = REPLY_MAILBOX,
		    .provider = provider,
		    .bracket = reply->code,
		    .text = reply->line};
		struct reply_match match;

		if (reply->code && strcmp(reply->code, "ALERT") != 0 &&
		    reply_match(&query, &match) && match.basis >= REPLY_BY_ENHANCED)
			judge_words(judge, reply, provider, "the server remarks");
	}
}

static void
judge_imap_login(const struct judge *judge, const struct imap_facts *facts, const char *provider)
{
	if (facts->referral && !facts->authenticated) {
		struct report_finding *finding =
		    report_add(judge->report, FINDING_AUTH_REFERRAL, judge->endpoint,
			"the server refers this user to another one: %s (not followed)",
			facts->referral);

		if (facts->login.reply)
			report_said(
			    judge->report, finding, facts->login.reply, strlen(facts->login.reply));
		return;
	}
	judge_login(judge, &facts->session, &facts->login, provider, REPLY_IMAP);
}

/* ---- mailbox -------------------------------------------------------------------- */

static void
judge_folder(const struct judge *judge, const struct imap_folder *folder, bool first)
{
	struct report *report = judge->report;

	if (folder->uid_not_sticky)
		report_add(report, FINDING_MAILBOX_INDEX_LOST, judge->endpoint,
		    "the UIDs of %s do not last", folder->name);
	if (!first || !folder->opened)
		return;
	if (folder->messages >= 0)
		report_metric(report, METRIC_MESSAGES, (double)folder->messages);
	if (folder->unseen >= 0)
		report_metric(report, METRIC_UNSEEN, (double)folder->unseen);
	if (folder->recent >= 0)
		report_metric(report, METRIC_RECENT, (double)folder->recent);
	if (folder->uidnext >= 0)
		report_metric(report, METRIC_UIDNEXT, (double)folder->uidnext);
	if (folder->size >= 0)
		report_metric(report, METRIC_SIZE, (double)folder->size);
}

static void
judge_special(const struct judge *judge, const struct imap_facts *facts, unsigned wanted)
{
	if (!facts->special_asked)
		return;
	for (int use = 0; use < IMAP_USE_COUNT; use++)
		if ((wanted & 1u << use) && !facts->special[use].found)
			report_add(judge->report, FINDING_MAILBOX_SPECIAL_USE, judge->endpoint,
			    "no folder is marked as %s%s", imap_use_name((enum imap_use)use),
			    facts->special_offered
				? ""
				: ", and the server marks none (no SPECIAL-USE)");
	if (facts->special[IMAP_USE_JUNK].found && facts->special[IMAP_USE_JUNK].messages >= 0)
		report_metric(
		    judge->report, METRIC_JUNK, (double)facts->special[IMAP_USE_JUNK].messages);
}

/* Resource names of RFC 9208, 5, and their two metrics. */
static const struct quota_kind {
	const char *resource, *words;
	enum metric_id used, percent;
	double unit; /* of the numbers sent: STORAGE counts in 1024 octets */
} quota_kinds[] = {
    {"STORAGE", "storage", METRIC_QUOTA_STORAGE, METRIC_QUOTA_STORAGE_PERCENT, 1024},
    {"MESSAGE", "number of messages", METRIC_QUOTA_MESSAGE, METRIC_QUOTA_MESSAGE_PERCENT, 1},
    {"MAILBOX", "number of folders", METRIC_QUOTA_MAILBOX, METRIC_QUOTA_MAILBOX_PERCENT, 1},
    {"ANNOTATION-STORAGE", "annotations", METRIC_QUOTA_ANNOTATION, METRIC_QUOTA_ANNOTATION_PERCENT,
	1},
};

static void
judge_quota(const struct judge *judge, const struct imap_quota *quota)
{
	struct report *report = judge->report;
	double share;

	if (quota->limit <= 0) {
		report_add(report, FINDING_QUOTA_NO_LIMIT, judge->endpoint,
		    "no limit on %s of quota root \"%s\"", quota->resource, quota->root);
		return;
	}
	share = (double)quota->used / (double)quota->limit * 100;
	for (size_t i = 0; i < ARRAY_LEN(quota_kinds); i++) {
		const struct quota_kind *kind = &quota_kinds[i];
		bool worse = report->metrics[kind->percent].known &&
			     report->metrics[kind->percent].value >= share;

		/* The worst root's pair stays together. */
		if (!text_equal_fold(kind->resource, quota->resource) || worse)
			continue;
		report->metrics[kind->used].known = false;
		report_metric(report, kind->used, (double)quota->used * kind->unit);
		report_metric_max(report, kind->used, (double)quota->limit * kind->unit);
		report_metric(report, kind->percent, share);
		report_metric_max(report, kind->percent, 100);
	}
}

/* "quota: storage is 88.0% full, 9.0 MiB of 10.0 MiB" */
static void
quota_words(struct buf *out, const struct report *report, const struct quota_kind *kind)
{
	const struct report_metric *used = &report->metrics[kind->used];

	buf_printf(
	    out, "quota: %s is %.1f%% full, ", kind->words, report->metrics[kind->percent].value);
	if (metric_range_unit(kind->used) == RANGE_BYTES) {
		text_size(out, (uint64_t)used->value);
		buf_add_text(out, " of ");
		text_size(out, (uint64_t)used->max);
	} else {
		buf_printf(out, "%.0f of %.0f", used->value, used->max);
	}
}

static void
judge_quotas(const struct judge *judge, const struct imap_facts *facts)
{
	struct buf words;

	for (size_t i = 0; i < facts->quota_count; i++)
		judge_quota(judge, &facts->quotas[i]);
	buf_init(&words, 256);
	for (size_t i = 0; i < ARRAY_LEN(quota_kinds); i++) {
		buf_clear(&words);
		quota_words(&words, judge->report, &quota_kinds[i]);
		judge_known_metric(judge->report, judge->limits, quota_kinds[i].percent,
		    judge->endpoint, buf_text(&words));
	}
	buf_free(&words);
}

static void
judge_age(const struct judge *judge, enum metric_id metric, const struct imap_date *date)
{
	if (date->known)
		report_metric(judge->report, metric, (double)(judge->now_unix - date->unix_s));
}

/* time_push is judged as every metric; here stands what has no time. */
static void
judge_push(const struct judge *judge, const struct imap_push *push)
{
	struct report *report = judge->report;

	if (push->lacks)
		report_add(report, FINDING_PROTO_CAPABILITY_MISSING, judge->endpoint,
		    "--idle-test needs %s, which is not offered; nothing was appended",
		    push->lacks);
	else if (push->asked && !push->appended)
		report_add(report, FINDING_MAILBOX_PUSH, judge->endpoint,
		    "the push test could not be made: %s",
		    err_is_set(&push->err) ? push->err.text : "no message could be appended");
	if (push->appended && !push->announced)
		report_add(report, FINDING_MAILBOX_PUSH, judge->endpoint,
		    "IDLE did not announce the new message within %.1f s",
		    (double)push->waited_us / 1e6);
	if (push->appended && !push->removed)
		report_add(report, FINDING_MAILBOX_LOCKED, judge->endpoint,
		    "the message of the push test could not be removed: its subject is \"Mail push "
		    "check\"");
}

static void
judge_search(const struct judge *judge, const struct imap_facts *facts)
{
	judge_age(judge, METRIC_NEWEST_AGE, &facts->newest);
	judge_age(judge, METRIC_OLDEST_AGE, &facts->oldest);
	judge_age(judge, METRIC_OLDEST_UNSEEN_AGE, &facts->oldest_unseen);
	if (facts->hits >= 0)
		report_metric(judge->report, METRIC_HITS, (double)facts->hits);
	for (size_t i = 0; i < facts->shown_count; i++)
		report_line(judge->report, 0, "hit %llu: \"%s\"",
		    (unsigned long long)facts->shown[i].number,
		    facts->shown[i].subject ? facts->shown[i].subject : "(no subject)");
}

/* ---- from run to run ---- */

void
judge_imap_memory(const struct judge *judge, const struct imap_facts *facts, struct memory *memory)
{
	for (size_t i = 0; facts->folders && i < facts->folder_count; i++) {
		const struct imap_folder *folder = &facts->folders[i];
		const char *before;
		char value[24];

		if (!folder->opened || folder->uidvalidity <= 0)
			continue;
		snprintf(value, sizeof(value), "%lld", (long long)folder->uidvalidity);
		before = memory_change(memory, folder->name, value);
		if (before)
			report_add(judge->report, FINDING_MAILBOX_RECREATED, judge->endpoint,
			    "UIDVALIDITY of %.80s changed from %.24s to %s", folder->name, before,
			    value);
	}
}

/* ---- all of it -------------------------------------------------------------------- */

static void
judge_good(const struct judge *judge, const struct imap_facts *facts)
{
	struct report *report = judge->report;
	const struct report_metric *days = &report->metrics[METRIC_CERT_DAYS];
	struct buf good;

	buf_init(&good, 512);
	if (facts->login.done)
		buf_printf(
		    &good, "login as %s", judge->user ? judge->user : "the certificate's user");
	else if (facts->preauth)
		buf_add_text(&good, "greeted as logged in already (PREAUTH)");
	else
		buf_add_text(&good, "no login tried (no --user)");
	if (facts->folder_count && facts->folders && facts->folders[0].opened &&
	    facts->folders[0].messages >= 0)
		buf_printf(&good, ", %s %lld messages", facts->folders[0].name,
		    (long long)facts->folders[0].messages);
	if (days->known) {
		buf_add_text(&good, ", certificate ");
		text_days(&good, days->value, 0);
	}
	report_good(report, "%s", buf_text(&good));
	buf_free(&good);
}

void
judge_imap(
    const struct judge *judge, const struct imap_facts *facts, const struct judge_imap *wants)
{
	const char *provider = provider_of(judge, facts);
	const struct imap_words *clear = judge->mode == SESSION_STARTTLS
					     ? &facts->capabilities_before_tls
					     : &facts->capabilities;

	judge_greeting(judge, facts, provider);
	judge_capabilities(judge, facts, wants->login);
	judge_imap_login(judge, facts, provider);
	judge_refusals(judge, facts, provider);
	judge_alerts(judge, facts, provider);
	judge_remarks(judge, facts, provider);
	judge_expect(judge, wants->classic, facts->session.greeting, facts->send_reply);
	for (size_t i = 0; facts->folders && i < facts->folder_count; i++)
		judge_folder(judge, &facts->folders[i], i == 0);
	judge_special(judge, facts, wants->special_use);
	judge_quotas(judge, facts);
	judge_search(judge, facts);
	judge_push(judge, &facts->push);
	if (clear->count > 0)
		judge_stripped(judge, imap_words_has(clear, "STARTTLS"),
		    imap_words_has(clear, "LOGINDISABLED"));
	if (facts->goodbye_said && !facts->goodbye_done)
		report_add(judge->report, FINDING_PROTO_GOODBYE, judge->endpoint,
		    "LOGOUT was not answered properly");
	judge_good(judge, facts);
}
