/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the grammar of server responses. Knows no command and no state: what a
 * response means to the dialog is the dialog's. Lists are read without
 * recursion; a cursor never moves behind its end.
 */
#include "wire/imap_msg.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"

bool
imap_msg_is(struct imap_msg_span span, const char *word)
{
	return span.at && strlen(word) == span.len && strncasecmp(span.at, word, span.len) == 0;
}

enum imap_msg_tail
imap_msg_tail(const char *line, size_t len, uint64_t *size_out)
{
	if (len == 0 || line[len - 1] != '}')
		return IMAP_MSG_NO_LITERAL;
	size_t open = len - 1;
	while (open > 0 && line[open] != '{' && line[open] != '"')
		open--;
	if (line[open] != '{')
		return IMAP_MSG_NO_LITERAL;
	size_t digits = len - open - 2;
	if (digits && line[len - 2] == '+')
		digits--;
	return number_u64(line + open + 1, digits, size_out) ? IMAP_MSG_LITERAL
							     : IMAP_MSG_LITERAL_BAD;
}

/* ---- tokens ---- */

struct imap_msg_cursor
imap_msg_cursor(struct imap_msg_span span)
{
	return (struct imap_msg_cursor){.at = span.at, .end = span.at ? span.at + span.len : NULL};
}

static struct imap_msg_token
fault(struct imap_msg_cursor *cursor, const char *why)
{
	if (!cursor->fault)
		cursor->fault = why;
	cursor->at = cursor->end;
	return (struct imap_msg_token){.kind = IMAP_MSG_END};
}

/* After the opening quote. */
static struct imap_msg_token
quoted(struct imap_msg_cursor *cursor)
{
	struct imap_msg_token token = {.kind = IMAP_MSG_STRING, .span.at = cursor->at};
	for (; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '"') {
			token.span.len = (size_t)(cursor->at - token.span.at);
			cursor->at++;
			return token;
		}
		if (*cursor->at == '\r' || *cursor->at == '\n')
			break;
		if (*cursor->at != '\\')
			continue;
		token.escaped = true;
		if (++cursor->at == cursor->end)
			break;
	}
	return fault(cursor, "a quoted string that does not end");
}

/* At the brace of {n}CRLF; the n bytes follow. */
static struct imap_msg_token
literal(struct imap_msg_cursor *cursor)
{
	const char *open = cursor->at;
	const char *lf = memchr(open, '\n', (size_t)(cursor->end - open));
	size_t len = lf ? (size_t)(lf - open) : 0;
	if (len && open[len - 1] == '\r')
		len--;
	uint64_t size = 0;
	if (!lf || imap_msg_tail(open, len, &size) != IMAP_MSG_LITERAL)
		return fault(cursor, "a broken literal");
	if (size > (uint64_t)(cursor->end - lf - 1))
		return fault(cursor, "a literal that is cut");
	cursor->at = lf + 1 + size;
	return (struct imap_msg_token){
	    .kind = IMAP_MSG_STRING, .span = {.at = lf + 1, .len = (size_t)size}};
}

/* More than the grammar's ATOM-CHAR, as servers send more: only what begins or ends something else is left out. */
static bool
in_atom(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && c != '(' && c != ')' && c != '{' && c != '"';
}

/* BODY[HEADER.FIELDS (SUBJECT)]<0> is one atom: blanks and parentheses may stand in its brackets. */
static bool
begins_section(const char *start, const char *at)
{
	size_t len = (size_t)(at - start);
	return (len >= 4 && strncasecmp(start, "BODY", 4) == 0) ||
	       (len >= 6 && strncasecmp(start, "BINARY", 6) == 0);
}

static struct imap_msg_token
atom(struct imap_msg_cursor *cursor)
{
	const char *start = cursor->at;
	bool section = false;
	for (; cursor->at < cursor->end; cursor->at++) {
		char c = *cursor->at;
		if (c == '\r' || c == '\n' || (!section && !in_atom(c)))
			break;
		if (c == '[')
			section = begins_section(start, cursor->at);
		else if (c == ']')
			section = false;
	}
	struct imap_msg_span span = {.at = start, .len = (size_t)(cursor->at - start)};
	if (span.len == 0)
		return fault(cursor, "a control character");
	return (struct imap_msg_token){
	    .kind = imap_msg_is(span, "NIL") ? IMAP_MSG_NIL : IMAP_MSG_ATOM, .span = span};
}

