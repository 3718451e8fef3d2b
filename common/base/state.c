/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: names, order and reading of states.
 * Must not know: what leads to a state.
 */
#include "base/state.h"

#include "base/text.h"

static const struct {
	const char *name;
	int badness;
} states[] = {
    [STATE_OK] = {"OK", 0},
    [STATE_WARNING] = {"WARNING", 2},
    [STATE_CRITICAL] = {"CRITICAL", 3},
    [STATE_UNKNOWN] = {"UNKNOWN", 1},
};

enum state
state_worse(enum state a, enum state b)
{
	return states[a].badness >= states[b].badness ? a : b;
}

const char *
state_name(enum state state)
{
	return states[state].name;
}

bool
state_parse(const char *text, enum state *state_out)
{
	if (text[0] == '\0')
		return false;
	for (int i = STATE_OK; i <= STATE_UNKNOWN; i++) {
		bool number = text[0] == '0' + i && text[1] == '\0';

		/* All four begin with different letters: every beginning is unambiguous. */
		if (number || text_begins_fold(states[i].name, text)) {
			*state_out = (enum state)i;
			return true;
		}
	}
	return false;
}
