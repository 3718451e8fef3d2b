/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the order of sources (default, called name, ini, argv), what may be said
 * twice, and the words of argv.
 * Must not know: what any option means.
 */
#include "opts/opts.h"

#include <string.h>

#include "base/text.h"
#include "opts/ini.h"
#include "opts/row.h"

#define CODE_INI 1
#define PLACE_ARGV INT32_MAX /* ini sections count up from 1 */

/* One option as it stands in argv. */
struct given {
	struct row row;
	const char *text; /* NULL: nothing behind the name */
	char *secret;     /* text, when it is our copy of a secret */
};

struct parser {
	const struct opt_table *table;
	struct opt_parse *parse;
	void *config;
	int argc;
	char **argv;
	const char *(*environment)(const char *name);
	int *places;         /* a row: where it was last assigned, 0 for nowhere */
	int base_place;      /* passes of ini files read before this one */
	struct given *given; /* argv, in order */
	size_t given_count;
	struct err *err;
};

/* ---- one assignment ------------------------------------------------------- */

/* A place takes over from a weaker one; within a place only some rows repeat. */
static bool
claim(struct parser *parser, const struct row *row, int place, enum opt_source source)
{
	int *at = &parser->places[row->index];

	if (*at == place)
		return row_repeats(row);
	row_reset(row, parser->config);
	*at = place;
	parser->parse->sources[row->index] = (unsigned char)source;
	if (row->type == OPT_IGNORED)
		strings_add(&parser->parse->notes,
		    arena_printf(&parser->parse->arena, "--%s is accepted and ignored", row->name));
	return true;
}

/* Fills up what belongs to earlier words of the other row; a second one for the same word is refused. */
static bool
fill_up(struct parser *parser, const struct row *row)
{
	struct strings *own = row_field(row, parser->config);
	const struct strings *other;
	struct row beside;

	if (row->opt->beside == NULL)
		return true;
	if (!row_by_name(parser->table, row->opt->beside, strlen(row->opt->beside), &beside))
		return err_set(parser->err, ERR_LOCAL, 0, "no option --%s", row->opt->beside);
	other = row_field(&beside, parser->config);
	if (own->count > other->count)
		return err_set(parser->err, ERR_CONFIG, 0, "--%s is given twice for the same --%s",
		    row->name, beside.name);
	while (own->count < other->count)
		strings_add(own, "");
	return true;
}

static bool
assign_default(struct parser *parser, const struct row *row)
{
	struct buf why;
	bool good = true;

	buf_init(&why, 1024);
	if (row->type == OPT_CHOICE)
		*(int *)row_field(row, parser->config) = -1;
	if (row->opt->value != NULL &&
	    !row_assign(row, row->opt->value, parser->config, &parser->parse->arena, &why))
		good = err_set(parser->err, ERR_LOCAL, 0, "--%s: its own default is not %s",
		    row->name, buf_text(&why));
	buf_free(&why);
	return good;
}

static bool
assign_defaults(struct parser *parser)
{
	struct row row = {.index = 0};

	while (row_next(parser->table, &row))
		if (!assign_default(parser, &row))
			return false;
	return true;
}

/* ---- ini ------------------------------------------------------------------ */

static bool
ini_fault(const struct ini_line *line, struct err *err, const char *name, const char *what)
{
	return err_set(err, ERR_CONFIG, CODE_INI, "%s line %d: %s%s%s", line->file, line->number,
	    name != NULL ? "--" : "", name != NULL ? name : "", what);
}

/* The row of a key: its long name, an alias or a single letter. */
static bool
ini_row(const struct parser *parser, const struct ini_line *line, struct row *row, struct err *err)
{
	size_t len = strlen(line->key);

	if (len == 1 ? !row_by_letter(parser->table, line->key[0], row)
		     : !row_by_name(parser->table, line->key, len, row))
		return ini_fault(line, err, NULL, "unknown key");
	if ((row->opt->flags & OPT_F_NOT_INI) != 0 || row->type == OPT_ACTION)
		return ini_fault(line, err, row->name, " is for the command line only");
	if ((row->opt->flags & OPT_F_PRIVATE_INI) != 0 && line->exposed != NULL)
		return err_set(err, ERR_CONFIG, CODE_INI,
		    "%s line %d: --%s may not stand in this file: %s", line->file, line->number,
		    row->name, line->exposed);
	return true;
}

static bool
take_ini(void *context, const struct ini_line *line, struct err *err)
{
	struct parser *parser = context;
	struct arena *arena = &parser->parse->arena;
	const char *text = line->value;
	struct row row;
	struct buf why;
	bool good;

	if (!ini_row(parser, line, &row, err))
		return false;
	if (!claim(parser, &row, parser->base_place + line->pass, OPT_FROM_INI))
		return ini_fault(line, err, row.name, " is given twice");
	if (!fill_up(parser, &row))
		return false;
	if (!row_needs_argument(&row) && text[0] == '\0')
		text = NULL; /* "starttls =" of older files */
	else if (row.type != OPT_SECRET)
		text = arena_strdup(arena, text);
	buf_init(&why, 1024);
	good = row_assign(&row, text, parser->config, arena, &why) ||
	       err_set(err, ERR_CONFIG, CODE_INI, "%s line %d: --%s needs %s", line->file,
		   line->number, row.name, buf_text(&why));
	buf_free(&why);
	return good;
}

