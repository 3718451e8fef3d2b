/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the question for TLSA records and their comparison with certificates. Knows no connection. */
#include "net/tlsa.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SHOWN_BYTES 8

/* ---- asking --------------------------------------------------------------------------- */

static const char *
owner_name(struct tlsa *tlsa, const char *host, uint16_t port)
{
	size_t len = strlen(host);

	while (len > 1 && host[len - 1] == '.')
		len--;
	return arena_printf(&tlsa->arena, "_%u._tcp.%.*s", port, (int)len, host);
}

static void
take(struct tlsa *tlsa, const struct dns_question *question)
{
	const struct dns_answer *answer = &question->answer;

	tlsa->count = 0;
	for (size_t i = 0; i < answer->count && tlsa->count < TLSA_MAX; i++) {
		const struct dns_record *record = &answer->records[i];
		uint8_t *data;

		if (record->type != DNS_TYPE_TLSA)
			continue;
		data = arena_alloc(&tlsa->arena, record->tlsa.len + 1);
		if (record->tlsa.len > 0)
			memcpy(data, record->tlsa.data, record->tlsa.len);
		tlsa->list[tlsa->count++] = (struct tlsa_record){record->tlsa.usage,
		    record->tlsa.selector, record->tlsa.matching, data, record->tlsa.len};
	}
}

/* One answer to where the records are. True if there are some. */
static bool
learn(struct tlsa *tlsa, const struct dns_question *question, bool host_secure)
{
	tlsa->name = arena_strdup(&tlsa->arena, question->name);
	tlsa->why[0] = '\0';
	if (!dns_is_answer(question)) {
		tlsa->status = TLSA_FAILED;
		tlsa->silent = question->status == DNS_TIMEOUT ||
			       question->status == DNS_UNREACHABLE || question->status == DNS_LOCAL;
		snprintf(tlsa->why, sizeof(tlsa->why), "%s: %s", tlsa->name,
		    dns_status_word(question->status));
		return false;
	}
	if (question->status != DNS_ANSWERED) {
		tlsa->status = TLSA_NONE;
		return false;
	}
	take(tlsa, question);
	tlsa->status = question->secure && host_secure ? TLSA_SECURE : TLSA_INSECURE;
	if (tlsa->status == TLSA_INSECURE)
		snprintf(tlsa->why, sizeof(tlsa->why), "%s without DNSSEC: %s",
		    question->secure ? "the host's address comes" : "the records come",
		    question->answered_by ? question->answered_by->text : "nobody validates");
	return true;
}

/*
 * The addresses are insecure behind an alias: if the alias itself is secure, its
 * own records count. Only a question of its own tells (RFC 7672, 2.1.3).
 */
static bool
alias_secure(struct dns *dns, const char *host, unsigned flags, struct deadline deadline)
{
	struct dns_question alias = {.name = host, .type = DNS_TYPE_CNAME, .flags = flags};

	dns_ask(dns, &alias, 1, deadline);
	return alias.status == DNS_ANSWERED && alias.secure;
}

void
tlsa_fetch(struct tlsa *tlsa, const char *host, uint16_t port, const struct dns_settings *settings,
    struct deadline deadline)
{
	struct dns_question questions[3] = {
	    {.name = owner_name(tlsa, host, port), .type = DNS_TYPE_TLSA},
	    {.name = host, .type = DNS_TYPE_A},
	    {.name = host, .type = DNS_TYPE_AAAA},
	};
	const struct dns_question *address = &questions[1];
	unsigned flags = settings->trust_anchor ? DNS_WANT_DNSSEC : 0;
	bool found = false, host_secure;
	struct dns dns;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		questions[i].flags = flags;
	dns_init(&dns, settings);
	dns_ask(&dns, questions, ARRAY_LEN(questions), deadline);
	if (address->status != DNS_ANSWERED && questions[2].status == DNS_ANSWERED)
		address = &questions[2];
	host_secure = address->secure;
	if (address->status == DNS_ANSWERED && address->answer.hops > 0 && host_secure) {
		struct dns_question canonical = {
		    .name = owner_name(tlsa, address->answer.canonical, port),
		    .type = DNS_TYPE_TLSA,
		    .flags = flags};

		dns_ask(&dns, &canonical, 1, deadline);
		found = learn(tlsa, &canonical, true);
	}
	if (address->status == DNS_ANSWERED && address->answer.hops > 0 && !host_secure)
		host_secure = alias_secure(&dns, host, flags, deadline);
	if (!found && tlsa->status != TLSA_FAILED)
		learn(tlsa, &questions[0], host_secure);
	dns_free(&dns);
}

void
tlsa_free(struct tlsa *tlsa)
{
	arena_free(&tlsa->arena);
	*tlsa = (struct tlsa){0};
}

/* ---- comparing -------------------------------------------------------------------------- */

bool
tlsa_usable(const struct tlsa_record *record, bool smtp)
{
	static const size_t lengths[] = {0, 32, 64};

	if (record->usage > 3 || record->selector > 1 || record->matching > 2 || record->len == 0)
		return false;
	if (smtp && record->usage < 2)
		return false;
	return record->matching == 0 || record->len == lengths[record->matching];
}

