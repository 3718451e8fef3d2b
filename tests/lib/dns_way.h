/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One question to a name server that answers in one way, right or wrong: what
 * the question must become, a row each.
 */
#ifndef TESTS_LIB_DNS_WAY_H
#define TESTS_LIB_DNS_WAY_H

#include "lib/dns_peer.h"

#define TRUTH 1 /* 192.0.2.1 is what the zone says, 192.0.2.66 what the forger says */
#define LIE 66

#define UDP_ONLY 1    /* the peer has no TCP */
#define THEN_TRUTH 2  /* the lie, and the truth right behind it */
#define FORGED 4      /* must be recognised as such */
#define BY_TCP 8      /* the answer must have come so */
#define MISMATCHED 16 /* something was not believed */

struct dns_way_row {
	const char *name;
	void (*way)(struct dns_peer *peer, const struct dns_heard *heard);
	unsigned flags;
	enum dns_status status;
	size_t count;
	size_t hops;
};
/* Asks for NAME.test, A, and holds what came against the row. */
void dns_way_ask(const struct dns_way_row *row);
/* A peer's answer, its context a row. */
void dns_way_answer(struct dns_peer *peer, const struct dns_heard *heard);

/* What every program says; one peer thread at a time composes. */
void dns_way_truth(struct dns_peer *peer, const struct dns_heard *heard);
void dns_way_nothing(struct dns_peer *peer, const struct dns_heard *heard);
/* Begins a reply with the forger's address. */
void dns_way_lie(struct dns_reply *reply, const struct dns_heard *heard);

#endif
