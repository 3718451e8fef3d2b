/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SMTP session in the RFC's order: greeting, EHLO, STARTTLS, EHLO again,
 * AUTH, then what the parameters ask for, QUIT. Owns no reply's grammar and no
 * verdict.
 */
#include "dialog/smtp.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dialog/smtp_envelope.h"
#include "dialog/smtp_refuse.h"
#include "dialog/smtp_send.h"
#include "dialog/smtp_talk.h"

#define AUTH_LINE_MAX 510 /* a command line without CRLF (RFC 5321, 4.5.3.1.4; RFC 4954, 4) */
#define GOODBYE_US (1 * US_PER_S)

const char *
smtp_stage_name(enum smtp_stage stage)
{
	static const char *const names[] = {
	    [SMTP_STAGE_GREETING] = "greeting",
	    [SMTP_STAGE_EHLO] = "EHLO",
	    [SMTP_STAGE_STARTTLS] = "STARTTLS",
	    [SMTP_STAGE_AUTH] = "AUTH",
	    [SMTP_STAGE_MAIL] = "MAIL",
	    [SMTP_STAGE_RCPT] = "RCPT",
	    [SMTP_STAGE_DATA] = "DATA",
	    [SMTP_STAGE_MESSAGE] = "message",
	    [SMTP_STAGE_RSET] = "RSET",
	    [SMTP_STAGE_VRFY] = "VRFY",
	    [SMTP_STAGE_COMMAND] = "command",
	    [SMTP_STAGE_QUIT] = "QUIT",
	};

	return names[stage];
}

void
smtp_facts_init(struct smtp_facts *facts)
{
	*facts = (struct smtp_facts){0};
	session_facts_init(&facts->session);
}

void
smtp_facts_free(struct smtp_facts *facts)
{
	session_facts_free(&facts->session);
}

/* ---- greeting, EHLO, STARTTLS ---- */

/* 220, perhaps in several lines and late (RFC 5321, 4.3.1). */
static bool
greet(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;
	const char *line;
	size_t len;

	if (!session_first_line(&smtp->session, &line, &len) ||
	    !smtp_talk_hear_from(smtp, SMTP_STAGE_GREETING, NULL, line, len, &facts->greeting))
		return false;
	facts->session.greeting = arena_strdup(&facts->session.arena, facts->greeting.lines);
	facts->masked |=
	    smtp_msg_masked_greeting(facts->greeting.text, strlen(facts->greeting.text));
	if (facts->greeting.code != 220)
		return smtp_talk_refused(smtp, &facts->greeting);
	smtp_talk_end(smtp);
	return true;
}

/* The old word, only where neither TLS nor a login is at stake (RFC 5321, 3.2). */
static bool
may_say_helo(const struct smtp *smtp)
{
	return smtp->session.params->mode == SESSION_CLEARTEXT && !smtp->params->lmtp &&
	       !login_wanted(&smtp->params->login);
}

static bool
hello(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;
	struct smtp_reply reply;

	smtp_talk_begin(smtp, PHASE_CAPABILITY);
	smtp_talk_say(smtp, "%s %s", smtp->params->lmtp ? "LHLO" : "EHLO", smtp->params->ehlo_name);
	if (!smtp_talk_hear(smtp, SMTP_STAGE_EHLO, NULL, &reply))
		return false;
	if (reply.code >= 500 && may_say_helo(smtp)) {
		smtp_talk_say(smtp, "HELO %s", smtp->params->ehlo_name);
		facts->ehlo_refused = reply;
		facts->refusals.count--;
		if (!smtp_talk_hear(smtp, SMTP_STAGE_EHLO, NULL, &reply))
			return false;
		facts->helo_used = smtp_talk_yes(&reply);
	}
	if (!smtp_talk_yes(&reply))
		return smtp_talk_refused(smtp, &reply);
	smtp_msg_ehlo(&facts->ehlo, &facts->session.arena, facts->helo_used ? "" : reply.text);
	facts->masked |= facts->ehlo.masked;
	smtp_talk_end(smtp);
	return true;
}

