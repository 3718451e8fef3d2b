/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dialog/session and dialog/proto: who may see a secret, the upgrade, the transcript, the table. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dialog/proto.h"
#include "dialog/session.h"
#include "lib/memstream.h"

/* ---- secrets ---- */

static const struct {
	const char *name;
	enum session_mode mode;
	bool encrypted, verified, insecure, exposed, may;
} SECRETS[] = {
    {"verified TLS", SESSION_TLS, true, true, false, false, true},
    {"verified STARTTLS", SESSION_STARTTLS, true, true, false, false, true},
    {"verified, the second word alone", SESSION_TLS, true, true, false, true, true},
    {"unverified", SESSION_TLS, true, false, false, false, false},
    {"unverified, insecure", SESSION_TLS, true, false, true, false, false},
    {"unverified, the second word alone", SESSION_TLS, true, false, false, true, false},
    {"unverified, both words", SESSION_TLS, true, false, true, true, true},
    {"before STARTTLS", SESSION_STARTTLS, false, true, false, false, false},
    {"before STARTTLS, both words", SESSION_STARTTLS, false, false, true, true, false},
    {"clear", SESSION_CLEARTEXT, false, false, false, false, false},
    {"clear, insecure", SESSION_CLEARTEXT, false, false, true, false, false},
    {"clear, exposed", SESSION_CLEARTEXT, false, false, false, true, true},
};

START_TEST(secrets)
{
	struct stream stream = {.encrypted = SECRETS[_i].encrypted};
	struct tls_params tls = {.insecure = SECRETS[_i].insecure};
	struct session_params params = {.mode = SECRETS[_i].mode, .tls = &tls};
	struct session_facts facts;
	session_facts_init(&facts);
	facts.tls.verified = SECRETS[_i].verified;
	struct session session = {.params = &params, .facts = &facts, .stream = &stream};
	ck_assert_msg(session_may_show_secret(&session, SECRETS[_i].exposed) == SECRETS[_i].may,
	    "%s", SECRETS[_i].name);
	session_facts_free(&facts);
}
END_TEST

/* ---- a session over memory ---- */

struct talk {
	struct memstream mem;
	struct session_params params;
	struct session_facts facts;
	struct session session;
};

static void
begin(struct talk *talk, const char *script, enum session_mode mode)
{
	static const struct tls_params tls;
	*talk = (struct talk){0};
	fake_clock_start();
	memstream_init(&talk->mem, script, deadline_in(4 * US_PER_S));
	talk->params = (struct session_params){.mode = mode,
	    .tls = &tls,
	    .deadline = deadline_in(4 * US_PER_S),
	    .given = &talk->mem.stream,
	    .transcript = true};
	session_facts_init(&talk->facts);
	ck_assert(session_open(&talk->session, &talk->params, &talk->facts));
}

static void
end(struct talk *talk)
{
	session_close(&talk->session);
	session_facts_free(&talk->facts);
	memstream_free(&talk->mem);
	fake_clock_stop();
}

START_TEST(transcript)
{
	struct talk talk;
	const char *line;
	size_t len;
	begin(&talk, "S: hello\nC: secret\n", SESSION_CLEARTEXT);
	ck_assert(session_first_line(&talk.session, &line, &len));
	ck_assert_str_eq(line, "hello");
	ck_assert(stream_say_secret(talk.session.stream, "[mask]", "secret"));
	ck_assert(stream_flush(talk.session.stream));
	ck_assert_str_eq(buf_text(&talk.facts.transcript), "S: hello\nC: [mask]\n");
	ck_assert_str_eq(memstream_fault(&talk.mem), "");
	end(&talk);
}
END_TEST

START_TEST(injected_bytes_end_it)
{
	struct talk talk;
	const char *line;
	size_t len;
	begin(&talk, "S: RAW go ahead\\r\\nEVIL\\r\\n\n", SESSION_STARTTLS);
	ck_assert(stream_line(talk.session.stream, &line, &len));
	ck_assert(!session_upgrade(&talk.session));
	ck_assert_uint_eq(talk.facts.injected, 6);
	ck_assert_int_eq(memcmp(talk.facts.injected_bytes, "EVIL\r\n", 6), 0);
	ck_assert_int_eq(talk.facts.err.kind, ERR_PROTOCOL);
	ck_assert_int_eq(talk.facts.err.code, ERR_PROTOCOL_EARLY);
	ck_assert(!talk.facts.tls.begun);
	end(&talk);
}
END_TEST

START_TEST(closed_before_the_handshake)
{
	struct talk talk;
	const char *line;
	size_t len;
	begin(&talk, "S: go ahead\nCLOSE\n", SESSION_STARTTLS);
	ck_assert(stream_line(talk.session.stream, &line, &len));
	ck_assert(!session_upgrade(&talk.session));
	ck_assert_int_eq(talk.facts.err.kind, ERR_CLOSED);
	end(&talk);
}
END_TEST

