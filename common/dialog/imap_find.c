/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how one of our messages is asked for, read and taken away over IMAP.
 * What was found is known by folder, UIDVALIDITY and UID; nothing else is
 * named in a command that changes something.
 */
#include "dialog/imap_find.h"

#include <string.h>

#include "base/text.h"
#include "dialog/imap_data.h"
#include "dialog/imap_talk.h"
#include "wire/message.h"

#define DAY_S INT64_C(86400)
#define LEFTOVERS_READ 200 /* dates asked for; more are counted only */

struct finding {
	struct imap imap;
	const struct find_params *params;
	struct find_facts *found;
	struct imap_folder folder, junk; /* as opened last */
	const char *junk_raw;
	struct imap_search search;
};

static struct arena *
arena_of(struct finding *finding)
{
	return &finding->imap.facts->session.arena;
}

/* ---- folders ---- */

/* step: EXAMINE changes nothing, SELECT is for removing. A refusal is true: the folder is not open. */
static bool
open_folder(
    struct finding *finding, enum imap_step step, struct imap_folder *folder, const char *raw)
{
	struct imap_command *command =
	    imap_talk_say_mailbox(&finding->imap, step, imap_step_name(step), raw, "");

	folder->opened = false;
	if (!command)
		return false;
	command->folder = folder;
	command->raw = raw;
	command->subject = folder->name;
	return imap_talk_hear(&finding->imap, command);
}

static bool
open_inbox(struct finding *finding, enum imap_step step)
{
	return open_folder(finding, step, &finding->folder,
	    imap_talk_mailbox(&finding->imap, finding->folder.name));
}

/* The Junk folder by its special use, whatever it is called (RFC 6154). */
static bool
learn_junk(struct finding *finding)
{
	struct imap *imap = &finding->imap;
	const struct imap_special *junk = &imap->facts->special[IMAP_USE_JUNK];
	bool chosen = imap_talk_can(imap, "LIST-EXTENDED") && imap_talk_can(imap, "SPECIAL-USE");

	if (!imap_talk_hear(imap, imap_talk_say(imap, IMAP_STEP_LIST, "LIST %s\"\" \"*\"",
				      chosen ? "(SPECIAL-USE) " : "")))
		return false;
	if (!junk->found || strcmp(junk->name, finding->folder.name) == 0)
		return true;
	finding->junk = (struct imap_folder){.name = junk->name, .messages = -1, .uidvalidity = -1};
	finding->junk_raw = junk->raw;
	finding->found->junk_name = junk->name;
	return true;
}

/* ---- looking ---- */

static bool
search(struct finding *finding, const char *criteria)
{
	struct imap *imap = &finding->imap;
	bool heard;

	finding->search = (struct imap_search){.count = -1};
	imap->search = &finding->search;
	heard =
	    imap_talk_hear(imap, imap_talk_say(imap, IMAP_STEP_SEARCH, "UID SEARCH %s", criteria));
	imap->search = NULL;
	return heard;
}

/* What FETCH brings of one message. */
struct fetched {
	const char *header, *text;
	int64_t arrived_unix;
};

static void
take_part(void *context, uint64_t number UNUSED, struct imap_msg_span name, const char *value)
{
	struct fetched *fetched = context;
	struct imap_msg_span span = {value, strlen(value)};

	if (imap_msg_is(name, "INTERNALDATE"))
		(void)!imap_msg_date(span, &fetched->arrived_unix);
	else if (imap_msg_is(name, "BODY[HEADER]"))
		fetched->header = value;
	else if (name.len > 10 && imap_msg_is((struct imap_msg_span){name.at, 10}, "BODY[TEXT]"))
		fetched->text = value;
}

static bool
fetch(struct finding *finding, uint64_t uid, const char *items, struct fetched *out)
{
	struct imap *imap = &finding->imap;
	struct imap_fetch taker = {.take = take_part, .context = out};
	bool heard;

	*out = (struct fetched){0};
	imap->fetch = &taker;
	heard = imap_talk_hear(imap, imap_talk_say(imap, IMAP_STEP_FETCH, "UID FETCH %llu (%s)",
					 (unsigned long long)uid, items));
	imap->fetch = NULL;
	return heard;
}

/*
 * Reads a candidate and keeps it if it is ours: the server's SEARCH is not
 * believed, since what is kept will be removed.
 */
static bool
read_mail(struct finding *finding, uint64_t uid, bool junk, bool bounce)
{
	struct arena *arena = arena_of(finding);
	const struct find_params *params = finding->params;
	struct fetched fetched;
	struct find_mail mail = {.bounce = bounce,
	    .junk = junk,
	    .number = uid,
	    .folder = junk ? finding->junk.name : finding->folder.name};
	const char *items = arena_printf(
	    arena, "INTERNALDATE BODY.PEEK[HEADER] BODY.PEEK[TEXT]<0.%zu>", FIND_MAIL_BYTES);
	size_t text_len;
	bool ours;

	if (!fetch(finding, uid, items, &fetched))
		return false;
	if (!fetched.header)
		return true; /* gone meanwhile */
	text_len = fetched.text ? strlen(fetched.text) : 0;
	mail.text = arena_printf(arena, "%s%s", fetched.header, fetched.text ? fetched.text : "");
	mail.len = strlen(mail.text);
	mail.whole = text_len < FIND_MAIL_BYTES;
	mail.arrived_unix = fetched.arrived_unix;
	if (bounce)
		ours = find_kind(params, fetched.header, strlen(fetched.header), &mail.token) ==
			   FIND_MAY_BOUNCE &&
		       find_token_in(params, mail.text, mail.len, &mail.token);
	else
		ours = find_kind(params, fetched.header, strlen(fetched.header), &mail.token) ==
		       FIND_OURS;
	if (ours)
		find_add(finding->found, arena, &mail);
	return true;
}

