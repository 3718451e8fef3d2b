/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who decides a state, in which order findings stand, and what joining keeps. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "report/report.h"

/* ---- the user's policy ------------------------------------------------------------ */

static const struct {
	const char *name;
	const char *id[3];
	enum state state[3];
	enum finding_id finding;
	const char *label;
	enum state want;
} policy_rows[] = {
    {"none", {NULL}, {0}, FINDING_NET_REFUSED, NULL, STATE_CRITICAL},
    {"exact", {"net.refused"}, {STATE_WARNING}, FINDING_NET_REFUSED, NULL, STATE_WARNING},
    {"branch", {"net"}, {STATE_UNKNOWN}, FINDING_NET_TIMEOUT_REPLY, NULL, STATE_UNKNOWN},
    {"longest last", {"tls", "tls.cert", "tls.cert.name"}, {STATE_OK, STATE_WARNING, STATE_UNKNOWN},
	FINDING_TLS_CERT_NAME, NULL, STATE_UNKNOWN},
    {"longest first", {"tls.cert.name", "tls.cert", "tls"},
	{STATE_UNKNOWN, STATE_WARNING, STATE_OK}, FINDING_TLS_CERT_NAME, NULL, STATE_UNKNOWN},
    {"middle", {"tls.cert.name", "tls", "tls.cert"}, {STATE_UNKNOWN, STATE_OK, STATE_WARNING},
	FINDING_TLS_CERT_EXPIRED, NULL, STATE_WARNING},
    {"other branch", {"tls.ce"}, {STATE_OK}, FINDING_TLS_CERT_NAME, NULL, STATE_CRITICAL},
    {"longer than the id", {"net.refused.now"}, {STATE_OK}, FINDING_NET_REFUSED, NULL,
	STATE_CRITICAL},
    {"empty", {""}, {STATE_OK}, FINDING_NET_REFUSED, NULL, STATE_CRITICAL},
    {"unknown can be raised", {"dns.resolver"}, {STATE_CRITICAL}, FINDING_DNS_RESOLVER, NULL,
	STATE_CRITICAL},
    {"usage stays", {"client"}, {STATE_OK}, FINDING_CLIENT_USAGE, NULL, STATE_UNKNOWN},
    {"output stays", {"client.output"}, {STATE_OK}, FINDING_CLIENT_OUTPUT, NULL, STATE_UNKNOWN},
    {"sandbox stays", {"client"}, {STATE_OK}, FINDING_CLIENT_SANDBOX, NULL, STATE_UNKNOWN},
    {"internal stays", {"client"}, {STATE_OK}, FINDING_CLIENT_INTERNAL, NULL, STATE_UNKNOWN},
    {"its sister changes", {"client"}, {STATE_OK}, FINDING_CLIENT_INI, NULL, STATE_OK},
    {"threshold by label", {"threshold.time"}, {STATE_OK}, FINDING_THRESHOLD_LABEL, "time",
	STATE_OK},
    {"threshold of another", {"threshold.time"}, {STATE_OK}, FINDING_THRESHOLD_LABEL, "time_dns",
	STATE_CRITICAL},
    {"all thresholds", {"threshold"}, {STATE_UNKNOWN}, FINDING_THRESHOLD_LABEL, "junk",
	STATE_UNKNOWN},
    {"one of all", {"threshold", "threshold.junk"}, {STATE_OK, STATE_WARNING},
	FINDING_THRESHOLD_LABEL, "junk", STATE_WARNING},
    {"not by its placeholder", {"threshold.LABEL"}, {STATE_OK}, FINDING_THRESHOLD_LABEL, "junk",
	STATE_CRITICAL},
};

