/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A row of a dialog's unit test: a server by its script, what is asked of it,
 * and the facts afterwards in words; and how such rows are run over a memory
 * stream and a fake clock, and cut short.
 */
#ifndef TESTS_LIB_DIALOG_ROW_H
#define TESTS_LIB_DIALOG_ROW_H

#include "dialog/session.h"
#include "lib/memstream.h"

struct dialog_row {
	const char *name, *script, *want; /* want: a pattern, see script_match() */
	const char *secret;               /* stands in no transcript; NULL: none */
	enum session_mode mode;           /* 0 stands for cleartext here: TLS needs certificates */
	const void *own;                  /* the test's own row, for its functions */
};

struct dialog_kind {
	size_t facts_size; /* they begin with struct session_facts */
	/* Begins the facts and talks; the result of the dialog. */
	bool (*run)(const struct session_params *session, const void *own, void *facts);
	void (*summary)(struct buf *out, const void *facts);
	/* What else holds behind a run; NULL: that all of the script was said. */
	void (*check)(struct memstream *mem, const struct dialog_row *row, const void *facts);
	void (*release)(void *facts);
};

/* One run, its facts left to the caller, inside a fake clock of his. */
void dialog_row_play(const struct dialog_kind *kind, const struct dialog_row *row,
    struct memstream *mem, void *facts);
/* One run, and its facts are those that are wanted. */
void dialog_row_run(const struct dialog_kind *kind, const struct dialog_row *row);
/* Cut behind any byte before the last fact is in, a dialog never looks whole. */
void dialog_row_cut(const struct dialog_kind *kind, const struct dialog_row *row);
/* The client said exactly what the script wants. */
void dialog_row_said(const struct dialog_row *row, struct memstream *mem);

#endif
