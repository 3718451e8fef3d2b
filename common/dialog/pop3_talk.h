/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands out, status lines and listings in: what all parts of the POP3
 * dialog talk through. Several commands may be under way; answers come in
 * their order (RFC 2449, 6.6). Private to the POP3 dialog.
 */
#ifndef COMMON_DIALOG_POP3_TALK_H
#define COMMON_DIALOG_POP3_TALK_H

#include "dialog/pop3.h"

struct pop3 {
	struct session session;
	const struct pop3_params *params;
	struct pop3_facts *facts;
	unsigned under_way;         /* commands whose answer has not come */
	size_t received_when_asked; /* when the oldest of them was said */
	bool stat_sent, uidl_sent, quit_sent;
};

/* Queues a command; it leaves with the next read. */
void pop3_talk_say(struct pop3 *pop3, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same for a line that holds a secret. */
void pop3_talk_say_secret(struct pop3 *pop3, const char *shown, const char *line);

/*
 * Reads the status line of the oldest command under way. -ERR is true, and
 * kept in facts->refusals where it tells something. False: session.err, the
 * open phase has ended.
 */
bool pop3_talk_hear(struct pop3 *pop3, enum pop3_step step, struct pop3_reply *reply_out) MUST_USE;
/* The answer whose line has been read. */
bool pop3_talk_hear_from(struct pop3 *pop3, enum pop3_step step, const char *line, size_t len,
    struct pop3_reply *reply_out) MUST_USE;

/* Takes a line of a listing, without its doubled dot; false: it is broken. */
typedef bool pop3_take(void *context, const char *line);
/* Reads a listing to its end, at most lines_max lines (0: the session's limit holds alone). */
bool
pop3_talk_listing(struct pop3 *pop3, size_t lines_max, pop3_take *take, void *context) MUST_USE;

/* The dialog ends because of this reply: ERR_REFUSED, the open phase ends. Always false. */
bool pop3_talk_refused(struct pop3 *pop3, const struct pop3_reply *reply);
/* The dialog ends for another reason. Always false. */
bool pop3_talk_broken(struct pop3 *pop3, enum err_kind kind, int code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* ---- the parts of the dialog (pop3.c), for sessions with another purpose ---- */

/* Connects, greets, does STLS, logs in. no_pipeline should be set. False: session.err. */
bool pop3_talk_enter(struct pop3 *pop3, const struct session_params *session) MUST_USE;
/* QUIT, which is what removes messages marked; bounded in time. Never changes session.err. */
void pop3_talk_leave(struct pop3 *pop3);

void pop3_talk_begin(struct pop3 *pop3, enum phase_name phase);
void pop3_talk_end(struct pop3 *pop3);

#endif
