/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of the tests. Knows outputs and wants; runs nothing. */
#include "lib/rules.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/mem.h"
#include "report/finding.h"
#include "report/report.h"

#define OUTPUT_MAX ((size_t)16 << 20)
#define LINE1_BYTES 1024
#define LINE1_CHARACTERS 160
#define TEXT_BYTES 8192
#define LINE_CHARACTERS 200

#define SERVICES "(IMAP|SMTP|LMTP|POP3|CERT|MX|MAIL)"
#define STATES "(OK|WARNING|CRITICAL|UNKNOWN)"

static const char *const state_names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

void
outcome_init(struct outcome *outcome)
{
	*outcome = (struct outcome){.exit_code = -1};
	buf_init(&outcome->out, OUTPUT_MAX);
	buf_init(&outcome->err, OUTPUT_MAX);
}

void
outcome_free(struct outcome *outcome)
{
	buf_free(&outcome->out);
	buf_free(&outcome->err);
}

/* Compiled once and kept for the next run: a sweep asks the same thousands of times. */
static const regex_t *
compiled(const char *pattern)
{
	static struct {
		char *pattern;
		regex_t regex;
	} kept[16];
	static size_t next;
	size_t i;

	for (i = 0; i < ARRAY_LEN(kept); i++)
		if (kept[i].pattern != NULL && strcmp(kept[i].pattern, pattern) == 0)
			return &kept[i].regex;
	i = next++ % ARRAY_LEN(kept);
	if (kept[i].pattern != NULL) {
		regfree(&kept[i].regex);
		mem_free(kept[i].pattern);
		kept[i].pattern = NULL;
	}
	if (regcomp(&kept[i].regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return NULL;
	kept[i].pattern = mem_strdup(pattern);
	return &kept[i].regex;
}

static bool
matches(const char *pattern, const char *text, struct buf *faults)
{
	const regex_t *regex = compiled(pattern);

	if (regex == NULL) {
		buf_printf(faults, "    not a regular expression: %s\n", pattern);
		return false;
	}
	return regexec(regex, text, 0, NULL, 0) == 0;
}

/* ---- common rules ---------------------------------------------------------- */

/* The character at *text (advanced past it), -1 if the bytes are not UTF-8. */
static long
next_character(const unsigned char **text)
{
	static const long least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *at = *text;
	int more = *at < 0x80 ? 0 : *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
	long value = more == 0 ? *at : *at & (0x3f >> more);

	if ((*at >= 0x80 && *at < 0xc2) || *at > 0xf4)
		return -1;
	for (int i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return -1;
		value = value << 6 | (at[i] & 0x3f);
	}
	*text = at + more + 1;
	return value < least[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)
		   ? -1
		   : value;
}

/* Clean means: UTF-8 without control characters (LF aside) and without text direction tricks. */
static void
check_characters(const struct outcome *outcome, const char *run, struct buf *faults)
{
	const unsigned char *text = (const unsigned char *)buf_text(&outcome->out);
	const unsigned char *end = text + outcome->out.len;

	while (text < end) {
		size_t offset = outcome->out.len - (size_t)(end - text);
		long c = next_character(&text);

		if (c < 0) {
			buf_printf(faults, "    %s: not UTF-8 at byte %zu\n", run, offset);
			return;
		}
		if ((c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) ||
		    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200b) {
			buf_printf(
			    faults, "    %s: character U+%04lX at byte %zu\n", run, c, offset);
			return;
		}
	}
}

static size_t
characters(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static void
check_perfdata(const char *perfdata, const char *run, struct buf *faults)
{
	char *items = mem_strdup(perfdata);
	char *rest = NULL;

	for (char *item = strtok_r(items, " ", &rest); item != NULL;
	     item = strtok_r(NULL, " ", &rest))
		if (!matches("^[a-z0-9_]{1,24}=-?[0-9]+(\\.[0-9]+)?(s|B|%)?(;[-@~:.0-9]*){0,4}$",
			item, faults))
			buf_printf(faults, "    %s: perfdata item \"%s\"\n", run, item);
	mem_free(items);
}

static void
check_line1(const struct outcome *outcome, const char *line, const char *run, struct buf *faults)
{
	const char *bar = strchr(line, '|');
	size_t text_len = bar != NULL ? (size_t)(bar - line) : strlen(line);
	struct buf head;

	if (!matches("^" SERVICES " " STATES " - .*$", line, faults))
		buf_printf(faults, "    %s: line 1 is not SERVICE STATE - text: %s\n", run, line);
	buf_init(&head, OUTPUT_MAX);
	if (outcome->exit_code >= 0 && outcome->exit_code <= 3)
		buf_printf(&head, "^" SERVICES " %s - ", state_names[outcome->exit_code]);
	if (!matches(buf_text(&head), line, faults))
		buf_printf(faults, "    %s: exit code %d, but line 1 says: %s\n", run,
		    outcome->exit_code, line);
	buf_free(&head);
	if (strlen(line) > LINE1_BYTES)
		buf_printf(faults, "    %s: line 1 has %zu bytes\n", run, strlen(line));
	if (characters(line, text_len) > LINE1_CHARACTERS + 1)
		buf_printf(faults, "    %s: line 1 has %zu characters before the perfdata\n", run,
		    characters(line, text_len));
	if (bar != NULL)
		check_perfdata(bar + 1, run, faults);
}

void
rules_process(const struct outcome *outcome, const char *run, struct buf *faults)
{
	if (outcome->signal != 0)
		buf_printf(faults, "    %s: ended by signal %d\n", run, outcome->signal);
	else if (outcome->exit_code < 0 || outcome->exit_code > 3)
		buf_printf(faults, "    %s: exit code %d\n", run, outcome->exit_code);
	if (outcome->err.len > 0)
		buf_printf(faults, "    %s: stderr: %.2000s\n", run, buf_text(&outcome->err));
	if (outcome->out.len == 0 || outcome->out.data[outcome->out.len - 1] != '\n')
		buf_printf(faults, "    %s: output does not end in a line feed\n", run);
	if (strlen(buf_text(&outcome->out)) != outcome->out.len)
		buf_printf(faults, "    %s: NUL in the output\n", run);
}

/* "[CRITICAL] id - message": at most one line of each kind out of turn, then it is at fault. */
static void
check_blocks(const char *text, const char *run, struct buf *faults)
{
	static const char *const order[] = {"  said: \"", "  why:  ", "  next: ", "  who:  "};
	static const int least[] = {0, 1, 1, 1}, most[] = {16, 3, 3, 1};
	const char *line = text;

	while ((line = strchr(line, '\n')) != NULL) {
		const char *block = ++line;

		if (!matches("\\`\\[(WARNING|CRITICAL|UNKNOWN)\\] ", block, faults))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(order); i++) {
			int count = 0;

			while (strncmp(block + strcspn(block, "\n"), "\n", 1) == 0 &&
			       strncmp(block + strcspn(block, "\n") + 1, order[i],
				   strlen(order[i])) == 0) {
				block += strcspn(block, "\n") + 1;
				count++;
			}
			if (strncmp(block + strcspn(block, "\n"), "\n\xe2\x80\xa6\n", 5) == 0)
				return; /* the size was reached: the rest is cut, and says so */
			if (count < least[i] || count > most[i])
				buf_printf(faults, "    %s: %d lines of \"%s\" behind: %.120s\n",
				    run, count, order[i], line);
		}
	}
}

void
rules_text(const struct outcome *outcome, const char *run, struct buf *faults)
{
	const char *text = buf_text(&outcome->out);
	const char *bar = strchr(text, '|');
	char *line = mem_strndup(text, strcspn(text, "\n"));
	const char *rest = text + strlen(line);

	rules_process(outcome, run, faults);
	check_characters(outcome, run, faults);
	check_line1(outcome, line, run, faults);
	check_blocks(text, run, faults);
	if (bar != NULL && (strchr(bar + 1, '|') != NULL || bar > text + strlen(line)))
		buf_printf(faults, "    %s: a second '|', or one behind line 1\n", run);
	if (outcome->out.len > TEXT_BYTES)
		buf_printf(faults, "    %s: %zu bytes of output\n", run, outcome->out.len);
	if (*rest != '\0' && matches("^(" SERVICES " )?" STATES "( |:|$)", rest + 1, faults))
		buf_printf(faults, "    %s: a state word begins a line behind the first\n", run);
	mem_free(line);
}

static const struct {
	const char *name;
	json_type type;
	bool or_null;
} keys[] = {
    {"mailvitals", json_type_int, false},
    {"plugin", json_type_string, false},
    {"version", json_type_string, false},
    {"started", json_type_string, false},
    {"started_epoch", json_type_int, false},
    {"state", json_type_string, false},
    {"exit_code", json_type_int, false},
    {"summary", json_type_string, false},
    {"target", json_type_object, false},
    {"endpoints", json_type_array, false},
    {"certificates", json_type_array, false},
    {"phases", json_type_array, false},
    {"findings", json_type_array, false},
    {"metrics", json_type_object, false},
    {"mailboxes", json_type_array, false},
    {"quotas", json_type_array, false},
    {"envelope", json_type_object, true},
    {"delivery", json_type_object, true},
    {"domain", json_type_object, true},
    {"lists", json_type_array, false},
    {"checks", json_type_array, false},
    {"settings", json_type_object, false},
};

static json_object *
parse_json(const struct outcome *outcome, const char *run, struct buf *faults)
{
	json_tokener *tokener = json_tokener_new();
	json_object *root;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(
	    tokener, buf_text(&outcome->out), (int)strlen(buf_text(&outcome->out)) + 1);
	if (root == NULL || !json_object_is_type(root, json_type_object))
		buf_printf(faults, "    %s: not a JSON object (%s): %.300s\n", run,
		    json_tokener_error_desc(json_tokener_get_error(tokener)),
		    buf_text(&outcome->out));
	json_tokener_free(tokener);
	return root;
}

static const char *
text_of(json_object *object, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(object, key));

	return text != NULL ? text : "";
}

static void
check_ids(json_object *array, const char *name, const char *run, struct buf *faults)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		const char *id = text_of(json_object_array_get_idx(array, i), "id");

		if (*id == '\0')
			buf_printf(faults, "    %s: %s[%zu] has no id\n", run, name, i);
		for (size_t k = 0; k < i; k++)
			if (strcmp(text_of(json_object_array_get_idx(array, k), "id"), id) == 0)
				buf_printf(faults, "    %s: %s has two of id %s\n", run, name, id);
	}
}

