/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text for people and engines: the samples to the byte, the lengths, what
 * each -v adds, placeholders and the styles of perfdata.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lib/sample.h"
#include "lib/unit.h"

static struct buf out;

static const char *
rendered(struct sample *sample)
{
	buf_free(&out);
	buf_init(&out, 1 << 20);
	render_text(&out, &sample->report, &sample->params);
	return buf_text(&out);
}

/* ---- samples ------------------------------------------------------------------------ */

#define IMAP_LINE \
	"IMAP OK - imap.example.org:993: login as anna, INBOX 214 messages, certificate 61 days, " \
	"41 ms | time=0.041327s;;;0;10 time_dns=0.002101s;;;0 time_connect=0.009011s;;;0 " \
	"time_tls=0.018310s;;;0 time_auth=0.006220s;;;0 time_mailbox=0.002004s;;;0 " \
	"cert_days=61.1;22.5:;9: cert_lifetime_left=67.9%;25:;10:;0;100 messages=214;;;0 " \
	"quota_storage_percent=41.0%;85;95;0\n"

static const struct {
	const char *name;
	void (*build)(struct sample *sample);
	int verbose;
	const char *want;
} sample_rows[] = {
    {"IMAP OK", sample_imap_ok, 0, IMAP_LINE},
    {"IMAP OK -v", sample_imap_ok, 1,
	IMAP_LINE
	"  0.000 dns         0.002  2 addresses: 192.0.2.25, 2001:db8::25\n"
	"  0.002 connect     0.009  192.0.2.25\n"
	"  0.011 tls         0.018  TLS 1.3, x25519, verified for imap.example.org\n"
	"  0.029 greeting    0.001  \"* OK Dovecot ready.\"\n"
	"  0.030 auth        0.006  SCRAM-SHA-256, server proved that it knows the password\n"
	"  0.036 mailbox     0.002  EXAMINE INBOX: 214 messages\n"},
    {"IMAP CRITICAL", sample_imap_login_refused, 0,
	"IMAP CRITICAL - imap.example.org:993: login refused: the account needs an app password: "
	"\"NO [ALERT] Application-specific password required\" [auth.app_password]\n"
	"[CRITICAL] auth.app_password - login refused: the account needs an app password @ "
	"imap.example.org:993/192.0.2.25\n"
	"  said: \"NO [ALERT] Application-specific password required\"\n"
	"  why:  two-step sign-in is on and the normal password was used\n"
	"  next: make an app password for this check, or use --token-file with OAuth2\n"
	"  who:  owner\n"},
    {"SMTP WARNING", sample_smtp_warning, 0,
	"SMTP WARNING - smtp.example.org:587: certificate ends in 14.2 days, limit 22.5 days "
	"[tls.cert.expiring] | time=0.088100s;;;0;10 cert_days=14.2;22.5:;9: "
	"cert_lifetime_left=15.8%;25:;10:;0;100\n"
	"[WARNING] tls.cert.expiring - certificate ends in 14.2 days (2026-12-06 09:12 UTC), limit "
	"22.5 days @ smtp.example.org:587/192.0.2.26\n"
	"  why:  renewal has not run, or the service was not reloaded after it\n"
	"  next: check_cert_expiry -H smtp.example.org -p 587 --compare-file "
	"/etc/ssl/mail/fullchain.pem\n"
	"  who:  mail\n"},
    {"MX CRITICAL", sample_mx_critical, 0,
	"MX CRITICAL - example.org: 192.0.2.25 listed by zen.spamhaus.org (127.0.0.2), 1 of 12 "
	"lists [rbl.listed.high] (+1 more) | time=0.140220s;;;0;10 listed=1 score=10;4;9;0 "
	"lists_usable=12 lists_total=12 mx_hosts=2\n"
	"[CRITICAL] rbl.listed.high - 192.0.2.25 listed by zen.spamhaus.org (127.0.0.2, high) @ "
	"zen.spamhaus.org/192.0.2.25\n"
	"  said: \"https://check.spamhaus.org/query/ip/192.0.2.25\"\n"
	"  why:  spam left through this address; a compromised account is most likely\n"
	"  next: look for the sender in the mail log, stop it, then ask for removal at "
	"https://check.spamhaus.org/\n"
	"  who:  mail\n"
	"[WARNING] dmarc.missing - no DMARC record at _dmarc.example.org\n"
	"  why:  \xe2\x80\xa6\n"
	"  next: \xe2\x80\xa6\n"
	"  who:  dns\n"},
    {"POP3 UNKNOWN", sample_pop3_unknown, 0,
	"POP3 UNKNOWN - pop.example.org:995: no answer from any name server of this machine within "
	"10.0 s [dns.resolver] | time=10.000871s;;;0;10\n"
	"[UNKNOWN] dns.resolver - 192.0.2.53 and 192.0.2.54 silent for 10.0 s\n"
	"  why:  the resolver of this machine is down, or port 53 is blocked; the mail service was "
	"not reached and not judged\n"
	"  next: dig @192.0.2.53 example.org\n"
	"  who:  monitor\n"},
};

