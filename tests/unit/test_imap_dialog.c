/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/imap over a memory stream and a fake clock. A row is a server, what
 * is asked of it, and the facts afterwards in words; what the client must say
 * are the script's C lines.
 */
#include <string.h>

#include "dialog/imap.h"
#include "lib/dialog_row.h"
#include "lib/unit.h"

#define BYE "C: %t LOGOUT\nS: * BYE bye\nS: %t OK done\n"
#define OLD "S: * OK [CAPABILITY IMAP4rev1] Dovecot\n"
#define MODERN "S: * OK [CAPABILITY IMAP4rev1 SASL-IR ID QUOTA ESEARCH AUTH=PLAIN] Dovecot\n"
#define LOGIN "C: %t LOGIN \"anna\" \"pa ss\"\nS: %t OK in\n"
#define STATUS \
	"C: %t STATUS \"INBOX\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY RECENT)\n" \
	"S: * STATUS INBOX (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 77 RECENT 0)\n" \
	"S: %t OK counted\n"
#define EXAMINE "C: %t EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: %t OK [READ-ONLY] open\n"
#define CAPS "C: %t CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: %t OK told\n"

#define ANNA .login = {.user = "anna", .password = "pa ss", .allow_exposed = true}
#define NOTHING \
	{ \
		.quota = false \
	}
#define INBOX_OK "in; INBOX 3/1/-1; goodbye; "

struct row {
	const char *name, *script;
	struct imap_params params;
	const char *want;
	enum session_mode mode; /* 0 stands for cleartext here: TLS needs certificates */
};

static const char *const TWO_FOLDERS[] = {"INBOX", "Entw\xc3\xbcrfe \"x\"", NULL};

static const struct row GREETINGS[] = {
    {"list in the greeting", OLD BYE, NOTHING, "goodbye; ", 0},
    {"list asked, goodbye in the same flight",
	"S: * OK Dovecot\nC: %t CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: %t OK told\n" BYE,
	NOTHING, "goodbye; ", 0},
    {"capability refused", "S: * OK Dovecot\nC: %t CAPABILITY\nS: %t NO not now\n" BYE, NOTHING,
	"err 10.0 CAPABILITY was refused; refusal CAPABILITY NO not now; goodbye; ", 0},
    {"BYE", "S: * BYE [UNAVAILABLE] too many | sessions\n", NOTHING,
	"err 10.0 greeting: BYE [UNAVAILABLE] too many \xc2\xa6 sessions; ", 0},
    {"PREAUTH is logged in", "S: * PREAUTH [CAPABILITY IMAP4rev1] hi anna\n" STATUS EXAMINE BYE,
	{ANNA}, "preauth; after 1; " INBOX_OK, 0},
    {"PREAUTH before TLS", "S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] Dovecot\n", {ANNA},
	"err 8.4 greeting: PREAUTH before TLS; preauth; ", SESSION_STARTTLS},
    {"tagged", "S: A1 OK Dovecot\n", NOTHING,
	"err 8.5 greeting: not an IMAP server: \"A1 OK Dovecot\"; ", 0},
    {"HTTP", "S: HTTP/1.1 400 Bad Request\n", NOTHING,
	"err 8.5 greeting: not an IMAP server but an HTTP server: \"HTTP/1.1 400 Bad Request\"; ",
	0},
    {"SMTP", "S: 220 mail.test ESMTP\n", NOTHING,
	"err 8.5 greeting: not an IMAP server but an SMTP or FTP server: \"220 mail.test ESMTP\"; ",
	0},
    {"POP3", "S: +OK ready <1@a>\n", NOTHING,
	"err 8.5 greeting: not an IMAP server but a POP3 server: "
	"\"+OK ready \xe2\x80\xb9"
	"1@a\xe2\x80\xba\"; ",
	0},
    {"SSH", "S: SSH-2.0-OpenSSH_9.2\n", NOTHING,
	"err 8.5 greeting: not an IMAP server but an SSH server: \"SSH-2.0-OpenSSH_9.2\"; ", 0},
    {"TLS alert", "S: RAW \\x15\\x03\\x01\\x00\\x02\\x02\\x28\nCLOSE\n", NOTHING,
	"err 6.0 greeting: connection closed in the middle of a line; talks TLS; ", 0},
    {"silence", "STALL\n", NOTHING, "err 5.0 greeting: no answer in time; ", 0},
    {"closed", "CLOSE\n", NOTHING, "err 6.0 greeting: connection closed by the server; ", 0},
    {"EXISTS first", "S: * 3 EXISTS\n", NOTHING,
	"err 8.5 greeting: not an IMAP server: \"* 3 EXISTS\"; ", 0},
    {"alert in the greeting", "S: * OK [ALERT] disk full\n" CAPS BYE, NOTHING,
	"alert greeting OK [ALERT] disk full; goodbye; ", 0},
    {"STARTTLS missing", OLD BYE, {ANNA}, "err 9.0 STARTTLS is not offered; goodbye; ",
	SESSION_STARTTLS},
    {"STARTTLS refused",
	"S: * OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot\nC: %t STARTTLS\nS: %t NO no key\n" BYE,
	{ANNA},
	"err 10.0 STARTTLS was refused; starttls NO no key; refusal STARTTLS NO no key; goodbye; ",
	SESSION_STARTTLS},
    {"bytes behind STARTTLS",
	"S: * OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot\nC: %t STARTTLS\n"
	"S: RAW %t OK go\\r\\n* CAPABILITY AUTH=X\\r\\n\n",
	{ANNA},
	"err 8.3 STARTTLS: 21 bytes in clear behind the answer; starttls OK go; injected 21; ",
	SESSION_STARTTLS},
};

