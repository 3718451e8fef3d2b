/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net/stream.c and net/phase.c over a peer in memory: lines, limits, masks, the sticky error. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/phase.h"
#include "net/stream.h"

/* A peer that has all it will say, given out in pieces of a size; then it closes. */
struct memory {
	struct stream stream; /* first */
	const char *says;
	size_t left, piece;
	struct buf heard;
	bool deaf;  /* writes fail */
	bool quiet; /* wait() says: nothing there */
	int closed;
};

static ptrdiff_t
memory_read(struct stream *stream, void *bytes, size_t size)
{
	struct memory *memory = (struct memory *)stream;
	size_t count = memory->piece < memory->left ? memory->piece : memory->left;
	count = count < size ? count : size;
	memcpy(bytes, memory->says, count);
	memory->says += count;
	memory->left -= count;
	return (ptrdiff_t)count;
}

static bool
memory_write(struct stream *stream, const void *bytes, size_t len)
{
	struct memory *memory = (struct memory *)stream;
	if (memory->deaf)
		return stream_fail(stream, ERR_CLOSED, 32, "broken pipe");
	return buf_add(&memory->heard, bytes, len);
}

static void
memory_close(struct stream *stream)
{
	((struct memory *)stream)->closed++;
}

static bool
memory_wait(struct stream *stream, struct deadline until UNUSED)
{
	return !((struct memory *)stream)->quiet;
}

static const struct stream_ops memory_ops = {memory_read, memory_write, memory_close, memory_wait};

static struct memory *
memory_new(const char *says, size_t len, size_t piece)
{
	struct memory *memory = mem_alloc(sizeof *memory);
	stream_init(&memory->stream, &memory_ops, deadline_in(US_PER_S));
	memory->stream.step = "greeting";
	memory->says = says;
	memory->left = len;
	memory->piece = piece;
	buf_init(&memory->heard, 1 << 20);
	return memory;
}

static void
memory_free(struct memory *memory)
{
	stream_close(&memory->stream);
	ck_assert_int_eq(memory->closed, 1);
	buf_free(&memory->heard);
	mem_free(memory);
}

struct line_row {
	const char *name, *says;
	size_t len; /* 0: strlen */
	const char *lines[4];
	enum err_kind kind; /* after the lines */
	int code;
	const char *words;
};
static const struct line_row line_rows[] = {
    {"crlf", "* OK\r\nA1 OK\r\n", 0, {"* OK", "A1 OK"}, ERR_CLOSED, 0, "closed by the server"},
    {"lf alone", "one\ntwo\n", 0, {"one", "two"}, ERR_CLOSED, 0, "greeting: "},
    {"empty lines", "\r\n\n", 0, {"", ""}, ERR_CLOSED, 0, ""},
    {"cr inside", "a\rb\r\n", 0, {"a\rb"}, ERR_CLOSED, 0, ""},
    {"two crs", "a\r\r\n", 0, {"a\r"}, ERR_CLOSED, 0, ""},
    {"cut", "* OK\r\n* BY", 0, {"* OK"}, ERR_CLOSED, 0, "in the middle of a line"},
    {"cut before lf", "* OK\r", 0, {NULL}, ERR_CLOSED, 0, "in the middle of a line"},
    {"nothing", "", 0, {NULL}, ERR_CLOSED, 0, "closed by the server"},
    {"nul", "a\0b\r\nc\r\n", 8, {NULL}, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "NUL"},
    {"nul in line two", "ab\r\n\0\r\n", 7, {"ab"}, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "NUL"},
    {"longest", "0123456789\r\n", 0, {"0123456789"}, ERR_CLOSED, 0, ""},
    {"too long", "0123456789a\r\n", 0, {NULL}, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT, "longer than 10"},
    {"endless", "0123456789abcdef", 0, {NULL}, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT, "longer than 10"},
};

