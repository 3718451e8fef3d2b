/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the evaluation of SPF for an address, in the order of RFC 7208, 4 to 6.
 * Must not know: sockets, rounds, what a verdict means for a check.
 */
#include "dialog/spf_eval.h"

#include <string.h>

#include "base/text.h"

/* One evaluation. */
struct eval {
	struct arena *arena;
	const struct spf_resolver *resolver;
	struct spf_macros macros; /* domain: the one whose record is being read */
	bool pending;
	unsigned lookups, voids;
	const char *why;
	const char *term, *term_domain;
	const char *exp, *exp_domain; /* of the record that decided */
};

enum match { MATCH_NO, MATCH_YES, MATCH_TEMPERROR, MATCH_PERMERROR };

static enum spf_result check_host(struct eval *eval, const char *domain);

/* ---- asking ---------------------------------------------------------------------------- */

struct spf_reply
spf_resolver_ask(const struct spf_resolver *resolver, const char *name, uint16_t type)
{
	if (!dns_name_is_host(name))
		return (struct spf_reply){.status = SPF_ASK_NXDOMAIN};
	return resolver->ask(resolver->context, name, type);
}

const struct dns_record *
spf_resolver_record(const struct spf_reply *reply, size_t *count_out)
{
	const struct dns_record *found = NULL;

	*count_out = 0;
	for (size_t i = 0; i < reply->count; i++)
		if (spf_is_record(reply->records[i].txt.text, reply->records[i].txt.len)) {
			found = &reply->records[i];
			(*count_out)++;
		}
	return *count_out == 1 ? found : NULL;
}

static struct spf_reply
ask(struct eval *eval, const char *name, uint16_t type)
{
	struct spf_reply reply = spf_resolver_ask(eval->resolver, name, type);

	if (reply.status == SPF_ASK_PENDING)
		eval->pending = true;
	return reply;
}

/* The first reason stands. */
static void
blame(struct eval *eval, const char *subject, const char *words)
{
	if (!eval->why && !eval->pending)
		eval->why = arena_printf(eval->arena, "%s: %s", subject, words);
}

static enum match
temperror(struct eval *eval, const char *name, const struct spf_reply *reply)
{
	blame(eval, name, reply->why ? reply->why : "no answer");
	return MATCH_TEMPERROR;
}

/* A term that asks: at most ten of them in all (4.6.4). */
static bool
count_lookup(struct eval *eval, const char *term)
{
	if (++eval->lookups <= SPF_LOOKUPS_MAX)
		return true;
	blame(eval, term, "more than 10 lookups");
	return false;
}

