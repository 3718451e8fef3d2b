/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the lines of a memory file: key, value and, of one that changed, when and from what. */
#include "check/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define ENTRIES_MAX 200
#define TOLD_S 3600
#define LOCK_US (2 * US_PER_S) /* what is remembered is not worth the whole run */
#define FIELDS 4

/* ---- lines ---- */

static char *
unhex(struct memory *memory, const char *text, size_t len)
{
	struct buf bytes;
	char *word = NULL;

	buf_init(&bytes, STATE_FILE_MAX);
	if (text_unhex(&bytes, text, len))
		word = arena_strdup(&memory->arena, buf_text(&bytes));
	buf_free(&bytes);
	return word;
}

static void
add_hex(struct buf *out, const char *text)
{
	text_hex(out, text, strlen(text));
}

/* A line that does not parse is forgotten. */
static void
read_line(struct memory *memory, const char *line, size_t len)
{
	struct memory_entry *entry = &memory->list[memory->count];
	const char *fields[FIELDS];
	size_t lens[FIELDS], count = 0;

	for (const char *at = line, *end = line + len; at < end && count < FIELDS; count++) {
		const char *blank = memchr(at, ' ', (size_t)(end - at));

		fields[count] = at;
		lens[count] = (size_t)((blank ? blank : end) - at);
		at = blank ? blank + 1 : end;
	}
	if (memory->count == ENTRIES_MAX || count < 2)
		return;
	*entry = (struct memory_entry){
	    .key = unhex(memory, fields[0], lens[0]), .value = unhex(memory, fields[1], lens[1])};
	if (count == FIELDS) {
		uint64_t since = 0;

		if (number_u64(fields[2], lens[2], &since) && since < INT64_MAX)
			entry->changed_unix = (int64_t)since;
		entry->before = unhex(memory, fields[3], lens[3]);
	}
	memory->count += entry->key && entry->value;
}

static void
print_entry(struct buf *out, const struct memory_entry *entry)
{
	add_hex(out, entry->key);
	buf_add_char(out, ' ');
	add_hex(out, entry->value);
	if (entry->before) {
		buf_printf(out, " %" PRId64 " ", entry->changed_unix);
		add_hex(out, entry->before);
	}
	buf_add_char(out, '\n');
}

/* ---- the whole ---- */

static void
say(struct report *report, const char *text)
{
	report_add(report, FINDING_CLIENT_STATE_FILE, NULL, "%s", text);
}

bool
memory_open(struct memory *memory, const char *dir, const char *name, struct deadline deadline,
    int64_t now_unix, struct report *report)
{
	struct err err = {0};

	*memory = (struct memory){.now_unix = now_unix};
	deadline = deadline_sooner(deadline, deadline_in(LOCK_US));
	memory->list = arena_alloc(&memory->arena, (ENTRIES_MAX + 1) * sizeof(*memory->list));
	if (!state_file_open(&memory->file, dir, name, deadline, &err)) {
		say(report, err.text);
		state_file_close(&memory->file);
		arena_free(&memory->arena);
		return false;
	}
	if (memory->file.damaged)
		say(report,
		    "the state file was damaged: what it remembered is lost, a new one begins");
	for (const char *line = buf_text(&memory->file.text); *line;) {
		size_t len = strcspn(line, "\n");

		read_line(memory, line, len);
		line += len + (line[len] == '\n');
	}
	return true;
}

/* The entry of a key, or where a new one would stand. */
static struct memory_entry *
find(const struct memory *memory, const char *key)
{
	struct memory_entry *entry = memory->list;

	while (entry < memory->list + memory->count && strcmp(entry->key, key) != 0)
		entry++;
	return entry;
}

static void
add(struct memory *memory, const char *key, const char *value)
{
	if (memory->count == ENTRIES_MAX)
		return;
	memory->list[memory->count++] = (struct memory_entry){
	    .key = arena_strdup(&memory->arena, key), .value = arena_strdup(&memory->arena, value)};
	memory->news = true;
}

const char *
memory_get(const struct memory *memory, const char *key)
{
	const struct memory_entry *entry = find(memory, key);

	return entry < memory->list + memory->count ? entry->value : NULL;
}

void
memory_put(struct memory *memory, const char *key, const char *value)
{
	struct memory_entry *entry = find(memory, key);

	if (entry < memory->list + memory->count) {
		if (value && strcmp(entry->value, value) == 0)
			return;
		*entry = memory->list[--memory->count];
		memory->news = true;
	}
	if (value)
		add(memory, key, value);
}

const char *
memory_change(struct memory *memory, const char *key, const char *value)
{
	struct memory_entry *entry = find(memory, key);

	if (entry == memory->list + memory->count) {
		add(memory, key, value);
		return NULL;
	}
	if (strcmp(entry->value, value) != 0) {
		entry->before = entry->value;
		entry->value = arena_strdup(&memory->arena, value);
		entry->changed_unix = memory->now_unix;
		memory->news = true;
	}
	return entry->before && memory->now_unix - entry->changed_unix < TOLD_S ? entry->before
										: NULL;
}

void
memory_close(struct memory *memory, struct report *report)
{
	struct err err = {0};
	struct buf text;

	buf_init(&text, STATE_FILE_MAX);
	for (size_t i = 0; i < memory->count; i++)
		print_entry(&text, &memory->list[i]);
	if (memory->news && !state_file_write(&memory->file, buf_text(&text), &err))
		say(report, err.text);
	buf_free(&text);
	state_file_close(&memory->file);
	arena_free(&memory->arena);
}
