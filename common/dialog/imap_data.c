/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what each response means for the facts. Sends nothing.
 */
#include "dialog/imap_data.h"

#include <string.h>
#include <strings.h>

#define REPLIES_MAX 64 /* of each kind; a server that says more says nothing new */
#define WORDS_MAX 1024
#define QUOTAS_MAX 256
#define NAME_MAX_BYTES STREAM_LINE_MAX

static char *
copy(struct imap *imap, struct imap_msg_span span)
{
	return span.at ? arena_strndup(&imap->facts->session.arena, span.at, span.len) : NULL;
}

/* Room for one more in a list of the arena: it doubles, the old one stays behind. */
static void *
room(struct imap *imap, void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	void *bigger = arena_alloc(&imap->facts->session.arena, (count ? 2 * count : 1) * size);
	if (count)
		memcpy(bigger, list, count * size);
	return bigger;
}

static void
keep(struct imap *imap, struct imap_replies *replies, const struct imap_reply *reply)
{
	if (replies->count == REPLIES_MAX)
		return;
	replies->list = room(imap, replies->list, replies->count, sizeof *reply);
	replies->list[replies->count++] = *reply;
}

static bool
broken(struct imap *imap, const struct imap_msg_cursor *cursor)
{
	if (!cursor->fault)
		return true;
	return imap_talk_broken(imap,
	    cursor->too_deep ? ERR_PROTOCOL_LIMIT : ERR_PROTOCOL_MALFORMED, "%s", cursor->fault);
}

static char *
copy_token(struct imap *imap, const struct imap_msg_token *token)
{
	if (!token->escaped)
		return copy(imap, token->span);
	struct buf text;
	buf_init(&text, IMAP_MSG_LITERAL_MAX);
	imap_msg_unescape(&text, token);
	char *copied = arena_strdup(&imap->facts->session.arena, buf_text(&text));
	buf_free(&text);
	return copied;
}

/* The oldest command of a step that is not answered; NULL if there is none. */
static struct imap_command *
under_way(const struct imap *imap, enum imap_step step)
{
	struct imap_command *command = imap_talk_oldest(imap);
	while (command && (command->done || command->step != step))
		command = command->next;
	return command;
}

/* The folder that EXISTS, RECENT and codes speak of: the one being opened, else the last opened. */
static struct imap_folder *
selected(const struct imap *imap)
{
	const struct imap_command *command = under_way(imap, IMAP_STEP_EXAMINE);
	if (!command)
		command = under_way(imap, IMAP_STEP_SELECT);
	return command ? command->folder : imap->open;
}

/* ---- status responses ---- */

static struct imap_reply
make_reply(struct imap *imap, const struct imap_msg *msg, const struct imap_command *command)
{
	static const enum imap_status STATUS[] = {
	    [IMAP_MSG_OK] = IMAP_OK,
	    [IMAP_MSG_NO] = IMAP_NO,
	    [IMAP_MSG_BAD] = IMAP_BAD,
	    [IMAP_MSG_BYE] = IMAP_BYE,
	    [IMAP_MSG_PREAUTH] = IMAP_PREAUTH,
	};
	return (struct imap_reply){
	    .step = command ? command->step : IMAP_STEP_GREETING,
	    .status = STATUS[msg->word],
	    .tagged = msg->form == IMAP_MSG_TAGGED,
	    .subject = command ? command->subject : NULL,
	    .code = copy(imap, msg->code),
	    .code_args = copy(imap, msg->args),
	    .text = copy(imap, msg->text),
	    .line = copy(imap, msg->words),
	};
}

static bool
take_capabilities(struct imap *imap, struct imap_msg_span list)
{
	struct imap_words *words = imap->capabilities;
	struct imap_msg_cursor cursor = imap_msg_cursor(list);
	*words = (struct imap_words){0};
	for (;;) {
		struct imap_msg_token token = imap_msg_next(&cursor);
		if (token.kind != IMAP_MSG_ATOM)
			break;
		if (words->count == WORDS_MAX)
			return imap_talk_broken(
			    imap, ERR_PROTOCOL_LIMIT, "more than %d capabilities", WORDS_MAX);
		words->list = room(imap, words->list, words->count, sizeof *words->list);
		words->list[words->count++] = copy(imap, token.span);
	}
	return broken(imap, &cursor);
}

