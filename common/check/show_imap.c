/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how IMAP's facts look in JSON. No verdict is made here. */
#include "base/text.h"
#include "check/judge_imap.h"
#include "check/show.h"

static void
show_words(
    struct arena *arena, struct value *object, const char *key, const struct imap_words *words)
{
	struct value *array = value_add_array(arena, object, key);

	for (size_t i = 0; i < words->count; i++)
		value_add_text(arena, array, NULL, words->list[i]);
}

static void
show_server(const struct imap_facts *facts, struct arena *arena, struct value *endpoint)
{
	struct value *server = value_add_object(arena, endpoint, "server"), *id;

	value_add_text(arena, server, "greeting", facts->session.greeting);
	for (const struct imap_id *i = facts->id; i && i->key; i++)
		if (text_equal_fold(i->key, "name"))
			value_add_text(arena, server, "software", i->value);
	id = value_add_object(arena, server, "id");
	for (const struct imap_id *i = facts->id; i && i->key; i++)
		if (!value_get(id, i->key))
			value_add_text(arena, id, arena_strdup(arena, i->key), i->value);
	show_words(arena, server, "capabilities_before_tls", &facts->capabilities_before_tls);
	show_words(arena, server, "capabilities",
	    facts->capabilities_after_login.count ? &facts->capabilities_after_login
						  : &facts->capabilities);
	show_words(arena, server, "mechanisms", &facts->mechanisms);
}

static void
add_count(struct arena *arena, struct value *object, const char *key, int64_t count)
{
	if (count >= 0)
		value_add_int(arena, object, key, count);
	else
		value_add_null(arena, object, key);
}

static void
show_mailbox(struct arena *arena, struct value *mailboxes, const struct imap_folder *folder)
{
	struct value *box = value_add_object(arena, mailboxes, NULL);

	value_add_text(arena, box, "id", folder->name);
	add_count(arena, box, "messages", folder->messages);
	add_count(arena, box, "unseen", folder->unseen);
	add_count(arena, box, "recent", folder->recent);
	add_count(arena, box, "uidnext", folder->uidnext);
	add_count(arena, box, "uidvalidity", folder->uidvalidity);
	add_count(arena, box, "size", folder->size);
}

static void
show_quota(struct arena *arena, struct value *quotas, const struct imap_quota *quota)
{
	struct value *object = value_add_object(arena, quotas, NULL);

	value_add_text(
	    arena, object, "id", arena_printf(arena, "%s/%s", quota->root, quota->resource));
	value_add_text(arena, object, "root", quota->root);
	value_add_text(arena, object, "resource", quota->resource);
	value_add_int(arena, object, "used", quota->used);
	add_count(arena, object, "limit", quota->limit);
	if (quota->limit > 0)
		value_add_real(
		    arena, object, "percent", (double)quota->used / (double)quota->limit * 100, 1);
	value_add_text(
	    arena, object, "unit", text_equal_fold(quota->resource, "STORAGE") ? "KiB" : "");
}

void
show_imap(const struct imap_facts *facts, const char *user, struct report *report,
    struct value *endpoint, bool chosen)
{
	struct arena *arena = &report->arena;

	show_server(facts, arena, endpoint);
	show_login(&facts->login, user, arena, endpoint);
	if (!chosen)
		return;
	for (size_t i = 0; facts->folders && i < facts->folder_count; i++)
		show_mailbox(arena, report->mailboxes, &facts->folders[i]);
	for (size_t i = 0; i < facts->quota_count; i++)
		show_quota(arena, report->quotas, &facts->quotas[i]);
}
