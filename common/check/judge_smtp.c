/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what SMTP's facts mean. Reaching the server, TLS and phases are judged elsewhere. */
#include "check/judge_smtp.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* ---- greeting, EHLO and capabilities -------------------------------------------- */

static void
judge_greeting(
    const struct judge *judge, const struct smtp_facts *facts, const struct judge_smtp *wants)
{
	const char *greeting = facts->session.greeting;
	const char *expect = wants->expect ? wants->expect : "220";

	if (facts->masked || facts->ehlo.masked || facts->ehlo_before_tls.masked)
		report_add(judge->report, FINDING_TLS_MIDDLEBOX, judge->endpoint,
		    "a firewall rewrites the dialog: greeting or keywords are masked");
	if (facts->helo_used)
		report_add(judge->report, FINDING_PROTO_EHLO_REFUSED, judge->endpoint,
		    "EHLO was refused with %d, HELO works", facts->ehlo_refused.code);
	if (greeting && facts->greeting.code == 220 && !strstr(greeting, expect) &&
	    !(facts->ehlo.keywords && smtp_msg_ehlo_has(&facts->ehlo, expect)))
		report_add(judge->report, FINDING_PROTO_EXPECT, judge->endpoint,
		    "the server did not say \"%s\"", expect);
}

/* Keywords of the lines; mechanisms as AUTH=NAME. */
static const char *const *
ehlo_words(struct arena *arena, const struct smtp_msg_ehlo *ehlo, size_t *count_out)
{
	const char **words =
	    arena_alloc(arena, (ehlo->count + ehlo->mechanisms.count + 1) * sizeof(*words));
	size_t count = 0;

	for (size_t i = 0; ehlo->keywords && i < ehlo->count; i++)
		words[count++] =
		    arena_strndup(arena, ehlo->keywords[i], strcspn(ehlo->keywords[i], " ="));
	for (size_t i = 0; i < ehlo->mechanisms.count; i++)
		words[count++] = arena_printf(arena, "AUTH=%s", ehlo->mechanisms.names[i]);
	*count_out = count;
	return words;
}

static void
judge_capabilities(
    const struct judge *judge, const struct smtp_facts *facts, const struct judge_smtp *wants)
{
	struct arena arena = {0};
	struct judge_caps caps = {
	    .before_known = facts->ehlo_before_tls.keywords != NULL,
	    .after_known = facts->ehlo.keywords != NULL,
	};

	caps.before = ehlo_words(&arena, &facts->ehlo_before_tls, &caps.before_count);
	caps.after = ehlo_words(&arena, &facts->ehlo, &caps.after_count);
	judge_demands(judge, &caps, wants->login);
	judge_changes(judge, &caps);
	if (judge->mode == SESSION_STARTTLS && facts->ehlo_before_tls.auth_offered)
		report_add(judge->report, FINDING_POLICY_CLEARTEXT_AUTH, judge->endpoint,
		    "AUTH is offered before TLS: a client may send its password in clear");
	if (wants->submission && caps.after_known && !facts->ehlo.auth_offered &&
	    facts->session.tls.done)
		report_add(judge->report, FINDING_AUTH_MECHANISM, judge->endpoint,
		    "AUTH is not offered on a port where users submit mail");
	if (facts->ehlo.size_offered && facts->ehlo.size_max > 0)
		report_metric(judge->report, METRIC_SIZE_LIMIT, (double)facts->ehlo.size_max);
	arena_free(&arena);
}

static void
judge_min_size(const struct judge *judge, const struct smtp_facts *facts, uint64_t least)
{
	struct buf message;

	if (least == 0 || facts->ehlo.keywords == NULL)
		return;
	if (!facts->ehlo.size_offered || facts->ehlo.size_broken)
		report_add(judge->report, FINDING_PROTO_CAPABILITY_MISSING, judge->endpoint,
		    "SIZE is not announced: what --min-size asks for is not known");
	if (!facts->ehlo.size_offered || facts->ehlo.size_max == 0 || facts->ehlo.size_max >= least)
		return;
	buf_init(&message, 256);
	buf_add_text(&message, "messages up to ");
	text_size(&message, facts->ehlo.size_max);
	buf_add_text(&message, " are taken, wanted are ");
	text_size(&message, least);
	report_add(
	    judge->report, FINDING_POLICY_MIN_SIZE, judge->endpoint, "%s", buf_text(&message));
	buf_free(&message);
}

