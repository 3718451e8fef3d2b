/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net/tls*.c: what follows a handshake, client certificates, trust stores, bindings, staples. */
#include <check.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/tlspair.h"

/* ---- after the handshake ---- */

START_TEST(goodbye_and_truncation)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	server.answers_once = true;
	tlspair_open(&client, &server);
	ck_assert_str_eq(tlspair_line(&client), "* OK hello");
	ck_assert_str_eq(tlspair_line(&client), "* OK more");
	ck_assert_ptr_null(tlspair_line(&client));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_CLOSED);
	ck_assert_int_eq(client.tls.stream.err.code, 0);
	tlspair_close(&client, &server);

	tlspair_client(&client);
	tlspair_serve(&server, "good");
	server.cuts_short = true;
	tlspair_open(&client, &server);
	client.tls.stream.step = "greeting";
	ck_assert_str_eq(tlspair_line(&client), "* OK hello");
	ck_assert_ptr_null(tlspair_line(&client));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert_int_eq(client.tls.stream.err.code, SSL_R_UNEXPECTED_EOF_WHILE_READING);
	ck_assert(strncmp(client.tls.stream.err.text, "greeting: ", 10) == 0);
	tlspair_close(&client, &server);
}
END_TEST

/* A record that was tampered with: never data, and its own reason. */
START_TEST(damaged_record)
{
	struct tlspair_server server;
	struct tlspair_client client;
	static const char junk[] = "\x17\x03\x03\x00\x20"
				   "0123456789abcdef0123456789abcdef";
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	server.greeted = true;
	tlspair_open(&client, &server);
	ck_assert_uint_eq(stream_pending(&client.tls.stream), 0);
	BIO_write(SSL_get_wbio(server.ssl), junk, sizeof junk - 1);
	if (_i) /* noticed while only asking */
		ck_assert(stream_wait(&client.tls.stream, 1000));
	ck_assert_ptr_null(tlspair_line(&client));
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	ck_assert_int_eq(client.tls.stream.err.code, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
	tlspair_close(&client, &server);
}
END_TEST

/* The server sees our close_notify, and nothing waits for its own. */
START_TEST(our_goodbye)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	tlspair_open(&client, &server);
	ck_assert_str_eq(tlspair_line(&client), "* OK hello");
	ck_assert(!(SSL_get_shutdown(server.ssl) & SSL_RECEIVED_SHUTDOWN));
	stream_close(&client.tls.stream);
	tlspair_work(&server);
	ck_assert(SSL_get_shutdown(server.ssl) & SSL_RECEIVED_SHUTDOWN);
	tlspair_close(&client, &server);
}
END_TEST

/* Session tickets are no data: pending and wait say so. */
START_TEST(tickets_are_no_data)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	server.greeted = true; /* says nothing; its tickets wait to be read */
	tlspair_open(&client, &server);
	tlspair_work(&server);
	ck_assert_int_gt(BIO_pending(SSL_get_wbio(server.ssl)), 0);
	ck_assert_uint_eq(stream_pending(&client.tls.stream), 0);
	ck_assert(!stream_wait(&client.tls.stream, 1000));
	ck_assert_int_gt(SSL_write(server.ssl, "hi\r\n", 4), 0);
	ck_assert(stream_wait(&client.tls.stream, 1000));
	ck_assert_uint_eq(stream_pending(&client.tls.stream), 4);
	ck_assert_str_eq(tlspair_line(&client), "hi");
	ck_assert(!err_is_set(&client.tls.stream.err));
	tlspair_close(&client, &server);
}
END_TEST

/* ---- client certificates ---- */

START_TEST(client_certificate_wanted)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	tlspair_ask(&server, true);
	if (_i)
		SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	tlspair_open(&client, &server);
	ck_assert(client.facts.client_cert_asked);
	ck_assert_str_eq(client.facts.accepted_cas, "CN=Test Root");
	ck_assert_uint_eq(client.facts.sent.count, 2); /* readable either way */
	ck_assert_uint_eq(client.facts.path.count, 3);
	if (_i) { /* TLS 1.2: in the handshake */
		ck_assert(!client.done);
		ck_assert_int_eq(client.facts.alert, SSL_AD_HANDSHAKE_FAILURE);
	} else { /* TLS 1.3: with the first read */
		ck_assert(client.done);
		ck_assert_ptr_null(tlspair_line(&client));
		ck_assert_int_eq(client.facts.alert, TLS13_AD_CERTIFICATE_REQUIRED);
		ck_assert_int_eq(client.tls.stream.err.code, 1116);
	}
	ck_assert_int_eq(client.tls.stream.err.kind, ERR_TLS);
	tlspair_close(&client, &server);
}
END_TEST

START_TEST(client_certificate_given)
{
	struct tlspair_server server;
	struct tlspair_client client;
	tlspair_client(&client);
	client.settings.client_cert = tlspair_path("client.pem");
	client.settings.client_key = tlspair_path("client.key");
	tlspair_again(&client);
	tlspair_serve(&server, "good");
	tlspair_ask(&server, true);
	tlspair_open(&client, &server);
	ck_assert(client.facts.verified);
	ck_assert_str_eq(tlspair_line(&client), "* OK hello");
	tlspair_close(&client, &server);
}
END_TEST