/* RFC 3207, 4: all that was learnt in clear is void afterwards. */
static bool
start_tls(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;
	struct session_facts *session = &facts->session;
	struct smtp_reply reply;

	facts->ehlo_before_tls = facts->ehlo;
	facts->starttls_offered = facts->ehlo.starttls;
	smtp_talk_begin(smtp, PHASE_STARTTLS);
	smtp->session.stream->step = smtp_stage_name(SMTP_STAGE_STARTTLS);
	if (!facts->starttls_offered)
		return smtp_talk_broken(smtp, ERR_LACKS, 0, "the server does not offer STARTTLS");
	session->starttls_asked = true;
	smtp_talk_say(smtp, "STARTTLS");
	if (!smtp_talk_hear(smtp, SMTP_STAGE_STARTTLS, NULL, &reply))
		return false;
	session->starttls_reply = arena_strdup(&session->arena, reply.lines);
	if (reply.code != 220)
		return smtp_talk_refused(smtp, &reply);
	session->starttls_accepted = true;
	smtp_talk_end(smtp);
	facts->ehlo = (struct smtp_msg_ehlo){0};
	return session_upgrade(&smtp->session) && hello(smtp);
}

bool
smtp_talk_open(struct smtp *smtp, const struct session_params *session, bool upgrade)
{
	return session_open(&smtp->session, session, &smtp->facts->session) && greet(smtp) &&
	       hello(smtp) && (!upgrade || session->mode != SESSION_STARTTLS || start_tls(smtp));
}

/* ---- AUTH (RFC 4954) ---- */

/*
 * PLAIN and EXTERNAL with an initial response are one round trip without a
 * security layer: the one AUTH that others may follow in the same group
 * (RFC 4954, 4).
 */
static bool
may_ride(const struct smtp *smtp, const char *mechanism)
{
	return smtp->facts->ehlo.pipelining && !smtp->params->no_pipeline && smtp->envelope_alone &&
	       (strcmp(mechanism, "PLAIN") == 0 || strcmp(mechanism, "EXTERNAL") == 0);
}

static bool
auth_begin(void *dialog, const char *mechanism, const char *initial_base64)
{
	struct smtp *smtp = dialog;
	struct buf line;

	buf_init(&line, STREAM_LINE_MAX);
	if (initial_base64 == NULL) {
		smtp_talk_say(smtp, "AUTH %s", mechanism);
	} else {
		char shown[64];

		snprintf(shown, sizeof(shown), "AUTH %s [secret]", mechanism);
		buf_printf(&line, "AUTH %s %s", mechanism, initial_base64);
		smtp_talk_say_secret(smtp, shown, buf_text(&line));
		if (may_ride(smtp, mechanism))
			smtp_envelope_say_all(smtp);
	}
	buf_wipe(&line);
	return !err_is_set(&smtp->session.stream->err);
}

static bool
auth_respond(void *dialog, const char *base64)
{
	struct smtp *smtp = dialog;

	smtp_talk_say_secret(smtp, strcmp(base64, "*") == 0 ? "*" : "[secret]", base64);
	return !err_is_set(&smtp->session.stream->err);
}

static bool
auth_hear(void *dialog, const char **challenge_out, bool *success_out, const char **reply_out,
    int *code_out)
{
	struct smtp *smtp = dialog;
	struct smtp_reply *reply = &smtp->facts->login_reply;

	if (!smtp_talk_hear(smtp, SMTP_STAGE_AUTH, NULL, reply))
		return false;
	*challenge_out = reply->code == 334 ? reply->text : NULL;
	*success_out = smtp_talk_yes(reply);
	*reply_out = reply->lines;
	*code_out = reply->code;
	return true;
}

bool
smtp_talk_login(struct smtp *smtp, const struct login_params *login)
{
	struct smtp_facts *facts = smtp->facts;
	const struct login_carrier carrier = {
	    .begin = auth_begin,
	    .respond = auth_respond,
	    .hear = auth_hear,
	    .dialog = smtp,
	    .initial_response = true,
	    .line_max = AUTH_LINE_MAX,
	    .service = "smtp",
	};

	facts->authenticated =
	    login_choose(login, facts->ehlo.mechanisms.bits, -1, &facts->session, &facts->login) &&
	    login_exchange(&smtp->session, login, &carrier, &facts->login);
	return facts->authenticated;
}

