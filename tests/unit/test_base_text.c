/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hostile bytes made printable, cutting, and the house style of numbers. */
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "lib/unit.h"

#define CUT "\xe2\x80\xa6"

/* ---- text_clean: every kind of byte that must not pass ---------------------- */

struct clean_row {
	const char *name;
	const char *in;
	const char *out;
	struct text_style style;
	size_t len; /* 0: strlen(in) */
};

/* clang-format off: a row is read as a row */
static const struct clean_row clean_rows[] = {
    {"plain", "OK ready", "OK ready", {0}, 0},
    {"empty", "", "", {0}, 0},
    {"utf-8 stays", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xa7",
	"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xa7", {0}, 0},
    {"pipe", "a|b=1",
	"a\xc2\xa6"
	"b=1",
	{0}, 0},
    {"markup", "<b>\"x\"&",
	"\xe2\x80\xb9"
	"b\xe2\x80\xba'x'&",
	{0}, 0},
    {"markup for json", "<b>|\"x\"", "<b>|\"x\"", {.for_json = true}, 0},
    {"line ends", "a\r\nb\tc", "a\\x0d\\x0ab\\x09c", {0}, 0},
    {"line ends folded", " a\r\n \t b\v\f c\r\n", "a b c", {.fold = true}, 0},
    {"only blanks folded", " \r\n ", "", {.fold = true}, 0},
    {"escape", "\x1b[31m", "\\x1b[31m", {0}, 0},
    {"bell, backspace, delete", "\a\b\x7f", "\\x07\\x08\\x7f", {0}, 0},
    {"NUL", "a\0b", "a\\x00b", {0}, 3},
    {"control for json", "a\x1b\0", "a\\x1b\\x00", {.for_json = true}, 3},
    {"raw C1",
	"\x9b"
	"31m",
	"\\x9b"
	"31m",
	{0}, 0},
    {"C1 as a character",
	"\xc2\x9b"
	"31m",
	"\\x9b"
	"31m",
	{0}, 0},
    {"NEL",
	"a\xc2\x85"
	"b",
	"a\\x85"
	"b",
	{.fold = true}, 0},
    {"line separator",
	"a\xe2\x80\xa8\xe2\x80\xa9"
	"b",
	"a\\u{2028}\\u{2029}b", {.fold = true}, 0},
    {"bidi override", "\xe2\x80\xaa\xe2\x80\xae", "\\u{202a}\\u{202e}", {0}, 0},
    {"bidi isolates", "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}", {0}, 0},
    {"Arabic letter mark", "\xd8\x9c", "\\u{061c}", {0}, 0},
    {"zero width", "\xe2\x80\x8b\xe2\x80\x8d\xe2\x80\x8f", "\\u{200b}\\u{200d}\\u{200f}", {0}, 0},
    {"byte order mark",
	"\xef\xbb\xbf"
	"a",
	"\\u{feff}a", {0}, 0},
    {"soft hyphen",
	"a\xc2\xad"
	"b",
	"a\\u{00ad}b", {0}, 0},
    {"tag characters", "\xf3\xa0\x81\x81", "\\u{e0041}", {0}, 0},
    {"variation selector", "a\xef\xb8\x8f", "a\\u{fe0f}", {0}, 0},
    {"noncharacter", "\xef\xbf\xbe\xf4\x8f\xbf\xbf", "\\u{fffe}\\u{10ffff}", {0}, 0},
    {"Latin-1", "gr\xfc\xdf", "gr\\xfc\\xdf", {0}, 0},
    {"lone continuation", "\x80\xbf", "\\x80\\xbf", {0}, 0},
    {"overlong slash", "\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf",
	"\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf", {0}, 0},
    {"surrogates", "\xed\xa0\x80\xed\xbf\xbf", "\\xed\\xa0\\x80\\xed\\xbf\\xbf", {0}, 0},
    {"beyond Unicode", "\xf4\x90\x80\x80\xf5\x80\x80\x80\xff\xfe",
	"\\xf4\\x90\\x80\\x80\\xf5\\x80\\x80\\x80\\xff\\xfe", {0}, 0},
    {"cut short by the end", "a\xe2\x82", "a\\xe2\\x82", {0}, 0},
    {"cut short by another",
	"\xe2\x82"
	"a\xc3\xc3\xbc",
	"\\xe2\\x82"
	"a\\xc3\xc3\xbc",
	{0}, 0},
    {"fits exactly", "abcde", "abcde", {.max_chars = 5}, 0},
    {"cut", "abcdef", "abcd" CUT, {.max_chars = 5}, 0},
    {"cut between characters", "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", "\xc3\xbc\xc3\xbc" CUT,
	{.max_chars = 3}, 0},
    {"escape fits", "ab\x1b", "ab\\x1b", {.max_chars = 6}, 0},
    {"escape is not split",
	"ab\x1b"
	"c",
	"ab" CUT, {.max_chars = 6}, 0},
    {"long escape is not split", "ab\xe2\x80\xae", "ab" CUT, {.max_chars = 9}, 0},
    {"first escape does not fit", "\x1b", CUT, {.max_chars = 3}, 0},
    {"cut leaves no blank", "ab   cdef", "ab" CUT, {.max_chars = 4, .fold = true}, 0},
};

