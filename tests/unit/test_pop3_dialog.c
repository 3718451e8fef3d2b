/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/pop3 over a memory stream and a fake clock. A row is a server, what is
 * asked of it, and the facts afterwards in words; what the client must say are
 * the script's C lines.
 */
#include <string.h>

#include "dialog/pop3.h"
#include "lib/dialog_row.h"
#include "lib/unit.h"

#define PLAIN "AGFubmEAcGEgc3M=" /* anna, pa ss */

#define HI "S: +OK ready\n"
#define CAPA(caps) HI "C: CAPA\nS: +OK\n" caps "S: .\n"
#define USER "S: USER\nS: UIDL\nS: TOP\n"
#define OLD HI "C: CAPA\nS: -ERR what?\n"
#define LOGIN "C: USER anna\nS: +OK\nC: PASS pa ss\nS: +OK in\n"
#define STAT "C: STAT\nS: +OK 2 320\n"
#define BYE "C: QUIT\nS: +OK bye\n"
#define ANNA .login = {.user = "anna", .password = "pa ss", .allow_exposed = true}
#define AS(kind) \
	.login = {.user = "anna", \
	    .password = "pa ss", \
	    .allow_exposed = true, \
	    .mechanism_given = true, \
	    .mechanism = kind}

struct row {
	const char *name, *script;
	struct pop3_params params;
	const char *want;
	enum session_mode mode; /* 0 stands for cleartext here: TLS needs certificates */
};

static const struct row GREETINGS[] = {
    {"ends behind CAPA without a user", CAPA("S: UIDL\nS: IMPLEMENTATION x\n") BYE, {.uidl = false},
	"caps 2; goodbye; ", 0},
    {"CAPA unknown", OLD BYE, {.uidl = false}, "goodbye; ", 0},
    {"timestamp", "S: +OK <1@x> hi\nC: CAPA\nS: -ERR\n" BYE, {.uidl = false},
	"stamp <1@x>; goodbye; ", 0},
    {"refused", "S: -ERR [IN-USE] too many\n" BYE, {.uidl = false},
	"err 10.0 greeting refused: -ERR [IN-USE] too many; refusal greeting [IN-USE] too many; "
	"goodbye; ",
	0},
    {"bare plus", "S: +\n", {.uidl = false}, "err 8.1 greeting: neither +OK nor -ERR: +; ", 0},
    {"longer word", "S: +OKAY\n", {.uidl = false},
	"err 8.1 greeting: neither +OK nor -ERR: +OKAY; ", 0},
    {"SMTP", "S: 220 mx\n", {.uidl = false},
	"err 8.5 greeting: not a POP3 server but an SMTP or FTP server: 220 mx; ", 0},
    {"silence", "STALL\n", {.uidl = false}, "err 5.0 greeting: no answer in time; ", 0},
    {"closed", "CLOSE\n", {.uidl = false}, "err 6.0 greeting: connection closed by the server; ",
	0},
    {"listing behind the greeting", "S: RAW +OK\\r\\n+OK\\r\\n.\\r\\n\n", {.uidl = false},
	"err 8.3 CAPA: answered before it was asked; ", 0},
    {"CAPA without an end", HI "C: CAPA\nS: +OK\nS: REPEAT 300 X\\r\\n\n", {.uidl = false},
	"err 8.2 CAPA: more than 256 lines; caps 256; ", 0},
    {"continuation out of place", HI "C: CAPA\nS: + go on\n", {.uidl = false},
	"err 8.1 CAPA: neither +OK nor -ERR: + go on; ", 0},
};

