/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns which handshakes are made at an address, and with which settings. Judges nothing. */
#include "check/cert_look.h"

#include <openssl/sslerr.h>
#include <openssl/tls1.h>
#include <string.h>

/*
 * PKCS#1 in the list of the elliptic ones cannot sign TLS 1.3, nor with these
 * ciphers TLS 1.2: it only permits a chain that is signed by RSA.
 */
static const char rsa_only[] = "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
			       "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
			       "RSA+SHA256:RSA+SHA384:RSA+SHA512";
static const char ecdsa_only[] = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:"
				 "RSA+SHA256:RSA+SHA384:RSA+SHA512";

/* ---- contexts ------------------------------------------------------------------------ */

static int
below(int version)
{
	switch (version) {
	case TLS1_3_VERSION:
		return TLS1_2_VERSION;
	case TLS1_2_VERSION:
		return TLS1_1_VERSION;
	default:
		return TLS1_VERSION;
	}
}

void
look_contexts_init(struct look_contexts *contexts, const struct tls_settings *settings, int floor)
{
	*contexts = (struct look_contexts){.settings = settings, .floor = floor};
	pthread_mutex_init(&contexts->mutex, NULL);
	for (size_t i = 0; i < LOOK_COUNT; i++)
		contexts->list[i].settings = *settings;
	contexts->list[LOOK_RSA].settings.sigalgs = rsa_only;
	contexts->list[LOOK_RSA].settings.ciphers12 = "HIGH+aRSA";
	contexts->list[LOOK_ECDSA].settings.sigalgs = ecdsa_only;
	contexts->list[LOOK_ECDSA].settings.ciphers12 = "HIGH+aECDSA";
	contexts->list[LOOK_RELAXED].settings.relaxed = true;
	contexts->list[LOOK_OLD].settings.relaxed = true;
	contexts->list[LOOK_OLD].settings.max = below(floor);
}

const struct tls_context *
look_context(struct look_contexts *contexts, enum look_kind kind, struct err *err)
{
	bool good;

	pthread_mutex_lock(&contexts->mutex);
	if (!contexts->list[kind].tried)
		contexts->list[kind].good = tls_context_open(&contexts->list[kind].context,
		    &contexts->list[kind].settings, &contexts->list[kind].err);
	contexts->list[kind].tried = true;
	good = contexts->list[kind].good;
	pthread_mutex_unlock(&contexts->mutex);
	err_take(err, &contexts->list[kind].err);
	return good ? &contexts->list[kind].context : NULL;
}

void
look_contexts_free(struct look_contexts *contexts)
{
	for (size_t i = 0; i < LOOK_COUNT; i++)
		tls_context_close(&contexts->list[i].context);
	pthread_mutex_destroy(&contexts->mutex);
}

/* ---- handshakes ------------------------------------------------------------------------ */

void
look_init(struct look *look)
{
	*look = (struct look){0};
	session_facts_init(&look->facts);
	session_facts_init(&look->other);
	session_facts_init(&look->relaxed);
}

void
look_free(struct look *look)
{
	session_facts_free(&look->facts);
	session_facts_free(&look->other);
	session_facts_free(&look->relaxed);
}

bool
look_is_ecdsa(const struct cert *cert)
{
	return strncmp(cert->key_type, "RSA", 3) != 0;
}

/* One connection. False: facts->err. */
static bool
handshake(
    const struct look_params *params, enum look_kind kind, bool again, struct session_facts *facts)
{
	struct session_params session = params->session;
	struct tls_params tls = params->tls;

	facts->address = session.address ? *session.address : (struct address){0};
	tls.context = look_context(params->contexts, kind, &facts->err);
	if (!tls.context)
		return false;
	if (again && params->given)
		session.given = params->given(params->given_context);
	session.tls = &tls;
	return starttls_run(&session, &params->way, facts);
}

/* The handshake fell for a rule of ours or for the lack of common ground, and showed no certificate. */
static bool
worth_relaxing(const struct session_facts *facts)
{
	return facts->err.kind == ERR_TLS && facts->tls.begun && facts->tls.sent.count == 0 &&
	       (facts->tls.alert >= 0 || facts->tls.reason != SSL_R_WRONG_VERSION_NUMBER) &&
	       facts->tls.alert != TLS1_AD_UNRECOGNIZED_NAME;
}

static void
look_at_other(struct look *look, const struct look_params *params)
{
	const struct tls_facts *tls = &look->facts.tls;
	enum look_kind other = look_is_ecdsa(&tls->sent.list[0]) ? LOOK_RSA : LOOK_ECDSA;

	look->other_done = handshake(params, other, true, &look->other) ||
			   (look->other.tls.sent.count > 0 && tls->client_cert_asked);
}

static void
look_at_old(struct look *look, const struct look_params *params)
{
	struct session_facts facts;

	session_facts_init(&facts);
	look->old_accepted = handshake(params, LOOK_OLD, true, &facts);
	look->old_version = facts.tls.version;
	session_facts_free(&facts);
}

void
look_make(struct look *look, const struct look_params *params)
{
	bool done = handshake(params, params->first, false, &look->facts);
	bool seen = look->facts.tls.sent.count > 0;

	if (!done && worth_relaxing(&look->facts))
		look->relaxed_done = handshake(params, LOOK_RELAXED, true, &look->relaxed);
	if (seen && params->both)
		look_at_other(look, params);
	if (params->old && (done || look->relaxed_done))
		look_at_old(look, params);
}