static bool
take_code_number(struct imap *imap, struct imap_msg_span args, uint64_t max, int64_t *value_out)
{
	struct imap_msg_cursor cursor = imap_msg_cursor(args);
	uint64_t value;
	if (!imap_msg_number(&cursor, max, &value))
		return broken(imap, &cursor);
	*value_out = (int64_t)value;
	return true;
}

/* Codes that are facts about a folder (RFC 9051, 7.1; RFC 7162, 3.1.2; RFC 4315, 2). */
static bool
take_folder_code(struct imap *imap, const struct imap_msg *msg, struct imap_folder *folder)
{
	if (imap_msg_is(msg->code, "UIDNEXT"))
		return take_code_number(imap, msg->args, IMAP_MSG_NUMBER_MAX, &folder->uidnext);
	if (imap_msg_is(msg->code, "UIDVALIDITY"))
		return take_code_number(imap, msg->args, IMAP_MSG_NUMBER_MAX, &folder->uidvalidity);
	if (imap_msg_is(msg->code, "HIGHESTMODSEQ"))
		return take_code_number(
		    imap, msg->args, IMAP_MSG_NUMBER64_MAX, &folder->highestmodseq);
	folder->read_only_told |= imap_msg_is(msg->code, "READ-ONLY");
	folder->no_modseq |= imap_msg_is(msg->code, "NOMODSEQ");
	folder->uid_not_sticky |= imap_msg_is(msg->code, "UIDNOTSTICKY");
	return true;
}

/* uidvalidity and UID of the message appended (RFC 4315, 3). */
static bool
take_append_uid(struct imap *imap, struct imap_msg_span args)
{
	struct imap_msg_cursor cursor = imap_msg_cursor(args);
	uint64_t validity, uid;
	if (!imap_msg_number(&cursor, IMAP_MSG_NUMBER_MAX, &validity) ||
	    !imap_msg_number(&cursor, IMAP_MSG_NUMBER_MAX, &uid))
		return broken(imap, &cursor);
	imap->appended_uid = (int64_t)uid;
	return true;
}

/* The code of any status response. */
static bool
take_code(struct imap *imap, const struct imap_msg *msg, const struct imap_reply *reply)
{
	if (!msg->code.at)
		return true;
	if (imap_msg_is(msg->code, "ALERT"))
		keep(imap, &imap->facts->alerts, reply);
	if (imap_msg_is(msg->code, "REFERRAL") && !imap->facts->referral)
		imap->facts->referral = reply->code_args;
	if (imap_msg_is(msg->code, "CAPABILITY"))
		return take_capabilities(imap, msg->args);
	if (imap_msg_is(msg->code, "APPENDUID"))
		return take_append_uid(imap, msg->args);
	struct imap_folder *folder = selected(imap);
	return !folder || take_folder_code(imap, msg, folder);
}

/* What every server says at every login and EXAMINE. */
static bool
is_routine(const struct imap_reply *reply)
{
	static const char *const ROUTINE[] = {"CAPABILITY", "UIDNEXT", "UIDVALIDITY", "UNSEEN",
	    "PERMANENTFLAGS", "HIGHESTMODSEQ", "READ-ONLY", "CLOSED", "MAILBOXID", "ALERT",
	    "URLMECH", "ANNOTATIONS", "MYRIGHTS", "APPENDUID", "READ-WRITE"};
	if (reply->status != IMAP_OK)
		return false;
	if (!reply->code) /* a tagged OK says "done"; an untagged one has a reason */
		return reply->tagged;
	for (size_t i = 0; i < ARRAY_LEN(ROUTINE); i++) {
		if (strcasecmp(reply->code, ROUTINE[i]) == 0)
			return true;
	}
	return false;
}

/* BYE ends a session in turn only as the answer to LOGOUT. */
static void
take_bye(struct imap *imap, const struct imap_reply *reply)
{
	const struct imap_command *oldest = imap_talk_oldest(imap);
	if (oldest && oldest == imap->logout)
		return;
	imap->bye = true;
	keep(imap, &imap->facts->refusals, reply);
}

