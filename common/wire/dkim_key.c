/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: reading a key record and the key in it.
 * Must not know: selectors, zones, what size is enough.
 */
#include "wire/dkim_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "wire/tags.h"

#define KEY_BYTES_MAX 8192
#define ED25519_BYTES 32
#define ED25519_BITS 256

/* base64 of p=, without the white space that may stand anywhere in it. */
static bool
decode(const char *text, struct buf *out)
{
	struct buf plain;
	bool good;

	buf_init(&plain, KEY_BYTES_MAX);
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			buf_add_char(&plain, *text);
	good = !plain.overflow && text_unbase64(out, buf_text(&plain), plain.len);
	buf_free(&plain);
	return good;
}

/* A SubjectPublicKeyInfo as everybody publishes it, or the bare RSAPublicKey of the RFC's text. */
static unsigned
rsa_bits(const struct buf *der)
{
	const unsigned char *at = (const unsigned char *)buf_text(der);
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der->len);
	unsigned bits = 0;

	if (!key) {
		at = (const unsigned char *)buf_text(der);
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der->len);
	}
	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) > 0)
		bits = (unsigned)EVP_PKEY_get_bits(key);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return bits;
}

static const char *
read_key(struct dkim_key *out, const char *base64)
{
	bool rsa = strcasecmp(out->type, "rsa") == 0;
	const char *fault = NULL;
	struct buf der;

	buf_init(&der, KEY_BYTES_MAX);
	if (!decode(base64, &der))
		fault = "p= is no base64";
	else if (rsa)
		out->bits = rsa_bits(&der);
	else if (der.len == ED25519_BYTES)
		out->bits = ED25519_BITS;
	else
		fault = "an ed25519 key has 32 bytes, this one has not";
	if (!fault && out->bits == 0)
		fault = "p= is no RSA key";
	buf_free(&der);
	return fault;
}

static const char *
read_tags(struct dkim_key *out, const struct tags *tags)
{
	const char *version = tags_get(tags, "v"), *key = tags_get(tags, "p");
	const char *hashes = tags_get(tags, "h"), *flags = tags_get(tags, "t");
	const char *services = tags_get(tags, "s"), *type = tags_get(tags, "k");

	if (type)
		out->type = type;
	out->testing = flags && tags_list_has(flags, ':', "y");
	out->sha1_only = hashes && !tags_list_has(hashes, ':', "sha256");
	if (version && (strcmp(version, "DKIM1") != 0 || strcasecmp(tags->list[0].name, "v") != 0))
		return "v= is not DKIM1 at the beginning";
	if (!key)
		return "it has no p=";
	if (key[0] == '\0') {
		out->revoked = true;
		return NULL;
	}
	if (services && !tags_list_has(services, ':', "email") &&
	    !tags_list_has(services, ':', "*"))
		return "s= does not permit it for mail";
	if (strcasecmp(out->type, "rsa") != 0 && strcasecmp(out->type, "ed25519") != 0)
		return "k= is neither rsa nor ed25519";
	return read_key(out, key);
}

bool
dkim_key_parse(struct arena *arena, const char *text, size_t len, struct dkim_key *out)
{
	struct tags tags;

	*out = (struct dkim_key){.type = "rsa"};
	out->fault = tags_parse(arena, text, len, &tags) ? read_tags(out, &tags) : tags.fault;
	return out->fault == NULL;
}
