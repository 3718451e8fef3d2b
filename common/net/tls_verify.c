/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the judgement of what a server sent: one verification with every error
 * collected, the path, what was sent against what was needed, the names. The
 * only place that sets facts->verified. Knows no records and no stream.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/tls_private.h"

#define CHAIN_DEPTH 10
#define SENT_MAX 100 /* certificates looked at; a peer may send thousands */
#define ORDER_MAX 32
#define RENEWALS_MAX 4 /* paths tried beyond the end of the first */

/* Errors of one verification beyond those that belong to the facts. */
struct verdict {
	struct tls_facts *facts; /* NULL: only the outcome counts */
	size_t errors;
};

void
tls_verify_note(struct tls_facts *facts, int code, int depth)
{
	for (size_t i = 0; i < facts->error_count; i++)
		if (facts->errors[i].code == code && facts->errors[i].depth == depth)
			return;
	if (facts->error_count == TLS_VERIFY_ERRORS_MAX)
		return;
	if (facts->error_count == 0)
		facts->verify_code = code;
	facts->errors[facts->error_count].code = code;
	facts->errors[facts->error_count++].depth = depth;
}

static void
note(struct verdict *verdict, int code, int depth)
{
	verdict->errors++;
	if (verdict->facts)
		tls_verify_note(verdict->facts, code, depth);
}

/* Goes on whatever is wrong. */
static int
collect(int ok, X509_STORE_CTX *store)
{
	if (!ok)
		note(X509_STORE_CTX_get_app_data(store), X509_STORE_CTX_get_error(store),
		    X509_STORE_CTX_get_error_depth(store));
	return 1;
}

/*
 * All that decides is set here and each return looked at: libssl copies its
 * parameters over without looking, and then a failed allocation drops some.
 */
static bool
set_terms(X509_STORE_CTX *store, const struct tls_stream *tls, int64_t at_unix)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
	if (!param || !X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) ||
	    !X509_VERIFY_PARAM_set_trust(param, X509_TRUST_SSL_SERVER))
		return false;
	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, SSL_get_security_level(tls->ssl));
	X509_VERIFY_PARAM_set_time(param, (time_t)at_unix);
	return true;
}

/* One X509_verify_cert(); true without a single error. */
static bool
verify(
    X509_STORE_CTX *store, const struct tls_stream *tls, int64_t at_unix, struct tls_facts *facts)
{
	struct verdict verdict = {.facts = facts};
	if (!set_terms(store, tls, at_unix) || !X509_STORE_CTX_set_app_data(store, &verdict)) {
		note(&verdict, X509_V_ERR_OUT_OF_MEM, 0);
		return false;
	}
	X509_STORE_CTX_set_verify_cb(store, collect);
	int result = X509_verify_cert(store);
	int code = X509_STORE_CTX_get_error(store);
	if (verdict.errors == 0 && (result <= 0 || code != X509_V_OK))
		note(&verdict, code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED, 0);
	X509_STORE_CTX_set_app_data(store, NULL);
	return verdict.errors == 0;
}

/* A fresh verification of the same list; the caller frees it. */
static X509_STORE_CTX *
again(const struct tls_stream *tls, X509_STORE_CTX *first)
{
	X509_STORE_CTX *store = X509_STORE_CTX_new();
	if (store && X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(tls->params->context->ctx),
			 X509_STORE_CTX_get0_cert(first), X509_STORE_CTX_get0_untrusted(first)))
		return store;
	X509_STORE_CTX_free(store);
	return NULL;
}

/* ---- the path ---- */

static bool
is_incomplete(int code)
{
	switch (code) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	/* the same, by explain_end() */
	case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
	case X509_V_ERR_AKID_SKID_MISMATCH:
	case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
	case X509_V_ERR_PATH_LOOP:
	case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
	case X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
		return true;
	default:
		return false;
	}
}

/* Whether the verification ended at an anchor, good or not. */
static bool
reached_anchor(const struct tls_facts *facts)
{
	for (size_t i = 0; i < facts->error_count; i++)
		if (is_incomplete(facts->errors[i].code))
			return false;
	return true;
}