/* ---- the whole ---- */

/* Bad values would be commands of their own; options are checked before, libraries may not be. */
static bool
check_params(const struct smtp_params *params, struct err *err)
{
	const char *why = NULL;

	if (params->ehlo_name == NULL || !smtp_msg_helo(params->ehlo_name))
		return err_set(err, ERR_CONFIG, 0, "no usable name for EHLO");
	if (params->from != NULL && !smtp_msg_address(params->from, true, &why))
		return err_set(err, ERR_CONFIG, 0, "the sender's address %s", why);
	for (size_t i = 0; params->rcpt != NULL && params->rcpt[i] != NULL; i++)
		if (!smtp_msg_address(params->rcpt[i], false, &why))
			return err_set(err, ERR_CONFIG, 0, "a recipient's address %s", why);
	if (params->send.wanted &&
	    (params->from == NULL || params->rcpt == NULL || params->rcpt[0] == NULL))
		return err_set(err, ERR_CONFIG, 0, "a message needs a sender and a recipient");
	return true;
}

static bool
envelope(struct smtp *smtp)
{
	smtp_talk_begin(smtp, PHASE_ENVELOPE);
	if (!smtp_envelope_open(smtp, smtp->params->size) || !smtp_envelope_commands(smtp) ||
	    !smtp_envelope_drop(smtp))
		return false;
	smtp_talk_end(smtp);
	return true;
}

static bool
converse(struct smtp *smtp, const struct session_params *session)
{
	const struct smtp_params *params = smtp->params;
	bool must_fail = (params->must_refuse & 1U << SMTP_REFUSE_LOGIN) != 0;
	bool login = login_wanted(&params->login) && !must_fail; /* tried in a session of its own */

	if (!smtp_talk_open(smtp, session, true) ||
	    (login && !smtp_talk_login(smtp, &params->login)))
		return false;
	if (params->send.wanted)
		return smtp_send_message(smtp) && smtp_envelope_commands(smtp);
	if (params->from != NULL)
		return envelope(smtp);
	return smtp_envelope_commands(smtp);
}

/* Reads what is under way and QUIT's answer: the facts are in, so no error of it counts. */
static void
say_goodbye(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;
	struct stream *stream = smtp->session.stream;
	struct smtp_msg_line parsed = {0};
	const char *line;
	size_t len;

	session_limit(&smtp->session, GOODBYE_US);
	if (!smtp->quit_sent)
		smtp_talk_say(smtp, "QUIT");
	facts->goodbye_said = smtp->quit_sent = true;
	while (smtp->under_way > 0 && stream_line(stream, &line, &len) &&
	       smtp_msg_line(line, len, &parsed))
		smtp->under_way -= parsed.last;
	facts->goodbye_done = smtp->under_way == 0 && parsed.code == 221;
}

void
smtp_talk_close(struct smtp *smtp)
{
	struct session_facts *session = &smtp->facts->session;
	bool good = !err_is_set(&session->err);

	smtp->facts->session.ended_us = clock_now_us();
	if (smtp->session.stream == NULL)
		return;
	if (good)
		smtp_talk_begin(smtp, PHASE_GOODBYE); /* after a failure the last phase is where */
	if (!err_is_set(&smtp->session.stream->err) && session->err.kind != ERR_PROTOCOL)
		say_goodbye(smtp);
	phase_end(&session->phases, smtp->facts->goodbye_done ? PHASE_DONE : PHASE_FAULT);
	session_close(&smtp->session);
}

bool
smtp_run(const struct session_params *session, const struct smtp_params *params,
    struct smtp_facts *facts)
{
	struct smtp smtp = {
	    .params = params, .facts = facts, .envelope_alone = smtp_envelope_alone(params)};
	bool ok;

	if (!check_params(params, &facts->session.err))
		return false;
	ok = converse(&smtp, session);
	smtp_talk_close(&smtp);
	smtp_refuse_run(session, params, facts);
	return ok;
}
