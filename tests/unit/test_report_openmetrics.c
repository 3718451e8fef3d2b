/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gauges: the sample to the byte, labels escaped, no series twice. */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "lib/sample.h"
#include "lib/unit.h"

static struct buf out;

static const char *
rendered(struct sample *sample)
{
	buf_free(&out);
	buf_init(&out, 8 << 20);
	render_openmetrics(&out, &sample->report, &sample->params);
	ck_assert(!out.overflow);
	return buf_text(&out);
}

#define L "{check=\"imap\",target=\"imap.example.org:993\""
#define FAMILY(name, help) "# HELP mailvitals_" name " " help "\n# TYPE mailvitals_" name " gauge\n"

START_TEST(sample_to_the_byte)
{
	static const char
	    want
		[] = FAMILY("state", "State of the check: 0 ok, 1 warning, 2 critical, 3 unknown") "mailvitals_state" L "} 0\n" FAMILY("endpoint_state", "State of one address: 0 ok, 1 warning, 2 critical, 3 unknown") "mailvitals_endpoint_state" L ",address=\"192.0.2.25\"} 0\n" FAMILY(
		    "time_seconds", "Start of the run until the verdict is known, goodbye not "
				    "counted") "mailvitals_time_seconds" L "} 0.041327\n" FAMILY("p"
												 "h"
												 "a"
												 "s"
												 "e"
												 "_"
												 "s"
												 "e"
												 "c"
												 "o"
												 "n"
												 "d"
												 "s",
		    "Time of one phase") "mailvitals_phase_seconds" L ",phase=\"dns\"} 0.002101\n"
					 "mailvitals_phase_seconds" L
					 ",phase=\"connect\"} 0.009011\n"
					 "mailvitals_phase_seconds" L ",phase=\"tls\"} 0.018310\n"
					 "mailvitals_phase_seconds" L ",phase=\"auth\"} 0.006220\n"
					 "mailvitals_phase_seconds" L
					 ",phase=\"mailbox\"} 0.002004\n" FAMILY("cert_days",
					     "Days until the best verified path ends; negative "
					     "when "
					     "over") "mailvitals_cert_days" L "} 61.1\n" FAMILY("ce"
												"rt"
												"_l"
												"if"
												"et"
												"im"
												"e_"
												"le"
												"ft"
												"_p"
												"er"
												"ce"
												"n"
												"t",
					     "What is left of the certificate's whole "
					     "validity") "mailvitals_cert_lifetime_left_"
							 "percent" L "} 67.9\n" FAMILY("messages",
							     "Mes"
							     "sag"
							     "es "
							     "in "
							     "the"
							     " fo"
							     "lde"
							     "r") "mailvitals_messages" L
								  "} 214\n" FAMILY(
								      "quota_storage_percent",
								      "Stor"
								      "age "
								      "used"
								      " of "
								      "the "
								      "limi"
								      "t, "
								      "wors"
								      "t "
								      "roo"
								      "t") "mailvitals_quota_"
									   "storage_percent" L
									   "} 41.0\n" FAMILY(
									       "cert_not_after_"
									       "timestamp_seconds",
									       "End of a "
									       "certificate, Unix "
									       "time") "mailvitals_"
										       "cert_not_"
										       "after_"
										       "timestamp_"
										       "seconds" L
										       ",address="
										       "\"192.0.2."
										       "25\","
										       "position="
										       "\"0\","
										       "serial="
										       "\"04a1\"} "
										       "1800601200"
										       "\n" FAMILY(
											   "last_"
											   "run_"
											   "timesta"
											   "mp_"
											   "second"
											   "s",
											   "Start "
											   "of "
											   "this "
											   "run, "
											   "Unix "
											   "time") "mailvitals_last_run_timestamp_seconds" L "} 1795322400\n" FAMILY("build",
											   "Version"
											   " of "
											   "the "
											   "progra"
											   "m") "ma"
												"il"
												"vi"
												"ta"
												"ls"
												"_"
												"bu"
												"il"
												"d" L
												",v"
												"er"
												"si"
												"on"
												"="
												"\""
												"1."
												"0."
												"0"
												"\""
												"} "
												"1"
												"\n"
												"# "
												"EO"
												"F"
												"\n";
	struct sample sample;

	sample_imap_ok(&sample);
	ck_assert_str_eq(rendered(&sample), want);
	sample_free(&sample);
}
END_TEST