static const struct row LOGINS[] = {
    {"one flight", OLD LOGIN STATUS EXAMINE BYE, {ANNA}, "pipelined; " INBOX_OK, 0},
    {"one by one", OLD LOGIN STATUS EXAMINE BYE, {ANNA, .no_pipeline = true}, INBOX_OK, 0},
    {"AUTHENTICATE with initial response, ID",
	MODERN "C: %t AUTHENTICATE PLAIN AGFubmEAcGEgc3M=\nS: %t OK in\n"
	       "C: %t ID (\"name\" \"mailvitals\" *\nS: * ID (\"name\" \"X\" \"v\" NIL)\nS: %t OK "
	       "i\n" STATUS EXAMINE BYE,
	{ANNA}, "pipelined; id name=X v; " INBOX_OK, 0},
    {"AUTHENTICATE without",
	"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot\nC: %t AUTHENTICATE PLAIN\nS: + \n"
	"C: AGFubmEAcGEgc3M=\nS: %t OK in\n" STATUS EXAMINE BYE,
	{ANNA}, INBOX_OK, 0},
    {"a challenge behind the only response",
	"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Dovecot\n"
	"C: %t AUTHENTICATE PLAIN *\nS: + \n",
	{ANNA}, "err 8.4 a challenge more than PLAIN has; pipelined; ", 0},
    {"a new list with the login",
	OLD "C: %t LOGIN *\nS: %t OK [CAPABILITY IMAP4rev1 IDLE X] in\n" STATUS EXAMINE BYE, {ANNA},
	"pipelined; after 3; " INBOX_OK, 0},
    {"refused; what rode along means nothing",
	OLD "C: %t LOGIN *\nS: %t NO [AUTHENTICATIONFAILED] wrong\n"
	    "C: %t STATUS *\nS: %t BAD what\nC: %t EXAMINE *\nS: %t BAD what\n" BYE,
	{ANNA},
	"err 10.0 login refused: NO [AUTHENTICATIONFAILED] wrong; pipelined; "
	"refusal login NO [AUTHENTICATIONFAILED] wrong; goodbye; ",
	0},
    {"referral",
	OLD "C: %t LOGIN *\nS: %t NO [REFERRAL imap://anna@b.test/] go there\n"
	    "C: %t STATUS *\nS: %t BAD\nC: %t EXAMINE *\nS: %t BAD\n" BYE,
	{ANNA},
	"err 10.0 login refused: NO [REFERRAL imap://anna@b.test/] go there; pipelined; "
	"refusal login NO [REFERRAL imap://anna@b.test/] go there; "
	"referral imap://anna@b.test/; goodbye; ",
	0},
    {"no way to log in", "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI] Dovecot\n" BYE,
	{ANNA}, "err 9.0 *; goodbye; ", 0},
    {"not in clear", OLD BYE, {.login = {.user = "anna", .password = "pa ss"}},
	"err 2.0 login not sent: the connection is not verified TLS; withheld; goodbye; ", 0},
    {"literals, asked for",
	OLD
	"C: %t LOGIN {5}\nS: + go\nC: \xc3\xa4nna {3}\nS: + go\nC: \xc3\xa9!\nS: %t OK in\n" STATUS
	    EXAMINE BYE,
	{.login = {.user = "\xc3\xa4nna", .password = "\xc3\xa9!", .allow_exposed = true}},
	"pipelined; " INBOX_OK, 0},
    {"literals, at once",
	"S: * OK [CAPABILITY IMAP4rev1 LITERAL+] Dovecot\nC: %t LOGIN \"anna\" {3+}\nC: \xc3\xa9!\n"
	"S: %t OK in\n" STATUS EXAMINE BYE,
	{.login = {.user = "anna", .password = "\xc3\xa9!", .allow_exposed = true}},
	"pipelined; " INBOX_OK, 0},
    {"literal refused", OLD "C: %t LOGIN {5}\nS: %t BAD no literals\n" BYE,
	{.login = {.user = "\xc3\xa4nna", .password = "x", .allow_exposed = true}},
	"err 10.0 login refused: BAD no literals; refusal login BAD no literals; goodbye; ", 0},
    {"specials are quoted",
	OLD "C: %t LOGIN \"a\\\"b\" \"c\\\\d\"\nS: %t OK in\n" STATUS EXAMINE BYE,
	{.login = {.user = "a\"b", .password = "c\\d", .allow_exposed = true}},
	"pipelined; " INBOX_OK, 0},
    {"BYE instead of an answer", OLD "C: %t LOGIN *\nS: * BYE [UNAVAILABLE] going down\nCLOSE\n",
	{ANNA},
	"err 10.0 login: BYE [UNAVAILABLE] going down; pipelined; closed; "
	"refusal login BYE [UNAVAILABLE] going down; ",
	0},
    {"BYE, then silence", OLD "C: %t LOGIN *\nS: * BYE going down\nSTALL\n", {ANNA},
	"err 10.0 login: BYE going down; pipelined; refusal login BYE going down; ", 0},
    {"BYE, then the reason",
	OLD "C: %t LOGIN *\nS: * BYE too many\nS: %t NO [LIMIT] sessions\nCLOSE\n", {ANNA},
	"err 10.0 login refused: NO [LIMIT] sessions; pipelined; refusal login BYE too many; "
	"refusal login NO [LIMIT] sessions; ",
	0},
    {"closed at the login", OLD "C: %t LOGIN *\nCLOSE\n", {ANNA},
	"err 6.0 login: connection closed by the server; pipelined; closed; ", 0},
    {"waiting note",
	OLD "C: %t LOGIN *\nS: * OK Waiting for authentication process to respond..\n"
	    "S: %t OK in\n" STATUS EXAMINE BYE,
	{ANNA},
	"pipelined; in; INBOX 3/1/-1; "
	"remark login OK Waiting for authentication process to respond..; goodbye; ",
	0},
};