/* Causes or next steps: one to three lines of at most 200 characters. */
static void
check_advice(json_object *finding, const char *key, const char *run, struct buf *faults)
{
	json_object *lines = json_object_object_get(finding, key);
	size_t count = json_object_array_length(lines);

	if (count == 0 || count > REPORT_LINES_MAX)
		buf_printf(faults, "    %s: %s comes with %zu lines of %s\n", run,
		    text_of(finding, "finding"), count, key);
	for (size_t i = 0; i < count; i++) {
		const char *line = json_object_get_string(json_object_array_get_idx(lines, i));

		if (characters(line, strlen(line)) > LINE_CHARACTERS || strlen(line) < 4)
			buf_printf(faults, "    %s: %s has as %s: \"%s\"\n", run,
			    text_of(finding, "finding"), key, line);
		if (strpbrk(line, "{}") != NULL && matches("\\{[a-z]+\\}", line, faults))
			buf_printf(faults, "    %s: %s is not filled in: %s\n", run,
			    text_of(finding, "finding"), line);
	}
}

/* The id must be one of this program's own: the lists users read say which those are. */
static bool
is_own(const char *id, const char *plugin)
{
	static const struct {
		const char *plugin;
		unsigned program;
	} programs[] = {
	    {"check_imap_tls", PROGRAM_IMAP},
	    {"check_smtp_submit", PROGRAM_SMTP},
	    {"check_pop3", PROGRAM_POP3},
	    {"check_cert_expiry", PROGRAM_CERT},
	    {"check_mx_rbl", PROGRAM_MX},
	};
	enum finding_id found = FINDING_THRESHOLD_LABEL;

	if (!finding_find(id, &found) && strncmp(id, "threshold.", 10) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (strcmp(programs[i].plugin, plugin) == 0)
			return (finding_rows[found].programs & programs[i].program) != 0;
	return true;
}

static void
check_findings(json_object *findings, const char *plugin, const char *run, struct buf *faults)
{
	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		json_object *finding = json_object_array_get_idx(findings, i);

		if (!is_own(text_of(finding, "finding"), plugin))
			buf_printf(faults, "    %s: %s is no finding of %s\n", run,
			    text_of(finding, "finding"), plugin);
		if (json_object_get_int(json_object_object_get(finding, "exit_code")) == 0)
			continue;
		check_advice(finding, "why", run, faults);
		check_advice(finding, "next", run, faults);
		if (*text_of(finding, "message") == '\0')
			buf_printf(faults, "    %s: %s comes without a message\n", run,
			    text_of(finding, "finding"));
		if (!matches(
			"^(mail|dns|monitor|provider|owner)$", text_of(finding, "who"), faults))
			buf_printf(faults, "    %s: %s leaves open who acts\n", run,
			    text_of(finding, "finding"));
	}
}

