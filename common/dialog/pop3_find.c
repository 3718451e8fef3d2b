/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how one of our messages is read and taken away over POP3. Numbers hold
 * for one session alone (RFC 1939, 3): what is removed was read in the same one.
 */
#include "dialog/pop3_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "dialog/pop3_talk.h"
#include "wire/mail_date.h"

#define NEWEST 20                     /* messages looked at */
#define PAUSE_LEAST_US (1 * US_PER_S) /* servers count logins */
#define LINES_MAX 20000

struct finding {
	struct pop3 pop3;
	const struct find_params *params;
	struct find_facts *found;
	struct arena *kept; /* outlives the sessions */
};

/* ---- one message ---- */

static bool
take_line(void *context, const char *line)
{
	struct buf *text = context;

	/* Beyond its cap the rest is heard and dropped. */
	buf_add_text(text, line);
	buf_add_text(text, "\r\n");
	return true;
}

/* TOP number 0, or RETR. False: session.err. A refusal is true and leaves text empty. */
static bool
ask_text(struct finding *finding, enum pop3_step step, uint64_t number, struct buf *text)
{
	struct pop3 *pop3 = &finding->pop3;
	struct pop3_reply reply;

	buf_clear(text);
	pop3_talk_say(pop3, "%s %llu%s", pop3_step_name(step), (unsigned long long)number,
	    step == POP3_STEP_TOP ? " 0" : "");
	if (!pop3_talk_hear(pop3, step, &reply))
		return false;
	return reply.status != POP3_MSG_OK || pop3_talk_listing(pop3, LINES_MAX, take_line, text);
}

/* The first Received is the mailbox server's own. */
static int64_t
arrived(struct arena *arena, const char *text, size_t len)
{
	struct mail_headers headers;
	const char *received;
	int64_t unix_s;

	(void)mail_headers_read(&headers, arena, text, len);
	received = mail_headers_get(&headers, "Received");
	return received && mail_date_received(received, &unix_s) ? unix_s : 0;
}

static bool
keep_mail(struct finding *finding, uint64_t number, enum find_kind kind, size_t token)
{
	struct find_mail mail = {
	    .folder = "INBOX", .number = number, .token = token, .bounce = kind == FIND_MAY_BOUNCE};
	struct buf text;
	bool ok;

	buf_init(&text, FIND_MAIL_BYTES);
	ok = ask_text(finding, POP3_STEP_RETR, number, &text);
	if (ok && text.len > 0 &&
	    (!mail.bounce || find_token_in(finding->params, text.data, text.len, &mail.token))) {
		mail.text = arena_strndup(finding->kept, text.data, text.len);
		mail.len = text.len;
		mail.whole = !text.overflow;
		mail.arrived_unix = arrived(finding->kept, text.data, text.len);
		find_add(finding->found, finding->kept, &mail);
	}
	buf_free(&text);
	return ok;
}

static void
count_leftover(struct finding *finding, const char *text, size_t len)
{
	struct find_facts *found = finding->found;
	int64_t unix_s = arrived(finding->kept, text, len);

	if (unix_s == 0 || unix_s >= finding->params->leftover_before_unix)
		return;
	found->leftovers++;
	if (found->oldest_leftover_unix == 0 || unix_s < found->oldest_leftover_unix)
		found->oldest_leftover_unix = unix_s;
}

static bool
look_at(struct finding *finding, uint64_t number, struct buf *text)
{
	const struct pop3_msg_caps *caps = &finding->pop3.facts->capabilities;
	bool top = caps->top || !caps->answered;
	enum find_kind kind;
	size_t token = 0;

	if (!ask_text(finding, top ? POP3_STEP_TOP : POP3_STEP_RETR, number, text))
		return false;
	kind = find_kind(finding->params, buf_text(text), text->len, &token);
	if (kind == FIND_OTHER)
		count_leftover(finding, buf_text(text), text->len);
	return (kind != FIND_OURS && kind != FIND_MAY_BOUNCE) ||
	       keep_mail(finding, number, kind, token);
}

/* ---- one session ---- */

static bool
count_messages(struct finding *finding, uint64_t *count_out)
{
	struct pop3_reply reply;
	uint64_t size;

	pop3_talk_say(&finding->pop3, "STAT");
	if (!pop3_talk_hear(&finding->pop3, POP3_STEP_STAT, &reply))
		return false;
	if (reply.status != POP3_MSG_OK)
		return pop3_talk_refused(&finding->pop3, &reply);
	if (!pop3_msg_stat(reply.text, count_out, &size))
		return pop3_talk_broken(
		    &finding->pop3, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "bad numbers");
	return true;
}

