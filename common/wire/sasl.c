/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One SASL exchange from the client's side. Owns the order of the steps and the
 * mechanisms that are one message each; CRAM-MD5 and SCRAM are computed by
 * wire/sasl_gsasl.c. Knows no base64 line, no protocol and no policy.
 */
#include "wire/sasl.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "wire/sasl_gsasl.h"
#include "wire/scram.h"

#define TOKEN_ERROR_MAX 4096

struct sasl {
	struct sasl_params params;
	unsigned steps; /* taken so far */
	bool proved;
	int refusal; /* said by the server inside the exchange */
	int64_t iterations;
	char *token_error;
	char *client_first; /* SCRAM: no secret in it */
	struct sasl_gsasl *gsasl;
};

typedef bool sasl_stepper(
    struct sasl *sasl, const char *challenge, size_t len, struct buf *out, struct err *err);

static sasl_stepper step_plain, step_login, step_external, step_xoauth2, step_oauthbearer,
    step_cram, step_scram;

enum sasl_secret { SECRET_NONE, SECRET_PASSWORD, SECRET_TOKEN };

static const struct mechanism {
	const char *name;
	sasl_stepper *step; /* NULL: no SASL mechanism */
	unsigned steps_max; /* responses a client ever gives */
	enum sasl_secret secret;
	bool client_first, gsasl, binding;
} mechanisms[SASL_COUNT] = {
    [SASL_PLAIN] = {"PLAIN", step_plain, 1, SECRET_PASSWORD, true, false, false},
    [SASL_LOGIN] = {"LOGIN", step_login, 2, SECRET_PASSWORD, false, false, false},
    [SASL_CRAM_MD5] = {"CRAM-MD5", step_cram, 1, SECRET_PASSWORD, false, true, false},
    [SASL_SCRAM_SHA_1] = {"SCRAM-SHA-1", step_scram, 3, SECRET_PASSWORD, true, true, false},
    [SASL_SCRAM_SHA_256] = {"SCRAM-SHA-256", step_scram, 3, SECRET_PASSWORD, true, true, false},
    [SASL_SCRAM_SHA_1_PLUS] = {"SCRAM-SHA-1-PLUS", step_scram, 3, SECRET_PASSWORD, true, true,
	true},
    [SASL_SCRAM_SHA_256_PLUS] = {"SCRAM-SHA-256-PLUS", step_scram, 3, SECRET_PASSWORD, true, true,
	true},
    [SASL_XOAUTH2] = {"XOAUTH2", step_xoauth2, 2, SECRET_TOKEN, true, false, false},
    [SASL_OAUTHBEARER] = {"OAUTHBEARER", step_oauthbearer, 2, SECRET_TOKEN, true, false, false},
    [SASL_EXTERNAL] = {"EXTERNAL", step_external, 1, SECRET_NONE, true, false, false},
    [SASL_APOP] = {"APOP", NULL, 0, SECRET_PASSWORD, false, false, false},
    [SASL_USER] = {"USER", NULL, 0, SECRET_PASSWORD, false, false, false},
    [SASL_IMAP_LOGIN] = {"IMAP-LOGIN", NULL, 0, SECRET_PASSWORD, false, false, false},
};

const char *
sasl_name(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].name;
}

bool
sasl_find(const char *name, size_t len, enum sasl_mechanism *mechanism_out)
{
	for (size_t i = 0; i < SASL_COUNT; i++) {
		const struct mechanism *m = &mechanisms[i];

		if (m->step != NULL && strlen(m->name) == len &&
		    text_find_fold(name, len, m->name) == name) {
			*mechanism_out = (enum sasl_mechanism)i;
			return true;
		}
	}
	return false;
}

bool
sasl_client_first(enum sasl_mechanism mechanism)
{
	return mechanisms[mechanism].client_first;
}

/* Without this a secret could forge a field of the message: NUL ends it in PLAIN, ^A in OAuth's. */
static bool
carries(const char *text, char forbidden)
{
	return text == NULL || strchr(text, forbidden) == NULL;
}

