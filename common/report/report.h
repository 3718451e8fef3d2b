/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result of a run: findings, metrics, phases and facts for display, in
 * memory of its own. A judge adds, a renderer prints; nobody else decides a
 * state. Strings handed in are copied.
 *
 * A run has one report; each address may fill one of its own, joined in
 * address order by report_join().
 */
#ifndef COMMON_REPORT_REPORT_H
#define COMMON_REPORT_REPORT_H

#include "base/mem.h"
#include "base/range.h"
#include "base/state.h"
#include "base/value.h"
#include "report/finding.h"
#include "report/id_set.h"
#include "report/metric.h"

#define REPORT_LINES_MAX 3 /* why and next lines a finding shows */

/* --state ID=STATE, validated and sorted by resolve(); the longest match wins. */
struct report_override {
	const char *id; /* finding or branch */
	enum state state;
};

/* What the user said about states; const for the run, shared by all its reports. */
struct report_policy {
	const struct report_override *overrides;
	size_t override_count;
	bool hide_words; /* -j: what the server said is not shown beside a finding */
};

struct report_finding {
	enum finding_id id;
	enum state state; /* after the policy */
	enum who who;
	const char *subject;  /* endpoint id, list id, file; NULL */
	const char *message;  /* without the server's words; raw, cleaned when printed */
	const char *headline; /* stands in line 1 for message and said; NULL: they do */
	const char *said;     /* the server's words, raw, lines of a reply ended by LF; NULL */
	size_t said_len;
	const char *why[REPORT_LINES_MAX];  /* none: the row's */
	const char *next[REPORT_LINES_MAX]; /* none: the row's */
	const char *label;                  /* of a threshold.LABEL finding; NULL */
	int metric;                         /* enum metric_id or -1 */
};

struct report_metric {
	bool known;
	bool judged; /* ranges were applied */
	double value;
	bool has_max;
	double max;
	struct range warning, critical; /* as printed */
	enum state state;
};

enum phase_result { PHASE_OK, PHASE_FAILED, PHASE_TIMED_OUT };

struct report_phase {
	const char *endpoint;      /* id, NULL for the run's own */
	const char *name;          /* the time_ label without prefix */
	int64_t start_us, span_us; /* from the start of the run */
	enum phase_result result;
	const char
	    *detail; /* for the timeline; raw; one pair of double quotes round it all is kept */
};

/* A line of the transcript or of the facts. */
struct report_line {
	int level; /* shown from this -v on: 0 always, 1 timeline notes, 2 facts, 3 transcript */
	const char *text; /* raw, without LF */
};

enum report_array {
	REPORT_ENDPOINTS,
	REPORT_CERTIFICATES,
	REPORT_MAILBOXES,
	REPORT_QUOTAS,
	REPORT_LISTS,
	REPORT_CHECKS,
	REPORT_ARRAYS
};

/*
 * The value trees may be sparse: a renderer puts keys in the order of the
 * schema, adds the missing ones as null, [] or {}, and finds state and
 * exit_code from the findings whose subject is the element's id (leaf
 * certificates: tls.cert findings of their endpoint too). What a judge may
 * add, "?" = may stay away:
 *
 * target       host? port? service? mode? user? domain?
 * endpoints[]  id "host:port/address", host, address, family, port, chosen, reached?,
 *              server {greeting? software? ehlo_name? id {}? capabilities_before_tls []?
 *              capabilities []? mechanisms []?}?, tls {version cipher group signature sni
 *              verified verify_code verify_name resumed staple_state? dane_state?}?,
 *              auth {mechanism channel_binding? server_proved user}?
 * certificates[] id "endpoint#position" or "file#n", endpoint? file? position key_type
 *              key_bits subject issuer names [] serial sha256 spki_sha256 not_before
 *              not_before_epoch not_after not_after_epoch (value_add_time()), days
 *              lifetime_left in_path
 * mailboxes[]  id (name) messages? unseen? recent? uidnext? uidvalidity? size? newest_age?
 *              oldest_age? special_use?
 * quotas[]     id "root/resource" root resource used limit percent unit
 * envelope     from, recipients [{id code enhanced? text}], queue_id?
 * delivery     token found_in? seconds? junk? duplicates? hops [{id by? from? seconds?}]
 *              authentication {spf? dkim? dmarc?}
 * domain       name, mx [{id host preference ttl?}], addresses [{id host ptr? confirmed? generic?}],
 *              nameservers, dkim, dane, srv: arrays of objects with an id; spf, dmarc,
 *              mtasts, tlsrpt: objects; dnssec {secure? rrsig_ends? rrsig_ends_epoch?}
 * lists[]      id "zone/target" zone name? target kind verdict severity? weight codes []
 *              reason? url?
 * checks[]     render_value() of other reports
 * settings     long option name: text, number or flag; of a secret its source alone
 */
