/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge of certificates: verify errors, dates, names, the chain as sent.
 * Every string from a certificate is hostile; the renderer cleans it.
 */
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "check/judge.h"

#define SKEW_S 300 /* a certificate that begins less than this ahead is clock skew */
#define NAMES_SHOWN 5
#define DAYS_PER_HOUR (1.0 / 24)

/* X509_V_ERR_* to its finding (RFC 5280, 6; OpenSSL's x509_vfy.h). */
static enum finding_id
verify_finding(int code) /* NOLINT(readability-function-size): one table, a line each */
{
	switch (code) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return FINDING_TLS_CERT_NOT_YET_VALID;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return FINDING_TLS_CERT_EXPIRED;
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return FINDING_TLS_CERT_DATE_UNREADABLE;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return FINDING_TLS_CERT_SELF_SIGNED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return FINDING_TLS_CERT_UNTRUSTED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return FINDING_TLS_CERT_CHAIN_INCOMPLETE;
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
	case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
	case X509_V_ERR_AKID_SKID_MISMATCH:
	case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
		return FINDING_TLS_CERT_CHAIN_MISMATCH;
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	case X509_V_ERR_PATH_LOOP:
		return FINDING_TLS_CERT_CHAIN_TOO_LONG;
	case X509_V_ERR_CERT_REVOKED:
		return FINDING_TLS_CERT_REVOKED;
	case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA:
	case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
	case X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA:
	case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
	case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
		return FINDING_TLS_CERT_CHAIN_NOT_CA;
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
		return FINDING_TLS_CERT_PURPOSE;
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_REJECTED:
		return FINDING_TLS_CERT_REJECTED;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_EMAIL_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return FINDING_TLS_CERT_NAME;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
	case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
		return FINDING_TLS_CERT_WEAK;
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
	case X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED:
	case X509_V_ERR_INVALID_EXTENSION:
	case X509_V_ERR_INVALID_POLICY_EXTENSION:
	case X509_V_ERR_NO_EXPLICIT_POLICY:
	case X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE:
	case X509_V_ERR_UNNESTED_RESOURCE:
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
	case X509_V_ERR_SUBTREE_MINMAX:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
	case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
	case X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION:
	case X509_V_ERR_ISSUER_NAME_EMPTY:
	case X509_V_ERR_SUBJECT_NAME_EMPTY:
	case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
	case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
	case X509_V_ERR_EMPTY_SUBJECT_ALT_NAME:
	case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
	case X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL:
	case X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL:
	case X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3:
		return FINDING_TLS_CERT_PROFILE;
	case X509_V_ERR_SUITE_B_INVALID_VERSION:
	case X509_V_ERR_SUITE_B_INVALID_ALGORITHM:
	case X509_V_ERR_SUITE_B_INVALID_CURVE:
	case X509_V_ERR_SUITE_B_INVALID_SIGNATURE_ALGORITHM:
	case X509_V_ERR_SUITE_B_LOS_NOT_ALLOWED:
	case X509_V_ERR_SUITE_B_CANNOT_SIGN_P_384_WITH_P_256:
	case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
		return FINDING_CLIENT_TLS_SETTINGS;
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_UNSPECIFIED:
	case X509_V_ERR_APPLICATION_VERIFICATION:
	case X509_V_ERR_INVALID_CALL:
	case X509_V_ERR_STORE_LOOKUP:
		return FINDING_CLIENT_INTERNAL;
	default:
		return FINDING_TLS_CERT_UNVERIFIED;
	}
}

/* The certificate an error at this depth speaks of: the path's, or the sent one's. */
static const struct cert *
cert_at(const struct tls_facts *tls, int depth)
{
	size_t at = depth < 0 ? 0 : (size_t)depth;

	if (at < tls->path.count)
		return &tls->path.list[at];
	return at < tls->sent.count ? &tls->sent.list[at] : NULL;
}

static const char *
cert_subject(const struct cert *cert)
{
	return cert && cert->subject && cert->subject[0] ? cert->subject
							 : "a certificate without a name";
}

static void
date_text(struct buf *out, int64_t unix_seconds)
{
	buf_init(out, 64);
	text_date(out, unix_seconds);
}

static struct report_finding *
judge_add(const struct judge *judge, enum finding_id id, const char *message)
{
	struct report_finding *finding =
	    report_add(judge->report, id, judge->endpoint, "%s", message);

	if (judge->insecure)
		report_state(judge->report, finding, STATE_OK);
	return finding;
}

