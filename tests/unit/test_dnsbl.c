/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block lists: filters, sites, names, and the table of verdicts row by row. */
#include "lib/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "check/rbl_lists.h"
#include "wire/ip_kind.h"
#include "wire/ptr_name.h"

/* ---- filters ----------------------------------------------------------------------- */

static const struct {
	const char *filter;
	bool valid, match; /* match: of 127.0.0.4 */
} filters[] = {
    {"127.0.0.4", true, true},
    {"127.0.0.2", true, false},
    {"127.0.0.[2..11]", true, true},
    {"127.0.0.[2;4]", true, true},
    {"127.0.0.[2;6..9]", true, false},
    {"127.0.0.*", true, true},
    {"127.*", true, true},
    {"*", true, true},
    {"127.[0..1].[0;2].4", true, true},
    {"127.0.1.*", true, false},
    {"127.0.0.[5..9]", true, false},
    {"", false, false},
    {"127.0.0", false, false},
    {"127.0.0.", false, false},
    {"127.0.0.4.5", false, false},
    {"127.0.0.256", false, false},
    {"127.0.0.[9..2]", false, false},
    {"127.0.0.[2", false, false},
    {"127.0.0.[]", false, false},
    {"127.0.0.[2;]", false, false},
    {"127.0.0.-1", false, false},
    {"127.0.0.4x", false, false},
    {"127.0.0.0004", false, false},
};

START_TEST(test_filter)
{
	static const uint8_t code[4] = {127, 0, 0, 4};

	ck_assert_msg(dnsbl_filter_is_valid(filters[_i].filter) == filters[_i].valid, "%s",
	    filters[_i].filter);
	ck_assert_msg(dnsbl_filter_matches(filters[_i].filter, code) == filters[_i].match, "%s",
	    filters[_i].filter);
}
END_TEST

/* ---- sites ------------------------------------------------------------------------- */

static const struct {
	const char *text, *zone, *filter; /* zone NULL: refused */
	bool weighted;
	int weight;
} sites[] = {
    {"bl.test", "bl.test", NULL, false, 0},
    {"bl.test.", "bl.test", NULL, false, 0},
    {"bl.test*3", "bl.test", NULL, true, 3},
    {"bl.test*-2", "bl.test", NULL, true, -2},
    {"bl.test=127.0.0.2", "bl.test", "127.0.0.2", false, 0},
    {"bl.test=127.0.0.[2..11]*8", "bl.test", "127.0.0.[2..11]", true, 8},
    {"bl.test=127.0.0.*", "bl.test", "127.0.0.*", false, 0},
    {"bl.test=127.0.0.**5", "bl.test", "127.0.0.*", true, 5},
    {"", NULL, NULL, false, 0},
    {"=127.0.0.2", NULL, NULL, false, 0},
    {"a..b", NULL, NULL, false, 0},
    {"a b", NULL, NULL, false, 0},
    {"bl.test=", NULL, NULL, false, 0},
    {"bl.test=127.0.0.x", NULL, NULL, false, 0},
    {"bl.test*", NULL, NULL, false, 0},
    {"bl.test*many", NULL, NULL, false, 0},
    {"bl.test*1001", NULL, NULL, false, 0},
    {"bl.test=127.0.0.2*", NULL, NULL, false, 0},
    {"b\xc3\xbcl.test", NULL, NULL, false, 0},
};

START_TEST(test_site)
{
	struct arena arena = {0};
	struct dnsbl_site site;
	const char *why = NULL;
	bool good = dnsbl_site_parse(&arena, sites[_i].text, &site, &why);

	ck_assert_msg(good == (sites[_i].zone != NULL), "%s", sites[_i].text);
	if (good) {
		ck_assert_str_eq(site.zone, sites[_i].zone);
		ck_assert_pstr_eq(site.filters ? site.filters[0] : NULL, sites[_i].filter);
		ck_assert_int_eq(site.weighted, sites[_i].weighted);
		ck_assert_int_eq(site.weight, sites[_i].weight);
	} else {
		ck_assert_ptr_nonnull(why);
	}
	arena_free(&arena);
}
END_TEST

/* ---- names ------------------------------------------------------------------------- */

static const struct {
	const char *target, *name; /* NULL: cannot be asked */
} names[] = {
    {"192.0.2.66", "66.2.0.192.bl.test"},
    {"2001:db8::10", "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test"},
    {"::ffff:7f00:2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.test"},
    {"example.org", "example.org.bl.test"},
    {"a b", NULL},
    {"", NULL},
};

