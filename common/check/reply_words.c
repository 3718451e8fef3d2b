/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what counts as a word of a reply and how patterns of words are found.
 * Must not know providers, codes or findings.
 */
#include <string.h>

#include "base/text.h"
#include "check/reply_words.h"

#define GAP_WORDS 8  /* the longest host names of providers have seven */
#define SET_WORDS 12 /* a sentence */
#define SET_TERMS 5

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
	if (c == 0xe3 && left > 2 && (unsigned char)text[1] == 0x80)
		return 3; /* U+3000..U+303F: the same of Chinese and Japanese */
	if (c == 0xef && left > 2 && (unsigned char)text[1] == 0xbc)
		return 3; /* U+FF00..U+FF3F: their wide commas and colons */
	if (c == 0xc2)
		return left > 1 ? 2 : 1; /* U+0080..U+00BF: C1, no-break space, quotes */
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80 ? 0 : 1;
}

/* Width of an apostrophe at text, 0 if there is none. */
static size_t
apostrophe_len(const char *text, size_t left)
{
	static const char *const forms[] = {"'", "\xe2\x80\x99", "&#39;", "&apos;"};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t len = strlen(forms[i]);

		if (left >= len && memcmp(text, forms[i], len) == 0)
			return len;
	}
	return 0;
}

static int
hex_value(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* The byte that "=C3" stands for in quoted-printable (RFC 2045, 6.7), -1 if none does. */
static int
quoted_byte(const char *text, size_t left)
{
	if (left < 3 || text[0] != '=' || hex_value(text[1]) < 0 || hex_value(text[2]) < 0)
		return -1;
	return (hex_value(text[1]) * 16) + hex_value(text[2]);
}

/* Length of a line end inside a quoted-printable word at text, 0 if there is none. */
static size_t
soft_break_len(const char *text, size_t left)
{
	if (left >= 2 && memcmp(text, "=\n", 2) == 0)
		return 2;
	return left >= 3 && memcmp(text, "=\r\n", 3) == 0 ? 3 : 0;
}

/* Bytes of the UTF-8 letter in quoted-printable at text, as "=C3=BC"; 0 if there is none. */
static size_t
quoted_letter_len(const char *text, size_t left)
{
	int first = quoted_byte(text, left);
	size_t count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;

	for (size_t i = 1; i < count; i++) {
		int next = left > 3 * i ? quoted_byte(text + (3 * i), left - (3 * i)) : -1;

		if (next < 0x80 || next > 0xbf)
			return 0;
	}
	return count;
}

static bool
is_letter(const char *text, size_t left)
{
	return gap_len(text, left) == 0 || quoted_letter_len(text, left) > 0;
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
		while (len < left && (strchr(" \t\r\n<>\"'()[]\\", text[len]) == NULL ||
					 soft_break_len(text + len - 1, left - len + 1) > 0))
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
	} else {
		words->starts[words->count++] = (uint16_t)begin;
	}
	words->text[words->len++] = ' ';
}

static void
add_byte(struct reply_words *words, size_t begin, char c)
{
	words->text[words->len++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	if (words->len >= begin + 2)
		fold_pair(&words->text[words->len - 2], &words->text[words->len - 1]);
}

/* Reads one word at text; returns how much of text it took. */
static size_t
read_word(struct reply_words *words, const char *text, size_t left)
{
	size_t begin = words->len;
	size_t used = 0;

	while (used < left && words->len < sizeof(words->text) - 6) {
		size_t skip = apostrophe_len(text + used, left - used);
		size_t quoted = quoted_letter_len(text + used, left - used);

		if (skip == 0)
			skip = soft_break_len(text + used, left - used);
		if (skip == 0 && quoted == 0) {
			if (gap_len(text + used, left - used) > 0)
				break;
			add_byte(words, begin, text[used]);
			skip = 1;
		}
		for (size_t i = 0; i < quoted; i++, skip += 3)
			add_byte(words, begin, (char)quoted_byte(text + used + skip, 3));
		used += skip;
	}
	end_word(words, begin);
	return used;
}

/* Length of an HTML entity at text, 0 if there is none. */
static size_t
entity_len(const char *text, size_t left)
{
	static const char *const entities[] = {
	    "&lt;", "&gt;", "&quot;", "&amp;", "&nbsp;", "&#34;"};

	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		size_t len = strlen(entities[i]);

		if (left >= len && memcmp(text, entities[i], len) == 0)
			return len;
	}
	return 0;
}