static bool
check_params(const struct sasl_params *params, struct err *err)
{
	const struct mechanism *m = &mechanisms[params->mechanism];

	if (m->step == NULL)
		return err_set(err, ERR_CONFIG, 0, "%s is no SASL mechanism", m->name);
	if (m->secret == SECRET_PASSWORD && (params->user == NULL || params->password == NULL))
		return err_set(err, ERR_CONFIG, 0, "%s needs a user and a password", m->name);
	if (m->secret == SECRET_TOKEN && params->token == NULL)
		return err_set(err, ERR_CONFIG, 0, "%s needs a token", m->name);
	if (params->mechanism == SASL_XOAUTH2 && params->user == NULL)
		return err_set(err, ERR_CONFIG, 0, "%s needs a user", m->name);
	if (m->secret == SECRET_TOKEN &&
	    !(carries(params->user, '\1') && carries(params->token, '\1')))
		return err_set(
		    err, ERR_CONFIG, 0, "%s: user or token holds a control character", m->name);
	if (m->binding && (params->binding_type == NULL || params->binding_len == 0))
		return err_set(err, ERR_CONFIG, 0,
		    "%s needs a TLS connection to bind to, and there is none", m->name);
	return true;
}

bool
sasl_open(struct sasl **sasl_out, const struct sasl_params *params, struct err *err)
{
	const struct mechanism *m = &mechanisms[params->mechanism];
	struct sasl *sasl;

	*sasl_out = NULL;
	if (!check_params(params, err))
		return false;
	sasl = mem_alloc(sizeof(*sasl));
	sasl->params = *params;
	if (!m->binding)
		sasl->params.binding_type = NULL;
	if (m->gsasl && !sasl_gsasl_open(&sasl->gsasl, &sasl->params, err)) {
		sasl_close(sasl);
		return false;
	}
	*sasl_out = sasl;
	return true;
}

bool
sasl_step(
    struct sasl *sasl, const void *challenge, size_t len, struct buf *response_out, struct err *err)
{
	const struct mechanism *m = &mechanisms[sasl->params.mechanism];

	if (sasl->steps >= m->steps_max)
		return err_set(
		    err, ERR_PROTOCOL, ERR_PROTOCOL_ORDER, "a challenge more than %s has", m->name);
	sasl->steps++;
	if (!m->step(sasl, challenge, len, response_out, err))
		return false;
	if (response_out->overflow)
		return err_set(err, ERR_CONFIG, 0, "%s: response too long", m->name);
	return true;
}

/* RFC 4616, 2. The challenge that asks for it is empty by the book, and sometimes a word. */
static bool
step_plain(struct sasl *sasl, const char *challenge UNUSED, size_t len UNUSED, struct buf *out,
    struct err *err UNUSED)
{
	if (sasl->params.authzid != NULL)
		buf_add_text(out, sasl->params.authzid);
	buf_add_char(out, '\0');
	buf_add_text(out, sasl->params.user);
	buf_add_char(out, '\0');
	buf_add_text(out, sasl->params.password);
	return true;
}

/* The prompts' wording is no standard: the order is. */
static bool
step_login(struct sasl *sasl, const char *challenge UNUSED, size_t len UNUSED, struct buf *out,
    struct err *err UNUSED)
{
	buf_add_text(out, sasl->steps == 1 ? sasl->params.user : sasl->params.password);
	return true;
}

static bool
step_external(struct sasl *sasl, const char *challenge UNUSED, size_t len UNUSED, struct buf *out,
    struct err *err UNUSED)
{
	if (sasl->params.authzid != NULL)
		buf_add_text(out, sasl->params.authzid);
	return true;
}

/* The second challenge of both token mechanisms is why the token was refused, as JSON. */
static void
keep_token_error(struct sasl *sasl, const char *challenge, size_t len)
{
	sasl->token_error = mem_strndup(challenge, len < TOKEN_ERROR_MAX ? len : TOKEN_ERROR_MAX);
	sasl->refusal = SASL_REFUSAL_TOKEN;
}

static bool
step_xoauth2(
    struct sasl *sasl, const char *challenge, size_t len, struct buf *out, struct err *err UNUSED)
{
	if (sasl->steps == 1)
		buf_printf(
		    out, "user=%s\1auth=Bearer %s\1\1", sasl->params.user, sasl->params.token);
	else
		keep_token_error(sasl, challenge, len); /* answered by an empty line */
	return true;
}

/* saslname of RFC 5801, 4. */
static void
add_saslname(struct buf *out, const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (*c == ',')
			buf_add_text(out, "=2C");
		else if (*c == '=')
			buf_add_text(out, "=3D");
		else
			buf_add_char(out, *c);
	}
}

/* RFC 7628, 3.1; 3.2.3: a refusal is answered by a lone ^A. */
static bool
step_oauthbearer(
    struct sasl *sasl, const char *challenge, size_t len, struct buf *out, struct err *err UNUSED)
{
	const struct sasl_params *params = &sasl->params;
	const char *as = params->authzid != NULL ? params->authzid : params->user;

