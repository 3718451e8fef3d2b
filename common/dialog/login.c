/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which mechanism, and the exchange of a SASL mechanism over any protocol's
 * carrier. Owns the rule that no secret leaves over an unverified connection.
 * Knows no command of any protocol.
 */
#include "dialog/login.h"

#include <string.h>

#include "base/text.h"

#define NONE SASL_COUNT
/* A token of 12 KiB with its wrapping; base64 makes a third more of it. */
#define LOGIN_RESPONSE_MAX ((size_t)16 << 10)

/* Each mechanism's first response that holds the secret or is computed from it; 0: none does. */
static const unsigned char secret_step[SASL_COUNT] = {
    [SASL_PLAIN] = 1,
    [SASL_LOGIN] = 2,
    [SASL_CRAM_MD5] = 1,
    [SASL_SCRAM_SHA_1] = 2,
    [SASL_SCRAM_SHA_256] = 2,
    [SASL_SCRAM_SHA_1_PLUS] = 2,
    [SASL_SCRAM_SHA_256_PLUS] = 2,
    [SASL_XOAUTH2] = 1,
    [SASL_OAUTHBEARER] = 1,
};

static bool
takes_token(enum sasl_mechanism mechanism)
{
	return mechanism == SASL_OAUTHBEARER || mechanism == SASL_XOAUTH2;
}

static bool
binds(enum sasl_mechanism mechanism)
{
	return mechanism == SASL_SCRAM_SHA_1_PLUS || mechanism == SASL_SCRAM_SHA_256_PLUS;
}

bool
login_wanted(const struct login_params *params)
{
	return params->user != NULL || params->token != NULL ||
	       (params->mechanism_given && params->mechanism == SASL_EXTERNAL);
}

/* What this run's secret can be used with. */
static bool
usable(const struct login_params *params, enum sasl_mechanism mechanism)
{
	if (mechanism == SASL_EXTERNAL)
		return params->mechanism_given && params->mechanism == mechanism;
	return takes_token(mechanism) ? params->token != NULL : params->password != NULL;
}

static bool
offers(unsigned offered, int mechanism)
{
	return mechanism >= 0 && mechanism < SASL_COUNT && (offered & 1U << mechanism) != 0;
}

static int
first_of_default(const struct login_params *params, unsigned offered, int own)
{
	const int order[] = {SASL_OAUTHBEARER, SASL_XOAUTH2, SASL_SCRAM_SHA_256, SASL_SCRAM_SHA_1,
	    SASL_PLAIN, own, SASL_LOGIN, SASL_CRAM_MD5};

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (offers(offered, order[i]) && usable(params, (enum sasl_mechanism)order[i]))
			return order[i];
	return NONE;
}

static bool
offers_any(const struct login_params *params, unsigned offered)
{
	for (int i = 0; i < SASL_COUNT; i++)
		if (offers(offered, i) && usable(params, (enum sasl_mechanism)i))
			return true;
	return false;
}

/* "server offers PLAIN, LOGIN", for a person to compare with the configuration. */
static void
list_offered(struct buf *out, unsigned offered)
{
	const char *before = "the server offers ";

	for (int i = 0; i < SASL_COUNT; i++) {
		if (!offers(offered, i))
			continue;
		buf_printf(out, "%s%s", before, sasl_name((enum sasl_mechanism)i));
		before = ", ";
	}
	if (out->len == 0)
		buf_add_text(out, "the server offers no login that is known here");
}

static bool
set_lacks(struct err *err, const struct login_params *params, unsigned offered)
{
	struct buf list;

	buf_init(&list, 200);
	list_offered(&list, offered);
	if (params->mechanism_given)
		err_set(err, ERR_LACKS, 0, "%s is not offered; %s", sasl_name(params->mechanism),
		    buf_text(&list));
	else
		err_set(err, ERR_LACKS, 0, "no usable login: %s", buf_text(&list));
	buf_free(&list);
	return false;
}

static bool
choose(const struct login_params *params, unsigned offered, int own, struct session_facts *session,
    struct login_facts *facts)
{
	int found = NONE;

