/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns why a name has no address: asks a few more questions when the first
 * answer was no. Nothing here runs while all is well.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/lookup.h"

#define SPAN_US (3 * US_PER_S) /* that a diagnosis may take */

/* The answers to these decide. */
enum {
	ASK_A,
	ASK_AAAA,
	ASK_UNCHECKED, /* A with CD: without DNSSEC validation */
	ASK_PARENT,    /* SOA of the domain above */
	ASK_ROOT,
	ASK_COUNT
};

/* "example.org" of "imap.example.org"; "." above that. */
static const char *
parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : ".";
}

/* ---- extended errors ---------------------------------------------------------------------- */

static const struct dns_ede *
find_ede(const struct dns_question *question, bool (*is)(unsigned code))
{
	for (size_t i = 0; i < question->answer.ede_count; i++)
		if (is(question->answer.ede[i].code))
			return &question->answer.ede[i];
	return NULL;
}

static bool
is_policy(unsigned code) /* Blocked, Censored, Filtered, Prohibited (RFC 8914, 4.16-4.19) */
{
	return code >= 15 && code <= 18;
}

static bool
is_validation(unsigned code) /* RFC 8914, 4.6-4.13, and its later kin */
{
	return (code >= 5 && code <= 12) || code == 25 || code == 27;
}

static const struct dns_ede *
first_ede(const struct dns_question *question)
{
	return question->answer.ede_count ? &question->answer.ede[0] : NULL;
}

/* " (EDE 7, Signature Expired: text)" */
static void
add_ede(struct buf *out, const struct dns_ede *ede)
{
	const struct text_style style = {.max_chars = 80, .fold = true};

	if (!ede)
		return;
	buf_printf(out, " (EDE %u, %s", ede->code, dns_ede_word(ede->code));
	if (ede->text[0]) {
		buf_add_text(out, ": ");
		text_clean(out, ede->text, strlen(ede->text), &style);
	}
	buf_add_char(out, ')');
}

/* ---- the nearest real name ------------------------------------------------------------------ */

/* One letter more, less, other, or two changed places (Damerau). */
static bool
is_one_edit(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t head = 0, tail = 0;

	while (head < a_len && head < b_len && a[head] == b[head])
		head++;
	while (tail < a_len - head && tail < b_len - head &&
	       a[a_len - 1 - tail] == b[b_len - 1 - tail])
		tail++;
	a_len -= head + tail;
	b_len -= head + tail;
	if (a_len == 2 && b_len == 2)
		return a[head] == b[head + 1] && a[head + 1] == b[head];
	return a_len <= 1 && b_len <= 1 && a_len + b_len > 0;
}

/* All labels the same but one, and that by one edit. */
static bool
is_near(const char *name, const char *other)
{
	bool differs = false;

	for (;;) {
		size_t len = strcspn(name, "."), other_len = strcspn(other, ".");

		if (len != other_len || strncmp(name, other, len) != 0) {
			if (differs || !is_one_edit(name, len, other, other_len))
				return false;
			differs = true;
		}
		name += len;
		other += other_len;
		if (!*name || !*other)
			return differs && !*name && !*other;
		name++;
		other++;
	}
}

#define NAMES_MAX 24
struct nearest {
	struct dns_question questions[NAMES_MAX];
	size_t count;
	struct arena arena;
};

static void
will_ask(struct nearest *nearest, const char *name, uint16_t type)
{
	if (nearest->count < NAMES_MAX)
		nearest->questions[nearest->count++] =
		    (struct dns_question){.name = name, .type = type};
}

/* Where the domain itself says its mail services are, and what everybody calls them. */
static void
plan_names(struct nearest *nearest, const char *host)
{
	static const char *const services[] = {
	    "_imaps", "_imap", "_pop3s", "_pop3", "_submissions", "_submission"};
	static const char *const habits[] = {
	    "imap", "smtp", "pop", "pop3", "mail", "mx", "mx1", "webmail", "submission", "mailbox"};
	const char *domain = parent_of(host);

	will_ask(nearest, domain, DNS_TYPE_MX);
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		will_ask(nearest, arena_printf(&nearest->arena, "%s._tcp.%s", services[i], domain),
		    DNS_TYPE_SRV);
	for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
		const char *name = arena_printf(&nearest->arena, "%s.%s", habits[i], domain);

		if (is_near(host, name))
			will_ask(nearest, name, DNS_TYPE_A);
	}
}

