/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of the case files: what it must not let pass, one fault at a time. */
#include <string.h>

#include "lib/rules.h"
#include "lib/unit.h"

#define LINE1 "IMAP CRITICAL - mail.test:993: refused [net.refused] | time=0.1s;;;0;5\n"
#define HEAD "[CRITICAL] net.refused - refused @ mail.test:993/127.0.0.1\n"
#define WHY "  why:  the daemon is stopped\n"
#define NEXT "  next: here: nc -vz mail.test 993\n"
#define WHO "  who:  mail\n"

/* What the rules for text say about this output of a run that ended with this code. */
static const struct {
	int exit_code;
	const char *output;
	const char *fault; /* "": it passes */
} texts[] = {
    {2, LINE1 HEAD WHY NEXT WHO, ""},
    {2, LINE1 HEAD "  said: \"no\"\n" WHY WHY WHY NEXT NEXT NEXT WHO, ""},
    {2, LINE1 HEAD WHY NEXT WHO HEAD WHY NEXT WHO "[NOTE] proto.goodbye - no answer\n", ""},
    {2, LINE1 HEAD WHY "\xe2\x80\xa6\n", ""},
    {2, LINE1 HEAD NEXT WHO, "0 lines of \"  why:"},
    {2, LINE1 HEAD WHY WHO, "0 lines of \"  next:"},
    {2, LINE1 HEAD WHY NEXT, "0 lines of \"  who:"},
    {2, LINE1 HEAD WHY WHY WHY WHY NEXT WHO, "4 lines of \"  why:"},
    {2, LINE1 HEAD WHY NEXT NEXT NEXT NEXT WHO, "4 lines of \"  next:"},
    {2, LINE1 HEAD WHY NEXT WHO HEAD WHY WHO, "0 lines of \"  next:"},
    {1, LINE1 HEAD WHY NEXT WHO, "exit code 1"},
    {2, LINE1 HEAD WHY NEXT "  next: a | b\n" WHO, "a second '|'"},
    {2, LINE1 HEAD WHY NEXT WHO "OK - fine\n", "a state word begins a line"},
    {2, LINE1 HEAD WHY NEXT WHO "\x1b[31m\n", "character U+001B"},
    {2, "CRITICAL - no service\n", "not SERVICE STATE"},
    {2, LINE1 "no line feed", "does not end in a line feed"},
    {7, LINE1, "exit code 7"},
};

START_TEST(faults_of_texts_are_seen)
{
	struct outcome outcome;
	struct buf faults;

	outcome_init(&outcome);
	outcome.exit_code = texts[_i].exit_code;
	buf_add_text(&outcome.out, texts[_i].output);
	buf_init(&faults, 65536);
	rules_text(&outcome, "run", &faults);
	if (texts[_i].fault[0])
		ck_assert_msg(
		    strstr(buf_text(&faults), texts[_i].fault) != NULL, "%s", buf_text(&faults));
	else
		ck_assert_str_eq(buf_text(&faults), "");
	buf_free(&faults);
	outcome_free(&outcome);
}
END_TEST

/* A finding of the JSON output; the members that make the faults. */
static const struct {
	const char *finding, *who, *message, *why, *next;
	const char *fault;
} findings[] = {
    {"net.refused", "mail", "refused", "\"stopped\"", "\"here: nc\"", ""},
    {"threshold.time", "mail", "slow", "\"load\"", "\"here: -v\"", ""},
    {"net.refused", "mail", "refused", "", "\"here: nc\"", "0 lines of why"},
    {"net.refused", "mail", "refused", "\"stopped\"", "", "0 lines of next"},
    {"net.refused", "mail", "refused", "\"1234\",\"1234\",\"1234\",\"1234\"", "\"here: nc\"",
	"4 lines of why"},
    {"net.refused", "mail", "refused", "\"stopped\"", "\"on {host}: ss\"", "is not filled in"},
    {"net.refused", "nobody", "refused", "\"stopped\"", "\"here: nc\"", "leaves open who acts"},
    {"net.refused", "", "refused", "\"stopped\"", "\"here: nc\"", "leaves open who acts"},
    {"net.refused", "mail", "", "\"stopped\"", "\"here: nc\"", "without a message"},
    {"mx.cname", "dns", "alias", "\"moved\"", "\"in the zone\"", "is no finding of check_imap_tls"},
    {"net.nonsense", "mail", "odd", "\"odd it is\"", "\"here: nc\"", "is no finding of"},
};

static void
print_json(struct buf *out, size_t row)
{
	buf_printf(out,
	    "{\"mailvitals\":1,\"plugin\":\"check_imap_tls\",\"version\":\"1\",\"started\":\"\","
	    "\"started_epoch\":1,\"state\":\"CRITICAL\",\"exit_code\":2,\"summary\":\"\","
	    "\"target\":{},\"endpoints\":[],\"certificates\":[],\"phases\":[],\"findings\":["
	    "{\"id\":\"x\",\"finding\":\"%s\",\"state\":\"CRITICAL\",\"exit_code\":2,"
	    "\"who\":\"%s\",\"message\":\"%s\",\"why\":[%s],\"next\":[%s]}],\"metrics\":{},"
	    "\"mailboxes\":[],\"quotas\":[],\"envelope\":null,\"delivery\":null,\"domain\":null,"
	    "\"lists\":[],\"checks\":[],\"settings\":{}}\n",
	    findings[row].finding, findings[row].who, findings[row].message, findings[row].why,
	    findings[row].next);
}

START_TEST(faults_of_findings_are_seen)
{
	struct outcome outcome;
	struct buf faults;

	outcome_init(&outcome);
	outcome.exit_code = 2;
	print_json(&outcome.out, (size_t)_i);
	buf_init(&faults, 65536);
	rules_json(&outcome, "run", &faults);
	if (findings[_i].fault[0])
		ck_assert_msg(
		    strstr(buf_text(&faults), findings[_i].fault) != NULL, "%s", buf_text(&faults));
	else
		ck_assert_str_eq(buf_text(&faults), "");
	buf_free(&faults);
	outcome_free(&outcome);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {faults_of_texts_are_seen, ARRAY_LEN(texts)},
	    {faults_of_findings_are_seen, ARRAY_LEN(findings)},
	};

	return unit_main("rules", units, ARRAY_LEN(units));
}
