/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads lists of mechanism names; what a name means is wire/sasl.c's. */
#include "wire/sasl_list.h"

#include <string.h>

#include "base/text.h"
#include "wire/sasl.h"

static void
add(struct sasl_list *list, struct arena *arena, const char *word, size_t len)
{
	enum sasl_mechanism mechanism;
	char *name = arena_strndup(arena, word, len);

	if (list->count == SASL_LIST_MAX || sasl_list_has(list, name))
		return;
	if (list->names == NULL)
		list->names = arena_alloc(arena, SASL_LIST_MAX * sizeof(*list->names));
	list->names[list->count++] = name;
	if (sasl_find(word, len, &mechanism))
		list->bits |= 1U << mechanism;
}

void
sasl_list_add(struct sasl_list *list, struct arena *arena, const char *words)
{
	while (*words != '\0' && list->count < SASL_LIST_MAX) {
		size_t len = strcspn(words, " \t");

		if (len > 0)
			add(list, arena, words, len);
		words += len;
		words += strspn(words, " \t");
	}
}

bool
sasl_list_has(const struct sasl_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal_fold(list->names[i], name))
			return true;
	return false;
}
