/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/smtp from the envelope on: MAIL and RCPT, messages, commands of the
 * user's own, and what a server must refuse.
 */
#include <openssl/evp.h>
#include <string.h>

#include "lib/smtp_row.h"
#include "lib/unit.h"

static const char *const ONE[] = {"x@y.test", NULL};
static const char *const TWO[] = {"x@y.test", "z@y.test", NULL};

static const struct smtp_row ENVELOPES[] = {
    {"one by one",
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\n"
	       "S: 250 ok\nC: RCPT TO:<z@y.test>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE,
	{FROM, .rcpt = TWO},
	"caps 0; mail 250; x@y.test 250 +; z@y.test 250 +; rset 250; goodbye; ", 0, NULL},
    {"null sender, size",
	CAPS "S: 250 SIZE\nC: MAIL FROM:<> SIZE=1234\nS: 250 ok\nC: RSET\n"
	     "S: 250 ok\n" BYE,
	{NAME, .from = "", .size = 1234}, "caps 1; mail 250; rset 250; goodbye; ", 0, NULL},
    {"size not offered is not declared",
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RSET\n"
	       "S: 250 ok\n" BYE,
	{FROM, .size = 1234}, "caps 0; mail 250; rset 250; goodbye; ", 0, NULL},
    {"UTF-8",
	CAPS "S: 250 SMTPUTF8\nC: MAIL FROM:<\xc3\xa4@b.test> SMTPUTF8\nS: 250 ok\n"
	     "C: RSET\nS: 250 ok\n" BYE,
	{NAME, .from = "\xc3\xa4@b.test"}, "caps 1; mail 250; rset 250; goodbye; ", 0, NULL},
    {"together",
	PIPE "C: MAIL FROM:<a@b.test>\nC: RCPT TO:<x@y.test>\nC: RSET\nC: QUIT\n"
	     "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 221 bye\n",
	{FROM, .rcpt = ONE}, "caps 3; pipelined; mail 250; x@y.test 250 +; rset 250; goodbye; ", 0,
	NULL},
    {"together with the login",
	PIPE "C: AUTH PLAIN " PLAIN "\nC: MAIL FROM:<a@b.test>\n"
	     "C: RCPT TO:<x@y.test>\nC: RSET\nC: QUIT\nS: 235 in\nS: 250 ok\nS: 250 ok\nS: 250 ok\n"
	     "S: 221 bye\n",
	{FROM, ANNA, .rcpt = ONE},
	"caps 3; pipelined; sent; in; 235 235 in; mail 250; x@y.test 250 +; rset 250; goodbye; ", 0,
	NULL},
    {"login refused, the rest is read",
	PIPE "C: AUTH PLAIN " PLAIN "\nC: MAIL FROM:<a@b.test>\n"
	     "C: RSET\nC: QUIT\nS: 535 no\nS: 530 login first\nS: 250 ok\nS: 221 bye\n",
	{FROM, ANNA},
	"err 10.535 login refused: 535 no; caps 3; pipelined; sent; 535 535 no; goodbye; ", 0,
	NULL},
    {"no flight when forbidden",
	PIPE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE,
	{FROM, .no_pipeline = true}, "caps 3; mail 250; rset 250; goodbye; ", 0, NULL},
    {"sender refused", SIMPLE "C: MAIL FROM:<a@b.test>\nS: 553 5.7.1 not yours\n" BYE,
	{FROM, .rcpt = ONE},
	"err 10.553 MAIL refused: 553 5.7.1 not yours; caps 0; mail 553 5.7.1; "
	"refusal MAIL 553 5.7.1; goodbye; ",
	0, NULL},
    {"sender refused in a flight",
	PIPE "C: MAIL FROM:<a@b.test>\nC: RCPT TO:<x@y.test>\n"
	     "C: RSET\nC: QUIT\nS: 553 no\nS: 503 MAIL first\nS: 250 ok\nS: 221 bye\n",
	{FROM, .rcpt = ONE},
	"err 10.553 MAIL refused: 553 no; caps 3; pipelined; mail 553; "
	"refusal MAIL 553; goodbye; ",
	0, NULL},
    {"one recipient of two",
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\n"
	       "S: 550 5.1.1 who?\nC: RCPT TO:<z@y.test>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE,
	{FROM, .rcpt = TWO},
	"caps 0; mail 250; x@y.test 550 -; z@y.test 250 +; rset 250; "
	"refusal RCPT x@y.test 550 5.1.1; goodbye; ",
	0, NULL},
    {"421 in the middle",
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\n"
	       "S: 421 4.3.2 down\nCLOSE\n",
	{FROM, .rcpt = ONE},
	"err 6.0 RSET: connection closed by the server; caps 0; mail 250; x@y.test 421 -; "
	"refusal RCPT x@y.test 421 4.3.2; ",
	0, NULL},
    {"reply of another command", SIMPLE "C: MAIL FROM:<a@b.test>\nS: 354 go on\n", {FROM},
	"err 8.4 MAIL: answered by 354, a reply to something else; caps 0; mail 354; ", 0, NULL},
    {"one reply too many", SIMPLE "C: MAIL FROM:<a@b.test>\nS: RAW 250 ok\\r\\n250 ok\\r\\n\n",
	{FROM}, "err 8.3 RSET: answered before it was asked; caps 0; mail 250; ", 0, NULL},
    {"stalled", SIMPLE "C: MAIL FROM:<a@b.test>\nSTALL\n", {FROM},
	"err 5.0 MAIL: no answer in time; caps 0; ", 0, NULL},
    {"login forgotten",
	AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\nC: MAIL FROM:<a@b.test>\n"
	     "S: 530 5.7.0 login first\n" BYE,
	{FROM, ANNA},
	"err 10.530 MAIL refused: 530 5.7.0 login first; caps 1; sent; in; 235 235 in; mail 530 "
	"5.7.0; "
	"refusal MAIL 530 5.7.0; goodbye; ",
	0, NULL},
};

