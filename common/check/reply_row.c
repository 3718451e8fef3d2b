/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the compiled form of replies.def and reading it row by row. The texts
 * are one array of bytes and the numbers another: no pointers, so nothing is
 * relocated when a program starts, and the pages are only touched after a
 * refusal. Knows nothing of matching.
 */
#include <string.h>

#include "check/reply_row.h"

/* The words of replies.def. */
enum {
	ANY = REPLY_ANY,
	GREETING = REPLY_GREETING,
	EHLO = REPLY_EHLO,
	STARTTLS = REPLY_STARTTLS,
	AUTH = REPLY_AUTH,
	MAIL = REPLY_MAIL,
	RCPT = REPLY_RCPT,
	DATA = REPLY_DATA,
	BOX = REPLY_MAILBOX,
	START = GREETING | EHLO,
	ENVELOPE = MAIL | RCPT | DATA,
	I = REPLY_IMAP,
	P = REPLY_POP3,
	L = REPLY_LMTP,
	X = REPLY_SMTP,
	S = REPLY_SMTP | REPLY_LMTP,
	IP = I | P,
	ISP = I | S | P,
	USUAL = REPLY_USUAL
};

#define R(name, stages, protocols, provider, code, enhanced, bracket, pattern, finding, who, why, \
    next, seen, example) \
#name "\0" provider "\0" code "\0" enhanced "\0" bracket "\0" pattern "\0" why "\0" next \
	      "\0" seen "\0" example "\0"
static const char texts[] =
#include "check/replies.def"
    ;
#undef R

static const struct {
	uint16_t finding;
	uint8_t stages, protocols;
	int16_t who;
} numbers[] = {
#define R(name, stages, protocols, provider, code, enhanced, bracket, pattern, finding, who, why, \
    next, seen, example) \
	{FINDING_##finding, stages, protocols, who},
#include "check/replies.def"
#undef R
};

static const char *
take(struct reply_row *row)
{
	const char *text = row->behind;

	row->behind += strlen(text) + 1;
	return text;
}

bool
reply_row_next(struct reply_row *row)
{
	size_t index = row->behind == NULL ? 0 : row->index + 1;

	if (index == ARRAY_LEN(numbers))
		return false;
	if (row->behind == NULL)
		row->behind = texts;
	row->index = index;
	row->name = take(row);
	row->provider = take(row);
	row->code = take(row);
	row->enhanced = take(row);
	row->bracket = take(row);
	row->pattern = take(row);
	row->why = take(row);
	row->next = take(row);
	row->seen = take(row);
	row->example = take(row);
	row->stages = numbers[index].stages;
	row->protocols = numbers[index].protocols;
	row->finding = (enum finding_id)numbers[index].finding;
	row->who = numbers[index].who;
	return true;
}
