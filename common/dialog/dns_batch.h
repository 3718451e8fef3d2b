/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions of one round: everybody adds what he can ask now, then all are
 * asked side by side, and everybody looks what came. A question stays where it
 * is, so its pointer is kept from the asking to the answer and beyond.
 */
#ifndef COMMON_DIALOG_DNS_BATCH_H
#define COMMON_DIALOG_DNS_BATCH_H

#include "net/dns.h"

struct dns_batch {
	struct arena *arena; /* of the questions and their names */
	struct dns_question **list;
	size_t count, room;
	size_t rounds, asked; /* so far */
	size_t heard;         /* of them, those that somebody said something to */
	size_t answered;      /* of them, those with a yes or no */
	bool forged;          /* answers were spoofed */
};

void dns_batch_init(struct dns_batch *batch, struct arena *arena);
void dns_batch_free(struct dns_batch *batch);
/* name is copied. server: kept by pointer, NULL for the resolvers. Never NULL. */
struct dns_question *dns_batch_add(struct dns_batch *batch, const char *name, uint16_t type,
    unsigned flags, const struct address *server);
/*
 * Asks all of them and empties the batch; the records of an answer come in an
 * order of their own, the same in each run. False: there was nothing to ask.
 */
bool dns_batch_ask(struct dns_batch *batch, struct dns *dns, struct deadline deadline) MUST_USE;
/* The same order (MX and SRV: the preferred ones first) for who asks by himself. */
void dns_batch_order(struct dns_question *question);

#endif
