/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of TLS share among themselves; nobody else includes it. */
#ifndef COMMON_NET_TLS_PRIVATE_H
#define COMMON_NET_TLS_PRIVATE_H

#include "net/tls.h"

/* A BIO over struct stream; NULL: out of memory. */
BIO_METHOD *tls_bio_method(void);

/* OpenSSL's words for a code of its error queue. */
const char *tls_library_words(unsigned long code);

/*
 * The system's CA bundle beside its directory: read once a run, by whichever
 * thread comes first. True: its anchors are in the store, it is worth verifying again.
 */
bool tls_context_add_bundle(const struct tls_context *context);
/* The system has neither directory nor bundle: nothing can be verified here. After add_bundle(). */
bool tls_context_is_empty(const struct tls_context *context);

/* Registers the digests that hardly any certificate is signed with. Any number of times. */
void tls_context_add_rare_digests(void);

/* libssl's verify callback: always 1, everything goes to the facts (and tls->chain_good). */
int tls_verify_chain(X509_STORE_CTX *store, void *unused);
/* After the handshake: every name, and the second look. Sets facts->verified. */
void tls_verify_names(struct tls_stream *tls);
/* Takes note of a verify error, each code and depth once. */
void tls_verify_note(struct tls_facts *facts, int code, int depth);

/* Judges the stapled answer, if one came. */
void tls_staple_read(struct tls_stream *tls);

#endif
