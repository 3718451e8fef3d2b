/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what all connections of a run share: OpenSSL's start-up, the SSL_CTX,
 * the trust store, the client certificate. Knows no connection.
 *
 * Start-up is most of what a check costs: parsing the CA bundle takes ten times
 * as long as everything else, so anchors are looked up by hash, one by one.
 */
#include <dirent.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

#include "net/tls_private.h"

#define CERT_LIST_MAX (1L << 20) /* ten thousand names fit */
#define CHAIN_DEPTH 10

struct tls_bundle {
	pthread_mutex_t mutex;
	bool tried, loaded;
};

/* The oldest error of the queue in words; the queue is empty afterwards. */
static const char *
openssl_words(void)
{
	unsigned long code = ERR_get_error();
	ERR_clear_error();
	if (code == 0)
		return "unknown reason";
	if (ERR_SYSTEM_ERROR(code))
		return strerrordesc_np(ERR_GET_REASON(code));
	return ERR_GET_LIB(code) == ERR_LIB_SSL ? tls_reason_words(ERR_GET_REASON(code))
						: tls_library_words(code);
}

/* ---- trust anchors ---- */

/* "0a1b2c3d.0": how OpenSSL finds a certificate by its subject's hash. */
static bool
is_hash_link(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");
	return digits == 8 && name[8] == '.' && name[9] >= '0' && name[9] <= '9';
}

static bool
has_hash_link(const char *path)
{
	DIR *dir = opendir(path);
	bool found = false;
	if (!dir)
		return false;
	for (const struct dirent *entry; !found && (entry = readdir(dir));)
		found = is_hash_link(entry->d_name);
	closedir(dir);
	return found;
}

static bool
add_file(X509_STORE *store, const char *file, struct err *err)
{
	if (X509_STORE_load_file(store, file))
		return true;
	return err_set(err, ERR_LOCAL, TLS_FAULT_TRUST_STORE, "no trust anchors in %s: %s", file,
	    openssl_words());
}

static bool
add_path(X509_STORE *store, const char *path, struct err *err)
{
	if (!has_hash_link(path))
		return err_set(err, ERR_LOCAL, TLS_FAULT_TRUST_STORE,
		    "no trust anchors in %s: no links by hash (openssl rehash makes them)", path);
	return X509_STORE_load_path(store, path) ||
	       err_set(err, ERR_LOCAL, TLS_FAULT_TRUST_STORE, "no trust anchors in %s: %s", path,
		   openssl_words());
}

/*
 * Whether the system's directory holds anything is asked only when a chain
 * found no end there (tls_context_add_bundle()): asking costs as many calls as
 * finding the certificate.
 */
static bool
add_system(struct tls_context *context, X509_STORE *store, struct err *err)
{
	const char *path = X509_get_default_cert_dir();
	context->bundle = mem_alloc(sizeof *context->bundle);
	pthread_mutex_init(&context->bundle->mutex, NULL);
	return X509_STORE_load_path(store, path) ||
	       err_set(err, ERR_LOCAL, TLS_FAULT_TRUST_STORE, "no trust anchors in %s: %s", path,
		   openssl_words());
}

static bool
add_anchors(struct tls_context *context, struct err *err)
{
	const struct tls_settings *settings = context->settings;
	X509_STORE *store = SSL_CTX_get_cert_store(context->ctx);
	if (!settings->ca_file && !settings->ca_path)
		return add_system(context, store, err);
	return (!settings->ca_file || add_file(store, settings->ca_file, err)) &&
	       (!settings->ca_path || add_path(store, settings->ca_path, err));
}

bool
tls_context_add_bundle(const struct tls_context *context)
{
	struct tls_bundle *bundle = context->bundle;
	if (!bundle)
		return false;
	pthread_mutex_lock(&bundle->mutex);
	if (!bundle->tried)
		bundle->loaded = X509_STORE_load_file(SSL_CTX_get_cert_store(context->ctx),
				     X509_get_default_cert_file()) == 1;
	bundle->tried = true;
	bool loaded = bundle->loaded;
	pthread_mutex_unlock(&bundle->mutex);
	ERR_clear_error();
	return loaded;
}

bool
tls_context_is_empty(const struct tls_context *context)
{
	return context->bundle && !context->bundle->loaded &&
	       !has_hash_link(X509_get_default_cert_dir());
}

/* ---- our own certificate ---- */

/* OpenSSL's default would ask on the terminal. */
static int
give_password(char *out, int size, int writing UNUSED, void *password)
{
	size_t len = password ? strlen(password) : 0;
	if (len == 0 || len >= (size_t)size)
		return -1;
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): OpenSSL takes a count */
	memcpy(out, password, len);
	return (int)len;
}