static const struct row UPGRADES[] = {
    {"missing", CAPA(USER) BYE, {ANNA},
	"err 9.0 STLS: the server does not offer STLS; caps 3; "
	"goodbye; ",
	SESSION_STARTTLS},
    {"CAPA unknown", OLD BYE, {ANNA}, "err 9.0 STLS: the server does not offer STLS; goodbye; ",
	SESSION_STARTTLS},
    {"refused", CAPA("S: STLS\n") "C: STLS\nS: -ERR not now\n" BYE, {ANNA},
	"err 10.0 STLS refused: -ERR not now; caps 1; starttls -ERR not now; "
	"refusal STLS not now; goodbye; ",
	SESSION_STARTTLS},
    {"forged answer behind", CAPA("S: STLS\n") "C: STLS\nS: RAW +OK go\\r\\n+OK\\r\\n\n", {ANNA},
	"err 8.3 STLS: 5 bytes in clear behind the answer; starttls +OK go; injected 5; ",
	SESSION_STARTTLS},
    {"no APOP in clear", "S: +OK <1@x>\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\nS: -ERR\n" BYE,
	{AS(SASL_APOP)},
	"err 10.0 STLS refused: -ERR; caps 1; stamp <1@x>; starttls -ERR; "
	"refusal STLS ; goodbye; ",
	SESSION_STARTTLS},
};

static const struct row LOGINS[] = {
    {"USER and PASS", CAPA(USER) LOGIN STAT BYE, {ANNA},
	"caps 3; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"old server", OLD LOGIN STAT BYE, {ANNA}, "sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"all together",
	CAPA(USER "S: PIPELINING\n") "C: USER anna\nC: PASS pa ss\nC: STAT\nC: QUIT\n"
				     "S: +OK\nS: +OK in\nS: +OK 2 320\nS: +OK bye\n",
	{ANNA}, "caps 4; pipelined; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"refused together",
	CAPA(USER
	    "S: PIPELINING\n") "C: USER anna\nC: PASS pa ss\nC: STAT\n"
			       "C: QUIT\nS: +OK\nS: -ERR [AUTH] no\nS: -ERR log in\nS: +OK bye\n",
	{ANNA},
	"err 10.0 login refused: -ERR [AUTH] no; caps 4; pipelined; sent; -ERR [AUTH] no; "
	"code AUTH; goodbye; ",
	0},
    {"one by one when asked", CAPA(USER "S: PIPELINING\n") LOGIN STAT BYE,
	{ANNA, .no_pipeline = true}, "caps 4; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"refused at USER", CAPA(USER) "C: USER anna\nS: -ERR no such\n" BYE, {ANNA},
	"err 10.0 USER refused: -ERR no such; caps 3; -ERR no such; goodbye; ", 0},
    {"closed behind PASS", CAPA(USER) "C: USER anna\nS: +OK\nC: PASS pa ss\nCLOSE\n", {ANNA},
	"err 6.0 login: connection closed by the server; caps 3; sent; closed; ", 0},
    {"a plus is no yes", CAPA(USER) "C: USER anna\nS: +OK\nC: PASS pa ss\nS: +\n", {ANNA},
	"err 8.4 login: a challenge that nobody asked for; caps 3; sent; +; ", 0},
    {"IN-USE", CAPA(USER) "C: USER anna\nS: +OK\nC: PASS pa ss\nS: -ERR [IN-USE] locked\n" BYE,
	{ANNA},
	"err 10.0 login refused: -ERR [IN-USE] locked; caps 3; sent; "
	"-ERR [IN-USE] locked; code IN-USE; goodbye; ",
	0},
    {"withheld", CAPA(USER) BYE, {.login = {.user = "anna", .password = "pa ss"}},
	"err 2.0 login not sent: the connection is not verified TLS; caps 3; withheld; goodbye; ",
	0},
    {"APOP withheld", "S: +OK <1@x>\nC: CAPA\nS: -ERR\n" BYE,
	{.login = {.user = "anna",
	     .password = "pa ss",
	     .mechanism_given = true,
	     .mechanism = SASL_APOP}},
	"err 2.0 login not sent: the connection is not verified TLS; stamp <1@x>; withheld; "
	"goodbye; ",
	0},
    /* RFC 1939, 7 */
    {"APOP",
	"S: +OK <1896.697170952@dbc.mtview.ca.us>\nC: CAPA\nS: -ERR\n"
	"C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK in\n" STAT BYE,
	{.login = {.user = "mrose",
	     .password = "tanstaaf",
	     .allow_exposed = true,
	     .mechanism_given = true,
	     .mechanism = SASL_APOP}},
	"stamp <1896.697170952@dbc.mtview.ca.us>; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"APOP without a timestamp", OLD BYE, {AS(SASL_APOP)},
	"err 9.0 APOP is not offered; the server offers USER; goodbye; ", 0},
    {"PLAIN", CAPA("S: SASL PLAIN\n") "C: AUTH PLAIN " PLAIN "\nS: +OK in\n" STAT BYE, {ANNA},
	"caps 1; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"PLAIN together",
	CAPA("S: SASL PLAIN\nS: PIPELINING\n") "C: AUTH PLAIN " PLAIN "\nC: STAT\n"
					       "C: QUIT\nS: +OK in\nS: +OK 2 320\nS: +OK bye\n",
	{ANNA}, "caps 2; pipelined; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"LOGIN by order",
	CAPA("S: SASL LOGIN\n") "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: YW5uYQ==\n"
				"S: + \nC: cGEgc3M=\nS: +OK in\n" STAT BYE,
	{AS(SASL_LOGIN)}, "caps 1; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"SASL before USER",
	CAPA(USER "S: SASL PLAIN LOGIN\n") "C: AUTH PLAIN " PLAIN
					   "\nS: -ERR [SYS/TEMP] later\n" BYE,
	{ANNA},
	"err 10.0 login refused: -ERR [SYS/TEMP] later; caps 4; sent; -ERR [SYS/TEMP] later; "
	"code SYS/TEMP; goodbye; ",
	0},
    {"long response waits",
	CAPA("S: SASL XOAUTH2\n") "C: AUTH XOAUTH2\nS: + \nC: dXNlcj1hbm5h*\n"
				  "S: +OK in\n" STAT BYE,
	{.login = {.user = "anna",
	     .allow_exposed = true,
	     .token =
		 "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
		 "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
		 "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"}},
	"caps 1; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"nothing usable", CAPA("S: TOP\n") BYE, {ANNA},
	"err 9.0 no usable login: the server offers no login that is known here; caps 1; goodbye; ",
	0},
};

