/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns which commands prove that the mailbox works, and which of them may
 * share a flight. Knows nothing of searches.
 */
#include "dialog/imap_mailbox.h"

#include <string.h>

static bool
goes_on(const struct imap_params *params)
{
	return params->search || params->newest_age || params->oldest_age ||
	       params->oldest_unseen_age || params->idle_folder;
}

static bool
wants_list(const struct imap_params *params)
{
	return params->special_use || params->junk_count;
}

/* Without pipelining every command waits for its answer; a failure sticks and is seen later. */
static void
settle(struct imap *imap, struct imap_command *command)
{
	if (imap->serial)
		(void)!imap_talk_hear(imap, command);
}

/* ---- asking ---- */

static void
make_folders(struct imap *imap)
{
	static const char *const INBOX[] = {"INBOX", NULL};
	struct imap_facts *facts = imap->facts;
	const char *const *names = imap->params->folders;
	if (!names || !names[0])
		names = INBOX;
	while (names[facts->folder_count])
		facts->folder_count++;
	facts->folders =
	    arena_alloc(&facts->session.arena, facts->folder_count * sizeof *facts->folders);
	for (size_t i = 0; i < facts->folder_count; i++)
		facts->folders[i] = (struct imap_folder){.name = names[i],
		    .messages = -1,
		    .unseen = -1,
		    .recent = -1,
		    .uidnext = -1,
		    .uidvalidity = -1,
		    .highestmodseq = -1,
		    .size = -1};
}

static void
ask_about(struct imap *imap, enum imap_step step, const char *verb, struct imap_folder *folder,
    const char *tail)
{
	const char *raw = imap_talk_mailbox(imap, folder->name);
	struct imap_command *command = imap_talk_say_mailbox(imap, step, verb, raw, tail);
	if (!command)
		return;
	command->folder = folder;
	command->raw = raw;
	command->subject = folder->name;
	settle(imap, command);
}

/*
 * STATUS stands before EXAMINE because it should not be asked about the folder
 * that is open (RFC 9051, 6.3.11); it tells the number unseen and the size.
 * EXAMINE proves that the mailbox can be opened. The first folder comes last:
 * it stays open for searches.
 */
static void
ask_folders(struct imap *imap)
{
	bool recent = imap_talk_can(imap, "IMAP4rev1");
	bool size = imap_talk_can(imap, "STATUS=SIZE");
	const char *items =
	    arena_printf(&imap->facts->session.arena, " (MESSAGES UNSEEN UIDNEXT UIDVALIDITY%s%s)",
		recent ? " RECENT" : "", size ? " SIZE" : "");
	for (size_t i = imap->facts->folder_count; i-- > 0;) {
		struct imap_folder *folder = &imap->facts->folders[i];
		ask_about(imap, IMAP_STEP_STATUS, "STATUS", folder, items);
		ask_about(imap, IMAP_STEP_EXAMINE, "EXAMINE", folder, "");
	}
}

static void
ask_quota(struct imap *imap)
{
	struct imap_facts *facts = imap->facts;
	facts->quota_asked = imap->params->quota && imap_talk_can(imap, "QUOTA");
	for (size_t i = 0; facts->quota_asked && i < facts->folder_count; i++)
		ask_about(imap, IMAP_STEP_QUOTA, "GETQUOTAROOT", &facts->folders[i], "");
}

/* Plain LIST tells special use too, but all folders with it (RFC 6154, 2 and 3). */
static void
ask_list(struct imap *imap)
{
	if (!wants_list(imap->params))
		return;
	bool chosen = imap_talk_can(imap, "LIST-EXTENDED") && imap_talk_can(imap, "SPECIAL-USE");
	imap->facts->special_offered = imap_talk_can(imap, "SPECIAL-USE");
	settle(imap, imap_talk_say(imap, IMAP_STEP_LIST, "LIST %s\"\" \"*\"",
			 chosen ? "(SPECIAL-USE) " : ""));
}

bool
imap_mailbox_must_wait(const struct imap *imap)
{
	const struct imap_params *params = imap->params;
	return wants_list(params) || (params->quota && !imap_talk_can(imap, "QUOTA")) ||
	       (params->size && !imap_talk_can(imap, "STATUS=SIZE"));
}

