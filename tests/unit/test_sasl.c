/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wire/sasl*.c and wire/scram.c: each mechanism's words, a SCRAM server that
 * reproduces the RFCs' vectors and then lies, tokens.
 */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "wire/sasl.h"
#include "wire/sasl_list.h"
#include "wire/scram.h"

/* ---- a SCRAM server's arithmetic ---- */

struct scram {
	const EVP_MD *(*hash)(void);
	const char *password, *salt; /* salt in base64 */
	int iterations;
};

static void
base64(char *out, size_t size, const void *bytes, size_t len)
{
	struct buf text;
	buf_init(&text, size - 1);
	text_base64(&text, bytes, len);
	strcpy(out, buf_text(&text));
	buf_free(&text);
}

/* The proof and the signature that belong to an exchange (RFC 5802, 3). */
static void
scram_compute(const struct scram *server, const char *auth_message, char *proof, char *signature)
{
	const EVP_MD *md = server->hash();
	unsigned char salted[64], client[64], server_key[64], stored[64], sign[64];
	unsigned size = (unsigned)EVP_MD_size(md), len = 0;
	struct buf salt;
	buf_init(&salt, 256);
	ck_assert(text_unbase64(&salt, server->salt, strlen(server->salt)));
	PKCS5_PBKDF2_HMAC(server->password, -1, (const unsigned char *)buf_text(&salt),
	    (int)salt.len, server->iterations, md, (int)size, salted);
	buf_free(&salt);
	HMAC(md, salted, (int)size, (const unsigned char *)"Client Key", 10, client, &len);
	HMAC(md, salted, (int)size, (const unsigned char *)"Server Key", 10, server_key, &len);
	EVP_Digest(client, size, stored, &len, md, NULL);
	HMAC(md, stored, (int)size, (const unsigned char *)auth_message, strlen(auth_message), sign,
	    &len);
	for (unsigned i = 0; i < size; i++)
		sign[i] ^= client[i];
	base64(proof, 128, sign, size);
	HMAC(md, server_key, (int)size, (const unsigned char *)auth_message, strlen(auth_message),
	    sign, &len);
	base64(signature, 128, sign, size);
}

static const struct scram sha1 = {EVP_sha1, "pencil", "QSXCR+Q6sek8bf92", 4096};
static const struct scram sha256 = {EVP_sha256, "pencil", "W22ZaJ0SNY7soEsUEjb6gQ==", 4096};