static bool
take_status(struct imap *imap, const struct imap_msg *msg)
{
	struct imap_reply reply = make_reply(imap, msg, imap_talk_oldest(imap));
	if (msg->word == IMAP_MSG_PREAUTH)
		return imap_talk_broken(imap, ERR_PROTOCOL_ORDER, "PREAUTH after the greeting");
	if (msg->word == IMAP_MSG_BYE)
		take_bye(imap, &reply);
	else if (!is_routine(&reply))
		keep(imap, &imap->facts->remarks, &reply);
	return take_code(imap, msg, &reply);
}

bool
imap_data_greeting(struct imap *imap, const struct imap_msg *msg)
{
	struct imap_reply reply = make_reply(imap, msg, NULL);
	imap->facts->greeting = reply;
	return take_code(imap, msg, &reply);
}

/* Rode along with a login that failed: the refusal means nothing. */
static bool
is_collateral(const struct imap *imap, const struct imap_command *command)
{
	const struct imap_command *login = imap->login;
	return login && command != login && login->done && login->status != IMAP_OK;
}

bool
imap_data_answer(struct imap *imap, struct imap_command *command, const struct imap_msg *msg)
{
	struct imap_reply reply = make_reply(imap, msg, command);
	if (reply.status > IMAP_BAD)
		return imap_talk_broken(
		    imap, ERR_PROTOCOL_MALFORMED, "a tag before BYE or PREAUTH");
	command->status = reply.status;
	if (reply.status != IMAP_OK && !is_collateral(imap, command))
		keep(imap, &imap->facts->refusals, &reply);
	else if (reply.status == IMAP_OK && !is_routine(&reply))
		keep(imap, &imap->facts->remarks, &reply);
	if (command->step == IMAP_STEP_EXAMINE || command->step == IMAP_STEP_SELECT) {
		command->folder->opened = reply.status == IMAP_OK;
		imap->open = command->folder;
	}
	if (command == imap->login)
		imap->facts->login.reply = copy(imap, msg->words);
	if (command->step == IMAP_STEP_STARTTLS)
		imap->facts->session.starttls_reply = copy(imap, msg->words);
	bool taken = take_code(imap, msg, &reply);
	command->done = true;
	return taken;
}

/* ---- data ---- */

static struct imap_command *
status_of(const struct imap *imap, const char *name)
{
	struct imap_command *command = under_way(imap, IMAP_STEP_STATUS), *first = command;
	for (; command; command = command->next) {
		if (!command->done && command->step == IMAP_STEP_STATUS &&
		    strcasecmp(command->raw, name) == 0)
			return command;
	}
	return first;
}

/* "STATUS" mailbox "(" item number ... ")" (RFC 9051, 7.3.4) */
static bool
take_mailbox_status(struct imap *imap, struct imap_msg_cursor *cursor)
{
	struct imap_msg_token name = imap_msg_next(cursor);
	char *text = copy_token(imap, &name);
	const struct imap_command *command = text ? status_of(imap, text) : NULL;
	if (!command || !imap_msg_open(cursor))
		return broken(imap, cursor);
	struct imap_folder *folder = command->folder;
	const struct {
		const char *item;
		int64_t *slot;
		uint64_t max;
	} ITEMS[] = {
	    {"MESSAGES", &folder->messages, IMAP_MSG_NUMBER_MAX},
	    {"UNSEEN", &folder->unseen, IMAP_MSG_NUMBER_MAX},
	    {"RECENT", &folder->recent, IMAP_MSG_NUMBER_MAX},
	    {"UIDNEXT", &folder->uidnext, IMAP_MSG_NUMBER_MAX},
	    {"UIDVALIDITY", &folder->uidvalidity, IMAP_MSG_NUMBER_MAX},
	    {"SIZE", &folder->size, IMAP_MSG_NUMBER64_MAX},
	    {"HIGHESTMODSEQ", &folder->highestmodseq, IMAP_MSG_NUMBER64_MAX},
	};
	for (;;) {
		struct imap_msg_token item = imap_msg_next(cursor);
		if (item.kind != IMAP_MSG_ATOM)
			return broken(imap, cursor);
		size_t i = 0;
		while (i < ARRAY_LEN(ITEMS) && !imap_msg_is(item.span, ITEMS[i].item))
			i++;
		uint64_t value;
		if (i == ARRAY_LEN(ITEMS))
			imap_msg_skip(cursor);
		else if (imap_msg_number(cursor, ITEMS[i].max, &value))
			*ITEMS[i].slot = (int64_t)value;
	}
}

