/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the doctor makes of the ends of its checks: which sentence, which finding, who acts.
 * problem: A2 A3
 */
#include <string.h>

#include "check/judge_doctor.h"
#include "lib/unit.h"
#include "report/render.h"

/* An end of a check: "" works, "-" not offered, "." skipped, else the id of its worst finding. */
static const struct row {
	const char *smtp, *imap, *pop3, *cert, *mx;
	bool web_answers;
	const char *id; /* "": all is well */
	enum state state;
	enum who who;
	const char *begins; /* the sentence */
} rows[] = {
    {"", "", "-", "", "", false, "", STATE_OK, WHO_MAIL, "sending and receiving work"},
    {"", ".", ".", ".", ".", false, "", STATE_OK, WHO_MAIL, "sending works"},
    {".", "", "", ".", ".", false, "", STATE_OK, WHO_MAIL, "receiving works"},
    {".", ".", ".", ".", "", false, "", STATE_OK, WHO_MAIL, "nothing is wrong"},

    /* one side */
    {"auth.credentials", "", "-", "", "", false, "account.only_sending", STATE_CRITICAL, WHO_OWNER,
	"receiving works, sending fails: port 587: "},
    {"net.refused", "", "net.refused", "", "", false, "account.only_sending", STATE_CRITICAL,
	WHO_MAIL, "receiving works by IMAP, not by POP3, sending fails: "},
    {"net.timeout.connect", "", "-", "", "", true, "account.only_sending", STATE_CRITICAL, WHO_MAIL,
	"receiving works, sending fails: "},
    {"", "auth.protocol_off", "-", "", "", false, "account.only_receiving", STATE_CRITICAL,
	WHO_OWNER, "sending works, receiving fails: port 993: "},
    {"", "auth.protocol_off", "", "", "", false, "account.only_receiving", STATE_CRITICAL,
	WHO_OWNER, "sending works, receiving works by POP3, not by IMAP: "},
    {"limit.connections", "", "-", "", "", false, "account.only_sending", STATE_WARNING, WHO_MAIL,
	"receiving works, sending fails: "},

    /* both */
    {"net.refused", "net.refused", "-", "", "", false, "account.everything", STATE_CRITICAL,
	WHO_PROVIDER, "sending and receiving fail: "},
    {"server.unavailable", "server.incident", "-", "", "", false, "account.everything",
	STATE_CRITICAL, WHO_PROVIDER, "sending and receiving fail: "},
    {"auth.protocol_off", "net.reset", "-", "", "", false, "account.everything", STATE_CRITICAL,
	WHO_PROVIDER, "sending and receiving fail: "},

    /* the way there */
    {"net.timeout.connect", "net.timeout.connect", "-", "net.timeout.connect", "", false,
	"account.everything", STATE_CRITICAL, WHO_PROVIDER, "sending and receiving fail: "},
    {"net.timeout.connect", "net.timeout.connect", "-", "net.timeout.connect", "", true,
	"account.network_here", STATE_CRITICAL, WHO_MONITOR,
	"sending and receiving fail: their ports"},
    {"net.unreachable", "net.unreachable", "-", "net.unreachable", "", false,
	"account.network_here", STATE_CRITICAL, WHO_MONITOR,
	"sending and receiving fail: their ports"},
    {"proto.not_protocol", "tls.cert.inspected", "-", "", "", false, "account.network_here",
	STATE_CRITICAL, WHO_MONITOR, "sending and receiving fail: their ports"},
    {"net.timeout.connect", "net.refused", "-", "", "", true, "account.everything", STATE_CRITICAL,
	WHO_PROVIDER, "sending and receiving fail: "},

    /* one cause */
    {"tls.cert.expired", "tls.cert.expired", "-", "tls.cert.expired", "", false,
	"account.one_cause", STATE_CRITICAL, WHO_MAIL,
	"sending and receiving fail: one cause of 3: "},
    {"dns.resolver", "dns.resolver", "-", "dns.resolver", "dns.resolver", false,
	"account.one_cause", STATE_UNKNOWN, WHO_MONITOR,
	"sending and receiving could not be checked: one cause of 4: "},
    {"auth.credentials", "auth.credentials", "auth.credentials", "", "", false, "account.one_cause",
	STATE_CRITICAL, WHO_OWNER, "sending and receiving fail: one cause of 3: "},
    {"", "", "-", "tls.cert.expiring", "", false, "account.one_cause", STATE_WARNING, WHO_MAIL,
	"sending and receiving work: "},
    {"", "", "-", "dmarc.missing", "rbl.listed.high", false, "account.one_cause", STATE_CRITICAL,
	WHO_MAIL, "sending and receiving work: "},
    {"tls.cert.expiring", "", "-", "tls.cert.expiring", "dmarc.missing", false, "account.one_cause",
	STATE_WARNING, WHO_MAIL, "sending and receiving work: one cause of 2: "},
    {".", "net.refused", "-", ".", ".", false, "account.one_cause", STATE_CRITICAL, WHO_MAIL,
	"receiving fails: port 993: "},
    {"net.refused", ".", ".", ".", ".", false, "account.one_cause", STATE_CRITICAL, WHO_MAIL,
	"sending fails: port 587: "},

    /* nothing there */
    {"-", "-", "-", "-", "", false, "account.no_service", STATE_UNKNOWN, WHO_DNS, "no service"},
    {"-", "-", "-", "-", "dmarc.missing", false, "account.no_service", STATE_UNKNOWN, WHO_DNS,
	"no service"},
    {"-", "-", "-", "-", "mx.domain_missing", false, "account.one_cause", STATE_CRITICAL, WHO_DNS,
	"message of mx.domain_missing"},
};

