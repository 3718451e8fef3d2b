/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/mail_headers.c: what fields tell, whoever wrote them, and what they must not. */
#include <string.h>

#include "lib/unit.h"
#include "wire/mail_headers.h"

/* ---- fields ---- */

static const struct field_row {
	const char *name, *text, *field, *value; /* value NULL: it must not be there */
} field_rows[] = {
    {"plain", "Subject: x\r\n\r\nbody", "subject", "x"},
    {"LF alone", "Subject: x\n\nbody", "Subject", "x"},
    {"folded", "A: one\r\n two\r\n\tthree\r\n\r\n", "A", "one two\tthree"},
    {"the first counts", "A: 1\r\nA: 2\r\n\r\n", "A", "1"},
    {"not in the body", "A: 1\r\n\r\nB: 2\r\n", "B", NULL},
    {"no blank line", "A: 1\r\nB: 2", "B", "2"},
    {"mbox line", "From x@y Sun\nA: 1\n\n", "A", "1"},
    {"a fold before any field", " lost\r\nA: 1\r\n\r\n", "A", "1"},
    {"blank before the colon is no field", "A : 1\r\n\r\n", "A", NULL},
    {"empty value", "A:\r\n\r\n", "A", ""},
    {"nothing", "", "A", NULL},
};

START_TEST(fields)
{
	const struct field_row *row = &field_rows[_i];
	struct mail_headers headers;
	struct arena arena = {0};
	const char *value;

	(void)mail_headers_read(&headers, &arena, row->text, strlen(row->text));
	value = mail_headers_get(&headers, row->field);
	ck_assert_msg((value == NULL) == (row->value == NULL), "%s", row->name);
	if (row->value)
		ck_assert_msg(strcmp(value, row->value) == 0, "%s: \"%s\"", row->name, value);
	arena_free(&arena);
}
END_TEST

START_TEST(many_fields)
{
	struct mail_headers headers;
	struct arena arena = {0};
	struct buf text;

	buf_init(&text, (size_t)1 << 20);
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, "A%d: %d\r\n", i, i);
	buf_add_text(&text, "\r\nbody");
	ck_assert_uint_eq(
	    mail_headers_read(&headers, &arena, text.data, text.len), text.len - strlen("body"));
	ck_assert_uint_eq(headers.count, MAIL_FIELDS_MAX);
	ck_assert_str_eq(mail_headers_get(&headers, "A999"), "999");
	buf_free(&text);
	arena_free(&arena);
}
END_TEST

/* ---- Received ---- */

static const struct hop_row {
	const char *name, *value, *from, *by;
	int64_t unix_s; /* 0: not dated */
} hop_rows[] = {
    {"Postfix",
	"from mon.test (unknown [192.0.2.1]) by mx.test (Postfix) with ESMTPSA id 4A for <a@b>; "
	"Sun, 22 Nov 2026 05:23:38 +0000 (UTC)",
	"mon.test", "mx.test", 1795325018},
    {"words in comments", "from a (by evil (from worse)) by b; Sun, 22 Nov 2026 05:23:38 +0000",
	"a", "b", 1795325018},
    {"local", "by mx.test (Dovecot, from userid 0) id 1; Sun, 22 Nov 2026 05:23:38 +0000", NULL,
	"mx.test", 1795325018},
    {"no date", "from a by b", "a", "b", 0},
    {"broken date", "from a by b; yesterday", "a", "b", 0},
    {"an unclosed comment", "from a (by b; Sun, 22 Nov 2026 05:23:38 +0000", "a", NULL, 1795325018},
    {"nothing", "", NULL, NULL, 0},
};

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(hops)
{
	const struct hop_row *row = &hop_rows[_i];
	struct arena arena = {0};
	struct mail_hop hop;

	mail_hop_read(&hop, &arena, row->value);
	ck_assert_msg(same(hop.from, row->from), "%s: from %s", row->name, hop.from);
	ck_assert_msg(same(hop.by, row->by), "%s: by %s", row->name, hop.by);
	ck_assert_msg(hop.dated == (row->unix_s != 0) && (!hop.dated || hop.unix_s == row->unix_s),
	    "%s: date", row->name);
	arena_free(&arena);
}
END_TEST