static const char *
name_in(const struct dns_question *question, size_t i)
{
	const struct dns_record *record = &question->answer.records[i];

	switch (record->type) {
	case DNS_TYPE_MX:
		return record->mx.host;
	case DNS_TYPE_SRV:
		return record->srv.host;
	default:
		return question->name;
	}
}

/* A service's own target says more than a name everybody uses. */
static const char *
pick_name(const struct nearest *nearest, const char *host)
{
	for (size_t i = 0; i < nearest->count; i++)
		for (size_t j = 0; j < nearest->questions[i].answer.count; j++)
			if (is_near(host, name_in(&nearest->questions[i], j)))
				return name_in(&nearest->questions[i], j);
	return NULL;
}

/* ---- the verdict ------------------------------------------------------------------------------- */

struct inquest {
	struct lookup *lookup;
	struct dns dns;
	struct dns_question questions[ASK_COUNT];
	const char *host;
	struct deadline deadline;
	struct err *err;
};

static bool
verdict(struct inquest *q, enum err_resolve code, const struct buf *text)
{
	err_clear(q->err);
	return err_set(q->err, ERR_RESOLVE, code, "resolve %s: %s", q->host, buf_text(text));
}

static bool
say_filtered(struct inquest *q, const struct dns_ede *ede)
{
	struct buf text;

	buf_init(&text, 512);
	buf_add_text(&text, "the resolver keeps the answer back");
	add_ede(&text, ede);
	verdict(q, ERR_RESOLVE_FILTERED, &text);
	buf_free(&text);
	return false;
}

static bool
say_missing(struct inquest *q)
{
	struct nearest *nearest;
	const char *name;
	struct buf text;

	if (strcmp(parent_of(q->host), ".") == 0 || !strchr(parent_of(q->host), '.'))
		return false;
	nearest = mem_alloc(sizeof(*nearest));
	plan_names(nearest, q->host);
	dns_ask(&q->dns, nearest->questions, nearest->count, q->deadline);
	q->lookup->questions += (unsigned)nearest->count;
	name = pick_name(nearest, q->host);
	if (name) {
		buf_init(&text, 512);
		buf_printf(&text, "no such host name; %.180s exists", name);
		snprintf(q->lookup->nearest, sizeof(q->lookup->nearest), "%s", name);
		verdict(q, ERR_RESOLVE_NXDOMAIN, &text);
		buf_free(&text);
	}
	arena_free(&nearest->arena);
	mem_free(nearest);
	return false;
}

/* The resolver answers for nothing: this machine's affair. */
static bool
say_resolver(struct inquest *q)
{
	const struct dns_question *root = &q->questions[ASK_ROOT];
	const struct dns_settings *settings = &q->dns.settings;
	char word[16];
	struct buf text;

	buf_init(&text, 512);
	dns_settings_words(&text, settings);
	if (root->status == DNS_SERVFAIL || root->status == DNS_REFUSED ||
	    root->status == DNS_FAILED)
		buf_printf(&text, " answer%s %s for any name",
		    settings->server_count == 1 ? "s" : "",
		    dns_rcode_word(root->answer.rcode, word));
	else if (root->status == DNS_UNREACHABLE)
		buf_add_text(&text, ": no name server listens there");
	else
		buf_add_text(&text, settings->server_count == 1 ? " is silent" : " are silent");
	verdict(q, ERR_RESOLVE_SILENT, &text);
	buf_free(&text);
	return false;
}

static bool
say_damaged(struct inquest *q)
{
	struct buf text;

	buf_init(&text, 512);
	buf_printf(&text, "only damaged answers: %s", q->questions[ASK_A].why);
	verdict(q, ERR_RESOLVE_MALFORMED, &text);
	buf_free(&text);
	return false;
}