static void
take_special(struct imap *imap, unsigned uses, const struct imap_msg_token *name)
{
	struct imap_facts *facts = imap->facts;
	facts->special_offered = true;
	char *raw = copy_token(imap, name);
	struct buf utf8;
	buf_init(&utf8, NAME_MAX_BYTES);
	struct imap_msg_span span = {raw, strlen(raw)};
	bool decoded = imap_msg_from_utf7(&utf8, span);
	for (int use = 0; use < IMAP_USE_COUNT; use++) {
		struct imap_special *special = &facts->special[use];
		if (!(uses & 1U << use) || special->found)
			continue;
		special->found = true;
		special->raw = raw;
		special->name =
		    decoded ? arena_strdup(&facts->session.arena, buf_text(&utf8)) : raw;
	}
	buf_free(&utf8);
}

/* "LIST" "(" flags ")" delimiter mailbox (RFC 9051, 7.3.1) */
static bool
take_list(struct imap *imap, struct imap_msg_cursor *cursor)
{
	unsigned uses = 0;
	bool there = true;
	if (!imap_msg_open(cursor))
		return broken(imap, cursor);
	for (;;) {
		struct imap_msg_token flag = imap_msg_next(cursor);
		if (flag.kind != IMAP_MSG_ATOM)
			break;
		struct imap_msg_span word = {flag.span.at + 1, flag.span.len - 1};
		for (int use = 0; use < IMAP_USE_COUNT; use++) {
			if (imap_msg_is(word, imap_use_name((enum imap_use)use)))
				uses |= 1U << use;
		}
		if (imap_msg_is(word, "NonExistent") || imap_msg_is(word, "Noselect"))
			there = false;
	}
	imap_msg_skip(cursor); /* the hierarchy delimiter */
	struct imap_msg_token name = imap_msg_next(cursor);
	if (!cursor->fault && name.kind != IMAP_MSG_ATOM && name.kind != IMAP_MSG_STRING)
		cursor->fault = "a mailbox without a name";
	if (!broken(imap, cursor))
		return false;
	if (uses && there)
		take_special(imap, uses, &name);
	return true;
}

static struct imap_quota *
quota_of(struct imap *imap, const char *root, const char *resource)
{
	struct imap_facts *facts = imap->facts;
	for (size_t i = 0; i < facts->quota_count; i++) {
		struct imap_quota *quota = &facts->quotas[i];
		if (strcmp(quota->root, root) == 0 && strcasecmp(quota->resource, resource) == 0)
			return quota;
	}
	if (facts->quota_count == QUOTAS_MAX)
		return NULL;
	facts->quotas = room(imap, facts->quotas, facts->quota_count, sizeof *facts->quotas);
	struct imap_quota *quota = &facts->quotas[facts->quota_count++];
	*quota = (struct imap_quota){.root = root, .resource = resource, .limit = -1};
	return quota;
}

/* "QUOTA" root "(" resource used limit ... ")" (RFC 9208, 4.2.1); a missing limit is none. */
static bool
take_quota(struct imap *imap, struct imap_msg_cursor *cursor)
{
	struct imap_msg_token root = imap_msg_next(cursor);
	char *name = root.kind == IMAP_MSG_NIL ? NULL : copy_token(imap, &root);
	struct imap_msg_cursor end = *cursor;
	if (imap_msg_next(&end).kind == IMAP_MSG_END && !end.fault)
		return true; /* Courier leaves the list out where there is no quota */
	if (!imap_msg_open(cursor))
		return broken(imap, cursor);
	struct imap_msg_token token = imap_msg_next(cursor);
	while (token.kind == IMAP_MSG_ATOM) {
		uint64_t used, limit = 0;
		if (!imap_msg_number(cursor, IMAP_MSG_NUMBER64_MAX, &used))
			break;
		struct imap_msg_cursor ahead = *cursor;
		bool limited = imap_msg_next(&ahead).kind != IMAP_MSG_CLOSE;
		if (limited && !imap_msg_number(cursor, IMAP_MSG_NUMBER64_MAX, &limit))
			break;
		struct imap_quota *quota =
		    quota_of(imap, name ? name : "", copy_token(imap, &token));
		if (!quota)
			return imap_talk_broken(
			    imap, ERR_PROTOCOL_LIMIT, "more than %d quota resources", QUOTAS_MAX);
		quota->used = (int64_t)used;
		quota->limit = limited ? (int64_t)limit : -1;
		token = imap_msg_next(cursor);
	}
	return broken(imap, cursor);
}

