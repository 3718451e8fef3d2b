/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the peer's sockets and thread, and composing replies byte by byte. */
#include "lib/dns_peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a test needs of its machine. */
static void
sure(bool good)
{
	if (!good)
		abort();
}

/* ---- the peer -------------------------------------------------------------------- */

static void
understand(struct dns_peer *peer, struct dns_heard *heard)
{
	struct arena arena = {0};
	uint8_t wire[DNS_NAME_WIRE_MAX];
	size_t at = 12;

	sure(heard->len >= 17);
	heard->name_len = dns_name_read(wire, heard->bytes, heard->len, &at);
	sure(heard->name_len != 0);
	snprintf(heard->name, sizeof(heard->name), "%s", dns_name_text(&arena, wire));
	arena_free(&arena);
	heard->id = (uint16_t)(heard->bytes[0] << 8 | heard->bytes[1]);
	heard->type = (uint16_t)(heard->bytes[at] << 8 | heard->bytes[at + 1]);
	heard->edns = heard->bytes[11] == 1;
	peer->answer(peer, heard);
}

static void
hear_datagram(struct dns_peer *peer)
{
	uint8_t bytes[1024];
	struct dns_heard heard = {.bytes = bytes, .fd = peer->udp};
	socklen_t len = sizeof(heard.from);
	ssize_t got = recvfrom(
	    peer->udp, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&heard.from, &len);

	if (got <= 0)
		return;
	peer->heard_udp++;
	heard.len = (size_t)got;
	understand(peer, &heard);
}

static void
hear_stream(struct dns_peer *peer)
{
	uint8_t bytes[1024];
	struct dns_heard heard = {.bytes = bytes + 2, .tcp = true};
	int fd = accept(peer->tcp, NULL, NULL);
	ssize_t got;

	if (fd < 0)
		return;
	sure(peer->stream_count < DNS_PEER_STREAMS);
	peer->streams[peer->stream_count++] = fd;
	got = recv(fd, bytes, sizeof(bytes), 0);
	if (got < 2)
		return;
	sure((bytes[0] << 8 | bytes[1]) + 2 == got);
	peer->heard_tcp++;
	heard.len = (size_t)got - 2;
	heard.fd = fd;
	understand(peer, &heard);
}

static void *
serve(void *opaque)
{
	struct dns_peer *peer = opaque;
	struct pollfd fds[3] = {{.fd = peer->stop[0], .events = POLLIN},
	    {.fd = peer->udp, .events = POLLIN}, {.fd = peer->tcp, .events = POLLIN}};

	while (poll(fds, 3, -1) > 0 && !fds[0].revents) {
		if (fds[1].revents)
			hear_datagram(peer);
		if (fds[2].revents)
			hear_stream(peer);
	}
	return NULL;
}

/* The same port for both, which a stranger may have taken meanwhile: again then. */
static bool
listen_both(struct dns_peer *peer)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);

	sure(inet_pton(AF_INET, peer->address, &in.sin_addr) == 1);
	peer->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sure(bind(peer->udp, (struct sockaddr *)&in, sizeof(in)) == 0);
	sure(getsockname(peer->udp, (struct sockaddr *)&in, &len) == 0);
	peer->port = ntohs(in.sin_port);
	peer->tcp = -1;
	if (peer->no_tcp)
		return true;
	peer->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(peer->tcp, (struct sockaddr *)&in, sizeof(in)) == 0 && listen(peer->tcp, 64) == 0)
		return true;
	close(peer->tcp);
	close(peer->udp);
	return false;
}

