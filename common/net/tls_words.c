/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the names of versions, alerts, groups and errors. OpenSSL's own tables
 * of error strings are loaded when a failure needs them, not at start-up.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* ERR_load_*_strings() have no successor for late loading */
#include <openssl/err.h>
#include <openssl/evperr.h>
#include <openssl/pemerr.h>
#include <openssl/sslerr.h>
#include <openssl/x509err.h>
#include <pthread.h>

#include "net/tls_private.h"

const char *
tls_version_name(int version)
{
	switch (version) {
	case SSL3_VERSION:
		return "SSL 3.0";
	case TLS1_VERSION:
		return "1.0";
	case TLS1_1_VERSION:
		return "1.1";
	case TLS1_2_VERSION:
		return "1.2";
	case TLS1_3_VERSION:
		return "1.3";
	default:
		return "unknown";
	}
}

static void
load_strings(void)
{
	ERR_load_SSL_strings();
	ERR_load_ERR_strings();
	ERR_load_X509_strings();
	ERR_load_PEM_strings();
	ERR_load_EVP_strings();
}

const char *
tls_library_words(unsigned long code)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load_strings);
	const char *words = ERR_reason_error_string(code);
	return words ? words : "unknown reason";
}

const char *
tls_verify_words(int code)
{
	return X509_verify_cert_error_string(code);
}

const char *
tls_reason_words(int reason)
{
	return tls_library_words(ERR_PACK(ERR_LIB_SSL, 0, reason));
}

/* RFC 8446, 6 and the numbers before it. */
const char *
tls_alert_name(int alert)
{
	static const struct {
		int number;
		const char *name;
	} alerts[] = {
	    {0, "close_notify"},
	    {10, "unexpected_message"},
	    {20, "bad_record_mac"},
	    {21, "decryption_failed"},
	    {22, "record_overflow"},
	    {30, "decompression_failure"},
	    {40, "handshake_failure"},
	    {41, "no_certificate"},
	    {42, "bad_certificate"},
	    {43, "unsupported_certificate"},
	    {44, "certificate_revoked"},
	    {45, "certificate_expired"},
	    {46, "certificate_unknown"},
	    {47, "illegal_parameter"},
	    {48, "unknown_ca"},
	    {49, "access_denied"},
	    {50, "decode_error"},
	    {51, "decrypt_error"},
	    {60, "export_restriction"},
	    {70, "protocol_version"},
	    {71, "insufficient_security"},
	    {80, "internal_error"},
	    {86, "inappropriate_fallback"},
	    {90, "user_canceled"},
	    {100, "no_renegotiation"},
	    {109, "missing_extension"},
	    {110, "unsupported_extension"},
	    {111, "certificate_unobtainable"},
	    {112, "unrecognized_name"},
	    {113, "bad_certificate_status_response"},
	    {114, "bad_certificate_hash_value"},
	    {115, "unknown_psk_identity"},
	    {116, "certificate_required"},
	    {120, "no_application_protocol"},
	};
	for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
		if (alerts[i].number == alert)
			return alerts[i].name;
	return "unknown";
}