/* Each row whole, and again with a byte per read. */
START_TEST(lines)
{
	const struct line_row *row = &line_rows[_i / 2];
	size_t len = row->len ? row->len : strlen(row->says);
	struct memory *peer = memory_new(row->says, len, _i % 2 ? 1 : 1000);
	struct stream *stream = &peer->stream;
	stream->line_max = 10;
	const char *line;
	for (size_t i = 0; i < 4 && row->lines[i]; i++) {
		ck_assert_msg(
		    stream_line(stream, &line, &len), "%s: %s", row->name, stream->err.text);
		ck_assert_str_eq(line, row->lines[i]);
		ck_assert_uint_eq(len, strlen(line));
	}
	ck_assert_msg(!stream_line(stream, &line, &len), "%s", row->name);
	ck_assert_str_eq(line, "");
	ck_assert_msg(stream->err.kind == row->kind, "%s: %s", row->name, stream->err.text);
	ck_assert_int_eq(stream->err.code, row->code);
	ck_assert_msg(
	    strstr(stream->err.text, row->words) != NULL, "%s: %s", row->name, stream->err.text);
	ck_assert(strncmp(stream->err.text, "greeting: ", 10) == 0);
	memory_free(peer);
}
END_TEST

START_TEST(sticky_error)
{
	struct memory *peer = memory_new("one\r\ntwo\r\n", 10, 1000);
	struct stream *stream = &peer->stream;
	struct buf out = {.cap = 100};
	const char *line;
	size_t len;
	char byte;
	ck_assert(stream_line(stream, &line, &len));
	stream->step = "login";
	ck_assert(!stream_fail(stream, ERR_REFUSED, 535, "%s", "no"));
	ck_assert(!stream_fail(stream, ERR_CLOSED, 1, "later"));
	ck_assert_str_eq(stream->err.text, "login: no");
	ck_assert_int_eq(stream->err.code, 535);
	ck_assert(!stream_line(stream, &line, &len)); /* although "two" is here */
	ck_assert(!stream_bytes(stream, &out, 1));
	ck_assert(!stream_bytes(stream, &out, 0));
	ck_assert_uint_eq(stream_some(stream, &byte, 1), 0);
	ck_assert(!stream_say(stream, "x"));
	ck_assert(!stream_say_secret(stream, "x", "y"));
	ck_assert(!stream_put(stream, "x", 1));
	ck_assert(!stream_flush(stream));
	ck_assert_uint_eq(peer->heard.len, 0);
	memory_free(peer);
}
END_TEST

static void
tap(void *context, bool from_client, const char *line, size_t len)
{
	buf_printf(context, "%s%.*s\n", from_client ? "C: " : "S: ", (int)len, line);
}

START_TEST(transcript_masks_secrets)
{
	struct memory *peer = memory_new("+OK\r\nabcdefg+OK in\r\n", 20, 1000);
	struct stream *stream = &peer->stream;
	struct buf seen = {.cap = 1000}, literal = {.cap = 100};
	const char *line;
	size_t len;
	stream->tap = tap;
	stream->tap_context = &seen;
	ck_assert(stream_say(stream, "USER %s", "anna"));
	ck_assert(stream_say_secret(stream, "PASS ***", "PASS geheim"));
	ck_assert(stream_put(stream, "\1\2\3", 3));
	ck_assert_uint_eq(peer->heard.len, 0); /* nothing leaves before a read */
	ck_assert(stream_line(stream, &line, &len));
	ck_assert_str_eq(buf_text(&peer->heard), "USER anna\r\nPASS geheim\r\n\1\2\3");
	ck_assert_uint_eq(stream->sent, 27);
	ck_assert(stream_bytes(stream, &literal, 7));
	ck_assert_str_eq(buf_text(&literal), "abcdefg");
	ck_assert(stream_line(stream, &line, &len));
	ck_assert_str_eq(buf_text(&seen),
	    "C: USER anna\nC: PASS ***\nC: [3 bytes]\nS: +OK\nS: [7 bytes]\nS: +OK in\n");
	ck_assert_ptr_null(strstr(buf_text(&seen), "geheim"));
	buf_free(&seen);
	buf_free(&literal);
	memory_free(peer);
}
END_TEST

