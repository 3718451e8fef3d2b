/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/smtp up to the login: greeting, EHLO, STARTTLS, AUTH. What the client
 * must say are the script's C lines.
 */
#include "lib/smtp_row.h"
#include "lib/unit.h"

static const struct smtp_row GREETINGS[] = {
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

static const struct smtp_row UPGRADES[] = {
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

static const struct smtp_row LOGINS[] = {
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

#define TABLE(name, rows) \
	START_TEST(name) \
	{ \
		const struct dialog_row row = smtp_row_common(&rows[_i]); \
\
		dialog_row_run(&smtp_row_kind, &row); \
	} \
	END_TEST
TABLE(greetings, GREETINGS)
TABLE(upgrades, UPGRADES)
TABLE(logins, LOGINS)

int
main(void)
{
	const struct unit units[] = {
	    {greetings, ARRAY_LEN(GREETINGS)},
	    {upgrades, ARRAY_LEN(UPGRADES)},
	    {logins, ARRAY_LEN(LOGINS)},
	};

	return unit_main("smtp dialog", units, ARRAY_LEN(units));
}
