/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns one TLS connection as a stream over a stream: a BIO that reads and
 * writes the stream beneath (so there is no WANT_READ anywhere), the
 * handshake, and what it teaches. Knows no trust store and judges no
 * certificate (net/tls_verify.c).
 */
#include "net/tls.h"

#include <openssl/err.h>
#include <string.h>

#include "net/tls_private.h"

#define STEP "TLS handshake"

static struct tls_stream *
of(struct stream *stream)
{
	return (struct tls_stream *)stream;
}

/* ---- the stream beneath as a BIO ---- */

static void
keep_first_bytes(struct tls_facts *facts, const void *bytes, size_t len)
{
	size_t room = sizeof facts->first_bytes - facts->first_len;
	size_t count = len < room ? len : room;
	memcpy(facts->first_bytes + facts->first_len, bytes, count);
	facts->first_len += count;
}

static int
bio_read(BIO *bio, char *bytes, size_t size, size_t *got_out)
{
	struct tls_stream *tls = BIO_get_data(bio);
	struct stream *lower = tls->lower;
	BIO_clear_retry_flags(bio);
	if (tls->probing && !stream_wait(lower, 0)) {
		BIO_set_retry_read(bio);
		return 0;
	}
	*got_out = stream_some(lower, bytes, size);
	if (*got_out && tls->facts->first_len < sizeof tls->facts->first_bytes)
		keep_first_bytes(tls->facts, bytes, *got_out);
	return *got_out > 0;
}

static int
bio_write(BIO *bio, const char *bytes, size_t len, size_t *sent_out)
{
	struct stream *lower = ((struct tls_stream *)BIO_get_data(bio))->lower;
	BIO_clear_retry_flags(bio);
	if (err_is_set(&lower->err) || !lower->ops->write(lower, bytes, len))
		return 0;
	lower->sent += len;
	*sent_out = len;
	return 1;
}

