/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns tags, commands under way, literals both ways and the order of answers.
 * Knows no command's meaning: responses go to imap_data.
 */
#include "dialog/imap_talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "dialog/imap_data.h"

#define RESPONSE_MAX ((size_t)2 << 20) /* a response with all its literals */
#define BYE_GRACE_US (300 * US_PER_MS) /* for the answer that may follow a BYE */
#define LITERAL_MINUS_MAX 4096         /* RFC 7888, 5 */

bool
imap_talk_open(struct imap *imap, const struct session_params *session,
    const struct imap_params *params, struct imap_facts *facts)
{
	*imap = (struct imap){.params = params, .facts = facts};
	imap->capabilities = &facts->capabilities;
	buf_init(&imap->response, RESPONSE_MAX);
	uint64_t random;
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return err_set(
		    &facts->session.err, ERR_LOCAL, errno, "no random bytes for the tags");
	snprintf(imap->tag_stem, sizeof imap->tag_stem, "m%016llx", (unsigned long long)random);
	if (!session_open(&imap->session, session, &facts->session))
		return false;
	imap->session.stream->line_max = STREAM_LINE_MAX_IMAP;
	return true;
}

void
imap_talk_close(struct imap *imap)
{
	if (imap->session.stream)
		session_close(&imap->session);
	buf_free(&imap->response);
}

/* A BYE that came before is the reason, whatever the connection did then. */
static bool
failed(struct imap *imap)
{
	if (imap->bye)
		stream_fail(imap->session.stream, ERR_REFUSED, 0, "the server said BYE");
	const struct imap_replies *refusals = &imap->facts->refusals;
	if (imap->bye && refusals->count) {
		char words[200];
		const char *line = refusals->list[refusals->count - 1].line;
		err_set(&imap->facts->session.err, ERR_REFUSED, 0, "%s: %s",
		    imap->session.stream->step,
		    text_clean_into(words, sizeof words, line, strlen(line)));
	}
	return session_failed(&imap->session);
}

bool
imap_talk_broken(struct imap *imap, enum err_protocol code, const char *format, ...)
{
	char text[sizeof imap->facts->session.err.text];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	stream_fail(imap->session.stream, ERR_PROTOCOL, (int)code, "%s", text);
	return session_failed(&imap->session);
}

/* ---- commands ---- */

struct imap_command *
imap_talk_oldest(const struct imap *imap)
{
	struct imap_command *command = imap->commands;
	while (command && command->done)
		command = command->next;
	return command;
}

struct imap_command *
imap_talk_command(struct imap *imap, enum imap_step step)
{
	struct imap_command *command = arena_alloc(&imap->facts->session.arena, sizeof *command);
	command->step = step;
	snprintf(command->tag, sizeof command->tag, "%s.%u", imap->tag_stem, ++imap->tag_count);
	if (!imap_talk_oldest(imap)) {
		/* An answer that is here now came early. Under TLS only the server could do that: what is read already counts. */
		if (!imap->session.stream->encrypted)
			stream_pending(imap->session.stream);
		imap->received_when_asked = imap->session.stream->received;
	}
	if (imap->last)
		imap->last->next = command;
	else
		imap->commands = command;
	imap->last = command;
	if (step == IMAP_STEP_LOGIN)
		imap->login = command;
	if (step == IMAP_STEP_LOGOUT)
		imap->logout = command;
	return command;
}

struct imap_command *
imap_talk_say(struct imap *imap, enum imap_step step, const char *format, ...)
{
	struct imap_command *command = imap_talk_command(imap, step);
	va_list args;
	va_start(args, format);
	const char *text = arena_vprintf(&imap->facts->session.arena, format, args);
	va_end(args);
	stream_say(imap->session.stream, "%s %s", command->tag, text);
	return command;
}

/* The list before the login holds until another is told. */
static const struct imap_words *
in_force(const struct imap *imap)
{
	return imap->capabilities->count ? imap->capabilities : &imap->facts->capabilities;
}

