/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of one program, as texts: help, manual page, completion. */
#ifndef COMMON_CHECK_DOOR_H
#define COMMON_CHECK_DOOR_H

#include "check/plugin.h"

struct door_command {
	const char *name;            /* "imap" */
	const struct plugin *plugin; /* NULL: it only prints */
	const char *argument, *help; /* one line each; argument may be "" */
};

struct door {
	const char *program, *summary; /* "mailvitals", one line */
	const struct door_command *commands;
	size_t count;
};

/* NULL: no such command. */
const struct door_command *door_find(const struct door *door, const char *name);
void door_help(struct buf *out, const struct door *door);
/* mdoc, section 1. */
void door_man(struct buf *out, const struct door *door);
/* The commands, and behind each the options of its program. False: another shell. */
bool door_completion(struct buf *out, const struct door *door, const char *shell) MUST_USE;

#endif
