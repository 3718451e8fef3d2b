/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command that prints a secret. Private to secret.c. */
#ifndef COMMON_CHECK_SECRET_COMMAND_H
#define COMMON_CHECK_SECRET_COMMAND_H

#include "base/buf.h"
#include "base/clock.h"

/*
 * Runs the command, split at blanks, without a shell and without PATH, in a
 * process group of its own that is killed at the deadline. What it prints goes
 * to out. False: *why_out says why in words.
 */
bool secret_command(
    const char *command, struct deadline deadline, struct buf *out, const char **why_out) MUST_USE;

#endif
