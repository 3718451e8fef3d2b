/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile texts in every place a server can put one: the text stays one line 1
 * with our perfdata, read as Nagios and as Icinga 2 read it.
 */
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

#define LONG_TEXT 100000

static const struct {
	const char *name, *text;
} hostile_rows[] = {
    {"bar and perfdata", "welcome | pwn=1;;;0"},
    {"two bars", "a | pwn=1 | pwn=2"},
    {"CR alone", "fine\rOK - all good | pwn=1"},
    {"LF", "fine\nOK - all good | pwn=1"},
    {"CRLF state", "x\r\nIMAP OK - imap.example.org:993: fine | pwn=1\r\n"},
    {"VT FF", "a\vb\fOK - fine"},
    {"NEL", "a\xc2\x85OK - fine"},
    {"raw C1 NEL", "a\x85OK - fine"},
    {"LS PS", "a\xe2\x80\xa8OK - b\xe2\x80\xa9OK - c"},
    {"ESC BEL BS DEL", "\x1b[31mred\x1b[0m\x07\x08\x7f\x1b]0;title\x07"},
    {"C1 raw CSI", "\x9b"
		   "31m"},
    {"C1 CSI", "\xc2\x9b"
	       "31m"},
    {"bidi", "\xe2\x80\xae"
	     "KO\xe2\x80\xac \xe2\x81\xa6x\xe2\x81\xa9"},
    {"zero width", "O\xe2\x80\x8bK\xef\xbb\xbf\xe2\x81\xa0"},
    {"invalid", "\xff\xfe\x80\xbf"},
    {"overlong", "\xc0\xbc\xe0\x80\xbc\xf0\x80\x80\xbc \xc1\xbf"},
    {"truncated", "abc\xe2\x82"},
    {"surrogate", "\xed\xa0\x80\xed\xb0\x80"},
    {"beyond Unicode", "\xf4\x90\x80\x80\xf8\x88\x80\x80\x80"},
    {"Latin-1", "Gr\xfc\xdf"
		"e aus K\xf6ln"},
    {"markup", "<script>alert('x')</script><img src=x onerror=alert(1)> &lt;b&gt; javascript:x"},
    {"shell", "$(reboot) `id` ; rm -rf / \" ' ${IFS} \\ $PATH"},
    {"formats", "%s%n%n%n%d%*c%1$s"},
    {"state words", "OK - fine"},
    {"all states", "CRITICAL: x\nWARNING: y\nUNKNOWN\nOK\n"},
    {"service and state", "IMAP OK - imap.example.org:993: fine | time=0.1s"},
    {"finding", "[CRITICAL] net.refused - x\n  why:  y\n  next: curl evil.example\n  who:  mail"},
    {"quotes", "\"\" \" @ x\" [auth.credentials] (+9 more) | a=1"},
    {"JSON", "\",\"state\":\"OK\",\"exit_code\":0,\"x\":\"\\u0000\\"},
    {"OpenMetrics", "\n# EOF\nmailvitals_state{check=\"imap\"} 0\n"},
    {"placeholders", "{host} {user} {port} {address} {"},
    {"only blanks", " \t \r\n \v "},
    {"nothing", ""},
    {"lines", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n"},
    {"long", NULL},
    {"long characters", NULL},
    {"long bars", NULL},
    {"long lines", NULL},
};

static const char *
hostile_text(int row)
{
	static char text[LONG_TEXT + 1];
	static const char *const pieces[] = {"A", "\xf0\x9f\x98\x80", "|x=1 ", "|x=1\n"};
	size_t first = ARRAY_LEN(hostile_rows) - ARRAY_LEN(pieces);
	const char *piece;

	if (hostile_rows[row].text)
		return hostile_rows[row].text;
	piece = pieces[(size_t)row - first];
	for (size_t i = 0; i < LONG_TEXT; i++)
		text[i] = piece[i % strlen(piece)];
	return text;
}

/* The same text in every place that may hold what a peer or a user said. */
static void
fill_hostile(struct sample *sample, const char *text)
{
	struct report *report = &sample->report;
	struct report_finding *finding;
	struct report_phase phase = {text, "tls", 100, 200, PHASE_OK, text};

	sample_imap_ok(sample);
	for (int id = 0; id < 2; id++) {
		finding = report_add(report, id ? FINDING_AUTH_CREDENTIALS : FINDING_MX_REDUNDANCY,
		    text, "%s", text);
		report_said(report, finding, text, strlen(text));
		report_why(report, finding, "%s", text);
		report_next(report, finding, "%s", text);
	}
	report_add(report, FINDING_NET_REFUSED, NULL, "%s", text);
	report_phase(report, &phase);
	for (int level = 0; level <= 3; level++)
		report_line(report, level, "%s", text);
	report_good(report, "%s", text);
	sample->params.host = sample->params.port = text;
	sample->params.address = sample->params.user = text;
	sample->params.verbose = 3;
}

/* Every item of the perfdata must be one of ours. */
static void
check_perfdata(const char *name, const char *perfdata)
{
	char items[8192];
	char *rest = NULL;

	ck_assert_uint_lt(strlen(perfdata), sizeof(items));
	strcpy(items, perfdata);
	for (char *item = strtok_r(items, " ", &rest); item; item = strtok_r(NULL, " ", &rest)) {
		enum metric_id id;
		char *equals = strchr(item, '=');

		ck_assert_msg(equals != NULL, "%s: item %s", name, item);
		*equals = '\0';
		ck_assert_msg(metric_find(item, &id), "%s: label %s", name, item);
		ck_assert_msg(strspn(equals + 1, "-0123456789.sB%;:~@") == strlen(equals + 1),
		    "%s: value %s", name, equals + 1);
	}
}

/* Nagios: text up to the first '|' of line 1, perfdata behind it; more of it behind a later '|'. */
static void
check_as_nagios(const char *name, const char *text, const char *start)
{
	const char *bar = strchr(text, '|');
	const char *end = strchr(text, '\n');

	ck_assert_msg(strncmp(text, start, strlen(start)) == 0, "%s: %s", name, text);
	ck_assert_msg(bar && end && bar < end, "%s: %s", name, text);
	ck_assert_msg(!strchr(bar + 1, '|'), "%s: a second bar: %s", name, text);
}

/*
 * Icinga 2 splits at CR and LF, takes perfdata from every line that has a '|'
 * with a '=' behind it.
 */
static void
check_as_icinga(const char *name, const char *text)
{
	int blocks = 0;

	while (*text) {
		size_t len = strcspn(text, "\r\n");
		const char *bar = memchr(text, '|', len);
		char perfdata[8192];

		if (bar && memchr(bar, '=', len - (size_t)(bar - text))) {
			size_t perfdata_len = len - (size_t)(bar - text) - 1;

			memcpy(perfdata, bar + 1, perfdata_len);
			perfdata[perfdata_len] = '\0';
			check_perfdata(name, perfdata);
			blocks++;
		}
		text += len + (text[len] != '\0');
	}
	ck_assert_msg(blocks == 1, "%s: %d blocks of perfdata", name, blocks);
}

static bool
begins_with_state(const char *line)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN", "IMAP OK"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* Printable UTF-8, LF alone between lines, no markup, no state word at a line's start. */
static void
check_bytes(const char *name, const char *text)
{
	const struct text_style same = {.for_json = true};
	struct buf clean;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		buf_init(&clean, 1 << 16);
		text_clean(&clean, line, len, &same);
		ck_assert_msg(clean.len == len && memcmp(buf_text(&clean), line, len) == 0,
		    "%s: not clean: %.*s", name, (int)len, line);
		buf_free(&clean);
		ck_assert_msg(
		    line == text || !begins_with_state(line), "%s: %.*s", name, (int)len, line);
	}
	ck_assert_msg(!strpbrk(text, "<>\r\t"), "%s: %s", name, text);
}

