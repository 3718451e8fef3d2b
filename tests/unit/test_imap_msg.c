/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/imap_msg: responses good and hostile, literals, mailbox names, dates. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/imap_msg.h"

#define TEXT_MAX 4096

static struct imap_msg_span
span_of(const char *text)
{
	return (struct imap_msg_span){text, strlen(text)};
}

/* A copy without a byte behind it: sanitizers see a step too far. */
static char *
exact(const char *text, size_t len)
{
	char *bytes = malloc(len ? len : 1);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, text, len);
	return bytes;
}

static void
put_span(struct buf *out, struct imap_msg_span span)
{
	if (span.at)
		buf_add(out, span.at, span.len);
	else
		buf_add_char(out, '-');
}

/* ---- tokens ---- */

/* What the cursor reads, in words: A atom, S string, N NIL, ( ), ! fault. */
static const struct {
	const char *name, *text, *want;
} TOKENS[] = {
    {"atoms", "a  b", "A<a> A<b> "},
    {"nothing", "", ""},
    {"blanks", "   ", ""},
    {"list", "(\\Seen \\Answered)", "( A<\\Seen> A<\\Answered> ) "},
    {"nested", "((a)(b))", "( ( A<a> ) ( A<b> ) ) "},
    {"quoted", "\"a b\"", "S<a b> "},
    {"quoted empty", "\"\"", "S<> "},
    {"quoted specials", "\"a\\\"b\\\\c\"", "S<a\"b\\c> "},
    {"quoted parenthesis", "(\"a)b\")", "( S<a)b> ) "},
    {"nil folded", "nil NIL", "N N "},
    {"nil as string", "\"NIL\"", "S<NIL> "},
    {"literal", "{3}\r\nabc d", "S<abc> A<d> "},
    {"literal of nothing", "{0}\r\n", "S<> "},
    {"literal plus", "{3+}\r\na\"b)", "S<a\"b> !a list closed that was not open"},
    {"literal8", "~{2}\r\nab", "S<ab> "},
    {"literal with line ends", "(NAME {4}\r\na\r\nb)", "( A<NAME> S<a\r\nb> ) "},
    {"literal, LF alone", "{2}\nab", "S<ab> "},
    {"section is one atom", "BODY[HEADER.FIELDS (SUBJECT)]<0> x",
	"A<BODY[HEADER.FIELDS (SUBJECT)]<0>> A<x> "},
    {"section folded", "body.peek[TEXT (] x", "A<body.peek[TEXT (]> A<x> "},
    {"bracket in a name is no section", "a[b (c)", "A<a[b> ( A<c> ) "},
    {"8-bit atom", "Gr\xc3\xbc\xc3\x9f", "A<Gr\xc3\xbc\xc3\x9f> "},
    {"wildcard flag", "\\*", "A<\\*> "},
    {"tilde is an atom", "~a", "A<~a> "},
    {"quoted without end", "\"abc", "!a quoted string that does not end"},
    {"quoted, backslash last", "\"abc\\", "!a quoted string that does not end"},
    {"quoted over a line", "\"a\nb\"", "!a quoted string that does not end"},
    {"list without end", "(a", "( A<a> !a list that does not end"},
    {"closed too often", "a)", "A<a> !a list closed that was not open"},
    {"literal cut", "{5}\r\nabc", "!a literal that is cut"},
    {"literal of 2^64", "{18446744073709551616}\r\n", "!a broken literal"},
    {"literal of 2^64-1", "{18446744073709551615}\r\n", "!a literal that is cut"},
    {"literal negative", "{-1}\r\na", "!a broken literal"},
    {"literal unclosed", "{12", "!a broken literal"},
    {"literal without line end", "{2}ab", "!a broken literal"},
    {"literal empty", "{}\r\n", "!a broken literal"},
    {"control character", "a \x01", "A<a> !a control character"},
    {"delete character", "\x7f", "!a control character"},
};

