/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns buffering, lines, limits, the sticky error and the transcript of a
 * stream. Knows neither sockets nor TLS: bytes come and go through the ops.
 */
#include "net/stream.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define CHUNK 16384 /* one TLS record's worth */

void
stream_init(struct stream *stream, const struct stream_ops *ops, struct deadline deadline)
{
	*stream = (struct stream){
	    .ops = ops, .deadline = deadline, .step = "", .line_max = STREAM_LINE_MAX};
	buf_init(&stream->in, STREAM_LINE_MAX + CHUNK);
	buf_init(&stream->out, STREAM_SESSION_MAX);
}

void
stream_close(struct stream *stream)
{
	if (stream->ops)
		stream->ops->close(stream);
	stream->ops = NULL;
	buf_wipe(&stream->in);
	buf_wipe(&stream->out);
}

bool
stream_fail(struct stream *stream, enum err_kind kind, int code, const char *format, ...)
{
	char text[sizeof stream->err.text];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	bool named = stream->step && *stream->step;
	return err_set(
	    &stream->err, kind, code, "%s%s%s", named ? stream->step : "", named ? ": " : "", text);
}

static void
show(const struct stream *stream, bool from_client, const char *line, size_t len)
{
	if (stream->tap)
		stream->tap(stream->tap_context, from_client, line, len);
}

static void
show_count(const struct stream *stream, bool from_client, size_t count)
{
	char text[32];
	int len = snprintf(text, sizeof text, "[%zu bytes]", count);
	show(stream, from_client, text, (size_t)len);
}

/* ---- reading ---- */

static size_t
unread(const struct stream *stream)
{
	return stream->in.len - stream->in_used;
}

/* Counts what the layer below gave; false when it gave nothing or too much. */
static bool
received(struct stream *stream, ptrdiff_t got)
{
	size_t session_max = stream->session_max ? stream->session_max : STREAM_SESSION_MAX;
	if (got < 0)
		return false;
	if (got == 0)
		return stream_fail(stream, ERR_CLOSED, 0,
		    unread(stream) ? "connection closed in the middle of a line"
				   : "connection closed by the server");
	stream->received += (size_t)got;
	if (stream->received > session_max)
		return stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
		    "more than %zu bytes in one session", session_max);
	return true;
}

/* Asks the layer below once and keeps what came. */
static bool
fill(struct stream *stream)
{
	char chunk[CHUNK];
	if (!stream_flush(stream))
		return false;
	ptrdiff_t got = stream->ops->read(stream, chunk, sizeof chunk);
	if (!received(stream, got))
		return false;
	buf_drop(&stream->in, stream->in_used);
	stream->in_used = 0;
	stream->in.cap = stream->in.len + CHUNK;
	return buf_add(&stream->in, chunk, (size_t)got);
}

/* Hands out the line that ends at the LF found; it stays in the buffer until the next read. */
static bool
take_line(struct stream *stream, char *line, char *lf, const char **line_out, size_t *len_out)
{
	size_t len = (size_t)(lf - line);
	stream->in_used += len + 1;
	stream->in_seen = 0;
	if (len && line[len - 1] == '\r')
		len--;
	if (len > stream->line_max)
		return stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
		    "line longer than %zu bytes", stream->line_max);
	if (memchr(line, '\0', len))
		return stream_fail(
		    stream, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "NUL byte inside a line");
	line[len] = '\0';
	show(stream, false, line, len);
	*line_out = line;
	*len_out = len;
	return true;
}

bool
stream_line(struct stream *stream, const char **line_out, size_t *len_out)
{
	*line_out = "";
	*len_out = 0;
	if (err_is_set(&stream->err))
		return false;
	for (;;) {
		size_t have = unread(stream);
		char *line = have ? stream->in.data + stream->in_used : NULL;
		size_t seen = stream->in_seen;
		char *lf = have > seen ? memchr(line + seen, '\n', have - seen) : NULL;
		if (lf)
			return take_line(stream, line, lf, line_out, len_out);
		stream->in_seen = have;
		/* One more than the longest line may be the CR of its end. */
		if (have > stream->line_max + 1)
			return stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
			    "line longer than %zu bytes", stream->line_max);
		if (!fill(stream))
			return false;
	}
}

/* Moves up to size buffered bytes out. */
static size_t
take(struct stream *stream, void *bytes, size_t size)
{
	size_t count = unread(stream) < size ? unread(stream) : size;
	if (count)
		memcpy(bytes, stream->in.data + stream->in_used, count);
	stream->in_used += count;
	stream->in_seen = 0;
	return count;
}

