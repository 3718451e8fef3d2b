/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the gathering of questions into rounds. Knows nothing of what they are for. */
#include "dialog/dns_batch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOM_FIRST 64

void
dns_batch_init(struct dns_batch *batch, struct arena *arena)
{
	*batch = (struct dns_batch){.arena = arena};
}

void
dns_batch_free(struct dns_batch *batch)
{
	mem_free(batch->list);
	*batch = (struct dns_batch){0};
}

struct dns_question *
dns_batch_add(struct dns_batch *batch, const char *name, uint16_t type, unsigned flags,
    const struct address *server)
{
	struct dns_question *question = arena_alloc(batch->arena, sizeof(*question));

	question->name = arena_strdup(batch->arena, name);
	question->type = type;
	question->flags = flags;
	question->server = server;
	if (batch->count == batch->room) {
		batch->room = batch->room ? 2 * batch->room : ROOM_FIRST;
		batch->list = mem_grow(batch->list, batch->room, sizeof(struct dns_question *));
	}
	batch->list[batch->count++] = question;
	return question;
}

/* ---- a fixed order ---- */

static int
by_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
}

static int
by_number(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

static int
by_data(const void *one, const void *other)
{
	const struct dns_record *a = one, *b = other;
	int order = 0;

	switch (a->type) {
	case DNS_TYPE_A:
		return memcmp(a->a, b->a, sizeof(a->a));
	case DNS_TYPE_AAAA:
		return memcmp(a->aaaa, b->aaaa, sizeof(a->aaaa));
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
		return strcasecmp(a->name, b->name);
	case DNS_TYPE_MX:
		order = by_number(a->mx.preference, b->mx.preference);
		return order ? order : strcasecmp(a->mx.host, b->mx.host);
	case DNS_TYPE_TXT:
		return by_bytes(a->txt.text, a->txt.len, b->txt.text, b->txt.len);
	case DNS_TYPE_SRV:
		order = by_number(a->srv.priority, b->srv.priority);
		order = order ? order : by_number(b->srv.weight, a->srv.weight);
		return order ? order : strcasecmp(a->srv.host, b->srv.host);
	case DNS_TYPE_TLSA:
		return by_bytes(a->tlsa.data, a->tlsa.len, b->tlsa.data, b->tlsa.len);
	default:
		return 0;
	}
}

/* Name servers turn the records of an answer: what is shown must not. */
void
dns_batch_order(struct dns_question *question)
{
	if (question->answer.count > 1)
		qsort(question->answer.records, question->answer.count,
		    sizeof(*question->answer.records), by_data);
}

bool
dns_batch_ask(struct dns_batch *batch, struct dns *dns, struct deadline deadline)
{
	struct dns_question *row; /* the engine takes them side by side */

	if (batch->count == 0)
		return false;
	row = mem_array(batch->count, sizeof(*row));
	for (size_t i = 0; i < batch->count; i++)
		row[i] = *batch->list[i];
	dns_ask(dns, row, batch->count, deadline);
	for (size_t i = 0; i < batch->count; i++) {
		*batch->list[i] = row[i];
		dns_batch_order(batch->list[i]);
		batch->forged |= row[i].forged;
		batch->heard += row[i].answered_by != NULL;
		batch->answered += dns_is_answer(&row[i]);
	}
	mem_free(row);
	batch->rounds++;
	batch->asked += batch->count;
	batch->count = 0;
	return true;
}
