/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands out, responses in: what all parts of the IMAP dialog talk through.
 * Several commands may be under way; each answer finds its command by the tag
 * (RFC 9051, 2.2.1 and 5.5). Private to the IMAP dialog.
 */
#ifndef COMMON_DIALOG_IMAP_TALK_H
#define COMMON_DIALOG_IMAP_TALK_H

#include "dialog/imap.h"
#include "wire/imap_msg.h"

#define IMAP_UNTAGGED_MAX 100000
#define IMAP_SEARCH_KEPT 1000

/* A command under way or answered. Lives in the facts' arena. */
struct imap_command {
	struct imap_command *next;
	enum imap_step step;
	char tag[32];
	struct imap_folder *folder; /* STATUS, EXAMINE, SELECT: whose counts come; else NULL */
	const char *raw;            /* its name as sent, before quoting */
	const char *subject;        /* for imap_reply */
	bool done;
	enum imap_status status;
};

/* What SEARCH, SORT and ESEARCH tell. */
struct imap_search {
	int64_t count;   /* -1: not told */
	uint64_t chosen; /* MIN or MAX of ESEARCH; 0: not told */
	uint64_t
	    kept[IMAP_SEARCH_KEPT]; /* the first numbers, or with keep_last a ring of the last */
	bool keep_last;
};

/* Who takes what FETCH tells: one attribute with a string or atom as value. */
struct imap_fetch {
	void (*take)(void *context, uint64_t number, struct imap_msg_span name, const char *value);
	void *context;
};

struct imap {
	struct session session;
	const struct imap_params *params;
	struct imap_facts *facts;
	struct imap_words *capabilities; /* where a list that comes now belongs */
	char tag_stem[20];
	unsigned tag_count;
	struct imap_command *commands, *last; /* all of them, oldest first */
	struct imap_command *login;           /* NULL when none was sent */
	struct imap_command *logout;          /* NULL when none was sent */
	struct imap_folder *open;             /* the folder opened last; NULL: none */
	int64_t appended_uid;                 /* of the last [APPENDUID] (RFC 4315, 3); 0: none */
	size_t received_when_asked;           /* when the oldest command under way was said */
	size_t response_start;                /* offset of the response just read */
	unsigned responses;
	struct buf response;        /* one put together from lines and literals */
	bool serial;                /* a flight for every command */
	bool bye;                   /* BYE out of turn came */
	struct imap_search *search; /* who collects, or NULL */
	struct imap_fetch *fetch;   /* likewise */
};

/* Connects; random tags are drawn here. False: session.err. */
bool imap_talk_open(struct imap *imap, const struct session_params *session,
    const struct imap_params *params, struct imap_facts *facts) MUST_USE;
void imap_talk_close(struct imap *imap);

/* Queues a command; it leaves with the next read. */
struct imap_command *
imap_talk_say(struct imap *imap, enum imap_step step, const char *format, ...) PRINTF_LIKE(3, 4);
/* Registers a command whose line the caller queues. */
struct imap_command *imap_talk_command(struct imap *imap, enum imap_step step);
/*
 * Queues a command that may hold literals: parts alternate between text and
 * literal, text first; NULL ends. Waits for the server's "+" before a literal
 * unless the server takes it at once. shown stands for the whole in the
 * transcript; NULL: nothing is secret. NULL is returned when the wait failed
 * or the server refused the literal.
 */
struct imap_command *imap_talk_say_parts(
    struct imap *imap, enum imap_step step, const char *const *parts, const char *shown);
/* "VERB mailbox TAIL"; name is raw (modified UTF-7) and quoted here. */
struct imap_command *imap_talk_say_mailbox(
    struct imap *imap, enum imap_step step, const char *verb, const char *name, const char *tail);

/*
 * Reads until the command is answered; what else comes goes to its owners.
 * False: session.err. A refusal (NO, BAD) is true. NULL: false.
 */
bool imap_talk_hear(struct imap *imap, struct imap_command *command) MUST_USE;
/* Likewise, but a continuation ends it too: its text; NULL when the command was answered. */
bool imap_talk_hear_continuation(
    struct imap *imap, struct imap_command *command, const char **text_out) MUST_USE;
/* Reads one response if one comes within span_us; *came_out says whether. False: session.err. */
bool imap_talk_hear_one(struct imap *imap, int64_t span_us, bool *came_out) MUST_USE;
/* Hears all that is under way of this step. */
bool imap_talk_hear_step(struct imap *imap, enum imap_step step) MUST_USE;
/* The server broke the protocol: sets the error, ends the phase. Always false. */
bool imap_talk_broken(struct imap *imap, enum err_protocol code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* In the list that counts now; RFC 9051 brings some along by itself. */
bool imap_talk_can(const struct imap *imap, const char *capability);
/* The command under way that has waited longest; NULL if none. */
struct imap_command *imap_talk_oldest(const struct imap *imap);

/* ---- the parts of the dialog (imap.c), for sessions with another purpose ---- */

/* Connects, greets, does STARTTLS, logs in, says ID: ready for a folder. False: session.err. */
bool imap_talk_enter(struct imap *imap, const struct session_params *session,
    const struct imap_params *params, struct imap_facts *facts) MUST_USE;
/* LOGOUT, bounded in time; then closes. Never changes session.err. */
void imap_talk_leave(struct imap *imap);

/* A mailbox name as the server wants it: modified UTF-7, or UTF-8 where only RFC 9051 is spoken. */
const char *imap_talk_mailbox(struct imap *imap, const char *utf8);

#endif
