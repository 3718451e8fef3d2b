/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the records of the world and who has heard which of them. */
#include "lib/spf_world.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "base/text.h"

#define A DNS_TYPE_A
#define AAAA DNS_TYPE_AAAA
#define MX DNS_TYPE_MX
#define PTR DNS_TYPE_PTR
#define TXT DNS_TYPE_TXT
#define REV ".2.0.192.in-addr.arpa"
#define LONG63 "a23456789012345678901234567890123456789012345678901234567890123"

/* data: an address, a name, a text; "!words" is a failure of the question. */
static const struct world_row {
	const char *name;
	uint16_t type;
	const char *data;
} rows[] = {
    /* RFC 7208, appendix A: its zone */
    {"example.com", MX, "mail-a.example.com"},
    {"example.com", MX, "mail-b.example.com"},
    {"example.com", A, "192.0.2.10"},
    {"example.com", A, "192.0.2.11"},
    {"amy.example.com", A, "192.0.2.65"},
    {"bob.example.com", A, "192.0.2.66"},
    {"mail-a.example.com", A, "192.0.2.129"},
    {"mail-b.example.com", A, "192.0.2.130"},
    {"www.example.com", A, "192.0.2.10"},
    {"example.org", MX, "mail-c.example.org"},
    {"mail-c.example.org", A, "192.0.2.140"},
    {"10" REV, PTR, "example.com"},
    {"11" REV, PTR, "example.com"},
    {"65" REV, PTR, "amy.example.com"},
    {"66" REV, PTR, "bob.example.com"},
    {"129" REV, PTR, "mail-a.example.com"},
    {"130" REV, PTR, "mail-b.example.com"},
    {"140" REV, PTR, "mail-c.example.org"},
    {"4.0.0.10.in-addr.arpa", PTR, "bob.example.com"},
    {"ip4._spf.example.com", TXT, "v=spf1 -ip4:192.0.2.0/25 +all"},
    {"ptr._spf.example.com", TXT, "v=spf1 -ptr:example.org +all"},
    {"mary.mobile-users._spf.example.com", A, "127.0.0.2"},
    {"fred.mobile-users._spf.example.com", A, "127.0.0.2"},
    {"15.15.168.192.joel.remote-users._spf.example.com", A, "127.0.0.2"},
    /* targets of include and redirect */
    {"pass.test", TXT, "v=spf1 +all"},
    {"fail.test", TXT, "v=spf1 -all exp=exp.test"},
    {"soft.test", TXT, "v=spf1 ~all"},
    {"neutral.test", TXT, "v=spf1 ?all"},
    {"empty.test", TXT, "v=spf1"},
    {"none.test", TXT, "something else"},
    {"none.test", TXT, "v=spf10 -all"},
    {"temp.test", TXT, "!SERVFAIL"},
    {"perm.test", TXT, "v=spf1 nonsense -all"},
    {"two.test", TXT, "v=spf1 -all"},
    {"two.test", TXT, "V=SPF1 +all"},
    {"ours.test", TXT, "v=spf1 ip4:192.0.2.1 -all"},
    {"many.test", TXT, "verification=1"},
    {"many.test", TXT, "v=spf1 ip4:192.0.2.1 -all"},
    {"many.test", TXT, "v=spf1x"},
    {"upper.test", TXT, "V=SpF1 +ALL"},
    {"loop.test", TXT, "v=spf1 include:loop.test -all"},
    {"ping.test", TXT, "v=spf1 include:pong.test -all"},
    {"pong.test", TXT, "v=spf1 include:ping.test -all"},
    {"turn.test", TXT, "v=spf1 redirect=turn.test"},
    {"nested.test", TXT, "v=spf1 include:ours.test ?all"},
    {"temp-then.test", TXT, "v=spf1 include:temp.test +all"},
    {"redirected.test", TXT, "v=spf1 redirect=ours.test"},
    {"wrong-target.test", TXT, "v=spf1 a:%{d2} -all"},
    {"five.test", TXT,
	"v=spf1 a:www.example.com a:www.example.com a:www.example.com a:www.example.com "
	"a:www.example.com ?all"},
    {"four.test", TXT,
	"v=spf1 a:www.example.com a:www.example.com a:www.example.com a:www.example.com "
	"?all"},
    {"c0.test", TXT, "v=spf1 include:c1.test -all"},
    {"c1.test", TXT, "v=spf1 include:c2.test -all"},
    {"c2.test", TXT, "v=spf1 include:c3.test -all"},
    {"c3.test", TXT, "v=spf1 include:c4.test -all"},
    {"c4.test", TXT, "v=spf1 include:c5.test -all"},
    {"c5.test", TXT, "v=spf1 include:c6.test -all"},
    {"c6.test", TXT, "v=spf1 include:c7.test -all"},
    {"c7.test", TXT, "v=spf1 include:c8.test -all"},
    {"c8.test", TXT, "v=spf1 include:c9.test -all"},
    {"c9.test", TXT, "v=spf1 include:c10.test -all"},
    {"c10.test", TXT, "v=spf1 ip4:192.0.2.1 -all"},
    {"exp-include.test", TXT, "v=spf1 include:fail.test redirect=soft.test"},
    /* addresses */
    {"host.test", A, "192.0.2.1"},
    {"host.test", AAAA, "2001:db8::1"},
    {"four-only.test", A, "192.0.2.1"},
    {"six-only.test", AAAA, "2001:db8::1"},
    {"failing.test", A, "!timeout"},
    {"failing.test", AAAA, "!timeout"},
    {"failing.test", MX, "!timeout"},
    {"mx.test", MX, "host.test"},
    {"mx-fails.test", MX, "failing.test"},
    {"mx-null.test", MX, "."},
    {"mx-void.test", MX, "absent.test"},
    {"mx10.test", MX, "h1.test"},
    {"mx10.test", MX, "h2.test"},
    {"mx10.test", MX, "h3.test"},
    {"mx10.test", MX, "h4.test"},
    {"mx10.test", MX, "h5.test"},
    {"mx10.test", MX, "h6.test"},
    {"mx10.test", MX, "h7.test"},
    {"mx10.test", MX, "h8.test"},
    {"mx10.test", MX, "h9.test"},
    {"mx10.test", MX, "host.test"},
    {"mx11.test", MX, "host.test"},
    {"mx11.test", MX, "h1.test"},
    {"mx11.test", MX, "h2.test"},
    {"mx11.test", MX, "h3.test"},
    {"mx11.test", MX, "h4.test"},
    {"mx11.test", MX, "h5.test"},
    {"mx11.test", MX, "h6.test"},
    {"mx11.test", MX, "h7.test"},
    {"mx11.test", MX, "h8.test"},
    {"mx11.test", MX, "h9.test"},
    {"mx11.test", MX, "h10.test"},
    {"h1.test", A, "203.0.113.1"},
    /* PTR */
    {"1" REV, PTR, "host.test"},
    {"2" REV, PTR, "!timeout"},
    {"3" REV, PTR, "failing.test"},
    {"3" REV, PTR, "p3.ptr.test"},
    {"p3.ptr.test", A, "192.0.2.3"},
    {"5" REV, PTR, "a.x.test"},
    {"5" REV, PTR, "b.x.test"},
    {"5" REV, PTR, "c.x.test"},
    {"5" REV, PTR, "d.x.test"},
    {"5" REV, PTR, "e.x.test"},
    {"5" REV, PTR, "f.x.test"},
    {"5" REV, PTR, "g.x.test"},
    {"5" REV, PTR, "h.x.test"},
    {"5" REV, PTR, "i.x.test"},
    {"5" REV, PTR, "j.x.test"},
    {"5" REV, PTR, "eleventh.ptr.test"},
    {"eleventh.ptr.test", A, "192.0.2.5"},
    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", PTR,
	"six-only.test"},
    /* macros */
    {"1.2.0.192.exists.test", A, "127.0.0.2"},
    {"sender.l.exists.test", A, "127.0.0.2"},
    {"host.test.p.exists.test", A, "127.0.0.2"},
    {"unknown.p.exists.test", A, "127.0.0.2"},
    {"helo.test.h.exists.test", A, "127.0.0.2"},
    {"postmaster.l.exists.test", A, "127.0.0.2"},
    {"ip6.v.exists.test", A, "127.0.0.2"},
    {"in-addr.v.exists.test", A, "127.0.0.2"},
    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.exists.test", A,
	"127.0.0.2"},
    {"only-six.exists.test", AAAA, "2001:db8::1"},
    /* explanations */
    {"exp.test", TXT, "%{i} may not send for %{d}%_(%{c}, %{r}, %{t}, %{s})"},
    {"exp-two.test", TXT, "one"},
    {"exp-two.test", TXT, "two"},
    {"exp-bad.test", TXT, "%{x} is no macro"},
    {"exp-url.test", TXT, "https://e.test/?s=%{S}"},
};