void
dns_peer_open(struct dns_peer *peer, const char *address)
{
	int size = 4 << 20;

	snprintf(peer->address, sizeof(peer->address), "%s", address);
	while (!listen_both(peer))
		;
	(void)setsockopt(peer->udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	sure(pipe(peer->stop) == 0);
	sure(pthread_create(&peer->thread, NULL, serve, peer) == 0);
}

void
dns_peer_close(struct dns_peer *peer)
{
	sure(write(peer->stop[1], "x", 1) == 1);
	pthread_join(peer->thread, NULL);
	for (size_t i = 0; i < peer->stream_count; i++)
		close(peer->streams[i]);
	close(peer->stop[0]);
	close(peer->stop[1]);
	close(peer->udp);
	if (peer->tcp >= 0)
		close(peer->tcp);
}

void
dns_peer_settle(struct dns_settings *settings, const struct dns_peer *peer)
{
	char text[32];
	struct err err = {0};

	snprintf(text, sizeof(text), "%s@%u", peer->address, peer->port);
	sure(dns_settings_add(settings, text, &err));
	settings->wait_us = 60 * US_PER_MS;
	settings->tries = 3;
}

/* ---- replies --------------------------------------------------------------------- */

void
dns_reply_put(struct dns_reply *reply, const void *bytes, size_t len)
{
	sure(reply->len + len <= sizeof(reply->bytes));
	memcpy(reply->bytes + reply->len, bytes, len);
	reply->len += len;
}

void
dns_reply_put16(struct dns_reply *reply, unsigned value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	dns_reply_put(reply, bytes, 2);
}

void
dns_reply_name(struct dns_reply *reply, const char *name)
{
	uint8_t wire[DNS_NAME_WIRE_MAX];
	size_t len = dns_name_to_wire(wire, name);

	sure(len > 0);
	dns_reply_put(reply, wire, len);
}

void
dns_reply_count(struct dns_reply *reply, size_t section, unsigned count)
{
	reply->bytes[4 + 2 * section] = (uint8_t)(count >> 8);
	reply->bytes[5 + 2 * section] = (uint8_t)count;
}

void
dns_reply_begin(struct dns_reply *reply, const struct dns_heard *heard, unsigned flags)
{
	reply->len = 0;
	dns_reply_put16(reply, heard->id);
	dns_reply_put16(reply, flags);
	dns_reply_put16(reply, 1);
	dns_reply_put(reply, "\0\0\0\0\0\0", 6);
	dns_reply_put(reply, heard->bytes + 12, heard->name_len + 4);
}

void
dns_reply_record(struct dns_reply *reply, size_t section, const char *owner, unsigned type,
    const void *data, size_t len)
{
	unsigned count =
	    (unsigned)reply->bytes[4 + 2 * section] << 8 | reply->bytes[5 + 2 * section];

	if (owner)
		dns_reply_name(reply, owner);
	else
		dns_reply_put16(reply, 0xc00c);
	dns_reply_put16(reply, type);
	dns_reply_put16(reply, 1);
	dns_reply_put(reply, "\0\0\x01\x2c", 4);
	dns_reply_put16(reply, (unsigned)len);
	dns_reply_put(reply, data, len);
	dns_reply_count(reply, section, count + 1);
}

void
dns_reply_a(struct dns_reply *reply, const char *owner, unsigned last_octet)
{
	uint8_t a[4] = {192, 0, 2, (uint8_t)last_octet};

	dns_reply_record(reply, 1, owner, DNS_TYPE_A, a, sizeof(a));
}

void
dns_reply_alias(struct dns_reply *reply, const char *owner, const char *target)
{
	uint8_t wire[DNS_NAME_WIRE_MAX];
	size_t len = dns_name_to_wire(wire, target);

	dns_reply_record(reply, 1, owner, DNS_TYPE_CNAME, wire, len);
}

void
dns_reply_soa(struct dns_reply *reply, const char *zone)
{
	static const uint8_t data[] = "\0\0\0\0\0\7\0\0\x0e\x10\0\0\3\x84\0\x12\x75\0\0\0\1\x2c";

	dns_reply_record(reply, 2, zone, DNS_TYPE_SOA, data, sizeof(data) - 1);
}

void
dns_reply_ede(struct dns_reply *reply, unsigned code, const char *text)
{
	size_t len = strlen(text);

	dns_reply_put(reply, "\0\0\x29\x04\xd0\0\0\0\0", 9);
	dns_reply_put16(reply, (unsigned)len + 6);
	dns_reply_put16(reply, 15);
	dns_reply_put16(reply, (unsigned)len + 2);
	dns_reply_put16(reply, code);
	dns_reply_put(reply, text, len);
	dns_reply_count(reply, 3, 1);
}

void
dns_reply_send(const struct dns_reply *reply, struct dns_peer *peer, const struct dns_heard *heard)
{
	uint8_t length[2] = {(uint8_t)(reply->len >> 8), (uint8_t)reply->len};

	if (!heard->tcp) {
		(void)!sendto(peer->udp, reply->bytes, reply->len, 0,
		    (const struct sockaddr *)&heard->from, sizeof(heard->from));
		return;
	}
	(void)!send(heard->fd, length, 2, MSG_NOSIGNAL | MSG_MORE);
	for (size_t gone = 0; gone < reply->len;) {
		ssize_t sent =
		    send(heard->fd, reply->bytes + gone, reply->len - gone, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		gone += (size_t)sent;
	}
}
