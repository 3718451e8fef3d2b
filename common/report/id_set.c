/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns a table of pointers by the hash of their id, at most half full. Knows nothing of reports. */
#include "report/id_set.h"

#include <stdint.h>
#include <string.h>

#define ROOM_FIRST 32

static const char *
id_of(const struct value *element)
{
	const struct value *id = value_get(element, "id");

	return id ? id->text : NULL;
}

/* FNV-1a, 64 bits. */
static size_t
hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32);
}

/* Where this id stands, or would stand. room is a power of two. */
static struct id_slot *
slot_of(struct id_slot *slots, size_t room, const char *id)
{
	size_t at = hash_of(id) & (room - 1);

	while (slots[at].element && strcmp(id_of(slots[at].element), id) != 0)
		at = (at + 1) & (room - 1);
	return &slots[at];
}

static void
widen(struct id_set *set, struct arena *arena)
{
	size_t room = set->room ? 2 * set->room : ROOM_FIRST;
	struct id_slot *slots = arena_alloc(arena, room * sizeof(*slots));

	for (size_t i = 0; i < set->room; i++)
		if (set->slots[i].element)
			*slot_of(slots, room, id_of(set->slots[i].element)) = set->slots[i];
	set->slots = slots;
	set->room = room;
}

static void
take_in(struct id_set *set, const struct value *element, struct arena *arena)
{
	const char *id = id_of(element);
	struct id_slot *slot;

	set->last = element;
	if (!id)
		return;
	if (2 * (set->count + 1) > set->room)
		widen(set, arena);
	slot = slot_of(set->slots, set->room, id);
	set->count += slot->element == NULL;
	slot->element = element;
}

bool
id_set_holds(
    struct id_set *set, const struct value *array, const struct value *element, struct arena *arena)
{
	const char *id = id_of(element);

	for (const struct value *v = set->last ? set->last->next : array->first; v; v = v->next)
		take_in(set, v, arena);
	return id && set->room > 0 && slot_of(set->slots, set->room, id)->element != NULL;
}
