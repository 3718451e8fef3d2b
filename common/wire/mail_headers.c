/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the grammar of the fields that tell about a delivery. Knows no verdict. */
#include "wire/mail_headers.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "wire/mail_date.h"

#define VALUE_MAX ((size_t)64 << 10)
#define PARTS_MAX 16
#define GROUPS_MAX 64

/* ---- lines and fields ---- */

struct lines {
	const char *at, *end;
};

/* The next line without its end; false when none is left. */
static bool
next_line(struct lines *lines, const char **line_out, size_t *len_out)
{
	const char *newline;

	if (lines->at >= lines->end)
		return false;
	newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	*line_out = lines->at;
	*len_out = (size_t)((newline ? newline : lines->end) - lines->at);
	lines->at = newline ? newline + 1 : lines->end;
	if (*len_out > 0 && (*line_out)[*len_out - 1] == '\r')
		--*len_out;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *
trimmed(struct arena *arena, const char *text, size_t len)
{
	while (len > 0 && (is_blank(*text) || *text == '\r' || *text == '\n')) {
		text++;
		len--;
	}
	while (len > 0 && (is_blank(text[len - 1]) || text[len - 1] == '\r'))
		len--;
	return arena_strndup(arena, text, len);
}

/* Length of the name of "Name: value"; 0: the line is no field. */
static size_t
name_length(const char *line, size_t len)
{
	size_t name = 0;

	while (name < len && line[name] > ' ' && line[name] != ':' && line[name] != 0x7f)
		name++;
	return name < len && line[name] == ':' ? name : 0;
}

static void
add_field(
    struct mail_headers *headers, struct arena *arena, const char *name, const struct buf *value)
{
	if (!name || headers->count == MAIL_FIELDS_MAX)
		return;
	if ((headers->count & (headers->count + 1)) == 0) { /* grows by doubling */
		struct mail_field *more =
		    arena_alloc(arena, (2 * headers->count + 1) * sizeof(*more));

		if (headers->count > 0)
			memcpy(more, headers->list, headers->count * sizeof(*more));
		headers->list = more;
	}
	headers->list[headers->count++] =
	    (struct mail_field){.name = name, .value = trimmed(arena, buf_text(value), value->len)};
}

/* One group of fields: to a blank line or the end. False: nothing was left. */
static bool
read_group(struct lines *lines, struct arena *arena, struct mail_headers *headers)
{
	struct buf value;
	const char *line, *name = NULL;
	bool any = false;
	size_t len;

	*headers = (struct mail_headers){0};
	buf_init(&value, VALUE_MAX);
	while (next_line(lines, &line, &len)) {
		size_t name_len = name_length(line, len);

		any = true;
		if (len == 0)
			break;
		if (is_blank(*line)) {
			buf_add(&value, line, len);
			continue;
		}
		add_field(headers, arena, name, &value);
		buf_clear(&value);
		name = name_len > 0 ? arena_strndup(arena, line, name_len) : NULL;
		if (name)
			buf_add(&value, line + name_len + 1, len - name_len - 1);
	}
	add_field(headers, arena, name, &value);
	buf_free(&value);
	return any;
}

size_t
mail_headers_read(struct mail_headers *headers, struct arena *arena, const char *text, size_t len)
{
	struct lines lines = {text, text + len};

	(void)!read_group(&lines, arena, headers);
	return (size_t)(lines.at - text);
}

const char *
mail_headers_get(const struct mail_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++)
		if (text_equal_fold(headers->list[i].name, name))
			return headers->list[i].value;
	return NULL;
}

/* ---- without comments ---- */

/* Drops comments, which nest, and keeps quoted strings whole (RFC 5322, 3.2.2 and 3.2.4). */
static void
add_without_comments(struct buf *out, const char *text)
{
	bool quoted = false;
	int depth = 0;

	for (; *text != '\0'; text++) {
		bool escaped = *text == '\\' && text[1] != '\0' && (quoted || depth > 0);

		if (!quoted && *text == '(') {
			depth++;
		} else if (!quoted && *text == ')' && depth > 0) {
			if (--depth == 0)
				buf_add_char(out, ' ');
		} else if (depth == 0) {
			if (*text == '"')
				quoted = !quoted;
			buf_add(out, text, escaped ? 2 : 1);
		}
		text += escaped;
	}
}

