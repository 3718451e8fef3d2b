/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The POP3 dialog (RFC 1939, 2449, 2595, 5034): greeting, CAPA, STLS, login,
 * STAT, UIDL, TOP, QUIT. It fills facts and judges nothing. Nothing is ever
 * deleted here.
 */
#ifndef COMMON_DIALOG_POP3_H
#define COMMON_DIALOG_POP3_H

#include "dialog/login.h"
#include "dialog/session.h"
#include "wire/pop3_msg.h"

/* What to do; const, all-zero is the least: no login, so the dialog ends after CAPA. */
struct pop3_params {
	struct login_params login;
	bool uidl;        /* unique, and the same when asked again */
	bool newest_age;  /* TOP of the last message */
	bool no_pipeline; /* a flight for every step */
	/* Classic -s and -q; then no login. CRLF is added to quit only. */
	const char *send, *quit;
};

enum pop3_step {
	POP3_STEP_GREETING,
	POP3_STEP_CAPA,
	POP3_STEP_STLS,
	POP3_STEP_LOGIN, /* PASS, APOP, AUTH */
	POP3_STEP_USER,
	POP3_STEP_STAT,
	POP3_STEP_UIDL,
	POP3_STEP_TOP,
	POP3_STEP_RETR, /* this and DELE: of the delivery test alone (pop3_find.h) */
	POP3_STEP_DELE,
	POP3_STEP_QUIT
};
const char *pop3_step_name(enum pop3_step step); /* "STAT": the command */

/* A status line in the server's words. Raw, in the arena. */
struct pop3_reply {
	enum pop3_step step;
	enum pop3_msg_status status; /* 0: none came */
	const char *code;            /* "IN-USE" as sent; NULL if none */
	const char *text;            /* behind status and code; "" if none */
	const char *line;            /* the whole line */
};
struct pop3_replies {
	struct pop3_reply *list;
	size_t count;
};

/* Facts of one connection. Strings are raw and live in session.arena. */
struct pop3_facts {
	struct session_facts session; /* first */
	struct pop3_reply greeting;   /* status 0: no POP3 greeting came */
	const char *timestamp;        /* APOP is offered; NULL: it is not */
	struct pop3_msg_caps capabilities_before_tls, capabilities;
	bool stls_offered; /* in capabilities_before_tls */
	struct login_facts login;
	struct pop3_reply login_reply; /* the last to the login; status 0: none */
	bool authenticated;
	bool pipelined;         /* login and STAT rode together */
	bool flight_lost;       /* nothing came for a second after the login: STAT was sent again */
	int64_t messages, size; /* STAT; -1 unknown */
	bool uidl_asked, uidl_done; /* asked: it is offered; done: the listing came to its end */
	uint64_t uidl_count, uidl_duplicates; /* lines; of them repeating an earlier one's uid */
	const char *uidl_duplicate;           /* the first repeated uid */
	bool uidl_unstable; /* the last message was given another uid when asked again */
	bool newest_asked;  /* TOP is offered and there are messages */
	bool newest_known;
	int64_t newest_unix; /* of the last message: first Received, else Date */
	bool newest_by_date; /* it has no readable Received */
	/*
	 * Greeting and commands answered -ERR, in order; not the login's, and not
	 * CAPA where it is unknown. Only one of them may have ended the dialog: then
	 * session.err is ERR_REFUSED.
	 */
	struct pop3_replies refusals;
	bool goodbye_said, goodbye_done; /* QUIT was sent; +OK came */
	const char *send_reply;          /* what came after params.send, lines joined by LF */
};
void pop3_facts_init(struct pop3_facts *facts);
void pop3_facts_free(struct pop3_facts *facts);

/*
 * The whole dialog over one connection. True: it went to its end. False:
 * session.err says why it ended early, phases where. A secret is sent only
 * where session_may_show_secret() allows it, APOP included.
 */
bool pop3_run(const struct session_params *session, const struct pop3_params *params,
    struct pop3_facts *facts) MUST_USE;

#endif
