/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/smtp over a memory stream and a fake clock. A row is a server, what is
 * asked of it, and the facts afterwards in words; what the client must say are
 * the script's C lines.
 */
#include <openssl/evp.h>
#include <string.h>

#include "dialog/smtp.h"
#include "lib/memstream.h"
#include "lib/unit.h"

#define TEXT_MAX 65536
#define TOKEN "0123456789abcdef0123456789abcdef"
#define PLAIN "AGFubmEAcGEgc3M=" /* anna, pa ss */

#define HELLO "S: 220 mx.test ESMTP\nC: EHLO mon.test\n"
#define CAPS HELLO "S: 250-mx.test\n"
#define SIMPLE HELLO "S: 250 mx.test\n"
#define AUTH CAPS "S: 250 AUTH PLAIN LOGIN\n"
#define PIPE CAPS "S: 250-PIPELINING\nS: 250-SIZE 1000\nS: 250 AUTH PLAIN\n"
#define BYE "C: QUIT\nS: 221 2.0.0 Bye\n"
#define ANNA .login = {.user = "anna", .password = "pa ss", .allow_exposed = true}
#define NAME .ehlo_name = "mon.test"
#define FROM NAME, .from = "a@b.test"

static const char *const ONE[] = {"x@y.test", NULL};
static const char *const TWO[] = {"x@y.test", "z@y.test", NULL};

struct row {
	const char *name, *script;
	struct smtp_params params;
	const char *want;
	enum session_mode mode; /* 0 stands for cleartext here: TLS needs certificates */
	const char *further;    /* script of a second connection */
};

