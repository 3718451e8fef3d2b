/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What check_cert_expiry is made of: targets, containers, TLSA records, renewal information. */
#include <check.h>
#include <openssl/asn1.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "check/cert_target.h"
#include "check/pool.h"
#include "lib/pki.h"
#include "net/revocation.h"
#include "net/tlsa.h"
#include "wire/container.h"

/* ---- targets ---------------------------------------------------------------------- */

static const struct {
	const char *word, *protocol;
	uint16_t port;
	const char *subject; /* NULL: refused */
	enum proto_id proto;
	enum session_mode mode;
} WORDS[] = {
    {"smtp://mx.test:2500", NULL, 0, "mx.test:2500", PROTO_SMTP, SESSION_STARTTLS},
    {"imaps://Mail.Test", NULL, 0, "mail.test:993", PROTO_IMAP, SESSION_TLS},
    {"mail.test", "imap", 0, "mail.test:143", PROTO_IMAP, SESSION_STARTTLS},
    {"mail.test", "imap", 993, "mail.test:993", PROTO_IMAP, SESSION_TLS},
    {"mail.test", "smtps", 0, "mail.test:465", PROTO_SMTP, SESSION_TLS},
    {"mail.test:25", NULL, 0, "mail.test:25", PROTO_SMTP, SESSION_STARTTLS},
    {"mail.test:995", NULL, 0, "mail.test:995", PROTO_POP3, SESSION_TLS},
    {"mail.test", NULL, 587, "mail.test:587", PROTO_SUBMISSION, SESSION_STARTTLS},
    {"mail.test:4433", NULL, 0, "mail.test:4433", PROTO_TLS, SESSION_TLS},
    {"mail.test", NULL, 0, "mail.test:443", PROTO_HTTPS, SESSION_TLS},
    {"[2001:db8::1]:389", NULL, 0, "[2001:db8::1]:389", PROTO_LDAP, SESSION_STARTTLS},
    {"2001:db8::1", "ldaps", 0, "[2001:db8::1]:636", PROTO_LDAP, SESSION_TLS},
    {"lmtp:/run/no-such-socket", NULL, 0, "/run/no-such-socket", PROTO_LMTP, SESSION_STARTTLS},
    {"tls://mail.test", NULL, 0, NULL, PROTO_TLS, SESSION_TLS},
    {"gopher://mail.test", NULL, 0, NULL, PROTO_TLS, SESSION_TLS},
    {"mail.test:0", NULL, 0, NULL, PROTO_TLS, SESSION_TLS},
    {"mail.test:65536", NULL, 0, NULL, PROTO_TLS, SESSION_TLS},
    {"mail..test:25", NULL, 0, NULL, PROTO_TLS, SESSION_TLS},
};

START_TEST(words)
{
	struct arena arena = {0};
	struct cert_targets targets = {.arena = &arena};
	struct cert_target_defaults defaults = {WORDS[_i].protocol, WORDS[_i].port, false, false};
	struct err err = {0};
	bool good = cert_targets_word(&targets, WORDS[_i].word, &defaults, &err);

	ck_assert_int_eq(good, WORDS[_i].subject != NULL);
	if (good) {
		ck_assert_uint_eq(targets.count, 1);
		ck_assert_str_eq(targets.list[0].subject, WORDS[_i].subject);
		ck_assert_int_eq(targets.list[0].proto->id, WORDS[_i].proto);
		ck_assert_int_eq(targets.list[0].mode, WORDS[_i].mode);
	} else {
		ck_assert_int_eq(err.kind, ERR_CONFIG);
	}
	cert_targets_free(&targets);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *word;
	enum cert_target_kind kind;
} KINDS[] = {
    {"mx:example.test", CERT_TARGET_MX},
    {"srv:example.test", CERT_TARGET_SRV},
    {"file:/etc/nowhere.pem", CERT_TARGET_FILE},
    {"/etc/nowhere.pem", CERT_TARGET_FILE},
    {"-", CERT_TARGET_FILE},
    {"mail.test", CERT_TARGET_NET},
};

START_TEST(kinds)
{
	struct arena arena = {0};
	struct cert_targets targets = {.arena = &arena};
	struct cert_target_defaults defaults = {0};
	struct err err = {0};

	ck_assert(cert_targets_word(&targets, KINDS[_i].word, &defaults, &err));
	ck_assert_int_eq(targets.list[0].kind, KINDS[_i].kind);
	cert_targets_free(&targets);
	arena_free(&arena);
}
END_TEST

