/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A question in flight, and the loop it is part of. Private to the engine:
 * net/dns.c asks, net/dns_hear.c judges what comes back, net/dns_flight.c keeps
 * tries and results.
 *
 * A flight has tries; the first answer that counts lands it. A server that has
 * said something useless (SERVFAIL, damage, refusal) is spent for that
 * question; when all are spent, the most telling of it is the result.
 */
#ifndef COMMON_NET_DNS_FLIGHT_H
#define COMMON_NET_DNS_FLIGHT_H

#include "net/dns_try.h"

/* Why a question is asked by TCP. */
enum dns_tcp { DNS_TCP_NONE = 0, DNS_TCP_WANTED, DNS_TCP_TRUNCATED, DNS_TCP_CASE, DNS_TCP_FORGED };

/* One question being asked. */
struct dns_flight {
	struct dns_question *question; /* NULL: a free place */
	const struct address *servers;
	size_t server_count, server;     /* the one asked last */
	unsigned spent;                  /* a bit each */
	unsigned left, asked;            /* datagrams */
	uint8_t name[DNS_NAME_WIRE_MAX]; /* asked now: the end of the chain so far */
	size_t name_len;
	struct dns_record *chain; /* of earlier answers */
	size_t hops;
	const struct dns_wire *alias_wire; /* their bytes; NULL */
	bool no_edns;
	enum dns_tcp tcp_due, tcp_why; /* to be asked next; why it was */
	unsigned by_tcp;               /* a bit for each server asked so */
	struct dns_try *tries;
	int64_t started_us, act_us; /* next thing to do */
};

struct dns_loop {
	struct dns *dns;
	int epoll;
	struct dns_flight *flights;
	size_t flight_count, flying;
	struct dns_try *tries;
	struct dns_try *free;
	size_t try_count, open, open_tcp;
	size_t burst; /* datagrams of the current millisecond */
	int64_t burst_ms, now_us;
	uint8_t *buffer;
	int fault; /* errno that ends it all */
};

/* How many datagrams a question may cost. */
unsigned dns_flight_tries(const struct dns *dns, const struct dns_flight *flight);
/* A free place for a socket; of the flight's own oldest if there is none. NULL: none at all. */
struct dns_try *dns_flight_take(struct dns_loop *loop, struct dns_flight *flight);
void dns_flight_give_back(struct dns_loop *loop, struct dns_try *try);
/* The try is under way. */
void dns_flight_add(struct dns_loop *loop, struct dns_flight *flight, struct dns_try *try);
void dns_flight_drop(struct dns_loop *loop, struct dns_flight *flight, struct dns_try *try);
void dns_flight_drop_all(struct dns_loop *loop, struct dns_flight *flight);
/* A result to fall back on, unless a more telling one stands. True if it was taken. */
bool dns_flight_note(struct dns_flight *flight, enum dns_status status, const char *why);
/* The question has its result, or the wait for it is over. */
void dns_flight_land(struct dns_loop *loop, struct dns_flight *flight);
/* This server has nothing more to say: the next is asked at once, or the flight lands. */
void dns_flight_spend(struct dns_loop *loop, struct dns_flight *flight, size_t server);
/* dns_ask() without validation (net/dns.c). */
void dns_ask_plain(
    struct dns *dns, struct dns_question *questions, size_t count, struct deadline deadline);
/* What came in on this socket (net/dns_hear.c). */
void dns_hear(struct dns_loop *loop, struct dns_try *try);

#endif
