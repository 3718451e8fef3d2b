/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what is asked of the maildrop (RFC 1939, 5 and 7). No command here marks
 * or deletes a message.
 */
#include "dialog/pop3_mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/mail_date.h"

#define HEADER_LINES_MAX 10000
#define FIELD_MAX 4096
#define LOST_US US_PER_S

static bool
pipelines(const struct pop3 *pop3)
{
	return pop3->facts->capabilities.pipelining && !pop3->params->no_pipeline;
}

static bool
wants_uidl(const struct pop3 *pop3)
{
	const struct pop3_msg_caps *caps = &pop3->facts->capabilities;

	return pop3->params->uidl && (caps->uidl || !caps->answered);
}

static bool
wants_top(const struct pop3 *pop3)
{
	const struct pop3_msg_caps *caps = &pop3->facts->capabilities;

	return pop3->params->newest_age && (caps->top || !caps->answered);
}

/*
 * Some servers hand a session over to another program after the login and lose
 * what was sent behind it, though they offer PIPELINING. One is known; with the
 * others the silence shows it. Only where QUIT ends the flight can it be sent
 * twice: a server that was merely slow has gone before it reads the second.
 */
bool
pop3_mailbox_may_ride(const struct pop3 *pop3)
{
	const struct pop3_msg_caps *caps = &pop3->facts->capabilities;

	return pipelines(pop3) && !wants_uidl(pop3) && !wants_top(pop3) &&
	       (caps->implementation == NULL || !text_begins_fold(caps->implementation, "Courier"));
}

void
pop3_mailbox_ride(struct pop3 *pop3)
{
	pop3->facts->pipelined = true;
	pop3_talk_say(pop3, "STAT");
	pop3_talk_say(pop3, "QUIT");
	pop3->stat_sent = pop3->quit_sent = true;
}

static void
ride_again_if_lost(struct pop3 *pop3)
{
	if (stream_wait(pop3->session.stream, LOST_US))
		return;
	pop3->facts->flight_lost = true;
	pop3->under_way = 0;
	pop3_mailbox_ride(pop3);
}

/* Some servers refuse an account only here (RFC 1939 lets them). */
static bool
ask_stat(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct pop3_reply reply;
	uint64_t count, size;
	char words[160];

	if (pop3->stat_sent)
		ride_again_if_lost(pop3);
	else
		pop3_talk_say(pop3, "STAT");
	if (pipelines(pop3) && wants_uidl(pop3)) {
		pop3_talk_say(pop3, "UIDL");
		pop3->uidl_sent = true;
	}
	if (!pop3_talk_hear(pop3, POP3_STEP_STAT, &reply))
		return false;
	if (reply.status != POP3_MSG_OK)
		return pop3_talk_refused(pop3, &reply);
	if (!pop3_msg_stat(reply.text, &count, &size))
		return pop3_talk_broken(pop3, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED,
		    "bad numbers: %s",
		    text_clean_into(words, sizeof(words), reply.line, strlen(reply.line)));
	facts->messages = (int64_t)count;
	facts->size = (int64_t)size;
	return true;
}

/* ---- UIDL ---- */

struct uids {
	struct arena *arena;
	const char **list;
	size_t count, room;
	const char *last; /* of the message with the highest number */
	uint64_t last_number;
};

