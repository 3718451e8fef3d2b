/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/smtp_msg.c: replies, enhanced codes, EHLO, addresses, transparency, queue ids. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sasl.h"
#include "wire/smtp_msg.h"

static const struct line_row {
	const char *line;
	int code; /* 0: no reply line */
	bool last;
	const char *text;
} line_rows[] = {
    {"220 mx.example ESMTP", 220, true, "mx.example ESMTP"},
    {"250-SIZE 1000", 250, false, "SIZE 1000"},
    {"250", 250, true, ""},
    {"250 ", 250, true, ""},
    {"250-", 250, false, ""},
    {"599 x", 599, true, "x"},
    {"25", 0, false, NULL},
    {"2500 x", 0, false, NULL},
    {"abc", 0, false, NULL},
    {"250x", 0, false, NULL},
    {"", 0, false, NULL},
    {"-250", 0, false, NULL},
    {"150 preliminary", 0, false, NULL},
    {"650 x", 0, false, NULL},
    {" 250 x", 0, false, NULL},
    {"2 0 x", 0, false, NULL},
    {"250\tx", 0, false, NULL},
    {"+OK", 0, false, NULL},
    {"HTTP/1.1 400 Bad Request", 0, false, NULL},
};

START_TEST(lines)
{
	const struct line_row *row = &line_rows[_i];
	struct smtp_msg_line line = {0};
	ck_assert_int_eq(smtp_msg_line(row->line, strlen(row->line), &line), row->code != 0);
	ck_assert_int_eq(line.code, row->code);
	if (row->code == 0)
		return;
	ck_assert_int_eq(line.last, row->last);
	ck_assert_uint_eq(line.len, strlen(row->text));
	ck_assert_str_eq(line.text, row->text);
}
END_TEST

static const struct enhanced_row {
	const char *text;
	int class, subject, detail;
	size_t skip;
} enhanced_rows[] = {
    {"5.7.8 Error", 5, 7, 8, 6},
    {"5.7.139 Authentication unsuccessful", 5, 7, 139, 8},
    {"2.0.0", 2, 0, 0, 5},
    {"4.3.2 ", 4, 3, 2, 6},
    {"3.0.0 x", 0, 0, 0, 0},
    {"5.7", 0, 0, 0, 0},
    {"5.7.", 0, 0, 0, 0},
    {"5..8 x", 0, 0, 0, 0},
    {"5.7.8.9 x", 0, 0, 0, 0},
    {"5.7.1234 x", 0, 0, 0, 0},
    {"5.1234.1 x", 0, 0, 0, 0},
    {"5.7.8x", 0, 0, 0, 0},
    {"mx.example", 0, 0, 0, 0},
    {"", 0, 0, 0, 0},
};

START_TEST(enhanced_codes)
{
	const struct enhanced_row *row = &enhanced_rows[_i];
	struct smtp_msg_enhanced found = {0};
	size_t skip = 0;
	ck_assert_int_eq(
	    smtp_msg_enhanced(row->text, strlen(row->text), &found, &skip), row->class != 0);
	ck_assert_int_eq(found.class, row->class);
	ck_assert_int_eq(found.subject, row->subject);
	ck_assert_int_eq(found.detail, row->detail);
	ck_assert_uint_eq(skip, row->skip);
}
END_TEST

START_TEST(enhanced_code_and_code)
{
	const struct smtp_msg_enhanced none = {0}, refused = {5, 7, 1}, later = {4, 3, 0};
	ck_assert(smtp_msg_enhanced_fits(250, &none));
	ck_assert(smtp_msg_enhanced_fits(550, &refused));
	ck_assert(!smtp_msg_enhanced_fits(450, &refused));
	ck_assert(!smtp_msg_enhanced_fits(250, &later));
}
END_TEST

START_TEST(ehlo_keywords)
{
	struct arena arena = {0};
	struct smtp_msg_ehlo ehlo;
	smtp_msg_ehlo(&ehlo, &arena,
	    "mx.example greets you\nPIPELINING\nsize 10485760\nSTARTTLS\nAUTH PLAIN login\n"
	    "AUTH=PLAIN CRAM-MD5\n8BITMIME\nDSN\nCHUNKING\nSMTPUTF8\nREQUIRETLS\n"
	    "LIMITS RCPTMAX=100\nXCLIENT NAME ADDR");
	ck_assert_str_eq(ehlo.name, "mx.example");
	ck_assert_uint_eq(ehlo.count, 12);
	ck_assert(ehlo.pipelining && ehlo.starttls && ehlo.eightbitmime && ehlo.dsn);
	ck_assert(ehlo.chunking && ehlo.smtputf8 && ehlo.requiretls && ehlo.limits);
	ck_assert(ehlo.size_offered && !ehlo.size_broken && !ehlo.masked);
	ck_assert_uint_eq(ehlo.size_max, 10485760);
	ck_assert(ehlo.auth_offered);
	ck_assert_uint_eq(ehlo.mechanisms.count, 3);
	ck_assert_uint_eq(
	    ehlo.mechanisms.bits, 1U << SASL_PLAIN | 1U << SASL_LOGIN | 1U << SASL_CRAM_MD5);
	ck_assert(smtp_msg_ehlo_has(&ehlo, "size"));
	ck_assert(smtp_msg_ehlo_has(&ehlo, "LIMITS RCPTMAX=100"));
	ck_assert(smtp_msg_ehlo_has(&ehlo, "AUTH=cram-md5"));
	ck_assert(smtp_msg_ehlo_has(&ehlo, "xclient"));
	ck_assert(!smtp_msg_ehlo_has(&ehlo, "AUTH=XOAUTH2"));
	ck_assert(!smtp_msg_ehlo_has(&ehlo, "PIPE"));
	ck_assert(!smtp_msg_ehlo_has(&ehlo, "mx.example"));
	arena_free(&arena);
}
END_TEST

