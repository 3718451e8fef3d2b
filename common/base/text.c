/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: making foreign bytes printable, cutting, ASCII folding.
 * Must not know: where the bytes come from or where they are printed. What a
 * peer sends is hostile here: every byte is decoded strictly (RFC 3629) and
 * only what is known to be visible passes unchanged.
 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define ELLIPSIS_LEN 3

/* One visible piece of output that is never split: a character or an escape. */
struct unit {
	char text[16];
	size_t len;   /* bytes */
	size_t chars; /* as text_chars() counts */
};

/* Where a cut may happen, and how much is allowed. */
struct cutter {
	struct buf *out;
	size_t max_chars; /* SIZE_MAX: none */
	size_t chars;     /* written so far */
	size_t mark;      /* length of out at the last unit behind which the ellipsis fits */
	bool fits;        /* such a mark exists */
};

struct span {
	uint32_t first, last;
};

/* Characters that are invisible, reorder text or end a line; sorted. */
static const struct span hidden[] = {
    {0xad, 0xad},       /* soft hyphen */
    {0x34f, 0x34f},     /* combining grapheme joiner */
    {0x61c, 0x61c},     /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian selectors and separator */
    {0x200b, 0x200f},   /* zero width, left-to-right and right-to-left marks */
    {0x2028, 0x202e},   /* line and paragraph separator, bidi embedding and override */
    {0x2060, 0x206f},   /* word joiner, invisible operators, bidi isolates */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfdd0, 0xfdef},   /* noncharacters */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* halfwidth Hangul filler */
    {0xfff0, 0xfffb},   /* interlinear annotation and unassigned specials */
    {0x1bca0, 0x1bca3}, /* shorthand controls */
    {0x1d173, 0x1d17a}, /* musical controls */
    {0xe0000, 0xe0fff}, /* tags, selectors supplement */
};

static bool
is_hidden(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return (c & 0xfffe) == 0xfffe; /* the last two of every plane are noncharacters */
}

/* Bytes of the character at text (RFC 3629, section 4); 0: the first byte is none. */
static size_t
utf8_decode(const unsigned char *text, size_t len, uint32_t *char_out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need;
	uint32_t c;

	if (text[0] < 0x80) {
		*char_out = text[0];
		return 1;
	}
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	need = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (len < need)
		return 0;
	c = text[0] & (0xffu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3fu);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*char_out = c;
	return need;
}

static const char *
substitute(uint32_t c)
{
	switch (c) {
	case '|':
		return "\xc2\xa6";
	case '<':
		return "\xe2\x80\xb9";
	case '>':
		return "\xe2\x80\xba";
	case '"':
		return "'";
	default:
		return NULL;
	}
}

static void
unit_escape(struct unit *unit, uint32_t c, bool one_byte)
{
	char text[sizeof(unit->text)];
	int len = one_byte ? snprintf(text, sizeof(text), "\\x%02x", c)
			   : snprintf(text, sizeof(text), "\\u{%04x}", c);

	memcpy(unit->text + unit->len, text, (size_t)len);
	unit->len += (size_t)len;
	unit->chars += (size_t)len;
}

/* Turns the bytes at text into a unit; returns how many were used. */
static size_t
unit_read(struct unit *unit, const unsigned char *text, size_t len, bool for_json)
{
	uint32_t c = 0;
	size_t used = utf8_decode(text, len, &c);
	const char *other = for_json ? NULL : substitute(c);

	if (used == 0) {
		unit_escape(unit, text[0], true);
		return 1;
	}
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
		unit_escape(unit, c, true);
	} else if (is_hidden(c)) {
		unit_escape(unit, c, false);
	} else {
		size_t bytes = other != NULL ? strlen(other) : used;

		memcpy(unit->text + unit->len, other != NULL ? other : (const char *)text, bytes);
		unit->len += bytes;
		unit->chars++;
	}
	return used;
}

static void
cutter_mark(struct cutter *cutter)
{
	if (cutter->chars < cutter->max_chars &&
	    cutter->out->cap - cutter->out->len >= ELLIPSIS_LEN) {
		cutter->mark = cutter->out->len;
		cutter->fits = true;
	}
}

