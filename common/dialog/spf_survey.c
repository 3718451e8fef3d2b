/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the walk through all records of a domain's SPF.
 * Must not know: senders; what an issue means for a check.
 */
#include "dialog/spf_survey.h"

#include <string.h>

#include "base/text.h"

#define SECOND_LEVEL_MAX 3 /* "co", "com", "org" in co.uk: what lies below it is registered */

struct walk {
	struct arena *arena;
	const struct spf_resolver *resolver;
	struct spf_survey *survey;
	const char *path[SPF_NODES_MAX]; /* the domains from the root to here */
	size_t depth;
};

static void visit(struct walk *walk, const char *domain, const char *via, bool final);

static struct spf_reply
ask(struct walk *walk, const char *name, uint16_t type)
{
	struct spf_reply reply = spf_resolver_ask(walk->resolver, name, type);

	if (reply.status == SPF_ASK_PENDING)
		walk->survey->pending = true;
	return reply;
}

static void
note(struct walk *walk, enum spf_issue_kind kind, const char *term, const char *words)
{
	struct spf_survey *survey = walk->survey;

	if (survey->issue_count < SPF_ISSUES_MAX)
		survey->issues[survey->issue_count++] =
		    (struct spf_issue){kind, walk->path[walk->depth - 1], term, words};
}

/* ---- targets ------------------------------------------------------------------------- */

/* The name a spec leads to when it depends on no sender; else NULL. */
static const char *
target_of(struct walk *walk, const char *spec)
{
	static const uint8_t nobody[4] = {0};
	const char *domain = walk->path[walk->depth - 1];
	const struct spf_macros macros = {.sender = domain,
	    .domain = domain,
	    .helo = domain,
	    .address = nobody,
	    .address_len = sizeof nobody};

	if (!spec)
		return domain;
	for (const char *letter = "slohipv"; *letter; letter++)
		if (spf_spec_uses(spec, *letter))
			return NULL;
	return spf_expand_name(walk->arena, spec, &macros);
}

/*
 * The shortest name above a missing one that is missing too and that a
 * registry sells; NULL: its owner still has it.
 */
static const char *
free_name(struct walk *walk, const char *domain)
{
	const char *label = domain + strlen(domain), *below = NULL;

	for (int labels = 0; label > domain && labels < 3;) {
		struct spf_reply reply;

		label--;
		if (label > domain && label[-1] != '.')
			continue;
		labels++;
		if (labels == 1 || (labels == 3 && strcspn(below, ".") > SECOND_LEVEL_MAX)) {
			below = label;
			continue;
		}
		reply = ask(walk, label, DNS_TYPE_SOA);
		if (reply.status == SPF_ASK_NXDOMAIN)
			return label;
		below = label;
	}
	return NULL;
}

/* ---- terms ------------------------------------------------------------------------------ */

static void
note_void(struct walk *walk, const char *term)
{
	walk->survey->voids++;
	note(walk, SPF_ISSUE_VOID, term, NULL);
}

static bool
is_void(const struct spf_reply *reply)
{
	return reply->status == SPF_ASK_NODATA || reply->status == SPF_ASK_NXDOMAIN;
}

static void
add_net(struct walk *walk, const uint8_t *address, size_t len, unsigned bits)
{
	struct spf_survey *survey = walk->survey;
	struct spf_net *net;

	if (survey->net_count == SPF_NETS_MAX) {
		survey->net_left_out++;
		return;
	}
	net = &survey->nets[survey->net_count++];
	memcpy(net->address, address, len);
	net->len = len;
	net->bits = bits;
}

static void
take_net(struct walk *walk, const struct spf_term *term)
{
	bool four = term->mechanism == SPF_IP4;
	unsigned bits = four ? term->bits4 : term->bits6;

	if (term->verdict != SPF_PASS)
		return;
	if (bits == 0)
		note(walk, SPF_ISSUE_OPEN, term->text, NULL);
	add_net(walk, term->address, four ? 4 : 16, bits);
}

/* The addresses of a name that a term lets pass. */
static void
take_addresses(struct walk *walk, const struct spf_term *term, const struct spf_reply *reply)
{
	for (size_t i = 0; term->verdict == SPF_PASS && i < reply->count; i++)
		if (reply->records[i].type == DNS_TYPE_A)
			add_net(walk, reply->records[i].a, 4, term->bits4);
		else if (reply->records[i].type == DNS_TYPE_AAAA)
			add_net(walk, reply->records[i].aaaa, 16, term->bits6);
}

static void
take_hosts(struct walk *walk, const struct spf_term *term, const struct spf_reply *mx)
{
	for (size_t i = 0; walk->survey->hosts && i < mx->count && i < SPF_NAMES_MAX; i++) {
		struct spf_reply a = ask(walk, mx->records[i].mx.host, DNS_TYPE_A);
		struct spf_reply aaaa = ask(walk, mx->records[i].mx.host, DNS_TYPE_AAAA);

		take_addresses(walk, term, &a);
		take_addresses(walk, term, &aaaa);
	}
}

