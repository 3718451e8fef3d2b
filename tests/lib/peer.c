/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets for players. Knows nothing of cases and programs. */
#include "lib/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define LINGER_US (2 * US_PER_S) /* how long the client's rest is awaited after our end */

static int
bind_to(const char *address, unsigned port, unsigned *port_out)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t len = sizeof name;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0 || inet_pton(AF_INET, address, &name.sin_addr) != 1)
		goto failed;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&name, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &len) != 0)
		goto failed;
	*port_out = ntohs(name.sin_port);
	return fd;
failed:
	if (fd >= 0)
		close(fd);
	return -1;
}

int
peer_closed_port(unsigned *port_out)
{
	return bind_to("127.0.0.1", 0, port_out);
}

/* A queue of one that is full: the kernel drops every further SYN. */
int
peer_silent_port(unsigned *port_out)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	int fd = bind_to("127.0.0.1", 0, port_out);

	if (fd < 0 || listen(fd, 0) != 0)
		return fd;
	name.sin_port = htons((uint16_t)*port_out);
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 2; i++) {
		/* Left open for as long as the process lives: they fill the queue. */
		int filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (filler >= 0)
			(void)connect(filler, (struct sockaddr *)&name, sizeof name);
	}
	return fd;
}

static bool
add_door(struct peer *peer, const char *address)
{
	for (size_t i = 0; i < peer->door_count; i++)
		if (strcmp(peer->doors[i].address, address) == 0)
			return true;
	if (peer->door_count == PEER_ADDRESSES_MAX || strlen(address) > 15 ||
	    strncmp(address, "127.", 4) != 0) {
		snprintf(
		    peer->fault, sizeof peer->fault, "not an address to listen on: %s", address);
		return false;
	}
	peer->doors[peer->door_count].fd = bind_to(address, peer->port, &peer->port);
	if (peer->doors[peer->door_count].fd < 0 ||
	    listen(peer->doors[peer->door_count].fd, 64) != 0) {
		snprintf(peer->fault, sizeof peer->fault, "listen on %s port %u: %s", address,
		    peer->port, strerror(errno));
		return false;
	}
	strcpy(peer->doors[peer->door_count++].address, address);
	return true;
}

bool
peer_open(struct peer *peer, const struct script *script, const char *pki_dir, unsigned port)
{
	*peer = (struct peer){.script = script, .pki_dir = pki_dir, .port = port};
	for (size_t i = 0; i < script_connections(script); i++) {
		const char *address = script_address(script, i);

		if (!add_door(peer, *address != '\0' ? address : "127.0.0.1"))
			return false;
	}
	return true;
}

/* The connection is done: what it proved is kept. */
static void
finish(struct peer *peer, struct peer_connection *connection)
{
	if (connection->over)
		return;
	connection->over = true;
	close(connection->fd);
	player_client_left(&connection->player);
	if (peer->fault[0] == '\0')
		memcpy(peer->fault, connection->player.fault, sizeof peer->fault);
}

static void
reset(struct peer *peer, struct peer_connection *connection)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};

	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	finish(peer, connection);
}

/* Gives the socket what it takes; false when it takes nothing now. */
static bool
send_some(const struct peer *peer, struct peer_connection *connection)
{
	struct buf *out = &connection->player.out;
	size_t len = connection->player.drip_us > 0 ? 1 : out->len;
	ssize_t sent;

	if (peer->cut_at > 0 && len > peer->cut_at - connection->sent)
		len = peer->cut_at - connection->sent;
	sent = send(connection->fd, out->data, len, MSG_NOSIGNAL);

	if (sent < 0) {
		connection->blocked = errno == EAGAIN;
		if (!connection->blocked)
			buf_clear(out); /* the client is gone; the read side says so */
		return !connection->blocked;
	}
	buf_drop(out, (size_t)sent);
	connection->sent += (size_t)sent;
	if (connection->player.drip_us > 0)
		connection->wake_us = clock_now_us() + connection->player.drip_us;
	return true;
}

/* Our side says no more; what the client still says is awaited for a while. */
static void
end(struct peer_connection *connection)
{
	shutdown(connection->fd, SHUT_WR);
	connection->ended = true;
	connection->wake_us = clock_now_us() + LINGER_US;
}

static enum play
next(const struct peer *peer, struct peer_connection *connection)
{
	enum play play = player_next(&connection->player);

	if (connection->sent_facts == 0 && connection->player.facts != SIZE_MAX)
		connection->sent_facts = connection->sent;
	if (play == PLAY_SEND && peer->cut_at > 0 && connection->sent >= peer->cut_at)
		return peer->cut_by_reset ? PLAY_RESET : PLAY_CLOSE;
	return play;
}

