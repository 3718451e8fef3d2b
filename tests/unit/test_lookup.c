/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check/lookup.c, lookup_why.c and srv.c against a name server of ours: which
 * addresses, in which order, and whose fault it is when there are none.
 */
#include <stdio.h>
#include <string.h>

#include "check/lookup.h"
#include "check/srv.h"
#include "lib/dns_peer.h"
#include "lib/unit.h"
#include "net/address_order.h"

/* ---- a zone as a table ---------------------------------------------------------------- */

/* What the server says to name and type; rcode with an EDE, or one record. */
struct entry {
	const char *name;
	uint16_t type;
	unsigned rcode;   /* 100: silence */
	unsigned ede;     /* 0: none */
	const char *data; /* address, or name; of SRV "priority weight port host" */
	bool checked;     /* only when DNSSEC is to be checked: without, the next entry counts */
};
#define SILENCE 100

struct zone {
	const struct entry *entries;
	size_t count;
};

static void
put_record(struct dns_reply *reply, const struct dns_heard *heard, const char *data)
{
	uint8_t wire[DNS_NAME_WIRE_MAX + 8];
	unsigned numbers[4] = {0};
	char host[128] = "";
	size_t len = 0;

	switch (heard->type) {
	case DNS_TYPE_A:
		ck_assert_int_eq(
		    sscanf(data, "%u.%u.%u.%u", &numbers[0], &numbers[1], &numbers[2], &numbers[3]),
		    4);
		for (; len < 4; len++)
			wire[len] = (uint8_t)numbers[len];
		break;
	case DNS_TYPE_AAAA:
		memset(wire, 0, 16);
		wire[0] = 0x20;
		wire[1] = 0x01;
		wire[15] = (uint8_t)data[0];
		len = 16;
		break;
	case DNS_TYPE_SRV:
		ck_assert_int_eq(
		    sscanf(data, "%u %u %u %127s", &numbers[0], &numbers[1], &numbers[2], host), 4);
		for (; len < 6; len += 2) {
			wire[len] = (uint8_t)(numbers[len / 2] >> 8);
			wire[len + 1] = (uint8_t)numbers[len / 2];
		}
		len += dns_name_to_wire(wire + len, host);
		break;
	default: /* MX */
		memcpy(wire, "\0\12", 2);
		len = 2 + dns_name_to_wire(wire + 2, data);
	}
	dns_reply_record(reply, 1, NULL, heard->type, wire, len);
}

static bool
is_match(const struct entry *entry, const struct dns_heard *heard)
{
	bool unchecked = heard->bytes[3] & 0x10;

	return strcmp(entry->name, heard->name) == 0 &&
	       (entry->type == 0 || entry->type == heard->type) && !(unchecked && entry->checked);
}

/* The first entry with rcode decides; those of the same name and type with data all come. */
static void
answer_zone(struct dns_peer *peer, const struct dns_heard *heard)
{
	static struct dns_reply reply;
	const struct zone *zone = peer->context;
	unsigned rcode = DNS_RCODE_NXDOMAIN, ede = 0;

	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	for (size_t i = 0; i < zone->count; i++) {
		const struct entry *entry = &zone->entries[i];

		if (strcmp(entry->name, heard->name) == 0 && rcode == DNS_RCODE_NXDOMAIN)
			rcode = DNS_RCODE_NOERROR;
		if (!is_match(entry, heard))
			continue;
		if (entry->rcode == SILENCE)
			return;
		if (entry->ede)
			ede = entry->ede;
		if (entry->rcode) {
			rcode = entry->rcode;
			break;
		}
		if (entry->data)
			put_record(&reply, heard, entry->data);
	}
	reply.bytes[3] = (uint8_t)(reply.bytes[3] | rcode);
	if (ede)
		dns_reply_ede(&reply, ede, "said so");
	dns_reply_send(&reply, peer, heard);
}