START_TEST(policy_decides)
{
	struct report_override overrides[3];
	struct report_policy policy = {.overrides = overrides};
	struct report_finding *finding;
	struct report report;

	for (; policy.override_count < 3 && policy_rows[_i].id[policy.override_count];
	     policy.override_count++)
		overrides[policy.override_count] =
		    (struct report_override){policy_rows[_i].id[policy.override_count],
			policy_rows[_i].state[policy.override_count]};
	report_init(&report, &policy);
	finding = report_add(&report, policy_rows[_i].finding, NULL, "%s", "message");
	if (policy_rows[_i].label) {
		finding->label = policy_rows[_i].label;
		report_state(&report, finding, STATE_CRITICAL);
	}
	ck_assert_msg(finding->state == policy_rows[_i].want, "%s: %s", policy_rows[_i].name,
	    state_name(finding->state));
	ck_assert_int_eq(report_worst(&report), policy_rows[_i].want);
	report_free(&report);
}
END_TEST

START_TEST(policy_wins_over_the_judge)
{
	struct report_override override = {"tls.cert", STATE_OK};
	struct report_policy policy = {.overrides = &override, .override_count = 1};
	struct report_finding *finding;
	struct report report;

	report_init(&report, &policy);
	finding = report_add(&report, FINDING_TLS_CERT_EXPIRING, NULL, "ends");
	report_state(&report, finding, STATE_CRITICAL);
	ck_assert_int_eq(finding->state, STATE_OK);
	finding = report_add(&report, FINDING_MX_TTL, NULL, "low");
	report_state(&report, finding, STATE_CRITICAL);
	ck_assert_int_eq(finding->state, STATE_CRITICAL);
	report_free(&report);
}
END_TEST

/* ---- worst and order ----------------------------------------------------------------- */

static const struct {
	enum finding_id findings[4];
	size_t count;
	enum state want;
} worst_rows[] = {
    {{0}, 0, STATE_OK},
    {{FINDING_MX_REDUNDANCY}, 1, STATE_OK},
    {{FINDING_MX_REDUNDANCY, FINDING_DNS_RESOLVER}, 2, STATE_UNKNOWN},
    {{FINDING_DNS_RESOLVER, FINDING_TLS_FLOOR}, 2, STATE_WARNING},
    {{FINDING_TLS_FLOOR, FINDING_DNS_RESOLVER, FINDING_NET_REFUSED}, 3, STATE_CRITICAL},
    {{FINDING_NET_REFUSED, FINDING_DNS_RESOLVER, FINDING_TLS_FLOOR, FINDING_MX_REDUNDANCY}, 4,
	STATE_CRITICAL},
};

START_TEST(worst_of_all)
{
	struct report report;

	report_init(&report, NULL);
	for (size_t i = 0; i < worst_rows[_i].count; i++)
		report_add(&report, worst_rows[_i].findings[i], NULL, "x");
	ck_assert_int_eq(report_worst(&report), worst_rows[_i].want);
	report_free(&report);
}
END_TEST

START_TEST(worst_of_a_subject)
{
	struct report report;

	report_init(&report, NULL);
	report_add(&report, FINDING_TLS_FLOOR, "a:1/192.0.2.1", "x");
	report_add(&report, FINDING_NET_REFUSED, "a:1/192.0.2.11", "x");
	report_add(&report, FINDING_DNS_RESOLVER, NULL, "x");
	report_add(&report, FINDING_TLS_CERT_EXPIRED, "b:1/192.0.2.2#1", "x");
	ck_assert_int_eq(report_worst_of(&report, "a:1/192.0.2.1"), STATE_WARNING);
	ck_assert_int_eq(report_worst_of(&report, "a:1/192.0.2.11"), STATE_CRITICAL);
	ck_assert_int_eq(report_worst_of(&report, "a:1/192.0.2"), STATE_OK);
	ck_assert_int_eq(report_worst_of(&report, "b:1/192.0.2.2"), STATE_CRITICAL);
	ck_assert_int_eq(report_worst_of(&report, "b:1/192.0.2.2#1"), STATE_CRITICAL);
	ck_assert_int_eq(report_worst_of(&report, "b:1/192.0.2.2#0"), STATE_OK);
	report_free(&report);
}
END_TEST

