/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net/tls*.c against OpenSSL's server side, both ends in this process: the
 * stream beneath feeds the server and is fed by it, so each cut and each
 * certificate is met without a socket. Certificates are made at the start.
 */
#include <check.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/pki.h"
#include "net/socket.h"
#include "net/tls.h"

static char pki[64]; /* directory */

static const char *
pki_path(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *out = path[next++ % 4];
	snprintf(out, sizeof path[0], "%s/%s", pki, name);
	return out;
}

/* ---- the server's end ---- */

#define NEVER SIZE_MAX

struct server {
	struct stream stream; /* first: the client's lower stream */
	SSL_CTX *ctx;
	SSL *ssl;
	const char *says; /* in clear instead of TLS */
	size_t cut;       /* closes after so many bytes */
	size_t sent;
	bool greeted, answers_once, cuts_short;
	int reset; /* errno of a read after the cut; 0: orderly end */
};

static void
server_work(struct server *server)
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
	struct server *server = (struct server *)stream;
	size_t left = server->cut - server->sent;
	size_t want = size < left ? size : left;
	int got = 0;
	server_work(server);
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
	struct server *server = (struct server *)stream;
	if (server->ssl)
		ck_assert_int_eq(BIO_write(SSL_get_rbio(server->ssl), bytes, (int)len), (int)len);
	return true;
}

static void
server_close(struct stream *stream)
{
	struct server *server = (struct server *)stream;
	SSL_free(server->ssl);
	SSL_CTX_free(server->ctx);
}

static bool
server_wait(struct stream *stream, struct deadline until UNUSED)
{
	struct server *server = (struct server *)stream;
	server_work(server);
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

/* Presents a certificate of the directory; NULL: never speaks. */
static void
server_init(struct server *server, const char *cert)
{
	char name[64];
	*server = (struct server){.cut = NEVER};
	stream_init(&server->stream, &server_ops, deadline_in(10 * US_PER_S));
	server->stream.step = "server";
	if (!cert)
		return;
	server->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(server->ctx, 0);
	SSL_CTX_set_min_proto_version(server->ctx, TLS1_VERSION);
	snprintf(name, sizeof name, "%s.pem", cert);
	ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(server->ctx, pki_path(name)), 1);
	snprintf(name, sizeof name, "%s.key", cert);
	ck_assert_int_eq(
	    SSL_CTX_use_PrivateKey_file(server->ctx, pki_path(name), SSL_FILETYPE_PEM), 1);
	server->ssl = SSL_new(server->ctx);
	SSL_set_bio(server->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(server->ssl), -1);
	SSL_set_accept_state(server->ssl);
}

static void
server_ask(struct server *server, bool require)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(pki_path("root.pem"));
	SSL_set_client_CA_list(server->ssl, names);
	SSL_CTX_load_verify_file(server->ctx, pki_path("root.pem"));
	if (require)
		SSL_set_verify(
		    server->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	else
		SSL_set_verify(server->ssl, SSL_VERIFY_PEER, accept_any);
}

/* ---- the client's end ---- */

struct client {
	struct tls_settings settings;
	struct tls_context context;
	struct tls_params params;
	struct tls_facts facts;
	struct tls_stream tls;
	bool done;
};
static const char *const mail_test[] = {"mail.test", NULL};

static void
client_init(struct client *client)
{
	struct err err = {0};
	memset(client, 0, sizeof *client);
	client->settings.ca_file = pki_path("root.pem");
	ck_assert_msg(tls_context_open(&client->context, &client->settings, &err), "%s", err.text);
	client->params = (struct tls_params){
	    .context = &client->context, .verify_names = mail_test, .now_unix = time(NULL)};
}

/* Opens the context anew after settings were changed. */
static void
client_again(struct client *client)
{
	struct err err = {0};
	tls_context_close(&client->context);
	ck_assert_msg(tls_context_open(&client->context, &client->settings, &err), "%s", err.text);
}

static void
client_open(struct client *client, struct server *server)
{
	client->done = tls_open(&client->tls, &server->stream, &client->params, &client->facts);
	ck_assert(client->done == client->facts.done);
	ck_assert(client->done == !err_is_set(&client->tls.stream.err));
	ck_assert(client->tls.stream.encrypted == client->done);
	ck_assert(!client->facts.verified || client->done);
}

static void
client_close(struct client *client, struct server *server)
{
	stream_close(&client->tls.stream);
	if (server)
		stream_close(&server->stream);
	tls_facts_free(&client->facts);
	tls_context_close(&client->context);
}

static const char *
line_of(struct client *client)
{
	const char *line;
	size_t len;
	return stream_line(&client->tls.stream, &line, &len) ? line : NULL;
}

/* ---- certificates ---- */