#define TOP_OF(fields) "C: TOP 2 0\nS: +OK\n" fields "S: \nS: .\n"
#define DATED "S: Date: Sun, 22 Nov 2026 05:23:38 +0000\n"

static const struct row MAILBOXES[] = {
    {"refused only at STAT", CAPA(USER) LOGIN "C: STAT\nS: -ERR [SYS/PERM] POP is off\n" BYE,
	{ANNA},
	"err 10.0 STAT refused: -ERR [SYS/PERM] POP is off; caps 3; sent; in; +OK in; "
	"refusal STAT [SYS/PERM] POP is off; goodbye; ",
	0},
    {"negative count", CAPA(USER) LOGIN "C: STAT\nS: +OK -1 320\n", {ANNA},
	"err 8.1 STAT: bad numbers: +OK -1 320; caps 3; sent; in; +OK in; ", 0},
    {"20 digits", CAPA(USER) LOGIN "C: STAT\nS: +OK 99999999999999999999 1\n", {ANNA},
	"err 8.1 STAT: bad numbers: +OK 99999999999999999999 1; caps 3; sent; in; +OK in; ", 0},
    {"lower case", CAPA(USER) LOGIN "C: STAT\nS: +ok 2 320\n", {ANNA},
	"err 8.1 STAT: neither +OK nor -ERR: +ok 2 320; caps 3; sent; in; +OK in; ", 0},
    {"UIDL unique",
	CAPA(USER) LOGIN STAT "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: .\nC: UIDL 2\n"
			      "S: +OK 2 b\n" BYE,
	{ANNA, .uidl = true}, "caps 3; sent; in; +OK in; 2 messages 320; uidl 2 done; goodbye; ",
	0},
    {"UIDL twice the same",
	CAPA(USER) LOGIN STAT "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 a\n"
			      "S: 4 a\nS: .\nC: UIDL 4\nS: +OK 4 a\n" BYE,
	{ANNA, .uidl = true},
	"caps 3; sent; in; +OK in; 2 messages 320; uidl 4 done 2 as a; goodbye; ", 0},
    {"UIDL changes",
	CAPA(USER) LOGIN STAT "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: .\nC: UIDL 2\n"
			      "S: +OK 2 c\n" BYE,
	{ANNA, .uidl = true},
	"caps 3; sent; in; +OK in; 2 messages 320; uidl 2 done unstable; goodbye; ", 0},
    {"UIDL broken", CAPA(USER) LOGIN STAT "C: UIDL\nS: +OK\nS: 1\nS: .\n", {ANNA, .uidl = true},
	"err 8.1 UIDL: broken line: 1; caps 3; sent; in; +OK in; 2 messages 320; uidl 0; ", 0},
    {"UIDL refused", CAPA(USER) LOGIN STAT "C: UIDL\nS: -ERR no\n" BYE, {ANNA, .uidl = true},
	"caps 3; sent; in; +OK in; 2 messages 320; uidl 0; refusal UIDL no; goodbye; ", 0},
    {"UIDL not offered", CAPA("S: USER\n") LOGIN STAT BYE, {ANNA, .uidl = true},
	"caps 1; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"UIDL rides with STAT",
	CAPA(USER "S: PIPELINING\n") "C: USER anna\nC: PASS pa ss\nS: +OK\n"
				     "S: +OK in\nC: STAT\nC: UIDL\nS: +OK 0 0\nS: +OK\nS: .\n" BYE,
	{ANNA, .uidl = true}, "caps 4; sent; in; +OK in; 0 messages 0; uidl 0 done; goodbye; ", 0},
    {"flight lost behind the login",
	CAPA(USER "S: PIPELINING\n") "C: USER anna\nC: PASS pa ss\n"
				     "C: STAT\nC: QUIT\nS: +OK\nS: +OK in\nC: STAT\nC: QUIT\nS: "
				     "+OK 2 320\nS: +OK bye\n",
	{ANNA}, "caps 4; pipelined; lost; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"slow, not lost",
	CAPA(USER "S: PIPELINING\n") "C: USER anna\nC: PASS pa ss\n"
				     "C: STAT\nC: QUIT\nS: +OK\nS: +OK in\nSLEEP 3000\nS: +OK 2 "
				     "320\nS: +OK bye\nREST\n",
	{ANNA}, "caps 4; pipelined; lost; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"Courier is known to lose it",
	CAPA(USER
	    "S: PIPELINING\nS: IMPLEMENTATION Courier Mail Server\n") "C: USER anna\nC: PASS pa "
								      "ss\nS: +OK\nS: +OK in\n" STAT
									  BYE,
	{ANNA}, "caps 5; sent; in; +OK in; 2 messages 320; goodbye; ", 0},
    {"newest by Received",
	CAPA(USER) LOGIN STAT TOP_OF(
	    "S: Return-Path: <a@b>\nS: Received: from x by y;\nS: \tSun, 22 Nov 2026 05:23:38\n"
	    "S:  +0000 (UTC)\nS: Received: from w by x; Sat, 21 Nov 2026 05:23:38 +0000\n"
	    "S: Date: Fri, 20 Nov 2026 05:23:38 +0000\n") BYE,
	{ANNA, .newest_age = true},
	"caps 3; sent; in; +OK in; 2 messages 320; newest 1795325018; goodbye; ", 0},
    {"newest by Date", CAPA(USER) LOGIN STAT TOP_OF("S: Received: from x by y\n" DATED) BYE,
	{ANNA, .newest_age = true},
	"caps 3; sent; in; +OK in; 2 messages 320; newest 1795325018 by Date; goodbye; ", 0},
    {"Date in the body is none",
	CAPA(USER) LOGIN STAT "C: TOP 2 0\nS: +OK\nS: Subject: x\nS: \nS: "
			      "Date: Sun, 22 Nov 2026 05:23:38 +0000\nS: .\n" BYE,
	{ANNA, .newest_age = true},
	"caps 3; sent; in; +OK in; 2 messages 320; newest unknown; goodbye; ", 0},
    {"empty maildrop", CAPA(USER) LOGIN "C: STAT\nS: +OK 0 0\n" BYE, {ANNA, .newest_age = true},
	"caps 3; sent; in; +OK in; 0 messages 0; goodbye; ", 0},
    {"TOP refused", CAPA(USER) LOGIN STAT "C: TOP 2 0\nS: -ERR gone\n" BYE,
	{ANNA, .newest_age = true},
	"caps 3; sent; in; +OK in; 2 messages 320; newest unknown; refusal TOP gone; goodbye; ", 0},
    {"TOP without an end", CAPA(USER) LOGIN STAT "C: TOP 2 0\nS: +OK\nS: REPEAT 10001 X: y\\r\\n\n",
	{ANNA, .newest_age = true},
	"err 8.2 TOP: more than 10000 lines; caps 3; sent; in; +OK in; "
	"2 messages 320; newest unknown; ",
	0},
};

