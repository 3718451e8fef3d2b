/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every mail dialog does before its own words: connect, PROXY header,
 * implicit TLS, the upgrade. Fills facts and decides nothing.
 */
#ifndef COMMON_DIALOG_SESSION_H
#define COMMON_DIALOG_SESSION_H

#include "base/mem.h"
#include "net/phase.h"
#include "net/socket.h"
#include "net/tls.h"

enum session_mode { SESSION_TLS, SESSION_STARTTLS, SESSION_CLEARTEXT };

struct session_params {
	const struct address *address;
	enum session_mode mode;
	const struct tls_params *tls;
	int proxy_protocol; /* 0, 1, 2 */
	const char
	    *tunnel; /* "host:port" that the HTTP proxy at address leads to; NULL: no proxy */
	struct deadline deadline;
	struct deadline connect_deadline; /* this address's share; zero: the deadline */
	struct stream *given; /* tests: talk over this instead of connecting; borrowed */
	bool transcript;      /* keep the dialog (-vvv) */
};

/* Facts of one connection; the dialogs' facts begin with it. Raw bytes of the peer throughout. */
struct session_facts {
	struct arena arena; /* owns every string below and in the dialog's facts */
	struct address address;
	bool connected;
	struct phases phases;
	struct err err; /* why the dialog ended early; phases say where */
	struct tls_facts tls;
	char *greeting; /* whole greeting, lines joined by LF; NULL before it came */
	bool starttls_asked, starttls_accepted;
	char *starttls_reply; /* the answer's text */
	size_t injected;      /* bytes in clear behind the answer */
	char injected_bytes[64];
	bool tls_spoken_first; /* clear text was expected and the port talks TLS (tried) */
	int64_t ended_us; /* when the last fact was in; the goodbye comes after it; 0: not told */
	struct buf transcript; /* "C: ..." / "S: ..." lines, capped */
};
void session_facts_init(struct session_facts *facts);
void session_facts_free(struct session_facts *facts);

struct session {
	const struct session_params *params;
	struct session_facts *facts;
	struct socket_stream socket;
	struct tls_stream tls;
	struct stream *stream; /* what the dialog talks through */
};

/* Connects, sends the PROXY header, does implicit TLS. False: facts->err. */
bool session_open(struct session *session, const struct session_params *params,
    struct session_facts *facts) MUST_USE;
/*
 * After the server's yes to STARTTLS/STLS: refuses bytes behind the answer
 * (RFC 3207, 6; RFC 9051, 6.2.1; CVE-2011-0411), then handshakes.
 */
bool session_upgrade(struct session *session) MUST_USE;
/* Copies the stream's sticky error to facts->err and ends the open phase. Always false. */
bool session_failed(struct session *session);
/* True if a secret may be sent: TLS verified, or the user said twice that it may be exposed. */
bool session_may_show_secret(const struct session *session, bool allow_exposed);
/* Nothing may take longer than this from now on: for goodbyes, when the result stands. */
void session_limit(struct session *session, int64_t span_us);
/* Sends close_notify one-way and closes; waits for nothing. */
void session_close(struct session *session);
/*
 * After a greeting that never came in clear: connects once more and sends a
 * ClientHello; true if the port answers in TLS ("implicit TLS expected").
 */
bool session_speaks_tls(const struct session_params *params, struct session_facts *facts);
/*
 * Begins PHASE_GREETING (the caller ends it) and reads the first line. In
 * clear, when half of the time has gone by without a byte, it tries whether
 * the port talks TLS; if not, it goes on waiting. False: facts->err.
 */
bool session_first_line(struct session *session, const char **line_out, size_t *len_out) MUST_USE;

#endif
