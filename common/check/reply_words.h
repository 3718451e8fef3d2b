/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of a reply without what changes from one reply to the next, and
 * patterns of words. Pure text; for the reply catalogue only.
 */
#ifndef COMMON_CHECK_REPLY_WORDS_H
#define COMMON_CHECK_REPLY_WORDS_H

#include "base/base.h"

#define REPLY_WORDS_SIZE 4096 /* what lies behind is not looked at */

/* Words in lower case, one blank between them. */
struct reply_words {
	char text[REPLY_WORDS_SIZE];
	size_t len;
};

/*
 * Folds case, makes one blank of punctuation, white space and line ends
 * (escaped ones of logs too), and leaves out numbers (reply codes included),
 * addresses and links; apostrophes vanish, "e-mail" is "email", a run of
 * asterisks is the word "asterisks".
 */
void reply_words_read(struct reply_words *words, const char *text, size_t len);

/*
 * Letters of the longest alternative of pattern that occurs in the words; 0:
 * none does. A pattern: words; "*" stands for up to 8 words, none included;
 * "word*" for a beginning; "one/two" for either word; "|" parts alternatives.
 */
size_t reply_words_match(const struct reply_words *words, const char *pattern);

#endif
