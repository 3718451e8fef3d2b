/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option rows as texts: help, man page, completion, Icinga 2 CheckCommand, list. */
#ifndef COMMON_OPTS_PRINT_H
#define COMMON_OPTS_PRINT_H

#include "opts/opts.h"

void opts_help(struct buf *out, const struct opt_table *table);
/* mdoc page, OPTIONS filled in; findings is the FINDINGS section (mdoc) from report/. */
void opts_man(struct buf *out, const struct opt_table *table, const char *description,
    const char *findings, const char *version);
bool opts_completion(
    struct buf *out, const struct opt_table *table, const char *shell) MUST_USE; /* bash zsh fish */
/* CheckCommand in the style of Icinga's template library; secrets by environment or file. */
void opts_icinga2(struct buf *out, const struct opt_table *table);
void opts_list(struct buf *out, const struct opt_table *table);
void opts_list_value(struct arena *arena, struct value *array, const struct opt_table *table);

#endif
