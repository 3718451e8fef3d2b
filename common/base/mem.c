/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: allocation that cannot fail, wiping, arenas.
 * Must not know: what is kept in the memory.
 */
#include "base/mem.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_FIRST 1024
#define ARENA_LARGEST 65536

struct arena_block {
	struct arena_block *next;
	size_t used, size; /* of data */
	alignas(max_align_t) unsigned char data[];
};

static const char *last_words = "UNKNOWN - out of memory\n";

void
mem_last_words(const char *line)
{
	last_words = line;
}

/* Only calls that need no memory themselves: write(2) and _exit(2). */
static NO_RETURN void
out_of_memory(void)
{
	size_t len = strlen(last_words);
	ssize_t written = write(STDOUT_FILENO, last_words, len);

	(void)written; /* nobody is left to tell */
	_exit(3);
}

void *
mem_alloc(size_t size)
{
	return mem_array(1, size);
}

void *
mem_array(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *
mem_grow(void *old, size_t count, size_t size)
{
	void *memory = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *
mem_strdup(const char *text)
{
	return mem_strndup(text, SIZE_MAX);
}

char *
mem_strndup(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	char *copy = mem_array(1, len + 1);

	memcpy(copy, text, len);
	return copy;
}

void
mem_free(void *memory)
{
	free(memory);
}

void
mem_wipe(void *memory, size_t size)
{
	if (size > 0)
		explicit_bzero(memory, size);
}

static struct arena_block *
arena_block_new(const struct arena *arena, size_t least)
{
	size_t size = arena->head != NULL ? arena->head->size * 2 : ARENA_FIRST;
	struct arena_block *block;

	if (size > ARENA_LARGEST)
		size = ARENA_LARGEST;
	if (size < least)
		size = least;
	if (size > SIZE_MAX - sizeof(*block))
		out_of_memory();
	block = mem_array(1, sizeof(*block) + size);
	block->size = size;
	return block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	size_t align = alignof(max_align_t);
	struct arena_block *block = arena->head;
	void *memory;

	if (size > SIZE_MAX - align)
		out_of_memory();
	size = (size + align - 1) / align * align;
	if (block == NULL || block->size - block->used < size) {
		block = arena_block_new(arena, size);
		block->next = arena->head;
		arena->head = block;
	}
	memory = block->data + block->used;
	block->used += size;
	return memory;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strndup(arena, text, SIZE_MAX) : NULL;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return arena_strdup(arena, "");
	text = arena_alloc(arena, (size_t)len + 1);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

void
arena_adopt(struct arena *arena, struct arena *other)
{
	struct arena_block *last = other->head;

	if (last == NULL)
		return;
	while (last->next != NULL)
		last = last->next;
	/* Behind our own head, which goes on being the block that is filled. */
	if (arena->head == NULL) {
		arena->head = other->head;
	} else {
		last->next = arena->head->next;
		arena->head->next = other->head;
	}
	other->head = NULL;
}

void
arena_free(struct arena *arena)
{
	while (arena->head != NULL) {
		struct arena_block *next = arena->head->next;

		free(arena->head);
		arena->head = next;
	}
}
