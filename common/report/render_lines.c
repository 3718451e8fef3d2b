/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what a finding says beside its message: causes, next steps, and the
 * number that tells twins apart. Cleans nothing: who prints does.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/render_parts.h"

/* What the placeholders stand for; a name in capitals where nothing is known. */
struct place {
	const char *host, *port, *address, *user;
};

static const char *
known(const char *text, const char *otherwise)
{
	return text && text[0] ? text : otherwise;
}

/* What can stand for nothing else: 192.0.2.1, 2001:db8::1. */
static bool
is_address(const char *text)
{
	return text[0] &&
	       (text[strspn(text, "0123456789.")] == '\0' ||
		   (strchr(text, ':') && !text[strspn(text, "0123456789abcdefABCDEF:.")]));
}

/* "host:port" or "[v6]:port" in so many bytes; nothing where it is something else. */
static void
place_endpoint(struct place *place, struct arena *arena, const char *text, size_t len)
{
	size_t colon = len;

	while (colon > 0 && isdigit((unsigned char)text[colon - 1]))
		colon--;
	if (colon == len || colon < 2 || text[--colon] != ':')
		return;
	place->port = arena_strndup(arena, text + colon + 1, len - colon - 1);
	if (text[0] == '[' && text[colon - 1] == ']')
		place->host = arena_strndup(arena, text + 1, colon - 2);
	else
		place->host = arena_strndup(arena, text, colon);
}

/*
 * "host:port/address", "host:port", "zone/address", "address", "mx:domain": a
 * finding about one of several tells better than the run.
 */
static void
place_by_subject(struct place *place, struct arena *arena, const char *subject)
{
	const char *slash = strchr(subject, '/');

	if (is_address(subject)) {
		place->address = subject;
	} else if (strncmp(subject, "mx:", 3) == 0 || strncmp(subject, "srv:", 4) == 0) {
		place->host = strchr(subject, ':') + 1;
	} else if (!slash) {
		place_endpoint(place, arena, subject, strcspn(subject, "#"));
	} else if (slash > subject && slash[1]) {
		place->address = arena_strndup(arena, slash + 1, strcspn(slash + 1, "#"));
		place_endpoint(place, arena, subject, (size_t)(slash - subject));
	}
}

static const char *
place_find(const struct place *place, const char *text, size_t *len_out)
{
	const struct {
		const char *name, *value;
	} words[] = {
	    {"{host}", place->host},
	    {"{port}", place->port},
	    {"{address}", place->address},
	    {"{user}", place->user},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		*len_out = strlen(words[i].name);
		if (strncmp(text, words[i].name, *len_out) == 0)
			return words[i].value;
	}
	return NULL;
}

static const char *
fill(struct arena *arena, const struct place *place, const char *text, size_t len)
{
	const char *end = text + len;
	const char *filled;
	struct buf out;

	buf_init(&out, 4096);
	while (text < end) {
		size_t word = 0;
		const char *value = *text == '{' ? place_find(place, text, &word) : NULL;

		if (value) {
			buf_add_text(&out, value);
			text += word;
		} else {
			buf_add_char(&out, *text++);
		}
	}
	filled = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return filled;
}

static size_t
lines_of(struct report *report, const struct report_finding *finding,
    const struct render_params *params, const char *const *own, const char *row,
    const char *lines_out[REPORT_LINES_MAX])
{
	struct place place = {known(params->host, "HOST"), known(params->port, "PORT"),
	    known(params->address, "ADDRESS"), known(params->user, "USER")};
	size_t count = 0;

	if (finding->subject)
		place_by_subject(&place, &report->arena, finding->subject);
	for (; count < REPORT_LINES_MAX && own[count]; count++)
		lines_out[count] = fill(&report->arena, &place, own[count], strlen(own[count]));
	if (count > 0)
		return count;
	while (count < REPORT_LINES_MAX && *row) {
		size_t len = strcspn(row, "\n");

		lines_out[count++] = fill(&report->arena, &place, row, len);
		row += len + (row[len] == '\n');
	}
	return count;
}

size_t
render_why(struct report *report, const struct report_finding *finding,
    const struct render_params *params, const char *lines_out[REPORT_LINES_MAX])
{
	return lines_of(
	    report, finding, params, finding->why, finding_rows[finding->id].why, lines_out);
}

size_t
render_next(struct report *report, const struct report_finding *finding,
    const struct render_params *params, const char *lines_out[REPORT_LINES_MAX])
{
	return lines_of(
	    report, finding, params, finding->next, finding_rows[finding->id].next, lines_out);
}

/* ---- twins ------------------------------------------------------------------ */

struct twin {
	const char *id, *subject;
	size_t index;
};

static int
by_name(const void *left, const void *right)
{
	const struct twin *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	if (order == 0)
		order = strcmp(a->subject, b->subject);
	return order ? order : (a->index > b->index) - (a->index < b->index);
}

void
render_ordinals(struct report *report, const struct report_finding *const *findings, size_t count,
    unsigned *numbers_out)
{
	struct twin *twins = mem_array(count + 1, sizeof(*twins));

	for (size_t i = 0; i < count; i++)
		twins[i] = (struct twin){report_finding_id(report, findings[i]),
		    findings[i]->subject ? findings[i]->subject : "", i};
	if (count > 1)
		qsort(twins, count, sizeof(*twins), by_name);
	for (size_t i = 0; i < count; i++) {
		bool again = i > 0 && strcmp(twins[i].id, twins[i - 1].id) == 0 &&
			     strcmp(twins[i].subject, twins[i - 1].subject) == 0;

		numbers_out[twins[i].index] = again ? numbers_out[twins[i - 1].index] + 1 : 1;
	}
	mem_free(twins);
}
