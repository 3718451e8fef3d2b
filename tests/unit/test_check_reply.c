/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reply catalogue: every row against its own example and variations of it, and the choice among rows. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "check/reply.h"
#include "check/reply_row.h"
#include "check/reply_words.h"
#include "lib/reply_vary.h"
#include "lib/unit.h"

#define TEXT_MAX 4096

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
	ck_assert_msg(
	    strlen(row.seen) == 4 && strncmp(row.seen, "20", 2) == 0, "%s: seen", row.name);
	ck_assert_uint_ne(row.stages, 0);
	ck_assert_uint_ne(row.protocols, 0);
}
END_TEST

/* Patterns hold what reply_words_read() leaves, else they could never match. */
START_TEST(row_pattern)
{
	struct reply_row row;
	struct reply_words words;

	ck_assert(row_at(_i, &row));
	const char *pattern = row.pattern + (row.pattern[0] == '!' || row.pattern[0] == '~');
	while (*pattern != '\0') {
		char option[256];
		size_t len = strcspn(pattern, " /*|+,-");

		ck_assert_uint_lt(len, sizeof(option));
		memcpy(option, pattern, len);
		option[len] = '\0';
		reply_words_read(&words, option, len);
		ck_assert_msg(
		    len == 0 || (words.len == len + 1 && strncmp(words.text, option, len) == 0),
		    "%s: \"%s\" cannot match", row.name, option);
		pattern += len + (pattern[len] != '\0');
	}
	ck_assert_msg(strstr(row.pattern, "  ") == NULL && strstr(row.pattern, "||") == NULL,
	    "%s: empty word", row.name);
}
END_TEST

/* ---- variations ---- */

START_TEST(varied_example)
{
	struct reply_row row;

	ck_assert(row_at(_i, &row));
	for (size_t i = 0; i < reply_variation_count; i++) {
		struct reply_query query = example_query(&row, row.example);
		struct reply_match match = {0};
		struct buf text;

		buf_init(&text, TEXT_MAX);
		reply_variations[i].vary(&text, row.example);
		query.text = buf_text(&text);
		ck_assert_msg(reply_match(&query, &match), "%s: %s: nothing matches: %s", row.name,
		    reply_variations[i].name, query.text);
		ck_assert_msg(match.finding == row.finding, "%s: %s: goes to %s (%s): %s", row.name,
		    reply_variations[i].name, match.row, finding_rows[match.finding].id,
		    query.text);
		buf_free(&text);
	}
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

int
main(void)
{
	size_t rows = row_count();
	const struct unit units[] = {
	    {own_example, rows},
	    {own_provider, rows},
	    {row_form, rows},
	    {row_pattern, rows},
	    {varied_example, rows},
	    {caller_knows_better, 0},
	    {traps, ARRAY_LEN(trap_rows)},
	    {codes, ARRAY_LEN(code_rows)},
	};

	return unit_main("check_reply", units, ARRAY_LEN(units));
}
