/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding our own messages in a mailbox and taking them away again: what is
 * the same over IMAP, POP3 and in a Maildir. A message is ours by its token
 * alone; nothing else is ever touched. No verdict is made here.
 */
#ifndef COMMON_DIALOG_FIND_H
#define COMMON_DIALOG_FIND_H

#include "base/clock.h"
#include "base/err.h"
#include "net/phase.h"
#include "wire/mail_headers.h"

#define FIND_MAILS_MAX 128
#define FIND_MAIL_BYTES ((size_t)512 << 10) /* of one message, read and compared */
/* Kept free at the end of the run for removing what was found. */
#define FIND_RESERVE_US (3 * US_PER_S)

struct find_facts;

/* What to look for; const. */
struct find_params {
	const char *folder;           /* UTF-8; NULL: INBOX. Of a Maildir: its path */
	const char *const *tokens;    /* NULL-terminated, 32 hex digits each */
	int64_t since_unix;           /* no message of ours is older; a day is allowed for zones */
	int64_t leftover_before_unix; /* a message with a token of others is left over if older */
	size_t copies;                /* how many of each token are right; 0: 1 */
	bool wait;                    /* look again until each is there or until has come */
	struct deadline until;
	bool keep; /* remove nothing */
	/*
	 * Called once when the looking is done, before anything is removed. False:
	 * nothing is removed.
	 */
	bool (*before_removal)(void *context, const struct find_facts *found);
	void *context;
};

/* A message of ours, or a bounce that holds one. Raw; memory is the arena's. */
struct find_mail {
	size_t token;         /* index into the tokens */
	bool bounce;          /* a report about it, not the message itself */
	bool junk;            /* found in the Junk folder */
	const char *folder;   /* "INBOX", "new" */
	int64_t seen_us;      /* monotonic */
	int64_t arrived_unix; /* by the mailbox's own clock; 0: not told */
	const char *text;     /* as far as it was read */
	size_t len;
	bool whole; /* all of it was read */
	bool removed;
	/* how it is addressed there */
	uint64_t number;  /* UID, message number */
	const char *name; /* of the file */
};

struct find_facts {
	struct find_mail *list;
	size_t count;
	unsigned looks;              /* complete ones */
	bool finished;               /* looked until all was there or the time was over */
	int64_t begun_us, looked_us; /* when the first began, when the last ended */
	bool junk_known;             /* there is a Junk folder, and it was looked into */
	const char *junk_name;
	int64_t leftovers; /* messages with a token of others that are too old; -1 unknown */
	int64_t oldest_leftover_unix; /* 0: unknown */
	size_t left;                  /* ours that could not be removed */
	const char *left_why;         /* literal */
};

/* True if each token has all its messages, or a bounce. */
bool find_complete(const struct find_params *params, const struct find_facts *facts);
size_t find_count(const struct find_facts *facts, size_t token, bool bounce);
/* A new member of the list; NULL when it is full or knows this one already. */
struct find_mail *
find_add(struct find_facts *facts, struct arena *arena, const struct find_mail *mail);
/* One look at everything is over. */
void find_looked(struct find_facts *facts);
/* How long to wait before the next look: 0.1 s doubling to 5 s, never beyond until; 0: look no more. */
int64_t find_pause_us(const struct find_params *params, const struct find_facts *facts);

/* Does nothing so long. */
void find_sleep(int64_t span_us);

enum find_kind {
	FIND_FOREIGN,   /* nothing of ours */
	FIND_OURS,      /* a message with one of the tokens */
	FIND_OTHER,     /* a message with a token of others */
	FIND_MAY_BOUNCE /* looks like a bounce; whose, only the rest tells */
};
/* By a header block. *token_out is set for FIND_OURS. */
enum find_kind
find_kind(const struct find_params *params, const char *text, size_t len, size_t *token_out);
/* The first token that stands anywhere in the text. */
bool
find_token_in(const struct find_params *params, const char *text, size_t len, size_t *token_out);

#endif
