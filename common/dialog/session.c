/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the way from an address to a stream that a dialog can talk through.
 * Knows no protocol's words.
 */
#include "dialog/session.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define TRANSCRIPT_MAX ((size_t)64 << 10)

void
session_facts_init(struct session_facts *facts)
{
	*facts = (struct session_facts){.tls = {.alert = -1}};
	buf_init(&facts->transcript, TRANSCRIPT_MAX);
}

void
session_facts_free(struct session_facts *facts)
{
	tls_facts_free(&facts->tls);
	buf_free(&facts->transcript);
	arena_free(&facts->arena);
}

static void
record(void *context, bool from_client, const char *line, size_t len)
{
	struct buf *transcript = context;
	if (!transcript->overflow)
		buf_printf(transcript, "%s: %.*s\n", from_client ? "C" : "S", (int)len, line);
}

/* What follows the dialog from stream to stream. */
static void
take_over(struct session *session, struct stream *stream)
{
	const struct stream *before = session->stream;
	if (before) {
		stream->step = before->step;
		stream->line_max = before->line_max;
	}
	if (session->params->transcript) {
		stream->tap = record;
		stream->tap_context = &session->facts->transcript;
	}
	session->stream = stream;
}

#define PROXY_HEADERS_MAX 100

/* RFC 9110, 9.3.6: a 2xx, then its headers, and behind them the other end speaks. */
static bool
dig(struct session *session)
{
	struct stream *stream = session->stream;
	const char *line, *target = session->params->tunnel;
	size_t len;
	phase_begin(&session->facts->phases, PHASE_PROXY);
	stream->step = "proxy";
	stream_say(stream, "CONNECT %s HTTP/1.1", target);
	stream_say(stream, "Host: %s", target);
	stream_say(stream, "%s", "");
	if (!stream_line(stream, &line, &len))
		return session_failed(session);
	if (strncmp(line, "HTTP/1.", 7) != 0 || len < 12 || line[9] != '2') {
		char words[120];
		stream_fail(stream, ERR_CONNECT, EHOSTUNREACH, "no way to %s: \"%s\"", target,
		    text_clean_into(words, sizeof words, line, len));
		return session_failed(session);
	}
	for (int i = 0; len > 0; i++) {
		if (i == PROXY_HEADERS_MAX)
			stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT, "endless headers");
		if (!stream_line(stream, &line, &len))
			return session_failed(session);
	}
	phase_end(&session->facts->phases, PHASE_DONE);
	return true;
}

static bool
dial(struct session *session)
{
	const struct session_params *params = session->params;
	struct deadline deadline = params->deadline;
	if (params->connect_deadline.at_us)
		deadline = deadline_sooner(deadline, params->connect_deadline);
	phase_begin(&session->facts->phases, PHASE_CONNECT);
	session->stream = &session->socket.stream;
	if (!socket_connect(&session->socket, params->address, deadline))
		return session_failed(session);
	session->socket.stream.deadline = params->deadline;
	session->facts->connected = true;
	take_over(session, &session->socket.stream);
	phase_end(&session->facts->phases, PHASE_DONE);
	if (params->proxy_protocol && !socket_say_proxy(&session->socket, params->proxy_protocol))
		return session_failed(session);
	return !params->tunnel || dig(session);
}

/* Lays TLS over the stream in use. */
static bool
secure(struct session *session)
{
	struct stream *lower = session->stream;
	phase_begin(&session->facts->phases, PHASE_TLS);
	bool done = tls_open(&session->tls, lower, session->params->tls, &session->facts->tls);
	take_over(session, &session->tls.stream);
	if (!done)
		return session_failed(session);
	phase_end(&session->facts->phases, PHASE_DONE);
	return true;
}

bool
session_open(
    struct session *session, const struct session_params *params, struct session_facts *facts)
{
	*session = (struct session){.params = params, .facts = facts};
	if (params->address)
		facts->address = *params->address;
	if (params->given) {
		if (params->deadline.at_us)
			params->given->deadline = params->deadline;
		take_over(session, params->given);
		facts->connected = true;
	} else if (!dial(session)) {
		return false;
	}
	return params->mode != SESSION_TLS || secure(session);
}

