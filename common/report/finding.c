/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the rows of findings.def and how ids are found in them. Knows nothing
 * of a run.
 */
#include <string.h>

#include "report/finding.h"

/* The program letters of findings.def. */
enum {
	I = PROGRAM_IMAP,
	S = PROGRAM_SMTP,
	P = PROGRAM_POP3,
	C = PROGRAM_CERT,
	M = PROGRAM_MX,
	D = PROGRAM_DOCTOR,
	ALL = I | S | P | C | M
};

const struct finding_row finding_rows[FINDING_COUNT] = {
/* clang-format off */
#define F(name, id, rule, state, who, programs, meaning, why, next, reference) \
	[FINDING_##name] = {id, rule, state, who, programs, meaning, why, next, reference},
#include "report/findings.def"
#undef F
    /* clang-format on */
};

const char *
who_name(enum who who)
{
	static const char *const names[] = {
	    [WHO_MAIL] = "mail",
	    [WHO_DNS] = "dns",
	    [WHO_MONITOR] = "monitor",
	    [WHO_PROVIDER] = "provider",
	    [WHO_OWNER] = "owner",
	};

	return names[who];
}

bool
finding_find(const char *id, enum finding_id *id_out)
{
	for (int i = 0; i < FINDING_COUNT; i++) {
		if (strcmp(finding_rows[i].id, id) == 0) {
			*id_out = (enum finding_id)i;
			return true;
		}
	}
	return false;
}

bool
finding_id_matches(const char *id, const char *id_or_branch)
{
	size_t len = strlen(id_or_branch);

	if (len == 0 || strncmp(id, id_or_branch, len) != 0)
		return false;
	return id[len] == '\0' || id[len] == '.';
}

bool
finding_matches(enum finding_id row, const char *id_or_branch)
{
	return finding_id_matches(finding_rows[row].id, id_or_branch);
}

bool
finding_may_change(enum finding_id id)
{
	return id != FINDING_CLIENT_USAGE && id != FINDING_CLIENT_OUTPUT &&
	       id != FINDING_CLIENT_SANDBOX && id != FINDING_CLIENT_INTERNAL;
}
