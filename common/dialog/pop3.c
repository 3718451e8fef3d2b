/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The POP3 session in the RFC's order: greeting, CAPA, STLS, CAPA again, login,
 * the maildrop, QUIT. Owns no line's grammar and no verdict.
 */
#include "dialog/pop3.h"

#include <string.h>

#include "dialog/pop3_login.h"
#include "dialog/pop3_mailbox.h"
#include "dialog/pop3_talk.h"

#define GOODBYE_US US_PER_S

const char *
pop3_step_name(enum pop3_step step)
{
	static const char *const names[] = {
	    [POP3_STEP_GREETING] = "greeting",
	    [POP3_STEP_CAPA] = "CAPA",
	    [POP3_STEP_STLS] = "STLS",
	    [POP3_STEP_LOGIN] = "login",
	    [POP3_STEP_USER] = "USER",
	    [POP3_STEP_STAT] = "STAT",
	    [POP3_STEP_UIDL] = "UIDL",
	    [POP3_STEP_TOP] = "TOP",
	    [POP3_STEP_RETR] = "RETR",
	    [POP3_STEP_DELE] = "DELE",
	    [POP3_STEP_QUIT] = "QUIT",
	};

	return names[step];
}

void
pop3_facts_init(struct pop3_facts *facts)
{
	*facts = (struct pop3_facts){.messages = -1, .size = -1};
	session_facts_init(&facts->session);
}

void
pop3_facts_free(struct pop3_facts *facts)
{
	session_facts_free(&facts->session);
}

static bool
greet(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct arena *arena = &facts->session.arena;
	const char *line, *stamp;
	size_t len;

	if (!session_first_line(&pop3->session, &line, &len) ||
	    !pop3_talk_hear_from(pop3, POP3_STEP_GREETING, line, len, &facts->greeting))
		return false;
	facts->session.greeting = arena_strdup(arena, facts->greeting.line);
	if (facts->greeting.status != POP3_MSG_OK)
		return pop3_talk_refused(pop3, &facts->greeting);
	if (pop3_msg_timestamp(facts->greeting.line, &stamp, &len))
		facts->timestamp = arena_strndup(arena, stamp, len);
	pop3_talk_end(pop3);
	return true;
}

struct adding {
	struct pop3_msg_caps *caps;
	struct arena *arena;
};

static bool
take_cap(void *context, const char *line)
{
	struct adding *adding = context;

	pop3_msg_caps_add(adding->caps, adding->arena, line);
	return true;
}

/* RFC 2449, 5. A server that does not know CAPA has no capabilities. */
static bool
learn_caps(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct adding adding = {&facts->capabilities, &facts->session.arena};
	struct pop3_reply reply;

	facts->capabilities = (struct pop3_msg_caps){0};
	pop3_talk_begin(pop3, PHASE_CAPABILITY);
	pop3_talk_say(pop3, "CAPA");
	if (!pop3_talk_hear(pop3, POP3_STEP_CAPA, &reply))
		return false;
	facts->capabilities.answered = reply.status == POP3_MSG_OK;
	if (facts->capabilities.answered &&
	    !pop3_talk_listing(pop3, POP3_MSG_LINES_MAX, take_cap, &adding))
		return false;
	pop3_talk_end(pop3);
	return true;
}

/* RFC 2595, 4: what was learnt in clear is void afterwards, the timestamp included. */
static bool
start_tls(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct session_facts *session = &facts->session;
	struct pop3_reply reply;

	if (!learn_caps(pop3))
		return false;
	facts->capabilities_before_tls = facts->capabilities;
	facts->stls_offered = facts->capabilities.stls;
	pop3_talk_begin(pop3, PHASE_STARTTLS);
	pop3->session.stream->step = pop3_step_name(POP3_STEP_STLS);
	if (!facts->stls_offered)
		return pop3_talk_broken(pop3, ERR_LACKS, 0, "the server does not offer STLS");
	session->starttls_asked = true;
	pop3_talk_say(pop3, "STLS");
	if (!pop3_talk_hear(pop3, POP3_STEP_STLS, &reply))
		return false;
	session->starttls_reply = arena_strdup(&session->arena, reply.line);
	if (reply.status != POP3_MSG_OK)
		return pop3_talk_refused(pop3, &reply);
	session->starttls_accepted = true;
	pop3_talk_end(pop3);
	facts->capabilities = (struct pop3_msg_caps){0};
	return session_upgrade(&pop3->session);
}

