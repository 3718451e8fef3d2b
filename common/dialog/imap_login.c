/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns LOGIN (RFC 9051, 6.2.3) and how AUTHENTICATE (6.2.2) carries SASL.
 * Knows no mechanism; a secret goes out only where the session allows it.
 */
#include "dialog/imap_login.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "dialog/imap_mailbox.h"

/* A response with its token; RFC 9051 names no limit, servers allow 8 KiB and more. */
#define LINE_MAX_BYTES 8000

/* ---- AUTHENTICATE ---- */

/*
 * Commands may be sent behind a login before its answer (RFC 9051, 5.5) if it
 * is one that takes a single response. But servers that hand the connection on
 * to another process at the login may lose what they have read already: Courier
 * 5 does, Cyrus 3.6 does behind AUTHENTICATE, and then nothing is ever
 * answered. So only where the greeting names a server known to keep it.
 */
static const struct {
	const char *greeting;
	bool behind_authenticate;
} KEEPERS[] = {
    {"Dovecot", true},
    {"Cyrus IMAP", false},
};

static bool
keeps_commands(const struct imap *imap)
{
	enum sasl_mechanism mechanism = imap->facts->login.mechanism;
	const char *greeting = imap->facts->greeting.text;
	if (mechanism != SASL_PLAIN && mechanism != SASL_EXTERNAL && mechanism != SASL_IMAP_LOGIN)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(KEEPERS); i++) {
		if (text_find_fold(greeting, strlen(greeting), KEEPERS[i].greeting))
			return mechanism == SASL_IMAP_LOGIN || KEEPERS[i].behind_authenticate;
	}
	return false;
}

static void
ride_along(struct imap *imap)
{
	if (imap->serial || imap_mailbox_must_wait(imap) || !keeps_commands(imap))
		return;
	imap->facts->pipelined = true;
	imap_mailbox_ask(imap);
}

static bool
begin(void *dialog, const char *mechanism, const char *initial)
{
	struct imap *imap = dialog;
	struct imap_command *command = imap_talk_command(imap, IMAP_STEP_LOGIN);
	struct arena *arena = &imap->facts->session.arena;
	struct buf line;
	buf_init(&line, STREAM_LINE_MAX_IMAP);
	buf_printf(&line, "%s AUTHENTICATE %s", command->tag, mechanism);
	const char *shown =
	    arena_printf(arena, "%s%s", buf_text(&line), initial ? " [initial response]" : "");
	if (initial)
		buf_printf(&line, " %s", initial);
	bool said = stream_say_secret(imap->session.stream, shown, buf_text(&line));
	buf_wipe(&line);
	if (said && initial)
		ride_along(imap);
	return said;
}

static bool
respond(void *dialog, const char *base64)
{
	struct imap *imap = dialog;
	bool cancelled = strcmp(base64, "*") == 0;
	if (imap->facts->pipelined)
		return imap_talk_broken(
		    imap, ERR_PROTOCOL_ORDER, "a challenge after the only response");
	return stream_say_secret(imap->session.stream, cancelled ? "*" : "[response]", base64);
}

static bool
hear(void *dialog, const char **challenge_out, bool *success_out, const char **reply_out,
    int *code_out)
{
	struct imap *imap = dialog;
	if (!imap_talk_hear_continuation(imap, imap->login, challenge_out))
		return false;
	*code_out = 0;
	*success_out = imap->login->status == IMAP_OK;
	*reply_out = imap->facts->login.reply;
	return true;
}

static bool
authenticate(struct imap *imap)
{
	struct login_carrier carrier = {
	    .begin = begin,
	    .respond = respond,
	    .hear = hear,
	    .dialog = imap,
	    .initial_response = imap_talk_can(imap, "SASL-IR"),
	    .line_max = LINE_MAX_BYTES,
	    .service = "imap",
	};
	return login_exchange(&imap->session, &imap->params->login, &carrier, &imap->facts->login);
}

/* ---- LOGIN ---- */

/* User and password as quoted strings, or as literals where they hold 8-bit bytes. */
static bool
say_login(struct imap *imap)
{
	const struct login_params *params = &imap->params->login;
	const char *values[] = {params->user, params->password};
	struct buf text[3];
	const char *parts[6] = {NULL};
	size_t part = 0;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		buf_init(&text[i], STREAM_LINE_MAX_IMAP);
	buf_add_text(&text[0], "LOGIN ");
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		if (i)
			buf_add_char(&text[part], ' ');
		if (!imap_msg_quote(&text[part], values[i]))
			parts[2 * part++ + 1] = values[i];
	}
	for (size_t i = 0; i <= part; i++)
		parts[2 * i] = buf_text(&text[i]);
	imap->facts->login.sent = true;
	struct imap_command *said =
	    imap_talk_say_parts(imap, IMAP_STEP_LOGIN, parts, "LOGIN [user] [password]");
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		buf_wipe(&text[i]);
	return said != NULL;
}

static bool
refused(struct imap *imap)
{
	const char *reply = imap->facts->login.reply;
	char words[200];
	phase_end(&imap->facts->session.phases, PHASE_FAULT);
	return err_set(&imap->facts->session.err, ERR_REFUSED, 0, "login refused: %s",
	    text_clean_into(words, sizeof words, reply, strlen(reply)));
}

static bool
login_command(struct imap *imap)
{
	struct session_facts *session = &imap->facts->session;
	struct login_facts *facts = &imap->facts->login;
	if (!session_may_show_secret(&imap->session, imap->params->login.allow_exposed)) {
		facts->withheld = true;
		return err_set(&session->err, ERR_CONFIG, 0,
		    "login not sent: the connection is not verified TLS");
	}
	phase_begin(&session->phases, PHASE_AUTH);
	bool said = say_login(imap);
	if (said)
		ride_along(imap);
	if (!said && imap->login->done) /* the server did not want the literal */
		return refused(imap);
	if (!said || !imap_talk_hear(imap, imap->login)) {
		facts->closed = imap->session.stream->err.kind == ERR_CLOSED;
		return session_failed(&imap->session);
	}
	if (imap->login->status != IMAP_OK)
		return refused(imap);
	facts->done = true;
	phase_detail(&session->phases, "LOGIN");
	phase_end(&session->phases, PHASE_DONE);
	return true;
}

/* ---- which ---- */

static unsigned
offered(const struct imap *imap)
{
	const struct imap_words *names = &imap->facts->mechanisms;
	unsigned bits = imap->facts->logindisabled ? 0 : 1U << SASL_IMAP_LOGIN;
	for (size_t i = 0; i < names->count; i++) {
		enum sasl_mechanism mechanism;
		if (sasl_find(names->list[i], strlen(names->list[i]), &mechanism))
			bits |= 1U << mechanism;
	}
	return bits;
}

bool
imap_login_run(struct imap *imap)
{
	struct imap_facts *facts = imap->facts;
	int own = facts->logindisabled ? -1 : SASL_IMAP_LOGIN;
	if (!login_choose(&imap->params->login, offered(imap), own, &facts->session, &facts->login))
		return false;
	imap->capabilities = &facts->capabilities_after_login;
	return facts->login.mechanism == SASL_IMAP_LOGIN ? login_command(imap) : authenticate(imap);
}