struct cert_row {
	const char *cert;
	bool verified;
	int code, depth;
	size_t path;
	bool missing, order, extras;
	int days; /* of the path; 0: unknown */
};
static const struct cert_row cert_rows[] = {
    {"good", true, 0, 0, 3, false, false, false, 80},
    {"rsa", true, 0, 0, 3, false, false, false, 80},
    {"ed25519", true, 0, 0, 3, false, false, false, 80},
    {"many", true, 0, 0, 3, false, false, false, 80},
    {"sha512", true, 0, 0, 3, false, false, false, 80},
    {"sha224", true, 0, 0, 3, false, false, false, 80},
    {"muststaple", true, 0, 0, 3, false, false, false, 80},
    {"soon", true, 0, 0, 3, false, false, false, 3},
    {"order", true, 0, 0, 3, false, true, true, 80},
    {"extra", true, 0, 0, 3, false, false, true, 80},
    {"expired", false, X509_V_ERR_CERT_HAS_EXPIRED, 0, 3, false, false, false, -5},
    {"notyet", false, X509_V_ERR_CERT_NOT_YET_VALID, 0, 3, false, false, false, 92},
    {"baddate", false, X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, 0, 3, false, false, false, 0},
    {"selfsigned", false, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0, 0, false, false, false, 0},
    {"untrusted", false, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 1, 0, false, false, false,
	0},
    {"incomplete", false, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0, 0, true, false, false,
	0},
    {"weak", false, X509_V_ERR_EE_KEY_TOO_SMALL, 0, 3, false, false, false, 80},
    {"sha1", false, X509_V_ERR_CA_MD_TOO_WEAK, 0, 3, false, false, false, 80},
    {"wrongpurpose", false, X509_V_ERR_INVALID_PURPOSE, 0, 3, false, false, false, 80},
    {"notca", false, X509_V_ERR_INVALID_CA, 1, 3, false, false, false, 80},
    {"chainexpired", false, X509_V_ERR_CERT_HAS_EXPIRED, 1, 3, false, false, false, -1},
    {"wrongname", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
    {"nulname", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
    {"partial", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
    {"toplevel", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
    {"wildcard", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
    {"cnonly", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
    {"hostile", false, X509_V_ERR_HOSTNAME_MISMATCH, 0, 3, false, false, false, 80},
};

static bool
noted(const struct tls_facts *facts, int code, int depth)
{
	for (size_t i = 0; i < facts->error_count; i++)
		if (facts->errors[i].code == code && facts->errors[i].depth == depth)
			return true;
	return false;
}

/* Each with TLS 1.3 and 1.2. The handshake succeeds whatever the certificate. */
START_TEST(certificates)
{
	const struct cert_row *row = &cert_rows[_i / 2];
	struct server server;
	struct client client;
	const struct tls_facts *facts = &client.facts;
	client_init(&client);
	server_init(&server, row->cert);
	if (_i % 2)
		SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	client_open(&client, &server);
	ck_assert_msg(client.done, "%s: %s", row->cert, client.tls.stream.err.text);
	ck_assert_msg(facts->verified == row->verified, "%s", row->cert);
	ck_assert_int_eq(facts->verify_code, row->code);
	ck_assert_msg(row->code ? noted(facts, row->code, row->depth) : facts->error_count == 0,
	    "%s", row->cert);
	ck_assert_uint_eq(facts->path.count, row->path);
	ck_assert_msg(facts->intermediate_missing == row->missing, "%s", row->cert);
	ck_assert_msg(facts->order_wrong == row->order, "%s", row->cert);
	ck_assert_msg(facts->extras == row->extras, "%s", row->cert);
	int64_t days_s = facts->path_ends_unix - client.params.now_unix - row->days * PKI_DAY;
	ck_assert_msg(
	    row->days ? llabs(days_s) < 120 : facts->path_ends_unix == 0, "%s", row->cert);
	ck_assert_int_eq(facts->version, _i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
	ck_assert_str_eq(
	    facts->verify_name, row->code == X509_V_ERR_HOSTNAME_MISMATCH ? "" : "mail.test");
	ck_assert_int_eq(facts->alert, -1);
	ck_assert_uint_gt(facts->sent.count, 0);
	ck_assert(facts->sent.list[0].in_path == (row->path > 0));
	client_close(&client, &server);
}
END_TEST

START_TEST(facts_of_a_handshake)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	client_open(&client, &server);
	ck_assert_str_eq(client.facts.cipher, "TLS_AES_256_GCM_SHA384");
	ck_assert_str_eq(client.facts.group, "x25519");
	ck_assert_str_eq(client.facts.signature, "ecdsa_secp256r1_sha256");
	ck_assert_str_eq(client.facts.sni, "mail.test");
	ck_assert_str_eq(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name), "mail.test");
	ck_assert(
	    !client.facts.resumed && !client.facts.retried && !client.facts.client_cert_asked);
	ck_assert(client.facts.begun);
	ck_assert_uint_eq(client.facts.first_bytes[0], 0x16);
	ck_assert_int_eq(client.facts.staple_state, CERT_STAPLE_NONE);
	ck_assert_str_eq(line_of(&client), "* OK hello");
	ck_assert_str_eq(line_of(&client), "* OK more");
	client_close(&client, &server);
}
END_TEST

START_TEST(older_facts)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "rsa");
	SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	client_open(&client, &server);
	ck_assert_str_eq(client.facts.cipher, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
	ck_assert_str_eq(client.facts.signature, "rsa_pss_rsae_sha256");
	ck_assert_str_eq(client.facts.group, "x25519");
	ck_assert_str_eq(line_of(&client), "* OK hello");
	client_close(&client, &server);
}
END_TEST

START_TEST(retry_is_seen)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	ck_assert_int_eq(SSL_set1_groups_list(server.ssl, "P-384"), 1);
	client_open(&client, &server);
	ck_assert(client.facts.verified && client.facts.retried);
	ck_assert_str_eq(client.facts.group, "secp384r1");
	client_close(&client, &server);
}
END_TEST

/* ---- names, terms ---- */

struct terms_row {
	const char *what;
	const char *names[3], *sni, *sent_sni;
	int64_t later_s;
	bool insecure, relaxed;
	bool verified;
	int code;
};
static const struct terms_row terms_rows[] = {
    {"two names", {"mail.test", "localhost"}, NULL, "mail.test", 0, false, false, true, 0},
    {"one of two", {"mail.test", "other.test"}, NULL, "mail.test", 0, false, false, false,
	X509_V_ERR_HOSTNAME_MISMATCH},
    {"first of two", {"other.test", "mail.test"}, NULL, "other.test", 0, false, false, false,
	X509_V_ERR_HOSTNAME_MISMATCH},
    {"no name", {NULL}, NULL, "", 0, false, false, false, 0},
    {"address", {"127.0.0.1"}, NULL, "", 0, false, false, true, 0},
    {"other address", {"127.0.0.2"}, NULL, "", 0, false, false, false,
	X509_V_ERR_HOSTNAME_MISMATCH},
    {"dot", {"mail.test."}, NULL, "mail.test", 0, false, false, true, 0},
    {"own sni", {"mail.test"}, "sni.test", "sni.test", 0, false, false, true, 0},
    {"no sni", {"mail.test"}, "", "", 0, false, false, true, 0},
    {"insecure", {"mail.test"}, NULL, "mail.test", 0, true, false, false, 0},
    {"relaxed", {"mail.test"}, NULL, "mail.test", 0, false, true, false, 0},
    {"later", {"mail.test"}, NULL, "mail.test", 79 * PKI_DAY, false, false, true, 0},
    {"too late", {"mail.test"}, NULL, "mail.test", 81 * PKI_DAY, false, false, false,
	X509_V_ERR_CERT_HAS_EXPIRED},
    {"too early", {"mail.test"}, NULL, "mail.test", -11 * PKI_DAY, false, false, false,
	X509_V_ERR_CERT_NOT_YET_VALID},
};

START_TEST(terms)
{
	const struct terms_row *row = &terms_rows[_i];
	struct server server;
	struct client client;
	client_init(&client);
	client.settings.relaxed = row->relaxed;
	client_again(&client);
	client.params.verify_names = row->names;
	client.params.sni = row->sni;
	client.params.insecure = row->insecure;
	client.params.now_unix += row->later_s;
	server_init(&server, "good");
	client_open(&client, &server);
	ck_assert_msg(client.done, "%s", row->what);
	ck_assert_msg(client.facts.verified == row->verified, "%s", row->what);
	ck_assert_int_eq(client.facts.verify_code, row->code);
	const char *seen = SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name);
	ck_assert_str_eq(seen ? seen : "", row->sent_sni);
	ck_assert_str_eq(client.facts.sni, row->sent_sni);
	client_close(&client, &server);
}
END_TEST

/*
 * A pin holds for the leaf and its path. The pinned certificate is public: a
 * thief of names may send it along, so a stray one proves nothing.
 */
START_TEST(pins)
{
	static const struct {
		size_t sent; /* whose key is pinned; of leaf, stray, intermediate, root */
		bool verified;
	} rows[] = {{0, true}, {1, false}, {2, true}, {3, true}};
	struct server server;
	struct client client;
	char pin[65] = "";
	client_init(&client);
	server_init(&server, "extra");
	client_open(&client, &server);
	ck_assert_uint_eq(client.facts.sent.count, 4);
	memcpy(pin, client.facts.sent.list[rows[_i].sent].spki_sha256, sizeof pin);
	stream_close(&client.tls.stream);
	stream_close(&server.stream);
	tls_facts_free(&client.facts);

	const char *const list[] = {"00", pin, NULL};
	client.params.pins = list;
	server_init(&server, "extra");
	client_open(&client, &server);
	ck_assert_int_eq(client.facts.verified, rows[_i].verified);
	ck_assert_int_eq(client.facts.pin_mismatch, !rows[_i].verified);
	client_close(&client, &server);
}
END_TEST

/* ---- paths ---- */

/* A leaf under a CA key certified twice: until 5 days from now and until 50. */
static void
serve_cross_signed(struct server *server, bool both)
{
	struct pki_params middle = {.cn = "Crossed", .ca = true, .from_s = -PKI_DAY};
	struct pki_params root = {.cn = "Crossing Root", .ca = true};
	struct pki_params leaf = {.cn = "mail.test", .san = "DNS:mail.test"};
	root.from_s = -PKI_DAY;
	root.until_s = 900 * PKI_DAY;
	struct pki_cert top = pki_issue(&root, NULL);
	middle.until_s = 5 * PKI_DAY;
	struct pki_cert first = pki_issue(&middle, &top);
	middle.until_s = 50 * PKI_DAY;
	middle.key_given = first.key;
	struct pki_cert second = pki_issue(&middle, &top);
	struct pki_cert end = pki_issue(&leaf, &first);
	SSL_use_certificate(server->ssl, end.x509);
	SSL_use_PrivateKey(server->ssl, end.key);
	SSL_clear_chain_certs(server->ssl);
	SSL_add1_chain_cert(server->ssl, first.x509);
	if (both)
		SSL_add1_chain_cert(server->ssl, second.x509);
	FILE *file = fopen(pki_path("crossing.pem"), "we");
	ck_assert(file && PEM_write_X509(file, top.x509) == 1 && fclose(file) == 0);
	pki_free(&top);
	pki_free(&first);
	pki_free(&second);
	pki_free(&end);
}

struct path_row {
	bool both;
	int64_t later_s;
	bool verified;
	int days; /* from the real now */
};
static const struct path_row path_rows[] = {
    {false, 0, true, 5},
    {true, 0, true, 50},            /* the longer path counts */
    {true, 10 * PKI_DAY, true, 50}, /* an expired cross-sign beside it does no harm */
    {false, 10 * PKI_DAY, false, 5},
    {true, 60 * PKI_DAY, false, 50},
};

START_TEST(paths)
{
	const struct path_row *row = &path_rows[_i];
	struct server server;
	struct client client;
	server_init(&server, "good");
	serve_cross_signed(&server, row->both);
	client_init(&client);
	client.settings.ca_file = pki_path("crossing.pem");
	client_again(&client);
	int64_t now = client.params.now_unix;
	client.params.now_unix += row->later_s;
	client_open(&client, &server);
	ck_assert_int_eq(client.facts.verified, row->verified);
	if (row->verified)
		ck_assert_int_lt(
		    llabs(client.facts.path_ends_unix - now - row->days * PKI_DAY), 120);
	else
		ck_assert_int_lt(client.facts.path_ends_unix, client.params.now_unix);
	client_close(&client, &server);
}
END_TEST

/* ---- handshakes that fail ---- */

START_TEST(plain_text_peer)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, NULL);
	server.says = "220 mail.test ESMTP ready\r\n";
	client_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert_int_eq(client.facts.reason, SSL_R_WRONG_VERSION_NUMBER);
	ck_assert_ptr_nonnull(strstr(client.tls.stream.err.text, "wrong version number"));
	ck_assert_uint_eq(client.facts.first_len, 27);
	ck_assert_mem_eq(client.facts.first_bytes, "220 mail", 8);
	ck_assert_int_eq(client.facts.version, 0);
	client_close(&client, &server);
}
END_TEST

