/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what the checks of one account mean together. Knows their reports and
 * nothing of how they came about.
 */
#include "check/judge_doctor.h"

#include <string.h>

#include "base/buf.h"

#define SENTENCE_MAX 1000
#define PLACE_MAX 48 /* wider ones push their own line to the right */

static const struct check_words {
	const char *name, *title;
} check_words[DOCTOR_CHECKS] = {
    [DOCTOR_SMTP] = {"smtp", "SMTP"},
    [DOCTOR_IMAP] = {"imap", "IMAP"},
    [DOCTOR_POP3] = {"pop3", "POP3"},
    [DOCTOR_CERT] = {"cert", "CERT"},
    [DOCTOR_MX] = {"mx", "MX"},
};

const char *
doctor_check_name(enum doctor_check check)
{
	return check_words[check].name;
}

/* ---- one check ------------------------------------------------------------------------------- */

/* Below CRITICAL, and yet nobody was served: these are said in place of service. */
static bool
turns_away(enum finding_id id)
{
	return id != FINDING_SERVER_ALERT &&
	       (finding_matches(id, "server") || finding_matches(id, "limit"));
}

static enum doctor_outcome
outcome_of(enum state state, enum finding_id worst)
{
	switch (state) {
	case STATE_CRITICAL:
		return DOCTOR_FAILS;
	case STATE_UNKNOWN:
		return DOCTOR_UNTOLD;
	case STATE_WARNING:
		return turns_away(worst) ? DOCTOR_FAILS : DOCTOR_WORKS;
	default:
		return DOCTOR_WORKS;
	}
}

void
doctor_result_settle(struct doctor_result *result)
{
	const struct report_finding *worst = report_sorted(&result->report)[0];

	if (!worst || worst->state == STATE_OK || !result->tree) {
		result->outcome = DOCTOR_WORKS;
		return;
	}
	result->outcome = outcome_of(worst->state, worst->id);
	result->cause = worst;
	result->shown = value_get(result->tree, "findings")->first;
}

static bool
ran(const struct doctor_result *result)
{
	return result->outcome >= DOCTOR_WORKS;
}

static bool
is_bad(const struct doctor_result *result)
{
	return result->outcome == DOCTOR_FAILS || result->outcome == DOCTOR_UNTOLD;
}

static const char *
shown_text(const struct doctor_result *result, const char *key)
{
	const struct value *member = result->shown ? value_get(result->shown, key) : NULL;

	return member && member->text ? member->text : "";
}

/* ---- a line a service -------------------------------------------------------------------------- */

/* What comes of the check, in columns that the eye can follow down the page. */
static void
service_line(
    struct report *report, enum doctor_check check, const struct doctor_result *result, int width)
{
	static const char *const words[] = {[DOCTOR_WORKS] = "works, but",
	    [DOCTOR_FAILS] = "fails:",
	    [DOCTOR_UNTOLD] = "cannot tell:"};
	const char *head = arena_printf(
	    &report->arena, "%-4s %-*s ", check_words[check].title, width, result->place);

	if (result->outcome == DOCTOR_SKIPPED)
		return;
	if (result->outcome == DOCTOR_NOT_OFFERED)
		report_line(report, 0, "%s not offered", head);
	else if (result->cause)
		report_line(report, 0, "%s %s %s [%s]", head, words[result->outcome],
		    shown_text(result, "message"), shown_text(result, "finding"));
	else if (result->report.good)
		report_line(report, 0, "%s works, %s", head, result->report.good);
	else
		report_line(report, 0, "%s works", head);
}

static int
place_width(const struct doctor_facts *facts)
{
	size_t width = 0;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		if (strlen(facts->results[i].place) > width)
			width = strlen(facts->results[i].place);
	return width > PLACE_MAX ? PLACE_MAX : (int)width;
}

/* With -v: every finding of every check, and what to do about it. */
static void
detail_lines(struct report *report, enum doctor_check check, const struct doctor_result *result)
{
	const struct value *findings = result->tree ? value_get(result->tree, "findings") : NULL;

	for (const struct value *v = findings ? findings->first : NULL; v; v = v->next) {
		const struct value *next = value_get(v, "next")->first;

		report_line(report, 1, "%s: [%s] %s - %s", check_words[check].name,
		    value_get(v, "state")->text, value_get(v, "finding")->text,
		    value_get(v, "message")->text);
		if (next)
			report_line(report, 1, "  next: %s", next->text);
	}
}