static const struct row RAWS[] = {
    {"sent and answered", HI "C: NOOP\nC: XYZZY\nS: +OK a\nS: -ERR b\n" BYE,
	{.send = "NOOP\r\nXYZZY\r\n"}, "reply +OK a/-ERR b; goodbye; ", 0},
    {"own goodbye", HI "C: BYE\n", {.quit = "BYE"}, "goodbye; ", 0},
    {"answer cut", HI "C: NOOP\nCLOSE\n", {.send = "NOOP\r\n"},
	"err 6.0 send: connection closed by the server; reply ; ", 0},
};

/* ---- facts in words ---- */

static void
put_login(struct buf *out, const struct pop3_facts *facts)
{
	const struct login_facts *login = &facts->login;
	const struct {
		bool is;
		const char *word;
	} words[] = {{facts->pipelined, "pipelined; "}, {facts->flight_lost, "lost; "},
	    {login->sent, "sent; "}, {login->withheld, "withheld; "}, {login->closed, "closed; "},
	    {facts->authenticated, "in; "}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].is)
			buf_add_text(out, words[i].word);
	if (login->reply)
		buf_printf(out, "%s; ", login->reply);
	if (facts->login_reply.code)
		buf_printf(out, "code %s; ", facts->login_reply.code);
	ck_assert(login->done == facts->authenticated);
}