static long
bio_ctrl(BIO *bio UNUSED, int command, long number UNUSED, void *pointer UNUSED)
{
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *
tls_bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");
	if (method && BIO_meth_set_read_ex(method, bio_read) &&
	    BIO_meth_set_write_ex(method, bio_write) && BIO_meth_set_ctrl(method, bio_ctrl))
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* ---- the stream on top ---- */

/* The layer beneath learns the step, so that its errors name it, and the deadline of now. */
static void
hand_down(struct tls_stream *tls)
{
	tls->lower->step = tls->stream.step;
	tls->lower->deadline = tls->stream.deadline;
	ERR_clear_error();
}

static bool
fail_alert(struct tls_stream *tls)
{
	int alert = tls->facts->alert;
	return stream_fail(&tls->stream, ERR_TLS, SSL_AD_REASON_OFFSET + alert,
	    "the server sent alert %s (%d)", tls_alert_name(alert), alert);
}

/*
 * Why a call failed. The stream beneath knows best (the deadline, a reset);
 * OpenSSL would only say "syscall". Else an alert, else OpenSSL's reason.
 */
static bool
fail(struct tls_stream *tls)
{
	unsigned long code = ERR_get_error();
	struct stream *stream = &tls->stream;
	while (code && ERR_GET_LIB(code) != ERR_LIB_SSL && ERR_peek_error())
		code = ERR_get_error();
	ERR_clear_error();
	int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
	if (err_is_set(&tls->lower->err))
		return err_take(&stream->err, &tls->lower->err);
	if (tls->facts->alert >= 0)
		return fail_alert(tls);
	if (code && ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return stream_fail(stream, ERR_LOCAL, 0, "out of memory");
	return stream_fail(
	    stream, ERR_TLS, reason, "%s", code ? tls_library_words(code) : "closed by the server");
}

/* Why nothing could be read: 0 after close_notify, else -1 and the error is set. */
static ptrdiff_t
ended(struct tls_stream *tls)
{
	const struct err *beneath = &tls->lower->err;
	if (SSL_get_error(tls->ssl, 0) == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (beneath->kind == ERR_CLOSED && beneath->code == 0) {
		tls->facts->truncated = true;
		stream_fail(&tls->stream, ERR_TLS, SSL_R_UNEXPECTED_EOF_WHILE_READING,
		    "connection closed without close_notify: the answer may be cut short");
	} else {
		fail(tls);
	}
	return -1;
}

static ptrdiff_t
tls_read(struct stream *stream, void *bytes, size_t size)
{
	struct tls_stream *tls = of(stream);
	size_t got;
	hand_down(tls);
	return SSL_read_ex(tls->ssl, bytes, size, &got) ? (ptrdiff_t)got : ended(tls);
}

static bool
tls_write(struct stream *stream, const void *bytes, size_t len)
{
	struct tls_stream *tls = of(stream);
	size_t sent;
	hand_down(tls);
	return SSL_write_ex(tls->ssl, bytes, len, &sent) || fail(tls);
}

/* Records may come that hold nothing for us (tickets): the layer beneath being ready is not enough. */
static bool
tls_wait(struct stream *stream, struct deadline until)
{
	struct tls_stream *tls = of(stream);
	char byte;
	size_t got;
	for (;;) {
		hand_down(tls);
		tls->probing = true;
		bool peeked = SSL_peek_ex(tls->ssl, &byte, 1, &got);
		tls->probing = false;
		if (peeked)
			return true;
		if (SSL_get_error(tls->ssl, 0) != SSL_ERROR_WANT_READ)
			return ended(tls) <= 0; /* OpenSSL gives its reason once */
		int64_t left_us = deadline_left_us(until);
		if (left_us == 0 || !stream_wait(tls->lower, left_us))
			return false;
	}
}

/* close_notify one-way, and only as far as it goes without waiting (RFC 8446, 6.1). */
static void
tls_close(struct stream *stream)
{
	struct tls_stream *tls = of(stream);
	struct deadline before = tls->lower->deadline;
	if (tls->facts->done && stream->err.kind != ERR_TLS && !err_is_set(&tls->lower->err)) {
		hand_down(tls);
		tls->lower->deadline = (struct deadline){0};
		(void)SSL_shutdown(tls->ssl);
		tls->lower->deadline = before;
	}
	SSL_free(tls->ssl);
	ERR_clear_error();
	tls->ssl = NULL;
}

static const struct stream_ops tls_ops = {
    .read = tls_read, .write = tls_write, .close = tls_close, .wait = tls_wait};

/* ---- the handshake ---- */

/* RFC 8446, 4.1.3: a ServerHello with this random is a HelloRetryRequest. */
static const unsigned char retry_random[32] = {0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE,
    0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07,
    0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

static void
see_handshake(struct tls_facts *facts, const unsigned char *bytes, size_t len)
{
	if (bytes[0] == SSL3_MT_SERVER_HELLO && len >= 6 + sizeof retry_random)
		facts->retried |= memcmp(bytes + 6, retry_random, sizeof retry_random) == 0;
	if (bytes[0] == SSL3_MT_CERTIFICATE_REQUEST)
		facts->client_cert_asked = true;
}

/* Warnings of TLS 1.2 pass; 1.3 knows none but these two (RFC 8446, 6.1). */
static void
see_alert(struct tls_facts *facts, bool modern, const unsigned char *bytes)
{
	bool harmless = bytes[1] == SSL_AD_CLOSE_NOTIFY || bytes[1] == SSL_AD_USER_CANCELLED;
	if ((modern && !harmless) || (!modern && bytes[0] == SSL3_AL_FATAL))
		facts->alert = bytes[1];
}

static void
see(int from_us, int version UNUSED, int type, const void *bytes, size_t len, SSL *ssl, void *facts)
{
	if (from_us)
		return;
	if (type == SSL3_RT_HANDSHAKE && len > 0)
		see_handshake(facts, bytes, len);
	else if (type == SSL3_RT_ALERT && len == 2)
		see_alert(facts, SSL_version(ssl) >= TLS1_3_VERSION, bytes);
}

/* RFC 6066, 3: a host name without its dot at the end, never an address. */
static void
choose_sni(const struct tls_params *params, char *sni, size_t size)
{
	const char *name = params->sni;
	if (!name && params->verify_names && params->verify_names[0])
		name = params->verify_names[0];
	if (!name || cert_is_address(name) || strlen(name) >= size)
		return;
	memcpy(sni, name, strlen(name) + 1);
	size_t len = strlen(sni);
	if (len && sni[len - 1] == '.')
		sni[len - 1] = '\0';
}

static bool
prepare(struct tls_stream *tls)
{
	const struct tls_context *context = tls->params->context;
	struct tls_facts *facts = tls->facts;
	SSL *ssl = tls->ssl = SSL_new(context->ctx);
	BIO *bio = BIO_new(context->method);
	if (!ssl || !bio) {
		BIO_free(bio);
		return false;
	}
	BIO_set_data(bio, tls);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	choose_sni(tls->params, facts->sni, sizeof facts->sni);
	SSL_set_msg_callback(ssl, see);
	SSL_set_msg_callback_arg(ssl, facts);
	return SSL_set_app_data(ssl, tls) &&
	       SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp) &&
	       (!*facts->sni || SSL_set_tlsext_host_name(ssl, facts->sni));
}

/* ---- what it taught ---- */

static const char *
signature_name(int type, int digest)
{
	static const struct {
		int type, digest;
		const char *name;
	} schemes[] = {
	    {NID_X9_62_id_ecPublicKey, NID_sha256, "ecdsa_secp256r1_sha256"},
	    {NID_X9_62_id_ecPublicKey, NID_sha384, "ecdsa_secp384r1_sha384"},
	    {NID_X9_62_id_ecPublicKey, NID_sha512, "ecdsa_secp521r1_sha512"},
	    {NID_X9_62_id_ecPublicKey, NID_sha1, "ecdsa_sha1"},
	    {NID_rsassaPss, NID_sha256, "rsa_pss_rsae_sha256"},
	    {NID_rsassaPss, NID_sha384, "rsa_pss_rsae_sha384"},
	    {NID_rsassaPss, NID_sha512, "rsa_pss_rsae_sha512"},
	    {NID_rsaEncryption, NID_sha256, "rsa_pkcs1_sha256"},
	    {NID_rsaEncryption, NID_sha384, "rsa_pkcs1_sha384"},
	    {NID_rsaEncryption, NID_sha512, "rsa_pkcs1_sha512"},
	    {NID_rsaEncryption, NID_sha1, "rsa_pkcs1_sha1"},
	    {NID_rsaEncryption, NID_md5_sha1, "rsa_pkcs1_md5_sha1"},
	    {NID_ED25519, NID_undef, "ed25519"},
	    {NID_ED448, NID_undef, "ed448"},
	};
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (schemes[i].type == type && schemes[i].digest == digest)
			return schemes[i].name;
	return "";
}

static void
copy(char *out, size_t size, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	len = len < size ? len : size - 1;
	if (len)
		memcpy(out, text, len);
	out[len] = '\0';
}

static void
read_names_of_cas(struct tls_facts *facts, SSL *ssl)
{
	const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
	struct buf text;
	buf_init(&text, sizeof facts->accepted_cas - 1);
	for (int i = 0; i < sk_X509_NAME_num(names) && !text.overflow; i++) {
		char *name = cert_name_text(sk_X509_NAME_value(names, i));
		buf_printf(&text, "%s%s", i ? "; " : "", name);
		mem_free(name);
	}
	copy(facts->accepted_cas, sizeof facts->accepted_cas, buf_text(&text));
	buf_free(&text);
}

static void
read_facts(struct tls_stream *tls)
{
	struct tls_facts *facts = tls->facts;
	SSL *ssl = tls->ssl;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	int type = NID_undef, digest = NID_undef;
	if (facts->client_cert_asked)
		read_names_of_cas(facts, ssl);
	if (!cipher) /* no ServerHello that we liked */
		return;
	facts->version = SSL_version(ssl);
	facts->resumed = SSL_session_reused(ssl);
	copy(facts->cipher, sizeof facts->cipher, SSL_CIPHER_standard_name(cipher));
	copy(facts->group, sizeof facts->group,
	    SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl)));
	SSL_get_peer_signature_type_nid(ssl, &type);
	SSL_get_peer_signature_nid(ssl, &digest);
	copy(facts->signature, sizeof facts->signature, signature_name(type, digest));
}

/* A closed connection has no reason of OpenSSL's; the judge knows it by this one. */
static bool
failed_handshake(struct tls_stream *tls)
{
	tls->facts->reason =
	    ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL ? ERR_GET_REASON(ERR_peek_error()) : 0;
	fail(tls);
	if (tls->stream.err.kind == ERR_CLOSED)
		tls->facts->reason = SSL_R_UNEXPECTED_EOF_WHILE_READING;
	else if (tls->stream.err.kind != ERR_TLS)
		tls->facts->reason = 0;
	return false;
}

bool
tls_open(struct tls_stream *tls, struct stream *lower, const struct tls_params *params,
    struct tls_facts *facts)
{
	*tls = (struct tls_stream){.lower = lower, .facts = facts, .params = params};
	*facts = (struct tls_facts){.alert = -1};
	stream_init(&tls->stream, &tls_ops, lower->deadline);
	tls->stream.step = STEP;
	tls->stream.line_max = lower->line_max;
	tls->stream.tap = lower->tap;
	tls->stream.tap_context = lower->tap_context;
	lower->tap = NULL;
	hand_down(tls);
	if (!prepare(tls))
		return stream_fail(
		    &tls->stream, ERR_LOCAL, 0, "OpenSSL: no connection: out of memory");
	if (!stream_flush(lower))
		return err_take(&tls->stream.err, &lower->err);
	facts->begun = true;
	facts->done = SSL_connect(tls->ssl) == 1;
	bool done = facts->done || failed_handshake(tls);
	read_facts(tls);
	tls_staple_read(tls);
	tls_verify_names(tls);
	tls->stream.encrypted = done;
	ERR_clear_error();
	return done;
}

void
tls_binding(struct tls_stream *tls)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	struct tls_facts *facts = tls->facts;
	if (!facts || !facts->done)
		return;
	if (facts->version >= TLS1_3_VERSION) {
		if (SSL_export_keying_material(tls->ssl, facts->exporter, sizeof facts->exporter,
			label, sizeof label - 1, NULL, 0, 1) == 1)
			facts->exporter_len = sizeof facts->exporter;
	} else if (SSL_get_extms_support(tls->ssl) == 1) {
		facts->finished_len =
		    SSL_get_finished(tls->ssl, facts->finished, sizeof facts->finished);
	}
}

void
tls_facts_free(struct tls_facts *facts)
{
	cert_chain_free(&facts->sent);
	cert_chain_free(&facts->path);
	mem_wipe(facts->exporter, sizeof facts->exporter);
	mem_wipe(facts->finished, sizeof facts->finished);
	*facts = (struct tls_facts){0};
}
