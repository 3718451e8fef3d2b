/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one address shows of its certificates: a handshake as a client makes
 * it, one for the other type of key, a relaxed one where the strict one fell
 * for our own rules, one with old versions. Facts only.
 */
#ifndef COMMON_CHECK_CERT_LOOK_H
#define COMMON_CHECK_CERT_LOOK_H

#include <pthread.h>

#include "dialog/starttls.h"

/* How a handshake is made. */
enum look_kind {
	LOOK_ANY,     /* as a client does */
	LOOK_RSA,     /* only RSA keys are taken */
	LOOK_ECDSA,   /* only ECDSA and EdDSA keys are taken */
	LOOK_RELAXED, /* for the explanation: everything is taken */
	LOOK_OLD,     /* nothing but versions below the floor */
	LOOK_COUNT
};

/* The TLS contexts of a run, opened when first needed, by any thread. */
struct look_contexts {
	pthread_mutex_t mutex;
	const struct tls_settings *settings; /* the user's */
	int floor;                           /* TLS1_2_VERSION ...: LOOK_OLD stays below; 0: none */
	struct {
		struct tls_settings settings;
		struct tls_context context;
		bool tried, good;
		struct err err;
	} list[LOOK_COUNT];
};
void
look_contexts_init(struct look_contexts *contexts, const struct tls_settings *settings, int floor);
/* NULL: err. */
const struct tls_context *
look_context(struct look_contexts *contexts, enum look_kind kind, struct err *err);
void look_contexts_free(struct look_contexts *contexts);

/* What is wanted of an address. */
struct look_params {
	struct look_contexts *contexts;
	struct starttls_params way;
	struct session_params session; /* but for tls, which is made here */
	struct tls_params tls;         /* but for the context */
	enum look_kind first;
	bool both;                              /* the other type of key too */
	bool old;                               /* whether old versions are still taken */
	struct stream *(*given)(void *context); /* tests: streams of the further connections */
	void *given_context;
};

struct look {
	struct session_facts facts; /* the first handshake */
	struct session_facts
	    other; /* the other key type's; other_done tells whether it was found */
	struct session_facts relaxed;
	bool other_done, relaxed_done;
	bool old_accepted;
	int old_version;
};
void look_init(struct look *look);
void look_free(struct look *look);
void look_make(struct look *look, const struct look_params *params);

/* True for a key of the elliptic family. */
bool look_is_ecdsa(const struct cert *cert);

#endif
