/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Both ends of TLS in one process, for Check tests: the stream beneath our
 * client feeds OpenSSL's server and is fed by it, so each cut and each
 * certificate is met without a socket.
 */
#ifndef TESTS_LIB_TLSPAIR_H
#define TESTS_LIB_TLSPAIR_H

#include "lib/pki.h"
#include "net/tls.h"

#define TLSPAIR_NEVER SIZE_MAX

/* Certificates of a run (pki.h). In main(): setup first, teardown last. */
extern char tlspair_dir[64];
bool tlspair_setup(void) MUST_USE;
void tlspair_teardown(void);
/* A file there; valid for the next three calls. */
const char *tlspair_path(const char *name);

struct tlspair_server {
	struct stream stream; /* first: the client's lower stream */
	SSL_CTX *ctx;
	SSL *ssl;
	const char *says; /* in clear instead of TLS */
	size_t cut;       /* closes after so many bytes */
	size_t sent;
	bool greeted;      /* set before: says nothing */
	bool answers_once; /* close_notify behind the greeting */
	bool cuts_short;   /* ends in mid line without one */
	int reset;         /* errno of a read after the cut; 0: orderly end */
};

/* Presents a certificate of the directory; NULL: speaks no TLS. Close with stream_close(). */
void tlspair_serve(struct tlspair_server *server, const char *cert);
/* Wants a client certificate of the test's root. */
void tlspair_ask(struct tlspair_server *server, bool require);
/* Lets the server do what it can with what it has got. */
void tlspair_work(struct tlspair_server *server);

struct tlspair_client {
	struct tls_settings settings;
	struct tls_context context;
	struct tls_params params;
	struct tls_facts facts;
	struct tls_stream tls;
	bool done;
};
extern const char *const tlspair_names[]; /* "mail.test", NULL */

/* Strict, trusting the test's root, for mail.test, now. */
void tlspair_client(struct tlspair_client *client);
/* Opens the context anew after settings were changed. */
void tlspair_again(struct tlspair_client *client);
/* Handshakes and checks what always holds. */
void tlspair_open(struct tlspair_client *client, struct tlspair_server *server);
/* The next line, NULL when there is none. */
const char *tlspair_line(struct tlspair_client *client);
void tlspair_close(struct tlspair_client *client, struct tlspair_server *server);

#endif
