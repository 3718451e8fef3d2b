/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Macros of SPF (RFC 7208, 7): what they expand to, and what is none. */
#include <string.h>

#include "dialog/spf_eval.h"
#include "lib/unit.h"

#define LONG63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct macro_row {
	const char *spec, *wanted; /* NULL: not well-formed */
} macro_rows[] = {
    {"%{s}", "strong-bad@email.example.com"},
    {"%{o}", "email.example.com"},
    {"%{d}", "email.example.com"},
    {"%{d4}", "email.example.com"},
    {"%{d3}", "email.example.com"},
    {"%{d2}", "example.com"},
    {"%{d1}", "com"},
    {"%{dr}", "com.example.email"},
    {"%{d2r}", "example.email"},
    {"%{l}", "strong-bad"},
    {"%{l-}", "strong.bad"},
    {"%{lr}", "strong-bad"},
    {"%{lr-}", "bad.strong"},
    {"%{l1r-}", "strong"},
    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
    {"%{S}", "strong-bad%40email.example.com"},
    {"%{d999999999999999999999}", "email.example.com"},
    {"%{p}", "unknown"},
    {"%{h}", "mx.example.org"},
    {"%%%_%-", "% %20"},
    {"%{i}", "192.0.2.3"},
    {"%{dR2}", NULL},
    {"%{D2}", "example.com"},
    {"%{o-.}", "email.example.com"},
    {"%{l+-,/_=}", "strong.bad"},
};

static void
expand_to(const char *spec, const uint8_t *address, size_t len, const char *wanted)
{
	const struct spf_macros macros = {
	    .sender = "strong-bad@email.example.com",
	    .domain = "email.example.com",
	    .helo = "mx.example.org",
	    .address = address,
	    .address_len = len,
	};
	struct buf out;

	buf_init(&out, 1024);
	ck_assert(spf_expand(&out, spec, &macros));
	ck_assert_str_eq(buf_text(&out), wanted);
	buf_free(&out);
}

START_TEST(test_macro)
{
	const struct macro_row *row = &macro_rows[_i];
	const uint8_t address[4] = {192, 0, 2, 3};

	ck_assert_int_eq(
	    spf_spec_is_good(row->spec, strlen(row->spec), true, false), row->wanted != NULL);
	if (row->wanted)
		expand_to(row->spec, address, sizeof address, row->wanted);
}
END_TEST

START_TEST(test_macro_ipv6)
{
	const uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 0xcb, [15] = 0x01};

	expand_to("%{ir}.%{v}._spf.%{d2}", address, sizeof address,
	    "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
	expand_to("%{c}", address, sizeof address, "2001:db8::cb01");
	expand_to("%{i}", address, sizeof address,
	    "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1");
	expand_to("%{i3}", address, sizeof address, "b.0.1");
}
END_TEST

START_TEST(test_long_names_lose_their_left)
{
	struct arena arena = {0};
	uint8_t address[4] = {192, 0, 2, 1};
	struct spf_macros macros = {
	    .sender = "x@y.test",
	    .domain = LONG63 "." LONG63 "." LONG63 ".abcdefghij.test",
	    .helo = "h",
	    .address = address,
	    .address_len = 4,
	};
	const char *name = spf_expand_name(&arena, "one." LONG63 ".%{d}", &macros);
	char long_spec[4200];

	ck_assert_str_eq(name, macros.domain);
	ck_assert_str_eq(spf_expand_name(&arena, "host.test.", &macros), "host.test");
	/* 4,100 characters in front of another's name: neither is asked. */
	memset(long_spec, 'a', sizeof long_spec);
	memcpy(long_spec + 4000, ".pass.test", 10);
	memcpy(long_spec + sizeof long_spec - 10, ".row.test", 10);
	ck_assert_str_eq(spf_expand_name(&arena, long_spec, &macros), "");
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {test_macro, ARRAY_LEN(macro_rows)},
	    {test_macro_ipv6, 0},
	    {test_long_names_lose_their_left, 0},
	};

	return unit_main("spf_macro", units, ARRAY_LEN(units));
}
