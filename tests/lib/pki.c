/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the making of certificates for tests. */
#include "lib/pki.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"

#define MANY_NAMES 2000
#define HOSTS "DNS:mail.test,DNS:localhost,IP:127.0.0.1,IP:::1"

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

static void
add_extensions(X509 *x509, const X509 *issuer, const struct pki_params *params)
{
	extend(x509, issuer, NID_basic_constraints, params->ca ? "critical,CA:TRUE" : "CA:FALSE");
	extend(x509, issuer, NID_key_usage,
	    params->ca ? "critical,keyCertSign,cRLSign,digitalSignature"
		       : "critical,digitalSignature");
	extend(x509, issuer, NID_subject_key_identifier, "hash");
	if (issuer != x509)
		extend(x509, issuer, NID_authority_key_identifier, "keyid:always");
	if (!params->ca)
		extend(
		    x509, issuer, NID_ext_key_usage, params->usage ? params->usage : "serverAuth");
	if (params->san)
		extend(x509, issuer, NID_subject_alt_name, params->san);
	if (params->dns_raw)
		add_raw_name(x509, params->dns_raw, params->dns_raw_len);
	if (params->must_staple)
		extend(x509, issuer, NID_tlsfeature, "status_request");
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
	if (params->until_raw)
		must(ASN1_STRING_set(X509_getm_notAfter(x509), params->until_raw, -1), "date");
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
	add_extensions(cert.x509, signer->x509, params);
	const EVP_MD *digest = EVP_get_digestbyname(params->digest ? params->digest : "SHA256");
	if (EVP_PKEY_is_a(signer->key, "ED25519"))
		digest = NULL;
	must(X509_sign(cert.x509, signer->key, digest) > 0, "signature");
	return cert;
}

void
pki_free(struct pki_cert *cert)
{
	X509_free(cert->x509);
	EVP_PKEY_free(cert->key);
	*cert = (struct pki_cert){0};
}

/* ---- the files ---- */

static bool
write_certs(const char *path, X509 *const *list)
{
	FILE *file = fopen(path, "we");
	bool good = file != NULL;
	for (; good && *list; list++)
		good = PEM_write_X509(file, *list);
	return file && fclose(file) == 0 && good;
}

static bool
write_key(const char *path, EVP_PKEY *key)
{
	FILE *file = fopen(path, "we");
	bool good = file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	return file && fclose(file) == 0 && good;
}

