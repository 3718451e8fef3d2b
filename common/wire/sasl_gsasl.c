/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one user of libgsasl: loads it, feeds it a session's properties and
 * steps it. Knows no protocol and trusts the caller to have looked at SCRAM's
 * messages first.
 */
#include "wire/sasl_gsasl.h"

#include <gsasl.h>
#include <string.h>

#include "base/late.h"
#include "base/mem.h"
#include "base/text.h"

static struct {
	__typeof__(gsasl_init) *init;
	__typeof__(gsasl_done) *done;
	__typeof__(gsasl_client_start) *client_start;
	__typeof__(gsasl_property_set) *property_set;
	__typeof__(gsasl_property_fast) *property_fast;
	__typeof__(gsasl_step) *step;
	__typeof__(gsasl_finish) *finish;
	__typeof__(gsasl_free) *free;
	__typeof__(gsasl_strerror) *strerror;
} lib;

static const struct late_symbol symbols[] = {
    {"gsasl_init", &lib.init},
    {"gsasl_done", &lib.done},
    {"gsasl_client_start", &lib.client_start},
    {"gsasl_property_set", &lib.property_set},
    {"gsasl_property_fast", &lib.property_fast},
    {"gsasl_step", &lib.step},
    {"gsasl_finish", &lib.finish},
    {"gsasl_free", &lib.free},
    {"gsasl_strerror", &lib.strerror},
};

static struct late_library library = {
    .soname = "libgsasl.so.18",
    .package = "libgsasl18",
    .symbols = symbols,
    .symbol_count = ARRAY_LEN(symbols),
};

struct sasl_gsasl {
	Gsasl *context;
	Gsasl_session *session;
};

/*
 * A binding is told for -PLUS only: the library refuses plain SCRAM when it
 * finds one, where RFC 5802, 6 has the flag "y".
 */
static int
set_binding(struct sasl_gsasl *session, const struct sasl_params *params)
{
	bool exporter = strcmp(params->binding_type, "tls-exporter") == 0;
	struct buf base64;
	int rc;

	buf_init(&base64, 4 * params->binding_len + 8);
	text_base64(&base64, params->binding, params->binding_len);
	rc = lib.property_set(session->session,
	    exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE, buf_text(&base64));
	buf_free(&base64);
	return rc;
}

static int
start(struct sasl_gsasl *session, const struct sasl_params *params)
{
	int rc = lib.init(&session->context);

	if (rc == GSASL_OK)
		rc = lib.client_start(
		    session->context, sasl_name(params->mechanism), &session->session);
	if (rc == GSASL_OK)
		rc = lib.property_set(session->session, GSASL_AUTHID, params->user);
	if (rc == GSASL_OK)
		rc = lib.property_set(session->session, GSASL_PASSWORD, params->password);
	if (rc == GSASL_OK && params->authzid != NULL)
		rc = lib.property_set(session->session, GSASL_AUTHZID, params->authzid);
	if (rc == GSASL_OK && params->binding_type != NULL)
		rc = set_binding(session, params);
	return rc;
}

bool
sasl_gsasl_open(struct sasl_gsasl **out, const struct sasl_params *params, struct err *err)
{
	struct sasl_gsasl *session;
	int rc;

	*out = NULL;
	if (!late_load(&library, err))
		return false;
	session = mem_alloc(sizeof(*session));
	rc = start(session, params);
	if (rc != GSASL_OK) {
		sasl_gsasl_close(session);
		return err_set(
		    err, ERR_CONFIG, 0, "%s: %s", sasl_name(params->mechanism), lib.strerror(rc));
	}
	*out = session;
	return true;
}

static bool
fail(int rc, struct err *err)
{
	switch (rc) {
	case GSASL_MALLOC_ERROR:
	case GSASL_CRYPTO_ERROR:
		return err_set(err, ERR_LOCAL, 0, "libgsasl: %s", lib.strerror(rc));
	case GSASL_SASLPREP_ERROR:
		return err_set(err, ERR_CONFIG, 0,
		    "user or password holds characters that the mechanism forbids");
	case GSASL_AUTHENTICATION_ERROR:
		return err_set(err, ERR_REFUSED, SASL_REFUSAL_SERVER_PROOF,
		    "the server did not prove that it knows the password");
	default:
		return err_set(err, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED,
		    "challenge breaks the mechanism: %s", lib.strerror(rc));
	}
}

bool
sasl_gsasl_step(struct sasl_gsasl *session, const void *challenge, size_t len,
    struct buf *response_out, bool *done_out, struct err *err)
{
	char *answer = NULL;
	size_t answer_len = 0;
	int rc = lib.step(session->session, challenge, len, &answer, &answer_len);

	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return fail(rc, err);
	*done_out = rc == GSASL_OK;
	buf_add(response_out, answer, answer_len);
	if (answer != NULL)
		mem_wipe(answer, answer_len);
	lib.free(answer);
	return true;
}

/* The library frees its copy without clearing it. */
static void
wipe_password(Gsasl_session *session)
{
	const char *password = lib.property_fast(session, GSASL_PASSWORD);

	if (password != NULL)
		mem_wipe((void *)(uintptr_t)password, strlen(password));
}

void
sasl_gsasl_close(struct sasl_gsasl *session)
{
	if (session == NULL)
		return;
	if (session->session != NULL) {
		wipe_password(session->session);
		lib.finish(session->session);
	}
	if (session->context != NULL)
		lib.done(session->context);
	mem_free(session);
}