	if (sasl->steps > 1) {
		keep_token_error(sasl, challenge, len);
		buf_add_char(out, '\1');
		return true;
	}
	buf_add_text(out, "n,");
	if (as != NULL) {
		buf_add_text(out, "a=");
		add_saslname(out, as);
	}
	buf_add_text(out, ",\1");
	if (params->host != NULL)
		buf_printf(out, "host=%s\1", params->host);
	if (params->host != NULL && params->port != 0)
		buf_printf(out, "port=%u\1", (unsigned)params->port);
	buf_printf(out, "auth=Bearer %s\1\1", params->token);
	return true;
}

static bool
step_cram(struct sasl *sasl, const char *challenge, size_t len, struct buf *out, struct err *err)
{
	bool done;

	if (len == 0 || len > SCRAM_MESSAGE_MAX)
		return err_set(err, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED,
		    "CRAM-MD5 challenge of %zu bytes", len);
	return sasl_gsasl_step(sasl->gsasl, challenge, len, out, &done, err);
}

/* server-first-message: what the library would believe is checked first. */
static bool
check_server_first(struct sasl *sasl, const char *challenge, size_t len, struct err *err)
{
	const char *why;

	if (!scram_server_first(challenge, len, sasl->client_first, &sasl->iterations, &why))
		return err_set(err, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED,
		    "the server's first SCRAM message %s", why);
	if (sasl->iterations < SCRAM_ITERATIONS_MIN || sasl->iterations > SCRAM_ITERATIONS_MAX)
		return err_set(err, ERR_REFUSED, SASL_REFUSAL_ITERATIONS,
		    "SCRAM iterations %lld, allowed %d to %d", (long long)sasl->iterations,
		    SCRAM_ITERATIONS_MIN, SCRAM_ITERATIONS_MAX);
	return true;
}

static bool
is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* server-final-message: a proof, or the reason why there is none (RFC 5802, 7). */
static bool
take_server_final(
    struct sasl *sasl, const char *challenge, size_t len, struct buf *out, struct err *err)
{
	size_t error_len;
	const char *error = scram_server_error(challenge, len, &error_len);

	if (error == NULL)
		return sasl_gsasl_step(sasl->gsasl, challenge, len, out, &sasl->proved, err);
	if (is(error, error_len, "channel-bindings-dont-match"))
		sasl->refusal = SASL_REFUSAL_BINDING;
	else if (is(error, error_len, "server-does-support-channel-binding"))
		sasl->refusal = SASL_REFUSAL_DOWNGRADE;
	return true; /* an empty response; the protocol's own refusal follows */
}

static bool
step_scram(struct sasl *sasl, const char *challenge, size_t len, struct buf *out, struct err *err)
{
	bool done;

	switch (sasl->steps) {
	case 1:
		if (!sasl_gsasl_step(sasl->gsasl, "", 0, out, &done, err))
			return false;
		sasl->client_first = mem_strdup(buf_text(out));
		return true;
	case 2:
		return check_server_first(sasl, challenge, len, err) &&
		       sasl_gsasl_step(sasl->gsasl, challenge, len, out, &done, err);
	default:
		return take_server_final(sasl, challenge, len, out, err);
	}
}

bool
sasl_finish(struct sasl *sasl, struct err *err)
{
	const struct mechanism *m = &mechanisms[sasl->params.mechanism];

	if (m->step == step_scram && !sasl->proved)
		return err_set(err, ERR_REFUSED, SASL_REFUSAL_SERVER_PROOF,
		    "the server said yes without proving that it knows the password");
	if (sasl->refusal != 0)
		return err_set(err, ERR_PROTOCOL, ERR_PROTOCOL_ORDER,
		    "the server refused inside %s, then said yes", m->name);
	return true;
}

bool
sasl_server_proved(const struct sasl *sasl)
{
	return sasl->proved;
}

int
sasl_refusal(const struct sasl *sasl)
{
	return sasl->refusal;
}

const char *
sasl_token_error(const struct sasl *sasl)
{
	return sasl->token_error;
}

int64_t
sasl_iterations(const struct sasl *sasl)
{
	return sasl->iterations;
}

void
sasl_close(struct sasl *sasl)
{
	if (sasl == NULL)
		return;
	sasl_gsasl_close(sasl->gsasl);
	mem_free(sasl->client_first);
	mem_free(sasl->token_error);
	mem_free(sasl);
}