static int64_t
ends_unix(const X509 *x509)
{
	struct tm broken;
	return ASN1_TIME_to_tm(X509_get0_notAfter(x509), &broken) ? timegm(&broken) : 0;
}

/* The first end along a path, and whose it is; 0: unreadable. */
static int64_t
first_end(const STACK_OF(X509) * path, int *whose)
{
	int64_t first = INT64_MAX;
	for (int i = 0; i < sk_X509_num(path); i++) {
		int64_t end = ends_unix(sk_X509_value(path, i));
		if (end < first) {
			first = end;
			*whose = i;
		}
	}
	return first;
}

/*
 * Until when some path verifies. Nothing outlives the leaf; where a CA ends
 * before it, another path (a cross-sign) may go on, and that is tried.
 */
static int64_t
path_end(const struct tls_stream *tls, X509_STORE_CTX *first)
{
	int whose = 0;
	int64_t end = first_end(X509_STORE_CTX_get0_chain(first), &whose);
	for (int i = 0; tls->chain_good && whose > 0 && i < RENEWALS_MAX; i++) {
		X509_STORE_CTX *later = again(tls, first);
		bool good = later && verify(later, tls, end + 1, NULL);
		if (good)
			end = first_end(X509_STORE_CTX_get0_chain(later), &whose);
		X509_STORE_CTX_free(later);
		if (!good)
			break;
	}
	return end;
}

/* ---- what was sent ---- */

static struct cert *
find(struct cert_chain *chain, const X509 *x509)
{
	for (size_t i = 0; i < chain->count; i++)
		if (X509_cmp(chain->list[i].x509, x509) == 0)
			return &chain->list[i];
	return NULL;
}

static bool
issued(const struct cert *issuer, const struct cert *cert)
{
	return issuer != cert && X509_check_issued(issuer->x509, cert->x509) == X509_V_OK;
}

/* Walks from the leaf; an issuer that stands before what it issued is out of order (RFC 5246, 7.4.2). */
static bool
order_wrong(const struct cert_chain *sent)
{
	size_t count = sent->count < ORDER_MAX ? sent->count : ORDER_MAX;
	for (size_t at = 0, steps = 0; steps < count; steps++) {
		size_t after = at + 1, before = 0;
		if (sent->list[at].self_signed)
			return false;
		while (after < count && !issued(&sent->list[after], &sent->list[at]))
			after++;
		while (before < at && !issued(&sent->list[before], &sent->list[at]))
			before++;
		if (after >= count)
			return before < at;
		at = after;
	}
	return false;
}

static void
compare_sent(struct tls_facts *facts)
{
	size_t needed = 0;
	for (size_t i = 0; i < facts->path.count; i++) {
		struct cert *in_path = &facts->path.list[i];
		struct cert *sent = find(&facts->sent, in_path->x509);
		in_path->in_path = true;
		if (sent) {
			sent->in_path = true;
			needed += !sent->self_signed || i == 0;
		} else if (!in_path->self_signed && i + 1 < facts->path.count) {
			facts->intermediate_missing = true;
		}
	}
	facts->extras = facts->path.count > 0 && needed < facts->sent.count;
	facts->order_wrong = order_wrong(&facts->sent);
	for (size_t i = 0; i < facts->error_count; i++)
		if (facts->errors[i].code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY &&
		    facts->errors[i].depth == 0)
			facts->intermediate_missing = true;
}

/* Asked before anything else reads the certificate: OpenSSL keeps its answer about the digest. */
static bool
has_rare_digest(const X509 *x509)
{
	int signature = X509_get_signature_nid(x509), digest = NID_undef, key = NID_undef;
	if (!OBJ_find_sigid_algs(signature, &digest, &key) || digest == NID_undef)
		return signature == NID_rsassaPss; /* inside its parameters */
	return !EVP_get_digestbynid(digest);
}

static void
take_sent(struct tls_facts *facts, X509_STORE_CTX *store)
{
	const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	for (int i = 0; i < sk_X509_num(sent) && i < SENT_MAX; i++) {
		if (has_rare_digest(sk_X509_value(sent, i)))
			tls_context_add_rare_digests();
		cert_chain_add(&facts->sent, sk_X509_value(sent, i));
	}
}

