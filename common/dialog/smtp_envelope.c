/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the mail transaction up to its recipients (RFC 5321, 3.3), in one flight
 * where PIPELINING is offered (RFC 2920). Sends no message.
 */
#include "dialog/smtp_envelope.h"

#include <stdio.h>

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

bool
smtp_envelope_alone(const struct smtp_params *params)
{
	return params->from != NULL && !params->send.wanted && count(params->commands) == 0;
}

static bool
pipelines(const struct smtp *smtp)
{
	return smtp->facts->ehlo.pipelining && !smtp->params->no_pipeline;
}

static bool
is_ascii(const struct smtp *smtp)
{
	const struct smtp_params *params = smtp->params;
	bool ascii = smtp_msg_ascii(params->from);

	for (size_t i = 0; i < count(params->rcpt); i++)
		ascii = ascii && smtp_msg_ascii(params->rcpt[i]);
	return ascii;
}

/* MAIL with the parameters that the server offers (RFC 1870, RFC 6531). */
static void
say_mail(struct smtp *smtp, uint64_t size)
{
	const struct smtp_msg_ehlo *ehlo = &smtp->facts->ehlo;
	char declared[32] = "";

	if (size > 0 && ehlo->size_offered)
		snprintf(declared, sizeof(declared), " SIZE=%llu", (unsigned long long)size);
	smtp_talk_say(smtp, "MAIL FROM:<%s>%s%s", smtp->params->from, declared,
	    ehlo->smtputf8 && !is_ascii(smtp) ? " SMTPUTF8" : "");
}

static void
say_rcpt(struct smtp *smtp, size_t i)
{
	smtp_talk_say(smtp, "RCPT TO:<%s>", smtp->params->rcpt[i]);
}

void
smtp_envelope_say_all(struct smtp *smtp)
{
	if (smtp->envelope_sent)
		return;
	say_mail(smtp, smtp->params->size);
	for (size_t i = 0; i < count(smtp->params->rcpt); i++)
		say_rcpt(smtp, i);
	smtp_talk_say(smtp, "RSET");
	smtp_talk_say(smtp, "QUIT");
	smtp->envelope_sent = smtp->quit_sent = true;
	smtp->facts->pipelined = true;
}

static bool
hear_rcpt(struct smtp *smtp, size_t i)
{
	struct smtp_rcpt *rcpt = &smtp->facts->rcpts[i];

	if (!smtp_talk_hear(smtp, SMTP_STAGE_RCPT, rcpt->address, &rcpt->reply))
		return false;
	rcpt->accepted = smtp_talk_yes(&rcpt->reply);
	smtp->facts->rcpts_accepted += rcpt->accepted;
	return true;
}

static void
prepare_rcpts(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;

	facts->rcpt_count = count(smtp->params->rcpt);
	facts->rcpts =
	    arena_alloc(&facts->session.arena, (facts->rcpt_count + 1) * sizeof(*facts->rcpts));
	for (size_t i = 0; i < facts->rcpt_count; i++)
		facts->rcpts[i].address = smtp->params->rcpt[i];
}

bool
smtp_envelope_open(struct smtp *smtp, uint64_t size)
{
	struct smtp_facts *facts = smtp->facts;
	bool together = smtp->envelope_sent || pipelines(smtp);

	prepare_rcpts(smtp);
	if (together && smtp->envelope_alone)
		smtp_envelope_say_all(smtp);
	if (!smtp->envelope_sent) {
		say_mail(smtp, size);
		for (size_t i = 0; together && i < facts->rcpt_count; i++)
			say_rcpt(smtp, i);
		facts->pipelined |= together && facts->rcpt_count > 0;
	}
	if (!smtp_talk_hear(smtp, SMTP_STAGE_MAIL, NULL, &facts->mail))
		return false;
	if (!smtp_talk_yes(&facts->mail))
		return smtp_talk_refused(smtp, &facts->mail); /* the goodbye reads the rest */
	for (size_t i = 0; i < facts->rcpt_count; i++) {
		if (!together)
			say_rcpt(smtp, i);
		if (!hear_rcpt(smtp, i))
			return false;
	}
	return true;
}

bool
smtp_envelope_drop(struct smtp *smtp)
{
	if (!smtp->envelope_sent)
		smtp_talk_say(smtp, "RSET");
	return smtp_talk_hear(smtp, SMTP_STAGE_RSET, NULL, &smtp->facts->rset);
}

bool
smtp_envelope_commands(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;
	const char *const *commands = smtp->params->commands;
	size_t n = count(commands);

	if (n == 0)
		return true;
	facts->commands = arena_alloc(&facts->session.arena, (n + 1) * sizeof(*facts->commands));
	for (size_t i = 0; i < n; i++) {
		struct smtp_command *command = &facts->commands[facts->command_count++];

		command->command = commands[i];
		smtp_talk_say(smtp, "%s", commands[i]);
		if (!smtp_talk_hear(smtp, SMTP_STAGE_COMMAND, command->command, &command->reply))
			return false;
	}
	return true;
}