static void
put_mailbox(struct buf *out, const struct pop3_facts *facts)
{
	if (facts->messages >= 0)
		buf_printf(out, "%lld messages %lld; ", (long long)facts->messages,
		    (long long)facts->size);
	if (facts->uidl_asked) {
		buf_printf(out, "uidl %llu%s", (unsigned long long)facts->uidl_count,
		    facts->uidl_done ? " done" : "");
		if (facts->uidl_duplicates)
			buf_printf(out, " %llu as %s", (unsigned long long)facts->uidl_duplicates,
			    facts->uidl_duplicate);
		buf_add_text(out, facts->uidl_unstable ? " unstable; " : "; ");
	}
	if (facts->newest_known)
		buf_printf(out, "newest %lld%s; ", (long long)facts->newest_unix,
		    facts->newest_by_date ? " by Date" : "");
	else if (facts->newest_asked)
		buf_add_text(out, "newest unknown; ");
}

static void
summary(struct buf *out, const void *opaque)
{
	const struct pop3_facts *facts = opaque;

	const struct session_facts *session = &facts->session;
	if (err_is_set(&session->err))
		buf_printf(
		    out, "err %d.%d %s; ", session->err.kind, session->err.code, session->err.text);
	if (facts->capabilities.answered)
		buf_printf(out, "caps %zu; ", facts->capabilities.count);
	if (facts->timestamp)
		buf_printf(out, "stamp %s; ", facts->timestamp);
	if (session->starttls_reply)
		buf_printf(out, "starttls %s; ", session->starttls_reply);
	if (session->injected)
		buf_printf(out, "injected %zu; ", session->injected);
	put_login(out, facts);
	put_mailbox(out, facts);
	for (size_t i = 0; i < facts->refusals.count; i++) {
		const struct pop3_reply *reply = &facts->refusals.list[i];
		buf_printf(out, "refusal %s %s%s%s%s; ", pop3_step_name(reply->step),
		    reply->code ? "[" : "", reply->code ? reply->code : "", reply->code ? "] " : "",
		    reply->text);
	}
	if (facts->send_reply) {
		buf_add_text(out, "reply ");
		for (const char *c = facts->send_reply; *c != '\0'; c++)
			buf_add_char(out, *c == '\n' ? '/' : *c);
		buf_add_text(out, "; ");
	}
	if (facts->goodbye_done)
		buf_add_text(out, "goodbye; ");
}