START_TEST(samples_to_the_byte)
{
	struct sample sample;

	sample_rows[_i].build(&sample);
	sample.params.verbose = sample_rows[_i].verbose;
	ck_assert_str_eq(rendered(&sample), sample_rows[_i].want);
	sample_free(&sample);
}
END_TEST

/* ---- lengths ------------------------------------------------------------------------- */

/* Fills text with count letters, each a letter of two bytes, and ends it. */
static void
fill_text(char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	text[2 * count] = '\0';
}

static char *
line_of(const char *text, int number)
{
	static char line[8192];
	size_t len;

	while (number-- > 0 && text)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	ck_assert_ptr_nonnull(text);
	len = strcspn(text, "\n");
	ck_assert_uint_lt(len, sizeof(line));
	memcpy(line, text, len);
	line[len] = '\0';
	return line;
}

static size_t
chars_before_bar(const char *line)
{
	char text[8192];
	size_t len = strcspn(line, "|");

	memcpy(text, line, len);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text_chars(text);
}

static const struct {
	const char *name;
	size_t subject, message, said;
	int more;
	bool said_shown;
} length_rows[] = {
    {"short", 10, 10, 10, 0, true},
    {"message cut", 20, 500, 0, 0, false},
    {"no room for said", 20, 120, 100, 0, false},
    {"said cut to the line", 20, 60, 500, 0, true},
    {"said cut to 80", 2, 10, 500, 0, true},
    {"all long", 253, 1000, 1000, 9, false},
};

START_TEST(line_one_is_short)
{
	static char subject[4096], message[4096], said[4096];
	struct sample sample;
	struct report_finding *finding;
	const char *line;

	sample_smtp_warning(&sample);
	fill_text(subject, length_rows[_i].subject);
	fill_text(message, length_rows[_i].message);
	fill_text(said, length_rows[_i].said);
	sample.params.subject = subject;
	for (int i = 0; i < length_rows[_i].more; i++)
		report_add(&sample.report, FINDING_TLS_FLOOR, NULL, "another");
	finding = report_add(
	    &sample.report, FINDING_POLICY_MUST_REFUSE_WRONG_PASSWORD, NULL, "%s", message);
	report_said(&sample.report, finding, said, strlen(said));
	line = line_of(rendered(&sample), 0);
	ck_assert_msg(chars_before_bar(line) <= 160, "%s: %s", length_rows[_i].name, line);
	ck_assert_uint_lt(strlen(line), 1024);
	ck_assert_ptr_nonnull(strstr(line, " [policy.must_refuse.wrong_password] (+"));
	ck_assert_msg((strchr(line, '"') != NULL) == length_rows[_i].said_shown, "%s: %s",
	    length_rows[_i].name, line);
	ck_assert_ptr_nonnull(strstr(line, " | time="));
	sample_free(&sample);
}
END_TEST

START_TEST(line_one_caps_its_parts)
{
	static char text[4096];
	struct sample sample;
	struct report_finding *finding;

	sample_smtp_warning(&sample);
	fill_text(text, 1000);
	sample.params.subject = "";
	report_add(&sample.report, FINDING_NET_RESET, NULL, "%s", text);
	ck_assert_uint_eq(chars_before_bar(line_of(rendered(&sample), 0)),
	    strlen("SMTP CRITICAL -  [net.reset] (+1 more)") + 120);
	finding = report_add(&sample.report, FINDING_NET_REFUSED, NULL, "said");
	report_said(&sample.report, finding, text, strlen(text));
	ck_assert_uint_eq(chars_before_bar(line_of(rendered(&sample), 0)),
	    strlen("SMTP CRITICAL - said: \"\" [net.refused] (+2 more)") + 80);
	sample_free(&sample);
}
END_TEST