static void
add_to_path(struct tls_facts *facts, X509 *x509)
{
	const struct cert *sent = find(&facts->sent, x509);
	if (sent)
		cert_chain_add_copy(&facts->path, sent);
	else
		cert_chain_add(&facts->path, x509);
}

static void
take_path(struct tls_stream *tls, X509_STORE_CTX *store)
{
	struct tls_facts *facts = tls->facts;
	const STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(store);
	if (reached_anchor(facts) && sk_X509_num(path) > 0) {
		for (int i = 0; i < sk_X509_num(path); i++)
			add_to_path(facts, sk_X509_value(path, i));
		facts->path_ends_unix = path_end(tls, store);
	}
	compare_sent(facts);
}

/* ---- why the path has no end ---- */

/*
 * What speaks against the certificate of the issuer's name that was sent: its key, its algorithm,
 * or that it stands in the path already. X509_V_OK: none of that name was sent.
 */
static int
why_no_issuer(X509_STORE_CTX *store)
{
	const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(store);
	X509 *last = sk_X509_value(path, sk_X509_num(path) - 1);
	for (int i = 0; last && i < sk_X509_num(sent) && i < SENT_MAX; i++) {
		X509 *issuer = sk_X509_value(sent, i);
		if (X509_cmp(issuer, last) == 0 ||
		    X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(last)) != 0)
			continue;
		int code = X509_check_issued(issuer, last);
		if (code == X509_V_OK)
			for (int at = 0; at < sk_X509_num(path); at++)
				if (X509_cmp(sk_X509_value(path, at), issuer) == 0)
					code = X509_V_ERR_PATH_LOOP;
		if (code != X509_V_OK)
			return code;
	}
	return X509_V_OK;
}