static const char *
called_name(const struct parser *parser)
{
	const char *name = parser->argc > 0 ? parser->argv[0] : "";
	const char *slash = strrchr(name, '/');

	name = slash != NULL ? slash + 1 : name;
	return name[0] != '\0' && strcmp(name, parser->table->program) != 0 ? name : NULL;
}

static bool
assign_ini(struct parser *parser)
{
	struct ini_query query = {.sections = {parser->table->program, called_name(parser)},
	    .service = parser->table->service,
	    .environment = parser->environment};

	for (size_t i = 0; i < parser->given_count; i++) {
		const struct given *given = &parser->given[i];

		if (strcmp(given->row.name, "extra-opts") != 0)
			continue;
		query.locator = given->text != NULL ? given->text : "";
		if (!ini_read(&query, take_ini, parser, parser->err))
			return false;
		parser->base_place += 2 * (int)ARRAY_LEN(query.sections);
	}
	return true;
}

/* ---- argv ----------------------------------------------------------------- */

static const char *
hint_for(const struct opt_table *table, const char *name)
{
	for (const struct opt_hint *hint = table->hints; hint && hint->name; hint++)
		if (strcmp(hint->name, name) == 0)
			return hint->text;
	return "";
}

static bool
assign_given(struct parser *parser, const struct given *given)
{
	const struct row *row = &given->row;
	struct buf why;
	bool good;

	if (!claim(parser, row, PLACE_ARGV, OPT_FROM_ARGV))
		return err_set(parser->err, ERR_CONFIG, 0, "--%s is given twice", row->name);
	if (!fill_up(parser, row))
		return false;
	buf_init(&why, 1024);
	good = row_assign(row, given->text, parser->config, &parser->parse->arena, &why) ||
	       err_set(parser->err, ERR_CONFIG, 0, "--%s needs %s, not \"%s\"%s", row->name,
		   buf_text(&why), given->text != NULL ? given->text : "",
		   hint_for(parser->table, row->name));
	buf_free(&why);
	return good;
}

static bool
assign_argv(struct parser *parser)
{
	for (size_t i = 0; i < parser->given_count; i++)
		if (!assign_given(parser, &parser->given[i]))
			return false;
	return true;
}

/* Notes an option of argv; a secret is copied and its bytes in argv are wiped at once. */
static void
give(struct parser *parser, const struct row *row, char *text)
{
	struct given *given;

	parser->given = mem_grow(parser->given, parser->given_count + 1, sizeof(*parser->given));
	given = &parser->given[parser->given_count++];
	*given = (struct given){.row = *row, .text = text};
	if (row->type == OPT_SECRET && text != NULL) {
		given->text = given->secret = mem_strdup(text);
		mem_wipe(text, strlen(text));
	}
}

static bool
is_truth(const char *word)
{
	return strcmp(word, "true") == 0 || strcmp(word, "false") == 0 || strcmp(word, "1") == 0 ||
	       strcmp(word, "0") == 0;
}

/* Gives the row its argument: what is attached, else the next word if the row wants it. */
static void
give_next(struct parser *parser, const struct row *row, char *attached, int *at)
{
	char *next = *at + 1 < parser->argc ? parser->argv[*at + 1] : NULL;
	bool may_be_bare = (row->opt->flags & OPT_F_MAY_BE_BARE) != 0;
	bool takes_next =
	    next != NULL && ((row_needs_argument(row) && (!may_be_bare || next[0] != '-')) ||
				(row->type == OPT_SWITCH && is_truth(next)));

	if (attached != NULL) {
		give(parser, row, attached);
	} else if (takes_next) {
		++*at;
		give(parser, row, next);
	} else if (row_needs_argument(row) && !may_be_bare) {
		(void)err_set(parser->err, ERR_CONFIG, 0, "--%s needs an argument%s%s", row->name,
		    row->opt->argument != NULL ? ": " : "",
		    row->opt->argument != NULL ? row->opt->argument : "");
	} else {
		give(parser, row, NULL);
	}
}

static void
scan_long(struct parser *parser, char *name, int *at)
{
	size_t len = strcspn(name, "=");
	char *attached = name[len] == '=' ? name + len + 1 : NULL;
	struct row row;

	if (!row_by_name(parser->table, name, len, &row))
		(void)err_set(parser->err, ERR_CONFIG, 0, "unknown option --%.*s",
		    (int)(len < 64 ? len : 64), name);
	else if (attached != NULL &&
		 (row.type == OPT_ACTION || row.type == OPT_COUNT || row.type == OPT_FLAG))
		(void)err_set(parser->err, ERR_CONFIG, 0, "--%s takes no argument", row.name);
	else
		give_next(parser, &row, attached, at);
}