static struct imap_msg_token
open_list(struct imap_msg_cursor *cursor)
{
	if (++cursor->depth > IMAP_MSG_DEPTH_MAX) {
		cursor->too_deep = true;
		return fault(cursor, "lists nested deeper than 32");
	}
	cursor->at++;
	return (struct imap_msg_token){.kind = IMAP_MSG_OPEN};
}

static struct imap_msg_token
close_list(struct imap_msg_cursor *cursor)
{
	if (cursor->depth == 0)
		return fault(cursor, "a list closed that was not open");
	cursor->depth--;
	cursor->at++;
	return (struct imap_msg_token){.kind = IMAP_MSG_CLOSE};
}

struct imap_msg_token
imap_msg_next(struct imap_msg_cursor *cursor)
{
	while (cursor->at < cursor->end && *cursor->at == ' ')
		cursor->at++;
	if (cursor->at == cursor->end)
		return cursor->depth ? fault(cursor, "a list that does not end")
				     : (struct imap_msg_token){.kind = IMAP_MSG_END};
	switch (*cursor->at) {
	case '(':
		return open_list(cursor);
	case ')':
		return close_list(cursor);
	case '"':
		cursor->at++;
		return quoted(cursor);
	case '{':
		return literal(cursor);
	case '~': /* literal8 (RFC 9051, 9) */
		if (cursor->at + 1 < cursor->end && cursor->at[1] == '{') {
			cursor->at++;
			return literal(cursor);
		}
		return atom(cursor);
	default:
		return atom(cursor);
	}
}

void
imap_msg_unescape(struct buf *out, const struct imap_msg_token *token)
{
	if (!token->escaped) {
		buf_add(out, token->span.at, token->span.len);
		return;
	}
	for (size_t i = 0; i < token->span.len; i++) {
		if (token->span.at[i] == '\\' && i + 1 < token->span.len)
			i++;
		buf_add_char(out, token->span.at[i]);
	}
}

void
imap_msg_skip(struct imap_msg_cursor *cursor)
{
	unsigned depth = cursor->depth;
	struct imap_msg_token token;
	do
		token = imap_msg_next(cursor);
	while (token.kind != IMAP_MSG_END && cursor->depth > depth);
}

bool
imap_msg_number(struct imap_msg_cursor *cursor, uint64_t max, uint64_t *value_out)
{
	struct imap_msg_token token = imap_msg_next(cursor);
	uint64_t value;
	if (token.kind != IMAP_MSG_ATOM || !number_u64(token.span.at, token.span.len, &value)) {
		fault(cursor, "no number where one must stand");
		return false;
	}
	if (value > max) {
		fault(cursor, "a number too large");
		return false;
	}
	*value_out = value;
	return true;
}

bool
imap_msg_open(struct imap_msg_cursor *cursor)
{
	if (imap_msg_next(cursor).kind == IMAP_MSG_OPEN)
		return true;
	fault(cursor, "no list where one must stand");
	return false;
}

/* ---- responses ---- */

static enum imap_msg_word
find_word(struct imap_msg_span span)
{
	static const char *const WORDS[] = {
	    [IMAP_MSG_OK] = "OK",
	    [IMAP_MSG_NO] = "NO",
	    [IMAP_MSG_BAD] = "BAD",
	    [IMAP_MSG_BYE] = "BYE",
	    [IMAP_MSG_PREAUTH] = "PREAUTH",
	    [IMAP_MSG_CAPABILITY] = "CAPABILITY",
	    [IMAP_MSG_LIST] = "LIST",
	    [IMAP_MSG_STATUS] = "STATUS",
	    [IMAP_MSG_SEARCH] = "SEARCH",
	    [IMAP_MSG_ESEARCH] = "ESEARCH",
	    [IMAP_MSG_SORT] = "SORT",
	    [IMAP_MSG_FLAGS] = "FLAGS",
	    [IMAP_MSG_EXISTS] = "EXISTS",
	    [IMAP_MSG_RECENT] = "RECENT",
	    [IMAP_MSG_EXPUNGE] = "EXPUNGE",
	    [IMAP_MSG_FETCH] = "FETCH",
	    [IMAP_MSG_QUOTA] = "QUOTA",
	    [IMAP_MSG_QUOTAROOT] = "QUOTAROOT",
	    [IMAP_MSG_ID] = "ID",
	};
	for (size_t i = IMAP_MSG_OK; i < ARRAY_LEN(WORDS); i++) {
		if (imap_msg_is(span, WORDS[i]))
			return (enum imap_msg_word)i;
	}
	return IMAP_MSG_OTHER;
}

