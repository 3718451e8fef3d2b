/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory stream and the fake clock. */
#include "lib/memstream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_US (3600 * US_PER_S)

static int64_t fake_now_us;
static bool fake_on;

static int64_t
fake_now(void)
{
	return ++fake_now_us;
}

void
fake_clock_start(void)
{
	fake_now_us = 1000 * US_PER_S;
	fake_on = true;
	clock_replace(fake_now);
}

void
fake_clock_stop(void)
{
	fake_on = false;
	clock_replace(NULL);
}

void
fake_clock_pass(int64_t span_us)
{
	fake_now_us += span_us;
}

void
memstream_sleep(int64_t span_us)
{
	struct timespec span = {
	    .tv_sec = span_us / US_PER_S, .tv_nsec = (span_us % US_PER_S) * 1000};

	if (fake_on)
		fake_clock_pass(span_us);
	else
		nanosleep(&span, NULL);
}

/*
 * Lets time pass up to a moment, at most until; false when until came first.
 * As poll(2) would: asks how much is left and waits so long. The end of all
 * patience is for a program whose deadlines never come.
 */
static bool
pass(int64_t moment_us, struct deadline until)
{
	int64_t end_us = clock_now_us() + PATIENCE_US;

	for (;;) {
		int64_t now_us = clock_now_us();
		int64_t left_us = deadline_left_us(until);

		if (moment_us <= now_us)
			return true;
		if (left_us == 0 || now_us > end_us)
			return false;
		memstream_sleep(left_us < moment_us - now_us ? left_us : moment_us - now_us);
	}
}

/* Plays on until the client has something to take (PLAY_SEND, an end), or PLAY_STALL at until. */
static enum play
settle(struct memstream *mem, struct deadline until)
{
	for (;;) {
		enum play play;

		if (mem->wake_us > 0 && !pass(mem->wake_us, until))
			return PLAY_STALL;
		mem->wake_us = 0;
		play = player_next(&mem->player);
		if (mem->given_facts == 0 && mem->player.facts != SIZE_MAX)
			mem->given_facts = mem->given;
		if (play == PLAY_SEND && mem->wire_cut > 0 && mem->given >= mem->wire_cut)
			return PLAY_CLOSE;
		if (play == PLAY_WAIT) {
			mem->wake_us = clock_now_us() + mem->player.wait_us;
		} else if (play == PLAY_NEED || play == PLAY_STALL) {
			pass(INT64_MAX, until);
			return PLAY_STALL;
		} else {
			return play;
		}
	}
}

static ptrdiff_t
give(struct memstream *mem, void *bytes, size_t size)
{
	struct buf *out = &mem->player.out;
	size_t len = out->len < size ? out->len : size;

	if (mem->player.drip_us > 0) {
		mem->wake_us = clock_now_us() + mem->player.drip_us;
		len = 1;
	}
	if (mem->chunk > 0 && len > mem->chunk)
		len = mem->chunk;
	if (mem->wire_cut > 0 && len > mem->wire_cut - mem->given)
		len = mem->wire_cut - mem->given;
	memcpy(bytes, out->data, len);
	buf_drop(out, len);
	mem->given += len;
	return (ptrdiff_t)len;
}

static ptrdiff_t
mem_read(struct stream *stream, void *bytes, size_t size)
{
	struct memstream *mem = (struct memstream *)stream;

	switch (settle(mem, stream->deadline)) {
	case PLAY_SEND:
		return give(mem, bytes, size);
	case PLAY_RESET:
		stream_fail(stream, ERR_CLOSED, ECONNRESET, "connection reset by the server");
		return -1;
	case PLAY_STALL:
		stream_fail(stream, ERR_TIMEOUT, 0, "no answer in time");
		return -1;
	default:
		return 0;
	}
}

static bool
mem_wait(struct stream *stream, struct deadline until)
{
	return settle((struct memstream *)stream, until) != PLAY_STALL;
}

static bool
mem_write(struct stream *stream, const void *bytes, size_t len)
{
	struct memstream *mem = (struct memstream *)stream;

	player_hear(&mem->player, bytes, len);
	return true;
}

static void
mem_close(struct stream *stream)
{
	struct memstream *mem = (struct memstream *)stream;

	mem->closed = true;
}

static const struct stream_ops mem_ops = {
    .read = mem_read, .write = mem_write, .close = mem_close, .wait = mem_wait};

void
memstream_init(struct memstream *mem, const char *script, struct deadline deadline)
{
	*mem = (struct memstream){0};
	if (!script_parse(&mem->own, script)) {
		fprintf(stderr, "memstream_init: %s\n", mem->own.fault);
		abort();
	}
	player_init(&mem->player, &mem->own, 0);
	stream_init(&mem->stream, &mem_ops, deadline);
}

void
memstream_play(struct memstream *mem, const struct script *script, size_t dialog,
    const char *pki_dir, struct deadline deadline)
{
	*mem = (struct memstream){0};
	player_init(&mem->player, script, dialog);
	mem->player.pki_dir = pki_dir;
	stream_init(&mem->stream, &mem_ops, deadline);
}

const char *
memstream_fault(struct memstream *mem)
{
	/* What the script would still do with what was said. */
	for (enum play play;
	     play = player_next(&mem->player), play == PLAY_SEND || play == PLAY_WAIT;)
		buf_clear(&mem->player.out);
	player_client_left(&mem->player);
	return mem->player.fault;
}

void
memstream_free(struct memstream *mem)
{
	if (!mem->closed)
		stream_close(&mem->stream);
	player_free(&mem->player);
	script_free(&mem->own);
	*mem = (struct memstream){0};
}