/* ---- sending and receiving ---------------------------------------------------------------------- */

struct sides {
	bool sends, send_bad; /* SMTP ran: works, does not */
	bool imap_works, imap_bad;
	bool pop_works, pop_bad;
	size_t bad, works, untold; /* of these three */
};

static struct sides
sides_of(const struct doctor_facts *facts)
{
	const struct doctor_result *r = facts->results;
	struct sides sides = {
	    .sends = r[DOCTOR_SMTP].outcome == DOCTOR_WORKS,
	    .send_bad = is_bad(&r[DOCTOR_SMTP]),
	    .imap_works = r[DOCTOR_IMAP].outcome == DOCTOR_WORKS,
	    .imap_bad = is_bad(&r[DOCTOR_IMAP]),
	    .pop_works = r[DOCTOR_POP3].outcome == DOCTOR_WORKS,
	    .pop_bad = is_bad(&r[DOCTOR_POP3]),
	};

	sides.bad = (size_t)sides.send_bad + sides.imap_bad + sides.pop_bad;
	sides.works = (size_t)sides.sends + sides.imap_works + sides.pop_works;
	for (size_t i = 0; i < DOCTOR_SERVICES; i++)
		sides.untold += r[i].outcome == DOCTOR_UNTOLD;
	return sides;
}

static bool
receives(const struct sides *sides)
{
	return sides->imap_works || sides->pop_works;
}

static bool
receive_bad(const struct sides *sides)
{
	return sides->imap_bad || sides->pop_bad;
}

/* "receiving works, sending fails": what works comes first. */
static const char *
sentence(struct arena *arena, const struct sides *s)
{
	const char *receiving = "";

	if (s->bad > 0 && s->untold == s->bad && s->works == 0)
		return !receive_bad(s) ? "sending could not be checked"
		       : !s->send_bad  ? "receiving could not be checked"
				       : "sending and receiving could not be checked";
	if (receives(s) && receive_bad(s))
		receiving = s->imap_bad ? "receiving works by POP3, not by IMAP"
					: "receiving works by IMAP, not by POP3";
	else if (receives(s))
		receiving = "receiving works";
	else if (receive_bad(s))
		receiving = "receiving fails";
	if (!s->sends && !s->send_bad)
		return receiving;
	if (!receiving[0])
		return s->sends ? "sending works" : "sending fails";
	if (s->sends && receives(s) && !receive_bad(s))
		return "sending and receiving work";
	if (s->send_bad && !receives(s))
		return "sending and receiving fail";
	return s->sends ? arena_printf(arena, "sending works, %s", receiving)
			: arena_printf(arena, "%s, sending fails", receiving);
}

/* ---- the one cause -------------------------------------------------------------------------------- */

/* How many of the first count checks that went wrong have this finding as their worst. */
static size_t
sharing(const struct doctor_facts *facts, size_t count, enum finding_id id)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += facts->results[i].cause && facts->results[i].cause->id == id;
	return found;
}

/* Clearly worse first; then what more checks share; then the order of the checks. */
static const struct doctor_result *
main_cause(const struct doctor_facts *facts, size_t count)
{
	const struct doctor_result *best = NULL;
	size_t best_shared = 0;

	for (size_t i = 0; i < count; i++) {
		const struct doctor_result *result = &facts->results[i];
		size_t shared;

		if (!result->cause || result->outcome == DOCTOR_SKIPPED)
			continue;
		shared = sharing(facts, DOCTOR_CHECKS, result->cause->id);
		if (best && best->cause->state != result->cause->state) {
			if (state_worse(best->cause->state, result->cause->state) ==
			    best->cause->state)
				continue;
		} else if (best && shared <= best_shared) {
			continue;
		}
		best = result;
		best_shared = shared;
	}
	return best;
}

/* The way to the server, not the server: nothing of it was reached, or another answered. */
static bool
is_on_the_way(enum finding_id id)
{
	return id == FINDING_NET_TIMEOUT_CONNECT || id == FINDING_NET_UNREACHABLE ||
	       id == FINDING_PROTO_NOT_PROTOCOL || id == FINDING_TLS_CERT_INSPECTED ||
	       id == FINDING_TLS_MIDDLEBOX;
}