static bool
look(struct finding *finding)
{
	struct buf text;
	uint64_t count = 0;
	bool ok;

	if (!count_messages(finding, &count))
		return false;
	/* Numbers of another session say nothing about this one. */
	finding->found->count = 0;
	finding->found->leftovers = 0;
	finding->found->oldest_leftover_unix = 0;
	buf_init(&text, FIND_MAIL_BYTES);
	ok = true;
	for (uint64_t i = 0; ok && i < count && i < NEWEST; i++)
		ok = look_at(finding, count - i, &text);
	buf_free(&text);
	if (ok)
		find_looked(finding->found);
	return ok;
}

static bool
mark_all(struct finding *finding)
{
	struct find_facts *found = finding->found;

	for (size_t i = 0; i < found->count; i++) {
		struct pop3_reply reply;

		pop3_talk_say(
		    &finding->pop3, "DELE %llu", (unsigned long long)found->list[i].number);
		if (!pop3_talk_hear(&finding->pop3, POP3_STEP_DELE, &reply))
			return false;
		found->list[i].removed = reply.status == POP3_MSG_OK;
	}
	return true;
}

static bool
remove_found(struct finding *finding)
{
	const struct find_params *params = finding->params;

	if (params->before_removal && !params->before_removal(params->context, finding->found))
		return true;
	return params->keep || mark_all(finding);
}

/* Only QUIT removes what DELE marked (RFC 1939, 6). */
static void
settle(struct finding *finding)
{
	struct find_facts *found = finding->found;

	for (size_t i = 0; i < found->count; i++) {
		found->list[i].removed &= finding->pop3.facts->goodbye_done;
		if (finding->params->keep || found->list[i].removed)
			continue;
		found->left++;
		found->left_why = "the server refused to remove it";
	}
}

/* 0: this look is the last. */
static int64_t
pause_us(const struct finding *finding)
{
	const struct pop3_facts *facts = finding->pop3.facts;
	int64_t pause = find_pause_us(finding->params, finding->found), least = PAUSE_LEAST_US;
	int64_t delay_s = 0;

	if (facts->capabilities.login_delay)
		delay_s = strtoll(facts->capabilities.login_delay, NULL, 10);
	if (delay_s > 0 && delay_s < 3600)
		least = delay_s * US_PER_S;
	if (pause == 0 || deadline_left_us(finding->params->until) < least)
		return 0;
	return pause < least ? least : pause;
}

/* *pause_out: how long to wait for the next; 0: it was the last. */
static bool
one_session(struct finding *finding, const struct session_params *session, int64_t *pause_out)
{
	struct phases *phases = &finding->pop3.facts->session.phases;
	bool ok = pop3_talk_enter(&finding->pop3, session);

	*pause_out = 0;
	if (ok) {
		pop3_talk_begin(&finding->pop3, PHASE_SEARCH);
		ok = look(finding);
		*pause_out = ok ? pause_us(finding) : 0;
		finding->found->finished = ok && *pause_out == 0;
		if (*pause_out == 0)
			ok = ok && remove_found(finding);
		phase_end(phases, ok ? PHASE_DONE : PHASE_FAULT);
	}
	pop3_talk_leave(&finding->pop3);
	if (*pause_out == 0)
		settle(finding);
	return ok;
}

bool
pop3_find_run(const struct session_params *session, const struct pop3_params *params,
    const struct find_params *find, struct pop3_facts *facts, struct find_facts *found)
{
	struct pop3_params plain = {.login = params->login, .no_pipeline = true};
	struct arena kept = {0};
	int64_t pause;
	bool ok;

	found->leftovers = -1;
	found->begun_us = clock_now_us();
	for (;;) {
		struct finding finding = {.pop3 = {.params = &plain, .facts = facts},
		    .params = find,
		    .found = found,
		    .kept = &kept};

		ok = one_session(&finding, session, &pause);
		if (!ok || pause == 0)
			break;
		find_sleep(pause);
		pop3_facts_free(facts);
		pop3_facts_init(facts);
	}
	arena_adopt(&facts->session.arena, &kept);
	return ok;
}
