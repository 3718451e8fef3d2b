/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server's end of TLS over memory BIOs. Deliberately accepts anything the client offers. */
#include "lib/tlsend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/mem.h"

struct tlsend {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	bool failed;
};

static int
version_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} versions[] = {{"1.0", TLS1_VERSION}, {"1.1", TLS1_1_VERSION}, {"1.2", TLS1_2_VERSION},
	    {"1.3", TLS1_3_VERSION}};

	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		if (strcmp(name, versions[i].name) == 0)
			return versions[i].number;
	return -1;
}

/* Diffie-Hellman in a group by name, whatever its size. */
static bool
use_dh(SSL_CTX *ctx, const char *group)
{
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(
				   OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
	    OSSL_PARAM_construct_end()};
	EVP_PKEY *key = NULL;
	bool good = EVP_PKEY_keygen_init(maker) == 1 &&
		    EVP_PKEY_CTX_set_params(maker, params) == 1 &&
		    EVP_PKEY_generate(maker, &key) == 1 && SSL_CTX_set0_tmp_dh_pkey(ctx, key) == 1;

	EVP_PKEY_CTX_free(maker);
	return good;
}

static int
accept_any(int ok UNUSED, X509_STORE_CTX *store UNUSED)
{
	return 1;
}

static bool
use_certificate(SSL_CTX *ctx, const char *pki_dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s.pem", pki_dir != NULL ? pki_dir : ".", name);
	if (SSL_CTX_use_certificate_chain_file(ctx, path) != 1)
		return false;
	snprintf(path, sizeof path, "%s/%s.key", pki_dir != NULL ? pki_dir : ".", name);
	return SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM) == 1;
}

/* ---- stapled answers -------------------------------------------------------------- */

static struct {
	unsigned char *der;
	int len;
} staple; /* of the last settings */

static int
give_staple(SSL *ssl, void *unused UNUSED)
{
	SSL_set_tlsext_status_ocsp_resp(
	    ssl, OPENSSL_memdup(staple.der, (size_t)staple.len), staple.len);
	return SSL_TLSEXT_ERR_OK;
}

/* What the responder of the intermediate would say about the certificate in use. */
static OCSP_BASICRESP *
make_answer(SSL_CTX *ctx, const char *kind, X509 *signer, EVP_PKEY *key)
{
	static const struct {
		const char *kind;
		int status;
		long from_s, until_s;
	} rows[] = {
	    {"good", V_OCSP_CERTSTATUS_GOOD, -3600, 3600},
	    {"revoked", V_OCSP_CERTSTATUS_REVOKED, -3600, 3600},
	    {"unknown", V_OCSP_CERTSTATUS_UNKNOWN, -3600, 3600},
	    {"stale", V_OCSP_CERTSTATUS_GOOD, -7200, -3600},
	    {"bad", V_OCSP_CERTSTATUS_GOOD, -3600, 3600},
	    {"forged", V_OCSP_CERTSTATUS_GOOD, -3600, 3600},
	};
	STACK_OF(X509) *chain = NULL;
	OCSP_BASICRESP *answer = OCSP_BASICRESP_new();
	X509 *issuer;

	SSL_CTX_get0_chain_certs(ctx, &chain);
	issuer = sk_X509_value(chain, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OCSP_CERTID *id = OCSP_cert_to_id(NULL, SSL_CTX_get0_certificate(ctx), issuer);
		ASN1_TIME *from = X509_gmtime_adj(NULL, rows[i].from_s);
		ASN1_TIME *until = X509_gmtime_adj(NULL, rows[i].until_s);

		if (strcmp(rows[i].kind, kind) == 0)
			OCSP_basic_add1_status(answer, id, rows[i].status,
			    OCSP_REVOKED_STATUS_NOSTATUS, from, from, until);
		OCSP_CERTID_free(id);
		ASN1_TIME_free(from);
		ASN1_TIME_free(until);
	}
	OCSP_basic_sign(answer, signer, key, EVP_sha256(), NULL, 0);
	return answer;
}

static FILE *
open_file(const char *pki_dir, const char *name, const char *end)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s.%s", pki_dir != NULL ? pki_dir : ".", name, end);
	return fopen(path, "re");
}

/* Who signs: the intermediate, or for a forged answer its namesake. */
static bool
read_signer(const char *pki_dir, const char *name, X509 **x509, EVP_PKEY **key)
{
	FILE *pem = open_file(pki_dir, name, "pem"), *file = open_file(pki_dir, name, "key");

	*x509 = pem != NULL ? PEM_read_X509(pem, NULL, NULL, NULL) : NULL;
	*key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
	if (pem != NULL)
		fclose(pem);
	if (file != NULL)
		fclose(file);
	return *x509 != NULL && *key != NULL;
}

static bool
use_staple(SSL_CTX *ctx, const char *pki_dir, const char *kind)
{
	OCSP_BASICRESP *answer;
	OCSP_RESPONSE *response;
	EVP_PKEY *key;
	X509 *signer;

	if (!read_signer(
		pki_dir, strcmp(kind, "forged") == 0 ? "twin" : "intermediate", &signer, &key))
		return false;
	answer = make_answer(ctx, kind, signer, key);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, answer);
	OPENSSL_free(staple.der);
	staple.der = NULL;
	staple.len = i2d_OCSP_RESPONSE(response, &staple.der);
	if (strcmp(kind, "bad") == 0)
		staple.len /= 2;
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(answer);
	EVP_PKEY_free(key);
	X509_free(signer);
	SSL_CTX_set_tlsext_status_cb(ctx, give_staple);
	return staple.len > 0;
}

