/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies of an SMTP server, of any bytes, and what we would send of them.
 * covers: wire/smtp_msg.c
 */
#include <stdlib.h>
#include <string.h>

#include "wire/smtp_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
look_at_line(const char *line, size_t len)
{
	struct smtp_msg_line out;
	struct smtp_msg_enhanced enhanced;
	size_t skip = 0;

	if (!smtp_msg_line(line, len, &out))
		return;
	demand(out.code >= 200 && out.code <= 599 && out.text >= line &&
	       out.text + out.len <= line + len);
	if (smtp_msg_enhanced(out.text, out.len, &enhanced, &skip))
		demand(skip <= out.len && enhanced.class >= 2 && enhanced.class <= 5);
	looked += smtp_msg_enhanced_fits(out.code, &enhanced) +
		  smtp_msg_masked_greeting(out.text, out.len);
}

static void
look_at_ehlo(struct arena *arena, const char *text)
{
	struct smtp_msg_ehlo ehlo = {0};
	const char *id, *why = NULL;
	size_t id_len;

	smtp_msg_ehlo(&ehlo, arena, text);
	looked += strlen(ehlo.name);
	for (size_t i = 0; i < ehlo.count; i++)
		demand(smtp_msg_ehlo_has(&ehlo, ehlo.keywords[i]));
	demand(!ehlo.size_broken || ehlo.size_offered);
	demand(ehlo.mechanisms.count <= SASL_LIST_MAX);
	if (smtp_msg_queue_id(text, &id, &id_len))
		demand(id >= text && id + id_len <= text + strlen(text) && id_len > 0);
	if (smtp_msg_address(text, true, &why))
		demand(!strpbrk(text, "\r\n<>") && strlen(text) <= 254);
	else
		demand(why != NULL);
	if (smtp_msg_helo(text))
		demand(*text && !strpbrk(text, " \r\n"));
	looked += smtp_msg_ascii(text);
}

/* Whatever the body: the only end of the message is ours, and chunks make no difference. */
static void
look_at_body(const char *body, size_t len)
{
	struct smtp_msg_stuffer whole = {0}, parts = {0};
	struct buf a, b;
	const char *end;

	buf_init(&a, 2 * len + 64);
	buf_init(&b, 2 * len + 64);
	smtp_msg_stuff(&whole, &a, body, len);
	smtp_msg_stuff_end(&whole, &a);
	for (size_t i = 0; i < len; i++)
		smtp_msg_stuff(&parts, &b, body + i, 1);
	smtp_msg_stuff_end(&parts, &b);
	demand(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
	for (size_t i = 0; i < a.len; i++) {
		demand(a.data[i] != '\n' || (i > 0 && a.data[i - 1] == '\r'));
		demand(a.data[i] != '\r' || (i + 1 < a.len && a.data[i + 1] == '\n'));
	}
	end = memmem(a.data, a.len, "\r\n.\r\n", 5);
	demand(a.len >= 3 && memcmp(a.data + a.len - 3, ".\r\n", 3) == 0);
	demand(!end || end == a.data + a.len - 5);
	buf_free(&a);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes, *at = text, *end = text + len;
	struct arena arena = {0};

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t line_len = (size_t)((stop ? stop : end) - at);

		look_at_line(at, line_len);
		at += line_len + 1;
	}
	look_at_ehlo(&arena, arena_strndup(&arena, text, len));
	look_at_body(text, len);
	arena_free(&arena);
	return 0;
}