#define KEPT(server, login) \
	"S: * OK [CAPABILITY IMAP4rev1 SASL-IR" server "\n" login STATUS EXAMINE BYE
#define PLAIN "C: %t AUTHENTICATE PLAIN *\nS: %t OK in\n"

/* Who is given commands behind the login. */
static const struct row KEEPERS[] = {
    {"Courier loses them", KEPT("] Courier-IMAP ready.", LOGIN), {ANNA}, INBOX_OK, 0},
    {"who knows", KEPT("] ready", LOGIN), {ANNA}, INBOX_OK, 0},
    {"Cyrus keeps them behind LOGIN", KEPT("] a.test Cyrus IMAP 3.6.1 server ready", LOGIN), {ANNA},
	"pipelined; " INBOX_OK, 0},
    {"Cyrus loses them behind AUTHENTICATE",
	KEPT(" AUTH=PLAIN] a.test Cyrus IMAP 3.6.1 server ready", PLAIN), {ANNA}, INBOX_OK, 0},
    {"Dovecot keeps them", KEPT(" AUTH=PLAIN] Dovecot (Debian) ready.", PLAIN), {ANNA},
	"pipelined; " INBOX_OK, 0},
};

static const struct row HOSTILES[] = {
    {"a tag that is not ours", OLD "C: %t LOGIN *\nS: zz OK in\n", {ANNA},
	"err 8.4 login: an answer with a tag that is not ours; pipelined; ", 0},
    {"answers in advance", OLD "S: a1 OK in\nS: 1 OK in\n", {ANNA},
	"err 8.3 login: an answer came before the command was sent; pipelined; ", 0},
    {"+ that nobody asked for", OLD LOGIN STATUS "C: %t EXAMINE *\nS: + hm\n", {ANNA},
	"err 8.4 EXAMINE: a continuation that nobody asked for; pipelined; in; "
	"INBOX(shut) 3/1/-1; ",
	0},
    {"literal too large", OLD LOGIN "C: %t STATUS *\nS: * STATUS {4294967295}\n", {ANNA},
	"err 8.2 STATUS: a literal of 4294967295 bytes; pipelined; in; INBOX(shut) -1/-1/-1; ", 0},
    {"literal of 2^64", OLD LOGIN "C: %t STATUS *\nS: * STATUS {18446744073709551616}\n", {ANNA},
	"err 8.1 STATUS: a broken literal; pipelined; in; INBOX(shut) -1/-1/-1; ", 0},
    {"literal cut", OLD LOGIN "C: %t STATUS *\nS: * STATUS {50}\nS: INBOX\nCLOSE\n", {ANNA},
	"err 6.0 STATUS: connection closed *; pipelined; in; INBOX(shut) -1/-1/-1; ", 0},
    {"nesting", OLD LOGIN "C: %t STATUS *\nS: RAW * STATUS INBOX (X \nS: REPEAT 100 (\nS: \n",
	{ANNA},
	"err 8.2 STATUS: lists nested deeper than 32; pipelined; in; INBOX(shut) -1/-1/-1; ", 0},
    {"number too large", OLD LOGIN "C: %t STATUS *\nS: * STATUS INBOX (MESSAGES 4294967296)\n",
	{ANNA}, "err 8.1 STATUS: a number too large; pipelined; in; INBOX(shut) -1/-1/-1; ", 0},
    {"EXISTS too large", OLD LOGIN STATUS "C: %t EXAMINE *\nS: * 99999999999 EXISTS\n", {ANNA},
	"err 8.1 EXAMINE: a number too large: *; pipelined; in; INBOX(shut) 3/1/-1; ", 0},
    {"line too long", OLD LOGIN "C: %t STATUS *\nS: REPEAT 70000 x\nS: \n", {ANNA},
	"err 8.2 STATUS: line longer than 65536 bytes; pipelined; in; INBOX(shut) -1/-1/-1; ", 0},
    {"responses without end", OLD "C: %t LOGIN *\nS: REPEAT 100001 * 1 EXISTS\\r\\n\nS: %t OK\n",
	{ANNA}, "err 8.2 login: more than 100000 responses; pipelined; ", 0},
    {"five thousand are fine",
	OLD "C: %t LOGIN *\nS: REPEAT 5000 * 1 EXISTS\\r\\n\nS: %t OK in\n" STATUS EXAMINE BYE,
	{ANNA}, "pipelined; " INBOX_OK, 0},
    {"junk behind the login", OLD "C: %t LOGIN *\nS: junk\n", {ANNA},
	"err 8.1 login: not an IMAP response: \"junk\"; pipelined; ", 0},
    {"PREAUTH in mid dialog", OLD "C: %t LOGIN *\nS: * PREAUTH come in\n", {ANNA},
	"err 8.4 login: PREAUTH after the greeting; pipelined; ", 0},
    {"NUL", OLD "C: %t LOGIN *\nS: RAW * OK a\\x00b\\r\\n\n", {ANNA},
	"err 8.1 login: NUL byte inside a line; pipelined; ", 0},
};

