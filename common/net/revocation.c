/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the questions to a CA about its certificates, and whether the answers count. */
#include "net/revocation.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "base/text.h"
#include "wire/container.h"

#define OCSP_MAX ((size_t)64 << 10)
#define CRL_MAX ((size_t)16 << 20)
#define CERT_MAX ((size_t)256 << 10)
#define SKEW_S 300

/* ---- fetching ------------------------------------------------------------------------- */

static void
copy_url(char out[256], const char *url, size_t len)
{
	size_t take = len < 255 ? len : 255;

	memcpy(out, url, take);
	out[take] = '\0';
}

/* "http://host:port/..." to host and port, so that the user's own answers for names hold here too. */
static bool
host_of(const char *url, char *host, size_t size, uint16_t *port_out)
{
	const char *start = strstr(url, "://"), *end, *colon;
	uint64_t port = text_begins_fold(url, "https:") ? 443 : 80;

	if (!start)
		return false;
	start += 3;
	end = start + strcspn(start, "/?#");
	colon = memchr(start, ':', (size_t)(end - start));
	if (*start == '[' || memchr(start, '@', (size_t)(end - start)))
		return false;
	if (colon && !number_u64(colon + 1, (size_t)(end - colon - 1), &port))
		return false;
	end = colon ? colon : end;
	if (end == start || (size_t)(end - start) >= size || port == 0 || port > 65535)
		return false;
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*port_out = (uint16_t)port;
	return true;
}

static bool
fetch_now(const struct revocation_params *params, const char *url, struct http_params *http,
    struct http_facts *facts, char words[256])
{
	struct addresses *addresses = mem_alloc(sizeof(*addresses));
	struct err err = {0};
	char host[254];
	uint16_t port;
	bool good = true;

	http->url = url;
	http->deadline = params->deadline;
	http->trust = params->trust;
	http->allow_private = params->allow_private;
	*facts = (struct http_facts){0};
	if (params->lookup && host_of(url, host, sizeof(host), &port)) {
		good = params->lookup(params->lookup_context, host, port, addresses, &err);
		http->addresses = addresses;
	}
	if (!good)
		snprintf(words, 256, "%s", err.text);
	else if (!http_fetch(http, facts))
		good = (snprintf(words, 256, "%s", facts->err.text), false);
	else if (facts->status != 200)
		good =
		    (snprintf(words, 256, "it answers with HTTP status %d", facts->status), false);
	mem_free(addresses);
	return good;
}

/* A question of its own (POST) has an answer of its own; the rest is fetched once a run. */
bool
revocation_fetch(const struct revocation_params *params, const char *url, struct http_params *http,
    struct http_facts *facts, char words[256])
{
	struct fetched *entry;
	bool good;

	if (!params->cache || http->body)
		return fetch_now(params, url, http, facts, words);
	switch (fetch_cache_begin(params->cache, url, params->deadline, &entry)) {
	case FETCH_MINE:
		good = fetch_now(params, url, http, facts, words);
		fetch_cache_end(params->cache, entry, good, &facts->body, words);
		return good;
	case FETCH_KNOWN:
		*facts = (struct http_facts){0};
		buf_init(&facts->body, entry->body.len + 1);
		buf_add(&facts->body, entry->body.data, entry->body.len);
		snprintf(words, 256, "%s", entry->words);
		return entry->good;
	default:
		*facts = (struct http_facts){0};
		snprintf(words, 256, "no complete answer in time");
		return false;
	}
}

/* ---- where to ask ------------------------------------------------------------------------ */

/* The first URL of an access method (RFC 5280, 4.2.2.1). */
static bool
access_url(const struct cert *cert, int method, char url[256])
{
	AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(cert->x509, NID_info_access, NULL, NULL);
	bool found = false;

	for (int i = 0; !found && i < sk_ACCESS_DESCRIPTION_num(list); i++) {
		const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(list, i);
		const ASN1_IA5STRING *uri = access->location->d.uniformResourceIdentifier;

		found = OBJ_obj2nid(access->method) == method &&
			access->location->type == GEN_URI &&
			text_find_fold((const char *)uri->data, (size_t)uri->length, "http") ==
			    (const char *)uri->data;
		if (found)
			copy_url(url, (const char *)uri->data, (size_t)uri->length);
	}
	AUTHORITY_INFO_ACCESS_free(list);
	return found;
}

/* Calls with each URL of a distribution point's full name; true when take does. */
static bool
any_uri(const DIST_POINT_NAME *name, bool (*take)(void *context, const ASN1_IA5STRING *uri),
    void *context)
{
	if (!name || name->type != 0)
		return false;
	for (int i = 0; i < sk_GENERAL_NAME_num(name->name.fullname); i++) {
		const GENERAL_NAME *full = sk_GENERAL_NAME_value(name->name.fullname, i);

		if (full->type == GEN_URI && take(context, full->d.uniformResourceIdentifier))
			return true;
	}
	return false;
}

