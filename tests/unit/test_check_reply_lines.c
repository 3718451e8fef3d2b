/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reply catalogue against lines from the field, near misses, and lines
 * pasted from logs. They live in tests/replies, tab-separated: finding,
 * protocol, stage, text; near misses name the rows they are near to behind
 * the finding.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check/reply.h"
#include "check/reply_row.h"
#include "lib/reply_vary.h"
#include "lib/unit.h"

#define TEXT_MAX 4096

static const struct {
	const char *name;
	unsigned bits;
} protocol_names[] = {
    {"smtp", REPLY_SMTP},
    {"lmtp", REPLY_LMTP},
    {"imap", REPLY_IMAP},
    {"pop3", REPLY_POP3},
    {"any", 0},
};

static const struct {
	const char *name;
	unsigned bits;
} stage_names[] = {
    {"greeting", REPLY_GREETING},
    {"ehlo", REPLY_EHLO},
    {"starttls", REPLY_STARTTLS},
    {"auth", REPLY_AUTH},
    {"mail", REPLY_MAIL},
    {"rcpt", REPLY_RCPT},
    {"data", REPLY_DATA},
    {"mailbox", REPLY_MAILBOX},
    {"any", 0},
};

struct line {
	const char *finding;
	const char *rows; /* of near misses: names parted by blanks */
	struct reply_query query;
};

static char *
field(char **rest)
{
	char *begin = *rest;
	char *tab = strchr(begin, '\t');

	if (tab != NULL) {
		*tab = '\0';
		*rest = tab + 1;
	}
	return begin;
}

/* False: a comment. Escaped line ends of the text become real ones. */
static bool
line_read(char *text, struct line *line)
{
	size_t protocol = 0;
	size_t stage = 0;

	if (text[0] == '#' || text[0] == '\n')
		return false;
	text[strcspn(text, "\n")] = '\0';
	memset(line, 0, sizeof(*line));
	line->finding = field(&text);
	line->rows = line->finding[0] == '!' ? field(&text) : "";
	const char *name = field(&text);
	while (protocol < ARRAY_LEN(protocol_names) &&
	       strcmp(protocol_names[protocol].name, name) != 0)
		protocol++;
	ck_assert_msg(protocol < ARRAY_LEN(protocol_names), "no protocol: %s", name);
	name = field(&text);
	while (stage < ARRAY_LEN(stage_names) && strcmp(stage_names[stage].name, name) != 0)
		stage++;
	ck_assert_msg(stage < ARRAY_LEN(stage_names), "no stage: %s", name);
	line->query.protocol = protocol_names[protocol].bits;
	line->query.stage = stage_names[stage].bits;
	line->query.text = text;
	for (char *c = strstr(text, "\\n"); c != NULL; c = strstr(c, "\\n")) {
		c[0] = '\n';
		memmove(c + 1, c + 2, strlen(c + 2) + 1);
	}
	return true;
}

/* Runs judge over the lines of a file; returns how many there are. */
static size_t
each_line(const char *path, void (*judge)(const struct line *line))
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	size_t count = 0;
	struct line line;

	ck_assert_msg(file != NULL, "%s: cannot be read", path);
	while (getline(&text, &size, file) > 0) {
		if (!line_read(text, &line))
			continue;
		judge(&line);
		count++;
	}
	free(text);
	(void)fclose(file);
	return count;
}

static size_t wrong;

/* The finding of a line from the field holds for all variations of it. */
static void
judge_varied(const struct line *line)
{
	enum finding_id id;

	ck_assert_msg(finding_find(line->finding, &id), "no finding: %s", line->finding);
	for (size_t i = 0; i < reply_variation_count; i++) {
		struct reply_query query = line->query;
		struct reply_match match = {0};
		struct buf text;

		buf_init(&text, TEXT_MAX);
		reply_variations[i].vary(&text, line->query.text);
		query.text = buf_text(&text);
		if (!reply_match(&query, &match) || match.finding != id) {
			wrong++;
			(void)fprintf(stderr, "%s: wanted %s, got %s: %s\n",
			    reply_variations[i].name, line->finding,
			    match.row == NULL ? "nothing" : match.row, query.text);
		}
		buf_free(&text);
	}
}

static void
judge_wanted(const struct line *line)
{
	struct reply_match match = {0};
	enum finding_id id;

	ck_assert_msg(finding_find(line->finding, &id), "no finding: %s", line->finding);
	bool known = reply_match(&line->query, &match);
	if (known && match.finding == id)
		return;
	wrong++;
	(void)fprintf(stderr, "wanted %s, got %s (%s): %s\n", line->finding,
	    known ? finding_rows[match.finding].id : "nothing", known ? match.row : "-",
	    line->query.text);
}

/* Rows with a near miss, by index. */
static bool guarded[1024];

/* True if the word at list, ended by a blank or NUL, is name. */
static bool
name_is(const char *list, const char *name)
{
	size_t len = strcspn(list, " ");

	return len == strlen(name) && strncmp(list, name, len) == 0;
}

/* Marks the rows that the line is near to; each must exist and have the finding. */
static void
mark_guarded(const struct line *line)
{
	const char *name = line->rows;

	while (*name != '\0' && *name != '-') {
		struct reply_row row = {0};
		bool found = false;

		while (!found && reply_row_next(&row))
			found = name_is(name, row.name);
		ck_assert_msg(found, "no row: %s", name);
		ck_assert_msg(strcmp(finding_rows[row.finding].id, line->finding + 1) == 0,
		    "%s: its finding is %s: %s", row.name, finding_rows[row.finding].id,
		    line->query.text);
		ck_assert_uint_lt(row.index, ARRAY_LEN(guarded));
		guarded[row.index] = true;
		name += strcspn(name, " ");
		name += *name == ' ' ? 1 : 0;
	}
}