START_TEST(silence_is_late)
{
	struct talk talk;
	const char *line;
	size_t len;
	begin(&talk, "STALL\n", SESSION_CLEARTEXT);
	int64_t start_us = clock_now_us();
	ck_assert(!session_first_line(&talk.session, &line, &len));
	ck_assert_int_eq(talk.facts.err.kind, ERR_TIMEOUT);
	ck_assert_int_eq(phase_last(&talk.facts.phases)->name, PHASE_GREETING);
	ck_assert_int_eq(phase_last(&talk.facts.phases)->outcome, PHASE_LATE);
	int64_t span_us = clock_now_us() - start_us;
	ck_assert(span_us >= 3900 * US_PER_MS && span_us < 4100 * US_PER_MS);
	end(&talk);
}
END_TEST

START_TEST(limit_shortens_and_never_lengthens)
{
	struct talk talk;
	const char *line;
	size_t len;
	begin(&talk, "STALL\n", SESSION_CLEARTEXT);
	int64_t start_us = clock_now_us();
	session_limit(&talk.session, US_PER_S);
	session_limit(&talk.session, 60 * US_PER_S);
	ck_assert(!stream_line(talk.session.stream, &line, &len));
	ck_assert(clock_now_us() - start_us < 1100 * US_PER_MS);
	end(&talk);
}
END_TEST

START_TEST(first_error_stays)
{
	struct talk talk;
	const char *line;
	size_t len;
	begin(&talk, "CLOSE\n", SESSION_CLEARTEXT);
	err_set(&talk.facts.err, ERR_REFUSED, 7, "first");
	ck_assert(!session_first_line(&talk.session, &line, &len));
	ck_assert_str_eq(talk.facts.err.text, "first");
	end(&talk);
}
END_TEST

/* ---- protocols ---- */

static const struct {
	const char *word;
	int id; /* -1: unknown */
	bool tls;
} NAMES[] = {
    {"imap", PROTO_IMAP, false},
    {"IMAPS", PROTO_IMAP, true},
    {"pop3", PROTO_POP3, false},
    {"pop3s", PROTO_POP3, true},
    {"smtp", PROTO_SMTP, false},
    {"submission", PROTO_SUBMISSION, false},
    {"submissions", PROTO_SUBMISSION, true},
    {"lmtp", PROTO_LMTP, false},
    {"smtps", PROTO_SMTP, true},
    {"", -1, false},
    {"imapx", -1, false},
};

START_TEST(names)
{
	bool tls = !NAMES[_i].tls;
	const struct proto *proto = proto_find(NAMES[_i].word, &tls);
	ck_assert_int_eq(proto ? (int)proto->id : -1, NAMES[_i].id);
	if (proto) {
		ck_assert(tls == NAMES[_i].tls);
		ck_assert_ptr_eq(proto, proto_get(proto->id));
		ck_assert_ptr_eq(proto, proto_find(NAMES[_i].word, NULL));
	}
}
END_TEST

static const struct {
	uint16_t port;
	bool known;
	enum session_mode mode;
} PORTS[] = {
    {25, true, SESSION_STARTTLS},
    {110, true, SESSION_STARTTLS},
    {143, true, SESSION_STARTTLS},
    {465, true, SESSION_TLS},
    {587, true, SESSION_STARTTLS},
    {993, true, SESSION_TLS},
    {995, true, SESSION_TLS},
    {2525, true, SESSION_STARTTLS},
    {4190, true, SESSION_STARTTLS},
    {80, false, SESSION_TLS},
    {10143, false, SESSION_TLS},
};

START_TEST(ports)
{
	enum session_mode mode;
	bool known = proto_port_mode(PORTS[_i].port, &mode);
	ck_assert(known == PORTS[_i].known);
	if (known)
		ck_assert_int_eq(mode, PORTS[_i].mode);
}
END_TEST

START_TEST(port_of_mode)
{
	ck_assert_int_eq(proto_port(proto_get(PROTO_IMAP), SESSION_TLS), 993);
	ck_assert_int_eq(proto_port(proto_get(PROTO_IMAP), SESSION_STARTTLS), 143);
	ck_assert_int_eq(proto_port(proto_get(PROTO_POP3), SESSION_CLEARTEXT), 110);
	ck_assert_int_eq(proto_port(proto_get(PROTO_SUBMISSION), SESSION_TLS), 465);
	ck_assert_int_eq(proto_port(proto_get(PROTO_LMTP), SESSION_TLS), 24);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("session");
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, secrets, 0, ARRAY_LEN(SECRETS));
	tcase_add_test(tcase, transcript);
	tcase_add_test(tcase, injected_bytes_end_it);
	tcase_add_test(tcase, closed_before_the_handshake);
	tcase_add_test(tcase, silence_is_late);
	tcase_add_test(tcase, limit_shortens_and_never_lengthens);
	tcase_add_test(tcase, first_error_stays);
	tcase_add_loop_test(tcase, names, 0, ARRAY_LEN(NAMES));
	tcase_add_loop_test(tcase, ports, 0, ARRAY_LEN(PORTS));
	tcase_add_test(tcase, port_of_mode);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
