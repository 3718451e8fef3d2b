/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reply catalogue: every row against its own example and variations of
 * it, lines from the field, near misses, lines pasted from logs, providers.
 * Lines live in tests/replies, tab-separated: finding, protocol, stage, text.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "check/reply.h"
#include "check/reply_head.h"
#include "check/reply_row.h"
#include "check/reply_words.h"
#include "lib/unit.h"

#define TEXT_MAX 4096

/* ---- words and patterns ---- */

static const struct {
	const char *text, *words;
} word_rows[] = {
    {"", ""},
    {"Error: Too  many\r\n\tERRORS.", "error too many errors "},
    {"550-5.1.1 The account\n550 5.1.1 is gone", "the account is gone "},
    {"please try\\n550-5.1.1 again", "please try again "},
    {"<bob+tag@mail.example.org>: User unknown", "user unknown "},
    {"<bob@example.org>:User unknown", "user unknown "},
    {"see https://example.org/a?b=C&d#e for more", "see for more "},
    {"see (http://example.org/x): no", "see no "},
    {"from 2001:db8::25 or [192.0.2.7]", "from or "},
    {"doesn't, can\xe2\x80\x99t", "doesnt cant "},
    {"\xe2\x80\x9cquoted\xe2\x80\x9d \xc2\xabwords\xc2\xbb", "quoted words "},
    {"e-mail E-Mail: some mail", "email email some mail "},
    {"take mail", "take mail "},
    {"220 ********2****", "asterisks asterisks "},
    {"a *b* ***", "a b "},
    {"\xd0\x9d\xd0\x95\xd0\xa3 \xc3\x9c", "\xd0\xbd\xd0\xb5\xd1\x83 \xc3\xbc "},
    {"TLSv1.0 (S3150) [TSS04]", "tlsv1 s3150 tss04 "},
};

START_TEST(words_read)
{
	struct reply_words words;

	reply_words_read(&words, word_rows[_i].text, strlen(word_rows[_i].text));
	ck_assert_str_eq(words.text, word_rows[_i].words);
	ck_assert_uint_eq(words.len, strlen(word_rows[_i].words));
}
END_TEST

START_TEST(words_end)
{
	static char text[3 * REPLY_WORDS_SIZE];
	struct reply_words words;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i % 7 == 6 ? ' ' : 'a');
	reply_words_read(&words, text, sizeof(text));
	ck_assert_uint_lt(words.len, REPLY_WORDS_SIZE);
	ck_assert_uint_gt(words.len, REPLY_WORDS_SIZE - 8);
	ck_assert_uint_eq(words.len, strlen(words.text));
	memset(text, '*', sizeof(text));
	reply_words_read(&words, text, sizeof(text));
	ck_assert_str_eq(words.text, "asterisks ");
	memset(text, '\0', sizeof(text));
	reply_words_read(&words, text, sizeof(text));
	ck_assert_uint_eq(words.len, 0);
}
END_TEST

static const struct {
	const char *pattern, *text;
	size_t letters;
} pattern_rows[] = {
    {"over quota", "user is over quota", 9},
    {"over quota", "user is over quotas", 0},
    {"over quota", "moreover quota", 0},
    {"over quota*", "over quotas now", 9},
    {"too many * connections", "too many connections", 18},
    {"too many * connections", "too many open connections", 18},
    {"a * z", "a 1b 2b 3b 4b 5b 6b 7b 8b z", 2},
    {"a * z", "a 1b 2b 3b 4b 5b 6b 7b 8b 9b z", 0},
    {"user/mailbox unknown", "mailbox unknown", 14},
    {"user/mailbox unknown", "users unknown", 0},
    {"no|nothing at all", "nothing at all", 12},
    {"nothing at all|no", "no", 2},
    {"x * y * z", "x y a z", 3},
    {"x * y * z", "x y a b", 0},
    {"one two", "one", 0},
    {"a b", "a a b", 2},
};

START_TEST(patterns)
{
	struct reply_words words;

	reply_words_read(&words, pattern_rows[_i].text, strlen(pattern_rows[_i].text));
	ck_assert_uint_eq(
	    reply_words_match(&words, pattern_rows[_i].pattern), pattern_rows[_i].letters);
}
END_TEST

/* ---- heads ---- */

