/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One object to talk through: a deadline for everything, a sticky error, a
 * line reader with a cap, a transcript. After the first failure every read and
 * write fails at once, so a dialog checks at the end of a step. A socket, TLS
 * over another stream, memory and a fault layer are all streams.
 */
#ifndef COMMON_NET_STREAM_H
#define COMMON_NET_STREAM_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

struct stream;

struct stream_ops {
	/* >0 bytes read, 0 orderly end, -1 failure (stream's err is set). Blocks until the deadline. */
	ptrdiff_t (*read)(struct stream *stream, void *bytes, size_t size);
	/* All of it or false (stream's err is set). */
	bool (*write)(struct stream *stream, const void *bytes, size_t len);
	/* Releases what it opened; never blocks, never waits for the peer. */
	void (*close)(struct stream *stream);
	/* True once a read would not block (an error met is set), false at until. NULL: reads never block. */
	bool (*wait)(struct stream *stream, struct deadline until);
};

/* Called for each line; from_client tells the direction. Secrets are masked already. */
typedef void stream_tap(void *context, bool from_client, const char *line, size_t len);

struct stream {
	const struct stream_ops *ops;
	struct deadline deadline;
	struct err err;          /* sticky */
	const char *step;        /* "greeting": what errors name; a literal */
	struct buf in;           /* read; the first in_used bytes are used up */
	size_t in_used, in_seen; /* in_seen: searched for a line end without success */
	struct buf out;          /* said, not yet flushed */
	size_t line_max;         /* longest line without CRLF */
	size_t session_max;      /* bytes of the whole session; 0 = STREAM_SESSION_MAX */
	size_t received, sent;   /* bytes so far */
	bool encrypted;          /* TLS stands beneath */
	stream_tap *tap;
	void *tap_context;
};
#define STREAM_LINE_MAX 8192 /* SMTP, POP3 */
#define STREAM_LINE_MAX_IMAP 65536
#define STREAM_SESSION_MAX ((size_t)16 << 20)

/* For the makers of streams. */
void stream_init(struct stream *stream, const struct stream_ops *ops, struct deadline deadline);
/* Closes and frees buffers; safe on a zeroed one. */
void stream_close(struct stream *stream);

/*
 * The next line without CRLF (LF alone is read leniently). The text is
 * NUL-terminated and valid until the next read. NUL inside: ERR_PROTOCOL
 * malformed; longer than line_max: limit; end in mid line or before one: ERR_CLOSED.
 */
bool stream_line(struct stream *stream, const char **line_out, size_t *len_out) MUST_USE;
/* Exactly len bytes (IMAP literals, BDAT), appended to out (whose cap must allow it). */
bool stream_bytes(struct stream *stream, struct buf *out, size_t len) MUST_USE;
/*
 * Takes whatever is there, at least one byte, at most size: for callers that
 * count instead of keep (SEARCH's numbers). Returns the count, 0 on failure.
 */
size_t stream_some(struct stream *stream, void *bytes, size_t size);
/* The same, but never past the end of the line: the last byte of it taken is its LF. */
size_t stream_some_of_line(struct stream *stream, void *bytes, size_t size);
/* True if what comes next begins with text, ASCII case folded. Waits for as many bytes, takes none. */
bool stream_begins(struct stream *stream, const char *text);

/* Queues a line and CRLF. Nothing is sent before stream_flush() or the next read. */
/* A line break inside (in a user's value) is ERR_CONFIG: it would be a second command. */
bool stream_say(struct stream *stream, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same; the transcript shows shown instead of the line: for anything that holds a secret. */
bool stream_say_secret(struct stream *stream, const char *shown, const char *line);
/* Raw bytes, queued; shown in the transcript as a count. */
bool stream_put(struct stream *stream, const void *bytes, size_t len);
bool stream_flush(struct stream *stream) MUST_USE;

/* Bytes the peer sent that nobody read yet, without waiting (asks the layer below once). */
size_t stream_pending(struct stream *stream);
/* Forgets them. */
void stream_discard(struct stream *stream);
/* True if the peer has sent or closed within span_us (flushes first); the deadline holds too. */
bool stream_wait(struct stream *stream, int64_t span_us);

/* Sets the sticky error, naming the step. Always false. */
bool stream_fail(struct stream *stream, enum err_kind kind, int code, const char *format, ...)
    PRINTF_LIKE(4, 5);

#endif