static char resolver_text[32];
static const char *resolver_items[2] = {resolver_text, NULL};
static struct strings resolver = {.items = resolver_items, .count = 1};

static void
open_zone(struct dns_peer *peer, const struct zone *zone)
{
	*peer = (struct dns_peer){.answer = answer_zone};
	memcpy(&peer->context, &zone, sizeof(zone));
	dns_peer_open(peer, "127.0.0.1");
	snprintf(resolver_text, sizeof(resolver_text), "127.0.0.1@%u", peer->port);
}

/* ---- hosts --------------------------------------------------------------------------------- */

static const struct entry mail_zone[] = {
    {".", DNS_TYPE_NS, .rcode = 0},
    {"mail.example.org", DNS_TYPE_A, .data = "192.0.2.1"},
    {"mail.example.org", DNS_TYPE_AAAA, .data = "7"},
    {"four.example.org", DNS_TYPE_A, .data = "192.0.2.4"},
    {"nothing.example.org", DNS_TYPE_MX, .data = "mail.example.org"},
    {"half.example.org", DNS_TYPE_AAAA, .rcode = DNS_RCODE_SERVFAIL},
    {"half.example.org", DNS_TYPE_A, .data = "192.0.2.5"},
    {"broken.example.org", 0, .rcode = DNS_RCODE_SERVFAIL},
    {"silent.example.org", 0, .rcode = SILENCE},
    {"bogus.example.org", 0, .rcode = DNS_RCODE_SERVFAIL, .ede = 7, .checked = true},
    {"bogus.example.org", DNS_TYPE_A, .data = "192.0.2.6"},
    {"unsaid.example.org", 0, .rcode = DNS_RCODE_SERVFAIL, .checked = true},
    {"unsaid.example.org", DNS_TYPE_A, .data = "192.0.2.6"},
    {"blocked.example.org", 0, .rcode = DNS_RCODE_NXDOMAIN, .ede = 15},
    {"censored.example.org", 0, .rcode = DNS_RCODE_SERVFAIL, .ede = 16},
    {"zeroed.example.org", DNS_TYPE_A, .data = "0.0.0.0"},
    {"here.example.org", DNS_TYPE_A, .data = "127.0.0.1"},
    {"here.internal", DNS_TYPE_A, .data = "127.0.0.1"},
    {"one-real.example.org", DNS_TYPE_A, .data = "0.0.0.0"},
    {"one-real.example.org", DNS_TYPE_A, .data = "192.0.2.7"},
    {"smtp.example.org", DNS_TYPE_A, .data = "192.0.2.8"},
    {"example.org", DNS_TYPE_MX, .data = "mx17.example.org"},
    {"example.org", DNS_TYPE_SOA, .rcode = 0},
    {"_imaps._tcp.example.org", DNS_TYPE_SRV, .data = "0 1 993 post.example.org"},
};
static const struct zone mail = {mail_zone, ARRAY_LEN(mail_zone)};

