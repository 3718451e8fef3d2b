/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what counts as a word of a reply and how patterns of words are found.
 * Must not know providers, codes or findings.
 */
#include <string.h>

#include "base/text.h"
#include "check/reply_words.h"

#define GAP_WORDS 8 /* the longest host names of providers have seven */

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* Length of the punctuation at text, 0 if a word goes on there: letters, digits, all but quotes beyond ASCII. */
static size_t
gap_len(const char *text, size_t left)
{
	unsigned char c = (unsigned char)text[0];

	if (c == 0xe2 && left > 2 && (unsigned char)text[1] == 0x80)
		return 3; /* U+2000..U+203F: typographic quotes, dashes, blanks */
	if (c == 0xc2)
		return left > 1 ? 2 : 1; /* U+0080..U+00BF: C1, no-break space, quotes */
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80 ? 0 : 1;
}

static bool
is_apostrophe(const char *text, size_t left, size_t *width)
{
	*width = 1;
	if (text[0] == '\'')
		return true;
	*width = 3;
	return left >= 3 && memcmp(text, "\xe2\x80\x99", 3) == 0;
}

/* Latin-1 and Cyrillic capitals: the ones that occur in replies beyond ASCII. */
static void
fold_pair(char *first, char *second)
{
	unsigned char a = (unsigned char)*first;
	unsigned char b = (unsigned char)*second;

	if ((a == 0xc3 && b >= 0x80 && b <= 0x9e) || (a == 0xd0 && b >= 0x90 && b <= 0x9f)) {
		*second = (char)(b + 0x20);
	} else if (a == 0xd0 && b >= 0xa0 && b <= 0xaf) {
		*first = (char)0xd1;
		*second = (char)(b - 0x20);
	}
}

/* Length of a link at text, 0 if there is none. */
static size_t
link_len(const char *text, size_t left)
{
	static const char *const beginnings[] = {"http://", "https://", "www."};

	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		size_t len = strlen(beginnings[i]);

		if (left < len || text_find_fold(text, len, beginnings[i]) != text)
			continue;
		while (len < left && strchr(" \t\r\n<>\"'()[]\\", text[len]) == NULL)
			len++;
		return len;
	}
	return 0;
}

/* Length of a mail address, an IPv6 address or a time at text, 0 if there is none. */
static size_t
address_len(const char *text, size_t left)
{
	size_t len = 0;
	size_t hex = 0;
	size_t colons = 0;
	bool at = false;

	for (; len < left && (gap_len(text + len, left - len) == 0 ||
				 (text[len] != '\0' && strchr("._-+=%~@", text[len]) != NULL));
	     len++) {
		if (text[len] == '@' && len > 0)
			at = true;
	}
	if (at)
		return len;
	for (; hex < left && text[hex] != '\0' &&
	       strchr("0123456789abcdefABCDEF:.", text[hex]) != NULL;
	     hex++) {
		if (text[hex] == ':')
			colons++;
	}
	return colons >= 2 ? hex : 0;
}

/* Adds the word just read unless it is a number; glues "e" and "mail". */
static void
end_word(struct reply_words *words, size_t begin)
{
	char *word = words->text + begin;
	size_t len = words->len - begin;
	size_t digits = 0;

	while (digits < len && is_digit((unsigned char)word[digits]))
		digits++;
	if (digits == len) {
		words->len = begin; /* a number, or nothing */
		return;
	}
	if (len >= 4 && memcmp(word, "mail", 4) == 0 && begin >= 2 && word[-1] == ' ' &&
	    word[-2] == 'e' && (begin == 2 || word[-3] == ' ')) {
		memmove(word - 1, word, len);
		words->len--;
	}
	words->text[words->len++] = ' ';
}

