/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The IMAP dialog (RFC 9051, RFC 3501): greeting, capabilities, STARTTLS,
 * login, ID, folders, special use, quota, ages, search, LOGOUT. It fills facts
 * and judges nothing. Only reading commands are sent: EXAMINE, never SELECT.
 */
#ifndef COMMON_DIALOG_IMAP_H
#define COMMON_DIALOG_IMAP_H

#include "dialog/login.h"
#include "dialog/session.h"

/* Special uses of RFC 6154, in the order of --special-use's words. */
enum imap_use {
	IMAP_USE_JUNK,
	IMAP_USE_SENT,
	IMAP_USE_TRASH,
	IMAP_USE_DRAFTS,
	IMAP_USE_ARCHIVE,
	IMAP_USE_ALL,
	IMAP_USE_COUNT
};
const char *imap_use_name(enum imap_use use); /* "junk" */
bool imap_use_find(const char *name, enum imap_use *use_out) MUST_USE;

/* What to do; const, all-zero is the least: no login, so the dialog ends after the capabilities. */
struct imap_params {
	struct login_params login;
	const char *const *folders; /* UTF-8 names, NULL-terminated; NULL or empty: INBOX */
	unsigned special_use;       /* bits 1 << enum imap_use to look up */
	bool junk_count;            /* look the Junk folder up and count its messages */
	bool quota;                 /* ask when QUOTA is offered */
	bool size; /* ask where STATUS=SIZE is offered, also when only told after the login */
	bool newest_age, oldest_age, oldest_unseen_age; /* of the first folder */
	const char *idle_folder; /* UTF-8: does IDLE announce a message appended there? */
	const char *search;      /* criteria for the first folder, NULL: none; UTF-8 allowed */
	bool show_subject;       /* subjects of the first hits */
	bool want_capabilities;  /* the list after login is judged: ask for it if not told */
	bool no_pipeline;        /* a flight for every step */
	int64_t now_unix;        /* Date of the message appended */
	struct stream *second;   /* tests: of the session that appends; NULL: it connects */
	/* Classic -s and -q; then no login. CRLF is added to quit only. */
	const char *send, *quit;
};

enum imap_step {
	IMAP_STEP_GREETING,
	IMAP_STEP_CAPABILITY,
	IMAP_STEP_STARTTLS,
	IMAP_STEP_LOGIN,
	IMAP_STEP_ID,
	IMAP_STEP_STATUS,
	IMAP_STEP_EXAMINE,
	IMAP_STEP_LIST,
	IMAP_STEP_QUOTA,
	IMAP_STEP_SEARCH,
	IMAP_STEP_FETCH,
	IMAP_STEP_IDLE, /* from here on of the delivery and push tests alone */
	IMAP_STEP_APPEND,
	IMAP_STEP_SELECT,
	IMAP_STEP_STORE,
	IMAP_STEP_EXPUNGE,
	IMAP_STEP_LOGOUT
};
const char *imap_step_name(enum imap_step step); /* "EXAMINE": the command */

enum imap_status { IMAP_OK = 1, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH };
const char *imap_status_name(enum imap_status status); /* "NO" */

/* A status response in the server's words. Raw, in the arena. */
struct imap_reply {
	enum imap_step step; /* what was being done */
	enum imap_status status;
	bool tagged;           /* the answer to the step's command */
	const char *subject;   /* the folder as asked, or NULL */
	const char *code;      /* "AUTHENTICATIONFAILED", as sent; NULL if none */
	const char *code_args; /* what follows the code inside the brackets; NULL if nothing */
	const char *text;      /* the human text behind the code; "" if none */
	const char *line;      /* status word and all that follows, without the tag */
};
struct imap_replies {
	struct imap_reply *list;
	size_t count;
};

/* A list of atoms as the server wrote them. */
struct imap_words {
	const char **list;
	size_t count;
};
bool imap_words_has(const struct imap_words *words, const char *word); /* ASCII case folded */

struct imap_date {
	bool known;
	int64_t unix_s;
};

/* One folder asked for. Counts are -1 when the server did not tell. */
struct imap_folder {
	const char *name;    /* as asked, UTF-8 */
	bool opened;         /* EXAMINE said OK */
	bool read_only_told; /* [READ-ONLY], as EXAMINE must */
	bool no_modseq;      /* [NOMODSEQ] */
	bool uid_not_sticky; /* [UIDNOTSTICKY] */
	int64_t messages, unseen, recent, uidnext, uidvalidity, highestmodseq;
	int64_t size; /* bytes; STATUS=SIZE */
};