/* Every seventh byte of the server's flights: an end or a reset, never done, never a crash. */
START_TEST(cut_anywhere)
{
	struct server server;
	struct client client;
	client_init(&client);
	if (_i)
		client.settings.max = TLS1_2_VERSION;
	client_again(&client);
	server_init(&server, "good");
	server.greeted = true; /* only the handshake is cut */
	client_open(&client, &server);
	size_t whole = server.sent;
	ck_assert(client.facts.verified);
	stream_close(&client.tls.stream);
	stream_close(&server.stream);
	tls_facts_free(&client.facts);
	for (size_t cut = 0; cut + 8 < whole; cut += 7) { /* signatures vary in length */
		server_init(&server, "good");
		server.greeted = true;
		server.cut = cut;
		server.reset = cut % 2 ? ECONNRESET : 0;
		client_open(&client, &server);
		ck_assert_msg(
		    !client.facts.verified && !client.done, "cut at %zu of %zu", cut, whole);
		ck_assert_int_eq(client.tls.stream.err.kind, ERR_CLOSED);
		ck_assert_int_eq(client.tls.stream.err.code, server.reset);
		ck_assert_int_eq(client.facts.reason, SSL_R_UNEXPECTED_EOF_WHILE_READING);
		ck_assert(strncmp(client.tls.stream.err.text, "TLS handshake: ", 15) == 0);
		stream_close(&client.tls.stream);
		stream_close(&server.stream);
		tls_facts_free(&client.facts);
	}
	client_close(&client, NULL);
}
END_TEST

