/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What check_cert_expiry looks at: words of the command line and lines of
 * --targets to a list. No network: what mx: and srv: stand for is asked later.
 */
#ifndef COMMON_CHECK_CERT_TARGET_H
#define COMMON_CHECK_CERT_TARGET_H

#include "base/err.h"
#include "base/mem.h"
#include "dialog/proto.h"

enum cert_target_kind {
	CERT_TARGET_NET,
	CERT_TARGET_FILE, /* a file, a folder, or standard input ("-") */
	CERT_TARGET_MX,   /* every MX host of a domain */
	CERT_TARGET_SRV   /* every service of a domain that has SRV records */
};

struct cert_target {
	enum cert_target_kind kind;
	const struct proto *proto;
	enum session_mode mode;
	const char
	    *host; /* A-labels, literal address or path of a socket; the domain of MX and SRV */
	uint16_t port;
	bool is_name;
	const char *path;    /* CERT_TARGET_FILE */
	const char *subject; /* "host:port", the path, "mx:domain" */
};

/* All-zero is empty; memory is the arena's but for the list. */
struct cert_targets {
	struct cert_target *list;
	size_t count;
	struct arena *arena;
};
void cert_targets_free(struct cert_targets *targets);

/* What options say about every word that does not say it itself. */
struct cert_target_defaults {
	const char *protocol; /* of -P; NULL */
	uint16_t port;        /* of -p; 0 */
	bool tls, starttls;
};

/*
 * HOST, HOST:PORT, [V6]:PORT, scheme://host:port, scheme:/socket, mx:DOMAIN,
 * srv:DOMAIN, file:GLOB, a path, "-". Patterns are expanded here. False: err is ERR_CONFIG.
 */
bool cert_targets_word(struct cert_targets *targets, const char *word,
    const struct cert_target_defaults *defaults, struct err *err) MUST_USE;
/* A file, folder or pattern of them. One that matches nothing stays as it is: reading it fails. */
bool
cert_targets_files(struct cert_targets *targets, const char *pattern, struct err *err) MUST_USE;
/* --targets: a word a line, '#' before or behind it begins a comment; "-" is standard input. */
bool cert_targets_list(struct cert_targets *targets, const char *file,
    const struct cert_target_defaults *defaults, struct err *err) MUST_USE;
/* A host found by DNS, as if written "host:port", unless it is there already. */
void cert_targets_add(struct cert_targets *targets, const struct proto *proto,
    enum session_mode mode, const char *host, uint16_t port);

#endif