/* ---- Authentication-Results ---- */

static const struct results_row {
	const char *name, *values[3];
	const char *spf, *dkim, *dmarc;
	bool told;
} results_rows[] = {
    {"all three",
	{"mx.test; spf=pass smtp.mailfrom=a.test; dkim=fail (bad; signature) header.d=a.test;"
	 " dmarc=pass"},
	"pass", "fail", "pass", true},
    {"another service is not believed", {"evil.test; dkim=pass; spf=pass"}, NULL, NULL, NULL,
	false},
    {"nor one whose name only begins so", {"mx.test.evil; dkim=pass"}, NULL, NULL, NULL, false},
    {"version behind the name", {"mx.test 1; dkim=pass"}, NULL, "pass", NULL, true},
    {"version behind the method", {"mx.test; dkim/1=pass"}, NULL, "pass", NULL, true},
    {"nothing checked", {"mx.test; none"}, NULL, NULL, NULL, true},
    {"one signature of two passes", {"mx.test; dkim=fail; dkim=pass"}, NULL, "pass", NULL, true},
    {"in either order", {"mx.test; dkim=pass; dkim=fail"}, NULL, "pass", NULL, true},
    {"the first spf counts", {"mx.test; spf=fail; spf=pass"}, "fail", NULL, NULL, true},
    {"two fields", {"mx.test; spf=pass", "mx.test; dkim=none"}, "pass", "none", NULL, true},
    {"a reason with a semicolon", {"mx.test; dkim=fail reason=\"x; dmarc=pass\"; spf=pass"}, "pass",
	"fail", NULL, true},
    {"comment in front", {"(c) mx.test; spf=pass"}, "pass", NULL, NULL, true},
    {"case", {"MX.Test; SPF=Pass"}, "Pass", NULL, NULL, true},
    {"blanks round the sign", {"mx.test; spf = pass"}, "pass", NULL, NULL, true},
    {"empty", {""}, NULL, NULL, NULL, false},
};

START_TEST(verdicts)
{
	const struct results_row *row = &results_rows[_i];
	struct mail_results results = {0};
	struct arena arena = {0};

	for (size_t i = 0; row->values[i]; i++)
		mail_results_read(&results, &arena, row->values[i], "mx.test");
	ck_assert_msg(results.told == row->told, "%s: told", row->name);
	ck_assert_msg(same(results.spf, row->spf), "%s: spf %s", row->name, results.spf);
	ck_assert_msg(same(results.dkim, row->dkim), "%s: dkim %s", row->name, results.dkim);
	ck_assert_msg(same(results.dmarc, row->dmarc), "%s: dmarc %s", row->name, results.dmarc);
	arena_free(&arena);
}
END_TEST

/* ---- bounces ---- */

#define REPORT \
	"From: MAILER-DAEMON@x\r\nContent-Type: multipart/report;\r\n boundary=\"b\"\r\n\r\n" \
	"--b\r\nContent-Type: text/plain\r\n\r\n550 in the text for people\r\n"
#define STATUS \
	"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.test\r\n\r\n"