/* ---- containers --------------------------------------------------------------------- */

static struct pki_cert leaf;

static size_t
der_of(unsigned char **der_out)
{
	*der_out = NULL;
	return (size_t)i2d_X509(leaf.x509, der_out);
}

static bool
reads(const void *bytes, size_t len, const char *kind, size_t certs)
{
	struct container found;
	bool good = container_read(&found, bytes, len, NULL);
	bool same = found.certs.count == certs && found.kind && strcmp(found.kind, kind) == 0;

	container_free(&found);
	return good && same;
}

/* A store of one trusted certificate: magic, version 2, one entry. */
static void
make_jks(struct buf *out, const unsigned char *der, size_t len)
{
	const unsigned char size[] = {0, 0, (unsigned char)(len >> 8), (unsigned char)len};

	buf_init(out, 65536);
	buf_add(out, "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1", 12);
	buf_add(out, "\0\0\0\2\0\4mail\0\0\0\0\0\0\0\0\0\5X.509", 25);
	buf_add(out, size, sizeof(size));
	buf_add(out, der, len);
}

START_TEST(forms)
{
	unsigned char *der, *p12_der = NULL;
	size_t len = der_of(&der);
	PKCS12 *p12 = PKCS12_create("", "mail", leaf.key, leaf.x509, NULL, 0, 0, 0, -1, 0);
	int p12_len = i2d_PKCS12(p12, &p12_der);
	struct buf jks;

	ck_assert(reads(der, len, "DER", 1));
	ck_assert_int_gt(p12_len, 0);
	ck_assert(reads(p12_der, (size_t)p12_len, "PKCS#12", 1));
	make_jks(&jks, der, len);
	ck_assert(reads(jks.data, jks.len, "JKS", 1));
	buf_free(&jks);
	PKCS12_free(p12);
	OPENSSL_free(p12_der);
	OPENSSL_free(der);
}
END_TEST

/* Who made a file says how often a password is hashed for it; ours is not all the time there is. */
START_TEST(effort)
{
	static const int ciphers[] = {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_aes_256_cbc};
	const char rounds[] = "\x02\x03\x01\x11\x70", more[] = "\x02\x03\x7f\xff\xff"; /* 70,000 */

	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++) {
		unsigned char *der = NULL, *at;
		PKCS12 *p12 = PKCS12_create(
		    "secret", "mail", NULL, leaf.x509, NULL, -1, ciphers[i], 70000, -1, 0);
		int len = i2d_PKCS12(p12, &der);
		struct container found;

		ck_assert_int_gt(len, 0);
		ck_assert(container_read(&found, der, (size_t)len, "secret"));
		container_free(&found);
		at = memmem(der, (size_t)len, rounds, 5);
		ck_assert_ptr_nonnull(at);
		memcpy(at, more, 5);
		ck_assert(!container_read(&found, der, (size_t)len, "secret"));
		ck_assert_str_eq(found.why, "to try a passphrase on it takes too much work");
		container_free(&found);
		PKCS12_free(p12);
		OPENSSL_free(der);
	}
}
END_TEST

/* Cut anywhere, nothing is read as whole. */
START_TEST(cut)
{
	unsigned char *der;
	size_t len = der_of(&der);
	struct container found;
	struct buf jks;

	make_jks(&jks, der, len);
	for (size_t at = 0; at < len; at += 7) {
		ck_assert(!container_read(&found, der, at, NULL));
		ck_assert_ptr_nonnull(found.why);
		container_free(&found);
	}
	for (size_t at = 0; at < jks.len; at += 7) {
		ck_assert(!container_read(&found, jks.data, at, NULL));
		container_free(&found);
	}
	buf_free(&jks);
	OPENSSL_free(der);
}
END_TEST

/* ---- TLSA --------------------------------------------------------------------------------- */

static struct cert_chain sent;
static uint8_t digest[4][64]; /* leaf, its key, issuer, its key: SHA-256 */

static void
hash(uint8_t *out, X509 *x509, bool key)
{
	unsigned char *der = NULL;
	unsigned size = 0;
	int len = key ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der) : i2d_X509(x509, &der);

	ck_assert(EVP_Digest(der, (size_t)len, out, &size, EVP_sha256(), NULL));
	OPENSSL_free(der);
}