/* Over a real socket: nobody answers. */
START_TEST(stall_ends_at_the_deadline)
{
	struct socket_stream socket;
	struct client client;
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	socket_adopt(&socket, ends[0], deadline_in(50 * US_PER_MS));
	client_init(&client);
	int64_t start_us = clock_now_us();
	ck_assert(!tls_open(&client.tls, &socket.stream, &client.params, &client.facts));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TIMEOUT);
	ck_assert_int_eq(client.facts.reason, 0);
	ck_assert(client.facts.begun && !client.facts.done && !client.facts.verified);
	ck_assert_int_lt(clock_now_us() - start_us, 300 * US_PER_MS);
	stream_close(&client.tls.stream);
	stream_close(&socket.stream);
	close(ends[1]);
	client_close(&client, NULL);
}
END_TEST

/* TLS 1.0 only: the strict look refuses, the relaxed one reads the certificate and trusts nothing. */
START_TEST(old_server)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "rsa");
	SSL_set_max_proto_version(server.ssl, TLS1_VERSION);
	client_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert(client.facts.alert >= 0 || client.facts.reason > 0);
	stream_close(&client.tls.stream);
	stream_close(&server.stream);
	tls_facts_free(&client.facts);

	client.settings.relaxed = true;
	client_again(&client);
	server_init(&server, "rsa");
	SSL_set_max_proto_version(server.ssl, TLS1_VERSION);
	client_open(&client, &server);
	ck_assert_msg(client.done, "%s", client.tls.stream.err.text);
	ck_assert_int_eq(client.facts.version, TLS1_VERSION);
	ck_assert_str_eq(tls_version_name(client.facts.version), "1.0");
	ck_assert_uint_eq(client.facts.path.count, 3);
	ck_assert(!client.facts.verified);
	client_close(&client, &server);
}
END_TEST

START_TEST(no_common_cipher)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	ck_assert_int_eq(SSL_set_cipher_list(server.ssl, "ECDHE-RSA-AES128-SHA"), 1);
	client_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.facts.alert, SSL_AD_HANDSHAKE_FAILURE);
	ck_assert_int_eq(client.tls.stream.err.code, 1000 + SSL_AD_HANDSHAKE_FAILURE);
	ck_assert_ptr_nonnull(strstr(client.tls.stream.err.text, "handshake_failure (40)"));
	client_close(&client, &server);
}
END_TEST