/* clang-format on */

START_TEST(cleans)
{
	const struct clean_row *row = &clean_rows[_i];
	struct buf out;

	buf_init(&out, 4096);
	text_clean(&out, row->in, row->len > 0 ? row->len : strlen(row->in), &row->style);
	ck_assert_msg(strcmp(buf_text(&out), row->out) == 0, "%s: got \"%s\", not \"%s\"",
	    row->name, buf_text(&out), row->out);
	ck_assert(!out.overflow);
	buf_free(&out);
}
END_TEST

/* An array is never overrun, and the cut is marked, at every size. */
START_TEST(cleans_into_any_size)
{
	static const char in[] = "a\xc3\xbc\x1b\xe2\x80\xae|z\xff";
	char full[256];

	text_clean_into(full, sizeof(full), in, strlen(in));
	ck_assert_str_eq(full, "a\xc3\xbc\\x1b\\u{202e}\xc2\xa6z\\xff");
	for (size_t size = 1; size <= sizeof(full); size++) {
		char *out = malloc(size);
		size_t len;

		text_clean_into(out, size, in, strlen(in));
		len = strlen(out);
		ck_assert_uint_lt(len, size);
		if (size > strlen(full)) {
			ck_assert_str_eq(out, full);
		} else if (size < 4) {
			ck_assert_uint_le(len, 3); /* no room for the mark */
		} else {
			ck_assert_str_eq(out + len - 3, CUT);
			ck_assert(strncmp(out, full, len - 3) == 0);
			ck_assert(strchr("\\acux|z\xc2\xc3", full[len - 3]) != NULL);
		}
		free(out);
	}
}
END_TEST

