/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what POP3's facts mean. Reaching the server, TLS and phases are judged elsewhere. */
#include "check/judge_pop3.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/show.h"

/* ---- capabilities --------------------------------------------------------------- */

/* Keywords of the lines; mechanisms as SASL=NAME. */
static const char *const *
caps_words(struct arena *arena, const struct pop3_msg_caps *caps, size_t *count_out)
{
	const char **words =
	    arena_alloc(arena, (caps->count + caps->mechanisms.count + 1) * sizeof(*words));
	size_t count = 0;

	for (size_t i = 0; i < caps->count; i++)
		words[count++] = arena_strndup(arena, caps->list[i], strcspn(caps->list[i], " "));
	for (size_t i = 0; i < caps->mechanisms.count; i++)
		words[count++] = arena_printf(arena, "SASL=%s", caps->mechanisms.names[i]);
	*count_out = count;
	return words;
}

static void
judge_clear_auth(const struct judge *judge, const struct pop3_msg_caps *clear)
{
	bool plain =
	    pop3_msg_caps_has(clear, "SASL=PLAIN") || pop3_msg_caps_has(clear, "SASL=LOGIN");

	if (judge->mode == SESSION_STARTTLS && clear->answered && (clear->user || plain))
		report_add(judge->report, FINDING_POLICY_CLEARTEXT_AUTH, judge->endpoint,
		    "%s is offered before TLS: a client may send its password in clear",
		    clear->user ? "USER" : "SASL PLAIN or LOGIN");
}

static void
judge_capabilities(
    const struct judge *judge, const struct pop3_facts *facts, const struct login_opts *opts)
{
	struct arena arena = {0};
	struct judge_caps caps = {
	    .before_known = facts->capabilities_before_tls.answered,
	    .after_known = facts->capabilities.answered,
	};

	caps.before = caps_words(&arena, &facts->capabilities_before_tls, &caps.before_count);
	caps.after = caps_words(&arena, &facts->capabilities, &caps.after_count);
	judge_clear_auth(judge, &facts->capabilities_before_tls);
	judge_demands(judge, &caps, opts);
	judge_changes(judge, &caps);
	if (facts->capabilities.expire && !text_begins_fold(facts->capabilities.expire, "NEVER"))
		report_add(judge->report, FINDING_MAILBOX_EXPIRE, judge->endpoint,
		    "the server announces that it deletes mail by itself: EXPIRE %s",
		    facts->capabilities.expire);
	arena_free(&arena);
}

/* ---- the server's words ----------------------------------------------------------- */

static unsigned
stage_of(enum pop3_step step)
{
	switch (step) {
	case POP3_STEP_GREETING:
		return REPLY_GREETING;
	case POP3_STEP_CAPA:
		return REPLY_EHLO;
	case POP3_STEP_STLS:
		return REPLY_STARTTLS;
	case POP3_STEP_LOGIN:
	case POP3_STEP_USER:
		return REPLY_AUTH;
	default:
		return REPLY_MAILBOX;
	}
}

static enum finding_id
unknown_reply(enum pop3_step step)
{
	return step == POP3_STEP_GREETING ? FINDING_SERVER_UNAVAILABLE : FINDING_SERVER_ALERT;
}

/* A login whose STAT fails is no working mailbox, whatever the words: they need not be known. */
static bool
judge_stat(
    const struct judge *judge, const struct pop3_reply *reply, const struct reply_query *query)
{
	struct reply_match match = {.finding = FINDING_SERVER_ALERT};
	struct report_finding *finding;

	if (reply->step != POP3_STEP_STAT ||
	    (reply_match(query, &match) && match.finding != FINDING_SERVER_ALERT))
		return false;
	finding = report_add(judge->report, FINDING_SERVER_INTERNAL, judge->endpoint,
	    "the login is good, and STAT is refused: the maildrop cannot be read");
	report_said(judge->report, finding, reply->line, strlen(reply->line));
	return true;
}

static void
judge_refusals(const struct judge *judge, const struct pop3_facts *facts, const char *provider)
{
	for (size_t i = 0; i < facts->refusals.count; i++) {
		const struct pop3_reply *reply = &facts->refusals.list[i];
		struct reply_query query = {.protocol = REPLY_POP3,
		    .stage = stage_of(reply->step),
		    .provider = provider,
		    .bracket = reply->code,
		    .text = reply->line};
		char what[64];

		if (reply->step == POP3_STEP_STLS || reply->step == POP3_STEP_QUIT)
			continue; /* judged with the upgrade and the goodbye */
		if (judge_stat(judge, reply, &query))
			continue;
		snprintf(what, sizeof(what), "%s refused",
		    reply->step == POP3_STEP_GREETING ? "service" : pop3_step_name(reply->step));
		judge_reply(judge, &query, unknown_reply(reply->step), what);
	}
}

/* ---- mailbox ------------------------------------------------------------------------ */

/* What was asked for and could not be learnt must not look like a good answer. */
static void
judge_not_learnt(
    const struct judge *judge, const struct pop3_facts *facts, const struct judge_pop3 *wants)
{
	struct report_finding *finding;

	if (facts->messages < 0)
		return; /* the dialog ended before, and that is judged */
	if (wants->uidl && !facts->uidl_asked)
		report_add(judge->report, FINDING_PROTO_CAPABILITY_MISSING, judge->endpoint,
		    "UIDL is not offered, and --uidl asks for it");
	if (!wants->newest_age || facts->messages == 0 || facts->newest_known)
		return;
	if (!facts->newest_asked) {
		report_add(judge->report, FINDING_PROTO_CAPABILITY_MISSING, judge->endpoint,
		    "TOP is not offered, and --newest-age needs it");
	} else if (facts->refusals.count == 0 && !err_is_set(&facts->session.err)) {
		finding = report_add(judge->report, FINDING_MAILBOX_NEWEST_AGE, judge->endpoint,
		    "the newest message has no readable Received or Date: its age is not known");
		report_state(judge->report, finding, STATE_WARNING);
	}
}

