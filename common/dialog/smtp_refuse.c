/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what is said to tempt a server, and which answer means that it gave in.
 * No test sends a message that a correct server would deliver, and none sends
 * the real password where it is not verified.
 */
#include "dialog/smtp_refuse.h"

#include <string.h>

#include "base/text.h"
#include "dialog/smtp_send.h"
#include "dialog/smtp_talk.h"

#define FOREIGN "mailvitals-test@example.com" /* RFC 2606: nobody's */
#define SMUGGLE_WAIT_US (1 * US_PER_S)

/* A test under way, in a session of its own. */
struct trial {
	struct smtp smtp;
	struct smtp_facts facts; /* of that session; thrown away */
	struct smtp_test *test;
};

/* The answer that decided. */
static bool
decide(struct trial *trial, const struct smtp_reply *reply, bool accepted)
{
	trial->test->reply = *reply;
	trial->test->tried = true;
	trial->test->accepted = accepted;
	return true;
}

/* Another reason not to try. The text is a literal. */
static bool
leave(struct trial *trial, const char *why)
{
	trial->test->detail = why;
	return false;
}

static bool
hear(struct trial *trial, enum smtp_stage stage, struct smtp_reply *reply)
{
	return smtp_talk_hear(&trial->smtp, stage, NULL, reply);
}

static const char *
first_rcpt(const struct smtp_params *params)
{
	return params->rcpt != NULL && params->rcpt[0] != NULL ? params->rcpt[0] : params->from;
}

/* MAIL and RCPT; servers may leave every refusal to RCPT, so only both together are a yes. */
static bool
try_envelope(struct trial *trial, const char *from, const char *rcpt)
{
	struct smtp_reply reply;

	smtp_talk_say(&trial->smtp, "MAIL FROM:<%s>", from);
	if (!hear(trial, SMTP_STAGE_MAIL, &reply))
		return false;
	if (!smtp_talk_yes(&reply))
		return decide(trial, &reply, false);
	smtp_talk_say(&trial->smtp, "RCPT TO:<%s>", rcpt);
	if (!hear(trial, SMTP_STAGE_RCPT, &reply))
		return false;
	return decide(trial, &reply, smtp_talk_yes(&reply));
}

static bool
try_relay(struct trial *trial)
{
	const struct smtp_params *params = trial->smtp.params;

	return try_envelope(trial, params->from != NULL ? params->from : "",
	    params->relay_rcpt != NULL ? params->relay_rcpt : FOREIGN);
}

static bool
try_anonymous(struct trial *trial)
{
	const struct smtp_params *params = trial->smtp.params;

	if (params->from == NULL || *params->from == '\0')
		return leave(trial, "no sender given");
	return try_envelope(trial, params->from, first_rcpt(params));
}

static bool
try_foreign_from(struct trial *trial)
{
	const struct smtp_params *params = trial->smtp.params;
	const char *rcpt = first_rcpt(params);

	if (!login_wanted(&params->login))
		return leave(trial, "no login given");
	if (rcpt == NULL || *rcpt == '\0')
		return leave(trial, "no recipient given");
	return smtp_talk_login(&trial->smtp, &params->login) &&
	       try_envelope(
		   trial, params->foreign_from != NULL ? params->foreign_from : FOREIGN, rcpt);
}

/* The reply to AUTH decides, whatever the mechanism thinks of it. */
static bool
try_login(struct trial *trial, const struct login_params *login)
{
	const struct smtp_reply *reply = &trial->facts.login_reply;

	if (!login_wanted(login))
		return leave(trial, "no login given");
	if (smtp_talk_login(&trial->smtp, login) || reply->code >= 400 || smtp_talk_yes(reply)) {
		err_clear(&trial->facts.session.err);
		return decide(trial, reply, smtp_talk_yes(reply));
	}
	return false;
}

static bool
try_real_login(struct trial *trial)
{
	return try_login(trial, &trial->smtp.params->login);
}

static bool
try_wrong_password(struct trial *trial)
{
	struct login_params login = trial->smtp.params->login;
	char wrong[SMTP_TOKEN_SIZE];

	if (login.password == NULL && login.token == NULL)
		return leave(trial, "no password given");
	if (!smtp_send_token(wrong, &trial->facts.session.err))
		return false;
	if (login.password != NULL)
		login.password = wrong;
	if (login.token != NULL)
		login.token = wrong;
	return try_login(trial, &login);
}