static bool
take_uid(void *context, const char *line)
{
	struct uids *uids = context;
	const char *uid;
	uint64_t number;

	if (!pop3_msg_uidl(line, &number, &uid))
		return false;
	if (uids->count == uids->room) {
		uids->room = uids->room * 2 + 64;
		uids->list = mem_grow(uids->list, uids->room, sizeof(*uids->list));
	}
	uid = arena_strdup(uids->arena, uid);
	uids->list[uids->count++] = uid;
	if (number > uids->last_number) {
		uids->last_number = number;
		uids->last = uid;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
count_duplicates(struct pop3_facts *facts, struct uids *uids)
{
	facts->uidl_count = uids->count;
	if (uids->count > 1)
		qsort(uids->list, uids->count, sizeof(*uids->list), compare);
	for (size_t i = 1; i < uids->count; i++) {
		if (strcmp(uids->list[i - 1], uids->list[i]) != 0)
			continue;
		if (facts->uidl_duplicates++ == 0)
			facts->uidl_duplicate = uids->list[i];
	}
}

/* The same message asked for once more must have the same name (RFC 1939, 7: persists). */
static bool
ask_uid_again(struct pop3 *pop3, const struct uids *uids)
{
	struct pop3_msg_line parsed;
	struct pop3_reply reply;
	const char *uid;
	uint64_t number;

	if (uids->count == 0)
		return true;
	pop3_talk_say(pop3, "UIDL %llu", (unsigned long long)uids->last_number);
	if (!pop3_talk_hear(pop3, POP3_STEP_UIDL, &reply))
		return false;
	pop3->facts->uidl_unstable = reply.status != POP3_MSG_OK ||
				     !pop3_msg_line(reply.line, &parsed) ||
				     !pop3_msg_uidl(parsed.text, &number, &uid) ||
				     number != uids->last_number || strcmp(uid, uids->last) != 0;
	return true;
}

static bool
ask_uidl(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct uids uids = {.arena = &facts->session.arena};
	struct pop3_reply reply;
	bool ok;

	if (!wants_uidl(pop3))
		return true;
	facts->uidl_asked = true;
	if (!pop3->uidl_sent)
		pop3_talk_say(pop3, "UIDL");
	if (!pop3_talk_hear(pop3, POP3_STEP_UIDL, &reply))
		return false;
	if (reply.status != POP3_MSG_OK)
		return true; /* among the refusals; the rest goes on */
	ok = pop3_talk_listing(pop3, 0, take_uid, &uids);
	facts->uidl_done = ok;
	count_duplicates(facts, &uids);
	ok = ok && ask_uid_again(pop3, &uids);
	mem_free(uids.list);
	return ok;
}

/* ---- TOP ---- */

/* The two fields that tell when a message came, unfolded. */
struct header {
	struct buf received, date;
	struct buf *current; /* the field that a folded line continues */
	bool over;
};

/* The value of a field of this name that has not come yet; NULL: another line. */
static const char *
begins(struct buf *field, const char *line, const char *name)
{
	size_t len = strlen(name);

	return field->len == 0 && text_begins_fold(line, name) ? line + len : NULL;
}

static bool
take_header(void *context, const char *line)
{
	struct header *header = context;
	const char *value;

	header->over |= *line == '\0';
	if (header->over)
		return true;
	if (*line != ' ' && *line != '\t') {
		header->current = NULL;
		if ((value = begins(&header->received, line, "Received:")) != NULL)
			header->current = &header->received;
		else if ((value = begins(&header->date, line, "Date:")) != NULL)
			header->current = &header->date;
		line = value;
	}
	if (header->current != NULL) {
		buf_add_char(header->current, ' ');
		buf_add_text(header->current, line);
	}
	return true;
}

static void
read_dates(struct pop3_facts *facts, const struct header *header)
{
	facts->newest_known = mail_date_received(buf_text(&header->received), &facts->newest_unix);
	if (facts->newest_known)
		return;
	facts->newest_known = mail_date_parse(buf_text(&header->date), &facts->newest_unix);
	facts->newest_by_date = facts->newest_known;
}

/* The last message is the newest; its first Received is the server's own. */
static bool
ask_newest(struct pop3 *pop3)
{
	struct pop3_facts *facts = pop3->facts;
	struct header header = {0};
	struct pop3_reply reply;
	bool ok;

	if (!wants_top(pop3) || facts->messages == 0)
		return true;
	facts->newest_asked = true;
	pop3_talk_say(pop3, "TOP %lld 0", (long long)facts->messages);
	if (!pop3_talk_hear(pop3, POP3_STEP_TOP, &reply))
		return false;
	if (reply.status != POP3_MSG_OK)
		return true;
	buf_init(&header.received, FIELD_MAX);
	buf_init(&header.date, FIELD_MAX);
	ok = pop3_talk_listing(pop3, HEADER_LINES_MAX, take_header, &header);
	if (ok)
		read_dates(facts, &header);
	buf_free(&header.received);
	buf_free(&header.date);
	return ok;
}

bool
pop3_mailbox_run(struct pop3 *pop3)
{
	pop3_talk_begin(pop3, PHASE_MAILBOX);
	if (!ask_stat(pop3) || !ask_uidl(pop3) || !ask_newest(pop3))
		return false;
	pop3_talk_end(pop3);
	return true;
}
