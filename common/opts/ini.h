/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ini files: finding them, their syntax, their sections. Private to opts/. */
#ifndef COMMON_OPTS_INI_H
#define COMMON_OPTS_INI_H

#include "base/base.h"
#include "base/err.h"

/* What is looked for when --extra-opts names less. */
struct ini_query {
	const char *locator;     /* "[section][@file]" */
	const char *sections[2]; /* default sections, in order; NULL: no second one */
	const char *service;     /* SECTION.service is read behind SECTION */
	const char *(*environment)(const char *name);
};

/* A "key = value"; valid during the call. The text itself never goes into an error. */
struct ini_line {
	const char *file;
	int number;
	int pass; /* rises with every section: one place in which nothing may stand twice */
	const char *key, *value;
	const char *exposed; /* NULL: others cannot read the file; else the rule it breaks */
};

/*
 * Hands every line of the sections to take, which sets err to stop. False: err
 * is ERR_CONFIG with code 1.
 */
bool ini_read(const struct ini_query *query,
    bool (*take)(void *context, const struct ini_line *line, struct err *err), void *context,
    struct err *err) MUST_USE;

#endif
