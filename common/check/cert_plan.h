/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run over certificates: what is wanted, what each address of a target
 * showed, and how that becomes one report. Private to check/cert_*.c and the
 * program.
 */
#ifndef COMMON_CHECK_CERT_PLAN_H
#define COMMON_CHECK_CERT_PLAN_H

#include "check/cert_demand.h"
#include "check/cert_look.h"
#include "check/cert_target.h"
#include "check/dane.h"
#include "check/target.h"
#include "net/revocation.h"

/* What is asked of CAs. */
struct cert_ask {
	bool ocsp, crl, aia, ari;
	bool allow_private; /* in private nets too */
};

/* Const while threads use it, but for the contexts, which lock themselves. */
struct cert_plan {
	const struct target *settings; /* connection and TLS; no host */
	struct cert_targets *targets;
	const struct cert_demands *demands;
	const char **verify_names; /* NULL: each target's host */
	const char *ehlo_name;
	const char *file_password; /* of containers; NULL */
	enum look_kind first;      /* LOOK_ANY, LOOK_RSA, LOOK_ECDSA */
	bool both;
	const char *proxy_host; /* --connect-proxy; NULL */
	uint16_t proxy_port;
	struct cert_ask ask;
	bool require_dnssec;
	int floor; /* TLS1_2_VERSION ...; 0: not asked */
	size_t parallel;
	struct fetch_cache *cache; /* of the run's fetches; locks itself */
};

/* One address of a target. */
struct cert_visit {
	struct address address;
	struct look *look;    /* while it is looked at and judged */
	const char *endpoint; /* in the report's arena */
	bool good;
};

/*
 * Asks the CA what plan->ask wants to know of an answer, under the run's
 * deadline, and judges it. After judge_cert().
 */
void cert_inquire(const struct cert_plan *plan, const struct run *run, const struct judge *judge,
    const struct tls_context *context, const struct tls_facts *tls);

/* What was seen of a target. */
struct cert_seen {
	const struct tls_context *context;
	const struct cert_target *target;
	const struct tlsa *tlsa; /* --dane; unasked otherwise */
	struct cert_visit *visits;
	size_t count;
};
/* All of it as one report. */
void cert_judge(const struct cert_plan *plan, const struct run *run, const struct cert_seen *seen,
    struct report *report);
/* The judge of one endpoint. */
struct judge cert_judge_of(const struct cert_plan *plan, const struct run *run,
    const struct cert_target *target, const char *endpoint, struct report *report);

/* What the addresses showed of certificates: the first handshake's, the other key type's. */
#define CERT_ANSWERS 2
/* NULL: there is no such answer, or it holds no certificate. */
const struct tls_facts *cert_answer(const struct cert_visit *visit, size_t nth);
/* What findings about it are about: the endpoint, or "endpoint#EC". */
const char *cert_answer_subject(const struct cert_visit *visit, size_t nth, struct report *report);

/* --state-dir: compares keys and issuers with those of the last run, and notes them. */
void cert_remember(const struct cert_plan *plan, const struct run *run,
    const struct cert_seen *seen, struct report *report);

/* A file, folder or standard input. */
void cert_file_check(const struct cert_plan *plan, struct look_contexts *contexts,
    const struct run *run, const struct cert_target *target, struct report *report);

/* mx: and srv: become the hosts they stand for; one that does not is a finding. */
void cert_expand(const struct cert_plan *plan, struct run *run);

/* All of it: names, addresses, threads, one report. */
void cert_walk(const struct cert_plan *plan, struct run *run);

#endif
