/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was fetched once in a run is not fetched again: a thousand certificates
 * of one CA name one list. Failures count too. Threads that want the same wait
 * for the one that fetches it.
 */
#ifndef COMMON_NET_FETCH_CACHE_H
#define COMMON_NET_FETCH_CACHE_H

#include <pthread.h>

#include "base/buf.h"
#include "base/clock.h"

#define FETCH_CACHE_MAX 64 /* URLs; what goes beyond is fetched each time */

/* One URL; it belongs to the cache and lives as long. Read only once done is true. */
struct fetched {
	char *url;
	bool done, good;
	char words[256]; /* why it is not good */
	struct buf body; /* empty where nothing came */
};

struct fetch_cache {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct fetched *list[FETCH_CACHE_MAX];
	size_t count;
};
/* Freed when no thread uses it any more. */
void fetch_cache_init(struct fetch_cache *cache);
void fetch_cache_free(struct fetch_cache *cache);

enum fetch_turn {
	FETCH_MINE, /* the caller fetches and calls fetch_cache_end(); entry may be NULL: nobody waits */
	FETCH_KNOWN, /* entry is done and stays as it is */
	FETCH_LATE   /* somebody else still fetches it when the deadline is over */
};
/* Whose turn it is; waits for another's fetch until the deadline at most. */
enum fetch_turn fetch_cache_begin(struct fetch_cache *cache, const char *url,
    struct deadline deadline, struct fetched **entry_out);
/*
 * The end of a fetch that was the caller's, failed ones too: those who wait go
 * on. Copies body and words (why it is not good). Nothing happens without an entry.
 */
void fetch_cache_end(struct fetch_cache *cache, struct fetched *entry, bool good,
    const struct buf *body, const char *words);

#endif