static void
end(struct doctor_result *result, const char *place, const char *word)
{
	const struct render_params params = {
	    .plugin = "check", .service = "X", .check = "imap", .version = "0", .subject = place};
	enum finding_id id;

	if (strcmp(word, ".") == 0)
		return;
	if (strcmp(word, "-") == 0) {
		result->outcome = DOCTOR_NOT_OFFERED;
		return;
	}
	strcpy(result->place, place);
	report_init(&result->report, NULL);
	if (word[0] != '\0') {
		ck_assert_msg(finding_find(word, &id), "%s is no finding", word);
		report_add(&result->report, id, NULL, "message of %s", word);
	}
	result->tree = render_value(&result->report, &params);
	doctor_result_settle(result);
}

static void
facts_end(struct doctor_facts *facts, const struct row *row)
{
	*facts = (struct doctor_facts){.web_answers = row->web_answers};
	end(&facts->results[DOCTOR_SMTP], "smtp.example.org:587", row->smtp);
	end(&facts->results[DOCTOR_IMAP], "imap.example.org:993", row->imap);
	end(&facts->results[DOCTOR_POP3], "pop.example.org:995", row->pop3);
	end(&facts->results[DOCTOR_CERT], "", row->cert);
	end(&facts->results[DOCTOR_MX], "example.org", row->mx);
}

START_TEST(verdicts)
{
	const struct row *row = &rows[_i];
	struct doctor_facts facts;
	struct report report;

	facts_end(&facts, row);
	report_init(&report, NULL);
	judge_doctor(&report, &facts);
	if (row->id[0] == '\0') {
		ck_assert_uint_eq(report.finding_count, 0);
		ck_assert_str_eq(report.good ? report.good : "",
		    strncmp(report.good, row->begins, strlen(row->begins)) == 0 ? report.good
										: row->begins);
	} else {
		const struct report_finding *finding = &report.findings[0];

		ck_assert_uint_eq(report.finding_count, 1);
		ck_assert_str_eq(finding_rows[finding->id].id, row->id);
		ck_assert_msg(strncmp(finding->message, row->begins, strlen(row->begins)) == 0,
		    "says: %s", finding->message);
		ck_assert_int_eq(finding->state, row->state);
		ck_assert_int_eq(finding->who, row->who);
	}
	report_free(&report);
	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		report_free(&facts.results[i].report);
}
END_TEST

/* The web is asked only where it can tell something: nothing answered, nothing else is known. */
static const struct {
	const char *smtp, *imap;
	bool asked;
} asks[] = {
    {"net.timeout.connect", "net.timeout.connect", true},
    {"net.timeout.connect", "", false},
    {"net.timeout.connect", "net.refused", false},
    {"", "", false},
    {"-", "-", false},
};

START_TEST(when_the_web_is_asked)
{
	struct doctor_facts facts = {0};

	end(&facts.results[DOCTOR_SMTP], "smtp.example.org:587", asks[_i].smtp);
	end(&facts.results[DOCTOR_IMAP], "imap.example.org:993", asks[_i].imap);
	ck_assert_int_eq(judge_doctor_unreached(&facts), asks[_i].asked);
	report_free(&facts.results[DOCTOR_SMTP].report);
	report_free(&facts.results[DOCTOR_IMAP].report);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {verdicts, ARRAY_LEN(rows)}, {when_the_web_is_asked, ARRAY_LEN(asks)}};

	return unit_main("doctor", units, ARRAY_LEN(units));
}
