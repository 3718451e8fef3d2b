/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of logins: what is the same in IMAP, SMTP and POP3. */
#include <string.h>

#include "base/text.h"
#include "check/judge.h"

static struct report_finding *
judge_say(const struct judge *judge, enum finding_id id, const char *message)
{
	return report_add(judge->report, id, judge->endpoint, "%s", message);
}

/* We refused, not the server: a proof was missing or did not fit. */
static bool
judge_own_refusal(const struct judge *judge, const struct login_facts *login)
{
	struct report_finding *finding = NULL;

	switch (login->refusal) {
	case SASL_REFUSAL_SERVER_PROOF:
		finding = judge_say(judge, FINDING_TLS_IMPOSTOR_SERVER_PROOF,
		    "the server did not prove that it knows the password");
		break;
	case SASL_REFUSAL_ITERATIONS:
		finding = report_add(judge->report, FINDING_AUTH_WEAK, judge->endpoint,
		    "SCRAM with %lld iterations, limits 4096 and 600000: no login was made",
		    (long long)login->iterations);
		report_state(judge->report, finding, STATE_CRITICAL);
		break;
	case SASL_REFUSAL_BINDING:
		finding = judge_say(judge, FINDING_TLS_IMPOSTOR_BINDING,
		    "the channel binding differs: TLS ends somewhere else than the login");
		break;
	case SASL_REFUSAL_DOWNGRADE:
		finding = judge_say(judge, FINDING_TLS_IMPOSTOR_DOWNGRADE,
		    "the server offers -PLUS and we did not see it: someone changed the list");
		break;
	default:
		return false;
	}
	if (login->reply)
		report_said(judge->report, finding, login->reply, strlen(login->reply));
	return true;
}

static void
judge_refused(const struct judge *judge, const struct login_facts *login, const char *provider,
    unsigned protocol)
{
	struct reply_query query = {.protocol = protocol,
	    .stage = REPLY_AUTH,
	    .provider = provider,
	    .code = login->code,
	    .text = login->reply};

	/* The decoded error of a token says more than the words around it. */
	if (login->token_error)
		query.text = login->token_error;
	judge_reply(judge, &query,
	    login->token_error ? FINDING_AUTH_TOKEN_REFUSED : FINDING_AUTH_CREDENTIALS,
	    "login refused");
}

static void
judge_withheld(const struct judge *judge, const struct login_facts *login)
{
	struct buf when;

	if (login->token_expired) {
		buf_init(&when, 64);
		text_date(&when, login->token_expiry_unix);
		report_add(judge->report, FINDING_AUTH_TOKEN_EXPIRED, judge->endpoint,
		    "the token ended at %s by its own exp; it was not sent", buf_text(&when));
		buf_free(&when);
	}
	/* Why the connection is not verified is a finding of its own already. */
	if (login->withheld && report_worst(judge->report) == STATE_OK)
		judge_say(judge, FINDING_CLIENT_PASSWORD_POLICY,
		    "the connection is not verified: the password was not sent");
}

void
judge_login(const struct judge *judge, const struct session_facts *session,
    const struct login_facts *login, const char *provider, unsigned protocol)
{
	/* What is lacking is STARTTLS, or else a way to log in. */
	bool lacks_tls = judge->mode == SESSION_STARTTLS && !session->tls.begun;

	judge_withheld(judge, login);
	if (login->done) {
		if (login->chosen && login->mechanism == SASL_APOP)
			judge_say(judge, FINDING_AUTH_WEAK,
			    "logged in with APOP: MD5, and the server keeps the password in clear");
		return;
	}
	if (judge_own_refusal(judge, login))
		return;
	if (session->err.kind == ERR_CONFIG && !login->withheld && !login->token_expired)
		judge_say(judge, FINDING_CLIENT_USAGE, session->err.text);
	else if (session->err.kind == ERR_LACKS && !lacks_tls)
		judge_say(judge, FINDING_AUTH_MECHANISM, session->err.text);
	else if (login->reply && session->err.kind == ERR_REFUSED)
		judge_refused(judge, login, provider, protocol);
}
