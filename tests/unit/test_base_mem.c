/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory, buffers, lists, values, errors, late loading. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/late.h"
#include "base/mem.h"
#include "base/strings.h"
#include "base/value.h"
#include "lib/unit.h"

/* Under ASan a too large allocation shall fail as it does without. */
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier) */
const char *
__asan_default_options(void) /* NOLINT(bugprone-reserved-identifier) */
{
	return "allocator_may_return_null=1";
}

/* Runs what must end in "out of memory"; the line it leaves is in out. */
static int
ending_of(void (*run)(void), char *out, size_t size)
{
	int ends[2], status;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		run();
		_exit(99);
	}
	close(ends[1]);
	got = read(ends[0], out, size - 1);
	out[got > 0 ? got : 0] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
array_too_large(void)
{
	(void)mem_array(SIZE_MAX / 2, 4);
}

static void
grow_too_large(void)
{
	mem_last_words("IMAP UNKNOWN - out of memory [client.resources]\n");
	(void)mem_grow(NULL, SIZE_MAX / 2, 4);
}

static void
arena_too_large(void)
{
	struct arena arena = {0};

	(void)arena_alloc(&arena, SIZE_MAX - 3);
}

START_TEST(out_of_memory_has_last_words)
{
	char line[128];

	ck_assert_int_eq(ending_of(array_too_large, line, sizeof(line)), 3);
	ck_assert_str_eq(line, "UNKNOWN - out of memory\n");
	ck_assert_int_eq(ending_of(grow_too_large, line, sizeof(line)), 3);
	ck_assert_str_eq(line, "IMAP UNKNOWN - out of memory [client.resources]\n");
	ck_assert_int_eq(ending_of(arena_too_large, line, sizeof(line)), 3);
}
END_TEST

START_TEST(memory)
{
	char *text = mem_strndup("password", 4);
	int *numbers = mem_array(3, sizeof(int));

	ck_assert_str_eq(text, "pass");
	mem_wipe(text, 4);
	ck_assert_mem_eq(text, "\0\0\0\0", 4);
	ck_assert_int_eq(numbers[0] | numbers[1] | numbers[2], 0);
	numbers[2] = 7;
	numbers = mem_grow(numbers, 100, sizeof(int));
	ck_assert_int_eq(numbers[2], 7);
	mem_free(numbers);
	mem_free(text);
	mem_free(NULL);
	mem_wipe(NULL, 0);
	mem_free(mem_alloc(0));
}
END_TEST

START_TEST(arenas)
{
	struct arena arena = {0}, other = {0};
	char *first = arena_strdup(&other, "first"), *large, *text;

	ck_assert_ptr_null(arena_strdup(&arena, NULL));
	for (size_t i = 1; i < 3000; i += 7) {
		unsigned char *bytes = arena_alloc(&arena, i);

		ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_eq(bytes[k], 0);
		memset(bytes, 0xff, i);
	}
	large = arena_alloc(&arena, 1000000);
	large[999999] = 'x';
	text = arena_printf(&arena, "%s-%d", "a", 7);
	ck_assert_str_eq(text, "a-7");
	arena_adopt(&arena, &other);
	ck_assert_ptr_null(other.head);
	arena_adopt(&arena, &other);
	arena_adopt(&other, &arena); /* into an empty one */
	ck_assert_ptr_null(arena.head);
	ck_assert_str_eq(first, "first");
	ck_assert_str_eq(arena_strndup(&other, "abcdef", 3), "abc");
	ck_assert_str_eq(text, "a-7");
	arena_free(&other);
	arena_free(&other);
}
END_TEST

START_TEST(buffer_keeps_its_cap)
{
	struct buf buf;

	buf_init(&buf, 10);
	ck_assert_str_eq(buf_text(&buf), "");
	ck_assert(buf_add_text(&buf, "12345"));
	ck_assert(!buf_add_text(&buf, "678901")); /* all or nothing */
	ck_assert_str_eq(buf_text(&buf), "12345");
	ck_assert(buf.overflow);
	ck_assert(buf_add_text(&buf, "67890"));
	ck_assert(!buf_add_char(&buf, '!'));
	ck_assert(!buf_printf(&buf, "%d", 1));
	ck_assert_str_eq(buf_text(&buf), "1234567890");
	buf_clear(&buf);
	ck_assert(!buf.overflow);
	ck_assert(buf_printf(&buf, "%s/%d", "a", 12));
	ck_assert_str_eq(buf_text(&buf), "a/12");
	buf_drop(&buf, 2);
	ck_assert_str_eq(buf_text(&buf), "12");
	buf_drop(&buf, 99);
	ck_assert_uint_eq(buf.len, 0);
	buf_free(&buf);
	buf_free(&buf);
	ck_assert_uint_eq(buf.cap, 10);
}
END_TEST

START_TEST(buffer_grows)
{
	struct buf buf, zero = {0};

	buf_init(&buf, 100000);
	for (int i = 0; i < 10000; i++)
		ck_assert(buf_printf(&buf, "%05d", i));
	ck_assert_uint_eq(buf.len, 50000);
	ck_assert(strncmp(buf_text(&buf) + 49995, "09999", 5) == 0);
	ck_assert(buf_add(&buf, NULL, 0));
	buf_wipe(&buf);
	ck_assert_ptr_null(buf.data);
	ck_assert(!buf_add_char(&zero, 'x'));
	buf_wipe(&zero);
}
END_TEST

