/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One try of a question at one server: a socket of its own, and what is heard
 * on it. Private to the engine (net/dns.c).
 */
#ifndef COMMON_NET_DNS_TRY_H
#define COMMON_NET_DNS_TRY_H

#include "net/dns.h"

#define DNS_MESSAGE_MAX 65535

struct dns_try {
	int fd; /* -1: free */
	bool tcp;
	size_t server;          /* index into the servers of the question */
	struct dns_query query; /* its name is the array below */
	uint8_t name[DNS_NAME_WIRE_MAX];
	uint8_t packet[2 + DNS_QUERY_MAX]; /* TCP: length and query, and how much has gone out */
	size_t packet_len, gone;
	uint8_t prefix[2]; /* TCP: length of the answer, then the answer */
	uint8_t *body;
	size_t have;
	void *owner;          /* the engine's */
	struct dns_try *next; /* of the same owner */
};

/* Sends, or begins to connect. Returns 0 or an errno; the try is free again then. */
int dns_try_open(struct dns_try *try, const struct address *server);
void dns_try_close(struct dns_try *try);
/*
 * Looks whether a message is there. Above 0: its length, *bytes_out points at
 * it (into buffer, or the try's own memory). 0: not yet. Below: -errno; EBADMSG
 * is a TCP answer too short to be one, EPIPE one that ended early.
 */
ptrdiff_t
dns_try_hear(struct dns_try *try, uint8_t *buffer, size_t size, const uint8_t **bytes_out);

#endif
