/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SMTP, submission and LMTP dialog (RFC 5321, 6409, 3207, 4954, 2033):
 * greeting, EHLO, STARTTLS, login, the envelope, a message, commands of the
 * user, and further sessions that try what must be refused. It fills facts and
 * judges nothing.
 */
#ifndef COMMON_DIALOG_SMTP_H
#define COMMON_DIALOG_SMTP_H

#include "dialog/login.h"
#include "dialog/session.h"
#include "wire/smtp_msg.h"

/* What a server must refuse (--must-refuse), in the order of its words there. */
enum smtp_refuse {
	SMTP_REFUSE_RELAY,        /* a foreign recipient without login */
	SMTP_REFUSE_ANONYMOUS,    /* the envelope given, without login */
	SMTP_REFUSE_FOREIGN_FROM, /* with login: a sender that is not the account's */
	SMTP_REFUSE_WRONG_PASSWORD,
	SMTP_REFUSE_PLAIN_AUTH, /* AUTH before TLS; stopped before any secret */
	SMTP_REFUSE_VRFY,       /* telling who exists */
	SMTP_REFUSE_SMUGGLING,  /* a line end other than CRLF round the final dot */
	SMTP_REFUSE_LOGIN,      /* the account given */
	SMTP_REFUSE_COUNT
};
const char *smtp_refuse_name(enum smtp_refuse refuse); /* "foreign-from" */
bool smtp_refuse_find(const char *name, enum smtp_refuse *refuse_out) MUST_USE;

#define SMTP_TOKEN_SIZE 33 /* 128 bits in hex */

/* The message of --send. All-zero: none is sent. */
struct smtp_send {
	bool wanted;
	const char *token;   /* 32 hex digits, or NULL: made by the dialog */
	const char *subject; /* NULL: one of ours; UTF-8 allowed */
	int64_t now_unix;    /* Date */
};

/* What to do; const, all-zero (with ehlo_name) ends after EHLO. */
struct smtp_params {
	struct login_params login;
	bool lmtp; /* LHLO, and a reply for each recipient */
	const char *ehlo_name;
	const char *from;        /* no angles; "": the null sender; NULL: no envelope */
	const char *const *rcpt; /* NULL-terminated; NULL or empty: none */
	uint64_t size;           /* bytes: declared with MAIL, and the message's; 0: not given */
	struct smtp_send send;
	const char *const *commands; /* classic -C, NULL-terminated */
	unsigned must_refuse;        /* bits 1 << enum smtp_refuse */
	const char
	    *relay_rcpt; /* a recipient the server is not responsible for; NULL: at example.com */
	const char *foreign_from; /* a sender that is not the account's; NULL: at example.com */
	bool starttls_injection;  /* try a command behind STARTTLS, in a session of its own */
	bool no_pipeline;         /* a flight for every step */
	struct stream *const *further; /* tests: streams of the further sessions, NULL-terminated */
};

enum smtp_stage {
	SMTP_STAGE_GREETING,
	SMTP_STAGE_EHLO,
	SMTP_STAGE_STARTTLS,
	SMTP_STAGE_AUTH,
	SMTP_STAGE_MAIL,
	SMTP_STAGE_RCPT,
	SMTP_STAGE_DATA,    /* DATA or BDAT */
	SMTP_STAGE_MESSAGE, /* behind the final dot */
	SMTP_STAGE_RSET,
	SMTP_STAGE_VRFY,
	SMTP_STAGE_COMMAND, /* one of params.commands */
	SMTP_STAGE_QUIT
};
const char *smtp_stage_name(enum smtp_stage stage); /* "RCPT": the command */

/* A whole reply. Raw, in the arena. */
struct smtp_reply {
	enum smtp_stage stage;
	int code;                          /* 200..599; 0: none came */
	struct smtp_msg_enhanced enhanced; /* of the last line; class 0: none */
	const char *subject;               /* recipient or command it answers, or NULL */
	const char *text;                  /* without the code, lines joined by LF */
	const char *lines;                 /* as sent, joined by LF */
};
struct smtp_replies {
	struct smtp_reply *list;
	size_t count;
};

struct smtp_rcpt {
	const char *address;
	struct smtp_reply reply; /* to RCPT */
	struct smtp_reply final; /* LMTP: to the message, for this recipient */
	bool accepted;           /* 2xx to RCPT */
};

struct smtp_command {
	const char *command;
	struct smtp_reply reply;
};

/* One test of what must be refused. */
struct smtp_test {
	bool asked;
	bool tried;                /* it came to an answer; otherwise err or why say why not */
	bool accepted;             /* the server said yes: bad */
	struct smtp_reply reply;   /* the one that decided */
	struct smtp_reply control; /* VRFY: of a name that nobody has */
	const char *detail; /* literal: which line end (smuggling), why it was not tried; or NULL */
	struct err err;     /* of the session it needed */
};

/* Facts of one connection. Strings are raw and live in session.arena. */
struct smtp_facts {
	struct session_facts session; /* first */
	struct smtp_reply greeting;   /* code 0: no SMTP greeting came */
	bool masked;                  /* greeting or EHLO overwritten on the way by a middlebox */
	struct smtp_msg_ehlo ehlo_before_tls, ehlo; /* ehlo: the one that counts now */
	bool starttls_offered;                      /* in ehlo_before_tls */
	struct smtp_reply ehlo_refused;             /* and HELO was tried; code 0: not so */
	bool helo_used;                             /* HELO worked */
	struct login_facts login;
	struct smtp_reply login_reply; /* the last to AUTH; code 0: none */
	bool authenticated;
	bool pipelined; /* the envelope rode together, with the login where allowed */
	struct smtp_reply mail, rset;
	struct smtp_rcpt *rcpts; /* as many as asked, in that order; NULL before MAIL */
	size_t rcpt_count, rcpts_accepted;
	/* The message. */
	char token[SMTP_TOKEN_SIZE];   /* "" until one is sent */
	bool chunked;                  /* by BDAT */
	uint64_t message_size;         /* bytes before transparency */
	unsigned char body_sha256[32]; /* of the body with CRLF line ends */
	struct smtp_reply data;        /* 354 or a refusal; code 0 with BDAT */
	struct smtp_reply
	    message; /* the final reply; LMTP: the first that is no success, else the first */
	bool sent;   /* accepted; LMTP: for all recipients that were accepted */
	const char *queue_id; /* NULL: none recognised */
	struct smtp_command *commands;
	size_t command_count;
	struct smtp_test tests[SMTP_REFUSE_COUNT];
	struct smtp_test injection; /* accepted: the command was answered inside TLS */
	/*
	 * Replies of 4xx and 5xx in order, 421 included whenever it came; not those
	 * to the login, to commands, in tests, and to EHLO when HELO was tried. Only
	 * one of them may have ended the dialog: then session.err is ERR_REFUSED
	 * with its code.
	 */
	struct smtp_replies refusals;
	struct smtp_reply
	    odd_code; /* first whose enhanced code contradicts its code; code 0: none */
	bool goodbye_said, goodbye_done; /* QUIT was sent; 221 came */
};
void smtp_facts_init(struct smtp_facts *facts);
void smtp_facts_free(struct smtp_facts *facts);

/*
 * The whole dialog, then the further sessions of must_refuse and
 * starttls_injection. True: it went to its end, which does not mean that all
 * was well: a recipient may have been refused (refusals), a test accepted.
 * False: session.err says why it ended early, phases where. A secret is sent
 * only where session_may_show_secret() allows it.
 */
bool smtp_run(const struct session_params *session, const struct smtp_params *params,
    struct smtp_facts *facts) MUST_USE;

#endif
