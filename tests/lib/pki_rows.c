/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the certificates that every test finds, as files: two tables, authorities and leaves. */
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "lib/pki.h"

#define MANY_NAMES 2000
#define DEEP 12 /* authorities, each issued by the one before */
#define YEAR (365 * PKI_DAY)
#define HOSTS "DNS:mail.test,DNS:localhost,IP:127.0.0.1,IP:::1"
#define NAMED .cn = "mail.test", .san = HOSTS
#define LONG .from_s = -10 * PKI_DAY, .until_s = 5 * YEAR

/*
 * An authority. Its issuer stands before it; NULL: itself. A key "=name" is that one's.
 */
struct authority {
	const char *name, *issuer;
	struct pki_params params;
};

static const struct authority authorities[] = {
    {"root", NULL, {.cn = "Test Root", .ca = true, .from_s = -10 * PKI_DAY, .until_s = 10 * YEAR}},
    {"intermediate", "root", {.cn = "Test Intermediate", .ca = true, LONG}},
    {"overca", "root",
	{.cn = "Test Expired Intermediate",
	    .ca = true,
	    .from_s = -99 * PKI_DAY,
	    .until_s = -PKI_DAY}},
    {"futureca", "root",
	{.cn = "Test Future Intermediate", .ca = true, .from_s = PKI_DAY, .until_s = YEAR}},
    {"leafca", "root", {.cn = "Not An Authority", .san = "DNS:leaf.test"}},
    {"other", NULL,
	{.cn = "Other Root", .ca = true, .from_s = -10 * PKI_DAY, .until_s = 10 * YEAR}},
    {"stranger", "other", {.cn = "Other Intermediate", .ca = true, LONG}},
    {"inspector", NULL, {.cn = "Kaspersky Anti-Virus Personal Root Certificate", .ca = true, LONG}},
    /* the same name as the intermediate, another key: its next generation */
    {"twin", "root", {.cn = "Test Intermediate", .ca = true, LONG}},
    {"twinrsa", "root", {.cn = "Test Intermediate", .ca = true, LONG, .key = "RSA:2048"}},
    /* two that issued each other, and nobody above */
    {"loopend", NULL, {.cn = "Loop End", .ca = true, LONG}},
    {"loop", "loopend", {.cn = "Loop", .ca = true, LONG}},
    {"loopback", "loop", {.cn = "Loop End", .ca = true, LONG, .key = "=loopend"}},
    /* a cross-sign of the intermediate that is over */
    {"crosssign", "other",
	{.cn = "Test Intermediate",
	    .ca = true,
	    .from_s = -99 * PKI_DAY,
	    .until_s = -PKI_DAY,
	    .key = "=intermediate"}},
    {"short", "root",
	{.cn = "Short", .ca = true, LONG, .constraints = "critical,CA:TRUE,pathlen:0"}},
    {"belowshort", "short", {.cn = "Below Short", .ca = true, LONG}},
    {"nosign", "root", {.cn = "No Signer", .ca = true, LONG, .key_usage = "critical,cRLSign"}},
    {"keyless", "root", {.cn = "Keyless", .ca = true, LONG, .unknown_key = true}},
    {"weakca", "root", {.cn = "Weak", .ca = true, LONG, .key = "RSA:1024"}},
    {"explicit", "root", {.cn = "Explicit", .ca = true, LONG, .explicit_curve = true}},
    {"clientca", "root",
	{.cn = "Clients", .ca = true, LONG, .more = {"extendedKeyUsage=clientAuth"}}},
    {"permits", "root",
	{.cn = "Permits", .ca = true, LONG, .more = {"nameConstraints=permitted;DNS:other.test"}}},
    {"excludes", "root",
	{.cn = "Excludes", .ca = true, LONG, .more = {"nameConstraints=excluded;DNS:mail.test"}}},
    /* permitted: mail.test, with a minimum of 1 (RFC 5280, 4.2.1.10, has only 0) */
    {"minimum", "root",
	{.cn = "Minimum",
	    .ca = true,
	    LONG,
	    .more = {"nameConstraints=DER:3012a010300e82096d61696c2e74657374800101"}}},
    {"oddtype", "root",
	{.cn = "Odd Type", .ca = true, LONG, .more = {"nameConstraints=permitted;RID:1.2.3.4"}}},
    {"uris", "root",
	{.cn = "Uris", .ca = true, LONG, .more = {"nameConstraints=permitted;URI:.mail.test"}}},
    /* proxy certificates (RFC 3820): a user that issues, and one below it that may no more */
    {"user", "intermediate", {.cn = "User", .key_usage = "critical,keyAgreement"}},
    {"proxy", "user",
	{.cn = "Proxy", .more = {"proxyCertInfo=critical,language:id-ppl-anyLanguage,pathlen:0"}}},
};