static bool
known(const struct finding *finding, uint64_t uid, bool junk)
{
	const struct find_facts *found = finding->found;

	for (size_t i = 0; i < found->count; i++)
		if (found->list[i].number == uid && found->list[i].junk == junk)
			return true;
	return false;
}

/* All that the last search told and that is not known yet. */
static bool
read_hits(struct finding *finding, bool junk, bool bounce)
{
	struct imap_search hits = finding->search;
	size_t count = imap_data_kept_count(&hits);

	for (size_t i = 0; i < count; i++) {
		uint64_t uid = imap_data_kept(&hits, i);

		if (!known(finding, uid, junk) && !read_mail(finding, uid, junk, bounce))
			return false;
	}
	return true;
}

/* The message by its own field or its Message-ID, whichever the servers on the way left in place. */
static bool
look_for_message(struct finding *finding, const char *token, bool junk)
{
	const char *criteria = arena_printf(arena_of(finding),
	    "OR HEADER " MESSAGE_TOKEN_FIELD " %s HEADER Message-ID %s", token, token);

	return search(finding, criteria) && read_hits(finding, junk, false);
}

/* A bounce returns the message's header inside its body (RFC 3462, 2). */
static bool
look_for_bounce(struct finding *finding, const char *token)
{
	struct buf day;
	const char *criteria;

	buf_init(&day, 32);
	imap_msg_day(&day, finding->params->since_unix - DAY_S);
	criteria = arena_printf(arena_of(finding),
	    "SINCE %s OR HEADER Content-Type report FROM mailer-daemon BODY %s", buf_text(&day),
	    token);
	buf_free(&day);
	return search(finding, criteria) && read_hits(finding, false, true);
}

static bool
look_into(struct finding *finding, bool junk)
{
	const char *const *tokens = finding->params->tokens;
	size_t copies = finding->params->copies > 0 ? finding->params->copies : 1;

	for (size_t i = 0; tokens[i]; i++) {
		if (find_count(finding->found, i, false) >= copies)
			continue;
		if (!look_for_message(finding, tokens[i], junk) ||
		    (!junk && find_count(finding->found, i, false) == 0 &&
			!look_for_bounce(finding, tokens[i])))
			return false;
	}
	return true;
}

/* False: session.err, or the folder cannot be opened, which is among the refusals. */
static bool
look(struct finding *finding)
{
	if (!open_inbox(finding, IMAP_STEP_EXAMINE) || !finding->folder.opened ||
	    !look_into(finding, false))
		return false;
	if (finding->junk_raw && !find_complete(finding->params, finding->found)) {
		if (!open_folder(finding, IMAP_STEP_EXAMINE, &finding->junk, finding->junk_raw))
			return false;
		finding->found->junk_known = finding->junk.opened;
		if (finding->junk.opened && !look_into(finding, true))
			return false;
	}
	find_looked(finding->found);
	return true;
}

/* What the server says meanwhile is heard; its notices come with the next answer at the latest. */
static bool
pause(struct finding *finding, int64_t span_us)
{
	struct deadline end = deadline_in(span_us);
	bool came = true;

	while (came && deadline_left_us(end) > 0)
		if (!imap_talk_hear_one(&finding->imap, deadline_left_us(end), &came))
			return false;
	return true;
}

static bool
look_until_found(struct finding *finding)
{
	finding->found->begun_us = clock_now_us();
	for (;;) {
		int64_t pause_us;

		if (!look(finding))
			return false;
		pause_us = find_pause_us(finding->params, finding->found);
		finding->found->finished = pause_us == 0;
		if (finding->found->finished)
			return true;
		if (!pause(finding, pause_us))
			return false;
	}
}

/* ---- removing ---- */

static void
leave(struct find_facts *found, const char *why)
{
	found->left++;
	found->left_why = why;
}

static bool
remove_mail(struct finding *finding, struct find_mail *mail, bool expunges)
{
	struct imap *imap = &finding->imap;
	unsigned long long uid = mail->number;
	struct imap_command *store =
	    imap_talk_say(imap, IMAP_STEP_STORE, "UID STORE %llu +FLAGS.SILENT (\\Deleted)", uid);
	struct imap_command *expunge = NULL;

	if (expunges)
		expunge = imap_talk_say(imap, IMAP_STEP_EXPUNGE, "UID EXPUNGE %llu", uid);
	if (!imap_talk_hear(imap, store) || (expunge && !imap_talk_hear(imap, expunge)))
		return false;
	mail->removed = expunge && store->status == IMAP_OK && expunge->status == IMAP_OK;
	if (!expunges)
		leave(finding->found,
		    "the server has no UIDPLUS: ours is marked as deleted and stays");
	else if (!mail->removed)
		leave(finding->found, "the server refused to remove it");
	return true;
}