static void
judge_mailbox(
    const struct judge *judge, const struct pop3_facts *facts, const struct judge_pop3 *wants)
{
	struct report *report = judge->report;

	if (facts->messages >= 0)
		report_metric(report, METRIC_MESSAGES, (double)facts->messages);
	if (facts->size >= 0)
		report_metric(report, METRIC_SIZE, (double)facts->size);
	if (wants->cap > 0 && facts->messages == wants->cap)
		report_add(report, FINDING_MAILBOX_CAPPED, judge->endpoint,
		    "exactly %lld messages are shown, the known cap: there may be more that nobody "
		    "sees",
		    (long long)wants->cap);
	if (facts->uidl_duplicates > 0)
		report_add(report, FINDING_MAILBOX_INDEX_LOST, judge->endpoint,
		    "%llu of %llu messages repeat another one's UIDL, \"%.70s\" for one: clients "
		    "load them twice or never",
		    (unsigned long long)facts->uidl_duplicates,
		    (unsigned long long)facts->uidl_count, facts->uidl_duplicate);
	if (facts->uidl_unstable)
		report_add(report, FINDING_MAILBOX_INDEX_LOST, judge->endpoint,
		    "the last message has another UIDL when asked again: clients load everything "
		    "anew");
	if (facts->newest_known)
		report_metric(
		    report, METRIC_NEWEST_AGE, (double)(judge->now_unix - facts->newest_unix));
	judge_not_learnt(judge, facts, wants);
}

static void
judge_good(const struct judge *judge, const struct pop3_facts *facts)
{
	const struct report_metric *days = &judge->report->metrics[METRIC_CERT_DAYS];
	struct buf good;

	buf_init(&good, 512);
	if (facts->authenticated)
		buf_printf(
		    &good, "login as %s", judge->user ? judge->user : "the certificate's user");
	else
		buf_add_text(&good, "no login tried (no --user)");
	if (facts->messages >= 0)
		buf_printf(&good, ", %lld messages", (long long)facts->messages);
	if (days->known) {
		buf_add_text(&good, ", certificate ");
		text_days(&good, days->value, 0);
	}
	report_good(judge->report, "%s", buf_text(&good));
	buf_free(&good);
}

void
judge_pop3(
    const struct judge *judge, const struct pop3_facts *facts, const struct judge_pop3 *wants)
{
	const char *provider = reply_provider(
	    facts->session.greeting, NULL, judge->host, facts->capabilities.implementation);
	const struct pop3_msg_caps *clear = judge->mode == SESSION_STARTTLS
						? &facts->capabilities_before_tls
						: &facts->capabilities;

	judge_capabilities(judge, facts, wants->login);
	judge_login(judge, &facts->session, &facts->login, provider, REPLY_POP3);
	judge_refusals(judge, facts, provider);
	judge_expect(judge, wants->classic, facts->session.greeting, facts->send_reply);
	judge_mailbox(judge, facts, wants);
	if (clear->answered)
		judge_stripped(judge, pop3_msg_caps_has(clear, "STLS"), false);
	if (facts->goodbye_said && !facts->goodbye_done)
		report_add(judge->report, FINDING_PROTO_GOODBYE, judge->endpoint,
		    "QUIT was not answered properly");
	judge_good(judge, facts);
}

/* ---- display -------------------------------------------------------------------------- */

static void
show_lines(
    struct arena *arena, struct value *object, const char *key, const struct pop3_msg_caps *caps)
{
	struct value *array = value_add_array(arena, object, key);

	for (size_t i = 0; i < caps->count; i++)
		value_add_text(arena, array, NULL, caps->list[i]);
}

void
show_pop3(const struct pop3_facts *facts, const char *user, struct report *report,
    struct value *endpoint, bool chosen)
{
	struct arena *arena = &report->arena;
	struct value *server = value_add_object(arena, endpoint, "server"), *mechanisms, *box;

	value_add_text(arena, server, "greeting", facts->session.greeting);
	value_add_text(arena, server, "software", facts->capabilities.implementation);
	show_lines(arena, server, "capabilities_before_tls", &facts->capabilities_before_tls);
	show_lines(arena, server, "capabilities", &facts->capabilities);
	mechanisms = value_add_array(arena, server, "mechanisms");
	for (size_t i = 0; i < facts->capabilities.mechanisms.count; i++)
		value_add_text(arena, mechanisms, NULL, facts->capabilities.mechanisms.names[i]);
	show_login(&facts->login, user, arena, endpoint);
	for (size_t i = 0; i < facts->capabilities.count; i++)
		report_line(report, 2, "capability %s", facts->capabilities.list[i]);
	if (!chosen || facts->messages < 0)
		return;
	box = value_add_object(arena, report->mailboxes, NULL);
	value_add_text(arena, box, "id", "INBOX");
	value_add_int(arena, box, "messages", facts->messages);
	if (facts->size >= 0)
		value_add_int(arena, box, "size", facts->size);
}
