/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns ACME renewal information (RFC 9773): the id of a certificate, whom to
 * ask, and the window in the answer. Declared in net/revocation.h.
 */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "base/text.h"
#include "net/revocation.h"

#define ANSWER_MAX ((size_t)64 << 10)
#define TIMES_MAX 40

/* The renewalInfo member of each CA's directory; the certificate itself does not name it. */
static const struct {
	const char *organisation, *url;
} authorities[] = {
    {"Let's Encrypt", "https://acme-v02.api.letsencrypt.org/acme/renewal-info"},
    {"Google Trust Services", "https://dv.acme-v02.api.pki.goog/renewal-info"},
};

static const char *
asked_at(const struct cert *leaf)
{
	char text[200];
	int len = X509_NAME_get_text_by_NID(
	    X509_get_issuer_name(leaf->x509), NID_organizationName, text, sizeof(text));

	for (size_t i = 0; len > 0 && i < ARRAY_LEN(authorities); i++)
		if (strcmp(text, authorities[i].organisation) == 0)
			return authorities[i].url;
	return NULL;
}

/* base64url without padding (RFC 4648, 5). */
static void
add_url64(struct buf *out, const void *bytes, size_t len)
{
	size_t from = out->len;

	text_base64(out, bytes, len);
	while (out->len > from && out->data[out->len - 1] == '=')
		out->data[--out->len] = '\0';
	for (size_t i = from; i < out->len; i++)
		out->data[i] = (char)(out->data[i] == '+'   ? '-'
				      : out->data[i] == '/' ? '_'
							    : out->data[i]);
}

bool
revocation_renewal_id(const struct cert *leaf, struct buf *out)
{
	AUTHORITY_KEYID *key =
	    X509_get_ext_d2i(leaf->x509, NID_authority_key_identifier, NULL, NULL);
	unsigned char *der = NULL;
	/* The octets as encoded, a zero in front included: not those of the number. */
	int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(leaf->x509), &der);
	bool good = key && key->keyid && len > 2 && der[1] < 0x80;

	if (good) {
		add_url64(out, key->keyid->data, (size_t)key->keyid->length);
		buf_add_char(out, '.');
		add_url64(out, der + 2, (size_t)len - 2);
	}
	OPENSSL_free(der);
	AUTHORITY_KEYID_free(key);
	return good && !out->overflow;
}

/* RFC 3339 with Z or an offset. */
static bool
read_time(const char *text, int64_t *unix_out)
{
	struct tm broken = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &broken);
	uint64_t hours = 0, minutes = 0;

	if (!rest)
		return false;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	*unix_out = timegm(&broken);
	if (*rest == 'Z' || *rest == 'z')
		return rest[1] == '\0';
	if ((*rest != '+' && *rest != '-') || strlen(rest) != 6 || rest[3] != ':' ||
	    !number_u64(rest + 1, 2, &hours) || !number_u64(rest + 4, 2, &minutes))
		return false;
	int64_t offset = (int64_t)(hours * 3600 + minutes * 60);
	*unix_out += *rest == '+' ? -offset : offset;
	return true;
}

/* The text of "key": "text" within len bytes. */
static bool
member_time(const char *json, size_t len, const char *key, int64_t *unix_out)
{
	const char *at = text_find_fold(json, len, key), *end = json + len;
	char text[TIMES_MAX];
	size_t size;

	if (!at)
		return false;
	at += strlen(key);
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n' || *at == ':'))
		at++;
	if (at >= end || *at++ != '"')
		return false;
	for (size = 0; at + size < end && at[size] != '"'; size++)
		if (size + 1 >= sizeof(text))
			return false;
	memcpy(text, at, size);
	text[size] = '\0';
	return read_time(text, unix_out);
}

bool
revocation_window(const char *json, size_t len, struct renewal *out)
{
	const char *window = text_find_fold(json, len, "\"suggestedWindow\"");
	const char *close;
	size_t left;

	if (!window)
		return false;
	left = len - (size_t)(window - json);
	close = memchr(window, '}', left);
	left = close ? (size_t)(close - window) : left;
	out->known = member_time(window, left, "\"start\"", &out->from_unix) &&
		     member_time(window, left, "\"end\"", &out->until_unix) &&
		     out->from_unix <= out->until_unix;
	return out->known;
}

static void
fetch_window(const struct revocation_params *params, struct renewal *out)
{
	struct http_params http = {.size_max = ANSWER_MAX};
	struct http_facts facts;

	if (revocation_fetch(params, out->url, &http, &facts, out->words) &&
	    !revocation_window(facts.body.data, facts.body.len, out))
		snprintf(out->words, sizeof(out->words), "its answer has no window");
	http_facts_free(&facts);
}

void
revocation_renewal(
    const struct revocation_params *params, const struct cert *leaf, struct renewal *out)
{
	const char *base = asked_at(leaf);
	struct buf id;

	*out = (struct renewal){0};
	buf_init(&id, 160);
	if (leaf->not_after_unix <= params->now_unix)
		snprintf(out->words, sizeof(out->words), "it is over: nobody is asked any more");
	else if (!base || !revocation_renewal_id(leaf, &id))
		snprintf(out->words, sizeof(out->words),
		    "its CA offers no renewal information known here");
	else if (snprintf(out->url, sizeof(out->url), "%s/%s", base, buf_text(&id)) > 0)
		fetch_window(params, out);
	buf_free(&id);
}