static bool
rev2_alone(const struct imap *imap)
{
	const struct imap_words *words = in_force(imap);
	return imap_words_has(words, "IMAP4rev2") && !imap_words_has(words, "IMAP4rev1");
}

bool
imap_talk_can(const struct imap *imap, const char *capability)
{
	/* Part of RFC 9051 itself (its appendix E); where both are spoken, RFC 3501 is in force. */
	static const char *const BROUGHT[] = {"ESEARCH", "IDLE", "LIST-EXTENDED", "SASL-IR",
	    "SPECIAL-USE", "STATUS=SIZE", "UIDPLUS", "LITERAL-"};
	if (imap_words_has(in_force(imap), capability))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(BROUGHT); i++) {
		if (strcmp(BROUGHT[i], capability) == 0)
			return rev2_alone(imap);
	}
	return false;
}

/* The server takes a literal of this size without being asked (RFC 7888). */
static bool
takes_literal(const struct imap *imap, size_t len)
{
	return imap_talk_can(imap, "LITERAL+") ||
	       (len <= LITERAL_MINUS_MAX && imap_talk_can(imap, "LITERAL-"));
}

static bool
say_literal(struct imap *imap, struct imap_command *command, const char *literal)
{
	size_t len = strlen(literal);
	const char *text = "";
	if (!takes_literal(imap, len) &&
	    (!imap_talk_hear_continuation(imap, command, &text) || !text))
		return false;
	return stream_put(imap->session.stream, literal, len);
}

struct imap_command *
imap_talk_say_parts(
    struct imap *imap, enum imap_step step, const char *const *parts, const char *shown)
{
	struct imap_command *command = imap_talk_command(imap, step);
	struct stream *stream = imap->session.stream;
	struct buf line;
	buf_init(&line, STREAM_LINE_MAX_IMAP);
	buf_printf(&line, "%s ", command->tag);
	struct arena *arena = &imap->facts->session.arena;
	shown = shown ? arena_printf(arena, "%s %s", command->tag, shown) : NULL;
	bool said = true;
	for (; said && parts[0]; parts += 2) {
		buf_add_text(&line, parts[0]);
		const char *literal = parts[1];
		if (literal)
			buf_printf(&line, "{%zu%s}", strlen(literal),
			    takes_literal(imap, strlen(literal)) ? "+" : "");
		said = stream_say_secret(stream, shown ? shown : buf_text(&line), buf_text(&line));
		buf_wipe(&line);
		if (!literal)
			break;
		said = said && say_literal(imap, command, literal);
		shown = shown ? "[secret]" : NULL;
	}
	buf_wipe(&line);
	return said ? command : NULL;
}

struct imap_command *
imap_talk_say_mailbox(
    struct imap *imap, enum imap_step step, const char *verb, const char *name, const char *tail)
{
	struct imap_command *command;
	struct buf quoted;
	buf_init(&quoted, STREAM_LINE_MAX);
	if (imap_msg_quote(&quoted, name)) {
		command = imap_talk_say(imap, step, "%s %s%s", verb, buf_text(&quoted), tail);
	} else {
		struct arena *arena = &imap->facts->session.arena;
		const char *parts[] = {arena_printf(arena, "%s ", verb), name, tail, NULL};
		command = imap_talk_say_parts(imap, step, parts, NULL);
	}
	buf_free(&quoted);
	return command;
}

const char *
imap_talk_mailbox(struct imap *imap, const char *utf8)
{
	struct buf name;
	buf_init(&name, STREAM_LINE_MAX);
	const char *raw = utf8;
	if (!rev2_alone(imap) && imap_msg_to_utf7(&name, utf8))
		raw = arena_strdup(&imap->facts->session.arena, buf_text(&name));
	buf_free(&name);
	return raw;
}

/* ---- responses ---- */

