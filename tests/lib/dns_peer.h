/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A name server on loopback that says what a test wants it to say, right or
 * wrong: a thread that hears questions by UDP and TCP on one port and hands
 * each to the test's function. And what such a function composes replies with.
 */
#ifndef TESTS_LIB_DNS_PEER_H
#define TESTS_LIB_DNS_PEER_H

#include <netinet/in.h>
#include <pthread.h>

#include "net/dns.h"

#define DNS_PEER_STREAMS 64

struct dns_heard {
	const uint8_t *bytes; /* the query as it came */
	size_t len;
	char name[DNS_NAME_TEXT_MAX]; /* lower case */
	size_t name_len;              /* of its wire form, at bytes + 12 */
	uint16_t id, type;
	bool tcp, edns;
	int fd; /* of the stream, or the peer's datagram socket */
	struct sockaddr_in from;
};

struct dns_peer {
	/* Called in the peer's thread, one question at a time. */
	void (*answer)(struct dns_peer *peer, const struct dns_heard *heard);
	void *context;
	char address[16];
	uint16_t port;
	unsigned heard_udp, heard_tcp; /* read them when the peer is closed */
	bool no_tcp;                   /* connections are refused: set before opening */
	int udp, tcp, stop[2];
	int streams[DNS_PEER_STREAMS]; /* held open until the end */
	size_t stream_count;
	pthread_t thread;
};
/* Listens on address (127.x.y.z) and any free port and begins to answer. */
void dns_peer_open(struct dns_peer *peer, const char *address);
void dns_peer_close(struct dns_peer *peer);
/* One more resolver, and the haste of tests: 60 ms, 3 tries. */
void dns_peer_settle(struct dns_settings *settings, const struct dns_peer *peer);

/* ---- replies --------------------------------------------------------------------- */

struct dns_reply {
	uint8_t bytes[65535];
	size_t len;
};
#define DNS_REPLY_FLAGS 0x8180u /* QR RD RA */

/* Header and question as asked; flags hold the rcode too. */
void dns_reply_begin(struct dns_reply *reply, const struct dns_heard *heard, unsigned flags);
void dns_reply_put(struct dns_reply *reply, const void *bytes, size_t len);
void dns_reply_put16(struct dns_reply *reply, unsigned value);
void dns_reply_name(struct dns_reply *reply, const char *name);
/* Sets one of the four counts: 0 questions ... 3 additional. */
void dns_reply_count(struct dns_reply *reply, size_t section, unsigned count);
/* A record of class IN, TTL 300; owner NULL is a pointer to the question. Counts it in section 1..3. */
void dns_reply_record(struct dns_reply *reply, size_t section, const char *owner, unsigned type,
    const void *data, size_t len);
void dns_reply_a(struct dns_reply *reply, const char *owner, unsigned last_octet);
void dns_reply_alias(struct dns_reply *reply, const char *owner, const char *target);
void dns_reply_soa(struct dns_reply *reply, const char *zone);
/* An OPT record with an extended error. */
void dns_reply_ede(struct dns_reply *reply, unsigned code, const char *text);
/* By the way the question came; as a stream with the length in front. */
void
dns_reply_send(const struct dns_reply *reply, struct dns_peer *peer, const struct dns_heard *heard);

#endif
