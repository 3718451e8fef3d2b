/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/cert.c: which names a certificate is valid for, and what it says of itself. */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/pki.h"
#include "wire/cert.h"

static struct cert
make(const struct pki_params *params)
{
	struct cert cert;
	struct pki_cert made = pki_issue(params, NULL);
	cert_init(&cert, made.x509);
	pki_free(&made);
	return cert;
}

struct name_row {
	const char *san, *name;
	bool matches;
};
static const struct name_row name_rows[] = {
    {"DNS:mail.test", "mail.test", true}, {"DNS:mail.test", "MAIL.Test", true},
    {"DNS:MAIL.test", "mail.test", true}, {"DNS:mail.test", "mail.test.", true},
    {"DNS:a.test,DNS:b.test,DNS:mail.test", "mail.test", true},
    {"DNS:xn--bcher-kva.test", "XN--BCHER-KVA.test", true}, {"DNS:localhost", "localhost", true},
    {"DNS:mail.test", "mailXtest", false}, {"DNS:mailXtest", "mail.test", false},
    {"DNS:mail.test", "ail.test", false}, {"DNS:mail.test", "mail.tes", false},
    {"DNS:mail.test", "mail.test..", false}, {"DNS:mail.test", ".mail.test", false},
    {"DNS:mail.test", "a.mail.test", false}, {"DNS:mail.test", "", false},
    {"DNS:mail.test", ".", false}, {"DNS:.test", "mail.test", false},
    {"DNS:mail.test.", "mail.test", false}, {"DNS:mail..test", "mail..test", false},
    /* wildcards: the whole left-most label, one label, below two */
    {"DNS:*.mail.test", "imap.mail.test", true}, {"DNS:*.mail.test", "IMAP.MAIL.TEST", true},
    {"DNS:*.mail.test", "imap.mail.test.", true},
    {"DNS:*.mail.test", "xn--bcher-kva.mail.test", true}, {"DNS:*.mail.test", "mail.test", false},
    {"DNS:*.mail.test", ".mail.test", false}, {"DNS:*.mail.test", "a.b.mail.test", false},
    {"DNS:*.mail.test", "*.mail.test", false}, {"DNS:*.test", "mail.test", false},
    {"DNS:*.test", "test", false}, {"DNS:*.d", "d", false}, {"DNS:*.d", "x.d", false},
    {"DNS:*", "test", false}, {"DNS:*.", "test.", false}, {"DNS:*.*.test", "a.b.test", false},
    {"DNS:ma*.mail.test", "mary.mail.test", false}, {"DNS:*il.mail.test", "mail.mail.test", false},
    {"DNS:m*l.mail.test", "mail.mail.test", false}, {"DNS:imap.*.test", "imap.mail.test", false},
    {"DNS:mail.test", "*", false},
    /* addresses: only as addresses */
    {"IP:192.0.2.1", "192.0.2.1", true}, {"IP:2001:db8::1", "2001:DB8:0::1", true},
    {"IP:2001:db8::1", "[2001:db8::1]", true}, {"IP:fe80::1", "fe80::1%eth0", true},
    {"IP:192.0.2.1", "192.0.2.2", false}, {"IP:192.0.2.1", "::ffff:192.0.2.1", false},
    {"IP:192.0.2.1", "192.0.2.1.", false}, {"DNS:192.0.2.1", "192.0.2.1", false},
    {"DNS:*.0.2.1", "192.0.2.1", false}, {"IP:192.0.2.1", "mail.test", false},
    {"email:mail.test@mail.test", "mail.test", false},
    {"URI:https://mail.test", "mail.test", false},
    {"otherName:1.2.3.4;UTF8:mail.test", "mail.test", false},
    {NULL, "mail.test", false}, /* the common name is no name */
};

START_TEST(names)
{
	const struct name_row *row = &name_rows[_i];
	struct pki_params params = {.cn = "mail.test", .san = row->san};
	struct cert cert = make(&params);
	ck_assert_msg(cert_matches(&cert, row->name) == row->matches, "%s for %s",
	    row->san ? row->san : "CN", row->name);
	cert_free(&cert);
}
END_TEST

