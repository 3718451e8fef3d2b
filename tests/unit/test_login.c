/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialog/login.c over a carrier of ready-made answers: the choice, what is
 * withheld, what a -PLUS mechanism binds to, what is said and when.
 */
#include <string.h>

#include "base/text.h"
#include "dialog/login.h"
#include "lib/unit.h"

#define BIT(name) (1U << SASL_##name)
#define EVERY (BIT(COUNT) - 1)
#define PASSWORD .user = "anna", .password = "pa ss"
#define TOKEN .user = "anna", .token = "tok"
#define GIVEN(name) .mechanism_given = true, .mechanism = SASL_##name

/* ---- the choice ---- */

static const struct choice {
	const char *name;
	struct login_params params;
	unsigned offered;
	int own, want; /* -1: none */
	enum err_kind kind;
} choices[] = {
    {"password: the best", {PASSWORD}, EVERY, SASL_IMAP_LOGIN, SASL_SCRAM_SHA_256, 0},
    {"password: SHA-1 next", {PASSWORD}, EVERY & ~BIT(SCRAM_SHA_256), -1, SASL_SCRAM_SHA_1, 0},
    {"password: PLAIN before the own word", {PASSWORD},
	BIT(PLAIN) | BIT(LOGIN) | BIT(IMAP_LOGIN) | BIT(CRAM_MD5), SASL_IMAP_LOGIN, SASL_PLAIN, 0},
    {"password: the own word before LOGIN", {PASSWORD}, BIT(LOGIN) | BIT(USER) | BIT(CRAM_MD5),
	SASL_USER, SASL_USER, 0},
    {"password: the own word switched off", {PASSWORD}, BIT(LOGIN) | BIT(CRAM_MD5), SASL_USER,
	SASL_LOGIN, 0},
    {"password: CRAM-MD5 last", {PASSWORD}, BIT(CRAM_MD5), -1, SASL_CRAM_MD5, 0},
    {"password: never by itself", {PASSWORD},
	BIT(SCRAM_SHA_1_PLUS) | BIT(SCRAM_SHA_256_PLUS) | BIT(EXTERNAL) | BIT(APOP), -1, -1,
	ERR_LACKS},
    {"password: no token mechanism", {PASSWORD}, BIT(XOAUTH2) | BIT(OAUTHBEARER), -1, -1,
	ERR_LACKS},
    {"token", {TOKEN}, EVERY, SASL_USER, SASL_OAUTHBEARER, 0},
    {"token: the older one", {TOKEN}, EVERY & ~BIT(OAUTHBEARER), -1, SASL_XOAUTH2, 0},
    {"token: no password mechanism", {TOKEN}, BIT(PLAIN) | BIT(LOGIN), -1, -1, ERR_LACKS},
    {"nothing offered", {PASSWORD}, 0, SASL_USER, -1, ERR_LACKS},
    {"given", {PASSWORD, GIVEN(LOGIN)}, EVERY, -1, SASL_LOGIN, 0},
    {"given, not offered: no other", {PASSWORD, GIVEN(LOGIN)}, BIT(PLAIN), -1, -1, ERR_LACKS},
    {"given, wrong secret", {PASSWORD, GIVEN(XOAUTH2)}, EVERY, -1, -1, ERR_CONFIG},
    {"given, no secret", {.user = "anna", GIVEN(PLAIN)}, EVERY, -1, -1, ERR_CONFIG},
    {"EXTERNAL", {GIVEN(EXTERNAL)}, EVERY, -1, SASL_EXTERNAL, 0},
};

START_TEST(chosen)
{
	const struct choice *row = &choices[_i];
	struct session_facts session;
	struct login_facts facts = {0};
	session_facts_init(&session);
	ck_assert(login_wanted(&row->params));
	bool ok = login_choose(&row->params, row->offered, row->own, &session, &facts);
	ck_assert_int_eq(ok, row->want >= 0);
	ck_assert_int_eq(facts.chosen, ok);
	if (ok)
		ck_assert_int_eq((int)facts.mechanism, row->want);
	ck_assert_int_eq(session.err.kind, row->kind);
	if (!ok) /* where it ended */
		ck_assert_int_eq(phase_last(&session.phases)->name, PHASE_AUTH);
	session_facts_free(&session);
}
END_TEST

START_TEST(nobody_logs_in_unasked)
{
	const struct login_params none = {.password = "x"};
	ck_assert(!login_wanted(&none));
}
END_TEST

/* ---- exchanges ---- */

struct answer {
	const char *challenge; /* NULL: final */
	bool success;
};

