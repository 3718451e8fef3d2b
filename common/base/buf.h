/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A growing byte buffer with a cap that must be given. Beyond the cap nothing
 * is added and the overflow sticks, so a caller may check once at the end.
 * Growing wipes the memory it leaves: a secret has one place to be wiped from.
 */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include <stdarg.h>

#include "base/base.h"

struct buf {
	char *data;    /* NUL-terminated whenever it is not NULL */
	size_t len;    /* without that NUL */
	size_t size;   /* allocated */
	size_t cap;    /* len never exceeds this */
	bool overflow; /* something did not fit */
};

void buf_init(struct buf *buf, size_t cap);
void buf_free(struct buf *buf);  /* a zeroed buf is fine */
void buf_wipe(struct buf *buf);  /* clears, then frees: for secrets */
void buf_clear(struct buf *buf); /* keeps the memory; overflow is reset */
bool buf_add(struct buf *buf, const void *bytes, size_t len); /* all or nothing */
bool buf_add_char(struct buf *buf, char c);
bool buf_add_text(struct buf *buf, const char *text);
bool buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
bool buf_vprintf(struct buf *buf, const char *format, va_list args);
/* Removes the first count bytes. */
void buf_drop(struct buf *buf, size_t count);
/* The content as a string; "" when nothing was added. */
const char *buf_text(const struct buf *buf);

#endif