	if (params->mechanism_given && !usable(params, params->mechanism))
		return err_set(&session->err, ERR_CONFIG, 0, "%s needs a %s and none is given",
		    sasl_name(params->mechanism),
		    takes_token(params->mechanism) ? "token" : "password");
	if (!params->mechanism_given)
		found = first_of_default(params, offered, own);
	else if (offers(offered, (int)params->mechanism))
		found = (int)params->mechanism;
	if (found == NONE)
		return set_lacks(&session->err, params, offered);
	facts->chosen = true;
	facts->mechanism = (enum sasl_mechanism)found;
	return true;
}

bool
login_choose(const struct login_params *params, unsigned offered, int own,
    struct session_facts *session, struct login_facts *facts)
{
	facts->offered_any = offers_any(params, offered);
	if (choose(params, offered, own, session, facts))
		return true;
	phase_begin(&session->phases, PHASE_AUTH); /* so that the phases say where it ended */
	phase_end(&session->phases, PHASE_FAULT);
	return false;
}

/* One exchange under way. */
struct exchange {
	struct session *session;
	const struct login_params *params;
	const struct login_carrier *carrier;
	struct login_facts *facts;
	struct sasl *sasl;
	unsigned steps;
	struct buf response; /* base64 of the next response; pending when it could not ride along */
	bool pending;
};

static bool
set_error(const struct exchange *x, const struct err *err)
{
	return err_take(&x->session->facts->err, err);
}

bool
login_may_send(
    const struct session *session, const struct login_params *params, struct login_facts *facts)
{
	struct err *err = &session->facts->err;

	if (!session_may_show_secret(session, params->allow_exposed)) {
		facts->withheld = true;
		return err_set(
		    err, ERR_CONFIG, 0, "login not sent: the connection is not verified TLS");
	}
	if (!takes_token(facts->mechanism) ||
	    !sasl_token_expiry(params->token, &facts->token_expiry_unix))
		return true;
	facts->token_expired = facts->token_expiry_unix <= params->now_unix;
	if (facts->token_expired)
		return err_set(err, ERR_CONFIG, 0, "login not sent: the token is past its own end");
	return true;
}

/* TLS 1.3 has an exporter binding (RFC 9266), TLS 1.2 servers expect tls-unique (RFC 5929). */
static void
set_binding(struct sasl_params *sasl, const struct tls_facts *tls)
{
	if (!tls->done)
		return;
	if (tls->version >= TLS1_3_VERSION && tls->exporter_len > 0) {
		sasl->binding_type = "tls-exporter";
		sasl->binding = tls->exporter;
		sasl->binding_len = tls->exporter_len;
	} else if (tls->version < TLS1_3_VERSION && tls->finished_len > 0) {
		sasl->binding_type = "tls-unique";
		sasl->binding = tls->finished;
		sasl->binding_len = tls->finished_len;
	}
}

static bool
open_sasl(struct exchange *x)
{
	const struct login_params *params = x->params;
	struct sasl_params sasl = {
	    .mechanism = x->facts->mechanism,
	    .user = params->user,
	    .authzid = params->authzid,
	    .password = params->password,
	    .token = params->token,
	    .host = params->host,
	    .port = params->port,
	    .service = x->carrier->service,
	};
	struct err err = {0};

	if (binds(sasl.mechanism)) {
		tls_binding(&x->session->tls);
		set_binding(&sasl, &x->session->facts->tls);
		x->facts->binding = sasl.binding_type;
	}
	return sasl_open(&x->sasl, &sasl, &err) || set_error(x, &err);
}

/* Computes the next response into x->response. */
static bool
compute(struct exchange *x, const void *challenge, size_t len, struct err *err)
{
	struct buf raw;
	bool ok;

	buf_init(&raw, LOGIN_RESPONSE_MAX);
	ok = sasl_step(x->sasl, challenge, len, &raw, err);
	x->facts->iterations = sasl_iterations(x->sasl);
	x->facts->server_proved = sasl_server_proved(x->sasl);
	if (ok) {
		x->steps++;
		buf_clear(&x->response);
		text_base64(&x->response, buf_text(&raw), raw.len);
	}
	buf_wipe(&raw);
	return ok;
}

static void
note_sent(const struct exchange *x)
{
	unsigned first = secret_step[x->facts->mechanism];

	if (first != 0 && x->steps >= first)
		x->facts->sent = true;
}

