/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs for the tests of options, and their runs. */
#include "lib/opts_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "opts/row.h"

/* ---- two programs: one like check_imap_tls, one like check_smtp_submit -------- */

#define OWN(kind, ctype, member) FIELD(struct opts_run_config, kind, ctype, member)

static const struct opt imap_rows[] = {
    {0, "cap", NULL, OWN(OPT_NUMBER, int64_t, count), "N", .help = "any number"},
    {0, "wait", NULL, OWN(OPT_DURATION, int64_t, wait_us), "T", .min = US_PER_S,
	.max = 60 * US_PER_S, .help = "h"},
    {0, "size", NULL, OWN(OPT_SIZE, uint64_t, size), "SIZE", .help = "h"},
    {0, "share", NULL, OWN(OPT_PERCENT, double, percent), "PERCENT", .value = "70%", .help = "h"},
    {0, "check", NULL, OWN(OPT_LIST, struct strings, list), "LIST", .value = "mx,ptr", .help = "h"},
    {.name = NULL},
};
static const struct opt smtp_rows[] = {
    {'e', "expect", NULL, OWN(OPT_WORDS, struct strings, list), "TEXT", .help = "h"},
    {'C', "command", NULL, OWN(OPT_WORDS, struct strings, command), "TEXT", .help = "h"},
    {'R', "response", NULL, OWN(OPT_WORDS, struct strings, response), "REGEX", .help = "h"},
    {'f', "from", NULL, OWN(OPT_TEXT, const char *, from), "ADDRESS", .help = "h"},
    {'F', "fqdn", "helo|ehlo", OWN(OPT_TEXT, const char *, fqdn), "HOST", .help = "h"},
    {'q', "ignore-quit-failure", NULL, OWN(OPT_SWITCH, bool, ignore_quit), .help = "h"},
    {.name = NULL},
};

static const struct opt_group imap_groups[] = {
    {"Target and output", basic_rows, offsetof(struct opts_run_config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct opts_run_config, connection), NULL,
	false},
    {"Login", login_rows, offsetof(struct opts_run_config, login), NULL, false},
    {NULL, session_rows, offsetof(struct opts_run_config, login), NULL, false},
    {"Classic", classic_rows, offsetof(struct opts_run_config, classic), NULL, false},
    {"IMAP", imap_rows, 0, NULL, false},
    {.rows = NULL},
};
static const struct opt_group smtp_groups[] = {
    {"Target and output", basic_rows, offsetof(struct opts_run_config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct opts_run_config, connection), NULL,
	false},
    {"Login", login_rows, offsetof(struct opts_run_config, login), NULL, false},
    {"SMTP", smtp_rows, 0, NULL, false},
    {"Arriving side", login_rows, offsetof(struct opts_run_config, arrives), "arrives-", false},
    {.rows = NULL},
};
static const struct opt_letter imap_letters[] = {{'S', "tls"}, {0, NULL}};
static const struct opt_letter smtp_letters[] = {
    {'S', "starttls"}, {'s', "tls"}, {'A', "authtype"}, {'r', "proxy-protocol"}, {0, NULL}};

const struct opt_table opts_run_imap = {.program = "check_imap_tls",
    .service = "imap",
    .summary = "check an IMAP server",
    .word = "HOST",
    .groups = imap_groups,
    .letters = imap_letters,
    .config_size = sizeof(struct opts_run_config)};
const struct opt_table opts_run_smtp = {.program = "check_smtp_submit",
    .service = "smtp",
    .summary = "check a submission server",
    .groups = smtp_groups,
    .letters = smtp_letters,
    .bare = "sni",
    .config_size = sizeof(struct opts_run_config)};

const char *opts_run_config_path;

const char *
opts_run_environment(const char *name)
{
	return strcmp(name, "NAGIOS_CONFIG_PATH") == 0 ? opts_run_config_path : NULL;
}

/* ---- one run ------------------------------------------------------------------- */

void
opts_run_init(struct opts_run *run, const struct opt_table *table, const char *words)
{
	char *copy = strdup(words), *save = NULL;

	memset(run, 0, sizeof(*run));
	run->argv[run->argc++] = strdup(table->program);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		char *word = strdup(strcmp(w, "^") == 0 ? "" : w);

		for (char *c = word; *c != '\0'; c++)
			if (*c == '_')
				*c = ' ';
		ck_assert_int_lt(run->argc, OPTS_RUN_WORDS_MAX - 1);
		run->argv[run->argc++] = word;
	}
	free(copy);
	run->good = opts_parse(table, run->argc, run->argv, opts_run_environment, &run->config,
	    &run->parse, &run->err);
	ck_assert(run->good == !err_is_set(&run->err));
}

void
opts_run_free(struct opts_run *run)
{
	opts_free(&run->parse, &run->config);
	for (int i = 0; i < run->argc; i++)
		free(run->argv[i]);
}

static void
show_value(struct buf *out, const struct value *value)
{
	switch (value->kind) {
	case VALUE_BOOL:
		buf_add_text(out, value->boolean ? "true" : "false");
		break;
	case VALUE_INT:
		buf_printf(out, "%lld", (long long)value->integer);
		break;
	case VALUE_REAL:
		buf_printf(out, "%.*f", value->decimals, value->real);
		break;
	case VALUE_ARRAY:
		for (const struct value *v = value->first; v != NULL; v = v->next)
			buf_printf(out, "%s%s", v == value->first ? "" : ",", v->text);
		break;
	default:
		buf_add_text(out, value->text != NULL ? value->text : "null");
	}
}

void
opts_run_show(const struct opts_run *run, struct buf *out)
{
	struct arena arena = {0};
	struct value *object = value_object(&arena);

	buf_init(out, 8192);
	opts_settings(&run->parse, &run->config, &arena, object);
	for (const struct value *v = object->first; v != NULL; v = v->next) {
		struct row row;

		if (strcmp(v->key, "extra-opts") == 0)
			continue;
		if (row_by_name(run->parse.table, v->key, strlen(v->key), &row) &&
		    row.type != OPT_SECRET && opts_source(&run->parse, v->key) == OPT_FROM_DEFAULT)
			continue;
		buf_printf(out, "%s%s=", out->len > 0 ? " " : "", v->key);
		show_value(out, v);
	}
	for (size_t i = 0; i < run->parse.words.count; i++)
		buf_printf(out, " +%s", run->parse.words.items[i]);
	arena_free(&arena);
}

void
opts_run_expect(const struct opt_table *table, const char *words, const char *expected)
{
	struct opts_run run;
	struct buf out;

	opts_run_init(&run, table, words);
	opts_run_show(&run, &out);
	if (strncmp(expected, "! ", 2) == 0) {
		ck_assert_msg(!run.good, "parsed: %s -> %s", words, buf_text(&out));
		ck_assert_str_eq(run.err.text, expected + 2);
		ck_assert_int_eq(run.err.kind, ERR_CONFIG);
	} else {
		ck_assert_msg(run.good, "%s: %s", words, run.err.text);
		ck_assert_str_eq(buf_text(&out), expected);
	}
	buf_free(&out);
	opts_run_free(&run);
}