/* What was sent is overwritten in our buffer, also where the buffer had to grow. */
START_TEST(secrets_are_wiped)
{
	struct memory *peer = memory_new("", 0, 1);
	struct stream *stream = &peer->stream;
	char filler[3000];
	memset(filler, 'x', sizeof filler);
	ck_assert(stream_say_secret(stream, "***", "PASS geheim"));
	ck_assert(stream_put(stream, filler, sizeof filler));
	ck_assert(stream_flush(stream));
	ck_assert_uint_eq(peer->heard.len, sizeof filler + 13);
	ck_assert_uint_gt(stream->out.size, 0);
	for (size_t i = 0; i < sizeof filler; i++)
		ck_assert_int_eq(stream->out.data[i], '\0');
	memory_free(peer);
}
END_TEST

START_TEST(line_breaks_are_not_sent)
{
	static const char *const values[] = {"a\r\nDELE 1", "a\nDELE 1", "a\rb"};
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct memory *peer = memory_new("", 0, 1);
		if (i % 2)
			ck_assert(!stream_say_secret(&peer->stream, "*", values[i]));
		else
			ck_assert(!stream_say(&peer->stream, "USER %s", values[i]));
		ck_assert_int_eq(peer->stream.err.kind, ERR_CONFIG);
		ck_assert(!stream_flush(&peer->stream));
		ck_assert_uint_eq(peer->heard.len, 0);
		memory_free(peer);
	}
}
END_TEST

START_TEST(literals)
{
	struct memory *peer = memory_new("12345678", 8, 3);
	struct buf out = {.cap = 100}, small = {.cap = 1};
	ck_assert(stream_bytes(&peer->stream, &out, 5));
	ck_assert_str_eq(buf_text(&out), "12345");
	ck_assert(!stream_bytes(&peer->stream, &out, 4)); /* three are left */
	ck_assert_int_eq(peer->stream.err.kind, ERR_CLOSED);
	buf_free(&out);
	memory_free(peer);

	peer = memory_new("12345678", 8, 3);
	ck_assert(!stream_bytes(&peer->stream, &small, 2));
	ck_assert_int_eq(peer->stream.err.kind, ERR_PROTOCOL);
	ck_assert_int_eq(peer->stream.err.code, ERR_PROTOCOL_LIMIT);
	buf_free(&small);
	memory_free(peer);
}
END_TEST

START_TEST(session_limit)
{
	struct memory *peer = memory_new("12345678\r\n12345678\r\n", 20, 10);
	const char *line;
	size_t len;
	peer->stream.session_max = 19;
	ck_assert(stream_line(&peer->stream, &line, &len));
	ck_assert(!stream_line(&peer->stream, &line, &len));
	ck_assert_int_eq(peer->stream.err.kind, ERR_PROTOCOL);
	ck_assert_int_eq(peer->stream.err.code, ERR_PROTOCOL_LIMIT);
	memory_free(peer);
}
END_TEST

START_TEST(pending_and_discard)
{
	struct memory *peer = memory_new("OK\r\nforged\r\nmore\r\n", 18, 12);
	struct stream *stream = &peer->stream;
	const char *line;
	size_t len;
	char bytes[4];
	ck_assert(stream_line(stream, &line, &len));
	ck_assert_uint_eq(stream_pending(stream), 8);
	stream_discard(stream);
	peer->quiet = true;
	ck_assert_uint_eq(stream_pending(stream), 0);
	ck_assert(!stream_wait(stream, 1000));
	ck_assert(!err_is_set(&stream->err));
	peer->quiet = false;
	ck_assert_uint_eq(stream_pending(stream), 6); /* asks the layer below */
	ck_assert(stream_wait(stream, 1000));
	ck_assert_uint_eq(stream_some(stream, bytes, 4), 4);
	ck_assert_uint_eq(stream_some(stream, bytes, 4), 2);
	ck_assert(memcmp(bytes, "\r\n", 2) == 0);
	ck_assert_uint_eq(stream_some(stream, bytes, 4), 0);
	ck_assert_int_eq(stream->err.kind, ERR_CLOSED);
	memory_free(peer);
}
END_TEST