static const char *const COMMANDS[] = {"RCPT TO:<x@y.test>", "NOOP", NULL};
static const char *const EVIL[] = {"NOOP\r\nDATA", NULL};

static const struct smtp_row CLASSICS[] = {
    {"commands", SIMPLE "C: RCPT TO:<x@y.test>\nS: 503 no\nC: NOOP\nS: 250-a\nS: 250 b\n" BYE,
	{NAME, .commands = COMMANDS},
	"caps 0; RCPT TO:<x@y.test> -> 503 no; NOOP -> 250-a/250 b; goodbye; ", 0, NULL},
    {"inside the transaction",
	PIPE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\n"
	     "S: 250 ok\nC: NOOP\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE,
	{FROM, .commands = COMMANDS},
	"caps 3; mail 250; rset 250; RCPT TO:<x@y.test> -> 250 ok; "
	"NOOP -> 250 ok; goodbye; ",
	0, NULL},
    {"a line break is no command", SIMPLE, {NAME, .commands = EVIL},
	"err 2.0 *a line break inside a value to send; caps 0; NOOP\r\nDATA -> (none); ", 0, NULL},
};

#define MESSAGE \
	"C: Date: Thu, 1 Jan 1970 00:16:40 +0000\nC: From: <a@b.test>\nC: To: <x@y.test>*\n" \
	"C?:  <z@y.test>\n" \
	"C: Subject: Mail delivery check\nC: Message-ID: <" TOKEN "@mon.test>\n" \
	"C: X-Mailvitals-Token: " TOKEN "\nC: Auto-Submitted: auto-generated\n" \
	"C: MIME-Version: 1.0\nC: Content-Type: text/plain; charset=us-ascii\nC: \n" \
	"C: This message was sent by a monitoring system to see whether mail arrives.\n" \
	"C: It may be deleted.\nC: \nC: Token: " TOKEN "\n"
#define DOT "A line that begins with a dot arrives as it was sent.\n"
#define SEND .send = {.wanted = true, .token = TOKEN, .now_unix = 1000}
#define TO_ONE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\nS: 250 ok\n"
#define BY_DATA "C: DATA\nS: 354 go\n" MESSAGE "C: .." DOT "C: .\n"

