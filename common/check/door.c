/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the texts about commands. Knows no single command. */
#include "check/door.h"

#include <string.h>

#include "opts/print.h"

const struct door_command *
door_find(const struct door *door, const char *name)
{
	for (size_t i = 0; i < door->count; i++)
		if (strcmp(door->commands[i].name, name) == 0)
			return &door->commands[i];
	return NULL;
}

void
door_help(struct buf *out, const struct door *door)
{
	buf_printf(out, "%s: %s\n\nusage: %s COMMAND [ARGUMENTS]\n\n", door->program, door->summary,
	    door->program);
	for (size_t i = 0; i < door->count; i++) {
		const struct door_command *command = &door->commands[i];

		buf_printf(out, "  %-9s %s%s%s\n", command->name, command->argument,
		    command->argument[0] ? ": " : "", command->help);
	}
	buf_printf(out, "\n\"%s help COMMAND\" shows the options of a command.\n", door->program);
}

void
door_man(struct buf *out, const struct door *door)
{
	buf_printf(out,
	    ".Dd November 22, 2026\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n.Sh SYNOPSIS\n"
	    ".Nm\n.Ar command\n.Op Ar argument ...\n.Sh DESCRIPTION\n"
	    "Each check of this package by a short name,\n"
	    "and a few commands for people at a shell.\n"
	    ".Bl -tag -width Ds\n",
	    "MAILVITALS", door->program, door->summary);
	for (size_t i = 0; i < door->count; i++) {
		const struct door_command *command = &door->commands[i];

		buf_printf(out, ".It Cm %s", command->name);
		if (command->argument[0])
			buf_printf(out, " Ar %s", command->argument);
		buf_printf(out, "\n%s.\n", command->help);
		if (command->plugin)
			buf_printf(out, "See\n.Xr %s 1 .\n", command->plugin->options->program);
	}
	buf_add_text(out, ".El\n.Sh EXIT STATUS\n0 where a command only prints and knows an "
			  "answer, 3 where it does not;\n"
			  "else that of the check: 0 ok, 1 warning, 2 critical, 3 unknown.\n"
			  ".Sh SEE ALSO\n.Xr mailvitals-findings 7\n");
}

/* ---- completion ------------------------------------------------------------------------- */

static void
add_names(struct buf *out, const struct door *door)
{
	for (size_t i = 0; i < door->count; i++)
		buf_printf(out, "%s%s", i ? " " : "", door->commands[i].name);
}

/* Bash loads one file for a command: the functions of the programs come along. */
static void
bash(struct buf *out, const struct door *door)
{
	for (size_t i = 0; i < door->count; i++)
		if (door->commands[i].plugin &&
		    !opts_completion(out, door->commands[i].plugin->options, "bash"))
			return;
	buf_printf(out,
	    "_%s()\n{\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\t"
	    "mapfile -t COMPREPLY < <(compgen -W '",
	    door->program);
	add_names(out, door);
	buf_add_text(
	    out, "' -- \"${COMP_WORDS[1]}\")\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < door->count; i++)
		if (door->commands[i].plugin)
			buf_printf(out, "\t%s) _%s ;;\n", door->commands[i].name,
			    door->commands[i].plugin->options->program);
	buf_printf(out, "\tesac\n}\ncomplete -F _%s %s\n", door->program, door->program);
}

/* Zsh finds the functions of the programs by the names of their files. */
static void
zsh(struct buf *out, const struct door *door)
{
	buf_printf(out,
	    "#compdef %s\nlocal state\n"
	    "_arguments -C '1:command:->command' '*::argument:->argument'\n"
	    "case $state in\ncommand) compadd -- ",
	    door->program);
	add_names(out, door);
	buf_add_text(out, " ;;\nargument)\n\tcase $words[1] in\n");
	for (size_t i = 0; i < door->count; i++)
		if (door->commands[i].plugin)
			buf_printf(out, "\t%s) _%s ;;\n", door->commands[i].name,
			    door->commands[i].plugin->options->program);
	buf_add_text(out, "\tesac ;;\nesac\n");
}

static void
fish(struct buf *out, const struct door *door)
{
	buf_printf(out, "complete -c %s -f\n", door->program);
	for (size_t i = 0; i < door->count; i++)
		buf_printf(out, "complete -c %s -n __fish_use_subcommand -a %s -d \"%s\"\n",
		    door->program, door->commands[i].name, door->commands[i].help);
}

bool
door_completion(struct buf *out, const struct door *door, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		bash(out, door);
	else if (strcmp(shell, "zsh") == 0)
		zsh(out, door);
	else if (strcmp(shell, "fish") == 0)
		fish(out, door);
	else
		return false;
	return true;
}
