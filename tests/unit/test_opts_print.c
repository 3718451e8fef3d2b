/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row of every group goes through every printer. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lib/unit.h"
#include "opts/groups.h"
#include "opts/print.h"
#include "opts/row.h"

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct login_opts login, arrives;
	struct classic_opts classic;
	double share;
};

static const struct opt own_rows[] = {
    {'x', "share", NULL, FIELD(struct config, OPT_PERCENT, double, share), "PERCENT",
	.value = "70%", .help = "a \"quoted\" word, a back\\slash and 'single' [brackets]: all"},
    {.name = NULL},
};

static const struct opt_group groups[] = {
    {"Target and output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"Login", session_rows, offsetof(struct config, login), NULL, false},
    {"Arriving side", login_rows, offsetof(struct config, arrives), "arrives-", false},
    {"Classic letters", classic_rows, offsetof(struct config, classic), NULL, true},
    {"Own", own_rows, 0, NULL, false},
    {.rows = NULL},
};
static const struct opt_letter letters[] = {
    {'S', "tls"}, {'P', "share"}, {0, "verbose"}, {0, NULL}};
static const struct opt_table table = {.program = "check_imap_tls",
    .service = "imap",
    .summary = "check an IMAP server",
    .word = "HOST",
    .groups = groups,
    .letters = letters,
    .bare = "sni",
    .config_size = sizeof(struct config)};

static const char *
no_environment(const char *name)
{
	(void)name;
	return NULL;
}

START_TEST(rows_are_consistent)
{
	struct row row = {.index = 0}, found;
	size_t count = 0;

	while (row_next(&table, &row)) {
		ck_assert_uint_eq(row.index, count++);
		ck_assert(row_by_name(&table, row.name, strlen(row.name), &found));
		ck_assert_msg(found.index == row.index, "--%s stands twice", row.name);
		if (row.letter != '\0') {
			ck_assert(row_by_letter(&table, row.letter, &found));
			ck_assert_msg(found.index == row.index, "-%c stands twice", row.letter);
		}
		ck_assert_msg(row.opt->help != NULL && row.opt->help[0] != '\0', "--%s", row.name);
		ck_assert_msg(row.opt->help[strlen(row.opt->help) - 1] != '.', "--%s", row.name);
		ck_assert_msg((row.opt->argument != NULL) ==
				  (row_needs_argument(&row) || row.type == OPT_OPTIONAL),
		    "--%s", row.name);
		ck_assert_msg(
		    (row.opt->choices != NULL) == (row.type == OPT_CHOICE), "--%s", row.name);
	}
	ck_assert_uint_eq(count, row_count(&table));
	ck_assert_uint_gt(count, 80);
}
END_TEST

/* Letters of this program, of a long-only group and of a prefixed one. */
START_TEST(letters_of_the_program_win)
{
	struct row row;

	ck_assert(row_by_letter(&table, 'S', &row));
	ck_assert_str_eq(row.name, "tls");
	ck_assert(row_by_letter(&table, 'P', &row)); /* taken from --password */
	ck_assert_str_eq(row.name, "share");
	ck_assert(!row_by_letter(&table, 'x', &row)); /* moved to P */
	ck_assert(!row_by_letter(&table, 'v', &row)); /* taken away */
	ck_assert(!row_by_letter(&table, 'e', &row)); /* long_only */
	ck_assert(row_by_letter(&table, 'U', &row));
	ck_assert_str_eq(row.name, "user"); /* not --arrives-user */
}
END_TEST

/* Every name is in the text, between these two; behind NULL: as zsh ends a name. */
static void
has_all(const char *text, const char *before, const char *behind, bool classic)
{
	struct row row = {.index = 0};

	while (row_next(&table, &row)) {
		char wanted[128];
		bool expected = classic || (row.opt->flags & OPT_F_CLASSIC) == 0;

		snprintf(wanted, sizeof(wanted), "%s%s%s", before, row.name,
		    behind != NULL             ? behind
		    : row_needs_argument(&row) ? "=["
					       : "[");
		ck_assert_msg((strstr(text, wanted) != NULL) == expected, "\"%s\"", wanted);
	}
}

START_TEST(help)
{
	struct buf out;
	const char *line;

	buf_init(&out, 1 << 20);
	opts_help(&out, &table);
	has_all(buf_text(&out), "--", "", true);
	for (line = buf_text(&out); *line != '\0';) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(len <= 79, "%.*s", (int)len, line);
		ck_assert_msg(len == 0 || line[len - 1] != ' ', "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "Usage: check_imap_tls [OPTION...] [HOST]\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\nConnection and TLS:\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "  -S, --tls "));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "      --verbose "));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "default: 8K"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "--sni[=HOST]"));
	line = strstr(buf_text(&out), "\nLogin:\n");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, "\nLogin:\n")); /* one heading for both groups */
	buf_free(&out);
}
END_TEST

START_TEST(man_page)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	opts_man(&out, &table, ".Nm\ndescribes.", ".Sh FINDINGS\nnone", "1.2.3");
	has_all(buf_text(&out), "Fl Fl ", "", true);
	ck_assert(strncmp(buf_text(&out), ".Dd ", 4) == 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\n.Dt CHECK_IMAP_TLS 1\n.Os\n"));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), ".Sh DESCRIPTION\n.Nm\ndescribes.\n.Sh OPTIONS\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\n.Sh FINDINGS\nnone\n.Sh ENVIRONMENT\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "back\\eslash"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "1.2.3"));
	ck_assert_ptr_null(strstr(buf_text(&out), "\n\n"));
	buf_free(&out);
}
END_TEST

