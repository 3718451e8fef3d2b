/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns reading the codes of a reply: the SMTP code (RFC 5321, 4.2), the
 * enhanced code (RFC 3463), the status of IMAP (RFC 9051, 7.1) and POP3
 * (RFC 1939, 3), and their bracketed codes (RFC 5530, RFC 3206). Takes what
 * people paste, so it is lenient; the dialogs' own grammar is elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/reply.h"
#include "check/reply_head.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t
digits(const char *text, size_t left)
{
	size_t len = 0;

	while (len < left && is_digit(text[len]))
		len++;
	return len;
}

size_t
reply_head_enhanced(const char *text, size_t left)
{
	size_t len = 2;

	if (left < 5 || strchr("245", text[0]) == NULL || text[1] != '.')
		return 0;
	size_t subject = digits(text + len, left - len);
	len += subject;
	if (subject == 0 || subject > 3 || len == left || text[len] != '.')
		return 0;
	len++;
	size_t detail = digits(text + len, left - len);
	len += detail;
	if (detail == 0 || detail > 3)
		return 0;
	/* 4.2.2.2 is an address, 5.7.1beta a version; "5.7.1." ends a sentence */
	if (len + 1 < left && text[len] == '.' && is_digit(text[len + 1]))
		return 0;
	return len;
}

/* The first enhanced code that agrees with the code's class; qmail writes it last: "(#5.7.1)". */
static void
find_enhanced(struct reply_head *head, const char *text, size_t len)
{
	for (size_t at = 0; at < len; at++) {
		if (at > 0 &&
		    (is_digit(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '['))
			continue;
		size_t size = reply_head_enhanced(text + at, len - at);

		if (size == 0 || (is_digit(head->code[0]) && text[at] != head->code[0]))
			continue;
		(void)snprintf(
		    head->enhanced, sizeof(head->enhanced), "%.*s", (int)size, text + at);
		return;
	}
}

static void
advance(struct reply_head *head, size_t count)
{
	head->text += count;
	head->len -= count;
	while (head->len > 0 && is_blank(head->text[0])) {
		head->text++;
		head->len--;
	}
}

/* Reads "[CODE" or "[CODE arguments]" and leaves the arguments to the text. */
static bool
take_bracket(struct reply_head *head)
{
	size_t end = 1;

	if (head->len < 3 || head->text[0] != '[')
		return false;
	while (end < head->len && end <= sizeof(head->bracket) - 1 &&
	       (is_upper(head->text[end]) || (head->text[end] >= 'a' && head->text[end] <= 'z') ||
		   is_digit(head->text[end]) || head->text[end] == '-' || head->text[end] == '/'))
		end++;
	if (end == 1 || end == head->len || (head->text[end] != ']' && head->text[end] != ' '))
		return false;
	for (size_t i = 1; i < end; i++) {
		char c = head->text[i];

		head->bracket[i - 1] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	head->bracket[end - 1] = '\0';
	advance(head, end + 1);
	return true;
}

/* Length of the status word of IMAP at text, 0 if there is none. */
static size_t
status_len(const char *text, size_t left, const char **name)
{
	static const char *const names[] = {"ok", "no", "bad", "bye", "preauth"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);

		if (left < len || text_find_fold(text, len, names[i]) != text)
			continue;
		if (left > len && !is_blank(text[len]))
			continue;
		*name = names[i];
		return len;
	}
	return 0;
}

/* "a1 NO", "* BYE", or a bare "NO" where that can only be a status. */
static bool
take_imap_status(struct reply_head *head, unsigned protocols)
{
	const char *name = NULL;
	size_t tag = 0;
	bool tag_like = head->len > 0 && head->text[0] == '*';

	while (tag < head->len && !is_blank(head->text[tag])) {
		tag_like = tag_like || is_digit(head->text[tag]);
		tag++;
	}
	while (tag < head->len && (head->text[tag] == ' ' || head->text[tag] == '\t'))
		tag++;
	size_t len = status_len(head->text + tag, head->len - tag, &name);
	if (len > 0 && (tag_like || protocols == REPLY_IMAP)) {
		len += tag;
	} else {
		len = status_len(head->text, head->len, &name);
		if (len == 0)
			return false;
		bool bracket = len + 1 < head->len && head->text[len + 1] == '[';
		if (!bracket && (protocols != REPLY_IMAP || !is_upper(head->text[0])))
			return false;
	}
	(void)snprintf(head->code, sizeof(head->code), "%s", name);
	head->protocols = REPLY_IMAP;
	advance(head, len);
	return true;
}

static bool
take_pop3_status(struct reply_head *head)
{
	static const struct {
		const char *word;
		const char *code;
	} statuses[] = {{"-ERR", "err"}, {"+OK", "ok"}};

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		size_t len = strlen(statuses[i].word);

		if (head->len < len ||
		    text_find_fold(head->text, len, statuses[i].word) != head->text)
			continue;
		(void)snprintf(head->code, sizeof(head->code), "%s", statuses[i].code);
		head->protocols = REPLY_POP3;
		advance(head, len);
		return true;
	}
	return false;
}

static bool
take_smtp_code(struct reply_head *head)
{
	if (digits(head->text, head->len) != 3 || head->text[0] < '2' || head->text[0] > '5')
		return false;
	memcpy(head->code, head->text, 3);
	head->code[3] = '\0';
	head->protocols = REPLY_SMTP | REPLY_LMTP;
	advance(head, 3);
	if (head->len > 0 && head->text[0] == '-')
		advance(head, 1);
	return true;
}

void
reply_head_read(struct reply_head *head, const char *text, size_t len, unsigned protocols)
{
	unsigned smtp = REPLY_SMTP | REPLY_LMTP;

	memset(head, 0, sizeof(*head));
	head->text = text;
	head->len = len;
	advance(head, 0);
	if (protocols == 0 || (protocols & smtp) != 0) {
		bool found = take_smtp_code(head);

		if (found || protocols == 0 || (protocols & ~smtp) == 0)
			find_enhanced(head, head->text, head->len);
		if (found)
			return;
	}
	if (protocols == 0 || (protocols & REPLY_POP3) != 0) {
		if (take_pop3_status(head)) {
			(void)take_bracket(head);
			return;
		}
	}
	if (protocols != 0 && (protocols & ~smtp) == 0)
		return;
	(void)take_imap_status(head, protocols);
	if (take_bracket(head) && head->protocols == 0)
		head->protocols = REPLY_IMAP | REPLY_POP3;
}
