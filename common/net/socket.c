/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns a connected descriptor and the stream over it. Reads block in recv(2)
 * with the kernel's own time limit, which costs one call less a read than
 * poll(2); writes never block. Knows no names (net/socket_resolve.c), no TLS and
 * nothing of what is said, except the PROXY header.
 */
#include "net/socket.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/address_order.h"

#define WAIT_SLACK_US (100 * US_PER_MS)
#define WAIT_MAX_US (US_PER_S / 2)
#define EPHEMERAL_MIN 1024 /* lowest the kernel lets a port range begin with */

static struct socket_stream *
of(struct stream *stream)
{
	return (struct socket_stream *)stream;
}

/* The system's words, never translated, small at the start like ours. */
static const char *
words(int code, char *out, size_t size)
{
	const char *text = strerrordesc_np(code);
	snprintf(out, size, "%s", text ? text : "unknown error");
	if (islower((unsigned char)out[1]))
		out[0] = (char)tolower((unsigned char)out[0]);
	return out;
}

static bool
fail_errno(struct stream *stream, enum err_kind kind, int code)
{
	char text[80];
	switch (code) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		kind = ERR_LOCAL;
		break;
	default:
		break;
	}
	return stream_fail(stream, kind, code, "%s", words(code, text, sizeof text));
}

/*
 * True when the descriptor is ready. False at the deadline, and *why_out is 0,
 * or when poll itself failed (errno). A signal does not prolong the wait.
 */
static bool
ready(int fd, short events, struct deadline until, int *why_out)
{
	struct pollfd pollfd = {.fd = fd, .events = events};
	for (;;) {
		int count = poll(&pollfd, 1, deadline_left_ms(until));
		*why_out = count < 0 ? errno : 0;
		if (count > 0)
			return true;
		if (count < 0 && errno != EINTR)
			return false;
		if (deadline_left_us(until) == 0)
			return false;
	}
}

static bool
await(struct stream *stream, short events)
{
	int why;
	if (ready(of(stream)->fd, events, stream->deadline, &why))
		return true;
	return why ? fail_errno(stream, ERR_LOCAL, why)
		   : stream_fail(stream, ERR_TIMEOUT, 0, "no answer in time");
}

/*
 * How long recv(2) may block: to the deadline, or WAIT_MAX_US, then again. The
 * kernel's timer for it grows coarse with its length, 0.25 s at 2 s and 2 s at
 * 16 s. Set anew only when the deadline has come nearer than it by more than
 * WAIT_SLACK_US: a run ends that much late at the most.
 */