struct imap_special {
	bool found;
	const char *name; /* UTF-8 */
	const char *raw;  /* as sent */
	int64_t messages; /* -1 unknown; only of Junk */
};

/* One resource of one root. STORAGE is in units of 1024 octets (RFC 9208, 5.1). */
struct imap_quota {
	const char *root; /* "" is legal */
	const char
	    *resource; /* "STORAGE", "MESSAGE", "MAILBOX", "ANNOTATION-STORAGE" ... as sent */
	int64_t used;
	int64_t limit; /* -1: none told */
};

struct imap_hit {
	uint64_t number;       /* message sequence number */
	const char *subject;   /* as in the header, unfolded; NULL: none */
	struct imap_date date; /* INTERNALDATE */
};
#define IMAP_HITS_SHOWN 10

struct imap_id {
	const char *key, *value; /* value NULL for NIL */
};

/* Does IDLE announce (RFC 2177)? All false: not asked. */
struct imap_push {
	bool asked;
	const char *lacks; /* "IDLE" or "UIDPLUS": not offered, so nothing was appended */
	bool appended;
	bool announced;    /* in time; how long it took is PHASE_PUSH */
	int64_t waited_us; /* for the announcement */
	bool removed;      /* the message is gone again */
	struct err err;    /* of the session that appends; its replies are in refusals */
};

/* Facts of one connection. Strings are raw and live in session.arena. */
struct imap_facts {
	struct session_facts session; /* first */
	bool preauth;                 /* greeting was PREAUTH: no login was tried */
	struct imap_reply greeting;   /* status 0: no IMAP greeting came */
	/* Capabilities: in clear before STARTTLS, at login time, and as told or asked after login. */
	struct imap_words capabilities_before_tls, capabilities, capabilities_after_login;
	struct imap_words mechanisms; /* of capabilities: what follows "AUTH=" */
	bool logindisabled;           /* in capabilities */
	bool starttls_offered;        /* in capabilities_before_tls */
	struct login_facts login;
	bool authenticated;    /* by login or PREAUTH */
	bool pipelined;        /* the folder's commands rode with the login */
	bool retried_serially; /* they were answered BAD; these facts are of a second session */
	struct imap_id *id;    /* the server's ID; NULL-key ends; NULL if none */
	struct imap_folder *folders; /* as many as asked, in that order; NULL before the login */
	size_t folder_count;
	bool special_asked;   /* LIST was answered */
	bool special_offered; /* SPECIAL-USE, or a flag was seen */
	struct imap_special special[IMAP_USE_COUNT];
	bool quota_offered, quota_asked;
	struct imap_quota *quotas;
	size_t quota_count;
	/* Not known where not asked, refused, or where the folder holds no such message. */
	struct imap_date newest, oldest, oldest_unseen;
	int64_t hits; /* -1: not asked or refused */
	struct imap_hit shown[IMAP_HITS_SHOWN];
	size_t shown_count;
	struct imap_push push;
	/*
	 * Commands refused (tagged NO, BAD) and BYE out of turn, in order. Only the
	 * first may have ended the dialog: then session.err is ERR_REFUSED.
	 */
	struct imap_replies refusals;
	struct imap_replies alerts;  /* every [ALERT], also in refusals */
	struct imap_replies remarks; /* other status responses with something to say */
	const char *referral; /* URL of [REFERRAL ...]: shown, never followed (RFC 2193, 2221) */
	bool goodbye_said, goodbye_done; /* LOGOUT was sent; BYE and OK came */
	const char *send_reply;          /* what came after params.send, lines joined by LF */
};
void imap_facts_init(struct imap_facts *facts);
void imap_facts_free(struct imap_facts *facts);

/*
 * The whole dialog over one connection. True: it went to its end, which does
 * not mean that all was well: a folder may have been refused (refusals).
 * False: session.err says why it ended early, phases where. A secret is sent
 * only where session_may_show_secret() allows it.
 */
bool imap_run(const struct session_params *session, const struct imap_params *params,
    struct imap_facts *facts) MUST_USE;

#endif
