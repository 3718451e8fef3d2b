/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reply catalogue: what servers say when they refuse, and which finding
 * that is. replies.def holds the rows; this knows how to choose one. It
 * explains a reply, it never replaces it: the server's words are shown beside.
 *
 * Order: a phrase before enhanced or bracketed code before loose words before
 * code before first digit; in each of these the more exact row first: the
 * provider's own, the longer words, the row that names the stage. A text that
 * no row knows keeps the meaning of its code.
 */
#ifndef COMMON_CHECK_REPLY_H
#define COMMON_CHECK_REPLY_H

#include "report/finding.h"

/* Or-ed; the first three are the bits of enum program. */
enum reply_protocol {
	REPLY_IMAP = PROGRAM_IMAP,
	REPLY_SMTP = PROGRAM_SMTP,
	REPLY_POP3 = PROGRAM_POP3,
	REPLY_LMTP = 64
};

/* Where in the dialog the reply came; or-ed in rows. */
enum reply_stage {
	REPLY_GREETING = 1,
	REPLY_EHLO = 2,     /* EHLO, HELO, LHLO, CAPABILITY, CAPA */
	REPLY_STARTTLS = 4, /* STARTTLS, STLS */
	REPLY_AUTH = 8,     /* AUTH, AUTHENTICATE, LOGIN, USER, PASS, APOP */
	REPLY_MAIL = 16,
	REPLY_RCPT = 32,
	REPLY_DATA = 64,    /* DATA, BDAT and the end of the message */
	REPLY_MAILBOX = 128 /* everything behind an IMAP or POP3 login */
};

struct reply_query {
	unsigned protocol;    /* enum reply_protocol; 0: not known */
	unsigned stage;       /* enum reply_stage; 0: not known */
	const char *provider; /* from reply_provider(); NULL: not known */
	int code;             /* of SMTP; 0: read from the text */
	const char *enhanced; /* "5.7.8"; NULL: read from the text */
	const char *bracket;  /* "AUTHENTICATIONFAILED"; NULL: read from the text */
	const char
	    *text;  /* the reply as it came, codes and tag included or not, lines joined by LF */
	size_t len; /* of text; 0: up to its NUL */
};

/* What decided: words are loose ones, a text is a phrase. */
enum reply_basis {
	REPLY_BY_DIGIT,
	REPLY_BY_CODE,
	REPLY_BY_ENHANCED,
	REPLY_BY_WORDS,
	REPLY_BY_TEXT
};

/* Strings belong to the catalogue. */
struct reply_match {
	enum finding_id finding;
	enum reply_basis basis;
	enum who who;         /* the row's, else the finding's */
	const char *why;      /* causes, one a line; "": the finding's own */
	const char *next;     /* next steps, one a line; "": the finding's own */
	const char *provider; /* the row speaks of this provider; NULL: of any */
	const char *row;      /* name of the row */
	const char *seen;     /* when this text was last seen in the field, "2025-03" */
};

/* The row's, else the finding's own. */
const char *reply_why(const struct reply_match *match);
const char *reply_next(const struct reply_match *match);

/* To be said first of all causes where no row knows the words: a code alone may mislead. */
#define REPLY_CODE_ALONE "these words are not known here; what follows is what the code alone means"
bool reply_is_code_alone(const struct reply_match *match);

/* False: the reply is no refusal, or nothing can be said about it; out is untouched. */
bool reply_match(const struct reply_query *query, struct reply_match *out) MUST_USE;

/*
 * Who runs this server, by what it says of itself: "google", "microsoft",
 * "yandex" ... NULL: not known. Each argument may be NULL.
 */
const char *
reply_provider(const char *greeting, const char *ehlo_name, const char *host, const char *imap_id);

/*
 * Any text pasted from a log or a terminal: finds the reply in it, its protocol
 * and stage, and asks the catalogue. protocols: which to think of first (enum
 * reply_protocol, or-ed; 0: none). query_out points into text. False: nothing
 * is known.
 */
bool reply_explain(const char *text, unsigned protocols, struct reply_query *query_out,
    struct reply_match *out) MUST_USE;

#endif
