/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work in threads, so many at a time. The caller's thread works too; one item needs no thread. */
#ifndef COMMON_CHECK_POOL_H
#define COMMON_CHECK_POOL_H

#include <pthread.h>

#include "base/base.h"

/* Calls work(context, index) once for each index below count, in order of beginning. Returns when all are done. */
void
pool_run(size_t count, size_t parallel, void (*work)(void *context, size_t index), void *context);

/* The same for work that finds more work: its items are numbered on. */
struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t next, count; /* the item that begins next; items known */
	size_t busy;
	size_t parallel, started;
	pthread_t *threads;
	void (*work)(void *context, size_t index);
	void *context;
};
void pool_init(
    struct pool *pool, size_t parallel, void (*work)(void *context, size_t index), void *context);
/* So many items more; by anybody, from within work() too. */
void pool_add(struct pool *pool, size_t count);
/* Works on; returns when all is done, and the pool is no more. */
void pool_finish(struct pool *pool);
/* Items that have not begun. */
size_t pool_waiting(struct pool *pool);

#endif
