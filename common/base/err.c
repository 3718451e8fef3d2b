/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: setting an error once. The text is made safe once more, so that a
 * caller who forgot cannot smuggle a control character to a terminal.
 * Must not know: what an error means for the state of a service.
 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool
err_set(struct err *err, enum err_kind kind, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)err_vset(err, kind, code, format, args);
	va_end(args);
	return false;
}

bool
err_vset(struct err *err, enum err_kind kind, int code, const char *format, va_list args)
{
	const struct text_style style = {.for_json = true}; /* our own quotes stay quotes */
	char raw[4 * sizeof(err->text)];
	struct buf out = {.data = err->text, .size = sizeof(err->text)};

	if (err_is_set(err))
		return false;
	err->kind = kind;
	err->code = code;
	err->text[0] = '\0';
	if (vsnprintf(raw, sizeof(raw), format, args) < 0)
		return false;
	out.cap = sizeof(err->text) - 1; /* never above the array: the buffer does not grow */
	text_clean(&out, raw, strlen(raw), &style);
	return false;
}

bool
err_take(struct err *err, const struct err *other)
{
	if (!err_is_set(err))
		*err = *other;
	return false;
}

void
err_clear(struct err *err)
{
	memset(err, 0, sizeof(*err));
}
