/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the forms in which certificates lie in files. Every length is checked
 * against what is left before it is believed. Opens no file.
 */
#include "wire/container.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>

#define MEMBERS_MAX 10000
#define EFFORT_MAX 5000000 /* rounds of hashing for all safes and passwords of a file: seconds */

static void
take(struct container *out, X509 *x509)
{
	if (x509 && out->certs.count < MEMBERS_MAX)
		cert_chain_add(&out->certs, x509);
	else
		out->damaged++;
	X509_free(x509);
}

static void
take_der(struct container *out, const unsigned char *bytes, size_t len)
{
	const unsigned char *at = bytes;
	X509 *x509 = len <= LONG_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;

	take(out, x509);
}

/* ---- PKCS#7 ---------------------------------------------------------------------------- */

static bool
take_pkcs7(struct container *out, const unsigned char *bytes, size_t len)
{
	PKCS7 *p7 = d2i_PKCS7(NULL, &bytes, (long)len);
	STACK_OF(X509) *certs = NULL;

	if (!p7)
		return false;
	if (PKCS7_type_is_signed(p7) && p7->d.sign)
		certs = p7->d.sign->cert;
	else if (PKCS7_type_is_signedAndEnveloped(p7) && p7->d.signed_and_enveloped)
		certs = p7->d.signed_and_enveloped->cert;
	for (int i = 0; i < sk_X509_num(certs); i++) {
		X509_up_ref(sk_X509_value(certs, i));
		take(out, sk_X509_value(certs, i));
	}
	PKCS7_free(p7);
	return true;
}

/* ---- PEM --------------------------------------------------------------------------------- */

static void
take_block(struct container *out, const char *name, const unsigned char *bytes, long len)
{
	const unsigned char *at = bytes;

	if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
		take_der(out, bytes, (size_t)len);
	else if (strcmp(name, PEM_STRING_X509_TRUSTED) == 0)
		take(out, d2i_X509_AUX(NULL, &at, len));
	else if (strcmp(name, PEM_STRING_PKCS7) == 0 || strcmp(name, PEM_STRING_CMS) == 0)
		out->damaged += !take_pkcs7(out, bytes, (size_t)len);
}

/* Blocks that are keys or anything else are passed over; text between them too. */
static void
read_pem(struct container *out, const void *bytes, size_t len)
{
	BIO *memory = BIO_new_mem_buf(bytes, (int)len);
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long size = 0;

	out->kind = "PEM";
	while (memory && PEM_read_bio(memory, &name, &header, &data, &size)) {
		take_block(out, name, data, size);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		out->damaged++;
	ERR_clear_error();
	BIO_free(memory);
	if (out->certs.count == 0)
		out->why = "it holds no certificate, only keys or other things";
}

/* ---- PKCS#12 ------------------------------------------------------------------------------- */

static void
load_legacy(void)
{
	(void)OSSL_PROVIDER_load(NULL, "default");
	(void)OSSL_PROVIDER_load(NULL, "legacy");
}

/* Ciphers of containers are not among those that a handshake needs; RC2 not among the default ones. */
static void
add_ciphers(bool legacy)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL);
	if (legacy)
		pthread_once(&once, load_legacy);
}

static void
take_bags(struct container *out, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth)
{
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

		if (PKCS12_SAFEBAG_get_nid(bag) == NID_certBag &&
		    PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
			take(out, PKCS12_SAFEBAG_get1_cert(bag));
		else if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag && depth < 4)
			take_bags(out, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
	}
}

/* What is left of EFFORT_MAX. */
struct effort {
	int64_t left;
};

static int64_t
rounds(const ASN1_INTEGER *count)
{
	int64_t value;

	return count && ASN1_INTEGER_get_int64(&value, count) && value >= 0 ? value : INT64_MAX;
}

/* How often this safe has its password hashed (RFC 8018); 0: it does not say. */
static int64_t
cost_of(const X509_ALGOR *algorithm)
{
	bool second = OBJ_obj2nid(algorithm->algorithm) == NID_pbes2;
	int64_t cost = 0;

	if (second) {
		PBE2PARAM *outer =
		    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
		PBKDF2PARAM *inner = outer ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
						 outer->keyfunc->parameter)
					   : NULL;

		cost = inner ? rounds(inner->iter) : 0;
		PBKDF2PARAM_free(inner);
		PBE2PARAM_free(outer);
	} else {
		PBEPARAM *param =
		    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);

		cost = param ? rounds(param->iter) : 0;
		PBEPARAM_free(param);
	}
	return cost;
}

/* Whoever made the file says how much work it is: it may be the last thing we do. */
static bool
affordable(struct effort *effort, const PKCS7 *safe)
{
	int64_t cost = safe->d.encrypted && safe->d.encrypted->enc_data &&
			       safe->d.encrypted->enc_data->algorithm
			   ? cost_of(safe->d.encrypted->enc_data->algorithm)
			   : 0;

	if (cost > effort->left) {
		effort->left = -1;
		return false;
	}
	effort->left -= cost;
	return true;
}

/* True if this safe could be read. */
static bool
take_safe(struct container *out, PKCS7 *safe, const char *password, struct effort *effort)
{
	int nid = OBJ_obj2nid(safe->type);
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	if (nid == NID_pkcs7_data)
		bags = PKCS12_unpack_p7data(safe);
	else if (nid == NID_pkcs7_encrypted && affordable(effort, safe))
		bags =
		    PKCS12_unpack_p7encdata(safe, password, password ? (int)strlen(password) : 0);
	if (!bags)
		return false;
	take_bags(out, bags, 0);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return true;
}

