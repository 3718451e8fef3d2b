/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Foreign bytes made printable, held against a checker of our own; and ranges,
 * durations, sizes of any bytes.
 * covers: base/range.c base/number.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/range.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* The next character of UTF-8; 0: none is there. */
static unsigned long
character(const unsigned char **at)
{
	const unsigned char *p = *at;
	unsigned long value = p[0];
	size_t more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	static const unsigned long least[] = {1, 0x80, 0x800, 0x10000};

	demand(p[0] < 0x80 || (p[0] >= 0xc2 && p[0] <= 0xf4));
	if (more)
		value &= 0x3fUL >> more;
	for (size_t i = 1; i <= more; i++) {
		demand((p[i] & 0xc0) == 0x80);
		value = value << 6 | (p[i] & 0x3f);
	}
	demand(value == 0 || (value >= least[more] && value <= 0x10ffff));
	*at = p + more + 1;
	return value;
}

/* Line ends, terminals, bidi, invisible: none of it is ever left. Returns the number of characters. */
static size_t
look(const char *text, bool for_json)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned long c;
	size_t count = 0;

	for (; (c = character(&at)) != 0; count++) {
		demand(c >= 0x20 && !(c >= 0x7f && c <= 0x9f));
		demand(!(c >= 0xd800 && c <= 0xdfff) && c != 0xfeff && c != 0xad);
		demand(!(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
		       !(c >= 0x2060 && c <= 0x206f) && !(c >= 0xe0000 && c <= 0xe0fff));
		demand(for_json || (c != '|' && c != '<' && c != '>' && c != '"'));
	}
	return count;
}

static void
clean(const char *text, size_t len, size_t max_chars, unsigned flags)
{
	const struct text_style style = {
	    .max_chars = max_chars, .fold = flags & 1, .for_json = (flags & 2) != 0};
	char small[32], *copy;
	struct buf out;
	size_t chars;

	buf_init(&out, flags & 4 ? 64 : 16 * len + 64);
	text_clean(&out, text, len, &style);
	chars = look(buf_text(&out), style.for_json);
	demand(max_chars == 0 || chars <= max_chars);
	demand(chars == text_chars(buf_text(&out)));
	copy = mem_strdup(buf_text(&out));
	text_cut(copy, 20);
	demand(look(copy, style.for_json) <= 20);
	mem_free(copy);
	buf_free(&out);
	look(text_clean_into(small, sizeof(small), text, len), false);
}

static void
look_at_range(const char *text, unsigned unit, bool less_is_worse)
{
	struct range range, again;
	const char *why = NULL;
	struct buf out;

	if (!range_parse(text, unit % 5, less_is_worse, &range, &why)) {
		demand(why != NULL);
		return;
	}
	demand(range.no_min || range.no_max || range.min <= range.max);
	(void)range_alerts(&range, 10);
	buf_init(&out, 256);
	range_print(&out, &range);
	if (!out.overflow && out.len > 0)
		demand(range_parse(buf_text(&out), RANGE_PLAIN, false, &again, &why) &&
		       again.inside == range.inside);
	buf_free(&out);
}

/* Bytes as hex and back; times and sizes as words. */
static void
look_at_words(const char *text, size_t len)
{
	int64_t number = 0;
	struct buf hex, back;

	buf_init(&hex, 2 * len + 64);
	buf_init(&back, 2 * len + 64);
	text_hex(&hex, text, len);
	demand(text_unhex(&back, buf_text(&hex), hex.len) && back.len == len &&
	       (len == 0 || memcmp(back.data, text, len) == 0));
	buf_clear(&back);
	(void)!text_unhex(&back, text, len);
	memcpy(&number, text, len < sizeof(number) ? len : sizeof(number));
	buf_clear(&hex);
	text_span(&hex, number);
	text_size(&hex, (uint64_t)number);
	look(buf_text(&hex), false);
	buf_free(&hex);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes + 2;
	struct arena arena = {0};
	const char *word;
	uint64_t number;
	int64_t span;
	double real;

	if (len < 2)
		return 0;
	len -= 2;
	clean(text, len, bytes[0], bytes[1]);
	word = arena_strndup(&arena, text, len);
	look_at_range(word, bytes[0], bytes[1] & 1);
	if (number_duration(text, len, US_PER_S, &span))
		demand(span >= 0);
	(void)!number_size(text, len, &number);
	(void)!number_u64(text, len, &number);
	if (number_real(text, len, &real))
		demand(real >= 0);
	if (number_i64_text(word, -5, 5, &span))
		demand(span >= -5 && span <= 5);
	(void)text_find_fold(text, len, "ab");
	look_at_words(text, len);
	arena_free(&arena);
	return 0;
}