static const struct report_row {
	const char *name, *text;
	const char *action, *status, *diagnostic, *recipient, *remote; /* action NULL: no report */
} report_rows[] = {
    {"Postfix",
	REPORT STATUS "Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.2.2\r\n"
		      "Remote-MTA: dns; mx.test\r\n"
		      "Diagnostic-Code: smtp; 552 5.2.2 Quota\r\n exceeded\r\n\r\n--b--\r\n",
	"failed", "5.2.2", "552 5.2.2 Quota exceeded", "a@b.test", "mx.test"},
    {"LF, boundary without quotes",
	"Content-Type: multipart/report; boundary=b\n\n--b\n"
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.test\n\n"
	"Final-Recipient: rfc822;a@b.test\nAction: failed\nStatus: 5.0.0\n\n--b--\n",
	"failed", "5.0.0", NULL, "a@b.test", "x.test"},
    {"the one that failed of several",
	REPORT STATUS
	"Final-Recipient: rfc822; a@b\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
	"Final-Recipient: rfc822; c@d\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--",
	"failed", "5.1.1", NULL, "c@d", "x.test"},
    {"delayed",
	REPORT STATUS "Final-Recipient: rfc822; a@b\r\nAction: delayed\r\nStatus: 4.4.1\r\n",
	"delayed", "4.4.1", NULL, "a@b", "x.test"},
    {"qmail",
	"From: MAILER-DAEMON@x\r\n\r\nHi. This is the qmail-send program.\r\n\r\n"
	"<a@b.test>:\r\n550 No such user\r\n",
	"failed", NULL, "550 No such user", NULL, NULL},
    {"no status part", REPORT "--b--\r\n", NULL, NULL, NULL, NULL, NULL},
    {"never closed",
	"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
	"Content-Type: message/delivery-status\r\n\r\n",
	NULL, NULL, NULL, NULL, NULL},
    {"a letter", "From: a@b\r\n\r\nThe year 5500 is far.\r\n", NULL, NULL, NULL, NULL, NULL},
    {"nothing", "", NULL, NULL, NULL, NULL, NULL},
};

START_TEST(reports)
{
	const struct report_row *row = &report_rows[_i];
	struct mail_report report;
	struct arena arena = {0};
	bool read = mail_report_read(&report, &arena, row->text, strlen(row->text));

	ck_assert_msg(read == (row->action != NULL), "%s: read %d", row->name, read);
	if (read) {
		ck_assert_msg(same(report.action, row->action), "%s: action", row->name);
		ck_assert_msg(same(report.status, row->status), "%s: status", row->name);
		ck_assert_msg(same(report.diagnostic, row->diagnostic), "%s: \"%s\"", row->name,
		    report.diagnostic);
		ck_assert_msg(same(report.recipient, row->recipient), "%s: recipient", row->name);
		ck_assert_msg(same(report.remote, row->remote), "%s: remote", row->name);
	}
	arena_free(&arena);
}
END_TEST

/* Cut anywhere, nothing is read beyond the end (the sanitizer watches). */
START_TEST(cut)
{
	for (size_t r = 0; r < ARRAY_LEN(report_rows); r++) {
		size_t len = strlen(report_rows[r].text);

		for (size_t end = 0; end <= len; end++) {
			char *text = mem_alloc(end + 1);
			struct mail_report report;
			struct arena arena = {0};

			memcpy(text, report_rows[r].text, end);
			(void)!mail_report_read(&report, &arena, text, end);
			arena_free(&arena);
			mem_free(text);
		}
	}
}
END_TEST

/* ---- body ---- */

static const struct body_row {
	const char *name, *body, *canonical;
} body_rows[] = {
    {"as it is", "a\r\nb\r\n", "a\r\nb\r\n"},
    {"LF", "a\nb\n", "a\r\nb\r\n"},
    {"no line end at the end", "a\nb", "a\r\nb\r\n"},
    {"empty lines at the end", "a\r\n\r\n\r\n", "a\r\n"},
    {"empty lines within stay", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
    {"blanks stay", "a \r\n \r\n", "a \r\n \r\n"},
    {"nothing", "", ""},
};

START_TEST(bodies)
{
	const struct body_row *row = &body_rows[_i];
	struct buf out;

	buf_init(&out, 4096);
	mail_body_canonical(&out, row->body, strlen(row->body));
	ck_assert_msg(strcmp(buf_text(&out), row->canonical) == 0, "%s", row->name);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {fields, ARRAY_LEN(field_rows)},
	    {many_fields, 0},
	    {hops, ARRAY_LEN(hop_rows)},
	    {verdicts, ARRAY_LEN(results_rows)},
	    {reports, ARRAY_LEN(report_rows)},
	    {cut, 0},
	    {bodies, ARRAY_LEN(body_rows)},
	};

	return unit_main("mail headers", units, ARRAY_LEN(units));
}