static const struct {
	uint8_t usage, selector, matching;
	int of; /* index of digest; -1: of nobody */
	bool matches, smtp;
} RECORDS[] = {
    {3, 1, 1, 1, true, true}, {3, 0, 1, 0, true, true}, {3, 1, 1, 0, false, true},
    {3, 0, 1, 2, false, true}, {2, 0, 1, 2, true, true}, {2, 1, 1, 3, true, true},
    {2, 0, 1, 0, false, true}, {3, 1, 1, -1, false, true},
    {1, 1, 1, 1, false, false}, /* no verified path */
    {0, 0, 1, 2, false, false}, {4, 1, 1, 1, false, false}, {3, 2, 1, 1, false, false},
    {3, 1, 2, 1, false, false}, /* the length of another digest */
};

START_TEST(records)
{
	static const uint8_t nobody[64] = {1};
	const struct cert_chain none = {0};
	struct tlsa_record record = {.usage = RECORDS[_i].usage,
	    .selector = RECORDS[_i].selector,
	    .matching = RECORDS[_i].matching,
	    .data = RECORDS[_i].of < 0 ? nobody : digest[RECORDS[_i].of],
	    .len = 32};

	ck_assert_int_eq(tlsa_matches(&record, &sent, &none), RECORDS[_i].matches);
	ck_assert_int_eq(tlsa_usable(&record, true), RECORDS[_i].smtp);
}
END_TEST

/* Which records clients look at that take the strongest digest of each usage and selector. */
static const struct {
	struct tlsa_record list[3];
	size_t count;
	bool seen[3], smtp;
} DIGESTS[] = {
#define RECORD(u, s, m) \
	{ \
		.usage = (u), .selector = (s), .matching = (m), .data = BYTES64, \
		.len = (m) == 2 ? 64 : 32 \
	}
#define BYTES64 (const uint8_t *)"0123456789012345678901234567890123456789012345678901234567890123"
    {{RECORD(3, 1, 1)}, 1, {true}, true},
    {{RECORD(3, 1, 1), RECORD(3, 1, 2)}, 2, {false, true}, true},
    {{RECORD(3, 0, 1), RECORD(3, 1, 2)}, 2, {true, true}, true},
    {{RECORD(2, 1, 1), RECORD(3, 1, 2)}, 2, {true, true}, true},
    {{RECORD(3, 1, 0), RECORD(3, 1, 2), RECORD(3, 1, 1)}, 3, {true, true, false}, true},
    {{RECORD(1, 1, 1), RECORD(1, 1, 2)}, 2, {true, true}, true}, /* that one is not usable */
    {{RECORD(1, 1, 1), RECORD(1, 1, 2)}, 2, {false, true}, false},
};

START_TEST(digests)
{
	struct tlsa tlsa = {.count = DIGESTS[_i].count};

	for (size_t i = 0; i < tlsa.count; i++)
		tlsa.list[i] = DIGESTS[_i].list[i];
	for (size_t i = 0; i < tlsa.count; i++)
		ck_assert_int_eq(tlsa_strongest(&tlsa, i, DIGESTS[_i].smtp), DIGESTS[_i].seen[i]);
}
END_TEST

/* ---- renewal information ---------------------------------------------------------------------- */

static const struct {
	const char *json;
	bool known;
	int64_t from_unix;
} WINDOWS[] = {
    {"{\"suggestedWindow\":{\"start\":\"2025-01-02T04:00:00Z\",\"end\":\"2025-01-03T04:00:00Z\"}}",
	true, 1735790400},
    {"{ \"suggestedWindow\" : { \"start\" : \"2025-01-02T05:00:00.123+01:00\" , \"end\" : "
     "\"2025-01-03T04:00:00Z\" } }",
	true, 1735790400},
    {"{\"suggestedWindow\":{\"start\":\"2025-01-03T04:00:00Z\",\"end\":\"2025-01-02T04:00:00Z\"}}",
	false, 0},
    {"{\"suggestedWindow\":{\"start\":\"soon\",\"end\":\"2025-01-02T04:00:00Z\"}}", false, 0},
    {"{\"suggestedWindow\":{}}", false, 0},
    {"<html>", false, 0},
    {"", false, 0},
};

