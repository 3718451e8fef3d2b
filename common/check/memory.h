/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a program remembers of a server from run to run (--state-dir): values
 * that should not change, such as UIDVALIDITY or a public key, and what a later
 * run must know, such as since when something is so. A change of the first kind
 * is told for an hour, so that a monitoring system that asks several times hears
 * of it.
 */
#ifndef COMMON_CHECK_MEMORY_H
#define COMMON_CHECK_MEMORY_H

#include "check/state_file.h"
#include "report/report.h"

struct memory_entry {
	char *key, *value, *before; /* before: NULL if it never changed */
	int64_t changed_unix;
};

struct memory {
	struct state_file file;
	struct memory_entry *list;
	size_t count;
	int64_t now_unix;
	bool news; /* something is to be written */
	struct arena arena;
};

/* Opens and reads, after 2 s at the latest. False: a finding client.state_file was added and nothing is remembered. */
bool memory_open(struct memory *memory, const char *dir, const char *name, struct deadline deadline,
    int64_t now_unix, struct report *report) MUST_USE;
/*
 * Notes the value and returns the one before if it changed within the last
 * hour, else NULL. Keys and values are any text; the result lives until
 * memory_close().
 */
const char *memory_change(struct memory *memory, const char *key, const char *value);
/* What was noted under a key; NULL: nothing. Lives until memory_close(). */
const char *memory_get(const struct memory *memory, const char *key);
/* Notes what may change as it likes; NULL forgets it. */
void memory_put(struct memory *memory, const char *key, const char *value);
/* Writes what was noted and closes; a failure is a finding client.state_file. */
void memory_close(struct memory *memory, struct report *report);

#endif