START_TEST(version_range)
{
	struct server server;
	struct client client;
	client_init(&client);
	client.settings.min = TLS1_3_VERSION;
	client_again(&client);
	server_init(&server, "good");
	SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	client_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.facts.alert, SSL_AD_PROTOCOL_VERSION);
	client_close(&client, &server);
}
END_TEST

/* ---- after the handshake ---- */

START_TEST(goodbye_and_truncation)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	server.answers_once = true;
	client_open(&client, &server);
	ck_assert_str_eq(line_of(&client), "* OK hello");
	ck_assert_str_eq(line_of(&client), "* OK more");
	ck_assert_ptr_null(line_of(&client));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_CLOSED);
	ck_assert_int_eq(client.tls.stream.err.code, 0);
	client_close(&client, &server);

	client_init(&client);
	server_init(&server, "good");
	server.cuts_short = true;
	client_open(&client, &server);
	client.tls.stream.step = "greeting";
	ck_assert_str_eq(line_of(&client), "* OK hello");
	ck_assert_ptr_null(line_of(&client));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert_int_eq(client.tls.stream.err.code, SSL_R_UNEXPECTED_EOF_WHILE_READING);
	ck_assert(strncmp(client.tls.stream.err.text, "greeting: ", 10) == 0);
	client_close(&client, &server);
}
END_TEST

/* A record that was tampered with: never data, and its own reason. */
START_TEST(damaged_record)
{
	struct server server;
	struct client client;
	static const char junk[] = "\x17\x03\x03\x00\x20"
				   "0123456789abcdef0123456789abcdef";
	client_init(&client);
	server_init(&server, "good");
	server.greeted = true;
	client_open(&client, &server);
	ck_assert_uint_eq(stream_pending(&client.tls.stream), 0);
	BIO_write(SSL_get_wbio(server.ssl), junk, sizeof junk - 1);
	if (_i) /* noticed while only asking */
		ck_assert(stream_wait(&client.tls.stream, 1000));
	ck_assert_ptr_null(line_of(&client));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert_int_eq(client.tls.stream.err.code, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
	client_close(&client, &server);
}
END_TEST

/* The server sees our close_notify, and nothing waits for its own. */
START_TEST(our_goodbye)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	client_open(&client, &server);
	ck_assert_str_eq(line_of(&client), "* OK hello");
	ck_assert(!(SSL_get_shutdown(server.ssl) & SSL_RECEIVED_SHUTDOWN));
	stream_close(&client.tls.stream);
	server_work(&server);
	ck_assert(SSL_get_shutdown(server.ssl) & SSL_RECEIVED_SHUTDOWN);
	client_close(&client, &server);
}
END_TEST

/* Session tickets are no data: pending and wait say so. */
START_TEST(tickets_are_no_data)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	server.greeted = true; /* says nothing; its tickets wait to be read */
	client_open(&client, &server);
	server_work(&server);
	ck_assert_int_gt(BIO_pending(SSL_get_wbio(server.ssl)), 0);
	ck_assert_uint_eq(stream_pending(&client.tls.stream), 0);
	ck_assert(!stream_wait(&client.tls.stream, 1000));
	ck_assert_int_gt(SSL_write(server.ssl, "hi\r\n", 4), 0);
	ck_assert(stream_wait(&client.tls.stream, 1000));
	ck_assert_uint_eq(stream_pending(&client.tls.stream), 4);
	ck_assert_str_eq(line_of(&client), "hi");
	ck_assert(!err_is_set(&client.tls.stream.err));
	client_close(&client, &server);
}
END_TEST

/* ---- client certificates ---- */

START_TEST(client_certificate_wanted)
{
	struct server server;
	struct client client;
	client_init(&client);
	server_init(&server, "good");
	server_ask(&server, true);
	if (_i)
		SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	client_open(&client, &server);
	ck_assert(client.facts.client_cert_asked);
	ck_assert_str_eq(client.facts.accepted_cas, "CN=Test Root");
	ck_assert_uint_eq(client.facts.sent.count, 2); /* readable either way */
	ck_assert_uint_eq(client.facts.path.count, 3);
	if (_i) { /* TLS 1.2: in the handshake */
		ck_assert(!client.done);
		ck_assert_int_eq(client.facts.alert, SSL_AD_HANDSHAKE_FAILURE);
	} else { /* TLS 1.3: with the first read */
		ck_assert(client.done);
		ck_assert_ptr_null(line_of(&client));
		ck_assert_int_eq(client.facts.alert, TLS13_AD_CERTIFICATE_REQUIRED);
		ck_assert_int_eq(client.tls.stream.err.code, 1116);
	}
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	client_close(&client, &server);
}
END_TEST

START_TEST(client_certificate_given)
{
	struct server server;
	struct client client;
	client_init(&client);
	client.settings.client_cert = pki_path("client.pem");
	client.settings.client_key = pki_path("client.key");
	client_again(&client);
	server_init(&server, "good");
	server_ask(&server, true);
	client_open(&client, &server);
	ck_assert(client.facts.verified);
	ck_assert_str_eq(line_of(&client), "* OK hello");
	client_close(&client, &server);
}
END_TEST

static void
encrypt_key(void)
{
	FILE *in = fopen(pki_path("client.key"), "re"), *out = fopen(pki_path("locked.key"), "we");
	ck_assert(in && out);
	EVP_PKEY *key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	ck_assert(key && PEM_write_PrivateKey(out, key, EVP_aes_256_cbc(),
			     (const unsigned char *)"geheim", 6, NULL, NULL));
	EVP_PKEY_free(key);
	fclose(in);
	fclose(out);
}