static const struct {
	const char *text;
	unsigned protocols;
	const char *code, *enhanced, *bracket, *rest;
} head_rows[] = {
    {"535 5.7.8 Error", 0, "535", "5.7.8", "", "5.7.8 Error"},
    {"550-5.1.1 a\n550 5.1.1 b", 0, "550", "5.1.1", "", "5.1.1 a\n550 5.1.1 b"},
    {"530 #5.7.0 Must", 0, "530", "5.7.0", "", "#5.7.0 Must"},
    {"553 sorry (#5.7.1)", 0, "553", "5.7.1", "", "sorry (#5.7.1)"},
    {"550 [4.2.2.2] no", 0, "550", "", "", "[4.2.2.2] no"},
    {"450 5.1.1 odd", 0, "450", "", "", "5.1.1 odd"},
    {"554 from 5.1.1.9", 0, "554", "", "", "from 5.1.1.9"},
    {"5.7.8 no code", REPLY_SMTP, "", "5.7.8", "", "5.7.8 no code"},
    {"a1 NO [AUTHENTICATIONFAILED] x", 0, "no", "", "AUTHENTICATIONFAILED", "x"},
    {"* bye [alert] y", 0, "bye", "", "ALERT", "y"},
    {"A01 BAD no", REPLY_IMAP, "bad", "", "", "no"},
    {"NO login", REPLY_IMAP, "no", "", "", "login"},
    {"no such user", REPLY_SMTP, "", "", "", "no such user"},
    {"no such user", 0, "", "", "", "no such user"},
    {"* NO [WEBALERT https://x/] go", 0, "no", "", "WEBALERT", "https://x/] go"},
    {"-ERR [SYS/TEMP] z", 0, "err", "", "SYS/TEMP", "z"},
    {"-err", REPLY_POP3, "err", "", "", ""},
    {"+OK fine", 0, "ok", "", "", "fine"},
    {"[AUTH] only", REPLY_POP3, "", "", "AUTH", "only"},
    {"[192.0.2.7] only", REPLY_IMAP, "", "", "", "[192.0.2.7] only"},
    {"[UNENDING", REPLY_IMAP, "", "", "", "[UNENDING"},
    {"[ABCDEFGHIJKLMNOPQRSTUVWXYZ] x", REPLY_IMAP, "", "", "", "[ABCDEFGHIJKLMNOPQRSTUVWXYZ] x"},
    {"", 0, "", "", "", ""},
    {" \r\n", 0, "", "", "", ""},
    {"5", 0, "", "", "", "5"},
};

START_TEST(heads)
{
	struct reply_head head;

	reply_head_read(
	    &head, head_rows[_i].text, strlen(head_rows[_i].text), head_rows[_i].protocols);
	ck_assert_str_eq(head.code, head_rows[_i].code);
	ck_assert_str_eq(head.enhanced, head_rows[_i].enhanced);
	ck_assert_str_eq(head.bracket, head_rows[_i].bracket);
	ck_assert_uint_eq(head.len, strlen(head_rows[_i].rest));
	ck_assert_int_eq(strncmp(head.text, head_rows[_i].rest, head.len), 0);
}
END_TEST

/* ---- the rows ---- */

/* What a dialog would ask when it hears the row's example. */
static struct reply_query
example_query(const struct reply_row *row, const char *text)
{
	struct reply_query query = {.text = text, .protocol = row->protocols};

	if (row->stages != REPLY_ANY)
		query.stage = row->stages;
	if (row->provider[0] != '\0' && row->provider[0] != '?')
		query.provider = row->provider;
	if (isdigit((unsigned char)text[0]))
		query.protocol = row->protocols == REPLY_LMTP ? REPLY_LMTP : REPLY_SMTP;
	else if (text[0] == '-' || text[0] == '+')
		query.protocol = REPLY_POP3;
	else if (text[0] == '*' || text[0] == 'a')
		query.protocol = REPLY_IMAP;
	return query;
}

static bool
row_at(int index, struct reply_row *row)
{
	memset(row, 0, sizeof(*row));
	while (reply_row_next(row)) {
		if (row->index == (size_t)index)
			return true;
	}
	return false;
}

static size_t
row_count(void)
{
	struct reply_row row = {0};
	size_t count = 0;

	while (reply_row_next(&row))
		count++;
	return count;
}