struct fake {
	const struct answer *answers;
	size_t at;
	struct buf said; /* what the client said, a blank between */
};

static bool
begin(void *dialog, const char *mechanism, const char *initial)
{
	struct fake *fake = dialog;
	return buf_printf(&fake->said, "%s %s ", mechanism, initial ? initial : "-");
}

static bool
respond(void *dialog, const char *base64)
{
	struct fake *fake = dialog;
	return buf_printf(&fake->said, "%s ", *base64 ? base64 : "(empty)");
}

static bool
hear(void *dialog, const char **challenge_out, bool *success_out, const char **reply_out,
    int *code_out)
{
	struct fake *fake = dialog;
	const struct answer *answer = &fake->answers[fake->at++];
	*challenge_out = answer->challenge;
	*success_out = answer->success;
	*reply_out = answer->success ? "yes" : "no";
	*code_out = answer->success ? 235 : 535;
	return true;
}

static const struct answer YES[] = {{NULL, true}};
static const struct answer NO[] = {{NULL, false}};
static const struct answer ASKED_THEN_YES[] = {{"", false}, {NULL, true}};
static const struct answer GARBAGE[] = {{"Z2FyYmFnZQ==", false}, {NULL, false}};
static const struct answer TOKEN_BAD[] = {{"e30=", false}, {NULL, false}};

enum link { CLEAR, UNVERIFIED, VERIFIED_12, VERIFIED_13, NO_EXPORTER };

static const struct exchange_row {
	const char *name;
	struct login_params params;
	enum link link;
	const struct answer *answers;
	size_t line_max;
	const char *said;
	const char *want;
} exchange_rows[] = {
    {"yes", {PASSWORD, GIVEN(PLAIN)}, VERIFIED_13, YES, 500,
	"PLAIN AGFubmEAcGEgc3M= ", "done sent"},
    {"no", {PASSWORD, GIVEN(PLAIN)}, VERIFIED_13, NO, 500,
	"PLAIN AGFubmEAcGEgc3M= ", "err 10.535 sent"},
    {"line too short for the initial response", {PASSWORD, GIVEN(PLAIN)}, VERIFIED_13,
	ASKED_THEN_YES, 30, "PLAIN - AGFubmEAcGEgc3M= ", "done sent"},
    {"in clear", {PASSWORD, GIVEN(PLAIN)}, CLEAR, YES, 500, "", "err 2.0 withheld"},
    {"in clear, said twice", {PASSWORD, GIVEN(PLAIN), .allow_exposed = true}, CLEAR, YES, 500,
	"PLAIN AGFubmEAcGEgc3M= ", "done sent"},
    {"unverified", {PASSWORD, GIVEN(PLAIN)}, UNVERIFIED, YES, 500, "", "err 2.0 withheld"},
    {"unverified, said once", {PASSWORD, GIVEN(PLAIN), .allow_exposed = true}, UNVERIFIED, YES, 500,
	"", "err 2.0 withheld"},
    {"a challenge that proves nothing is as bad", {PASSWORD, GIVEN(SCRAM_SHA_256)}, UNVERIFIED, YES,
	500, "", "err 2.0 withheld"},
    {"yes without a proof", {PASSWORD, GIVEN(SCRAM_SHA_256)}, VERIFIED_13, YES, 500,
	"SCRAM-SHA-256 * ", "err 10.1 refusal 1"},
    {"SCRAM garbage is cancelled", {PASSWORD, GIVEN(SCRAM_SHA_256)}, VERIFIED_13, GARBAGE, 500,
	"SCRAM-SHA-256 * * ", "err 8.1"},
    {"binding of TLS 1.3", {PASSWORD, GIVEN(SCRAM_SHA_1_PLUS)}, VERIFIED_13, NO, 500,
	"SCRAM-SHA-1-PLUS cD10bHMtZXhwb3J0ZXIs* ", "err 10.535 tls-exporter"},
    {"binding of TLS 1.2", {PASSWORD, GIVEN(SCRAM_SHA_1_PLUS)}, VERIFIED_12, NO, 500,
	"SCRAM-SHA-1-PLUS cD10bHMtdW5pcXVlLC* ", "err 10.535 tls-unique"},
    {"nothing to bind to", {PASSWORD, GIVEN(SCRAM_SHA_1_PLUS)}, NO_EXPORTER, NO, 500, "",
	"err 2.0"},
    {"no binding without -PLUS", {PASSWORD, GIVEN(SCRAM_SHA_1)}, VERIFIED_13, NO, 500,
	"SCRAM-SHA-1 biws* ", "err 10.535"},
    {"EXTERNAL is empty", {GIVEN(EXTERNAL)}, VERIFIED_13, YES, 500, "EXTERNAL = ", "done"},
    {"token refused", {TOKEN, GIVEN(OAUTHBEARER)}, VERIFIED_13, TOKEN_BAD, 500,
	"OAUTHBEARER bixhPWFubmEsAWF1dGg9QmVhcmVyIHRvawEB AQ== ", "err 10.535 sent refusal 5 {}"},
    {"token still good",
	{.user = "a", .token = "e30.eyJleHAiOjEwMDB9.x", .now_unix = 999, GIVEN(XOAUTH2)},
	VERIFIED_13, YES, 500,
	"XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIGUzMC5leUpsZUhBaU9qRXdNREI5LngBAQ== ",
	"done sent until 1000"},
    {"token past its end",
	{.user = "a", .token = "e30.eyJleHAiOjEwMDB9.x", .now_unix = 1000, GIVEN(XOAUTH2)},
	VERIFIED_13, YES, 500, "", "err 2.0 until 1000 expired"},
};