void
rules_json(const struct outcome *outcome, const char *run, struct buf *faults)
{
	json_object *root;
	json_object *value;
	int code = outcome->exit_code;

	rules_process(outcome, run, faults);
	root = parse_json(outcome, run, faults);
	for (size_t i = 0; root != NULL && i < ARRAY_LEN(keys); i++) {
		bool there = json_object_object_get_ex(root, keys[i].name, &value);

		if (!there || (json_object_get_type(value) != keys[i].type &&
				  !(keys[i].or_null && value == NULL))) {
			buf_printf(faults, "    %s: key \"%s\" is missing or of another type\n",
			    run, keys[i].name);
			continue;
		}
		if (keys[i].type == json_type_array)
			check_ids(value, keys[i].name, run, faults);
		if (strcmp(keys[i].name, "findings") == 0)
			check_findings(value, text_of(root, "plugin"), run, faults);
	}
	if (root != NULL && code >= 0 && code <= 3 &&
	    (strcmp(text_of(root, "state"), state_names[code]) != 0 ||
		json_object_get_int(json_object_object_get(root, "exit_code")) != code))
		buf_printf(faults, "    %s: exit code %d, but JSON says %s\n", run, code,
		    text_of(root, "state"));
	if (strchr(buf_text(&outcome->out), '\n') !=
	    buf_text(&outcome->out) + outcome->out.len - (outcome->out.len > 0))
		buf_printf(faults, "    %s: more than one line\n", run);
	json_object_put(root);
}

