/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of replies.def as it is read. For the matcher and its tests only. */
#ifndef COMMON_CHECK_REPLY_ROW_H
#define COMMON_CHECK_REPLY_ROW_H

#include "check/reply.h"

#define REPLY_ANY 255u   /* every stage */
#define REPLY_USUAL (-1) /* who acts: as the finding says */

/* Columns as replies.def explains them; "" is no condition. Strings are static. */
struct reply_row {
	size_t index;
	const char *name, *provider, *code, *enhanced, *bracket, *pattern;
	const char *why, *next, *seen, *example;
	unsigned stages, protocols;
	enum finding_id finding;
	int who;
	const char *behind; /* where the next row's texts begin */
};

/* The next row; the first one for a zeroed row. False: there is none. */
bool reply_row_next(struct reply_row *row);

#endif