static const struct host_row {
	const char *host;
	enum err_resolve code; /* 0: found */
	size_t count;
	const char *words; /* in the text of the error */
	int family;        /* 4, 6 or 0 */
} host_rows[] = {
    {"mail.example.org", 0, 2, NULL, 0},
    {"mail.example.org", 0, 1, NULL, 4},
    {"mail.example.org", 0, 1, NULL, 6},
    {"four.example.org", 0, 1, NULL, 0},
    {"four.example.org", ERR_RESOLVE_NO_ADDRESS, 0, "no IPv6 address", 6},
    {"nothing.example.org", ERR_RESOLVE_NO_ADDRESS, 0, "no address", 0},
    {"half.example.org", 0, 1, NULL, 0},
    {"192.0.2.9", 0, 1, NULL, 0},
    {"fixed.example.org", 0, 1, NULL, 0},
    {"broken.example.org", ERR_RESOLVE_SERVFAIL, 0, "SERVFAIL; other names are answered", 0},
    {"silent.example.org", ERR_RESOLVE_SERVFAIL, 0, "no answer; other names are answered", 0},
    {"bogus.example.org", ERR_RESOLVE_BOGUS, 0,
	"SERVFAIL (EDE 7, Signature Expired: said so); with CD=1 it is answered", 0},
    {"unsaid.example.org", ERR_RESOLVE_SERVFAIL, 0, "with CD=1 it is answered", 0},
    {"blocked.example.org", ERR_RESOLVE_FILTERED, 0, "(EDE 15, Blocked: said so)", 0},
    {"censored.example.org", ERR_RESOLVE_FILTERED, 0, "(EDE 16, Censored: said so)", 0},
    {"zeroed.example.org", ERR_RESOLVE_FILTERED, 0, "0.0.0.0", 0},
    {"here.example.org", ERR_RESOLVE_FILTERED, 0, "127.0.0.1", 0},
    {"here.internal", 0, 1, NULL, 0},
    {"one-real.example.org", 0, 2, NULL, 0},
    /* The nearest real name. */
    {"smpt.example.org", ERR_RESOLVE_NXDOMAIN, 0, "no such host name; smtp.example.org exists", 0},
    {"smtpp.example.org", ERR_RESOLVE_NXDOMAIN, 0, "smtp.example.org exists", 0},
    {"stmp.example.org", ERR_RESOLVE_NXDOMAIN, 0, "smtp.example.org exists", 0},
    {"mx7.example.org", ERR_RESOLVE_NXDOMAIN, 0, "mx17.example.org exists", 0},
    {"pst.example.org", ERR_RESOLVE_NXDOMAIN, 0, "post.example.org exists", 0},
    {"tsmp.example.org", ERR_RESOLVE_NXDOMAIN, 0, "tsmp.example.org: no such host name", 0},
    {"imap.example.net", ERR_RESOLVE_NXDOMAIN, 0, "imap.example.net: no such host name", 0},
    {"example.test", ERR_RESOLVE_NXDOMAIN, 0, "no such host name", 0},
};

START_TEST(hosts)
{
	const struct host_row *row = &host_rows[_i];
	const char *fixed[] = {"fixed.example.org:192.0.2.11", NULL};
	struct basic_opts basic = {.resolver = resolver,
	    .resolve = {fixed, 1},
	    .ipv4 = row->family == 4,
	    .ipv6 = row->family == 6};
	struct lookup lookup = {.basic = &basic, .deadline = deadline_in(6 * US_PER_S)};
	static struct addresses addresses;
	struct dns_peer peer;
	struct err err = {0};
	bool found;

	open_zone(&peer, &mail);
	if (strstr(row->host, "silent"))
		lookup.deadline = deadline_in(US_PER_S);
	found = lookup_host(&lookup, row->host, 993, &addresses, &err);
	dns_peer_close(&peer);
	ck_assert_msg(found == (row->code == 0), "%s: %s", row->host, err.text);
	ck_assert_uint_eq(addresses.count, row->count);
	if (found) {
		ck_assert(!err_is_set(&err));
		return;
	}
	ck_assert_int_eq(err.kind, ERR_RESOLVE);
	ck_assert_msg(err.code == (int)row->code, "%s: %d %s", row->host, err.code, err.text);
	ck_assert_msg(strstr(err.text, row->words) != NULL, "%s: %s", row->host, err.text);
	if (strncmp(row->words, "no such", 7) == 0 && !strchr(row->words, ';'))
		ck_assert_ptr_null(strstr(err.text, "exists"));
}
END_TEST

/* ---- resolvers ------------------------------------------------------------------------------ */

static const struct entry refusing_zone[] = {{"mail.example.org", 0, .rcode = DNS_RCODE_REFUSED},
    {"example.org", 0, .rcode = DNS_RCODE_REFUSED}, {".", 0, .rcode = DNS_RCODE_REFUSED}};
