/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the growing byte buffer. Growing wipes what it leaves behind, so a
 * secret that was built in a buffer has exactly one place to be wiped from.
 * Must not know: what the bytes mean.
 */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define BUF_FIRST 64

void
buf_init(struct buf *buf, size_t cap)
{
	memset(buf, 0, sizeof(*buf));
	buf->cap = cap;
}

void
buf_free(struct buf *buf)
{
	mem_free(buf->data);
	buf_init(buf, buf->cap);
}

void
buf_wipe(struct buf *buf)
{
	if (buf->data != NULL)
		mem_wipe(buf->data, buf->size);
	buf_free(buf);
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Makes room for len more bytes and the NUL; false beyond the cap. */
static bool
buf_reserve(struct buf *buf, size_t len)
{
	size_t size = buf->size > 0 ? buf->size : BUF_FIRST;
	char *data;

	if (len > buf->cap - buf->len) {
		buf->overflow = true;
		return false;
	}
	if (buf->size > buf->len + len)
		return true;
	while (size <= buf->len + len)
		size = size > SIZE_MAX / 2 ? SIZE_MAX : size * 2;
	data = mem_alloc(size);
	if (buf->data != NULL) {
		memcpy(data, buf->data, buf->len);
		mem_wipe(buf->data, buf->size);
		mem_free(buf->data);
	}
	buf->data = data;
	buf->size = size;
	return true;
}

bool
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (!buf_reserve(buf, len))
		return false;
	if (len > 0)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool
buf_add_char(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

bool
buf_add_text(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

bool
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	bool fits;

	va_start(args, format);
	fits = buf_vprintf(buf, format, args);
	va_end(args);
	return fits;
}

bool
buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0 || !buf_reserve(buf, (size_t)len)) {
		buf->overflow = true;
		return false;
	}
	(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	buf->len += (size_t)len;
	return true;
}

void
buf_drop(struct buf *buf, size_t count)
{
	if (count > buf->len)
		count = buf->len;
	if (count == 0)
		return;
	memmove(buf->data, buf->data + count, buf->len - count + 1);
	buf->len -= count;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}
