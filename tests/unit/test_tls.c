/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net/tls*.c: the handshake and the judgement of what a server sends. */
#include <check.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/tlspair.h"
#include "net/socket.h"

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
	struct tlspair_server server;
	struct tlspair_client client;
	const struct tls_facts *facts = &client.facts;
	tlspair_client(&client);
	tlspair_serve(&server, row->cert);
	if (_i % 2)
		SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	tlspair_open(&client, &server);
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
	tlspair_close(&client, &server);
}
END_TEST

START_TEST(facts_of_a_handshake)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	tlspair_open(&client, &server);
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
	ck_assert_str_eq(tlspair_line(&client), "* OK hello");
	ck_assert_str_eq(tlspair_line(&client), "* OK more");
	tlspair_close(&client, &server);
}
END_TEST

START_TEST(older_facts)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "rsa");
	SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	tlspair_open(&client, &server);
	ck_assert_str_eq(client.facts.cipher, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
	ck_assert_str_eq(client.facts.signature, "rsa_pss_rsae_sha256");
	ck_assert_str_eq(client.facts.group, "x25519");
	ck_assert_str_eq(tlspair_line(&client), "* OK hello");
	tlspair_close(&client, &server);
}
END_TEST

START_TEST(retry_is_seen)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	ck_assert_int_eq(SSL_set1_groups_list(server.ssl, "P-384"), 1);
	tlspair_open(&client, &server);
	ck_assert(client.facts.verified && client.facts.retried);
	ck_assert_str_eq(client.facts.group, "secp384r1");
	tlspair_close(&client, &server);
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
	X509_V_ERR_IP_ADDRESS_MISMATCH},
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
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	client.settings.relaxed = row->relaxed;
	tlspair_again(&client);
	client.params.verify_names = row->names;
	client.params.sni = row->sni;
	client.params.insecure = row->insecure;
	client.params.now_unix += row->later_s;
	tlspair_serve(&server, "good");
	tlspair_open(&client, &server);
	ck_assert_msg(client.done, "%s", row->what);
	ck_assert_msg(client.facts.verified == row->verified, "%s", row->what);
	ck_assert_int_eq(client.facts.verify_code, row->code);
	const char *seen = SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name);
	ck_assert_str_eq(seen ? seen : "", row->sent_sni);
	ck_assert_str_eq(client.facts.sni, row->sent_sni);
	tlspair_close(&client, &server);
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
	struct tlspair_server server;
	struct tlspair_client client;
	char pin[65] = "";
	tlspair_client(&client);
	tlspair_serve(&server, "extra");
	tlspair_open(&client, &server);
	ck_assert_uint_eq(client.facts.sent.count, 4);
	memcpy(pin, client.facts.sent.list[rows[_i].sent].spki_sha256, sizeof pin);
	stream_close(&client.tls.stream);
	stream_close(&server.stream);
	tls_facts_free(&client.facts);

	const char *const list[] = {"00", pin, NULL};
	client.params.pins = list;
	tlspair_serve(&server, "extra");
	tlspair_open(&client, &server);
	ck_assert_int_eq(client.facts.verified, rows[_i].verified);
	ck_assert_int_eq(client.facts.pin_mismatch, !rows[_i].verified);
	tlspair_close(&client, &server);
}
END_TEST

/* ---- paths ---- */

/* A leaf under a CA key certified twice: until 5 days from now and until 50. */
static void
serve_cross_signed(struct tlspair_server *server, bool both)
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
	FILE *file = fopen(tlspair_path("crossing.pem"), "we");
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
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_serve(&server, "good");
	serve_cross_signed(&server, row->both);
	tlspair_client(&client);
	client.settings.ca_file = tlspair_path("crossing.pem");
	tlspair_again(&client);
	int64_t now = client.params.now_unix;
	client.params.now_unix += row->later_s;
	tlspair_open(&client, &server);
	ck_assert_int_eq(client.facts.verified, row->verified);
	if (row->verified)
		ck_assert_int_lt(
		    llabs(client.facts.path_ends_unix - now - row->days * PKI_DAY), 120);
	else
		ck_assert_int_lt(client.facts.path_ends_unix, client.params.now_unix);
	tlspair_close(&client, &server);
}
END_TEST

/* ---- handshakes that fail ---- */