/* ---- what a case wants ----------------------------------------------------- */

static void
unmet(const struct want *want, const char *what, const char *seen, struct buf *faults)
{
	buf_printf(faults, "    line %zu: %s: %s\n      %s%.1500s\n", want->line,
	    case_want_name(want->kind), want->text, what, seen);
}

/* "label", "label=value" or "label=value;..." at the start of an item; a '*' ends it anywhere. */
static bool
has_item(const char *line, const char *text)
{
	const char *at = strchr(line, '|');
	size_t len = strcspn(text, "*");
	bool anywhere = text[len] == '*';

	while (at != NULL && *at != '\0') {
		at += 1 + strspn(at + 1, " ");
		if (strncmp(at, text, len) == 0 && (anywhere || strchr("=; ", at[len]) != NULL))
			return true;
		at = strchr(at, ' ');
	}
	return false;
}

void
rules_want_text(const struct test_case *test, const struct outcome *outcome, struct buf *faults)
{
	const char *text = buf_text(&outcome->out);
	char *line = mem_strndup(text, strcspn(text, "\n"));

	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];

		if (want->kind == WANT_LINE1 && !matches(want->text, line, faults))
			unmet(want, "line 1 was: ", line, faults);
		if (want->kind == WANT_STDOUT && !matches(want->text, text, faults))
			unmet(want, "output was:\n", text, faults);
		if (want->kind == WANT_NOT && matches(want->text, text, faults))
			unmet(want, "output was:\n", text, faults);
		if (want->kind == WANT_PERF && !has_item(line, want->text))
			unmet(want, "line 1 was: ", line, faults);
		if (want->kind == WANT_NOPERF && has_item(line, want->text))
			unmet(want, "line 1 was: ", line, faults);
	}
	mem_free(line);
}

void
rules_want_verbose(const struct test_case *test, const struct outcome *outcome, struct buf *faults)
{
	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];

		if (want->kind == WANT_VERBOSE &&
		    !matches(want->text, buf_text(&outcome->out), faults))
			unmet(want, "output with -vvv was:\n", buf_text(&outcome->out), faults);
	}
}

/* Is a finding of that id there, as a note or as more than that? */
static bool
has_finding(json_object *findings, const char *id, bool note)
{
	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		json_object *finding = json_object_array_get_idx(findings, i);
		int code = json_object_get_int(json_object_object_get(finding, "exit_code"));

		if (strcmp(text_of(finding, "finding"), id) == 0 && (code == 0) == note)
			return true;
	}
	return false;
}