size_t
stream_some(struct stream *stream, void *bytes, size_t size)
{
	if (err_is_set(&stream->err) || size == 0)
		return 0;
	size_t count = take(stream, bytes, size);
	if (count)
		return count;
	if (!stream_flush(stream))
		return 0;
	ptrdiff_t got = stream->ops->read(stream, bytes, size);
	return received(stream, got) ? (size_t)got : 0;
}

size_t
stream_some_of_line(struct stream *stream, void *bytes, size_t size)
{
	if (err_is_set(&stream->err) || (unread(stream) == 0 && !fill(stream)))
		return 0;
	const char *start = stream->in.data + stream->in_used;
	const char *lf = memchr(start, '\n', unread(stream));
	size_t rest = lf ? (size_t)(lf - start) + 1 : unread(stream);
	return take(stream, bytes, rest < size ? rest : size);
}

bool
stream_begins(struct stream *stream, const char *text)
{
	size_t len = strlen(text);
	for (;;) {
		size_t have = unread(stream) < len ? unread(stream) : len;
		if (have && strncasecmp(stream->in.data + stream->in_used, text, have) != 0)
			return false;
		if (have == len)
			return true;
		if (err_is_set(&stream->err) || !fill(stream))
			return false;
	}
}

bool
stream_bytes(struct stream *stream, struct buf *out, size_t len)
{
	char chunk[CHUNK];
	for (size_t left = len; left > 0;) {
		size_t got = stream_some(stream, chunk, left < sizeof chunk ? left : sizeof chunk);
		if (got == 0)
			return false;
		if (!buf_add(out, chunk, got))
			return stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
			    "a literal of %zu bytes is more than we keep", len);
		left -= got;
	}
	if (err_is_set(&stream->err))
		return false;
	show_count(stream, false, len);
	return true;
}

static bool
wait_until(struct stream *stream, struct deadline until)
{
	if (unread(stream) || err_is_set(&stream->err) || !stream_flush(stream))
		return true;
	until = deadline_sooner(until, stream->deadline);
	return !stream->ops->wait || stream->ops->wait(stream, until);
}

bool
stream_wait(struct stream *stream, int64_t span_us)
{
	return wait_until(stream, deadline_in(span_us));
}

size_t
stream_pending(struct stream *stream)
{
	if (unread(stream) == 0 && !err_is_set(&stream->err) &&
	    wait_until(stream, (struct deadline){0}))
		(void)fill(stream); /* an end is sticky and the next read says so */
	return unread(stream);
}

void
stream_discard(struct stream *stream)
{
	buf_clear(&stream->in);
	stream->in_used = stream->in_seen = 0;
}

/* ---- writing ---- */

static bool
queue(struct stream *stream, const void *bytes, size_t len)
{
	if (err_is_set(&stream->err))
		return false;
	if (len > stream->out.cap - stream->out.len)
		return stream_fail(stream, ERR_LOCAL, 0, "too much to send at once");
	return buf_add(&stream->out, bytes, len);
}

static bool
queue_line(struct stream *stream, const char *line)
{
	size_t len = strlen(line);
	if (line[strcspn(line, "\r\n")] != '\0')
		return stream_fail(stream, ERR_CONFIG, 0, "a line break inside a value to send");
	return queue(stream, line, len) && queue(stream, "\r\n", 2);
}

bool
stream_say(struct stream *stream, const char *format, ...)
{
	struct buf line;
	buf_init(&line, STREAM_SESSION_MAX);
	va_list args;
	va_start(args, format);
	bool fits = buf_vprintf(&line, format, args);
	va_end(args);
	bool said = fits ? queue_line(stream, buf_text(&line))
			 : stream_fail(stream, ERR_LOCAL, 0, "too much to send at once");
	if (said)
		show(stream, true, buf_text(&line), line.len);
	buf_free(&line);
	return said;
}

bool
stream_say_secret(struct stream *stream, const char *shown, const char *line)
{
#ifdef MUTANT_NO_MASK
	shown = line;
#endif
	if (!queue_line(stream, line))
		return false;
	show(stream, true, shown, strlen(shown));
	return true;
}

bool
stream_put(struct stream *stream, const void *bytes, size_t len)
{
	if (!queue(stream, bytes, len))
		return false;
	show_count(stream, true, len);
	return true;
}

bool
stream_flush(struct stream *stream)
{
	struct buf *out = &stream->out;
	if (err_is_set(&stream->err))
		return false;
	if (out->len == 0)
		return true;
	bool sent = stream->ops->write(stream, out->data, out->len);
	if (sent)
		stream->sent += out->len;
	mem_wipe(out->data, out->len); /* it may hold a password */
	buf_clear(out);
	return sent;
}
