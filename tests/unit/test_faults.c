/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/rows.def against the judges: what each number of OpenSSL's and each alert becomes. */
#include <check.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/judge.h"
#include "lib/pki.h"

#define TABLE "tests/rows.def"

/* Rows that a look of our own finds: their numbers never come from OpenSSL. */
static const int OWN[] = {3, 5, 8, 11, 12, 15, 16, 33, 35, 36, 44, 54, 65, 71, 73, 74, 75};

static struct {
	int code;
	char letter; /* of x10a; 0 */
	char finding[48];
} rows[128];
static size_t count;
static struct cert_chain chain;

/* An error at depth 1 is the authority's. */
static const char *
finding_of(int code, int depth, struct report *report)
{
	struct tls_facts facts = {.alert = -1, .done = true, .error_count = 1, .verify_code = code};
	struct limits limits = {0};
	struct judge judge = {.host = "mail.test",
	    .endpoint = "mail.test:993",
	    .limits = &limits,
	    .now_unix = chain.list[0].not_before_unix - 3600,
	    .report = report};

	facts.errors[0].code = code;
	facts.errors[0].depth = depth;
	facts.sent = facts.path = chain;
	if (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	    code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
		facts.sent.count = 1; /* the leaf alone: else the end is what is unknown */
	judge_cert(&judge, &facts);
	ck_assert_uint_ge(report->finding_count, 1);
	return finding_rows[report->findings[0].id].id;
}

static bool
is_own(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(OWN); i++)
		if (OWN[i] == code)
			return true;
	return false;
}

START_TEST(each_number)
{
	struct report report;

	if (rows[_i].code == X509_V_ERR_CERT_NOT_YET_VALID && rows[_i].letter == 'b')
		return; /* made of several */

	report_init(&report, NULL);
	if (is_own(rows[_i].code))
		ck_assert_str_eq(finding_of(rows[_i].code, 0, &report), "tls.cert.unverified");
	else
		ck_assert_str_eq(
		    finding_of(rows[_i].code, rows[_i].letter == 'b', &report), rows[_i].finding);
	ck_assert_int_ne(report_worst(&report), STATE_OK);
	report_free(&report);
}
END_TEST

/* No number of this OpenSSL's is without a row, and none that it does not have has one. */
START_TEST(all_numbers)
{
	for (int code = 1; code <= X509_V_ERR_EC_KEY_EXPLICIT_PARAMS; code++) {
		size_t found = 0;

		for (size_t i = 0; i < count; i++)
			found += rows[i].code == code;
		ck_assert_msg(found > 0, "x%d has no row", code);
	}
	for (size_t i = 0; i < count; i++)
		ck_assert_int_le(rows[i].code, X509_V_ERR_EC_KEY_EXPLICIT_PARAMS);
}
END_TEST

/* A number of an OpenSSL to come is still an error. */
START_TEST(unknown_number)
{
	struct report report;

	report_init(&report, NULL);
	ck_assert_str_eq(finding_of(9999, 0, &report), "tls.cert.unverified");
	report_free(&report);
}
END_TEST

/* ---- handshakes ---- */

static struct {
	char row[8], finding[48];
} endings[64];
static size_t ending_count;

static const struct {
	const char *row;
	int alert, reason; /* alert -1: none came */
} ENDINGS[] = {
    {"h1", -1, SSL_R_WRONG_VERSION_NUMBER}, {"h3", -1, SSL_R_UNEXPECTED_EOF_WHILE_READING},
    {"h4", -1, SSL_R_EXCESSIVE_MESSAGE_SIZE}, {"h4", -1, SSL_R_BAD_LENGTH}, {"h4", -1, 0},
    {"h5", 40, 0}, {"h6", 70, 0}, {"h7", 71, 0}, {"h7", 86, 0},
    {"h8", -1, SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED},
    {"h8", -1, SSL_R_UNSUPPORTED_PROTOCOL}, {"h8", -1, SSL_R_VERSION_TOO_LOW},
    {"h9", -1, SSL_R_NO_PROTOCOLS_AVAILABLE}, {"h10", -1, SSL_R_DH_KEY_TOO_SMALL},
    {"h11", -1, SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED}, {"h13", 116, 0}, {"h14", 42, 0},
    {"h14", 43, 0}, {"h14", 44, 0}, {"h14", 45, 0}, {"h14", 46, 0}, {"h14", 48, 0}, {"h14", 49, 0},
    {"h15", 112, 0}, {"h16", 80, 0}, {"h17", 47, 0}, {"h17", 50, 0}, {"h17", 51, 0},
    {"h17", 109, 0}, {"h17", 110, 0}, {"h18", 90, 0}, {"h18", 100, 0}, {"h18", 113, 0},
    {"h18", 120, 0}, {"h20", 0, 0}, {"h4", 255, 0}, /* an alert that nobody knows */
};

START_TEST(each_ending)
{
	struct session_facts facts;
	struct report report;
	struct judge judge = {.host = "mail.test",
	    .endpoint = "mail.test:993",
	    .client_cert_given = true,
	    .report = &report};
	const char *wanted = NULL;

	for (size_t i = 0; i < ending_count; i++)
		if (strcmp(endings[i].row, ENDINGS[_i].row) == 0)
			wanted = endings[i].finding;
	ck_assert_ptr_nonnull(wanted);
	report_init(&report, NULL);
	session_facts_init(&facts);
	facts.tls.alert = ENDINGS[_i].alert;
	facts.tls.reason = ENDINGS[_i].reason;
	judge_handshake(&judge, &facts);
	ck_assert_uint_eq(report.finding_count, 1);
	ck_assert_str_eq(finding_rows[report.findings[0].id].id, wanted);
	ck_assert_int_ne(report_worst(&report), STATE_OK);
	session_facts_free(&facts);
	report_free(&report);
}
END_TEST

static void
read_table(void)
{
	FILE *file = fopen(TABLE, "re");
	char line[512];

	if (!file) {
		perror(TABLE);
		exit(EXIT_FAILURE);
	}
	while (fgets(line, sizeof line, file) && count < ARRAY_LEN(rows)) {
		char number[16], *end;

		if (ending_count < ARRAY_LEN(endings) &&
		    sscanf(line, "%7[h0-9a-d] %47s", endings[ending_count].row,
			endings[ending_count].finding) == 2)
			ending_count += *line == 'h';
		if (sscanf(line, "x%15s %47s", number, rows[count].finding) != 2)
			continue;
		rows[count].code = (int)strtol(number, &end, 10);
		rows[count++].letter = *end;
	}
	fclose(file);
}

static void
make_chain(void)
{
	struct pki_params authority = {.cn = "Test CA", .ca = true};
	struct pki_params leaf = {.cn = "mail.test", .san = "DNS:mail.test"};
	struct pki_cert root = pki_issue(&authority, NULL), made = pki_issue(&leaf, &root);

	cert_chain_add(&chain, made.x509);
	cert_chain_add(&chain, root.x509);
	pki_free(&made);
	pki_free(&root);
}

int
main(void)
{
	Suite *suite = suite_create("faults");
	TCase *tcase = tcase_create("rows");

	read_table();
	make_chain();
	tcase_add_loop_test(tcase, each_number, 0, (int)count);
	tcase_add_test(tcase, all_numbers);
	tcase_add_test(tcase, unknown_number);
	tcase_add_loop_test(tcase, each_ending, 0, (int)ARRAY_LEN(ENDINGS));
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	cert_chain_free(&chain);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