/* "ID" "(" key value ... ")" or NIL (RFC 2971, 3.2); at most 30 pairs. */
static bool
take_id(struct imap *imap, struct imap_msg_cursor *cursor)
{
	struct imap_facts *facts = imap->facts;
	if (imap_msg_next(cursor).kind != IMAP_MSG_OPEN)
		return broken(imap, cursor);
	enum { PAIRS_MAX = 30 };
	struct imap_id *pairs = arena_alloc(&facts->session.arena, (PAIRS_MAX + 1) * sizeof *pairs);
	size_t count = 0;
	for (;;) {
		struct imap_msg_token key = imap_msg_next(cursor);
		if (key.kind != IMAP_MSG_STRING && key.kind != IMAP_MSG_ATOM)
			break;
		struct imap_msg_token value = imap_msg_next(cursor);
		if (value.kind == IMAP_MSG_END || value.kind == IMAP_MSG_CLOSE ||
		    count == PAIRS_MAX)
			break;
		pairs[count].key = copy_token(imap, &key);
		pairs[count++].value = value.kind == IMAP_MSG_NIL ? NULL : copy_token(imap, &value);
	}
	facts->id = pairs;
	return broken(imap, cursor);
}

/* ---- search and fetch ---- */

void
imap_data_found(struct imap_search *search, uint64_t number)
{
	if (search->count < 0)
		search->count = 0;
	if (search->keep_last || search->count < IMAP_SEARCH_KEPT)
		search->kept[search->count % IMAP_SEARCH_KEPT] = number;
	search->count++;
}

size_t
imap_data_kept_count(const struct imap_search *search)
{
	if (search->count <= 0)
		return 0;
	return search->count < IMAP_SEARCH_KEPT ? (size_t)search->count : IMAP_SEARCH_KEPT;
}

uint64_t
imap_data_kept(const struct imap_search *search, size_t index)
{
	size_t oldest = 0;
	if (search->keep_last && search->count > IMAP_SEARCH_KEPT)
		oldest = (size_t)(search->count % IMAP_SEARCH_KEPT);
	return search->kept[(oldest + index) % IMAP_SEARCH_KEPT];
}

/* All numbers of a range; of a large one only those that can be kept are walked. */
static void
found_range(struct imap_search *search, uint64_t first, uint64_t last)
{
	uint64_t count = last - first + 1;
	int64_t before = search->count < 0 ? 0 : search->count;
	uint64_t skipped = count > IMAP_SEARCH_KEPT ? count - IMAP_SEARCH_KEPT : 0;
	if (search->keep_last) {
		search->count = before + (int64_t)skipped;
		first += skipped;
	} else {
		last -= skipped;
	}
	for (uint64_t number = first; number <= last; number++)
		imap_data_found(search, number);
	search->count = before + (int64_t)count;
}

/* sequence-set: "1:3,7" (RFC 9051, 9) */
static bool
found_set(struct imap_search *search, struct imap_msg_span set)
{
	uint64_t pair[2] = {0, 0};
	size_t side = 0, digits = 0;
	for (size_t i = 0; i <= set.len; i++) {
		char c = i < set.len ? set.at[i] : ',';
		if (c >= '0' && c <= '9') {
			pair[side] = pair[side] * 10 + (uint64_t)(c - '0');
			if (++digits > 10 || pair[side] > IMAP_MSG_NUMBER_MAX)
				return false;
			continue;
		}
		if (digits == 0 || (c != ',' && (c != ':' || side == 1)))
			return false;
		digits = 0;
		if (c == ':') {
			side = 1;
			continue;
		}
		uint64_t other = side ? pair[1] : pair[0];
		if (pair[0] < other)
			found_range(search, pair[0], other);
		else
			found_range(search, other, pair[0]);
		pair[0] = pair[1] = 0;
		side = 0;
	}
	return true;
}