static bool
is_wanted(const struct test_case *test, const char *id)
{
	for (size_t i = 0; i < test->want_count; i++)
		if (test->wants[i].kind == WANT_FINDING && strcmp(test->wants[i].text, id) == 0)
			return true;
	return false;
}

void
rules_want_json(const struct test_case *test, const struct outcome *outcome, struct buf *faults)
{
	struct buf ignored;
	json_object *root, *findings;

	buf_init(&ignored, OUTPUT_MAX);
	root = parse_json(outcome, "json", &ignored);
	buf_free(&ignored);
	findings = root != NULL ? json_object_object_get(root, "findings") : NULL;
	if (!json_object_is_type(findings, json_type_array)) {
		json_object_put(root);
		return; /* the common rules have said so */
	}
	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];

		if ((want->kind == WANT_FINDING && !has_finding(findings, want->text, false)) ||
		    (want->kind == WANT_NOTE && !has_finding(findings, want->text, true)) ||
		    (want->kind == WANT_ABSENT && (has_finding(findings, want->text, false) ||
						      has_finding(findings, want->text, true))))
			unmet(
			    want, "findings were: ", json_object_to_json_string(findings), faults);
		if (want->kind == WANT_JSON &&
		    !matches(want->text, buf_text(&outcome->out), faults))
			unmet(want, "JSON was: ", buf_text(&outcome->out), faults);
	}
	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		json_object *finding = json_object_array_get_idx(findings, i);
		const char *id = text_of(finding, "finding");

		if (json_object_get_int(json_object_object_get(finding, "exit_code")) != 0 &&
		    !is_wanted(test, id))
			buf_printf(faults, "    finding not wanted: %s - %s (%s)\n", id,
			    text_of(finding, "message"), text_of(finding, "said"));
	}
	json_object_put(root);
}

/*
 * A secret in base64 can stand at three alignments; of each the part that
 * depends on the secret alone is searched.
 */
bool
rules_shows_secret(const char *bytes, size_t len, const char *secret)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t secret_len = strlen(secret);
	char code[1024];

	if (memmem(bytes, len, secret, secret_len) != NULL)
		return true;
	for (size_t shift = 0; shift < 3; shift++) {
		size_t from = shift == 0 ? 0 : 3 - shift;
		size_t count = 0;

		for (size_t i = from; i + 3 <= secret_len && count + 4 <= sizeof code; i += 3) {
			unsigned long group = (unsigned long)(unsigned char)secret[i] << 16 |
					      (unsigned long)(unsigned char)secret[i + 1] << 8 |
					      (unsigned char)secret[i + 2];

			for (int part = 18; part >= 0; part -= 6)
				code[count++] = digits[group >> part & 63];
		}
		if (count >= 4 && memmem(bytes, len, code, count) != NULL)
			return true;
	}
	return false;
}

static bool
is_secret(enum want_kind kind)
{
	return kind == WANT_SECRET || kind == WANT_PASSWORD || kind == WANT_TOKEN;
}

void
rules_want_any(const struct test_case *test, const struct outcome *outcome, const char *run,
    double slack_s, struct buf *faults)
{
	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];

		if (want->kind == WANT_EXIT && atoi(want->text) != outcome->exit_code)
			buf_printf(faults, "    %s: exit code %d instead of %s: %.1000s\n", run,
			    outcome->exit_code, want->text, buf_text(&outcome->out));
		if (is_secret(want->kind) &&
		    (rules_shows_secret(buf_text(&outcome->out), outcome->out.len, want->text) ||
			rules_shows_secret(buf_text(&outcome->err), outcome->err.len, want->text)))
			buf_printf(faults, "    %s: shows the secret: %.2000s\n", run,
			    buf_text(&outcome->out));
		if (want->kind == WANT_TIME && outcome->seconds > atof(want->text) + slack_s)
			buf_printf(faults, "    %s: took %.2f s, wanted %s s\n", run,
			    outcome->seconds, want->text);
		if (want->kind == WANT_CONNECTIONS &&
		    (size_t)atoi(want->text) != outcome->connections)
			buf_printf(faults, "    %s: %zu connections instead of %s\n", run,
			    outcome->connections, want->text);
	}
	if (outcome->seconds > outcome->timeout_s + slack_s)
		buf_printf(faults, "    %s: took %.2f s with -t %g\n", run, outcome->seconds,
		    outcome->timeout_s);
}
