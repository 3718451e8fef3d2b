/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the rows as a manual page, mdoc(7).
 * Must not know: any single option.
 */
#include <string.h>

#include "opts/print.h"
#include "opts/row.h"

/* Pages are reproducible: the date is that of the option set, not of the build. */
#define MAN_DATE "November 22, 2026"

#define MAN_WIDTH 76

/* One word outside of macros: no backslash, and nothing that begins a line like a macro. */
static void
prose_word(struct buf *out, const char *word, size_t len, bool begins_line)
{
	if (begins_line && (*word == '.' || *word == '\''))
		buf_add_text(out, "\\&");
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '\\')
			buf_add_text(out, "\\e");
		else
			buf_add_char(out, word[i]);
	}
}

/*
 * Text in lines of decent length, a sentence begins one of its own; the last
 * one ended. It ends before a line that is a macro; returns what is left.
 */
static const char *
prose(struct buf *out, const char *text)
{
	size_t column = 0;
	bool sentence = false; /* ends before this word */

	while (*text != '\0' && (column == 0 || *text != '.' || text[-1] != '\n')) {
		size_t len = strcspn(text, " \n");
		bool breaks = column > 0 && (sentence || column + 1 + len > MAN_WIDTH);

		if (column > 0)
			buf_add_char(out, breaks ? '\n' : ' ');
		column = breaks || column == 0 ? len : column + 1 + len;
		prose_word(out, text, len, column == len);
		sentence = len > 0 && text[len - 1] == '.';
		text += len + strspn(text + len, " \n");
	}
	buf_add_char(out, '\n');
	return text;
}

static void
upper(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text));
}

static void
man_row(struct buf *out, const struct row *row)
{
	bool optional = row->type == OPT_OPTIONAL || (row->opt->flags & OPT_F_MAY_BE_BARE) != 0;
	struct buf text;

	buf_add_text(out, ".It ");
	if (row->letter != '\0')
		buf_printf(out, "Fl %c , ", row->letter);
	buf_printf(out, "Fl Fl %s", row->name);
	if (row->opt->argument != NULL && optional)
		buf_printf(out, " Ns Op = Ns Ar \"%s\"", row->opt->argument);
	else if (row->opt->argument != NULL)
		buf_printf(out, " Ar \"%s\"", row->opt->argument);
	buf_add_char(out, '\n');
	buf_init(&text, 4096);
	buf_add_text(&text, row->opt->help);
	row_note(&text, row);
	buf_add_char(&text, '.');
	prose(out, buf_text(&text));
	buf_free(&text);
}

static void
man_options(struct buf *out, const struct opt_table *table)
{
	struct row row = {.index = 0};
	const char *heading = NULL;
	bool open = false;

	buf_add_text(out,
	    ".Sh OPTIONS\n"
	    "Long names take\n.Fl Fl name Ar value\nor\n.Fl Fl name Ns = Ns Ar value .\n"
	    "Every option but repeatable ones may be given once.\n");
	while (row_next(table, &row)) {
		if (row_begins_heading(&row, &heading)) {
			if (open)
				buf_add_text(out, ".El\n");
			buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", heading);
			open = true;
		} else if (!open) {
			buf_add_text(out, ".Bl -tag -width Ds\n");
			open = true;
		}
		man_row(out, &row);
	}
	if (open)
		buf_add_text(out, ".El\n");
}

/* A mdoc block that the caller wrote: complete lines. */
static void
block(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	buf_add(out, text, len);
	if (len > 0 && text[len - 1] != '\n')
		buf_add_char(out, '\n');
}

/* Words with macros between them, on lines of their own. */
static void
words(struct buf *out, const char *text)
{
	const char *line = text;

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (*line != '.') {
			line = prose(out, line);
			continue;
		}
		buf_add(out, line, len);
		buf_add_char(out, '\n');
		line += len + (line[len] == '\n');
	}
}

static void
man_tail(struct buf *out, const struct opt_table *table)
{
	buf_add_text(out,
	    ".Sh ENVIRONMENT\n"
	    ".Bl -tag -width Ds\n"
	    ".It Ev NAGIOS_CONFIG_PATH\n"
	    "folders, separated by colons, whose first ini file is read by\n"
	    ".Fl Fl extra-opts .\n"
	    ".It Ev CREDENTIALS_DIRECTORY\n"
	    "set by\n.Xr systemd 1\nfor its credentials.\n"
	    ".It Ev NO_COLOR , TERM , COLUMNS\n"
	    "read when the output goes to a terminal.\n"
	    ".El\n"
	    ".Sh FILES\n"
	    ".Bl -tag -width Ds -compact\n"
	    ".It Pa /etc/mailvitals.ini\n"
	    ".It Pa /etc/monitoring-plugins/monitoring-plugins.ini\n"
	    ".It Pa /etc/nagios/plugins.ini\n"
	    ".It Pa /etc/nagios-plugins.ini\n"
	    "The first of these is read by\n.Fl Fl extra-opts\nwhen it names no file.\n");
	buf_printf(out, "Section\n.Bq %s ,\nthen\n.Bq %s.%s .\n", table->program, table->program,
	    table->service != NULL ? table->service : "");
	buf_add_text(out, ".El\n"
			  ".Sh EXIT STATUS\n"
			  "0 is OK, 1 is WARNING, 2 is CRITICAL, 3 is UNKNOWN.\n"
			  ".Sh SEE ALSO\n"
			  ".Xr mailvitals 1 ,\n.Xr mailvitals-findings 7\n");
}

void
opts_man(struct buf *out, const struct opt_table *table, const char *description,
    const char *findings, const char *version)
{
	buf_add_text(out, ".Dd " MAN_DATE "\n.Dt ");
	upper(out, table->program);
	buf_add_text(out, " 1\n.Os\n");
	buf_printf(out, ".Sh NAME\n.Nm %s\n.Nd %s\n", table->program, table->summary);
	buf_add_text(out, ".Sh SYNOPSIS\n.Nm\n.Op Ar option ...\n");
	if (table->word != NULL)
		buf_printf(out, ".Op Ar %s\n", table->word);
	buf_add_text(out, ".Sh DESCRIPTION\n");
	if (description != NULL)
		words(out, description);
	else
		buf_add_text(out, ".Nm\nchecks a service and tells its state.\n");
	man_options(out, table);
	if (findings != NULL)
		block(out, findings);
	man_tail(out, table);
	buf_printf(out, ".Sh HISTORY\nThis page belongs to mailvitals %s.\n", version);
}