/* Numbers of "* SEARCH" and "* SORT" as they stream by: the line may be longer than any cap. */
struct numbers {
	struct imap_search *search;
	uint64_t value;
	bool inside, broken, done;
	unsigned depth; /* (MODSEQ n) stands behind the numbers (RFC 7162, 3.1.5) */
};

static void
take_byte(struct numbers *numbers, char c)
{
	if (c >= '0' && c <= '9' && numbers->depth == 0) {
		numbers->value = numbers->value * 10 + (uint64_t)(c - '0');
		numbers->inside = true;
		numbers->broken |= numbers->value > IMAP_MSG_NUMBER_MAX;
		return;
	}
	if (numbers->inside)
		imap_data_found(numbers->search, numbers->value);
	numbers->inside = false;
	numbers->value = 0;
	if (c == '(')
		numbers->depth++;
	else if (c == ')' && numbers->depth)
		numbers->depth--;
	else if (c == '\n')
		numbers->done = true;
	else if (c != ' ' && c != '\r' && numbers->depth == 0)
		numbers->broken = true;
}

static bool
stream_numbers(struct imap *imap, const char *word)
{
	struct stream *stream = imap->session.stream;
	struct numbers numbers = {.search = imap->search};
	char bytes[4096];
	if (stream_some_of_line(stream, bytes, strlen(word)) != strlen(word))
		return failed(imap);
	if (imap->search->count < 0)
		imap->search->count = 0;
	while (!numbers.done && !numbers.broken) {
		size_t got = stream_some_of_line(stream, bytes, sizeof bytes);
		if (got == 0)
			return failed(imap);
		for (size_t i = 0; i < got && !numbers.broken; i++)
			take_byte(&numbers, bytes[i]);
	}
	if (numbers.broken)
		return imap_talk_broken(
		    imap, ERR_PROTOCOL_MALFORMED, "not a number, or one too large");
	int len = snprintf(
	    bytes, sizeof bytes, "%s [%lld numbers]", word, (long long)imap->search->count);
	if (stream->tap)
		stream->tap(stream->tap_context, false, bytes, (size_t)len);
	return true;
}

/* Data may hold literals; status responses and continuations end in text for people. */
static bool
may_hold_literal(const char *line, size_t len)
{
	struct imap_msg msg;
	const char *why;
	if (len == 0 || *line == '+' || !imap_msg_parse(&msg, line, len, &why))
		return false;
	return msg.form == IMAP_MSG_UNTAGGED &&
	       (msg.word < IMAP_MSG_OK || msg.word > IMAP_MSG_PREAUTH);
}

static bool
collect_literals(struct imap *imap, const char *line, size_t len, uint64_t size)
{
	struct buf *response = &imap->response;
	struct stream *stream = imap->session.stream;
	enum imap_msg_tail tail = IMAP_MSG_LITERAL;
	buf_clear(response);
	for (;;) {
		buf_add(response, line, len);
		if (tail == IMAP_MSG_NO_LITERAL)
			break;
		if (tail == IMAP_MSG_LITERAL_BAD)
			return imap_talk_broken(imap, ERR_PROTOCOL_MALFORMED, "a broken literal");
		if (size > IMAP_MSG_LITERAL_MAX)
			return imap_talk_broken(imap, ERR_PROTOCOL_LIMIT, "a literal of %llu bytes",
			    (unsigned long long)size);
		buf_add(response, "\r\n", 2);
		if (!stream_bytes(stream, response, (size_t)size) ||
		    !stream_line(stream, &line, &len))
			return failed(imap);
		tail = imap_msg_tail(line, len, &size);
	}
	return !response->overflow || imap_talk_broken(imap, ERR_PROTOCOL_LIMIT,
					  "a response of more than %zu bytes", RESPONSE_MAX);
}