/* 334 asks for a password in clear: enough, and nothing is given. */
static bool
try_plain_auth(struct trial *trial)
{
	struct smtp_reply reply, end;

	if (trial->smtp.session.stream->encrypted)
		return leave(trial, "the port has TLS from the first byte");
	smtp_talk_say(&trial->smtp, "AUTH PLAIN");
	if (!hear(trial, SMTP_STAGE_AUTH, &reply))
		return false;
	if (reply.code == 334) {
		smtp_talk_say(&trial->smtp, "*");
		if (!hear(trial, SMTP_STAGE_AUTH, &end))
			err_clear(&trial->facts.session.err);
	}
	return decide(trial, &reply, reply.code < 400);
}

/*
 * 250 and 251 tell at once. 252 says nothing (RFC 5321, 3.5.3), unless a name
 * that nobody has is answered otherwise.
 */
static bool
try_vrfy(struct trial *trial)
{
	const struct smtp_params *params = trial->smtp.params;
	const char *known = first_rcpt(params);
	struct smtp_test *test = trial->test;
	struct smtp_reply reply;
	char nobody[SMTP_TOKEN_SIZE];

	if (known == NULL || *known == '\0')
		known = params->login.user;
	if (known == NULL)
		return leave(trial, "no address given that exists");
	if (!smtp_send_token(nobody, &trial->facts.session.err))
		return false;
	smtp_talk_say(&trial->smtp, "VRFY %s", known);
	if (!hear(trial, SMTP_STAGE_VRFY, &reply))
		return false;
	smtp_talk_say(
	    &trial->smtp, "VRFY %s%s", nobody, strchr(known, '@') ? strchr(known, '@') : "");
	if (!hear(trial, SMTP_STAGE_VRFY, &test->control))
		return false;
	return decide(trial, &reply,
	    reply.code == 250 || reply.code == 251 ||
		(smtp_talk_yes(&reply) && !smtp_talk_yes(&test->control)));
}

static const struct smuggle {
	const char *bytes, *name;
} smuggles[] = {
    {"\n.\n", "LF.LF"},
    {"\n.\r\n", "LF.CRLF"},
    {"\r\n.\n", "CRLF.LF"},
    {"\r.\r", "CR.CR"},
};

/* A message that only a wrong line end could finish; an answer means that one did. */
static bool
smuggle(struct trial *trial)
{
	struct stream *stream = trial->smtp.session.stream;
	struct smtp_reply reply = {.stage = SMTP_STAGE_MESSAGE, .lines = "", .text = ""};

	smtp_talk_expect(&trial->smtp);
	stream_put(stream, "Subject: test of line ends\r\n\r\n", 30);
	for (size_t i = 0; i < ARRAY_LEN(smuggles); i++) {
		stream_put(stream, "test", 4);
		stream_put(stream, smuggles[i].bytes, strlen(smuggles[i].bytes));
		if (!stream_flush(stream))
			return session_failed(&trial->smtp.session);
		if (!stream_wait(stream, SMUGGLE_WAIT_US))
			continue;
		/* An end of the connection is a refusal too. */
		if (hear(trial, SMTP_STAGE_MESSAGE, &reply) && smtp_talk_yes(&reply))
			trial->test->detail = smuggles[i].name;
		break;
	}
	err_clear(&trial->facts.session.err);
	stream_fail(stream, ERR_CLOSED, 0, "ended in the middle of a message, on purpose");
	return decide(trial, &reply, smtp_talk_yes(&reply));
}

static bool
try_smuggling(struct trial *trial)
{
	const struct smtp_params *params = trial->smtp.params;
	struct smtp_reply reply;

	if (params->from == NULL || params->rcpt == NULL || params->rcpt[0] == NULL)
		return leave(trial, "no sender and recipient given");
	if (login_wanted(&params->login) && !smtp_talk_login(&trial->smtp, &params->login))
		return false;
	if (!try_envelope(trial, params->from, params->rcpt[0]))
		return false;
	trial->test->tried = false;
	if (!trial->test->accepted)
		return leave(trial, "the envelope was refused");
	trial->test->accepted = false;
	smtp_talk_say(&trial->smtp, "DATA");
	if (!hear(trial, SMTP_STAGE_DATA, &reply))
		return false;
	if (reply.code != 354)
		return leave(trial, "DATA was refused");
	return smuggle(trial);
}

/*
 * RFC 3207, 4.2: what came with STARTTLS must be forgotten. The first answer
 * inside TLS is QUIT's then; if it is the other command's, the server is open
 * to CVE-2011-0411.
 */
