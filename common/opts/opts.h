/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options: one row each. The row prints getopt parsing, --help, the man page,
 * completion, ini keys, the Icinga 2 CheckCommand and the effective settings.
 * Parsing only assigns; what an option implies is computed afterwards by the
 * program's resolve(), so the order of words cannot matter.
 *
 * Shared groups of rows (opts/groups.h) are plain tables over a struct of
 * their own; a program says at which offset of its configuration it keeps each
 * struct, under which prefix, and which letters the rows have there.
 */
#ifndef COMMON_OPTS_OPTS_H
#define COMMON_OPTS_OPTS_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/state.h"
#include "base/strings.h"
#include "base/value.h"

/* The C type of a row's field; the parser follows from it. */
enum opt_type {
	OPT_FLAG,     /* bool; no argument (ini: true/false) */
	OPT_SWITCH,   /* bool; no argument, but a following true|false|1|0 is swallowed */
	OPT_COUNT,    /* int; repeatable flag */
	OPT_TEXT,     /* const char * */
	OPT_WORDS,    /* struct strings; repeatable */
	OPT_LIST,     /* struct strings; comma-separated and repeatable */
	OPT_NUMBER,   /* int64_t; row's min and max */
	OPT_DURATION, /* int64_t, microseconds; bare = seconds */
	OPT_SIZE,     /* uint64_t, bytes */
	OPT_PERCENT,  /* double */
	OPT_CHOICE, /* int: index into the row's choices ("a|b|c"); -1 when not given and no default */
	OPT_STATE, /* struct opt_state */
	OPT_SECRET, /* char *: OPT_TEXT that is wiped from argv at once and never printed; owned copy */
	OPT_OPTIONAL, /* const char *: argument only as --name=VALUE; bare = "" */
	OPT_IGNORED,  /* any argument is taken and means nothing here (classic letters) */
	OPT_ACTION    /* int: sets the field to the row's min; prints and exits (--help ...) */
};

struct opt_state {
	bool set;
	enum state state;
};

struct opt {
	char letter;         /* 0: none. A program may move it, see struct opt_letter */
	const char *name;    /* long name */
	const char *aliases; /* "host|server" or NULL: parsed, never printed by completion */
	enum opt_type type;
	size_t offset;        /* of the field in the group's struct */
	const char *argument; /* "SECONDS[:STATE]", NULL for flags */
	const char *value;    /* default as a user would write it; NULL: zero */
	const char *choices;  /* OPT_CHOICE: "text|json|openmetrics"; else NULL */
	int64_t min, max;     /* OPT_NUMBER, OPT_DURATION (us): bounds, both 0 = none */
	unsigned flags;       /* OPT_F_* */
	const char *help;     /* one line, lower case, no full stop */
	/*
	 * OPT_WORDS: the row (long name) whose words these belong to. Item n was said
	 * behind the n-th of those, item 0 before the first; "" where nothing was said.
	 */
	const char *beside;
};
#define OPT_F_NOT_INI 1u       /* command line only */
#define OPT_F_SECRET_SOURCE 2u /* settings show the source's kind, never the value */
#define OPT_F_PRIVATE_INI 4u   /* ini only from a file that others cannot read */
#define OPT_F_CLASSIC 8u /* kept for old command lines; left out of CheckCommand and completion */
#define OPT_F_MAY_BE_BARE \
	16u /* OPT_WORDS: bare = "", the next word is taken unless it begins with '-' */

/*
 * Compile-time tie of a row to a field of the right C type:
 *   { 'p', "port", NULL, FIELD(struct target_opts, OPT_NUMBER, int64_t, port), "PORT", ... }
 */
#define FIELD(type, kind, ctype, member) \
	(kind), offsetof(type, member) + 0 * sizeof(&((type *)0)->member == (ctype *)0)

struct opt_group {
	const char *heading;    /* "Connection and TLS" */
	const struct opt *rows; /* ended by a row whose name is NULL */
	size_t base;            /* offset of the group's struct in the configuration */
	const char *prefix;     /* "arrives-": long names get it and letters fall away; NULL */
	bool long_only;         /* letters of the rows are not used in this program */
};

/* A letter that this program gives to a row, whatever the row says (0 takes it away). */
struct opt_letter {
	char letter;
	const char *name;
};

/* What to say besides where the value of an option is refused: it means something else elsewhere. */
struct opt_hint {
	const char *name, *text;
};

/* Everything the parser and the printers know of a program. */
struct opt_table {
	const char *program;            /* "check_imap_tls" */
	const char *service;            /* "imap": SECTION.imap */
	const char *summary;            /* one line for --help and the man page */
	const char *word;               /* what a leftover word is: "HOST"; NULL: none allowed */
	const struct opt_group *groups; /* ended by rows == NULL */
	const struct opt_letter
	    *letters;                 /* ended by name == NULL; may be NULL; wins over the rows */
	const struct opt_hint *hints; /* ended by name == NULL; may be NULL */
	const char *bare; /* OPT_TEXT row that is OPT_OPTIONAL here: "sni"; may be NULL */
	size_t config_size;
};

/* Where a value came from, for "given twice" and for messages. */
enum opt_source { OPT_FROM_DEFAULT, OPT_FROM_NAME, OPT_FROM_INI, OPT_FROM_ARGV };

/* The outcome of parsing, beside the configuration struct. */
struct opt_parse {
	struct strings words; /* leftover words */
	struct strings notes; /* "-m is ignored": shown with -v */
	const struct opt_table *table;
	unsigned char *sources; /* enum opt_source a row, in table order */
	struct arena arena;     /* owns every string of the configuration that argv does not */
};

/*
 * Fills config (config_size bytes, zeroed here) with defaults, then ini
 * (--extra-opts), then argv. A stronger source replaces what a weaker one said,
 * lists included; within one source lists add up. getenv is handed in: nothing below plugin_main
 * reads the environment. argv's secrets are overwritten. False: err is one
 * clear line (ERR_CONFIG); ini faults say file and line number, never its
 * text, and code is 1 for them. opts_free() is due in any case.
 */
bool opts_parse(const struct opt_table *table, int argc, char **argv,
    const char *(*environment)(const char *name), void *config, struct opt_parse *parse,
    struct err *err) MUST_USE;
/* Where the row of this long name came from; OPT_FROM_DEFAULT if there is no such row. */
enum opt_source opts_source(const struct opt_parse *parse, const char *name);
/* Applies "name" = "value" as a default of the called name (OPT_FROM_NAME). */
bool opts_set(struct opt_parse *parse, void *config, const char *name, const char *value,
    struct err *err) MUST_USE;
void opts_free(struct opt_parse *parse, void *config);

/* Effective settings by long name; secrets by source only. */
void opts_settings(
    const struct opt_parse *parse, const void *config, struct arena *arena, struct value *object);

#endif
