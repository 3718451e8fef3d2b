/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads case files and makes command lines of them. Runs and judges nothing. */
#include "lib/case.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define FILE_MAX ((size_t)1 << 20)
#define WORDS_MAX 128

static const char *const want_names[WANT_COUNT] = {
    [WANT_ARGS] = "args",
    [WANT_PROBLEM] = "problem",
    [WANT_FAULT] = "fault",
    [WANT_ROW] = "row",
    [WANT_NEAR] = "near",
    [WANT_PASSWORD] = "password",
    [WANT_TOKEN] = "token",
    [WANT_FILE] = "file",
    [WANT_ENV] = "env",
    [WANT_DNS] = "DNS",
    [WANT_SECRET] = "secret",
    [WANT_SENT_NOT] = "sent-not",
    [WANT_EXIT] = "exit",
    [WANT_FINDING] = "finding",
    [WANT_NOTE] = "note",
    [WANT_ABSENT] = "absent",
    [WANT_LINE1] = "line1",
    [WANT_STDOUT] = "stdout",
    [WANT_NOT] = "not",
    [WANT_VERBOSE] = "verbose",
    [WANT_JSON] = "json",
    [WANT_PERF] = "perf",
    [WANT_NOPERF] = "noperf",
    [WANT_TIME] = "time",
    [WANT_CONNECTIONS] = "connections",
    [WANT_LIVE] = "live",
};

const char *
case_want_name(enum want_kind kind)
{
	return want_names[kind];
}

const char *
case_text(const struct test_case *test, enum want_kind kind)
{
	for (size_t i = 0; i < test->want_count; i++)
		if (test->wants[i].kind == kind)
			return test->wants[i].text;
	return NULL;
}

static bool
add_want(struct test_case *test, const char *line, size_t number)
{
	const char *colon = strchr(line, ':');

	for (int kind = 0; colon != NULL && kind < WANT_COUNT; kind++) {
		size_t len = strlen(want_names[kind]);

		if ((size_t)(colon - line) != len || strncmp(line, want_names[kind], len) != 0)
			continue;
		test->wants = mem_grow(test->wants, test->want_count + 1, sizeof *test->wants);
		test->wants[test->want_count++] = (struct want){.kind = (enum want_kind)kind,
		    .line = number,
		    .text = mem_strdup(colon + 1 + strspn(colon + 1, " "))};
		return true;
	}
	return false;
}

static bool
parse_line(struct test_case *test, const char *line, size_t number)
{
	if (*line == '\0' || *line == '#' || add_want(test, line, number))
		return true;
	switch (script_parse_line(&test->script, line, number)) {
	case 1:
		return true;
	case 0:
		snprintf(
		    test->fault, sizeof test->fault, "line %zu: unknown: %.200s", number, line);
		return false;
	default:
		snprintf(test->fault, sizeof test->fault, "%s", test->script.fault);
		return false;
	}
}

/* A case that asserts no state or says not why it exists is no test. */
static bool
complete(struct test_case *test, bool explained)
{
	const char *missing = case_text(test, WANT_ARGS) == NULL   ? "args"
			      : case_text(test, WANT_EXIT) == NULL ? "exit"
			      : !explained                         ? "first line: # why"
								   : NULL;

	if (missing != NULL)
		snprintf(test->fault, sizeof test->fault, "no %s", missing);
	return missing == NULL;
}

bool
case_read(struct test_case *test, const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, number = 0;
	bool good = file != NULL, explained = false;
	ssize_t len;

	*test = (struct test_case){.name = mem_strdup(name)};
	if (!good)
		snprintf(test->fault, sizeof test->fault, "cannot read %.200s", path);
	while (good && (len = getline(&line, &size, file)) >= 0) {
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (++number == 1)
			explained = strncmp(line, "# ", 2) == 0;
		good = parse_line(test, line, number);
	}
	free(line);
	if (file != NULL)
		fclose(file);
	return good && complete(test, explained);
}

void
case_free(struct test_case *test)
{
	for (size_t i = 0; i < test->want_count; i++)
		mem_free(test->wants[i].text);
	mem_free(test->wants);
	mem_free(test->name);
	script_free(&test->script);
	*test = (struct test_case){0};
}

