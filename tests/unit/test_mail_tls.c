/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/smtp and dialog/pop3 through real TLS over a memory stream: what is
 * learnt again after the upgrade, which certificate lets a password out, and
 * the server-side injection test.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dialog/pop3.h"
#include "dialog/smtp.h"
#include "lib/memstream.h"
#include "lib/pki.h"
#include "lib/unit.h"

#define PLAIN "AGFubmEAcGEgc3M=" /* anna, pa ss */
#define ANNA .login = {.user = "anna", .password = "pa ss"}

static char pki[64]; /* directory */

#define SMTP_CLEAR \
	"S: 220 mx\nC: EHLO mon.test\nS: 250-mx\nS: 250-AUTH GSSAPI\nS: 250-DSN\n" \
	"S: 250 STARTTLS\n"
#define SMTP_TLS SMTP_CLEAR "C: STARTTLS\nS: 220 go\n"
#define SMTP_AGAIN "C: EHLO mon.test\nS: 250-mx\nS: 250 AUTH PLAIN\n"
#define SMTP_BYE "C: QUIT\nS: 221 bye\n"

static const struct smtp_row {
	const char *name, *script, *want;
	enum session_mode mode;
	struct smtp_params params;
} smtp_rows[] = {
    {"upgrade", SMTP_TLS "TLS\n" SMTP_AGAIN "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" SMTP_BYE,
	"0.0 3>1 in", SESSION_STARTTLS, {ANNA}},
    {"from the first byte",
	"TLS\nS: 220 mx\n" SMTP_AGAIN "C: AUTH PLAIN " PLAIN "\nS: 235 in\n" SMTP_BYE, "0.0 0>1 in",
	SESSION_TLS, {ANNA}},
    {"the old list is void", SMTP_TLS "TLS\nC: EHLO mon.test\nS: 250 mx\n" SMTP_BYE, "9.0 3>0",
	SESSION_STARTTLS, {ANNA}},
    {"wrong name", SMTP_TLS "TLS cert=wrongname\n" SMTP_AGAIN SMTP_BYE, "2.0 3>1 withheld",
	SESSION_STARTTLS, {ANNA}},
    {"self-signed", SMTP_TLS "TLS cert=selfsigned\n" SMTP_AGAIN SMTP_BYE, "2.0 3>1 withheld",
	SESSION_STARTTLS, {ANNA}},
    {"expired, and allowed once", "TLS cert=expired\nS: 220 mx\n" SMTP_AGAIN SMTP_BYE,
	"2.0 0>1 withheld", SESSION_TLS,
	{.login = {.user = "anna", .password = "pa ss", .allow_exposed = true}}},
    {"closed instead of TLS", SMTP_TLS "CLOSE\n", "6.0 3>0", SESSION_STARTTLS, {ANNA}},
    {"goes on in clear", SMTP_TLS "SLEEP 50\nS: 250 mx\n", "7.* 3>0", SESSION_STARTTLS, {ANNA}},
    {"forgets what came with STARTTLS",
	SMTP_TLS "TLS\n" SMTP_AGAIN SMTP_BYE "CONNECTION\n" SMTP_CLEAR
		 "C: STARTTLS\nC: NOOP\nS: 220 go\nTLS\nC: QUIT\nS: 221 bye\n",
	"0.0 3>1 injection 221", SESSION_STARTTLS, {.starttls_injection = true}},
    {"answers what came with STARTTLS",
	SMTP_TLS "TLS\n" SMTP_AGAIN SMTP_BYE "CONNECTION\n" SMTP_CLEAR
		 "C: STARTTLS\nC: NOOP\nS: 220 go\nTLS\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
	"0.0 3>1 injection ACCEPTED 250", SESSION_STARTTLS, {.starttls_injection = true}},
    {"clear AUTH is tried in clear",
	SMTP_TLS "TLS\n" SMTP_AGAIN SMTP_BYE "CONNECTION\n" SMTP_CLEAR
		 "C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 no\n" SMTP_BYE,
	"0.0 3>1 plain-auth ACCEPTED 334", SESSION_STARTTLS,
	{.must_refuse = 1U << SMTP_REFUSE_PLAIN_AUTH}},
    {"a refused relay is tried under TLS",
	SMTP_TLS "TLS\n" SMTP_AGAIN SMTP_BYE "CONNECTION\n" SMTP_TLS "TLS\n" SMTP_AGAIN
		 "C: MAIL FROM:<>\nS: 550 no\n" SMTP_BYE,
	"0.0 3>1 relay 550", SESSION_STARTTLS, {.must_refuse = 1U << SMTP_REFUSE_RELAY}},
};

#define POP3_TLS "S: +OK <1@x>\nC: CAPA\nS: +OK\nS: STLS\nS: TOP\nS: .\nC: STLS\nS: +OK go\n"
#define POP3_AGAIN "C: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\n"
#define POP3_BYE "C: QUIT\nS: +OK bye\n"
#define POP3_IN "C: AUTH PLAIN " PLAIN "\nS: +OK in\nC: STAT\nS: +OK 1 2\n" POP3_BYE

static const struct pop3_row {
	const char *name, *script, *want;
	enum session_mode mode;
} pop3_rows[] = {
    {"upgrade", POP3_TLS "TLS\n" POP3_AGAIN POP3_IN, "0.0 2>1 in", SESSION_STARTTLS},
    {"from the first byte", "TLS\nS: +OK\n" POP3_AGAIN POP3_IN, "0.0 0>1 in", SESSION_TLS},
    {"wrong name", POP3_TLS "TLS cert=wrongname\n" POP3_AGAIN POP3_BYE, "2.0 2>1 withheld",
	SESSION_STARTTLS},
    {"expired", "TLS cert=expired\nS: +OK\n" POP3_AGAIN POP3_BYE, "2.0 0>1 withheld", SESSION_TLS},
    {"goes on in clear", POP3_TLS "SLEEP 50\nS: +OK\n", "7.* 2>0", SESSION_STARTTLS},
};