/* ---- the grammar both formats share ---------------------------------------------------- */

static void
check_line(const char *line, const char *pattern)
{
	regex_t regex;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(regexec(&regex, line, 0, NULL, 0) == 0, "%s", line);
	regfree(&regex);
}

/* Each line in the grammar, each series once, each family once, # EOF last. */
static void
check_grammar(const char *text)
{
	char families[65536] = "\n", series[1 << 17] = "\n";

	ck_assert_str_eq(text + strlen(text) - 7, "\n# EOF\n");
	for (; strcmp(text, "# EOF\n") != 0; text += strcspn(text, "\n") + 1) {
		char line[4096], key[4100];

		ck_assert_uint_lt(strcspn(text, "\n"), sizeof(line) - 2);
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		if (line[0] == '#') {
			check_line(line, "^# (HELP mailvitals_[a-z0-9_]+ [A-Z][^\\\"]+|TYPE "
					 "mailvitals_[a-z0-9_]+ gauge)$");
			snprintf(key, sizeof(key), "\n%s\n", line);
			ck_assert_msg(!strstr(families, key), "%s", line);
			strcat(strcat(families, line), "\n");
			continue;
		}
		check_line(line,
		    "^mailvitals_[a-z0-9_]+\\{([a-z_]+=\"([^\\\"]|\\\\\\\\|\\\\\"|\\\\n)*\",?)+"
		    "\\} -?[0-9]+(\\.[0-9]+)?$");
		*strrchr(line, ' ') = '\0';
		snprintf(key, sizeof(key), "\n%s\n", line);
		ck_assert_msg(!strstr(series, key), "twice: %s", line);
		strcat(strcat(series, line), "\n");
	}
}

START_TEST(samples_keep_the_grammar)
{
	void (*const samples[])(struct sample * sample) = {sample_imap_ok,
	    sample_imap_login_refused, sample_smtp_warning, sample_mx_critical,
	    sample_pop3_unknown};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct sample sample;

		samples[i](&sample);
		check_grammar(rendered(&sample));
		sample_free(&sample);
	}
}
END_TEST

START_TEST(every_metric_has_a_name)
{
	struct sample sample;

	sample_imap_ok(&sample);
	for (int i = 0; i < METRIC_COUNT; i++)
		report_metric(&sample.report, (enum metric_id)i, 1);
	check_grammar(rendered(&sample));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\nmailvitals_size_bytes" L "} 1\n"));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "\nmailvitals_newest_age_seconds" L "} 1.000000\n"));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "\nmailvitals_quota_message_percent" L "} 1.0\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\nmailvitals_quota_storage_bytes" L "} 1\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), ",phase=\"revocation\"} 1.000000\n"));
	sample_free(&sample);
}
END_TEST

/* ---- findings, lists, labels --------------------------------------------------------------- */

START_TEST(findings_stand_once_with_the_worst)
{
	struct sample sample;
	struct report_finding *finding;

	sample_mx_critical(&sample);
	finding = report_add(&sample.report, FINDING_RBL_SCORE, "192.0.2.25", "a");
	report_state(&sample.report, finding, STATE_WARNING);
	finding = report_add(&sample.report, FINDING_RBL_SCORE, "192.0.2.25", "b");
	report_state(&sample.report, finding, STATE_CRITICAL);
	report_add(&sample.report, FINDING_MX_REDUNDANCY, NULL, "a note");
	check_grammar(rendered(&sample));
	ck_assert_ptr_nonnull(strstr(buf_text(&out),
	    "mailvitals_finding_state{check=\"mx\",target=\"example.org\",finding=\"rbl.score\","
	    "subject=\"192.0.2.25\"} 2\n"));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "finding=\"dmarc.missing\",subject=\"\"} 1\n"));
	ck_assert_ptr_null(strstr(buf_text(&out), "mx.redundancy"));
	sample_free(&sample);
}
END_TEST