/* "!id": anything but that id, or "!*": nothing may be found. */
static void
judge_unwanted(const struct line *line)
{
	struct reply_match match = {0};
	enum finding_id id;
	bool known = reply_match(&line->query, &match);

	ck_assert_int_eq(line->finding[0], '!');
	ck_assert_msg(line->finding[1] == '*' || finding_find(line->finding + 1, &id),
	    "no finding: %s", line->finding);
	mark_guarded(line);
	if (line->finding[1] == '*' ? !known : !known || match.finding != id)
		return;
	wrong++;
	(void)fprintf(stderr, "must not be %s (%s): %s\n", finding_rows[match.finding].id,
	    match.row, line->query.text);
}

/* The finding only: what people paste into --explain. */
static void
judge_explained(const struct line *line)
{
	struct reply_query query = {0};
	struct reply_match match = {0};
	enum finding_id id;

	ck_assert_msg(finding_find(line->finding, &id), "no finding: %s", line->finding);
	if (reply_explain(line->query.text, 0, &query, &match) && match.finding == id)
		return;
	wrong++;
	(void)fprintf(stderr, "explained: wanted %s, got %s: %s\n", line->finding,
	    match.row == NULL ? "nothing" : match.row, line->query.text);
}

/* Protocol and stage must be found from the line itself. */
static void
judge_pasted(const struct line *line)
{
	struct reply_query query = {0};
	struct reply_match match = {0};
	enum finding_id id;

	ck_assert_msg(finding_find(line->finding, &id), "no finding: %s", line->finding);
	bool known = reply_explain(line->query.text, 0, &query, &match);
	if (known && match.finding == id && query.protocol == line->query.protocol &&
	    query.stage == line->query.stage)
		return;
	wrong++;
	(void)fprintf(stderr, "wanted %s, got %s (%s, protocol %u stage %u): %s\n", line->finding,
	    known ? finding_rows[match.finding].id : "nothing", known ? match.row : "-",
	    query.protocol, query.stage, line->query.text);
}

static const char *const field_paths[] = {"tests/replies/smtp.txt", "tests/replies/imap.txt",
    "tests/replies/pop3.txt", "tests/replies/more.txt"};

START_TEST(field_lines)
{
	size_t count = 0;

	wrong = 0;
	for (size_t i = 0; i < ARRAY_LEN(field_paths); i++)
		count += each_line(field_paths[i], judge_wanted);
	ck_assert_uint_ge(count, 150);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(varied_lines)
{
	wrong = 0;
	for (size_t i = 0; i < ARRAY_LEN(field_paths); i++)
		(void)each_line(field_paths[i], judge_varied);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Every row has a text that is near to it and means something else. */
START_TEST(near_misses)
{
	struct reply_row row = {0};

	wrong = 0;
	memset(guarded, 0, sizeof(guarded));
	ck_assert_uint_ge(each_line("tests/replies/near_misses.txt", judge_unwanted), 300);
	while (reply_row_next(&row)) {
		if (guarded[row.index])
			continue;
		wrong++;
		(void)fprintf(stderr, "%s: has no near miss\n", row.name);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(explained_lines)
{
	wrong = 0;
	ck_assert_uint_ge(each_line("tests/replies/explained.txt", judge_explained), 1000);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(pasted_lines)
{
	wrong = 0;
	ck_assert_uint_ge(each_line("tests/replies/pasted.txt", judge_pasted), 30);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* ---- the catalogue as a whole ---- */

/* True if a row of the name, or of the name and one letter, has the finding. */
static bool
row_has(const char *name, const char *finding)
{
	struct reply_row row = {0};
	size_t len = strlen(name);

	while (reply_row_next(&row)) {
		bool named = strncmp(row.name, name, len) == 0 &&
			     (row.name[len] == '\0' || (islower((unsigned char)row.name[len]) &&
							   row.name[len + 1] == '\0'));

		if (named && strcmp(finding_rows[row.finding].id, finding) == 0)
			return true;
	}
	return false;
}

static bool
file_names(const char *path, const char *finding)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	bool found = false;

	ck_assert_msg(file != NULL, "%s: cannot be read", path);
	while (!found && getline(&text, &size, file) > 0)
		found = strstr(text, finding) != NULL;
	free(text);
	(void)fclose(file);
	return found;
}

/* Each row has its finding, and a reply or a test that proves it. */
START_TEST(all_rows)
{
	FILE *file = fopen("tests/replies/rows.txt", "r");
	char *text = NULL;
	size_t size = 0;
	size_t count = 0;

	ck_assert_msg(file != NULL, "rows.txt: cannot be read");
	while (getline(&text, &size, file) > 0) {
		char *rest = text;
		enum finding_id id;

		if (text[0] == '#')
			continue;
		text[strcspn(text, "\n")] = '\0';
		const char *name = field(&rest);
		const char *finding = field(&rest);
		ck_assert_msg(finding_find(finding, &id), "%s: no finding %s", name, finding);
		if (strncmp(rest, "reply", 5) == 0)
			ck_assert_msg(row_has(rest[5] == ' ' ? rest + 6 : name, finding),
			    "%s: no reply of %s", name, finding);
		else
			ck_assert_msg(file_names(rest, finding), "%s: %s does not prove %s", name,
			    rest, finding);
		count++;
	}
	free(text);
	(void)fclose(file);
	ck_assert_uint_ge(count, 309);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {field_lines, 0},
	    {varied_lines, 0},
	    {near_misses, 0},
	    {pasted_lines, 0},
	    {explained_lines, 0},
	    {all_rows, 0},
	};

	return unit_main("check_reply_lines", units, ARRAY_LEN(units));
}