static bool
take_http(void *context, const ASN1_IA5STRING *uri)
{
	bool http = text_find_fold((const char *)uri->data, (size_t)uri->length, "http") ==
		    (const char *)uri->data;

	if (http)
		copy_url(context, (const char *)uri->data, (size_t)uri->length);
	return http;
}

static bool
same_uri(void *context, const ASN1_IA5STRING *uri)
{
	const char *url = context;

	return strlen(url) == (size_t)uri->length &&
	       memcmp(url, uri->data, (size_t)uri->length) == 0;
}

static bool
crl_url(const struct cert *cert, char url[256])
{
	CRL_DIST_POINTS *points =
	    X509_get_ext_d2i(cert->x509, NID_crl_distribution_points, NULL, NULL);
	bool found = false;

	for (int i = 0; !found && i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);

		/* Not those of another issuer or of some reasons only. */
		found = !point->CRLissuer && !point->reasons &&
			any_uri(point->distpoint, take_http, url);
	}
	CRL_DIST_POINTS_free(points);
	return found;
}

static void
say(struct revocation *out, enum revocation_status status, const char *words)
{
	out->status = status;
	snprintf(out->words, sizeof(out->words), "%s", words);
}

/* ---- OCSP ------------------------------------------------------------------------------------ */

static int
ocsp_request(const struct cert_chain *path, unsigned char **der_out)
{
	OCSP_REQUEST *request = OCSP_REQUEST_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), path->list[0].x509, path->list[1].x509);
	int len = 0;

	if (request && id && OCSP_request_add0_id(request, id)) {
		id = NULL;
		len = i2d_OCSP_REQUEST(request, der_out);
	}
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(request);
	return len;
}

static void
read_ocsp(const struct revocation_params *params, const struct cert_chain *path,
    const struct buf *body, struct revocation *out)
{
	switch (tls_ocsp_judge(body->data, body->len, path, params->now_unix, &out->ends_unix)) {
	case CERT_STAPLE_GOOD:
		say(out, REVOCATION_GOOD, "good");
		break;
	case CERT_STAPLE_REVOKED:
		say(out, REVOCATION_REVOKED, "revoked");
		break;
	case CERT_STAPLE_UNKNOWN:
		say(out, REVOCATION_UNKNOWN_CERT, "unknown");
		break;
	case CERT_STAPLE_STALE:
		say(out, REVOCATION_BAD, "its answer is out of date");
		break;
	default:
		say(out, REVOCATION_BAD,
		    "its answer is damaged, not signed by whom it must be, or about another "
		    "certificate");
	}
}

void
revocation_ocsp(
    const struct revocation_params *params, const struct cert_chain *path, struct revocation *out)
{
	struct http_params http = {
	    .size_max = OCSP_MAX, .content_type = "application/ocsp-request"};
	struct http_facts facts;
	unsigned char *der = NULL;
	int len;

	*out = (struct revocation){0};
	if (path->count < 2 || !access_url(&path->list[0], NID_ad_OCSP, out->url)) {
		say(out, REVOCATION_NOT_TOLD, "the certificate names no OCSP responder");
		return;
	}
	len = ocsp_request(path, &der);
	http.body = der;
	http.body_len = len > 0 ? (size_t)len : 0;
	if (len <= 0)
		say(out, REVOCATION_FAILED, "the question could not be made");
	else if (revocation_fetch(params, out->url, &http, &facts, out->words))
		read_ocsp(params, path, &facts.body, out);
	else
		out->status = REVOCATION_FAILED;
	if (len > 0)
		http_facts_free(&facts);
	OPENSSL_free(der);
	ERR_clear_error();
}

/* ---- CRL --------------------------------------------------------------------------------------- */

static bool
time_of(const ASN1_TIME *time, int64_t *unix_out)
{
	struct tm broken;

	if (!time || !ASN1_TIME_to_tm(time, &broken))
		return false;
	*unix_out = timegm(&broken);
	return true;
}

/* Whether the list speaks for this certificate at all (RFC 5280, 5.2.5). */
static bool
in_scope(X509_CRL *crl, const struct cert *cert, char *url)
{
	ISSUING_DIST_POINT *idp =
	    X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
	bool fits = true;

	if (idp)
		fits = idp->indirectCRL <= 0 && idp->onlyattr <= 0 && !idp->onlysomereasons &&
		       (cert->is_ca ? idp->onlyuser <= 0 : idp->onlyCA <= 0) &&
		       (!idp->distpoint || any_uri(idp->distpoint, same_uri, url));
	ISSUING_DIST_POINT_free(idp);
	return fits;
}

