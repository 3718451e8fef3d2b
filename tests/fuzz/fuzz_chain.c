/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any certificates as what a server sends: one behind the other in an input,
 * the anchor first, then the leaf, then the others. Verified and judged; what
 * is said must agree, and "verified" needs a path without a single error.
 */
#include <openssl/err.h>
#include <stdlib.h>

#include "check/judge.h"
#include "net/tls.h"

#define NOW 1796100000 /* the corpus is of the first days of December 2026 */
#define MEMBERS_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct tls_settings settings = {.security_level = -1};
static struct tls_context context = {.settings = &settings};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Trusts one certificate, and nothing of this machine's. */
static void
trust(X509 *anchor)
{
	X509_STORE *store = X509_STORE_new();

	if (!context.ctx)
		context.ctx = SSL_CTX_new(TLS_client_method());
	must(context.ctx && store && X509_STORE_add_cert(store, anchor));
	SSL_CTX_set_cert_store(context.ctx, store);
}

static void
judge_it(const struct tls_facts *facts)
{
	static const char *const names[] = {"mail.test", NULL};
	struct limits limits = {0};
	struct report report;
	struct judge judge = {.host = "mail.test",
	    .endpoint = "mail.test:993",
	    .limits = &limits,
	    .now_unix = NOW,
	    .verify_names = names,
	    .report = &report};

	report_init(&report, NULL);
	judge_cert(&judge, facts);
	must(facts->error_count == 0 || report_worst(&report) != STATE_OK);
	must(facts->sent.list[0].dates_readable || report_worst(&report) != STATE_OK);
	report_free(&report);
}

static void
verify(const struct cert_chain *sent)
{
	static const char *const names[] = {"mail.test", NULL};
	struct tls_params params = {.context = &context, .verify_names = names, .now_unix = NOW};
	struct tls_facts facts;

	if (tls_verify_list(&params, sent, 0, &facts)) {
		const struct cert *leaf = &facts.sent.list[0];

		must(!facts.verified ||
		     (facts.error_count == 0 && facts.path.count > 0 && leaf->dates_readable &&
			 leaf->not_before_unix <= NOW && leaf->not_after_unix > NOW &&
			 cert_matches(leaf, "mail.test")));
		must(facts.verified || facts.error_count > 0 || !leaf->dates_readable);
		judge_it(&facts);
	}
	tls_facts_free(&facts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *at = bytes, *end = bytes + len;
	X509 *anchor = d2i_X509(NULL, &at, (long)len);
	struct cert_chain sent = {0};

	for (X509 *x509; anchor && sent.count < MEMBERS_MAX &&
			 (x509 = d2i_X509(NULL, &at, (long)(end - at)));) {
		cert_chain_add(&sent, x509);
		X509_free(x509);
	}
	if (sent.count > 0) {
		trust(anchor);
		verify(&sent);
	}
	X509_free(anchor);
	cert_chain_free(&sent);
	ERR_clear_error();
	return 0;
}