static void
limit_wait(struct stream *stream)
{
	struct socket_stream *socket = of(stream);
	int64_t left_us = deadline_left_us(stream->deadline);
	int64_t wait_us = left_us < WAIT_MAX_US ? left_us : WAIT_MAX_US;
	struct timeval limit = {.tv_usec = (suseconds_t)wait_us};

	if (socket->waits_us >= wait_us && socket->waits_us - wait_us <= WAIT_SLACK_US)
		return;
	if (wait_us < US_PER_MS) /* zero would be for ever */
		limit.tv_usec = US_PER_MS;
	if (setsockopt(socket->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0)
		socket->waits_us = wait_us;
}

/*
 * Delayed ACKs cost 40 ms with servers that leave Nagle's algorithm on; the
 * kernel forgets the option, so it is set before each read that will wait. On
 * a unix socket it fails and does not matter.
 */
static ptrdiff_t
await_answer(struct stream *stream, void *bytes, size_t size)
{
	int on = 1;

	of(stream)->spoke = false;
	(void)setsockopt(of(stream)->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
	for (;;) {
		limit_wait(stream);
		ssize_t got = recv(of(stream)->fd, bytes, size, 0);
		if (got >= 0)
			return got;
		if (errno != EINTR && errno != EAGAIN) {
			fail_errno(stream, ERR_CLOSED, errno);
			return -1;
		}
		if (deadline_left_us(stream->deadline) == 0) {
			stream_fail(stream, ERR_TIMEOUT, 0, "no answer in time");
			return -1;
		}
		of(stream)->waits_us = 0;
	}
}

static ptrdiff_t
socket_read(struct stream *stream, void *bytes, size_t size)
{
	/* Checked although data may be there: a peer that never pauses must not outlast it. */
	if (deadline_left_us(stream->deadline) == 0) {
		stream_fail(stream, ERR_TIMEOUT, 0, "not finished in time");
		return -1;
	}
	return await_answer(stream, bytes, size);
}

static bool
socket_write(struct stream *stream, const void *bytes, size_t len)
{
	const char *next = bytes;
	of(stream)->spoke = true;
	while (len > 0) {
		ssize_t sent = send(of(stream)->fd, next, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0) {
			next += sent;
			len -= (size_t)sent;
		} else if (errno == EAGAIN) {
			if (!await(stream, POLLOUT))
				return false;
		} else if (errno != EINTR) {
			return fail_errno(stream, ERR_CLOSED, errno);
		}
	}
	return true;
}

static void
socket_close(struct stream *stream)
{
	if (of(stream)->fd >= 0)
		close(of(stream)->fd);
	of(stream)->fd = -1;
}

static bool
socket_wait(struct stream *stream, struct deadline until)
{
	int why;
	return ready(of(stream)->fd, POLLIN, until, &why) || why != 0;
}

static const struct stream_ops socket_ops = {
    .read = socket_read, .write = socket_write, .close = socket_close, .wait = socket_wait};

void
socket_adopt(struct socket_stream *socket, int fd, struct deadline deadline)
{
	stream_init(&socket->stream, &socket_ops, deadline);
	socket->fd = fd;
	socket->spoke = true;
}

static uint16_t
port_of(const struct address *address)
{
	return ntohs(
	    address->family == AF_INET ? address->sa.in.sin_port : address->sa.in6.sin6_port);
}

/* A port in the ephemeral range may connect to itself (RFC 9293, 3.5: simultaneous open). */
static bool
connected_to_itself(int fd, const struct address *address)
{
	struct address local = {.len = sizeof local.sa};
	if (address->family == AF_UNIX || port_of(address) < EPHEMERAL_MIN ||
	    getsockname(fd, &local.sa.any, &local.len) != 0)
		return false;
	if (address->family == AF_INET)
		return local.sa.in.sin_port == address->sa.in.sin_port &&
		       local.sa.in.sin_addr.s_addr == address->sa.in.sin_addr.s_addr;
	return local.sa.in6.sin6_port == address->sa.in6.sin6_port &&
	       memcmp(&local.sa.in6.sin6_addr, &address->sa.in6.sin6_addr,
		   sizeof local.sa.in6.sin6_addr) == 0;
}

/* A router may say so too; where this machine knows no way at all it is this machine's affair. */
static bool
fail_connect(struct stream *stream, const struct address *address, int code)
{
	if (code == ENETUNREACH && address->family == AF_INET6 && !address_has_way(address))
		code = EADDRNOTAVAIL;
	return fail_errno(stream, ERR_CONNECT, code);
}

/*
 * connect(2) under the kernel's time limit; interrupted, or beyond WAIT_MAX_US,
 * SO_ERROR tells how it went. A unix socket cannot be waited for in that way.
 */
static bool
finish_connect(struct stream *stream, const struct address *address)
{
	int fd = of(stream)->fd;
	int code = 0;
	socklen_t len = sizeof code;
	int64_t left_us = deadline_left_us(stream->deadline);
	int64_t wait_us =
	    address->family == AF_UNIX || left_us < WAIT_MAX_US ? left_us : WAIT_MAX_US;
	struct timeval limit = {.tv_sec = wait_us / US_PER_S,
	    .tv_usec = (suseconds_t)(wait_us % US_PER_S) + 1}; /* zero would be for ever */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (connect(fd, &address->sa.any, address->len) != 0) {
		/* A blocking connect in progress is one that ran into the limit. */
		if (errno != EINPROGRESS && errno != EINTR)
			return fail_connect(stream, address, errno);
		int why;
		if (!ready(fd, POLLOUT, stream->deadline, &why))
			return why ? fail_errno(stream, ERR_LOCAL, why)
				   : stream_fail(stream, ERR_TIMEOUT, 0, "timed out");
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0)
			code = errno;
		if (code != 0)
			return fail_errno(stream, ERR_CONNECT, code);
	}
	if (connected_to_itself(fd, address))
		return stream_fail(stream, ERR_CONNECT, ECONNREFUSED,
		    "connected to itself: nothing listens there");
	return true;
}

bool
socket_connect(
    struct socket_stream *socket_out, const struct address *address, struct deadline deadline)
{
	struct stream *stream = &socket_out->stream;
	int on = 1;
	socket_adopt(socket_out, -1, deadline);
	stream->step = "connect";
	int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(stream, ERR_CONNECT, errno);
	socket_out->fd = fd;
	if (address->family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return finish_connect(stream, address);
}

void
socket_abort(struct socket_stream *socket)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	if (socket->fd >= 0)
		(void)setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	stream_close(&socket->stream);
}

bool
socket_names(const struct socket_stream *socket, struct address *local, struct address *remote)
{
	struct sockaddr_storage any;
	socklen_t len = sizeof any;
	if (getsockname(socket->fd, (struct sockaddr *)&any, &len) != 0 ||
	    !address_from((struct sockaddr *)&any, len, local))
		return false;
	len = sizeof any;
	return getpeername(socket->fd, (struct sockaddr *)&any, &len) == 0 &&
	       address_from((struct sockaddr *)&any, len, remote);
}

/* proxy-protocol.txt, 2.1 */
static bool
say_proxy_text(struct stream *stream, const struct address *local, const struct address *remote)
{
	if (local->family == AF_UNIX)
		return stream_say(stream, "PROXY UNKNOWN");
	return stream_say(stream, "PROXY %s %s %s %u %u",
	    local->family == AF_INET ? "TCP4" : "TCP6", local->text, remote->text, port_of(local),
	    port_of(remote));
}

/* proxy-protocol.txt, 2.2: signature, version and command, family, length, addresses. */
static bool
say_proxy_binary(struct stream *stream, const struct address *local, const struct address *remote)
{
	static const unsigned char signature[12] = "\r\n\r\n\0\r\nQUIT\n";
	struct buf header;
	buf_init(&header, 64);
	buf_add(&header, signature, sizeof signature);
	if (local->family == AF_UNIX) {
		buf_add(&header, "\x20\x00\x00\x00", 4); /* LOCAL: no addresses */
	} else if (local->family == AF_INET) {
		buf_add(&header, "\x21\x11\x00\x0c", 4);
		buf_add(&header, &local->sa.in.sin_addr, 4);
		buf_add(&header, &remote->sa.in.sin_addr, 4);
		buf_add(&header, &local->sa.in.sin_port, 2);
		buf_add(&header, &remote->sa.in.sin_port, 2);
	} else {
		buf_add(&header, "\x21\x21\x00\x24", 4);
		buf_add(&header, &local->sa.in6.sin6_addr, 16);
		buf_add(&header, &remote->sa.in6.sin6_addr, 16);
		buf_add(&header, &local->sa.in6.sin6_port, 2);
		buf_add(&header, &remote->sa.in6.sin6_port, 2);
	}
	bool queued = stream_put(stream, header.data, header.len);
	buf_free(&header);
	return queued;
}

bool
socket_say_proxy(struct socket_stream *socket, int version)
{
	struct address local, remote;
	if (!socket_names(socket, &local, &remote))
		return fail_errno(&socket->stream, ERR_CLOSED, errno);
	return version == 1 ? say_proxy_text(&socket->stream, &local, &remote)
			    : say_proxy_binary(&socket->stream, &local, &remote);
}