START_TEST(worst_stands_first)
{
	static const char *const want[] = {"c1", "c2", "c3", "w", "u", "n"};
	const struct report_finding **sorted;
	struct report report;

	report_init(&report, NULL);
	report_add(&report, FINDING_MX_REDUNDANCY, NULL, "n");
	report_add(&report, FINDING_DNS_RESOLVER, NULL, "u");
	report_add(&report, FINDING_DKIM_MISSING, NULL, "c2");
	report_add(&report, FINDING_TLS_FLOOR, NULL, "w");
	report_add(&report, FINDING_DKIM_MISSING, NULL, "c3");
	report_add(&report, FINDING_NET_REFUSED, NULL, "c1");
	sorted = report_sorted(&report);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_str_eq(sorted[i]->message, want[i]);
	ck_assert_ptr_null(sorted[ARRAY_LEN(want)]);
	report_free(&report);
}
END_TEST

/* ---- metrics --------------------------------------------------------------------------- */

static const struct {
	enum metric_id metric;
	double first, second;
	bool known;
	double want;
} metric_rows_want[] = {
    {METRIC_TIME, 1, 2, true, 2},
    {METRIC_TIME, 2, 1, true, 2},
    {METRIC_CERT_DAYS, 10, 20, true, 10},
    {METRIC_CERT_DAYS, 20, -3, true, -3},
    {METRIC_SIZE_LIMIT, 20, 10, true, 10},
    {METRIC_TIME, NAN, -1, false, 0},
    {METRIC_TIME, INFINITY, 3, true, 3},
    {METRIC_TIME, 3, NAN, true, 3},
    {METRIC_NEWEST_AGE, -5, -5, false, 0},
    {METRIC_MESSAGES, 0, 0, true, 0},
};

START_TEST(metric_keeps_the_worse)
{
	struct report report;
	const struct report_metric *metric = &report.metrics[metric_rows_want[_i].metric];

	report_init(&report, NULL);
	report_metric(&report, metric_rows_want[_i].metric, metric_rows_want[_i].first);
	report_metric(&report, metric_rows_want[_i].metric, metric_rows_want[_i].second);
	ck_assert_int_eq(metric->known, metric_rows_want[_i].known);
	if (metric->known)
		ck_assert_double_eq(metric->value, metric_rows_want[_i].want);
	report_free(&report);
}
END_TEST

/* The threshold that alerts goes with the value that crossed it. */
START_TEST(join_keeps_the_worse_metric)
{
	struct report one, two;

	report_init(&one, NULL);
	report_init(&two, NULL);
	report_metric(&one, METRIC_CERT_DAYS, 5);
	report_metric(&two, METRIC_CERT_DAYS, 20);
	two.metrics[METRIC_CERT_DAYS].state = STATE_WARNING;
	report_metric(&one, METRIC_TIME, 1);
	report_metric(&two, METRIC_TIME, 2);
	report_metric(&two, METRIC_MESSAGES, 7);
	report_join(&one, &two);
	ck_assert_double_eq(one.metrics[METRIC_CERT_DAYS].value, 20);
	ck_assert_double_eq(one.metrics[METRIC_TIME].value, 2);
	ck_assert(one.metrics[METRIC_MESSAGES].known);
	report_free(&one);
	report_free(&two);
}
END_TEST

/* ---- joining ------------------------------------------------------------------------------ */

static void
add_with_id(struct report *report, struct value *array, const char *id)
{
	value_add_text(&report->arena, value_add_object(&report->arena, array, NULL), "id", id);
}

/* Each joined one brings an element that is there already, a new one, and one without an id. */
START_TEST(join_knows_each_of_thousands)
{
	struct report one, other;
	const struct value *element;
	size_t count = 0;
	char id[32];

	report_init(&one, NULL);
	for (int i = 0; i < 5000; i++) {
		report_init(&other, NULL);
		for (int n = i > 0 ? i - 1 : 0; n <= i; n++) {
			snprintf(id, sizeof(id), "host:%d", n);
			add_with_id(&other, other.endpoints, id);
		}
		value_add_object(&other.arena, other.endpoints, NULL);
		report_join(&one, &other);
	}
	for (element = one.endpoints->first; element; element = element->next, count++) {
		snprintf(id, sizeof(id), "host:%zu", count / 2);
		if (count % 2 == 0)
			ck_assert_str_eq(value_get(element, "id")->text, id);
		else
			ck_assert_ptr_null(value_get(element, "id"));
	}
	ck_assert_uint_eq(count, 10000);
	report_free(&one);
}
END_TEST