static void
judge_expired(const struct judge *judge, const struct cert *cert, int depth)
{
	struct buf when, message;
	struct report_finding *finding;

	if (!cert)
		return;
	date_text(&when, cert->not_after_unix);
	buf_init(&message, 1024);
	if (depth > 0)
		buf_printf(&message, "the CA certificate %s of the chain", cert_subject(cert));
	else
		buf_add_text(&message, "certificate");
	buf_printf(&message, " expired %.1f days ago (%s)", -cert_days(cert, judge->now_unix),
	    buf_text(&when));
	if (depth == 0)
		buf_printf(&message, ", issued by %s", cert->issuer);
	finding =
	    judge_add(judge, depth > 0 ? FINDING_TLS_CERT_CHAIN_EXPIRED : FINDING_TLS_CERT_EXPIRED,
		buf_text(&message));
	finding->metric = METRIC_CERT_DAYS;
	buf_free(&message);
	buf_free(&when);
}

static void
judge_not_yet(const struct judge *judge, const struct cert *cert)
{
	struct buf when, here, message;
	struct report_finding *finding;
	int64_t ahead;

	if (!cert)
		return;
	ahead = cert->not_before_unix - judge->now_unix;
	date_text(&when, cert->not_before_unix);
	date_text(&here, judge->now_unix);
	buf_init(&message, 512);
	buf_printf(&message, "certificate is not valid before %s; this machine's clock says %s",
	    buf_text(&when), buf_text(&here));
	finding = judge_add(judge, FINDING_TLS_CERT_NOT_YET_VALID, buf_text(&message));
	if (ahead < SKEW_S && !judge->insecure)
		report_state(judge->report, finding, STATE_WARNING);
	buf_free(&message);
	buf_free(&here);
	buf_free(&when);
}

static void
names_text(struct buf *out, const struct cert *cert)
{
	buf_init(out, 1024);
	for (size_t i = 0; i < cert->name_count && i < NAMES_SHOWN; i++)
		buf_printf(out, "%s%.80s", i ? ", " : "", cert->names[i]);
	if (cert->name_count > NAMES_SHOWN)
		buf_printf(out, " and %zu more", cert->name_count - NAMES_SHOWN);
	if (cert->name_count == 0)
		buf_add_text(out, "no name at all (the common name does not count)");
}

/* How many labels two names have in common, counted from the end. */
static size_t
shared_labels(const char *a, const char *b)
{
	size_t i = strlen(a), j = strlen(b), labels = 0;

	for (; i > 0 && j > 0 && strncasecmp(a + i - 1, b + j - 1, 1) == 0; i--, j--)
		labels += a[i - 1] == '.';
	return labels + ((i == 0 || a[i - 1] == '.') && (j == 0 || b[j - 1] == '.'));
}

/* The host most likely meant: the certificate's name that shares most with the wanted one; or NULL. */
static const char *
likely_host(const struct cert *cert, const char *wanted)
{
	const char *best = NULL;
	size_t most = 1; /* a top-level domain says nothing */

	for (size_t i = 0; i < cert->name_count; i++) {
		const char *name = cert->names[i];
		bool is_host = !strpbrk(name, "*\\") && !cert_is_address(name);

		if (is_host && shared_labels(name, wanted) > most) {
			best = name;
			most = shared_labels(name, wanted);
		}
	}
	return best;
}

static void
judge_name(const struct judge *judge, const struct tls_facts *tls)
{
	const char *likely;
	struct report_finding *finding;
	const struct cert *leaf = cert_at(tls, 0);
	const char *wanted = judge->host;
	struct buf names, message;

	if (!leaf)
		return;
	for (const char *const *name = judge->verify_names; name && *name; name++)
		if (!cert_matches(leaf, *name)) {
			wanted = *name;
			break;
		}
	names_text(&names, leaf);
	buf_init(&message, 2048);
	buf_printf(
	    &message, "certificate is not valid for %s; it is for %s", wanted, buf_text(&names));
	finding = judge_add(judge, FINDING_TLS_CERT_NAME, buf_text(&message));
	likely = likely_host(leaf, wanted);
	if (likely) {
		report_next(judge->report, finding,
		    "here: -H %.150s, the nearest name that the certificate carries", likely);
		report_next(judge->report, finding,
		    "on {host}: reissue with all names users type, or map this name to its "
		    "certificate");
	}
	buf_free(&message);
	buf_free(&names);
}

