/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the judgement of demands on a certificate. Opens no connection; reads no file. */
#include "check/cert_demand.h"

#include <limits.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DAY 86400
#define DISTRIBUTION_ROOTS \
	"/usr/share/ca-certificates/" /* what is in here, the distribution brought */

/* ---- settings ------------------------------------------------------------------------- */

static const char *
hex_of(const char *text, size_t want, struct arena *arena, const char *what, struct err *err)
{
	struct buf bytes, hex;
	size_t colons = 0, len = strlen(text);
	const char *result = NULL;
	bool good;

	for (const char *c = text; *c; c++)
		colons += *c == ':';
	buf_init(&bytes, 256);
	buf_init(&hex, 512);
	/* an odd number of digits: the zero in front was left out */
	if ((len - colons) % 2 == 1)
		text = arena_printf(arena, "0%s", text);
	good = text_unhex(&bytes, text, strlen(text)) && bytes.len > 0 &&
	       (want == 0 || bytes.len == want);
	text_hex(&hex, bytes.data, good ? bytes.len : 0);
	if (good)
		result = arena_strdup(arena, buf_text(&hex));
	else
		err_set(err, ERR_CONFIG, 0, "%s", what);
	buf_free(&bytes);
	buf_free(&hex);
	return result;
}

bool
cert_demand_serial(
    struct cert_demands *demands, const char *text, struct arena *arena, struct err *err)
{
	const char *hex = hex_of(text, 0, arena, "--serial takes a number in hex", err);

	if (!hex)
		return false;
	hex += strspn(hex, "0");
	demands->serial = *hex ? hex : "0";
	return true;
}

bool
cert_demand_fingerprint(
    struct cert_demands *demands, const char *text, struct arena *arena, struct err *err)
{
	demands->fingerprint =
	    hex_of(text, 32, arena, "--fingerprint takes a SHA-256 in hex, 64 digits", err);
	return demands->fingerprint != NULL;
}

void
cert_demands_free(struct cert_demands *demands)
{
	cert_chain_free(&demands->disk.certs);
	EVP_PKEY_free(demands->key);
	*demands = (struct cert_demands){0};
}

/* ---- which one it is -------------------------------------------------------------------- */

static struct report_finding *
say(const struct judge *judge, enum finding_id id, const char *message)
{
	struct report_finding *finding =
	    report_add(judge->report, id, judge->endpoint, "%s", message);

	if (judge->insecure)
		report_state(judge->report, finding, STATE_OK);
	return finding;
}

/* In CN or O of any issuer of the chain. */
static bool
issued_by(const struct cert_chain *chain, const char *part)
{
	static const int fields[] = {NID_commonName, NID_organizationName};

	for (size_t i = 0; i < chain->count; i++)
		for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
			X509_NAME *name = X509_get_issuer_name(chain->list[i].x509);
			char text[512];
			int len = X509_NAME_get_text_by_NID(name, fields[f], text, sizeof(text));

			if (len > 0 && text_find_fold(text, (size_t)len, part))
				return true;
		}
	return false;
}

static void
judge_issuers(
    const struct judge *judge, const struct cert_demands *demands, const struct cert_chain *chain)
{
	const struct strings *wanted = demands->issuers, *unwanted = demands->not_issuers;
	bool found = !wanted || wanted->count == 0;
	char message[512];

	for (size_t i = 0; !found && i < wanted->count; i++)
		found = issued_by(chain, wanted->items[i]);
	if (!found) {
		snprintf(message, sizeof(message), "issued by %.200s, not by %.100s",
		    chain->list[0].issuer, wanted->items[0]);
		say(judge, FINDING_TLS_CERT_UNEXPECTED, message);
	}
	for (size_t i = 0; unwanted && i < unwanted->count; i++) {
		if (!issued_by(chain, unwanted->items[i]))
			continue;
		snprintf(message, sizeof(message), "issued by %.200s, which --not-issuer excludes",
		    chain->list[0].issuer);
		say(judge, FINDING_TLS_CERT_UNEXPECTED, message);
	}
}

static void
judge_identity(
    const struct judge *judge, const struct cert_demands *demands, const struct cert *leaf)
{
	const char *serial = leaf->serial + strspn(leaf->serial, "0");
	char message[512];

	if (demands->serial && !text_equal_fold(demands->serial, *serial ? serial : "0")) {
		snprintf(message, sizeof(message), "the serial number is %.80s, not %.80s",
		    leaf->serial, demands->serial);
		say(judge, FINDING_TLS_CERT_UNEXPECTED, message);
	}
	if (demands->fingerprint && strcmp(demands->fingerprint, leaf->sha256) != 0) {
		snprintf(message, sizeof(message), "the SHA-256 fingerprint is %s, not %s",
		    leaf->sha256, demands->fingerprint);
		say(judge, FINDING_TLS_CERT_UNEXPECTED, message);
	}
}

/* ---- how long it may live ----------------------------------------------------------------- */

