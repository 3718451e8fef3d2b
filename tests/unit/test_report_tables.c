/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of findings and metrics: every row reads well and says what to do. */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lib/unit.h"
#include "report/render.h"

#define FINDINGS 286

static bool
matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool match;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return match;
}

/* ---- findings ---------------------------------------------------------------------- */

START_TEST(ids_are_ids)
{
	enum finding_id found;

	ck_assert_int_eq(FINDING_COUNT, FINDINGS);
	ck_assert_int_eq(FINDING_THRESHOLD_LABEL, FINDING_COUNT - 1);
	for (int i = 0; i < FINDING_COUNT; i++) {
		const char *id = finding_rows[i].id;

		if (i != FINDING_THRESHOLD_LABEL)
			ck_assert_msg(matches("^[a-z0-9_]+(\\.[a-z0-9_]+)+$", id), "%s", id);
		ck_assert(finding_find(id, &found) && found == (enum finding_id)i);
		for (int j = 0; j < FINDING_COUNT; j++)
			ck_assert_msg(i == j || !finding_matches((enum finding_id)j, id),
			    "%s is a branch of %s", id, finding_rows[j].id);
	}
	ck_assert(!finding_find("net", &found));
	ck_assert(!finding_find("", &found));
}
END_TEST

/* What stands in angle brackets or behind a bar would be markup or perfdata for an engine. */
static void
check_line(const char *id, const char *line)
{
	ck_assert_msg(text_chars(line) >= 8 && text_chars(line) <= 200, "%s: %s", id, line);
	ck_assert_msg(!strpbrk(line, "|<>\"\t"), "%s: %s", id, line);
	ck_assert_msg(!matches("[a-z]!|[Pp]lease|[.]$|^ | $|  ", line), "%s: %s", id, line);
	for (const char *c = line; (c = strchr(c, '{')) != NULL; c++)
		ck_assert_msg(matches("^\\{(host|port|address|user)\\}", c), "%s: %s", id, line);
}

static void
check_lines(const char *id, const char *lines)
{
	int count = 0;

	ck_assert_msg(lines[0] && lines[strlen(lines) - 1] != '\n', "%s", id);
	while (*lines) {
		char line[256];
		size_t len = strcspn(lines, "\n");

		ck_assert_uint_lt(len, sizeof(line));
		memcpy(line, lines, len);
		line[len] = '\0';
		check_line(id, line);
		lines += len + (lines[len] == '\n');
		count++;
	}
	ck_assert_msg(count >= 1 && count <= REPORT_LINES_MAX, "%s: %d lines", id, count);
}

START_TEST(rows_read_well)
{
	for (int i = 0; i < FINDING_COUNT; i++) {
		const struct finding_row *row = &finding_rows[i];

		ck_assert_msg(row->programs != 0, "%s", row->id);
		check_line(row->id, row->meaning);
		check_lines(row->id, row->why);
		check_lines(row->id, row->next);
		if (row->reference)
			ck_assert_msg(
			    matches("^(RFC [0-9]+(, [0-9A-Z.]+)?|CA/Browser .*)$", row->reference),
			    "%s: %s", row->id, row->reference);
	}
}
END_TEST

/* A next step says on which machine it is done, or that there is nothing to do. */
START_TEST(next_steps_name_a_place)
{
	for (int i = 0; i < FINDING_COUNT; i++) {
		for (const char *line = finding_rows[i].next; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			ck_assert_msg(matches("^((here|on|at|in)[ :]|nothing to do)", line),
			    "%s: %s", finding_rows[i].id, line);
		}
	}
}
END_TEST

/* What findings_promised.def says, in the words of the programs' own table. */
static const struct {
	const char *id, *state, *who, *programs;
} promised[] = {
#define P(id, state, who, programs) {id, state, who, programs},
#include "findings_promised.def"
#undef P
};

static const char *
state_letter(const struct finding_row *row)
{
	static const char *const letters[] = {
	    [STATE_OK] = "O", [STATE_WARNING] = "W", [STATE_CRITICAL] = "C", [STATE_UNKNOWN] = "U"};

	return row->rule == FINDING_WORST   ? "="
	       : row->rule == FINDING_STEPS ? "R"
					    : letters[row->state];
}

static const char *
program_letters(unsigned programs, char letters[8])
{
	static const struct {
		enum program program;
		char letter;
	} all[] = {{PROGRAM_IMAP, 'I'}, {PROGRAM_SMTP, 'S'}, {PROGRAM_POP3, 'P'},
	    {PROGRAM_CERT, 'C'}, {PROGRAM_MX, 'M'}, {PROGRAM_DOCTOR, 'D'}};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (programs & all[i].program)
			letters[count++] = all[i].letter;
	letters[count] = '\0';
	return letters;
}

