/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers, ranges, states and deadlines: nothing wraps, nothing is guessed. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/range.h"
#include "base/state.h"
#include "lib/unit.h"

static const struct {
	const char *text;
	bool good;
	uint64_t value;
} u64_rows[] = {
    {"0", true, 0},
    {"007", true, 7},
    {"4294967296", true, 4294967296},
    {"9223372036854775808", true, UINT64_C(9223372036854775808)},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"99999999999999999999", false, 0},
    {"", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"0x10", false, 0},
    {"1e5", false, 0},
    {"1.0", false, 0},
};

START_TEST(reads_u64)
{
	uint64_t value = 42;

	ck_assert(
	    number_u64(u64_rows[_i].text, strlen(u64_rows[_i].text), &value) == u64_rows[_i].good);
	ck_assert_uint_eq(value, u64_rows[_i].good ? u64_rows[_i].value : 42);
}
END_TEST

START_TEST(reads_many_zeros)
{
	char text[5001];
	uint64_t value;

	memset(text, '0', sizeof(text));
	text[5000] = '9';
	ck_assert(number_u64(text, sizeof(text), &value));
	ck_assert_uint_eq(value, 9);
}
END_TEST

START_TEST(keeps_bounds)
{
	int64_t value = 0;

	ck_assert(number_i64_text("1", 1, 65535, &value));
	ck_assert(number_i64_text("65535", 1, 65535, &value));
	ck_assert(!number_i64_text("0", 1, 65535, &value));
	ck_assert(!number_i64_text("65536", 1, 65535, &value));
	ck_assert(number_i64_text("9223372036854775807", 0, INT64_MAX, &value));
	ck_assert(!number_i64_text("9223372036854775808", INT64_MIN, INT64_MAX, &value));
}
END_TEST

static const struct {
	const char *text;
	bool good;
	double value;
} real_rows[] = {
    {"0", true, 0},
    {"2.5", true, 2.5},
    {"0.1", true, 0.1},
    {"1.005", true, 1.005},
    {"123456.789", true, 123456.789},
    {"0.123456789012345678901234567890", true, 0.1234567890123456789},
    {"5.", false, 0},
    {".5", false, 0},
    {"1,5", false, 0},
    {"1.2.3", false, 0},
    {"1e400", false, 0},
    {"nan", false, 0},
    {"inf", false, 0},
    {"-1", false, 0},
    {"", false, 0},
};

START_TEST(reads_real)
{
	double value = 42;

	ck_assert(number_real(real_rows[_i].text, strlen(real_rows[_i].text), &value) ==
		  real_rows[_i].good);
	ck_assert_double_eq_tol(value, real_rows[_i].good ? real_rows[_i].value : 42, 1e-14);
}
END_TEST

START_TEST(refuses_infinite_real)
{
	char text[400];
	double value;

	memset(text, '9', sizeof(text));
	ck_assert(!number_real(text, sizeof(text), &value));
	ck_assert(number_real(text, 300, &value));
}
END_TEST

static const struct {
	const char *text;
	int64_t us; /* -1: refused */
} duration_rows[] = {
    {"10", 10 * US_PER_S},
    {"2.5", 2500000},
    {"500ms", 500000},
    {"1s", US_PER_S},
    {"5m", 300 * US_PER_S},
    {"2h", 7200 * US_PER_S},
    {"1d", 86400 * US_PER_S},
    {"1w", 604800 * US_PER_S},
    {"0.5d", 43200 * US_PER_S},
    {"9999999999999999999w", -1},
    {"9223372036855", -1},
    {"5x", -1},
    {"5 m", -1},
    {"5M", -1},
    {"ms", -1},
    {"", -1},
    {"-5", -1},
    {"5mm", -1},
};

START_TEST(reads_duration)
{
	const char *text = duration_rows[_i].text;
	int64_t us = -1;

	ck_assert(
	    number_duration(text, strlen(text), US_PER_S, &us) == (duration_rows[_i].us >= 0));
	ck_assert_int_eq(us, duration_rows[_i].us);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	uint64_t bytes;
} size_rows[] = {
    {"0", true, 0},
    {"512", true, 512},
    {"512B", true, 512},
    {"8K", true, 8192},
    {"8k", true, 8192},
    {"1.5M", true, 1572864},
    {"2GB", true, UINT64_C(2147483648)},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"99999999999999G", false, 0},
    {"8Ki", false, 0},
    {"K", false, 0},
    {"8 K", false, 0},
    {"-1", false, 0},
};

