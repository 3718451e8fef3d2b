/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/pop3_msg.c: status lines, numbers, listings, capabilities; wire/mail_date.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mail_date.h"
#include "wire/pop3_msg.h"
#include "wire/sasl.h"

static const struct line_row {
	const char *line;
	enum pop3_msg_status status; /* 0: no status line */
	const char *code, *text;
} line_rows[] = {
    {"+OK", POP3_MSG_OK, NULL, ""},
    {"+OK ready <1@x>", POP3_MSG_OK, NULL, "ready <1@x>"},
    {"-ERR", POP3_MSG_ERR, NULL, ""},
    {"-ERR [IN-USE] locked", POP3_MSG_ERR, "IN-USE", "locked"},
    {"-ERR [SYS/TEMP]", POP3_MSG_ERR, "SYS/TEMP", ""},
    {"+OK [X] hi", POP3_MSG_OK, "X", "hi"},
    {"-ERR [] x", POP3_MSG_ERR, NULL, "[] x"},
    {"-ERR [AUTH x", POP3_MSG_ERR, NULL, "[AUTH x"},
    {"-ERR [A B] x", POP3_MSG_ERR, NULL, "[A B] x"},
    {"+ YWJj", POP3_MSG_CONTINUE, NULL, "YWJj"},
    {"+ ", POP3_MSG_CONTINUE, NULL, ""},
    {"+", POP3_MSG_CONTINUE, NULL, ""},
    {"+OKAY", 0, NULL, NULL},
    {"+ok", 0, NULL, NULL},
    {"-ERRx", 0, NULL, NULL},
    {"-err", 0, NULL, NULL},
    {" +OK", 0, NULL, NULL},
    {"+OK\tready", 0, NULL, NULL},
    {"", 0, NULL, NULL},
    {"* OK IMAP", 0, NULL, NULL},
    {"220 mx", 0, NULL, NULL},
};

START_TEST(status_lines)
{
	const struct line_row *row = &line_rows[_i];
	struct pop3_msg_line line;
	ck_assert_int_eq(pop3_msg_line(row->line, &line), row->status != 0);
	if (row->status == 0)
		return;
	ck_assert_int_eq(line.status, row->status);
	ck_assert_str_eq(line.text, row->text);
	ck_assert_int_eq(line.code != NULL, row->code != NULL);
	if (row->code != NULL) {
		ck_assert_uint_eq(line.code_len, strlen(row->code));
		ck_assert_int_eq(strncmp(line.code, row->code, line.code_len), 0);
	}
}
END_TEST

static const struct stamp_row {
	const char *greeting, *stamp;
} stamp_rows[] = {
    {"+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
	"<1896.697170952@dbc.mtview.ca.us>"},
    {"+OK <a@b> and <c@d>", "<a@b>"},
    {"+OK ready", NULL},
    {"+OK <nobody>", NULL},
    {"+OK <a@b@c>", NULL},
    {"+OK <a b@c>", NULL},
    {"+OK <a@b", NULL},
    {"+OK <a@\xc3\xa4>", NULL},
    {"+OK <a<b@c>", NULL},
};

START_TEST(timestamps)
{
	const struct stamp_row *row = &stamp_rows[_i];
	const char *stamp;
	size_t len;
	ck_assert_int_eq(pop3_msg_timestamp(row->greeting, &stamp, &len), row->stamp != NULL);
	if (row->stamp != NULL) {
		ck_assert_uint_eq(len, strlen(row->stamp));
		ck_assert_int_eq(strncmp(stamp, row->stamp, len), 0);
	}
}
END_TEST

START_TEST(long_timestamp)
{
	char greeting[4200] = "+OK <";
	const char *stamp;
	size_t len;
	memset(greeting + 5, 'a', 4000);
	strcpy(greeting + 4005, "@b>");
	ck_assert(!pop3_msg_timestamp(greeting, &stamp, &len));
}
END_TEST

static const struct stat_row {
	const char *text;
	bool good;
	uint64_t count, size;
} stat_rows[] = {
    {"2 320", true, 2, 320},
    {"0 0", true, 0, 0},
    {"2 320 and more", true, 2, 320},
    {"9223372036854775807 1", true, INT64_MAX, 1},
    {"9223372036854775808 1", false, 0, 0},
    {"99999999999999999999 1", false, 0, 0},
    {"-1 320", false, 0, 0},
    {"+1 320", false, 0, 0},
    {"0x10 1", false, 0, 0},
    {"1e5 1", false, 0, 0},
    {"2", false, 0, 0},
    {"2 ", false, 0, 0},
    {"", false, 0, 0},
    {"2 320x", false, 0, 0},
};