static const struct row MAILBOXES[] = {
    {"refused", OLD LOGIN STATUS "C: %t EXAMINE *\nS: %t NO [NONEXISTENT] no INBOX\n" BYE, {ANNA},
	"pipelined; in; INBOX(shut) 3/1/-1; refusal EXAMINE INBOX NO [NONEXISTENT] no INBOX; "
	"goodbye; ",
	0},
    {"BYE at EXAMINE", OLD LOGIN STATUS "C: %t EXAMINE *\nS: * BYE internal error\nCLOSE\n", {ANNA},
	"err 10.0 EXAMINE: BYE internal error; pipelined; in; INBOX(shut) 3/1/-1; "
	"refusal EXAMINE INBOX BYE internal error; ",
	0},
    {"two, the first last; names as literals and quoted",
	OLD LOGIN
	"C: %t STATUS \"Entw&APw-rfe \\\"x\\\"\" *\n"
	"S: * STATUS {16}\nS: Entw&APw-rfe \"x\" (MESSAGES 5 UNSEEN 4)\nS: %t OK\n"
	"C: %t EXAMINE \"Entw&APw-rfe \\\"x\\\"\"\nS: * 6 EXISTS\nS: %t OK\n" STATUS EXAMINE BYE,
	{ANNA, .folders = TWO_FOLDERS},
	"pipelined; in; INBOX 3/1/-1; Entw\xc3\xbcrfe \"x\" 6/4/-1; goodbye; ", 0},
    {"codes",
	OLD LOGIN STATUS "C: %t EXAMINE *\nS: * OK [NOMODSEQ] no\nS: * OK [ALERT] look\n"
			 "S: * NO [OVERQUOTA] soft\nS: * 8 EXISTS\nS: %t OK ex\n" BYE,
	{ANNA},
	"pipelined; in; INBOX 8/1/-1 nomodseq; alert EXAMINE INBOX OK [ALERT] look; "
	"remark EXAMINE INBOX OK [NOMODSEQ] no; remark EXAMINE INBOX NO [OVERQUOTA] soft; "
	"goodbye; ",
	0},
    {"quota known before: one flight",
	"S: * OK [CAPABILITY IMAP4rev1 QUOTA] Dovecot\n" LOGIN STATUS EXAMINE
	"C: %t GETQUOTAROOT \"INBOX\"\nS: * QUOTAROOT INBOX \"\" b\n"
	"S: * QUOTA \"\" (STORAGE 10 0 MESSAGE 3)\nS: * QUOTA b (X-Y 18 9223372036854775807)\n"
	"S: * QUOTA b (X-Y 19 20)\nS: %t OK q\n" BYE,
	{ANNA, .quota = true},
	"pipelined; in; INBOX 3/1/-1; quota  STORAGE 10/0; quota  MESSAGE 3/-1; quota b X-Y 19/20; "
	"goodbye; ",
	0},
    {"quota and size known after: the login is awaited",
	OLD "C: %t LOGIN *\nS: %t OK [CAPABILITY IMAP4rev1 QUOTA STATUS=SIZE] in\n"
	    "C: %t STATUS \"INBOX\" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY RECENT SIZE)\n"
	    "S: * STATUS INBOX (MESSAGES 3 UNSEEN 1 SIZE 4294967299)\nS: %t OK\n" EXAMINE
	    "C: %t GETQUOTAROOT \"INBOX\"\nS: * QUOTA {4}\nS: root (STORAGE 1 2)\nS: %t OK q\n" BYE,
	{ANNA, .quota = true, .size = true},
	"after 3; in; INBOX 3/1/4294967299; quota root STORAGE 1/2; goodbye; ", 0},
    {"quota not offered", OLD LOGIN CAPS STATUS EXAMINE BYE, {ANNA, .quota = true},
	"after 1; " INBOX_OK, 0},
    {"quota root without a list",
	"S: * OK [CAPABILITY IMAP4rev1 QUOTA] Dovecot\n" LOGIN STATUS EXAMINE
	"C: %t GETQUOTAROOT *\nS: * QUOTAROOT \"INBOX\" \"ROOT\"\nS: * QUOTA \"ROOT\"\nS: %t "
	"OK\n" BYE,
	{ANNA, .quota = true}, "pipelined; " INBOX_OK, 0},
    {"quota refused",
	"S: * OK [CAPABILITY IMAP4rev1 QUOTA] Dovecot\n" LOGIN STATUS EXAMINE
	"C: %t GETQUOTAROOT *\nS: %t NO [NOPERM] not yours\n" BYE,
	{ANNA, .quota = true},
	"pipelined; in; INBOX 3/1/-1; refusal GETQUOTAROOT INBOX NO [NOPERM] not yours; goodbye; ",
	0},
    {"quota number too large",
	"S: * OK [CAPABILITY IMAP4rev1 QUOTA] Dovecot\n" LOGIN STATUS EXAMINE
	"C: %t GETQUOTAROOT *\nS: * QUOTA a (STORAGE 9223372036854775808 1)\n",
	{ANNA, .quota = true},
	"err 8.1 GETQUOTAROOT: a number too large; pipelined; in; INBOX 3/1/-1; ", 0},
    {"special use, Junk counted",
	OLD "C: %t LOGIN *\nS: %t OK [CAPABILITY IMAP4rev1 LIST-EXTENDED SPECIAL-USE] in\n" STATUS
	    EXAMINE "C: %t LIST (SPECIAL-USE) \"\" \"*\"\n"
	    "S: * LIST (\\HasNoChildren \\junk) \"/\" \"Sp&AOQ-m\"\n"
	    "S: * LIST (\\Sent \\NonExistent) \"/\" Old\nS: * LIST (\\Sent) NIL Sent\n"
	    "S: %t OK\nC: %t STATUS \"Sp&AOQ-m\" (MESSAGES)\n"
	    "S: * STATUS \"Sp&AOQ-m\" (MESSAGES 12)\nS: %t OK\n" BYE,
	{ANNA, .special_use = 1U << IMAP_USE_SENT, .junk_count = true},
	"after 3; in; INBOX 3/1/-1; junk=Sp\xc3\xa4m(12) sent=Sent(-1) goodbye; ", 0},
    {"special use by plain LIST",
	OLD LOGIN CAPS STATUS EXAMINE "C: %t LIST \"\" \"*\"\nS: * LIST () \"/\" INBOX\n"
				      "S: * LIST (\\Trash) \"/\" {5}\nS: Trash\nS: %t OK\n" BYE,
	{ANNA, .special_use = 1U << IMAP_USE_TRASH},
	"after 1; in; INBOX 3/1/-1; trash=Trash(-1) goodbye; ", 0},
    {"goodbye unanswered", OLD LOGIN STATUS EXAMINE "C: %t LOGOUT\nSTALL\n", {ANNA},
	"pipelined; in; INBOX 3/1/-1; ", 0},
    {"list after the login wanted", OLD LOGIN CAPS STATUS EXAMINE BYE,
	{ANNA, .want_capabilities = true}, "pipelined; after 1; " INBOX_OK, 0},
};

