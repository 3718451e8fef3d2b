/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The server's part of a case: what it says, what it must hear, when it is
 * silent or gone. A script is parsed once; a player plays one connection of it
 * as a pure machine, bytes in and bytes out, so that a memory stream and a
 * socket can both carry it. tests/README.md describes the language.
 */
#ifndef TESTS_LIB_SCRIPT_H
#define TESTS_LIB_SCRIPT_H

#include "base/buf.h"

enum step_kind {
	STEP_SAY,  /* text: bytes as sent, %t is the last tag heard, %k the token */
	STEP_WIRE, /* text: bytes beneath TLS, as they are */
	STEP_HEAR, /* text: pattern of the client's next line, %t takes the tag; %k at its end: the token */
	STEP_TLS,       /* text: settings, see tests/lib/tlsend.h; the handshake happens here */
	STEP_STALL,     /* silent for good, the connection stays open */
	STEP_SLEEP,     /* number: microseconds */
	STEP_DRIP,      /* number: microseconds before each byte from here on */
	STEP_CLOSE,     /* an orderly end: close_notify if TLS stands, then FIN */
	STEP_CUT,       /* FIN alone */
	STEP_RESET,     /* RST */
	STEP_REST,      /* what else the client says is not judged */
	STEP_FACTS,     /* what the server says from here on is no fact */
	STEP_CONNECTION /* text: "" or an address: the dialog of the next connection (there) begins */
};

struct step {
	enum step_kind kind;
	size_t line; /* in the script, from 1 */
	char *text;
	size_t len;
	size_t repeat; /* STEP_SAY: how often */
	int64_t number;
	bool optional; /* STEP_HEAR: the client may leave it out */
};

struct script {
	struct step *list;
	size_t count;
	char fault[160]; /* why parsing failed */
};

/* Script lines only. False: fault says which line. */
bool script_parse(struct script *script, const char *text) MUST_USE;
/* \r \n \t \\ and \xNN; false on any other escape. */
bool script_unescape(const char *text, struct buf *out);
/* One line; 1 = taken, 0 = not a line of a script, -1 = broken (fault). */
int script_parse_line(struct script *script, const char *line, size_t number);
size_t script_connections(const struct script *script);
/*
 * The dialog of the nth connection (from 0) to an address: of the dialogs that
 * name it, else of those that name none. Beyond the last the last is played again.
 */
size_t script_dialog(const struct script *script, const char *address, size_t nth);
/* Address of the nth dialog, "" if it names none. */
const char *script_address(const struct script *script, size_t dialog);
void script_free(struct script *script);
/* How many steps two scripts have in common from their start. */
size_t script_common(const struct script *a, const struct script *b);
/* Glob with '*' only; "%t" at its place takes a word into tag (64 bytes). */
bool script_match(const char *pattern, const char *line, char *tag);

enum play {
	PLAY_SEND, /* player.out holds bytes for the client */
	PLAY_NEED, /* cannot go on before the client says more */
	PLAY_WAIT, /* pause of player.wait_us, then go on */
	PLAY_STALL,
	PLAY_CLOSE,
	PLAY_RESET,
	PLAY_END /* all played: the server closes */
};

struct tlsend;

struct player {
	const struct script *script;
	const char *pki_dir; /* certificates of STEP_TLS; borrowed */
	size_t at, end;      /* steps of this connection */
	struct buf in;       /* clear text heard, not consumed */
	struct buf out;      /* bytes on the wire for the client; the carrier drops what it took */
	struct buf heard;    /* all clear text heard: to search for secrets */
	struct tlsend *tls;
	int64_t wait_us, drip_us;
	struct buf said; /* all clear text said */
	size_t
	    facts; /* bytes of it before STEP_FACTS or the goodbye; SIZE_MAX until that is reached */
	size_t cut_at;     /* sweeps: after so many bytes said ... */
	enum play cut_how; /* ... this happens; cut_at is SIZE_MAX when nothing does */
	bool gone;         /* closed or reset by the script */
	size_t mark_at;    /* sweeps: when this step comes up ... */
	size_t mark_said;  /* ... so much was said; SIZE_MAX until then */
	bool rest;         /* STEP_REST was reached */
	char tag[64];
	char *token; /* what %k took: own_token, unless the carrier gives one for all */
	char own_token[33];
	char fault[400]; /* first deviation of the client, "" = none */
};

/* dialog counts from 0. */
void player_init(struct player *player, const struct script *script, size_t dialog);
void player_free(struct player *player);
void player_hear(struct player *player, const void *bytes, size_t len);
enum play player_next(struct player *player);
/* The client is gone: notes as fault what it should have said and never did. */
void player_client_left(struct player *player);
/* A fault of the carrier's; only the first is kept. */
void player_fault(struct player *player, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