START_TEST(nul_hides_nothing)
{
	static const char raw[] = "mail.test\0.evil.test";
	struct pki_params params = {
	    .cn = "mail.test", .dns_raw = raw, .dns_raw_len = sizeof raw - 1};
	struct cert cert = make(&params);
	ck_assert(!cert_matches(&cert, "mail.test"));
	ck_assert(!cert_matches(&cert, "mail.test\\0.evil.test"));
	ck_assert_uint_eq(cert.name_count, 1);
	ck_assert_str_eq(cert.names[0], "mail.test\\0.evil.test");
	cert_free(&cert);
	params.dns_raw_len = 0; /* an empty name */
	cert = make(&params);
	ck_assert(!cert_matches(&cert, "mail.test"));
	ck_assert(!cert_matches(&cert, ""));
	cert_free(&cert);
}
END_TEST

START_TEST(says_of_itself)
{
	struct pki_params root = {.cn = "Root, \"one\"", .ca = true};
	struct pki_params params = {
	    .cn = "a|b\n<c>", .san = "DNS:a.test,IP:::1,email:x@y.test", .must_staple = true};
	struct pki_cert issuer = pki_issue(&root, NULL);
	struct pki_cert made = pki_issue(&params, &issuer);
	struct cert_chain chain = {0};
	cert_chain_add(&chain, made.x509);
	cert_chain_add(&chain, issuer.x509);
	const struct cert *leaf = &chain.list[0], *ca = &chain.list[1];
	ck_assert_str_eq(leaf->subject, "CN=a|b\\0A\\<c\\>");
	ck_assert_str_eq(leaf->issuer, "CN=Root\\, \\\"one\\\"");
	ck_assert_uint_eq(leaf->name_count, 2);
	ck_assert_str_eq(leaf->names[0], "a.test");
	ck_assert_str_eq(leaf->names[1], "::1");
	ck_assert_ptr_null(leaf->names[2]);
	ck_assert_str_eq(leaf->key_type, "EC");
	ck_assert_int_eq(leaf->key_bits, 256);
	ck_assert_int_eq(leaf->security_bits, 128);
	ck_assert_str_eq(leaf->signature, "ecdsa-with-SHA256");
	ck_assert_uint_eq(strlen(leaf->sha256), 64);
	ck_assert_uint_eq(strlen(leaf->spki_sha256), 64);
	ck_assert_str_ne(leaf->sha256, leaf->spki_sha256);
	ck_assert_uint_gt(strlen(leaf->serial), 0);
	ck_assert(leaf->must_staple && !leaf->is_ca && !leaf->self_signed);
	ck_assert(!ca->must_staple && ca->is_ca && ca->self_signed);
	cert_chain_free(&chain);
	ck_assert_ptr_null(chain.list);
	pki_free(&made);
	pki_free(&issuer);
}
END_TEST