static void
explain_incomplete(
    const struct judge *judge, const struct tls_facts *tls, struct report_finding *finding)
{
	bool in_file = !judge->proto;

	report_why(judge->report, finding,
	    in_file ? "an intermediate is missing in the file"
	    : tls->sent.count == 1
		? "the server sends its own certificate only: an intermediate is missing in its "
		  "chain file"
		: "what the server sends beside its own certificate belongs to another one");
	report_why(judge->report, finding,
	    "or the certificate comes from a private CA that this check was not told of");
	report_next(judge->report, finding,
	    in_file ? "here: put the intermediate behind the certificate (fullchain.pem)"
		    : "on {host}: configure the full chain (fullchain.pem) and reload the service");
	report_next(judge->report, finding, "here: for a private CA: --ca-file with its root");
}

/*
 * The chain has no end here. A server that sent the leaf alone forgot an
 * intermediate; one that sent more ends at a root this machine does not know.
 */
static void
judge_no_issuer(const struct judge *judge, const struct tls_facts *tls, int code)
{
	const struct cert *last = cert_chain_end(&tls->sent);
	const struct cert *leaf = cert_at(tls, 0);
	const char *inspector = leaf ? cert_inspector(leaf) : NULL;
	enum finding_id id = FINDING_TLS_CERT_UNTRUSTED;
	struct report_finding *finding;
	struct buf message;

	buf_init(&message, 2048);
	if (tls->no_anchors) {
		id = FINDING_CLIENT_TRUST_STORE;
		buf_add_text(
		    &message, "no trust anchors on this machine: neither directory nor bundle");
	} else if (inspector) {
		id = FINDING_TLS_CERT_INSPECTED;
		buf_printf(&message, "TLS is inspected on the way by %s", inspector);
	} else if (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT) {
		buf_add_text(&message,
		    "what is trusted here is an intermediate, and its own issuer is not known");
	} else if (last && last == &tls->sent.list[0] && !last->self_signed) {
		id = FINDING_TLS_CERT_CHAIN_INCOMPLETE;
		buf_printf(&message, "the issuer %s is not %s, and not trusted here", last->issuer,
		    judge->proto ? "sent" : "in the file");
	} else {
		buf_printf(&message, "the chain ends in %s, which is not trusted here",
		    last ? (last->self_signed ? cert_subject(last) : last->issuer) : "nothing");
	}
	finding = judge_add(judge, id, buf_text(&message));
	if (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT)
		report_next(judge->report, finding,
		    "give the root beside the intermediate to this check with --ca-file");
	if (id == FINDING_TLS_CERT_CHAIN_INCOMPLETE)
		explain_incomplete(judge, tls, finding);
	buf_free(&message);
}

static void
weak_words(struct buf *out, const struct cert *cert, int code)
{
	if (code == X509_V_ERR_CA_MD_TOO_WEAK)
		buf_printf(out, "%s is signed with %s, which can be forged", cert_subject(cert),
		    cert->signature);
	else if (code == X509_V_ERR_EE_KEY_TOO_SMALL || code == X509_V_ERR_CA_KEY_TOO_SMALL)
		buf_printf(out, "the %s key of %s has %d bits, too few", cert->key_type,
		    cert_subject(cert), cert->key_bits);
	else
		buf_printf(out, "%s at %s", tls_verify_words(code), cert_subject(cert));
}

static void
judge_other(
    const struct judge *judge, const struct tls_facts *tls, enum finding_id id, int code, int depth)
{
	const struct cert *cert = cert_at(tls, depth);
	struct buf message;

	buf_init(&message, 2048);
	if (id == FINDING_TLS_CERT_SELF_SIGNED)
		buf_printf(&message, "certificate %s is self-signed", cert_subject(cert));
	else if (id == FINDING_TLS_CERT_WEAK && cert)
		weak_words(&message, cert, code);
	else if (id == FINDING_TLS_CERT_CHAIN_MISMATCH && cert)
		buf_printf(&message,
		    "%s was not issued by the %s that is sent: %s (verify error %d)",
		    cert_subject(cert), cert->issuer, tls_verify_words(code), code);
	else
		buf_printf(&message, "%s (verify error %d) at %s", tls_verify_words(code), code,
		    cert_subject(cert));
	judge_add(judge, id, buf_text(&message));
	buf_free(&message);
}