static const struct vector {
	const struct scram *server;
	const char *first_bare, *server_first, *final_bare, *proof, *signature;
} vectors[] = {
    {&sha1, "n=user,r=fyko+d2lbbFgONRv9qkxdawL",
	"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
	"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
	"v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "rmF9pqV8S7suAoZWja4dJRkFsKQ="},
    {&sha256, "n=user,r=rOprNGfwEbeRWgbNEkqO",
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
	"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
};

/* RFC 5802, 5 and RFC 7677, 3: proves the server that the library is then tried against. */
START_TEST(server_is_right)
{
	const struct vector *v = &vectors[_i];
	char proof[128], signature[128], message[512];
	int64_t iterations = 0;
	const char *why;
	snprintf(
	    message, sizeof message, "%s,%s,%s", v->first_bare, v->server_first, v->final_bare);
	scram_compute(v->server, message, proof, signature);
	ck_assert_str_eq(proof, v->proof);
	ck_assert_str_eq(signature, v->signature);
	snprintf(message, sizeof message, "n,,%s", v->first_bare);
	ck_assert(scram_server_first(
	    v->server_first, strlen(v->server_first), message, &iterations, &why));
	ck_assert_int_eq(iterations, 4096);
}
END_TEST

/* ---- whole exchanges ---- */

enum lie { HONEST, WRONG_SIGNATURE, NO_SIGNATURE, WRONG_PASSWORD, ERROR_BINDING, ERROR_DOWNGRADE };

struct run {
	struct sasl *sasl;
	struct err err;
	struct buf response;
};

static void
begin(struct run *run, const struct sasl_params *params)
{
	*run = (struct run){0};
	buf_init(&run->response, 65536);
	ck_assert_msg(sasl_open(&run->sasl, params, &run->err), "%s", run->err.text);
}

static void
end(struct run *run)
{
	sasl_close(run->sasl);
	buf_free(&run->response);
}

static bool
step(struct run *run, const char *challenge)
{
	buf_clear(&run->response);
	return sasl_step(run->sasl, challenge, strlen(challenge), &run->response, &run->err);
}

static const struct exchange_row {
	const char *name;
	enum sasl_mechanism mechanism;
	const struct scram *server;
	enum lie lie;
	bool stepped, finished, proved;
	int refusal, code;
} exchange_rows[] = {
    {"sha-1", SASL_SCRAM_SHA_1, &sha1, HONEST, true, true, true, 0, 0},
    {"sha-256", SASL_SCRAM_SHA_256, &sha256, HONEST, true, true, true, 0, 0},
    {"sha-1-plus", SASL_SCRAM_SHA_1_PLUS, &sha1, HONEST, true, true, true, 0, 0},
    {"sha-256-plus", SASL_SCRAM_SHA_256_PLUS, &sha256, HONEST, true, true, true, 0, 0},
    {"wrong signature", SASL_SCRAM_SHA_256, &sha256, WRONG_SIGNATURE, false, false, false, 0,
	SASL_REFUSAL_SERVER_PROOF},
    {"no signature, yet yes", SASL_SCRAM_SHA_256, &sha256, NO_SIGNATURE, true, false, false, 0,
	SASL_REFUSAL_SERVER_PROOF},
    {"signature of another password", SASL_SCRAM_SHA_1, &sha1, WRONG_PASSWORD, false, false, false,
	0, SASL_REFUSAL_SERVER_PROOF},
    {"e=channel-bindings-dont-match", SASL_SCRAM_SHA_256_PLUS, &sha256, ERROR_BINDING, true, false,
	false, SASL_REFUSAL_BINDING, SASL_REFUSAL_SERVER_PROOF},
    {"e=server-does-support-channel-binding", SASL_SCRAM_SHA_256, &sha256, ERROR_DOWNGRADE, true,
	false, false, SASL_REFUSAL_DOWNGRADE, SASL_REFUSAL_SERVER_PROOF},
};

static void
server_final(
    const struct exchange_row *row, const char *auth_message, const char *proof, char *final)
{
	char want[128], signature[128];
	struct scram server = *row->server;
	scram_compute(&server, auth_message, want, signature);
	ck_assert_str_eq(proof, want);
	if (row->lie == WRONG_PASSWORD) {
		server.password = "crayon";
		scram_compute(&server, auth_message, want, signature);
	}
	if (row->lie == WRONG_SIGNATURE)
		signature[0] = signature[0] == 'A' ? 'B' : 'A';
	if (row->lie == ERROR_BINDING)
		strcpy(final, "e=channel-bindings-dont-match");
	else if (row->lie == ERROR_DOWNGRADE)
		strcpy(final, "e=server-does-support-channel-binding");
	else
		sprintf(final, "v=%s", signature);
}

START_TEST(scram_exchanges)
{
	const struct exchange_row *row = &exchange_rows[_i];
	bool plus =
	    row->mechanism == SASL_SCRAM_SHA_1_PLUS || row->mechanism == SASL_SCRAM_SHA_256_PLUS;
	struct sasl_params params = {.mechanism = row->mechanism,
	    .user = "user",
	    .password = "pencil",
	    .binding_type = plus ? "tls-exporter" : NULL,
	    .binding = (const unsigned char *)"0123456789abcdef",
	    .binding_len = 16};
	const char *header = plus ? "p=tls-exporter,," : "n,,";
	char server_first[256], message[1024], final[256];
	struct run run;
	begin(&run, &params);
	ck_assert(step(&run, ""));
	ck_assert_int_eq(strncmp(buf_text(&run.response), header, strlen(header)), 0);
	const char *bare = buf_text(&run.response) + strlen(header);
	const char *nonce = strstr(bare, "r=") + 2;
	snprintf(server_first, sizeof server_first, "r=%sSERVER,s=%s,i=%d", nonce,
	    row->server->salt, row->server->iterations);
	int len = snprintf(message, sizeof message, "%s,%s,", bare, server_first);
	ck_assert_msg(step(&run, server_first), "%s", run.err.text);
	char *proof = strstr(run.response.data, ",p=");
	ck_assert_ptr_nonnull(proof);
	*proof = '\0';
	strcpy(message + len, run.response.data);
	server_final(row, message, proof + 3, final);
	bool stepped = row->lie == NO_SIGNATURE || step(&run, final);
	ck_assert_int_eq(stepped, row->stepped);
	ck_assert_int_eq(sasl_refusal(run.sasl), row->refusal);
	ck_assert_int_eq(sasl_server_proved(run.sasl), row->proved);
	if (stepped)
		ck_assert_int_eq(sasl_finish(run.sasl, &run.err), row->finished);
	ck_assert_int_eq(run.err.code, row->code);
	ck_assert_int_eq(sasl_iterations(run.sasl), 4096);
	end(&run);
}
END_TEST

/* %s is our nonce. */
static const struct first_row {
	const char *name, *first;
	enum err_kind kind;
	int code;
} first_rows[] = {
    {"at the lower bound", "r=%sS,s=QUJD,i=4096", ERR_NONE, 0},
    {"below it", "r=%sS,s=QUJD,i=4095", ERR_REFUSED, SASL_REFUSAL_ITERATIONS},
    {"one", "r=%sS,s=QUJD,i=1", ERR_REFUSED, SASL_REFUSAL_ITERATIONS},
    {"above the upper bound", "r=%sS,s=QUJD,i=600001", ERR_REFUSED, SASL_REFUSAL_ITERATIONS},
    {"ten million", "r=%sS,s=QUJD,i=10000000", ERR_REFUSED, SASL_REFUSAL_ITERATIONS},
    {"2^31 - 1", "r=%sS,s=QUJD,i=2147483647", ERR_REFUSED, SASL_REFUSAL_ITERATIONS},
    {"zero", "r=%sS,s=QUJD,i=0", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"20 digits", "r=%sS,s=QUJD,i=99999999999999999999", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"negative", "r=%sS,s=QUJD,i=-4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"hexadecimal", "r=%sS,s=QUJD,i=0x2000", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"no iterations", "r=%sS,s=QUJD", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"no salt", "r=%sS,i=4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"empty salt", "r=%sS,s=,i=4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"salt no base64", "r=%sS,s=!!!!,i=4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"our nonce alone", "r=%s,s=QUJD,i=4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"another nonce", "r=SERVERSERVERSERVERSERVERSERVER,s=QUJD,i=4096", ERR_PROTOCOL,
	ERR_PROTOCOL_MALFORMED},
    {"wrong order", "s=QUJD,r=%sS,i=4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"mandatory extension", "m=x,r=%sS,s=QUJD,i=4096", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"empty", "", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
    {"garbage", "hello", ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED},
};

START_TEST(scram_first_messages)
{
	const struct first_row *row = &first_rows[_i];
	struct sasl_params params = {
	    .mechanism = SASL_SCRAM_SHA_256, .user = "user", .password = "pencil"};
	char nonce[128], first[512];
	struct run run;
	begin(&run, &params);
	ck_assert(step(&run, ""));
	snprintf(nonce, sizeof nonce, "%s", strstr(buf_text(&run.response), "r=") + 2);
	const char *at = strstr(row->first, "%s");
	if (at != NULL)
		snprintf(first, sizeof first, "%.*s%s%s", (int)(at - row->first), row->first, nonce,
		    at + 2);
	else
		snprintf(first, sizeof first, "%s", row->first);
	ck_assert_int_eq(step(&run, first), row->kind == ERR_NONE);
	ck_assert_int_eq(run.err.kind, row->kind);
	ck_assert_int_eq(run.err.code, row->code);
	if (row->kind != ERR_NONE)
		ck_assert_uint_eq(run.response.len, 0);
	end(&run);
}
END_TEST

START_TEST(scram_first_is_capped)
{
	char message[SCRAM_MESSAGE_MAX + 64] = "r=abcdX,s=";
	int64_t iterations;
	const char *why;
	memset(message + 10, 'A', SCRAM_MESSAGE_MAX);
	strcpy(message + 10 + SCRAM_MESSAGE_MAX, ",i=4096");
	ck_assert(
	    !scram_server_first(message, strlen(message), "n,,n=user,r=abcd", &iterations, &why));
	ck_assert_str_eq(why, "longer than 2 KiB");
}
END_TEST

/* ---- one-line mechanisms ---- */

static const struct plain_row {
	const char *name;
	struct sasl_params params;
	const char *response[3]; /* as hex-free text; '~' is NUL, '^' is ^A */
	unsigned responses;
} plain_rows[] = {
    {"plain", {.mechanism = SASL_PLAIN, .user = "anna", .password = "s,=c"}, {"~anna~s,=c"}, 1},
    {"plain as another",
	{.mechanism = SASL_PLAIN, .user = "anna", .password = "pw", .authzid = "bob"},
	{"bob~anna~pw"}, 1},
    {"login", {.mechanism = SASL_LOGIN, .user = "anna", .password = "pw"}, {"anna", "pw"}, 2},
    {"external", {.mechanism = SASL_EXTERNAL}, {""}, 1},
    {"external as", {.mechanism = SASL_EXTERNAL, .authzid = "anna"}, {"anna"}, 1},
    {"xoauth2", {.mechanism = SASL_XOAUTH2, .user = "a@b", .token = "tok"},
	{"user=a@b^auth=Bearer tok^^", ""}, 2},
    {"oauthbearer",
	{.mechanism = SASL_OAUTHBEARER, .user = "a,b=c", .token = "tok", .host = "h", .port = 993},
	{"n,a=a=2Cb=3Dc,^host=h^port=993^auth=Bearer tok^^", "^"}, 2},
    {"oauthbearer without user", {.mechanism = SASL_OAUTHBEARER, .token = "tok"},
	{"n,,^auth=Bearer tok^^", "^"}, 2},
    /* RFC 2195, 2 */
    {"cram-md5", {.mechanism = SASL_CRAM_MD5, .user = "tim", .password = "tanstaaftanstaaf"},
	{"tim b913a602c7eda7a495b4e6e7334d3890"}, 1},
};

START_TEST(one_line_mechanisms)
{
	const struct plain_row *row = &plain_rows[_i];
	struct run run;
	begin(&run, &row->params);
	for (unsigned i = 0; i < row->responses; i++) {
		ck_assert_msg(
		    step(&run, "<1896.697170952@postoffice.reston.mci.net>"), "%s", run.err.text);
		for (size_t c = 0; c < run.response.len; c++) {
			char *at = &run.response.data[c];
			*at = *at == '\0' ? '~' : *at == '\1' ? '^' : *at;
		}
		ck_assert_str_eq(buf_text(&run.response), row->response[i]);
	}
	/* Never a response more than the mechanism has, whatever the server asks. */
	ck_assert(!step(&run, "more"));
	ck_assert_uint_eq(run.response.len, 0);
	ck_assert_int_eq(run.err.kind, ERR_PROTOCOL);
	ck_assert_int_eq(run.err.code, ERR_PROTOCOL_ORDER);
	end(&run);
}
END_TEST

START_TEST(token_error_is_kept)
{
	struct sasl_params params = {.mechanism = SASL_XOAUTH2, .user = "a", .token = "t"};
	struct run run;
	begin(&run, &params);
	ck_assert(step(&run, ""));
	ck_assert_ptr_null(sasl_token_error(run.sasl));
	ck_assert(step(&run, "{\"status\":\"400\"}"));
	ck_assert_str_eq(sasl_token_error(run.sasl), "{\"status\":\"400\"}");
	ck_assert_int_eq(sasl_refusal(run.sasl), SASL_REFUSAL_TOKEN);
	ck_assert(!sasl_finish(run.sasl, &run.err)); /* a yes after that is none */
	end(&run);
}
END_TEST

static const struct config_row {
	const char *name;
	struct sasl_params params;
} config_rows[] = {
    {"plain without password", {.mechanism = SASL_PLAIN, .user = "a"}},
    {"plain without user", {.mechanism = SASL_PLAIN, .password = "p"}},
    {"token mechanism without token", {.mechanism = SASL_XOAUTH2, .user = "a", .password = "p"}},
    {"^A in a token", {.mechanism = SASL_OAUTHBEARER, .user = "a", .token = "t\1host=x"}},
    {"^A in a user", {.mechanism = SASL_XOAUTH2, .user = "a\1auth=x", .token = "t"}},
    {"plus without binding", {.mechanism = SASL_SCRAM_SHA_1_PLUS, .user = "a", .password = "p"}},
    {"no SASL", {.mechanism = SASL_APOP, .user = "a", .password = "p"}},
};

START_TEST(settings_that_cannot_work)
{
	struct sasl *sasl;
	struct err err = {0};
	ck_assert(!sasl_open(&sasl, &config_rows[_i].params, &err));
	ck_assert_ptr_null(sasl);
	ck_assert_int_eq(err.kind, ERR_CONFIG);
}
END_TEST

/* RFC 4013: a password that the mechanism cannot carry is our fault, not the server's. */
START_TEST(unpreparable_password)
{
	struct sasl_params params = {
	    .mechanism = SASL_CRAM_MD5, .user = "user", .password = "a\007b"};
	struct run run;
	begin(&run, &params);
	ck_assert(!step(&run, "<1@x>"));
	ck_assert_int_eq(run.err.kind, ERR_CONFIG);
	end(&run);
}
END_TEST

/* ---- names, tokens ---- */

START_TEST(names)
{
	enum sasl_mechanism mechanism;
	struct sasl_list list = {0};
	struct arena arena = {0};
	ck_assert(sasl_find("scram-sha-256-PLUS", 18, &mechanism));
	ck_assert_int_eq(mechanism, SASL_SCRAM_SHA_256_PLUS);
	ck_assert(
	    !sasl_find("SCRAM-SHA-256-PLUS", 13, &mechanism) || mechanism == SASL_SCRAM_SHA_256);
	ck_assert(!sasl_find("APOP", 4, &mechanism));
	ck_assert(!sasl_find("PLAI", 4, &mechanism));
	sasl_list_add(&list, &arena, "PLAIN  login PLAIN X-NEW ");
	sasl_list_add(&list, &arena, "plain CRAM-MD5");
	ck_assert_uint_eq(list.count, 4);
	ck_assert_str_eq(list.names[1], "login");
	ck_assert_uint_eq(list.bits, 1U << SASL_PLAIN | 1U << SASL_LOGIN | 1U << SASL_CRAM_MD5);
	ck_assert(sasl_list_has(&list, "x-new"));
	ck_assert(!sasl_list_has(&list, "x-ne"));
	arena_free(&arena);
}
END_TEST

START_TEST(endless_list_is_capped)
{
	struct sasl_list list = {0};
	struct arena arena = {0};
	struct buf words;
	buf_init(&words, 1 << 20);
	for (int i = 0; i < 20000; i++)
		buf_printf(&words, "M%d ", i);
	sasl_list_add(&list, &arena, buf_text(&words));
	ck_assert_uint_eq(list.count, SASL_LIST_MAX);
	buf_free(&words);
	arena_free(&arena);
}
END_TEST

static const struct token_row {
	const char *name, *payload;
	bool known;
	int64_t expiry;
} token_rows[] = {
    {"usual", "{\"iss\":\"x\",\"exp\":1700000000,\"iat\":1}", true, 1700000000},
    {"last, with blanks", "{ \"sub\" : \"a\" , \"exp\" : 1700000000 }", true, 1700000000},
    {"fraction", "{\"exp\":1700000000.75}", true, 1700000000},
    {"inside another object", "{\"act\":{\"exp\":1},\"exp\":2}", true, 2},
    {"only inside", "{\"act\":{\"exp\":1}}", false, 0},
    {"inside an array", "{\"a\":[{\"exp\":1}]}", false, 0},
    {"as a value", "{\"a\":\"exp\",\"b\":\"exp\"}", false, 0},
    {"quoted quote", "{\"a\":\"\\\"exp\\\":1\",\"exp\":3}", true, 3},
    {"backslash at the end", "{\"a\":\"x\\\\\",\"exp\":4}", true, 4},
    {"text, no number", "{\"exp\":\"1700000000\"}", false, 0},
    {"negative", "{\"exp\":-1}", false, 0},
    {"exponent", "{\"exp\":17e8}", false, 0},
    {"too large", "{\"exp\":99999999999999999999}", false, 0},
    {"cut", "{\"exp\":17000", false, 0},
    {"cut in a string", "{\"exp", false, 0},
    {"cut after a backslash", "{\"exp\\", false, 0},
    {"no object", "[\"exp\",1]", false, 0},
    {"empty", "", false, 0},
};

START_TEST(token_expiry)
{
	const struct token_row *row = &token_rows[_i];
	struct buf token;
	int64_t expiry = 0;
	buf_init(&token, 4096);
	buf_add_text(&token, "eyJhbGciOiJub25lIn0.");
	text_base64(&token, row->payload, strlen(row->payload));
	buf_add_text(&token, ".c2ln");
	ck_assert_int_eq(sasl_token_expiry(buf_text(&token), &expiry), row->known);
	ck_assert_int_eq(expiry, row->expiry);
	buf_free(&token);
}
END_TEST

START_TEST(opaque_tokens)
{
	static const char *const tokens[] = {"", "ya29.a0AfH6SMBx", "abc", ".", "..", "a.!!!.b"};
	int64_t expiry;
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		ck_assert(!sasl_token_expiry(tokens[i], &expiry));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sasl");
	TCase *tcase = tcase_create("sasl");
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, server_is_right, 0, (int)ARRAY_LEN(vectors));
	tcase_add_loop_test(tcase, scram_exchanges, 0, (int)ARRAY_LEN(exchange_rows));
	tcase_add_loop_test(tcase, scram_first_messages, 0, (int)ARRAY_LEN(first_rows));
	tcase_add_test(tcase, scram_first_is_capped);
	tcase_add_loop_test(tcase, one_line_mechanisms, 0, (int)ARRAY_LEN(plain_rows));
	tcase_add_test(tcase, token_error_is_kept);
	tcase_add_loop_test(tcase, settings_that_cannot_work, 0, (int)ARRAY_LEN(config_rows));
	tcase_add_test(tcase, unpreparable_password);
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, endless_list_is_capped);
	tcase_add_loop_test(tcase, token_expiry, 0, (int)ARRAY_LEN(token_rows));
	tcase_add_test(tcase, opaque_tokens);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