struct context_row {
	const char *ca_file, *ca_path, *cert, *key, *password;
	const char *words; /* NULL: opens */
};
static const struct context_row context_rows[] = {
    {"root.pem", NULL, NULL, NULL, NULL, NULL},
    {NULL, "hashed", NULL, NULL, NULL, NULL},
    {"root.pem", "hashed", "client.pem", "client.key", NULL, NULL},
    {"root.pem", NULL, "client.pem", "locked.key", "geheim", NULL},
    {"root.pem", NULL, "client.pem", "locked.key", "falsch", "client key"},
    {"root.pem", NULL, "client.pem", "locked.key", NULL, "client key"},
    {"root.pem", NULL, "client.pem", "good.key", NULL, "client key"},
    {"root.pem", NULL, "nothing.pem", "client.key", NULL, "No such file"},
    {"root.pem", NULL, "client.key", "client.key", NULL, "client certificate"},
    {"nothing.pem", NULL, NULL, NULL, NULL, "no trust anchors"},
    {"good.key", NULL, NULL, NULL, NULL, "no trust anchors"},
    {"empty.pem", NULL, NULL, NULL, NULL, "no trust anchors"},
    {NULL, ".", NULL, NULL, NULL, "no links by hash"},
    {NULL, "nowhere", NULL, NULL, NULL, "no links by hash"},
};

START_TEST(contexts)
{
	const struct context_row *row = &context_rows[_i];
	struct tls_context context;
	struct err err = {0};
	encrypt_key();
	fclose(fopen(pki_path("empty.pem"), "we"));
	char ca_file[128], ca_path[128], cert[128], key[128];
	snprintf(ca_file, sizeof ca_file, "%s/%s", pki, row->ca_file);
	snprintf(ca_path, sizeof ca_path, "%s/%s", pki, row->ca_path);
	snprintf(cert, sizeof cert, "%s/%s", pki, row->cert);
	snprintf(key, sizeof key, "%s/%s", pki, row->key);
	struct tls_settings settings = {.ca_file = row->ca_file ? ca_file : NULL,
	    .ca_path = row->ca_path ? ca_path : NULL,
	    .client_cert = row->cert ? cert : NULL,
	    .client_key = row->key ? key : NULL,
	    .client_key_password = row->password};
	bool opened = tls_context_open(&context, &settings, &err);
	ck_assert_msg(opened == !row->words, "%d: %s", _i, err.text);
	if (row->words) {
		ck_assert_int_eq(err.kind, ERR_LOCAL);
		ck_assert_msg(strstr(err.text, row->words) != NULL, "%s", err.text);
	}
	tls_context_close(&context);
}
END_TEST

START_TEST(bad_settings)
{
	struct tls_settings settings = {.ca_file = pki_path("root.pem"), .sigalgs = "nonsense"};
	struct tls_context context;
	struct err err = {0};
	ck_assert(!tls_context_open(&context, &settings, &err));
	ck_assert_int_eq(err.kind, ERR_CONFIG);
	tls_context_close(&context);
	err_clear(&err);
	settings.sigalgs = NULL;
	settings.ciphers12 = "nonsense";
	ck_assert(!tls_context_open(&context, &settings, &err));
	ck_assert_int_eq(err.kind, ERR_CONFIG);
	tls_context_close(&context);
}
END_TEST

/* ---- the system's store, played by the directory of these tests ---- */

static char system_dir[128], system_file[128];

const char *
X509_get_default_cert_dir(void)
{
	return system_dir;
}

const char *
X509_get_default_cert_file(void)
{
	return system_file;
}

struct store_row {
	const char *what, *dir, *file;
	bool opens, verified;
};
static const struct store_row store_rows[] = {
    {"the directory does; the bundle is not even there", "hashed", "nothing.pem", true, true},
    {"the directory lacks the issuer: the bundle", "strangers", "root.pem", true, true},
    {"neither has it", "strangers", "good.pem", true, false},
    {"the directory holds no links: the bundle", "bare", "root.pem", true, true},
    {"nothing at all", "bare", "nothing.pem", false, false},
};

START_TEST(system_store)
{
	const struct store_row *row = &store_rows[_i];
	struct pki_params stranger = {.cn = "Stranger", .ca = true};
	struct pki_cert other = pki_issue(&stranger, NULL);
	struct server server;
	struct client client = {.params = {.verify_names = mail_test, .now_unix = time(NULL)}};
	struct err err = {0};
	ck_assert(pki_hash(pki_path("strangers"), other.x509));
	(void)mkdir(pki_path("bare"), 0755);
	pki_free(&other);
	snprintf(system_dir, sizeof system_dir, "%s/%s", pki, row->dir);
	snprintf(system_file, sizeof system_file, "%s/%s", pki, row->file);
	/* the environment must not move the anchors */
	setenv("SSL_CERT_FILE", pki_path("root.pem"), 1);
	setenv("SSL_CERT_DIR", pki_path("hashed"), 1);
	bool opens = tls_context_open(&client.context, &client.settings, &err);
	ck_assert_msg(opens == row->opens, "%s: %s", row->what, err.text);
	client.params.context = &client.context;
	for (int i = 0; opens && i < 2; i++) { /* twice: the bundle stays loaded */
		server_init(&server, "good");
		client_open(&client, &server);
		ck_assert_msg(client.facts.verified == row->verified, "%s", row->what);
		ck_assert_int_eq(client.facts.error_count > 0, !row->verified);
		stream_close(&client.tls.stream);
		stream_close(&server.stream);
		tls_facts_free(&client.facts);
	}
	client_close(&client, NULL);
}
END_TEST

