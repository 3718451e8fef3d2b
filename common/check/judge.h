/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts and limits to findings. What is the same for every protocol: reaching
 * the server, TLS, the certificate, the login. No judge talks to anybody.
 */
#ifndef COMMON_CHECK_JUDGE_H
#define COMMON_CHECK_JUDGE_H

#include "check/limit.h"
#include "check/reply.h"
#include "dialog/login.h"
#include "dialog/proto.h"
#include "dialog/session.h"
#include "opts/groups.h"

/* What every judge may look at beside the facts. */
struct judge {
	const struct proto *proto;
	enum session_mode mode;
	uint16_t port;
	const char *host; /* as asked: for messages and provider recognition */
	const struct limits *limits;
	int64_t now_unix;
	bool insecure; /* verification findings become notes */
	bool relaxed;  /* a second look without rules: that it is not verified says nothing */
	bool client_cert_given;
	const char *const *verify_names;
	const char *user;     /* who logs in; NULL */
	const char *greeting; /* what the server said first; NULL: nothing */
	const char *endpoint; /* subject of the findings: "host:port/address" */
	struct report *report;
};

/* Why the dialog ended early, as a finding; nothing if it did not. Protocol refusals are the dialogs' own judges'. */
void judge_ending(const struct judge *judge, const struct session_facts *facts);
/* The net under all judges: an ending that none of them named is never OK. Called after them. */
void judge_unexplained(const struct judge *judge, const struct session_facts *facts);
/* Phases to report and metrics. */
void
judge_phases(const struct judge *judge, const struct session_facts *facts, int64_t run_started_us);
/* STARTTLS: bytes behind the answer, refused, not offered. */
void judge_upgrade(const struct judge *judge, const struct session_facts *facts);

/* A handshake that failed (facts->err is ERR_TLS, or the lower stream's in the TLS phase). */
void judge_handshake(const struct judge *judge, const struct session_facts *facts);
/* The certificate and chain of a handshake as far as it came. */
void judge_cert(const struct judge *judge, const struct tls_facts *tls);

/* Witnesses against this machine's clock, where dates are at fault; judge_cert() calls it. */
void judge_clock(const struct judge *judge, const struct tls_facts *tls);

/* Capability lists in a form that all protocols share; words as sent. */
struct judge_caps {
	bool before_known, after_known; /* before TLS (STARTTLS mode); what counts */
	const char *const *before, *const *after;
	size_t before_count, after_count;
};
/* --require, --forbid and their -before-tls. */
void judge_demands(
    const struct judge *judge, const struct judge_caps *caps, const struct login_opts *opts);
/* What TLS took away, or brought. */
void judge_changes(const struct judge *judge, const struct judge_caps *caps);

/* What came of the login. provider: reply_provider()'s, or NULL; protocol: enum reply_protocol. */
void judge_login(const struct judge *judge, const struct session_facts *session,
    const struct login_facts *login, const char *provider, unsigned protocol);
/*
 * A server that demands TLS and did not offer the upgrade in its list, heard in
 * clear: somebody took it out. login_off: logins are off until TLS (LOGINDISABLED).
 * Behind all other judges.
 */
void judge_stripped(const struct judge *judge, bool offered, bool login_off);
/*
 * A refusal of the server through the catalogue: finding, cause, next step,
 * who. unknown: when not even its code says anything. step: "login refused".
 * Valid until the next report_add().
 */
struct report_finding *judge_reply(const struct judge *judge, const struct reply_query *query,
    enum finding_id unknown, const char *step);
/* Cause, next step and who of what the catalogue found, to a finding. */
void judge_reply_explain(
    const struct judge *judge, struct report_finding *finding, const struct reply_match *match);

#endif
