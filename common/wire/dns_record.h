/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resource records inside a message (RFC 1035, 3.2): their frame and their data. */
#ifndef COMMON_WIRE_DNS_RECORD_H
#define COMMON_WIRE_DNS_RECORD_H

#include "wire/dns_msg.h"

/* The message, and where what is read of it goes. */
struct dns_record_source {
	const uint8_t *bytes;
	size_t len;
	struct arena *arena;
	size_t *budget; /* bytes of memory that may still be used */
};

struct dns_record_raw {
	uint8_t owner[DNS_NAME_WIRE_MAX]; /* lower case */
	size_t owner_len;
	uint16_t type, class;
	uint32_t ttl; /* as sent */
	size_t data;  /* offset in the message */
	size_t data_len;
};

/* The record at *at, which moves behind it. False: it does not fit. */
bool dns_record_next(
    const struct dns_record_source *source, size_t *at, struct dns_record_raw *out) MUST_USE;
/* A wire name as text. */
const char *dns_record_name(const struct dns_record_source *source, const uint8_t *wire);
/* Room for count records; NULL: the budget is used up. */
struct dns_record *dns_record_array(const struct dns_record_source *source, size_t count);
/* The budget has room for whatever this record may decode to. */
bool
dns_record_affordable(const struct dns_record_source *source, const struct dns_record_raw *raw);
/* Decodes the data. False: it is not what its type says, to the byte. */
bool dns_record_fill(const struct dns_record_source *source, const struct dns_record_raw *raw,
    const char *owner, struct dns_record *out) MUST_USE;

#endif