#define SEARCHING OLD "C: %t LOGIN *\nS: %t OK [CAPABILITY IMAP4rev1 X] in\n" STATUS EXAMINE
#define ESEARCHING \
	OLD "C: %t LOGIN *\nS: %t OK [CAPABILITY IMAP4rev1 ESEARCH ESORT] in\n" STATUS EXAMINE
#define SEARCHED "pipelined; after 2; in; INBOX 3/1/-1; "
#define ESEARCHED "pipelined; after 3; in; INBOX 3/1/-1; "

static const struct row SEARCHES[] = {
    {"hits, counted", SEARCHING "C: %t SEARCH FROM x\nS: * SEARCH 1 3\nS: %t OK\n" BYE,
	{ANNA, .search = "FROM x"}, SEARCHED "hits 2; goodbye; ", 0},
    {"no hits", SEARCHING "C: %t SEARCH FROM x\nS: * SEARCH\nS: %t OK\n" BYE,
	{ANNA, .search = "FROM x"}, SEARCHED "hits 0; goodbye; ", 0},
    {"no hits, no line", SEARCHING "C: %t SEARCH FROM x\nS: %t OK\n" BYE,
	{ANNA, .search = "FROM x"}, SEARCHED "hits 0; goodbye; ", 0},
    {"hits with MODSEQ",
	SEARCHING "C: %t SEARCH *\nS: * SEARCH 2 5 (MODSEQ 917162500)\nS: %t OK\n" BYE,
	{ANNA, .search = "MODSEQ 1"}, SEARCHED "hits 2; goodbye; ", 0},
    {"more hits than any line",
	SEARCHING "C: %t SEARCH ALL\nS: RAW * SEARCH\nS: REPEAT 100000  4711\nS: \nS: %t OK\n" BYE,
	{ANNA, .search = "ALL"}, SEARCHED "hits 100000; goodbye; ", 0},
    {"a hit too large", SEARCHING "C: %t SEARCH ALL\nS: * SEARCH 4294967296\n",
	{ANNA, .search = "ALL"}, "err 8.1 SEARCH: not a number, or one too large; " SEARCHED, 0},
    {"a hit that is none", SEARCHING "C: %t SEARCH ALL\nS: * SEARCH 1 x\n", {ANNA, .search = "ALL"},
	"err 8.1 SEARCH: not a number, or one too large; " SEARCHED, 0},
    {"criteria refused", SEARCHING "C: %t SEARCH FOO\nS: %t BAD what\n" BYE,
	{ANNA, .search = "FOO"}, SEARCHED "refusal SEARCH BAD what; goodbye; ", 0},
    {"ESEARCH",
	ESEARCHING "C: %t SEARCH RETURN (COUNT) UNSEEN\nS: * ESEARCH (TAG \"%t\") COUNT 5\n"
		   "S: %t OK\n" BYE,
	{ANNA, .search = "UNSEEN"}, ESEARCHED "hits 5; goodbye; ", 0},
    {"8-bit criteria are literals",
	SEARCHING "C: %t SEARCH CHARSET UTF-8 SUBJECT {3}\nS: + \nC: \xc3\xbc\" FROM \"x y\"\n"
		  "S: * SEARCH 1\nS: %t OK\n" BYE,
	{ANNA, .search = "SUBJECT \"\xc3\xbc\\\"\" FROM \"x y\""}, SEARCHED "hits 1; goodbye; ", 0},
    {"subjects",
	SEARCHING
	"C: %t SEARCH UNSEEN\nS: * SEARCH 1 2 3 7\nS: %t OK\n"
	"C: %t FETCH 1:3,7 (INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])\n"
	"S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}\nS: Subject: a\nS:  b c\n"
	"S: INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\n"
	"S: * 3 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (SUBJECT)] \"subject:x\")\n"
	"S: * 99 FETCH (BODY[HEADER.FIELDS (SUBJECT)] \"Subject: stray\")\nS: %t OK\n" BYE,
	{ANNA, .search = "UNSEEN", .show_subject = true},
	SEARCHED "hits 4; 1 837596665 a b c; 2 -; 3 x; 7 -; goodbye; ", 0},
    {"newest, by probing",
	SEARCHING "C: %t FETCH 3 (INTERNALDATE)\n"
		  "S: * 3 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\nS: %t OK\n"
		  "C: %t SEARCH ALL SINCE 16-Jul-1996\nS: * SEARCH 1 3\nS: %t OK\n"
		  "C: %t FETCH 1,3 (INTERNALDATE)\n"
		  "S: * 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:26 -0700\")\n"
		  "S: * 3 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\nS: %t OK\n" BYE,
	{ANNA, .newest_age = true}, SEARCHED "newest 837596666; goodbye; ", 0},
    {"oldest, by probing",
	SEARCHING "C: %t FETCH 1 (INTERNALDATE)\n"
		  "S: * 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\nS: %t OK\n"
		  "C: %t SEARCH ALL BEFORE 19-Jul-1996\nS: * SEARCH 1 2\nS: %t OK\n"
		  "C: %t FETCH 1:2 (INTERNALDATE)\n"
		  "S: * 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\n"
		  "S: * 2 FETCH (INTERNALDATE \"17-Jul-1996 02:44:24 -0700\")\nS: %t OK\n" BYE,
	{ANNA, .oldest_age = true}, SEARCHED "oldest 837596664; goodbye; ", 0},
    {"ages, by ESORT",
	ESEARCHING "C: %t SORT RETURN (MAX) (ARRIVAL) US-ASCII ALL\nS: * ESEARCH MAX 2\nS: %t OK\n"
		   "C: %t FETCH 2 (INTERNALDATE)\n"
		   "S: * 2 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\nS: %t OK\n"
		   "C: %t SORT RETURN (MIN) (ARRIVAL) US-ASCII UNSEEN\nS: * ESEARCH (TAG \"%t\")\n"
		   "S: %t OK\n" BYE,
	{ANNA, .newest_age = true, .oldest_unseen_age = true},
	ESEARCHED "newest 837596665; goodbye; ", 0},
    {"oldest unseen, by probing",
	SEARCHING "C: %t SEARCH UNSEEN\nS: * SEARCH 2 3\nS: %t OK\nC: %t FETCH 2 (INTERNALDATE)\n"
		  "S: * 2 FETCH (INTERNALDATE \" 2-Jan-1970 00:00:00 +0000\")\nS: %t OK\n"
		  "C: %t SEARCH UNSEEN BEFORE 4-Jan-1970\nS: * SEARCH 2 3\nS: %t OK\n"
		  "C: %t FETCH 2:3 (INTERNALDATE)\n"
		  "S: * 3 FETCH (INTERNALDATE \" 1-Jan-1970 00:00:09 +0000\")\nS: %t OK\n" BYE,
	{ANNA, .oldest_unseen_age = true}, SEARCHED "oldest unseen 9; goodbye; ", 0},
    {"folder not open: nothing searched", OLD LOGIN STATUS "C: %t EXAMINE *\nS: %t NO no\n" BYE,
	{ANNA, .search = "ALL"},
	"pipelined; in; INBOX(shut) 3/1/-1; refusal EXAMINE INBOX NO no; goodbye; ", 0},
};