static void
print_token(struct buf *out, const struct imap_msg_token *token)
{
	static const char KIND[] = {[IMAP_MSG_ATOM] = 'A',
	    [IMAP_MSG_STRING] = 'S',
	    [IMAP_MSG_NIL] = 'N',
	    [IMAP_MSG_OPEN] = '(',
	    [IMAP_MSG_CLOSE] = ')'};
	buf_add_char(out, KIND[token->kind]);
	if (token->kind == IMAP_MSG_ATOM || token->kind == IMAP_MSG_STRING) {
		buf_add_char(out, '<');
		imap_msg_unescape(out, token);
		buf_add_char(out, '>');
	}
	buf_add_char(out, ' ');
}

START_TEST(tokens)
{
	size_t len = strlen(TOKENS[_i].text);
	char *bytes = exact(TOKENS[_i].text, len);
	struct imap_msg_cursor cursor = imap_msg_cursor((struct imap_msg_span){bytes, len});
	struct buf seen;
	buf_init(&seen, TEXT_MAX);
	for (;;) {
		struct imap_msg_token token = imap_msg_next(&cursor);
		if (token.kind == IMAP_MSG_END)
			break;
		print_token(&seen, &token);
	}
	if (cursor.fault)
		buf_printf(&seen, "!%s", cursor.fault);
	ck_assert_msg(strcmp(buf_text(&seen), TOKENS[_i].want) == 0, "%s: %s", TOKENS[_i].name,
	    buf_text(&seen));
	buf_free(&seen);
	free(bytes);
}
END_TEST

START_TEST(depth)
{
	char text[100001];
	memset(text, '(', sizeof text);
	struct imap_msg_cursor cursor = imap_msg_cursor((struct imap_msg_span){text, sizeof text});
	size_t opened = 0;
	while (imap_msg_next(&cursor).kind == IMAP_MSG_OPEN)
		opened++;
	ck_assert_uint_eq(opened, IMAP_MSG_DEPTH_MAX);
	ck_assert(cursor.too_deep);
	ck_assert_str_eq(cursor.fault, "lists nested deeper than 32");
}
END_TEST

START_TEST(skip_takes_one_value)
{
	struct imap_msg_cursor cursor = imap_msg_cursor(span_of("(a (b c) \"d)\") e {1}\r\nf g"));
	imap_msg_skip(&cursor);
	ck_assert(imap_msg_is(imap_msg_next(&cursor).span, "E"));
	imap_msg_skip(&cursor);
	ck_assert(imap_msg_is(imap_msg_next(&cursor).span, "g"));
	ck_assert_ptr_null(cursor.fault);
}
END_TEST

static const struct {
	const char *text;
	uint64_t max;
	bool good;
	uint64_t value;
} NUMBERS[] = {
    {"0", UINT32_MAX, true, 0},
    {"4294967295", UINT32_MAX, true, UINT32_MAX},
    {"4294967296", UINT32_MAX, false, 0},
    {"9223372036854775807", IMAP_MSG_NUMBER64_MAX, true, INT64_MAX},
    {"9223372036854775808", IMAP_MSG_NUMBER64_MAX, false, 0},
    {"18446744073709551616", UINT64_MAX, false, 0},
    {"99999999999999999999999", UINT64_MAX, false, 0},
    {"007", 10, true, 7},
    {"-1", 10, false, 0},
    {"+1", 10, false, 0},
    {"0x10", 100, false, 0},
    {"1e5", 1000000, false, 0},
    {"\"5\"", 10, false, 0},
    {"NIL", 10, false, 0},
    {"", 10, false, 0},
};

START_TEST(numbers)
{
	struct imap_msg_cursor cursor = imap_msg_cursor(span_of(NUMBERS[_i].text));
	uint64_t value = 0;
	ck_assert_msg(imap_msg_number(&cursor, NUMBERS[_i].max, &value) == NUMBERS[_i].good, "%s",
	    NUMBERS[_i].text);
	ck_assert_uint_eq(value, NUMBERS[_i].value);
	ck_assert((cursor.fault == NULL) == NUMBERS[_i].good);
}
END_TEST