START_TEST(own_example)
{
	struct reply_row row;
	struct reply_match match;

	ck_assert(row_at(_i, &row));
	struct reply_query query = example_query(&row, row.example);
	ck_assert_msg(reply_match(&query, &match), "%s: nothing matches", row.name);
	ck_assert_msg(strcmp(match.row, row.name) == 0, "%s: its example goes to %s (%s)", row.name,
	    match.row, finding_rows[match.finding].id);
	ck_assert_int_eq(match.finding, row.finding);
	ck_assert_int_eq(
	    match.who, row.who == REPLY_USUAL ? finding_rows[row.finding].who : (enum who)row.who);
}
END_TEST

/* A provider's row must hold too when the provider is known. */
START_TEST(own_provider)
{
	struct reply_row row;
	struct reply_match match;

	ck_assert(row_at(_i, &row));
	if (row.provider[0] != '?')
		return;
	struct reply_query query = example_query(&row, row.example);
	query.provider = row.provider + 1;
	ck_assert(reply_match(&query, &match));
	ck_assert_msg(match.finding == row.finding, "%s: %s where the provider is known", row.name,
	    finding_rows[match.finding].id);
	ck_assert_str_eq(match.provider, row.provider + 1);
}
END_TEST

static size_t
lines_of(const char *text)
{
	size_t lines = text[0] != '\0';

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

START_TEST(row_form)
{
	struct reply_row row;
	struct reply_row other = {0};

	ck_assert(row_at(_i, &row));
	while (reply_row_next(&other))
		ck_assert_msg(other.index == row.index || strcmp(other.name, row.name) != 0,
		    "%s: twice", row.name);
	ck_assert_uint_le(lines_of(row.why), 3);
	ck_assert_uint_le(lines_of(row.next), 3);
	ck_assert_msg(strlen(row.why) <= 400 && strlen(row.next) <= 400, "%s: too long", row.name);
	ck_assert_msg(strlen(row.seen) == 4 && atoi(row.seen) > 2015, "%s: seen", row.name);
	ck_assert_uint_ne(row.stages, 0);
	ck_assert_uint_ne(row.protocols, 0);
	for (const char *c = row.pattern; *c != '\0'; c++)
		ck_assert_msg(!isupper((unsigned char)*c) && !isdigit((unsigned char)*c) ?
		        true :
		        isdigit((unsigned char)*c) && c > row.pattern && isalnum((unsigned char)c[-1]),
		    "%s: '%c' cannot match", row.name, *c);
	ck_assert_msg(strpbrk(row.pattern, ".,;:'\"()<>@_-") == NULL, "%s: punctuation", row.name);
	ck_assert_msg(strstr(row.pattern, "  ") == NULL && strstr(row.pattern, "||") == NULL,
	    "%s: empty word", row.name);
}
END_TEST

/* ---- variations ---- */

/* Whether the codes of the reply stand at text: they are kept. */
static size_t
kept(const char *whole, const char *text)
{
	size_t enhanced = reply_head_enhanced(text, strlen(text));

	if (enhanced > 0)
		return enhanced;
	if (text == whole || text[-1] == '\n')
		return strspn(text, "0123456789");
	return 0;
}

static void
vary_upper(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, (char)toupper((unsigned char)*text));
}

static void
vary_lower(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, (char)tolower((unsigned char)*text));
}

/* As Postfix writes it to its log: one line. */
static void
vary_one_line(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, *text == '\n' ? ' ' : *text);
}

/* As Exim writes it to its log. */
static void
vary_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_add_text(out, "\\n");
		else
			buf_add_char(out, *text);
	}
}

/* Other numbers, host names, addresses and links. */
static void
vary_names(struct buf *out, const char *text)
{
	static const struct {
		const char *old, *new;
	} names[] = {
	    {"example.org", "mx-out-7.kunde-online.example.net"},
	    {"example.net", "a.b.example"},
	    {"192.0.2.7", "2001:db8:4:3::19"},
	    {"192.0.2.9", "198.51.100.211"},
	    {"alice", "j.r.hartley"},
	    {"bob", "root"},
	    {"mx1.", "relay04-in."},
	    {"prod.outlook.com", "PROD.EXCHANGELABS.COM"},
	    {"support.google.com", "help.example"},
	};
	const char *whole = text;

	while (*text != '\0') {
		size_t keep = kept(whole, text);
		size_t name = 0;

		if (keep > 0) {
			buf_add(out, text, keep);
			text += keep;
			continue;
		}
		while (name < ARRAY_LEN(names) &&
		       strncmp(text, names[name].old, strlen(names[name].old)) != 0)
			name++;
		if (name < ARRAY_LEN(names)) {
			buf_add_text(out, names[name].new);
			text += strlen(names[name].old);
		} else {
			buf_add_char(out, *text++);
		}
	}
}

