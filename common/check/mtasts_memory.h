/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The MTA-STS policy that an earlier run fetched. Senders keep it for its
 * max_age, whatever becomes of the record and the web host (RFC 8461, 3.3, 5.1).
 */
#ifndef COMMON_CHECK_MTASTS_MEMORY_H
#define COMMON_CHECK_MTASTS_MEMORY_H

#include "check/memory.h"
#include "wire/mtasts.h"

struct mtasts_memory {
	struct mtasts_policy policy; /* all-zero: none, or no sender holds it any more */
	const char *id;              /* of its record; "" */
	int64_t until_unix;          /* senders may hold it so long */
};

/* All of it lives in arena. memory may be NULL: nothing is remembered. */
void mtasts_memory_get(const struct memory *memory, struct arena *arena, struct mtasts_memory *out);
/* The policy as it is now: fetched, and valid. */
void mtasts_memory_put(struct memory *memory, const char *id, const struct mtasts_policy *policy);
/* Another policy than the one remembered: other mode, age or hosts. */
bool mtasts_memory_differs(const struct mtasts_memory *seen, const struct mtasts_policy *policy);

#endif