/* "ESEARCH" [(TAG "a")] [UID] name value ... (RFC 9051, 7.3.3) */
static bool
take_esearch(struct imap *imap, struct imap_msg_cursor *cursor)
{
	struct imap_search *search = imap->search;
	struct imap_msg_cursor ahead = *cursor;
	if (imap_msg_next(&ahead).kind == IMAP_MSG_OPEN)
		imap_msg_skip(cursor);
	if (search && search->count < 0)
		search->count = 0; /* nothing but the tag: nothing found */
	for (;;) {
		struct imap_msg_token name = imap_msg_next(cursor);
		if (name.kind != IMAP_MSG_ATOM || !search)
			return broken(imap, cursor);
		uint64_t value = 0;
		if (imap_msg_is(name.span, "UID"))
			continue;
		if (imap_msg_is(name.span, "ALL")) {
			struct imap_msg_token set = imap_msg_next(cursor);
			if (set.kind != IMAP_MSG_ATOM || !found_set(search, set.span))
				return imap_talk_broken(
				    imap, ERR_PROTOCOL_MALFORMED, "not a set of numbers");
		} else if (imap_msg_is(name.span, "COUNT")) {
			if (imap_msg_number(cursor, IMAP_MSG_NUMBER_MAX, &value))
				search->count = (int64_t)value;
		} else if (imap_msg_is(name.span, "MIN") || imap_msg_is(name.span, "MAX")) {
			if (imap_msg_number(cursor, IMAP_MSG_NUMBER_MAX, &value))
				search->chosen = value;
		} else {
			imap_msg_skip(cursor);
		}
	}
}

/* "FETCH" "(" name value ... ")" (RFC 9051, 7.5.2) */
static bool
take_fetch(struct imap *imap, uint64_t number, struct imap_msg_cursor *cursor)
{
	if (!imap_msg_open(cursor))
		return broken(imap, cursor);
	for (;;) {
		struct imap_msg_token name = imap_msg_next(cursor);
		if (name.kind != IMAP_MSG_ATOM)
			return broken(imap, cursor);
		struct imap_msg_cursor ahead = *cursor;
		struct imap_msg_token value = imap_msg_next(&ahead);
		if (imap->fetch && value.kind == IMAP_MSG_STRING) {
			char *text = copy_token(imap, &value);
			imap->fetch->take(imap->fetch->context, number, name.span, text);
		}
		imap_msg_skip(cursor);
	}
}

bool
imap_data_take(struct imap *imap, const struct imap_msg *msg)
{
	struct imap_msg_cursor cursor = msg->rest;
	struct imap_folder *folder = selected(imap);
	switch (msg->word) {
	case IMAP_MSG_OK:
	case IMAP_MSG_NO:
	case IMAP_MSG_BAD:
	case IMAP_MSG_BYE:
	case IMAP_MSG_PREAUTH:
		return take_status(imap, msg);
	case IMAP_MSG_CAPABILITY:
		return take_capabilities(
		    imap, (struct imap_msg_span){cursor.at, (size_t)(cursor.end - cursor.at)});
	case IMAP_MSG_EXISTS:
		if (folder)
			folder->messages = (int64_t)msg->number;
		return true;
	case IMAP_MSG_RECENT:
		if (folder)
			folder->recent = (int64_t)msg->number;
		return true;
	case IMAP_MSG_STATUS:
		return take_mailbox_status(imap, &cursor);
	case IMAP_MSG_LIST:
		return take_list(imap, &cursor);
	case IMAP_MSG_QUOTA:
		return take_quota(imap, &cursor);
	case IMAP_MSG_ID:
		return take_id(imap, &cursor);
	case IMAP_MSG_ESEARCH:
		return take_esearch(imap, &cursor);
	case IMAP_MSG_FETCH:
		return take_fetch(imap, msg->number, &cursor);
	default: /* legal at any time and of no use here (RFC 9051, 7) */
		return true;
	}
}
