/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the tree of display values.
 * Must not know: JSON or any other way to print it.
 */
#include "base/value.h"

#include <string.h>

#include "base/text.h"

static struct value *
value_new(struct arena *arena, enum value_kind kind)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->kind = kind;
	return value;
}

static struct value *
value_add_new(struct arena *arena, struct value *parent, const char *key, enum value_kind kind)
{
	struct value *child = value_new(arena, kind);

	value_add(parent, key, child);
	return child;
}

struct value *
value_object(struct arena *arena)
{
	return value_new(arena, VALUE_OBJECT);
}

struct value *
value_array(struct arena *arena)
{
	return value_new(arena, VALUE_ARRAY);
}

struct value *
value_add_object(struct arena *arena, struct value *parent, const char *key)
{
	return value_add_new(arena, parent, key, VALUE_OBJECT);
}

struct value *
value_add_array(struct arena *arena, struct value *parent, const char *key)
{
	return value_add_new(arena, parent, key, VALUE_ARRAY);
}

void
value_add(struct value *parent, const char *key, struct value *child)
{
	child->key = key;
	child->next = NULL;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

void
value_add_null(struct arena *arena, struct value *parent, const char *key)
{
	(void)value_add_new(arena, parent, key, VALUE_NULL);
}

void
value_add_bool(struct arena *arena, struct value *parent, const char *key, bool boolean)
{
	value_add_new(arena, parent, key, VALUE_BOOL)->boolean = boolean;
}

void
value_add_int(struct arena *arena, struct value *parent, const char *key, int64_t integer)
{
	value_add_new(arena, parent, key, VALUE_INT)->integer = integer;
}

void
value_add_real(
    struct arena *arena, struct value *parent, const char *key, double real, int decimals)
{
	struct value *child = value_add_new(arena, parent, key, VALUE_REAL);

	child->real = real;
	child->decimals = decimals;
}

void
value_add_text(struct arena *arena, struct value *parent, const char *key, const char *text)
{
	if (text == NULL)
		value_add_null(arena, parent, key);
	else
		value_add_new(arena, parent, key, VALUE_TEXT)->text = arena_strdup(arena, text);
}

void
value_add_time(struct arena *arena, struct value *parent, const char *key, const char *key_epoch,
    int64_t unix_seconds)
{
	struct buf text;

	buf_init(&text, 64);
	text_rfc3339(&text, unix_seconds);
	value_add_text(arena, parent, key, buf_text(&text));
	value_add_int(arena, parent, key_epoch, unix_seconds);
	buf_free(&text);
}

const struct value *
value_get(const struct value *object, const char *key)
{
	for (const struct value *child = object->first; child != NULL; child = child->next)
		if (child->key != NULL && strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

void
value_append_all(struct value *array, struct value *other)
{
	if (other->first == NULL)
		return;
	if (array->last != NULL)
		array->last->next = other->first;
	else
		array->first = other->first;
	array->last = other->last;
	other->first = other->last = NULL;
}