/* An independent judge of the result: printable ASCII and sound UTF-8, nothing else. */
static bool
is_safe(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f || *p == '|' || *p == '<' || *p == '>' || *p == '"')
			return false;
		if (*p < 0x80)
			continue;
		if (*p < 0xc2 || *p > 0xf4)
			return false;
		if (p[0] == 0xc2 && (p[1] < 0xa0 || p[1] == 0xad))
			return false;
		if (p[0] == 0xed && p[1] > 0x9f)
			return false;
		if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x8b && p[2] <= 0xae && p[2] != 0xa6 &&
		    (p[2] <= 0x8f || p[2] >= 0xa8))
			return false;
		for (int more = *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3; more > 0; more--)
			if ((*++p & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static const unsigned char spice[] = {0xc2, 0xc3, 0xe2, 0x80, 0xae, 0x8b, 0xed, 0xa0, 0xf0, 0x9f,
    0x93, 0xa7, 0xef, 0xbb, 0xbf, 0xf4, 0x90, '|', '<', '"', '\\', 'x', '\r', '\n', 0x1b, 0, ' '};

START_TEST(cleans_random_bytes)
{
	uint32_t seed = 20261122;

	for (int round = 0; round < 20000; round++) {
		struct text_style style = {
		    .fold = (round & 1) != 0, .max_chars = (size_t)round % 23};
		unsigned char in[40];
		struct buf out;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (seed >> 30) == 0 ? (unsigned char)(seed >> 16)
						  : spice[(seed >> 16) % sizeof(spice)];
		}
		buf_init(&out, round % 7 == 0 ? 17 : 4096);
		text_clean(&out, in, sizeof(in), &style);
		ck_assert_msg(is_safe(buf_text(&out)), "round %d: %s", round, buf_text(&out));
		if (style.max_chars > 0)
			ck_assert_uint_le(text_chars(buf_text(&out)), style.max_chars);
		buf_free(&out);
	}
}
END_TEST

/* ---- cutting ----------------------------------------------------------------- */

static const struct {
	const char *in;
	size_t max;
	const char *out;
} cut_rows[] = {
    {"abc", 3, "abc"},
    {"abcdef", 4, "abc" CUT},
    {"abcd", 3, "a" CUT}, /* the mark takes three bytes, not more than it replaces */
    {"\xc3\xbc\xc3\xbc\xc3\xbc", 2, "\xc3\xbc" CUT},
    {"ab\\x1bcd", 5, "ab" CUT}, /* escapes stay whole */
    {"ab\\u{202e}cd", 8, "ab" CUT},
    {"ab\\xyz", 4, "ab\\" CUT}, /* this is none */
    {"abcdef", 0, ""},
    {"ab", 1, ""},
};

START_TEST(cuts)
{
	char text[64];

	strcpy(text, cut_rows[_i].in);
	text_cut(text, cut_rows[_i].max);
	ck_assert_str_eq(text, cut_rows[_i].out);
}
END_TEST

START_TEST(counts_characters)
{
	ck_assert_uint_eq(text_chars(""), 0);
	ck_assert_uint_eq(text_chars("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7"), 4);
}
END_TEST

START_TEST(folds_ascii_only)
{
	const char *text = "250-StartTLS";

	ck_assert(text_equal_fold("STARTTLS", "starttls"));
	ck_assert(!text_equal_fold("STARTTLS", "STARTTL"));
	ck_assert(!text_equal_fold("\xc3\x9c", "\xc3\xbc"));
	ck_assert(!text_equal_fold("@[", "`{"));
	ck_assert(text_begins_fold("imap4rev1", "IMAP4"));
	ck_assert(!text_begins_fold("imap", "imap4"));
	ck_assert_ptr_eq(text_find_fold(text, strlen(text), "STARTTLS"), text + 4);
	ck_assert_ptr_null(text_find_fold(text, 11, "STARTTLS"));
	ck_assert_ptr_eq(text_find_fold(text, 0, ""), text);
}
END_TEST

/* ---- numbers for people --------------------------------------------------------- */

static const struct {
	uint64_t bytes;
	const char *text;
} size_rows[] = {
    {0, "0 B"},
    {1023, "1023 B"},
    {1024, "1.0 KiB"},
    {1048575, "1.0 MiB"},
    {1288490188, "1.2 GiB"},
    {UINT64_MAX, "16.0 EiB"},
};

START_TEST(shows_sizes)
{
	struct buf out;

	buf_init(&out, 64);
	text_size(&out, size_rows[_i].bytes);
	ck_assert_str_eq(buf_text(&out), size_rows[_i].text);
	buf_free(&out);
}
END_TEST

static const struct {
	int64_t us;
	const char *text;
} span_rows[] = {
    {0, "0 ms"},
    {400, "0.4 ms"},
    {41000, "41 ms"},
    {999499, "999 ms"},
    {999600, "1.0 s"},
    {3200000, "3.2 s"},
    {10 * US_PER_S, "10.0 s"},
    {900 * US_PER_S, "15.0 min"},
    {18000 * US_PER_S, "5.0 h"},
    {1226880 * US_PER_S, "14.2 days"},
    {-267840 * US_PER_S, "-3.1 days"},
};

START_TEST(shows_spans)
{
	struct buf out;

	buf_init(&out, 64);
	text_span(&out, span_rows[_i].us);
	ck_assert_str_eq(buf_text(&out), span_rows[_i].text);
	buf_free(&out);
}
END_TEST

static const struct {
	int64_t at;
	const char *date, *rfc3339;
} date_rows[] = {
    {0, "1970-01-01 00:00 UTC", "1970-01-01T00:00:00Z"},
    {-1, "1969-12-31 23:59 UTC", "1969-12-31T23:59:59Z"},
    {951782400, "2000-02-29 00:00 UTC", "2000-02-29T00:00:00Z"},
    {951868800, "2000-03-01 00:00 UTC", "2000-03-01T00:00:00Z"},
    {1796548320, "2026-12-06 09:12 UTC", "2026-12-06T09:12:00Z"},
    {4102444799, "2099-12-31 23:59 UTC", "2099-12-31T23:59:59Z"},
    {-2208988800, "1900-01-01 00:00 UTC", "1900-01-01T00:00:00Z"},
};

START_TEST(shows_dates)
{
	struct buf out;

	buf_init(&out, 64);
	text_date(&out, date_rows[_i].at);
	ck_assert_str_eq(buf_text(&out), date_rows[_i].date);
	buf_clear(&out);
	text_rfc3339(&out, date_rows[_i].at);
	ck_assert_str_eq(buf_text(&out), date_rows[_i].rfc3339);
	buf_free(&out);
}
END_TEST

/* ---- base64 and hex --------------------------------------------------------------- */

/* RFC 4648, section 10, and what breaks it; plain NULL: refused. */
static const struct {
	const char *coded, *plain;
	bool canonical;
} base64_rows[] = {
    {"", "", true},
    {"Zg==", "f", true},
    {"Zm8=", "fo", true},
    {"Zm9v", "foo", true},
    {"Zm9vYg==", "foob", true},
    {"Zm9vYmE=", "fooba", true},
    {"Zm9vYmFy", "foobar", true},
    {"+/+/", "\xfb\xff\xbf", true},
    {"-_-_", "\xfb\xff\xbf", false},
    {"Zg", "f", false},
    {"Zm8", "fo", false},
    {"Z", NULL, false},
    {"Zm9vY", NULL, false},
    {"Zg=", NULL, false},
    {"Zm9v=", NULL, false},
    {"Zm=v", NULL, false},
    {"====", NULL, false},
    {"Zm9v\r\n", NULL, false},
    {"Zm 9v", NULL, false},
    {"Zm9v!A==", NULL, false},
};

START_TEST(base64)
{
	const char *coded = base64_rows[_i].coded, *plain = base64_rows[_i].plain;
	struct buf out;

	buf_init(&out, 64);
	buf_add_text(&out, "kept:");
	ck_assert(text_unbase64(&out, coded, strlen(coded)) == (plain != NULL));
	ck_assert(strncmp(buf_text(&out), "kept:", 5) == 0);
	ck_assert_str_eq(buf_text(&out) + 5, plain != NULL ? plain : "");
	if (base64_rows[_i].canonical) {
		buf_clear(&out);
		text_base64(&out, plain, strlen(plain));
		ck_assert_str_eq(buf_text(&out), coded);
	}
	buf_free(&out);
}
END_TEST

static const struct {
	const char *coded, *plain;
} hex_rows[] = {
    {"", ""},
    {"6d61", "ma"},
    {"6D:61", "ma"},
    {"6d:61:", NULL},
    {":6d", NULL},
    {"6", NULL},
    {"6d6", NULL},
    {"6g", NULL},
    {"6d::61", NULL},
    {"6 d", NULL},
};

START_TEST(hex)
{
	const char *coded = hex_rows[_i].coded, *plain = hex_rows[_i].plain;
	struct buf out;

	buf_init(&out, 64);
	ck_assert(text_unhex(&out, coded, strlen(coded)) == (plain != NULL));
	ck_assert_str_eq(buf_text(&out), plain != NULL ? plain : "");
	buf_clear(&out);
	text_hex(&out, "\x00\xfe", 2);
	ck_assert_str_eq(buf_text(&out), "00fe");
	buf_free(&out);
}
END_TEST

START_TEST(decoding_stops_at_the_cap)
{
	struct buf out;

	buf_init(&out, 2);
	ck_assert(!text_unbase64(&out, "Zm9v", 4));
	ck_assert_uint_eq(out.len, 0);
	ck_assert(!text_unhex(&out, "666f6f", 6));
	ck_assert_uint_eq(out.len, 0);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {cleans, ARRAY_LEN(clean_rows)},
	    {cleans_into_any_size, 0},
	    {cleans_random_bytes, 0},
	    {cuts, ARRAY_LEN(cut_rows)},
	    {counts_characters, 0},
	    {folds_ascii_only, 0},
	    {shows_sizes, ARRAY_LEN(size_rows)},
	    {shows_spans, ARRAY_LEN(span_rows)},
	    {shows_dates, ARRAY_LEN(date_rows)},
	    {base64, ARRAY_LEN(base64_rows)},
	    {hex, ARRAY_LEN(hex_rows)},
	    {decoding_stops_at_the_cap, 0},
	};

	return unit_main("base_text", units, ARRAY_LEN(units));
}