START_TEST(join_takes_all)
{
	struct report one, two;
	const struct report_phase phase = {"e", "tls", 1, 2, PHASE_OK, "fine"};

	report_init(&one, NULL);
	report_init(&two, NULL);
	add_with_id(&one, one.mailboxes, "INBOX");
	add_with_id(&two, two.mailboxes, "INBOX");
	add_with_id(&two, two.mailboxes, "Junk");
	add_with_id(&two, two.endpoints, "e");
	report_add(&one, FINDING_NET_ADDRESS_DEAD, "x", "first");
	for (int i = 0; i < 20; i++)
		report_add(&two, FINDING_NET_REFUSED, "e", "number %d", i);
	report_phase(&two, &phase);
	report_line(&two, 3, "S: %s", "hello");
	report_good(&two, "all is well");
	two.envelope = value_object(&two.arena);
	report_join(&one, &two);
	ck_assert_uint_eq(one.finding_count, 21);
	ck_assert_str_eq(one.findings[0].message, "first");
	ck_assert_str_eq(one.findings[20].message, "number 19");
	ck_assert_uint_eq(one.phase_count, 1);
	ck_assert_str_eq(one.phases[0].detail, "fine");
	ck_assert_str_eq(one.lines[0].text, "S: hello");
	ck_assert_str_eq(one.good, "all is well");
	ck_assert_ptr_nonnull(one.envelope);
	ck_assert_ptr_nonnull(one.endpoints->first);
	ck_assert_str_eq(value_get(one.mailboxes->first->next, "id")->text, "Junk");
	ck_assert_ptr_null(one.mailboxes->first->next->next);
	ck_assert_uint_eq(two.finding_count, 0);
	report_free(&two);
	report_free(&one);
}
END_TEST

START_TEST(policy_hides_words)
{
	struct report_policy policy = {.hide_words = true};
	struct report_finding *finding;
	struct report report;

	report_init(&report, &policy);
	finding = report_add(&report, FINDING_AUTH_CREDENTIALS, NULL, "refused");
	report_said(&report, finding, "NO no", 5);
	ck_assert_ptr_null(finding->said);
	policy.hide_words = false;
	report_said(&report, finding, "NO no", 5);
	ck_assert_str_eq(finding->said, "NO no");
	report_free(&report);
}
END_TEST

START_TEST(own_lines_replace_up_to_three)
{
	struct report_finding *finding;
	struct report report;

	report_init(&report, NULL);
	finding = report_add(&report, FINDING_NET_REFUSED, "s", "m");
	for (int i = 0; i < 5; i++) {
		report_why(&report, finding, "why %d", i);
		report_next(&report, finding, "next %d", i);
	}
	ck_assert_str_eq(finding->why[2], "why 2");
	ck_assert_str_eq(finding->next[2], "next 2");
	ck_assert(report_has(&report, FINDING_NET_REFUSED));
	ck_assert(!report_has(&report, FINDING_NET_RESET));
	report_free(&report);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {policy_decides, ARRAY_LEN(policy_rows)},
	    {policy_wins_over_the_judge, 0},
	    {worst_of_all, ARRAY_LEN(worst_rows)},
	    {worst_of_a_subject, 0},
	    {worst_stands_first, 0},
	    {metric_keeps_the_worse, ARRAY_LEN(metric_rows_want)},
	    {join_keeps_the_worse_metric, 0},
	    {join_takes_all, 0},
	    {join_knows_each_of_thousands, 0},
	    {policy_hides_words, 0},
	    {own_lines_replace_up_to_three, 0},
	};

	return unit_main("report_state", units, ARRAY_LEN(units));
}
