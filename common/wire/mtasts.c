/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the grammar of MTA-STS.
 * Must not know: how the policy is fetched.
 */
#include "wire/mtasts.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/text.h"
#include "wire/dns_name.h"
#include "wire/tags.h"

#define ID_MAX 32

const char *
mtasts_mode_word(enum mtasts_mode mode)
{
	static const char *const words[] = {"", "none", "testing", "enforce"};

	return (size_t)mode < ARRAY_LEN(words) ? words[mode] : "";
}

bool
mtasts_record_is(const char *text, size_t len)
{
	return tags_begin(text, len, "v", "STSv1");
}

static bool
is_id(const char *id)
{
	size_t len = strlen(id);

	for (size_t i = 0; i < len; i++)
		if (!((id[i] | 32) >= 'a' && (id[i] | 32) <= 'z') &&
		    !(id[i] >= '0' && id[i] <= '9'))
			return false;
	return len > 0 && len <= ID_MAX;
}

const char *
mtasts_record_id(struct arena *arena, const char *text, size_t len, const char **fault_out)
{
	struct tags tags;
	const char *id;

	*fault_out = NULL;
	if (!tags_parse(arena, text, len, &tags)) {
		*fault_out = tags.fault;
		return NULL;
	}
	id = tags_get(&tags, "id");
	if (!id)
		*fault_out = "it has no id=";
	else if (!is_id(id))
		*fault_out = "id= is not 1 to 32 letters and digits";
	return *fault_out ? NULL : id;
}

/* ---- the policy ------------------------------------------------------------------------- */

/* What was met, so that of all but mx the first counts (3.2). */
struct reader {
	struct arena *arena;
	struct mtasts_policy *policy;
	const char *version, *mode, *max_age;
};

static void
add_pattern(struct reader *reader, char *pattern)
{
	struct mtasts_policy *policy = reader->policy;
	const char *host = strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern;

	for (char *c = pattern; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	if (!dns_name_is_host(host) && !policy->fault)
		policy->fault = "an mx: line holds no host name";
	policy->mx[policy->mx_count++] = pattern;
}

static void
read_line(struct reader *reader, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	const char **slot = NULL;
	char *name, *value;
	size_t skip;

	while (len > 0 && strchr(" \t\r", line[len - 1]))
		len--;
	if (len == 0)
		return;
	if (!colon) {
		if (!reader->policy->fault)
			reader->policy->fault = "a line of it has no ':'";
		return;
	}
	name = arena_strndup(reader->arena, line, (size_t)(colon - line));
	value = arena_strndup(reader->arena, colon + 1, len - (size_t)(colon + 1 - line));
	skip = strspn(value, " \t");
	if (strcmp(name, "mx") == 0)
		add_pattern(reader, value + skip);
	else if (strcmp(name, "version") == 0)
		slot = &reader->version;
	else if (strcmp(name, "mode") == 0)
		slot = &reader->mode;
	else if (strcmp(name, "max_age") == 0)
		slot = &reader->max_age;
	if (slot && !*slot)
		*slot = value + skip;
}

static void
conclude(struct reader *reader)
{
	struct mtasts_policy *policy = reader->policy;
	const char *fault = policy->fault;

	for (int mode = MTASTS_MODE_NONE; reader->mode && mode <= MTASTS_ENFORCE; mode++)
		if (strcmp(reader->mode, mtasts_mode_word((enum mtasts_mode)mode)) == 0)
			policy->mode = (enum mtasts_mode)mode;
	if (!reader->max_age ||
	    !number_i64_text(reader->max_age, 0, 9999999999, &policy->max_age_s))
		policy->max_age_s = -1;
	if (!reader->version || strcmp(reader->version, "STSv1") != 0)
		fault = "it has no line 'version: STSv1'";
	else if (policy->mode == MTASTS_MODE_UNKNOWN)
		fault = "mode: is none of enforce, testing, none";
	else if (policy->max_age_s < 0)
		fault = "max_age: is missing or no number";
	else if (policy->mx_count == 0 && policy->mode != MTASTS_MODE_NONE)
		fault = "it has no mx: line";
	policy->fault = fault;
}

bool
mtasts_policy_parse(struct arena *arena, const char *text, size_t len, struct mtasts_policy *out)
{
	struct reader reader = {.arena = arena, .policy = out};
	size_t lines = 1;

	*out = (struct mtasts_policy){0};
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	out->mx = arena_alloc(arena, lines * sizeof *out->mx);
	if (len > 0 && memchr(text, '\0', len))
		out->fault = "it holds a NUL";
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;

		read_line(&reader, text + at, line_len);
		at += line_len + 1;
	}
	conclude(&reader);
	return out->fault == NULL;
}

bool
mtasts_policy_covers(const struct mtasts_policy *policy, const char *host)
{
	const char *dot = strchr(host, '.');

	for (size_t i = 0; i < policy->mx_count; i++) {
		const char *pattern = policy->mx[i];

		if (text_equal_fold(pattern, host))
			return true;
		if (strncmp(pattern, "*.", 2) == 0 && dot && dot > host &&
		    text_equal_fold(pattern + 1, dot))
			return true;
	}
	return false;
}