static const struct entry failing_zone[] = {{"mail.example.org", 0, .rcode = DNS_RCODE_SERVFAIL},
    {"example.org", 0, .rcode = DNS_RCODE_SERVFAIL}, {".", 0, .rcode = DNS_RCODE_SERVFAIL}};
static const struct entry silent_zone[] = {{"mail.example.org", 0, .rcode = SILENCE},
    {"example.org", 0, .rcode = SILENCE}, {".", 0, .rcode = SILENCE}};

static const struct resolver_row {
	struct zone zone;
	const char *words;
} resolver_rows[] = {
    {{refusing_zone, ARRAY_LEN(refusing_zone)}, "answers REFUSED for any name"},
    {{failing_zone, ARRAY_LEN(failing_zone)}, "answers SERVFAIL for any name"},
    {{silent_zone, ARRAY_LEN(silent_zone)}, "127.0.0.1 is silent"},
};

START_TEST(resolvers)
{
	const struct resolver_row *row = &resolver_rows[_i];
	struct basic_opts basic = {.resolver = resolver};
	struct lookup lookup = {.basic = &basic, .deadline = deadline_in(US_PER_S)};
	static struct addresses addresses;
	struct dns_peer peer;
	struct err err = {0};

	open_zone(&peer, &row->zone);
	ck_assert(!lookup_host(&lookup, "mail.example.org", 993, &addresses, &err));
	dns_peer_close(&peer);
	ck_assert_int_eq(err.kind, ERR_RESOLVE);
	ck_assert_int_eq(err.code, ERR_RESOLVE_SILENT);
	ck_assert_msg(strstr(err.text, row->words) != NULL, "%s", err.text);
}
END_TEST

START_TEST(no_resolver)
{
	struct basic_opts basic = {.resolver = resolver};
	struct lookup lookup = {.basic = &basic, .deadline = deadline_in(6 * US_PER_S)};
	static struct addresses addresses;
	struct dns_peer peer;
	struct err err = {0};

	open_zone(&peer, &mail);
	dns_peer_close(&peer);
	ck_assert(!lookup_host(&lookup, "mail.example.org", 993, &addresses, &err));
	ck_assert_int_eq(err.code, ERR_RESOLVE_SILENT);
	ck_assert_msg(strstr(err.text, "no name server listens there") != NULL, "%s", err.text);
	basic.resolver = (struct strings){0};
	lookup.by_engine = true;
	lookup.resolv_conf = "/nonexistent/resolv.conf";
	err_clear(&err);
	ck_assert(!lookup_host(&lookup, "mail.example.org", 993, &addresses, &err));
	ck_assert_int_eq(err.kind, ERR_RESOLVE);
	ck_assert_int_eq(err.code, ERR_RESOLVE_SILENT);
}
END_TEST

/* ---- services --------------------------------------------------------------------------------- */

static const struct entry srv_zone[] = {
    {"_imaps._tcp.both.test", DNS_TYPE_SRV, .data = "10 0 993 b.both.test"},
    {"_imaps._tcp.both.test", DNS_TYPE_SRV, .data = "0 5 1993 light.both.test"},
    {"_imaps._tcp.both.test", DNS_TYPE_SRV, .data = "0 60 2993 heavy.both.test"},
    {"_imap._tcp.both.test", DNS_TYPE_SRV, .data = "0 0 143 clear.both.test"},
    {"_imap._tcp.clear.test", DNS_TYPE_SRV, .data = "0 0 143 imap.elsewhere.test"},
    {"_imaps._tcp.clear.test", DNS_TYPE_SRV, .data = "0 0 0 ."},
    {"_imaps._tcp.denied.test", DNS_TYPE_SRV, .data = "0 0 0 ."},
    {"_imap._tcp.denied.test", DNS_TYPE_SRV, .data = "0 0 0 ."},
    {"_imaps._tcp.noport.test", DNS_TYPE_SRV, .data = "0 0 0 imap.noport.test"},
    {"_imaps._tcp.fails.test", 0, .rcode = DNS_RCODE_SERVFAIL},
    {"_imap._tcp.fails.test", 0, .rcode = DNS_RCODE_SERVFAIL},
};
static const struct zone services = {srv_zone, ARRAY_LEN(srv_zone)};

