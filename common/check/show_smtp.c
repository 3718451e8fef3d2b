/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how SMTP's facts look in JSON. No verdict is made here. */
#include "check/judge_smtp.h"
#include "check/show.h"

static void
show_keywords(
    struct arena *arena, struct value *object, const char *key, const struct smtp_msg_ehlo *ehlo)
{
	struct value *array = value_add_array(arena, object, key);

	for (size_t i = 0; i < ehlo->count; i++)
		value_add_text(arena, array, NULL, ehlo->keywords[i]);
}

static void
show_recipient(struct arena *arena, struct value *recipients, const struct smtp_rcpt *rcpt)
{
	const struct smtp_reply *reply = rcpt->final.code ? &rcpt->final : &rcpt->reply;
	struct value *object = value_add_object(arena, recipients, NULL);

	value_add_text(arena, object, "id", rcpt->address);
	value_add_int(arena, object, "code", reply->code);
	if (reply->enhanced.class)
		value_add_text(arena, object, "enhanced",
		    arena_printf(arena, "%d.%d.%d", reply->enhanced.class, reply->enhanced.subject,
			reply->enhanced.detail));
	value_add_text(arena, object, "text", reply->text);
}

static void
show_envelope(const struct smtp_facts *facts, const char *from, struct report *report)
{
	struct arena *arena = &report->arena;
	struct value *recipients;

	report->envelope = value_object(arena);
	value_add_text(arena, report->envelope, "from", from);
	recipients = value_add_array(arena, report->envelope, "recipients");
	for (size_t i = 0; facts->rcpts && i < facts->rcpt_count; i++)
		show_recipient(arena, recipients, &facts->rcpts[i]);
	value_add_text(arena, report->envelope, "queue_id", facts->queue_id);
}

void
show_smtp(const struct smtp_facts *facts, const char *from, const char *user, struct report *report,
    struct value *endpoint, bool chosen)
{
	struct arena *arena = &report->arena;
	struct value *server = value_add_object(arena, endpoint, "server"), *mechanisms;

	value_add_text(arena, server, "greeting", facts->session.greeting);
	value_add_text(arena, server, "ehlo_name", facts->ehlo.name);
	show_keywords(arena, server, "capabilities_before_tls", &facts->ehlo_before_tls);
	show_keywords(arena, server, "capabilities", &facts->ehlo);
	mechanisms = value_add_array(arena, server, "mechanisms");
	for (size_t i = 0; i < facts->ehlo.mechanisms.count; i++)
		value_add_text(arena, mechanisms, NULL, facts->ehlo.mechanisms.names[i]);
	show_login(&facts->login, user, arena, endpoint);
	for (size_t i = 0; i < facts->ehlo.count; i++)
		report_line(report, 2, "capability %s", facts->ehlo.keywords[i]);
	if (chosen && from)
		show_envelope(facts, from, report);
}
