/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names to addresses under the deadline, addresses to connected streams.
 * getaddrinfo(3) knows no deadline: it runs in a thread that is left behind.
 */
#ifndef COMMON_NET_SOCKET_H
#define COMMON_NET_SOCKET_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "net/stream.h"

#define ADDRESSES_MAX 64

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} sa;
	socklen_t len;
	int family;     /* AF_INET, AF_INET6, AF_UNIX */
	char text[112]; /* without port; the path for AF_UNIX */
};

struct addresses {
	struct address list[ADDRESSES_MAX];
	size_t count;
	size_t left_out; /* more than ADDRESSES_MAX */
};

/* A literal IPv4/IPv6 address ("[v6]" too) or an absolute path; false if it is a name. */
bool address_parse(const char *text, uint16_t port, struct address *address_out) MUST_USE;
void address_set_port(struct address *address, uint16_t port);
/* From the kernel or the resolver; false: another family. */
bool address_from(const struct sockaddr *any, socklen_t len, struct address *address_out) MUST_USE;

struct resolve_params {
	const char *host; /* A-labels, or literal */
	uint16_t port;
	int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
	struct deadline deadline;
	const char *const *fixed; /* "HOST:ADDR" of --resolve, NULL-terminated or NULL */
};
/*
 * What getaddrinfo(3) lets one tell: EAI_NONAME is "no such name", EAI_NODATA
 * "no address". EAI_AGAIN is both SERVFAIL and silence: an answer that came
 * before the resolver's first retry (1 s at the least) was one, else SILENT;
 * so is a resolver that refuses the port.
 */
/*
 * In the order a client tries (RFC 6724), by the system's resolver. False: err
 * is ERR_RESOLVE or ERR_TIMEOUT. SERVFAIL or silence is told apart from "no
 * such name"; see enum err_resolve.
 */
bool socket_resolve(
    const struct resolve_params *params, struct addresses *out, struct err *err) MUST_USE;
/*
 * The part that asks nobody: literals and fixed answers. *known: this settles
 * the host, found or not. False: err; or not known, without an err.
 */
bool socket_resolve_known(const struct resolve_params *params, struct addresses *out, bool *known,
    struct err *err) MUST_USE;

/* A stream over a connected socket: TCP_NODELAY, TCP_QUICKACK before each read, MSG_NOSIGNAL. */
struct socket_stream {
	struct stream stream; /* first */
	int fd;               /* blocking */
	int64_t waits_us;     /* what SO_RCVTIMEO says; 0: not set */
	bool spoke;           /* wrote since the last read: an answer is being waited for */
};
/*
 * Connects (non-blocking, own deadline for the try). On failure false and
 * stream.err is ERR_CONNECT (code errno) or ERR_TIMEOUT; stream_close() is
 * safe either way. ERR_LOCAL: out of descriptors or memory. A family this
 * machine lacks, or has no way out of, shows as EAFNOSUPPORT or EADDRNOTAVAIL.
 */
bool socket_connect(
    struct socket_stream *socket, const struct address *address, struct deadline deadline) MUST_USE;
/* Takes a connected descriptor (tests). */
void socket_adopt(struct socket_stream *socket, int fd, struct deadline deadline);
/* Ends by RST instead of FIN where the peer must not wait. */
void socket_abort(struct socket_stream *socket);
/* Local and remote "addr port" for PROXY headers. */
bool
socket_names(const struct socket_stream *socket, struct address *local, struct address *remote);

/* PROXY protocol header, version 1 or 2 (haproxy's proxy-protocol.txt). Queued as first bytes. */
bool socket_say_proxy(struct socket_stream *socket, int version) MUST_USE;

#endif