static bool
make_dir(const char *path)
{
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

bool
pki_hash(const char *dir, X509 *x509)
{
	char path[4096];
	X509 *const list[] = {x509, NULL};
	snprintf(path, sizeof path, "%s/%08lx.0", dir, X509_subject_name_hash(x509));
	return make_dir(dir) && write_certs(path, list);
}

/* Who issues, and what is sent behind the leaf. */
enum chain {
	BY_INTERMEDIATE,
	BY_SELF,
	BY_STRANGER, /* another root's intermediate */
	NOT_SENT,    /* the intermediate is kept back */
	WRONG_ORDER, /* leaf, root, intermediate */
	WITH_EXTRAS, /* leaf, stray, intermediate, root */
	BY_EXPIRED,  /* an intermediate that is over */
	BY_FUTURE,   /* an intermediate that has not begun */
	BY_LEAF,     /* a certificate that is no authority */
	BY_INSPECTOR /* the authority of a product that inspects TLS */
};

struct row {
	const char *name;
	enum chain chain;
	struct pki_params params;
};

static const struct row rows[] = {
    {"good", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS}},
    {"rsa", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .key = "RSA:2048"}},
    {"ed25519", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .key = "ED25519"}},
    {"expired", BY_INTERMEDIATE,
	{.cn = "mail.test", .san = HOSTS, .from_s = -95 * PKI_DAY, .until_s = -5 * PKI_DAY}},
    {"notyet", BY_INTERMEDIATE,
	{.cn = "mail.test", .san = HOSTS, .from_s = 2 * PKI_DAY, .until_s = 92 * PKI_DAY}},
    {"wrongname", BY_INTERMEDIATE, {.cn = "mail.test", .san = "DNS:other.test,DNS:mailXtest"}},
    {"selfsigned", BY_SELF, {.cn = "mail.test", .san = HOSTS}},
    {"untrusted", BY_STRANGER, {.cn = "mail.test", .san = HOSTS}},
    {"incomplete", NOT_SENT, {.cn = "mail.test", .san = HOSTS}},
    {"weak", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .key = "RSA:1024"}},
    {"sha1", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .digest = "SHA1"}},
    {"sha512", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .digest = "SHA512"}},
    {"sha224", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .digest = "SHA224"}},
    {"wrongpurpose", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .usage = "clientAuth"}},
    {"nulname", BY_INTERMEDIATE,
	{.cn = "mail.test", .dns_raw = "mail.test\0.evil.test", .dns_raw_len = 20}},
    {"partial", BY_INTERMEDIATE, {.cn = "mail.test", .san = "DNS:ma*.test,DNS:*il.test"}},
    {"toplevel", BY_INTERMEDIATE, {.cn = "mail.test", .san = "DNS:*.test"}},
    {"wildcard", BY_INTERMEDIATE, {.cn = "mail.test", .san = "DNS:*.mail.test"}},
    {"cnonly", BY_INTERMEDIATE, {.cn = "mail.test"}},
    {"order", WRONG_ORDER, {.cn = "mail.test", .san = HOSTS}},
    {"extra", WITH_EXTRAS, {.cn = "mail.test", .san = HOSTS}},
    {"chainexpired", BY_EXPIRED, {.cn = "mail.test", .san = HOSTS}},
    {"chainnotyet", BY_FUTURE,
	{.cn = "mail.test", .san = HOSTS, .from_s = 2 * PKI_DAY, .until_s = 92 * PKI_DAY}},
    {"notca", BY_LEAF, {.cn = "mail.test", .san = HOSTS}},
    {"inspected", BY_INSPECTOR, {.cn = "mail.test", .san = HOSTS}},
    {"baddate", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .until_raw = "99Z"}},
    {"soon", BY_INTERMEDIATE,
	{.cn = "mail.test", .san = HOSTS, .from_s = -87 * PKI_DAY, .until_s = 3 * PKI_DAY}},
    {"hostile", BY_INTERMEDIATE,
	{.cn = "a|days=99;1;1\nOK - \x1b[31m<b>\xe2\x80\xae",
	    .san = "DNS:mail.test|x=1,DNS:other.test"}},
    {"muststaple", BY_INTERMEDIATE, {.cn = "mail.test", .san = HOSTS, .must_staple = true}},
    {"client", BY_INTERMEDIATE, {.cn = "monitor", .usage = "clientAuth"}},
    {"clientother", BY_STRANGER, {.cn = "monitor", .usage = "clientAuth"}},
};

struct authority {
	struct pki_cert root, intermediate, expired, future, leaf;
	struct pki_cert other_root, stranger, inspector;
};

static void
make_authority(struct authority *a)
{
	static const int64_t year = 365 * PKI_DAY;
	struct pki_params root = {
	    .cn = "Test Root", .ca = true, .from_s = -10 * PKI_DAY, .until_s = 10 * year};
	struct pki_params middle = {
	    .cn = "Test Intermediate", .ca = true, .from_s = -10 * PKI_DAY, .until_s = 5 * year};
	struct pki_params over = {.cn = "Test Expired Intermediate",
	    .ca = true,
	    .from_s = -99 * PKI_DAY,
	    .until_s = -PKI_DAY};
	struct pki_params ahead = {
	    .cn = "Test Future Intermediate", .ca = true, .from_s = PKI_DAY, .until_s = 5 * year};
	struct pki_params leaf = {.cn = "Not An Authority", .san = "DNS:leaf.test"};
	a->root = pki_issue(&root, NULL);
	a->intermediate = pki_issue(&middle, &a->root);
	a->expired = pki_issue(&over, &a->root);
	a->future = pki_issue(&ahead, &a->root);
	a->leaf = pki_issue(&leaf, &a->root);
	root.cn = "Other Root";
	middle.cn = "Other Intermediate";
	a->other_root = pki_issue(&root, NULL);
	a->stranger = pki_issue(&middle, &a->other_root);
	root.cn = "Kaspersky Anti-Virus Personal Root Certificate";
	a->inspector = pki_issue(&root, NULL);
}

