/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A row as one program sees it: with its prefix, its letter there and its place
 * in the table. Private to opts/: parser and printers walk the rows with it.
 */
#ifndef COMMON_OPTS_ROW_H
#define COMMON_OPTS_ROW_H

#include "opts/opts.h"

#define ROW_NAME_SIZE 64

struct row {
	const struct opt *opt;
	const struct opt_group *group;
	enum opt_type type;       /* the row's, but for table->bare */
	size_t index;             /* in table order */
	char letter;              /* 0: none */
	char name[ROW_NAME_SIZE]; /* with the group's prefix */
};

/* The row behind this one; a zeroed row is before the first. False at the end. */
bool row_next(const struct opt_table *table, struct row *row);
/* By long name or alias (exact), by letter. */
bool row_by_name(const struct opt_table *table, const char *name, size_t len, struct row *row_out);
bool row_by_letter(const struct opt_table *table, char letter, struct row *row_out);
size_t row_count(const struct opt_table *table);

void *row_field(const struct row *row, void *config);
const void *row_field_const(const struct row *row, const void *config);
bool row_needs_argument(const struct row *row);
/* May be given more than once in one place. */
bool row_repeats(const struct row *row);
/* True if the heading of this row's group differs from the one before (NULL goes on). */
bool row_begins_heading(const struct row *row, const char **heading);
/* Calls take for each part of "a|b|c"; stops and returns true when take does. */
bool row_parts(
    const char *list, bool (*take)(void *context, const char *part, size_t len), void *context);
/* Index of text among the parts, -1 if it is none; ASCII case folded. */
int row_choice(const char *choices, const char *text, size_t len);

/*
 * Reads text (NULL: nothing was said behind the name) into the row's field.
 * Strings are kept by pointer, pieces of lists are copied into the arena; a
 * secret becomes an own copy. False: why says what was expected.
 */
bool row_assign(const struct row *row, const char *text, void *config, struct arena *arena,
    struct buf *why) MUST_USE;
/* Takes back what was assigned: lists are emptied, secrets wiped, counts 0. */
void row_reset(const struct row *row, void *config);

/* What help, man page and lists add to the row's line: "(text, json; default: text; may repeat)". */
void row_note(struct buf *out, const struct row *row);

#endif
