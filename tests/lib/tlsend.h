/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The server's end of TLS, bytes in and bytes out (memory BIOs): the player
 * carries it over memory or over a socket alike.
 *
 * Settings are words: cert=NAME (certificates of tests/lib/pki.h; default
 * "good"), min=1.0 max=1.2 (versions), ask or require (a client certificate),
 * ciphers=LIST (TLS 1.2), groups=LIST, level=N (OpenSSL's security level; default 0),
 * tickets=N (TLS 1.3),
 * staple=good, revoked, unknown, stale or bad (an OCSP answer about the certificate).
 */
#ifndef TESTS_LIB_TLSEND_H
#define TESTS_LIB_TLSEND_H

#include "base/buf.h"

struct tlsend;

/* NULL: why says what is wrong with the settings. */
struct tlsend *tlsend_open(const char *pki_dir, const char *settings, char *why, size_t size);
void tlsend_close(struct tlsend *tls); /* NULL is fine */
/* Bytes from the wire; clear text goes to clear, answers of TLS itself to wire. */
void
tlsend_read(struct tlsend *tls, const void *bytes, size_t len, struct buf *clear, struct buf *wire);
void tlsend_write(struct tlsend *tls, const void *bytes, size_t len, struct buf *wire);
/* close_notify. */
void tlsend_goodbye(struct tlsend *tls, struct buf *wire);
bool tlsend_done(const struct tlsend *tls);
/* The handshake or a record failed, or the client said goodbye. */
bool tlsend_failed(const struct tlsend *tls);

#endif