START_TEST(rows_are_as_promised)
{
	char letters[8];

	ck_assert_uint_eq(ARRAY_LEN(promised), FINDINGS);
	for (size_t i = 0; i < ARRAY_LEN(promised); i++) {
		const char *id = promised[i].id;
		const struct finding_row *row;
		enum finding_id found;

		ck_assert_msg(finding_find(id, &found), "%s is gone", id);
		row = &finding_rows[found];
		/* The order is a promise too: among equals the first stands in line 1. */
		ck_assert_msg(found == (enum finding_id)i, "%s stands at %d", id, (int)found);
		ck_assert_msg(strcmp(state_letter(row), promised[i].state) == 0, "%s", id);
		ck_assert_msg(strcmp(who_name(row->who), promised[i].who) == 0, "%s", id);
		ck_assert_msg(
		    strcmp(program_letters(row->programs, letters), promised[i].programs) == 0,
		    "%s: %s", id, letters);
	}
}
END_TEST

START_TEST(branches_are_whole_labels)
{
	ck_assert(finding_matches(FINDING_TLS_CERT_NAME, "tls.cert.name"));
	ck_assert(finding_matches(FINDING_TLS_CERT_NAME, "tls.cert"));
	ck_assert(finding_matches(FINDING_TLS_CERT_NAME, "tls"));
	ck_assert(!finding_matches(FINDING_TLS_CERT_NAME, "tls.cert."));
	ck_assert(!finding_matches(FINDING_TLS_CERT_NAME, "tls.cer"));
	ck_assert(!finding_matches(FINDING_TLS_CERT_NAME, "tls.cert.names"));
	ck_assert(!finding_matches(FINDING_TLS_CERT_NAME, ""));
	ck_assert(finding_id_matches("threshold.time", "threshold"));
	ck_assert(!finding_id_matches("threshold.time_dns", "threshold.time"));
}
END_TEST

/* ---- metrics ------------------------------------------------------------------------- */

static void
check_range(enum metric_id id, const char *text)
{
	struct range range;
	const char *why;

	if (text[0])
		ck_assert_msg(range_parse(text, metric_range_unit(id),
				  metric_rows[id].less_is_worse, &range, &why),
		    "%s: %s", metric_rows[id].label, text);
}

START_TEST(metrics_are_metrics)
{
	enum metric_id found;

	ck_assert_str_eq(metric_rows[0].label, "time");
	for (int i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *row = &metric_rows[i];

		ck_assert_msg(matches("^[a-z0-9_]{1,24}$", row->label), "%s", row->label);
		ck_assert_msg(matches("^(s|B|%|)$", row->unit), "%s", row->label);
		ck_assert_msg(matches("^0?$", row->min), "%s", row->label);
		ck_assert_msg(metric_find(row->label, &found) && found == (enum metric_id)i, "%s",
		    row->label);
		ck_assert_msg(
		    row->programs & finding_rows[row->finding].programs, "%s", row->label);
		check_range((enum metric_id)i, row->warning);
		check_range((enum metric_id)i, row->critical);
		check_line(row->label, row->meaning);
	}
	ck_assert(!metric_find("time_", &found));
}
END_TEST

static const struct {
	const char *label, *unit;
	bool less_is_worse;
	int decimals;
	enum range_unit range;
	const char *warning, *critical;
	enum finding_id finding;
} metric_want[] = {
    {"time", "s", false, 6, RANGE_SECONDS, "", "", FINDING_THRESHOLD_LABEL},
    {"time_push", "s", false, 6, RANGE_SECONDS, "", "10", FINDING_MAILBOX_PUSH},
    {"time_delivery", "s", false, 6, RANGE_SECONDS, "", "", FINDING_DELIVERY_LATE},
    {"addresses_ok", "", true, 0, RANGE_PLAIN, "", "", FINDING_THRESHOLD_LABEL},
    {"cert_days", "", true, 1, RANGE_DAYS, "", "", FINDING_TLS_CERT_EXPIRING},
    {"cert_lifetime_left", "%", true, 1, RANGE_PERCENT, "25:", "10:", FINDING_TLS_CERT_EXPIRING},
    {"staple_hours", "", true, 0, RANGE_PLAIN, "", "", FINDING_TLS_OCSP_BAD},
    {"size", "B", false, 0, RANGE_BYTES, "", "", FINDING_THRESHOLD_LABEL},
    {"quota_storage_percent", "%", false, 1, RANGE_PERCENT, "85", "95", FINDING_QUOTA_NEAR},
    {"size_limit", "B", true, 0, RANGE_BYTES, "", "", FINDING_THRESHOLD_LABEL},
    {"hop_max", "s", false, 6, RANGE_SECONDS, "", "", FINDING_DELIVERY_LATE},
    {"score", "", false, 0, RANGE_PLAIN, "4", "9", FINDING_RBL_SCORE},
    {"spf_lookups", "", false, 0, RANGE_PLAIN, "8", "10", FINDING_SPF_LOOKUPS},
    {"rrsig_days", "", true, 1, RANGE_DAYS, "3:", "1:", FINDING_DNSSEC_RRSIG},
};

