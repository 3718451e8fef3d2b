/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the gathering of questions into rounds. Knows nothing of what they are for. */
#include "dialog/dns_batch.h"

#include <string.h>

#define ROOM_FIRST 64

void
dns_batch_init(struct dns_batch *batch, struct arena *arena)
{
	*batch = (struct dns_batch){.arena = arena};
}

void
dns_batch_free(struct dns_batch *batch)
{
	mem_free(batch->list);
	*batch = (struct dns_batch){0};
}

struct dns_question *
dns_batch_add(struct dns_batch *batch, const char *name, uint16_t type, unsigned flags,
    const struct address *server)
{
	struct dns_question *question = arena_alloc(batch->arena, sizeof(*question));

	question->name = arena_strdup(batch->arena, name);
	question->type = type;
	question->flags = flags;
	question->server = server;
	if (batch->count == batch->room) {
		batch->room = batch->room ? 2 * batch->room : ROOM_FIRST;
		batch->list = mem_grow(batch->list, batch->room, sizeof(struct dns_question *));
	}
	batch->list[batch->count++] = question;
	return question;
}

bool
dns_batch_ask(struct dns_batch *batch, struct dns *dns, struct deadline deadline)
{
	struct dns_question *row; /* the engine takes them side by side */

	if (batch->count == 0)
		return false;
	row = mem_array(batch->count, sizeof(*row));
	for (size_t i = 0; i < batch->count; i++)
		row[i] = *batch->list[i];
	dns_ask(dns, row, batch->count, deadline);
	for (size_t i = 0; i < batch->count; i++) {
		*batch->list[i] = row[i];
		batch->forged |= row[i].forged;
		batch->heard += row[i].answered_by != NULL;
	}
	mem_free(row);
	batch->rounds++;
	batch->asked += batch->count;
	batch->count = 0;
	return true;
}
