/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge of handshakes that failed: plain text, alerts, no common ground.
 * Certificates that came all the same are judge_cert's.
 */
#include <openssl/sslerr.h>
#include <openssl/tls1.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/judge.h"

/* Alerts received (RFC 8446, 6.2). */
static enum finding_id
alert_finding(const struct judge *judge, const struct tls_facts *tls)
{
	switch (tls->alert) {
	case SSL3_AD_HANDSHAKE_FAILURE:
		/* TLS 1.2 has no alert of its own for a missing client certificate. */
		if (tls->client_cert_asked && !judge->client_cert_given)
			return FINDING_TLS_CLIENT_CERT_REQUIRED;
		return FINDING_TLS_NO_COMMON;
	case TLS1_AD_INSUFFICIENT_SECURITY:
	case TLS1_AD_INAPPROPRIATE_FALLBACK:
		return FINDING_TLS_NO_COMMON;
	case TLS1_AD_PROTOCOL_VERSION:
		return FINDING_TLS_VERSION;
	case TLS1_AD_UNRECOGNIZED_NAME:
		return FINDING_TLS_SNI;
	case TLS13_AD_CERTIFICATE_REQUIRED:
		return FINDING_TLS_CLIENT_CERT_REQUIRED;
	case SSL3_AD_BAD_CERTIFICATE:
	case SSL3_AD_UNSUPPORTED_CERTIFICATE:
	case SSL3_AD_CERTIFICATE_REVOKED:
	case SSL3_AD_CERTIFICATE_EXPIRED:
	case SSL3_AD_CERTIFICATE_UNKNOWN:
	case TLS1_AD_UNKNOWN_CA:
	case TLS1_AD_ACCESS_DENIED:
		return judge->client_cert_given ? FINDING_TLS_CLIENT_CERT_REFUSED
						: FINDING_TLS_CLIENT_CERT_REQUIRED;
	case TLS1_AD_INTERNAL_ERROR:
		return FINDING_TLS_SERVER_FAULT;
	default:
		return FINDING_TLS_HANDSHAKE;
	}
}

/* OpenSSL's reason, when no alert came: our own side stopped. */
static enum finding_id
reason_finding(int reason)
{
	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
		return FINDING_TLS_PLAINTEXT_PEER;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:
		return FINDING_TLS_VERSION;
	case SSL_R_DH_KEY_TOO_SMALL:
	case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
	case SSL_R_WRONG_CIPHER_RETURNED:
	case SSL_R_NO_SHARED_CIPHER:
		return FINDING_TLS_NO_COMMON;
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return FINDING_TLS_CUT;
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
		return FINDING_CLIENT_TLS_SETTINGS;
	case SSL_R_EE_KEY_TOO_SMALL:
	case SSL_R_CA_KEY_TOO_SMALL:
	case SSL_R_CA_MD_TOO_WEAK:
		return FINDING_TLS_CERT_WEAK;
	default:
		return FINDING_TLS_HANDSHAKE;
	}
}

static bool
looks_like_text(const struct tls_facts *tls)
{
	if (tls->first_len < 3)
		return false;
	for (size_t i = 0; i < tls->first_len; i++) {
		unsigned char c = tls->first_bytes[i];

		if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c > 0x7e)
			return false;
	}
	return true;
}

static void
handshake_words(
    struct buf *out, enum finding_id id, const struct tls_facts *tls, const struct err *err)
{
	switch (id) {
	case FINDING_TLS_PLAINTEXT_PEER:
		buf_add_text(out, "the port speaks plain text where TLS was begun");
		return;
	case FINDING_TLS_TRUNCATED:
		buf_add_text(out, err->text);
		return;
	case FINDING_TLS_CUT:
		buf_add_text(out, "connection closed by the server inside the TLS handshake");
		return;
	case FINDING_TLS_CLIENT_CERT_REQUIRED:
		buf_add_text(out, "the server wants a client certificate, and none was given");
		break;
	case FINDING_TLS_SNI:
		buf_printf(out, "the server does not know the name %s (SNI)", tls->sni);
		break;
	case FINDING_TLS_VERSION:
		buf_add_text(out, "no shared TLS version");
		break;
	case FINDING_TLS_NO_COMMON:
		buf_add_text(out, "no shared cipher, group or signature");
		break;
	case FINDING_TLS_SERVER_FAULT:
		buf_add_text(out, "the server failed inside the handshake: its key, HSM or staple");
		break;
	default:
		buf_add_text(out, "TLS handshake failed");
	}
	if (tls->alert >= 0)
		buf_printf(out, " (alert %d %s)", tls->alert, tls_alert_name(tls->alert));
	else if (tls->reason)
		buf_printf(out, ": %s (%d)", tls_reason_words(tls->reason), tls->reason);
	else
		buf_printf(out, ": %s", err->text);
}

void
judge_handshake(const struct judge *judge, const struct session_facts *facts)
{
	const struct tls_facts *tls = &facts->tls;
	struct report_finding *finding;
	enum finding_id id;
	struct buf message;

	if (tls->truncated)
		id = FINDING_TLS_TRUNCATED;
	else if (!tls->done && looks_like_text(tls))
		id = FINDING_TLS_PLAINTEXT_PEER;
	else if (tls->alert >= 0)
		id = alert_finding(judge, tls);
	else
		id = reason_finding(tls->reason);
	buf_init(&message, 512);
	handshake_words(&message, id, tls, &facts->err);
	finding = report_add(judge->report, id, judge->endpoint, "%s", buf_text(&message));
	if (id == FINDING_TLS_PLAINTEXT_PEER)
		report_said(judge->report, finding, tls->first_bytes, tls->first_len);
	if (id == FINDING_TLS_CLIENT_CERT_REFUSED && tls->accepted_cas[0])
		report_why(judge->report, finding, "the server takes certificates from: %s",
		    tls->accepted_cas);
	buf_free(&message);
}