/* ---- the server's words ------------------------------------------------------------ */

static unsigned
stage_of(enum smtp_stage stage)
{
	switch (stage) {
	case SMTP_STAGE_GREETING:
		return REPLY_GREETING;
	case SMTP_STAGE_EHLO:
		return REPLY_EHLO;
	case SMTP_STAGE_STARTTLS:
		return REPLY_STARTTLS;
	case SMTP_STAGE_AUTH:
		return REPLY_AUTH;
	case SMTP_STAGE_MAIL:
		return REPLY_MAIL;
	case SMTP_STAGE_RCPT:
	case SMTP_STAGE_VRFY:
		return REPLY_RCPT;
	default:
		return REPLY_DATA;
	}
}

/* What a code alone says, where the text is unknown. */
static enum finding_id
unknown_reply(const struct smtp_reply *reply)
{
	if (reply->code == 421 || (reply->stage <= SMTP_STAGE_EHLO && reply->code < 500))
		return FINDING_SERVER_UNAVAILABLE;
	if (reply->stage == SMTP_STAGE_GREETING)
		return FINDING_POLICY_GREETING_REFUSED;
	if (reply->code == 530)
		return FINDING_CLIENT_NEEDS_AUTH;
	return reply->code < 500 ? FINDING_POLICY_GREYLISTED : FINDING_POLICY_REFUSED;
}

/* HELO is no way out where TLS or a login is wanted (RFC 3207, 4): the service cannot be used. */
static bool
judge_ehlo_unknown(
    const struct judge *judge, const struct smtp_reply *reply, const struct reply_query *query)
{
	struct reply_match match = {0};
	struct report_finding *finding;

	if (reply->stage != SMTP_STAGE_EHLO || !reply_match(query, &match) ||
	    match.finding != FINDING_PROTO_EHLO_REFUSED)
		return false;
	finding = report_add(judge->report, FINDING_PROTO_EHLO_REFUSED, judge->endpoint,
	    "EHLO is refused: without it there is neither STARTTLS nor a login");
	report_state(judge->report, finding, STATE_CRITICAL);
	report_said(judge->report, finding, reply->lines, strlen(reply->lines));
	return true;
}

/* The limit as the server announced it, beside the words with which it refused. */
static void
say_size_limit(const struct judge *judge, struct report_finding *finding, uint64_t size_max)
{
	struct buf limit;

	buf_init(&limit, 64);
	text_size(&limit, size_max);
	report_why(judge->report, finding,
	    "the server announces that it takes at most %s (SIZE %llu)", buf_text(&limit),
	    (unsigned long long)size_max);
	buf_free(&limit);
}

static void
judge_refusal(const struct judge *judge, const struct smtp_reply *reply, unsigned protocol,
    const char *provider, uint64_t size_max)
{
	struct report_finding *finding;
	struct reply_query query = {.protocol = protocol,
	    .stage = stage_of(reply->stage),
	    .provider = provider,
	    .code = reply->code,
	    .text = reply->lines};
	char what[200];

	if (judge_ehlo_unknown(judge, reply, &query))
		return;
	if (reply->stage == SMTP_STAGE_GREETING)
		snprintf(what, sizeof(what), "refused in the greeting");
	else if (reply->subject)
		snprintf(what, sizeof(what), "%s <%.100s> refused", smtp_stage_name(reply->stage),
		    reply->subject);
	else
		snprintf(what, sizeof(what), "%s refused",
		    reply->stage == SMTP_STAGE_MESSAGE ? "message" : smtp_stage_name(reply->stage));
	finding = judge_reply(judge, &query, unknown_reply(reply), what);
	if (finding->id == FINDING_POLICY_SIZE && size_max > 0)
		say_size_limit(judge, finding, size_max);
}

