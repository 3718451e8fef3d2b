/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a dialog spent its time on. A phase is begun and ended by the dialog;
 * the one still open when an error comes is where it happened.
 */
#ifndef COMMON_NET_PHASE_H
#define COMMON_NET_PHASE_H

#include "base/base.h"

enum phase_name {
	PHASE_DNS,
	PHASE_CONNECT,
	PHASE_PROXY,
	PHASE_GREETING,
	PHASE_STARTTLS,
	PHASE_TLS,
	PHASE_CAPABILITY,
	PHASE_AUTH,
	PHASE_MAILBOX,
	PHASE_QUOTA,
	PHASE_SEARCH,
	PHASE_ENVELOPE,
	PHASE_SUBMIT,
	PHASE_PUSH,
	PHASE_REVOCATION,
	PHASE_GOODBYE,
	PHASE_COUNT
};

enum phase_outcome { PHASE_OPEN = 0, PHASE_DONE, PHASE_FAULT, PHASE_LATE /* the deadline */ };

/* The same name may come twice (CAPABILITY before and after TLS). */
struct phase {
	enum phase_name name;
	enum phase_outcome outcome;
	int64_t start_us, end_us; /* monotonic */
	char detail[160];         /* for the timeline; printable or the peer's raw words */
};

#define PHASES_MAX 32
struct phases {
	struct phase list[PHASES_MAX];
	size_t count;
};

/* Begins one; a phase still open is ended as done. */
void phase_begin(struct phases *phases, enum phase_name name);
/* Ends the open one; no-op when none is open. */
void phase_end(struct phases *phases, enum phase_outcome outcome);
void phase_detail(struct phases *phases, const char *format, ...) PRINTF_LIKE(2, 3);
/* The open one, else the last; NULL when there is none. */
const struct phase *phase_last(const struct phases *phases);
/* Sum over all phases of this name, in us; -1 if there was none that ended well. */
int64_t phase_span_us(const struct phases *phases, enum phase_name name);
/* "dns", "connect" ...: the time_ label without prefix. */
const char *phase_label(enum phase_name name);

#endif
