/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns which answers cannot be: no status line, too early, a listing without
 * an end. Knows no command's purpose.
 */
#include "dialog/pop3_talk.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dialog/stranger.h"

void
pop3_talk_begin(struct pop3 *pop3, enum phase_name phase)
{
	phase_begin(&pop3->facts->session.phases, phase);
}

void
pop3_talk_end(struct pop3 *pop3)
{
	phase_end(&pop3->facts->session.phases, PHASE_DONE);
}

bool
pop3_talk_broken(struct pop3 *pop3, enum err_kind kind, int code, const char *format, ...)
{
	char text[sizeof(pop3->facts->session.err.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err_set(&pop3->facts->session.err, kind, code, "%s: %s", pop3->session.stream->step, text);
	phase_end(&pop3->facts->session.phases, PHASE_FAULT);
	return false;
}

bool
pop3_talk_refused(struct pop3 *pop3, const struct pop3_reply *reply)
{
	char words[200];

	err_set(&pop3->facts->session.err, ERR_REFUSED, 0, "%s refused: %s",
	    pop3_step_name(reply->step),
	    text_clean_into(words, sizeof(words), reply->line, strlen(reply->line)));
	phase_end(&pop3->facts->session.phases, PHASE_FAULT);
	return false;
}

/* ---- commands ---- */

static void
expect(struct pop3 *pop3)
{
	if (pop3->under_way++ == 0)
		pop3->received_when_asked = pop3->session.stream->received;
}

void
pop3_talk_say(struct pop3 *pop3, const char *format, ...)
{
	va_list args;
	const char *line;

	expect(pop3);
	va_start(args, format);
	line = arena_vprintf(&pop3->facts->session.arena, format, args);
	va_end(args);
	stream_say(pop3->session.stream, "%s", line);
}

void
pop3_talk_say_secret(struct pop3 *pop3, const char *shown, const char *line)
{
	expect(pop3);
	stream_say_secret(pop3->session.stream, shown, line);
}

/* ---- answers ---- */

static bool
not_an_answer(struct pop3 *pop3, enum pop3_step step, const char *line, size_t len)
{
	bool own = *line == '+' || *line == '-'; /* POP3, only broken */
	const char *name = step == POP3_STEP_GREETING && !own ? stranger_name(line) : NULL;
	char words[160];

	text_clean_into(words, sizeof(words), line, len);
	if (name != NULL)
		return pop3_talk_broken(pop3, ERR_PROTOCOL, ERR_PROTOCOL_OTHER,
		    "not a POP3 server but %s: %s", name, words);
	return pop3_talk_broken(
	    pop3, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "neither +OK nor -ERR: %s", words);
}

static void
note(struct pop3 *pop3, const struct pop3_reply *reply)
{
	struct pop3_replies *refusals = &pop3->facts->refusals;

	if (reply->status != POP3_MSG_ERR || reply->step == POP3_STEP_CAPA ||
	    reply->step == POP3_STEP_USER || reply->step == POP3_STEP_LOGIN ||
	    reply->step == POP3_STEP_QUIT)
		return;
	if ((refusals->count & (refusals->count + 1)) == 0) { /* grows by doubling */
		struct pop3_reply *more = arena_alloc(
		    &pop3->facts->session.arena, (2 * refusals->count + 1) * sizeof(*more));

		if (refusals->count > 0)
			memcpy(more, refusals->list, refusals->count * sizeof(*more));
		refusals->list = more;
	}
	refusals->list[refusals->count++] = *reply;
}

bool
pop3_talk_hear_from(struct pop3 *pop3, enum pop3_step step, const char *line, size_t len,
    struct pop3_reply *reply_out)
{
	struct arena *arena = &pop3->facts->session.arena;
	struct pop3_msg_line parsed;

	if (!pop3_msg_line(line, &parsed) ||
	    (parsed.status == POP3_MSG_CONTINUE && step != POP3_STEP_LOGIN))
		return not_an_answer(pop3, step, line, len);
	*reply_out = (struct pop3_reply){
	    .step = step,
	    .status = parsed.status,
	    .code = parsed.code != NULL ? arena_strndup(arena, parsed.code, parsed.code_len) : NULL,
	    .text = arena_strdup(arena, parsed.text),
	    .line = arena_strdup(arena, line),
	};
	note(pop3, reply_out);
	return true;
}

bool
pop3_talk_hear(struct pop3 *pop3, enum pop3_step step, struct pop3_reply *reply_out)
{
	struct stream *stream = pop3->session.stream;
	size_t start = stream->received - (stream->in.len - stream->in_used), len;
	const char *line;

	stream->step = pop3_step_name(step);
	*reply_out = (struct pop3_reply){.step = step};
	if (!stream_line(stream, &line, &len))
		return session_failed(&pop3->session);
	if (start < pop3->received_when_asked)
		return pop3_talk_broken(
		    pop3, ERR_PROTOCOL, ERR_PROTOCOL_EARLY, "answered before it was asked");
	if (pop3->under_way > 0)
		pop3->under_way--;
	return pop3_talk_hear_from(pop3, step, line, len, reply_out);
}

bool
pop3_talk_listing(struct pop3 *pop3, size_t lines_max, pop3_take *take, void *context)
{
	struct stream *stream = pop3->session.stream;
	const char *line;
	char words[160];
	size_t len;

	for (size_t lines = 0;; lines++) {
		if (!stream_line(stream, &line, &len))
			return session_failed(&pop3->session);
		if (pop3_msg_ends(&line))
			return true;
		if (lines_max > 0 && lines >= lines_max)
			return pop3_talk_broken(pop3, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
			    "more than %zu lines", lines_max);
		if (!take(context, line))
			return pop3_talk_broken(pop3, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED,
			    "broken line: %s",
			    text_clean_into(words, sizeof(words), line, strlen(line)));
	}
}
