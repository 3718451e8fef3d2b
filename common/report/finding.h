/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of everything that can be wrong: findings.def, one row each. The
 * enum, --list-findings, --explain, the man page and the JSON schema are all
 * printed from it.
 */
#ifndef COMMON_REPORT_FINDING_H
#define COMMON_REPORT_FINDING_H

#include "base/base.h"
#include "base/state.h"

/* Who acts. */
enum who {
	WHO_MAIL,     /* the team of the checked server */
	WHO_DNS,      /* keeper of the zone */
	WHO_MONITOR,  /* keeper of this machine and its settings */
	WHO_PROVIDER, /* its incident: wait */
	WHO_OWNER     /* owner of the account */
};

/* Programs that may raise a finding, measure a metric or know an option. */
enum program {
	PROGRAM_IMAP = 1,
	PROGRAM_SMTP = 2,
	PROGRAM_POP3 = 4,
	PROGRAM_CERT = 8,
	PROGRAM_MX = 16,
	PROGRAM_DOCTOR = 32
};

/* How the state of a row is found. */
enum finding_rule {
	FINDING_FIXED, /* the state of the row */
	FINDING_STEPS, /* from a range or a rule with two steps: the judge says W or C */
	FINDING_WORST  /* takes the worst state of what it explains */
};

enum finding_id {
#define F(name, id, rule, state, who, programs, meaning, why, next, reference) FINDING_##name,
#include "report/findings.def"
#undef F
	FINDING_COUNT
};

/*
 * Causes and next steps stand one a line, most likely first, at most three;
 * {host} {port} {address} {user} in them are filled in.
 */
struct finding_row {
	const char *id; /* "tls.cert.expired" */
	enum finding_rule rule;
	enum state state; /* default; for FINDING_STEPS the first step */
	enum who who;
	unsigned programs;     /* enum program, or-ed */
	const char *meaning;   /* one line */
	const char *why;       /* causes */
	const char *next;      /* next steps */
	const char *reference; /* RFC section or NULL */
};

extern const struct finding_row finding_rows[FINDING_COUNT];

const char *who_name(enum who who); /* "mail", "dns" ... */

/* Exact id to row number; false if there is none. */
bool finding_find(const char *id, enum finding_id *id_out) MUST_USE;
/* True if id is the row's id or a branch above it, whole labels only. */
bool finding_matches(enum finding_id row, const char *id_or_branch);
/* The same for an id that is no row's ("threshold.time"). */
bool finding_id_matches(const char *id, const char *id_or_branch);
/* False for the few that --state cannot change: what they say, nobody may silence. */
bool finding_may_change(enum finding_id id);

#endif