static bool
has_mail_in(const struct find_facts *found, bool junk)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->list[i].junk == junk)
			return true;
	return false;
}

/* Between EXAMINE and SELECT the folder may have become another one; then UIDs mean nothing. */
static bool
remove_from(struct finding *finding, bool junk)
{
	struct find_facts *found = finding->found;
	struct imap_folder *folder = junk ? &finding->junk : &finding->folder;
	int64_t validity = folder->uidvalidity;
	bool expunges = imap_talk_can(&finding->imap, "UIDPLUS");
	bool opened = junk ? open_folder(finding, IMAP_STEP_SELECT, folder, finding->junk_raw)
			   : open_inbox(finding, IMAP_STEP_SELECT);

	if (!opened)
		return false;
	if (!folder->opened || folder->uidvalidity != validity) {
		leave(found, "the folder could not be opened for writing");
		return true;
	}
	/* A second copy that came meanwhile. */
	for (size_t i = 0; finding->params->tokens[i]; i++)
		if (find_count(found, i, false) > 0 &&
		    !look_for_message(finding, finding->params->tokens[i], junk))
			return false;
	for (size_t i = 0; i < found->count; i++)
		if (found->list[i].junk == junk && !remove_mail(finding, &found->list[i], expunges))
			return false;
	return true;
}

static bool
remove_found(struct finding *finding)
{
	const struct find_params *params = finding->params;
	struct find_facts *found = finding->found;

	if (params->before_removal && !params->before_removal(params->context, found))
		return true;
	if (params->keep)
		return true;
	return (!has_mail_in(found, false) || remove_from(finding, false)) &&
	       (!has_mail_in(found, true) || remove_from(finding, true));
}

/* ---- what others left ---- */

static void
take_leftover(void *context, uint64_t number UNUSED, struct imap_msg_span name, const char *value)
{
	struct finding *finding = context;
	struct find_facts *found = finding->found;
	struct imap_msg_span span = {value, strlen(value)};
	int64_t arrived;

	if (!imap_msg_is(name, "INTERNALDATE") || !imap_msg_date(span, &arrived) ||
	    arrived >= finding->params->leftover_before_unix)
		return;
	found->leftovers++;
	if (found->oldest_leftover_unix == 0 || arrived < found->oldest_leftover_unix)
		found->oldest_leftover_unix = arrived;
}

/* Messages with a token that is none of ours here (an empty string is any value: RFC 9051, 6.4.4). */
static bool
look_for_leftovers(struct finding *finding)
{
	struct imap *imap = &finding->imap;
	struct imap_fetch taker = {.take = take_leftover, .context = finding};
	size_t count;
	struct buf set;
	bool ok = true;

	if (!open_inbox(finding, IMAP_STEP_EXAMINE) || !finding->folder.opened ||
	    !search(finding, "UNDELETED HEADER " MESSAGE_TOKEN_FIELD " \"\""))
		return false;
	finding->found->leftovers = 0;
	count = imap_data_kept_count(&finding->search);
	buf_init(&set, STREAM_LINE_MAX);
	for (size_t i = 0; i < count && i < LEFTOVERS_READ; i++) {
		uint64_t uid = imap_data_kept(&finding->search, i);

		if (!known(finding, uid, false))
			buf_printf(&set, "%s%llu", set.len ? "," : "", (unsigned long long)uid);
	}
	if (set.len) {
		imap->fetch = &taker;
		ok = imap_talk_hear(imap, imap_talk_say(imap, IMAP_STEP_FETCH,
					      "UID FETCH %s (INTERNALDATE)", buf_text(&set)));
		imap->fetch = NULL;
	}
	buf_free(&set);
	return ok;
}

bool
imap_find_run(const struct session_params *session, const struct imap_params *params,
    const struct find_params *find, struct imap_facts *facts, struct find_facts *found)
{
	struct finding *finding = mem_alloc(sizeof(*finding));
	struct phases *phases = &facts->session.phases;

	finding->params = find;
	finding->found = found;
	finding->folder = (struct imap_folder){
	    .name = find->folder ? find->folder : "INBOX", .messages = -1, .uidvalidity = -1};
	found->leftovers = -1;
	if (imap_talk_enter(&finding->imap, session, params, facts)) {
		bool ok;

		phase_begin(phases, PHASE_SEARCH);
		ok = learn_junk(finding) && look_until_found(finding);
		phase_end(phases, ok ? PHASE_DONE : PHASE_FAULT);
		phase_begin(phases, PHASE_MAILBOX);
		ok = ok && remove_found(finding) && look_for_leftovers(finding);
		phase_end(phases, ok ? PHASE_DONE : PHASE_FAULT);
	}
	imap_talk_leave(&finding->imap);
	mem_free(finding);
	return !err_is_set(&facts->session.err);
}