static const struct row RAWS[] = {
    {"send and quit", "S: * OK Dovecot\nC: a1 NOOP\nS: * 1 EXISTS\nS: a1 OK noop\nC: a2 LOGOUT\n",
	{.send = "a1 NOOP\r\n", .quit = "a2 LOGOUT"}, "reply * 1 EXISTS\na1 OK noop; goodbye; ", 0},
    {"nothing to wait for", "S: * OK Dovecot\nC: a2 LOGOUT\n", {.quit = "a2 LOGOUT"}, "goodbye; ",
	0},
    {"no answer", "S: * OK Dovecot\nC: a1 NOOP\nCLOSE\n", {.send = "a1 NOOP\r\n"},
	"err 6.0 send: connection closed by the server; reply ; ", 0},
};

/* ---- facts in words ---- */

static void
put_replies(struct buf *out, const char *name, const struct imap_replies *replies)
{
	for (size_t i = 0; i < replies->count; i++) {
		const struct imap_reply *reply = &replies->list[i];
		buf_printf(out, "%s %s %s%s%s; ", name, imap_step_name(reply->step),
		    reply->subject ? reply->subject : "", reply->subject ? " " : "", reply->line);
	}
}

static void
put_connection(struct buf *out, const struct imap_facts *facts)
{
	const struct session_facts *session = &facts->session;
	if (err_is_set(&session->err))
		buf_printf(
		    out, "err %d.%d %s; ", session->err.kind, session->err.code, session->err.text);
	if (session->starttls_reply)
		buf_printf(out, "starttls %s; ", session->starttls_reply);
	if (session->injected)
		buf_printf(out, "injected %zu; ", session->injected);
	if (session->tls_spoken_first)
		buf_add_text(out, "talks TLS; ");
	if (facts->preauth)
		buf_add_text(out, "preauth; ");
	if (facts->pipelined)
		buf_add_text(out, "pipelined; ");
	if (facts->login.withheld)
		buf_add_text(out, "withheld; ");
	if (facts->login.closed)
		buf_add_text(out, "closed; ");
	if (facts->capabilities_after_login.count)
		buf_printf(out, "after %zu; ", facts->capabilities_after_login.count);
	for (const struct imap_id *id = facts->id; id && id->key; id++)
		buf_printf(out, "%s%s%s%s%s", id == facts->id ? "id " : " ", id->key,
		    id->value ? "=" : "", id->value ? id->value : "", id[1].key ? "" : "; ");
	if (facts->authenticated)
		buf_add_text(out, "in; ");
}