/* The digest of the key is the one that pins use: of the SubjectPublicKeyInfo. */
START_TEST(key_digest)
{
	struct pki_params params = {.cn = "a", .key = "RSA:1024"};
	struct pki_cert made = pki_issue(&params, NULL);
	struct cert cert;
	unsigned char *der = NULL, digest[32];
	char want[65] = "";
	cert_init(&cert, made.x509);
	int len = i2d_PUBKEY(made.key, &der);
	ck_assert(EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(want + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(cert.spki_sha256, want);
	ck_assert_str_eq(cert.key_type, "RSA");
	ck_assert_int_eq(cert.key_bits, 1024);
	ck_assert_int_eq(cert.security_bits, 80);
	OPENSSL_free(der);
	cert_free(&cert);
	pki_free(&made);
}
END_TEST

START_TEST(days_and_lifetime)
{
	struct pki_params params = {.cn = "a", .from_s = -30 * PKI_DAY, .until_s = 10 * PKI_DAY};
	struct cert cert = make(&params);
	int64_t now = cert.not_after_unix - 10 * PKI_DAY;
	ck_assert(cert.dates_readable);
	ck_assert_int_le(llabs(now - (int64_t)time(NULL)), 5);
	ck_assert_double_eq_tol(cert_days(&cert, now), 10, 1e-9);
	ck_assert_double_eq_tol(cert_lifetime_left(&cert, now), 25, 1e-9);
	ck_assert_double_eq_tol(cert_days(&cert, cert.not_after_unix), 0, 1e-9);
	ck_assert_double_eq_tol(cert_days(&cert, cert.not_after_unix + PKI_DAY / 2), -0.5, 1e-9);
	ck_assert_double_lt(cert_lifetime_left(&cert, cert.not_after_unix + 1), 0);
	ck_assert_double_eq_tol(cert_lifetime_left(&cert, 0), 100, 1e-9);
	cert.not_before_unix = cert.not_after_unix;
	ck_assert_double_eq_tol(cert_lifetime_left(&cert, 0), 0, 1e-9);
	cert_free(&cert);
}
END_TEST

struct date_row {
	const char *until;
	bool readable;
};
static const struct date_row date_rows[] = {
    {"300101000000Z", true},
    {"99Z", false},
    {"", false},
    {"3001010000Z", false}, /* no seconds: OpenSSL's two readers disagree */
    {"300101000000+0000", false},
    {"20300101000000Z", false}, /* GeneralizedTime's form in a UTCTime */
    {"301301000000Z", false},
    {"30010100000aZ", false},
    {"300101000000", false},
};

START_TEST(dates)
{
	const struct date_row *row = &date_rows[_i];
	struct pki_params params = {.cn = "a", .until_raw = row->until};
	struct cert cert = make(&params);
	ck_assert_msg(cert.dates_readable == row->readable, "'%s'", row->until);
	ck_assert_int_eq(cert.not_after_unix, row->readable ? 1893456000 : 0);
	cert_free(&cert);
}
END_TEST

START_TEST(far_dates)
{
	struct pki_params params = {
	    .cn = "a", .from_s = -PKI_DAY, .until_s = INT64_C(36500) * PKI_DAY};
	struct cert cert = make(&params); /* behind 2050: GeneralizedTime */
	ck_assert(cert.dates_readable);
	ck_assert_double_eq_tol(cert_days(&cert, time(NULL)), 36500, 0.1);
	cert_free(&cert);
}
END_TEST

struct inspector_row {
	const char *issuer, *product;
};
static const struct inspector_row inspector_rows[] = {
    {"Avast Web/Mail Shield Root", "Avast"},
    {"ESET SSL Filter CA", "ESET"},
    {"zscaler intermediate root CA", "Zscaler"},
    {"mitmproxy", "mitmproxy"},
    {"Let's Encrypt R11", NULL},
    {"Fortinet", NULL},
};

START_TEST(inspectors)
{
	const struct inspector_row *row = &inspector_rows[_i];
	struct pki_params params = {.cn = row->issuer};
	struct cert cert = make(&params);
	if (row->product)
		ck_assert_pstr_eq(cert_inspector(&cert), row->product);
	else
		ck_assert_ptr_null(cert_inspector(&cert));
	cert_free(&cert);
}
END_TEST

START_TEST(addresses)
{
	ck_assert(cert_is_address("192.0.2.1"));
	ck_assert(cert_is_address("::1"));
	ck_assert(cert_is_address("[::1]"));
	ck_assert(!cert_is_address("mail.test"));
	ck_assert(!cert_is_address(""));
	ck_assert(!cert_is_address("1"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cert");
	TCase *tcase = tcase_create("cert");
	tcase_set_timeout(tcase, 10);
	tcase_add_loop_test(tcase, names, 0, (int)ARRAY_LEN(name_rows));
	tcase_add_test(tcase, nul_hides_nothing);
	tcase_add_test(tcase, says_of_itself);
	tcase_add_test(tcase, key_digest);
	tcase_add_test(tcase, days_and_lifetime);
	tcase_add_loop_test(tcase, dates, 0, (int)ARRAY_LEN(date_rows));
	tcase_add_test(tcase, far_dates);
	tcase_add_loop_test(tcase, inspectors, 0, (int)ARRAY_LEN(inspector_rows));
	tcase_add_test(tcase, addresses);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