/* ---- runs ---- */

static bool
run(const struct session_params *session, const void *own, void *facts)
{
	pop3_facts_init(facts);
	return pop3_run(session, &((const struct row *)own)->params, facts);
}

static void
release(void *facts)
{
	pop3_facts_free(facts);
}

static void
said(struct memstream *mem, const struct dialog_row *row, const void *facts)
{
	const struct session_facts *session = facts;

	dialog_row_said(row, mem);
	ck_assert_ptr_null(strstr(buf_text(&session->transcript), PLAIN));
	ck_assert_ptr_null(strstr(buf_text(&mem->player.heard), "DELE"));
}

static const struct dialog_kind KIND = {.facts_size = sizeof(struct pop3_facts),
    .run = run,
    .summary = summary,
    .check = said,
    .release = release};

static struct dialog_row
common(const struct row *row)
{
	return (struct dialog_row){.name = row->name,
	    .script = row->script,
	    .want = row->want,
	    .secret = row->params.login.password,
	    .mode = row->mode,
	    .own = row};
}

#define TABLE(name, rows) \
	START_TEST(name) \
	{ \
		const struct dialog_row row = common(&rows[_i]); \
\
		dialog_row_run(&KIND, &row); \
	} \
	END_TEST
TABLE(greetings, GREETINGS)
TABLE(upgrades, UPGRADES)
TABLE(logins, LOGINS)
TABLE(mailboxes, MAILBOXES)
TABLE(raws, RAWS)

START_TEST(cut_logins)
{
	const struct dialog_row row = common(&LOGINS[_i]);

	dialog_row_cut(&KIND, &row);
}
END_TEST

START_TEST(cut_mailboxes)
{
	const struct dialog_row row = common(&MAILBOXES[_i]);

	dialog_row_cut(&KIND, &row);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {greetings, ARRAY_LEN(GREETINGS)},
	    {upgrades, ARRAY_LEN(UPGRADES)},
	    {logins, ARRAY_LEN(LOGINS)},
	    {mailboxes, ARRAY_LEN(MAILBOXES)},
	    {raws, ARRAY_LEN(RAWS)},
	    {cut_logins, ARRAY_LEN(LOGINS)},
	    {cut_mailboxes, ARRAY_LEN(MAILBOXES)},
	};
	return unit_main("pop3 dialog", units, ARRAY_LEN(units));
}