START_TEST(long_lines_are_cut)
{
	static char text[4096];
	struct sample sample;
	struct report_finding *finding;

	sample_pop3_unknown(&sample);
	fill_text(text, 1000);
	finding = report_add(&sample.report, FINDING_NET_REFUSED, NULL, "%s", text);
	report_said(&sample.report, finding, text, strlen(text));
	report_why(&sample.report, finding, "%s", text);
	report_next(&sample.report, finding, "%s", text);
	rendered(&sample);
	ck_assert_uint_eq(
	    text_chars(line_of(buf_text(&out), 1)), strlen("[CRITICAL] net.refused - ") + 120);
	ck_assert_uint_eq(text_chars(line_of(buf_text(&out), 2)), strlen("  said: \"\"") + 200);
	ck_assert_uint_eq(text_chars(line_of(buf_text(&out), 3)), strlen("  why:  ") + 200);
	ck_assert_uint_eq(text_chars(line_of(buf_text(&out), 4)), strlen("  next: ") + 200);
	sample_free(&sample);
}
END_TEST

START_TEST(said_has_sixteen_lines)
{
	struct sample sample;
	struct report_finding *finding;
	struct buf said;
	const char *at;
	int lines = 0;

	buf_init(&said, 4096);
	for (int i = 1; i <= 40; i++)
		buf_printf(&said, "line %d\r\n\r\n", i);
	sample_pop3_unknown(&sample);
	finding = report_add(&sample.report, FINDING_NET_REFUSED, NULL, "refused");
	report_said(&sample.report, finding, buf_text(&said), said.len);
	at = rendered(&sample);
	ck_assert_ptr_nonnull(strstr(at, "refused: \"line 1 line 2 "));
	ck_assert_ptr_nonnull(
	    strstr(at, "  said: \"line 15\"\n  said: \"line 16\xe2\x80\xa6\"\n  why:"));
	for (; (at = strstr(at, "  said: ")) != NULL; at++)
		lines++;
	ck_assert_int_eq(lines, 16);
	buf_free(&said);
	sample_free(&sample);
}
END_TEST

/* Perfdata gives way from its end, an item at a time; the whole text a line at a time. */
static const size_t max_rows[] = {1024, 1100, 1500, 2048, 8192};

START_TEST(whole_text_fits)
{
	static char text[4096];
	struct sample sample;
	size_t max = max_rows[_i];
	const char *line;

	sample_imap_ok(&sample);
	fill_text(text, 1000);
	for (int i = 0; i < METRIC_COUNT; i++)
		report_metric(&sample.report, (enum metric_id)i, 1234567890);
	for (int i = 0; i < 20; i++)
		report_add(&sample.report, FINDING_NET_REFUSED, NULL, "%s", text);
	sample.params.max_output = max;
	rendered(&sample);
	ck_assert_uint_le(out.len, max);
	ck_assert_int_eq(out.data[out.len - 1], '\n');
	line = line_of(buf_text(&out), 0);
	ck_assert_uint_le(strlen(line), 1023);
	ck_assert_uint_gt(strlen(line), 900);
	ck_assert_ptr_nonnull(
	    strstr(line, " (+19 more) | time=1234567890.000000s;;;0;10 time_dns="));
	ck_assert_msg(strchr("0123456789sB%;:", line[strlen(line) - 1]) != NULL, "%s", line);
	if (max > 1024)
		ck_assert_str_eq(out.data + out.len - 5, "\n\xe2\x80\xa6\n");
	sample_free(&sample);
}
END_TEST

START_TEST(no_cap_on_a_terminal)
{
	struct sample sample;

	sample_imap_ok(&sample);
	for (int i = 0; i < 1000; i++)
		report_line(&sample.report, 3, "S: line %d of the transcript", i);
	sample.params.verbose = 3;
	sample.params.terminal = true;
	sample.params.max_output = 0;
	ck_assert_ptr_nonnull(strstr(rendered(&sample), "S: line 999 of the transcript\n"));
	sample_free(&sample);
}
END_TEST