static void
play_on(struct peer *peer, struct peer_connection *connection)
{
	while (!connection->over && !connection->ended) {
		if (connection->wake_us > clock_now_us())
			return;
		connection->wake_us = 0;
		switch (next(peer, connection)) {
		case PLAY_SEND:
			if (!send_some(peer, connection))
				return;
			break;
		case PLAY_WAIT:
			connection->wake_us = clock_now_us() + connection->player.wait_us;
			break;
		case PLAY_NEED:
		case PLAY_STALL:
			return;
		case PLAY_CLOSE:
		case PLAY_END:
			end(connection);
			break;
		case PLAY_RESET:
			reset(peer, connection);
			break;
		}
	}
}

/* A place in the table: one whose connection is over and was noted, else a new one. */
static struct peer_connection *
free_place(struct peer *peer)
{
	if (peer->connection_count < PEER_CONNECTIONS_MAX)
		return &peer->connections[peer->connection_count++];
	for (size_t i = 0; i < peer->connection_count; i++) {
		if (peer->connections[i].over) {
			player_free(&peer->connections[i].player);
			return &peer->connections[i];
		}
	}
	return NULL;
}

static void
welcome(struct peer *peer, size_t door)
{
	struct peer_connection *connection;
	int one = 1;
	int fd = accept4(peer->doors[door].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	connection = free_place(peer);
	if (connection == NULL) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*connection = (struct peer_connection){.fd = fd};
	player_init(&connection->player, peer->script,
	    script_dialog(peer->script, peer->doors[door].address, peer->doors[door].accepted++));
	connection->player.pki_dir = peer->pki_dir;
	connection->player.token = peer->token;
	play_on(peer, connection);
}

static void
listen_to(struct peer *peer, struct peer_connection *connection)
{
	char bytes[16384];
	ssize_t got = recv(connection->fd, bytes, sizeof bytes, 0);

	if (got > 0) {
		player_hear(&connection->player, bytes, (size_t)got);
		play_on(peer, connection);
	} else if (got == 0 || errno != EAGAIN) {
		/* What was heard may still be judged: the client may say much and leave. */
		connection->wake_us = 0;
		connection->player.drip_us = 0;
		play_on(peer, connection);
		finish(peer, connection);
	}
}

static int
wait_ms(const struct peer *peer, int timeout_ms)
{
	int64_t now_us = clock_now_us();

	for (size_t i = 0; i < peer->connection_count; i++) {
		const struct peer_connection *connection = &peer->connections[i];
		int64_t left_us = connection->wake_us - now_us;

		if (connection->over || connection->wake_us == 0)
			continue;
		if (left_us < timeout_ms * US_PER_MS)
			timeout_ms = left_us > 0 ? (int)(left_us / US_PER_MS) + 1 : 0;
	}
	return timeout_ms;
}

static void
serve(struct peer *peer, struct peer_connection *connection, short events)
{
	if (connection->over)
		return;
	if (events & POLLOUT)
		connection->blocked = false;
	if (events & (POLLIN | POLLHUP | POLLERR))
		listen_to(peer, connection);
	if (connection->over || connection->blocked)
		return;
	if (connection->ended && clock_now_us() >= connection->wake_us)
		finish(peer, connection);
	else
		play_on(peer, connection);
}

bool
peer_turn(struct peer *peer, int timeout_ms, int watched)
{
	struct pollfd fds[1 + PEER_ADDRESSES_MAX + PEER_CONNECTIONS_MAX];
	size_t first = 1 + peer->door_count;
	size_t count = peer->connection_count;

	fds[0] = (struct pollfd){.fd = watched, .events = POLLIN};
	for (size_t i = 0; i < peer->door_count; i++)
		fds[1 + i] = (struct pollfd){.fd = peer->doors[i].fd, .events = POLLIN};
	for (size_t i = 0; i < count; i++) {
		const struct peer_connection *connection = &peer->connections[i];

		fds[first + i] = (struct pollfd){.fd = connection->over ? -1 : connection->fd,
		    .events = (short)(POLLIN | (connection->blocked ? POLLOUT : 0))};
	}
	if (poll(fds, (nfds_t)(first + count), wait_ms(peer, timeout_ms)) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		serve(peer, &peer->connections[i], fds[first + i].revents);
	for (size_t i = 0; i < peer->door_count; i++)
		if (fds[1 + i].revents & POLLIN)
			welcome(peer, i);
	return (fds[0].revents & (POLLIN | POLLHUP)) != 0;
}

bool
peer_idle(const struct peer *peer)
{
	for (size_t i = 0; i < peer->connection_count; i++)
		if (!peer->connections[i].over)
			return false;
	return true;
}

void
peer_close(struct peer *peer)
{
	for (size_t i = 0; i < peer->door_count; i++)
		close(peer->doors[i].fd);
	for (size_t i = 0; i < peer->connection_count; i++)
		finish(peer, &peer->connections[i]);
	peer->door_count = 0;
}

void
peer_free(struct peer *peer)
{
	for (size_t i = 0; i < peer->connection_count; i++)
		player_free(&peer->connections[i].player);
	peer->connection_count = 0;
}