bool
case_has_output(const struct test_case *test)
{
	static const char *const words[] = {" -o", " --output", " -h", " --help", " -V",
	    " --version", " --list-findings", " --list-metrics", " --list-options", " --explain",
	    " --man", " --icinga2", " --json-schema", " --completion"};
	const char *args = case_text(test, WANT_ARGS);

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *at = strstr(args, words[i]);

		/* -h is help, -host is not. */
		if (at != NULL &&
		    (words[i][2] == '-' || strchr(" ", at[3]) != NULL || words[i][2] == 'o'))
			return true;
	}
	return false;
}

/* The nth want that shapes how the program is started; NULL behind the last. */
static const struct want *
start_want(const struct test_case *test, size_t nth)
{
	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];
		bool shapes = want->kind == WANT_ARGS || want->kind == WANT_PASSWORD ||
			      want->kind == WANT_TOKEN || want->kind == WANT_FILE ||
			      want->kind == WANT_ENV || want->kind == WANT_DNS;

		if (shapes && nth-- == 0)
			return want;
	}
	return NULL;
}

bool
case_same_start(const struct test_case *a, const struct test_case *b)
{
	for (size_t i = 0;; i++) {
		const struct want *x = start_want(a, i), *y = start_want(b, i);

		if (x == NULL || y == NULL)
			return x == y;
		if (x->kind != y->kind || strcmp(x->text, y->text) != 0)
			return false;
	}
}

/* ---- command lines --------------------------------------------------------- */

struct words {
	char *list[WORDS_MAX + 1];
	size_t count;
};

static void
add_word(struct words *words, const char *text)
{
	if (words->count == WORDS_MAX) {
		fprintf(stderr, "too many words in args\n");
		abort();
	}
	words->list[words->count++] = mem_strdup(text);
	words->list[words->count] = NULL;
}

/* Adds what @NAME@ at text stands for; the number of bytes it took, 0 if it is none. */
static size_t
fill_in(const char *text, const struct case_place *place, struct buf *out)
{
	const struct {
		const char *name;
		const char *string;
		unsigned number;
	} rows[] = {
	    {"@DIR@", place->dir, 0},
	    {"@PKI@", place->pki_dir, 0},
	    {"@CA@", place->pki_dir, 0},
	    {"@HOST@", "127.0.0.1", 0},
	    {"@PORT@", NULL, place->port},
	    {"@CLOSED@", NULL, place->closed_port},
	    {"@SILENT@", NULL, place->silent_port},
	    {"@DNS@", NULL, place->dns_port},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].name);

		if (strncmp(text, rows[i].name, len) != 0)
			continue;
		if (rows[i].string != NULL)
			buf_printf(
			    out, "%s%s", rows[i].string, rows[i].name[1] == 'C' ? "/root.pem" : "");
		else
			buf_printf(out, "%u", rows[i].number);
		return len;
	}
	return 0;
}

void
case_fill(const char *text, const struct case_place *place, struct buf *out)
{
	while (*text != '\0') {
		size_t taken = fill_in(text, place, out);

		if (taken == 0)
			buf_add_char(out, *text);
		text += taken > 0 ? taken : 1;
	}
}

/* Splits at blanks; '...' and "..." keep theirs. */
static void
split(struct words *words, const char *text, const struct case_place *place)
{
	struct buf word;

	buf_init(&word, FILE_MAX);
	while (text += strspn(text, " "), *text != '\0') {
		char quote = '\0';

		buf_clear(&word);
		for (; *text != '\0' && (quote != '\0' || *text != ' '); text++) {
			size_t taken = fill_in(text, place, &word);

			if (taken > 0)
				text += taken - 1;
			else if (quote == '\0' && (*text == '\'' || *text == '"'))
				quote = *text;
			else if (quote != '\0' && *text == quote)
				quote = '\0';
			else
				buf_add_char(&word, *text);
		}
		add_word(words, buf_text(&word));
	}
	buf_free(&word);
}