static bool
take_safes(struct container *out, const PKCS12 *p12, const char *password, struct effort *effort)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	bool good = safes != NULL;

	for (int i = 0; i < sk_PKCS7_num(safes); i++)
		good = take_safe(out, sk_PKCS7_value(safes, i), password, effort) && good;
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return good;
}

/* The safes are walked whether a MAC is there or not: dates need no proof of the password. */
static bool
read_pkcs12(struct container *out, const unsigned char *bytes, size_t len, const char *password)
{
	PKCS12 *p12 = d2i_PKCS12(NULL, &bytes, (long)len);
	const char *const passwords[] = {password, "", NULL};
	struct effort effort = {EFFORT_MAX};
	bool good = false;

	if (!p12)
		return false;
	out->kind = "PKCS#12";
	for (int legacy = 0; legacy < 2 && !good && effort.left >= 0; legacy++) {
		add_ciphers(legacy > 0);
		for (size_t i = password ? 0 : 1;
		     i < ARRAY_LEN(passwords) && !good && effort.left >= 0; i++) {
			cert_chain_free(&out->certs);
			out->damaged = 0;
			good = take_safes(out, p12, passwords[i], &effort);
		}
	}
	if (effort.left < 0)
		out->why = "to try a passphrase on it takes too much work";
	else if (out->certs.count == 0)
		out->why = good ? "it holds no certificate"
				: "its certificates are encrypted, and the passphrase is not known "
				  "(or an algorithm is missing here)";
	PKCS12_free(p12);
	return true;
}

/* ---- JKS, JCEKS ------------------------------------------------------------------------------ */

struct cursor {
	const unsigned char *at;
	size_t left;
	bool broken;
};

static const unsigned char *
skip(struct cursor *cursor, size_t count)
{
	const unsigned char *at = cursor->at;

	if (cursor->broken || count > cursor->left) {
		cursor->broken = true;
		return NULL;
	}
	cursor->at += count;
	cursor->left -= count;
	return at;
}

static size_t
number(struct cursor *cursor, size_t bytes)
{
	const unsigned char *at = skip(cursor, bytes);
	size_t value = 0;

	for (size_t i = 0; at && i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static void
skip_text(struct cursor *cursor)
{
	skip(cursor, number(cursor, 2));
}

/* Type ("X.509"), then the certificate in clear. */
static void
take_jks_cert(struct container *out, struct cursor *cursor)
{
	const unsigned char *der;
	size_t len;

	skip_text(cursor);
	len = number(cursor, 4);
	der = skip(cursor, len);
	if (der)
		take_der(out, der, len);
}

static void
read_jks(struct container *out, const unsigned char *bytes, size_t len)
{
	struct cursor cursor = {bytes + 8, len - 8, false};
	size_t entries = number(&cursor, 4);

	out->kind = bytes[0] == 0xfe ? "JKS" : "JCEKS";
	for (size_t i = 0; i < entries && !cursor.broken && i < MEMBERS_MAX; i++) {
		size_t tag = number(&cursor, 4), chain = 1;

		skip_text(&cursor); /* alias */
		skip(&cursor, 8);   /* date of the entry */
		if (tag == 1) {
			skip(&cursor, number(&cursor, 4)); /* the key */
			chain = number(&cursor, 4);
		} else if (tag != 2) {
			break; /* a sealed object: its length is not told */
		}
		for (size_t c = 0; c < chain && !cursor.broken; c++)
			take_jks_cert(out, &cursor);
	}
	out->damaged += cursor.broken;
	if (out->certs.count == 0)
		out->why = "it holds no certificate";
}

/* ---- what it is --------------------------------------------------------------------------------- */

static bool
begins(const unsigned char *bytes, size_t len, const char *magic, size_t size)
{
	return len >= size && memcmp(bytes, magic, size) == 0;
}

static bool
is_x509(const unsigned char *bytes, size_t len)
{
	X509 *x509 = d2i_X509(NULL, &bytes, (long)len);

	X509_free(x509);
	return x509 != NULL;
}

static void
read_der(struct container *out, const unsigned char *bytes, size_t len, const char *password)
{
	if (is_x509(bytes, len)) {
		out->kind = "DER";
		take_der(out, bytes, len);
		return;
	}
	if (read_pkcs12(out, bytes, len, password))
		return;
	out->kind = "PKCS#7";
	if (take_pkcs7(out, bytes, len) && out->certs.count > 0)
		return;
	out->kind = NULL;
	out->why = "it is neither a certificate nor a container of certificates";
}

bool
container_read(struct container *out, const void *bytes, size_t len, const char *password)
{
	const unsigned char *b = bytes;

	*out = (struct container){0};
	if (len == 0)
		out->why = "it is empty";
	else if (begins(b, len, "\xfe\xed\xfe\xed", 4) || begins(b, len, "\xce\xce\xce\xce", 4))
		len >= 12 ? read_jks(out, b, len) : (void)(out->why = "it is cut short");
	else if (b[0] == 0x30)
		read_der(out, b, len, password);
	else if (memmem(b, len, "-----BEGIN ", 11))
		read_pem(out, b, len);
	else
		out->why = "it is neither a certificate nor a container of certificates";
	ERR_clear_error();
	if (out->damaged > 0)
		out->why = "a part of it is damaged";
	return out->certs.count > 0 && out->damaged == 0;
}

void
container_free(struct container *container)
{
	cert_chain_free(&container->certs);
	*container = (struct container){0};
}