static bool
all_on_the_way(const struct doctor_facts *facts)
{
	struct sides sides = sides_of(facts);

	for (size_t i = 0; i < DOCTOR_SERVICES; i++) {
		const struct doctor_result *result = &facts->results[i];

		if (is_bad(result) && !(result->cause && is_on_the_way(result->cause->id)))
			return false;
	}
	return sides.works == 0 && sides.bad > 0;
}

bool
judge_doctor_unreached(const struct doctor_facts *facts)
{
	return all_on_the_way(facts);
}

/* Servers that do not answer say "provider or network"; anything else they say is a cause. */
static bool
is_outage(enum finding_id id)
{
	return finding_matches(id, "net") || finding_matches(id, "server") ||
	       finding_matches(id, "proto");
}

static bool
says_more_than_silence(const struct doctor_facts *facts)
{
	for (size_t i = 0; i < DOCTOR_SERVICES; i++) {
		const struct report_finding *cause = facts->results[i].cause;

		if (is_bad(&facts->results[i]) && cause && is_on_the_way(cause->id) &&
		    cause->id != FINDING_NET_TIMEOUT_CONNECT)
			return true;
	}
	return facts->web_answers;
}

static enum finding_id
account_finding(
    const struct doctor_facts *facts, const struct sides *sides, const struct doctor_result *cause)
{
	size_t shared = sharing(facts, DOCTOR_SERVICES, cause->cause->id);
	bool same = sides->bad > 1 && shared >= sides->bad;

	if (sides->bad == 0 ||
	    (same && !is_outage(cause->cause->id) && !is_on_the_way(cause->cause->id)))
		return FINDING_ACCOUNT_ONE_CAUSE;
	if (all_on_the_way(facts) && says_more_than_silence(facts))
		return FINDING_ACCOUNT_NETWORK_HERE;
	if (sides->send_bad && receives(sides))
		return FINDING_ACCOUNT_ONLY_SENDING;
	if (sides->sends && receive_bad(sides))
		return FINDING_ACCOUNT_ONLY_RECEIVING;
	/* One side was not looked at: nothing can be said of "only" and "both". */
	if (!sides->send_bad || !receive_bad(sides))
		return FINDING_ACCOUNT_ONE_CAUSE;
	return FINDING_ACCOUNT_EVERYTHING;
}

/* ---- the finding ---------------------------------------------------------------------------------- */

static enum state
worst_of(const struct doctor_facts *facts)
{
	enum state worst = STATE_OK;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		if (ran(&facts->results[i]))
			worst = state_worse(worst, report_worst(&facts->results[i].report));
	return worst;
}

static enum who
who_of(enum finding_id account, const struct doctor_result *cause)
{
	if (account == FINDING_ACCOUNT_EVERYTHING || account == FINDING_ACCOUNT_NETWORK_HERE)
		return finding_rows[account].who;
	return cause->cause->who;
}

/* What it means that this side alone fails, or that several checks end the same way. */
static void
say_meaning(struct report *report, struct report_finding *finding, enum finding_id id,
    size_t shared, const struct doctor_result *cause)
{
	const char *named = shown_text(cause, "finding");

	if (id == FINDING_ACCOUNT_ONLY_SENDING)
		report_why(report, finding,
		    "receiving works, so provider and network are up: it is this one service, %s "
		    "[%s]",
		    cause->place, named);
	else if (id == FINDING_ACCOUNT_ONLY_RECEIVING)
		report_why(report, finding,
		    "sending works, so provider and network are up: it is this one service, %s "
		    "[%s]",
		    cause->place, named);
	else if (shared > 1)
		report_why(report, finding, "%zu checks end the same way, %s first [%s]", shared,
		    cause->place, named);
	else
		report_why(report, finding, "%s%s%s [%s]", cause->place,
		    cause->place[0] ? ": " : "", shown_text(cause, "message"), named);
}

/* The meaning and the cause's own causes; its next steps, as its check would print them. */
static void
take_words(struct report *report, struct report_finding *finding, const struct doctor_result *cause)
{
	const struct value *why = value_get(cause->shown, "why")->first;
	const struct value *next = value_get(cause->shown, "next")->first;

	for (; why; why = why->next)
		report_why(report, finding, "%s", why->text);
	for (; next; next = next->next)
		report_next(report, finding, "%s", next->text);
	if (cause->cause->said)
		report_said(report, finding, cause->cause->said, cause->cause->said_len);
}