struct imap_command *
imap_mailbox_say_id(struct imap *imap)
{
	return imap_talk_say(imap, IMAP_STEP_ID,
	    "ID (\"name\" \"mailvitals\" \"version\" \"" MAILVITALS_VERSION "\")");
}

void
imap_mailbox_ask(struct imap *imap)
{
	make_folders(imap);
	if (imap_talk_can(imap, "ID")) /* some providers want it before the first folder */
		settle(imap, imap_mailbox_say_id(imap));
	if (imap->params->want_capabilities && !imap->facts->capabilities_after_login.count)
		settle(imap, imap_talk_say(imap, IMAP_STEP_CAPABILITY, "CAPABILITY"));
	ask_folders(imap);
	ask_list(imap);
	ask_quota(imap);
	if (!goes_on(imap->params) && !imap->params->junk_count && !imap->serial)
		imap_talk_say(imap, IMAP_STEP_LOGOUT, "LOGOUT");
}

/* ---- hearing ---- */

/* A server that did not tell its list with the login is asked if something depends on it. */
static bool
learn(struct imap *imap)
{
	imap->capabilities = &imap->facts->capabilities_after_login;
	if (imap->capabilities->count || !imap_mailbox_must_wait(imap))
		return true;
	return imap_talk_hear(imap, imap_talk_say(imap, IMAP_STEP_CAPABILITY, "CAPABILITY"));
}

static bool
hear_list(struct imap *imap)
{
	if (!imap_talk_hear_step(imap, IMAP_STEP_LIST))
		return false;
	for (struct imap_command *command = imap->commands; command; command = command->next)
		imap->facts->special_asked |=
		    command->step == IMAP_STEP_LIST && command->status == IMAP_OK;
	return true;
}

static bool
hear_quota(struct imap *imap)
{
	if (!imap->facts->quota_asked)
		return true;
	phase_begin(&imap->facts->session.phases, PHASE_QUOTA);
	return imap_talk_hear_step(imap, IMAP_STEP_QUOTA);
}

static bool
count_junk(struct imap *imap)
{
	struct imap_special *junk = &imap->facts->special[IMAP_USE_JUNK];
	if (!junk->found || !imap->params->junk_count)
		return true;
	struct imap_folder *folder = arena_alloc(&imap->facts->session.arena, sizeof *folder);
	*folder = (struct imap_folder){.name = junk->name, .messages = -1};
	struct imap_command *command =
	    imap_talk_say_mailbox(imap, IMAP_STEP_STATUS, "STATUS", junk->raw, " (MESSAGES)");
	if (!command)
		return false;
	command->folder = folder;
	command->raw = junk->raw;
	command->subject = junk->name;
	phase_begin(&imap->facts->session.phases, PHASE_MAILBOX);
	if (!imap_talk_hear(imap, command))
		return false;
	junk->messages = folder->messages;
	return true;
}

/* For the timeline: "EXAMINE INBOX: 214 messages". */
static void
note_folder(struct imap_facts *facts)
{
	const struct imap_folder *first = facts->folders;

	if (first && first->opened && first->messages >= 0)
		phase_detail(&facts->session.phases, "EXAMINE %.80s: %lld messages", first->name,
		    (long long)first->messages);
}

bool
imap_mailbox_run(struct imap *imap)
{
	phase_begin(&imap->facts->session.phases, PHASE_MAILBOX);
	if (!imap->facts->pipelined) {
		if (!learn(imap))
			return false;
		imap_mailbox_ask(imap);
	}
	if (!imap_talk_hear_step(imap, IMAP_STEP_ID) ||
	    !imap_talk_hear_step(imap, IMAP_STEP_CAPABILITY) ||
	    !imap_talk_hear_step(imap, IMAP_STEP_STATUS) ||
	    !imap_talk_hear_step(imap, IMAP_STEP_EXAMINE))
		return false;
	note_folder(imap->facts);
	return hear_quota(imap) && hear_list(imap) && count_junk(imap);
}

bool
imap_mailbox_out_of_step(const struct imap *imap)
{
	if (!imap->facts->pipelined || !imap->facts->authenticated)
		return false;
	for (const struct imap_command *command = imap->commands; command;
	     command = command->next) {
		if (command->step == IMAP_STEP_EXAMINE && command->done &&
		    command->status == IMAP_BAD)
			return true;
	}
	return false;
}