START_TEST(completion)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	ck_assert(opts_completion(&out, &table, "bash"));
	has_all(buf_text(&out), "--", " ", false);
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "complete -F _check_imap_tls check_imap_tls\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "-W 'text json openmetrics'"));
	ck_assert_ptr_null(strstr(buf_text(&out), "--host "));
	buf_clear(&out);
	ck_assert(opts_completion(&out, &table, "zsh"));
	has_all(buf_text(&out), "--", NULL, false);
	ck_assert(strncmp(buf_text(&out), "#compdef check_imap_tls\n", 24) == 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "'\\''single'\\'' \\[brackets\\]\\: all"));
	buf_clear(&out);
	ck_assert(opts_completion(&out, &table, "fish"));
	has_all(buf_text(&out), " -l ", " ", false);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "back\\\\slash and \\'single\\'"));
	buf_clear(&out);
	ck_assert(!opts_completion(&out, &table, "tcsh"));
	ck_assert_uint_eq(out.len, 0);
	buf_free(&out);
}
END_TEST

/* A secret is an environment variable, never an argument; braces and quotes close. */
START_TEST(icinga2)
{
	struct row row = {.index = 0};
	struct buf out;
	int depth = 0;
	bool quoted = false;

	buf_init(&out, 1 << 20);
	opts_icinga2(&out, &table);
	while (row_next(&table, &row)) {
		bool hidden = row.type == OPT_SECRET || row.type == OPT_ACTION ||
			      row.type == OPT_IGNORED || (row.opt->flags & OPT_F_CLASSIC) != 0 ||
			      strcmp(row.name, "explain") == 0 ||
			      strcmp(row.name, "completion") == 0;
		char wanted[128];

		snprintf(wanted, sizeof(wanted), "\t\t\"--%s\" = {\n", row.name);
		ck_assert_msg((strstr(buf_text(&out), wanted) == NULL) == hidden, "--%s", row.name);
	}
	for (const char *c = buf_text(&out); *c != '\0'; c++) {
		if (*c == '\\' && quoted)
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*c == '{') - (*c == '}');
		ck_assert(!quoted || *c != '\n');
		ck_assert_int_ge(depth, 0);
	}
	ck_assert_int_eq(depth, 0);
	ck_assert(!quoted);
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "env.MAILVITALS_PASSWORD = \"$imap_tls_password$\"\n"));
	ck_assert_ptr_nonnull(strstr(
	    buf_text(&out), "env.MAILVITALS_ARRIVES_PASSWORD = \"$imap_tls_arrives_password$\"\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "set_if = \"$imap_tls_starttls$\"\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "value = \"$imap_tls_password_file$\"\n"));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "vars.imap_tls_address = \"$check_address$\"\n"));
	buf_free(&out);
}
END_TEST

START_TEST(lists)
{
	struct arena arena = {0};
	struct value *array = value_array(&arena);
	struct row row = {.index = 0};
	const struct value *object;
	struct buf out;
	size_t lines = 0;

	buf_init(&out, 1 << 20);
	opts_list(&out, &table);
	has_all(buf_text(&out), "\t--", "\t", true);
	for (const char *c = buf_text(&out); *c != '\0'; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines, row_count(&table));
	buf_free(&out);
	opts_list_value(&arena, array, &table);
	object = array->first;
	while (row_next(&table, &row)) {
		ck_assert_str_eq(value_get(object, "name")->text, row.name);
		ck_assert_str_eq(value_get(object, "help")->text, row.opt->help);
		ck_assert_ptr_nonnull(value_get(object, "group")->text);
		object = object->next;
	}
	ck_assert_ptr_null(object);
	arena_free(&arena);
}
END_TEST

/* A value of every row goes through the settings; secrets show their source alone. */
START_TEST(settings)
{
	struct row row = {.index = 0};

	while (row_next(&table, &row)) {
		char name[80], program[] = "check_imap_tls";
		char *argv[] = {program, name, NULL};
		const char *value = row.opt->choices != NULL ? "" : "10";
		struct arena arena = {0};
		struct value *object = value_object(&arena);
		struct config config;
		struct opt_parse parse;
		struct err err = {0};
		size_t len;

		if (row.opt->min > 0 && row.opt->max >= row.opt->min)
			value = row.opt->max < 10 ? "1" : row.type == OPT_SIZE ? "10K" : "10";
		if (row.type == OPT_STATE)
			value = "ok";
		len = row.opt->choices != NULL ? strcspn(row.opt->choices, "|") : 0;
		if (row.opt->argument != NULL && strcmp(row.name, "extra-opts") != 0)
			snprintf(name, sizeof(name), "--%s=%s%.*s", row.name, value, (int)len,
			    row.opt->choices != NULL ? row.opt->choices : "");
		else
			snprintf(name, sizeof(name), "--%s",
			    strcmp(row.name, "extra-opts") == 0 ? "ipv4" : row.name);
		ck_assert_msg(opts_parse(&table, 2, argv, no_environment, &config, &parse, &err),
		    "%s: %s", name, err.text);
		opts_settings(&parse, &config, &arena, object);
		if ((row.opt->flags & OPT_F_SECRET_SOURCE) != 0)
			for (const struct value *v = object->first; v != NULL; v = v->next)
				ck_assert(v->text == NULL || strcmp(v->text, "10") != 0);
		else if (row.type != OPT_ACTION && row.type != OPT_IGNORED &&
			 strcmp(row.name, "extra-opts") != 0)
			ck_assert_msg(value_get(object, row.name) != NULL, "--%s", row.name);
		opts_free(&parse, &config);
		arena_free(&arena);
	}
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {rows_are_consistent, 0},
	    {letters_of_the_program_win, 0},
	    {help, 0},
	    {man_page, 0},
	    {completion, 0},
	    {icinga2, 0},
	    {lists, 0},
	    {settings, 0},
	};

	return unit_main("opts_print", units, ARRAY_LEN(units));
}
