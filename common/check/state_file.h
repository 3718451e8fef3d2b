/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small text kept between runs in --state-dir. One run has it at a time; it
 * is never half written: a run killed at any point leaves the old text or the
 * new one. Only a directory and a file that nobody else can write are trusted.
 */
#ifndef COMMON_CHECK_STATE_FILE_H
#define COMMON_CHECK_STATE_FILE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#define STATE_FILE_MAX ((size_t)128 << 10)

struct state_file {
	char *name;
	int folder, lock; /* descriptors */
	struct buf text;  /* what the file holds; "" if there was none, or it is damaged */
	bool damaged;     /* it was there and is not what one of our runs wrote */
};

/* "smtp-0123456789abcdef": a file name for what is checked, the same from run to run. */
char *state_file_name(struct arena *arena, const char *kind, const char *identity);

/*
 * Locks NAME in dir, waiting until the deadline, and reads it. False: err is
 * ERR_CONFIG (unsafe: whose it is, who may write it, what it is) or ERR_LOCAL
 * (cannot be used, or another run holds it). state_file_close() is due either way.
 */
bool state_file_open(struct state_file *file, const char *dir, const char *name,
    struct deadline deadline, struct err *err) MUST_USE;
/* Replaces the text; when true is returned it is on disk. */
bool state_file_write(struct state_file *file, const char *text, struct err *err) MUST_USE;
/* Lets the next run in. A zeroed one is fine. */
void state_file_close(struct state_file *file);

#endif
