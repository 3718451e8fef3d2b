/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is checked: host, port and TLS mode out of options, URI and called
 * name; the TLS settings; the addresses and the walk over them. Shared by the
 * programs that speak to a server.
 */
#ifndef COMMON_CHECK_TARGET_H
#define COMMON_CHECK_TARGET_H

#include "check/judge.h"
#include "check/plugin.h"
#include "check/secret.h"
#include "dialog/login.h"
#include "dialog/proto.h"
#include "dialog/session.h"

struct target {
	char *host;        /* A-labels, literal address or absolute path */
	const char *shown; /* as the user wrote it, without a trailing dot */
	uint16_t port;
	bool is_name; /* neither literal address nor path */
	enum session_mode mode;
	const struct proto *proto;
	const char **verify_names;         /* NULL-terminated */
	struct strings pins;               /* lower-case hex */
	bool uri;                          /* the host came in one: its scheme names the service */
	const char *uri_user, *uri_folder; /* of a URI, else NULL */
	struct tls_settings settings;
	struct tls_params tls; /* without its context: the walk opens that */
	char *client_key_password;
	struct secret secret; /* of target_login(); wiped by target_free() */
	bool guards_secret;   /* there is one, and it may not be exposed */
	const char *srv;      /* --srv: the domain in A-labels; host becomes what it names */
	const struct basic_opts *basic;
	const struct connection_opts *connection;
};

/*
 * Everything that follows from the options (contract of the command line:
 * mode, then port, then verify name). Sets run->subject, host, port. No network.
 */
bool
target_resolve(struct target *target, const struct proto *proto, const struct basic_opts *basic,
    const struct connection_opts *connection, struct run *run) MUST_USE;
/* The part of it that no host is needed for: TLS settings, pins, -D, what excludes each other. */
bool target_settings(struct target *target, const struct basic_opts *basic,
    const struct connection_opts *connection, struct run *run) MUST_USE;
void target_free(struct target *target);
/* What SRV records named: host, port and mode, in target and run. */
void target_move(struct target *target, struct run *run, const char *host, uint16_t port,
    enum session_mode mode);
/* From the name (or --srv) to addresses. False: the report says why not. */
bool target_find(struct target *target, struct run *run, struct addresses *addresses) MUST_USE;
/* What it means that tls_context_open() failed. */
enum finding_id target_context_finding(const struct tls_settings *settings, const struct err *err);

/* Login settings from the options: one secret source, read now; the two-step rule for exposed passwords. */
bool target_login(struct target *target, const struct login_opts *opts, struct run *run,
    struct login_params *out) MUST_USE;

/* One way of talking to an address: what the walk needs of a dialog. */
struct probe {
	size_t facts_size; /* of a struct that begins with struct session_facts */
	void (*init)(void *facts);
	void (*release)(void *facts);
	/* The conversation; no verdict. Returns when the last fact is in and the goodbye is said. */
	void (*talk)(const struct session_params *session, const void *params, void *facts);
	/*
	 * The dialog's own facts to findings and metrics, into a report of this
	 * address alone. Reaching the server, TLS, certificate and phases are judged already.
	 */
	void (*judge)(const struct judge *judge, const void *facts, const void *params);
	/* server{} and auth{} of endpoints[]; of the chosen address also the report's own arrays. */
	void (*show)(const struct judge *judge, const void *facts, const void *params,
	    struct value *endpoint, bool chosen);
	/* What two addresses of one name disagree on, in words; NULL: nothing. May be NULL itself. */
	const char *(*differ)(const void *facts, const void *other);
	const void *params; /* handed to talk and judge */
	bool unfinished;    /* the verdict needs more than this walk: time goes on */
};
/*
 * Resolves, then talks to the first address that answers, or to all of them in
 * parallel (--all-addresses), judges each, joins the reports in address order
 * and says which addresses are dead or differ.
 */
void target_walk(const struct target *target, struct run *run, const struct probe *probe);

#endif