/* OpenSSL says only that it found no issuer (20, and 21 where the path is the leaf alone). */
static void
explain_end(struct tls_facts *facts, X509_STORE_CTX *store)
{
	int code = X509_V_OK;
	size_t kept = 0;
	for (size_t i = 0; i < facts->error_count; i++) {
		if (facts->errors[i].code == X509_V_ERR_CERT_CHAIN_TOO_LONG)
			return;
		if (facts->errors[i].code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
			code = why_no_issuer(store);
	}
	for (size_t i = 0; code != X509_V_OK && i < facts->error_count; i++) {
		if (facts->errors[i].code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
			continue;
		facts->errors[kept] = facts->errors[i];
		if (facts->errors[kept].code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
			facts->errors[kept].code = code;
		kept++;
	}
	if (code != X509_V_OK) {
		facts->error_count = kept;
		facts->verify_code = facts->errors[0].code;
	}
}

/* ---- the two looks ---- */

/* Our own look at the dates: OpenSSL does not come to them where it cannot read the key. */
static void
look_at_dates(struct tls_facts *facts, int64_t now_unix)
{
	const struct cert *leaf = facts->sent.count ? &facts->sent.list[0] : NULL;
	if (!leaf || !leaf->dates_readable)
		return;
	if (leaf->not_after_unix <= now_unix)
		tls_verify_note(facts, X509_V_ERR_CERT_HAS_EXPIRED, 0);
	if (leaf->not_before_unix > now_unix)
		tls_verify_note(facts, X509_V_ERR_CERT_NOT_YET_VALID, 0);
}

static void
verify_sent(struct tls_stream *tls, X509_STORE_CTX *store)
{
	struct tls_facts *facts = tls->facts;
	take_sent(facts, store);
	tls->chain_good = verify(store, tls, tls->params->now_unix, facts);
	X509_STORE_CTX *second = NULL;
	if (!reached_anchor(facts) && tls_context_add_bundle(tls->params->context) &&
	    (second = again(tls, store))) {
		facts->error_count = 0;
		facts->verify_code = 0;
		tls->chain_good = verify(second, tls, tls->params->now_unix, facts);
	}
	facts->no_anchors = !reached_anchor(facts) && tls_context_is_empty(tls->params->context);
	if (!facts->no_anchors)
		explain_end(facts, second ? second : store);
	take_path(tls, second ? second : store);
	look_at_dates(facts, tls->params->now_unix);
	X509_STORE_CTX_free(second);
	ERR_clear_error();
}

int
tls_verify_chain(X509_STORE_CTX *store, void *unused UNUSED)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	verify_sent(SSL_get_app_data(ssl), store);
	return 1;
}

/* All of them; the first that fails is noted. */
static bool
names_match(struct tls_stream *tls, const struct cert *leaf)
{
	const char *const *names = tls->params->verify_names;
	bool all = names && names[0];
	for (; names && *names; names++) {
		bool matches = cert_matches(leaf, *names);
		if (!matches)
			tls_verify_note(tls->facts,
			    cert_is_address(*names) ? X509_V_ERR_IP_ADDRESS_MISMATCH
						    : X509_V_ERR_HOSTNAME_MISMATCH,
			    0);
		else if (!*tls->facts->verify_name)
			snprintf(
			    tls->facts->verify_name, sizeof tls->facts->verify_name, "%s", *names);
		all = all && matches;
	}
	return all;
}

static bool
pin_matches(const struct tls_stream *tls)
{
	const struct cert_chain *sent = &tls->facts->sent;
	if (!tls->params->pins)
		return true;
	for (const char *const *pin = tls->params->pins; *pin; pin++)
		for (size_t i = 0; i < sent->count; i++)
			if ((i == 0 || sent->list[i].in_path) &&
			    strcmp(sent->list[i].spki_sha256, *pin) == 0)
				return true;
	tls->facts->pin_wanted = tls->params->pins[0];
	return false;
}

void
tls_verify_names(struct tls_stream *tls)
{
	struct tls_facts *facts = tls->facts;
	const X509 *peer = SSL_get0_peer_certificate(tls->ssl);
	if (facts->sent.count == 0)
		return;
	const struct cert *leaf = &facts->sent.list[0];
	bool names_good = names_match(tls, leaf);
	bool same = peer && X509_cmp(peer, leaf->x509) == 0;
	facts->pin_mismatch = !pin_matches(tls);
	facts->verified = names_good && same && !facts->pin_mismatch && tls->chain_good &&
			  facts->staple_state != CERT_STAPLE_REVOKED && facts->error_count == 0 &&
			  facts->path.count > 0 && leaf->dates_readable &&
			  SSL_is_init_finished(tls->ssl) && !tls->params->insecure &&
			  !tls->params->context->settings->relaxed;
}

bool
tls_verify_list(const struct tls_params *params, const struct cert_chain *list, size_t leaf,
    struct tls_facts *facts)
{
	struct tls_stream tls = {.params = params, .facts = facts};
	STACK_OF(X509) *sent = sk_X509_new_null();
	X509_STORE_CTX *store = X509_STORE_CTX_new();
	SSL_CTX *ctx = params->context->ctx;
	X509 *x509 = list->list[leaf].x509;
	*facts = (struct tls_facts){.alert = -1};
	bool ready = sent && sk_X509_push(sent, x509); /* as a server sends it: leaf first */
	for (size_t i = 0; ready && i < list->count; i++)
		ready = i == leaf || sk_X509_push(sent, list->list[i].x509);
	tls.ssl = SSL_new(ctx);
	ready = ready && tls.ssl && store &&
		X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(ctx), x509, sent);
	if (ready) {
		verify_sent(&tls, store);
		bool names_good = !params->verify_names || names_match(&tls, &facts->sent.list[0]);
		facts->pin_mismatch = !pin_matches(&tls);
		facts->verified = names_good && !facts->pin_mismatch && tls.chain_good &&
				  facts->error_count == 0 && facts->path.count > 0 &&
				  facts->sent.list[0].dates_readable && !params->insecure;
	}
	SSL_free(tls.ssl);
	X509_STORE_CTX_free(store);
	sk_X509_free(sent);
	ERR_clear_error();
	return ready;
}
