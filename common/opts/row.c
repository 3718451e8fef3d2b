/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: walking and finding rows; names and letters as one program has them.
 * Must not know: where a value comes from or how a row is printed.
 */
#include "opts/row.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* What the program's own letters make of the row's: they may move it or take it for another. */
static char
row_letter(const struct opt_table *table, const struct row *row)
{
	bool own = row->group->prefix == NULL && !row->group->long_only;
	char letter = own ? row->opt->letter : '\0';

	for (const struct opt_letter *l = table->letters; l != NULL && l->name != NULL; l++) {
		if (strcmp(l->name, row->name) == 0)
			return l->letter;
		if (l->letter == letter)
			letter = '\0';
	}
	return letter;
}

/* By hand: hundreds of these are a tenth of all that we spend outside OpenSSL. */
static void
row_name(struct row *row)
{
	const char *prefix = row->group->prefix != NULL ? row->group->prefix : "";
	char *end = memccpy(row->name, prefix, '\0', sizeof(row->name));
	size_t used = end != NULL ? (size_t)(end - row->name) - 1 : sizeof(row->name) - 1;

	if (memccpy(row->name + used, row->opt->name, '\0', sizeof(row->name) - used) == NULL)
		row->name[sizeof(row->name) - 1] = '\0';
}

bool
row_next(const struct opt_table *table, struct row *row)
{
	bool first = row->opt == NULL;

	if (first)
		row->group = table->groups;
	row->opt = first ? row->group->rows : row->opt + 1;
	row->index += !first;
	while (row->opt != NULL && row->opt->name == NULL) {
		row->group++;
		row->opt = row->group->rows;
	}
	if (row->opt == NULL)
		return false;
	row_name(row);
	row->letter = row_letter(table, row);
	row->type = row->opt->type;
	if (table->bare != NULL && strcmp(table->bare, row->name) == 0)
		row->type = OPT_OPTIONAL;
	return true;
}

bool
row_parts(
    const char *list, bool (*take)(void *context, const char *part, size_t len), void *context)
{
	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, "|");

		if (take(context, list, len))
			return true;
		list += len + (list[len] == '|');
	}
	return false;
}

struct wanted {
	const char *text;
	size_t len;
	int index; /* parts seen so far */
};

static bool
is_wanted(void *context, const char *part, size_t len)
{
	struct wanted *wanted = context;

	if (len == wanted->len && memcmp(part, wanted->text, len) == 0)
		return true;
	wanted->index++;
	return false;
}

static bool
is_wanted_fold(void *context, const char *part, size_t len)
{
	struct wanted *wanted = context;

	if (len == wanted->len && text_begins_fold(part, wanted->text))
		return true;
	wanted->index++;
	return false;
}

int
row_choice(const char *choices, const char *text, size_t len)
{
	struct wanted wanted = {.text = text, .len = len};

	return row_parts(choices, is_wanted_fold, &wanted) ? wanted.index : -1;
}

/* The name behind the prefix is the row's own or one of its aliases. */
static bool
row_is_called(const struct row *row, const char *name, size_t len)
{
	size_t prefix = strlen(row->name) - strlen(row->opt->name);
	struct wanted wanted = {.text = name + prefix, .len = len - prefix};

	if (len < prefix || memcmp(name, row->name, prefix) != 0)
		return false;
	return (strlen(row->name) == len && memcmp(row->name, name, len) == 0) ||
	       row_parts(row->opt->aliases, is_wanted, &wanted);
}

bool
row_by_name(const struct opt_table *table, const char *name, size_t len, struct row *row_out)
{
	struct row row = {.index = 0};

	while (row_next(table, &row))
		if (row_is_called(&row, name, len)) {
			*row_out = row;
			return true;
		}
	return false;
}

bool
row_by_letter(const struct opt_table *table, char letter, struct row *row_out)
{
	struct row row = {.index = 0};

	while (letter != '\0' && row_next(table, &row))
		if (row.letter == letter) {
			*row_out = row;
			return true;
		}
	return false;
}

size_t
row_count(const struct opt_table *table)
{
	struct row row = {.index = 0};
	size_t count = 0;

	while (row_next(table, &row))
		count++;
	return count;
}

void *
row_field(const struct row *row, void *config)
{
	return (char *)config + row->group->base + row->opt->offset;
}

const void *
row_field_const(const struct row *row, const void *config)
{
	return (const char *)config + row->group->base + row->opt->offset;
}

bool
row_needs_argument(const struct row *row)
{
	switch (row->type) {
	case OPT_FLAG:
	case OPT_SWITCH:
	case OPT_COUNT:
	case OPT_OPTIONAL:
	case OPT_ACTION:
		return false;
	default:
		return true;
	}
}

bool
row_repeats(const struct row *row)
{
	return row->type == OPT_COUNT || row->type == OPT_WORDS || row->type == OPT_LIST ||
	       row->type == OPT_IGNORED;
}

bool
row_begins_heading(const struct row *row, const char **heading)
{
	const char *own = row->group->heading;

	if (own == NULL || (*heading != NULL && strcmp(*heading, own) == 0))
		return false;
	*heading = own;
	return true;
}

static bool
note_choice(void *context, const char *part, size_t len)
{
	struct buf *note = context;

	if (note->len > 0)
		buf_add_text(note, ", ");
	buf_add(note, part, len);
	return false;
}

void
row_note(struct buf *out, const struct row *row)
{
	struct buf note;

	buf_init(&note, 1024);
	(void)row_parts(row->opt->choices, note_choice, &note);
	if (row->opt->value != NULL)
		buf_printf(&note, "%sdefault: %s", note.len > 0 ? "; " : "", row->opt->value);
	if (row->type == OPT_WORDS || row->type == OPT_LIST)
		buf_printf(&note, "%smay repeat", note.len > 0 ? "; " : "");
	if (note.len > 0)
		buf_printf(out, " (%s)", buf_text(&note));
	buf_free(&note);
}
