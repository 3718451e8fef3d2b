/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A mechanism (the first byte) and a server's challenges, one a line, of any
 * bytes; "%n" in them is the nonce we sent. No server may be taken for one that
 * knows the password. And base64, SCRAM's messages, tokens, lists by themselves.
 * covers: wire/scram.c wire/sasl_token.c wire/sasl_list.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/sasl.h"
#include "wire/sasl_list.h"
#include "wire/scram.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define CHALLENGES_MAX 8

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* The challenge with our nonce in it. */
static void
fill_in(struct buf *out, const char *text, size_t len, const char *nonce)
{
	for (size_t i = 0; i < len; i++)
		if (nonce && i + 1 < len && text[i] == '%' && text[i + 1] == 'n')
			buf_add_text(out, nonce), i++;
		else
			buf_add_char(out, text[i]);
}

static void
talk(struct sasl *sasl, const char *at, const char *end)
{
	struct buf challenge, response;
	struct arena arena = {0};
	struct err err = {0};
	const char *nonce = NULL;

	buf_init(&challenge, 1 << 16);
	buf_init(&response, 1 << 16);
	for (int i = 0; i < CHALLENGES_MAX; i++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at)), *begin;
		size_t line_len = (size_t)((stop ? stop : end) - at);

		buf_clear(&challenge);
		buf_clear(&response);
		fill_in(&challenge, at, line_len, nonce);
		if (!sasl_step(sasl, buf_text(&challenge), challenge.len, &response, &err)) {
			demand(err_is_set(&err));
			break;
		}
		begin = strstr(buf_text(&response), ",r=");
		if (begin && !nonce)
			nonce = arena_strndup(&arena, begin + 3, strcspn(begin + 3, ","));
		if (!stop)
			break;
		at = stop + 1;
	}
	demand(!sasl_server_proved(sasl)); /* whoever wrote the input has no password */
	demand(sasl_iterations(sasl) >= 0);
	(void)sasl_refusal(sasl);
	(void)sasl_token_error(sasl);
	(void)!sasl_finish(sasl, &err);
	buf_free(&challenge);
	buf_free(&response);
	arena_free(&arena);
}

static void
exchange(uint8_t mechanism, const char *text, size_t len)
{
	const struct sasl_params params = {.mechanism = mechanism % (SASL_EXTERNAL + 1),
	    .user = "anna",
	    .password = "pencil and paper",
	    .token = "t0k3n",
	    .host = "mail.test",
	    .port = 993,
	    .service = "imap",
	    .binding_type = "tls-exporter",
	    .binding = (const unsigned char *)"0123456789abcdef",
	    .binding_len = 16};
	struct err err = {0};
	struct sasl *sasl = NULL;

	if (sasl_open(&sasl, &params, &err))
		talk(sasl, text, text + len);
	sasl_close(sasl);
}

/* What is encoded comes back; what is decoded and encoded again decodes to the same. */
static void
look_at_base64(const char *text, size_t len)
{
	struct buf code, plain, again;

	buf_init(&code, 2 * len + 16);
	buf_init(&plain, 2 * len + 16);
	buf_init(&again, 2 * len + 16);
	text_base64(&code, text, len);
	demand(text_unbase64(&plain, buf_text(&code), code.len));
	demand(plain.len == len && (len == 0 || memcmp(plain.data, text, len) == 0));
	buf_clear(&plain);
	buf_clear(&code);
	if (text_unbase64(&plain, text, len)) {
		text_base64(&code, plain.data, plain.len);
		demand(text_unbase64(&again, buf_text(&code), code.len) && again.len == plain.len &&
		       (plain.len == 0 || memcmp(again.data, plain.data, plain.len) == 0));
	}
	buf_free(&code);
	buf_free(&plain);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	struct sasl_list list = {0};
	const char *text, *why = NULL, *word, *error;
	int64_t number;
	size_t error_len;

	if (len == 0)
		return 0;
	text = (const char *)bytes + 1;
	len--;
	exchange(bytes[0], text, len);
	look_at_base64(text, len);
	if (scram_server_first(text, len, "n,,n=anna,r=abc", &number, &why))
		demand(number > 0);
	else
		demand(why != NULL);
	error = scram_server_error(text, len, &error_len);
	demand(!error || (error >= text && error + error_len <= text + len));
	word = arena_strndup(&arena, text, len);
	(void)!sasl_token_expiry(word, &number);
	sasl_list_add(&list, &arena, word);
	demand(list.count <= SASL_LIST_MAX);
	for (size_t i = 0; i < list.count; i++)
		demand(sasl_list_has(&list, list.names[i]));
	arena_free(&arena);
	return 0;
}
