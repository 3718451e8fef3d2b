/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns threads that take numbers from a counter. Knows nothing of the work. */
#include "check/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/mem.h"

struct pool {
	atomic_size_t next;
	size_t count;
	void (*work)(void *context, size_t index);
	void *context;
};

static void *
take(void *opaque)
{
	struct pool *pool = opaque;

	for (;;) {
		size_t index = atomic_fetch_add(&pool->next, 1);

		if (index >= pool->count)
			return NULL;
		pool->work(pool->context, index);
	}
}

/* Signals are the main thread's. A thread that cannot be had is done without. */
static size_t
start(struct pool *pool, pthread_t *threads, size_t wanted)
{
	sigset_t all, before;
	size_t started = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < wanted && pthread_create(&threads[started], NULL, take, pool) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

void
pool_run(size_t count, size_t parallel, void (*work)(void *context, size_t index), void *context)
{
	struct pool pool = {.count = count, .work = work, .context = context};
	size_t wanted = (count < parallel ? count : parallel), started;
	pthread_t *threads;

	wanted = wanted > 0 ? wanted - 1 : 0;
	threads = mem_array(wanted + 1, sizeof(*threads));
	started = start(&pool, threads, wanted);
	take(&pool);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	mem_free(threads);
}