bool
session_upgrade(struct session *session)
{
	struct session_facts *facts = session->facts;
	struct stream *stream = session->stream;
#ifndef MUTANT_INJECTION_IGNORED
	facts->injected = stream_pending(stream);
#endif
	if (facts->injected) {
		size_t kept = facts->injected < sizeof facts->injected_bytes
				  ? facts->injected
				  : sizeof facts->injected_bytes;
		memcpy(facts->injected_bytes, stream->in.data + stream->in_used, kept);
		stream_discard(stream);
		stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_EARLY,
		    "%zu bytes in clear behind the answer", facts->injected);
		return session_failed(session);
	}
	if (err_is_set(&stream->err))
		return session_failed(session);
	return secure(session);
}

bool
session_failed(struct session *session)
{
	const struct err *err = &session->stream->err;
	struct session_facts *facts = session->facts;
	err_take(&facts->err, err);
	phase_end(&facts->phases, err->kind == ERR_TIMEOUT ? PHASE_LATE : PHASE_FAULT);
	return false;
}

bool
session_may_show_secret(const struct session *session, bool allow_exposed)
{
	const struct session_params *params = session->params;
	bool encrypted = session->stream->encrypted;
	if (params->mode == SESSION_CLEARTEXT)
		return allow_exposed;
	if (!encrypted)
		return false;
	return session->facts->tls.verified || (allow_exposed && params->tls->insecure);
}

void
session_limit(struct session *session, int64_t span_us)
{
	struct deadline deadline = deadline_sooner(session->stream->deadline, deadline_in(span_us));
	session->stream->deadline = deadline;
	if (session->stream == &session->tls.stream)
		session->tls.lower->deadline = deadline;
}

void
session_close(struct session *session)
{
	if (session->stream == &session->tls.stream)
		stream_close(&session->tls.stream);
	stream_close(&session->socket.stream);
	session->stream = NULL;
}

/* A TLS record of handshake or alert, version 3.x (RFC 8446, 5.1). */
static bool
looks_like_tls(const unsigned char *bytes, size_t len)
{
	return len >= 2 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 0x03;
}

bool
session_speaks_tls(const struct session_params *params, struct session_facts *facts)
{
	if (params->given || !params->address || !params->tls)
		return false;
	struct socket_stream socket = {0};
	struct tls_stream tls = {0};
	struct tls_facts learnt = {0};
	struct deadline deadline = deadline_in(deadline_left_us(params->deadline) / 2);
	/* A run in clear has made no context of its own. */
	const struct tls_settings settings = {.security_level = -1};
	struct tls_context context = {0};
	struct tls_params probe = *params->tls;
	struct err ignored = {0};
	if (!probe.context || !probe.context->ctx) {
		probe.context = &context;
		if (!tls_context_open(&context, &settings, &ignored))
			return false;
	}
	if (socket_connect(&socket, params->address, deadline)) {
		facts->tls_spoken_first = tls_open(&tls, &socket.stream, &probe, &learnt) ||
					  looks_like_tls(learnt.first_bytes, learnt.first_len);
		stream_close(&tls.stream);
	}
	stream_close(&socket.stream);
	tls_facts_free(&learnt);
	tls_context_close(&context);
	return facts->tls_spoken_first;
}

bool
session_first_line(struct session *session, const char **line_out, size_t *len_out)
{
	struct session_facts *facts = session->facts;
	struct stream *stream = session->stream;
	stream->step = "greeting";
	phase_begin(&facts->phases, PHASE_GREETING);
	int64_t patience_us = deadline_left_us(stream->deadline) / 2;
	if (!stream->encrypted && !stream_wait(stream, patience_us) &&
	    session_speaks_tls(session->params, facts))
		stream_fail(stream, ERR_PROTOCOL, ERR_PROTOCOL_OTHER,
		    "the port talks TLS from the first byte");
	if (!stream_line(stream, line_out, len_out))
		return session_failed(session);
	return true;
}
