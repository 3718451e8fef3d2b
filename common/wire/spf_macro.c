/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: macros of SPF (RFC 7208, 7): whether they are well-formed, and what
 * they become.
 * Must not know: records, name servers.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wire/spf.h"

#define NAME_MAX_CHARS 253
#define PARTS_MAX 128
#define DELIMITERS ".-+,/_="

/* "%{" letter [digits] ["r"] delimiters "}" */
struct macro {
	char letter; /* lower case */
	bool escape; /* the letter was upper case: URL escaping */
	bool reverse;
	unsigned keep; /* parts kept from the right; 0: all */
	char delimiters[8];
	size_t len; /* of the whole macro in the text */
};

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* [digits] ["r"] delimiters "}" at *at. A count of parts is not 0 (7.1). */
static bool
read_transformers(const char *text, size_t len, size_t at, struct macro *out)
{
	bool counted = false;
	size_t marks = 0;

	for (; at < len && is_digit(text[at]); at++) {
		counted = true;
		if (out->keep < PARTS_MAX)
			out->keep = out->keep * 10 + (unsigned)(text[at] - '0');
	}
	if (counted && out->keep == 0)
		return false;
	if (at < len && to_lower(text[at]) == 'r') {
		out->reverse = true;
		at++;
	}
	for (; at < len && text[at] && strchr(DELIMITERS, text[at]); at++)
		if (!strchr(out->delimiters, text[at]))
			out->delimiters[marks++] = text[at];
	if (marks == 0)
		out->delimiters[0] = '.';
	out->len = at + 1;
	return at < len && text[at] == '}';
}

/* text begins with "%{" */
static bool
read_macro(const char *text, size_t len, struct macro *out)
{
	*out = (struct macro){0};
	if (len < 4)
		return false;
	out->letter = to_lower(text[2]);
	out->escape = out->letter != text[2];
	return out->letter && strchr("slodiphcrtv", out->letter) &&
	       read_transformers(text, len, 3, out);
}

/* ---- is it well-formed ------------------------------------------------------------------ */

/*
 * A domain-spec ends in a macro, or in a dot and a label that is no number and
 * neither begins nor ends in a hyphen (12: domain-end, toplabel).
 */
static bool
is_domain_end(const char *spec, size_t len, size_t literal_from)
{
	bool digits_only = true;
	size_t begin;

	if (literal_from == len)
		return len > 0; /* the last thing was a macro */
	if (spec[len - 1] == '.')
		len--;
	begin = len;
	while (begin > literal_from && spec[begin - 1] != '.')
		begin--;
	if (begin == literal_from || begin == len)
		return false;
	for (size_t i = begin; i < len; i++) {
		if (!is_alnum(spec[i]) && spec[i] != '-')
			return false;
		digits_only = digits_only && is_digit(spec[i]);
	}
	return !digits_only && spec[begin] != '-' && spec[len - 1] != '-';
}

/* Length of the escape at text, 0 if it is none. */
static size_t
escape_len(const char *text, size_t len, bool explain)
{
	struct macro macro;

	if (len >= 2 && (text[1] == '%' || text[1] == '_' || text[1] == '-'))
		return 2;
	if (len < 2 || text[1] != '{' || !read_macro(text, len, &macro))
		return 0;
	return !explain && strchr("crt", macro.letter) ? 0 : macro.len;
}

bool
spf_spec_is_good(const char *spec, size_t len, bool explain, bool as_domain)
{
	size_t literal_from = 0;

	for (size_t at = 0; at < len;) {
		size_t escape;

		if (spec[at] != '%') {
			if (spec[at] <= (explain ? '\x1f' : ' ') || spec[at] > '~')
				return false;
			at++;
			continue;
		}
		escape = escape_len(spec + at, len - at, explain);
		if (escape == 0)
			return false;
		at += escape;
		literal_from = at;
		if (escape == 2)
			literal_from = at - 1; /* a literal character in all but name */
	}
	return !as_domain || is_domain_end(spec, len, literal_from);
}

bool
spf_spec_uses(const char *spec, char letter)
{
	for (const char *at = strstr(spec, "%{"); at; at = strstr(at + 2, "%{"))
		if (to_lower(at[2]) == letter)
			return true;
	return false;
}

/* ---- what it becomes ---------------------------------------------------------------------- */