static void
encrypt_key(void)
{
	FILE *in = fopen(tlspair_path("client.key"), "re"),
	     *out = fopen(tlspair_path("locked.key"), "we");
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
	fclose(fopen(tlspair_path("empty.pem"), "we"));
	char ca_file[128], ca_path[128], cert[128], key[128];
	snprintf(ca_file, sizeof ca_file, "%s/%s", tlspair_dir, row->ca_file);
	snprintf(ca_path, sizeof ca_path, "%s/%s", tlspair_dir, row->ca_path);
	snprintf(cert, sizeof cert, "%s/%s", tlspair_dir, row->cert);
	snprintf(key, sizeof key, "%s/%s", tlspair_dir, row->key);
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
	struct tls_settings settings = {.ca_file = tlspair_path("root.pem"), .sigalgs = "nonsense"};
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
	bool verified, empty;
};
static const struct store_row store_rows[] = {
    {"the directory does; the bundle is not even there", "hashed", "nothing.pem", true, false},
    {"the directory lacks the issuer: the bundle", "strangers", "root.pem", true, false},
    {"neither has it", "strangers", "good.pem", false, false},
    {"the directory holds no links: the bundle", "bare", "root.pem", true, false},
    {"nothing at all", "bare", "nothing.pem", false, true},
};

START_TEST(system_store)
{
	const struct store_row *row = &store_rows[_i];
	struct pki_params stranger = {.cn = "Stranger", .ca = true};
	struct pki_cert other = pki_issue(&stranger, NULL);
	struct tlspair_server server;
	struct tlspair_client client = {
	    .params = {.verify_names = tlspair_names, .now_unix = time(NULL)}};
	struct err err = {0};
	ck_assert(pki_hash(tlspair_path("strangers"), other.x509));
	(void)mkdir(tlspair_path("bare"), 0755);
	pki_free(&other);
	snprintf(system_dir, sizeof system_dir, "%s/%s", tlspair_dir, row->dir);
	snprintf(system_file, sizeof system_file, "%s/%s", tlspair_dir, row->file);
	/* the environment must not move the anchors */
	setenv("SSL_CERT_FILE", tlspair_path("root.pem"), 1);
	setenv("SSL_CERT_DIR", tlspair_path("hashed"), 1);
	bool opens = tls_context_open(&client.context, &client.settings, &err);
	ck_assert_msg(opens, "%s: %s", row->what, err.text);
	client.params.context = &client.context;
	for (int i = 0; i < 2; i++) { /* twice: the bundle stays loaded */
		tlspair_serve(&server, "good");
		tlspair_open(&client, &server);
		ck_assert_msg(client.facts.verified == row->verified, "%s", row->what);
		ck_assert_msg(client.facts.no_anchors == row->empty, "%s", row->what);
		ck_assert_int_eq(client.facts.error_count > 0, !row->verified);
		stream_close(&client.tls.stream);
		stream_close(&server.stream);
		tls_facts_free(&client.facts);
	}
	tlspair_close(&client, NULL);
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
	struct tlspair_server server;
	struct tlspair_client client;
};

static void *
visit(void *argument)
{
	struct visitor *visitor = argument;
	struct tlspair_client *client = &visitor->client;
	client->params = (struct tls_params){
	    .context = visitor->context, .verify_names = tlspair_names, .now_unix = time(NULL)};
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
	ck_assert(mkdir(tlspair_path("others"), 0755) == 0 &&
		  symlink("../root.pem", tlspair_path("others/00000000.0")) == 0);
	snprintf(system_dir, sizeof system_dir, "%s/others", tlspair_dir);
	snprintf(system_file, sizeof system_file, "%s/root.pem", tlspair_dir);
	ck_assert_msg(tls_context_open(&context, &settings, &err), "%s", err.text);
	for (size_t i = 0; i < ARRAY_LEN(visitors); i++) {
		tlspair_serve(&visitors[i].server, i % 2 ? "rsa" : "good");
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
	struct tlspair_server server;
	struct tlspair_client client;
	unsigned char want[64];
	tlspair_client(&client);
	tlspair_serve(&server, "good");
	if (_i)
		SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
	tlspair_open(&client, &server);
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
	tlspair_close(&client, &server);
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
	struct tlspair_server server;
	struct tlspair_client client;
	FILE *file = fopen(tlspair_path("stapling.pem"), "we");
	ck_assert(file && PEM_write_X509(file, top.x509) == 1 && fclose(file) == 0);
	make_staple(row, leaf.x509, &top, row->forged ? &forger : &top);
	tlspair_serve(&server, "good");
	SSL_use_certificate(server.ssl, leaf.x509);
	SSL_use_PrivateKey(server.ssl, leaf.key);
	SSL_clear_chain_certs(server.ssl);
	SSL_CTX_set_tlsext_status_cb(server.ctx, give_staple);
	tlspair_client(&client);
	client.settings.ca_file = tlspair_path("stapling.pem");
	tlspair_again(&client);
	tlspair_open(&client, &server);
	ck_assert(client.done);
	/* who is revoked gets no secret; any other answer is a finding of its own */
	ck_assert(client.facts.verified == (row->want != CERT_STAPLE_REVOKED));
	ck_assert_int_eq(client.facts.staple_state, row->want);
	if (row->want == CERT_STAPLE_GOOD)
		ck_assert_int_lt(
		    llabs(client.facts.staple_ends_unix - client.params.now_unix - row->until_s),
		    10);
	tlspair_close(&client, &server);
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

int
main(void)
{
	if (!tlspair_setup())
		return EXIT_FAILURE;
	Suite *suite = suite_create("tls_after");
	TCase *tcase = tcase_create("tls_after");
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