static const struct smtp_row MESSAGES[] = {
    {"DATA", SIMPLE TO_ONE BY_DATA "S: 250 2.0.0 Ok: queued as 4X1Y2\n" BYE,
	{FROM, SEND, .rcpt = ONE},
	"caps 0; mail 250; x@y.test 250 +; data 354; message 250; sent 4X1Y2; goodbye; ", 0, NULL},
    {"BDAT",
	CAPS "S: 250 CHUNKING\n" TO_ONE "C: BDAT 504 LAST\n" MESSAGE "C: ." DOT
	     "S: 250 OK id=1a-2b-3c\n" BYE,
	{FROM, SEND, .rcpt = ONE},
	"caps 1; mail 250; x@y.test 250 +; chunked; message 250; sent 1a-2b-3c; goodbye; ", 0,
	NULL},
    {"declared and padded",
	CAPS "S: 250 SIZE 0\nC: MAIL FROM:<a@b.test> SIZE=700\nS: 250 ok\n"
	     "C: RCPT TO:<x@y.test>\nS: 250 ok\nC: DATA\nS: 354 go\n" MESSAGE "C: .." DOT
	     "C: 0123456789*\nC: 0123456789*\nC: 0123456789*\nC: .\nS: 250 ok\n" BYE,
	{FROM, SEND, .rcpt = ONE, .size = 700},
	"caps 1; mail 250; x@y.test 250 +; data 354; message 250; sent; goodbye; ", 0, NULL},
    {"envelope in one flight",
	CAPS "S: 250 PIPELINING\nC: MAIL FROM:<a@b.test>\n"
	     "C: RCPT TO:<x@y.test>\nS: 250 ok\nS: 250 ok\n" BY_DATA "S: 250 ok\n" BYE,
	{FROM, SEND, .rcpt = ONE},
	"caps 1; pipelined; mail 250; x@y.test 250 +; data 354; message 250; sent; goodbye; ", 0,
	NULL},
    {"no recipient left",
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\n"
	       "S: 554 5.7.1 relay\n" BYE,
	{FROM, SEND, .rcpt = ONE},
	"err 10.554 RCPT refused: 554 5.7.1 relay; caps 0; mail 250; x@y.test 554 -; "
	"refusal RCPT x@y.test 554 5.7.1; goodbye; ",
	0, NULL},
    {"DATA refused", SIMPLE TO_ONE "C: DATA\nS: 554 5.5.1 no\n" BYE, {FROM, SEND, .rcpt = ONE},
	"err 10.554 DATA refused: 554 5.5.1 no; caps 0; mail 250; x@y.test 250 +; data 554; "
	"refusal DATA 554 5.5.1; goodbye; ",
	0, NULL},
    {"DATA out of step", SIMPLE TO_ONE "C: DATA\nS: 250 2.0.0 Ok: queued as FORGED\n",
	{FROM, SEND, .rcpt = ONE},
	"err 8.4 DATA: answered by 250, a reply to something else; caps 0; mail 250; "
	"x@y.test 250 +; data 250; ",
	0, NULL},
    {"final reply before the message",
	SIMPLE TO_ONE "C: DATA\nS: RAW 354 go\\r\\n250 2.0.0 Ok: queued as FORGED\\r\\n\nREST\n",
	{FROM, SEND, .rcpt = ONE},
	"err 8.3 message: answered before it was asked; caps 0; mail 250; x@y.test 250 +; "
	"data 354; ",
	0, NULL},
    {"message refused", SIMPLE TO_ONE BY_DATA "S: 552 5.3.4 too large, queued as NOT\n" BYE,
	{FROM, SEND, .rcpt = ONE},
	"err 10.552 message refused: 552 5.3.4 too large, queued as NOT; "
	"caps 0; mail 250; x@y.test 250 +; data 354; message 552; refusal message 552 5.3.4; "
	"goodbye; ",
	0, NULL},
    {"LMTP, all",
	"S: 220 lmtp\nC: LHLO mon.test\nS: 250 mx\nC: MAIL FROM:<a@b.test>\nS: 250 ok\n"
	"C: RCPT TO:<x@y.test>\nS: 250 ok\nC: RCPT TO:<z@y.test>\nS: 250 ok\n" BY_DATA
	"S: 250 2.0.0 <x@y.test> AbC Saved\nS: 250 2.0.0 <z@y.test> DeF Saved\n" BYE,
	{FROM, SEND, .lmtp = true, .rcpt = TWO},
	"caps 0; mail 250; x@y.test 250 + 250; z@y.test 250 + 250; data 354; message 250; sent "
	"AbC; "
	"goodbye; ",
	0, NULL},
    {"LMTP, one full",
	"S: 220 lmtp\nC: LHLO mon.test\nS: 250 mx\nC: MAIL FROM:<a@b.test>\n"
	"S: 250 ok\nC: RCPT TO:<x@y.test>\nS: 250 ok\nC: RCPT TO:<z@y.test>\nS: 250 ok\n" BY_DATA
	"S: 250 2.0.0 <x@y.test> AbC Saved\nS: 552 5.2.2 <z@y.test> full\n" BYE,
	{FROM, SEND, .lmtp = true, .rcpt = TWO},
	"err 10.552 message refused: 552 5.2.2 *full; caps 0; mail 250; x@y.test 250 + 250; "
	"z@y.test 250 + 552; data 354; message 552; refusal message z@y.test 552 5.2.2; goodbye; ",
	0, NULL},
    {"LMTP, one refused before",
	"S: 220 lmtp\nC: LHLO mon.test\nS: 250 mx\n"
	"C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<x@y.test>\nS: 550 5.1.1 who?\n"
	"C: RCPT TO:<z@y.test>\nS: 250 ok\n" BY_DATA "S: 250 2.0.0 <z@y.test> DeF Saved\n" BYE,
	{FROM, SEND, .lmtp = true, .rcpt = TWO},
	"caps 0; mail 250; x@y.test 550 -; z@y.test 250 + 250; data 354; message 250; sent DeF; "
	"refusal RCPT x@y.test 550 5.1.1; goodbye; ",
	0, NULL},
    {"nobody to send to", "", {FROM, SEND}, "err 2.0 a message needs a sender and a recipient; ", 0,
	NULL},
};

