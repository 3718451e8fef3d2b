/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An answer of any bytes to the question it carries itself, so that reading is
 * always reached. Everything handed out is looked at.
 * covers: wire/dns_msg.c wire/dns_name.c wire/dns_record.c
 */
#include <stdlib.h>
#include <string.h>

#include "wire/dns_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t looked; /* keeps the reads from being dropped */

static void
look_at(const struct dns_record *record)
{
	looked += strlen(record->owner);
	switch (record->type) {
	case DNS_TYPE_CNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
		looked += strlen(record->name);
		break;
	case DNS_TYPE_MX:
		looked += strlen(record->mx.host) + dns_name_is_host(record->mx.host);
		break;
	case DNS_TYPE_SRV:
		looked += strlen(record->srv.host);
		break;
	case DNS_TYPE_TXT:
		for (size_t i = 0; i <= record->txt.len; i++)
			looked += (unsigned char)record->txt.text[i];
		break;
	case DNS_TYPE_SOA:
		looked += strlen(record->soa.primary) + strlen(record->soa.mailbox);
		break;
	case DNS_TYPE_TLSA:
		for (size_t i = 0; i < record->tlsa.len; i++)
			looked += record->tlsa.data[i];
		break;
	case DNS_TYPE_DS:
		for (size_t i = 0; i < record->ds.len; i++)
			looked += record->ds.digest[i];
		break;
	case DNS_TYPE_RRSIG:
		looked +=
		    strlen(record->rrsig.signer) + (size_t)dns_time(record->rrsig.ends, 1750000000);
		break;
	default:
		break;
	}
}

static void
look(const struct dns_answer *answer)
{
	if (answer->hops > DNS_CHAIN_MAX || answer->ede_count > DNS_EDE_MAX)
		abort();
	looked += strlen(answer->canonical);
	for (size_t i = 0; i < answer->count; i++)
		look_at(&answer->records[i]);
	for (size_t i = 0; i < answer->hops; i++)
		look_at(&answer->chain[i]);
	for (size_t i = 0; i < answer->signature_count; i++)
		look_at(&answer->signatures[i]);
	for (size_t i = 0; i < answer->referral_count; i++)
		look_at(&answer->referral[i]);
	for (size_t i = 0; i < answer->ede_count; i++)
		looked += strlen(answer->ede[i].text);
	if (answer->soa)
		look_at(answer->soa);
}

/* Names the other way: any bytes as text, and what a name read as text says. */
static void
look_at_names(struct arena *arena, const struct dns_query *query, const uint8_t *bytes, size_t len)
{
	const char *text = dns_name_text(arena, query->name), *any;
	uint8_t wire[DNS_NAME_WIRE_MAX], again[DNS_NAME_WIRE_MAX], packet[DNS_QUERY_MAX];
	char out[300];
	size_t at = 0, wire_len = dns_name_to_wire(wire, text);

	/* The root is 1; a name that can be asked comes back as it was. */
	if (wire_len && (dns_name_read(again, wire, wire_len, &at) != wire_len ||
			    memcmp(again, query->name, wire_len) != 0))
		abort();
	if (dns_match(query, packet, dns_query_write(packet, query)) != DNS_MATCH_NO)
		abort(); /* a query is no answer */
	any = arena_strndup(arena, (const char *)bytes, len);
	looked += dns_name_to_wire(wire, any) + dns_name_within(any, text) +
		  dns_name_within(text, any) +
		  dns_name_reverse(out, sizeof(out), bytes, len & 1 ? 4 : 16, len & 2 ? any : NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t name[DNS_NAME_WIRE_MAX];
	struct dns_query query = {.name = name, .dnssec = true};
	struct dns_answer answer;
	struct arena arena = {0};
	size_t budget = len % 2 ? 1 << 20 : 4096, at = 12;

	if (len < 17)
		return 0;
	query.name_len = dns_name_read(name, bytes, len, &at);
	if (query.name_len == 0 || at + 4 > len)
		return 0;
	query.id = (uint16_t)(bytes[0] << 8 | bytes[1]);
	query.type = (uint16_t)(bytes[at] << 8 | bytes[at + 1]);
	look_at_names(&arena, &query, bytes, len);
	if (!dns_answer_read(&arena, &budget, &query, bytes, len, &answer))
		look(&answer);
	else if (answer.count || answer.hops || answer.soa)
		abort(); /* nothing of a damaged message is handed out */
	arena_free(&arena);
	return 0;
}
