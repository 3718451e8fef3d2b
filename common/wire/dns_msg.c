/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns messages: writing a query, matching an answer to it, and what the
 * answer says. Rdata is wire/dns_record.c's. Knows no server and no time.
 */
#include "wire/dns_msg.h"

#include <string.h>

#include "wire/dns_record.h"

#define HEADER_SIZE 12
#define CLASS_IN 1
#define FLAG_QR 0x8000u
#define FLAG_OPCODE 0x7800u
#define FLAG_AA 0x0400u
#define FLAG_TC 0x0200u
#define FLAG_RD 0x0100u
#define FLAG_RA 0x0080u
#define FLAG_AD 0x0020u
#define FLAG_CD 0x0010u
#define EDNS_DO 0x80u /* in the third byte of the OPT record's TTL */
#define OPTION_EDE 15
#define EDE_TEXT_MAX 255

/* ---- writing --------------------------------------------------------------------- */

static uint8_t *
put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return out + 2;
}

size_t
dns_query_write(uint8_t out[DNS_QUERY_MAX], const struct dns_query *query)
{
	uint8_t *next = out;

	next = put16(next, query->id);
	next = put16(next, FLAG_AD | (query->no_recursion ? 0 : FLAG_RD) |
			       (query->checking_disabled ? FLAG_CD : 0));
	next = put16(next, 1);
	next = put16(next, 0);
	next = put16(next, 0);
	next = put16(next, query->no_edns ? 0 : 1);
	memcpy(next, query->name, query->name_len);
	next = put16(next + query->name_len, query->type);
	next = put16(next, CLASS_IN);
	if (!query->no_edns) { /* RFC 6891, 6.1.2 */
		*next++ = 0;
		next = put16(next, DNS_TYPE_OPT);
		next = put16(next, DNS_UDP_SIZE);
		next = put16(next, 0);
		*next++ = query->dnssec ? EDNS_DO : 0;
		*next++ = 0;
		next = put16(next, 0);
	}
	return (size_t)(next - out);
}

/* ---- matching -------------------------------------------------------------------- */

static unsigned
get16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static bool
same_fold(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t x = a[i], y = b[i];

		x = x >= 'A' && x <= 'Z' ? (uint8_t)(x + 32) : x;
		y = y >= 'A' && y <= 'Z' ? (uint8_t)(y + 32) : y;
		if (x != y)
			return false;
	}
	return true;
}

enum dns_match
dns_match(const struct dns_query *query, const uint8_t *bytes, size_t len)
{
	const uint8_t *question = bytes + HEADER_SIZE;
	size_t name_len = query->name_len;

	if (len < HEADER_SIZE + name_len + 4 || get16(bytes) != query->id ||
	    (get16(bytes + 2) & (FLAG_QR | FLAG_OPCODE)) != FLAG_QR || get16(bytes + 4) != 1)
		return DNS_MATCH_NO;
	if (get16(question + name_len) != query->type ||
	    get16(question + name_len + 2) != CLASS_IN ||
	    !same_fold(question, query->name, name_len))
		return DNS_MATCH_NO;
	return memcmp(question, query->name, name_len) == 0 ? DNS_MATCH_YES : DNS_MATCH_OTHER_CASE;
}

/* ---- reading --------------------------------------------------------------------- */

enum section { ANSWER, AUTHORITY, ADDITIONAL, SECTIONS };

/* One message being read. */
struct reading {
	struct dns_record_source source;
	const struct dns_query *query;
	size_t starts[SECTIONS];         /* offset of each section */
	unsigned counts[SECTIONS];       /* records in it */
	struct dns_record_raw opt;       /* type 0: none */
	uint8_t name[DNS_NAME_WIRE_MAX]; /* of whom the records are wanted: end of the chain */
	size_t name_len;
	unsigned strays; /* records of the type asked that belong to another name or class */
	struct dns_answer *out;
};

static bool
is_ours(const struct reading *r, const struct dns_record_raw *raw)
{
	return raw->class == CLASS_IN && raw->owner_len == r->name_len &&
	       memcmp(raw->owner, r->name, r->name_len) == 0;
}