/* ---- runs ---- */

/* One client of a script with at most two connections. */
struct run {
	struct script script;
	struct memstream mem[2];
	struct stream *further[2];
	struct tls_settings settings;
	struct tls_context context;
	struct tls_params tls;
	struct session_params session;
	char ca_file[96];
};

static void
run_begin(struct run *run, const char *script, enum session_mode mode)
{
	static const char *const names[] = {"mail.test", NULL};
	struct deadline deadline = deadline_in(20 * US_PER_S);
	struct err err = {0};
	*run = (struct run){0};
	snprintf(run->ca_file, sizeof run->ca_file, "%s/root.pem", pki);
	run->settings = (struct tls_settings){.ca_file = run->ca_file, .security_level = -1};
	ck_assert_msg(tls_context_open(&run->context, &run->settings, &err), "%s", err.text);
	run->tls = (struct tls_params){
	    .context = &run->context, .verify_names = names, .now_unix = time(NULL)};
	ck_assert_msg(script_parse(&run->script, script), "%s", run->script.fault);
	for (size_t i = 0; i < script_connections(&run->script); i++)
		memstream_play(&run->mem[i], &run->script, i, pki, deadline);
	if (script_connections(&run->script) > 1)
		run->further[0] = &run->mem[1].stream;
	run->session = (struct session_params){
	    .mode = mode, .tls = &run->tls, .deadline = deadline, .given = &run->mem[0].stream};
}

/* The facts against words; and that the client said what the script has. */
static void
run_end(struct run *run, const char *name, const char *seen, const char *want)
{
	char tag[64];
	ck_assert_msg(script_match(want, seen, tag), "%s: %s, wanted %s", name, seen, want);
	for (size_t i = 0; i < script_connections(&run->script); i++) {
		if (want[0] == '0' || want[0] == '2' || want[0] == '9')
			ck_assert_msg(memstream_fault(&run->mem[i])[0] == '\0', "%s: %s", name,
			    memstream_fault(&run->mem[i]));
		if (strstr(want, " in") == NULL)
			ck_assert_ptr_null(strstr(buf_text(&run->mem[i].player.heard), PLAIN));
		memstream_free(&run->mem[i]);
	}
	script_free(&run->script);
	tls_context_close(&run->context);
}

static void
put_test(struct buf *out, const char *name, const struct smtp_test *test)
{
	if (test->asked)
		buf_printf(out, " %s%s %d", name, test->accepted ? " ACCEPTED" : "",
		    test->tried ? test->reply.code : -1);
}

START_TEST(smtp)
{
	const struct smtp_row *row = &smtp_rows[_i];
	struct smtp_params params = row->params;
	struct smtp_facts facts;
	struct run run;
	struct buf seen;
	run_begin(&run, row->script, row->mode);
	params.ehlo_name = "mon.test";
	params.further = run.further;
	smtp_facts_init(&facts);
	bool ok = smtp_run(&run.session, &params, &facts);
	ck_assert_int_eq(ok, !err_is_set(&facts.session.err));
	buf_init(&seen, 1024);
	buf_printf(&seen, "%d.%d %zu>%zu%s%s", facts.session.err.kind, facts.session.err.code,
	    facts.ehlo_before_tls.count, facts.ehlo.count, facts.authenticated ? " in" : "",
	    facts.login.withheld ? " withheld" : "");
	put_test(&seen, "plain-auth", &facts.tests[SMTP_REFUSE_PLAIN_AUTH]);
	put_test(&seen, "relay", &facts.tests[SMTP_REFUSE_RELAY]);
	put_test(&seen, "injection", &facts.injection);
	smtp_facts_free(&facts);
	run_end(&run, row->name, buf_text(&seen), row->want);
	buf_free(&seen);
}
END_TEST

START_TEST(pop3)
{
	const struct pop3_row *row = &pop3_rows[_i];
	const struct pop3_params params = {ANNA};
	struct pop3_facts facts;
	struct run run;
	char seen[128];
	run_begin(&run, row->script, row->mode);
	pop3_facts_init(&facts);
	bool ok = pop3_run(&run.session, &params, &facts);
	ck_assert_int_eq(ok, !err_is_set(&facts.session.err));
	snprintf(seen, sizeof seen, "%d.%d %zu>%zu%s%s", facts.session.err.kind,
	    facts.session.err.code, facts.capabilities_before_tls.count, facts.capabilities.count,
	    facts.authenticated ? " in" : "", facts.login.withheld ? " withheld" : "");
	pop3_facts_free(&facts);
	run_end(&run, row->name, seen, row->want);
}
END_TEST

/* In a child: OpenSSL is started by the code under test, in its own way. */
static bool
make_pki(void)
{
	int status = -1;
	snprintf(pki, sizeof pki, "/tmp/test_mail_tls.%d", (int)getpid());
	pid_t child = fork();
	if (child == 0)
		_exit(!pki_make(pki));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int
main(void)
{
	const struct unit units[] = {
	    {smtp, ARRAY_LEN(smtp_rows)},
	    {pop3, ARRAY_LEN(pop3_rows)},
	};
	char command[128];
	int result =
	    make_pki() ? unit_main("mail over TLS", units, ARRAY_LEN(units)) : EXIT_FAILURE;
	snprintf(command, sizeof command, "rm -rf '%s'", pki);
	return system(command) == 0 ? result : EXIT_FAILURE;
}