static bool
try_injection(struct trial *trial)
{
	struct smtp *smtp = &trial->smtp;
	struct smtp_reply reply;

	if (smtp->session.params->mode != SESSION_STARTTLS)
		return leave(trial, "only for ports with STARTTLS");
	if (!smtp->facts->ehlo.starttls)
		return leave(trial, "STARTTLS is not offered");
	smtp_talk_say(smtp, "STARTTLS");
	stream_put(smtp->session.stream, "NOOP\r\n", 6);
	if (!hear(trial, SMTP_STAGE_STARTTLS, &reply))
		return false;
	if (reply.code != 220 || !session_upgrade(&smtp->session)) {
		err_clear(&smtp->facts->session.err);
		return decide(trial, &reply, false);
	}
	smtp_talk_say(smtp, "QUIT");
	smtp->quit_sent = true;
	smtp->received_when_asked = 0; /* its answer may well be there before */
	if (!hear(trial, SMTP_STAGE_QUIT, &reply)) {
		err_clear(&smtp->facts->session.err);
		return decide(trial, &reply, false);
	}
	return decide(trial, &reply, reply.code == 250);
}

static const struct trial_form {
	const char *name;
	bool (*try)(struct trial *trial);
	bool clear; /* stays in front of STARTTLS */
} forms[] = {
    [SMTP_REFUSE_RELAY] = {"relay", try_relay, false},
    [SMTP_REFUSE_ANONYMOUS] = {"anonymous", try_anonymous, false},
    [SMTP_REFUSE_FOREIGN_FROM] = {"foreign-from", try_foreign_from, false},
    [SMTP_REFUSE_WRONG_PASSWORD] = {"wrong-password", try_wrong_password, false},
    [SMTP_REFUSE_PLAIN_AUTH] = {"plain-auth", try_plain_auth, true},
    [SMTP_REFUSE_VRFY] = {"vrfy", try_vrfy, false},
    [SMTP_REFUSE_SMUGGLING] = {"smuggling", try_smuggling, false},
    [SMTP_REFUSE_LOGIN] = {"login", try_real_login, false},
};
static const struct trial_form injection = {"injection", try_injection, true};

const char *
smtp_refuse_name(enum smtp_refuse refuse)
{
	return forms[refuse].name;
}

bool
smtp_refuse_find(const char *name, enum smtp_refuse *refuse_out)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (text_equal_fold(name, forms[i].name)) {
			*refuse_out = (enum smtp_refuse)i;
			return true;
		}
	}
	return false;
}

/* ---- sessions ---- */

/* One after the other: which connections are left for the tests' streams. */
struct series {
	const struct session_params *session;
	const struct smtp_params *params;
	struct smtp_facts *facts;
	size_t used;
};

static void
run_one(struct series *series, const struct trial_form *form, struct smtp_test *test)
{
	struct session_params session = *series->session;
	struct trial trial = {.test = test};

	test->asked = true;
	if (session.given != NULL) {
		struct stream *const *further = series->params->further;

		session.given = further != NULL ? further[series->used] : NULL;
		if (session.given == NULL) {
			test->detail = "no connection left";
			return;
		}
		series->used++;
	}
	smtp_facts_init(&trial.facts);
	trial.smtp = (struct smtp){.params = series->params, .facts = &trial.facts};
	if (smtp_talk_open(&trial.smtp, &session, !form->clear))
		(void)form->try(&trial);
	if (!test->tried)
		test->err = trial.facts.session.err;
	smtp_talk_close(&trial.smtp);
	/* The words outlive their session. */
	arena_adopt(&series->facts->session.arena, &trial.facts.session.arena);
	smtp_facts_free(&trial.facts);
}

void
smtp_refuse_run(const struct session_params *session, const struct smtp_params *params,
    struct smtp_facts *facts)
{
	struct series series = {.session = session, .params = params, .facts = facts};

	for (size_t i = 0; i < SMTP_REFUSE_COUNT; i++) {
		facts->tests[i].asked = (params->must_refuse & 1U << i) != 0;
		if (facts->tests[i].asked && facts->ehlo.keywords != NULL)
			run_one(&series, &forms[i], &facts->tests[i]);
	}
	facts->injection.asked = params->starttls_injection;
	if (facts->injection.asked && facts->ehlo.keywords != NULL)
		run_one(&series, &injection, &facts->injection);
	if (params->must_refuse != 0 || params->starttls_injection)
		facts->session.ended_us = clock_now_us();
}
