/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MTA-STS (RFC 8461): the TXT record (3.1), the policy file (3.2), its patterns (4.1). */
#ifndef COMMON_WIRE_MTASTS_H
#define COMMON_WIRE_MTASTS_H

#include "base/base.h"
#include "base/mem.h"

#define MTASTS_POLICY_MAX 65536 /* bytes (3.3) */
#define MTASTS_AGE_MIN 86400    /* seconds: less protects nobody over a night */
#define MTASTS_AGE_MAX 31557600 /* seconds (3.2) */

enum mtasts_mode { MTASTS_MODE_UNKNOWN = 0, MTASTS_MODE_NONE, MTASTS_TESTING, MTASTS_ENFORCE };
const char *mtasts_mode_word(enum mtasts_mode mode); /* "" of MTASTS_MODE_UNKNOWN */

/* True if a TXT record claims to be MTA-STS's. */
bool mtasts_record_is(const char *text, size_t len);
/* The id; NULL: *fault_out. */
const char *
mtasts_record_id(struct arena *arena, const char *text, size_t len, const char **fault_out);

struct mtasts_policy {
	enum mtasts_mode mode;
	int64_t max_age_s; /* -1: absent or no number */
	const char **mx;   /* patterns, lower case */
	size_t mx_count;
	const char *fault; /* why senders ignore it; NULL: they do not */
};
/* False: out->fault; mode and patterns are there as far as they could be read. */
bool mtasts_policy_parse(
    struct arena *arena, const char *text, size_t len, struct mtasts_policy *out) MUST_USE;
/* host is one of the patterns: "*." stands for exactly one label. */
bool mtasts_policy_covers(const struct mtasts_policy *policy, const char *host);

#endif
