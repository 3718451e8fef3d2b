/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: monotonic time, deadlines.
 * Must not know: the time of day.
 */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

static int64_t (*clock_now)(void);

int64_t
clock_now_us(void)
{
	struct timespec now;

	if (clock_now != NULL)
		return clock_now();
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail on Linux */
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

void
clock_replace(int64_t (*now_us)(void))
{
	clock_now = now_us;
}

struct deadline
deadline_in(int64_t span_us)
{
	int64_t now = clock_now_us();

	if (span_us > INT64_MAX - now)
		return (struct deadline){.at_us = INT64_MAX};
	return (struct deadline){.at_us = now + span_us};
}

struct deadline
deadline_sooner(struct deadline a, struct deadline b)
{
	return a.at_us < b.at_us ? a : b;
}

int64_t
deadline_left_us(struct deadline deadline)
{
#ifdef MUTANT_DEADLINE_NEVER
	(void)deadline;
	return US_PER_S;
#else
	int64_t now = clock_now_us();

	return deadline.at_us > now ? deadline.at_us - now : 0;
#endif
}

int
deadline_left_ms(struct deadline deadline)
{
	int64_t left_us = deadline_left_us(deadline);
	int64_t left_ms = left_us / US_PER_MS + (left_us % US_PER_MS > 0);

	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