static bool
equals(const struct tlsa_record *record, const unsigned char *bytes, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (record->matching == 0)
		return len == record->len && memcmp(bytes, record->data, len) == 0;
	if (!EVP_Digest(bytes, len, digest, &size,
		record->matching == 1 ? EVP_sha256() : EVP_sha512(), NULL))
		return false;
	return size == record->len && memcmp(digest, record->data, size) == 0;
}

/* The certificate, or its key alone. */
static bool
is_of(const struct tlsa_record *record, X509 *x509)
{
	unsigned char *der = NULL;
	int len = record->selector == 0 ? i2d_X509(x509, &der)
					: i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
	bool same = len > 0 && equals(record, der, (size_t)len);

	OPENSSL_free(der);
	return same;
}

/*
 * Signatures lead from the leaf to this certificate. Dates are judged
 * elsewhere, and so is whether anybody else trusts it.
 */
static bool
leads_to(const struct cert_chain *sent, X509 *anchor)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *others = sk_X509_new_null();
	bool good =
	    store && ctx && others && X509_STORE_add_cert(store, anchor) &&
	    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);

	for (size_t i = 1; good && i < sent->count; i++)
		good = sk_X509_push(others, sent->list[i].x509) > 0;
	good = good && X509_STORE_CTX_init(ctx, store, sent->list[0].x509, others) &&
	       X509_verify_cert(ctx) == 1;
	sk_X509_free(others);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return good;
}

/* An issuer in the list. */
static bool
issuer_matches(const struct tlsa_record *record, const struct cert_chain *chain, size_t from,
    const struct cert_chain *sent)
{
	for (size_t i = from; i < chain->count; i++)
		if (is_of(record, chain->list[i].x509) && leads_to(sent, chain->list[i].x509))
			return true;
	return false;
}

/* "2 1 0": the record brings the key that signed something that was sent. */
static bool
key_signed(const struct tlsa_record *record, const struct cert_chain *sent)
{
	const unsigned char *bytes = record->data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &bytes, (long)record->len);
	bool good = false;

	for (size_t i = 0; key && !good && i < sent->count; i++)
		good =
		    X509_verify(sent->list[i].x509, key) == 1 && leads_to(sent, sent->list[i].x509);
	EVP_PKEY_free(key);
	return good;
}

/* "2 0 0": the record brings the certificate itself. */
static bool
brought_matches(const struct tlsa_record *record, const struct cert_chain *sent)
{
	const unsigned char *bytes = record->data;
	X509 *anchor = NULL;
	bool good;

	if (record->matching != 0)
		return false;
	if (record->selector == 0)
		anchor = d2i_X509(NULL, &bytes, (long)record->len);
	good = record->selector == 1 ? key_signed(record, sent) : anchor && leads_to(sent, anchor);
	X509_free(anchor);
	ERR_clear_error();
	return good;
}

bool
tlsa_names(const struct tlsa_record *record, const struct cert *leaf)
{
	return (record->usage == 1 || record->usage == 3) && is_of(record, leaf->x509);
}

bool
tlsa_names_key(const struct tlsa_record *record, const EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len;
	bool same;

	if (record->selector != 1 || (record->usage != 1 && record->usage != 3))
		return false;
	len = i2d_PUBKEY(key, &der);
	same = len > 0 && equals(record, der, (size_t)len);
	OPENSSL_free(der);
	ERR_clear_error();
	return same;
}

bool
tlsa_strongest(const struct tlsa *tlsa, size_t index, bool smtp)
{
	const struct tlsa_record *record = &tlsa->list[index];

	if (record->matching == 0)
		return true; /* no digest at all */
	for (size_t i = 0; i < tlsa->count; i++) {
		const struct tlsa_record *other = &tlsa->list[i];

		if (other->usage == record->usage && other->selector == record->selector &&
		    other->matching > record->matching && tlsa_usable(other, smtp))
			return false;
	}
	return true;
}

bool
tlsa_matches(
    const struct tlsa_record *record, const struct cert_chain *sent, const struct cert_chain *path)
{
	if (sent->count == 0 || !tlsa_usable(record, false))
		return false;
	switch (record->usage) {
	case 0:
		return issuer_matches(record, path, 1, sent);
	case 1:
		return path->count > 0 && is_of(record, sent->list[0].x509);
	case 2:
		return issuer_matches(record, sent, sent->count > 1 ? 1 : 0, sent) ||
		       brought_matches(record, sent);
	default:
		return is_of(record, sent->list[0].x509);
	}
}

void
tlsa_text(struct buf *out, const struct tlsa_record *record)
{
	bool cut = record->len > SHOWN_BYTES;

	buf_printf(out, "%u %u %u ", record->usage, record->selector, record->matching);
	text_hex(out, record->data, cut ? SHOWN_BYTES : record->len);
	if (cut)
		buf_add_text(out, "...");
}