/* Up to the next blank; the blank is taken too. */
static struct imap_msg_span
take_word(struct imap_msg_span *from)
{
	const char *blank = memchr(from->at, ' ', from->len);
	struct imap_msg_span word = {from->at, blank ? (size_t)(blank - from->at) : from->len};
	size_t used = word.len + (blank != NULL);
	from->at += used;
	from->len -= used;
	return word;
}

/* The bracket that ends a code; one inside quotes does not. */
static const char *
closing_bracket(struct imap_msg_span span)
{
	bool inside = false;
	for (size_t i = 0; i < span.len; i++) {
		if (span.at[i] == '"')
			inside = !inside;
		else if (inside && span.at[i] == '\\')
			i++;
		else if (!inside && span.at[i] == ']')
			return span.at + i;
	}
	return NULL;
}

/* resp-text = ["[" resp-text-code "]" SP] text */
static void
parse_text(struct imap_msg *msg, struct imap_msg_span rest)
{
	msg->text = rest;
	if (rest.len == 0 || *rest.at != '[')
		return;
	struct imap_msg_span inner = {rest.at + 1, rest.len - 1};
	const char *close = closing_bracket(inner);
	if (!close)
		return;
	msg->text.at = close + 1;
	msg->text.len = (size_t)(rest.at + rest.len - close - 1);
	if (msg->text.len && *msg->text.at == ' ') {
		msg->text.at++;
		msg->text.len--;
	}
	inner.len = (size_t)(close - inner.at);
	msg->code = take_word(&inner);
	if (inner.len)
		msg->args = inner;
}

static bool
parse_words(struct imap_msg *msg, struct imap_msg_span rest, const char **why_out)
{
	msg->words = rest;
	struct imap_msg_span word = take_word(&rest);
	if (msg->form == IMAP_MSG_UNTAGGED && number_u64(word.at, word.len, &msg->number)) {
		msg->numbered = true;
		word = take_word(&rest);
	}
	msg->word = find_word(word);
	msg->rest = imap_msg_cursor(rest);
	if (msg->word >= IMAP_MSG_OK && msg->word <= IMAP_MSG_PREAUTH && !msg->numbered)
		parse_text(msg, rest);
	else if (msg->form == IMAP_MSG_TAGGED || word.len == 0)
		*why_out = "no status word behind the tag";
	else if (msg->word >= IMAP_MSG_EXISTS && msg->word <= IMAP_MSG_FETCH) {
		if (!msg->numbered)
			*why_out = "no number where one must stand";
		else if (msg->number > IMAP_MSG_NUMBER_MAX)
			*why_out = "a number too large";
	}
	return *why_out == NULL;
}

bool
imap_msg_parse(struct imap_msg *msg, const char *bytes, size_t len, const char **why_out)
{
	*msg = (struct imap_msg){0};
	*why_out = NULL;
	struct imap_msg_span rest = {bytes, len};
	if (len && *bytes == '+') { /* "+" alone is sent too, without its blank */
		size_t used = len > 1 && bytes[1] == ' ' ? 2 : 1;
		msg->form = IMAP_MSG_CONTINUATION;
		msg->rest = imap_msg_cursor((struct imap_msg_span){bytes + used, len - used});
		return true;
	}
	msg->tag = take_word(&rest);
	if (msg->tag.len == 0 || rest.len == 0) {
		*why_out = "not an IMAP response";
		return false;
	}
	if (!imap_msg_is(msg->tag, "*"))
		msg->form = IMAP_MSG_TAGGED;
	return parse_words(msg, rest, why_out);
}