/* Length of what is no word: punctuation, an escaped line end, or a run of asterisks. */
static size_t
read_gap(struct reply_words *words, const char *text, size_t left)
{
	static const char stars[] = "asterisks";
	size_t entity = entity_len(text, left);
	size_t run = 0;

	if (entity > 0)
		return entity;
	if (quoted_byte(text, left) >= 0 && quoted_byte(text, left) < 0x40)
		return 3;
	if (left >= 2 && text[0] == '\\' && strchr("nrt", text[1]) != NULL)
		return 2;
	while (run < left && text[run] == '*')
		run++;
	if (run >= 4 && words->len + sizeof(stars) < sizeof(words->text)) {
		memcpy(words->text + words->len, stars, sizeof(stars) - 1);
		words->len += sizeof(stars) - 1;
		end_word(words, words->len - (sizeof(stars) - 1));
	}
	return run > 0 ? run : gap_len(text, left);
}

static void
read_words(struct reply_words *words, const char *text, size_t len, bool links)
{
	size_t at = 0;

	words->len = 0;
	words->count = 0;
	while (at < len && words->len < sizeof(words->text) - 6 && words->count < REPLY_WORDS_MAX) {
		size_t left = len - at;

		if (left >= 2 && text[at] == 'b' && (text[at + 1] == '\'' || text[at + 1] == '"')) {
			at += 2; /* bytes as Python prints them */
			continue;
		}
		if (!is_letter(text + at, left)) {
			at += read_gap(words, text + at, left);
			continue;
		}
		size_t skip = links ? 0 : link_len(text + at, left);
		if (skip == 0)
			skip = address_len(text + at, left);
		at += skip > 0 ? skip : read_word(words, text + at, left);
	}
	words->text[words->len] = '\0';
}

/* A reply that is hardly more than a link: "See http://...": its words are all there is. */
#define FEW_WORDS 1

void
reply_words_read(struct reply_words *words, const char *text, size_t len)
{
	read_words(words, text, len, false);
	if (words->count <= FEW_WORDS)
		read_words(words, text, len, true);
}

/* The option without its "*" stands in the word; where decides which "*" it has. */
static bool
option_match(const char *option, size_t size, const char *word, size_t len)
{
	bool open = size > 1 && option[size - 1] == '*';
	bool inside = size > 2 && option[0] == '*';

	if (open)
		size--;
	if (inside) {
		size--;
		option++;
	}
	for (size_t at = 0; at + size <= len; at++) {
		bool plural = size > 3 && at + size + 1 == len && word[len - 1] == 's';

		if ((open || plural || at + size == len) && memcmp(option, word + at, size) == 0)
			return true;
		if (!inside)
			return false;
	}
	return false;
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
		if (option_match(options, size, text, len)) {
			bool inside = options[0] == '*';
			bool open = options[size - 1] == '*';

			return size - (inside ? 1U : 0U) - (open ? 1U : 0U);
		}
		options += size + 1;
	}
	return 0;
}

/* The word at text denies what follows it. */
static bool
is_denial(const char *text)
{
	static const char denials[] =
	    "not/no/never/non/isnt/wasnt/arent/without/nicht/kein/keine/pas/\xd0\xbd\xd0\xb5";

	return word_match(denials, denials + sizeof(denials) - 1, text) > 0;
}

/* The word before at denies what is found there, and what is found does not say so itself. */
static bool
denied(const char *phrase, const struct reply_words *words, size_t at, size_t before)
{
	return before > 0 && !is_denial(phrase) && is_denial(words->text + words->starts[at - 1]);
}

/* Letters of the phrase that begins at a word, -1 if it does not. Depth: words of the phrase. */
static int
phrase_match(const char *phrase, const char *end, const struct reply_words *words, size_t at)
{
	while (phrase < end && *phrase == ' ')
		phrase++;
	if (phrase == end)
		return 0;
	const char *word_end = phrase;
	while (word_end < end && *word_end != ' ')
		word_end++;
	if (word_end - phrase == 1 && *phrase == '*') {
		for (size_t skipped = 0; skipped <= GAP_WORDS && at + skipped <= words->count;
		     skipped++) {
			int letters = phrase_match(word_end, end, words, at + skipped);

			if (letters >= 0 && !denied(word_end + 1, words, at + skipped, skipped))
				return letters;
		}
		return -1;
	}
	size_t letters =
	    at < words->count ? word_match(phrase, word_end, words->text + words->starts[at]) : 0;
	if (letters == 0)
		return -1;
	int rest = phrase_match(word_end, end, words, at + 1);
	return rest < 0 ? -1 : (int)letters + rest;
}