START_TEST(hostile_texts_stay_texts)
{
	static const size_t caps[] = {1024, 4096, 65536};
	const char *name = hostile_rows[_i].name;
	struct sample sample;

	fill_hostile(&sample, hostile_text(_i));
	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		sample.params.max_output = caps[i];
		rendered(&sample);
		ck_assert_uint_le(out.len, caps[i]);
		ck_assert_uint_eq(strlen(buf_text(&out)), out.len);
		check_as_nagios(name, buf_text(&out), "IMAP CRITICAL - imap.example.org:993: ");
		check_as_icinga(name, buf_text(&out));
		check_bytes(name, buf_text(&out));
	}
	sample_free(&sample);
}
END_TEST

/* What the user named as target, and the sentence of a good run. */
START_TEST(hostile_subjects_stay_subjects)
{
	const char *name = hostile_rows[_i].name;
	struct sample sample;

	sample_imap_ok(&sample);
	sample.params.subject = hostile_text(_i);
	report_good(&sample.report, "%s", hostile_text(_i));
	rendered(&sample);
	check_as_nagios(name, buf_text(&out), "IMAP OK - ");
	check_as_icinga(name, buf_text(&out));
	check_bytes(name, buf_text(&out));
	ck_assert_uint_le(chars_before_bar(buf_text(&out)), 160);
	sample_free(&sample);
}
END_TEST

START_TEST(nul_in_said_is_shown)
{
	struct sample sample;
	struct report_finding *finding;

	sample_pop3_unknown(&sample);
	finding = report_add(&sample.report, FINDING_PROTO_MALFORMED, NULL, "NUL in reply");
	report_said(&sample.report, finding, "+OK\0|x=1", 8);
	rendered(&sample);
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&out), "NUL in reply: \"+OK\\x00\xc2\xa6x=1\" [proto"));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "  said: \"+OK\\x00\xc2\xa6x=1\"\n"));
	sample_free(&sample);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {hostile_texts_stay_texts, ARRAY_LEN(hostile_rows)},
	    {hostile_subjects_stay_subjects, ARRAY_LEN(hostile_rows)},
	    {nul_in_said_is_shown, 0},
	};

	return unit_main("report_hostile", units, ARRAY_LEN(units));
}