static bool
is_known(struct spf_world *world, const char *name, uint16_t type)
{
	for (size_t i = 0; i < world->known_count; i++)
		if (world->known[i].type == type && text_equal_fold(world->known[i].name, name))
			return true;
	ck_assert_uint_lt(world->wanted_count, ARRAY_LEN(world->wanted));
	world->wanted[world->wanted_count++] = (struct spf_asked){name, type};
	return false;
}

static void
fill(struct dns_record *record, uint16_t type, const char *data)
{
	record->type = type;
	switch (type) {
	case A:
		ck_assert_int_eq(inet_pton(AF_INET, data, record->a), 1);
		break;
	case AAAA:
		ck_assert_int_eq(inet_pton(AF_INET6, data, record->aaaa), 1);
		break;
	case MX:
		record->mx.host = data;
		break;
	case PTR:
		record->name = data;
		break;
	default:
		record->txt.text = data;
		record->txt.len = strlen(data);
	}
}

static struct spf_reply
answer(const struct spf_world *world, const char *name, uint16_t type)
{
	struct dns_record *records = arena_alloc(world->arena, 16 * sizeof *records);
	struct spf_reply reply = {.status = SPF_ASK_NXDOMAIN, .records = records};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!text_equal_fold(rows[i].name, name))
			continue;
		if (reply.status == SPF_ASK_NXDOMAIN)
			reply.status = SPF_ASK_NODATA;
		if (rows[i].type != type)
			continue;
		if (rows[i].data[0] == '!')
			return (struct spf_reply){
			    .status = SPF_ASK_FAILED, .why = rows[i].data + 1};
		reply.status = SPF_ASK_FOUND;
		fill(&records[reply.count++], type, rows[i].data);
	}
	return reply;
}