/* ---- notes, levels, colours ------------------------------------------------------------ */

START_TEST(levels_show_more)
{
	static const char *const texts[] = {"[NOTE] mx.redundancy - one machine\n", "  a note\n",
	    "  a fact\n", "S: a line\n", "imap: works\n"};
	static const int levels[] = {1, 1, 2, 3, 0};
	struct sample sample;

	sample_pop3_unknown(&sample);
	report_add(&sample.report, FINDING_MX_REDUNDANCY, "subject", "one machine");
	report_line(&sample.report, 1, "a note");
	report_line(&sample.report, 2, "a fact");
	report_line(&sample.report, 3, "S: a line");
	report_line(&sample.report, 0, "imap: works");
	for (int verbose = 0; verbose <= 3; verbose++) {
		sample.params.verbose = verbose;
		rendered(&sample);
		for (size_t i = 0; i < ARRAY_LEN(texts); i++)
			ck_assert_msg(
			    (strstr(buf_text(&out), texts[i]) != NULL) == (verbose >= levels[i]),
			    "-v %d: %s", verbose, texts[i]);
	}
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "10.000871s;;;0;10\nimap: works\n[UNKNOWN] "));
	sample_free(&sample);
}
END_TEST

/* A note never stands in line 1, and the state stays OK. */
START_TEST(notes_leave_ok)
{
	struct sample sample;

	sample_imap_ok(&sample);
	report_add(&sample.report, FINDING_TLS_CERT_CHAIN_EXTRA, NULL, "root sent");
	ck_assert_str_eq(rendered(&sample), IMAP_LINE);
	sample.report.good = NULL;
	ck_assert_ptr_nonnull(strstr(rendered(&sample), ": nothing wrong was found | time="));
	sample_free(&sample);
}
END_TEST

START_TEST(colours_on_a_terminal_only)
{
	struct sample sample;

	sample_smtp_warning(&sample);
	sample.params.verbose = 1;
	report_phase(
	    &sample.report, &(struct report_phase){NULL, "dns", 0, 50000, PHASE_OK, "1 address"});
	report_phase(&sample.report,
	    &(struct report_phase){NULL, "connect", 50000, 50000, PHASE_TIMED_OUT, NULL});
	sample.params.colour = true;
	ck_assert_ptr_null(strchr(rendered(&sample), '\033'));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "  0.050 connect     0.050  timed out\n"));
	sample.params.terminal = true;
	rendered(&sample);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "SMTP \033[1;33mWARNING\033[0m - smtp."));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\n[\033[1;33mWARNING\033[0m] tls.cert."));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\xe2\x94\x81\xc2\xb7"));
	sample.params.colour = false;
	ck_assert_ptr_null(strchr(rendered(&sample), '\033'));
	ck_assert_ptr_null(strstr(buf_text(&out), "\xe2\x94\x81"));
	sample_free(&sample);
}
END_TEST

/* ---- placeholders ----------------------------------------------------------------------- */

static const struct {
	const char *subject, *host, *port, *address, *user;
	const char *want;
} place_rows[] = {
    {NULL, NULL, NULL, NULL, NULL, "HOST PORT ADDRESS USER {other} {"},
    {NULL, "h", "1", "a", "u", "h 1 a u {other} {"},
    {"x.example:993/192.0.2.1", "h", "1", "a", "u", "x.example 993 192.0.2.1 u {other} {"},
    {"x.example:993/192.0.2.1#0", "h", "1", "a", "u", "x.example 993 192.0.2.1 u {other} {"},
    {"[2001:db8::1]:25/2001:db8::1", "h", "1", "a", "u", "2001:db8::1 25 2001:db8::1 u {other} {"},
    {"zen.example/192.0.2.1", "h", "1", "a", "u", "h 1 192.0.2.1 u {other} {"},
    {"/etc/ssl/a.pem#1", "h", "1", "a", "u", "h 1 a u {other} {"},
    {"x:993/", "h", "1", "a", "u", "h 1 a u {other} {"},
    {"x/y", "h", "1", "a", "u", "h 1 y u {other} {"},
    {":1/y", "h", "1", "a", "u", "h 1 y u {other} {"},
    {"x.example:993", "h", "1", "a", "u", "x.example 993 a u {other} {"},
    {"[2001:db8::1]:25", NULL, NULL, NULL, NULL, "2001:db8::1 25 ADDRESS USER {other} {"},
    {"mx:x.example", "h", "1", "a", "u", "x.example 1 a u {other} {"},
    {"srv:x.example", "h", "1", "a", "u", "x.example 1 a u {other} {"},
    {"x.example", "h", "1", "a", "u", "h 1 a u {other} {"},
    {"1/y", "h", "1", "a", "u", "h 1 y u {other} {"},
};

