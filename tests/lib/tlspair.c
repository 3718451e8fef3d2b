/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the server's end of the pair and the client's strict habits in tests. */
#include "lib/tlspair.h"

#include <check.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

char tlspair_dir[64];

const char *
tlspair_path(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *out = path[next++ % 4];
	snprintf(out, sizeof path[0], "%s/%s", tlspair_dir, name);
	return out;
}

/* ---- the server's end ---- */

void
tlspair_work(struct tlspair_server *server)
{
	char line[512];
	if (!server->ssl)
		return;
	if (!SSL_is_init_finished(server->ssl))
		(void)SSL_accept(server->ssl);
	if (SSL_is_init_finished(server->ssl) && !server->greeted) {
		server->greeted = true;
		(void)SSL_write(server->ssl, "* OK hello\r\n* OK", 16);
		if (!server->cuts_short)
			(void)SSL_write(server->ssl, " more\r\n", 7);
		if (server->answers_once)
			(void)SSL_shutdown(server->ssl);
	}
	if (SSL_is_init_finished(server->ssl))
		(void)SSL_read(server->ssl, line, sizeof line);
	ERR_clear_error();
}

static ptrdiff_t
server_read(struct stream *stream, void *bytes, size_t size)
{
	struct tlspair_server *server = (struct tlspair_server *)stream;
	size_t left = server->cut - server->sent;
	size_t want = size < left ? size : left;
	int got = 0;
	tlspair_work(server);
	if (server->says) {
		size_t len = strlen(server->says);
		want = want < len ? want : len;
		memcpy(bytes, server->says, want);
		server->says += want;
		got = (int)want;
	} else if (want > 0 && server->ssl) {
		got = BIO_read(SSL_get_wbio(server->ssl), bytes, (int)want);
	}
	if (got > 0) {
		server->sent += (size_t)got;
		return got;
	}
	if (server->reset) {
		stream_fail(stream, ERR_CLOSED, server->reset, "connection reset");
		return -1;
	}
	return 0;
}

static bool
server_write(struct stream *stream, const void *bytes, size_t len)
{
	struct tlspair_server *server = (struct tlspair_server *)stream;
	if (server->ssl)
		ck_assert_int_eq(BIO_write(SSL_get_rbio(server->ssl), bytes, (int)len), (int)len);
	return true;
}

static void
server_close(struct stream *stream)
{
	struct tlspair_server *server = (struct tlspair_server *)stream;
	SSL_free(server->ssl);
	SSL_CTX_free(server->ctx);
}

static bool
server_wait(struct stream *stream, struct deadline until UNUSED)
{
	struct tlspair_server *server = (struct tlspair_server *)stream;
	tlspair_work(server);
	return server->sent >= server->cut ||
	       (server->ssl && BIO_pending(SSL_get_wbio(server->ssl)) > 0);
}

static const struct stream_ops server_ops = {
    .read = server_read, .write = server_write, .close = server_close, .wait = server_wait};

static int
accept_any(int ok UNUSED, X509_STORE_CTX *store UNUSED)
{
	return 1;
}

void
tlspair_serve(struct tlspair_server *server, const char *cert)
{
	char name[64];
	*server = (struct tlspair_server){.cut = TLSPAIR_NEVER};
	stream_init(&server->stream, &server_ops, deadline_in(10 * US_PER_S));
	server->stream.step = "server";
	if (!cert)
		return;
	server->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(server->ctx, 0);
	SSL_CTX_set_min_proto_version(server->ctx, TLS1_VERSION);
	snprintf(name, sizeof name, "%s.pem", cert);
	ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(server->ctx, tlspair_path(name)), 1);
	snprintf(name, sizeof name, "%s.key", cert);
	ck_assert_int_eq(
	    SSL_CTX_use_PrivateKey_file(server->ctx, tlspair_path(name), SSL_FILETYPE_PEM), 1);
	server->ssl = SSL_new(server->ctx);
	SSL_set_bio(server->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(server->ssl), -1);
	SSL_set_accept_state(server->ssl);
}

void
tlspair_ask(struct tlspair_server *server, bool require)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(tlspair_path("root.pem"));
	SSL_set_client_CA_list(server->ssl, names);
	SSL_CTX_load_verify_file(server->ctx, tlspair_path("root.pem"));
	if (require)
		SSL_set_verify(
		    server->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	else
		SSL_set_verify(server->ssl, SSL_VERIFY_PEER, accept_any);
}

/* ---- the client's end ---- */

const char *const tlspair_names[] = {"mail.test", NULL};

void
tlspair_client(struct tlspair_client *client)
{
	struct err err = {0};
	memset(client, 0, sizeof *client);
	client->settings.ca_file = tlspair_path("root.pem");
	ck_assert_msg(tls_context_open(&client->context, &client->settings, &err), "%s", err.text);
	client->params = (struct tls_params){
	    .context = &client->context, .verify_names = tlspair_names, .now_unix = time(NULL)};
}

void
tlspair_again(struct tlspair_client *client)
{
	struct err err = {0};
	tls_context_close(&client->context);
	ck_assert_msg(tls_context_open(&client->context, &client->settings, &err), "%s", err.text);
}

void
tlspair_open(struct tlspair_client *client, struct tlspair_server *server)
{
	client->done = tls_open(&client->tls, &server->stream, &client->params, &client->facts);
	ck_assert(client->done == client->facts.done);
	ck_assert(client->done == !err_is_set(&client->tls.stream.err));
	ck_assert(client->tls.stream.encrypted == client->done);
	ck_assert(!client->facts.verified || client->done);
}

void
tlspair_close(struct tlspair_client *client, struct tlspair_server *server)
{
	stream_close(&client->tls.stream);
	if (server)
		stream_close(&server->stream);
	tls_facts_free(&client->facts);
	tls_context_close(&client->context);
}

const char *
tlspair_line(struct tlspair_client *client)
{
	const char *line;
	size_t len;
	return stream_line(&client->tls.stream, &line, &len) ? line : NULL;
}

/* ---- the certificates ---- */

/* In a child: here OpenSSL must be started by the code under test, in its own sparing way. */
bool
tlspair_setup(void)
{
	int status = -1;
	snprintf(tlspair_dir, sizeof tlspair_dir, "/tmp/test_tls.%d", (int)getpid());
	pid_t child = fork();
	if (child == 0)
		_exit(!pki_make(tlspair_dir));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void
tlspair_teardown(void)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", tlspair_dir);
	if (system(command) != 0)
		fprintf(stderr, "%s is left behind\n", tlspair_dir);
}