static void
judge_refusals(const struct judge *judge, const struct smtp_facts *facts, unsigned protocol,
    const char *provider)
{
	for (size_t i = 0; i < facts->refusals.count; i++) {
		const struct smtp_reply *reply = &facts->refusals.list[i];

		/* judged with the upgrade and the goodbye */
		if (reply->stage != SMTP_STAGE_STARTTLS && reply->stage != SMTP_STAGE_QUIT)
			judge_refusal(judge, reply, protocol, provider, facts->ehlo.size_max);
	}
	if (facts->odd_code.code)
		report_add(judge->report, FINDING_PROTO_ENHANCED_CODE, judge->endpoint,
		    "code %d and enhanced code %d.%d.%d disagree: a proxy rewrites replies",
		    facts->odd_code.code, facts->odd_code.enhanced.class,
		    facts->odd_code.enhanced.subject, facts->odd_code.enhanced.detail);
}

/* ---- envelope, message, commands ------------------------------------------------------ */

static void
judge_envelope(const struct judge *judge, const struct smtp_facts *facts)
{
	if (!facts->rcpts || facts->rcpt_count == 0)
		return;
	report_metric(judge->report, METRIC_RECIPIENTS_OK, (double)facts->rcpts_accepted);
	report_metric_max(judge->report, METRIC_RECIPIENTS_OK, (double)facts->rcpt_count);
	if (facts->rcpts_accepted > 0 && facts->rcpts_accepted < facts->rcpt_count)
		report_add(judge->report, FINDING_DELIVERY_PARTIAL, judge->endpoint,
		    "%zu of %zu recipients were accepted", facts->rcpts_accepted,
		    facts->rcpt_count);
	else if (facts->rcpts_accepted > 0 && !facts->sent && facts->message.code >= 400)
		report_add(judge->report, FINDING_DELIVERY_PARTIAL, judge->endpoint,
		    "the recipients were accepted, then the message was refused");
}

/* Classic -C and -R: every reply is judged, by its pattern or else by its code. */
static void
judge_commands(
    const struct judge *judge, const struct smtp_facts *facts, const struct judge_smtp *wants)
{
	for (size_t i = 0; i < facts->command_count; i++) {
		const struct smtp_command *command = &facts->commands[i];
		bool patterned = i < wants->response_texts->count;
		const char *lines = command->reply.lines ? command->reply.lines : "";
		bool met = patterned ? regexec(&wants->responses[i], lines, 0, NULL, 0) == 0
				     : command->reply.code < 400;
		struct report_finding *finding;

		if (met || command->reply.code == 0)
			continue;
		if (patterned)
			finding = report_add(judge->report, FINDING_PROTO_EXPECT, judge->endpoint,
			    "%.60s: the reply does not match \"%.60s\"", command->command,
			    wants->response_texts->items[i]);
		else
			finding = report_add(judge->report, FINDING_PROTO_EXPECT, judge->endpoint,
			    "%.60s was refused", command->command);
		report_said(judge->report, finding, lines, strlen(lines));
	}
}

/* ---- what must be refused ---------------------------------------------------------------- */

static const struct {
	enum finding_id finding;
	const char *accepted;
} refuse_rows[SMTP_REFUSE_COUNT] = {
    [SMTP_REFUSE_RELAY] = {FINDING_POLICY_MUST_REFUSE_RELAY,
	"a foreign recipient was accepted without a login: open relay"},
    [SMTP_REFUSE_ANONYMOUS] = {FINDING_POLICY_MUST_REFUSE_ANONYMOUS,
	"MAIL and RCPT were accepted without a login"},
    [SMTP_REFUSE_FOREIGN_FROM] = {FINDING_POLICY_MUST_REFUSE_FOREIGN_FROM,
	"a From that is not the account's was accepted"},
    [SMTP_REFUSE_WRONG_PASSWORD] = {FINDING_POLICY_MUST_REFUSE_WRONG_PASSWORD,
	"a wrong password was accepted"},
    [SMTP_REFUSE_PLAIN_AUTH] = {FINDING_POLICY_MUST_REFUSE_PLAIN_AUTH,
	"AUTH was accepted in clear"},
    [SMTP_REFUSE_VRFY] = {FINDING_POLICY_MUST_REFUSE_VRFY, "VRFY tells who exists"},
    [SMTP_REFUSE_SMUGGLING] = {FINDING_POLICY_MUST_REFUSE_SMUGGLING,
	"a line end other than CRLF ended a message"},
    [SMTP_REFUSE_LOGIN] = {FINDING_POLICY_MUST_REFUSE_LOGIN,
	"the login was accepted, which must be refused"},
};