static const struct srv_row {
	const char *domain, *tls_name, *name;
	const char *host; /* NULL: none */
	unsigned port;
	bool tls, inside;
	const char *broken; /* NULL: an err instead */
} srv_rows[] = {
    {"both.test", "_imaps._tcp", "_imap._tcp", "heavy.both.test", 2993, true, true, ""},
    {"both.test", NULL, "_imap._tcp", "clear.both.test", 143, false, true, ""},
    {"clear.test", "_imaps._tcp", "_imap._tcp", "imap.elsewhere.test", 143, false, false, ""},
    {"clear.test", "_imaps._tcp", NULL, NULL, 0, false, false, "has no such service"},
    {"denied.test", "_imaps._tcp", "_imap._tcp", NULL, 0, false, false, "has no such service"},
    {"none.test", "_imaps._tcp", "_imap._tcp", NULL, 0, false, false, "has no SRV record"},
    {"noport.test", "_imaps._tcp", "_imap._tcp", NULL, 0, true, false, "port 0"},
    {"fails.test", "_imaps._tcp", "_imap._tcp", NULL, 0, false, false, NULL},
};

START_TEST(srv)
{
	const struct srv_row *row = &srv_rows[_i];
	struct srv_params params = {.domain = row->domain,
	    .tls_name = row->tls_name,
	    .name = row->name,
	    .resolver = &resolver,
	    .deadline = deadline_in(6 * US_PER_S)};
	struct srv_found found;
	struct dns_peer peer;
	struct err err = {0};
	bool good;

	open_zone(&peer, &services);
	good = srv_find(&params, &found, &err);
	dns_peer_close(&peer);
	ck_assert_msg(good == (row->host != NULL), "%s: %s%s", row->domain, found.broken, err.text);
	if (good) {
		ck_assert_str_eq(found.host, row->host);
		ck_assert_uint_eq(found.port, row->port);
		ck_assert_int_eq(found.inside, row->inside);
	}
	ck_assert_int_eq(found.tls, row->tls);
	if (row->broken)
		ck_assert_msg(strstr(found.broken, row->broken) != NULL, "%s", found.broken);
	else
		ck_assert_int_eq(err.code, ERR_RESOLVE_SERVFAIL);
}
END_TEST

/* ---- order -------------------------------------------------------------------------------------- */

START_TEST(order)
{
	/* Here only loopback has a way in both families; the rest goes by kind. */
	static const char *const given[] = {
	    "2002:c000:204::1", "fd00::1", "192.0.2.1", "::1", "127.0.0.1"};
	static struct addresses addresses;
	size_t v4 = 0, v6 = 0;

	for (; addresses.count < ARRAY_LEN(given); addresses.count++)
		ck_assert(
		    address_parse(given[addresses.count], 80, &addresses.list[addresses.count]));
	address_order(&addresses);
	ck_assert_uint_eq(addresses.count, ARRAY_LEN(given));
	for (size_t i = 0; i < addresses.count; i++) {
		if (strcmp(addresses.list[i].text, "127.0.0.1") == 0)
			v4 = i;
		if (strcmp(addresses.list[i].text, "::1") == 0)
			v6 = i;
	}
	ck_assert_uint_lt(v6, v4);
	ck_assert_str_eq(addresses.list[0].text, "::1");
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {hosts, ARRAY_LEN(host_rows)},
	    {resolvers, ARRAY_LEN(resolver_rows)},
	    {no_resolver, 0},
	    {srv, ARRAY_LEN(srv_rows)},
	    {order, 0},
	};

	return unit_main("lookup", units, ARRAY_LEN(units));
}
