/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the sockets of the DNS engine: a datagram out and in, or the same by
 * TCP with a length in front (RFC 1035, 4.2.2). Knows bytes, not what they say.
 */
#include "net/dns_try.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MIN 12

/* A full buffer of the kernel loses a datagram like any router does: the next try comes. */
static int
send_datagram(struct dns_try *try)
{
	uint8_t packet[DNS_QUERY_MAX];
	size_t len = dns_query_write(packet, &try->query);

	if (send(try->fd, packet, len, MSG_NOSIGNAL) >= 0 || errno == EAGAIN || errno == ENOBUFS)
		return 0;
	return errno;
}

int
dns_try_open(struct dns_try *try, const struct address *server)
{
	int kind = try->tcp ? SOCK_STREAM : SOCK_DGRAM, code = 0;

	try->fd = socket(server->family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (try->fd < 0)
		return errno;
	if (connect(try->fd, &server->sa.any, server->len) != 0 && errno != EINPROGRESS &&
	    errno != EINTR)
		code = errno;
	if (code == 0 && !try->tcp)
		code = send_datagram(try);
	if (code == 0 && try->tcp) {
		size_t len = dns_query_write(try->packet + 2, &try->query);

		try->packet[0] = (uint8_t)(len >> 8);
		try->packet[1] = (uint8_t)len;
		try->packet_len = len + 2;
	}
	if (code != 0)
		dns_try_close(try);
	return code;
}

void
dns_try_close(struct dns_try *try)
{
	if (try->fd >= 0)
		close(try->fd);
	mem_free(try->body);
	try->body = NULL;
	try->fd = -1;
}

static bool
is_not_yet(int code)
{
	return code == EAGAIN || code == ENOTCONN;
}

/* True when all of it is out. *code_out: 0 or why not. */
static bool
push_query(struct dns_try *try, int *code_out)
{
	*code_out = 0;
	while (try->gone < try->packet_len) {
		ssize_t sent = send(
		    try->fd, try->packet + try->gone, try->packet_len - try->gone, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			*code_out = is_not_yet(errno) ? 0 : errno;
			return false;
		}
		try->gone += (size_t)sent;
	}
	return true;
}

/* Fills the prefix, then the body. True when the message is whole. */
static bool
pull_answer(struct dns_try *try, int *code_out)
{
	for (;;) {
		size_t want = (size_t)try->prefix[0] << 8 | try->prefix[1];
		bool head = try->have < 2;
		uint8_t *into = head ? try->prefix + try->have : try->body + (try->have - 2);
		ssize_t got = recv(try->fd, into, head ? 2 - try->have : want + 2 - try->have, 0);

		if (got < 0 && errno == EINTR)
			continue;
		*code_out = got == 0 ? EPIPE : got < 0 && !is_not_yet(errno) ? errno : 0;
		if (got <= 0)
			return false;
		try->have += (size_t)got;
		want = (size_t)try->prefix[0] << 8 | try->prefix[1];
		if (try->have == 2 && head) {
			if (want < MESSAGE_MIN) {
				*code_out = EBADMSG;
				return false;
			}
			try->body = mem_alloc(want);
		} else if (try->have >= 2 && try->have == want + 2) {
			return true;
		}
	}
}

ptrdiff_t
dns_try_hear(struct dns_try *try, uint8_t *buffer, size_t size, const uint8_t **bytes_out)
{
	ssize_t got;
	int code;

	if (try->tcp) {
		if (!push_query(try, &code) || !pull_answer(try, &code))
			return -code;
		*bytes_out = try->body;
		return (ptrdiff_t)try->have - 2;
	}
	*bytes_out = buffer;
	got = recv(try->fd, buffer, size, 0);
	if (got < 0)
		return is_not_yet(errno) || errno == EINTR ? 0 : -errno;
	/* An empty datagram is a wrong answer like any runt, and has a length. */
	return got > 0 ? got : 1;
}
