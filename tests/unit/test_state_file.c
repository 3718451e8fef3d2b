/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check/state_file.c and what is kept in it: who is let near, what a killed or
 * broken writer leaves, what is remembered from run to run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/memory.h"
#include "check/probe_list.h"
#include "lib/unit.h"

#define NAME "test-1"

static char dir[] = "/tmp/mailvitals-state-XXXXXX";

static const char *
path(const char *name)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static void
setup(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	static const char *const names[] = {NAME, NAME ".lock", NAME ".new", "other"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (unlink(path(names[i])) != 0)
			(void)rmdir(path(names[i]));
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
put(const char *name, const char *bytes, size_t len)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static bool
open_it(struct state_file *file, struct err *err)
{
	*err = (struct err){0};
	return state_file_open(file, dir, NAME, deadline_in(200 * US_PER_MS), err);
}

static void
write_it(const char *text)
{
	struct state_file file;
	struct err err;

	ck_assert_msg(open_it(&file, &err), "%s", err.text);
	ck_assert_msg(state_file_write(&file, text, &err), "%s", err.text);
	state_file_close(&file);
}

/* ---- the file ---- */

START_TEST(round_trip)
{
	struct state_file file;
	struct err err;

	ck_assert(open_it(&file, &err));
	ck_assert_str_eq(buf_text(&file.text), "");
	ck_assert(!file.damaged);
	state_file_close(&file);
	write_it("one\ntwo\n");
	ck_assert(open_it(&file, &err));
	ck_assert_str_eq(buf_text(&file.text), "one\ntwo\n");
	state_file_close(&file);
	write_it("");
	ck_assert(open_it(&file, &err));
	ck_assert_str_eq(buf_text(&file.text), "");
	ck_assert(!file.damaged);
	state_file_close(&file);
}
END_TEST

static void
others_may_write_the_folder(void)
{
	chmod(dir, 0777);
}
static void
group_may_write_the_folder(void)
{
	chmod(dir, 0770);
}
static void
a_symbolic_link(void)
{
	put("other", "x", 1);
	ck_assert_int_eq(symlink("other", path(NAME)), 0);
}
static void
a_hard_link(void)
{
	char first[256];

	put("other", "x", 1);
	snprintf(first, sizeof(first), "%s", path("other"));
	ck_assert_int_eq(link(first, path(NAME)), 0);
}
static void
a_fifo(void)
{
	ck_assert_int_eq(mkfifo(path(NAME), 0600), 0);
}
static void
a_folder(void)
{
	ck_assert_int_eq(mkdir(path(NAME), 0700), 0);
}
static void
others_may_write_it(void)
{
	put(NAME, "x", 1);
	chmod(path(NAME), 0666);
}
static void
another_owner(void)
{
	put(NAME, "x", 1);
	if (chown(path(NAME), 1, 1) != 0)
		chmod(path(NAME), 0666); /* not root: the rule before */
}
static void
the_lock_is_a_link(void)
{
	ck_assert_int_eq(symlink("/etc/passwd", path(NAME ".lock")), 0);
}

static const struct unsafe_row {
	const char *name;
	void (*make)(void);
} unsafe_rows[] = {
    {"folder others may write", others_may_write_the_folder},
    {"folder the group may write", group_may_write_the_folder},
    {"symbolic link", a_symbolic_link},
    {"hard link", a_hard_link},
    {"FIFO", a_fifo},
    {"folder", a_folder},
    {"file others may write", others_may_write_it},
    {"another's file", another_owner},
    {"lock is a link", the_lock_is_a_link},
};

START_TEST(unsafe)
{
	const struct unsafe_row *row = &unsafe_rows[_i];
	struct state_file file;
	struct err err;

	row->make();
	ck_assert_msg(!open_it(&file, &err), "%s", row->name);
	ck_assert_msg(err.kind == ERR_CONFIG, "%s: %s", row->name, err.text);
	state_file_close(&file);
	chmod(dir, 0700);
}
END_TEST

START_TEST(no_folder)
{
	struct state_file file;
	struct err err = {0};

	ck_assert(!state_file_open(&file, "/nonexistent", NAME, deadline_in(0), &err));
	ck_assert_int_eq(err.kind, ERR_CONFIG);
	state_file_close(&file);
}
END_TEST

/* Cut at any byte, or with anything else in it: not believed, and replaced. */
START_TEST(damaged)
{
	static const char text[] = "s 0123\nf 4567\n";
	char whole[256];
	size_t len;
	FILE *stream;

	write_it(text);
	stream = fopen(path(NAME), "r");
	ck_assert_ptr_nonnull(stream);
	len = fread(whole, 1, sizeof(whole), stream);
	fclose(stream);
	for (size_t end = 0; end < len; end++) {
		struct state_file file;
		struct err err;

		put(NAME, whole, end);
		ck_assert(open_it(&file, &err));
		ck_assert_msg(file.damaged, "cut at %zu", end);
		ck_assert_uint_eq(file.text.len, 0);
		state_file_close(&file);
	}
	for (size_t i = 0; i < len; i++) {
		struct state_file file;
		struct err err;
		char broken[256];

		memcpy(broken, whole, len);
		broken[i] = '\0';
		put(NAME, broken, len);
		ck_assert(open_it(&file, &err));
		ck_assert_msg(file.damaged, "NUL at %zu", i);
		state_file_close(&file);
	}
}
END_TEST

START_TEST(too_large)
{
	static char much[200000];
	struct state_file file;
	struct err err;

	memset(much, 'x', sizeof(much));
	put(NAME, much, sizeof(much));
	ck_assert(open_it(&file, &err));
	ck_assert(file.damaged);
	much[sizeof(much) - 1] = '\0';
	ck_assert(!state_file_write(&file, much, &err));
	state_file_close(&file);
}
END_TEST

START_TEST(one_at_a_time)
{
	struct state_file first, second;
	struct err err;

	ck_assert(open_it(&first, &err));
	ck_assert(!open_it(&second, &err));
	ck_assert_int_eq(err.kind, ERR_LOCAL);
	state_file_close(&second);
	state_file_close(&first);
	ck_assert(open_it(&second, &err));
	state_file_close(&second);
}
END_TEST

/* A writer is killed at some moment, a hundred times: the old text or the new one, never half. */
START_TEST(killed)
{
	write_it("0\n");
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();
		struct state_file file;
		struct err err;

		if (child == 0) {
			for (;;)
				write_it("a text that is longer than the one before\n");
		}
		usleep((useconds_t)(i * 97 % 3000));
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		ck_assert_msg(open_it(&file, &err), "%s", err.text);
		ck_assert(!file.damaged);
		ck_assert(strcmp(buf_text(&file.text), "0\n") == 0 ||
			  strcmp(buf_text(&file.text),
			      "a text that is longer than the one before\n") == 0);
		state_file_close(&file);
	}
}
END_TEST

START_TEST(names)
{
	struct arena arena = {0};
	const char *name = state_file_name(&arena, "smtp", "a\nb");

	ck_assert_uint_eq(strlen(name), strlen("smtp-") + 16);
	ck_assert_str_eq(name, state_file_name(&arena, "smtp", "a\nb"));
	ck_assert_str_ne(name, state_file_name(&arena, "smtp", "a\nc"));
	arena_free(&arena);
}
END_TEST

/* ---- what is remembered ---- */

/* The value before, as one run at this time tells it; NULL: no change. */
static char *
look(int64_t now, const char *key, const char *value)
{
	struct report_policy policy = {0};
	struct report report;
	struct memory memory;
	const char *before;
	char *told;

	report_init(&report, &policy);
	ck_assert(memory_open(&memory, dir, NAME, deadline_in(US_PER_S), now, &report));
	before = memory_change(&memory, key, value);
	told = before ? mem_strdup(before) : NULL;
	memory_close(&memory, &report);
	ck_assert_uint_eq(report.finding_count, 0);
	report_free(&report);
	return told;
}

START_TEST(changes)
{
	static const struct {
		int64_t now;
		const char *key, *value, *before;
	} runs[] = {
	    {1000, "INBOX", "7", NULL},
	    {1300, "INBOX", "7", NULL},
	    {1600, "INBOX", "9", "7"},
	    {1900, "INBOX", "9", "7"},
	    {1900, "Sent mail\xc3\xa4", "1", NULL},
	    {5100, "INBOX", "9", "7"},
	    {5200, "INBOX", "9", NULL},
	    {5300, "INBOX", "7", "9"},
	    {5300, "Sent mail\xc3\xa4", "1", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
		char *told = look(runs[i].now, runs[i].key, runs[i].value);

		ck_assert_msg((told == NULL) == (runs[i].before == NULL), "run %zu: %s", i, told);
		if (told)
			ck_assert_str_eq(told, runs[i].before);
		mem_free(told);
	}
}
END_TEST

START_TEST(unusable)
{
	struct report_policy policy = {0};
	struct report report;
	struct memory memory;

	chmod(dir, 0777);
	report_init(&report, &policy);
	ck_assert(!memory_open(&memory, dir, NAME, deadline_in(US_PER_S), 1, &report));
	ck_assert(report_has(&report, FINDING_CLIENT_STATE_FILE));
	report_free(&report);
	chmod(dir, 0700);
}
END_TEST

/* ---- probes ---- */

#define TOKEN "0123456789abcdef0123456789abcdef"
#define HASH TOKEN TOKEN

static const struct line_row {
	const char *name, *line;
	bool good;
} line_rows[] = {
    {"sent", "s " TOKEN " 1795325018 0 " HASH " 4ABC123\n", true},
    {"no queue id, no body", "u " TOKEN " 1795325018 0 - -\n", true},
    {"found", "f " TOKEN " 1795325018 12 - 4ABC\n", true},
    {"unknown state", "x " TOKEN " 1 0 - -\n", false},
    {"short token", "s 0123 1 0 - -\n", false},
    {"token with a quote", "s 0123456789abcdef0123456789abcde\" 1 0 - -\n", false},
    {"a sign", "s " TOKEN " -1 0 - -\n", false},
    {"beyond 64 bits", "s " TOKEN " 99999999999999999999 0 - -\n", false},
    {"a field less", "s " TOKEN " 1 0 -\n", false},
    {"a field more", "s " TOKEN " 1 0 - - -\n", false},
    {"a long queue id",
	"s " TOKEN
	" 1 0 - 0123456789012345678901234567890123456789012345678901234567890123456789\n",
	false},
    {"empty", "\n", false},
};

START_TEST(probe_lines)
{
	const struct line_row *row = &line_rows[_i];
	struct probe_list probes;
	size_t passed_over = probe_list_read(&probes, row->line);
	struct buf out;

	ck_assert_msg(probes.count == row->good && passed_over == !row->good, "%s", row->name);
	buf_init(&out, 4096);
	probe_list_print(&out, &probes);
	if (row->good)
		ck_assert_str_eq(buf_text(&out), row->line);
	buf_free(&out);
}
END_TEST

START_TEST(probe_bounds)
{
	struct probe_list *probes = mem_alloc(sizeof(*probes));
	char token[SMTP_TOKEN_SIZE];
	struct buf out;

	for (unsigned i = 0; i < PROBES_MAX + 10; i++) {
		snprintf(token, sizeof(token), "%032x", i);
		probe_list_queue_id(probe_list_add(probes, token, i), "-a b\n\x01"
								      "c\xff");
	}
	ck_assert_uint_eq(probes->count, PROBES_MAX);
	ck_assert_int_eq(probes->list[0].sent_unix, 10);
	ck_assert_str_eq(probes->list[0].queue_id, "");
	probe_list_queue_id(&probes->list[0], "a b\nc");
	ck_assert_str_eq(probes->list[0].queue_id, "abc");
	buf_init(&out, STATE_FILE_MAX);
	probe_list_print(&out, probes);
	ck_assert(!out.overflow);
	ck_assert_uint_eq(probe_list_read(probes, buf_text(&out)), 0);
	ck_assert_uint_eq(probes->count, PROBES_MAX);
	probe_list_drop(probes, 0);
	ck_assert_int_eq(probes->list[0].sent_unix, 11);
	buf_free(&out);
	mem_free(probes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("state file");
	TCase *tcase = tcase_create("state file");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, round_trip);
	tcase_add_loop_test(tcase, unsafe, 0, (int)ARRAY_LEN(unsafe_rows));
	tcase_add_test(tcase, no_folder);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, too_large);
	tcase_add_test(tcase, one_at_a_time);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, changes);
	tcase_add_test(tcase, unusable);
	tcase_add_loop_test(tcase, probe_lines, 0, (int)ARRAY_LEN(line_rows));
	tcase_add_test(tcase, probe_bounds);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
