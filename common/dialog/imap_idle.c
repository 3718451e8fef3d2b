/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the two sessions of the push test and the message that one of them
 * leaves for the other. The message goes away whatever came of the test.
 */
#include "dialog/imap_idle.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "wire/message.h"

#define TOKEN_BYTES 16
#define CLEANING_US (2 * US_PER_S) /* kept free for taking the message away */

struct pushing {
	struct imap *idler;
	struct imap appender;
	struct imap_facts facts; /* the appender's */
	struct imap_params params;
	struct imap_folder folder; /* as the idler has it open */
	struct imap_command *idle;
	int64_t uid;
};

/* ---- a command about a folder ---- */

static bool
open_folder(struct imap *imap, enum imap_step step, const char *name, struct imap_folder *folder)
{
	const char *raw = imap_talk_mailbox(imap, name);
	struct imap_command *command =
	    imap_talk_say_mailbox(imap, step, imap_step_name(step), raw, "");
	*folder = (struct imap_folder){.name = name, .messages = -1, .uidvalidity = -1};
	if (!command)
		return false;
	command->folder = folder;
	command->raw = raw;
	command->subject = name;
	return imap_talk_hear(imap, command);
}

/* ---- the second session ---- */

static bool
marked_message(const struct pushing *pushing, struct buf *out)
{
	const struct imap *idler = pushing->idler;
	const char *host = idler->params->login.host;
	const char *user = idler->params->login.user;
	unsigned char bits[TOKEN_BYTES];
	struct buf token, rcpt;
	if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
		return err_set(
		    &idler->facts->session.err, ERR_LOCAL, errno, "no random bytes for a token");
	buf_init(&token, sizeof bits * 2);
	buf_init(&rcpt, 512);
	text_hex(&token, bits, sizeof bits);
	buf_printf(&rcpt, user && strchr(user, '@') ? "%.200s" : "%.200s@%.200s",
	    user ? user : "user", host);
	const char *list[] = {buf_text(&rcpt), NULL};
	struct message message = {.token = buf_text(&token),
	    .from = "",
	    .rcpt = list,
	    .subject = "Mail push check",
	    .host = host,
	    .now_unix = idler->params->now_unix};
	size_t body;
	message_head(out, &message, &body);
	buf_free(&token);
	buf_free(&rcpt);
	return !out->overflow;
}

static bool
enter_appender(struct pushing *pushing)
{
	struct imap *idler = pushing->idler;
	struct session_params session = *idler->session.params;
	session.given = idler->params->second;
	pushing->params = (struct imap_params){.login = idler->params->login};
	return imap_talk_enter(&pushing->appender, &session, &pushing->params, &pushing->facts);
}

/* The name may need a literal of its own; the message is one. */
static struct imap_command *
say_append(struct imap *imap, const char *raw, const char *message)
{
	struct buf quoted;
	buf_init(&quoted, STREAM_LINE_MAX);
	bool plain = imap_msg_quote(&quoted, raw);
	const char *verb = arena_printf(&imap->facts->session.arena, "APPEND %s%s",
	    plain ? buf_text(&quoted) : "", plain ? " " : "");
	const char *whole[] = {verb, message, "", NULL};
	const char *split[] = {verb, raw, " ", message, "", NULL};
	buf_free(&quoted);
	return imap_talk_say_parts(imap, IMAP_STEP_APPEND, plain ? whole : split, NULL);
}

static bool
append(struct pushing *pushing)
{
	struct imap *imap = &pushing->appender;
	struct imap_push *push = &pushing->idler->facts->push;
	const char *name = pushing->idler->params->idle_folder;
	struct buf message;
	buf_init(&message, MESSAGE_HEAD_MAX);
	struct imap_command *command = NULL;
	if (marked_message(pushing, &message))
		command = say_append(imap, imap_talk_mailbox(imap, name), buf_text(&message));
	phase_begin(&pushing->idler->facts->session.phases, PHASE_PUSH);
	buf_free(&message);
	push->appended = command && imap_talk_hear(imap, command) && command->status == IMAP_OK;
	pushing->uid = imap->appended_uid;
	if (!push->appended)
		phase_end(&pushing->idler->facts->session.phases, PHASE_FAULT);
	return push->appended;
}