/* The next word up to a blank or one of stops; length 0 at the end. */
static size_t
next_word(const char **at, const char *stops)
{
	size_t len = 0;

	*at += strspn(*at, " \t");
	while ((*at)[len] != '\0' && !is_blank((*at)[len]) && !strchr(stops, (*at)[len]))
		len++;
	return len;
}

static bool
word_is(const char *word, size_t len, const char *wanted)
{
	return len == strlen(wanted) && text_find_fold(word, len, wanted) == word;
}

/* ---- Received ---- */

void
mail_hop_read(struct mail_hop *hop, struct arena *arena, const char *value)
{
	const char **next = NULL, *at;
	struct buf plain;

	*hop = (struct mail_hop){0};
	hop->dated = mail_date_received(value, &hop->unix_s);
	buf_init(&plain, VALUE_MAX);
	add_without_comments(&plain, value);
	at = buf_text(&plain);
	for (size_t len; (len = next_word(&at, ";")) > 0; at += len) {
		if (next) {
			*next = arena_strndup(arena, at, len);
			next = NULL;
		} else if (word_is(at, len, "from") && !hop->from) {
			next = &hop->from;
		} else if (word_is(at, len, "by") && !hop->by) {
			next = &hop->by;
		}
	}
	buf_free(&plain);
}

/* ---- Authentication-Results ---- */

static void
take_result(struct mail_results *results, const char *method, size_t len, const char *result)
{
	const char **slot = NULL;

	if (word_is(method, len, "spf"))
		slot = &results->spf;
	else if (word_is(method, len, "dkim"))
		slot = &results->dkim;
	else if (word_is(method, len, "dmarc"))
		slot = &results->dmarc;
	if (!slot)
		return;
	if (!*slot || (slot == &results->dkim && text_equal_fold(result, "pass")))
		*slot = result;
}

/* Past the next semicolon that no quoted string holds. */
static const char *
next_clause(const char *at)
{
	bool quoted = false;

	for (; *at != '\0' && (quoted || *at != ';'); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\\' && quoted && at[1] != '\0')
			at++;
	}
	return *at == ';' ? at + 1 : at;
}

void
mail_results_read(
    struct mail_results *results, struct arena *arena, const char *value, const char *service)
{
	struct buf plain;
	const char *at;
	size_t len;

	buf_init(&plain, VALUE_MAX);
	add_without_comments(&plain, value);
	at = buf_text(&plain);
	len = next_word(&at, ";");
	if (len > 0 && word_is(at, len, service)) {
		results->told = true;
		for (at = next_clause(at); *at != '\0'; at = next_clause(at)) {
			const char *method = at, *result;
			size_t method_len = next_word(&method, "=/;"), result_len;

			result = method + method_len;
			result += strcspn(result, "=;"); /* over a version and blanks */
			if (*result != '=')
				continue;
			result++;
			result_len = next_word(&result, ";");
			take_result(
			    results, method, method_len, arena_strndup(arena, result, result_len));
		}
	}
	buf_free(&plain);
}

/* ---- delivery status ---- */

/* The boundary of a multipart's Content-Type (RFC 2046, 5.1.1); NULL: it has none. */
static const char *
boundary_of(struct arena *arena, const char *type)
{
	const char *at = type ? text_find_fold(type, strlen(type), "boundary=") : NULL;

	if (!at)
		return NULL;
	at += strlen("boundary=");
	if (*at == '"')
		return arena_strndup(arena, at + 1, strcspn(at + 1, "\""));
	return arena_strndup(arena, at, strcspn(at, "; \t"));
}