/* A leaf; what is sent behind it are names of authorities. */
struct row {
	const char *name, *issuer; /* NULL: itself */
	const char *sent;
	struct pki_params params;
};

#define MIDDLE "intermediate", "intermediate"

static const struct row rows[] = {
    {"good", MIDDLE, {NAMED}},
    {"rsa", MIDDLE, {NAMED, .key = "RSA:2048"}},
    {"ed25519", MIDDLE, {NAMED, .key = "ED25519"}},
    {"expired", MIDDLE, {NAMED, .from_s = -95 * PKI_DAY, .until_s = -5 * PKI_DAY}},
    {"soon", MIDDLE, {NAMED, .from_s = -87 * PKI_DAY, .until_s = 3 * PKI_DAY}},
    {"notyet", MIDDLE, {NAMED, .from_s = 2 * PKI_DAY, .until_s = 92 * PKI_DAY}},
    {"skewed", MIDDLE, {NAMED, .from_s = 200, .until_s = 90 * PKI_DAY}},
    {"chainnotyet", "futureca", "futureca",
	{NAMED, .from_s = 2 * PKI_DAY, .until_s = 92 * PKI_DAY}},
    {"baddate", MIDDLE, {NAMED, .until_raw = "99Z"}},
    {"badstart", MIDDLE, {NAMED, .from_raw = "99Z"}},
    {"wrongname", MIDDLE, {.cn = "mail.test", .san = "DNS:other.test,DNS:mailXtest"}},
    {"nulname", MIDDLE, {.cn = "mail.test", .dns_raw = "mail.test\0.evil.test", .dns_raw_len = 20}},
    {"partial", MIDDLE, {.cn = "mail.test", .san = "DNS:ma*.test,DNS:*il.test"}},
    {"toplevel", MIDDLE, {.cn = "mail.test", .san = "DNS:*.test"}},
    {"wildcard", MIDDLE, {.cn = "mail.test", .san = "DNS:*.mail.test"}},
    {"cnonly", MIDDLE, {.cn = "mail.test"}},
    {"hostile", MIDDLE,
	{.cn = "a|days=99;1;1\nOK - \x1b[31m<b>\xe2\x80\xae",
	    .san = "DNS:mail.test|x=1,DNS:other.test"}},
    {"selfsigned", NULL, "", {NAMED}},
    {"snakeoil", NULL, "", {NAMED, .ca = true}},
    {"oldsnakeoil", NULL, "",
	{NAMED, .ca = true, .from_s = -50 * PKI_DAY, .until_s = 40 * PKI_DAY}},
    {"untrusted", "stranger", "stranger", {NAMED}},
    {"rootsent", "stranger", "stranger other", {NAMED}},
    {"inspected", "inspector", "", {NAMED}},
    {"incomplete", "intermediate", "", {NAMED}},
    {"wrongchain", "intermediate", "stranger", {NAMED}},
    {"order", "intermediate", "root intermediate", {NAMED}},
    {"extra", "intermediate", "stranger intermediate root", {NAMED}},
    {"crossed", "intermediate", "crosssign intermediate", {NAMED}},
    {"chainexpired", "overca", "overca", {NAMED}},
    {"generation", "twin", "intermediate", {NAMED}},
    {"serial", "twin", "intermediate", {NAMED, .authority_key = "issuer:always"}},
    {"badsignature", MIDDLE, {NAMED, .bad_signature = true}},
    {"othersignature", "twinrsa", "intermediate", {NAMED, .authority_key = ""}},
    {"nosuchsignature", MIDDLE, {NAMED, .unknown_signature = true}},
    {"belowkeyless", "keyless", "keyless", {NAMED}},
    {"looped", "loop", "loop loopback", {NAMED}},
    {"notca", "leafca", "leafca", {NAMED}},
    {"tooshort", "belowshort", "belowshort short", {NAMED}},
    {"nosigner", "nosign", "nosign", {NAMED}},
    {"weak", MIDDLE, {NAMED, .key = "RSA:1024"}},
    {"belowweak", "weakca", "weakca", {NAMED}},
    {"sha1", MIDDLE, {NAMED, .digest = "SHA1"}},
    {"sha224", MIDDLE, {NAMED, .digest = "SHA224"}},
    {"sha512", MIDDLE, {NAMED, .digest = "SHA512"}},
    {"belowexplicit", "explicit", "explicit", {NAMED}},
    {"wrongpurpose", MIDDLE, {NAMED, .usage = "clientAuth"}},
    {"belowclients", "clientca", "clientca", {NAMED}},
    {"critical", MIDDLE, {NAMED, .more = {"1.3.6.1.4.1.1.2=critical,DER:0500"}}},
    {"notpermitted", "permits", "permits", {NAMED}},
    {"excluded", "excludes", "excludes", {NAMED}},
    {"minimal", "minimum", "minimum", {NAMED}},
    {"oddname", "oddtype", "oddtype", {.cn = "mail.test", .san = HOSTS ",RID:1.2.3.4"}},
    {"baduri", "uris", "uris", {.cn = "mail.test", .san = HOSTS ",URI:nowhere"}},
    {"unnested", MIDDLE, {NAMED, .more = {"sbgp-autonomousSysNum=critical,AS:64496"}}},
    /* the numbers 1 and 2 must be written as a range (RFC 3779, 3.2.3.4) */
    {"noncanonical", MIDDLE,
	{NAMED, .more = {"sbgp-autonomousSysNum=critical,DER:300aa0083006020101020102"}}},
    {"byproxy", "proxy", "proxy user intermediate",
	{.cn = "mail.test", .more = {"proxyCertInfo=critical,language:id-ppl-anyLanguage"}}},
    {"proxyofca", MIDDLE,
	{.cn = "mail.test", .more = {"proxyCertInfo=critical,language:id-ppl-anyLanguage"}}},
    {"muststaple", MIDDLE, {NAMED, .must_staple = true}},
    {"client", MIDDLE, {.cn = "monitor", .usage = "clientAuth"}},
    {"clientother", "stranger", "stranger", {.cn = "monitor", .usage = "clientAuth"}},
};

