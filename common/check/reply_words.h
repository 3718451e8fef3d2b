/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of a reply without what changes from one reply to the next, and
 * patterns of words. Pure text; for the reply catalogue only.
 */
#ifndef COMMON_CHECK_REPLY_WORDS_H
#define COMMON_CHECK_REPLY_WORDS_H

#include "base/base.h"

#define REPLY_WORDS_SIZE 4096 /* what lies behind is not looked at */
#define REPLY_WORDS_MAX 1024  /* nor what lies behind so many words */

/* Words in lower case, one blank between them. */
struct reply_words {
	char text[REPLY_WORDS_SIZE];
	size_t len;
	uint16_t starts[REPLY_WORDS_MAX]; /* offsets of the words in text */
	size_t count;
};

/*
 * Folds case, makes one blank of punctuation, white space and line ends
 * (escaped ones of logs too, HTML entities, quoted-printable), and leaves out
 * numbers (reply codes included), addresses and links; apostrophes vanish,
 * "e-mail" is "email", a run of asterisks is the word "asterisks".
 */
void reply_words_read(struct reply_words *words, const char *text, size_t len);

/* How a pattern fits; the better one first when compared as numbers. */
enum reply_words_fit { REPLY_WORDS_NONE, REPLY_WORDS_SET, REPLY_WORDS_PHRASE };

/*
 * How the pattern occurs in the words, and the letters of its longest
 * alternative that does so. Alternatives are parted by "|". A phrase: its words
 * in this order; "*" stands for up to 8 words, none included. A set:
 * terms parted by " + ", in any order within 12 words; a term is a phrase or
 * several parted by commas. An alternative that begins with "-" forbids: where
 * it occurs, the pattern does not. "word*" is a beginning,
 * "*word*" stands inside, "one/two" is either word; a plural s makes no difference. What a "not" or
 * "no" right before it denies does not count.
 */
enum reply_words_fit
reply_words_match(const struct reply_words *words, const char *pattern, size_t *letters);

#endif
