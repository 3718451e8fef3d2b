/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the grammar of tag lists.
 * Must not know: what a tag means.
 */
#include "wire/tags.h"

#include <string.h>
#include <strings.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && is_space(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && is_space((*text)[*len - 1]))
		(*len)--;
}

static bool
is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z') &&
		    !(i > 0 && ((text[i] >= '0' && text[i] <= '9') || text[i] == '_')))
			return false;
	return len > 0;
}

static bool
is_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] < ' ' && !is_space(text[i])) || text[i] > '~')
			return false;
	return true;
}

static const char *
add_tag(struct arena *arena, const char *text, size_t len, struct tags *out)
{
	const char *equals = memchr(text, '=', len), *value;
	size_t name_len, value_len;

	if (!equals)
		return "a part of it has no '='";
	name_len = (size_t)(equals - text);
	value = equals + 1;
	value_len = len - name_len - 1;
	trim(&text, &name_len);
	trim(&value, &value_len);
	if (!is_name(text, name_len))
		return "a name before '=' is no name";
	if (!is_value(value, value_len))
		return "a value holds characters that may not stand there";
	out->list[out->count].name = arena_strndup(arena, text, name_len);
	out->list[out->count].value = arena_strndup(arena, value, value_len);
	if (tags_get(out, out->list[out->count].name))
		return "a name stands there twice";
	out->count++;
	return NULL;
}

bool
tags_parse(struct arena *arena, const char *text, size_t len, struct tags *out)
{
	size_t parts = 1;

	*out = (struct tags){0};
	for (size_t i = 0; i < len; i++)
		parts += text[i] == ';';
	out->list = arena_alloc(arena, parts * sizeof *out->list);
	for (size_t at = 0; at < len && !out->fault;) {
		const char *end = memchr(text + at, ';', len - at), *part = text + at;
		size_t part_len = end ? (size_t)(end - part) : len - at;

		at += part_len + 1;
		trim(&part, &part_len);
		if (part_len > 0)
			out->fault = add_tag(arena, part, part_len, out);
	}
	return out->fault == NULL;
}

const char *
tags_get(const struct tags *tags, const char *name)
{
	for (size_t i = 0; i < tags->count; i++)
		if (strcasecmp(tags->list[i].name, name) == 0)
			return tags->list[i].value;
	return NULL;
}

bool
tags_begin(const char *text, size_t len, const char *name, const char *value)
{
	const char *end = memchr(text, ';', len), *equals;
	size_t name_len, value_len;

	if (end)
		len = (size_t)(end - text);
	equals = memchr(text, '=', len);
	if (!equals)
		return false;
	name_len = (size_t)(equals - text);
	value_len = len - name_len - 1;
	equals++;
	trim(&text, &name_len);
	trim(&equals, &value_len);
	return name_len == strlen(name) && strncasecmp(text, name, name_len) == 0 &&
	       value_len == strlen(value) && memcmp(equals, value, value_len) == 0;
}

const char **
tags_list(struct arena *arena, const char *value, char delimiter, size_t *count_out)
{
	size_t parts = 1, count = 0;
	const char **list;

	for (const char *c = value; *c; c++)
		parts += *c == delimiter;
	list = arena_alloc(arena, (parts + 1) * sizeof *list);
	for (const char *at = value;; at++) {
		const char *end = strchr(at, delimiter), *item = at;
		size_t len = end ? (size_t)(end - at) : strlen(at);

		trim(&item, &len);
		if (len > 0)
			list[count++] = arena_strndup(arena, item, len);
		if (!end)
			break;
		at = end;
	}
	*count_out = count;
	return list;
}

bool
tags_list_has(const char *value, char delimiter, const char *item)
{
	struct arena arena = {0};
	size_t count;
	const char **list = tags_list(&arena, value, delimiter, &count);
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found = found || strcasecmp(list[i], item) == 0;
	arena_free(&arena);
	return found;
}