static const struct {
	const char *line;
	enum imap_msg_tail want;
	uint64_t size;
} TAILS[] = {
    {"* LIST () NIL {5}", IMAP_MSG_LITERAL, 5},
    {"* LIST () NIL {5+}", IMAP_MSG_LITERAL, 5},
    {"* 1 FETCH (BINARY[] ~{7}", IMAP_MSG_LITERAL, 7},
    {"* LIST () NIL {0005}", IMAP_MSG_LITERAL, 5},
    {"* LIST () NIL {18446744073709551615}", IMAP_MSG_LITERAL, UINT64_MAX},
    {"* LIST () NIL {18446744073709551616}", IMAP_MSG_LITERAL_BAD, 0},
    {"* LIST () NIL {-1}", IMAP_MSG_LITERAL_BAD, 0},
    {"* LIST () NIL {}", IMAP_MSG_LITERAL_BAD, 0},
    {"* LIST () NIL {+}", IMAP_MSG_LITERAL_BAD, 0},
    {"* LIST () NIL {x}", IMAP_MSG_LITERAL_BAD, 0},
    {"* LIST () NIL INBOX", IMAP_MSG_NO_LITERAL, 0},
    {"* LIST () NIL {5", IMAP_MSG_NO_LITERAL, 0},
    {"* LIST () NIL \"a{5}\"", IMAP_MSG_NO_LITERAL, 0},
    {"}", IMAP_MSG_NO_LITERAL, 0},
    {"", IMAP_MSG_NO_LITERAL, 0},
};

START_TEST(tails)
{
	size_t len = strlen(TAILS[_i].line);
	char *bytes = exact(TAILS[_i].line, len);
	uint64_t size = 0;
	ck_assert_msg(imap_msg_tail(bytes, len, &size) == TAILS[_i].want, "%s", TAILS[_i].line);
	if (TAILS[_i].want == IMAP_MSG_LITERAL)
		ck_assert_uint_eq(size, TAILS[_i].size);
	free(bytes);
}
END_TEST

/* ---- responses ---- */

static const struct {
	const char *line, *want; /* tag word number code args text */
} RESPONSES[] = {
    {"* OK ready", "* 1 - [-|-] ready"},
    {"* ok [capability IMAP4rev1 ID] Hi.", "* 1 - [capability|IMAP4rev1 ID] Hi."},
    {"A1 NO [AUTHENTICATIONFAILED] Authentication failed.",
	"A1 2 - [AUTHENTICATIONFAILED|-] Authentication failed."},
    {"A1 BAD", "A1 3 - [-|-] "},
    {"* BYE", "* 4 - [-|-] "},
    {"* PREAUTH [ALERT]", "* 5 - [ALERT|-] "},
    {"* OK [ALERT]no blank", "* 1 - [ALERT|-] no blank"},
    {"* OK [X \"a]b\"] text", "* 1 - [X|\"a]b\"] text"},
    {"* OK [no end of the code", "* 1 - [-|-] [no end of the code"},
    {"* OK []", "* 1 - [|-] "},
    {"* OK text ends so {5}", "* 1 - [-|-] text ends so {5}"},
    {"* NO [REFERRAL imap://a;AUTH=*@b/] moved", "* 2 - [REFERRAL|imap://a;AUTH=*@b/] moved"},
    {"* 23 EXISTS", "* 13 23 [-|-] -"},
    {"* 0 recent", "* 14 0 [-|-] -"},
    {"* 4294967295 EXPUNGE", "* 15 4294967295 [-|-] -"},
    {"* SEARCH", "* 9 - [-|-] -"},
    {"* LIST () \"/\" INBOX", "* 7 - [-|-] -"},
    {"* XYZZY whatever", "* 0 - [-|-] -"},
    {"* 12 XYZZY", "* 0 12 [-|-] -"},
    {"+ idling", "+"},
    {"+", "+"},
    {"+OK", "+"},
    {"* 4294967296 EXISTS", "!a number too large"},
    {"* EXISTS", "!no number where one must stand"},
    {"* 99999999999999999999999 EXISTS", "* 0 - [-|-] -"},
    {"A1 FETCH x", "!no status word behind the tag"},
    {"A1", "!not an IMAP response"},
    {"*", "!not an IMAP response"},
    {"* ", "!not an IMAP response"},
    {"* 12", "!no status word behind the tag"},
    {"", "!not an IMAP response"},
    {" OK x", "!not an IMAP response"},
    {"HTTP/1.1 400 Bad Request", "!no status word behind the tag"},
    {"220 mail.example ESMTP", "!no status word behind the tag"},
};