/* ---- the classic raw exchange ---- */

/* One status line for each line sent; listings behind them are not looked for. */
static bool
exchange_raw(struct pop3 *pop3)
{
	const char *send = pop3->params->send;
	struct stream *stream = pop3->session.stream;
	struct buf heard;
	bool ok = true;

	if (send == NULL)
		return true;
	stream->step = "send";
	stream_put(stream, send, strlen(send));
	buf_init(&heard, (size_t)64 << 10);
	for (const char *at = send; ok && (at = strchr(at, '\n')) != NULL; at++) {
		const char *line;
		size_t len;

		ok = stream_line(stream, &line, &len);
		if (heard.len > 0)
			buf_add_char(&heard, '\n');
		buf_add(&heard, line, len);
	}
	pop3->facts->send_reply = arena_strdup(&pop3->facts->session.arena, buf_text(&heard));
	buf_free(&heard);
	return ok || session_failed(&pop3->session);
}

/* ---- the whole ---- */

static bool
converse(struct pop3 *pop3, const struct session_params *session)
{
	const struct pop3_params *params = pop3->params;
	struct pop3_facts *facts = pop3->facts;

	if (!session_open(&pop3->session, session, &facts->session) || !greet(pop3) ||
	    (session->mode == SESSION_STARTTLS && !start_tls(pop3)))
		return false;
	if (params->send != NULL || params->quit != NULL)
		return exchange_raw(pop3);
	if (!learn_caps(pop3))
		return false;
	if (!login_wanted(&params->login))
		return true;
	facts->authenticated = pop3_login_run(pop3);
	return facts->authenticated && pop3_mailbox_run(pop3);
}

/* Reads what is under way and QUIT's answer: the facts are in, so no error of it counts. */
static void
say_goodbye(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct stream *stream = pop3->session.stream;
	struct pop3_msg_line parsed = {0};
	const char *line;
	size_t len;

	session_limit(&pop3->session, GOODBYE_US);
	facts->goodbye_said = true;
	if (pop3->params->quit != NULL) {
		stream_put(stream, pop3->params->quit, strlen(pop3->params->quit));
		facts->goodbye_done = stream_put(stream, "\r\n", 2) && stream_flush(stream);
		return;
	}
	if (!pop3->quit_sent)
		pop3_talk_say(pop3, "QUIT");
	while (
	    pop3->under_way > 0 && stream_line(stream, &line, &len) && pop3_msg_line(line, &parsed))
		pop3->under_way--;
	facts->goodbye_done = pop3->under_way == 0 && parsed.status == POP3_MSG_OK;
}

static void
goodbye(struct pop3 *pop3)
{
	struct session_facts *session = &pop3->facts->session;

	pop3->facts->session.ended_us = clock_now_us();
	if (pop3->session.stream == NULL)
		return;
	if (!err_is_set(&session->err)) /* after a failure the last phase is where */
		pop3_talk_begin(pop3, PHASE_GOODBYE);
	if (!err_is_set(&pop3->session.stream->err) && session->err.kind != ERR_PROTOCOL)
		say_goodbye(pop3);
	phase_end(&session->phases, pop3->facts->goodbye_done ? PHASE_DONE : PHASE_FAULT);
	session_close(&pop3->session);
}

bool
pop3_talk_enter(struct pop3 *pop3, const struct session_params *session)
{
	struct pop3_facts *facts = pop3->facts;

	facts->authenticated = session_open(&pop3->session, session, &facts->session) &&
			       greet(pop3) &&
			       (session->mode != SESSION_STARTTLS || start_tls(pop3)) &&
			       learn_caps(pop3) && pop3_login_run(pop3);
	return facts->authenticated;
}

void
pop3_talk_leave(struct pop3 *pop3)
{
	goodbye(pop3);
}

bool
pop3_run(const struct session_params *session, const struct pop3_params *params,
    struct pop3_facts *facts)
{
	struct pop3 pop3 = {.params = params, .facts = facts};
	bool ok = converse(&pop3, session);

	goodbye(&pop3);
	return ok;
}
