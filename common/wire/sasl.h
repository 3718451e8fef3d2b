/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SASL client mechanisms (RFC 4422): challenge in, response out, as raw bytes;
 * base64 and the wording of AUTH are the dialog's. PLAIN, LOGIN, EXTERNAL,
 * XOAUTH2 and OAUTHBEARER are written here, CRAM-MD5 and SCRAM are libgsasl's,
 * loaded when needed. Responses hold secrets: show them masked, wipe them.
 */
#ifndef COMMON_WIRE_SASL_H
#define COMMON_WIRE_SASL_H

#include "base/buf.h"
#include "base/err.h"

/* In the order of AUTHTYPE_CHOICES (opts/groups.h). The last three are no SASL but ways to log in. */
enum sasl_mechanism {
	SASL_PLAIN,         /* RFC 4616 */
	SASL_LOGIN,         /* draft-murchison-sasl-login */
	SASL_CRAM_MD5,      /* RFC 2195 */
	SASL_SCRAM_SHA_1,   /* RFC 5802 */
	SASL_SCRAM_SHA_256, /* RFC 7677 */
	SASL_SCRAM_SHA_1_PLUS,
	SASL_SCRAM_SHA_256_PLUS,
	SASL_XOAUTH2,     /* Google's; "user=...^Aauth=Bearer ...^A^A" */
	SASL_OAUTHBEARER, /* RFC 7628 */
	SASL_EXTERNAL,    /* RFC 4422, appendix A */
	SASL_APOP,        /* POP3's command, RFC 1939 */
	SASL_USER,        /* POP3's USER and PASS */
	SASL_IMAP_LOGIN,  /* IMAP's LOGIN command */
	SASL_COUNT
};

const char *sasl_name(enum sasl_mechanism mechanism); /* "SCRAM-SHA-256-PLUS" */
/* By name as offered, case folded; only true SASL mechanisms. */
bool sasl_find(const char *name, size_t len, enum sasl_mechanism *mechanism_out) MUST_USE;
/* The client speaks first (RFC 4422, 3): an initial response may ride along. */
bool sasl_client_first(enum sasl_mechanism mechanism);

struct sasl_params {
	enum sasl_mechanism mechanism;
	const char *user, *authzid;   /* authzid may be NULL */
	const char *password, *token; /* one of them, by mechanism */
	const char *host;             /* OAUTHBEARER's host and port, CRAM's nothing */
	uint16_t port;                /* 0: not said */
	const char *service;          /* "imap", "smtp", "pop" */
	/* -PLUS: "tls-exporter" or "tls-unique" and its bytes; NULL otherwise */
	const char *binding_type;
	const unsigned char *binding;
	size_t binding_len;
};

struct sasl; /* one exchange */

/* False: err is ERR_LOCAL (library missing) or ERR_CONFIG (no binding for -PLUS ...). */
bool sasl_open(struct sasl **sasl_out, const struct sasl_params *params, struct err *err) MUST_USE;
/*
 * The next response to a challenge (empty for the initial response of a
 * client-first mechanism). False: err is ERR_PROTOCOL (the challenge breaks the
 * mechanism's grammar, too many challenges) or ERR_REFUSED with enum sasl_refusal
 * (wrong server signature, SCRAM iterations outside 4096..600000): cancel the
 * exchange.
 */
bool sasl_step(struct sasl *sasl, const void *challenge, size_t len, struct buf *response_out,
    struct err *err) MUST_USE;
/* May be asked after the server said yes: false when the mechanism expected a proof that did not come. */
bool sasl_finish(struct sasl *sasl, struct err *err) MUST_USE;
bool sasl_server_proved(const struct sasl *sasl); /* SCRAM's signature verified */
/*
 * enum sasl_refusal that the server said inside the exchange (SCRAM's e=, a
 * token's error JSON), else 0. The exchange goes on: its own no follows.
 */
int sasl_refusal(const struct sasl *sasl);
/* The error JSON of XOAUTH2/OAUTHBEARER as the server sent it (decoded base64), NULL if none. Raw. */
const char *sasl_token_error(const struct sasl *sasl);
int64_t sasl_iterations(const struct sasl *sasl); /* SCRAM; 0 unknown */
void sasl_close(struct sasl *sasl);               /* wipes; NULL is fine */

enum sasl_refusal {
	SASL_REFUSAL_SERVER_PROOF = 1, /* SCRAM: wrong or missing server signature */
	SASL_REFUSAL_ITERATIONS,       /* outside 4096..600000 */
	SASL_REFUSAL_BINDING,          /* e=channel-bindings-dont-match */
	SASL_REFUSAL_DOWNGRADE,        /* e=server-does-support-channel-binding */
	SASL_REFUSAL_TOKEN             /* error JSON; see sasl_token_error() */
};

/* exp of a JWT (RFC 7519, 4.1.4) without verifying it; false if the token is no JWT or has none. */
bool sasl_token_expiry(const char *token, int64_t *unix_out) MUST_USE;

#endif
