/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A delivered message of any bytes: its fields, its way, its bounce, its body.
 * covers: wire/mail_headers.c wire/mail_date.c
 */
#include <stdlib.h>
#include <string.h>

#include "wire/mail_date.h"
#include "wire/mail_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
look_at(const char *text)
{
	looked += text ? strlen(text) : 0;
}

/* A date that was read is written so that it is read again. */
static void
look_at_date(int64_t unix_s)
{
	struct buf text;
	int64_t again;

	if (unix_s < 0)
		return; /* what we write is never before 1970 */
	buf_init(&text, 64);
	mail_date_print(&text, unix_s);
	if (!mail_date_parse(buf_text(&text), &again) || again != unix_s)
		abort();
	buf_free(&text);
}

static void
look_at_field(struct arena *arena, const struct mail_field *field)
{
	struct mail_results results = {0};
	struct mail_hop hop;
	int64_t unix_s;

	if (strpbrk(field->name, ":\n") || strchr(field->value, '\n'))
		abort(); /* unfolded */
	mail_hop_read(&hop, arena, field->value);
	look_at(hop.from);
	look_at(hop.by);
	mail_results_read(&results, arena, field->value, "mx.example.test");
	if (!results.told && (results.spf || results.dkim || results.dmarc))
		abort(); /* of a stranger */
	look_at(results.spf);
	look_at(results.dkim);
	look_at(results.dmarc);
	if (mail_date_received(field->value, &unix_s) || mail_date_parse(field->value, &unix_s))
		look_at_date(unix_s);
}

/* What is canonical stays as it is. */
static void
look_at_body(const char *body, size_t len)
{
	struct buf once, twice;

	buf_init(&once, 2 * len + 16);
	mail_body_canonical(&once, body, len);
	buf_init(&twice, 2 * once.len + 16);
	mail_body_canonical(&twice, buf_text(&once), once.len);
	if (once.len != twice.len || (once.len && memcmp(once.data, twice.data, once.len) != 0))
		abort();
	buf_free(&once);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct arena arena = {0};
	struct mail_headers headers = {0};
	struct mail_report report = {0};
	size_t body = mail_headers_read(&headers, &arena, text, len);

	if (body > len || headers.count > MAIL_FIELDS_MAX)
		abort();
	for (size_t i = 0; i < headers.count; i++) {
		look_at_field(&arena, &headers.list[i]);
		if (!mail_headers_get(&headers, headers.list[i].name))
			abort();
	}
	look_at_body(text + body, len - body);
	if (mail_report_read(&report, &arena, text, len)) {
		look_at(report.action);
		look_at(report.status);
		look_at(report.diagnostic);
		look_at(report.recipient);
		look_at(report.remote);
	}
	arena_free(&arena);
	return 0;
}