#define BIT(name) .must_refuse = 1U << SMTP_REFUSE_##name
#define FIRST SIMPLE BYE

static const struct smtp_row REFUSALS[] = {
    {"relay refused", FIRST, {NAME, BIT(RELAY)}, "caps 0; goodbye; relay refused 554 5.7.1; ", 0,
	SIMPLE "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<mailvitals-test@example.com>\n"
	       "S: 554 5.7.1 relay access denied\n" BYE},
    {"open relay", FIRST, {NAME, BIT(RELAY), .relay_rcpt = "o@far.test"},
	"caps 0; goodbye; relay ACCEPTED 250; ", 0,
	SIMPLE "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<o@far.test>\nS: 250 ok\n" BYE},
    {"relay test cut", FIRST, {NAME, BIT(RELAY)}, "caps 0; goodbye; relay untried err 6; ", 0,
	SIMPLE "C: MAIL FROM:<>\nCLOSE\n"},
    {"relay refused at MAIL", FIRST, {NAME, BIT(RELAY)},
	"caps 0; goodbye; relay refused 530 5.7.0; ", 0,
	SIMPLE "C: MAIL FROM:<>\nS: 530 5.7.0 login first\n" BYE},
    {"anonymous refused at RCPT",
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE,
	{FROM, BIT(ANONYMOUS)}, "caps 0; mail 250; rset 250; goodbye; anonymous refused 554; ", 0,
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<a@b.test>\nS: 554 no\n" BYE},
    {"anonymous accepted", SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE,
	{FROM, BIT(ANONYMOUS)}, "caps 0; mail 250; rset 250; goodbye; anonymous ACCEPTED 250; ", 0,
	SIMPLE "C: MAIL FROM:<a@b.test>\nS: 250 ok\nC: RCPT TO:<a@b.test>\nS: 250 ok\n" BYE},
    {"anonymous without a sender", FIRST, {NAME, BIT(ANONYMOUS)},
	"caps 0; goodbye; anonymous untried no sender given; ", 0, SIMPLE BYE},
    {"foreign sender refused",
	PIPE "C: AUTH PLAIN " PLAIN "\nC: MAIL FROM:<a@b.test>\nC: RSET\n"
	     "C: QUIT\nS: 235 in\nS: 250 ok\nS: 250 ok\nS: 221 bye\n",
	{FROM, ANNA, BIT(FOREIGN_FROM)},
	"caps 3; pipelined; sent; in; 235 235 in; mail 250; rset 250; goodbye; "
	"foreign-from refused 553; ",
	0,
	PIPE "C: AUTH PLAIN " PLAIN "\nS: 235 in\nC: MAIL FROM:<mailvitals-test@example.com>\n"
	     "S: 553 not yours\n" BYE},
    {"foreign sender accepted", AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" BYE,
	{NAME, ANNA, BIT(FOREIGN_FROM), .rcpt = ONE, .foreign_from = "f@g.test"},
	"caps 1; sent; in; 235 235 in; goodbye; foreign-from ACCEPTED 250; ", 0,
	AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\nC: MAIL FROM:<f@g.test>\nS: 250 ok\n"
	     "C: RCPT TO:<x@y.test>\nS: 250 ok\n" BYE},
    {"wrong password refused", AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" BYE,
	{NAME, ANNA, BIT(WRONG_PASSWORD)},
	"caps 1; sent; in; 235 235 in; goodbye; wrong-password refused 535; ", 0,
	AUTH "C: AUTH PLAIN *\nS: 535 no\n" BYE},
    {"wrong password accepted", AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" BYE,
	{NAME, ANNA, BIT(WRONG_PASSWORD)},
	"caps 1; sent; in; 235 235 in; goodbye; wrong-password ACCEPTED 235; ", 0,
	AUTH "C: AUTH PLAIN *\nS: 235 welcome\n" BYE},
    {"wrong password stalled", AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" BYE,
	{NAME, ANNA, BIT(WRONG_PASSWORD)},
	"caps 1; sent; in; 235 235 in; goodbye; wrong-password untried err 5; ", 0,
	AUTH "C: AUTH PLAIN *\nSTALL\n"},
    {"disabled account refused", AUTH BYE, {NAME, ANNA, BIT(LOGIN)},
	"caps 1; goodbye; login refused 525; ", 0,
	AUTH "C: AUTH PLAIN " PLAIN "\nS: 525 disabled\n" BYE},
    {"disabled account accepted", AUTH BYE, {NAME, ANNA, BIT(LOGIN)},
	"caps 1; goodbye; login ACCEPTED 235; ", 0,
	AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" BYE},
    {"clear AUTH refused", FIRST, {NAME, BIT(PLAIN_AUTH)},
	"caps 0; goodbye; plain-auth refused 538 5.7.11; ", 0,
	AUTH "C: AUTH PLAIN\nS: 538 5.7.11 encrypt first\n" BYE},
    {"clear AUTH accepted", FIRST, {NAME, BIT(PLAIN_AUTH)},
	"caps 0; goodbye; plain-auth ACCEPTED 334; ", 0,
	AUTH "C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 ok\n" BYE},
    {"VRFY says nothing", FIRST, {NAME, BIT(VRFY), .rcpt = ONE},
	"caps 0; goodbye; vrfy refused 252; ", 0,
	SIMPLE "C: VRFY x@y.test\nS: 252 perhaps\nC: VRFY *@y.test\nS: 252 perhaps\n" BYE},
    {"VRFY is off", FIRST, {NAME, BIT(VRFY), .rcpt = ONE},
	"caps 0; goodbye; vrfy refused 502 5.5.1; ", 0,
	SIMPLE "C: VRFY x@y.test\nS: 502 5.5.1 off\nC: VRFY *@y.test\nS: 502 5.5.1 off\n" BYE},
    {"VRFY tells by difference", FIRST, {NAME, BIT(VRFY), .rcpt = ONE},
	"caps 0; goodbye; vrfy ACCEPTED 252; ", 0,
	SIMPLE "C: VRFY x@y.test\nS: 252 perhaps\nC: VRFY *@y.test\nS: 550 nobody\n" BYE},
    {"VRFY tells", FIRST, {NAME, BIT(VRFY), .rcpt = ONE}, "caps 0; goodbye; vrfy ACCEPTED 250; ", 0,
	SIMPLE "C: VRFY x@y.test\nS: 250 X <x@y.test>\nC: VRFY *@y.test\nS: 550 nobody\n" BYE},
    {"not smuggled", SIMPLE TO_ONE "C: RSET\nS: 250 ok\n" BYE, {FROM, BIT(SMUGGLING), .rcpt = ONE},
	"caps 0; mail 250; x@y.test 250 +; rset 250; goodbye; smuggling refused 0; ", 0,
	SIMPLE TO_ONE "C: DATA\nS: 354 go\nREST\nSTALL\n"},
    {"smuggled", SIMPLE TO_ONE "C: RSET\nS: 250 ok\n" BYE, {FROM, BIT(SMUGGLING), .rcpt = ONE},
	"caps 0; mail 250; x@y.test 250 +; rset 250; goodbye; "
	"smuggling ACCEPTED 250 LF.LF; ",
	0,
	SIMPLE TO_ONE
	"C: DATA\nS: 354 go\nC: Subject: *\nC: \nC: test\nC: .\nS: 250 queued\nREST\n"},
    {"bare LF refused", SIMPLE TO_ONE "C: RSET\nS: 250 ok\n" BYE,
	{FROM, BIT(SMUGGLING), .rcpt = ONE},
	"caps 0; mail 250; x@y.test 250 +; rset 250; goodbye; smuggling refused 521 5.5.2; ", 0,
	SIMPLE TO_ONE "C: DATA\nS: 354 go\nC: Subject: *\nC: \nC: test\nC: .\n"
		      "S: 521 5.5.2 bare LF\nCLOSE\n"},
    {"no test where EHLO was refused", HELLO "S: 550 no\n" BYE,
	{NAME, BIT(RELAY), .lmtp = false, .login = {.user = "u", .password = "p"}},
	"err 10.550 EHLO refused: 550 no; refusal EHLO 550; goodbye; relay untried; ", 0, NULL},
};

#define TABLE(name, rows) \
	START_TEST(name) \
	{ \
		const struct dialog_row row = smtp_row_common(&rows[_i]); \
\
		dialog_row_run(&smtp_row_kind, &row); \
	} \
	END_TEST
TABLE(envelopes, ENVELOPES)
TABLE(classics, CLASSICS)
TABLE(messages, MESSAGES)
TABLE(refusals, REFUSALS)

START_TEST(cut_envelopes)
{
	const struct dialog_row row = smtp_row_common(&ENVELOPES[_i]);

	dialog_row_cut(&smtp_row_kind, &row);
}
END_TEST

START_TEST(cut_messages)
{
	const struct dialog_row row = smtp_row_common(&MESSAGES[_i]);

	dialog_row_cut(&smtp_row_kind, &row);
}
END_TEST

/* What is hashed is what was sent, transparency and padding aside. */
START_TEST(body_hash)
{
	static const char body[] =
	    "This message was sent by a monitoring system to see whether mail arrives.\r\n"
	    "It may be deleted.\r\n\r\nToken: " TOKEN "\r\n"
	    ".A line that begins with a dot arrives as it was sent.\r\n";
	const struct dialog_row row = smtp_row_common(&MESSAGES[0]);
	unsigned char want[32];
	struct memstream mem;
	struct smtp_facts facts;
	fake_clock_start();
	memstream_init(&mem, MESSAGES[0].script, deadline_in(5 * US_PER_S));
	dialog_row_play(&smtp_row_kind, &row, &mem, &facts);
	ck_assert_int_eq(EVP_Digest(body, strlen(body), want, NULL, EVP_sha256(), NULL), 1);
	ck_assert_mem_eq(want, facts.body_sha256, sizeof want);
	ck_assert_str_eq(facts.token, TOKEN);
	ck_assert_uint_eq(facts.message_size, 504);
	smtp_facts_free(&facts);
	memstream_free(&mem);
	fake_clock_stop();
}
END_TEST

START_TEST(names)
{
	enum smtp_refuse refuse;
	for (int i = 0; i < SMTP_REFUSE_COUNT; i++) {
		ck_assert(smtp_refuse_find(smtp_refuse_name((enum smtp_refuse)i), &refuse));
		ck_assert_int_eq(refuse, i);
	}
	ck_assert(!smtp_refuse_find("everything", &refuse));
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {envelopes, ARRAY_LEN(ENVELOPES)},
	    {classics, ARRAY_LEN(CLASSICS)},
	    {messages, ARRAY_LEN(MESSAGES)},
	    {refusals, ARRAY_LEN(REFUSALS)},
	    {cut_envelopes, ARRAY_LEN(ENVELOPES)},
	    {cut_messages, ARRAY_LEN(MESSAGES)},
	    {body_hash, 0},
	    {names, 0},
	};

	return unit_main("smtp envelope", units, ARRAY_LEN(units));
}