START_TEST(metrics_have_their_limits)
{
	const struct metric_row *row;
	enum metric_id id;

	ck_assert(metric_find(metric_want[_i].label, &id));
	row = &metric_rows[id];
	ck_assert_str_eq(row->unit, metric_want[_i].unit);
	ck_assert_int_eq(row->less_is_worse, metric_want[_i].less_is_worse);
	ck_assert_int_eq(metric_decimals(id), metric_want[_i].decimals);
	ck_assert_int_eq(metric_range_unit(id), metric_want[_i].range);
	ck_assert_str_eq(row->warning, metric_want[_i].warning);
	ck_assert_str_eq(row->critical, metric_want[_i].critical);
	ck_assert_int_eq(row->finding, metric_want[_i].finding);
}
END_TEST

/* ---- lists and pages -------------------------------------------------------------------- */

static size_t
lines_in(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

START_TEST(lists_are_by_program)
{
	struct buf out;
	size_t all;

	buf_init(&out, 1 << 20);
	render_findings(&out, ~0u);
	ck_assert_uint_eq(lines_in(buf_text(&out)), FINDINGS);
	buf_clear(&out);
	render_findings(&out, PROGRAM_POP3);
	all = lines_in(buf_text(&out));
	ck_assert(all > 100 && all < FINDINGS);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "limit.in_use "));
	ck_assert_ptr_null(strstr(buf_text(&out), "rbl."));
	buf_clear(&out);
	render_metrics(&out, PROGRAM_MX);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "lists_usable"));
	ck_assert_ptr_null(strstr(buf_text(&out), "messages"));
	buf_free(&out);
}
END_TEST

START_TEST(explains_a_row)
{
	static const char want[] =
	    "quota.soft - the server warns: near or above the limit\n"
	    "  state: WARNING; --state quota.soft=STATE changes it\n"
	    "  why:   the mailbox is nearly full, or above a soft limit with days of grace\n"
	    "  next:  in the mailbox of USER: empty Trash and Junk\n"
	    "  next:  on HOST: doveadm quota get -u USER\n"
	    "  who:   owner, the owner of the account\n"
	    "  by:    check_imap_tls\n"
	    "  see:   RFC 9208, 4.3\n";
	struct buf out;

	buf_init(&out, 1 << 16);
	render_finding_row(&out, FINDING_QUOTA_SOFT);
	ck_assert_str_eq(buf_text(&out), want);
	buf_clear(&out);
	render_finding_row(&out, FINDING_CLIENT_INTERNAL);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "state: UNKNOWN; cannot be changed\n"));
	buf_free(&out);
}
END_TEST

START_TEST(pages_name_every_finding)
{
	struct buf section, page;

	buf_init(&section, 1 << 20);
	buf_init(&page, 1 << 20);
	render_findings_mdoc(&section, PROGRAM_IMAP);
	render_findings_page(&page);
	for (int i = 0; i < FINDING_COUNT; i++) {
		char item[128];
		bool by_imap = finding_rows[i].programs & PROGRAM_IMAP;

		snprintf(item, sizeof(item), "\n.It Cm %s Pq ", finding_rows[i].id);
		ck_assert_msg(strstr(buf_text(&page), item) != NULL, "%s", item);
		ck_assert_msg((strstr(buf_text(&section), item) != NULL) == by_imap, "%s", item);
	}
	ck_assert(!page.overflow && !section.overflow);
	buf_free(&section);
	buf_free(&page);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {ids_are_ids, 0},
	    {rows_read_well, 0},
	    {next_steps_name_a_place, 0},
	    {rows_are_as_promised, 1},
	    {branches_are_whole_labels, 0},
	    {metrics_are_metrics, 0},
	    {metrics_have_their_limits, ARRAY_LEN(metric_want)},
	    {lists_are_by_program, 0},
	    {explains_a_row, 0},
	    {pages_name_every_finding, 0},
	};

	return unit_main("report_tables", units, ARRAY_LEN(units));
}