/* "-p 143", "-p143", "--port=143", "--port 143": is one of the two names there? */
static bool
has(const struct words *words, const char *short_name, const char *long_name)
{
	size_t long_len = strlen(long_name);

	for (size_t i = 1; i < words->count; i++) {
		const char *word = words->list[i];

		if (*short_name != '\0' && strncmp(word, short_name, 2) == 0)
			return true;
		if (strncmp(word, long_name, long_len) == 0 &&
		    (word[long_len] == '\0' || word[long_len] == '='))
			return true;
	}
	return false;
}

static void
write_file(const char *dir, const char *name, const char *content, struct buf *path)
{
	int fd;

	buf_clear(path);
	buf_printf(path, "%s/%s", dir, name);
	fd = open(buf_text(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || dprintf(fd, "%s\n", content) < 0)
		perror(buf_text(path));
	if (fd >= 0)
		close(fd);
}

/* The files of a case, and the options that name them. */
static void
add_files(const struct test_case *test, const struct case_place *place, struct words *words)
{
	struct buf path;

	buf_init(&path, FILE_MAX);
	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];

		if (want->kind == WANT_FILE) {
			size_t len = strcspn(want->text, " ");
			char *name = mem_strndup(want->text, len);
			struct buf content;

			buf_init(&content, FILE_MAX);
			script_unescape(want->text + len + (want->text[len] == ' '), &content);
			write_file(place->dir, name, buf_text(&content), &path);
			buf_free(&content);
			mem_free(name);
		} else if (want->kind == WANT_PASSWORD || want->kind == WANT_TOKEN) {
			bool token = want->kind == WANT_TOKEN;

			write_file(place->dir, token ? "token" : "password", want->text, &path);
			add_word(words, token ? "--token-file" : "--password-file");
			add_word(words, buf_text(&path));
		}
	}
	buf_free(&path);
}

static void
add_filled(
    struct words *words, const char *option, const char *text, const struct case_place *place)
{
	add_word(words, option);
	split(words, text, place);
}

/* The host of every case unless it names its own: a name, its address, its port, its trust. */
static void
add_host(const struct case_place *place, struct words *words)
{
	bool found = has(words, "", "--srv"); /* host and port come from DNS: lines */

	if (!found && !has(words, "-H", "--hostname") && !has(words, "", "--host")) {
		add_word(words, "-H");
		add_word(words, "mail.test");
		if (!has(words, "", "--resolve")) {
			add_word(words, "--resolve");
			add_word(words, "mail.test:127.0.0.1");
		}
	}
	if (!found && !has(words, "-p", "--port"))
		add_filled(words, "-p", "@PORT@", place);
	if (!has(words, "", "--ca-file") && !has(words, "", "--ca-path"))
		add_filled(words, "--ca-file", "@CA@", place);
}

static void
add_defaults(const struct case_place *place, struct words *words)
{
	/* A domain is no host: its case says whom it means, in DNS: lines. */
	if (strcmp(words->list[0], "check_mx_rbl") != 0)
		add_host(place, words);
	if (place->dns_port != 0 && !has(words, "", "--resolver"))
		add_filled(words, "--resolver", "127.0.0.1@@DNS@", place);
	if (!has(words, "-t", "--timeout")) {
		add_word(words, "-t");
		add_word(words, "5");
	}
}

char **
case_argv(const struct test_case *test, const struct case_place *place, const char *const *extra)
{
	struct words words = {0};
	char **argv;

	split(&words, case_text(test, WANT_ARGS), place);
	add_files(test, place, &words);
	add_defaults(place, &words);
	for (; extra != NULL && *extra != NULL; extra++)
		add_word(&words, *extra);
	argv = mem_array(words.count + 1, sizeof *argv);
	memcpy(argv, words.list, words.count * sizeof *argv);
	return argv;
}

void
case_argv_free(char **argv)
{
	for (size_t i = 0; argv[i] != NULL; i++)
		mem_free(argv[i]);
	mem_free(argv);
}

double
case_timeout(char *const *argv)
{
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (strncmp(argv[i], "--timeout=", 10) == 0)
			return atof(argv[i] + 10);
		if (strcmp(argv[i], "-t") == 0 || strcmp(argv[i], "--timeout") == 0)
			return argv[i + 1] != NULL ? atof(argv[i + 1]) : 0;
	}
	return 10;
}
