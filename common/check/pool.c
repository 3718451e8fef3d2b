/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns threads that take numbers from a counter. Knows nothing of the work. */
#include "check/pool.h"

#include <signal.h>

#include "base/mem.h"

static void *
take(void *opaque)
{
	struct pool *pool = opaque;

	pthread_mutex_lock(&pool->mutex);
	for (;;) {
		size_t index;

		while (pool->next == pool->count && pool->busy > 0)
			pthread_cond_wait(&pool->changed, &pool->mutex);
		if (pool->next == pool->count)
			break;
		index = pool->next++;
		pool->busy++;
		pthread_mutex_unlock(&pool->mutex);
		pool->work(pool->context, index);
		pthread_mutex_lock(&pool->mutex);
		if (--pool->busy == 0 && pool->next == pool->count)
			pthread_cond_broadcast(&pool->changed);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* As many as there is work for, the caller's own aside. One that cannot be had is done without. */
static void
start(struct pool *pool)
{
	size_t wanted = pool->busy + (pool->count - pool->next);
	sigset_t all, before;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->started + 1 < pool->parallel && pool->started + 1 < wanted &&
	       pthread_create(&pool->threads[pool->started], NULL, take, pool) == 0)
		pool->started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
pool_init(
    struct pool *pool, size_t parallel, void (*work)(void *context, size_t index), void *context)
{
	*pool = (struct pool){.parallel = parallel, .work = work, .context = context};
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pool->threads = mem_array(parallel + 1, sizeof(*pool->threads));
}

void
pool_add(struct pool *pool, size_t count)
{
	pthread_mutex_lock(&pool->mutex);
	pool->count += count;
	start(pool);
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->mutex);
}

size_t
pool_waiting(struct pool *pool)
{
	size_t waiting;

	pthread_mutex_lock(&pool->mutex);
	waiting = pool->count - pool->next;
	pthread_mutex_unlock(&pool->mutex);
	return waiting;
}

void
pool_finish(struct pool *pool)
{
	take(pool);
	for (size_t i = 0; i < pool->started; i++)
		pthread_join(pool->threads[i], NULL);
	mem_free(pool->threads);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->mutex);
}

void
pool_run(size_t count, size_t parallel, void (*work)(void *context, size_t index), void *context)
{
	struct pool pool;

	pool_init(&pool, count < parallel ? count : parallel, work, context);
	pool_add(&pool, count);
	pool_finish(&pool);
}
