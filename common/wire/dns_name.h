/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Domain names as text and as they stand in messages. A name in wire form is
 * uncompressed: length, label, ..., 0.
 *
 * In text a name is lower case, with dots between labels and none at the end;
 * "." is the root. A byte that names do not have is \DDD (RFC 1035, 5.1), so a
 * name of the peer is printable ASCII without blank or quote.
 */
#ifndef COMMON_WIRE_DNS_NAME_H
#define COMMON_WIRE_DNS_NAME_H

#include "base/base.h"
#include "base/mem.h"

#define DNS_NAME_WIRE_MAX 255  /* RFC 1035, 2.3.4 */
#define DNS_NAME_TEXT_MAX 1013 /* every byte as \DDD, with dots and a NUL */

/*
 * Text to wire: letters (their case is kept), digits, hyphen and underscore;
 * labels of 1 to 63, 255 bytes in all; a trailing dot is fine, "." is the root.
 * Returns the length, 0 if it is no such name.
 */
size_t dns_name_to_wire(uint8_t out[DNS_NAME_WIRE_MAX], const char *text);
/* A host name: dns_name_to_wire() takes it, and it is not the root. */
bool dns_name_is_host(const char *text);
/* True if name is zone or lies below it, the case of letters aside. No trailing dots. */
bool dns_name_within(const char *name, const char *zone);
/*
 * "2.0.0.127.in-addr.arpa" of 4 bytes, nibbles of 16; zone NULL: the reverse
 * zone of the family (RFC 1035, 3.5; RFC 3596, 2.5), else that zone (RFC 5782, 2).
 * False: it does not fit.
 */
bool dns_name_reverse(
    char *out, size_t size, const uint8_t *bytes, size_t count, const char *zone) MUST_USE;

/*
 * The name at *at of a message, compressed or not, to wire form in lower case;
 * *at moves behind it. Pointers may only lead back, each further than the one
 * before (RFC 9267, 2). Returns the length, 0 if it is broken.
 */
size_t
dns_name_read(uint8_t out[DNS_NAME_WIRE_MAX], const uint8_t *message, size_t len, size_t *at);
/* A wire name as text, from arena. */
const char *dns_name_text(struct arena *arena, const uint8_t *wire);

#endif