static const struct row GREETINGS[] = {
    {"plain", SIMPLE BYE, {NAME}, "caps 0; goodbye; ", 0, NULL},
    {"several lines, late",
	"S: 220-mx.test\nSLEEP 4000\nS: 220 ready\nC: EHLO mon.test\n"
	"S: 250-mx.test\nS: 250 DSN\n" BYE,
	{NAME}, "caps 1; goodbye; ", 0, NULL},
    {"EHLO is the only word for submission", HELLO "S: 502 5.5.1 what?\n" BYE, {NAME, ANNA},
	"err 10.502 EHLO refused: 502 5.5.1 what?; refusal EHLO 502 5.5.1; goodbye; ", 0, NULL},
    {"HELO where nothing is at stake", HELLO "S: 500 what?\nC: HELO mon.test\nS: 250 mx\n" BYE,
	{NAME}, "caps 0; helo after 500; goodbye; ", 0, NULL},
    {"HELO refused as well", HELLO "S: 500 what?\nC: HELO mon.test\nS: 550 go away\n" BYE, {NAME},
	"err 10.550 EHLO refused: 550 go away; refusal EHLO 550; goodbye; ", 0, NULL},
    {"LHLO", "S: 220 lmtp\nC: LHLO mon.test\nS: 250-mx\nS: 250 CHUNKING\n" BYE,
	{NAME, .lmtp = true}, "caps 1; goodbye; ", 0, NULL},
    {"LHLO refused", "S: 220 smtp\nC: LHLO mon.test\nS: 500 what?\n" BYE, {NAME, .lmtp = true},
	"err 10.500 EHLO refused: 500 what?; refusal EHLO 500; goodbye; ", 0, NULL},
    {"421", "S: 421 4.3.2 busy\n" BYE, {NAME},
	"err 10.421 greeting refused: 421 4.3.2 busy; refusal greeting 421 4.3.2; goodbye; ", 0,
	NULL},
    {"554 of several lines", "S: 554-5.7.1 no\nS: 554 5.7.1 | not you\n" BYE, {NAME},
	"err 10.554 greeting refused: 554-5.7.1 no 554 5.7.1 \xc2\xa6 not you; "
	"refusal greeting 554 5.7.1; goodbye; ",
	0, NULL},
    {"421 and gone while we speak", HELLO "S: 421 4.4.2 timeout\nCLOSE\n", {NAME},
	"err 10.421 EHLO refused: 421 4.4.2 timeout; refusal EHLO 421 4.4.2; ", 0, NULL},
    {"421 before we speak", "S: RAW 220 mx\\r\\n421 shutting down\\r\\n\nCLOSE\n", {NAME},
	"err 10.421 EHLO refused: 421 shutting down; refusal EHLO 421; ", 0, NULL},
    {"masked greeting",
	"S: 220 ******************2******\nC: EHLO mon.test\nS: 250-mx\n"
	"S: 250 XXXXXXXA\n" BYE,
	{NAME}, "masked; caps 1; goodbye; ", 0, NULL},
    {"silence", "STALL\n", {NAME}, "err 5.0 greeting: no answer in time; ", 0, NULL},
    {"closed", "CLOSE\n", {NAME}, "err 6.0 greeting: connection closed by the server; ", 0, NULL},
    {"code of two digits", "S: 22 mx\n", {NAME}, "err 8.1 greeting: not a reply: 22 mx; ", 0, NULL},
    {"code of four digits", "S: 2200 mx\n", {NAME}, "err 8.1 greeting: not a reply: 2200 mx; ", 0,
	NULL},
    {"no code", "S: abc\n", {NAME}, "err 8.1 greeting: not a reply: abc; ", 0, NULL},
    {"hyphen first", "S: -250\n", {NAME}, "err 8.1 greeting: not a reply: -250; ", 0, NULL},
    {"two codes in a reply", "S: 220-mx\nS: 250 mx\n", {NAME},
	"err 8.1 greeting: a reply with the codes 220 and 250; ", 0, NULL},
    {"250 as greeting", "S: 250 mx\n", {NAME},
	"err 8.4 greeting: answered by 250, a reply to something else; ", 0, NULL},
    {"HTTP", "S: HTTP/1.1 400 Bad Request\n", {NAME},
	"err 8.5 greeting: not an SMTP server but an HTTP server: HTTP/1.1 400 Bad Request; ", 0,
	NULL},
    {"IMAP", "S: * OK ready\n", {NAME},
	"err 8.5 greeting: not an SMTP server but an IMAP server: * OK ready; ", 0, NULL},
    {"SSH", "S: SSH-2.0-x\n", {NAME},
	"err 8.5 greeting: not an SMTP server but an SSH server: SSH-2.0-x; ", 0, NULL},
    {"everything in advance", "S: RAW 220 mx\\r\\n250 mx\\r\\n221 bye\\r\\n\n", {NAME},
	"err 8.3 EHLO: answered before it was asked; ", 0, NULL},
    {"endless reply", "S: REPEAT 400 220-x\\r\\n\n", {NAME},
	"err 8.2 greeting: a reply of more than 256 lines or 256 KiB; ", 0, NULL},
    {"endless line", "S: REPEAT 20000 x\n", {NAME},
	"err 8.2 greeting: line longer than 8192 bytes; ", 0, NULL},
    {"NUL", "S: RAW 220 m\\x00x\\r\\n\n", {NAME}, "err 8.1 greeting: NUL byte inside a line; ", 0,
	NULL},
    {"name with a line break", "", {.ehlo_name = "a\r\nRSET"}, "err 2.0 no usable name for EHLO; ",
	0, NULL},
    {"sender with a line break", "", {NAME, .from = "a@b.test>\r\nRSET"},
	"err 2.0 the sender's address holds a control character or an angle bracket; ", 0, NULL},
};

static const struct row UPGRADES[] = {
    {"missing", AUTH BYE, {NAME, ANNA},
	"err 9.0 STARTTLS: the server does not offer STARTTLS; caps 1; goodbye; ", SESSION_STARTTLS,
	NULL},
    {"refused", CAPS "S: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 no key\n" BYE, {NAME, ANNA},
	"err 10.454 STARTTLS refused: 454 4.7.0 no key; caps 1; starttls 454 4.7.0 no key; "
	"refusal STARTTLS 454 4.7.0; goodbye; ",
	SESSION_STARTTLS, NULL},
    {"answered oddly", CAPS "S: 250 STARTTLS\nC: STARTTLS\nS: 250 ok\n", {NAME, ANNA},
	"err 8.4 STARTTLS: answered by 250, a reply to something else; caps 1; ", SESSION_STARTTLS,
	NULL},
    {"forged reply behind the answer",
	CAPS "S: 250 STARTTLS\nC: STARTTLS\nS: RAW 220 go\\r\\n250 AUTH PLAIN\\r\\n\n",
	{NAME, ANNA},
	"err 8.3 STARTTLS: 16 bytes in clear behind the answer; "
	"starttls 220 go; injected 16; ",
	SESSION_STARTTLS, NULL},
    {"unasked in front of it", CAPS "S: RAW 250 STARTTLS\\r\\n220 go\\r\\n\n", {NAME, ANNA},
	"err 8.3 STARTTLS: answered before it was asked; caps 1; ", SESSION_STARTTLS, NULL},
};

