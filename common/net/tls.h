/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS as a stream over a stream, and everything a handshake teaches. The only
 * user of libssl. Certificate errors never stop the handshake: all of them are
 * collected, and "verified" is said only after a second look of our own (an
 * allocation that fails inside OpenSSL can switch its host name check off).
 */
#ifndef COMMON_NET_TLS_H
#define COMMON_NET_TLS_H

#include <openssl/ssl.h>

#include "net/stream.h"
#include "wire/cert.h"

/* OpenSSL's security level 0, asked for in words: a zeroed field must not mean it. */
#define TLS_LEVEL_ZERO 6

/* Settings shared by all connections of a run; const while threads use it. */
struct tls_settings {
	int min, max;                  /* TLS1_2_VERSION ...; 0 = default (1.2, 1.3) */
	const char *ca_file, *ca_path; /* NULL both: the system's store */
	const char *client_cert, *client_key, *client_key_password; /* NULL: none */
	int security_level; /* 1..5, or TLS_LEVEL_ZERO; 0 or less = the library's */
	bool relaxed; /* diagnosis only: level 0, TLS 1.0, legacy peers; never carries a secret */
	const char *sigalgs, *ciphers12; /* key type wanted; NULL = default */
};

/* One SSL_CTX, made once a run. */
struct tls_context {
	SSL_CTX *ctx;
	const struct tls_settings *settings;
	BIO_METHOD *method; /* a BIO over a stream */
	struct tls_bundle *
	    bundle; /* the system's bundle file, read when its directory does not do; NULL: never */
};
/* The code of an ERR_LOCAL error of tls_context_open(). */
enum tls_fault { TLS_FAULT_TRUST_STORE = 1, TLS_FAULT_CLIENT_CERT };
/* False: err is ERR_CONFIG (settings) or ERR_LOCAL (enum tls_fault). */
bool tls_context_open(
    struct tls_context *context, const struct tls_settings *settings, struct err *err) MUST_USE;
void tls_context_close(struct tls_context *context);

/* One connection. All-zero is the strict one. */
struct tls_params {
	const struct tls_context *context;
	const char *const
	    *verify_names; /* NULL-terminated, all must match; names or literal addresses */
	/* SHA-256 of public keys (SPKI), lower-case hex, NULL-terminated: the leaf or a sent member of its path has one */
	const char *const *pins;
	const char *sni;  /* NULL: the first verify name unless it is an address; "" = none */
	int64_t now_unix; /* dates are judged at this time */
	bool insecure;    /* facts are gathered, verified stays false */
};

#define TLS_VERIFY_ERRORS_MAX 16

/* A handshake's facts. Strings are raw where they come from the peer. Free with tls_facts_free(). */
struct tls_facts {
	bool begun, done; /* ClientHello sent; handshake finished */
	bool verified;    /* chain, dates, every verify name, second look: all good */
	int version;      /* TLS1_3_VERSION ... */
	char cipher[64], group[32], signature[64], sni[256];
	bool resumed, retried; /* HelloRetryRequest */
	int verify_code;       /* the first of errors, 0 = none */
	struct {
		int code, depth;
	} errors[TLS_VERIFY_ERRORS_MAX]; /* all of them, each code and depth once */
	size_t error_count;
	char verify_name[256];     /* the name matched */
	struct cert_chain sent;    /* as sent, leaf first */
	struct cert_chain path;    /* verified path, leaf to anchor; empty if none was built */
	bool intermediate_missing; /* the path needs a certificate that was not sent */
	bool order_wrong,
	    extras; /* sent list: wrong order; members the path does not need, a root too */
	int64_t path_ends_unix; /* the best verified path is good until; 0 = unknown */
	int alert;              /* alert received, -1 = none */
	int reason;             /* OpenSSL's reason code of a failed handshake, 0 = none */
	bool no_anchors;        /* this machine's trust store is empty */
	bool pin_mismatch;      /* none of params->pins was sent */
	const char *pin_wanted; /* then the first of them */
	bool truncated;         /* ended without close_notify */
	bool client_cert_asked;
	char accepted_cas[512];        /* names the server asked a client certificate from */
	unsigned char first_bytes[64]; /* what the peer sent first: plain text shows here */
	size_t first_len;
	enum cert_staple staple_state;
	int64_t staple_ends_unix;
	int64_t
	    staple_made_unix; /* when the answer says it was made, believed or not; 0: no answer */
	unsigned char
	    exporter[32]; /* tls-exporter binding (RFC 9266), TLS 1.3; see tls_binding() */
	size_t exporter_len;
	unsigned char finished[64]; /* tls-unique binding (RFC 5929), TLS 1.2 with RFC 7627 */
	size_t finished_len;
};
void tls_facts_free(struct tls_facts *facts);

struct tls_stream {
	struct stream stream; /* first */
	struct stream *lower; /* not closed with this one */
	SSL *ssl;
	struct tls_facts *facts; /* outlives the stream: an alert may come late (TLS 1.3, 116) */
	const struct tls_params *params;
	bool chain_good; /* the chain verified without any error */
	bool probing;    /* the BIO must not wait: it is only asked what is there */
};
/*
 * Handshakes over lower (whose deadline and tap carry over; lower's unread
 * bytes must have been dealt with). On failure false; stream.err is lower's
 * error when the stream beneath failed (it knows whether it was the deadline),
 * else ERR_TLS. facts is filled as far as it came, also on failure. A bad
 * certificate is no failure: look at facts->verified before any secret.
 *
 * After the handshake an end without close_notify is ERR_TLS with
 * SSL_R_UNEXPECTED_EOF_WHILE_READING: what came may be cut short.
 */
bool tls_open(struct tls_stream *tls, struct stream *lower, const struct tls_params *params,
    struct tls_facts *facts) MUST_USE;
/* close_notify is sent one-way by stream_close(); the peer's is not waited for. */

/*
 * The same judgement of certificates that no server sent (files): list[leaf]
 * with the others beside it, names only if params has some. facts as after a
 * handshake, but for what belongs to a connection. False: out of memory.
 */
bool tls_verify_list(const struct tls_params *params, const struct cert_chain *list, size_t leaf,
    struct tls_facts *facts) MUST_USE;

/*
 * What an OCSP answer (DER) says about the leaf of a verified path, once its
 * signature and its dates are judged; *ends_unix_out: until when, if it says so.
 */
enum cert_staple tls_ocsp_judge(const void *bytes, size_t len, const struct cert_chain *path,
    int64_t now_unix, int64_t *ends_unix_out);

/* Fills facts->exporter or ->finished: only SASL's -PLUS mechanisms need them. No-op without TLS. */
void tls_binding(struct tls_stream *tls);

/* "1.3" of TLS1_3_VERSION. */
const char *tls_version_name(int version);
/* OpenSSL's words for a verify code or reason; loads the string tables on first use. */
const char *tls_verify_words(int code);
const char *tls_reason_words(int reason);
const char *tls_alert_name(int alert); /* "handshake_failure" (RFC 8446, 6) */

#endif