/* ---- making them --------------------------------------------------------------- */

struct made {
	const char *dir;
	struct {
		char name[24];
		struct pki_cert cert;
	} list[ARRAY_LEN(authorities) + DEEP];
	size_t count;
};

static struct pki_cert *
find(struct made *made, const char *name, size_t len)
{
	for (size_t i = 0; i < made->count; i++)
		if (strlen(made->list[i].name) == len &&
		    strncmp(made->list[i].name, name, len) == 0)
			return &made->list[i].cert;
	return NULL;
}

static bool
write_certs(const struct made *made, const char *name, X509 *const *list)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.pem", made->dir, name);
	FILE *file = fopen(path, "we");
	bool good = file != NULL;
	for (; good && *list; list++)
		good = PEM_write_X509(file, *list);
	return file && fclose(file) == 0 && good;
}

static bool
write_key(const struct made *made, const char *name, EVP_PKEY *key)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.key", made->dir, name);
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
	char name[16];
	X509 *const list[] = {x509, NULL};
	struct made made = {.dir = dir};
	char from[4096], to[4096];
	snprintf(name, sizeof name, "%08lx", X509_subject_name_hash(x509));
	snprintf(from, sizeof from, "%s/%s.pem", dir, name);
	snprintf(to, sizeof to, "%s/%s.0", dir, name);
	return make_dir(dir) && write_certs(&made, name, list) && rename(from, to) == 0;
}

static bool
add_authority(struct made *made, const struct authority *authority)
{
	const char *issuer = authority->issuer;
	struct pki_params params = authority->params;
	if (params.key && *params.key == '=')
		params.key_given = find(made, params.key + 1, strlen(params.key + 1))->key;
	struct pki_cert cert =
	    pki_issue(&params, issuer ? find(made, issuer, strlen(issuer)) : NULL);
	X509 *const list[] = {cert.x509, NULL};
	snprintf(made->list[made->count].name, sizeof made->list[0].name, "%s", authority->name);
	made->list[made->count++].cert = cert;
	return write_certs(made, authority->name, list) &&
	       write_key(made, authority->name, cert.key);
}