static const struct ehlo_row {
	const char *name, *text;
	bool masked, size_broken, starttls;
	uint64_t size;
} ehlo_rows[] = {
    {"nothing but a name", "mx", false, false, false, 0},
    {"empty", "", false, false, false, 0},
    {"no limit", "mx\nSIZE 0", false, false, false, 0},
    {"size alone", "mx\nSIZE", false, false, false, 0},
    {"size beyond 64 bit", "mx\nSIZE 18446744073709551616", false, true, false, 0},
    {"largest size", "mx\nSIZE 18446744073709551615", false, false, false, UINT64_MAX},
    {"negative size", "mx\nSIZE -1", false, true, false, 0},
    {"size with text", "mx\nSIZE 10M", false, true, false, 0},
    {"masked keyword", "mx\nXXXXXXXA\nSIZE 5", true, false, false, 5},
    {"masked with argument", "mx\nXXXX XXXXX", true, false, false, 0},
    {"an extension", "mx\nXCLIENT\nX-EXPS GSSAPI\nXX", false, false, false, 0},
    {"STARTTLS with text behind", "mx\nSTARTTLS now", false, false, true, 0},
    {"STARTTLSX is another", "mx\nSTARTTLSX", false, false, false, 0},
    {"keyword in the greeting line only", "STARTTLS", false, false, false, 0},
};

START_TEST(ehlo_oddities)
{
	const struct ehlo_row *row = &ehlo_rows[_i];
	struct arena arena = {0};
	struct smtp_msg_ehlo ehlo;
	smtp_msg_ehlo(&ehlo, &arena, row->text);
	ck_assert_int_eq(ehlo.masked, row->masked);
	ck_assert_int_eq(ehlo.size_broken, row->size_broken);
	ck_assert_int_eq(ehlo.starttls, row->starttls);
	if (!row->size_broken)
		ck_assert_uint_eq(ehlo.size_max, row->size);
	arena_free(&arena);
}
END_TEST

START_TEST(masked_greetings)
{
	static const char masked[] = "*************************0*0*********";
	static const char plain[] = "*** mx.example ESMTP *** ready";
	ck_assert(smtp_msg_masked_greeting(masked, strlen(masked)));
	ck_assert(smtp_msg_masked_greeting("****", 4));
	ck_assert(!smtp_msg_masked_greeting(plain, strlen(plain)));
	ck_assert(!smtp_msg_masked_greeting("**", 2));
	ck_assert(!smtp_msg_masked_greeting("", 0));
}
END_TEST

static const struct address_row {
	const char *address;
	bool empty_allowed, good;
} address_rows[] = {
    {"anna@example.org", false, true},
    {"\"anna b\"@example.org", false, true},
    {"\"a\\\"b\"@example.org", false, true},
    {"anna+tag@[192.0.2.1]", false, true},
    {"anna@[IPv6:2001:db8::1]", false, true},
    {"\xc3\xa4nna@example.org", false, true},
    {"Postmaster", false, true},
    {"", true, true},
    {"", false, false},
    {"anna", false, false},
    {"@example.org", false, false},
    {"anna@", false, false},
    {"anna@b@c", false, false},
    {"an na@example.org", false, false},
    {"anna@exam ple.org", false, false},
    {"anna@example.org> SIZE=1", false, false},
    {"<anna@example.org>", false, false},
    {"anna@example.org\r\nRCPT TO:<x@y>", false, false},
    {"anna@example.org\n", false, false},
    {"an\x7fna@example.org", false, false},
    {"an\tna@example.org", false, false},
    {"\"anna@example.org", false, false},
    {"\"anna\\", false, false},
    {"a@b,c@d", false, false},
};

START_TEST(addresses)
{
	const struct address_row *row = &address_rows[_i];
	const char *why;
	ck_assert_int_eq(smtp_msg_address(row->address, row->empty_allowed, &why), row->good);
	ck_assert_int_eq(why == NULL, row->good);
}
END_TEST

START_TEST(long_address)
{
	char address[300];
	const char *why;
	memset(address, 'a', sizeof address);
	strcpy(address + 242, "@example.org");
	ck_assert(smtp_msg_address(address, false, &why));
	memset(address, 'a', sizeof address);
	strcpy(address + 243, "@example.org");
	ck_assert(!smtp_msg_address(address, false, &why));
}
END_TEST