/*
 * ThreadSanitizer does not see the atomics by which libcrypto publishes what it
 * cached of a certificate, only the memcmp() that reads it.
 */
const char *__tsan_default_suppressions(void);
const char *
__tsan_default_suppressions(void)
{
	return "called_from_lib:libcrypto.so.3\n";
}

struct visitor {
	pthread_t thread;
	const struct tls_context *context;
	struct server server;
	struct client client;
};

static void *
visit(void *argument)
{
	struct visitor *visitor = argument;
	struct client *client = &visitor->client;
	client->params = (struct tls_params){
	    .context = visitor->context, .verify_names = mail_test, .now_unix = time(NULL)};
	client->done =
	    tls_open(&client->tls, &visitor->server.stream, &client->params, &client->facts);
	return NULL;
}

/* All meet the missing issuer at once: whoever reads the bundle, each verifies with it. */
START_TEST(threads_share_a_context)
{
	struct visitor visitors[4] = {0};
	struct tls_settings settings = {0};
	struct tls_context context;
	struct err err = {0};
	ck_assert(mkdir(pki_path("others"), 0755) == 0 &&
		  symlink("../root.pem", pki_path("others/00000000.0")) == 0);
	snprintf(system_dir, sizeof system_dir, "%s/others", pki);
	snprintf(system_file, sizeof system_file, "%s/root.pem", pki);
	ck_assert_msg(tls_context_open(&context, &settings, &err), "%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(visitors); i++) {
		server_init(&visitors[i].server, i % 2 ? "rsa" : "good");
		visitors[i].context = &context;
		ck_assert_int_eq(pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(visitors); i++) {
		pthread_join(visitors[i].thread, NULL);
		ck_assert(visitors[i].client.facts.verified);
		stream_close(&visitors[i].client.tls.stream);
		stream_close(&visitors[i].server.stream);
		tls_facts_free(&visitors[i].client.facts);
	}
	tls_context_close(&context);
}
END_TEST

/* ---- bindings ---- */

START_TEST(bindings)
{
	struct server server;
	struct client client;
	unsigned char want[64];
	client_init(&client);
	server_init(&server, "good");
	if (_i)
		SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	client_open(&client, &server);
	ck_assert_uint_eq(client.facts.exporter_len + client.facts.finished_len, 0);
	tls_binding(&client.tls);
	if (_i) {
		ck_assert_uint_eq(client.facts.exporter_len, 0);
		ck_assert_uint_eq(client.facts.finished_len, 12);
		ck_assert_uint_eq(SSL_get_peer_finished(server.ssl, want, sizeof want), 12);
		ck_assert_mem_eq(client.facts.finished, want, 12);
	} else {
		ck_assert_uint_eq(client.facts.finished_len, 0);
		ck_assert_uint_eq(client.facts.exporter_len, 32);
		ck_assert_int_eq(SSL_export_keying_material(server.ssl, want, 32,
				     "EXPORTER-Channel-Binding", 24, NULL, 0, 1),
		    1);
		ck_assert_mem_eq(client.facts.exporter, want, 32);
	}
	client_close(&client, &server);
	struct tls_stream none = {0};
	tls_binding(&none);
}
END_TEST

/* ---- stapling ---- */

struct staple_row {
	int status;
	int64_t from_s, until_s;
	bool forged, other, garbage;
	enum cert_staple want;
};
static const struct staple_row staple_rows[] = {
    {V_OCSP_CERTSTATUS_GOOD, -3600, 3600, false, false, false, CERT_STAPLE_GOOD},
    {V_OCSP_CERTSTATUS_REVOKED, -3600, 3600, false, false, false, CERT_STAPLE_REVOKED},
    {V_OCSP_CERTSTATUS_UNKNOWN, -3600, 3600, false, false, false, CERT_STAPLE_UNKNOWN},
    {V_OCSP_CERTSTATUS_GOOD, -7200, -3600, false, false, false, CERT_STAPLE_STALE},
    {V_OCSP_CERTSTATUS_GOOD, 3600, 7200, false, false, false, CERT_STAPLE_STALE},
    {V_OCSP_CERTSTATUS_GOOD, -3600, 3600, true, false, false, CERT_STAPLE_BAD},
    {V_OCSP_CERTSTATUS_GOOD, -3600, 3600, false, true, false, CERT_STAPLE_BAD},
    {V_OCSP_CERTSTATUS_GOOD, -3600, 3600, false, false, true, CERT_STAPLE_BAD},
};
static unsigned char *staple;
static int staple_len;

static int
give_staple(SSL *ssl, void *unused UNUSED)
{
	SSL_set_tlsext_status_ocsp_resp(
	    ssl, OPENSSL_memdup(staple, (size_t)staple_len), staple_len);
	return SSL_TLSEXT_ERR_OK;
}

/* The answer a responder would give about leaf (or about the issuer itself). */
static void
make_staple(const struct staple_row *row, X509 *leaf, const struct pki_cert *issuer,
    const struct pki_cert *signer)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id =
	    OCSP_cert_to_id(EVP_sha1(), row->other ? issuer->x509 : leaf, issuer->x509);
	ASN1_TIME *from = X509_gmtime_adj(NULL, row->from_s);
	ASN1_TIME *until = X509_gmtime_adj(NULL, row->until_s);
	ASN1_TIME *revoked = X509_gmtime_adj(NULL, -PKI_DAY);
	ck_assert_ptr_nonnull(OCSP_basic_add1_status(
	    basic, id, row->status, OCSP_REVOKED_STATUS_NOSTATUS, revoked, from, until));
	ck_assert_int_eq(
	    OCSP_basic_sign(basic, signer->x509, signer->key, EVP_sha256(), NULL, 0), 1);
	OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	staple_len = i2d_OCSP_RESPONSE(response, &staple);
	if (row->garbage)
		staple_len /= 2;
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	ASN1_TIME_free(revoked);
}