/* %{i}: dotted, of IPv6 each nibble (7.3); %{c}: readable. */
static void
add_address(struct buf *out, const struct spf_macros *macros, bool readable)
{
	char text[INET6_ADDRSTRLEN] = "";
	bool four = macros->address_len == 4;

	if (four || readable) {
		(void)inet_ntop(four ? AF_INET : AF_INET6, macros->address, text, sizeof text);
		buf_add_text(out, text);
		return;
	}
	for (size_t i = 0; i < 16; i++)
		buf_printf(out, "%s%x.%x", i > 0 ? "." : "", macros->address[i] >> 4,
		    macros->address[i] & 15u);
}

static void
add_letter(struct buf *out, char letter, const struct spf_macros *macros)
{
	const char *at = strrchr(macros->sender, '@');

	switch (letter) {
	case 's':
		buf_add_text(out, macros->sender);
		break;
	case 'l':
		buf_add(out, macros->sender, at ? (size_t)(at - macros->sender) : 0);
		break;
	case 'o':
		buf_add_text(out, at ? at + 1 : macros->sender);
		break;
	case 'd':
		buf_add_text(out, macros->domain);
		break;
	case 'h':
		buf_add_text(out, macros->helo);
		break;
	case 'i':
	case 'c':
		add_address(out, macros, letter == 'c');
		break;
	case 'p':
		buf_add_text(out, macros->validated ? macros->validated : "unknown");
		break;
	case 'r':
		buf_add_text(out, macros->receiver ? macros->receiver : "unknown");
		break;
	case 't':
		buf_printf(out, "%" PRId64, macros->now_unix);
		break;
	default: /* v */
		buf_add_text(out, macros->address_len == 4 ? "in-addr" : "ip6");
		break;
	}
}

/* URL escaping of all but unreserved characters (RFC 3986, 2.3). */
static void
add_part(struct buf *out, const char *part, size_t len, bool escape)
{
	for (size_t i = 0; i < len; i++)
		if (escape && !is_alnum(part[i]) && !(part[i] && strchr("-._~", part[i])))
			buf_printf(out, "%%%02X", (unsigned char)part[i]);
		else
			buf_add_char(out, part[i]);
}

/* Splits at the delimiters, turns round, keeps the last ones, joins with dots. */
static void
add_transformed(struct buf *out, const char *value, const struct macro *macro)
{
	struct {
		const char *text;
		size_t len;
	} parts[PARTS_MAX];
	size_t count = 0, first = 0;

	for (const char *at = value; count < PARTS_MAX; count++) {
		parts[count].text = at;
		parts[count].len = strcspn(at, macro->delimiters);
		at += parts[count].len;
		if (*at++ == '\0') {
			count++;
			break;
		}
	}
	if (macro->keep > 0 && macro->keep < count)
		first = count - macro->keep;
	for (size_t i = first; i < count; i++) {
		size_t from = macro->reverse ? count - 1 - i : i;

		if (i > first)
			buf_add_char(out, '.');
		add_part(out, parts[from].text, parts[from].len, macro->escape);
	}
}

static void
expand_macro(struct buf *out, const struct macro *macro, const struct spf_macros *macros)
{
	struct buf value;

	buf_init(&value, 1024);
	add_letter(&value, macro->letter, macros);
	add_transformed(out, buf_text(&value), macro);
	buf_free(&value);
}

bool
spf_expand(struct buf *out, const char *spec, const struct spf_macros *macros)
{
	size_t len = strlen(spec);
	struct macro macro;

	for (size_t at = 0; at < len;) {
		if (spec[at] != '%') {
			buf_add_char(out, spec[at++]);
		} else if (spec[at + 1] == '{' && read_macro(spec + at, len - at, &macro)) {
			expand_macro(out, &macro, macros);
			at += macro.len;
		} else {
			buf_add_text(out, spec[at + 1] == '%'   ? "%"
					  : spec[at + 1] == '_' ? " "
								: "%20");
			at += spec[at + 1] ? 2 : 1;
		}
	}
	return !out->overflow;
}

const char *
spf_expand_name(struct arena *arena, const char *spec, const struct spf_macros *macros)
{
	struct buf name;
	const char *text, *copy;

	buf_init(&name, 4096);
	if (!spf_expand(&name, spec, macros))
		buf_clear(&name); /* its end is missing: better none than another's name */
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.data[--name.len] = '\0';
	text = buf_text(&name);
	while (strlen(text) > NAME_MAX_CHARS && strchr(text, '.'))
		text = strchr(text, '.') + 1;
	copy = arena_strdup(arena, text);
	buf_free(&name);
	return copy;
}