static bool
make_authorities(struct made *made)
{
	bool good = true;
	for (size_t i = 0; good && i < ARRAY_LEN(authorities); i++)
		good = add_authority(made, &authorities[i]);
	for (int i = 0; good && i < DEEP; i++) {
		char name[24], cn[32], before[24];
		struct authority deep = {name, i ? before : "root", {.cn = cn, .ca = true, LONG}};
		snprintf(name, sizeof name, "deep%d", i);
		snprintf(before, sizeof before, "deep%d", i - 1);
		snprintf(cn, sizeof cn, "Test Deep %d", i);
		good = add_authority(made, &deep);
	}
	return good;
}

static bool
make_row(struct made *made, const struct row *row)
{
	X509 *list[DEEP + 2] = {NULL};
	size_t count = 1;
	const struct pki_cert *issuer =
	    row->issuer ? find(made, row->issuer, strlen(row->issuer)) : NULL;
	struct pki_cert cert = pki_issue(&row->params, issuer);
	list[0] = cert.x509;
	for (const char *word = row->sent; *word; word += strspn(word, " ")) {
		size_t len = strcspn(word, " ");
		list[count++] = find(made, word, len)->x509;
		word += len;
	}
	bool good = write_certs(made, row->name, list) && write_key(made, row->name, cert.key);
	pki_free(&cert);
	return good;
}

static bool
make_many(struct made *made)
{
	struct buf san;
	buf_init(&san, (size_t)1 << 20);
	buf_add_text(&san, HOSTS);
	for (int i = 0; i < MANY_NAMES; i++)
		buf_printf(&san, ",DNS:host%d.example.test", i);
	struct row row = {"many", MIDDLE, {.cn = "mail.test", .san = buf_text(&san)}};
	bool good = make_row(made, &row);
	buf_free(&san);
	return good;
}

static bool
make_deep(struct made *made)
{
	struct buf sent;
	buf_init(&sent, 1024);
	for (int i = DEEP - 1; i >= 0; i--)
		buf_printf(&sent, "deep%d ", i);
	struct row row = {"toolong", "deep11", buf_text(&sent), {NAMED}};
	bool good = make_row(made, &row);
	buf_free(&sent);
	return good;
}

/* The root as a local store may hold it: with what it is trusted for, and what not. */
static bool
write_settings(const struct made *made, const char *name, const X509 *root, int trust, int reject)
{
	char path[4096];
	X509 *copy = X509_dup(root);
	ASN1_OBJECT *object = OBJ_nid2obj(trust ? trust : reject);
	bool good = copy && (trust ? X509_add1_trust_object(copy, object)
				   : X509_add1_reject_object(copy, object)) == 1;
	snprintf(path, sizeof path, "%s/%s.pem", made->dir, name);
	FILE *file = good ? fopen(path, "we") : NULL;
	good = file && PEM_write_X509_AUX(file, copy);
	X509_free(copy);
	return file && fclose(file) == 0 && good;
}

static bool
make_root(struct made *made)
{
	char path[4096];
	X509 *root = find(made, "root", 4)->x509;
	X509 *const store[] = {root, find(made, "intermediate", 12)->x509, NULL};
	snprintf(path, sizeof path, "%s/hashed", made->dir);
	return pki_hash(path, root) && write_certs(made, "store", store) &&
	       write_settings(made, "rejected", root, 0, NID_server_auth) &&
	       write_settings(made, "mailonly", root, NID_email_protect, 0);
}

bool
pki_make(const char *dir)
{
	struct made *made = mem_alloc(sizeof *made);
	made->dir = dir;
	bool good = make_dir(dir) && make_authorities(made) && make_root(made);
	for (size_t i = 0; good && i < ARRAY_LEN(rows); i++)
		good = make_row(made, &rows[i]);
	good = good && make_many(made) && make_deep(made);
	for (size_t i = 0; i < made->count; i++)
		pki_free(&made->list[i].cert);
	mem_free(made);
	return good;
}