/* Ends the text where the ellipsis still fits. Always false. */
static bool
cutter_cut(struct cutter *cutter)
{
	if (cutter->fits) {
		cutter->out->len = cutter->mark;
		(void)buf_add(cutter->out, ELLIPSIS, ELLIPSIS_LEN);
	}
	return false;
}

static bool
cutter_add(struct cutter *cutter, const struct unit *unit)
{
	if (unit->chars > cutter->max_chars - cutter->chars)
		return cutter_cut(cutter);
	if (!buf_add(cutter->out, unit->text, unit->len))
		return cutter_cut(cutter);
	cutter->chars += unit->chars;
	cutter_mark(cutter);
	return true;
}

static bool
is_white(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
text_clean(struct buf *out, const void *bytes, size_t len, const struct text_style *style)
{
	const unsigned char *text = bytes;
	struct cutter cutter = {.out = out, .max_chars = style->max_chars};
	bool begun = false, blank = false;

	if (cutter.max_chars == 0)
		cutter.max_chars = SIZE_MAX;
	cutter_mark(&cutter);
	for (size_t i = 0; i < len;) {
		struct unit unit = {.len = 0};

		if (style->fold && is_white(text[i])) {
			blank = begun;
			i++;
			continue;
		}
		if (blank) {
			unit.text[unit.len++] = ' ';
			unit.chars++;
		}
		i += unit_read(&unit, text + i, len - i, style->for_json);
		if (!cutter_add(&cutter, &unit))
			return;
		begun = true;
		blank = false;
	}
}

char *
text_clean_into(char *out, size_t size, const void *bytes, size_t len)
{
	const struct text_style style = {.fold = true};
	struct buf buf = {.data = out, .size = size, .cap = size - 1}; /* so it never grows */

	out[0] = '\0';
	text_clean(&buf, bytes, len, &style);
	return out;
}

size_t
text_chars(const char *text)
{
	size_t chars = 0;

	for (; *text != '\0'; text++)
		chars += ((unsigned char)*text & 0xc0) != 0x80;
	return chars;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Bytes of the escape that begins at text, 0 if none does. */
static size_t
escape_len(const char *text)
{
	size_t i = 3;

	if (text[0] != '\\')
		return 0;
	if (text[1] == 'x')
		return is_hex(text[2]) && is_hex(text[3]) ? 4 : 0;
	if (text[1] != 'u' || text[2] != '{')
		return 0;
	while (is_hex(text[i]))
		i++;
	return text[i] == '}' ? i + 1 : 0;
}

void
text_cut(char *text, size_t max_chars)
{
	size_t len = strlen(text);
	size_t chars = 0, at = 0, mark = 0;

	if (text_chars(text) <= max_chars)
		return;
	while (at < len) {
		size_t step = escape_len(text + at);

		/* The ellipsis takes the place of at least as many bytes. */
		if (chars < max_chars && len - at >= ELLIPSIS_LEN)
			mark = at;
		if (chars >= max_chars)
			break;
		chars += step > 0 ? step : 1;
		at += step > 0 ? step : 1;
		while (step == 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
	}
	if (max_chars == 0 || len - mark < ELLIPSIS_LEN)
		text[0] = '\0';
	else
		memcpy(text + mark, ELLIPSIS, ELLIPSIS_LEN + 1);
}

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool
text_equal_fold(const char *a, const char *b)
{
	for (; fold(*a) == fold(*b); a++, b++)
		if (*a == '\0')
			return true;
	return false;
}

bool
text_begins_fold(const char *text, const char *beginning)
{
	for (; *beginning != '\0'; text++, beginning++)
		if (fold(*text) != fold(*beginning))
			return false;
	return true;
}

const char *
text_find_fold(const char *text, size_t len, const char *needle)
{
	size_t need = strlen(needle);

	for (size_t i = 0; need <= len && i <= len - need; i++) {
		size_t same = 0;

		while (same < need && fold(text[i + same]) == fold(needle[same]))
			same++;
		if (same == need)
			return text + i;
	}
	return NULL;
}