static void
judge_verify_error(const struct judge *judge, const struct tls_facts *tls, int code, int depth)
{
	enum finding_id id = verify_finding(code);

	switch (id) {
	case FINDING_TLS_CERT_EXPIRED:
		judge_expired(judge, cert_at(tls, depth), depth);
		break;
	case FINDING_TLS_CERT_NOT_YET_VALID:
		judge_not_yet(judge, cert_at(tls, depth));
		break;
	case FINDING_TLS_CERT_NAME:
		judge_name(judge, tls);
		break;
	case FINDING_TLS_CERT_UNTRUSTED:
	case FINDING_TLS_CERT_CHAIN_INCOMPLETE:
		judge_no_issuer(judge, tls, code);
		break;
	default:
		judge_other(judge, tls, id, code, depth);
	}
}

static bool
has_no_end(enum finding_id id)
{
	return id == FINDING_TLS_CERT_UNTRUSTED || id == FINDING_TLS_CERT_CHAIN_INCOMPLETE;
}

/* Another error says better what this one follows from. */
static bool
follows(const struct tls_facts *tls, size_t index)
{
	enum finding_id id = verify_finding(tls->errors[index].code);
	int depth = tls->errors[index].depth;

	for (size_t i = 0; i < tls->error_count; i++) {
		enum finding_id other = verify_finding(tls->errors[i].code);

		/* An issuer that is no CA, or that nobody may trust, has the wrong purpose too. */
		if (id == FINDING_TLS_CERT_PURPOSE && depth > 0 &&
		    (other == FINDING_TLS_CERT_CHAIN_NOT_CA || other == FINDING_TLS_CERT_REJECTED))
			return true;
		/* Nobody looked for the end of what is too long. */
		if (has_no_end(id) && other == FINDING_TLS_CERT_CHAIN_TOO_LONG)
			return true;
	}
	return false;
}

/* One finding a kind: 20 and 21 come together, as do 19 and 18 of some chains. */
static bool
judged_before(const struct tls_facts *tls, size_t index)
{
	enum finding_id id = verify_finding(tls->errors[index].code);

	for (size_t i = 0; i < index; i++) {
		enum finding_id other = verify_finding(tls->errors[i].code);

		if ((has_no_end(id) && has_no_end(other)) ||
		    (id == other && (id != FINDING_TLS_CERT_EXPIRED ||
					tls->errors[i].depth == tls->errors[index].depth)))
			return true;
	}
	return false;
}

/* Line 1 has no room for both keys: they stand whole below it. */
static void
judge_pin(const struct judge *judge, const struct tls_facts *tls)
{
	const char *served = tls->sent.list[0].spki_sha256;
	struct report_finding *finding;
	char message[256];

	snprintf(message, sizeof(message),
	    "no pinned key was sent: the key is %.16s…, pinned is %.16s…", served, tls->pin_wanted);
	finding = judge_add(judge, FINDING_TLS_CERT_PIN, message);
	report_why(judge->report, finding, "served: %s", served);
	report_why(judge->report, finding, "pinned: %s", tls->pin_wanted);
	report_why(judge->report, finding, "renewed with a new key, or somebody else answers");
}

static void
judge_verification(const struct judge *judge, const struct tls_facts *tls)
{
	for (size_t i = 0; i < tls->error_count; i++) {
		int code = tls->errors[i].code, depth = tls->errors[i].depth;

		report_line(judge->report, 2, "verify error %d at depth %d: %s", code, depth,
		    tls_verify_words(code));
		if (!follows(tls, i) && !judged_before(tls, i))
			judge_verify_error(judge, tls, code, depth);
	}
	if (tls->pin_mismatch)
		judge_pin(judge, tls);
	if (tls->done && !tls->verified && tls->error_count == 0 && !tls->pin_mismatch &&
	    !judge->relaxed && tls->staple_state != CERT_STAPLE_REVOKED)
		judge_add(judge, FINDING_TLS_CERT_UNVERIFIED,
		    "our own second look at the certificate did not confirm it");
}

