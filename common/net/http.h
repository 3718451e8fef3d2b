/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One small thing fetched by HTTP or HTTPS: a policy, a certificate, a
 * revocation answer. The only user of libcurl, which is loaded at first need.
 *
 * No redirects, no proxy, no cookies, nothing from the environment or from
 * files; names are resolved here and private addresses are not connected to,
 * so that a name in somebody's certificate or zone leads nowhere inside.
 */
#ifndef COMMON_NET_HTTP_H
#define COMMON_NET_HTTP_H

#include "base/buf.h"
#include "net/socket.h"
#include "net/tls.h"

#define HTTP_ADDRESSES_MAX 8

/* All-zero is the strict one, but for url, size_max and deadline, which are needed. */
struct http_params {
	const char *url; /* http: or https: */
	size_t size_max; /* of the body, bytes */
	struct deadline deadline;
	const struct tls_context *trust; /* whose anchors https is verified by; NULL: no https */
	const struct addresses
	    *addresses;     /* of the URL's host; NULL: the system's resolver is asked */
	uint16_t port;      /* connected to instead of the URL's; 0: the URL's */
	bool allow_private; /* addresses that are not public too */
	const void *body;   /* POST instead of GET; NULL: GET */
	size_t body_len;
	const char *content_type; /* of that body */
};

enum http_fault {
	HTTP_FAULT_NONE = 0,
	HTTP_FAULT_LIBRARY, /* libcurl is missing, or does not work */
	HTTP_FAULT_URL,
	HTTP_FAULT_RESOLVE,
	HTTP_FAULT_PRIVATE, /* every address is one the world cannot reach */
	HTTP_FAULT_CONNECT,
	HTTP_FAULT_TLS,   /* the handshake, not the certificate */
	HTTP_FAULT_CERT,  /* not verified: chain, dates or name */
	HTTP_FAULT_SIZE,  /* larger than size_max */
	HTTP_FAULT_TIME,  /* the deadline */
	HTTP_FAULT_BROKEN /* the transfer: not HTTP, cut off */
};

struct http_facts {
	enum http_fault fault; /* HTTP_FAULT_NONE: an answer came, whatever its status */
	struct err err;        /* the fault in words */
	int status;            /* 200 ...; 0 without an answer */
	char content_type[96]; /* lower case, without parameters; "" when none was sent */
	char location[256];    /* raw, of a redirect that was not followed */
	char address[64];      /* that answered */
	struct buf body;       /* as far as it came */
	int64_t span_us;
};

/* Fetches. True: an answer came in full; its status may be any. facts may be all-zero garbage before. */
bool http_fetch(const struct http_params *params, struct http_facts *facts) MUST_USE;
void http_facts_free(struct http_facts *facts);

#endif
