/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the rows as completion for bash, zsh and fish.
 * Must not know: any single option.
 */
#include <string.h>

#include "opts/print.h"
#include "opts/row.h"

static bool
is_shown(const struct row *row)
{
	return (row->opt->flags & OPT_F_CLASSIC) == 0;
}

static bool
is_path(const struct row *row, const char *kind)
{
	return row->opt->argument != NULL && strcmp(row->opt->argument, kind) == 0;
}

static bool
add_word(void *context, const char *part, size_t len)
{
	struct buf *out = context;

	if (out->len > 0)
		buf_add_char(out, ' ');
	buf_add(out, part, len);
	return false;
}

/* "text json openmetrics": the choices of a row. */
static void
choice_words(struct buf *out, const struct row *row)
{
	buf_init(out, 1024);
	(void)row_parts(row->type == OPT_STATE ? "ok|warning|critical|unknown" : row->opt->choices,
	    add_word, out);
}

/* ---- bash ------------------------------------------------------------------- */

static void
bash_names(struct buf *out, const struct row *row, const char *then)
{
	buf_add_text(out, "\t");
	if (row->letter != '\0')
		buf_printf(out, "-%c|", row->letter);
	buf_printf(out,
	    "--%s)\n\t\tmapfile -t COMPREPLY < <(compgen %s -- \"$word\")\n\t\treturn ;;\n",
	    row->name, then);
}

static void
bash_row(struct buf *out, const struct row *row)
{
	struct buf words, then;

	choice_words(&words, row);
	buf_init(&then, 1200);
	if (words.len > 0)
		buf_printf(&then, "-W '%s'", buf_text(&words));
	else if (is_path(row, "FILE"))
		buf_add_text(&then, "-f");
	else if (is_path(row, "DIRECTORY"))
		buf_add_text(&then, "-d");
	else if (strcmp(row->name, "completion") == 0)
		buf_add_text(&then, "-W 'bash zsh fish'");
	else if (row_needs_argument(row))
		buf_add_text(&then, "-A hostname");
	if (then.len > 0)
		bash_names(out, row, buf_text(&then));
	buf_free(&words);
	buf_free(&then);
}

static void
completion_bash(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};

	buf_printf(out,
	    "# bash completion for %s\n_%s()\n{\n\tlocal word before\n"
	    "\tword=${COMP_WORDS[COMP_CWORD]}\n\tbefore=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tcase $before in\n",
	    table->program, table->program);
	while (row_next(table, &row))
		if (is_shown(&row))
			bash_row(out, &row);
	buf_add_text(out, "\tesac\n\tmapfile -t COMPREPLY < <(compgen -W '");
	row = (struct row){.index = 0};
	while (row_next(table, &row))
		if (is_shown(&row))
			buf_printf(out, "--%s ", row.name);
	buf_printf(out, "' -- \"$word\")\n}\ncomplete -F _%s %s\n", table->program, table->program);
}

/* ---- zsh -------------------------------------------------------------------- */

/* Inside single quotes and inside the brackets of _arguments. */
static void
zsh_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_add_text(out, "'\\''");
		else if (strchr("[]:\\", *text) != NULL)
			buf_printf(out, "\\%c", *text);
		else
			buf_add_char(out, *text);
	}
}

static void
zsh_argument(struct buf *out, const struct row *row)
{
	struct buf words;

	choice_words(&words, row);
	buf_add_char(out, ':');
	zsh_text(out, row->opt->argument != NULL ? row->opt->argument : "VALUE");
	buf_add_char(out, ':');
	if (words.len > 0)
		buf_printf(out, "(%s)", buf_text(&words));
	else if (is_path(row, "FILE"))
		buf_add_text(out, "_files");
	else if (is_path(row, "DIRECTORY"))
		buf_add_text(out, "_directories");
	else if (strcmp(row->name, "completion") == 0)
		buf_add_text(out, "(bash zsh fish)");
	buf_free(&words);
}

static void
zsh_spec(struct buf *out, const struct row *row, const char *name)
{
	buf_printf(out, " \\\n\t'%s%s", row_repeats(row) ? "*" : "", name);
	if (strncmp(name, "--", 2) == 0 && row_needs_argument(row))
		buf_add_char(out, '=');
	buf_add_char(out, '[');
	zsh_text(out, row->opt->help);
	buf_add_char(out, ']');
	if (row_needs_argument(row))
		zsh_argument(out, row);
	buf_add_char(out, '\'');
}

/* A letter and a long name are two entries. */
static void
zsh_row(struct buf *out, const struct row *row)
{
	const char letter[] = {'-', row->letter, '\0'};
	struct buf name;

	buf_init(&name, 128);
	buf_printf(&name, "--%s", row->name);
	if (row->letter != '\0')
		zsh_spec(out, row, letter);
	zsh_spec(out, row, buf_text(&name));
	buf_free(&name);
}

static void
completion_zsh(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};

	buf_printf(out, "#compdef %s\n_arguments", table->program);
	while (row_next(table, &row)) {
		if (is_shown(&row))
			zsh_row(out, &row);
	}
	buf_add_text(out, " \\\n\t'*::host:_hosts'\n");
}

/* ---- fish ------------------------------------------------------------------- */

static void
fish_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

static void
fish_row(struct buf *out, const struct opt_table *table, const struct row *row)
{
	bool path = is_path(row, "FILE") || is_path(row, "DIRECTORY");
	struct buf words;

	choice_words(&words, row);
	if (strcmp(row->name, "completion") == 0)
		buf_add_text(&words, "bash zsh fish");
	buf_printf(out, "complete -c %s", table->program);
	if (row->letter != '\0')
		buf_printf(out, " -s %c", row->letter);
	buf_printf(out, " -l %s", row->name);
	if (row_needs_argument(row))
		buf_add_text(out, path ? " -r -F" : " -x");
	if (words.len > 0)
		buf_printf(out, " -a '%s'", buf_text(&words));
	buf_add_text(out, " -d '");
	fish_text(out, row->opt->help);
	buf_add_text(out, "'\n");
	buf_free(&words);
}

static void
completion_fish(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};

	buf_printf(
	    out, "# fish completion for %s\ncomplete -c %s -f\n", table->program, table->program);
	while (row_next(table, &row))
		if (is_shown(&row))
			fish_row(out, table, &row);
}

bool
opts_completion(struct buf *out, const struct opt_table *table, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		completion_bash(out, table);
	else if (strcmp(shell, "zsh") == 0)
		completion_zsh(out, table);
	else if (strcmp(shell, "fish") == 0)
		completion_fish(out, table);
	else
		return false;
	return true;
}
