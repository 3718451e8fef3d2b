/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands out, whole replies in: what all parts of the SMTP dialog talk
 * through. Several commands may be under way; replies come in their order
 * (RFC 2920). Private to the SMTP dialog.
 */
#ifndef COMMON_DIALOG_SMTP_TALK_H
#define COMMON_DIALOG_SMTP_TALK_H

#include "dialog/smtp.h"

struct smtp {
	struct session session;
	const struct smtp_params *params;
	struct smtp_facts *facts;
	struct smtp_reply auth;     /* the last reply to the login */
	unsigned under_way;         /* commands whose reply has not come */
	size_t received_when_asked; /* when the oldest of them was said */
	bool envelope_alone; /* the envelope is all there is to do: it may ride with others */
	bool envelope_sent, quit_sent; /* said already */
};

/* Queues a command; it leaves with the next read. */
void smtp_talk_say(struct smtp *smtp, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same for a line that holds a secret. */
void smtp_talk_say_secret(struct smtp *smtp, const char *shown, const char *line);
/* A reply will come to what the caller queues itself. */
void smtp_talk_expect(struct smtp *smtp);

/*
 * Reads the whole reply to the oldest command under way. subject is kept by
 * pointer. A refusal is true, and is kept in facts->refusals. False:
 * session.err, the open phase has ended.
 */
bool smtp_talk_hear(struct smtp *smtp, enum smtp_stage stage, const char *subject,
    struct smtp_reply *reply_out) MUST_USE;
/* The reply whose first line has been read. */
bool smtp_talk_hear_from(struct smtp *smtp, enum smtp_stage stage, const char *subject,
    const char *line, size_t len, struct smtp_reply *reply_out) MUST_USE;

static inline bool
smtp_talk_yes(const struct smtp_reply *reply)
{
	return reply->code >= 200 && reply->code < 300;
}

/* The dialog ends because of this reply: ERR_REFUSED, the open phase ends. Always false. */
bool smtp_talk_refused(struct smtp *smtp, const struct smtp_reply *reply);
/* The dialog ends for another reason. Always false. */
bool smtp_talk_broken(struct smtp *smtp, enum err_kind kind, int code, const char *format, ...)
    PRINTF_LIKE(4, 5);

void smtp_talk_begin(struct smtp *smtp, enum phase_name phase);
void smtp_talk_end(struct smtp *smtp);

/* ---- the parts of the dialog (smtp.c), for further sessions too ---- */

/* Connects, greets, says EHLO, does STARTTLS and EHLO again. False: session.err. */
bool smtp_talk_open(struct smtp *smtp, const struct session_params *session, bool upgrade) MUST_USE;
bool smtp_talk_login(struct smtp *smtp, const struct login_params *login) MUST_USE;
/* QUIT, bounded in time, unless it has gone already; then closes. Never changes session.err. */
void smtp_talk_close(struct smtp *smtp);

#endif