START_TEST(helo_names)
{
	ck_assert(smtp_msg_helo("mon.example.org"));
	ck_assert(smtp_msg_helo("[192.0.2.1]"));
	ck_assert(!smtp_msg_helo(""));
	ck_assert(!smtp_msg_helo("a b"));
	ck_assert(!smtp_msg_helo("a\r\nRSET"));
}
END_TEST

static const struct stuff_row {
	const char *name, *in, *out;
} stuff_rows[] = {
    {"plain", "a\r\nb\r\n", "a\r\nb\r\n.\r\n"},
    {"empty", "", ".\r\n"},
    {"unfinished line", "a", "a\r\n.\r\n"},
    {"dot lines", ".\r\n..\r\n.a\r\nb.\r\n", "..\r\n...\r\n..a\r\nb.\r\n.\r\n"},
    {"bare LF round a dot", "a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
    {"bare CR round a dot", "a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
    {"mixed round a dot", "a\n.\r\nb\r\n.\nc", "a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n"},
    {"CR CR LF", "a\r\r\nb", "a\r\n\r\nb\r\n.\r\n"},
    {"LF CR", "a\n\rb", "a\r\n\r\nb\r\n.\r\n"},
    {"blank lines", "a\n\n\nb\n", "a\r\n\r\n\r\nb\r\n.\r\n"},
};

/* Whole and byte by byte, so that no state is lost between pieces. */
START_TEST(transparency)
{
	const struct stuff_row *row = &stuff_rows[_i / 2];
	size_t len = strlen(row->in), piece = _i % 2 != 0 ? 1 : len + 1;
	struct smtp_msg_stuffer stuffer = {0};
	struct buf out;
	buf_init(&out, 4096);
	for (size_t at = 0; at < len; at += piece)
		smtp_msg_stuff(&stuffer, &out, row->in + at, len - at < piece ? len - at : piece);
	smtp_msg_stuff_end(&stuffer, &out);
	ck_assert_str_eq(buf_text(&out), row->out);
	buf_free(&out);
}
END_TEST

static const struct queue_row {
	const char *server, *text, *id;
} queue_rows[] = {
    {"Postfix", "2.0.0 Ok: queued as 4X1y2Z3abcz1", "4X1y2Z3abcz1"},
    {"behind a filter", "2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7F3A2",
	"7F3A2"},
    {"Exim", "OK id=1rABcD-0001xY-2z", "1rABcD-0001xY-2z"},
    {"OpenSMTPD", "2.0.0 3e1f5a2b Message accepted for delivery", "3e1f5a2b"},
    {"Sendmail", "2.0.0 3AM5NxYz012345 Message accepted for delivery", "3AM5NxYz012345"},
    {"Exchange",
	"2.6.0 <a@b> [InternalId=12345678901234, Hostname=x.prod.outlook.com] Queued mail for "
	"delivery",
	"12345678901234"},
    {"Dovecot LMTP", "2.0.0 <bob@eco.test> iBqQMC5n5GVkIwAAqF9 Saved", "iBqQMC5n5GVkIwAAqF9"},
    {"Google", "2.0.0 OK  1700000000 a1-20020a05600c.123 - gsmtp", "a1-20020a05600c.123"},
    {"qmail", "ok 1700000000 qp 12345", "12345"},
    {"Courier", "Ok. 000000000011A2B3.000000006562A1B2.00001234",
	"000000000011A2B3.000000006562A1B2.00001234"},
    {"nothing known", "2.0.0 Thanks", NULL},
    {"marker without an id", "2.0.0 Ok: queued as ", NULL},
    {"marker without a word before it", " Message accepted for delivery", NULL},
    {"empty", "", NULL},
};

START_TEST(queue_ids)
{
	const struct queue_row *row = &queue_rows[_i];
	const char *id = NULL;
	size_t len = 0;
	ck_assert_int_eq(smtp_msg_queue_id(row->text, &id, &len), row->id != NULL);
	if (row->id != NULL) {
		ck_assert_uint_eq(len, strlen(row->id));
		ck_assert_int_eq(strncmp(id, row->id, len), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("smtp_msg");
	TCase *tcase = tcase_create("smtp_msg");
	tcase_set_timeout(tcase, 10);
	tcase_add_loop_test(tcase, lines, 0, (int)ARRAY_LEN(line_rows));
	tcase_add_loop_test(tcase, enhanced_codes, 0, (int)ARRAY_LEN(enhanced_rows));
	tcase_add_test(tcase, enhanced_code_and_code);
	tcase_add_test(tcase, ehlo_keywords);
	tcase_add_loop_test(tcase, ehlo_oddities, 0, (int)ARRAY_LEN(ehlo_rows));
	tcase_add_test(tcase, masked_greetings);
	tcase_add_loop_test(tcase, addresses, 0, (int)ARRAY_LEN(address_rows));
	tcase_add_test(tcase, long_address);
	tcase_add_test(tcase, helo_names);
	tcase_add_loop_test(tcase, transparency, 0, 2 * (int)ARRAY_LEN(stuff_rows));
	tcase_add_loop_test(tcase, queue_ids, 0, (int)ARRAY_LEN(queue_rows));
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
