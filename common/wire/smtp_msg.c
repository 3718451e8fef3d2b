/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SMTP's grammar: bytes to values, values to bytes. Knows no order of commands,
 * no descriptor and no meaning of a code.
 */
#include "wire/smtp_msg.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define ADDRESS_MAX 254

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- replies ---- */

bool
smtp_msg_line(const char *line, size_t len, struct smtp_msg_line *out)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
		return false;
	if (len > 3 && line[3] != ' ' && line[3] != '-')
		return false;
	out->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	out->last = len == 3 || line[3] == ' ';
	out->text = len > 3 ? line + 4 : line + 3;
	out->len = len > 3 ? len - 4 : 0;
	return true;
}

/* One to three digits; returns how many, 0 when there are none or more. */
static size_t
short_number(const char *text, size_t len, int *value_out)
{
	size_t digits = 0;

	*value_out = 0;
	while (digits < len && is_digit(text[digits])) {
		if (digits == 3)
			return 0;
		*value_out = *value_out * 10 + (text[digits++] - '0');
	}
	return digits;
}

bool
smtp_msg_enhanced(const char *text, size_t len, struct smtp_msg_enhanced *out, size_t *skip_out)
{
	struct smtp_msg_enhanced found = {0};
	size_t at = 2, digits;

	if (len < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.')
		return false;
	found.class = text[0] - '0';
	digits = short_number(text + at, len - at, &found.subject);
	at += digits;
	if (digits == 0 || at >= len || text[at] != '.')
		return false;
	at++;
	digits = short_number(text + at, len - at, &found.detail);
	at += digits;
	if (digits == 0 || (at < len && text[at] != ' '))
		return false;
	*out = found;
	if (skip_out != NULL)
		*skip_out = at < len ? at + 1 : at;
	return true;
}

bool
smtp_msg_enhanced_fits(int code, const struct smtp_msg_enhanced *enhanced)
{
	return enhanced->class == 0 || enhanced->class == code / 100;
}

bool
smtp_msg_masked_greeting(const char *text, size_t len)
{
	size_t stars = 0;

	for (size_t i = 0; i < len; i++)
		stars += text[i] == '*';
	return stars >= 4 && stars * 2 > len;
}

/* ---- EHLO ---- */

/* "XXXXXXXA": what a firewall writes over a keyword it does not want to be seen. */
static bool
is_masked(const char *keyword)
{
	size_t len = strcspn(keyword, " =");

	return len >= 4 && strspn(keyword, "X") >= len - 1;
}

/* The argument behind keyword; NULL when the line is another one. "AUTH=" is an old way of "AUTH ". */
static const char *
argument(const char *line, const char *keyword)
{
	size_t len = strlen(keyword);

	if (!text_begins_fold(line, keyword) || strchr(" =", line[len]) == NULL)
		return NULL;
	return line[len] == '\0' ? line + len : line + len + 1;
}

static void
read_size(struct smtp_msg_ehlo *ehlo, const char *value)
{
	ehlo->size_offered = true;
	if (*value != '\0')
		ehlo->size_broken = !number_u64(value, strlen(value), &ehlo->size_max);
}

static void
read_keyword(struct smtp_msg_ehlo *ehlo, struct arena *arena, const char *line)
{
	const struct {
		const char *keyword;
		bool *flag;
	} flags[] = {
	    {"STARTTLS", &ehlo->starttls},
	    {"PIPELINING", &ehlo->pipelining},
	    {"CHUNKING", &ehlo->chunking},
	    {"8BITMIME", &ehlo->eightbitmime},
	    {"SMTPUTF8", &ehlo->smtputf8},
	    {"DSN", &ehlo->dsn},
	    {"REQUIRETLS", &ehlo->requiretls},
	    {"LIMITS", &ehlo->limits},
	    {"AUTH", &ehlo->auth_offered},
	};
	const char *value = argument(line, "SIZE");

	if (value != NULL)
		read_size(ehlo, value);
	value = argument(line, "AUTH");
	if (value != NULL)
		sasl_list_add(&ehlo->mechanisms, arena, value);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (argument(line, flags[i].keyword) != NULL)
			*flags[i].flag = true;
	ehlo->masked |= is_masked(line);
}

void
smtp_msg_ehlo(struct smtp_msg_ehlo *ehlo, struct arena *arena, const char *text)
{
	size_t lines = 1;
	char *line = arena_strdup(arena, text), *end;

	*ehlo = (struct smtp_msg_ehlo){.name = arena_strndup(arena, text, strcspn(text, " \n"))};
	for (const char *lf = text; (lf = strchr(lf, '\n')) != NULL; lf++)
		lines++;
	ehlo->keywords = arena_alloc(arena, lines * sizeof(*ehlo->keywords));
	for (line = strchr(line, '\n'); line != NULL; line = end) {
		end = strchr(++line, '\n');
		if (end != NULL)
			*end = '\0';
		ehlo->keywords[ehlo->count++] = line;
		read_keyword(ehlo, arena, line);
	}
}

bool
smtp_msg_ehlo_has(const struct smtp_msg_ehlo *ehlo, const char *keyword)
{
	if (text_begins_fold(keyword, "AUTH=") && sasl_list_has(&ehlo->mechanisms, keyword + 5))
		return true;
	for (size_t i = 0; i < ehlo->count; i++)
		if (text_equal_fold(ehlo->keywords[i], keyword) ||
		    argument(ehlo->keywords[i], keyword) != NULL)
			return true;
	return false;
}

/* ---- addresses ---- */

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The length of the local part, quoted or not; 0 when it cannot be one. */
static size_t
local_part(const char *address)
{
	size_t at = 1;

	if (address[0] != '"')
		return strcspn(address, "@\" ()[]:;,\\");
	for (; address[at] != '"'; at++) {
		if (address[at] == '\\')
			at++;
		if (address[at] == '\0')
			return 0;
	}
	return at + 1;
}

static bool
is_domain(const char *domain)
{
	return *domain != '\0' && domain[strcspn(domain, "@\" ();,\\")] == '\0';
}

bool
smtp_msg_address(const char *address, bool empty_allowed, const char **why_out)
{
	size_t local = local_part(address);

	*why_out = NULL;
	for (const char *c = address; *c != '\0'; c++)
		if (is_control(*c) || *c == '<' || *c == '>')
			*why_out = "holds a control character or an angle bracket";
	if (*why_out != NULL || (*address == '\0' && empty_allowed))
		return *why_out == NULL;
	if (strlen(address) > ADDRESS_MAX)
		*why_out = "is longer than 254 octets";
	else if (local == 0)
		*why_out = "has no local part";
	else if (address[local] == '\0' && !text_equal_fold(address, "postmaster"))
		*why_out = "has no domain";
	else if (address[local] != '\0' &&
		 (address[local] != '@' || !is_domain(address + local + 1)))
		*why_out = "is not local@domain";
	return *why_out == NULL;
}

bool
smtp_msg_ascii(const char *text)
{
	while (*text != '\0')
		if ((unsigned char)*text++ >= 0x80)
			return false;
	return true;
}

bool
smtp_msg_helo(const char *name)
{
	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (is_control(*name) || *name == ' ')
			return false;
	return true;
}

/* ---- transparency ---- */

void
smtp_msg_stuff(struct smtp_msg_stuffer *stuffer, struct buf *out, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t run = 0;

		while (at + run < len && bytes[at + run] != '\r' && bytes[at + run] != '\n')
			run++;
		if (run > 0) {
			if (!stuffer->in_line && bytes[at] == '.')
				buf_add_char(out, '.');
			buf_add(out, bytes + at, run);
			*stuffer = (struct smtp_msg_stuffer){.in_line = true};
			at += run;
			continue;
		}
		if (!(bytes[at] == '\n' && stuffer->after_cr))
			buf_add(out, "\r\n", 2);
		stuffer->in_line = false;
		stuffer->after_cr = bytes[at] == '\r';
		at++;
	}
}

