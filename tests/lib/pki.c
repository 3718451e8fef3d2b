/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the making of certificates for tests. */
#include "lib/pki.h"

#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "pki: %s failed\n", what);
	abort();
}

/* ---- one certificate ---- */

static EVP_PKEY *
make_key(const struct pki_params *params)
{
	EVP_PKEY *key = NULL;
	if (params->key_given) {
		EVP_PKEY_up_ref(params->key_given);
		return params->key_given;
	}
	if (!params->key)
		key = EVP_EC_gen("P-256");
	else if (strncmp(params->key, "RSA:", 4) == 0)
		key = EVP_RSA_gen((unsigned)atoi(params->key + 4));
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, params->key);
	must(key != NULL, "key");
	must(!params->explicit_curve ||
		 EVP_PKEY_set_utf8_string_param(
		     key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1,
	    "explicit curve");
	return key;
}

static void
extend(X509 *x509, const X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(extension && X509_add_ext(x509, extension, -1), value);
	X509_EXTENSION_free(extension);
}

/* A name no notation of OpenSSL's can write. */
static void
add_raw_name(X509 *x509, const char *bytes, size_t len)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	must(names && name && text && ASN1_STRING_set(text, bytes, (int)len), "raw name");
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	must(sk_GENERAL_NAME_push(names, name) > 0, "raw name");
	must(X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1,
	    "SAN");
	GENERAL_NAMES_free(names);
}

/* given instead of usual; "" is neither. */
static void
extend_unless(X509 *x509, const X509 *issuer, int nid, const char *given, const char *usual)
{
	const char *value = given ? given : usual;
	if (*value)
		extend(x509, issuer, nid, value);
}

/* "name=value" */
static void
extend_more(X509 *x509, const X509 *issuer, const char *line)
{
	char name[64];
	const char *equals = strchr(line, '=');
	X509V3_CTX ctx;
	snprintf(name, sizeof name, "%.*s", (int)(equals - line), line);
	CONF *empty = NCONF_new(NULL); /* some extensions want one */
	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, x509, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, empty);
	X509_EXTENSION *extension = X509V3_EXT_nconf(empty, &ctx, name, equals + 1);
	must(extension && X509_add_ext(x509, extension, -1), line);
	NCONF_free(empty);
	X509_EXTENSION_free(extension);
}

static void
add_extensions(X509 *x509, const X509 *issuer, const struct pki_params *params)
{
	extend_unless(x509, issuer, NID_basic_constraints, params->constraints,
	    params->ca ? "critical,CA:TRUE" : "CA:FALSE");
	extend_unless(x509, issuer, NID_key_usage, params->key_usage,
	    params->ca ? "critical,keyCertSign,cRLSign,digitalSignature"
		       : "critical,digitalSignature");
	extend(x509, issuer, NID_subject_key_identifier, "hash");
	if (issuer != x509)
		extend_unless(x509, issuer, NID_authority_key_identifier, params->authority_key,
		    "keyid:always");
	if (!params->ca)
		extend(
		    x509, issuer, NID_ext_key_usage, params->usage ? params->usage : "serverAuth");
	if (params->san)
		extend(x509, issuer, NID_subject_alt_name, params->san);
	if (params->dns_raw)
		add_raw_name(x509, params->dns_raw, params->dns_raw_len);
	if (params->must_staple)
		extend(x509, issuer, NID_tlsfeature, "status_request");
	for (size_t i = 0; i < ARRAY_LEN(params->more) && params->more[i]; i++)
		extend_more(x509, issuer, params->more[i]);
}

static void
set_dates(X509 *x509, const struct pki_params *params)
{
	bool given = params->from_s || params->until_s;
	int64_t from_s = given ? params->from_s : -10 * PKI_DAY;
	int64_t until_s = given ? params->until_s : 80 * PKI_DAY;
	time_t now = time(NULL);
	ASN1_TIME *from = ASN1_TIME_set(NULL, now + from_s);
	ASN1_TIME *until = ASN1_TIME_set(NULL, now + until_s);
	must(from && until && X509_set1_notBefore(x509, from) && X509_set1_notAfter(x509, until),
	    "dates");
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	if (params->from_raw)
		must(ASN1_STRING_set(X509_getm_notBefore(x509), params->from_raw, -1), "date");
	if (params->until_raw)
		must(ASN1_STRING_set(X509_getm_notAfter(x509), params->until_raw, -1), "date");
}

/* The same key under an algorithm that does not exist. */
static void
hide_key(X509 *x509)
{
	const unsigned char *bytes;
	int len;
	X509_PUBKEY *key = X509_get_X509_PUBKEY(x509);
	must(X509_PUBKEY_get0_param(NULL, &bytes, &len, NULL, key) == 1, "key");
	unsigned char *copy = OPENSSL_memdup(bytes, (size_t)len);
	must(X509_PUBKEY_set0_param(
		 key, OBJ_txt2obj("1.3.6.1.4.1.1.1", 1), V_ASN1_UNDEF, NULL, copy, len) == 1,
	    "unknown key");
}

/* Flaws that come behind the signature: in the bytes, both times where the algorithm stands. */
static void
damage(struct pki_cert *cert, const struct pki_params *params)
{
	static const char known[] = "\x2a\x86\x48\xce\x3d\x04\x03\x02"; /* ecdsa-with-SHA256 */
	unsigned char *der = NULL, *at;
	int len = i2d_X509(cert->x509, &der);
	must(len > 0, "encoding");
	if (params->bad_signature)
		der[len - 1] ^= 1;
	for (at = der; params->unknown_signature; at[7] = 0x7f) {
		at = memmem(at, (size_t)(der + len - at), known, sizeof known - 1);
		if (!at)
			break;
	}
	const unsigned char *from = der;
	X509_free(cert->x509);
	cert->x509 = d2i_X509(NULL, &from, len);
	must(cert->x509 != NULL, "damaged certificate");
	OPENSSL_free(der);
}

struct pki_cert
pki_issue(const struct pki_params *params, const struct pki_cert *issuer)
{
	struct pki_cert cert = {.x509 = X509_new(), .key = make_key(params)};
	const struct pki_cert *signer = issuer ? issuer : &cert;
	uint64_t serial;
	must(cert.x509 && RAND_bytes((unsigned char *)&serial, sizeof serial) == 1, "certificate");
	X509_set_version(cert.x509, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.x509), serial >> 1);
	must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.x509), "CN", MBSTRING_UTF8,
		 (const unsigned char *)params->cn, -1, -1, 0) == 1,
	    "subject");
	X509_set_issuer_name(cert.x509, X509_get_subject_name(signer->x509));
	X509_set_pubkey(cert.x509, cert.key);
	set_dates(cert.x509, params);
	if (params->unknown_key)
		hide_key(cert.x509);
	add_extensions(cert.x509, signer->x509, params);
	const EVP_MD *digest = EVP_get_digestbyname(params->digest ? params->digest : "SHA256");
	if (EVP_PKEY_is_a(signer->key, "ED25519"))
		digest = NULL;
	must(X509_sign(cert.x509, signer->key, digest) > 0, "signature");
	if (params->bad_signature || params->unknown_signature)
		damage(&cert, params);
	return cert;
}

void
pki_free(struct pki_cert *cert)
{
	X509_free(cert->x509);
	EVP_PKEY_free(cert->key);
	*cert = (struct pki_cert){0};
}
