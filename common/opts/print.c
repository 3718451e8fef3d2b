/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the rows as help and as lists.
 * Must not know: where the text goes, or how wide that is: 80 columns always.
 */
#include "opts/print.h"

#include <string.h>

#include "base/text.h"
#include "opts/row.h"

#define WIDTH 79
#define COLUMN 28

/* Blanks up to a column; printf's own padding is most of what --help would cost. */
static void
indent(struct buf *out, size_t columns)
{
	static const char blanks[] = "                                        ";

	buf_add(out, blanks, columns < sizeof(blanks) ? columns : sizeof(blanks) - 1);
}

/* Words of text from column on, wrapped; the cursor stands in the column already. */
static void
wrap(struct buf *out, const char *text, size_t column)
{
	size_t at = column;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			buf_add_char(out, '\n');
			indent(out, column);
			at = column;
		} else if (at > column) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add(out, text, len);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	buf_add_char(out, '\n');
}

/* "  -H, --hostname HOST" */
static void
print_names(struct buf *out, const struct row *row)
{
	bool optional = row->type == OPT_OPTIONAL || (row->opt->flags & OPT_F_MAY_BE_BARE) != 0;

	/* no printf: a hundred rows of it are a twentieth of --help */
	buf_add_text(out, row->letter != '\0' ? "  -" : "    ");
	buf_add_char(out, row->letter != '\0' ? row->letter : ' ');
	buf_add_text(out, row->letter != '\0' ? ", --" : " --");
	buf_add_text(out, row->name);
	if (row->opt->argument == NULL)
		return;
	buf_add_text(out, optional ? "[=" : " ");
	buf_add_text(out, row->opt->argument);
	if (optional)
		buf_add_char(out, ']');
}

static void
help_row(struct buf *out, const struct row *row)
{
	struct buf names, text;

	buf_init(&names, 256);
	buf_init(&text, 4096);
	print_names(&names, row);
	buf_add_text(&text, row->opt->help);
	row_note(&text, row);
	buf_add_text(out, buf_text(&names));
	if (names.len + 2 > COLUMN)
		buf_add_char(out, '\n');
	indent(out, names.len + 2 > COLUMN ? COLUMN : COLUMN - names.len);
	wrap(out, buf_text(&text), COLUMN);
	buf_free(&names);
	buf_free(&text);
}

void
opts_help(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};
	const char *heading = NULL;

	buf_printf(out, "Usage: %s [OPTION...]%s%s%s\n", table->program,
	    table->word != NULL ? " [" : "", table->word != NULL ? table->word : "",
	    table->word != NULL ? "]" : "");
	wrap(out, table->summary, 0);
	while (row_next(table, &row)) {
		if (row_begins_heading(&row, &heading))
			buf_printf(out, "\n%s:\n", heading);
		help_row(out, &row);
	}
	buf_printf(out,
	    "\nRanges are Nagios ranges: 10, 10:, ~:10, 10:20, @10:20. Durations take ms, s,\n"
	    "m, h, d, w; sizes K, M, G. Every long name is a key of the ini file as well.\n"
	    "Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\nManual page: %s --man\n",
	    table->program);
}

static const char *
type_name(enum opt_type type)
{
	static const char *const names[] = {
	    [OPT_FLAG] = "flag",
	    [OPT_SWITCH] = "switch",
	    [OPT_COUNT] = "count",
	    [OPT_TEXT] = "text",
	    [OPT_WORDS] = "text",
	    [OPT_LIST] = "list",
	    [OPT_NUMBER] = "number",
	    [OPT_DURATION] = "duration",
	    [OPT_SIZE] = "size",
	    [OPT_PERCENT] = "percent",
	    [OPT_CHOICE] = "choice",
	    [OPT_STATE] = "state",
	    [OPT_SECRET] = "secret",
	    [OPT_OPTIONAL] = "text",
	    [OPT_IGNORED] = "ignored",
	    [OPT_ACTION] = "action",
	};

	return names[type];
}

/* One line each: letter, name, type, argument, default, meaning; tabs between. */
void
opts_list(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};

	while (row_next(table, &row))
		buf_printf(out, "%c%c\t--%s\t%s\t%s\t%s\t%s\n", row.letter != '\0' ? '-' : ' ',
		    row.letter != '\0' ? row.letter : ' ', row.name, type_name(row.type),
		    row.opt->argument != NULL ? row.opt->argument : "",
		    row.opt->value != NULL ? row.opt->value : "", row.opt->help);
}

struct parts {
	struct arena *arena;
	struct value *array;
};

static bool
list_part(void *context, const char *part, size_t len)
{
	struct parts *parts = context;

	value_add_text(parts->arena, parts->array, NULL, arena_strndup(parts->arena, part, len));
	return false;
}

static void
list_parts(struct arena *arena, struct value *object, const char *key, const char *list)
{
	struct parts parts = {.arena = arena, .array = value_add_array(arena, object, key)};

	(void)row_parts(list, list_part, &parts);
}

void
opts_list_value(struct arena *arena, struct value *array, const struct opt_table *table)
{
	struct row row = {.index = 0};
	const char *heading = NULL;

	while (row_next(table, &row)) {
		struct value *object = value_add_object(arena, array, NULL);
		char letter[] = {row.letter, '\0'};

		(void)row_begins_heading(&row, &heading);
		value_add_text(arena, object, "name", row.name);
		value_add_text(arena, object, "letter", row.letter != '\0' ? letter : NULL);
		list_parts(arena, object, "aliases", row.opt->aliases);
		value_add_text(arena, object, "group", heading);
		value_add_text(arena, object, "type", type_name(row.type));
		value_add_text(arena, object, "argument", row.opt->argument);
		value_add_text(arena, object, "default", row.opt->value);
		list_parts(arena, object, "choices", row.opt->choices);
		value_add_bool(arena, object, "repeats", row_repeats(&row));
		value_add_bool(arena, object, "ini", (row.opt->flags & OPT_F_NOT_INI) == 0);
		value_add_text(arena, object, "help", row.opt->help);
	}
}