static void
put_mailboxes(struct buf *out, const struct imap_facts *facts)
{
	for (size_t i = 0; facts->authenticated && i < facts->folder_count; i++) {
		const struct imap_folder *folder = &facts->folders[i];
		buf_printf(out, "%s%s %lld/%lld/%lld%s; ", folder->name,
		    folder->opened ? "" : "(shut)", (long long)folder->messages,
		    (long long)folder->unseen, (long long)folder->size,
		    folder->no_modseq ? " nomodseq" : "");
	}
	for (size_t i = 0; i < facts->quota_count; i++)
		buf_printf(out, "quota %s %s %lld/%lld; ", facts->quotas[i].root,
		    facts->quotas[i].resource, (long long)facts->quotas[i].used,
		    (long long)facts->quotas[i].limit);
	for (int use = 0; use < IMAP_USE_COUNT; use++) {
		if (facts->special[use].found)
			buf_printf(out, "%s=%s(%lld) ", imap_use_name((enum imap_use)use),
			    facts->special[use].name, (long long)facts->special[use].messages);
	}
}

static void
put_date(struct buf *out, const char *name, const struct imap_date *date)
{
	if (date->known)
		buf_printf(out, "%s %lld; ", name, (long long)date->unix_s);
}

static void
put_search(struct buf *out, const struct imap_facts *facts)
{
	put_date(out, "newest", &facts->newest);
	put_date(out, "oldest", &facts->oldest);
	put_date(out, "oldest unseen", &facts->oldest_unseen);
	if (facts->hits >= 0)
		buf_printf(out, "hits %lld; ", (long long)facts->hits);
	for (size_t i = 0; i < facts->shown_count; i++) {
		const struct imap_hit *hit = &facts->shown[i];
		buf_printf(out, "%llu ", (unsigned long long)hit->number);
		if (hit->date.known)
			buf_printf(out, "%lld ", (long long)hit->date.unix_s);
		buf_printf(out, "%s; ", hit->subject ? hit->subject : "-");
	}
	if (facts->send_reply)
		buf_printf(out, "reply %s; ", facts->send_reply);
}

