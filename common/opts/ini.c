/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: ini files. A fault is told by file and line number: the line may hold a
 * password.
 * Must not know: which keys there are.
 */
#include "opts/ini.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "opts/private.h"

#define FILE_MAX 1048576
#define LINE_MAX_LEN 16384 /* a token of 12 KiB and its key fit */
#define CODE_INI 1

struct ini {
	const struct ini_query *query;
	const char *file;
	const char *exposed;
	struct buf text;
	int pass;
	bool found; /* a section we look for */
	bool (*take)(void *context, const struct ini_line *line, struct err *err);
	void *context;
	struct err *err;
};

static bool
fault(const struct ini *ini, int line, const char *what)
{
	return err_set(ini->err, ERR_CONFIG, CODE_INI, "%s line %d: %s", ini->file, line, what);
}

/* First *.ini of one folder of $NAGIOS_CONFIG_PATH, in alphabetical order. */
static char *
first_in(struct arena *arena, const char *folder, size_t len)
{
	char *pattern = arena_printf(arena, "%.*s/*.ini", (int)len, folder);
	glob_t found;
	char *file = NULL;

	if (glob(pattern, 0, NULL, &found) == 0) {
		file = arena_strdup(arena, found.gl_pathv[0]);
		globfree(&found);
	}
	return file;
}

static const char *
default_file(struct arena *arena, const struct ini_query *query)
{
	static const char *const files[] = {"/etc/mailvitals.ini",
	    "/etc/monitoring-plugins/monitoring-plugins.ini", "/etc/nagios/plugins.ini",
	    "/etc/nagios-plugins.ini"};
	const char *path = query->environment("NAGIOS_CONFIG_PATH");

	while (path != NULL && *path != '\0') {
		size_t len = strcspn(path, ":");
		const char *file = len > 0 && len < 4096 ? first_in(arena, path, len) : NULL;

		if (file != NULL)
			return file;
		path += len + (path[len] == ':');
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (access(files[i], F_OK) == 0)
			return files[i];
	return NULL;
}

static bool
load_from(struct ini *ini, int fd)
{
	char chunk[8192];
	ssize_t got;
	bool good = true;

	while (good && (got = read(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			good =
			    err_set(ini->err, ERR_CONFIG, CODE_INI, "%s cannot be read", ini->file);
		else if (!buf_add(&ini->text, chunk, (size_t)got))
			good = err_set(
			    ini->err, ERR_CONFIG, CODE_INI, "%s is larger than 1 MiB", ini->file);
	}
	mem_wipe(chunk, sizeof(chunk));
	return good;
}

static bool
load(struct ini *ini)
{
	const struct private_reader self = private_self();
	int fd = private_open(ini->file, &self, &ini->exposed);
	bool good;

	if (fd < 0)
		return err_set(
		    ini->err, ERR_CONFIG, CODE_INI, "ini file %s: %s", ini->file, ini->exposed);
	good = load_from(ini, fd);
	(void)close(fd);
	return good;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off both ends, in place. */
static char *
trim(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && is_blank(text[len - 1]))
		text[--len] = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

/* "[name]": ours or another's. */
static bool
enter_section(struct ini *ini, char *line, int number, const char *wanted, bool *ours_out)
{
	size_t len = strlen(line);

	if (line[len - 1] != ']')
		return fault(ini, number, "']' is missing");
	line[len - 1] = '\0';
	*ours_out = strcmp(trim(line + 1), wanted) == 0;
	ini->found = ini->found || *ours_out;
	return true;
}

static bool
take_pair(struct ini *ini, char *text, int number)
{
	char *equals = strchr(text, '=');
	struct ini_line line = {
	    .file = ini->file, .number = number, .pass = ini->pass, .exposed = ini->exposed};

	if (equals == NULL)
		return fault(ini, number, "'=' is missing");
	*equals = '\0';
	line.key = trim(text);
	line.value = trim(equals + 1);
	if (line.key[0] == '\0')
		return fault(ini, number, "nothing stands before '='");
	return ini->take(ini->context, &line, ini->err);
}

/* A line without its LF, copied so that it can be cut. */
static bool
take_line(struct ini *ini, char *copy, int number, const char *wanted, bool *ours)
{
	char *line = trim(copy);

	if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
		return true;
	if (line[0] == '[')
		return enter_section(ini, line, number, wanted, ours);
	return !*ours || take_pair(ini, line, number);
}

/* All lines of one section; may stand in several pieces. */
static bool
read_section(struct ini *ini, const char *wanted)
{
	const char *text = buf_text(&ini->text), *end = text + ini->text.len;
	char *copy = mem_alloc(LINE_MAX_LEN + 1);
	bool ours = false, good = true;

	ini->pass++;
	if (ini->text.len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (int number = 1; good && text < end; number++) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((lf != NULL ? lf : end) - text);

		if (len > LINE_MAX_LEN) {
			good = fault(ini, number, "longer than 16 KiB");
		} else if (memchr(text, '\0', len) != NULL) {
			good = fault(ini, number, "holds a NUL byte");
		} else {
			memcpy(copy, text, len);
			copy[len] = '\0';
			good = take_line(ini, copy, number, wanted, &ours);
		}
		text += len + 1;
	}
	mem_wipe(copy, LINE_MAX_LEN + 1);
	mem_free(copy);
	return good;
}

/* SECTION, then SECTION.service: one provider's section serves all programs. */
static bool
read_with_service(struct ini *ini, struct arena *arena, const char *section)
{
	if (!read_section(ini, section))
		return false;
	return ini->query->service == NULL ||
	       read_section(ini, arena_printf(arena, "%s.%s", section, ini->query->service));
}

static bool
read_sections(struct ini *ini, struct arena *arena)
{
	const char *locator = ini->query->locator;
	size_t len = strcspn(locator, "@");
	const char *given = arena_strndup(arena, locator, len);

	if (len > 0) {
		if (!read_with_service(ini, arena, given))
			return false;
	} else {
		for (size_t i = 0; i < ARRAY_LEN(ini->query->sections); i++)
			if (ini->query->sections[i] != NULL &&
			    !read_with_service(ini, arena, ini->query->sections[i]))
				return false;
	}
	return ini->found || err_set(ini->err, ERR_CONFIG, CODE_INI, "%s has no section [%s]",
				 ini->file, len > 0 ? given : ini->query->sections[0]);
}

bool
ini_read(const struct ini_query *query,
    bool (*take)(void *context, const struct ini_line *line, struct err *err), void *context,
    struct err *err)
{
	const char *at = strchr(query->locator, '@');
	struct arena arena = {0};
	struct ini ini = {.query = query, .take = take, .context = context, .err = err};
	bool good;

	buf_init(&ini.text, FILE_MAX);
	ini.file = at != NULL && at[1] != '\0' ? at + 1 : default_file(&arena, query);
	if (ini.file == NULL)
		good = err_set(err, ERR_CONFIG, CODE_INI,
		    "--extra-opts: there is no ini file; /etc/mailvitals.ini is the usual one");
	else
		good = load(&ini) && read_sections(&ini, &arena);
	buf_wipe(&ini.text);
	arena_free(&arena);
	return good;
}