/* A term whose question led to nothing: at most two of them (4.6.4, 11.1). */
static enum match
count_void(struct eval *eval, const char *name)
{
	if (++eval->voids <= SPF_VOIDS_MAX)
		return MATCH_NO;
	blame(eval, name, "more than 2 lookups lead to nothing");
	return MATCH_PERMERROR;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static uint16_t
address_type(const struct eval *eval)
{
	return eval->macros.address_len == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
}

/* One of the records is within bits of our address. */
static bool
holds_address(const struct eval *eval, const struct spf_reply *reply, unsigned bits)
{
	size_t len = eval->macros.address_len;

	for (size_t i = 0; i < reply->count; i++)
		if (spf_in_net(eval->macros.address,
			len == 4 ? reply->records[i].a : reply->records[i].aaaa, len, bits))
			return true;
	return false;
}

static unsigned
term_bits(const struct eval *eval, const struct spf_term *term)
{
	return eval->macros.address_len == 4 ? term->bits4 : term->bits6;
}

/* ---- PTR (5.5) and %{p} (7.3) ------------------------------------------------------------ */

static struct spf_reply
ask_reverse(struct eval *eval)
{
	char name[DNS_NAME_TEXT_MAX];

	if (!dns_name_reverse(
		name, sizeof name, eval->macros.address, eval->macros.address_len, NULL))
		return (struct spf_reply){.status = SPF_ASK_NXDOMAIN};
	return ask(eval, arena_strdup(eval->arena, name), DNS_TYPE_PTR);
}

/*
 * The validated name that suits domain best: itself, one below it, any. Errors
 * only mean that a name is not validated.
 */
static const char *
validated_name(struct eval *eval, const struct spf_reply *reverse, const char *domain)
{
	const char *below = NULL, *any = NULL;

	for (size_t i = 0; i < reverse->count && i < SPF_NAMES_MAX; i++) {
		const char *name = reverse->records[i].name;
		struct spf_reply reply = ask(eval, name, address_type(eval));

		if (reply.status != SPF_ASK_FOUND ||
		    !holds_address(eval, &reply, (unsigned)(8 * eval->macros.address_len)))
			continue;
		if (text_equal_fold(name, domain))
			return name;
		if (!below && dns_name_within(name, domain))
			below = name;
		if (!any)
			any = name;
	}
	return below ? below : any;
}

static const char *
expand(struct eval *eval, const char *spec)
{
	if (spf_spec_uses(spec, 'p')) {
		struct spf_reply reverse = ask_reverse(eval);

		eval->macros.validated = validated_name(eval, &reverse, eval->macros.domain);
	}
	return spf_expand_name(eval->arena, spec, &eval->macros);
}

static const char *
target_name(struct eval *eval, const struct spf_term *term)
{
	return term->spec ? expand(eval, term->spec) : eval->macros.domain;
}

/* ---- mechanisms (5) ---------------------------------------------------------------------------- */

static enum match
match_include(struct eval *eval, const struct spf_term *term)
{
	const struct eval before = *eval;
	enum spf_result result = check_host(eval, target_name(eval, term));

	eval->macros.domain = before.macros.domain;
	switch (result) {
	case SPF_PASS:
		return MATCH_YES;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL:
		/* What decided there decides nothing here. */
		eval->term = before.term;
		eval->term_domain = before.term_domain;
		eval->exp = before.exp;
		return MATCH_NO;
	case SPF_TEMPERROR:
		return MATCH_TEMPERROR;
	case SPF_NONE:
		blame(eval, term->text, "the domain included has no SPF record");
		return MATCH_PERMERROR;
	default:
		return MATCH_PERMERROR;
	}
}

static enum match
match_a(struct eval *eval, const struct spf_term *term)
{
	const char *name = target_name(eval, term);
	struct spf_reply reply = ask(eval, name, address_type(eval));

	if (reply.status == SPF_ASK_FAILED)
		return temperror(eval, name, &reply);
	if (reply.status == SPF_ASK_NODATA || reply.status == SPF_ASK_NXDOMAIN)
		return count_void(eval, name);
	return holds_address(eval, &reply, term_bits(eval, term)) ? MATCH_YES : MATCH_NO;
}

static enum match
match_mx(struct eval *eval, const struct spf_term *term)
{
	const char *name = target_name(eval, term);
	struct spf_reply mx = ask(eval, name, DNS_TYPE_MX);

	if (mx.status == SPF_ASK_FAILED)
		return temperror(eval, name, &mx);
	if (mx.status == SPF_ASK_NODATA || mx.status == SPF_ASK_NXDOMAIN)
		return count_void(eval, name);
	if (mx.count > SPF_NAMES_MAX) {
		blame(eval, name, "more than 10 MX");
		return MATCH_PERMERROR;
	}
	for (size_t i = 0; i < mx.count; i++) {
		const char *host = mx.records[i].mx.host;
		struct spf_reply reply;

		if (strcmp(host, ".") == 0)
			continue;
		reply = ask(eval, host, address_type(eval));
		if (reply.status == SPF_ASK_FAILED)
			return temperror(eval, host, &reply);
		if (holds_address(eval, &reply, term_bits(eval, term)))
			return MATCH_YES;
	}
	return MATCH_NO;
}

/* A failure to look up is no match here (5.5). */
static enum match
match_ptr(struct eval *eval, const struct spf_term *term)
{
	const char *domain = target_name(eval, term), *name;
	struct spf_reply reverse = ask_reverse(eval);

	if (reverse.status == SPF_ASK_NODATA || reverse.status == SPF_ASK_NXDOMAIN)
		return count_void(eval, "ptr");
	name = validated_name(eval, &reverse, domain);
	return name && dns_name_within(name, domain) ? MATCH_YES : MATCH_NO;
}

/* Always A, also for IPv6 (5.7). */
static enum match
match_exists(struct eval *eval, const struct spf_term *term)
{
	const char *name = target_name(eval, term);
	struct spf_reply reply = ask(eval, name, DNS_TYPE_A);

	if (reply.status == SPF_ASK_FAILED)
		return temperror(eval, name, &reply);
	if (reply.status == SPF_ASK_NODATA || reply.status == SPF_ASK_NXDOMAIN)
		return count_void(eval, name);
	return reply.status == SPF_ASK_FOUND ? MATCH_YES : MATCH_NO;
}

static enum match
match_net(const struct eval *eval, const struct spf_term *term)
{
	size_t len = term->mechanism == SPF_IP4 ? 4 : 16;

	return eval->macros.address_len == len &&
		       spf_in_net(eval->macros.address, term->address, len, term_bits(eval, term))
		   ? MATCH_YES
		   : MATCH_NO;
}

static enum match
match_term(struct eval *eval, const struct spf_term *term)
{
	switch (term->mechanism) {
	case SPF_ALL:
		return MATCH_YES;
	case SPF_IP4:
	case SPF_IP6:
		return match_net(eval, term);
	default:
		break;
	}
	if (!count_lookup(eval, term->text))
		return MATCH_PERMERROR;
	switch (term->mechanism) {
	case SPF_INCLUDE:
		return match_include(eval, term);
	case SPF_A:
		return match_a(eval, term);
	case SPF_MX:
		return match_mx(eval, term);
	case SPF_PTR:
		return match_ptr(eval, term);
	default:
		return match_exists(eval, term);
	}
}

/* ---- a record (4.6, 4.7, 6.1) ------------------------------------------------------------------ */

static enum spf_result
follow_redirect(struct eval *eval, const struct spf_record *record)
{
	const char *target;
	enum spf_result result;

	if (!count_lookup(eval, record->redirect_text))
		return SPF_PERMERROR;
	target = expand(eval, record->redirect);
	result = check_host(eval, target);
	if (result != SPF_NONE)
		return result;
	blame(eval, record->redirect_text, "the domain it leads to has no SPF record");
	return SPF_PERMERROR;
}

static enum spf_result
evaluate(struct eval *eval, const struct spf_record *record)
{
	const char *domain = eval->macros.domain;

	for (size_t i = 0; i < record->count; i++) {
		const struct spf_term *term = &record->terms[i];
		enum match match = match_term(eval, term);

		if (match == MATCH_NO)
			continue;
		eval->term = term->text;
		eval->term_domain = domain;
		eval->exp = record->exp;
		eval->exp_domain = domain;
		if (match == MATCH_TEMPERROR)
			return SPF_TEMPERROR;
		return match == MATCH_PERMERROR ? SPF_PERMERROR : term->verdict;
	}
	return record->redirect ? follow_redirect(eval, record) : SPF_NEUTRAL;
}

/* A domain that can have a record at all: well-formed, of more than one label (4.3). */
static bool
is_checkable(const char *domain)
{
	return dns_name_is_host(domain) && strchr(domain, '.') && strchr(domain, '.')[1] != '\0';
}

static enum spf_result
check_host(struct eval *eval, const char *domain)
{
	struct spf_reply reply;
	struct spf_record record;
	const struct dns_record *txt;
	size_t count;

	eval->macros.domain = domain;
	if (!is_checkable(domain))
		return SPF_NONE;
	reply = ask(eval, domain, DNS_TYPE_TXT);
	if (reply.status == SPF_ASK_PENDING)
		return SPF_NEUTRAL; /* go on asking */
	if (reply.status == SPF_ASK_FAILED) {
		(void)temperror(eval, domain, &reply);
		return SPF_TEMPERROR;
	}
	txt = spf_resolver_record(&reply, &count);
	if (count == 0)
		return SPF_NONE;
	if (!txt) {
		blame(eval, domain, "more than one SPF record");
		return SPF_PERMERROR;
	}
	if (spf_parse(eval->arena, txt->txt.text, txt->txt.len, &record))
		return evaluate(eval, &record);
	blame(eval, domain, arena_printf(eval->arena, "%s: %s", record.fault_term, record.fault));
	return SPF_PERMERROR;
}

/* ---- the explanation (6.2) -------------------------------------------------------------------- */

/* Whatever goes wrong with it, there is none then. */
static const char *
explain(struct eval *eval)
{
	struct spf_reply reply;
	struct buf text;
	const char *spec, *words = NULL;

	if (!eval->exp)
		return NULL;
	eval->macros.domain = eval->exp_domain;
	reply = ask(eval, expand(eval, eval->exp), DNS_TYPE_TXT);
	if (reply.status != SPF_ASK_FOUND || reply.count != 1)
		return NULL;
	spec = reply.records[0].txt.text;
	if (strlen(spec) != reply.records[0].txt.len ||
	    !spf_spec_is_good(spec, strlen(spec), true, false))
		return NULL;
	if (spf_spec_uses(spec, 'p'))
		(void)expand(eval, "%{p}");
	buf_init(&text, 1024);
	if (spf_expand(&text, spec, &eval->macros))
		words = arena_strdup(eval->arena, buf_text(&text));
	buf_free(&text);
	return words;
}

/* ---- the whole --------------------------------------------------------------------------------- */

static void
set_macros(struct eval *eval, const struct spf_query *query)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool is_mapped = query->address_len == 16 && memcmp(query->address, mapped, 12) == 0;
	const char *sender = query->sender ? query->sender : query->domain;
	const char *at = strrchr(sender, '@');

	if (!at || at == sender)
		sender = arena_printf(eval->arena, "postmaster@%s", at ? at + 1 : sender); /* 4.3 */
	eval->macros = (struct spf_macros){
	    .sender = sender,
	    .domain = query->domain,
	    .helo = query->helo ? query->helo : query->domain,
	    .address = is_mapped ? query->address + 12 : query->address,
	    .address_len = is_mapped ? 4 : query->address_len,
	    .receiver = query->receiver,
	    .now_unix = query->now_unix,
	};
}

void
spf_eval(struct arena *arena, const struct spf_resolver *resolver, const struct spf_query *query,
    struct spf_verdict *out)
{
	struct eval eval = {.arena = arena, .resolver = resolver};
	enum spf_result result;

	set_macros(&eval, query);
	result = check_host(&eval, query->domain);
	*out = (struct spf_verdict){.result = result, .lookups = eval.lookups, .voids = eval.voids};
	if (result == SPF_FAIL && !eval.pending)
		out->explanation = explain(&eval);
	out->pending = eval.pending;
	out->term = eval.term;
	out->term_domain = eval.term_domain;
	if (result == SPF_TEMPERROR || result == SPF_PERMERROR)
		out->why = eval.why;
}