START_TEST(reads_size)
{
	const char *text = size_rows[_i].text;
	uint64_t bytes = 0;

	ck_assert(number_size(text, strlen(text), &bytes) == size_rows[_i].good);
	ck_assert_uint_eq(bytes, size_rows[_i].bytes);
}
END_TEST

/* ---- ranges -------------------------------------------------------------------- */

/* Up to three values that alert and three that do not; NAN ends a list. */
static const struct {
	const char *text;
	enum range_unit unit;
	bool less;
	const char *canonical; /* NULL: refused */
	double bad[3], fine[3];
} range_rows[] = {
    {"10", RANGE_PLAIN, false, "10", {-1, 10.1, NAN}, {0, 10, 5}},
    {"10", RANGE_PLAIN, true, "10:", {9, 0, -3}, {10, 11, 1e9}},
    {"10:", RANGE_PLAIN, false, "10:", {9, NAN}, {10, 11, 1e9}},
    {"0:", RANGE_PLAIN, false, "0:", {-1, NAN}, {0, 1, 1e9}},
    {"~:10", RANGE_PLAIN, false, "~:10", {11, NAN}, {-99, 10, 0}},
    {"10:20", RANGE_PLAIN, true, "10:20", {9, 21, NAN}, {10, 15, 20}},
    {":10", RANGE_PLAIN, true, "10", {-1, 11, NAN}, {0, 5, 10}},
    {"@10:20", RANGE_PLAIN, false, "@10:20", {10, 15, 20}, {9, 21, 0}},
    {"@5", RANGE_PLAIN, true, "@5", {0, 5, NAN}, {6, -1, 9}},
    {"0", RANGE_PLAIN, false, "0", {1, -1, NAN}, {0, 0, 0}},
    {"22.5:", RANGE_PLAIN, false, "22.5:", {22.4, NAN}, {22.5, 23, 24}},
    {"500ms:2", RANGE_SECONDS, false, "0.5:2", {0.4, 2.1, NAN}, {0.5, 2, 1}},
    {"1h", RANGE_SECONDS, false, "3600", {3601, NAN}, {3600, 0, 1}},
    {"14", RANGE_DAYS, true, "14:", {13.9, -1, NAN}, {14, 15, 16}},
    {"36h:", RANGE_DAYS, true, "1.5:", {1.4, NAN}, {1.5, 2, 3}},
    {"1M", RANGE_BYTES, false, "1048576", {1048577, NAN}, {1048576, 0, 1}},
    {"10%", RANGE_PERCENT, true, "10:", {9, NAN}, {10, 50, 100}},
    {"10%:20%", RANGE_PERCENT, false, "10:20", {9, 21, NAN}, {10, 20, 15}},
    {"@", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"~", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {":", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"10:5", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"10:20:30", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"10,20", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"-5:5", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"5:~", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"1e400", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"nan", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"99999999999999999999w", RANGE_SECONDS, false, NULL, {NAN}, {NAN}},
    {"10%", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"1h", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
    {"1 ", RANGE_PLAIN, false, NULL, {NAN}, {NAN}},
};

START_TEST(ranges)
{
	struct range range = {.set = false};
	const char *why = "unset";
	bool good = range_parse(
	    range_rows[_i].text, range_rows[_i].unit, range_rows[_i].less, &range, &why);
	struct buf out;

	ck_assert_msg(good == (range_rows[_i].canonical != NULL), "%s", range_rows[_i].text);
	ck_assert((why == NULL) == good);
	ck_assert(range.set == good);
	buf_init(&out, 64);
	range_print(&out, &range);
	ck_assert_str_eq(buf_text(&out), good ? range_rows[_i].canonical : "");
	buf_free(&out);
	for (int i = 0; good && i < 3 && !isnan(range_rows[_i].bad[i]); i++)
		ck_assert(range_alerts(&range, range_rows[_i].bad[i]));
	for (int i = 0; good && i < 3; i++)
		ck_assert(!range_alerts(&range, range_rows[_i].fine[i]));
	ck_assert(range_alerts(&range, NAN) == good);
}
END_TEST

/* What is printed reads as the same range. */
START_TEST(ranges_round_trip)
{
	struct range range, again;
	const char *why;
	struct buf out;

	if (range_rows[_i].canonical == NULL)
		return;
	ck_assert(range_parse(
	    range_rows[_i].text, range_rows[_i].unit, range_rows[_i].less, &range, &why));
	buf_init(&out, 64);
	range_print(&out, &range);
	ck_assert(range_parse(buf_text(&out), RANGE_PLAIN, false, &again, &why));
	ck_assert(range.inside == again.inside && range.no_min == again.no_min);
	ck_assert(range.no_max == again.no_max);
	ck_assert_double_eq_tol(range.min, again.min, 1e-6);
	ck_assert_double_eq_tol(range.max, again.max, 1e-6);
	buf_free(&out);
}
END_TEST

/* ---- states ---------------------------------------------------------------------- */

START_TEST(worse_of_two_states)
{
	const enum state order[] = {STATE_OK, STATE_UNKNOWN, STATE_WARNING, STATE_CRITICAL};

	for (size_t a = 0; a < 4; a++)
		for (size_t b = 0; b < 4; b++)
			ck_assert_int_eq(state_worse(order[a], order[b]), order[a > b ? a : b]);
	ck_assert_str_eq(state_name(STATE_OK), "OK");
	ck_assert_str_eq(state_name(STATE_WARNING), "WARNING");
	ck_assert_str_eq(state_name(STATE_CRITICAL), "CRITICAL");
	ck_assert_str_eq(state_name(STATE_UNKNOWN), "UNKNOWN");
}
END_TEST

static const struct {
	const char *text;
	int state; /* -1: none */
} state_rows[] = {
    {"ok", STATE_OK},
    {"O", STATE_OK},
    {"warn", STATE_WARNING},
    {"Warning", STATE_WARNING},
    {"c", STATE_CRITICAL},
    {"CRIT", STATE_CRITICAL},
    {"unknown", STATE_UNKNOWN},
    {"0", STATE_OK},
    {"3", STATE_UNKNOWN},
    {"", -1},
    {"4", -1},
    {"00", -1},
    {"okay", -1},
    {"x", -1},
    {"warnings", -1},
    {" ok", -1},
};

START_TEST(reads_states)
{
	enum state state = STATE_OK;
	bool good = state_parse(state_rows[_i].text, &state);

	ck_assert(good == (state_rows[_i].state >= 0));
	if (good)
		ck_assert_int_eq((int)state, state_rows[_i].state);
}
END_TEST

/* ---- deadlines --------------------------------------------------------------------- */

static int64_t fake_us;

static int64_t
fake_now_us(void)
{
	return fake_us;
}

START_TEST(deadlines)
{
	struct deadline late, soon, forgotten = {0};

	fake_us = 1000000;
	clock_replace(fake_now_us);
	late = deadline_in(10 * US_PER_S);
	soon = deadline_in(1500);
	ck_assert_int_eq(deadline_left_us(late), 10 * US_PER_S);
	ck_assert_int_eq(deadline_left_ms(soon), 2); /* rounded up: 0 means over */
	ck_assert_int_eq(deadline_left_us(forgotten), 0);
	ck_assert_int_eq(deadline_sooner(late, soon).at_us, soon.at_us);
	ck_assert_int_eq(deadline_sooner(soon, late).at_us, soon.at_us);
	fake_us += 1500;
	ck_assert_int_eq(deadline_left_us(soon), 0);
	ck_assert_int_eq(deadline_left_ms(soon), 0);
	fake_us += 100 * US_PER_S;
	ck_assert_int_eq(deadline_left_us(late), 0);
	ck_assert_int_eq(deadline_left_us(deadline_in(-5)), 0);
	ck_assert_int_eq(deadline_in(INT64_MAX).at_us, INT64_MAX);
	ck_assert_int_eq(deadline_left_ms(deadline_in(INT64_MAX)), INT_MAX);
	clock_replace(NULL);
	ck_assert_int_ne(clock_now_us(), fake_us);
}
END_TEST

START_TEST(clock_runs_forward)
{
	int64_t before = clock_now_us();

	ck_assert_int_gt(before, 0);
	ck_assert_int_ge(clock_now_us(), before);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {reads_u64, ARRAY_LEN(u64_rows)},
	    {reads_many_zeros, 0},
	    {keeps_bounds, 0},
	    {reads_real, ARRAY_LEN(real_rows)},
	    {refuses_infinite_real, 0},
	    {reads_duration, ARRAY_LEN(duration_rows)},
	    {reads_size, ARRAY_LEN(size_rows)},
	    {ranges, ARRAY_LEN(range_rows)},
	    {ranges_round_trip, ARRAY_LEN(range_rows)},
	    {worse_of_two_states, 0},
	    {reads_states, ARRAY_LEN(state_rows)},
	    {deadlines, 0},
	    {clock_runs_forward, 0},
	};

	return unit_main("base_number", units, ARRAY_LEN(units));
}