START_TEST(places_are_filled_in)
{
	struct sample sample;
	struct report_finding *finding;
	char want[256];

	sample_pop3_unknown(&sample);
	sample.params.host = place_rows[_i].host;
	sample.params.port = place_rows[_i].port;
	sample.params.address = place_rows[_i].address;
	sample.params.user = place_rows[_i].user;
	finding = report_add(&sample.report, FINDING_NET_REFUSED, place_rows[_i].subject, "m");
	report_next(&sample.report, finding, "%s", ">{host} {port} {address} {user} {other} {");
	snprintf(want, sizeof(want), "  next: \xe2\x80\xba%s\n", place_rows[_i].want);
	ck_assert_msg(strstr(rendered(&sample), want) != NULL, "%s", buf_text(&out));
	sample_free(&sample);
}
END_TEST

/* ---- perfdata styles --------------------------------------------------------------------- */

START_TEST(perfdata_styles)
{
	struct sample sample;

	sample_pop3_unknown(&sample);
	sample.params.perfdata = PERFDATA_NONE;
	ck_assert_ptr_null(strchr(rendered(&sample), '|'));
	sample.params.perfdata = PERFDATA_COMPAT;
	ck_assert_str_eq(
	    strchr(line_of(rendered(&sample), 0), '|'), "| time=10.001s;;;0.000000;10.000000");
	sample.report.metrics[METRIC_TIME].warning = (struct range){.set = true, .max = 1};
	sample.report.metrics[METRIC_TIME].critical =
	    (struct range){.set = true, .no_max = true, .min = 2};
	ck_assert_str_eq(strchr(line_of(rendered(&sample), 0), '|'),
	    "| time=10.001s;1.000000;2:;0.000000;10.000000");
	sample_free(&sample);
	sample_imap_ok(&sample);
	sample.params.perfdata = PERFDATA_COMPAT;
	sample.params.program = PROGRAM_CERT;
	ck_assert_ptr_nonnull(strstr(line_of(rendered(&sample), 0),
	    "cert_lifetime_left=67.9%;25:;10:;0;100 messages=214;;;0 "
	    "quota_storage_percent=41.0%;85;95;0 days_chain_elem1=61;22.5:;9:"));
	sample_free(&sample);
}
END_TEST

START_TEST(numbers_are_never_minus_zero)
{
	struct sample sample;

	sample_smtp_warning(&sample);
	sample.report.metrics[METRIC_CERT_DAYS].value = -0.04;
	sample.report.metrics[METRIC_CERT_LIFETIME_LEFT].value = -0.06;
	sample.report.metrics[METRIC_TIME].max = 0.5;
	rendered(&sample);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), ";0.5 cert_days=0.0;22.5"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "left=-0.1%;"));
	sample_free(&sample);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {samples_to_the_byte, ARRAY_LEN(sample_rows)},
	    {line_one_is_short, ARRAY_LEN(length_rows)},
	    {line_one_caps_its_parts, 0},
	    {long_lines_are_cut, 0},
	    {said_has_sixteen_lines, 0},
	    {whole_text_fits, ARRAY_LEN(max_rows)},
	    {no_cap_on_a_terminal, 0},
	    {levels_show_more, 0},
	    {notes_leave_ok, 0},
	    {colours_on_a_terminal_only, 0},
	    {places_are_filled_in, ARRAY_LEN(place_rows)},
	    {perfdata_styles, 0},
	    {numbers_are_never_minus_zero, 0},
	};

	return unit_main("report_text", units, ARRAY_LEN(units));
}