/* It answers for others: the zone's affair. */
static bool
say_zone(struct inquest *q)
{
	const struct dns_question *asked = &q->questions[ASK_A];
	const struct dns_ede *bogus = find_ede(asked, is_validation);
	bool unchecked = dns_is_answer(&q->questions[ASK_UNCHECKED]);
	enum err_resolve code = ERR_RESOLVE_SERVFAIL;
	char word[16];
	struct buf text;

	buf_init(&text, 512);
	if (asked->status == DNS_TIMEOUT)
		buf_add_text(&text, "no answer");
	else
		buf_add_text(&text, asked->status == DNS_REFUSED
					? "REFUSED"
					: dns_rcode_word(asked->answer.rcode, word));
	if (bogus && unchecked)
		code = ERR_RESOLVE_BOGUS;
	add_ede(&text, bogus ? bogus : first_ede(asked));
	buf_add_text(&text, unchecked ? "; with CD=1 it is answered: DNSSEC is broken"
				      : "; other names are answered: its zone is at fault");
	verdict(q, code, &text);
	buf_free(&text);
	return false;
}

static void
ask_all(struct inquest *q)
{
	q->questions[ASK_A] = (struct dns_question){.name = q->host, .type = DNS_TYPE_A};
	q->questions[ASK_AAAA] = (struct dns_question){.name = q->host, .type = DNS_TYPE_AAAA};
	q->questions[ASK_UNCHECKED] =
	    (struct dns_question){.name = q->host, .type = DNS_TYPE_A, .flags = DNS_NO_CHECKING};
	q->questions[ASK_PARENT] =
	    (struct dns_question){.name = parent_of(q->host), .type = DNS_TYPE_SOA};
	q->questions[ASK_ROOT] = (struct dns_question){.name = ".", .type = DNS_TYPE_NS};
	dns_ask(&q->dns, q->questions, ASK_COUNT, q->deadline);
	q->lookup->questions += ASK_COUNT;
	for (size_t i = 0; i < ASK_COUNT; i++)
		q->lookup->forged |= q->questions[i].forged;
}

/* Without validation the same name will do: the resolver then does reach the zone. */
static bool
answers_others(const struct inquest *q)
{
	return dns_is_answer(&q->questions[ASK_UNCHECKED]) ||
	       dns_is_answer(&q->questions[ASK_PARENT]) || dns_is_answer(&q->questions[ASK_ROOT]);
}

static bool
inquire(struct inquest *q, uint16_t port, struct addresses *out)
{
	const struct dns_question *a = &q->questions[ASK_A], *aaaa = &q->questions[ASK_AAAA];
	const struct basic_opts *basic = q->lookup->basic;
	const struct dns_ede *ede;

	ask_all(q);
	ede = find_ede(a, is_policy);
	if (ede)
		return say_filtered(q, ede);
	if (q->err->code == ERR_RESOLVE_NXDOMAIN)
		return say_missing(q);
	if (q->err->code == ERR_RESOLVE_NO_ADDRESS)
		return false;
	lookup_take(basic->ipv6 ? aaaa : a, basic->ipv4 || basic->ipv6 ? 1 : 2, port, out);
	if (out->count > 0) { /* the first failure has passed */
		err_clear(q->err);
		return true;
	}
	if (a->status == DNS_NXDOMAIN) {
		err_clear(q->err);
		dns_err(a, q->err);
		return say_missing(q);
	}
	if (a->status == DNS_MALFORMED)
		return say_damaged(q);
	if (!answers_others(q))
		return say_resolver(q);
	return !dns_is_answer(a) ? say_zone(q) : false;
}

bool
lookup_why(
    struct lookup *lookup, const char *host, uint16_t port, struct addresses *out, struct err *err)
{
	struct inquest q = {.lookup = lookup,
	    .host = host,
	    .err = err,
	    .deadline = deadline_sooner(lookup->deadline, deadline_in(SPAN_US))};
	struct dns_settings settings;
	struct err unknown = {0};
	bool found;

	if (err->kind != ERR_RESOLVE || deadline_left_us(lookup->deadline) == 0)
		return false;
	if (!lookup_servers(&settings, &lookup->basic->resolver, lookup->resolv_conf, &unknown)) {
		if (err->code == ERR_RESOLVE_SILENT || err->code == ERR_RESOLVE_SERVFAIL) {
			err_clear(err);
			err_take(err, &unknown);
		}
		return false;
	}
	dns_init(&q.dns, &settings);
	found = inquire(&q, port, out);
	dns_free(&q.dns);
	return found;
}