/* The stapled OCSP answer; its absence matters only where the certificate demands one (RFC 7633). */
static void
judge_staple(const struct judge *judge, const struct tls_facts *tls)
{
	static const struct {
		enum finding_id id;
		const char *message;
	} rows[] = {
	    [CERT_STAPLE_NONE] = {FINDING_TLS_OCSP_BAD,
		"the certificate demands a stapled OCSP answer (must-staple), and none was sent"},
	    [CERT_STAPLE_REVOKED] = {FINDING_TLS_CERT_REVOKED,
		"the stapled OCSP answer says that the certificate is revoked"},
	    [CERT_STAPLE_UNKNOWN] = {FINDING_TLS_OCSP_UNKNOWN_CERT,
		"the stapled OCSP answer says that its responder does not know the certificate"},
	    [CERT_STAPLE_STALE] = {FINDING_TLS_OCSP_BAD, "the stapled OCSP answer is out of date"},
	    [CERT_STAPLE_BAD] = {FINDING_TLS_OCSP_BAD,
		"the stapled OCSP answer is damaged, or not signed by whom it must be"},
	};
	const struct cert *leaf = cert_at(tls, 0);
	enum cert_staple state = (enum cert_staple)tls->staple_state;
	bool demanded = leaf && leaf->must_staple;
	struct report_finding *finding;

	if (!tls->done || state == CERT_STAPLE_GOOD || (state == CERT_STAPLE_NONE && !demanded))
		return;
	if (state == CERT_STAPLE_BAD && tls->error_count > 0)
		return; /* without a path nobody can say whose signature it should be */
	finding = judge_add(judge, rows[state].id, rows[state].message);
	if (rows[state].id == FINDING_TLS_OCSP_BAD && demanded && !judge->insecure)
		report_state(judge->report, finding, STATE_CRITICAL);
}

/* What was sent, apart from whether it verifies here. */
static void
judge_sent(const struct judge *judge, const struct tls_facts *tls)
{
	struct buf message;

	buf_init(&message, 1024);
	for (size_t i = 0; i < tls->sent.count; i++) {
		const struct cert *cert = &tls->sent.list[i];

		if (!cert->dates_readable &&
		    !report_has(judge->report, FINDING_TLS_CERT_DATE_UNREADABLE)) {
			buf_clear(&message);
			buf_printf(&message, "a date of %s cannot be read", cert_subject(cert));
			judge_add(judge, FINDING_TLS_CERT_DATE_UNREADABLE, buf_text(&message));
		}
	}
	if (tls->intermediate_missing && tls->error_count == 0) {
		const struct cert *last = cert_chain_end(&tls->sent);

		buf_clear(&message);
		buf_printf(&message,
		    "the intermediate %s is not sent; it verifies here only because this machine "
		    "has it",
		    last->issuer);
		judge_add(judge, FINDING_TLS_CERT_CHAIN_INCOMPLETE, buf_text(&message));
	}
	if (tls->order_wrong)
		judge_add(judge, FINDING_TLS_CERT_CHAIN_ORDER,
		    "the certificates are sent in the wrong order");
	if (tls->extras && tls->verified)
		judge_add(judge, FINDING_TLS_CERT_CHAIN_EXTRA,
		    "certificates are sent that nobody needs (root, strays or an expired "
		    "cross-sign)");
	buf_free(&message);
}

static double
clamp(double value, double low, double high)
{
	return value < low ? low : value > high ? high : value;
}

/*
 * The default limits, per certificate: a quarter and a tenth of its lifetime,
 * between 36 hours and 30 days, 12 hours and 14 days, never above half of it.
 */
static void
default_limits(double lifetime_days, struct range *warning, struct range *critical)
{
	double half = lifetime_days / 2;
	double w = clamp(lifetime_days * 0.25, 36 * DAYS_PER_HOUR, 30);
	double c = clamp(lifetime_days * 0.10, 12 * DAYS_PER_HOUR, 14);

	*warning = (struct range){.set = true, .no_max = true, .min = w < half ? w : half};
	*critical = (struct range){.set = true, .no_max = true, .min = c < half ? c : half};
}

/* One judgement in two units: the percent limits are the day limits on this certificate's scale. */
static void
scale_limit(struct range *range, double lifetime_days)
{
	range->min = lifetime_days > 0 ? range->min / lifetime_days * 100 : 0;
}

static void
expiry_limits(
    const struct judge *judge, double lifetime, struct range days[2], struct range percent[2])
{
	const struct limits *limits = judge->limits;
	bool days_given = limits->given[METRIC_CERT_DAYS];
	bool percent_given = limits->given[METRIC_CERT_LIFETIME_LEFT];

	if (days_given || percent_given) {
		days[0] = limits->warning[METRIC_CERT_DAYS];
		days[1] = limits->critical[METRIC_CERT_DAYS];
		percent[0] = limits->warning[METRIC_CERT_LIFETIME_LEFT];
		percent[1] = limits->critical[METRIC_CERT_LIFETIME_LEFT];
		return;
	}
	default_limits(lifetime, &days[0], &days[1]);
	percent[0] = days[0];
	percent[1] = days[1];
	scale_limit(&percent[0], lifetime);
	scale_limit(&percent[1], lifetime);
}

