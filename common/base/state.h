/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The four states of the monitoring plugin guidelines. The number is the exit
 * code; the order of badness is another thing and lives in state_worse().
 */
#ifndef COMMON_BASE_STATE_H
#define COMMON_BASE_STATE_H

#include "base/base.h"

enum state { STATE_OK = 0, STATE_WARNING = 1, STATE_CRITICAL = 2, STATE_UNKNOWN = 3 };

/* The worse of two: ok < unknown < warning < critical. */
enum state state_worse(enum state a, enum state b);

/* "OK", "WARNING", "CRITICAL", "UNKNOWN". */
const char *state_name(enum state state);

/*
 * Reads a state as users write it: ok, warning, critical, unknown, any
 * unambiguous beginning of these, in any case, or 0..3. False: not a state.
 */
bool state_parse(const char *text, enum state *state_out) MUST_USE;

#endif