struct report {
	struct arena arena;
	const struct report_policy *policy;
	struct report_finding *findings;
	size_t finding_count;
	struct report_metric metrics[METRIC_COUNT];
	struct report_phase *phases;
	size_t phase_count;
	struct report_line *lines;
	size_t line_count;
	const char *good; /* what stands in line 1 when all is well */
	/* arrays and objects of the JSON output; never NULL after report_init() */
	struct value *target, *endpoints, *certificates, *mailboxes, *quotas;
	struct value *envelope, *delivery, *domain; /* these three: NULL = null */
	struct value *lists, *checks, *settings;
	struct id_set ids[REPORT_ARRAYS]; /* of the arrays, as far as report_join() looked */
};

void report_init(struct report *report, const struct report_policy *policy);
void report_free(struct report *report);

/*
 * Adds a finding with the row's default state under the policy. The result
 * stays valid until the next report_add() of the same report.
 */
struct report_finding *report_add(struct report *report, enum finding_id id, const char *subject,
    const char *message, ...) PRINTF_LIKE(4, 5);
/*
 * The judge's second state (rows marked R, or a state in brackets); the policy
 * still wins. label of a threshold.LABEL finding is set before.
 */
void report_state(struct report *report, struct report_finding *finding, enum state state);
/* What line 1 says in place of message and said, where it must be shorter or wider. */
void report_headline(struct report *report, struct report_finding *finding, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The server's own words. */
void
report_said(struct report *report, struct report_finding *finding, const void *bytes, size_t len);
/* A cause or next step of its own; own lines replace the row's. Ignored beyond REPORT_LINES_MAX. */
void report_why(struct report *report, struct report_finding *finding, const char *format, ...)
    PRINTF_LIKE(3, 4);
void report_next(struct report *report, struct report_finding *finding, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The id as printed: the row's, with the metric's label in place of LABEL. */
const char *report_finding_id(struct report *report, const struct report_finding *finding);
/* True if the report holds this finding (in any state). */
bool report_has(const struct report *report, enum finding_id id);

/* Keeps the worse value when the metric is known already. Ignores what is no number, and a negative time. */
void report_metric(struct report *report, enum metric_id metric, double value);
void report_metric_max(struct report *report, enum metric_id metric, double max);

void report_phase(struct report *report, const struct report_phase *phase);
void report_line(struct report *report, int level, const char *format, ...) PRINTF_LIKE(3, 4);
/* What line 1 says when nothing is wrong. */
void report_good(struct report *report, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Takes all of other: findings, phases, lines, array elements with a new id,
 * worse metrics. other is all zero afterwards: only report_free() or
 * report_init() may follow.
 */
void report_join(struct report *report, struct report *other);

/* Worst state of all findings, or of those about one subject and its parts (subject#...). */
enum state report_worst(const struct report *report);
enum state report_worst_of(const struct report *report, const char *subject);
/* Findings, worst first, then table order, then as added; NULL-terminated, in the report's arena. Notes come last. */
const struct report_finding **report_sorted(struct report *report);

#endif