/* How long the best path still lasts: one judgement, by days and by the share of a life. */
struct expiry {
	double days, share;
	struct range days_limits[2], share_limits[2]; /* WARNING, CRITICAL */
};

static void
set_limits(struct report_metric *metric, const struct range limits[2], enum state state)
{
	metric->judged = true;
	metric->warning = limits[0];
	metric->critical = limits[1];
	metric->state = state;
}

static enum state
limits_state(const struct range limits[2], double value)
{
	return range_alerts(&limits[1], value)   ? STATE_CRITICAL
	       : range_alerts(&limits[0], value) ? STATE_WARNING
						 : STATE_OK;
}

/* The worse of both is said, the days where they agree. */
static void
judge_left(const struct judge *judge, const struct expiry *expiry, struct buf *message)
{
	struct report_metric *metrics = judge->report->metrics;
	enum state by_days = limits_state(expiry->days_limits, expiry->days);
	enum state by_share = limits_state(expiry->share_limits, expiry->share);
	bool share_is_worse = by_share > by_days;
	enum metric_id said = share_is_worse ? METRIC_CERT_LIFETIME_LEFT : METRIC_CERT_DAYS;
	enum metric_id other = share_is_worse ? METRIC_CERT_DAYS : METRIC_CERT_LIFETIME_LEFT;
	const struct range *limits = share_is_worse ? expiry->share_limits : expiry->days_limits;
	enum state beside = share_is_worse ? by_days : by_share;

	if (share_is_worse)
		buf_printf(message, ", %.1f%% of its lifetime left", expiry->share);
	judge_metric(
	    judge->report, said, &limits[0], &limits[1], judge->endpoint, buf_text(message));
	set_limits(&metrics[other], share_is_worse ? expiry->days_limits : expiry->share_limits,
	    beside < metrics[said].state ? beside : metrics[said].state);
}

/* Metrics of the end, and the warning before it. What is over has its finding already. */
static void
judge_expiry(const struct judge *judge, const struct tls_facts *tls)
{
	const struct cert *leaf = &tls->sent.list[0];
	int64_t ends = tls->path_ends_unix ? tls->path_ends_unix : leaf->not_after_unix;
	double lifetime = (double)(leaf->not_after_unix - leaf->not_before_unix) / 86400.0;
	struct expiry expiry = {.days = (double)(ends - judge->now_unix) / 86400.0,
	    .share = cert_lifetime_left(leaf, judge->now_unix)};
	struct report_metric *metrics = judge->report->metrics;
	struct buf when, message;

	if (!leaf->dates_readable)
		return;
	expiry_limits(judge, lifetime, expiry.days_limits, expiry.share_limits);
	report_metric(judge->report, METRIC_CERT_DAYS, expiry.days);
	report_metric(judge->report, METRIC_CERT_LIFETIME_LEFT, expiry.share);
	report_metric_max(judge->report, METRIC_CERT_LIFETIME_LEFT, 100);
	if (expiry.days < 0 || judge->insecure) {
		set_limits(&metrics[METRIC_CERT_DAYS], expiry.days_limits,
		    expiry.days < 0 && !judge->insecure ? STATE_CRITICAL : STATE_OK);
		set_limits(&metrics[METRIC_CERT_LIFETIME_LEFT], expiry.share_limits, STATE_OK);
		return;
	}
	date_text(&when, ends);
	buf_init(&message, 512);
	buf_printf(&message, "%s ends in %.1f days (%s)",
	    ends < leaf->not_after_unix ? "the chain of the certificate" : "certificate",
	    expiry.days, buf_text(&when));
	judge_left(judge, &expiry, &message);
	buf_free(&message);
	buf_free(&when);
}

void
judge_cert(const struct judge *judge, const struct tls_facts *tls)
{
	if (tls->sent.count == 0)
		return;
	judge_verification(judge, tls);
	judge_clock(judge, tls);
	judge_staple(judge, tls);
	judge_sent(judge, tls);
	judge_expiry(judge, tls);
}
