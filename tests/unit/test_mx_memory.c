/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What check_mx_rbl remembers of a domain: since when its name servers differ,
 * and the MTA-STS policy that senders may still hold. Runs follow each other
 * with a state file between them and a time of day of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/judge_mx.h"
#include "check/judge_policy.h"
#include "lib/unit.h"

#define D "example.test"
#define DAY 86400
#define WEEK (7 * DAY)
#define START INT64_C(1795320000)

static char dir[] = "/tmp/mx_memory_XXXXXX";

static void
make_dir(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/mx", dir);
	(void)unlink(path);
	snprintf(path, sizeof path, "%s/mx.lock", dir);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* ---- name servers -------------------------------------------------------------------- */

/* One server's word: its serial and its only mail host; serial 0: it is lame. */
struct said {
	uint32_t serial;
	const char *host;
};

static const struct ns_row {
	const char *name;
	struct {
		int64_t at_s; /* since the beginning */
		struct said a, b;
		const char *wanted; /* state of ns.differ; "" */
		const char *words;  /* in its message; NULL */
	} runs[5];
	uint32_t refresh_s;
	bool forgetful; /* without --state-dir */
} ns_rows[] = {
    {"never differs",
	{{0, {7, "mx1"}, {7, "mx1"}, "", NULL}, {DAY, {8, "mx2"}, {8, "mx2"}, "", NULL}}, 3600,
	false},
    {"longer than refresh",
	{{0, {8, "mx2"}, {7, "mx1"}, "WARNING", "MX differ: "},
	    {3600, {8, "mx2"}, {7, "mx1"}, "WARNING", "MX differ: "},
	    {3601, {8, "mx2"}, {7, "mx1"}, "CRITICAL", "for 60.0 min, refresh 60.0 min"},
	    {DAY, {8, "mx2"}, {7, "mx1"}, "CRITICAL", "for 1.0 days"},
	    {2 * DAY, {8, "mx2"}, {8, "mx2"}, "", NULL}},
	3600, false},
    {"longer than refresh, without memory",
	{{0, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL},
	    {DAY, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL}},
	3600, true},
    {"heals, and differs once more",
	{{0, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL}, {300, {8, "mx2"}, {8, "mx2"}, "", NULL},
	    {DAY, {9, "mx3"}, {8, "mx2"}, "WARNING", NULL}},
	3600, false},
    {"the one behind follows, a little late each time",
	{{0, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL},
	    {3000, {9, "mx3"}, {8, "mx2"}, "WARNING", NULL},
	    {6000, {10, "mx4"}, {9, "mx3"}, "WARNING", NULL}},
	3600, false},
    {"the one behind never follows",
	{{0, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL},
	    {3000, {9, "mx3"}, {7, "mx1"}, "WARNING", NULL},
	    {6000, {10, "mx4"}, {7, "mx1"}, "CRITICAL", "for 100.0 min"}},
	3600, false},
    {"lame in between: still behind",
	{{0, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL}, {300, {8, "mx2"}, {0, NULL}, "", NULL},
	    {DAY, {8, "mx2"}, {7, "mx1"}, "CRITICAL", NULL}},
	3600, false},
    {"the clock went back",
	{{DAY, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL},
	    {0, {8, "mx2"}, {7, "mx1"}, "WARNING", NULL},
	    {3601, {8, "mx2"}, {7, "mx1"}, "CRITICAL", NULL}},
	3600, false},
    {"the same serial: no refresh will help", {{0, {7, "mx2"}, {7, "mx1"}, "CRITICAL", NULL}}, 3600,
	true},
    {"only the serials differ",
	{{0, {8, "mx1"}, {7, "mx1"}, "WARNING", "has serial"},
	    {DAY, {8, "mx1"}, {7, "mx1"}, "WARNING", "has serial"}},
	3600, false},
};

/* A server and what it says. */
struct scene_server {
	struct dns_record mx, soa;
	struct dns_question mx_question, soa_question;
};

static void
set_server(struct mx_facts *facts, struct scene_server *scene, const struct said *said,
    const char *name, uint32_t refresh_s)
{
	struct mx_server *server = &facts->servers[facts->server_count++];

	scene->mx = (struct dns_record){.type = DNS_TYPE_MX, .mx = {10, said->host}};
	scene->soa = (struct dns_record){
	    .type = DNS_TYPE_SOA, .soa = {.serial = said->serial, .refresh_s = refresh_s}};
	scene->mx_question = (struct dns_question){.status = DNS_ANSWERED,
	    .answer = {.authoritative = said->serial != 0, .records = &scene->mx, .count = 1}};
	scene->soa_question = (struct dns_question){.status = DNS_ANSWERED,
	    .answer = {.authoritative = said->serial != 0, .records = &scene->soa, .count = 1}};
	*server = (struct mx_server){
	    .name = name, .mx = &scene->mx_question, .soa = &scene->soa_question};
	ck_assert(address_parse(
	    facts->server_count == 1 ? "192.0.2.1" : "192.0.2.2", 53, &server->address));
}

static const struct report_finding *
find(const struct report *report, enum finding_id id)
{
	for (size_t i = 0; i < report->finding_count; i++)
		if (report->findings[i].id == id)
			return &report->findings[i];
	return NULL;
}

START_TEST(servers)
{
	const struct ns_row *row = &ns_rows[_i];

	make_dir();
	for (size_t i = 0; i < ARRAY_LEN(row->runs) && row->runs[i].wanted; i++) {
		const struct mx_params params = {.domain = D};
		struct dns_question ns = {.status = DNS_ANSWERED};
		struct mx_facts facts = {.ns = &ns};
		struct scene_server scene[2];
		struct report_policy states = {0};
		struct report report;
		struct memory memory;
		struct judge_mx judge = {.report = &report,
		    .params = &params,
		    .facts = &facts,
		    .now_unix = START + row->runs[i].at_s,
		    .memory = row->forgetful ? NULL : &memory};
		const struct report_finding *differ;

		report_init(&report, &states);
		set_server(&facts, &scene[0], &row->runs[i].a, "ns1." D, row->refresh_s);
		set_server(&facts, &scene[1], &row->runs[i].b, "ns2." D, row->refresh_s);
		ck_assert(memory_open(
		    &memory, dir, "mx", deadline_in(US_PER_S), judge.now_unix, &report));
		judge_mx_servers(&judge);
		memory_close(&memory, &report);
		differ = find(&report, FINDING_NS_DIFFER);
		ck_assert_msg(
		    strcmp(differ ? state_name(differ->state) : "", row->runs[i].wanted) == 0,
		    "%s, run %zu: %s", row->name, i, differ ? differ->message : "nothing");
		if (row->runs[i].words)
			ck_assert_msg(strstr(differ->message, row->runs[i].words) != NULL,
			    "%s, run %zu: %s", row->name, i, differ->message);
		report_free(&report);
	}
	remove_dir();
}
END_TEST

/* ---- MTA-STS -------------------------------------------------------------------------- */

#define POLICY(mode, mx) "version: STSv1\nmode: " mode "\nmx: " mx "\nmax_age: 604800\n"
#define ENFORCE POLICY("enforce", "mx1." D)
#define OTHER POLICY("enforce", "mx2." D)
#define DOWN NULL /* the web host does not answer */
#define FAILS ""  /* in place of an id: SERVFAIL */

static const struct sts_row {
	const char *name;
	struct {
		int64_t at_s;
		const char *id; /* of the record; NULL: there is none */
		const char *policy;
		const char *host;   /* the MX */
		const char *wanted; /* "id=STATE ..." */
	} runs[4];
} sts_rows[] = {
    {"first run without a policy", {{0, "1", DOWN, "mx1." D, "mtasts.policy=WARNING"}}},
    {"was enforce",
	{{0, "1", ENFORCE, "mx1." D, ""}, {DAY, "1", DOWN, "mx1." D, "mtasts.policy=CRITICAL"},
	    {WEEK - 1, "1", DOWN, "mx1." D, "mtasts.policy=CRITICAL"},
	    {WEEK, "1", DOWN, "mx1." D, "mtasts.policy=WARNING"}}},
    {"was enforce, and is back",
	{{0, "1", ENFORCE, "mx1." D, ""}, {DAY, "1", ENFORCE, "mx1." D, ""},
	    {WEEK + 1, "1", DOWN, "mx1." D, "mtasts.policy=CRITICAL"}}},
    {"was testing", {{0, "1", POLICY("testing", "mx1." D), "mx1." D, ""},
			{DAY, "1", DOWN, "mx1." D, "mtasts.policy=WARNING"}}},
    {"was none", {{0, "1", "version: STSv1\nmode: none\nmax_age: 604800\n", "mx1." D, ""},
		     {DAY, "1", DOWN, "mx1." D, "mtasts.policy=WARNING"}}},
    {"was enforce, then ended properly",
	{{0, "1", ENFORCE, "mx1." D, ""},
	    {DAY, "2", "version: STSv1\nmode: none\nmax_age: 604800\n", "mx1." D, ""},
	    {2 * DAY, NULL, DOWN, "mx1." D, ""}}},
    {"was enforce, and the MX moved meanwhile",
	{{0, "1", ENFORCE, "mx1." D, ""},
	    {DAY, "2", DOWN, "mx2." D, "mtasts.policy=CRITICAL mtasts.mx=CRITICAL"}}},
    {"was enforce, and the record is gone",
	{{0, "1", ENFORCE, "mx1." D, ""}, {DAY, NULL, DOWN, "mx1." D, "mtasts.policy=CRITICAL"},
	    {2 * DAY, NULL, DOWN, "mx2." D, "mtasts.policy=CRITICAL mtasts.mx=CRITICAL"},
	    {WEEK, NULL, DOWN, "mx2." D, ""}}},
    {"was enforce, the record cannot be asked for, and the MX moved",
	{{0, "1", ENFORCE, "mx1." D, ""},
	    {DAY, FAILS, DOWN, "mx2." D, "dns.servfail=WARNING mtasts.mx=CRITICAL"}}},
    {"no record, never one", {{0, NULL, DOWN, "mx1." D, ""}, {DAY, NULL, DOWN, "mx1." D, ""}}},
    {"a new policy under a new id",
	{{0, "1", ENFORCE, "mx1." D, ""}, {DAY, "2", OTHER, "mx2." D, ""},
	    {2 * DAY, "2", DOWN, "mx2." D, "mtasts.policy=CRITICAL"}}},
    {"a new policy under the old id",
	{{0, "1", ENFORCE, "mx1." D, ""},
	    {DAY, "1", OTHER, "mx2." D, "mtasts.record=WARNING mtasts.mx=CRITICAL"},
	    {WEEK, "1", OTHER, "mx2." D, ""}}},
    {"a new id, the policy is the same",
	{{0, "1", ENFORCE, "mx1." D, ""}, {DAY, "2", ENFORCE, "mx1." D, ""}}},
    {"what senders do not take is not remembered",
	{{0, "1", "version: STSv2\nmode: enforce\nmx: mx1." D "\nmax_age: 604800\n", "mx1." D,
	     "mtasts.policy=CRITICAL"},
	    {DAY, "1", DOWN, "mx1." D, "mtasts.policy=WARNING"}}},
    {"the clock went back",
	{{DAY, "1", ENFORCE, "mx1." D, ""}, {0, "1", DOWN, "mx1." D, "mtasts.policy=WARNING"}}},
};

static void
set_policy(struct policy_mtasts *mtasts, struct arena *arena, const char *id, const char *policy)
{
	*mtasts = (struct policy_mtasts){.id = id,
	    .txt = {.state = id ? POLICY_FOUND : POLICY_ABSENT, .name = "_mta-sts." D},
	    .fetched = policy != NULL};
	if (id && !*id) {
		mtasts->txt.state = POLICY_FAILED;
		mtasts->txt.status = DNS_SERVFAIL;
		return;
	}
	if (!policy) {
		mtasts->http.fault = HTTP_FAULT_CONNECT;
		err_set(&mtasts->http.err, ERR_CONNECT, 0, "connection refused");
		return;
	}
	mtasts->http.status = 200;
	memcpy(mtasts->http.content_type, "text/plain", sizeof "text/plain");
	(void)!mtasts_policy_parse(arena, policy, strlen(policy), &mtasts->policy);
}

START_TEST(mtasts)
{
	const struct sts_row *row = &sts_rows[_i];

	make_dir();
	for (size_t i = 0; i < ARRAY_LEN(row->runs) && row->runs[i].wanted; i++) {
		const int64_t now = START + row->runs[i].at_s;
		const struct policy_params params = {.domain = D, .now_unix = now};
		struct mx_host host = {.text = row->runs[i].host};
		const struct mx_facts mx = {.hosts = &host, .host_count = 1};
		struct policy_facts facts = {0};
		struct report_policy states = {0};
		struct report report;
		struct memory memory;
		const struct judge_policy judge = {.report = &report,
		    .params = &params,
		    .facts = &facts,
		    .mx = &mx,
		    .memory = &memory};
		struct buf found;

		report_init(&report, &states);
		set_policy(&facts.mtasts, &report.arena, row->runs[i].id, row->runs[i].policy);
		ck_assert(memory_open(&memory, dir, "mx", deadline_in(US_PER_S), now, &report));
		judge_policy_mtasts(&judge);
		memory_close(&memory, &report);
		buf_init(&found, 4096);
		for (size_t j = 0; j < report.finding_count; j++)
			buf_printf(&found, "%s%s=%s", j > 0 ? " " : "",
			    finding_rows[report.findings[j].id].id,
			    state_name(report.findings[j].state));
		ck_assert_msg(strcmp(buf_text(&found), row->runs[i].wanted) == 0,
		    "%s, run %zu: found '%s', wanted '%s'", row->name, i, buf_text(&found),
		    row->runs[i].wanted);
		buf_free(&found);
		report_free(&report);
	}
	remove_dir();
}
END_TEST

/* A value that changes as it likes, beside one that should not. */
START_TEST(notes)
{
	struct report_policy states = {0};
	struct report report;
	struct memory memory;

	make_dir();
	report_init(&report, &states);
	ck_assert(memory_open(&memory, dir, "mx", deadline_in(US_PER_S), START, &report));
	ck_assert_ptr_null(memory_get(&memory, "a"));
	memory_put(&memory, "a", "1\n2 3");
	memory_put(&memory, "b", "x");
	memory_put(&memory, "c", NULL);
	memory_close(&memory, &report);
	ck_assert(memory_open(&memory, dir, "mx", deadline_in(US_PER_S), START, &report));
	ck_assert_str_eq(memory_get(&memory, "a"), "1\n2 3");
	memory_put(&memory, "a", NULL);
	memory_put(&memory, "b", "y");
	ck_assert_ptr_null(memory_get(&memory, "a"));
	memory_close(&memory, &report);
	ck_assert(memory_open(&memory, dir, "mx", deadline_in(US_PER_S), START, &report));
	ck_assert_ptr_null(memory_get(&memory, "a"));
	ck_assert_ptr_null(memory_get(&memory, "c"));
	ck_assert_str_eq(memory_get(&memory, "b"), "y");
	memory_close(&memory, &report);
	ck_assert_uint_eq(report.finding_count, 0);
	report_free(&report);
	remove_dir();
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {servers, ARRAY_LEN(ns_rows)},
	    {mtasts, ARRAY_LEN(sts_rows)},
	    {notes, 0},
	};

	return unit_main("mx_memory", units, ARRAY_LEN(units));
}