/* Other white space and punctuation; a session id behind. */
static void
vary_blanks(struct buf *out, const char *text)
{
	const char *whole = text;
	size_t words = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' && text > whole && strchr("*+-", whole[0]) == NULL && words++ > 2)
			buf_add_text(out, words % 3 == 0 ? "\r\n" : "  ");
		else if (*text == '.' && (text[1] == '\0' || text[1] == '\n'))
			buf_add_char(out, '!');
		else if (*text == ';')
			buf_add_char(out, ',');
		else
			buf_add_char(out, *text);
	}
	buf_add_text(out, " q12-20020a05600c35cc [host4.example Sun, 22 Nov]");
}

static const struct {
	const char *name;
	void (*vary)(struct buf *out, const char *text);
} variations[] = {
    {"upper case", vary_upper},
    {"lower case", vary_lower},
    {"one line", vary_one_line},
    {"escaped lines", vary_escaped},
    {"other names", vary_names},
    {"other blanks", vary_blanks},
};

START_TEST(varied_example)
{
	struct reply_row row;

	ck_assert(row_at(_i, &row));
	for (size_t i = 0; i < ARRAY_LEN(variations); i++) {
		struct reply_query query = example_query(&row, row.example);
		struct reply_match match = {0};
		struct buf text;

		buf_init(&text, TEXT_MAX);
		variations[i].vary(&text, row.example);
		query.text = buf_text(&text);
		ck_assert_msg(reply_match(&query, &match), "%s: %s: nothing matches: %s", row.name,
		    variations[i].name, query.text);
		ck_assert_msg(match.finding == row.finding, "%s: %s: goes to %s (%s): %s", row.name,
		    variations[i].name, match.row, finding_rows[match.finding].id, query.text);
		buf_free(&text);
	}
}
END_TEST

/* ---- lines of tests/replies ---- */

static const struct {
	const char *name;
	unsigned bits;
} protocol_names[] = {
    {"smtp", REPLY_SMTP},
    {"lmtp", REPLY_LMTP},
    {"imap", REPLY_IMAP},
    {"pop3", REPLY_POP3},
    {"any", 0},
};

static const struct {
	const char *name;
	unsigned bits;
} stage_names[] = {
    {"greeting", REPLY_GREETING},
    {"ehlo", REPLY_EHLO},
    {"starttls", REPLY_STARTTLS},
    {"auth", REPLY_AUTH},
    {"mail", REPLY_MAIL},
    {"rcpt", REPLY_RCPT},
    {"data", REPLY_DATA},
    {"mailbox", REPLY_MAILBOX},
    {"any", 0},
};

struct line {
	const char *finding;
	struct reply_query query;
};

static char *
field(char **rest)
{
	char *begin = *rest;
	char *tab = strchr(begin, '\t');

	if (tab != NULL) {
		*tab = '\0';
		*rest = tab + 1;
	}
	return begin;
}

/* False: a comment. Escaped line ends of the text become real ones. */
static bool
line_read(char *text, struct line *line)
{
	size_t protocol = 0;
	size_t stage = 0;

	if (text[0] == '#' || text[0] == '\n')
		return false;
	text[strcspn(text, "\n")] = '\0';
	memset(line, 0, sizeof(*line));
	line->finding = field(&text);
	const char *name = field(&text);
	while (protocol < ARRAY_LEN(protocol_names) && strcmp(protocol_names[protocol].name, name) != 0)
		protocol++;
	ck_assert_msg(protocol < ARRAY_LEN(protocol_names), "no protocol: %s", name);
	name = field(&text);
	while (stage < ARRAY_LEN(stage_names) && strcmp(stage_names[stage].name, name) != 0)
		stage++;
	ck_assert_msg(stage < ARRAY_LEN(stage_names), "no stage: %s", name);
	line->query.protocol = protocol_names[protocol].bits;
	line->query.stage = stage_names[stage].bits;
	line->query.text = text;
	for (char *c = strstr(text, "\\n"); c != NULL; c = strstr(c, "\\n")) {
		c[0] = '\n';
		memmove(c + 1, c + 2, strlen(c + 2) + 1);
	}
	return true;
}