struct spf_reply
spf_world_ask(void *context, const char *name, uint16_t type)
{
	struct spf_world *world = context;
	struct dns_record *record;

	if (!world->all && !is_known(world, name, type))
		return (struct spf_reply){.status = SPF_ASK_PENDING};
	if (strcmp(name, "row.test") != 0 || type != TXT)
		return answer(world, name, type);
	if (world->record[0] == '\0')
		return (struct spf_reply){.status = SPF_ASK_NODATA};
	record = arena_alloc(world->arena, sizeof *record);
	fill(record, TXT, world->record);
	return (struct spf_reply){.status = SPF_ASK_FOUND, .records = record, .count = 1};
}

unsigned
spf_world_eval(struct spf_world *world, const struct spf_query *query, struct spf_verdict *out)
{
	const struct spf_resolver resolver = {spf_world_ask, world};
	unsigned rounds = 0;

	for (;; rounds++) {
		ck_assert_uint_lt(rounds, 16);
		spf_eval(world->arena, &resolver, query, out);
		if (!out->pending)
			return rounds;
		ck_assert_uint_gt(world->wanted_count, 0);
		ck_assert_uint_lt(
		    world->known_count + world->wanted_count, ARRAY_LEN(world->known));
		memcpy(world->known + world->known_count, world->wanted,
		    world->wanted_count * sizeof *world->wanted);
		world->known_count += world->wanted_count;
		world->wanted_count = 0;
	}
}