/* Every record lies inside the message, every section is as long as it says. */
static const char *
read_outline(struct reading *r)
{
	const uint8_t *header = r->source.bytes;
	size_t at = HEADER_SIZE + r->query->name_len + 4;

	for (int section = ANSWER; section < SECTIONS; section++) {
		r->starts[section] = at;
		r->counts[section] = get16(header + 6 + (size_t)section * 2);
		for (unsigned i = 0; i < r->counts[section]; i++) {
			struct dns_record_raw raw;

			if (!dns_record_next(&r->source, &at, &raw))
				return "a record does not fit into the message";
			if (raw.type != DNS_TYPE_OPT)
				continue;
			if (section != ADDITIONAL || r->opt.type || raw.owner_len != 1)
				return "OPT record out of place";
			r->opt = raw;
		}
	}
	return at == r->source.len ? NULL : "bytes behind the last record";
}

/* RFC 6891, 6.1: options are code, length, data. RFC 8914, 2: info code, text. */
static const char *
read_options(struct reading *r)
{
	struct dns_answer *out = r->out;
	size_t at = r->opt.data, end = at + r->opt.data_len;

	out->edns = true;
	out->rcode |= (r->opt.ttl >> 24) << 4;
	while (at < end) {
		const uint8_t *option = r->source.bytes + at;
		size_t len;

		if (end - at < 4 || (len = get16(option + 2)) > end - at - 4)
			return "EDNS options do not fit";
		if (get16(option) == OPTION_EDE && len >= 2 && out->ede_count < DNS_EDE_MAX)
			out->ede[out->ede_count++] =
			    (struct dns_ede){.code = (uint16_t)get16(option + 4),
				.text = arena_strndup(
				    r->source.arena, (const char *)option + 6, len - 2)};
		at += 4 + len;
	}
	return NULL;
}

/* The CNAME of the name wanted: false if it has none. */
static bool
find_alias(const struct reading *r, struct dns_record_raw *raw)
{
	size_t at = r->starts[ANSWER];

	for (unsigned i = 0; i < r->counts[ANSWER]; i++)
		if (dns_record_next(&r->source, &at, raw) && raw->type == DNS_TYPE_CNAME &&
		    is_ours(r, raw))
			return true;
	return false;
}

/* RFC 1034, 3.6.2. The records of a chain stand in any order. */
static const char *
read_chain(struct reading *r)
{
	struct dns_answer *out = r->out;
	struct dns_record_raw raw;
	const char *owner = dns_record_name(&r->source, r->name);

	while (r->query->type != DNS_TYPE_CNAME && find_alias(r, &raw)) {
		size_t at = raw.data;

		if (out->hops == DNS_CHAIN_MAX)
			return "a chain of more than 8 CNAMEs";
		if (out->hops == 0)
			out->chain = dns_record_array(&r->source, DNS_CHAIN_MAX);
		if (!out->chain)
			return "more than is kept";
		if (!dns_record_fill(&r->source, &raw, owner, &out->chain[out->hops]))
			return "damaged CNAME";
		r->name_len = dns_name_read(r->name, r->source.bytes, r->source.len, &at);
		owner = out->chain[out->hops++].name;
	}
	out->canonical = owner;
	return NULL;
}

struct wanted {
	enum section section;
	uint16_t type;
	bool of_name; /* only those of the name at the chain's end */
	struct dns_record *list;
	size_t count;
};

static bool
is_wanted(const struct reading *r, const struct wanted *wanted, const struct dns_record_raw *raw)
{
	if (raw->type != wanted->type)
		return false;
	return wanted->of_name ? is_ours(r, raw) : raw->class == CLASS_IN;
}

/* Twice through the section: to count, and to fill. */
static bool
read_records(struct reading *r, struct wanted *wanted, size_t *left_out)
{
	struct dns_record_raw raw;
	size_t at = r->starts[wanted->section], found = 0;

	for (unsigned i = 0; i < r->counts[wanted->section]; i++)
		if (dns_record_next(&r->source, &at, &raw) && is_wanted(r, wanted, &raw))
			found++;
	if (found == 0)
		return true;
	wanted->list = dns_record_array(&r->source, found);
	at = r->starts[wanted->section];
	for (unsigned i = 0; i < r->counts[wanted->section]; i++) {
		const char *owner = r->out->canonical;

		if (!dns_record_next(&r->source, &at, &raw) || !is_wanted(r, wanted, &raw))
			continue;
		if (!wanted->list || !dns_record_affordable(&r->source, &raw)) {
			(*left_out)++;
			continue;
		}
		if (!wanted->of_name)
			owner = dns_record_name(&r->source, raw.owner);
		if (!dns_record_fill(&r->source, &raw, owner, &wanted->list[wanted->count]))
			return false;
		wanted->count++;
	}
	return true;
}