/* CA/Browser Forum baseline requirements, 6.3.2: by the day of issue. */
static int64_t
public_days(int64_t issued_unix)
{
	static const struct {
		int64_t before_unix;
		int64_t days;
	} rules[] = {
	    {1598918400, 825}, /* 2020-09-01 */
	    {1773532800, 398}, /* 2026-03-15 */
	    {1805068800, 200}, /* 2027-03-15 */
	    {1868227200, 100}, /* 2029-03-15 */
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (issued_unix < rules[i].before_unix)
			return rules[i].days;
	return 47;
}

/* The system's store holds private roots too; those of the distribution lie in a folder of theirs. */
static bool
is_public(const struct cert_chain *path)
{
	char link[PATH_MAX], real[PATH_MAX];

	if (path->count == 0)
		return false;
	snprintf(link, sizeof(link), "%s/%08lx.0", X509_get_default_cert_dir(),
	    X509_subject_name_hash(path->list[path->count - 1].x509));
	return realpath(link, real) &&
	       strncmp(real, DISTRIBUTION_ROOTS, strlen(DISTRIBUTION_ROOTS)) == 0;
}

static void
judge_lifetime(const struct judge *judge, const struct cert_demands *demands,
    const struct cert *leaf, const struct cert_chain *path)
{
	int64_t limit = demands->maximum_days;
	/* Both ends belong to it (RFC 5280, 4.1.2.5). */
	int64_t seconds = leaf->not_after_unix - leaf->not_before_unix + 1;
	char message[200];

	if (!leaf->dates_readable)
		return;
	if (limit == 0 && demands->system_store && is_public(path))
		limit = public_days(leaf->not_before_unix);
	if (limit == 0 || seconds <= limit * DAY)
		return;
	snprintf(message, sizeof(message), "valid for %.1f days in all, limit %lld days",
	    (double)seconds / DAY, (long long)limit);
	say(judge, FINDING_TLS_CERT_LIFETIME, message);
}

/* RFC 6962, 3.3: the list embedded in the certificate. */
static void
judge_sct(const struct judge *judge, const struct cert *leaf)
{
	if (X509_get_ext_by_NID(leaf->x509, NID_ct_precert_scts, -1) >= 0)
		return;
	say(judge, FINDING_TLS_CERT_SCT,
	    "the certificate holds no signed timestamp of a transparency log");
}

/* ---- what lies on disk --------------------------------------------------------------------- */

static const struct cert *
of_same_type(const struct cert_chain *chain, const struct cert *leaf)
{
	for (size_t i = 0; i < chain->count; i++)
		if (!cert_is_authority(&chain->list[i]) &&
		    strcmp(chain->list[i].key_type, leaf->key_type) == 0)
			return &chain->list[i];
	return NULL;
}

static void
judge_disk(const struct judge *judge, const struct cert_disk *disk, const struct cert *served)
{
	const struct cert *deployed = of_same_type(&disk->certs, served);
	double days = (double)(judge->now_unix - disk->changed_unix) / DAY;
	struct buf message;
	double left;

	if (!deployed || strcmp(deployed->sha256, served->sha256) == 0)
		return; /* another key type has its own file */
	left = cert_days(served, judge->now_unix);
	buf_init(&message, 512);
	if (deployed->not_before_unix >= served->not_before_unix) {
		buf_printf(&message,
		    "renewed on disk %.1f days ago, the service still serves the old one, which %s",
		    days, left < 0 ? "" : "ends in ");
		text_days(&message, left, 1);
		buf_printf(&message, ": reload (%.100s)", disk->path);
	} else {
		buf_printf(&message,
		    "the service serves a newer certificate than %.100s holds: it reads another "
		    "file",
		    disk->path);
	}
	say(judge, FINDING_TLS_CERT_STALE_SERVED, buf_text(&message));
	buf_free(&message);
}

static void
judge_key(const struct judge *judge, const struct cert_demands *demands, const struct cert *leaf)
{
	const struct cert *deployed = of_same_type(&demands->disk.certs, leaf);
	const struct cert *cert = deployed ? deployed : leaf;
	const EVP_PKEY *public = X509_get0_pubkey(cert->x509);
	char message[400];

	if (!demands->key || (public && EVP_PKEY_eq(public, demands->key) == 1))
		return;
	/* Beside two types of key the file holds one: it is the other's. */
	if (public && EVP_PKEY_get_base_id(public) != EVP_PKEY_get_base_id(demands->key) &&
	    demands->disk.path)
		return;
	snprintf(message, sizeof(message), "the key in %.100s does not belong to %.200s",
	    demands->key_path, deployed ? demands->disk.path : cert->subject);
	say(judge, FINDING_TLS_CERT_KEY_MISMATCH, message);
}

/* ---- all of it ------------------------------------------------------------------------------ */

void
judge_demanded_cert(const struct judge *judge, const struct cert_demands *demands,
    const struct cert_chain *chain, const struct cert_chain *path)
{
	const struct cert *leaf = &chain->list[0];

	judge_issuers(judge, demands, path->count ? path : chain);
	judge_identity(judge, demands, leaf);
	judge_lifetime(judge, demands, leaf, path);
	if (demands->sct)
		judge_sct(judge, leaf);
	judge_key(judge, demands, leaf);
}

void
judge_demanded(
    const struct judge *judge, const struct cert_demands *demands, const struct tls_facts *tls)
{
	if (tls->sent.count == 0)
		return;
	judge_demanded_cert(judge, demands, &tls->sent, &tls->path);
	if (demands->disk.path)
		judge_disk(judge, &demands->disk, &tls->sent.list[0]);
	if (demands->stapling && tls->done && tls->staple_state == CERT_STAPLE_NONE &&
	    !tls->sent.list[0].must_staple) {
		struct report_finding *finding = say(judge, FINDING_TLS_OCSP_BAD,
		    "no stapled OCSP answer was sent, and --require-stapling wants one");

		if (!judge->insecure)
			report_state(judge->report, finding, STATE_CRITICAL);
	}
}