static void
print_response(struct buf *out, const struct imap_msg *msg)
{
	if (msg->form == IMAP_MSG_CONTINUATION) {
		buf_add_char(out, '+');
		return;
	}
	put_span(out, msg->tag);
	buf_printf(out, " %d ", msg->word);
	if (msg->numbered)
		buf_printf(out, "%llu", (unsigned long long)msg->number);
	else
		buf_add_char(out, '-');
	buf_add_text(out, " [");
	put_span(out, msg->code);
	buf_add_char(out, '|');
	put_span(out, msg->args);
	buf_add_text(out, "] ");
	put_span(out, msg->text);
}

START_TEST(responses)
{
	size_t len = strlen(RESPONSES[_i].line);
	char *bytes = exact(RESPONSES[_i].line, len);
	struct imap_msg msg;
	const char *why = NULL;
	struct buf seen;
	buf_init(&seen, TEXT_MAX);
	if (imap_msg_parse(&msg, bytes, len, &why))
		print_response(&seen, &msg);
	else
		buf_printf(&seen, "!%s", why);
	ck_assert_msg(strcmp(buf_text(&seen), RESPONSES[_i].want) == 0, "%s: %s",
	    RESPONSES[_i].line, buf_text(&seen));
	buf_free(&seen);
	free(bytes);
}
END_TEST

/* Whatever is cut off, nothing is read behind the end and nothing hangs. */
START_TEST(cut_anywhere)
{
	static const char WHOLE[] =
	    "* 12 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {9}\r\nab\"\\(){}] "
	    "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" X (~{1}\r\nz NIL))";
	for (size_t len = 0; len <= sizeof WHOLE - 1; len++) {
		char *bytes = exact(WHOLE, len);
		struct imap_msg msg;
		const char *why;
		if (imap_msg_parse(&msg, bytes, len, &why)) {
			size_t count = 0;
			while (imap_msg_next(&msg.rest).kind != IMAP_MSG_END)
				ck_assert_uint_lt(++count, sizeof WHOLE);
			bool opened = len > strlen("* 12 FETCH ");
			ck_assert((msg.rest.fault != NULL) == (opened && len < sizeof WHOLE - 1));
		}
		free(bytes);
	}
}
END_TEST

/* ---- strings, names, dates ---- */

static const struct {
	const char *text, *want; /* NULL: needs a literal */
} QUOTES[] = {
    {"", "\"\""},
    {"anna", "\"anna\""},
    {"a b", "\"a b\""},
    {"a\"b\\c", "\"a\\\"b\\\\c\""},
    {"a{b}%*", "\"a{b}%*\""},
    {"gr\xc3\xbcn", NULL},
    {"a\rb", NULL},
    {"a\nb", NULL},
};

