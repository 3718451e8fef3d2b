/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the grammar of SPF records (RFC 7208, 12).
 * Must not know: macros beyond their being well-formed, name servers, verdicts.
 */
#include "wire/spf.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "wire/ip_kind.h"

#define VERSION "v=spf1"
#define VERSION_LEN (sizeof VERSION - 1)

/* A piece of the record. */
struct piece {
	const char *text;
	size_t len;
};

const char *
spf_result_word(enum spf_result result)
{
	static const char *const words[] = {
	    "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};

	return (size_t)result < ARRAY_LEN(words) ? words[result] : "?";
}

bool
spf_is_record(const char *text, size_t len)
{
	return len >= VERSION_LEN && strncasecmp(text, VERSION, VERSION_LEN) == 0 &&
	       (len == VERSION_LEN || text[VERSION_LEN] == ' ');
}

bool
spf_in_net(const uint8_t *address, const uint8_t *net, size_t count, unsigned bits)
{
	return bits <= 8 * count && ip_same_prefix(address, net, bits);
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- prefix lengths ------------------------------------------------------------------ */

/* "0" or up to three digits without a leading zero, not above max. */
static bool
read_bits(struct piece digits, unsigned max, unsigned *bits_out)
{
	unsigned bits = 0;

	if (digits.len == 0 || digits.len > 3 || (digits.text[0] == '0' && digits.len > 1))
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (!is_digit(digits.text[i]))
			return false;
		bits = bits * 10 + (unsigned)(digits.text[i] - '0');
	}
	*bits_out = bits;
	return bits <= max;
}

/* Where the digits at the end begin that a slash stands before; len: there are none. */
static size_t
trailing_number(struct piece rest)
{
	size_t at = rest.len;

	while (at > 0 && is_digit(rest.text[at - 1]))
		at--;
	return at > 0 && at < rest.len && rest.text[at - 1] == '/' ? at : rest.len;
}

/* Takes [ "/" bits ] [ "//" bits ] off the end (RFC 7208, 5.6 and 12). */
static const char *
take_dual_cidr(struct piece *rest, struct spf_term *term)
{
	size_t at = trailing_number(*rest);

	if (at < rest->len && at >= 2 && rest->text[at - 2] == '/') {
		if (!read_bits((struct piece){rest->text + at, rest->len - at}, 128, &term->bits6))
			return "the prefix length is not one of IPv6";
		rest->len = at - 2;
		at = trailing_number(*rest);
	}
	if (at < rest->len) {
		if (!read_bits((struct piece){rest->text + at, rest->len - at}, 32, &term->bits4))
			return "the prefix length is not one of IPv4";
		rest->len = at - 1;
	}
	return NULL;
}

/* ---- mechanisms -------------------------------------------------------------------------- */

/* [ ":" domain-spec ]; needed: it must be there. */
static const char *
read_spec(struct arena *arena, struct piece rest, bool needed, struct spf_term *term)
{
	if (rest.len == 0)
		return needed ? "a domain is missing" : NULL;
	if (rest.text[0] != ':' || rest.len == 1)
		return "a domain behind ':' is expected";
	if (!spf_spec_is_good(rest.text + 1, rest.len - 1, false, true))
		return "this is no domain";
	term->spec = arena_strndup(arena, rest.text + 1, rest.len - 1);
	return NULL;
}

static const char *
read_net(struct piece rest, struct spf_term *term)
{
	bool four = term->mechanism == SPF_IP4;
	const char *slash = rest.len > 0 ? memchr(rest.text, '/', rest.len) : NULL;
	size_t len = slash ? (size_t)(slash - rest.text) : rest.len;
	char address[INET6_ADDRSTRLEN + 1];

	if (len < 2 || rest.text[0] != ':')
		return "an address behind ':' is expected";
	if (len - 1 >= sizeof address)
		return "this is no address";
	memcpy(address, rest.text + 1, len - 1);
	address[len - 1] = '\0';
	if (inet_pton(four ? AF_INET : AF_INET6, address, term->address) != 1)
		return four ? "this is no IPv4 address" : "this is no IPv6 address";
	if (slash && !read_bits((struct piece){slash + 1, rest.len - len - 1}, four ? 32 : 128,
			 four ? &term->bits4 : &term->bits6))
		return "the prefix length is wrong";
	return NULL;
}

static const char *
read_arguments(struct arena *arena, struct piece rest, struct spf_term *term)
{
	const char *fault;

	switch (term->mechanism) {
	case SPF_ALL:
		return rest.len > 0 ? "all takes nothing behind it" : NULL;
	case SPF_IP4:
	case SPF_IP6:
		return read_net(rest, term);
	case SPF_A:
	case SPF_MX:
		fault = take_dual_cidr(&rest, term);
		return fault ? fault : read_spec(arena, rest, false, term);
	case SPF_PTR:
		return read_spec(arena, rest, false, term);
	default:
		return read_spec(arena, rest, true, term);
	}
}

static bool
find_mechanism(struct piece name, enum spf_mechanism *out)
{
	static const char *const names[] = {
	    [SPF_ALL] = "all",
	    [SPF_INCLUDE] = "include",
	    [SPF_A] = "a",
	    [SPF_MX] = "mx",
	    [SPF_PTR] = "ptr",
	    [SPF_IP4] = "ip4",
	    [SPF_IP6] = "ip6",
	    [SPF_EXISTS] = "exists",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == name.len &&
		    strncasecmp(names[i], name.text, name.len) == 0) {
			*out = (enum spf_mechanism)i;
			return true;
		}
	return false;
}

/* [ qualifier ] mechanism (RFC 7208, 4.6.2) */
static const char *
read_directive(struct arena *arena, struct piece word, struct spf_record *record, const char *text)
{
	static const char qualifiers[] = "?+-~";
	static const enum spf_result verdicts[] = {SPF_NEUTRAL, SPF_PASS, SPF_FAIL, SPF_SOFTFAIL};
	const char *qualifier = strchr(qualifiers, word.text[0]);
	struct spf_term *term = &record->terms[record->count];
	size_t name_len = 0;
	const char *fault;

	*term = (struct spf_term){.verdict = SPF_PASS, .bits4 = 32, .bits6 = 128, .text = text};
	if (qualifier) {
		term->verdict = verdicts[qualifier - qualifiers];
		word = (struct piece){word.text + 1, word.len - 1};
	}
	while (name_len < word.len && word.text[name_len] != ':' && word.text[name_len] != '/')
		name_len++;
	if (!find_mechanism((struct piece){word.text, name_len}, &term->mechanism))
		return "there is no such mechanism";
	fault =
	    read_arguments(arena, (struct piece){word.text + name_len, word.len - name_len}, term);
	if (!fault)
		record->count++;
	return fault;
}

/* ---- modifiers ------------------------------------------------------------------------------ */

/* Length of the name of "name=..." (RFC 7208, 12); 0: it is no modifier. */
static size_t
modifier_name(struct piece word)
{
	size_t len = 0;

	if (word.len == 0 || !is_alpha(word.text[0]))
		return 0;
	while (len < word.len && (is_alpha(word.text[len]) || is_digit(word.text[len]) ||
				     (word.text[len] && strchr("-_.", word.text[len]))))
		len++;
	return len < word.len && word.text[len] == '=' ? len : 0;
}

static const char *
read_modifier(struct arena *arena, struct piece word, size_t name_len, struct spf_record *record,
    const char *text)
{
	struct piece value = {word.text + name_len + 1, word.len - name_len - 1};
	bool redirect = name_len == 8 && strncasecmp(word.text, "redirect", 8) == 0;
	bool exp = name_len == 3 && strncasecmp(word.text, "exp", 3) == 0;
	const char **slot = redirect ? &record->redirect : &record->exp;

	if (!spf_spec_is_good(value.text, value.len, false, redirect || exp))
		return redirect || exp ? "this is no domain" : "a macro in it is wrong";
	if (!redirect && !exp)
		return NULL; /* unknown ones are ignored (6) */
	if (*slot)
		return "it stands there twice";
	*slot = arena_strndup(arena, value.text, value.len);
	*(redirect ? &record->redirect_text : &record->exp_text) = text;
	return NULL;
}

/* ---- the record -------------------------------------------------------------------------------- */

static size_t
count_words(const char *text, size_t len)
{
	size_t words = 1;

	for (size_t i = 0; i < len; i++)
		words += text[i] == ' ';
	return words;
}

static const char *
read_word(struct arena *arena, struct piece word, struct spf_record *record, const char *text)
{
	size_t name_len = modifier_name(word);

	for (size_t i = 0; i < word.len; i++)
		if (word.text[i] <= ' ' || word.text[i] > '~')
			return "it holds a character that may not stand there";
	if (name_len > 0)
		return read_modifier(arena, word, name_len, record, text);
	return read_directive(arena, word, record, text);
}

bool
spf_parse(struct arena *arena, const char *text, size_t len, struct spf_record *out)
{
	size_t at = VERSION_LEN;

	*out = (struct spf_record){0};
	out->terms = arena_alloc(arena, count_words(text, len) * sizeof *out->terms);
	while (at < len && !out->fault) {
		size_t end = at;

		while (end < len && text[end] != ' ')
			end++;
		if (end > at) {
			const char *word = arena_strndup(arena, text + at, end - at);

			out->fault =
			    read_word(arena, (struct piece){text + at, end - at}, out, word);
			out->fault_term = out->fault ? word : NULL;
		}
		at = end + 1;
	}
	return out->fault == NULL;
}
