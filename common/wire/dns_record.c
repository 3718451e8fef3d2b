/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns resource records: frame and data. Each type ends exactly where its
 * length says, or the record is damaged. Knows no questions.
 */
#include "wire/dns_record.h"

#include <string.h>

/* The data of one record, eaten from the front; a fault sticks. */
struct data {
	const struct dns_record_source *source;
	size_t at, end;
	bool bad;
};

/* Enough for the longest take() that is copied without asking. */
static const uint8_t *
take(struct data *data, size_t count)
{
	static const uint8_t nothing[16];
	const uint8_t *bytes = data->source->bytes + data->at;

	if (data->bad || data->end - data->at < count) {
		data->bad = true;
		return nothing;
	}
	data->at += count;
	return bytes;
}

static uint8_t
take8(struct data *data)
{
	return *take(data, 1);
}

static uint16_t
take16(struct data *data)
{
	const uint8_t *bytes = take(data, 2);

	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t
take32(struct data *data)
{
	uint32_t high = take16(data);

	return high << 16 | take16(data);
}

static void
spend(const struct dns_record_source *source, size_t bytes)
{
	*source->budget -= bytes < *source->budget ? bytes : *source->budget;
}

const char *
dns_record_name(const struct dns_record_source *source, const uint8_t *wire)
{
	const char *text = dns_name_text(source->arena, wire);

	spend(source, strlen(text) + 1);
	return text;
}

/* Compressed or not (RFC 3597, 4, lets only old types compress; servers do all the same). */
static const char *
take_name(struct data *data)
{
	uint8_t wire[DNS_NAME_WIRE_MAX];

	if (data->bad ||
	    dns_name_read(wire, data->source->bytes, data->source->len, &data->at) == 0 ||
	    data->at > data->end) {
		data->bad = true;
		return "";
	}
	return dns_record_name(data->source, wire);
}

/* What is left, copied with a NUL behind it. */
static const uint8_t *
take_rest(struct data *data, size_t *len_out)
{
	size_t len = data->bad ? 0 : data->end - data->at;
	uint8_t *copy = arena_alloc(data->source->arena, len + 1);

	memcpy(copy, take(data, len), len);
	spend(data->source, len + 1);
	*len_out = len;
	return copy;
}

/* RFC 1035, 3.3.14: one or more strings; joined without anything between (RFC 7208, 3.3). */
static void
take_strings(struct data *data, struct dns_record *out)
{
	char *text = arena_alloc(data->source->arena, data->end - data->at + 1);
	size_t len = 0;

	do {
		size_t part = take8(data);
		const uint8_t *bytes = take(data, part); /* decides whether the data is bad */

		if (data->bad)
			break;
		memcpy(text + len, bytes, part);
		len += part;
	} while (!data->bad && data->at < data->end);
	spend(data->source, len + 1);
	out->txt.text = text;
	out->txt.len = len;
}

static void
fill_soa(struct data *data, struct dns_record *out)
{
	out->soa.primary = take_name(data);
	out->soa.mailbox = take_name(data);
	out->soa.serial = take32(data);
	out->soa.refresh_s = take32(data);
	out->soa.retry_s = take32(data);
	out->soa.expire_s = take32(data);
	out->soa.minimum_s = take32(data);
}

/* RFC 4034, 3.1 */
static void
fill_rrsig(struct data *data, struct dns_record *out)
{
	size_t signature_len;

	out->rrsig.covered = take16(data);
	out->rrsig.algorithm = take8(data);
	out->rrsig.labels = take8(data);
	take32(data); /* original TTL */
	out->rrsig.ends = take32(data);
	out->rrsig.begins = take32(data);
	out->rrsig.key_tag = take16(data);
	out->rrsig.signer = take_name(data);
	signature_len = data->end - data->at;
	take(data, signature_len);
}

static void
fill_security(struct data *data, struct dns_record *out)
{
	switch (out->type) {
	case DNS_TYPE_TLSA: /* RFC 6698, 2.1 */
		out->tlsa.usage = take8(data);
		out->tlsa.selector = take8(data);
		out->tlsa.matching = take8(data);
		out->tlsa.data = take_rest(data, &out->tlsa.len);
		break;
	case DNS_TYPE_DS: /* RFC 4034, 5.1 */
		out->ds.key_tag = take16(data);
		out->ds.algorithm = take8(data);
		out->ds.digest_type = take8(data);
		out->ds.digest = take_rest(data, &out->ds.len);
		break;
	default:
		fill_rrsig(data, out);
	}
}

static void
fill(struct data *data, struct dns_record *out)
{
	switch (out->type) {
	case DNS_TYPE_A:
		memcpy(out->a, take(data, 4), 4);
		break;
	case DNS_TYPE_AAAA:
		memcpy(out->aaaa, take(data, 16), 16);
		break;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
		out->name = take_name(data);
		break;
	case DNS_TYPE_MX:
		out->mx.preference = take16(data);
		out->mx.host = take_name(data);
		break;
	case DNS_TYPE_SRV:
		out->srv.priority = take16(data);
		out->srv.weight = take16(data);
		out->srv.port = take16(data);
		out->srv.host = take_name(data);
		break;
	case DNS_TYPE_SOA:
		fill_soa(data, out);
		break;
	case DNS_TYPE_TXT:
		take_strings(data, out);
		break;
	case DNS_TYPE_TLSA:
	case DNS_TYPE_DS:
	case DNS_TYPE_RRSIG:
		fill_security(data, out);
		break;
	default: /* only that it is there */
		data->at = data->end;
	}
}

bool
dns_record_next(const struct dns_record_source *source, size_t *at, struct dns_record_raw *out)
{
	struct data frame = {.source = source, .at = *at, .end = source->len};

	out->owner_len = dns_name_read(out->owner, source->bytes, source->len, &frame.at);
	if (out->owner_len == 0)
		return false;
	out->type = take16(&frame);
	out->class = take16(&frame);
	out->ttl = take32(&frame);
	out->data_len = take16(&frame);
	out->data = frame.at;
	take(&frame, out->data_len);
	*at = frame.at;
	return !frame.bad;
}

struct dns_record *
dns_record_array(const struct dns_record_source *source, size_t count)
{
	size_t size = count * sizeof(struct dns_record);

	if (size > *source->budget)
		return NULL;
	spend(source, size);
	return arena_alloc(source->arena, size);
}

bool
dns_record_affordable(const struct dns_record_source *source, const struct dns_record_raw *raw)
{
	return *source->budget >= raw->data_len + 3 * (size_t)DNS_NAME_TEXT_MAX;
}

bool
dns_record_fill(const struct dns_record_source *source, const struct dns_record_raw *raw,
    const char *owner, struct dns_record *out)
{
	struct data data = {.source = source, .at = raw->data, .end = raw->data + raw->data_len};

	*out = (struct dns_record){.owner = owner, .type = raw->type};
	out->ttl = raw->ttl > INT32_MAX ? 0 : raw->ttl;
	fill(&data, out);
	return !data.bad && data.at == data.end;
}

int64_t
dns_time(uint32_t time, int64_t now_unix)
{
	return now_unix + (int32_t)(time - (uint32_t)now_unix);
}