START_TEST(write_failure)
{
	struct memory *peer = memory_new("OK\r\n", 4, 4);
	const char *line;
	size_t len;
	peer->deaf = true;
	ck_assert(stream_say(&peer->stream, "NOOP"));
	ck_assert(!stream_line(&peer->stream, &line, &len));
	ck_assert_int_eq(peer->stream.err.kind, ERR_CLOSED);
	ck_assert_int_eq(peer->stream.err.code, 32);
	ck_assert_uint_eq(peer->stream.sent, 0);
	memory_free(peer);
}
END_TEST

START_TEST(zeroed_stream_closes)
{
	struct stream stream = {0};
	stream_close(&stream);
	stream_close(&stream);
}
END_TEST

static int64_t now_us;
static int64_t
fake_now(void)
{
	return now_us;
}

START_TEST(phases_add_up)
{
	struct phases phases = {0};
	clock_replace(fake_now);
	ck_assert_ptr_null(phase_last(&phases));
	phase_end(&phases, PHASE_DONE);
	phase_detail(&phases, "nothing to say it to");
	now_us = 100;
	phase_begin(&phases, PHASE_CAPABILITY);
	now_us = 130;
	phase_begin(&phases, PHASE_TLS); /* ends the first */
	phase_detail(&phases, "TLS %s", "1.3");
	now_us = 200;
	phase_end(&phases, PHASE_DONE);
	phase_end(&phases, PHASE_FAULT); /* nothing is open */
	phase_begin(&phases, PHASE_CAPABILITY);
	now_us = 205;
	phase_end(&phases, PHASE_DONE);
	phase_begin(&phases, PHASE_AUTH);
	now_us = 300;
	phase_end(&phases, PHASE_LATE);
	ck_assert_uint_eq(phases.count, 4);
	ck_assert_int_eq(phase_span_us(&phases, PHASE_CAPABILITY), 35);
	ck_assert_int_eq(phase_span_us(&phases, PHASE_TLS), 70);
	ck_assert_int_eq(phase_span_us(&phases, PHASE_AUTH), -1);
	ck_assert_int_eq(phase_span_us(&phases, PHASE_DNS), -1);
	ck_assert_int_eq(phase_last(&phases)->outcome, PHASE_LATE);
	ck_assert_str_eq(phases.list[1].detail, "TLS 1.3");
	clock_replace(NULL);
}
END_TEST

START_TEST(phases_are_bounded)
{
	struct phases phases = {0};
	for (int i = 0; i < 100; i++)
		phase_begin(&phases, i == 99 ? PHASE_GOODBYE : PHASE_TLS);
	ck_assert_uint_eq(phases.count, PHASES_MAX);
	ck_assert_int_eq(phase_last(&phases)->name, PHASE_GOODBYE);
	for (int i = 0; i < PHASE_COUNT; i++) {
		ck_assert_ptr_nonnull(phase_label((enum phase_name)i));
		ck_assert(*phase_label((enum phase_name)i) != '\0');
	}
	ck_assert_str_eq(phase_label(PHASE_STARTTLS), "starttls");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = tcase_create("stream");
	tcase_set_timeout(tcase, 10);
	tcase_add_loop_test(tcase, lines, 0, 2 * (int)ARRAY_LEN(line_rows));
	tcase_add_test(tcase, sticky_error);
	tcase_add_test(tcase, transcript_masks_secrets);
	tcase_add_test(tcase, secrets_are_wiped);
	tcase_add_test(tcase, line_breaks_are_not_sent);
	tcase_add_test(tcase, literals);
	tcase_add_test(tcase, session_limit);
	tcase_add_test(tcase, pending_and_discard);
	tcase_add_test(tcase, write_failure);
	tcase_add_test(tcase, zeroed_stream_closes);
	tcase_add_test(tcase, phases_add_up);
	tcase_add_test(tcase, phases_are_bounded);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