/* By its own UID alone (RFC 4315, 2.1): nothing else in the folder is touched. */
static bool
take_away(struct pushing *pushing)
{
	struct imap *imap = &pushing->appender;
	struct imap_folder folder;
	if (!open_folder(imap, IMAP_STEP_SELECT, pushing->idler->params->idle_folder, &folder) ||
	    !folder.opened)
		return false;
	struct imap_command *store = imap_talk_say(imap, IMAP_STEP_STORE,
	    "UID STORE %lld +FLAGS.SILENT (\\Deleted)", (long long)pushing->uid);
	struct imap_command *expunge =
	    imap_talk_say(imap, IMAP_STEP_EXPUNGE, "UID EXPUNGE %lld", (long long)pushing->uid);
	return imap_talk_hear(imap, store) && imap_talk_hear(imap, expunge) &&
	       store->status == IMAP_OK && expunge->status == IMAP_OK;
}

/* ---- the idling one ---- */

static bool
lacks(struct imap *imap, const char *capability)
{
	if (imap_talk_can(imap, capability))
		return false;
	imap->facts->push.lacks = capability;
	return true;
}

static bool
begin_idle(struct pushing *pushing)
{
	struct imap *imap = pushing->idler;
	const char *ready;
	if (!open_folder(imap, IMAP_STEP_EXAMINE, imap->params->idle_folder, &pushing->folder) ||
	    !pushing->folder.opened)
		return false;
	pushing->idle = imap_talk_say(imap, IMAP_STEP_IDLE, "IDLE");
	return imap_talk_hear_continuation(imap, pushing->idle, &ready) && ready;
}

/* Until EXISTS is larger, or what is left of the time is needed for cleaning up. */
static bool
wait_for_it(struct pushing *pushing, int64_t before)
{
	struct imap *imap = pushing->idler;
	struct imap_push *push = &imap->facts->push;
	int64_t start_us = clock_now_us();
	int64_t left_us = deadline_left_us(imap->session.stream->deadline);
	struct deadline until =
	    deadline_in(left_us > 2 * CLEANING_US ? left_us - CLEANING_US : left_us / 2);
	while (pushing->folder.messages <= before && deadline_left_us(until) > 0 &&
	       !pushing->idle->done) {
		bool came;
		if (!imap_talk_hear_one(imap, deadline_left_us(until), &came))
			return false;
	}
	push->announced = pushing->folder.messages > before;
	push->waited_us = clock_now_us() - start_us;
	phase_end(&imap->facts->session.phases, push->announced ? PHASE_DONE : PHASE_LATE);
	return true;
}

static bool
end_idle(struct pushing *pushing)
{
	struct imap *imap = pushing->idler;
	if (!pushing->idle || pushing->idle->done)
		return !err_is_set(&imap->facts->session.err);
	stream_say(imap->session.stream, "DONE");
	return imap_talk_hear(imap, pushing->idle);
}

/* ---- both ---- */

/* What the appender met belongs to the facts of the test. */
static void
join_facts(struct pushing *pushing)
{
	struct imap_facts *facts = pushing->idler->facts;
	struct arena *arena = &facts->session.arena;
	const struct imap_replies *from = &pushing->facts.refusals;
	struct imap_reply *all =
	    arena_alloc(arena, (facts->refusals.count + from->count + 1) * sizeof *all);
	for (size_t i = 0; i < facts->refusals.count; i++)
		all[i] = facts->refusals.list[i];
	for (size_t i = 0; i < from->count; i++)
		all[facts->refusals.count + i] = from->list[i];
	facts->refusals.list = all;
	facts->refusals.count += from->count;
	err_take(&facts->push.err, &pushing->facts.session.err);
	buf_add_text(&facts->session.transcript, buf_text(&pushing->facts.session.transcript));
	arena_adopt(arena, &pushing->facts.session.arena);
}

bool
imap_idle_run(struct imap *imap)
{
	struct imap_push *push = &imap->facts->push;
	struct pushing *pushing = arena_alloc(&imap->facts->session.arena, sizeof *pushing);
	push->asked = true;
	if (lacks(imap, "IDLE") || lacks(imap, "UIDPLUS"))
		return true;
	pushing->idler = imap;
	phase_end(&imap->facts->session.phases, PHASE_DONE); /* of what came before */
	imap_facts_init(&pushing->facts);
	if (enter_appender(pushing)) {
		bool idling = begin_idle(pushing);
		int64_t before = pushing->folder.messages;
		if (idling && append(pushing))
			(void)!wait_for_it(pushing, before);
		if (push->appended)
			push->removed = pushing->uid > 0 && take_away(pushing);
	}
	imap_talk_leave(&pushing->appender);
	join_facts(pushing);
	imap_facts_free(&pushing->facts);
	return end_idle(pushing) && !err_is_set(&imap->facts->session.err);
}