START_TEST(lists_of_strings)
{
	static const char *const words[] = {"a", "b", "c", "d", "e"};
	struct strings strings = {0};

	for (size_t i = 0; i < 100; i++)
		strings_add(&strings, words[i % ARRAY_LEN(words)]);
	ck_assert_uint_eq(strings.count, 100);
	for (size_t i = 0; i < 100; i++)
		ck_assert_ptr_eq(strings.items[i], words[i % ARRAY_LEN(words)]);
	ck_assert(strings_has_fold(&strings, "E"));
	ck_assert(!strings_has_fold(&strings, "f"));
	strings_free(&strings);
	ck_assert_uint_eq(strings.count, 0);
	strings_free(&strings);
}
END_TEST

START_TEST(values)
{
	struct arena arena = {0};
	struct value *object = value_object(&arena), *array, *more = value_array(&arena);
	char text[] = "host";
	const struct value *found;

	value_add_text(&arena, object, "name", text);
	text[0] = 'X'; /* copied */
	value_add_text(&arena, object, "none", NULL);
	value_add_int(&arena, object, "port", 993);
	value_add_real(&arena, object, "days", 14.25, 1);
	value_add_bool(&arena, object, "tls", true);
	value_add_time(&arena, object, "until", "until_epoch", 1796548320);
	array = value_add_array(&arena, object, "list");
	value_add_text(&arena, more, NULL, "second");
	value_add_object(&arena, more, NULL);
	value_add_text(&arena, array, NULL, "first");
	value_append_all(array, more);
	value_append_all(array, more);
	value_add_null(&arena, array, NULL);
	ck_assert_str_eq(value_get(object, "name")->text, "host");
	ck_assert_int_eq(value_get(object, "none")->kind, VALUE_NULL);
	ck_assert_int_eq(value_get(object, "port")->integer, 993);
	ck_assert_double_eq(value_get(object, "days")->real, 14.25);
	ck_assert(value_get(object, "tls")->boolean);
	ck_assert_str_eq(value_get(object, "until")->text, "2026-12-06T09:12:00Z");
	ck_assert_int_eq(value_get(object, "until_epoch")->integer, 1796548320);
	ck_assert_ptr_null(value_get(object, "absent"));
	found = value_get(object, "list")->first;
	ck_assert_str_eq(found->text, "first");
	ck_assert_str_eq(found->next->text, "second");
	ck_assert_int_eq(found->next->next->kind, VALUE_OBJECT);
	ck_assert_int_eq(found->next->next->next->kind, VALUE_NULL);
	ck_assert_ptr_null(found->next->next->next->next);
	arena_free(&arena);
}
END_TEST

START_TEST(first_error_stays)
{
	struct err err = {0}, other = {0}, empty = {0};

	ck_assert(!err_is_set(&err));
	ck_assert(!err_set(&other, ERR_CONNECT, 111, "refused"));
	ck_assert(!err_take(&err, &empty));
	ck_assert(!err_is_set(&err));
	ck_assert(!err_take(&err, &other));
	ck_assert(!err_set(&err, ERR_TIMEOUT, 0, "second"));
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_int_eq(err.code, 111);
	ck_assert_str_eq(err.text, "refused");
	err_clear(&err);
	ck_assert_str_eq(err.text, "");
	ck_assert(!err_is_set(&err));
}
END_TEST

START_TEST(error_text_is_printable_and_cut)
{
	struct err err = {0};
	char text[600];

	err_set(&err, ERR_PROTOCOL, 1, "said \"%s\"", "a\r\n\x1b[0m\xff");
	ck_assert_str_eq(err.text, "said \"a\\x0d\\x0a\\x1b[0m\\xff\"");
	memset(text, 'y', sizeof(text));
	text[599] = '\0';
	err_clear(&err);
	err_set(&err, ERR_PROTOCOL, 1, "%s", text);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_str_eq(err.text + sizeof(err.text) - 4, "\xe2\x80\xa6");
}
END_TEST

static double (*late_cos)(double);
static void (*late_nothing)(void);

START_TEST(loads_late)
{
	static const struct late_symbol good[] = {{"cos", &late_cos}};
	static const struct late_symbol bad[] = {
	    {"cos", &late_cos}, {"no_such_symbol", &late_nothing}};
	struct late_library library = {"libm.so.6", "libc6", good, 1, NULL};
	struct late_library lacking = {"libm.so.6", "libc6", bad, 2, NULL};
	struct late_library missing = {"libnosuch.so.9", "libnosuch9", good, 1, NULL};
	struct err err = {0};

	ck_assert(late_load(&library, &err));
	ck_assert(late_load(&library, &err));
	ck_assert_double_eq(late_cos(0), 1);
	ck_assert(!late_load(&lacking, &err));
	ck_assert_ptr_null(lacking.handle);
	ck_assert_str_eq(err.text, "libm.so.6 has no no_such_symbol: install a newer libc6");
	err_clear(&err);
	ck_assert(!late_load(&missing, &err));
	ck_assert_int_eq(err.kind, ERR_LOCAL);
	ck_assert_str_eq(err.text, "libnosuch.so.9 cannot be loaded: install libnosuch9");
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {out_of_memory_has_last_words, 0},
	    {memory, 0},
	    {arenas, 0},
	    {buffer_keeps_its_cap, 0},
	    {buffer_grows, 0},
	    {lists_of_strings, 0},
	    {values, 0},
	    {first_error_stays, 0},
	    {error_text_is_printable_and_cut, 0},
	    {loads_late, 0},
	};

	return unit_main("base_mem", units, ARRAY_LEN(units));
}