void
smtp_msg_stuff_end(struct smtp_msg_stuffer *stuffer, struct buf *out)
{
	if (stuffer->in_line)
		buf_add(out, "\r\n", 2);
	buf_add(out, ".\r\n", 3);
	*stuffer = (struct smtp_msg_stuffer){0};
}

/* ---- queue ids ---- */

static const struct queue_form {
	const char *marker;
	bool before;   /* the id is the word in front of the marker, not behind it */
	bool at_begin; /* the marker must begin the text */
} queue_forms[] = {
    {"queued as ", false, false},                    /* Postfix, and filters in front of it */
    {"OK id=", false, false},                        /* Exim */
    {" Message accepted for delivery", true, false}, /* OpenSMTPD, Sendmail */
    {"[InternalId=", false, false},                  /* Exchange */
    {" Saved", true, false},                         /* Dovecot LMTP */
    {" - gsmtp", true, false},                       /* Google */
    {" qp ", false, false},                          /* qmail */
    {"Ok. ", false, true},                           /* Courier */
};

static bool
is_id_char(char c)
{
	return !is_control(c) && strchr(" ,;()[]<>\"", c) == NULL;
}

/* The word that ends at end. */
static const char *
word_before(const char *text, const char *end)
{
	while (end > text && is_id_char(end[-1]))
		end--;
	return end;
}

bool
smtp_msg_queue_id(const char *text, const char **id_out, size_t *len_out)
{
	for (size_t i = 0; i < ARRAY_LEN(queue_forms); i++) {
		const struct queue_form *form = &queue_forms[i];
		const char *found = text_find_fold(text, strlen(text), form->marker), *end;

		if (found == NULL || (form->at_begin && found != text))
			continue;
		end = found + (form->before ? 0 : strlen(form->marker));
		*id_out = form->before ? word_before(text, end) : end;
		while (!form->before && *end != '\0' && is_id_char(*end))
			end++;
		*len_out = (size_t)(end - *id_out);
		if (*len_out > 0)
			return true;
	}
	return false;
}