/* RFC 5280, 5.2: a list with a critical extension that is not understood is no list. */
static bool
understood(const X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		if (X509_EXTENSION_get_critical(extension) &&
		    nid != NID_issuing_distribution_point && nid != NID_delta_crl &&
		    nid != NID_authority_key_identifier && nid != NID_crl_number)
			return false;
	}
	return true;
}

static const char *
crl_fault(const struct revocation_params *params, X509_CRL *crl, const struct cert *cert,
    const struct cert *issuer, struct revocation *out)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
	int64_t from = 0;

	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert->x509)) != 0)
		return "the list is another issuer's";
	if (!key || X509_CRL_verify(crl, key) != 1)
		return "the list is not signed by the issuer";
	if (!(X509_get_key_usage(issuer->x509) & KU_CRL_SIGN))
		return "the issuer's key must not sign lists";
	if (!understood(crl))
		return "the list has a critical extension that is not known here";
	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0 || !in_scope(crl, cert, out->url))
		return "the list is for other certificates";
	if (!time_of(X509_CRL_get0_lastUpdate(crl), &from) ||
	    !time_of(X509_CRL_get0_nextUpdate(crl), &out->ends_unix))
		return "a date of the list cannot be read";
	if (from > params->now_unix + SKEW_S)
		return "the list begins in the future";
	if (out->ends_unix < params->now_unix - SKEW_S)
		return "the list is out of date";
	return NULL;
}

static void
read_crl(const struct revocation_params *params, const struct cert_chain *path, size_t at,
    const struct buf *body, struct revocation *out)
{
	const unsigned char *der = (const unsigned char *)body->data;
	X509_CRL *crl = body->len ? d2i_X509_CRL(NULL, &der, (long)body->len) : NULL;
	X509_REVOKED *entry = NULL;
	const char *fault;

	if (!crl) {
		say(out, REVOCATION_BAD, "what came is no list");
		return;
	}
	fault = crl_fault(params, crl, &path->list[at], &path->list[at + 1], out);
	if (fault) {
		say(out, REVOCATION_BAD, fault);
	} else if (X509_CRL_get0_by_cert(crl, &entry, path->list[at].x509) == 1) {
		say(out, REVOCATION_REVOKED, "revoked");
		time_of(X509_REVOKED_get0_revocationDate(entry), &out->since_unix);
	} else {
		say(out, REVOCATION_GOOD, "not on the list");
	}
	X509_CRL_free(crl);
}

void
revocation_crl(const struct revocation_params *params, const struct cert_chain *path, size_t at,
    struct revocation *out)
{
	struct http_params http = {.size_max = CRL_MAX};
	struct http_facts facts;

	*out = (struct revocation){0};
	if (at + 1 >= path->count || !crl_url(&path->list[at], out->url)) {
		say(out, REVOCATION_NOT_TOLD, "the certificate names no CRL");
		return;
	}
	if (revocation_fetch(params, out->url, &http, &facts, out->words))
		read_crl(params, path, at, &facts.body, out);
	else
		out->status = REVOCATION_FAILED;
	http_facts_free(&facts);
	ERR_clear_error();
}

/* ---- AIA ----------------------------------------------------------------------------------------- */

bool
revocation_issuer(const struct revocation_params *params, const struct cert *cert,
    struct cert_chain *chain, struct revocation *out)
{
	struct http_params http = {.size_max = CERT_MAX};
	struct container found = {0};
	struct http_facts facts;
	size_t before = chain->count;
	X509 *issued = cert->x509; /* cert may stand in chain, which moves when it grows */

	*out = (struct revocation){0};
	if (!access_url(cert, NID_ad_ca_issuers, out->url)) {
		say(out, REVOCATION_NOT_TOLD, "the certificate does not say where its issuer is");
		return false;
	}
	if (!revocation_fetch(params, out->url, &http, &facts, out->words))
		out->status = REVOCATION_FAILED;
	else if (!container_read(&found, facts.body.data, facts.body.len, NULL))
		say(out, REVOCATION_BAD, "what came is no certificate");
	for (size_t i = 0; i < found.certs.count; i++)
		if (X509_check_issued(found.certs.list[i].x509, issued) == X509_V_OK)
			cert_chain_add_copy(chain, &found.certs.list[i]);
	if (found.certs.count > 0 && chain->count == before)
		say(out, REVOCATION_BAD, "what came is another certificate than the issuer's");
	container_free(&found);
	http_facts_free(&facts);
	ERR_clear_error();
	return chain->count > before;
}