START_TEST(plain_text_peer)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, NULL);
	server.says = "220 mail.test ESMTP ready\r\n";
	tlspair_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert_int_eq(client.facts.reason, SSL_R_WRONG_VERSION_NUMBER);
	ck_assert_ptr_nonnull(strstr(client.tls.stream.err.text, "wrong version number"));
	ck_assert_uint_eq(client.facts.first_len, 27);
	ck_assert_mem_eq(client.facts.first_bytes, "220 mail", 8);
	ck_assert_int_eq(client.facts.version, 0);
	tlspair_close(&client, &server);
}
END_TEST

/* Every seventh byte of the server's flights: an end or a reset, never done, never a crash. */
START_TEST(cut_anywhere)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	if (_i)
		client.settings.max = TLS1_2_VERSION;
	tlspair_again(&client);
	tlspair_serve(&server, "good");
	server.greeted = true; /* only the handshake is cut */
	tlspair_open(&client, &server);
	size_t whole = server.sent;
	ck_assert(client.facts.verified);
	stream_close(&client.tls.stream);
	stream_close(&server.stream);
	tls_facts_free(&client.facts);
	for (size_t cut = 0; cut + 8 < whole; cut += 7) { /* signatures vary in length */
		tlspair_serve(&server, "good");
		server.greeted = true;
		server.cut = cut;
		server.reset = cut % 2 ? ECONNRESET : 0;
		tlspair_open(&client, &server);
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
	tlspair_close(&client, NULL);
}
END_TEST

/* Over a real socket: nobody answers. */
START_TEST(stall_ends_at_the_deadline)
{
	struct socket_stream socket;
	struct tlspair_client client;
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	socket_adopt(&socket, ends[0], deadline_in(50 * US_PER_MS));
	tlspair_client(&client);
	int64_t start_us = clock_now_us();
	ck_assert(!tls_open(&client.tls, &socket.stream, &client.params, &client.facts));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TIMEOUT);
	ck_assert_int_eq(client.facts.reason, 0);
	ck_assert(client.facts.begun && !client.facts.done && !client.facts.verified);
	ck_assert_int_lt(clock_now_us() - start_us, 300 * US_PER_MS);
	stream_close(&client.tls.stream);
	stream_close(&socket.stream);
	close(ends[1]);
	tlspair_close(&client, NULL);
}
END_TEST

/* TLS 1.0 only: the strict look refuses, the relaxed one reads the certificate and trusts nothing. */
START_TEST(old_server)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "rsa");
	SSL_set_max_proto_version(server.ssl, TLS1_VERSION);
	tlspair_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert(client.facts.alert >= 0 || client.facts.reason > 0);
	stream_close(&client.tls.stream);
	stream_close(&server.stream);
	tls_facts_free(&client.facts);

	client.settings.relaxed = true;
	tlspair_again(&client);
	tlspair_serve(&server, "rsa");
	SSL_set_max_proto_version(server.ssl, TLS1_VERSION);
	tlspair_open(&client, &server);
	ck_assert_msg(client.done, "%s", client.tls.stream.err.text);
	ck_assert_int_eq(client.facts.version, TLS1_VERSION);
	ck_assert_str_eq(tls_version_name(client.facts.version), "1.0");
	ck_assert_uint_eq(client.facts.path.count, 3);
	ck_assert(!client.facts.verified);
	tlspair_close(&client, &server);
}
END_TEST

START_TEST(no_common_cipher)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	ck_assert_int_eq(SSL_set_cipher_list(server.ssl, "ECDHE-RSA-AES128-SHA"), 1);
	tlspair_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.facts.alert, SSL_AD_HANDSHAKE_FAILURE);
	ck_assert_int_eq(client.tls.stream.err.code, 1000 + SSL_AD_HANDSHAKE_FAILURE);
	ck_assert_ptr_nonnull(strstr(client.tls.stream.err.text, "handshake_failure (40)"));
	tlspair_close(&client, &server);
}
END_TEST

START_TEST(version_range)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	client.settings.min = TLS1_3_VERSION;
	tlspair_again(&client);
	tlspair_serve(&server, "good");
	SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	tlspair_open(&client, &server);
	ck_assert(!client.done);
	ck_assert_int_eq(client.facts.alert, SSL_AD_PROTOCOL_VERSION);
	tlspair_close(&client, &server);
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
}

int
main(void)
{
	if (!tlspair_setup())
		return EXIT_FAILURE;
	Suite *suite = suite_create("tls");
	TCase *tcase = tcase_create("tls");
	tcase_set_timeout(tcase, 30);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	tlspair_teardown();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