/* Reads one word at text; returns how much of text it took. */
static size_t
read_word(struct reply_words *words, const char *text, size_t left)
{
	size_t begin = words->len;
	size_t used = 0;

	while (used < left && words->len < sizeof(words->text) - 2) {
		size_t width = 0;

		if (is_apostrophe(text + used, left - used, &width)) {
			used += width;
			continue;
		}
		if (gap_len(text + used, left - used) > 0)
			break;
		char c = text[used++];
		words->text[words->len++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		if (words->len >= begin + 2)
			fold_pair(&words->text[words->len - 2], &words->text[words->len - 1]);
	}
	end_word(words, begin);
	return used;
}

/* Length of what is no word: punctuation, an escaped line end, or a run of asterisks. */
static size_t
read_gap(struct reply_words *words, const char *text, size_t left)
{
	static const char stars[] = "asterisks ";
	size_t run = 0;

	if (left >= 2 && text[0] == '\\' && strchr("nrt", text[1]) != NULL)
		return 2;
	while (run < left && text[run] == '*')
		run++;
	if (run >= 4 && words->len + sizeof(stars) < sizeof(words->text)) {
		memcpy(words->text + words->len, stars, sizeof(stars) - 1);
		words->len += sizeof(stars) - 1;
	}
	return run > 0 ? run : gap_len(text, left);
}

void
reply_words_read(struct reply_words *words, const char *text, size_t len)
{
	size_t at = 0;

	words->len = 0;
	while (at < len && words->len < sizeof(words->text) - 2) {
		size_t left = len - at;

		if (gap_len(text + at, left) > 0) {
			at += read_gap(words, text + at, left);
			continue;
		}
		size_t skip = link_len(text + at, left);
		if (skip == 0)
			skip = address_len(text + at, left);
		at += skip > 0 ? skip : read_word(words, text + at, left);
	}
	words->text[words->len] = '\0';
}

static const char *
next_word(const char *text)
{
	const char *blank = strchr(text, ' ');

	return blank == NULL ? text + strlen(text) : blank + 1;
}

/* Letters of the option of "one/two/thr*" that is the word at text; 0: none is. */
static size_t
word_match(const char *options, const char *end, const char *text)
{
	size_t len = strcspn(text, " ");

	while (options < end) {
		size_t size = 0;

		while (options + size < end && options[size] != '/')
			size++;
		bool open = size > 0 && options[size - 1] == '*';
		size_t letters = open ? size - 1 : size;
		if ((open ? letters <= len : letters == len) && memcmp(options, text, letters) == 0)
			return letters;
		options += size + 1;
	}
	return 0;
}

/* Letters of the phrase that begins at text, -1 if it does not. Depth: words of the phrase. */
static int
phrase_match(const char *phrase, const char *end, const char *text)
{
	while (phrase < end && *phrase == ' ')
		phrase++;
	if (phrase == end)
		return 0;
	const char *word_end = phrase;
	while (word_end < end && *word_end != ' ')
		word_end++;
	if (word_end - phrase == 1 && *phrase == '*') {
		for (int skipped = 0; skipped <= GAP_WORDS; skipped++) {
			int letters = phrase_match(word_end, end, text);

			if (letters >= 0)
				return letters;
			if (*text == '\0')
				return -1;
			text = next_word(text);
		}
		return -1;
	}
	size_t letters = *text == '\0' ? 0 : word_match(phrase, word_end, text);
	if (letters == 0)
		return -1;
	int rest = phrase_match(word_end, end, next_word(text));
	return rest < 0 ? -1 : (int)letters + rest;
}

size_t
reply_words_match(const struct reply_words *words, const char *pattern)
{
	size_t best = 0;

	while (*pattern != '\0') {
		const char *end = pattern + strcspn(pattern, "|");
		bool one = memchr(pattern, '/', strcspn(pattern, " |")) == NULL;

		for (const char *text = words->text; *text != '\0'; text = next_word(text)) {
			/* most words do not even begin alike */
			int letters =
			    one && *text != *pattern ? 0 : phrase_match(pattern, end, text);

			if (letters > 0 && (size_t)letters > best)
				best = (size_t)letters;
		}
		pattern = *end == '|' ? end + 1 : end;
	}
	return best;
}
