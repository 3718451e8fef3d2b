/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what makes a message ours, the list of those found and the pauses between looks. */
#include "dialog/find.h"

#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "wire/message.h"

#define PAUSE_FIRST_US (100 * US_PER_MS)
#define PAUSE_MAX_US (5 * US_PER_S)

size_t
find_count(const struct find_facts *facts, size_t token, bool bounce)
{
	size_t count = 0;

	for (size_t i = 0; i < facts->count; i++)
		count += facts->list[i].token == token && facts->list[i].bounce == bounce;
	return count;
}

bool
find_complete(const struct find_params *params, const struct find_facts *facts)
{
	size_t copies = params->copies > 0 ? params->copies : 1;

	for (size_t token = 0; params->tokens[token]; token++)
		if (find_count(facts, token, false) < copies && find_count(facts, token, true) == 0)
			return false;
	return true;
}

static bool
is_same(const struct find_mail *a, const struct find_mail *b)
{
	if (strcmp(a->folder, b->folder) != 0)
		return false;
	if (a->name && b->name)
		return strcmp(a->name, b->name) == 0;
	return a->number == b->number;
}

struct find_mail *
find_add(struct find_facts *facts, struct arena *arena, const struct find_mail *mail)
{
	for (size_t i = 0; i < facts->count; i++)
		if (is_same(&facts->list[i], mail))
			return NULL;
	if (facts->count == FIND_MAILS_MAX)
		return NULL;
	if (!facts->list)
		facts->list = arena_alloc(arena, FIND_MAILS_MAX * sizeof(*facts->list));
	facts->list[facts->count] = *mail;
	facts->list[facts->count].seen_us = clock_now_us();
	return &facts->list[facts->count++];
}

void
find_looked(struct find_facts *facts)
{
	facts->looked_us = clock_now_us();
	facts->looks++;
}

int64_t
find_pause_us(const struct find_params *params, const struct find_facts *facts)
{
	int64_t left_us = deadline_left_us(params->until);
	int64_t pause_us = PAUSE_FIRST_US;

	if (!params->wait || find_complete(params, facts))
		return 0;
	for (unsigned i = 1; i < facts->looks && pause_us < PAUSE_MAX_US; i++)
		pause_us *= 2;
	if (pause_us > PAUSE_MAX_US)
		pause_us = PAUSE_MAX_US;
	return pause_us < left_us ? pause_us : left_us;
}

void
find_sleep(int64_t span_us)
{
	struct deadline end = deadline_in(span_us);

	while (deadline_left_us(end) > 0)
		(void)poll(NULL, 0, deadline_left_ms(end));
}

bool
find_token_in(const struct find_params *params, const char *text, size_t len, size_t *token_out)
{
	for (size_t token = 0; params->tokens[token]; token++) {
		if (!text_find_fold(text, len, params->tokens[token]))
			continue;
		*token_out = token;
		return true;
	}
	return false;
}

/* By its sender or type; mailers of old send no report (RFC 3464, 2; RFC 5321, 6.1). */
static bool
looks_like_bounce(const struct mail_headers *headers)
{
	const char *type = mail_headers_get(headers, "Content-Type");
	const char *from = mail_headers_get(headers, "From");

	return (type && text_find_fold(type, strlen(type), "multipart/report")) ||
	       (from && text_find_fold(from, strlen(from), "mailer-daemon"));
}

enum find_kind
find_kind(const struct find_params *params, const char *text, size_t len, size_t *token_out)
{
	struct arena arena = {0};
	struct mail_headers headers;
	enum find_kind kind = FIND_FOREIGN;
	const char *token, *id;

	(void)mail_headers_read(&headers, &arena, text, len);
	token = mail_headers_get(&headers, MESSAGE_TOKEN_FIELD);
	id = mail_headers_get(&headers, "Message-ID");
	if ((token && find_token_in(params, token, strlen(token), token_out)) ||
	    (id && find_token_in(params, id, strlen(id), token_out)))
		kind = FIND_OURS;
	else if (token)
		kind = FIND_OTHER;
	else if (looks_like_bounce(&headers))
		kind = FIND_MAY_BOUNCE;
	arena_free(&arena);
	return kind;
}