/* Runs judge over the lines of a file; returns how many there are. */
static size_t
each_line(const char *path, void (*judge)(const struct line *line))
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	size_t count = 0;
	struct line line;

	ck_assert_msg(file != NULL, "%s: cannot be read", path);
	while (getline(&text, &size, file) > 0) {
		if (!line_read(text, &line))
			continue;
		judge(&line);
		count++;
	}
	free(text);
	(void)fclose(file);
	return count;
}

static size_t wrong;

static void
judge_wanted(const struct line *line)
{
	struct reply_match match = {0};
	enum finding_id id;

	ck_assert_msg(finding_find(line->finding, &id), "no finding: %s", line->finding);
	bool known = reply_match(&line->query, &match);
	if (known && match.finding == id)
		return;
	wrong++;
	(void)fprintf(stderr, "wanted %s, got %s (%s): %s\n", line->finding,
	    known ? finding_rows[match.finding].id : "nothing", known ? match.row : "-",
	    line->query.text);
}

/* "!id": anything but that id, or "!*": nothing may be found. */
static void
judge_unwanted(const struct line *line)
{
	struct reply_match match = {0};
	enum finding_id id;
	bool known = reply_match(&line->query, &match);

	ck_assert_int_eq(line->finding[0], '!');
	ck_assert_msg(line->finding[1] == '*' || finding_find(line->finding + 1, &id), "no finding: %s",
	    line->finding);
	if (line->finding[1] == '*' ? !known : !known || match.finding != id)
		return;
	wrong++;
	(void)fprintf(stderr, "must not be %s (%s): %s\n", finding_rows[match.finding].id, match.row,
	    line->query.text);
}

/* Protocol and stage must be found from the line itself. */
static void
judge_pasted(const struct line *line)
{
	struct reply_query query = {0};
	struct reply_match match = {0};
	enum finding_id id;

	ck_assert_msg(finding_find(line->finding, &id), "no finding: %s", line->finding);
	bool known = reply_explain(line->query.text, 0, &query, &match);
	if (known && match.finding == id && query.protocol == line->query.protocol &&
	    query.stage == line->query.stage)
		return;
	wrong++;
	(void)fprintf(stderr, "wanted %s, got %s (%s, protocol %u stage %u): %s\n", line->finding,
	    known ? finding_rows[match.finding].id : "nothing", known ? match.row : "-",
	    query.protocol, query.stage, line->query.text);
}