static const struct {
	const char *verdict, *want;
} list_rows[] = {
    {"listed", "1"},
    {"unproved", "1"},
    {"clean", "0"},
    {"refused", "2"},
    {"hijacked", "2"},
    {"lists_world", "2"},
    {"silent", "2"},
    {"no_answer", "2"},
    {"dead", "2"},
};

START_TEST(lists_have_three_states)
{
	struct sample sample;
	struct value *list;
	char want[256];

	sample_mx_critical(&sample);
	list = value_add_object(&sample.report.arena, sample.report.lists, NULL);
	value_add_text(&sample.report.arena, list, "id", "z/192.0.2.25");
	value_add_text(&sample.report.arena, list, "zone", "z");
	value_add_text(&sample.report.arena, list, "target", "192.0.2.25");
	value_add_text(&sample.report.arena, list, "verdict", list_rows[_i].verdict);
	snprintf(want, sizeof(want),
	    "mailvitals_list_state{check=\"mx\",target=\"example.org\",zone=\"z\",address=\"192.0."
	    "2.25\"}"
	    " %s\n",
	    list_rows[_i].want);
	ck_assert_msg(strstr(rendered(&sample), want) != NULL, "%s", want);
	sample_free(&sample);
}
END_TEST

START_TEST(labels_are_escaped)
{
	static const char *const words[] = {"site=a\"b\\c", "empty=", "ctl=\x1b\n\xff"};
	struct sample sample;

	sample_imap_ok(&sample);
	sample.params.subject = "quote\" back\\slash\nline";
	sample.params.metric_labels = words;
	sample.params.metric_label_count = ARRAY_LEN(words);
	check_grammar(rendered(&sample));
	ck_assert_ptr_nonnull(strstr(buf_text(&out),
	    "mailvitals_state{check=\"imap\",target=\"quote\\\" back\\\\slash\\\\x0aline\","
	    "site=\"a\\\"b\\\\c\",empty=\"\",ctl=\"\\\\x1b\\\\x0a\\\\xff\"} 0\n"));
	sample_free(&sample);
}
END_TEST

/* Several targets: what is about one of them names it. */
START_TEST(endpoints_name_their_target)
{
	struct sample sample;
	struct value *file;

	sample_imap_ok(&sample);
	sample.params.subject = "2 targets";
	file = value_add_object(&sample.report.arena, sample.report.certificates, NULL);
	value_add_text(&sample.report.arena, file, "id", "/etc/ssl/a.pem#0");
	value_add_text(&sample.report.arena, file, "file", "/etc/ssl/a.pem");
	value_add_text(&sample.report.arena, file, "serial", "01");
	value_add_time(&sample.report.arena, file, "not_after", "not_after_epoch", 1800000000);
	value_add_object(&sample.report.arena, sample.report.certificates, NULL);
	check_grammar(rendered(&sample));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "mailvitals_state{check=\"imap\",target=\"2 targets\"} 0"));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "mailvitals_endpoint_state" L ",address=\"192.0.2.25\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out),
	    "{check=\"imap\",target=\"/etc/ssl/a.pem\",address=\"\",position=\"0\",serial=\"01\"} "
	    "1800000000\n"));
	sample_free(&sample);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {sample_to_the_byte, 0},
	    {samples_keep_the_grammar, 0},
	    {every_metric_has_a_name, 0},
	    {findings_stand_once_with_the_worst, 0},
	    {lists_have_three_states, ARRAY_LEN(list_rows)},
	    {labels_are_escaped, 0},
	    {endpoints_name_their_target, 0},
	};

	return unit_main("report_openmetrics", units, ARRAY_LEN(units));
}
