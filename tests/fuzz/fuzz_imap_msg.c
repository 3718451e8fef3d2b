/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Responses of an IMAP server, of any bytes, token by token; names of mailboxes both ways.
 * covers: wire/imap_msg.c wire/imap_msg_text.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/imap_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *begin, *behind; /* of the input */

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
within(struct imap_msg_span span)
{
	demand(!span.at || (span.at >= begin && span.at + span.len <= behind));
}

/* To the end: every token is in the input, and reading comes forward. */
static void
walk(struct imap_msg_cursor cursor)
{
	struct buf out;
	uint64_t value;

	for (;;) {
		struct imap_msg_cursor other = cursor;
		struct imap_msg_token token = imap_msg_next(&cursor);
		int64_t unix_s;

		if (token.kind == IMAP_MSG_END)
			break;
		demand(cursor.at > other.at && cursor.at <= cursor.end);
		demand(cursor.depth <= IMAP_MSG_DEPTH_MAX);
		within(token.span);
		if (token.kind == IMAP_MSG_STRING) {
			buf_init(&out, token.span.len + 64);
			imap_msg_unescape(&out, &token);
			demand(out.len <= token.span.len);
			buf_clear(&out);
			if (imap_msg_date(token.span, &unix_s))
				imap_msg_day(&out, unix_s);
			buf_free(&out);
		}
		(void)imap_msg_is(token.span, "INBOX");
		(void)imap_msg_number(&other, IMAP_MSG_NUMBER64_MAX, &value);
	}
	demand(cursor.fault || cursor.at == cursor.end);
	imap_msg_skip(&cursor); /* a fault sticks, the end stays the end */
	demand(imap_msg_next(&cursor).kind == IMAP_MSG_END);
}

static void
look_at_names(const char *text, size_t len)
{
	struct buf utf8, utf7, back;
	char *name = mem_strndup(text, len);
	size_t room = 8 * len + 64;

	buf_init(&utf8, room);
	buf_init(&utf7, room);
	buf_init(&back, room);
	(void)!imap_msg_from_utf7(&utf8, (struct imap_msg_span){text, len});
	if (imap_msg_to_utf7(&utf7, name)) {
		demand(
		    imap_msg_from_utf7(&back, (struct imap_msg_span){buf_text(&utf7), utf7.len}));
		demand(strcmp(buf_text(&back), name) == 0);
	}
	buf_clear(&back);
	if (imap_msg_quote(&back, name)) {
		struct imap_msg_cursor cursor =
		    imap_msg_cursor((struct imap_msg_span){buf_text(&back), back.len});
		struct imap_msg_token token = imap_msg_next(&cursor);

		demand(token.kind == IMAP_MSG_STRING && cursor.at == cursor.end);
		buf_clear(&utf8);
		imap_msg_unescape(&utf8, &token);
		demand(strcmp(buf_text(&utf8), name) == 0);
	}
	buf_free(&utf8);
	buf_free(&utf7);
	buf_free(&back);
	mem_free(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct imap_msg msg;
	const char *why = NULL;
	uint64_t size;

	begin = (const char *)bytes;
	behind = begin + len;
	(void)imap_msg_tail(begin, len, &size);
	walk(imap_msg_cursor((struct imap_msg_span){begin, len}));
	if (imap_msg_parse(&msg, begin, len, &why)) {
		within(msg.tag);
		within(msg.code);
		within(msg.args);
		within(msg.text);
		within(msg.words);
		walk(msg.rest);
		if (msg.args.at)
			walk(imap_msg_cursor(msg.args));
	} else {
		demand(why != NULL);
	}
	look_at_names(begin, len);
	return 0;
}
