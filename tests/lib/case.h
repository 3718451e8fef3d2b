/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A case file: a dialog and what the check must say about it. Parsed here,
 * judged by tests/lib/rules.h. tests/README.md describes the language.
 */
#ifndef TESTS_LIB_CASE_H
#define TESTS_LIB_CASE_H

#include "lib/script.h"

enum want_kind {
	WANT_ARGS,     /* the command line */
	WANT_PROBLEM,  /* rows of tests/rows.def that it shows: problems, */
	WANT_FAULT,    /* faults, */
	WANT_ROW,      /* rules; */
	WANT_NEAR,     /* rules that it comes near without showing them */
	WANT_PASSWORD, /* a file with this secret; --password-file is added */
	WANT_TOKEN,    /* likewise, --token-file */
	WANT_FILE,     /* "NAME content": a file in @DIR@, mode 0600 */
	WANT_ENV,      /* "NAME=value" for the program */
	WANT_DNS,      /* a line of the name server's zone (lib/zone.h) */
	WANT_SECRET,   /* nowhere in any output */
	WANT_SENT_NOT, /* nowhere in what the server got */
	WANT_EXIT,
	WANT_FINDING, /* all of them that are not ok */
	WANT_NOTE,    /* one that is ok */
	WANT_ABSENT,  /* one that is not there, not even as a note */
	WANT_LINE1,
	WANT_STDOUT,
	WANT_NOT,
	WANT_VERBOSE,
	WANT_JSON, /* regular expressions */
	WANT_PERF,
	WANT_NOPERF,      /* labels */
	WANT_TIME,        /* seconds at most */
	WANT_CONNECTIONS, /* how many the server saw */
	WANT_LIVE,        /* "only REASON": not in process, hence not swept */
	WANT_COUNT
};

struct want {
	enum want_kind kind;
	size_t line;
	char *text;
};

struct test_case {
	char *name; /* "imap/login-refused" */
	struct script script;
	struct want *wants;
	size_t want_count;
	char fault[320]; /* why the file does not parse */
};

/* Reads path; name is what reports call it. False: fault. */
bool case_read(struct test_case *test, const char *path, const char *name) MUST_USE;
void case_free(struct test_case *test);
/* The first of a kind, NULL if none. */
const char *case_text(const struct test_case *test, enum want_kind kind);
/* The case chooses the output itself: -o, --help and the like. */
bool case_has_output(const struct test_case *test);
/*
 * True if both run the program alike: then it cannot tell them apart before
 * their scripts differ.
 */
bool case_same_start(const struct test_case *a, const struct test_case *b);
const char *case_want_name(enum want_kind kind);

/* The surroundings of one run, for placeholders and added options. */
struct case_place {
	const char *dir;      /* the run's own directory: @DIR@ */
	const char *pki_dir;  /* @PKI@; @CA@ is its root.pem */
	unsigned port;        /* @PORT@ */
	unsigned closed_port; /* @CLOSED@: refuses */
	unsigned silent_port; /* @SILENT@: drops what comes */
	unsigned dns_port;    /* @DNS@: the name server of the DNS: lines */
};
/*
 * The words of the command line, ready to run: placeholders filled in, and what
 * tests/README.md says is added. extra: more words, NULL-terminated or NULL. Also
 * writes the files the case asks for. Free with case_argv_free().
 */
char **
case_argv(const struct test_case *test, const struct case_place *place, const char *const *extra);
void case_argv_free(char **argv);
/* Appends text with its placeholders filled in. */
void case_fill(const char *text, const struct case_place *place, struct buf *out);
/* Seconds of -t in these words. */
double case_timeout(char *const *argv);

#endif