static const struct row LOGINS[] = {
    {"PLAIN", AUTH "C: AUTH PLAIN " PLAIN "\nS: 235 2.7.0 in\n" BYE, {NAME, ANNA},
	"caps 1; sent; in; 235 235 2.7.0 in; goodbye; ", 0, NULL},
    {"refused", AUTH "C: AUTH PLAIN " PLAIN "\nS: 535-5.7.8 no\nS: 535 5.7.8 really\n" BYE,
	{NAME, ANNA},
	"err 10.535 login refused: 535-5.7.8 no 535 5.7.8 really; caps 1; sent; "
	"535 535-5.7.8 no/535 5.7.8 really; goodbye; ",
	0, NULL},
    {"LOGIN",
	CAPS "S: 250 AUTH=LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YW5uYQ==\n"
	     "S: 334 UGFzc3dvcmQ6\nC: cGEgc3M=\nS: 235 in\n" BYE,
	{NAME, ANNA}, "caps 1; sent; in; 235 235 in; goodbye; ", 0, NULL},
    {"CRAM-MD5",
	CAPS "S: 250 AUTH CRAM-MD5\nC: AUTH CRAM-MD5\nS: 334 PDFAeD4=\n"
	     "C: YW5uYSAwM2YyOWM2ODE0ZWM4NzlmZWNkNjA5Y2FkNDJmYmEyZA==\nS: 235 in\n" BYE,
	{NAME, ANNA}, "caps 1; sent; in; 235 235 in; goodbye; ", 0, NULL},
    {"refused after the user",
	CAPS "S: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n"
	     "C: YW5uYQ==\nS: 535 no\n" BYE,
	{NAME, ANNA}, "err 10.535 login refused: 535 no; caps 1; 535 535 no; goodbye; ", 0, NULL},
    {"endless challenges",
	CAPS "S: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n"
	     "C: YW5uYQ==\nS: 334 UGFzc3dvcmQ6\nC: cGEgc3M=\nS: 334 QWdhaW4=\nC: *\nS: 501 ok\n",
	{NAME, ANNA}, "err 8.4 a challenge more than LOGIN has; caps 1; sent; ", 0, NULL},
    {"PLAIN asks again", AUTH "C: AUTH PLAIN " PLAIN "\nS: 334 \nC: *\nS: 501 ok\n", {NAME, ANNA},
	"err 8.4 a challenge more than PLAIN has; caps 1; sent; ", 0, NULL},
    {"challenge no base64",
	CAPS "S: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 @@@\nC: *\n"
	     "S: 501 ok\n",
	{NAME, ANNA}, "err 8.1 a login challenge is not base64; caps 1; ", 0, NULL},
    {"huge challenge", CAPS "S: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: REPEAT 9000 3\n", {NAME, ANNA},
	"err 8.2 AUTH: line longer than 8192 bytes; caps 1; ", 0, NULL},
    {"closed", AUTH "C: AUTH PLAIN " PLAIN "\nCLOSE\n", {NAME, ANNA},
	"err 6.0 AUTH: connection closed by the server; caps 1; sent; closed; ", 0, NULL},
    {"withheld", AUTH BYE, {NAME, .login = {.user = "anna", .password = "pa ss"}},
	"err 2.0 login not sent: the connection is not verified TLS; caps 1; withheld; goodbye; ",
	0, NULL},
    {"nothing offered", SIMPLE BYE, {NAME, ANNA},
	"err 9.0 no usable login: the server offers no login that is known here; caps 0; "
	"goodbye; ",
	0, NULL},
    {"only what a password cannot do", CAPS "S: 250 AUTH XOAUTH2 NTLM\n" BYE, {NAME, ANNA},
	"err 9.0 no usable login: the server offers XOAUTH2; caps 1; goodbye; ", 0, NULL},
    {"the one given is not offered", AUTH BYE,
	{NAME, .login = {.user = "anna",
		   .password = "pa ss",
		   .allow_exposed = true,
		   .mechanism_given = true,
		   .mechanism = SASL_CRAM_MD5}},
	"err 9.0 CRAM-MD5 is not offered; the server offers PLAIN, LOGIN; caps 1; goodbye; ", 0,
	NULL},
    {"token refused",
	CAPS "S: 250 AUTH XOAUTH2\n"
	     "C: AUTH XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHRvawEB\n"
	     "S: 334 eyJzdGF0dXMiOiI0MDAifQ==\nC: \nS: 535 5.7.8 no\n" BYE,
	{NAME, .login = {.user = "anna", .token = "tok", .allow_exposed = true}},
	"err 10.535 login refused: 535 5.7.8 no; caps 1; sent; token {\"status\":\"400\"}; "
	"refusal 5; 535 535 5.7.8 no; goodbye; ",
	0, NULL},
    {"yes after the token was refused",
	CAPS "S: 250 AUTH XOAUTH2\n"
	     "C: AUTH XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHRvawEB\n"
	     "S: 334 eyJzdGF0dXMiOiI0MDAifQ==\nC: \nS: 235 in\n",
	{NAME, .login = {.user = "anna", .token = "tok", .allow_exposed = true}},
	"err 8.4 the server refused inside XOAUTH2, then said yes; caps 1; sent; "
	"token {\"status\":\"400\"}; refusal 5; 235 235 in; ",
	0, NULL},
    {"token past its end", CAPS "S: 250 AUTH OAUTHBEARER\n" BYE,
	{NAME, .login = {.user = "anna",
		   .token = "e30.eyJleHAiOjEwMDB9.x",
		   .allow_exposed = true,
		   .now_unix = 1000}},
	"err 2.0 login not sent: the token is past its own end; caps 1; expired; goodbye; ", 0,
	NULL},
    {"enhanced code contradicts", AUTH "C: AUTH PLAIN " PLAIN "\nS: 535 4.7.8 no\n" BYE,
	{NAME, ANNA},
	"err 10.535 login refused: 535 4.7.8 no; caps 1; sent; 535 535 4.7.8 no; "
	"odd 535 4.7.8 no; goodbye; ",
	0, NULL},
};

