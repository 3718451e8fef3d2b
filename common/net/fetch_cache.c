/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns answers by URL, and who waits for whom. Fetches nothing itself. */
#include "net/fetch_cache.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

void
fetch_cache_init(struct fetch_cache *cache)
{
	pthread_condattr_t attributes;

	*cache = (struct fetch_cache){0};
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&cache->mutex, NULL);
	pthread_cond_init(&cache->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

void
fetch_cache_free(struct fetch_cache *cache)
{
	for (size_t i = 0; i < cache->count; i++) {
		mem_free(cache->list[i]->url);
		buf_free(&cache->list[i]->body);
		mem_free(cache->list[i]);
	}
	pthread_cond_destroy(&cache->changed);
	pthread_mutex_destroy(&cache->mutex);
	*cache = (struct fetch_cache){0};
}

static struct fetched *
find(const struct fetch_cache *cache, const char *url)
{
	for (size_t i = 0; i < cache->count; i++)
		if (strcmp(cache->list[i]->url, url) == 0)
			return cache->list[i];
	return NULL;
}

static struct fetched *
add(struct fetch_cache *cache, const char *url)
{
	struct fetched *entry;

	if (cache->count == FETCH_CACHE_MAX)
		return NULL;
	entry = mem_alloc(sizeof(*entry));
	entry->url = mem_strdup(url);
	cache->list[cache->count++] = entry;
	return entry;
}

static bool
wait_for(struct fetch_cache *cache, const struct fetched *entry, struct deadline deadline)
{
	struct timespec until = {
	    .tv_sec = deadline.at_us / US_PER_S, .tv_nsec = deadline.at_us % US_PER_S * 1000};

	while (!entry->done)
		if (pthread_cond_timedwait(&cache->changed, &cache->mutex, &until) != 0)
			return entry->done;
	return true;
}

enum fetch_turn
fetch_cache_begin(struct fetch_cache *cache, const char *url, struct deadline deadline,
    struct fetched **entry_out)
{
	enum fetch_turn turn = FETCH_MINE;
	struct fetched *entry;

	pthread_mutex_lock(&cache->mutex);
	entry = find(cache, url);
	if (entry)
		turn = wait_for(cache, entry, deadline) ? FETCH_KNOWN : FETCH_LATE;
	else
		entry = add(cache, url);
	pthread_mutex_unlock(&cache->mutex);
	*entry_out = entry;
	return turn;
}

void
fetch_cache_end(struct fetch_cache *cache, struct fetched *entry, bool good, const struct buf *body,
    const char *words)
{
	if (!entry)
		return;
	pthread_mutex_lock(&cache->mutex);
	buf_init(&entry->body, body->len + 1);
	buf_add(&entry->body, body->data, body->len);
	snprintf(entry->words, sizeof(entry->words), "%s", words);
	entry->good = good;
	entry->done = true;
	pthread_cond_broadcast(&cache->changed);
	pthread_mutex_unlock(&cache->mutex);
}