static void
link_up(struct session_facts *facts, struct stream *stream, enum link link)
{
	struct tls_facts *tls = &facts->tls;
	stream->encrypted = link != CLEAR;
	tls->done = link != CLEAR;
	tls->verified = link > UNVERIFIED;
	tls->version = link == VERIFIED_12 ? TLS1_2_VERSION : TLS1_3_VERSION;
	tls->exporter_len = link == VERIFIED_13 ? 32 : 0;
	tls->finished_len = 12; /* also there under TLS 1.3, and no binding then */
}

static void
describe(struct buf *out, const struct err *err, const struct login_facts *facts)
{
	if (err_is_set(err))
		buf_printf(out, "err %d.%d", err->kind, err->code);
	if (facts->done)
		buf_add_text(out, "done");
	if (facts->sent)
		buf_add_text(out, " sent");
	if (facts->withheld)
		buf_add_text(out, " withheld");
	if (facts->refusal)
		buf_printf(out, " refusal %d", facts->refusal);
	if (facts->token_error)
		buf_printf(out, " %s", facts->token_error);
	if (facts->binding)
		buf_printf(out, " %s", facts->binding);
	if (facts->token_expiry_unix)
		buf_printf(out, " until %lld", (long long)facts->token_expiry_unix);
	if (facts->token_expired)
		buf_add_text(out, " expired");
}

/* '*' in want: the rest of a word, which holds a random nonce. */
static bool
same(const char *said, const char *want)
{
	while (*want != '\0') {
		if (*want == '*' && (want[1] == ' ' || want[1] == '\0') && *said != '*') {
			said += strcspn(said, " ");
			want++;
		} else if (*want++ != *said++) {
			return false;
		}
	}
	return *said == '\0';
}

START_TEST(exchanges)
{
	const struct exchange_row *row = &exchange_rows[_i];
	static const struct tls_params tls;
	const struct session_params params = {
	    .mode = row->link == CLEAR ? SESSION_CLEARTEXT : SESSION_TLS, .tls = &tls};
	struct fake fake = {.answers = row->answers};
	const struct login_carrier carrier = {.begin = begin,
	    .respond = respond,
	    .hear = hear,
	    .dialog = &fake,
	    .initial_response = true,
	    .line_max = row->line_max};
	struct session_facts facts;
	struct login_facts login = {.chosen = true, .mechanism = row->params.mechanism};
	struct stream stream = {0};
	struct session session = {.params = &params, .facts = &facts, .stream = &stream};
	struct buf seen;
	session_facts_init(&facts);
	link_up(&facts, &stream, row->link);
	buf_init(&fake.said, 65536);
	buf_init(&seen, 4096);
	bool ok = login_exchange(&session, &row->params, &carrier, &login);
	ck_assert_int_eq(ok, login.done);
	ck_assert_int_eq(ok, !err_is_set(&facts.err));
	describe(&seen, &facts.err, &login);
	ck_assert_msg(strcmp(buf_text(&seen), row->want) == 0, "%s: %s (%s), wanted %s", row->name,
	    buf_text(&seen), facts.err.text, row->want);
	ck_assert_msg(same(buf_text(&fake.said), row->said), "%s: said \"%s\", wanted \"%s\"",
	    row->name, buf_text(&fake.said), row->said);
	buf_free(&seen);
	buf_free(&fake.said);
	session_facts_free(&facts);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {chosen, ARRAY_LEN(choices)},
	    {nobody_logs_in_unasked, 0},
	    {exchanges, ARRAY_LEN(exchange_rows)},
	};
	return unit_main("login", units, ARRAY_LEN(units));
}
