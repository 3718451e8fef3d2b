/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server on loopback that plays scripts: one poll loop over all its
 * connections, no threads. Only 127.0.0.0/8 is ever listened on.
 */
#ifndef TESTS_LIB_PEER_H
#define TESTS_LIB_PEER_H

#include "lib/script.h"

#define PEER_ADDRESSES_MAX 8
#define PEER_CONNECTIONS_MAX 128

struct peer_connection {
	int fd;
	struct player player;
	int64_t wake_us;   /* the server pauses until then */
	bool blocked;      /* the socket takes no more for now */
	bool ended;        /* our side is shut; the client's rest is read */
	size_t sent;       /* bytes on the wire so far */
	size_t sent_facts; /* of them before the goodbye; 0 until that is reached */
	bool over;         /* closed */
};

struct peer {
	const struct script *script;
	const char *pki_dir;
	unsigned port;
	struct {
		int fd;
		char address[16];
		size_t accepted;
	} doors[PEER_ADDRESSES_MAX];
	size_t door_count;
	struct peer_connection connections[PEER_CONNECTIONS_MAX];
	size_t connection_count;
	char token[33]; /* what %k took in any connection */
	size_t cut_at;  /* the end after so many bytes sent; 0 = no */
	bool cut_by_reset;
	char fault[400]; /* first deviation of any connection, "" = none */
};

/* Listens on 127.0.0.1, or on the addresses the script names; port 0 = any free one. False: fault. */
bool peer_open(
    struct peer *peer, const struct script *script, const char *pki_dir, unsigned port) MUST_USE;
/* Waits at most timeout_ms for something to do and does it; true once watched (or -1) is readable. */
bool peer_turn(struct peer *peer, int timeout_ms, int watched);
/* Every connection is over. */
bool peer_idle(const struct peer *peer);
/* Closes all and notes what was never said; what was heard stays until peer_free(). */
void peer_close(struct peer *peer);
void peer_free(struct peer *peer);
/* A port that refuses connections, and one that never answers; hold it until close(fd). */
int peer_closed_port(unsigned *port_out);
int peer_silent_port(unsigned *port_out);

#endif