static void
name_cause(struct report *report, struct doctor_facts *facts, const struct sides *sides,
    const struct doctor_result *cause)
{
	enum finding_id id = account_finding(facts, sides, cause);
	size_t shared = sharing(facts, DOCTOR_CHECKS, cause->cause->id);
	const char *said = sentence(&report->arena, sides);
	struct report_finding *finding;
	struct buf text;

	buf_init(&text, SENTENCE_MAX);
	if (said[0])
		buf_printf(&text, "%s: ", said);
	if (id == FINDING_ACCOUNT_NETWORK_HERE)
		buf_add_text(&text, "their ports are blocked on the way from here: ");
	else if (id == FINDING_ACCOUNT_EVERYTHING)
		buf_add_text(&text, "provider or network: ");
	else if (shared > 1)
		buf_printf(&text, "one cause of %zu: ", shared);
	else if (strrchr(cause->place, ':'))
		buf_printf(&text, "port %s: ", strrchr(cause->place, ':') + 1);
	buf_add_text(&text, shown_text(cause, "message"));
	finding = report_add(report, id, NULL, "%s", buf_text(&text));
	report_state(report, finding, worst_of(facts));
	finding->who = who_of(id, cause);
	/* These two have advice of their own, and the cause is but one sign of theirs. */
	if (id != FINDING_ACCOUNT_EVERYTHING && id != FINDING_ACCOUNT_NETWORK_HERE) {
		say_meaning(report, finding, id, shared, cause);
		take_words(report, finding, cause);
	}
	buf_free(&text);
}

/* Whoever can forge answers of the DNS must not get the secret (RFC 6186, 6). */
static void
say_guarded(struct report *report, const struct doctor_facts *facts)
{
	struct report_finding *finding = NULL;
	const char *hosts[DOCTOR_SERVICES] = {NULL};
	size_t count = 0;

	for (size_t i = 0; i < DOCTOR_SERVICES; i++) {
		const char *place = facts->results[i].place;
		const char *host = arena_strndup(&report->arena, place, strcspn(place, ":"));
		bool named = !facts->results[i].guarded;

		for (size_t j = 0; j < count; j++)
			named |= strcmp(hosts[j], host) == 0;
		if (named)
			continue;
		hosts[count++] = host;
		if (!finding) {
			finding = report_add(report, FINDING_CLIENT_PASSWORD_POLICY, NULL,
			    "no login was tried at %s: outside the domain and without DNSSEC",
			    host);
			report_why(report, finding,
			    "whoever can forge this answer of the DNS could collect the password");
		}
		report_next(report, finding, "here: if %s is the right server: --verify-name %s",
		    host, host);
	}
}

static void
no_service(struct report *report)
{
	report_add(report, FINDING_ACCOUNT_NO_SERVICE, NULL,
	    "no service for sending or receiving was found");
}

void
judge_doctor(struct report *report, struct doctor_facts *facts)
{
	struct sides sides = sides_of(facts);
	const struct doctor_result *cause =
	    main_cause(facts, sides.bad > 0 ? DOCTOR_SERVICES : DOCTOR_CHECKS);
	int width = place_width(facts);
	bool asked = false, any = false;

	for (int i = 0; i < DOCTOR_CHECKS; i++) {
		const struct doctor_result *result = &facts->results[i];

		service_line(report, (enum doctor_check)i, result, width);
		detail_lines(report, (enum doctor_check)i, result);
		if (result->tree)
			value_add(report->checks, NULL, result->tree);
		asked |= i < DOCTOR_SERVICES && result->outcome == DOCTOR_NOT_OFFERED;
		any |= i < DOCTOR_SERVICES && ran(result);
	}
	say_guarded(report, facts);
	if (!any && asked && !is_bad(&facts->results[DOCTOR_MX]))
		no_service(report);
	else if (cause)
		name_cause(report, facts, &sides, cause);
	else if (any)
		report_good(report, "%s", sentence(&report->arena, &sides));
	else
		report_good(report, "nothing is wrong with what was asked");
}