/* "-vvv", "-46", "-p993", "-p 993": flags may be bundled, an argument ends the bundle. */
static void
scan_letters(struct parser *parser, char *letters, int *at)
{
	for (; *letters != '\0'; letters++) {
		struct row row;

		if (!row_by_letter(parser->table, *letters, &row)) {
			(void)err_set(parser->err, ERR_CONFIG, 0, "unknown option -%c", *letters);
			return;
		}
		if (row_needs_argument(&row)) {
			give_next(parser, &row, letters[1] != '\0' ? letters + 1 : NULL, at);
			return;
		}
		if (row.type == OPT_SWITCH && letters[1] == '\0')
			give_next(parser, &row, NULL, at);
		else
			give(parser, &row, NULL);
	}
}

/* Spellings of the classic plugins: "-to 5" is "-t 5". */
static char
old_word(const char *word)
{
	if (strcmp(word, "-to") == 0 || strcmp(word, "-wt") == 0 || strcmp(word, "-ct") == 0)
		return word[1];
	return '\0';
}

static void
scan_word(struct parser *parser, int *at)
{
	char *word = parser->argv[*at];
	struct row row;

	if (strncmp(word, "--", 2) == 0)
		scan_long(parser, word + 2, at);
	else if (old_word(word) != '\0' && row_by_letter(parser->table, old_word(word), &row))
		give_next(parser, &row, NULL, at);
	else if (word[0] == '-' && word[1] != '\0')
		scan_letters(parser, word + 1, at);
	else if (parser->table->word != NULL)
		strings_add(&parser->parse->words, word);
	else /* not quoted: it may be the second half of a password with a blank */
		(void)err_set(
		    parser->err, ERR_CONFIG, 0, "word %d of the command line is one too many", *at);
}

/* Goes on after a fault, so that every secret is wiped whatever else is wrong. */
static bool
scan(struct parser *parser)
{
	bool options = true;

	for (int at = 1; at < parser->argc; at++) {
		if (options && strcmp(parser->argv[at], "--") == 0)
			options = false;
		else if (options)
			scan_word(parser, &at);
		else if (parser->table->word != NULL)
			strings_add(&parser->parse->words, parser->argv[at]);
		else
			(void)err_set(parser->err, ERR_CONFIG, 0,
			    "word %d of the command line is one too many", at);
	}
	return !err_is_set(parser->err);
}

static void
forget_given(struct parser *parser)
{
	for (size_t i = 0; i < parser->given_count; i++) {
		char *secret = parser->given[i].secret;

		if (secret != NULL)
			mem_wipe(secret, strlen(secret));
		mem_free(secret);
	}
	mem_free(parser->given);
}

bool
opts_parse(const struct opt_table *table, int argc, char **argv,
    const char *(*environment)(const char *name), void *config, struct opt_parse *parse,
    struct err *err)
{
	size_t rows = row_count(table);
	struct parser parser = {.table = table,
	    .parse = parse,
	    .config = config,
	    .argc = argc,
	    .argv = argv,
	    .environment = environment,
	    .places = mem_array(rows, sizeof(int)),
	    .err = err};
	bool good;

	memset(config, 0, table->config_size);
	*parse = (struct opt_parse){.table = table};
	parse->sources = mem_array(rows, 1);
	good = assign_defaults(&parser);
	good = scan(&parser) && good && assign_ini(&parser) && assign_argv(&parser);
	forget_given(&parser);
	mem_free(parser.places);
	return good;
}

/* ---- afterwards ------------------------------------------------------------ */

enum opt_source
opts_source(const struct opt_parse *parse, const char *name)
{
	struct row row;

	if (!row_by_name(parse->table, name, strlen(name), &row))
		return OPT_FROM_DEFAULT;
	return (enum opt_source)parse->sources[row.index];
}

bool
opts_set(
    struct opt_parse *parse, void *config, const char *name, const char *value, struct err *err)
{
	struct row row;
	struct buf why;
	bool good;

	if (!row_by_name(parse->table, name, strlen(name), &row))
		return err_set(err, ERR_LOCAL, 0, "no option --%s", name);
	if (parse->sources[row.index] > OPT_FROM_NAME)
		return true;
	row_reset(&row, config);
	parse->sources[row.index] = OPT_FROM_NAME;
	buf_init(&why, 1024);
	good = row_assign(&row, arena_strdup(&parse->arena, value), config, &parse->arena, &why) ||
	       err_set(err, ERR_LOCAL, 0, "--%s needs %s", name, buf_text(&why));
	buf_free(&why);
	return good;
}

void
opts_free(struct opt_parse *parse, void *config)
{
	struct row row = {.index = 0};

	while (parse->table != NULL && row_next(parse->table, &row))
		row_reset(&row, config);
	strings_free(&parse->words);
	strings_free(&parse->notes);
	mem_free(parse->sources);
	arena_free(&parse->arena);
	*parse = (struct opt_parse){.table = NULL};
}
