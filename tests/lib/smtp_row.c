/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What dialog/smtp found out, in words, and how a row of its tests is run. */
#include "lib/smtp_row.h"

#include <check.h>
#include <string.h>

/* ---- facts in words ---- */

static void
put_reply(struct buf *out, const char *name, const struct smtp_reply *reply)
{
	const struct smtp_msg_enhanced *e = &reply->enhanced;
	if (reply->code == 0)
		return;
	buf_printf(out, "%s %d", name, reply->code);
	if (e->class && reply->code >= 400)
		buf_printf(out, " %d.%d.%d", e->class, e->subject, e->detail);
	buf_add_text(out, "; ");
}

static void
put_lines(struct buf *out, const char *lines)
{
	for (; *lines != '\0'; lines++)
		buf_add_char(out, *lines == '\n' ? '/' : *lines);
}

static void
put_login(struct buf *out, const struct smtp_facts *facts)
{
	const struct login_facts *login = &facts->login;
	const struct {
		bool is;
		const char *word;
	} words[] = {{login->sent, "sent; "}, {login->withheld, "withheld; "},
	    {login->token_expired, "expired; "}, {login->closed, "closed; "},
	    {facts->authenticated, "in; "}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].is)
			buf_add_text(out, words[i].word);
	if (login->token_error)
		buf_printf(out, "token %s; ", login->token_error);
	if (login->refusal)
		buf_printf(out, "refusal %d; ", login->refusal);
	if (login->reply) {
		buf_printf(out, "%d ", login->code);
		put_lines(out, login->reply);
		buf_add_text(out, "; ");
	}
	ck_assert(login->done == facts->authenticated);
}

static void
put_session(struct buf *out, const struct smtp_facts *facts)
{
	const struct session_facts *session = &facts->session;
	if (err_is_set(&session->err))
		buf_printf(
		    out, "err %d.%d %s; ", session->err.kind, session->err.code, session->err.text);
	if (facts->masked)
		buf_add_text(out, "masked; ");
	if (facts->ehlo.keywords)
		buf_printf(out, "caps %zu; ", facts->ehlo.count);
	if (facts->helo_used)
		buf_printf(out, "helo after %d; ", facts->ehlo_refused.code);
	if (session->starttls_reply)
		buf_printf(out, "starttls %s; ", session->starttls_reply);
	if (session->injected)
		buf_printf(out, "injected %zu; ", session->injected);
	if (facts->pipelined)
		buf_add_text(out, "pipelined; ");
}

static void
put_envelope(struct buf *out, const struct smtp_facts *facts)
{
	put_reply(out, "mail", &facts->mail);
	for (size_t i = 0; i < facts->rcpt_count; i++) {
		const struct smtp_rcpt *rcpt = &facts->rcpts[i];
		if (rcpt->reply.code == 0)
			continue;
		buf_printf(
		    out, "%s %d %c", rcpt->address, rcpt->reply.code, rcpt->accepted ? '+' : '-');
		if (rcpt->final.code)
			buf_printf(out, " %d", rcpt->final.code);
		buf_add_text(out, "; ");
	}
	put_reply(out, "rset", &facts->rset);
	if (facts->data.code)
		buf_printf(out, "data %d; ", facts->data.code);
	if (facts->chunked)
		buf_add_text(out, "chunked; ");
	if (facts->message.code)
		buf_printf(out, "message %d; ", facts->message.code);
	if (facts->sent)
		buf_printf(out, "sent%s%s; ", facts->queue_id ? " " : "",
		    facts->queue_id ? facts->queue_id : "");
	ck_assert(facts->sent || facts->queue_id == NULL);
	for (size_t i = 0; i < facts->command_count; i++) {
		const struct smtp_command *command = &facts->commands[i];
		buf_printf(out, "%s -> ", command->command);
		put_lines(out, command->reply.lines ? command->reply.lines : "(none)");
		buf_add_text(out, "; ");
	}
}

static void
put_tests(struct buf *out, const struct smtp_facts *facts)
{
	for (int i = 0; i < SMTP_REFUSE_COUNT; i++) {
		const struct smtp_test *test = &facts->tests[i];
		if (!test->asked)
			continue;
		buf_printf(out, "%s %s", smtp_refuse_name((enum smtp_refuse)i),
		    test->accepted ? "ACCEPTED"
		    : test->tried  ? "refused"
				   : "untried");
		if (test->tried && test->reply.code)
			buf_printf(out, " %d", test->reply.code);
		else if (test->tried)
			buf_add_text(out, " 0");
		const struct smtp_msg_enhanced *e = &test->reply.enhanced;
		if (e->class > 2)
			buf_printf(out, " %d.%d.%d", e->class, e->subject, e->detail);
		if (test->detail)
			buf_printf(out, " %s", test->detail);
		if (test->err.kind)
			buf_printf(out, " err %d", test->err.kind);
		buf_add_text(out, "; ");
	}
}

static void
summary(struct buf *out, const void *opaque)
{
	const struct smtp_facts *facts = opaque;

	put_session(out, facts);
	put_login(out, facts);
	put_envelope(out, facts);
	for (size_t i = 0; i < facts->refusals.count; i++) {
		const struct smtp_reply *reply = &facts->refusals.list[i];
		buf_printf(
		    out, "refusal %s%s", smtp_stage_name(reply->stage), reply->subject ? " " : "");
		put_reply(out, reply->subject ? reply->subject : "", reply);
	}
	if (facts->odd_code.code)
		buf_printf(out, "odd %s; ", facts->odd_code.lines);
	if (facts->goodbye_done)
		buf_add_text(out, "goodbye; ");
	put_tests(out, facts);
}

/* ---- runs ---- */

static void
said(struct memstream *mem, const struct dialog_row *row, const void *facts)
{
	const struct session_facts *session = facts;

	if (*row->script)
		dialog_row_said(row, mem);
	ck_assert_ptr_null(strstr(buf_text(&session->transcript), PLAIN));
}

/* The second connection, where the row has one, is another server's. */
static bool
run(const struct session_params *session, const void *own, void *facts)
{
	const struct smtp_row *row = own;
	const struct dialog_row further = {.name = row->name, .script = row->further};
	struct smtp_params params = row->params;
	struct memstream mem;
	struct stream *const more[] = {row->further ? &mem.stream : NULL, NULL};
	bool good;

	if (row->further)
		memstream_init(&mem, row->further, deadline_in(20 * US_PER_S));
	params.further = more;
	smtp_facts_init(facts);
	good = smtp_run(session, &params, facts);
	ck_assert_int_ge(((const struct smtp_facts *)facts)->session.ended_us, 0);
	if (row->further) {
		said(&mem, &further, facts);
		memstream_free(&mem);
	}
	return good;
}

static void
release(void *facts)
{
	smtp_facts_free(facts);
}

const struct dialog_kind smtp_row_kind = {.facts_size = sizeof(struct smtp_facts),
    .run = run,
    .summary = summary,
    .check = said,
    .release = release};

struct dialog_row
smtp_row_common(const struct smtp_row *row)
{
	return (struct dialog_row){.name = row->name,
	    .script = row->script,
	    .want = row->want,
	    .secret = row->params.login.password,
	    .mode = row->mode,
	    .own = row};
}
