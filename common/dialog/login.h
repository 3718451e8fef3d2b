/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logging in, as far as it is the same in IMAP, SMTP and POP3: which mechanism,
 * what it needs, what came of it. The commands are each dialog's own.
 */
#ifndef COMMON_DIALOG_LOGIN_H
#define COMMON_DIALOG_LOGIN_H

#include "dialog/session.h"
#include "wire/sasl.h"

/* What the user gave; const, borrowed. user NULL (and no token, no EXTERNAL): no login. */
struct login_params {
	const char *user, *authzid;
	const char *password, *token;
	bool mechanism_given;
	enum sasl_mechanism mechanism;
	bool allow_exposed; /* --allow-exposed-password */
	const char *host;   /* for OAUTHBEARER */
	uint16_t port;
	int64_t now_unix; /* for a JWT's exp */
};
bool login_wanted(const struct login_params *params);

/* Facts of a login. Strings are raw and live in the session's arena. */
struct login_facts {
	bool offered_any; /* the server offers a mechanism we may use */
	bool chosen;      /* mechanism is valid */
	enum sasl_mechanism mechanism;
	bool sent; /* something secret, or derived from it, went out */
	bool done; /* the server said yes (and proved itself where due) */
	bool server_proved;
	bool withheld;             /* not sent: the connection is not verified */
	bool closed;               /* the server closed while we logged in */
	const char *binding;       /* "tls-exporter", "tls-unique" or NULL */
	int64_t iterations;        /* SCRAM */
	int64_t token_expiry_unix; /* 0 unknown */
	bool token_expired;        /* by its own exp: not sent */
	int refusal;               /* enum sasl_refusal or 0 */
	int code;                  /* SMTP code, else 0 */
	char *reply;               /* the server's final words, whole line(s) */
	char *token_error;         /* decoded error JSON */
};

/*
 * The mechanism of this run: the one given if offered, else the first of the
 * default order that is: with a token OAUTHBEARER, XOAUTH2; with a password
 * SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, the protocol's own login (SASL_IMAP_LOGIN,
 * SASL_USER or -1 for none), LOGIN, CRAM-MD5. One mechanism a run, never another
 * after a refusal. offered: bit 1 << enum sasl_mechanism, own's bit included
 * where it may be used.
 * False: session->err is ERR_LACKS (none usable) or ERR_CONFIG, and a failed
 * PHASE_AUTH is noted.
 */
bool login_choose(const struct login_params *params, unsigned offered, int own,
    struct session_facts *session, struct login_facts *facts) MUST_USE;

/*
 * Everything that forbids sending the chosen login, before a byte of it went
 * out: a connection that session_may_show_secret() denies, a token past its
 * end. False: facts and session->facts->err (ERR_CONFIG) are set. For a
 * protocol's own login; login_exchange() asks by itself.
 */
bool login_may_send(const struct session *session, const struct login_params *params,
    struct login_facts *facts) MUST_USE;

/* How a protocol carries an exchange; base64 is done by login_exchange(). */
struct login_carrier {
	/* Sends "AUTH mechanism [initial]" (initial is base64, "=" when empty, NULL when it must wait). */
	bool (*begin)(void *dialog, const char *mechanism, const char *initial_base64);
	/* Sends a line of the exchange: base64, or "*" to cancel. Secret. */
	bool (*respond)(void *dialog, const char *base64);
	/*
	 * Reads the next answer. *challenge_out: base64 text of a continuation, or
	 * NULL for the final answer, then *success_out and *reply_out (final words), *code_out.
	 */
	bool (*hear)(void *dialog, const char **challenge_out, bool *success_out,
	    const char **reply_out, int *code_out);
	void *dialog;
	bool initial_response; /* SASL-IR, SMTP AUTH, POP3 AUTH */
	size_t line_max;       /* longest command line with an initial response */
	const char *service;   /* "imap", "smtp", "pop" */
};
/*
 * The whole exchange of the chosen SASL mechanism (not APOP, USER, IMAP-LOGIN).
 * Refuses to send on a connection that session_may_show_secret() denies.
 * Begins and ends PHASE_AUTH. True: the server said yes and the mechanism is
 * content. False: facts say what, and session->facts->err is set: ERR_CONFIG
 * (withheld, token_expired, settings), ERR_REFUSED (code: the protocol's, or enum
 * sasl_refusal when it was we who refused; then facts->refusal holds it and
 * facts->reply is NULL), ERR_PROTOCOL, or the stream's own.
 */
bool login_exchange(struct session *session, const struct login_params *params,
    const struct login_carrier *carrier, struct login_facts *facts) MUST_USE;

#endif
