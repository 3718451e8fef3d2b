/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a POP3 server, of any bytes: each as status, number, listing and capability.
 * covers: wire/pop3_msg.c
 */
#include <stdlib.h>
#include <string.h>

#include "wire/pop3_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
look_at_line(const char *line)
{
	const char *end = line + strlen(line), *stamp, *uid, *listing = line;
	struct pop3_msg_line out;
	uint64_t count, size;
	size_t stamp_len;

	if (pop3_msg_line(line, &out)) {
		demand(out.text >= line && out.text <= end);
		demand(!out.code || (out.code >= line && out.code + out.code_len <= out.text));
		if (pop3_msg_stat(out.text, &count, &size))
			looked += count + size;
	}
	if (pop3_msg_timestamp(line, &stamp, &stamp_len))
		demand(stamp >= line && stamp + stamp_len <= end && *stamp == '<' &&
		       stamp[stamp_len - 1] == '>' && memchr(stamp, '@', stamp_len));
	if (pop3_msg_uidl(line, &count, &uid))
		demand(uid > line && uid < end && strlen(uid) <= 70);
	if (pop3_msg_ends(&listing))
		demand(strcmp(line, ".") == 0);
	else
		demand(listing == line || (listing == line + 1 && *line == '.'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *at = (const char *)bytes, *end = at + len;
	struct arena arena = {0};
	struct pop3_msg_caps caps = {.answered = true};

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t line_len = (size_t)((stop ? stop : end) - at);
		const char *line = arena_strndup(&arena, at, line_len);

		look_at_line(line);
		pop3_msg_caps_add(&caps, &arena, line);
		at += line_len + 1;
	}
	demand(caps.count <= POP3_MSG_LINES_MAX && caps.mechanisms.count <= SASL_LIST_MAX);
	for (size_t i = 0; i < caps.count; i++)
		looked += pop3_msg_caps_has(&caps, caps.list[i]);
	arena_free(&arena);
	return 0;
}