START_TEST(stat_numbers)
{
	const struct stat_row *row = &stat_rows[_i];
	uint64_t count = 0, size = 0;
	ck_assert_int_eq(pop3_msg_stat(row->text, &count, &size), row->good);
	if (row->good) {
		ck_assert_uint_eq(count, row->count);
		ck_assert_uint_eq(size, row->size);
	}
}
END_TEST

static const struct uidl_row {
	const char *line, *uid;
	uint64_t number;
} uidl_rows[] = {
    {"1 whqtswO00WBw418f9t5JxYwZ", "whqtswO00WBw418f9t5JxYwZ", 1},
    {"4294967296 a", "a", 4294967296},
    {"0 a", NULL, 0},
    {"1 ", NULL, 0},
    {"1", NULL, 0},
    {"x a", NULL, 0},
    {"1 a b", NULL, 0},
    {"1 a\x01", NULL, 0},
    {"1 1234567890123456789012345678901234567890123456789012345678901234567890",
	"1234567890123456789012345678901234567890123456789012345678901234567890", 1},
    {"1 12345678901234567890123456789012345678901234567890123456789012345678901", NULL, 0},
};

START_TEST(uidl_lines)
{
	const struct uidl_row *row = &uidl_rows[_i];
	const char *uid = NULL;
	uint64_t number = 0;
	ck_assert_int_eq(pop3_msg_uidl(row->line, &number, &uid), row->uid != NULL);
	if (row->uid != NULL) {
		ck_assert_str_eq(uid, row->uid);
		ck_assert_uint_eq(number, row->number);
	}
}
END_TEST

START_TEST(listing_ends)
{
	const char *dot = ".", *stuffed = "..", *hidden = ".x", *plain = "x.", *empty = "";
	ck_assert(pop3_msg_ends(&dot));
	ck_assert(!pop3_msg_ends(&stuffed));
	ck_assert_str_eq(stuffed, ".");
	ck_assert(!pop3_msg_ends(&hidden));
	ck_assert_str_eq(hidden, "x");
	ck_assert(!pop3_msg_ends(&plain));
	ck_assert_str_eq(plain, "x.");
	ck_assert(!pop3_msg_ends(&empty));
}
END_TEST

START_TEST(capabilities)
{
	static const char *const lines[] = {"TOP", "UIDL", "resp-codes", "PIPELINING",
	    "AUTH-RESP-CODE", "STLS", "USER", "SASL PLAIN LOGIN SCRAM-SHA-256",
	    "LOGIN-DELAY 900 USER", "EXPIRE NEVER", "IMPLEMENTATION Shlemazle-Plotz-v302"};
	struct arena arena = {0};
	struct pop3_msg_caps caps = {0};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		pop3_msg_caps_add(&caps, &arena, lines[i]);
	ck_assert(caps.top && caps.uidl && caps.resp_codes && caps.pipelining && caps.stls);
	ck_assert(caps.auth_resp_code && caps.user && caps.sasl && !caps.utf8);
	ck_assert_uint_eq(
	    caps.mechanisms.bits, 1U << SASL_PLAIN | 1U << SASL_LOGIN | 1U << SASL_SCRAM_SHA_256);
	ck_assert_str_eq(caps.login_delay, "900 USER");
	ck_assert_str_eq(caps.expire, "NEVER");
	ck_assert_str_eq(caps.implementation, "Shlemazle-Plotz-v302");
	ck_assert(pop3_msg_caps_has(&caps, "sasl=login"));
	ck_assert(pop3_msg_caps_has(&caps, "expire"));
	ck_assert(pop3_msg_caps_has(&caps, "EXPIRE NEVER"));
	ck_assert(!pop3_msg_caps_has(&caps, "SASL=CRAM-MD5"));
	ck_assert(!pop3_msg_caps_has(&caps, "TO"));
	for (int i = 0; i < 2 * POP3_MSG_LINES_MAX; i++)
		pop3_msg_caps_add(&caps, &arena, "X");
	ck_assert_uint_eq(caps.count, POP3_MSG_LINES_MAX);
	arena_free(&arena);
}
END_TEST