START_TEST(field_lines)
{
	static const char *const paths[] = {
	    "tests/replies/smtp.txt", "tests/replies/imap.txt", "tests/replies/pop3.txt"};
	size_t count = 0;

	wrong = 0;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		count += each_line(paths[i], judge_wanted);
	ck_assert_uint_ge(count, 150);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(near_misses)
{
	wrong = 0;
	ck_assert_uint_ge(each_line("tests/replies/near_misses.txt", judge_unwanted), 80);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(pasted_lines)
{
	wrong = 0;
	ck_assert_uint_ge(each_line("tests/replies/pasted.txt", judge_pasted), 30);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* ---- the choice ---- */

START_TEST(caller_knows_better)
{
	struct reply_query query = {.protocol = REPLY_SMTP, .stage = REPLY_RCPT, .text = "No"};
	struct reply_match match;

	ck_assert(!reply_match(&query, &match));
	query.code = 450;
	ck_assert(reply_match(&query, &match));
	ck_assert_int_eq(match.finding, FINDING_POLICY_GREYLISTED);
	ck_assert_int_eq(match.basis, REPLY_BY_DIGIT);
	query.code = 552;
	ck_assert(reply_match(&query, &match));
	ck_assert_int_eq(match.finding, FINDING_QUOTA_EXCEEDED);
	ck_assert_int_eq(match.basis, REPLY_BY_CODE);
	query.enhanced = "5.3.4";
	ck_assert(reply_match(&query, &match));
	ck_assert_int_eq(match.finding, FINDING_POLICY_SIZE);
	ck_assert_int_eq(match.basis, REPLY_BY_ENHANCED);
	query.text = "Mailbox full, the rest does not matter";
	ck_assert(reply_match(&query, &match));
	ck_assert_int_eq(match.finding, FINDING_QUOTA_EXCEEDED);
	ck_assert_int_eq(match.basis, REPLY_BY_TEXT);
	query.len = 7;
	ck_assert(reply_match(&query, &match));
	ck_assert_int_eq(match.finding, FINDING_POLICY_SIZE);
	query = (struct reply_query){
	    .protocol = REPLY_IMAP, .stage = REPLY_AUTH, .bracket = "EXPIRED", .text = "Oh"};
	ck_assert(reply_match(&query, &match));
	ck_assert_int_eq(match.finding, FINDING_AUTH_PASSWORD_EXPIRED);
}
END_TEST

/* The same enhanced code means different things at different providers. */
static const struct {
	const char *provider, *text;
	unsigned stage;
	enum finding_id finding;
} trap_rows[] = {
    {NULL, "550 5.7.30 Sorry", REPLY_MAIL, FINDING_POLICY_REQUIRETLS},
    {"microsoft", "550 5.7.30 Sorry", REPLY_MAIL, FINDING_AUTH_PASSWORD_RETIRED},
    {"google", "550 5.7.30 Sorry", REPLY_MAIL, FINDING_POLICY_UNAUTHENTICATED},
    {NULL, "556 5.7.27 Sorry", REPLY_MAIL, FINDING_POLICY_NULL_MX},
    {"google", "550 5.7.27 Sorry", REPLY_MAIL, FINDING_POLICY_UNAUTHENTICATED},
    {NULL, "535 5.7.14 Sorry", REPLY_AUTH, FINDING_AUTH_OTHER},
    {"google", "534 5.7.14 Sorry", REPLY_AUTH, FINDING_AUTH_WEB_LOGIN},
    {NULL, "534 5.7.9 Sorry", REPLY_AUTH, FINDING_AUTH_MECHANISM},
    {"google", "534 5.7.9 Sorry", REPLY_AUTH, FINDING_AUTH_APP_PASSWORD},
    {"yahoo", "554 5.7.9 Sorry", REPLY_MAIL, FINDING_POLICY_BLOCKED},
    {NULL, "523 5.7.10 Sorry", REPLY_AUTH, FINDING_CLIENT_NEEDS_TLS},
    {"google", "525 5.7.10 Sorry", REPLY_STARTTLS, FINDING_CLIENT_BAD_COMMAND},
    {NULL, "550 5.1.8 Sorry", REPLY_MAIL, FINDING_DNS_SEEN_BY_SERVER},
    {"microsoft", "550 5.1.8 Sorry", REPLY_MAIL, FINDING_POLICY_ACCOUNT_BLOCKED},
    {"microsoft", "550 5.1.10 Sorry", REPLY_RCPT, FINDING_DELIVERY_RECIPIENT_UNKNOWN},
    {"rambler", "452 4.7.1 Try again later", REPLY_DATA, FINDING_POLICY_GREYLISTED},
    {"yandex", "535 5.7.8 Username and Password not accepted", REPLY_AUTH,
        FINDING_AUTH_CREDENTIALS},
};

START_TEST(traps)
{
	struct reply_match match;
	struct reply_query query = {.protocol = REPLY_SMTP,
	    .stage = trap_rows[_i].stage,
	    .provider = trap_rows[_i].provider,
	    .text = trap_rows[_i].text};

	ck_assert(reply_match(&query, &match));
	ck_assert_str_eq(finding_rows[match.finding].id, finding_rows[trap_rows[_i].finding].id);
}
END_TEST

/* What a code means whose text nobody knows; part of what users rely on. */
static const struct {
	unsigned protocol, stage;
	const char *text, *finding;
} code_rows[] = {
    {REPLY_SMTP, REPLY_GREETING, "421 Qwertz", "server.unavailable"},
    {REPLY_SMTP, REPLY_GREETING, "450 Qwertz", "server.unavailable"},
    {REPLY_SMTP, REPLY_GREETING, "554 Qwertz", "policy.greeting_refused"},
    {REPLY_SMTP, REPLY_EHLO, "421 Qwertz", "server.unavailable"},
    {REPLY_SMTP, REPLY_EHLO, "502 Qwertz", "proto.ehlo_refused"},
    {REPLY_SMTP, REPLY_EHLO, "501 Qwertz", "client.helo"},
    {REPLY_LMTP, REPLY_EHLO, "500 Qwertz", "client.bad_command"},
    {REPLY_SMTP, REPLY_STARTTLS, "454 Qwertz", "tls.starttls.refused"},
    {REPLY_SMTP, REPLY_STARTTLS, "501 Qwertz", "tls.starttls.refused"},
    {REPLY_SMTP, REPLY_AUTH, "454 Qwertz", "auth.backend"},
    {REPLY_SMTP, REPLY_AUTH, "535 Qwertz", "auth.credentials"},
    {REPLY_SMTP, REPLY_AUTH, "530 Qwertz", "client.needs_auth"},
    {REPLY_SMTP, REPLY_AUTH, "504 Qwertz", "auth.mechanism"},
    {REPLY_SMTP, REPLY_AUTH, "502 Qwertz", "client.auth_not_here"},
    {REPLY_SMTP, REPLY_AUTH, "554 Qwertz", "auth.other"},
    {REPLY_SMTP, REPLY_MAIL, "530 Qwertz", "client.needs_auth"},
    {REPLY_SMTP, REPLY_MAIL, "550 Qwertz", "policy.refused"},
    {REPLY_SMTP, REPLY_RCPT, "550 Qwertz", "policy.refused"},
    {REPLY_SMTP, REPLY_DATA, "554 Qwertz", "policy.refused"},
    {REPLY_SMTP, REPLY_RCPT, "451 Qwertz", "policy.greylisted"},
    {REPLY_SMTP, REPLY_DATA, "450 Qwertz", "policy.greylisted"},
    {REPLY_SMTP, REPLY_DATA, "552 Qwertz", "quota.exceeded"},
    {REPLY_SMTP, REPLY_RCPT, "421 Qwertz", "server.unavailable"},
    {REPLY_IMAP, REPLY_AUTH, "a1 NO Qwertz", "auth.credentials"},
    {REPLY_IMAP, REPLY_MAILBOX, "a1 NO Qwertz", "server.alert"},
    {REPLY_IMAP, REPLY_AUTH, "a1 BAD Qwertz", "client.bad_command"},
    {REPLY_IMAP, REPLY_MAILBOX, "a1 BAD Qwertz", "client.bad_command"},
    {REPLY_IMAP, REPLY_GREETING, "* BYE Qwertz", "server.unavailable"},
    {REPLY_IMAP, REPLY_AUTH, "* BYE Qwertz", "server.unavailable"},
    {REPLY_IMAP, REPLY_STARTTLS, "a1 NO Qwertz", "tls.starttls.refused"},
    {REPLY_POP3, REPLY_GREETING, "-ERR Qwertz", "server.unavailable"},
    {REPLY_POP3, REPLY_AUTH, "-ERR Qwertz", "auth.credentials"},
    {REPLY_POP3, REPLY_STARTTLS, "-ERR Qwertz", "tls.starttls.refused"},
    {REPLY_POP3, REPLY_AUTH, "-ERR [SYS/TEMP] Qwertz", "auth.backend"},
    {REPLY_POP3, REPLY_MAILBOX, "-ERR [SYS/TEMP] Qwertz", "auth.backend"},
    {REPLY_POP3, REPLY_AUTH, "-ERR [SYS/PERM] Qwertz", "server.internal"},
};

START_TEST(codes)
{
	struct reply_match match;
	struct reply_query query = {.protocol = code_rows[_i].protocol,
	    .stage = code_rows[_i].stage,
	    .text = code_rows[_i].text};

	ck_assert(reply_match(&query, &match));
	ck_assert_str_eq(finding_rows[match.finding].id, code_rows[_i].finding);
}
END_TEST

/* ---- providers ---- */

static const struct {
	const char *greeting, *ehlo, *host, *id, *provider;
} provider_rows[] = {
    {"220 smtp.gmail.com ESMTP a640c23a62f3a - gsmtp", NULL, NULL, NULL, "google"},
    {"* OK Gimap ready for requests from 192.0.2.7 x1", NULL, NULL, NULL, "google"},
    {"+OK Gpop ready for requests from 192.0.2.7 x1", NULL, NULL, NULL, "google"},
    {NULL, NULL, "aspmx.l.google.com", NULL, "google"},
    {"220 AM0PR01.outlook.office365.com Microsoft ESMTP MAIL Service ready", NULL, NULL, NULL,
        "microsoft"},
    {"* OK The Microsoft Exchange IMAP4 service is ready. [QQBN]", NULL, NULL, NULL, "microsoft"},
    {NULL, NULL, "example-org.mail.protection.outlook.com", NULL, "microsoft"},
    {"* OK Yandex IMAP4rev1 at imap.yandex.ru", NULL, NULL, NULL, "yandex"},
    {NULL, NULL, "SMTP.YANDEX.RU.", NULL, "yandex"},
    {"* OK IMAP4rev1 Mail.Ru server ready", NULL, NULL, NULL, "mailru"},
    {"220 smtp14.i.mail.ru ESMTP ready (Looking for Mail for your domain?)", NULL, NULL, NULL,
        "mailru"},
    {NULL, NULL, "imap.rambler.ru", NULL, "rambler"},
    {NULL, NULL, "imap.mail.me.com", NULL, "apple"},
    {NULL, "p00-icloudmta-asmtp-us-central-1k.icloud.com", NULL, NULL, "apple"},
    {NULL, NULL, "mta5.am0.yahoodns.net", NULL, "yahoo"},
    {NULL, NULL, "imap.aol.com", NULL, "yahoo"},
    {"220 gmx.net (mrgmx105) Nemesis ESMTP Service ready", NULL, NULL, NULL, "gmx"},
    {NULL, NULL, "imap.web.de", NULL, "gmx"},
    {"220 kundenserver.de (mreue010) Nemesis ESMTP Service ready", NULL, NULL, NULL, "ionos"},
    {NULL, NULL, "smtp.ionos.de", NULL, "ionos"},
    {NULL, NULL, "mx03.t-online.de", NULL, "telekom"},
    {NULL, NULL, "smtp.laposte.net", NULL, "laposte"},
    {NULL, NULL, "imap.163.com", NULL, "netease"},
    {"* OK Coremail System IMap Server Ready(163com[10774b])", NULL, NULL, NULL, "netease"},
    {"220 newxmesmtplogicsvrszc5-0.qq.com XMail Esmtp QQ Mail Server.", NULL, NULL, NULL,
        "tencent"},
    {NULL, NULL, "smtp.zoho.eu", NULL, "zoho"},
    {NULL, NULL, "email-smtp.eu-west-1.amazonaws.com", NULL, "ses"},
    {NULL, NULL, "smtp.sendgrid.net", NULL, "sendgrid"},
    {NULL, NULL, "mx0a-00112233.pphosted.com", NULL, "proofpoint"},
    {NULL, NULL, "smtpout.secureserver.net", NULL, "godaddy"},
    {NULL, NULL, "mx1.comcast.net", NULL, "comcast"},
    {"* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.",
        NULL, NULL, NULL, "courier"},
    {"+OK mail.example.org Cyrus POP3 3.6.1-Debian server ready <1.2@mail.example.org>", NULL,
        NULL, NULL, "cyrus"},
    {"* OK ready", NULL, "mail.example.org", "(\"name\" \"Cyrus IMAPD\")", "cyrus"},
    {"* OK Courier-IMAP ready", NULL, "imap.yandex.com", NULL, "yandex"},
    {"220 mail.example.org ESMTP Postfix", "mail.example.org", "mail.example.org", NULL, NULL},
    {"220 notgmail.com ESMTP", NULL, "mygmail.com", NULL, NULL},
    {"220", "", "", "", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

START_TEST(providers)
{
	const char *provider = reply_provider(provider_rows[_i].greeting, provider_rows[_i].ehlo,
	    provider_rows[_i].host, provider_rows[_i].id);

	ck_assert_pstr_eq(provider, provider_rows[_i].provider);
}
END_TEST

/* A row whose provider is never recognised would be dead. */
START_TEST(provider_is_known)
{
	struct reply_row row;
	bool found = false;

	ck_assert(row_at(_i, &row));
	const char *name = row.provider + (row.provider[0] == '?');
	for (size_t i = 0; i < ARRAY_LEN(provider_rows); i++) {
		if (provider_rows[i].provider != NULL && strcmp(provider_rows[i].provider, name) == 0)
			found = true;
	}
	ck_assert_msg(name[0] == '\0' || found, "%s: who is %s?", row.name, name);
}
END_TEST

int
main(void)
{
	size_t rows = row_count();
	const struct unit units[] = {
	    {words_read, ARRAY_LEN(word_rows)},
	    {words_end, 0},
	    {patterns, ARRAY_LEN(pattern_rows)},
	    {heads, ARRAY_LEN(head_rows)},
	    {own_example, rows},
	    {own_provider, rows},
	    {row_form, rows},
	    {varied_example, rows},
	    {field_lines, 0},
	    {near_misses, 0},
	    {pasted_lines, 0},
	    {caller_knows_better, 0},
	    {traps, ARRAY_LEN(trap_rows)},
	    {codes, ARRAY_LEN(code_rows)},
	    {providers, ARRAY_LEN(provider_rows)},
	    {provider_is_known, rows},
	};

	return unit_main("check_reply", units, ARRAY_LEN(units));
}