/* One whole response; its bytes are valid until the next read. */
static bool
read_response(struct imap *imap, struct imap_msg *msg)
{
	struct stream *stream = imap->session.stream;
	const char *line, *why;
	size_t len;
	uint64_t size = 0;
	imap->response_start = stream->received - (stream->in.len - stream->in_used);
	if (!stream_line(stream, &line, &len))
		return failed(imap);
	enum imap_msg_tail tail = imap_msg_tail(line, len, &size);
	if (tail != IMAP_MSG_NO_LITERAL && may_hold_literal(line, len)) {
		if (tail == IMAP_MSG_LITERAL_BAD)
			return imap_talk_broken(imap, ERR_PROTOCOL_MALFORMED, "a broken literal");
		if (!collect_literals(imap, line, len, size))
			return false;
		line = imap->response.data;
		len = imap->response.len;
	}
	if (imap_msg_parse(msg, line, len, &why))
		return true;
	char words[120];
	return imap_talk_broken(imap, ERR_PROTOCOL_MALFORMED, "%s: \"%s\"", why,
	    text_clean_into(words, sizeof words, line, len));
}

/* The answer to a command under way; anything else is out of step, or was sent before we asked. */
static bool
take_tagged(struct imap *imap, const struct imap_msg *msg)
{
	struct imap_command *command = imap_talk_oldest(imap);
	while (command && (command->done || !imap_msg_is(msg->tag, command->tag)))
		command = command->next;
	if (command)
		return imap_data_answer(imap, command, msg);
	if (imap->response_start < imap->received_when_asked)
		return imap_talk_broken(
		    imap, ERR_PROTOCOL_EARLY, "an answer came before the command was sent");
	return imap_talk_broken(imap, ERR_PROTOCOL_ORDER, "an answer with a tag that is not ours");
}

static bool
count_response(struct imap *imap)
{
	if (++imap->responses <= IMAP_UNTAGGED_MAX)
		return true;
	return imap_talk_broken(
	    imap, ERR_PROTOCOL_LIMIT, "more than %d responses", IMAP_UNTAGGED_MAX);
}

/* Reads one response; *text_out is set by a continuation alone. */
static bool
hear_one(struct imap *imap, const char **text_out)
{
	struct stream *stream = imap->session.stream;
	struct imap_msg msg = {0};
	*text_out = NULL;
	if (!count_response(imap))
		return false;
	if (imap->bye && !stream_wait(stream, BYE_GRACE_US))
		return failed(imap);
	if (imap->search && stream_begins(stream, "* SEARCH"))
		return stream_numbers(imap, "* SEARCH");
	if (imap->search && stream_begins(stream, "* SORT"))
		return stream_numbers(imap, "* SORT");
	if (!read_response(imap, &msg))
		return false;
	if (msg.form == IMAP_MSG_TAGGED)
		return take_tagged(imap, &msg);
	if (msg.form == IMAP_MSG_UNTAGGED)
		return imap_data_take(imap, &msg);
	*text_out = arena_strndup(
	    &imap->facts->session.arena, msg.rest.at, (size_t)(msg.rest.end - msg.rest.at));
	return true;
}

bool
imap_talk_hear_continuation(struct imap *imap, struct imap_command *command, const char **text_out)
{
	imap->session.stream->step = imap_step_name(command->step);
	*text_out = NULL;
	while (!command->done && !*text_out) {
		if (!hear_one(imap, text_out))
			return false;
	}
	return true;
}

bool
imap_talk_hear(struct imap *imap, struct imap_command *command)
{
	const char *text;
	if (!command || !imap_talk_hear_continuation(imap, command, &text))
		return false;
	if (text)
		return imap_talk_broken(
		    imap, ERR_PROTOCOL_ORDER, "a continuation that nobody asked for");
	return true;
}

bool
imap_talk_hear_one(struct imap *imap, int64_t span_us, bool *came_out)
{
	const char *text;
	*came_out = stream_wait(imap->session.stream, span_us);
	return !*came_out || hear_one(imap, &text);
}

bool
imap_talk_hear_step(struct imap *imap, enum imap_step step)
{
	for (struct imap_command *command = imap->commands; command; command = command->next) {
		if (command->step == step && !imap_talk_hear(imap, command))
			return false;
	}
	return true;
}
