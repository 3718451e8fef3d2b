/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns asking one question of one peer, and the answers that most tests say. */
#include "lib/dns_way.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct dns_reply reply;

void
dns_way_truth(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	if (heard->type == DNS_TYPE_A)
		dns_reply_a(&reply, NULL, TRUTH);
	dns_reply_send(&reply, peer, heard);
}

void
dns_way_nothing(struct dns_peer *peer, const struct dns_heard *heard)
{
	(void)peer;
	(void)heard;
}

void
dns_way_lie(struct dns_reply *lie, const struct dns_heard *heard)
{
	dns_reply_begin(lie, heard, DNS_REPLY_FLAGS);
	dns_reply_a(lie, NULL, LIE);
}

void
dns_way_answer(struct dns_peer *peer, const struct dns_heard *heard)
{
	const struct dns_way_row *row = peer->context;

	if (!heard->tcp || !(row->flags & FORGED))
		row->way(peer, heard);
	if (row->flags & THEN_TRUTH)
		dns_way_truth(peer, heard);
}

void
dns_way_ask(const struct dns_way_row *row)
{
	struct dns_peer peer = {.answer = dns_way_answer, .no_tcp = row->flags & UDP_ONLY};
	struct dns_settings settings = {0};
	struct dns_question question = {.type = DNS_TYPE_A};
	struct dns dns;
	char name[64];

	snprintf(name, sizeof(name), "%s.test", row->name);
	question.name = name;
	memcpy(&peer.context, &(const void *){row}, sizeof(peer.context));
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_init(&dns, &settings);
	dns_ask(&dns, &question, 1, deadline_in(US_PER_S));
	ck_assert_msg(question.status == row->status, "%s: %s (%s)", row->name,
	    dns_status_word(question.status), question.why);
	ck_assert_uint_eq(question.answer.count, row->count);
	for (size_t i = 0; i < question.answer.count; i++)
		ck_assert_uint_eq(question.answer.records[i].a[3], TRUTH);
	ck_assert_uint_eq(question.answer.hops, row->hops);
	ck_assert_int_eq(question.forged, (row->flags & FORGED) != 0);
	ck_assert_int_eq(question.mismatches > 0, (row->flags & MISMATCHED) != 0);
	if (row->flags & BY_TCP)
		ck_assert(question.by_tcp);
	ck_assert_int_le(question.span_us, US_PER_S + 100 * US_PER_MS);
	ck_assert_int_eq(
	    dns_is_answer(&question), question.answered_by != NULL && row->status < DNS_SERVFAIL);
	dns_peer_close(&peer);
	dns_free(&dns);
}
