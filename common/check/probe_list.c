/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the lines "state token sent took body queue-id". Knows neither file nor mailbox. */
#include "check/probe_list.h"

#include <inttypes.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define FIELDS 6

struct word {
	const char *at;
	size_t len;
};

static size_t
split(struct word words[FIELDS], const char *line, size_t len)
{
	size_t count = 0;

	for (const char *at = line, *end = line + len; at < end; count++) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));

		if (count == FIELDS)
			return 0;
		words[count] = (struct word){at, (size_t)((blank ? blank : end) - at)};
		at = blank ? blank + 1 : end;
	}
	return count;
}

static bool
read_seconds(struct word word, int64_t *out)
{
	uint64_t value;

	if (!number_u64(word.at, word.len, &value) || value > (uint64_t)INT64_MAX)
		return false;
	*out = (int64_t)value;
	return true;
}

static bool
is_token(struct word word)
{
	return word.len == SMTP_TOKEN_SIZE - 1 &&
	       strspn(word.at, "0123456789abcdef") >= SMTP_TOKEN_SIZE - 1;
}

static void
read_body(struct probe_note *probe, struct word word)
{
	struct buf bytes;

	buf_init(&bytes, sizeof(probe->body_sha256));
	probe->body_known =
	    text_unhex(&bytes, word.at, word.len) && bytes.len == sizeof(probe->body_sha256);
	if (probe->body_known)
		memcpy(probe->body_sha256, bytes.data, bytes.len);
	buf_free(&bytes);
}

static bool
read_line(struct probe_note *probe, const char *line, size_t len)
{
	struct word words[FIELDS];
	static const char states[] = {
	    PROBE_UNSURE, PROBE_SENT, PROBE_FOUND, PROBE_LOST, PROBE_PASSED};

	*probe = (struct probe_note){0};
	if (split(words, line, len) != FIELDS || words[0].len != 1 ||
	    !memchr(states, *words[0].at, sizeof(states)) || !is_token(words[1]) ||
	    !read_seconds(words[2], &probe->sent_unix) || !read_seconds(words[3], &probe->took_s) ||
	    words[5].len >= sizeof(probe->queue_id))
		return false;
	probe->state = (enum probe_state) * words[0].at;
	memcpy(probe->token, words[1].at, words[1].len);
	read_body(probe, words[4]);
	if (*words[5].at != '-')
		memcpy(probe->queue_id, words[5].at, words[5].len);
	return true;
}

size_t
probe_list_read(struct probe_list *probes, const char *text)
{
	size_t passed_over = 0;

	*probes = (struct probe_list){0};
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (probes->count < PROBES_MAX &&
		    read_line(&probes->list[probes->count], text, len))
			probes->count++;
		else
			passed_over++;
		text += len + (text[len] == '\n');
	}
	return passed_over;
}

void
probe_list_print(struct buf *out, const struct probe_list *probes)
{
	for (size_t i = 0; i < probes->count; i++) {
		const struct probe_note *probe = &probes->list[i];

		buf_printf(out, "%c %s %" PRId64 " %" PRId64 " ", (char)probe->state, probe->token,
		    probe->sent_unix, probe->took_s);
		if (probe->body_known)
			text_hex(out, probe->body_sha256, sizeof(probe->body_sha256));
		else
			buf_add_char(out, '-');
		buf_printf(out, " %s\n", probe->queue_id[0] ? probe->queue_id : "-");
	}
}

void
probe_list_drop(struct probe_list *probes, size_t index)
{
	probes->count--;
	memmove(&probes->list[index], &probes->list[index + 1],
	    (probes->count - index) * sizeof(*probes->list));
}

struct probe_note *
probe_list_add(struct probe_list *probes, const char *token, int64_t sent_unix)
{
	struct probe_note *probe;

	if (probes->count == PROBES_MAX)
		probe_list_drop(probes, 0);
	probe = &probes->list[probes->count++];
	*probe = (struct probe_note){.state = PROBE_UNSURE, .sent_unix = sent_unix};
	memcpy(probe->token, token, SMTP_TOKEN_SIZE);
	return probe;
}

void
probe_list_queue_id(struct probe_note *probe, const char *queue_id)
{
	size_t len = 0;

	for (; queue_id && *queue_id && len + 1 < sizeof(probe->queue_id); queue_id++)
		if (*queue_id > ' ' && *queue_id < 0x7f)
			probe->queue_id[len++] = *queue_id;
	probe->queue_id[len] = '\0';
	if (probe->queue_id[0] == '-')
		probe->queue_id[0] = '\0';
}