static void
free_authority(struct authority *a)
{
	struct pki_cert *const all[] = {&a->root, &a->intermediate, &a->expired, &a->future,
	    &a->leaf, &a->other_root, &a->stranger, &a->inspector};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		pki_free(all[i]);
}

/* The issuer of a row; list gets what is sent behind the leaf. */
static const struct pki_cert *
chain_of(enum chain chain, const struct authority *a, X509 **list)
{
	switch (chain) {
	case BY_SELF:
		return NULL;
	case BY_STRANGER:
		list[0] = a->stranger.x509;
		return &a->stranger;
	case NOT_SENT:
		return &a->intermediate;
	case WRONG_ORDER:
		list[0] = a->root.x509;
		list[1] = a->intermediate.x509;
		return &a->intermediate;
	case WITH_EXTRAS:
		list[0] = a->stranger.x509;
		list[1] = a->intermediate.x509;
		list[2] = a->root.x509;
		return &a->intermediate;
	case BY_EXPIRED:
		list[0] = a->expired.x509;
		return &a->expired;
	case BY_FUTURE:
		list[0] = a->future.x509;
		return &a->future;
	case BY_LEAF:
		list[0] = a->leaf.x509;
		return &a->leaf;
	case BY_INSPECTOR:
		return &a->inspector;
	case BY_INTERMEDIATE:
		break;
	}
	list[0] = a->intermediate.x509;
	return &a->intermediate;
}

static bool
make_row(const char *dir, const char *name, enum chain chain, const struct pki_params *params,
    const struct authority *a)
{
	char path[4096];
	X509 *list[5] = {NULL};
	struct pki_cert cert = pki_issue(params, chain_of(chain, a, list + 1));
	list[0] = cert.x509;
	snprintf(path, sizeof path, "%s/%s.pem", dir, name);
	bool good = write_certs(path, list);
	snprintf(path, sizeof path, "%s/%s.key", dir, name);
	good = good && write_key(path, cert.key);
	pki_free(&cert);
	return good;
}

static bool
make_many(const char *dir, const struct authority *a)
{
	struct buf san;
	buf_init(&san, (size_t)1 << 20);
	buf_add_text(&san, HOSTS);
	for (int i = 0; i < MANY_NAMES; i++)
		buf_printf(&san, ",DNS:host%d.example.test", i);
	struct pki_params params = {.cn = "mail.test", .san = buf_text(&san)};
	bool good = make_row(dir, "many", BY_INTERMEDIATE, &params, a);
	buf_free(&san);
	return good;
}

bool
pki_make(const char *dir)
{
	struct authority a;
	char path[4096];
	if (!make_dir(dir))
		return false;
	make_authority(&a);
	X509 *const root[] = {a.root.x509, NULL};
	snprintf(path, sizeof path, "%s/root.pem", dir);
	bool good = write_certs(path, root);
	snprintf(path, sizeof path, "%s/hashed", dir);
	good = good && pki_hash(path, a.root.x509);
	snprintf(path, sizeof path, "%s/intermediate.key", dir);
	good = good && write_key(path, a.intermediate.key);
	for (size_t i = 0; good && i < ARRAY_LEN(rows); i++)
		good = make_row(dir, rows[i].name, rows[i].chain, &rows[i].params, &a);
	good = good && make_many(dir, &a);
	free_authority(&a);
	return good;
}