static bool
use_client_cert(SSL_CTX *ctx, const struct tls_settings *settings, struct err *err)
{
	const char *key = settings->client_key ? settings->client_key : settings->client_cert;
	char *password;
	if (!settings->client_cert)
		return true;
	memcpy(&password, &settings->client_key_password, sizeof password);
	SSL_CTX_set_default_passwd_cb(ctx, give_password);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, password);
	if (SSL_CTX_use_certificate_chain_file(ctx, settings->client_cert) != 1)
		return err_set(err, ERR_LOCAL, TLS_FAULT_CLIENT_CERT, "client certificate %s: %s",
		    settings->client_cert, openssl_words());
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return err_set(err, ERR_LOCAL, TLS_FAULT_CLIENT_CERT, "client key %s: %s", key,
		    openssl_words());
	if (SSL_CTX_check_private_key(ctx) != 1)
		return err_set(err, ERR_LOCAL, TLS_FAULT_CLIENT_CERT,
		    "client key %s does not belong to %s", key, settings->client_cert);
	return true;
}

/* ---- the context ---- */

static bool
add_digests(const EVP_MD *const *digests, size_t count)
{
	bool added = true;
	for (size_t i = 0; i < count; i++)
		added = added && EVP_add_digest(digests[i]);
	return added;
}

void
tls_context_add_rare_digests(void)
{
	const EVP_MD *const rare[] = {EVP_md5(), EVP_sha224(), EVP_sha512_224(), EVP_sha512_256(),
	    EVP_sha3_224(), EVP_sha3_256(), EVP_sha3_384(), EVP_sha3_512(), EVP_ripemd160(),
	    EVP_sm3()};
	(void)add_digests(
	    rare, ARRAY_LEN(rare)); /* or the signature stays unreadable, never good */
}

/*
 * Through libssl and before anything else: entered elsewhere, libcrypto does
 * not survive failed allocations. To register the names of all ciphers and
 * digests costs an eighth of a whole login; only encrypted keys need them, so
 * the digests that certificates are signed with are enough. Error strings are
 * loaded after a failure.
 */
static bool
start_openssl(const struct tls_settings *settings)
{
	uint64_t options = OPENSSL_INIT_NO_LOAD_SSL_STRINGS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;
	if (!settings->client_cert)
		options |= OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS;
	if (OPENSSL_init_ssl(options, NULL) != 1)
		return false;
	const EVP_MD *const common[] = {EVP_sha256(), EVP_sha384(), EVP_sha512(), EVP_sha1()};
	return add_digests(common, ARRAY_LEN(common));
}

static bool
set_versions(SSL_CTX *ctx, const struct tls_settings *settings)
{
	int min = settings->min;
	if (settings->relaxed)
		min = TLS1_VERSION;
	/* openssl.cnf may ask for more than 1.2: that is the administrator's will. */
	else if (min == 0 && SSL_CTX_get_min_proto_version(ctx) < TLS1_2_VERSION)
		min = TLS1_2_VERSION;
	return (min == 0 || SSL_CTX_set_min_proto_version(ctx, min)) &&
	       (settings->max == 0 || SSL_CTX_set_max_proto_version(ctx, settings->max));
}

static bool
apply_settings(SSL_CTX *ctx, const struct tls_settings *settings, struct err *err)
{
	int level = settings->security_level;
	if (settings->relaxed || level == TLS_LEVEL_ZERO)
		SSL_CTX_set_security_level(ctx, 0);
	else if (level > 0)
		SSL_CTX_set_security_level(ctx, level);
	if (settings->relaxed)
		SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	if (!set_versions(ctx, settings))
		return err_set(err, ERR_CONFIG, 0, "TLS versions: %s", openssl_words());
	if (settings->ciphers12 && !SSL_CTX_set_cipher_list(ctx, settings->ciphers12))
		return err_set(err, ERR_CONFIG, 0, "TLS ciphers: %s", openssl_words());
	if (settings->sigalgs && !SSL_CTX_set1_sigalgs_list(ctx, settings->sigalgs))
		return err_set(err, ERR_CONFIG, 0, "TLS signature algorithms: %s", openssl_words());
	return true;
}

static void
set_habits(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1); /* a flight is one read */
	SSL_CTX_set_max_cert_list(ctx, CERT_LIST_MAX);
	SSL_CTX_set_verify_depth(ctx, CHAIN_DEPTH);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, tls_verify_chain, NULL);
}

bool
tls_context_open(struct tls_context *context, const struct tls_settings *settings, struct err *err)
{
	*context = (struct tls_context){.settings = settings};
	if (start_openssl(settings)) {
		ERR_clear_error();
		context->ctx = SSL_CTX_new(TLS_client_method());
		context->method = tls_bio_method();
	}
	if (!context->ctx || !context->method)
		return err_set(err, ERR_LOCAL, 0, "OpenSSL does not start: %s", openssl_words());
	set_habits(context->ctx);
	return apply_settings(context->ctx, settings, err) &&
	       use_client_cert(context->ctx, settings, err) && add_anchors(context, err);
}

void
tls_context_close(struct tls_context *context)
{
	SSL_CTX_free(context->ctx);
	BIO_meth_free(context->method);
	if (context->bundle)
		pthread_mutex_destroy(&context->bundle->mutex);
	mem_free(context->bundle);
	*context = (struct tls_context){0};
}