START_TEST(test_name)
{
	char out[300];
	bool good = dnsbl_name(out, sizeof(out), names[_i].target, "bl.test");

	ck_assert_int_eq(good, names[_i].name != NULL);
	if (good)
		ck_assert_str_eq(out, names[_i].name);
}
END_TEST

START_TEST(test_name_too_long)
{
	char out[300], host[260];

	memset(host, 'a', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	for (size_t i = 60; i < sizeof(host) - 1; i += 61)
		host[i] = '.';
	ck_assert(!dnsbl_name(out, sizeof(out), host, "bl.test"));
	ck_assert(!dnsbl_name(out, 10, "192.0.2.66", "bl.test"));
}
END_TEST

/* ---- the verdict table -------------------------------------------------------------- */

#define C(last) \
	{ \
		127, 0, 0, last \
	}
static const struct dnsbl_code codes[] = {{"127.0.0.2", DNSBL_HIGH, false, "spam"},
    {"127.0.0.10", DNSBL_MEDIUM, false, "policy"}, {"127.0.0.20", DNSBL_LOW, false, "old"},
    {"127.0.0.30", DNSBL_NONE, true, "good"}, {"127.0.0.31", DNSBL_NONE, false, "neutral"}, {0}};
static const struct dnsbl_error errors[] = {{"127.0.9.*", "over the limit"}, {0}};
static const struct dnsbl_list list = {.zone = "l.test",
    .kinds = 1u << DNSBL_IP4,
    .severity = DNSBL_HIGH,
    .codes = codes,
    .errors = errors,
    .listed = {"127.0.0.2"},
    .clean = {"127.0.0.1"}};
static const struct dnsbl_list no_points = {.zone = "n.test",
    .kinds = 1u << DNSBL_IP4,
    .severity = DNSBL_LOW,
    .codes = codes,
    .errors = errors};
static const struct dnsbl_list allow_list = {.zone = "w.test",
    .allow = true,
    .kinds = 1u << DNSBL_IP4,
    .codes = codes + 3,
    .errors = errors,
    .listed = {"127.0.0.2"},
    .clean = {"127.0.0.1"}};

enum say { S, N, L, K10, K20, K30, K31, K77, E, E9, F, ONE, TWO }; /* silent, no, codes ... */
static const uint8_t said[][2][4] = {[L] = {C(2)},
    [K10] = {C(10)},
    [K20] = {C(20)},
    [K30] = {C(30)},
    [K31] = {C(31)},
    [K77] = {C(77)},
    [E] = {{127, 255, 255, 254}},
    [E9] = {{127, 0, 9, 3}},
    [F] = {{203, 0, 113, 7}},
    [ONE] = {C(1)},
    [TWO] = {C(20), C(2)}};

static const struct {
	const struct dnsbl_list *list;
	enum say real, listed, clean;
	enum dnsbl_verdict verdict;
	enum dnsbl_severity severity;
	int weight;
} verdicts[] = {
    /* row 1 */
    {&list, E, L, N, DNSBL_VERDICT_REFUSED, 0, 0},
    {&list, E9, L, N, DNSBL_VERDICT_REFUSED, 0, 0},
    {&list, N, E, N, DNSBL_VERDICT_REFUSED, 0, 0},
    {&list, N, L, E, DNSBL_VERDICT_REFUSED, 0, 0},
    {&list, L, E, L, DNSBL_VERDICT_REFUSED, 0, 0},
    {NULL, ONE, L, N, DNSBL_VERDICT_REFUSED, 0, 0},
    {&list, ONE, L, N, DNSBL_VERDICT_REFUSED, 0, 0},
    /* row 2 */
    {&list, F, L, N, DNSBL_VERDICT_HIJACKED, 0, 0},
    {&list, N, F, N, DNSBL_VERDICT_HIJACKED, 0, 0},
    {&list, S, S, F, DNSBL_VERDICT_HIJACKED, 0, 0},
    /* row 3 */
    {&list, L, L, L, DNSBL_VERDICT_LISTS_WORLD, 0, 0},
    {&list, N, N, K77, DNSBL_VERDICT_LISTS_WORLD, 0, 0},
    {&list, S, S, L, DNSBL_VERDICT_LISTS_WORLD, 0, 0},
    /* row 4 */
    {&list, S, L, N, DNSBL_NO_ANSWER, 0, 0},
    {&list, S, S, S, DNSBL_NO_ANSWER, 0, 0},
    {&list, S, N, N, DNSBL_NO_ANSWER, 0, 0},
    /* row 5 */
    {&list, L, L, N, DNSBL_VERDICT_LISTED, DNSBL_HIGH, 10},
    {&list, K10, L, N, DNSBL_VERDICT_LISTED, DNSBL_MEDIUM, 5},
    {&list, K20, K10, N, DNSBL_VERDICT_LISTED, DNSBL_LOW, 2},
    {&list, TWO, L, N, DNSBL_VERDICT_LISTED, DNSBL_HIGH, 10},
    {NULL, K77, L, N, DNSBL_VERDICT_LISTED, DNSBL_MEDIUM, 5},
    /* row 6 */
    {&list, L, N, N, DNSBL_VERDICT_UNPROVED, DNSBL_MEDIUM, 5},
    {&list, L, S, S, DNSBL_VERDICT_UNPROVED, DNSBL_MEDIUM, 5},
    {&list, L, L, S, DNSBL_VERDICT_UNPROVED, DNSBL_MEDIUM, 5},
    {&list, K10, S, N, DNSBL_VERDICT_UNPROVED, DNSBL_LOW, 2},
    {&list, K20, S, N, DNSBL_VERDICT_UNPROVED, DNSBL_LOW, 2},
    {&no_points, L, S, S, DNSBL_VERDICT_UNPROVED, DNSBL_MEDIUM, 5},
    /* row 7 */
    {&list, K77, L, N, DNSBL_VERDICT_LISTED, DNSBL_LOW, 2},
    {&list, K77, N, N, DNSBL_NO_ANSWER, 0, 0},
    {&list, K77, L, S, DNSBL_NO_ANSWER, 0, 0},
    /* row 8 */
    {&list, N, L, N, DNSBL_VERDICT_CLEAN, 0, 0},
    {&list, N, L, S, DNSBL_VERDICT_CLEAN, 0, 0},
    {&list, N, K77, N, DNSBL_VERDICT_CLEAN, 0, 0},
    {&list, K31, L, N, DNSBL_VERDICT_CLEAN, 0, 0},
    {NULL, N, L, N, DNSBL_VERDICT_CLEAN, 0, 0},
    /* row 9 */
    {&list, N, N, N, DNSBL_VERDICT_SILENT, 0, 0},
    {&list, N, N, S, DNSBL_VERDICT_SILENT, 0, 0},
    {NULL, N, N, N, DNSBL_VERDICT_SILENT, 0, 0},
    /* row 10 */
    {&list, N, S, N, DNSBL_NO_ANSWER, 0, 0},
    {&list, N, S, S, DNSBL_NO_ANSWER, 0, 0},
    {&no_points, N, S, S, DNSBL_NO_ANSWER, 0, 0},
    {&no_points, N, L, S, DNSBL_NO_ANSWER, 0, 0},
    /* what speaks for an address */
    {&list, K30, L, N, DNSBL_VERDICT_LISTED, DNSBL_NONE, -5},
    {&allow_list, K30, L, N, DNSBL_VERDICT_LISTED, DNSBL_NONE, -5},
    {&allow_list, K30, S, N, DNSBL_VERDICT_UNPROVED, DNSBL_NONE, 0},
    {&allow_list, K30, L, K30, DNSBL_VERDICT_LISTS_WORLD, 0, 0},
};

static struct dnsbl_answer
answer(enum say say)
{
	struct dnsbl_answer out = {.heard = say == S   ? DNSBL_SILENT
					    : say == N ? DNSBL_CLEAN
						       : DNSBL_LISTED};

	if (out.heard == DNSBL_LISTED) {
		out.codes = said[say];
		out.count = say == TWO ? 2 : 1;
	}
	return out;
}

START_TEST(test_verdict)
{
	struct dnsbl_site site = {.zone = "z.test", .shown = "z.test", .list = verdicts[_i].list};
	struct dnsbl_answer real = answer(verdicts[_i].real), listed = answer(verdicts[_i].listed),
			    clean = answer(verdicts[_i].clean);
	struct dnsbl_result result;

	dnsbl_judge(&site, &real, &listed, &clean, &result);
	ck_assert_msg(result.verdict == verdicts[_i].verdict, "row %d: %s, not %s", _i,
	    dnsbl_verdict_word(result.verdict), dnsbl_verdict_word(verdicts[_i].verdict));
	if (result.verdict == DNSBL_VERDICT_LISTED || result.verdict == DNSBL_VERDICT_UNPROVED)
		ck_assert_msg(result.severity == verdicts[_i].severity, "row %d: severity %d", _i,
		    (int)result.severity);
	ck_assert_msg(result.weight == verdicts[_i].weight, "row %d: weight %d", _i, result.weight);
}
END_TEST

START_TEST(test_bits)
{
	static const struct dnsbl_code bits[] = {
	    {"4", DNSBL_LOW, false, "four"}, {"8", DNSBL_HIGH, false, "eight"}, {0}};
	static const struct dnsbl_error none[] = {{0}};
	static const struct dnsbl_list bit_list = {.zone = "b.test",
	    .match = DNSBL_BITS,
	    .kinds = 1u << DNSBL_DOMAIN,
	    .codes = bits,
	    .errors = none,
	    .listed = {NULL, NULL, "t.test"},
	    .clean = {NULL, NULL, "e.test"}};
	static const uint8_t both[][4] = {{127, 0, 0, 12}}, first[][4] = {{127, 0, 0, 1}};
	struct dnsbl_site site = {.zone = "b.test", .list = &bit_list};
	struct dnsbl_answer yes = {DNSBL_LISTED, both, 1}, no = {DNSBL_CLEAN, NULL, 0};
	struct dnsbl_answer refused = {DNSBL_LISTED, first, 1};
	struct dnsbl_result result;

	dnsbl_judge(&site, &yes, &yes, &no, &result);
	ck_assert_int_eq(result.verdict, DNSBL_VERDICT_LISTED);
	ck_assert_int_eq(result.severity, DNSBL_LOW);
	dnsbl_judge(&site, &refused, &yes, &no, &result);
	ck_assert_int_eq(result.verdict, DNSBL_VERDICT_REFUSED);
}
END_TEST

/* ---- the table of lists -------------------------------------------------------------- */

START_TEST(test_default_lists)
{
	struct arena arena = {0};
	struct strings none = {0};
	struct err err = {0};
	struct rbl_lists lists;
	struct rbl_lists_params params = {.given = &none};

	ck_assert(rbl_lists_resolve(&lists, &params, &arena, &err));
	ck_assert_uint_eq(lists.count, 12);
	for (size_t i = 0; i < lists.count; i++) {
		const struct dnsbl_site *site = &lists.sites[i];

		ck_assert_ptr_nonnull(site->list);
		ck_assert_ptr_null(rbl_lists_dead(site->zone));
		for (int kind = 0; kind < DNSBL_KINDS; kind++)
			if (site->list->kinds >> kind & 1) {
				ck_assert_ptr_nonnull(
				    dnsbl_site_listed(site, (enum dnsbl_kind)kind));
				ck_assert_ptr_nonnull(
				    dnsbl_site_clean(site, (enum dnsbl_kind)kind));
			}
		for (const struct dnsbl_code *c = site->list->codes; c->pattern; c++)
			ck_assert_msg(
			    site->list->match == DNSBL_BITS || dnsbl_filter_is_valid(c->pattern),
			    "%s %s", site->zone, c->pattern);
		for (const struct dnsbl_error *e = site->list->errors; e->pattern; e++)
			ck_assert(dnsbl_filter_is_valid(e->pattern));
	}
	rbl_lists_free(&lists);
	params.named = "wide";
	ck_assert(rbl_lists_resolve(&lists, &params, &arena, &err));
	ck_assert_uint_gt(lists.count, 30);
	rbl_lists_free(&lists);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *zone;
	bool dead;
} dead_rows[] = {{"dnsbl.ahbl.org", true}, {"DNSBL.ahbl.ORG", true}, {"dul.dnsbl.sorbs.net", true},
    {"sorbs.net", true}, {"spam.abuse.ch", true}, {"zen.spamhaus.org", false},
    {"notsorbs.net", false}};

START_TEST(test_dead)
{
	ck_assert_msg((rbl_lists_dead(dead_rows[_i].zone) != NULL) == dead_rows[_i].dead, "%s",
	    dead_rows[_i].zone);
}
END_TEST

START_TEST(test_find)
{
	size_t key_len;

	ck_assert_str_eq(rbl_lists_find("zen.spamhaus.org", &key_len)->name, "Spamhaus ZEN");
	ck_assert_uint_eq(key_len, 0);
	ck_assert_ptr_nonnull(rbl_lists_find("0123456789.zen.dq.spamhaus.net", &key_len));
	ck_assert_uint_eq(key_len, 10);
	ck_assert_ptr_null(rbl_lists_find("zen.dq.spamhaus.net", &key_len));
	ck_assert_ptr_null(rbl_lists_find("xzen.spamhaus.org", &key_len));
}
END_TEST

/* ---- reverse names -------------------------------------------------------------------- */

static const struct {
	const char *name, *address;
	bool generic;
} reverse[] = {
    {"mail.example.org", "192.0.2.25", false},
    {"mail.pool.example.com", "192.0.2.25", false},
    {"dyn.example.com", "192.0.2.25", false},
    {"mx25.example.com", "192.0.2.25", false},
    {"static-192-0-2-25.isp.test", "192.0.2.25", true},
    {"25.2.0.192.isp.test", "192.0.2.25", true},
    {"192.0.2.25.isp.test", "192.0.2.25", true},
    {"host-2-25.dyn.isp.test", "192.0.2.25", true},
    {"2-25.isp.test", "192.0.2.25", false},
    {"p192000002025.dip.isp.test", "192.0.2.25", true},
    {"pc0000219.dip.isp.test", "192.0.2.25", true},
    {"pc0000219x.isp.test", "192.0.2.25", true},
    {"pC0000219.dip0.t-ipconnect.test", "192.0.2.25", true},
    {"c0000219.isp.test", "192.0.2.25", true},
    {"ec2-203-0-113-7.compute.test", "203.0.113.7", true},
    {"a8-31.smtp-out.example.test", "54.240.8.31", false},
    {"static.7.113.0.203.clients.host.test", "203.0.113.7", true},
    {"mail-oi1-f172.example.test", "209.85.167.172", false},
    {"mx1.example.test", "2001:db8::10", false},
    {"2001-db8-1234-5678--1.isp.test", "2001:db8:1234:5678::1", true},
    {"mail-db8.example.test", "2001:db8:1234:5678::1", false},
    {"h20010db812345678.isp.test", "2001:db8:1234:5678::1", true},
};

START_TEST(test_generic)
{
	uint8_t bytes[16];
	size_t count = strchr(reverse[_i].address, ':') ? 16 : 4;

	ck_assert_int_eq(inet_pton(count == 4 ? AF_INET : AF_INET6, reverse[_i].address, bytes), 1);
	ck_assert_msg(ptr_name_is_generic(reverse[_i].name, bytes, count) == reverse[_i].generic,
	    "%s", reverse[_i].name);
}
END_TEST

static const struct {
	const char *address;
	enum ip_kind kind;
} kinds[] = {{"8.8.8.8", IP_PUBLIC}, {"192.0.3.1", IP_PUBLIC}, {"172.15.0.1", IP_PUBLIC},
    {"172.32.0.1", IP_PUBLIC}, {"100.128.0.1", IP_PUBLIC}, {"2a01:4f8::1", IP_PUBLIC},
    {"2001:db9::1", IP_PUBLIC}, {"10.0.0.1", IP_SPECIAL}, {"172.16.0.1", IP_SPECIAL},
    {"172.31.255.255", IP_SPECIAL}, {"192.168.1.1", IP_SPECIAL}, {"127.0.0.1", IP_SPECIAL},
    {"0.0.0.0", IP_SPECIAL}, {"169.254.1.1", IP_SPECIAL}, {"100.64.0.1", IP_SPECIAL},
    {"224.0.0.1", IP_SPECIAL}, {"255.255.255.255", IP_SPECIAL}, {"198.18.0.1", IP_SPECIAL},
    {"192.0.2.1", IP_DOCUMENTATION}, {"198.51.100.1", IP_DOCUMENTATION},
    {"203.0.113.1", IP_DOCUMENTATION}, {"2001:db8::1", IP_DOCUMENTATION}, {"::1", IP_SPECIAL},
    {"::", IP_SPECIAL}, {"fe80::1", IP_SPECIAL}, {"fd00::1", IP_SPECIAL}, {"ff02::1", IP_SPECIAL},
    {"::ffff:8.8.8.8", IP_SPECIAL}, {"2002:c000:201::1", IP_SPECIAL}, {"64:ff9b::1", IP_SPECIAL}};

START_TEST(test_kind)
{
	uint8_t bytes[16];
	const char *what;
	size_t count = strchr(kinds[_i].address, ':') ? 16 : 4;

	ck_assert_int_eq(inet_pton(count == 4 ? AF_INET : AF_INET6, kinds[_i].address, bytes), 1);
	ck_assert_msg(ip_kind(bytes, count, &what) == kinds[_i].kind, "%s", kinds[_i].address);
	ck_assert_int_eq(*what == '\0', kinds[_i].kind == IP_PUBLIC);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {test_filter, ARRAY_LEN(filters)},
	    {test_site, ARRAY_LEN(sites)},
	    {test_name, ARRAY_LEN(names)},
	    {test_name_too_long, 0},
	    {test_verdict, ARRAY_LEN(verdicts)},
	    {test_bits, 0},
	    {test_default_lists, 0},
	    {test_dead, ARRAY_LEN(dead_rows)},
	    {test_find, 0},
	    {test_generic, ARRAY_LEN(reverse)},
	    {test_kind, ARRAY_LEN(kinds)},
	};

	return unit_main("dnsbl", units, ARRAY_LEN(units));
}
