/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reply catalogue stands on: words, patterns of words, codes, providers. */
#include <string.h>

#include "check/reply.h"
#include "check/reply_head.h"
#include "check/reply_row.h"
#include "check/reply_words.h"
#include "lib/unit.h"

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
    {"doesn&#39;t &lt;bob&gt; &amp; co", "doesnt bob co "},
    {"M=C3=BCll, =20ERROR=3DBASIC [E=BAD] mail=\nbox", "m\xc3\xbcll error basic e bad mailbox "},
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

/* A text of one byte pattern, far longer than what is kept. */
static void
read_long(struct reply_words *into, const char *piece)
{
	static char text[3 * REPLY_WORDS_SIZE];
	size_t len = strlen(piece);

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = len == 0 ? '\0' : piece[i % len];
	reply_words_read(into, text, sizeof(text));
	ck_assert_uint_lt(into->len, REPLY_WORDS_SIZE);
	ck_assert_uint_eq(into->len, strlen(into->text));
}

START_TEST(words_end)
{
	struct reply_words words;

	read_long(&words, "aaaaaa ");
	ck_assert_uint_gt(words.len, REPLY_WORDS_SIZE - 8);
	read_long(&words, "a");
	ck_assert_uint_gt(words.len, REPLY_WORDS_SIZE - 8);
	read_long(&words, "*");
	ck_assert_str_eq(words.text, "asterisks ");
	read_long(&words, "");
	ck_assert_uint_eq(words.len, 0);
}
END_TEST

static const struct {
	const char *pattern, *text;
	size_t letters;
} pattern_rows[] = {
    {"over quota", "user is over quota", 9},
    {"over quota", "user is over quotas", 9},
    {"over quota", "user is over quotation", 0},
    {"over quota", "moreover quota", 0},
    {"over quota*", "over quotas now", 9},
    {"too many * connections", "too many connections", 18},
    {"too many * connections", "too many open connections", 18},
    {"a * z", "a 1b 2b 3b 4b 5b 6b 7b 8b z", 2},
    {"a * z", "a 1b 2b 3b 4b 5b 6b 7b 8b 9b z", 0},
    {"user/mailbox unknown", "mailbox unknown", 14},
    {"user/mailbox unknown", "users unknown", 11},
    {"user/mailbox unknown", "userland unknown", 0},
    {"*box unknown", "mailbox unknown", 10},
    {"*\xe5\xb7\xb2\xe6\xbb\xa1*", "\xe9\x82\xae\xe7\xae\xb1\xe5\xb7\xb2\xe6\xbb\xa1\xef\xbc\x81",
	6},
    /* a set: any order, one sentence */
    {"box + full", "full is the box", 7},
    {"box + full", "full is the boxer", 0},
    {"box/folder + full, too small", "too small a folder", 14},
    {"box + full", "box 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a full", 7},
    {"box + full", "box 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a 11a full", 0},
    {"one + two + three", "three, two, one", 11},
    {"one + two + three", "three, two, none", 0},
    /* denied */
    {"full", "the box is not full", 0},
    {"not full", "the box is not full", 7},
    {"box + full", "the box is not full", 0},
    {"full", "not full, yes full", 4},
    /* forbidden */
    {"full|-disk", "the box is full", 4},
    {"full|-disk/queue", "the disk is full", 0},
    {"-disk|full", "the disk is full", 0},
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

	size_t letters = 0;

	reply_words_read(&words, pattern_rows[_i].text, strlen(pattern_rows[_i].text));
	(void)reply_words_match(&words, pattern_rows[_i].pattern, &letters);
	ck_assert_uint_eq(letters, pattern_rows[_i].letters);
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
    {"+OK mail.example.org Cyrus POP3 3.6.1-Debian server ready <1.2@mail.example.org>", NULL, NULL,
	NULL, "cyrus"},
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
static bool
provider_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(provider_rows); i++) {
		if (provider_rows[i].provider != NULL &&
		    strcmp(provider_rows[i].provider, name) == 0)
			return true;
	}
	return false;
}

START_TEST(providers_of_rows)
{
	struct reply_row row = {0};

	while (reply_row_next(&row)) {
		const char *name = row.provider + (row.provider[0] == '?');

		ck_assert_msg(
		    name[0] == '\0' || provider_known(name), "%s: who is %s?", row.name, name);
	}
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {words_read, ARRAY_LEN(word_rows)},
	    {words_end, 0},
	    {patterns, ARRAY_LEN(pattern_rows)},
	    {heads, ARRAY_LEN(head_rows)},
	    {providers, ARRAY_LEN(provider_rows)},
	    {providers_of_rows, 0},
	};

	return unit_main("check_reply_parts", units, ARRAY_LEN(units));
}