static void
look_at_name(struct walk *walk, const struct spf_term *term)
{
	const char *name = target_of(walk, term->spec);
	uint16_t type = term->mechanism == SPF_MX ? DNS_TYPE_MX : DNS_TYPE_A;
	struct spf_reply reply, other = {.status = SPF_ASK_NXDOMAIN};

	if (!name)
		return;
	reply = ask(walk, name, type);
	if (term->mechanism == SPF_A)
		other = ask(walk, name, DNS_TYPE_AAAA);
	if (reply.status == SPF_ASK_FAILED)
		note(walk, SPF_ISSUE_TEMPERROR, term->text, reply.why);
	else if (is_void(&reply) && is_void(&other))
		note_void(walk, term->text);
	else if (type == DNS_TYPE_MX && reply.count > SPF_NAMES_MAX)
		note(walk, SPF_ISSUE_MANY_MX, term->text, NULL);
	else if (term->mechanism == SPF_MX)
		take_hosts(walk, term, &reply);
	if (term->mechanism == SPF_A) {
		take_addresses(walk, term, &reply);
		take_addresses(walk, term, &other);
	}
}

/* final: this record has the last word on a sender: the root's, or where it redirects to. */
static void
look_at_all(struct walk *walk, const struct spf_term *term, bool final)
{
	if (term->verdict == SPF_PASS)
		note(walk, SPF_ISSUE_OPEN, term->text, NULL);
	else if (term->verdict == SPF_NEUTRAL && final)
		note(walk, SPF_ISSUE_NEUTRAL, term->text, NULL);
}

static void
look_at(struct walk *walk, const struct spf_term *term, bool final)
{
	const char *name;

	switch (term->mechanism) {
	case SPF_ALL:
		look_at_all(walk, term, final);
		return;
	case SPF_IP4:
	case SPF_IP6:
		take_net(walk, term);
		return;
	default:
		walk->survey->lookups++;
	}
	if (term->mechanism == SPF_PTR)
		note(walk, SPF_ISSUE_PTR, term->text, NULL);
	else if (term->mechanism != SPF_INCLUDE)
		look_at_name(walk, term);
	else if ((name = target_of(walk, term->spec)) != NULL)
		visit(walk, name, term->text, false);
}

/* ---- records ------------------------------------------------------------------------------ */

static void
look_at_record(struct walk *walk, const struct spf_record *record, bool final)
{
	const char *name;

	for (size_t i = 0; i < record->count; i++) {
		look_at(walk, &record->terms[i], final);
		if (record->terms[i].mechanism == SPF_ALL)
			return;
	}
	if (!record->redirect) {
		if (final)
			note(walk, SPF_ISSUE_NO_ALL, NULL, NULL);
		return;
	}
	walk->survey->lookups++;
	name = target_of(walk, record->redirect);
	if (name)
		visit(walk, name, record->redirect_text, final);
}

/* No record here: what that means depends on how we came. */
static void
note_missing(struct walk *walk, const char *domain, const char *via, bool exists)
{
	const char *words = NULL;

	if (!via) {
		note(walk, SPF_ISSUE_MISSING, NULL, NULL);
		return;
	}
	if (!exists)
		words = free_name(walk, domain);
	walk->depth--; /* the fault is in the record that names it */
	note(walk, exists ? SPF_ISSUE_INCLUDE : SPF_ISSUE_INCLUDE_GONE, via, words);
	walk->depth++;
}

static void
look_at_answer(struct walk *walk, struct spf_node *node, const struct spf_reply *reply, bool final)
{
	struct spf_record record;
	const struct dns_record *txt;
	size_t count;

	if (reply->status == SPF_ASK_PENDING)
		return;
	if (reply->status == SPF_ASK_FAILED) {
		note(walk, SPF_ISSUE_TEMPERROR, node->via, reply->why);
		return;
	}
	txt = spf_resolver_record(reply, &count);
	if (count == 0) {
		note_missing(walk, node->domain, node->via, reply->status != SPF_ASK_NXDOMAIN);
		return;
	}
	if (!txt) {
		note(walk, SPF_ISSUE_MULTIPLE, node->via, NULL);
		return;
	}
	node->record = txt->txt.text;
	if (!spf_parse(walk->arena, txt->txt.text, txt->txt.len, &record))
		note(walk, SPF_ISSUE_SYNTAX, record.fault_term, record.fault);
	else
		look_at_record(walk, &record, final);
}

static bool
is_on_path(const struct walk *walk, const char *domain)
{
	for (size_t i = 0; i < walk->depth; i++)
		if (text_equal_fold(walk->path[i], domain))
			return true;
	return false;
}

static void
visit(struct walk *walk, const char *domain, const char *via, bool final)
{
	struct spf_survey *survey = walk->survey;
	unsigned before = survey->lookups;
	struct spf_reply reply;
	struct spf_node *node;

	if (is_on_path(walk, domain)) {
		note(walk, SPF_ISSUE_LOOP, via, NULL);
		return;
	}
	if (survey->node_count == SPF_NODES_MAX)
		return; /* far beyond the limit of lookups: that is said */
	node = &survey->nodes[survey->node_count++];
	*node = (struct spf_node){.domain = domain, .via = via, .depth = (unsigned)walk->depth};
	walk->path[walk->depth++] = domain;
	reply = ask(walk, domain, DNS_TYPE_TXT);
	look_at_answer(walk, node, &reply, final);
	walk->depth--;
	node->lookups = survey->lookups - before;
}

void
spf_survey(struct arena *arena, const struct spf_resolver *resolver, const char *domain,
    struct spf_survey *out)
{
	struct walk walk = {.arena = arena, .resolver = resolver, .survey = out};

	*out = (struct spf_survey){.hosts = out->hosts};
	visit(&walk, domain, NULL, true);
}

const struct spf_issue *
spf_survey_find(const struct spf_survey *survey, enum spf_issue_kind kind)
{
	for (size_t i = 0; i < survey->issue_count; i++)
		if (survey->issues[i].kind == kind)
			return &survey->issues[i];
	return NULL;
}