/* AUTH with the initial response where mechanism, protocol and line length allow it. */
static bool
begin(struct exchange *x)
{
	const struct login_carrier *carrier = x->carrier;
	const char *name = sasl_name(x->facts->mechanism), *initial = NULL;
	struct err err = {0};

	if (sasl_client_first(x->facts->mechanism) && carrier->initial_response) {
		if (!compute(x, "", 0, &err))
			return set_error(x, &err);
		initial = x->response.len > 0 ? buf_text(&x->response) : "=";
		if (strlen("AUTHENTICATE  ") + strlen(name) + strlen(initial) > carrier->line_max)
			initial = NULL;
		x->pending = initial == NULL;
	}
	if (initial != NULL)
		note_sent(x);
	return carrier->begin(carrier->dialog, name, initial) || session_failed(x->session);
}

/* We end it; the server's answer keeps both sides in step and says nothing new. */
static bool
cancel(struct exchange *x, const struct err *err)
{
	const struct login_carrier *carrier = x->carrier;
	const char *challenge = NULL, *reply;
	bool success;
	int code;

	set_error(x, err);
	if (carrier->respond(carrier->dialog, "*"))
		(void)!carrier->hear(carrier->dialog, &challenge, &success, &reply, &code);
	return false;
}

static bool
answer(struct exchange *x, const char *challenge)
{
	const struct login_carrier *carrier = x->carrier;
	struct err err = {0};
	struct buf raw;
	bool ok = true;

	buf_init(&raw, strlen(challenge) + 1);
	if (!text_unbase64(&raw, challenge, strlen(challenge)))
		ok = err_set(
		    &err, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "a login challenge is not base64");
	else if (!x->pending)
		ok = compute(x, buf_text(&raw), raw.len, &err);
	x->pending = false;
	buf_free(&raw);
	if (!ok)
		return cancel(x, &err);
	note_sent(x);
	return carrier->respond(carrier->dialog, buf_text(&x->response)) ||
	       session_failed(x->session);
}

/* The server's last word, and whether the mechanism agrees with it. */
static bool
conclude(struct exchange *x, bool success, const char *reply, int code)
{
	struct login_facts *facts = x->facts;
	struct session_facts *session = x->session->facts;
	struct err err = {0};
	char words[200];

	facts->reply = arena_strdup(&session->arena, reply);
	facts->code = code;
	facts->refusal = sasl_refusal(x->sasl);
	facts->token_error = arena_strdup(&session->arena, sasl_token_error(x->sasl));
	if (!success)
		return err_set(&session->err, ERR_REFUSED, code, "login refused: %s",
		    text_clean_into(words, sizeof(words), reply, strlen(reply)));
	facts->done = sasl_finish(x->sasl, &err);
	if (!facts->done && err.kind == ERR_REFUSED)
		facts->refusal = err.code;
	return facts->done || set_error(x, &err);
}

static bool
converse(struct exchange *x)
{
	const struct login_carrier *carrier = x->carrier;
	const char *challenge, *reply = "";
	bool success = false;
	int code = 0;

	if (!begin(x))
		return false;
	for (;;) {
		challenge = NULL;
		if (!carrier->hear(carrier->dialog, &challenge, &success, &reply, &code)) {
			x->facts->closed = x->session->stream->err.kind == ERR_CLOSED;
			return session_failed(x->session);
		}
		if (challenge == NULL)
			return conclude(x, success, reply, code);
		if (!answer(x, challenge))
			return false;
	}
}

bool
login_exchange(struct session *session, const struct login_params *params,
    const struct login_carrier *carrier, struct login_facts *facts)
{
	struct exchange x = {
	    .session = session, .params = params, .carrier = carrier, .facts = facts};
	const struct err *err = &session->facts->err;
	bool ok;

	phase_begin(&session->facts->phases, PHASE_AUTH);
	buf_init(&x.response, LOGIN_RESPONSE_MAX * 2);
	ok = login_may_send(session, params, facts) && open_sasl(&x) && converse(&x);
	if (!ok && err->kind == ERR_REFUSED && x.facts->refusal == 0 && x.facts->reply == NULL)
		x.facts->refusal = err->code; /* refused by us: proof or iterations */
	if (ok)
		phase_detail(&session->facts->phases, "%s%s", sasl_name(facts->mechanism),
		    facts->server_proved ? ", server proved that it knows the password" : "");
	sasl_close(x.sasl);
	buf_wipe(&x.response);
	phase_end(&session->facts->phases, ok ? PHASE_DONE : PHASE_FAULT);
	return ok;
}