/* ---- settings ---------------------------------------------------------------------- */

/* What must wait until all words are read. */
struct later {
	const char *cert, *staple;
};

static bool
apply(SSL_CTX *ctx, const char *word, struct later *later)
{
	const char *value = strchr(word, '=');
	size_t len = value != NULL ? (size_t)(value - word) : strlen(word);

	value = value != NULL ? value + 1 : "";
#define IS(name) (len == sizeof(name) - 1 && strncmp(word, name, len) == 0)
	if (IS("cert"))
		later->cert = value;
	else if (IS("staple"))
		later->staple = value;
	else if (IS("min"))
		return SSL_CTX_set_min_proto_version(ctx, version_number(value)) == 1;
	else if (IS("max"))
		return SSL_CTX_set_max_proto_version(ctx, version_number(value)) == 1;
	else if (IS("ciphers"))
		return SSL_CTX_set_cipher_list(ctx, value) == 1;
	else if (IS("groups"))
		return SSL_CTX_set1_groups_list(ctx, value) == 1;
	else if (IS("dh"))
		return use_dh(ctx, value);
	else if (IS("level"))
		SSL_CTX_set_security_level(ctx, atoi(value));
	else if (IS("tickets"))
		return SSL_CTX_set_num_tickets(ctx, (size_t)atoi(value)) == 1;
	else if (IS("ask"))
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
	else if (IS("require"))
		SSL_CTX_set_verify(
		    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	else
		return false;
#undef IS
	return true;
}

static bool
configure(SSL_CTX *ctx, const char *pki_dir, char *settings, char *why, size_t size)
{
	struct later later = {.cert = "good"};
	char *rest = NULL;

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	for (char *word = strtok_r(settings, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (!apply(ctx, word, &later)) {
			snprintf(why, size, "bad setting \"%s\"", word);
			return false;
		}
	}
	if (!use_certificate(ctx, pki_dir, later.cert)) {
		snprintf(why, size, "no certificate \"%s\"", later.cert);
		return false;
	}
	if (later.staple != NULL && !use_staple(ctx, pki_dir, later.staple)) {
		snprintf(why, size, "no staple \"%s\"", later.staple);
		return false;
	}
	return true;
}

/* The settings of the last connection: a sweep uses them hundreds of times. */
static struct {
	char *settings;
	SSL_CTX *ctx;
} last;

static SSL_CTX *
make_context(const char *pki_dir, const char *settings, char *why, size_t size)
{
	SSL_CTX *ctx;
	char *words;

	if (last.settings != NULL && strcmp(last.settings, settings) == 0)
		return last.ctx;
	ctx = SSL_CTX_new(TLS_server_method());
	words = mem_strdup(settings);
	if (!configure(ctx, pki_dir, words, why, size)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	mem_free(words);
	ERR_clear_error();
	if (ctx == NULL)
		return NULL;
	SSL_CTX_free(last.ctx);
	mem_free(last.settings);
	last.settings = mem_strdup(settings);
	return last.ctx = ctx;
}

struct tlsend *
tlsend_open(const char *pki_dir, const char *settings, char *why, size_t size)
{
	SSL_CTX *ctx = make_context(pki_dir, settings, why, size);
	struct tlsend *tls;

	if (ctx == NULL)
		return NULL;
	tls = mem_alloc(sizeof *tls);
	tls->ssl = SSL_new(ctx);
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_accept_state(tls->ssl);
	return tls;
}

void
tlsend_close(struct tlsend *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	mem_free(tls);
}

/* What TLS wants on the wire. */
static void
drain(struct tlsend *tls, struct buf *wire)
{
	char bytes[4096];
	int len;

	while ((len = BIO_read(tls->out, bytes, sizeof bytes)) > 0)
		buf_add(wire, bytes, (size_t)len);
}

void
tlsend_read(struct tlsend *tls, const void *bytes, size_t len, struct buf *clear, struct buf *wire)
{
	char text[4096];
	int got;

	BIO_write(tls->in, bytes, (int)len);
	if (tls->failed)
		return;
	while ((got = SSL_read(tls->ssl, text, sizeof text)) > 0)
		buf_add(clear, text, (size_t)got);
	if (SSL_get_error(tls->ssl, got) != SSL_ERROR_WANT_READ)
		tls->failed = true;
	ERR_clear_error();
	drain(tls, wire);
}

void
tlsend_write(struct tlsend *tls, const void *bytes, size_t len, struct buf *wire)
{
	if (len > 0 && SSL_write(tls->ssl, bytes, (int)len) <= 0)
		tls->failed = true;
	ERR_clear_error();
	drain(tls, wire);
}

void
tlsend_goodbye(struct tlsend *tls, struct buf *wire)
{
	if (!tls->failed && tlsend_done(tls))
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
	drain(tls, wire);
}

bool
tlsend_done(const struct tlsend *tls)
{
	return SSL_is_init_finished(tls->ssl);
}

bool
tlsend_failed(const struct tlsend *tls)
{
	return tls->failed;
}
