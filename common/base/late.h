/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A library that is loaded when it is first needed (start-up cost: linking all
 * of them costs more than a whole verified login). A user keeps a static table
 * of symbols and asks for all of them at once.
 */
#ifndef COMMON_BASE_LATE_H
#define COMMON_BASE_LATE_H

#include "base/base.h"
#include "base/err.h"

struct late_symbol {
	const char *name;
	void *slot; /* address of a function pointer */
};

struct late_library {
	const char *soname;  /* "libgsasl.so.18" */
	const char *package; /* what to install: "libgsasl18" */
	const struct late_symbol *symbols;
	size_t symbol_count;
	void *handle; /* NULL until loaded; never unloaded */
};

/*
 * Loads once (thread-safe); true at once afterwards. A missing library or
 * symbol sets ERR_LOCAL with a text that names library and package.
 */
bool late_load(struct late_library *library, struct err *err) MUST_USE;

#endif
