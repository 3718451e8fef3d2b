/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what may change in a reply without changing what it means. Must not know findings. */
#include <ctype.h>
#include <string.h>

#include "check/reply_head.h"
#include "lib/reply_vary.h"

/* Whether the codes of the reply stand at text: they are kept. */
static size_t
kept(const char *whole, const char *text)
{
	size_t enhanced = reply_head_enhanced(text, strlen(text));

	if (enhanced > 0)
		return enhanced;
	if (text == whole || text[-1] == '\n')
		return strspn(text, "0123456789");
	return 0;
}

static void
vary_upper(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, (char)toupper((unsigned char)*text));
}

static void
vary_lower(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, (char)tolower((unsigned char)*text));
}

/* As Postfix writes it to its log: one line. */
static void
vary_one_line(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, *text == '\n' ? ' ' : *text);
}

/* As Exim writes it to its log. */
static void
vary_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_add_text(out, "\\n");
		else
			buf_add_char(out, *text);
	}
}

/* Other numbers, host names, addresses and links. */
static void
vary_names(struct buf *out, const char *text)
{
	static const struct {
		const char *old, *new;
	} names[] = {
	    {"example.org", "mx-out-7.kunde-online.example.net"},
	    {"example.net", "a.b.example"},
	    {"192.0.2.7", "2001:db8:4:3::19"},
	    {"192.0.2.9", "198.51.100.211"},
	    {"alice", "j.r.hartley"},
	    {"bob", "root"},
	    {"mx1.", "relay04-in."},
	    {"prod.outlook.com", "PROD.EXCHANGELABS.COM"},
	    {"support.google.com", "help.example"},
	};
	const char *whole = text;

	while (*text != '\0') {
		size_t keep = kept(whole, text);
		size_t name = 0;

		if (keep > 0) {
			buf_add(out, text, keep);
			text += keep;
			continue;
		}
		while (name < ARRAY_LEN(names) &&
		       strncmp(text, names[name].old, strlen(names[name].old)) != 0)
			name++;
		if (name < ARRAY_LEN(names)) {
			buf_add_text(out, names[name].new);
			text += strlen(names[name].old);
		} else {
			buf_add_char(out, *text++);
		}
	}
}

/* Other white space and punctuation; a session id behind. */
static void
vary_blanks(struct buf *out, const char *text)
{
	const char *whole = text;
	size_t words = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' && text > whole && strchr("*+-", whole[0]) == NULL && words++ > 2)
			buf_add_text(out, words % 3 == 0 ? "\r\n" : "  ");
		else if (*text == '.' && (text[1] == '\0' || text[1] == '\n'))
			buf_add_char(out, '!');
		else if (*text == ';')
			buf_add_char(out, ',');
		else
			buf_add_char(out, *text);
	}
	buf_add_text(out, " q12-20020a05600c35cc [host4.example Sun, 22 Nov]");
}

/* Broken into short lines at other places, each with the codes of the first. */
static void
vary_lines(struct buf *out, const char *text)
{
	size_t code = strspn(text, "0123456789") == 3 ? 3 : 0;
	const char *behind = text + code + (code > 0 && text[code] != '\0' ? 1 : 0);
	size_t enhanced = code > 0 ? reply_head_enhanced(behind, strlen(behind)) : 0;
	size_t blanks = 0;

	for (; *text != '\0'; text++) {
		if (code > 0 && *text == ' ' && ++blanks % 4 == 0) {
			buf_add_text(out, "\r\n");
			buf_add(out, behind - code - 1, code);
			buf_add_char(out, '-');
			buf_add(out, behind, enhanced);
		}
		buf_add_char(out, *text);
	}
}

/* As a page of the web shows it: entities in place of its own characters. */
static void
vary_entities(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			buf_add_text(out, "&lt;");
		else if (*text == '>')
			buf_add_text(out, "&gt;");
		else if (*text == '\'')
			buf_add_text(out, "&#39;");
		else if (*text == '"')
			buf_add_text(out, "&quot;");
		else
			buf_add_char(out, *text);
	}
}

/* As a bounce holds it: quoted-printable, with soft line breaks. */
static void
vary_quoted(struct buf *out, const char *text)
{
	for (size_t column = 0; *text != '\0'; text++, column++) {
		if (column > 0 && column % 72 == 0)
			buf_add_text(out, "=\n");
		if ((unsigned char)*text >= 0x80 || *text == '=')
			buf_printf(out, "=%02X", (unsigned)(unsigned char)*text);
		else
			buf_add_char(out, *text);
	}
}

/* Without the punctuation that carries nothing, and twice as many blanks. */
static void
vary_punctuation(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		bool end = strchr(".,;:!", text[0]) != NULL &&
			   (text[1] == ' ' || text[1] == '\n' || text[1] == '\0');

		if (!end)
			buf_add_char(out, *text);
		if (*text == ' ')
			buf_add_char(out, ' ');
	}
}

/* Ids, another link and the mark of a Microsoft server behind it. */
static void
vary_tail(struct buf *out, const char *text)
{
	buf_add_text(out, text);
	buf_add_text(out, " https://help.example/a/7?id=99#x (AS843) "
			  "[AM7EUR03FT012.eop-EUR03.prod.protection.outlook.com "
			  "2026-01-02T03:04:05.678Z 08DD5A]");
}

const struct reply_variation reply_variations[] = {
    {"upper case", vary_upper},
    {"lower case", vary_lower},
    {"one line", vary_one_line},
    {"escaped lines", vary_escaped},
    {"other names", vary_names},
    {"other blanks", vary_blanks},
    {"other lines", vary_lines},
    {"entities", vary_entities},
    {"quoted-printable", vary_quoted},
    {"punctuation", vary_punctuation},
    {"tail", vary_tail},
};

const size_t reply_variation_count = ARRAY_LEN(reply_variations);