static const struct date_row {
	const char *text;
	bool good;
	int64_t unix_s;
} date_rows[] = {
    {"Fri, 21 Nov 1997 09:55:06 -0600", true, 880127706},
    {"Sun, 22 Nov 2026 05:23:38 +0000", true, 1795325018},
    {"22 Nov 2026 05:23 +0000", true, 1795324980},
    {" 22 Nov 2026 05:23:38 +0530 (IST)", true, 1795305218},
    {"Thu, 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland (NF))", true, -27723480},
    {"21 Nov 97 09:55:06 GMT", true, 880106106},
    {"22 Nov 26 05:23:38 EST", true, 1795343018},
    {"29 Feb 2024 00:00:00 +0000", true, 1709164800},
    {"1 jan 1970 00:00:00 z", true, 0},
    {"31 Dec 2016 23:59:60 +0000", true, 1483228800},
    {"29 Feb 2023 00:00:00 +0000", false, 0},
    {"29 Feb 1900 00:00:00 +0000", false, 0},
    {"32 Nov 2026 05:23:38 +0000", false, 0},
    {"0 Nov 2026 05:23:38 +0000", false, 0},
    {"22 Nov 2026 25:23:38 +0000", false, 0},
    {"22 Nov 2026 05:60:38 +0000", false, 0},
    {"22 Nov 2026 05:23:38", false, 0},
    {"22 Nov 2026 05:23:38 +00", false, 0},
    {"22 Nov 2026 05:23:38 +0070", false, 0},
    {"22 Nov 20260 05:23:38 +0000", false, 0},
    {"22-Nov-2026 05:23:38 +0000", false, 0},
    {"Sun 22 Nov 2026 05:23:38 +0000", false, 0},
    {"(((", false, 0},
    {"(\\", false, 0},
    {"", false, 0},
};

START_TEST(dates)
{
	const struct date_row *row = &date_rows[_i];
	int64_t found = 0;
	ck_assert_int_eq(mail_date_parse(row->text, &found), row->good);
	if (row->good)
		ck_assert_int_eq(found, row->unix_s);
}
END_TEST

START_TEST(received_dates)
{
	int64_t found;
	ck_assert(mail_date_received(
	    "from a (b [192.0.2.1]; x) by c with ESMTP id d; Sun, 22 Nov 2026 05:23:38 +0000",
	    &found));
	ck_assert_int_eq(found, 1795325018);
	ck_assert(!mail_date_received("from a by b", &found));
	ck_assert(!mail_date_received("from a by b;", &found));
}
END_TEST

/* Every written date reads back, through leap days and turns of years. */
START_TEST(written_dates)
{
	struct buf text;
	buf_init(&text, 64);
	mail_date_print(&text, 1795325018);
	ck_assert_str_eq(buf_text(&text), "Sun, 22 Nov 2026 05:23:38 +0000");
	for (int64_t unix_s = 0; unix_s < INT64_C(20000000000); unix_s += 86399 * 37) {
		int64_t found = -1;
		buf_clear(&text);
		mail_date_print(&text, unix_s);
		ck_assert_msg(mail_date_parse(buf_text(&text), &found), "%s", buf_text(&text));
		ck_assert_int_eq(found, unix_s);
	}
	buf_free(&text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pop3_msg");
	TCase *tcase = tcase_create("pop3_msg");
	tcase_set_timeout(tcase, 10);
	tcase_add_loop_test(tcase, status_lines, 0, (int)ARRAY_LEN(line_rows));
	tcase_add_loop_test(tcase, timestamps, 0, (int)ARRAY_LEN(stamp_rows));
	tcase_add_test(tcase, long_timestamp);
	tcase_add_loop_test(tcase, stat_numbers, 0, (int)ARRAY_LEN(stat_rows));
	tcase_add_loop_test(tcase, uidl_lines, 0, (int)ARRAY_LEN(uidl_rows));
	tcase_add_test(tcase, listing_ends);
	tcase_add_test(tcase, capabilities);
	tcase_add_loop_test(tcase, dates, 0, (int)ARRAY_LEN(date_rows));
	tcase_add_test(tcase, received_dates);
	tcase_add_test(tcase, written_dates);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