static const struct row ENVELOPES[] = {
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

static const struct row CLASSICS[] = {
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

static const struct row MESSAGES[] = {
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

static const struct row REFUSALS[] = {
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

/* ---- facts in words ---- */

static void
put_reply(struct buf *out, const char *name, const struct smtp_reply *reply)
{
	const struct smtp_msg_enhanced *e = &reply->enhanced;
	if (reply->code == 0)
		return;
	buf_printf(out, "%s %d", name, reply->code);
	if (e->class && reply->code >= 400)
		buf_printf(out, " %d.%d.%d", e->class, e->subject, e->detail);
	buf_add_text(out, "; ");
}

static void
put_lines(struct buf *out, const char *lines)
{
	for (; *lines != '\0'; lines++)
		buf_add_char(out, *lines == '\n' ? '/' : *lines);
}

static void
put_login(struct buf *out, const struct smtp_facts *facts)
{
	const struct login_facts *login = &facts->login;
	const struct {
		bool is;
		const char *word;
	} words[] = {{login->sent, "sent; "}, {login->withheld, "withheld; "},
	    {login->token_expired, "expired; "}, {login->closed, "closed; "},
	    {facts->authenticated, "in; "}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].is)
			buf_add_text(out, words[i].word);
	if (login->token_error)
		buf_printf(out, "token %s; ", login->token_error);
	if (login->refusal)
		buf_printf(out, "refusal %d; ", login->refusal);
	if (login->reply) {
		buf_printf(out, "%d ", login->code);
		put_lines(out, login->reply);
		buf_add_text(out, "; ");
	}
	ck_assert(login->done == facts->authenticated);
}

static void
put_session(struct buf *out, const struct smtp_facts *facts)
{
	const struct session_facts *session = &facts->session;
	if (err_is_set(&session->err))
		buf_printf(
		    out, "err %d.%d %s; ", session->err.kind, session->err.code, session->err.text);
	if (facts->masked)
		buf_add_text(out, "masked; ");
	if (facts->ehlo.keywords)
		buf_printf(out, "caps %zu; ", facts->ehlo.count);
	if (facts->helo_used)
		buf_printf(out, "helo after %d; ", facts->ehlo_refused.code);
	if (session->starttls_reply)
		buf_printf(out, "starttls %s; ", session->starttls_reply);
	if (session->injected)
		buf_printf(out, "injected %zu; ", session->injected);
	if (facts->pipelined)
		buf_add_text(out, "pipelined; ");
}

static void
put_envelope(struct buf *out, const struct smtp_facts *facts)
{
	put_reply(out, "mail", &facts->mail);
	for (size_t i = 0; i < facts->rcpt_count; i++) {
		const struct smtp_rcpt *rcpt = &facts->rcpts[i];
		if (rcpt->reply.code == 0)
			continue;
		buf_printf(
		    out, "%s %d %c", rcpt->address, rcpt->reply.code, rcpt->accepted ? '+' : '-');
		if (rcpt->final.code)
			buf_printf(out, " %d", rcpt->final.code);
		buf_add_text(out, "; ");
	}
	put_reply(out, "rset", &facts->rset);
	if (facts->data.code)
		buf_printf(out, "data %d; ", facts->data.code);
	if (facts->chunked)
		buf_add_text(out, "chunked; ");
	if (facts->message.code)
		buf_printf(out, "message %d; ", facts->message.code);
	if (facts->sent)
		buf_printf(out, "sent%s%s; ", facts->queue_id ? " " : "",
		    facts->queue_id ? facts->queue_id : "");
	ck_assert(facts->sent || facts->queue_id == NULL);
	for (size_t i = 0; i < facts->command_count; i++) {
		const struct smtp_command *command = &facts->commands[i];
		buf_printf(out, "%s -> ", command->command);
		put_lines(out, command->reply.lines ? command->reply.lines : "(none)");
		buf_add_text(out, "; ");
	}
}

static void
put_tests(struct buf *out, const struct smtp_facts *facts)
{
	for (int i = 0; i < SMTP_REFUSE_COUNT; i++) {
		const struct smtp_test *test = &facts->tests[i];
		if (!test->asked)
			continue;
		buf_printf(out, "%s %s", smtp_refuse_name((enum smtp_refuse)i),
		    test->accepted ? "ACCEPTED"
		    : test->tried  ? "refused"
				   : "untried");
		if (test->tried && test->reply.code)
			buf_printf(out, " %d", test->reply.code);
		else if (test->tried)
			buf_add_text(out, " 0");
		const struct smtp_msg_enhanced *e = &test->reply.enhanced;
		if (e->class > 2)
			buf_printf(out, " %d.%d.%d", e->class, e->subject, e->detail);
		if (test->detail)
			buf_printf(out, " %s", test->detail);
		if (test->err.kind)
			buf_printf(out, " err %d", test->err.kind);
		buf_add_text(out, "; ");
	}
}

static void
summary(struct buf *out, const struct smtp_facts *facts)
{
	put_session(out, facts);
	put_login(out, facts);
	put_envelope(out, facts);
	for (size_t i = 0; i < facts->refusals.count; i++) {
		const struct smtp_reply *reply = &facts->refusals.list[i];
		buf_printf(
		    out, "refusal %s%s", smtp_stage_name(reply->stage), reply->subject ? " " : "");
		put_reply(out, reply->subject ? reply->subject : "", reply);
	}
	if (facts->odd_code.code)
		buf_printf(out, "odd %s; ", facts->odd_code.lines);
	if (facts->goodbye_done)
		buf_add_text(out, "goodbye; ");
	put_tests(out, facts);
}

/* ---- runs ---- */

static void
play(const struct row *row, struct memstream *mem, struct stream *further, struct smtp_facts *facts)
{
	static const struct tls_params tls;
	struct stream *const more[] = {further, NULL};
	struct smtp_params params = row->params;
	struct session_params session = {
	    .mode = row->mode ? row->mode : SESSION_CLEARTEXT,
	    .tls = &tls,
	    .deadline = deadline_in(5 * US_PER_S),
	    .given = &mem->stream,
	    .transcript = true,
	};
	params.further = more;
	smtp_facts_init(facts);
	bool good = smtp_run(&session, &params, facts);
	ck_assert(good == !err_is_set(&facts->session.err));
	ck_assert_int_ge(facts->ended_us, 0);
}

static void
check_said(const struct row *row, struct memstream *mem, const struct smtp_facts *facts)
{
	const char *secret = row->params.login.password;
	ck_assert_msg(memstream_fault(mem)[0] == '\0', "%s: %s", row->name, memstream_fault(mem));
	if (secret)
		ck_assert_ptr_null(strstr(buf_text(&facts->session.transcript), secret));
	ck_assert_ptr_null(strstr(buf_text(&facts->session.transcript), PLAIN));
}

static void
run_row(const struct row *row)
{
	struct memstream mem, further;
	struct smtp_facts facts;
	struct buf seen;
	char tag[64];
	fake_clock_start();
	memstream_init(&mem, row->script, deadline_in(5 * US_PER_S));
	if (row->further)
		memstream_init(&further, row->further, deadline_in(20 * US_PER_S));
	play(row, &mem, row->further ? &further.stream : NULL, &facts);
	buf_init(&seen, TEXT_MAX);
	summary(&seen, &facts);
	ck_assert_msg(script_match(row->want, buf_text(&seen), tag), "%s:\n%s\nwanted:\n%s",
	    row->name, buf_text(&seen), row->want);
	if (*row->script)
		check_said(row, &mem, &facts);
	if (row->further) {
		check_said(row, &further, &facts);
		memstream_free(&further);
	}
	buf_free(&seen);
	smtp_facts_free(&facts);
	memstream_free(&mem);
	fake_clock_stop();
}

#define TABLE(name, rows) \
	START_TEST(name) \
	{ \
		run_row(&rows[_i]); \
	} \
	END_TEST
TABLE(greetings, GREETINGS)
TABLE(upgrades, UPGRADES)
TABLE(logins, LOGINS)
TABLE(envelopes, ENVELOPES)
TABLE(classics, CLASSICS)
TABLE(messages, MESSAGES)
TABLE(refusals, REFUSALS)

/* One run; the bytes of facts the server said (all of them when it never came to the goodbye). */
static size_t
play_cut(const struct row *row, size_t cut, bool *good_out)
{
	struct memstream mem;
	struct smtp_facts facts;
	fake_clock_start();
	memstream_init(&mem, row->script, deadline_in(5 * US_PER_S));
	mem.player.cut_at = cut;
	play(row, &mem, NULL, &facts);
	*good_out = !err_is_set(&facts.session.err);
	size_t told = mem.player.facts;
	smtp_facts_free(&facts);
	memstream_free(&mem);
	fake_clock_stop();
	return told;
}

static void
cut_row(const struct row *row)
{
	bool good;
	size_t told = play_cut(row, SIZE_MAX, &good);
	if (!good)
		return;
	ck_assert_uint_ne(told, SIZE_MAX);
	for (size_t cut = 1; cut < told; cut++) {
		play_cut(row, cut, &good);
		ck_assert_msg(!good, "%s: cut behind %zu of %zu", row->name, cut, told);
	}
}

/* Cut behind any byte before the last fact is in, a dialog never looks whole. */
START_TEST(cut_envelopes)
{
	cut_row(&ENVELOPES[_i]);
}
END_TEST

START_TEST(cut_messages)
{
	cut_row(&MESSAGES[_i]);
}
END_TEST

/* What is hashed is what was sent, transparency and padding aside. */
START_TEST(body_hash)
{
	static const char body[] =
	    "This message was sent by a monitoring system to see whether mail arrives.\r\n"
	    "It may be deleted.\r\n\r\nToken: " TOKEN "\r\n"
	    ".A line that begins with a dot arrives as it was sent.\r\n";
	unsigned char want[32];
	struct memstream mem;
	struct smtp_facts facts;
	fake_clock_start();
	memstream_init(&mem, MESSAGES[0].script, deadline_in(5 * US_PER_S));
	play(&MESSAGES[0], &mem, NULL, &facts);
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
	    {greetings, ARRAY_LEN(GREETINGS)},
	    {upgrades, ARRAY_LEN(UPGRADES)},
	    {logins, ARRAY_LEN(LOGINS)},
	    {envelopes, ARRAY_LEN(ENVELOPES)},
	    {classics, ARRAY_LEN(CLASSICS)},
	    {messages, ARRAY_LEN(MESSAGES)},
	    {refusals, ARRAY_LEN(REFUSALS)},
	    {cut_envelopes, ARRAY_LEN(ENVELOPES)},
	    {cut_messages, ARRAY_LEN(MESSAGES)},
	    {body_hash, 0},
	    {names, 0},
	};
	return unit_main("smtp dialog", units, ARRAY_LEN(units));
}