START_TEST(staples)
{
	const struct staple_row *row = &staple_rows[_i];
	struct pki_params root = {.cn = "Stapling Root", .ca = true};
	struct pki_params params = {.cn = "mail.test", .san = "DNS:mail.test"};
	struct pki_cert top = pki_issue(&root, NULL);
	struct pki_cert forger = pki_issue(&root, NULL);
	struct pki_cert leaf = pki_issue(&params, &top);
	struct server server;
	struct client client;
	FILE *file = fopen(pki_path("stapling.pem"), "we");
	ck_assert(file && PEM_write_X509(file, top.x509) == 1 && fclose(file) == 0);
	make_staple(row, leaf.x509, &top, row->forged ? &forger : &top);
	server_init(&server, "good");
	SSL_use_certificate(server.ssl, leaf.x509);
	SSL_use_PrivateKey(server.ssl, leaf.key);
	SSL_clear_chain_certs(server.ssl);
	SSL_CTX_set_tlsext_status_cb(server.ctx, give_staple);
	client_init(&client);
	client.settings.ca_file = pki_path("stapling.pem");
	client_again(&client);
	client_open(&client, &server);
	ck_assert(client.done);
	/* who is revoked gets no secret; any other answer is a finding of its own */
	ck_assert(client.facts.verified == (row->want != CERT_STAPLE_REVOKED));
	ck_assert_int_eq(client.facts.staple_state, row->want);
	if (row->want == CERT_STAPLE_GOOD)
		ck_assert_int_lt(
		    llabs(client.facts.staple_ends_unix - client.params.now_unix - row->until_s),
		    10);
	client_close(&client, &server);
	OPENSSL_free(staple);
	staple = NULL;
	pki_free(&top);
	pki_free(&forger);
	pki_free(&leaf);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(tls_version_name(TLS1_3_VERSION), "1.3");
	ck_assert_str_eq(tls_version_name(0), "unknown");
	ck_assert_str_eq(tls_alert_name(40), "handshake_failure");
	ck_assert_str_eq(tls_alert_name(255), "unknown");
	ck_assert_str_eq(tls_verify_words(X509_V_ERR_CERT_HAS_EXPIRED), "certificate has expired");
	ck_assert_str_eq(tls_reason_words(SSL_R_WRONG_VERSION_NUMBER), "wrong version number");
	ck_assert_str_eq(tls_reason_words(4095), "unknown reason");
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, certificates, 0, 2 * (int)ARRAY_LEN(cert_rows));
	tcase_add_test(tcase, facts_of_a_handshake);
	tcase_add_test(tcase, older_facts);
	tcase_add_test(tcase, retry_is_seen);
	tcase_add_loop_test(tcase, terms, 0, (int)ARRAY_LEN(terms_rows));
	tcase_add_loop_test(tcase, pins, 0, 4);
	tcase_add_loop_test(tcase, paths, 0, (int)ARRAY_LEN(path_rows));
	tcase_add_test(tcase, plain_text_peer);
	tcase_add_loop_test(tcase, cut_anywhere, 0, 2);
	tcase_add_test(tcase, stall_ends_at_the_deadline);
	tcase_add_test(tcase, old_server);
	tcase_add_test(tcase, no_common_cipher);
	tcase_add_test(tcase, version_range);
	tcase_add_test(tcase, goodbye_and_truncation);
	tcase_add_loop_test(tcase, damaged_record, 0, 2);
	tcase_add_test(tcase, our_goodbye);
	tcase_add_test(tcase, tickets_are_no_data);
	tcase_add_loop_test(tcase, client_certificate_wanted, 0, 2);
	tcase_add_test(tcase, client_certificate_given);
	tcase_add_loop_test(tcase, contexts, 0, (int)ARRAY_LEN(context_rows));
	tcase_add_test(tcase, bad_settings);
	tcase_add_loop_test(tcase, system_store, 0, (int)ARRAY_LEN(store_rows));
	tcase_add_test(tcase, threads_share_a_context);
	tcase_add_loop_test(tcase, bindings, 0, 2);
	tcase_add_loop_test(tcase, staples, 0, (int)ARRAY_LEN(staple_rows));
	tcase_add_test(tcase, words);
}

static void
remove_pki(void)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", pki);
	if (system(command) != 0)
		fprintf(stderr, "%s is left behind\n", pki);
}

/* In a child: here OpenSSL must be started by the code under test, in its own sparing way. */
static bool
make_pki(void)
{
	int status = -1;
	snprintf(pki, sizeof pki, "/tmp/test_tls.%d", (int)getpid());
	pid_t child = fork();
	if (child == 0)
		_exit(!pki_make(pki));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int
main(void)
{
	Suite *suite = suite_create("tls");
	TCase *tcase = tcase_create("tls");
	if (!make_pki())
		return EXIT_FAILURE;
	tcase_set_timeout(tcase, 30);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	remove_pki();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
