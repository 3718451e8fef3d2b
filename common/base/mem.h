/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that cannot fail, and the arena. Out of memory prints the line
 * prepared by mem_last_words() and leaves with 3: the one exit below
 * plugin_main besides the watchdog, and it spares every caller a branch.
 */
#ifndef COMMON_BASE_MEM_H
#define COMMON_BASE_MEM_H

#include <stdarg.h>

#include "base/base.h"

/* The whole line (LF included) written to stdout when memory runs out. Kept by pointer. */
void mem_last_words(const char *line);

void *mem_alloc(size_t size);                         /* zeroed */
void *mem_array(size_t count, size_t size);           /* zeroed; overflow is out of memory */
void *mem_grow(void *old, size_t count, size_t size); /* realloc of an array */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t max);
void mem_free(void *memory); /* NULL is fine */

/* Clears a secret so that the compiler cannot drop the write. */
void mem_wipe(void *memory, size_t size);

/* An arena: many small things that die together. All-zero is an empty arena. */
struct arena {
	struct arena_block *head;
};

void *arena_alloc(struct arena *arena, size_t size);       /* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *text); /* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *text, size_t max);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args);
/* Takes all that other owns; other is empty afterwards. */
void arena_adopt(struct arena *arena, struct arena *other);
void arena_free(struct arena *arena);

#endif
