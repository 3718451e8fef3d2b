/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds case files. Runs none. */
#include "lib/suite.h"

#include <fts.h>
#include <string.h>

#include "base/mem.h"

static bool
is_chosen(char *const *filters, const char *name)
{
	if (*filters == NULL)
		return true;
	for (; *filters != NULL; filters++)
		if (strstr(name, *filters) != NULL)
			return true;
	return false;
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* "imap/login-refused" of ".../tests/case/imap/login-refused.case"; NULL for other files. */
static char *
name_of(const FTSENT *entry, const char *dir)
{
	const char *path = entry->fts_path + strlen(dir);
	size_t len = strlen(path);

	if (entry->fts_info != FTS_F || len < 6 || strcmp(path + len - 5, ".case") != 0)
		return NULL;
	path += strspn(path, "/");
	return mem_strndup(path, strlen(path) - 5);
}

void
suite_read(struct suite *suite, const char *dir, char *const *filters)
{
	char *roots[] = {(char *)(uintptr_t)dir, NULL};
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);

	*suite = (struct suite){0};
	for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;) {
		char *name = name_of(entry, dir);

		if (name != NULL && is_chosen(filters, name)) {
			suite->list = mem_grow(suite->list, suite->count + 1, sizeof *suite->list);
			/* Its fault tells whether it is good. */
			(void)!case_read(&suite->list[suite->count++], entry->fts_path, name);
		}
		mem_free(name);
	}
	if (tree != NULL)
		fts_close(tree);
}

void
suite_free(struct suite *suite)
{
	for (size_t i = 0; i < suite->count; i++)
		case_free(&suite->list[i]);
	mem_free(suite->list);
	*suite = (struct suite){0};
}

size_t
suite_shared(const struct suite *suite, size_t nth)
{
	const struct test_case *test = &suite->list[nth];
	size_t shared = 0;

	for (size_t i = 0; i < nth; i++) {
		size_t common = script_common(&suite->list[i].script, &test->script);

		if (common > shared && suite->list[i].fault[0] == '\0' &&
		    case_same_start(&suite->list[i], test))
			shared = common;
	}
	return shared;
}
