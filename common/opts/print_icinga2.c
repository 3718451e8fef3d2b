/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the rows as an Icinga 2 CheckCommand, in the style of its template
 * library. A secret never becomes a command line: it goes by environment.
 * Must not know: any single option.
 */
#include <string.h>

#include "opts/print.h"
#include "opts/row.h"

/* "check_imap_tls" is the command "imap_tls" and the prefix of its variables. */
static const char *
command_name(const struct opt_table *table)
{
	const char *program = table->program;

	return strncmp(program, "check_", 6) == 0 ? program + 6 : program;
}

/* A variable of the row: dashes are no part of an identifier. The host is the address. */
static void
variable(struct buf *out, const struct opt_table *table, const struct row *row)
{
	const char *name = strcmp(row->name, "hostname") == 0 ? "address" : row->name;

	buf_printf(out, "%s_", command_name(table));
	for (; *name != '\0'; name++)
		buf_add_char(out, *name == '-' ? '_' : *name);
}

static void
quoted(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

static void
description(struct buf *out, const struct row *row)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_add_text(&text, row->opt->help);
	row_note(&text, row);
	buf_add_text(out, "\t\t\tdescription = ");
	quoted(out, buf_text(&text));
	buf_add_char(out, '\n');
	buf_free(&text);
}

static bool
is_argument(const struct row *row)
{
	return row->type != OPT_ACTION && row->type != OPT_SECRET && row->type != OPT_IGNORED &&
	       (row->opt->flags & OPT_F_CLASSIC) == 0 && strcmp(row->name, "explain") != 0 &&
	       strcmp(row->name, "completion") != 0;
}

/* --password-env is filled from the variable of the secret itself. */
static bool
is_environment(const struct row *row)
{
	size_t len = strlen(row->name);

	return len >= 12 && strcmp(row->name + len - 12, "password-env") == 0;
}

/* "MAILVITALS_ARRIVES_PASSWORD" for --arrives-password-env */
static void
environment_name(struct buf *out, const struct row *row)
{
	size_t len = strlen(row->name) - strlen("-env");

	buf_add_text(out, "MAILVITALS_");
	for (size_t i = 0; i < len; i++) {
		char c = row->name[i];

		buf_add_char(out, (char)(c == '-'               ? '_'
					 : c >= 'a' && c <= 'z' ? c - 'a' + 'A'
								: c));
	}
}

/* The variable of the password: that of --password-env without "_env". */
static void
password_variable(struct buf *out, const struct opt_table *table, const struct row *row)
{
	buf_init(out, 128);
	variable(out, table, row);
	out->len -= strlen("_env");
	out->data[out->len] = '\0';
}

static void
environment_argument(struct buf *out, const struct opt_table *table, const struct row *row)
{
	struct buf name;

	password_variable(&name, table, row);
	buf_printf(out, "\t\t\"--%s\" = {\n\t\t\tvalue = \"", row->name);
	environment_name(out, row);
	buf_printf(out, "\"\n\t\t\tset_if = {{ bool(macro(\"$%s$\")) }}\n", buf_text(&name));
	description(out, row);
	buf_add_text(out, "\t\t}\n");
	buf_free(&name);
}

static void
argument(struct buf *out, const struct opt_table *table, const struct row *row)
{
	buf_printf(out, "\t\t\"--%s\" = {\n", row->name);
	buf_add_text(out, row_needs_argument(row) ? "\t\t\tvalue = \"$" : "\t\t\tset_if = \"$");
	variable(out, table, row);
	buf_add_text(out, "$\"\n");
	if (row_needs_argument(row) && row_repeats(row))
		buf_add_text(out, "\t\t\trepeat_key = true\n");
	description(out, row);
	buf_add_text(out, "\t\t}\n");
}

static void
environment(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};
	bool any = false;

	while (row_next(table, &row)) {
		struct buf name;

		if (!is_environment(&row))
			continue;
		password_variable(&name, table, &row);
		buf_add_text(out,
		    any ? "" : "\n\t/* Seen by this check alone, not in the process list. */\n");
		buf_add_text(out, "\tenv.");
		environment_name(out, &row);
		buf_printf(out, " = \"$%s$\"\n", buf_text(&name));
		buf_free(&name);
		any = true;
	}
}

void
opts_icinga2(struct buf *out, const struct opt_table *table)
{
	const char *command = command_name(table);
	struct row row = {.index = 0};

	buf_printf(out, "object CheckCommand \"%s\" {\n", command);
	if (row_by_name(table, "ipv4", 4, &row))
		buf_add_text(out, "\timport \"ipv4-or-ipv6\"\n\n");
	buf_printf(
	    out, "\tcommand = [ PluginContribDir + \"/%s\" ]\n\n\targuments = {\n", table->program);
	row = (struct row){.index = 0};
	while (row_next(table, &row)) {
		if (is_environment(&row))
			environment_argument(out, table, &row);
		else if (is_argument(&row))
			argument(out, table, &row);
	}
	buf_add_text(out, "\t}\n");
	environment(out, table);
	buf_printf(out, "\n\tvars.%s_address = \"$check_address$\"\n}\n", command);
}
