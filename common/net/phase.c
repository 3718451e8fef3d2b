/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the list of phases of one connection. Knows no dialog and no output:
 * it notes names and moments and adds them up.
 */
#include "net/phase.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

static struct phase *
open_phase(struct phases *phases)
{
	if (phases->count == 0)
		return NULL;
	struct phase *last = &phases->list[phases->count - 1];
	return last->outcome == PHASE_OPEN ? last : NULL;
}

void
phase_begin(struct phases *phases, enum phase_name name)
{
	int64_t now = clock_now_us();
	struct phase *open = open_phase(phases);
	if (open) {
		open->outcome = PHASE_DONE;
		open->end_us = now;
	}
	/* Full: the newest takes the place of the one before, so the last is always true. */
	if (phases->count == PHASES_MAX)
		phases->count--;
	phases->list[phases->count++] = (struct phase){.name = name, .start_us = now};
}

void
phase_end(struct phases *phases, enum phase_outcome outcome)
{
	struct phase *open = open_phase(phases);
	if (!open)
		return;
	open->outcome = outcome;
	open->end_us = clock_now_us();
}

void
phase_detail(struct phases *phases, const char *format, ...)
{
	if (phases->count == 0)
		return;
	struct phase *last = &phases->list[phases->count - 1];
	va_list args;
	va_start(args, format);
	vsnprintf(last->detail, sizeof last->detail, format, args);
	va_end(args);
}

const struct phase *
phase_last(const struct phases *phases)
{
	return phases->count ? &phases->list[phases->count - 1] : NULL;
}

int64_t
phase_span_us(const struct phases *phases, enum phase_name name)
{
	int64_t sum = -1;
	for (size_t i = 0; i < phases->count; i++) {
		const struct phase *phase = &phases->list[i];
		if (phase->name != name || phase->outcome != PHASE_DONE)
			continue;
		sum = (sum < 0 ? 0 : sum) + phase->end_us - phase->start_us;
	}
	return sum;
}

const char *
phase_label(enum phase_name name)
{
	static const char *const labels[PHASE_COUNT] = {
	    [PHASE_DNS] = "dns",
	    [PHASE_CONNECT] = "connect",
	    [PHASE_PROXY] = "proxy",
	    [PHASE_GREETING] = "greeting",
	    [PHASE_STARTTLS] = "starttls",
	    [PHASE_TLS] = "tls",
	    [PHASE_CAPABILITY] = "capability",
	    [PHASE_AUTH] = "auth",
	    [PHASE_MAILBOX] = "mailbox",
	    [PHASE_QUOTA] = "quota",
	    [PHASE_SEARCH] = "search",
	    [PHASE_ENVELOPE] = "envelope",
	    [PHASE_SUBMIT] = "submit",
	    [PHASE_PUSH] = "push",
	    [PHASE_REVOCATION] = "revocation",
	    [PHASE_GOODBYE] = "goodbye",
	};
	return labels[name];
}