static void
judge_test(const struct judge *judge, enum smtp_refuse which, const struct smtp_test *test)
{
	const char *name = smtp_refuse_name(which);

	if (!test->asked)
		return;
	if (test->accepted) {
		struct report_finding *finding =
		    report_add(judge->report, refuse_rows[which].finding, judge->endpoint, "%s%s%s",
			refuse_rows[which].accepted, test->detail ? ": " : "",
			test->detail ? test->detail : "");

		if (test->reply.lines)
			report_said(
			    judge->report, finding, test->reply.lines, strlen(test->reply.lines));
	} else if (!test->tried && test->detail) {
		report_add(judge->report, FINDING_CLIENT_USAGE, judge->endpoint,
		    "must-refuse %s was not tried: %s", name, test->detail);
	} else if (!test->tried) {
		report_add(judge->report, FINDING_CLIENT_REFUSED, judge->endpoint,
		    "must-refuse %s came to no answer: %s", name,
		    err_is_set(&test->err) ? test->err.text : "no session");
	} else {
		report_line(judge->report, 1, "must-refuse %s: refused, as it must be: \"%s\"",
		    name, test->reply.lines ? test->reply.lines : "");
	}
}

static void
judge_tests(const struct judge *judge, const struct smtp_facts *facts)
{
	for (int which = 0; which < SMTP_REFUSE_COUNT; which++)
		judge_test(judge, (enum smtp_refuse)which, &facts->tests[which]);
	if (!facts->injection.asked)
		return;
	if (facts->injection.accepted)
		report_add(judge->report, FINDING_TLS_STARTTLS_VULNERABLE, judge->endpoint,
		    "a command sent in clear behind STARTTLS was answered inside TLS");
	else if (!facts->injection.tried)
		report_add(judge->report, FINDING_CLIENT_REFUSED, judge->endpoint,
		    "the STARTTLS injection test came to no answer: %s",
		    facts->injection.detail ? facts->injection.detail : facts->injection.err.text);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void
judge_good(const struct judge *judge, const struct smtp_facts *facts)
{
	const struct report_metric *days = &judge->report->metrics[METRIC_CERT_DAYS];
	struct buf good;

	buf_init(&good, 512);
	if (facts->authenticated)
		buf_printf(
		    &good, "login as %s", judge->user ? judge->user : "the certificate's user");
	else
		buf_add_text(&good, "no login tried");
	if (facts->sent)
		buf_printf(&good, ", message accepted%s%.60s", facts->queue_id ? " as " : "",
		    facts->queue_id ? facts->queue_id : "");
	else if (facts->rcpt_count > 0)
		buf_printf(&good, ", %zu recipient%s accepted", facts->rcpts_accepted,
		    facts->rcpts_accepted == 1 ? "" : "s");
	if (days->known) {
		buf_add_text(&good, ", certificate ");
		text_days(&good, days->value, 0);
	}
	report_good(judge->report, "%s", buf_text(&good));
	buf_free(&good);
}

void
judge_smtp(
    const struct judge *judge, const struct smtp_facts *facts, const struct judge_smtp *wants)
{
	const char *provider =
	    reply_provider(facts->session.greeting, facts->ehlo.name, judge->host, NULL);
	unsigned protocol = judge->proto->id == PROTO_LMTP ? REPLY_LMTP : REPLY_SMTP;
	const struct smtp_msg_ehlo *clear =
	    judge->mode == SESSION_STARTTLS ? &facts->ehlo_before_tls : &facts->ehlo;

	judge_greeting(judge, facts, wants);
	judge_capabilities(judge, facts, wants);
	judge_min_size(judge, facts, wants->min_size);
	judge_login(judge, &facts->session, &facts->login, provider, protocol);
	judge_refusals(judge, facts, protocol, provider);
	judge_envelope(judge, facts);
	judge_commands(judge, facts, wants);
	judge_tests(judge, facts);
	if (clear->keywords)
		judge_stripped(judge, smtp_msg_ehlo_has(clear, "STARTTLS"), false);
	if (facts->goodbye_said && !facts->goodbye_done)
		report_add(judge->report, FINDING_PROTO_GOODBYE, judge->endpoint,
		    "QUIT was not answered properly");
	judge_good(judge, facts);
}
