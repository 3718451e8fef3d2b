/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how a reply is put together and which replies cannot be: mixed codes,
 * too long, too early, of the wrong kind. Knows no command's purpose.
 */
#include "dialog/smtp_talk.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dialog/stranger.h"

void
smtp_talk_begin(struct smtp *smtp, enum phase_name phase)
{
	phase_begin(&smtp->facts->session.phases, phase);
}

void
smtp_talk_end(struct smtp *smtp)
{
	phase_end(&smtp->facts->session.phases, PHASE_DONE);
}

bool
smtp_talk_broken(struct smtp *smtp, enum err_kind kind, int code, const char *format, ...)
{
	char text[sizeof(smtp->facts->session.err.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err_set(&smtp->facts->session.err, kind, code, "%s: %s", smtp->session.stream->step, text);
	phase_end(&smtp->facts->session.phases, PHASE_FAULT);
	return false;
}

bool
smtp_talk_refused(struct smtp *smtp, const struct smtp_reply *reply)
{
	char words[200];

	err_set(&smtp->facts->session.err, ERR_REFUSED, reply->code, "%s refused: %s",
	    smtp_stage_name(reply->stage),
	    text_clean_into(words, sizeof(words), reply->lines, strlen(reply->lines)));
	phase_end(&smtp->facts->session.phases, PHASE_FAULT);
	return false;
}

/* ---- commands ---- */

void
smtp_talk_expect(struct smtp *smtp)
{
	if (smtp->under_way++ == 0)
		smtp->received_when_asked = smtp->session.stream->received;
}

void
smtp_talk_say(struct smtp *smtp, const char *format, ...)
{
	va_list args;
	const char *line;

	smtp_talk_expect(smtp);
	va_start(args, format);
	line = arena_vprintf(&smtp->facts->session.arena, format, args);
	va_end(args);
	stream_say(smtp->session.stream, "%s", line);
}

void
smtp_talk_say_secret(struct smtp *smtp, const char *shown, const char *line)
{
	smtp_talk_expect(smtp);
	stream_say_secret(smtp->session.stream, shown, line);
}

/* ---- replies ---- */

/* A reply being collected. */
struct collected {
	struct buf text, lines;
	size_t count;
	int code;
	struct smtp_msg_enhanced enhanced;
};

static bool
not_a_reply(struct smtp *smtp, enum smtp_stage stage, const char *line, size_t len)
{
	bool numbered = *line >= '0' && *line <= '9'; /* SMTP, only broken */
	const char *name = stage == SMTP_STAGE_GREETING && !numbered ? stranger_name(line) : NULL;
	char words[160];

	text_clean_into(words, sizeof(words), line, len);
	if (name != NULL)
		return smtp_talk_broken(smtp, ERR_PROTOCOL, ERR_PROTOCOL_OTHER,
		    "not an SMTP server but %s: %s", name, words);
	return smtp_talk_broken(
	    smtp, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "not a reply: %s", words);
}

/* Adds a line of a reply. */
static bool
collect(struct smtp *smtp, struct collected *c, const struct smtp_msg_line *line, const char *raw)
{
	if (c->count > 0 && line->code != c->code)
		return smtp_talk_broken(smtp, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED,
		    "a reply with the codes %d and %d", c->code, line->code);
	if (c->count > 0) {
		buf_add_char(&c->text, '\n');
		buf_add_char(&c->lines, '\n');
	}
	c->code = line->code;
	c->count++;
	buf_add(&c->text, line->text, line->len);
	buf_add_text(&c->lines, raw);
	smtp_msg_enhanced(line->text, line->len, &c->enhanced, NULL);
	if (c->count > SMTP_MSG_LINES_MAX || c->lines.overflow)
		return smtp_talk_broken(smtp, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
		    "a reply of more than %d lines or %zu KiB", SMTP_MSG_LINES_MAX,
		    SMTP_MSG_BYTES_MAX >> 10);
	return true;
}

/* All lines of a reply; line is the first. */
static bool
collect_all(
    struct smtp *smtp, enum smtp_stage stage, struct collected *c, const char *line, size_t len)
{
	struct smtp_msg_line parsed;

	for (;;) {
		if (!smtp_msg_line(line, len, &parsed))
			return not_a_reply(smtp, stage, line, len);
		if (!collect(smtp, c, &parsed, line))
			return false;
		if (parsed.last)
			return true;
		if (!stream_line(smtp->session.stream, &line, &len))
			return session_failed(&smtp->session);
	}
}

/* Positive answers have one class a command: another belongs to another command (RFC 5321, 4.3.2). */
static bool
in_step(enum smtp_stage stage, int code)
{
	switch (stage) {
	case SMTP_STAGE_GREETING:
	case SMTP_STAGE_STARTTLS:
		return code == 220 || code >= 400;
	case SMTP_STAGE_DATA:
		return code >= 300;
	case SMTP_STAGE_AUTH:
	case SMTP_STAGE_COMMAND:
		return true;
	case SMTP_STAGE_QUIT:
		return code < 300 || code >= 400;
	default: /* 221 is a goodbye, 235 a login's: neither is a yes here */
		return code / 10 == 25 || code >= 400;
	}
}

/* Keeps a refusal, and the first reply whose two codes disagree. */
static void
note(struct smtp *smtp, const struct smtp_reply *reply)
{
	struct smtp_facts *facts = smtp->facts;
	struct smtp_replies *refusals = &facts->refusals;

	if (facts->odd_code.code == 0 && !smtp_msg_enhanced_fits(reply->code, &reply->enhanced))
		facts->odd_code = *reply;
	if (reply->code < 400 || reply->stage == SMTP_STAGE_COMMAND ||
	    reply->stage == SMTP_STAGE_AUTH || reply->stage == SMTP_STAGE_QUIT)
		return;
	if ((refusals->count & (refusals->count + 1)) == 0) { /* grows by doubling */
		struct smtp_reply *more =
		    arena_alloc(&facts->session.arena, (2 * refusals->count + 1) * sizeof(*more));

		if (refusals->count > 0)
			memcpy(more, refusals->list, refusals->count * sizeof(*more));
		refusals->list = more;
	}
	refusals->list[refusals->count++] = *reply;
}

bool
smtp_talk_hear_from(struct smtp *smtp, enum smtp_stage stage, const char *subject, const char *line,
    size_t len, struct smtp_reply *reply_out)
{
	struct arena *arena = &smtp->facts->session.arena;
	struct collected c = {0};
	bool ok;

	buf_init(&c.text, SMTP_MSG_BYTES_MAX);
	buf_init(&c.lines, SMTP_MSG_BYTES_MAX);
	ok = collect_all(smtp, stage, &c, line, len);
	if (ok)
		*reply_out = (struct smtp_reply){
		    .stage = stage,
		    .code = c.code,
		    .enhanced = c.enhanced,
		    .subject = subject,
		    .text = arena_strdup(arena, buf_text(&c.text)),
		    .lines = arena_strdup(arena, buf_text(&c.lines)),
		};
	buf_free(&c.text);
	buf_free(&c.lines);
	if (!ok)
		return false;
	note(smtp, reply_out);
	if (!in_step(stage, c.code))
		return smtp_talk_broken(smtp, ERR_PROTOCOL, ERR_PROTOCOL_ORDER,
		    "answered by %d, a reply to something else", c.code);
	return true;
}

/* The line just read came before its command left; 421 may come at any time (RFC 5321, 3.8). */
static bool
is_early(const struct smtp *smtp, size_t start, const char *line)
{
	return start < smtp->received_when_asked && strncmp(line, "421", 3) != 0;
}

bool
smtp_talk_hear(
    struct smtp *smtp, enum smtp_stage stage, const char *subject, struct smtp_reply *reply_out)
{
	struct stream *stream = smtp->session.stream;
	size_t start = stream->received - (stream->in.len - stream->in_used), len;
	const char *line;

	stream->step = smtp_stage_name(stage);
	*reply_out = (struct smtp_reply){.stage = stage};
	if (!stream_line(stream, &line, &len))
		return session_failed(&smtp->session);
	if (is_early(smtp, start, line))
		return smtp_talk_broken(
		    smtp, ERR_PROTOCOL, ERR_PROTOCOL_EARLY, "answered before it was asked");
	if (smtp->under_way > 0)
		smtp->under_way--;
	return smtp_talk_hear_from(smtp, stage, subject, line, len, reply_out);
}
