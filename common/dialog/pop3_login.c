/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the three ways to log in to POP3 (RFC 1939, RFC 5034) and what may ride
 * with each. The choice among them is dialog/login.c's.
 */
#include "dialog/pop3_login.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dialog/pop3_mailbox.h"

#define AUTH_LINE_MAX 253 /* 255 octets with CRLF (RFC 2449, 4; RFC 5034, 4) */
#define LINE_CAP ((size_t)32 << 10)

static bool
pipelines(const struct pop3 *pop3)
{
	return pop3->facts->capabilities.pipelining && !pop3->params->no_pipeline;
}

static bool
sound(const struct pop3 *pop3)
{
	return !err_is_set(&pop3->session.stream->err);
}

/* "WORD value" that is not shown. */
static void
say_secret(struct pop3 *pop3, const char *word, const char *value)
{
	struct buf line;
	char shown[64];

	buf_init(&line, LINE_CAP);
	buf_printf(&line, "%s %s", word, value);
	snprintf(shown, sizeof(shown), "%s [secret]", word);
	pop3_talk_say_secret(pop3, shown, buf_text(&line));
	buf_wipe(&line);
}

/* The server's last word on the login. */
static bool
conclude(struct pop3 *pop3, const struct pop3_reply *reply)
{
	struct pop3_facts *facts = pop3->facts;

	facts->login_reply = *reply;
	facts->login.reply = arena_strdup(&facts->session.arena, reply->line);
	facts->login.done = reply->status == POP3_MSG_OK;
	if (reply->status == POP3_MSG_CONTINUE)
		return pop3_talk_broken(
		    pop3, ERR_PROTOCOL, ERR_PROTOCOL_ORDER, "a challenge that nobody asked for");
	return facts->login.done || pop3_talk_refused(pop3, reply);
}

static bool
hear_login(struct pop3 *pop3, enum pop3_step step, struct pop3_reply *reply)
{
	if (pop3_talk_hear(pop3, step, reply))
		return true;
	pop3->facts->login.closed = pop3->session.stream->err.kind == ERR_CLOSED;
	return false;
}

/* RFC 1939, 7. An accepted USER says nothing about the user: PASS decides. */
static bool
user_and_pass(struct pop3 *pop3)
{
	const struct login_params *login = &pop3->params->login;
	struct pop3_reply user, pass;
	bool together = pipelines(pop3);

	pop3_talk_say(pop3, "USER %s", login->user);
	if (!together) {
		if (!hear_login(pop3, POP3_STEP_USER, &user))
			return false;
		if (user.status != POP3_MSG_OK)
			return conclude(pop3, &user);
	}
	say_secret(pop3, "PASS", login->password);
	pop3->facts->login.sent = true;
	if (together) {
		if (pop3_mailbox_may_ride(pop3))
			pop3_mailbox_ride(pop3);
		if (!hear_login(pop3, POP3_STEP_USER, &user))
			return false;
		if (user.status != POP3_MSG_OK)
			return conclude(pop3, &user);
	}
	return hear_login(pop3, POP3_STEP_LOGIN, &pass) && conclude(pop3, &pass);
}

/* MD5 of timestamp and password in hex (RFC 1939, 7). */
static bool
apop_digest(const struct pop3 *pop3, struct buf *hex)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf text;
	bool ok;

	buf_init(&text, LINE_CAP);
	buf_add_text(&text, pop3->facts->timestamp);
	buf_add_text(&text, pop3->params->login.password);
	ok = EVP_Digest(text.data, text.len, digest, &len, EVP_md5(), NULL) == 1;
	buf_wipe(&text);
	text_hex(hex, digest, len);
	return ok;
}

static bool
apop(struct pop3 *pop3)
{
	struct pop3_reply reply;
	struct buf value;
	bool ok;

	buf_init(&value, LINE_CAP);
	buf_printf(&value, "%s ", pop3->params->login.user);
	ok = apop_digest(pop3, &value);
	if (ok)
		say_secret(pop3, "APOP", buf_text(&value));
	buf_wipe(&value);
	if (!ok)
		return pop3_talk_broken(pop3, ERR_LOCAL, 0, "the library refuses MD5");
	pop3->facts->login.sent = true;
	if (pop3_mailbox_may_ride(pop3))
		pop3_mailbox_ride(pop3);
	return hear_login(pop3, POP3_STEP_LOGIN, &reply) && conclude(pop3, &reply);
}

/* ---- AUTH ---- */

/* PLAIN and EXTERNAL with an initial response have one answer, which nothing behind them can spoil. */
static bool
may_ride(const struct pop3 *pop3, const char *mechanism)
{
	return pop3_mailbox_may_ride(pop3) &&
	       (strcmp(mechanism, "PLAIN") == 0 || strcmp(mechanism, "EXTERNAL") == 0);
}

static bool
auth_begin(void *dialog, const char *mechanism, const char *initial_base64)
{
	struct pop3 *pop3 = dialog;
	char word[64];

	snprintf(word, sizeof(word), "AUTH %s", mechanism);
	if (initial_base64 == NULL) {
		pop3_talk_say(pop3, "%s", word);
	} else {
		say_secret(pop3, word, initial_base64);
		if (may_ride(pop3, mechanism))
			pop3_mailbox_ride(pop3);
	}
	return sound(pop3);
}

static bool
auth_respond(void *dialog, const char *base64)
{
	struct pop3 *pop3 = dialog;

	pop3_talk_say_secret(pop3, strcmp(base64, "*") == 0 ? "*" : "[secret]", base64);
	return sound(pop3);
}

static bool
auth_hear(void *dialog, const char **challenge_out, bool *success_out, const char **reply_out,
    int *code_out)
{
	struct pop3 *pop3 = dialog;
	struct pop3_reply *reply = &pop3->facts->login_reply;

	if (!pop3_talk_hear(pop3, POP3_STEP_LOGIN, reply))
		return false;
	*challenge_out = reply->status == POP3_MSG_CONTINUE ? reply->text : NULL;
	*success_out = reply->status == POP3_MSG_OK;
	*reply_out = reply->line;
	*code_out = 0;
	return true;
}

static bool
authenticate(struct pop3 *pop3)
{
	const struct login_carrier carrier = {
	    .begin = auth_begin,
	    .respond = auth_respond,
	    .hear = auth_hear,
	    .dialog = pop3,
	    .initial_response = true,
	    .line_max = AUTH_LINE_MAX,
	    .service = "pop",
	};

	return login_exchange(&pop3->session, &pop3->params->login, &carrier, &pop3->facts->login);
}

/* A server that does not know CAPA is an old one, and those have USER. */
static unsigned
offered(const struct pop3_facts *facts)
{
	unsigned bits = facts->capabilities.mechanisms.bits;

	if (facts->capabilities.user || !facts->capabilities.answered)
		bits |= 1U << SASL_USER;
	if (facts->timestamp != NULL)
		bits |= 1U << SASL_APOP;
	return bits;
}

bool
pop3_login_run(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	const struct login_params *login = &pop3->params->login;
	bool ok;

	if (!login_choose(login, offered(facts), SASL_USER, &facts->session, &facts->login))
		return false;
	if (facts->login.mechanism != SASL_USER && facts->login.mechanism != SASL_APOP)
		return authenticate(pop3);
	pop3_talk_begin(pop3, PHASE_AUTH);
	ok = login_may_send(&pop3->session, login, &facts->login) &&
	     (facts->login.mechanism == SASL_USER ? user_and_pass(pop3) : apop(pop3));
	phase_end(&facts->session.phases, ok ? PHASE_DONE : PHASE_FAULT);
	return ok;
}
