/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: a list of borrowed strings.
 * Must not know: who owns the strings.
 */
#include "base/strings.h"

#include "base/mem.h"
#include "base/text.h"

void
strings_add(struct strings *strings, const char *text)
{
	size_t room = strings->count + 1;

	/* Doubles at every power of two, so the size needs no field of its own. */
	if ((room & (room - 1)) == 0)
		strings->items = mem_grow(strings->items, 2 * room, sizeof(*strings->items));
	strings->items[strings->count++] = text;
	strings->items[strings->count] = NULL;
}

bool
strings_has_fold(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (text_equal_fold(strings->items[i], text))
			return true;
	return false;
}

void
strings_free(struct strings *strings)
{
	mem_free(strings->items);
	*strings = (struct strings){.count = 0};
}