static const char *
read_answer(struct reading *r)
{
	struct dns_answer *out = r->out;
	struct wanted records = {.section = ANSWER, .type = r->query->type, .of_name = true};
	struct dns_record_raw raw;
	size_t at = r->starts[ANSWER];

	if (!read_records(r, &records, &out->left_out))
		return "damaged record";
	out->records = records.list;
	out->count = records.count;
	if (out->count + out->left_out > 0)
		return out->rcode == DNS_RCODE_NXDOMAIN ? "says 'no such name' and has records"
							: NULL;
	for (unsigned i = 0; i < r->counts[ANSWER]; i++)
		if (dns_record_next(&r->source, &at, &raw) && raw.type == r->query->type)
			return "records of another name";
	return NULL;
}

/* RRSIGs that cover another type are dropped: the list is compacted in place. */
static const char *
read_signatures(struct reading *r)
{
	struct wanted wanted = {.section = ANSWER, .type = DNS_TYPE_RRSIG, .of_name = true};
	struct dns_answer *out = r->out;
	size_t left_out = 0;

	if (!r->query->dnssec || r->query->type == DNS_TYPE_RRSIG)
		return NULL;
	if (!read_records(r, &wanted, &left_out))
		return "damaged RRSIG";
	out->signatures = wanted.list;
	for (size_t i = 0; i < wanted.count; i++)
		if (wanted.list[i].rrsig.covered == r->query->type)
			out->signatures[out->signature_count++] = wanted.list[i];
	return NULL;
}

static const char *
read_authority(struct reading *r)
{
	struct wanted soa = {.section = AUTHORITY, .type = DNS_TYPE_SOA};
	struct wanted referral = {.section = AUTHORITY, .type = DNS_TYPE_NS};
	struct dns_answer *out = r->out;
	size_t left_out = 0;

	if (!read_records(r, &soa, &left_out) || !read_records(r, &referral, &left_out))
		return "damaged authority section";
	out->soa = soa.count ? &soa.list[0] : NULL;
	out->referral = referral.list;
	out->referral_count = referral.count;
	return NULL;
}

static const char *
read_message(struct reading *r)
{
	static const char *(*const steps[])(struct reading *) = {
	    read_chain, read_answer, read_signatures, read_authority};
	const char *fault = read_outline(r);

	if (!fault && r->opt.type)
		fault = read_options(r);
	for (size_t i = 0; !fault && i < ARRAY_LEN(steps); i++)
		fault = steps[i](r);
	return fault;
}

const char *
dns_answer_read(struct arena *arena, size_t *budget, const struct dns_query *query,
    const uint8_t *bytes, size_t len, struct dns_answer *out)
{
	struct reading r = {
	    .source = {.bytes = bytes, .len = len, .arena = arena, .budget = budget},
	    .query = query,
	    .out = out,
	};
	const char *fault;
	size_t at = HEADER_SIZE;
	unsigned flags;

	*out = (struct dns_answer){.canonical = ""};
	if (dns_match(query, bytes, len) == DNS_MATCH_NO)
		return "not an answer to this question";
	flags = get16(bytes + 2);
	out->rcode = flags & 0xf;
	out->authoritative = (flags & FLAG_AA) != 0;
	out->truncated = (flags & FLAG_TC) != 0;
	out->authentic = (flags & FLAG_AD) != 0;
	out->recursion = (flags & FLAG_RA) != 0;
	if (out->truncated) /* where it was cut is anybody's guess: nothing is read of it */
		return NULL;
	r.name_len = dns_name_read(r.name, bytes, len, &at);
	fault = read_message(&r);
	if (fault)
		*out = (struct dns_answer){.canonical = ""};
	return fault;
}
