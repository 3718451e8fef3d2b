/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/message.c: whatever the values, every line is short, ends in CRLF and forges nothing. */
#include <string.h>

#include "base/text.h"
#include "lib/unit.h"
#include "wire/message.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static const char *const ONE[] = {"x@y.test", NULL};
static const char *const THREE[] = {"a@y.test", "b@y.test", "c@y.test", NULL};

static const struct row {
	const char *name;
	struct message message;
	const char *holds; /* somewhere in the head */
} rows[] = {
    {"sender", {.from = "a@b.test"}, "\r\nFrom: <a@b.test>\r\nTo: <x@y.test>\r\n"},
    {"null sender", {.from = ""}, "\r\nFrom: <MAILER-DAEMON@mon.test>\r\n"},
    {"date", {.from = "", .now_unix = 1795325018}, "Date: Sun, 22 Nov 2026 05:23:38 +0000\r\n"},
    {"recipients", {.from = "", .rcpt = THREE},
	"To: <a@y.test>,\r\n <b@y.test>,\r\n <c@y.test>\r\n"},
    {"own subject", {.from = ""}, "Subject: Mail delivery check\r\n"},
    {"given subject", {.from = "", .subject = "Is it there?"}, "Subject: Is it there?\r\n"},
    {"empty subject", {.from = "", .subject = ""}, "Subject:\r\n"},
    {"folded",
	{.from = "",
	    .subject = "one two three four five six seven eight nine ten eleven twelve thirteen "
		       "fourteen fifteen"},
	"ten eleven twelve\r\n thirteen fourteen fifteen\r\nMessage-ID"},
    {"UTF-8", {.from = "", .subject = "Gr\xc3\xbc\xc3\x9f"}, "Subject: =?UTF-8?B?R3LDvMOf?=\r\n"},
    {"UTF-8 in pieces",
	{.from = "",
	    .subject = "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		       "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		       "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"},
	"4oKs?=\r\n =?UTF-8?B?4oKs?=\r\nMessage-ID"},
    {"a line break forges no field", {.from = "", .subject = "x\r\nBcc: y@z"},
	"Subject: =?UTF-8?B?eA0KQmNjOiB5QHo=?=\r\n"},
    {"message id", {.from = ""}, "Message-ID: <" TOKEN "@mon.test>\r\n"},
    {"token", {.from = ""}, "\r\nX-Mailvitals-Token: " TOKEN "\r\n"},
};

/* Lines of at most 78 characters, none with a bare CR or LF; NULL is good. */
static const char *
fault_of(const char *text)
{
	for (const char *line = text; *line != '\0';) {
		const char *end = strstr(line, "\r\n");
		if (end == NULL)
			return "ends without CRLF";
		if (end - line > 80)
			return "long line";
		if (memchr(line, '\n', (size_t)(end - line)) != NULL ||
		    memchr(line, '\r', (size_t)(end - line)) != NULL)
			return "bare CR or LF";
		line = end + 2;
	}
	return NULL;
}

START_TEST(heads)
{
	const struct row *row = &rows[_i];
	struct message message = row->message;
	struct buf head;
	size_t body = 0;
	message.token = TOKEN;
	message.host = "mon.test";
	if (message.rcpt == NULL)
		message.rcpt = ONE;
	buf_init(&head, MESSAGE_HEAD_MAX);
	message_head(&head, &message, &body);
	ck_assert_msg(
	    strstr(buf_text(&head), row->holds) != NULL, "%s:\n%s", row->name, buf_text(&head));
	ck_assert_ptr_null(fault_of(buf_text(&head)));
	ck_assert_uint_gt(head.len, body);
	ck_assert_mem_eq(head.data + body - 4, "\r\n\r\n", 4);
	ck_assert_ptr_eq(strstr(head.data, "\r\n\r\n"), head.data + body - 4);
	buf_free(&head);
}
END_TEST

START_TEST(one_long_word)
{
	char subject[2000];
	struct message message = {
	    .token = TOKEN, .host = "mon.test", .from = "", .rcpt = ONE, .subject = subject};
	struct buf head;
	size_t body;
	memset(subject, 'a', sizeof subject);
	subject[sizeof subject - 1] = '\0';
	buf_init(&head, MESSAGE_HEAD_MAX);
	message_head(&head, &message, &body);
	ck_assert_ptr_null(fault_of(buf_text(&head)));
	buf_free(&head);
}
END_TEST

/* Padding brings a message to exactly the size asked for, in pieces of any size. */
START_TEST(padding)
{
	uint64_t left = message_padding(500, 500 + (uint64_t)_i);
	uint64_t want = _i < 3 ? 0 : (uint64_t)_i;
	struct buf all;
	ck_assert_uint_eq(left, want);
	buf_init(&all, 100000);
	while (left > 0) {
		uint64_t added = message_pad(&all, left, 100);
		ck_assert_uint_gt(added, 0);
		ck_assert_uint_le(added, 100);
		left -= added;
	}
	ck_assert_uint_eq(all.len, want);
	ck_assert_ptr_null(fault_of(buf_text(&all)));
	buf_free(&all);
}
END_TEST

START_TEST(small_sizes_need_no_padding)
{
	ck_assert_uint_eq(message_padding(500, 0), 0);
	ck_assert_uint_eq(message_padding(500, 499), 0);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {heads, ARRAY_LEN(rows)},
	    {one_long_word, 0},
	    {padding, 400},
	    {small_sizes_need_no_padding, 0},
	};
	return unit_main("message", units, ARRAY_LEN(units));
}