/* Moves to the next part; *part_out is what stands between this and the next boundary. */
static bool
next_part(struct lines *lines, const char *boundary, struct lines *part_out)
{
	size_t boundary_len = strlen(boundary), len;
	const char *line;
	bool inside = false;

	while (next_line(lines, &line, &len)) {
		bool is_boundary = len >= boundary_len + 2 && memcmp(line, "--", 2) == 0 &&
				   memcmp(line + 2, boundary, boundary_len) == 0;

		if (!is_boundary)
			continue;
		if (inside) {
			part_out->end = line;
			lines->at = line; /* it begins the next one */
			return true;
		}
		if (len >= boundary_len + 4 && memcmp(line + boundary_len + 2, "--", 2) == 0)
			return false;
		part_out->at = lines->at;
		inside = true;
	}
	part_out->end = lines->end;
	return inside;
}

/* "smtp; 552 ..." and "rfc822;user@host" without the type in front. */
static const char *
untyped(const char *value)
{
	const char *semicolon = value ? strchr(value, ';') : NULL;

	if (!semicolon)
		return value;
	return semicolon + 1 + strspn(semicolon + 1, " \t");
}

static void
take_recipient(struct mail_report *report, const struct mail_headers *group)
{
	const char *action = mail_headers_get(group, "Action");
	const char *remote = untyped(mail_headers_get(group, "Remote-MTA"));

	if (!action || (report->action && !text_equal_fold(action, "failed")) ||
	    (report->action && text_equal_fold(report->action, "failed")))
		return;
	report->action = action;
	report->status = mail_headers_get(group, "Status");
	report->diagnostic = untyped(mail_headers_get(group, "Diagnostic-Code"));
	report->recipient = untyped(mail_headers_get(group, "Original-Recipient"));
	if (!report->recipient)
		report->recipient = untyped(mail_headers_get(group, "Final-Recipient"));
	if (remote)
		report->remote = remote;
}

/* Fields of the message, then those of each recipient (RFC 3464, 2.1). */
static void
read_status(struct mail_report *report, struct arena *arena, struct lines status)
{
	struct mail_headers group;

	for (int i = 0; i < GROUPS_MAX && read_group(&status, arena, &group); i++) {
		const char *reporting = untyped(mail_headers_get(&group, "Reporting-MTA"));

		if (reporting && !report->remote)
			report->remote = reporting;
		take_recipient(report, &group);
	}
}

/* A mailer that sends no delivery status quotes the reply on a line of its own. */
static bool
read_reply_line(struct mail_report *report, struct arena *arena, struct lines lines)
{
	const char *line;
	size_t len;

	while (next_line(&lines, &line, &len)) {
		while (len > 0 && is_blank(*line)) {
			line++;
			len--;
		}
		if (len > 4 && (*line == '4' || *line == '5') && isdigit((unsigned char)line[1]) &&
		    isdigit((unsigned char)line[2]) && (line[3] == ' ' || line[3] == '-')) {
			report->action = *line == '5' ? "failed" : "delayed";
			report->diagnostic = arena_strndup(arena, line, len);
			return true;
		}
	}
	return false;
}

bool
mail_report_read(struct mail_report *report, struct arena *arena, const char *text, size_t len)
{
	struct mail_headers headers;
	size_t body = mail_headers_read(&headers, arena, text, len);
	struct lines lines = {text + body, text + len}, part;
	const char *boundary = boundary_of(arena, mail_headers_get(&headers, "Content-Type"));

	*report = (struct mail_report){0};
	if (!boundary || !*boundary)
		return read_reply_line(report, arena, lines);
	for (int i = 0; i < PARTS_MAX && next_part(&lines, boundary, &part); i++) {
		struct mail_headers fields;
		const char *type;

		(void)!read_group(&part, arena, &fields);
		type = mail_headers_get(&fields, "Content-Type");
		if (type && text_find_fold(type, strlen(type), "delivery-status")) {
			read_status(report, arena, part);
			return report->action != NULL;
		}
	}
	return false;
}

/* ---- body ---- */

void
mail_body_canonical(struct buf *out, const char *body, size_t len)
{
	struct lines lines = {body, body + len};
	const char *line;
	size_t line_len, empty = 0;

	while (next_line(&lines, &line, &line_len)) {
		if (line_len == 0) {
			empty++;
			continue;
		}
		for (; empty > 0; empty--)
			buf_add_text(out, "\r\n");
		buf_add(out, line, line_len);
		buf_add_text(out, "\r\n");
	}
}