START_TEST(quotes)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	bool quoted = imap_msg_quote(&out, QUOTES[_i].text);
	ck_assert(quoted == (QUOTES[_i].want != NULL));
	ck_assert_str_eq(buf_text(&out), quoted ? QUOTES[_i].want : "");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *utf8, *utf7;
} NAMES[] = {
    {"INBOX", "INBOX"},
    {"", ""},
    {"Tom & Jerry", "Tom &- Jerry"},
    {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
    {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	"~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, /* RFC 3501, 5.1.3 */
    {"\xf0\x9f\x93\xac", "&2D3c7A-"},       /* a surrogate pair */
    {"\xc3\xbc\xc3\xb6", "&APwA9g-"},
    {"a\xc3\xbc&", "a&APw-&-"},
    {"a\tb", "a&AAk-b"},
};

START_TEST(names)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	ck_assert(imap_msg_to_utf7(&out, NAMES[_i].utf8));
	ck_assert_str_eq(buf_text(&out), NAMES[_i].utf7);
	buf_clear(&out);
	ck_assert(imap_msg_from_utf7(&out, span_of(NAMES[_i].utf7)));
	ck_assert_str_eq(buf_text(&out), NAMES[_i].utf8);
	buf_free(&out);
}
END_TEST

static const char *const BAD_UTF8[] = {"\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
    "\xf4\x90\x80\x80", "\xc3", "a\xe2\x82", "\x80"};
static const char *const BAD_UTF7[] = {
    "a&b", "&", "&&-", "&AP*-", "&APwA-x&2D0-", "&3Kw-", "&2D3YPQ-", "&APx-", "&A-", "&AP wA-"};

START_TEST(bad_names)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(BAD_UTF8); i++)
		ck_assert_msg(!imap_msg_to_utf7(&out, BAD_UTF8[i]), "UTF-8 %zu", i);
	for (size_t i = 0; i < ARRAY_LEN(BAD_UTF7); i++)
		ck_assert_msg(!imap_msg_from_utf7(&out, span_of(BAD_UTF7[i])), "%s", BAD_UTF7[i]);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	int64_t unix_s;
	const char *day;
} DATES[] = {
    {"17-Jul-1996 02:44:25 -0700", true, 837596665, "17-Jul-1996"},
    {" 1-Jan-1970 00:00:00 +0000", true, 0, "1-Jan-1970"},
    {"1-Jan-1970 00:00:00 +0000", true, 0, "1-Jan-1970"},
    {"29-Feb-2024 23:59:60 +0000", true, 1709251200, "1-Mar-2024"},
    {"31-dec-2037 23:59:59 +0000", true, 2145916799, "31-Dec-2037"},
    {"19-Jan-2038 03:14:08 +0000", true, 2147483648, "19-Jan-2038"},
    {"01-Mar-2100 00:30:00 +0100", true, 4107540600, "28-Feb-2100"},
    {"17-Jul-1996 02:44:25", false, 0, NULL},
    {"17-Jul-1996 02:44:25 0700 ", false, 0, NULL},
    {"17-Foo-1996 02:44:25 -0700", false, 0, NULL},
    {"00-Jul-1996 02:44:25 -0700", false, 0, NULL},
    {"17-Jul-1996 24:44:25 -0700", false, 0, NULL},
    {"17-Jul-19x6 02:44:25 -0700", false, 0, NULL},
    {"-1-Jul-1996 02:44:25 -0700", false, 0, NULL},
    {"", false, 0, NULL},
};

START_TEST(dates)
{
	size_t len = strlen(DATES[_i].text);
	char *bytes = exact(DATES[_i].text, len);
	int64_t unix_s = -1;
	bool good = imap_msg_date((struct imap_msg_span){bytes, len}, &unix_s);
	ck_assert_msg(good == DATES[_i].good, "%s", DATES[_i].text);
	free(bytes);
	if (!good)
		return;
	ck_assert_int_eq(unix_s, DATES[_i].unix_s);
	struct buf day;
	buf_init(&day, 32);
	imap_msg_day(&day, unix_s);
	ck_assert_str_eq(buf_text(&day), DATES[_i].day);
	buf_free(&day);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("imap_msg");
	TCase *grammar = tcase_create("grammar");
	tcase_set_timeout(grammar, 20);
	tcase_add_loop_test(grammar, tokens, 0, ARRAY_LEN(TOKENS));
	tcase_add_test(grammar, depth);
	tcase_add_test(grammar, skip_takes_one_value);
	tcase_add_loop_test(grammar, numbers, 0, ARRAY_LEN(NUMBERS));
	tcase_add_loop_test(grammar, tails, 0, ARRAY_LEN(TAILS));
	tcase_add_loop_test(grammar, responses, 0, ARRAY_LEN(RESPONSES));
	tcase_add_test(grammar, cut_anywhere);
	suite_add_tcase(suite, grammar);
	TCase *words = tcase_create("words");
	tcase_add_loop_test(words, quotes, 0, ARRAY_LEN(QUOTES));
	tcase_add_loop_test(words, names, 0, ARRAY_LEN(NAMES));
	tcase_add_test(words, bad_names);
	tcase_add_loop_test(words, dates, 0, ARRAY_LEN(DATES));
	suite_add_tcase(suite, words);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