START_TEST(windows)
{
	struct renewal renewal = {0};

	ck_assert_int_eq(revocation_window(WINDOWS[_i].json, strlen(WINDOWS[_i].json), &renewal),
	    WINDOWS[_i].known);
	if (WINDOWS[_i].known)
		ck_assert_int_eq(renewal.from_unix, WINDOWS[_i].from_unix);
}
END_TEST

/* The example of RFC 9773, 4.1. */
START_TEST(renewal_id)
{
	static const unsigned char key[] = {0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1,
	    0xB3, 0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01, 0xC8, 0xD4};
	AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
	X509 *x509 = X509_new();
	struct cert cert = {.x509 = x509};
	struct buf text;

	ck_assert(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), 0x87654321) == 1);
	id->keyid = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(id->keyid, key, sizeof(key));
	ck_assert(X509_add1_ext_i2d(x509, NID_authority_key_identifier, id, 0, 0) == 1);
	buf_init(&text, 200);
	ck_assert(revocation_renewal_id(&cert, &text));
	ck_assert_str_eq(buf_text(&text), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
	buf_free(&text);
	AUTHORITY_KEYID_free(id);
	X509_free(x509);
}
END_TEST

/* ---- threads -------------------------------------------------------------------------------------- */

struct counted {
	atomic_size_t done[100];
};

static void
count(void *context, size_t index)
{
	atomic_fetch_add(&((struct counted *)context)->done[index], 1);
}

START_TEST(pool)
{
	static const size_t parallel[] = {1, 2, 7, 100, 1000};
	struct counted counted = {0};

	pool_run(ARRAY_LEN(counted.done), parallel[_i], count, &counted);
	for (size_t i = 0; i < ARRAY_LEN(counted.done); i++)
		ck_assert_uint_eq(counted.done[i], 1);
	pool_run(0, parallel[_i], count, &counted);
}
END_TEST

/* Item n finds two more, until there are a thousand. */
struct finding_more {
	struct pool pool;
	atomic_size_t known, done[1000];
};

static void
find_more(void *context, size_t index)
{
	struct finding_more *more = context;

	atomic_fetch_add(&more->done[index], 1);
	for (int i = 0; i < 2; i++)
		if (atomic_fetch_add(&more->known, 1) < ARRAY_LEN(more->done))
			pool_add(&more->pool, 1);
}

START_TEST(pool_grows)
{
	static const size_t parallel[] = {1, 2, 7, 100, 2000};
	struct finding_more more = {.known = 1};

	pool_init(&more.pool, parallel[_i], find_more, &more);
	pool_add(&more.pool, 1);
	pool_finish(&more.pool);
	for (size_t i = 0; i < ARRAY_LEN(more.done); i++)
		ck_assert_uint_eq(more.done[i], 1);
}
END_TEST

/* ---- together ---------------------------------------------------------------------------------------- */

static struct pki_cert root;

static void
setup(void)
{
	struct pki_params authority = {.cn = "Root", .ca = true};
	struct pki_params params = {.cn = "mail.test", .san = "DNS:mail.test"};

	root = pki_issue(&authority, NULL);
	leaf = pki_issue(&params, &root);
	cert_chain_add(&sent, leaf.x509);
	cert_chain_add(&sent, root.x509);
	for (int i = 0; i < 4; i++)
		hash(digest[i], i < 2 ? leaf.x509 : root.x509, i % 2 == 1);
}

static void
teardown(void)
{
	cert_chain_free(&sent);
	pki_free(&leaf);
	pki_free(&root);
}

int
main(void)
{
	Suite *suite = suite_create("cert_expiry");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(tcase, 30);
	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, words, 0, (int)ARRAY_LEN(WORDS));
	tcase_add_loop_test(tcase, kinds, 0, (int)ARRAY_LEN(KINDS));
	tcase_add_test(tcase, forms);
	tcase_add_test(tcase, effort);
	tcase_add_test(tcase, cut);
	tcase_add_loop_test(tcase, digests, 0, (int)ARRAY_LEN(DIGESTS));
	tcase_add_loop_test(tcase, records, 0, (int)ARRAY_LEN(RECORDS));
	tcase_add_loop_test(tcase, windows, 0, (int)ARRAY_LEN(WINDOWS));
	tcase_add_test(tcase, renewal_id);
	tcase_add_loop_test(tcase, pool, 0, 5);
	tcase_add_loop_test(tcase, pool_grows, 0, 5);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