static void
summary(struct buf *out, const void *opaque)
{
	const struct imap_facts *facts = opaque;

	put_connection(out, facts);
	put_mailboxes(out, facts);
	put_search(out, facts);
	put_replies(out, "alert", &facts->alerts);
	put_replies(out, "refusal", &facts->refusals);
	put_replies(out, "remark", &facts->remarks);
	if (facts->referral)
		buf_printf(out, "referral %s; ", facts->referral);
	if (facts->goodbye_done)
		buf_add_text(out, "goodbye; ");
}

/* ---- runs ---- */

static void
release(void *facts)
{
	imap_facts_free(facts);
}

static bool
run(const struct session_params *session, const void *own, void *facts)
{
	imap_facts_init(facts);
	return imap_run(session, &((const struct row *)own)->params, facts);
}

static void
said(struct memstream *mem, const struct dialog_row *row, const void *facts)
{
	if (((const struct imap_facts *)facts)->goodbye_said)
		dialog_row_said(row, mem);
}

static const struct dialog_kind KIND = {.facts_size = sizeof(struct imap_facts),
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
		const struct dialog_row row = common(&(rows)[_i]); \
\
		dialog_row_run(&KIND, &row); \
	} \
	END_TEST
TABLE(greetings, GREETINGS)
TABLE(logins, LOGINS)
TABLE(keepers, KEEPERS)
TABLE(hostiles, HOSTILES)
TABLE(mailboxes, MAILBOXES)
TABLE(searches, SEARCHES)
TABLE(raws, RAWS)

/* A server that said BYE is not waited for until the deadline. */
START_TEST(bye_is_prompt)
{
	static const struct row ROW = {"BYE", OLD "C: %t LOGIN *\nS: * BYE going down\nSTALL\n",
	    {ANNA}, "", SESSION_CLEARTEXT};
	const struct dialog_row row = common(&ROW);
	struct memstream mem;
	struct imap_facts facts;
	int64_t start_us;

	fake_clock_start();
	memstream_init(&mem, ROW.script, deadline_in(5 * US_PER_S));
	start_us = clock_now_us();
	dialog_row_play(&KIND, &row, &mem, &facts);
	ck_assert(clock_now_us() - start_us < 500 * US_PER_MS);
	imap_facts_free(&facts);
	memstream_free(&mem);
	fake_clock_stop();
}
END_TEST

START_TEST(cut_at_every_byte)
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
	    {logins, ARRAY_LEN(LOGINS)},
	    {keepers, ARRAY_LEN(KEEPERS)},
	    {hostiles, ARRAY_LEN(HOSTILES)},
	    {mailboxes, ARRAY_LEN(MAILBOXES)},
	    {searches, ARRAY_LEN(SEARCHES)},
	    {raws, ARRAY_LEN(RAWS)},
	    {cut_at_every_byte, ARRAY_LEN(MAILBOXES)},
	    {bye_is_prompt, 0},
	};

	return unit_main("imap dialog", units, ARRAY_LEN(units));
}
