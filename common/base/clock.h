/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Monotonic time and deadlines. The only reader of the monotonic clock below
 * plugin_main; tests replace the clock. The time of day is read once by
 * plugin_main and handed down as a value.
 */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include "base/base.h"

/* Microseconds of CLOCK_MONOTONIC (suspend not counted). */
int64_t clock_now_us(void);

/* Tests: a clock of their own; NULL is the real one again. */
void clock_replace(int64_t (*now_us)(void));

/* A moment of the monotonic clock; 0 = already over, so a forgotten field is safe. */
struct deadline {
	int64_t at_us;
};

struct deadline deadline_in(int64_t span_us);
struct deadline deadline_sooner(struct deadline a, struct deadline b);
int64_t deadline_left_us(struct deadline deadline); /* never below 0 */
/* For poll(2): rounded up, so that 0 means "over". */
int deadline_left_ms(struct deadline deadline);

#endif