/* First word in [at, until) at which the phrase begins, undenied; until: nowhere. */
static size_t
phrase_find(const char *phrase, const char *end, const struct reply_words *words, size_t at,
    size_t until, size_t *letters)
{
	/* most words do not even begin alike */
	bool one = phrase[0] != '*' && memchr(phrase, '/', strcspn(phrase, " |")) == NULL;

	for (; at < until; at++) {
		const char *text = words->text + words->starts[at];

		if (one && *text != *phrase)
			continue;
		int found = phrase_match(phrase, end, words, at);
		if (found <= 0 || denied(phrase, words, at, at))
			continue;
		*letters = (size_t)found;
		return at;
	}
	return until;
}

struct term {
	const char *begin, *end;
};

/* The same for a term: phrases parted by commas; the first one that occurs. */
static size_t
term_find(const struct term *term, const struct reply_words *words, size_t at, size_t until,
    size_t *letters)
{
	const char *phrase = term->begin;

	while (phrase < term->end) {
		const char *end = memchr(phrase, ',', (size_t)(term->end - phrase));

		if (end == NULL)
			end = term->end;
		size_t found = phrase_find(phrase, end, words, at, until, letters);
		if (found < until)
			return found;
		phrase = end == term->end ? end : end + 2;
	}
	return until;
}

/* Parts "a + b" of an alternative; 1: it is a phrase. */
static size_t
split(const char *alternative, const char *end, struct term *terms)
{
	size_t count = 0;

	while (alternative < end && count < SET_TERMS) {
		const char *plus = memchr(alternative, '+', (size_t)(end - alternative));

		terms[count].begin = alternative;
		terms[count].end = plus == NULL ? end : plus - 1;
		count++;
		alternative = plus == NULL ? end : plus + 2;
	}
	return count;
}

/* Letters of all terms when they lie within SET_WORDS words from at on, 0 if they do not. */
static size_t
set_at(const struct term *terms, size_t count, const struct reply_words *words, size_t at)
{
	size_t until = at + SET_WORDS < words->count ? at + SET_WORDS : words->count;
	size_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		size_t letters = 0;

		if (term_find(&terms[i], words, at, until, &letters) == until)
			return 0;
		sum += letters;
	}
	return sum;
}

static size_t
set_match(const struct term *terms, size_t count, const struct reply_words *words)
{
	size_t letters = 0;

	/* most sets lack a term altogether */
	for (size_t i = 0; i < count; i++) {
		if (term_find(&terms[i], words, 0, words->count, &letters) == words->count)
			return 0;
	}
	for (size_t at = 0; at < words->count; at++) {
		size_t sum = set_at(terms, count, words, at);

		if (sum > 0)
			return sum;
	}
	return 0;
}

enum reply_words_fit
reply_words_match(const struct reply_words *words, const char *pattern, size_t *letters)
{
	enum reply_words_fit best = REPLY_WORDS_NONE;
	struct term terms[SET_TERMS];

	*letters = 0;
	while (*pattern != '\0') {
		const char *end = pattern + strcspn(pattern, "|");
		bool veto = *pattern == '-';
		size_t count = split(pattern + (veto ? 1 : 0), end, terms);
		enum reply_words_fit fit = count == 1 ? REPLY_WORDS_PHRASE : REPLY_WORDS_SET;
		size_t found = 0;

		if (fit == REPLY_WORDS_PHRASE)
			(void)term_find(terms, words, 0, words->count, &found);
		else if (best <= fit)
			found = set_match(terms, count, words);
		if (veto && found > 0) {
			*letters = 0;
			return REPLY_WORDS_NONE;
		}
		if (!veto && found > 0 && (fit > best || (fit == best && found > *letters))) {
			best = fit;
			*letters = found;
		}
		pattern = *end == '|' ? end + 1 : end;
	}
	return best;
}
