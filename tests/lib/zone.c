/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the rows, finding what answers a question, and the thread that does it. */
#include "lib/zone.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/dns_msg.h"

#define DATA_MAX 4096
#define TTL 3600
#define HEADER 12
#define OPEN_TRIES 100
#define MESSAGE_MAX 1400 /* UDP and TCP alike: cases have small answers */

/* ---- lines ------------------------------------------------------------------------- */

static bool
fail(struct zone *zone, const char *line, const char *why)
{
	if (zone->fault[0] == '\0')
		snprintf(zone->fault, sizeof(zone->fault), "DNS: %.100s: %s", line, why);
	return false;
}

/* The next word, copied; "" at the end. */
static void
word(const char **at, char out[DATA_MAX])
{
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t");
	if (len >= DATA_MAX)
		len = DATA_MAX - 1;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len;
}

static bool
put_name(struct zone_row *row, const char *text)
{
	uint8_t wire[DNS_NAME_WIRE_MAX];
	size_t len = dns_name_to_wire(wire, text);

	memcpy(row->data + row->len, wire, len);
	row->len += len;
	return len > 0;
}

static void
put16(struct zone_row *row, unsigned long value)
{
	row->data[row->len++] = (uint8_t)(value >> 8);
	row->data[row->len++] = (uint8_t)value;
}

/* One string of at most 255 bytes after the other; \xNN and \n are bytes. */
static void
put_text(struct zone_row *row, const char *text)
{
	size_t begin = row->len++;

	while (*text && row->len < DATA_MAX - 260) {
		unsigned byte = (uint8_t)*text;

		if (sscanf(text, "\\x%2x", &byte) == 1)
			text += 4;
		else if (strncmp(text, "\\n", 2) == 0)
			byte = '\n', text += 2;
		else
			text++;
		if (row->len - begin > 255) {
			row->data[begin] = 255;
			begin = row->len++;
		}
		row->data[row->len++] = (uint8_t)byte;
	}
	row->data[begin] = (uint8_t)(row->len - begin - 1);
}

static unsigned
type_of(const char *name)
{
	static const unsigned types[] = {DNS_TYPE_A, DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_SOA,
	    DNS_TYPE_PTR, DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_TLSA,
	    DNS_TYPE_RRSIG};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(dns_type_word(types[i]), name) == 0)
			return types[i];
	return 0;
}

/* "USAGE SELECTOR MATCHING HEX" */
static bool
put_tlsa(struct zone_row *row, const char *text)
{
	char part[DATA_MAX];
	struct buf bytes;
	bool good;

	for (int i = 0; i < 3; i++) {
		word(&text, part);
		row->data[row->len++] = (uint8_t)strtoul(part, NULL, 10);
	}
	word(&text, part);
	buf_init(&bytes, 256);
	good = text_unhex(&bytes, part, strlen(part));
	memcpy(row->data + row->len, bytes.data, bytes.len);
	row->len += bytes.len;
	buf_free(&bytes);
	return good;
}

/* "TYPE DAYS": nobody verifies it, but it says when it ends. */
static bool
put_signature(struct zone_row *row, const char *text)
{
	char part[DATA_MAX];
	unsigned long now = (unsigned long)time(NULL), ends;

	word(&text, part);
	row->covers = type_of(part);
	ends = now + (unsigned long)(strtod(text, NULL) * 86400);
	put16(row, row->covers);
	put16(row, 13 << 8 | 2); /* algorithm, labels */
	put16(row, 0);
	put16(row, TTL);
	put16(row, ends >> 16);
	put16(row, ends);
	put16(row, (now - 86400) >> 16);
	put16(row, now - 86400);
	put16(row, 1);
	if (!put_name(row, "test"))
		return false;
	row->len += 64;
	return row->covers != 0;
}

static bool
put_data(struct zone_row *row, const char *text)
{
	char part[DATA_MAX];

	switch (row->type) {
	case DNS_TYPE_A:
		row->len = 4;
		return inet_pton(AF_INET, text, row->data) == 1;
	case DNS_TYPE_AAAA:
		row->len = 16;
		return inet_pton(AF_INET6, text, row->data) == 1;
	case DNS_TYPE_TXT:
		put_text(row, text);
		return true;
	case DNS_TYPE_TLSA:
		return put_tlsa(row, text);
	case DNS_TYPE_RRSIG:
		return put_signature(row, text);
	case DNS_TYPE_SRV:
		for (int i = 0; i < 3; i++) {
			word(&text, part);
			put16(row, strtoul(part, NULL, 10));
		}
		break;
	case DNS_TYPE_MX:
		word(&text, part);
		put16(row, strtoul(part, NULL, 10));
		break;
	case DNS_TYPE_SOA:
		if (!put_name(row, "ns.test") || !put_name(row, "admin.test"))
			return false;
		for (int i = 0; i < 5; i++) {
			put16(row, 0);
			put16(row, i == 0 ? strtoul(text, NULL, 10) : 300);
		}
		return true;
	default:
		break;
	}
	word(&text, part);
	return put_name(row, part);
}

/* Words in place of a type. */
static bool
mood_of(const char *name, struct zone_row *row)
{
	static const char *const moods[] = {[ZONE_SERVFAIL] = "SERVFAIL",
	    [ZONE_REFUSED] = "REFUSED",
	    [ZONE_SILENT] = "SILENT",
	    [ZONE_UNCHECKED] = "BOGUS"};

	for (size_t i = 1; i < ARRAY_LEN(moods); i++)
		if (strcmp(name, moods[i]) == 0) {
			row->mood = (enum zone_mood)i;
			return true;
		}
	row->secure = strcmp(name, "SECURE") == 0;
	return row->secure || strcmp(name, "LATE") == 0 || strcmp(name, "EMPTY") == 0;
}

bool
zone_add(struct zone *zone, const char *line)
{
	const char *at = line;
	char part[DATA_MAX];
	struct zone_row *row;

	zone->rows = mem_grow(zone->rows, zone->count + 1, sizeof(*zone->rows));
	row = &zone->rows[zone->count++];
	*row = (struct zone_row){.ttl = TTL, .data = mem_alloc(DATA_MAX)};
	word(&at, part);
	row->owner = mem_strdup(part);
	word(&at, part);
	if (part[0] >= '0' && part[0] <= '9') {
		row->ttl = (unsigned)strtoul(part, NULL, 10);
		word(&at, part);
	}
	row->type = type_of(part);
	if (row->type == 0 && !mood_of(part, row))
		return fail(zone, line, "neither a type nor a word we know");
	at += strspn(at, " \t");
	if (row->type == 0) {
		row->late_ms = (unsigned)strtoul(at, NULL, 10);
		word(&at, part);
		row->covers = type_of(part);
		return true;
	}
	return put_data(row, at) || fail(zone, line, "no such data");
}

/* ---- finding ----------------------------------------------------------------------- */

static bool
is_below(const char *name, const char *zone)
{
	size_t a = strlen(name), b = strlen(zone);

	return a > b && strcasecmp(name + a - b, zone) == 0 && name[a - b - 1] == '.';
}

static bool
owns(const struct zone_row *row, const char *name)
{
	if (strcasecmp(row->owner, name) == 0)
		return true;
	return strncmp(row->owner, "*.", 2) == 0 && is_below(name, row->owner + 2);
}

/* A row of the name itself hides those with a star. */
static bool
has_own(const struct zone *zone, const char *name)
{
	for (size_t i = 0; i < zone->count; i++)
		if (strcasecmp(zone->rows[i].owner, name) == 0)
			return true;
	return false;
}

struct found {
	const struct zone_row *rows[64];
	size_t count;
	bool exists, secure;
	enum zone_mood mood;
	unsigned late_ms;
};

static void
find(const struct zone *zone, const char *name, unsigned type, struct found *out)
{
	bool own = has_own(zone, name);

	*out = (struct found){0};
	for (size_t i = 0; i < zone->count; i++) {
		const struct zone_row *row = &zone->rows[i];

		if (is_below(row->owner, name))
			out->exists = true; /* something stands below it */
		if (!owns(row, name) || (own && row->owner[0] == '*'))
			continue;
		if (row->type == 0 && row->covers && row->covers != type)
			continue;
		if (row->type == 0) {
			out->exists |= !row->mood;
			out->secure |= row->secure;
			out->mood = row->mood ? row->mood : out->mood;
			out->late_ms = row->late_ms ? row->late_ms : out->late_ms;
			continue;
		}
		out->exists = true;
		if ((row->type == type || row->type == DNS_TYPE_CNAME || row->covers == type) &&
		    out->count < ARRAY_LEN(out->rows))
			out->rows[out->count++] = row;
	}
}

/* The zone of a name that is not there: its SOA row, else the last label. */
static const char *
soa_owner(const struct zone *zone, const char *name)
{
	const char *best = strrchr(name, '.') ? strrchr(name, '.') + 1 : name;

	for (size_t i = 0; i < zone->count; i++)
		if (zone->rows[i].type == DNS_TYPE_SOA &&
		    (is_below(name, zone->rows[i].owner) ||
			strcasecmp(name, zone->rows[i].owner) == 0) &&
		    strlen(zone->rows[i].owner) > strlen(best))
			best = zone->rows[i].owner;
	return best;
}

/* ---- answering --------------------------------------------------------------------- */

static void
add_record(struct buf *out, const uint8_t *owner, size_t owner_len, const struct zone_row *row)
{
	uint8_t head[10] = {0, (uint8_t)row->type, 0, 1, (uint8_t)(row->ttl >> 24),
	    (uint8_t)(row->ttl >> 16), (uint8_t)(row->ttl >> 8), (uint8_t)row->ttl,
	    (uint8_t)(row->len >> 8), (uint8_t)row->len};

	buf_add(out, owner, owner_len);
	buf_add(out, head, sizeof(head));
	buf_add(out, row->data, row->len);
}

static void
add_soa(struct buf *out, const char *zone_name)
{
	uint8_t wire[DNS_NAME_WIRE_MAX], data[DATA_MAX] = {0};
	struct zone_row soa = {.type = DNS_TYPE_SOA, .ttl = TTL, .data = data};
	size_t len = dns_name_to_wire(wire, zone_name);

	if (len > 0 && put_data(&soa, "1")) {
		add_record(out, wire, len, &soa);
		out->data[9] = 1;
	}
}

/* A whole answer; false: silence. question_len: name, type and class. */
static bool
answer(const struct zone *zone, const uint8_t *query, size_t question_len, const char *name,
    unsigned type, struct buf *out, unsigned *late_ms)
{
	struct found found;
	bool unchecked = (query[3] & 0x10) != 0;
	unsigned rcode = 0;
	uint8_t header[HEADER] = {query[0], query[1], 0x84, 0x80, 0, 1};

	find(zone, name, type, &found);
	*late_ms = found.late_ms;
	if (found.mood == ZONE_SILENT)
		return false;
	if (found.mood == ZONE_UNCHECKED)
		found.mood = unchecked ? ZONE_RECORDS : ZONE_SERVFAIL;
	if (found.mood != ZONE_RECORDS) {
		rcode = found.mood == ZONE_REFUSED ? DNS_RCODE_REFUSED : DNS_RCODE_SERVFAIL;
		found.count = 0;
	} else if (!found.exists) {
		rcode = DNS_RCODE_NXDOMAIN;
	}
	header[2] = (uint8_t)(0x84 | (query[2] & 1));
	header[3] = (uint8_t)(0x80 | rcode | (found.secure ? 0x20 : 0));
	header[7] = (uint8_t)found.count;
	buf_add(out, header, sizeof(header));
	buf_add(out, query + HEADER, question_len);
	for (size_t i = 0; i < found.count; i++)
		add_record(out, (const uint8_t *)"\xc0\x0c", 2, found.rows[i]);
	if (found.count == 0 && found.mood == ZONE_RECORDS)
		add_soa(out, soa_owner(zone, name));
	return true;
}

/* False: nothing is to be said, or it was no question. */
static bool
understand(struct zone *zone, const uint8_t *query, size_t len, struct buf *out, unsigned *late_ms)
{
	struct arena arena = {0};
	uint8_t wire[DNS_NAME_WIRE_MAX];
	size_t at = HEADER;
	bool good;

	zone->asked++;
	if (len < HEADER + 5 || dns_name_read(wire, query, len, &at) == 0 || at + 4 > len)
		return false;
	good = answer(zone, query, at + 4 - HEADER, dns_name_text(&arena, wire),
	    (unsigned)query[at] << 8 | query[at + 1], out, late_ms);
	arena_free(&arena);
	return good;
}

static void
hear_datagram(struct zone *zone)
{
	uint8_t query[1024];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t got = recvfrom(
	    zone->udp, query, sizeof(query), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
	struct buf out;
	unsigned late_ms = 0;

	if (got <= 0)
		return;
	buf_init(&out, MESSAGE_MAX);
	if (!understand(zone, query, (size_t)got, &out, &late_ms)) {
		buf_free(&out);
		return;
	}
	if (late_ms > 0 && zone->late_count < ZONE_LATE_MAX) {
		size_t n = zone->late_count++;

		memcpy(zone->late[n].bytes, out.data, out.len);
		zone->late[n].len = out.len;
		memcpy(zone->late[n].to.bytes, &from, from_len);
		zone->late[n].to.len = from_len;
		zone->late[n].due_us = clock_now_us() + late_ms * US_PER_MS;
	} else {
		(void)!sendto(zone->udp, out.data, out.len, 0, (struct sockaddr *)&from, from_len);
	}
	buf_free(&out);
}

static void
hear_stream(struct zone *zone)
{
	uint8_t query[1024], length[2];
	int fd = accept(zone->tcp, NULL, NULL);
	ssize_t got = fd < 0 ? -1 : recv(fd, query, sizeof(query), 0);
	struct buf out;
	unsigned late_ms;

	buf_init(&out, MESSAGE_MAX);
	if (got > 2 && understand(zone, query + 2, (size_t)got - 2, &out, &late_ms)) {
		length[0] = (uint8_t)(out.len >> 8);
		length[1] = (uint8_t)out.len;
		(void)!send(fd, length, 2, MSG_NOSIGNAL | MSG_MORE);
		(void)!send(fd, out.data, out.len, MSG_NOSIGNAL);
	}
	buf_free(&out);
	if (fd >= 0)
		close(fd);
}

/* Sends what is due. Returns milliseconds until the next. */
static int
send_late(struct zone *zone)
{
	int64_t now_us = clock_now_us(), next_us = -1;

	for (size_t i = 0; i < zone->late_count; i++) {
		if (zone->late[i].due_us <= now_us) {
			(void)!sendto(zone->udp, zone->late[i].bytes, zone->late[i].len, 0,
			    (struct sockaddr *)zone->late[i].to.bytes, zone->late[i].to.len);
			zone->late[i] = zone->late[--zone->late_count];
			i--;
		} else if (next_us < 0 || zone->late[i].due_us < next_us) {
			next_us = zone->late[i].due_us;
		}
	}
	return next_us < 0 ? -1 : (int)((next_us - now_us) / US_PER_MS) + 1;
}

static void *
serve(void *opaque)
{
	struct zone *zone = opaque;
	struct pollfd fds[3] = {{.fd = zone->stop[0], .events = POLLIN},
	    {.fd = zone->udp, .events = POLLIN}, {.fd = zone->tcp, .events = POLLIN}};

	while (poll(fds, 3, send_late(zone)) >= 0 && !fds[0].revents) {
		if (fds[1].revents)
			hear_datagram(zone);
		if (fds[2].revents)
			hear_stream(zone);
	}
	return NULL;
}

/* The same port for both; a stranger may have taken it for datagrams meanwhile. */
static bool
bind_both(struct zone *zone)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);

	zone->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	zone->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(zone->tcp, (struct sockaddr *)&in, len) == 0 && listen(zone->tcp, 64) == 0 &&
	    getsockname(zone->tcp, (struct sockaddr *)&in, &len) == 0 &&
	    bind(zone->udp, (struct sockaddr *)&in, len) == 0) {
		zone->port = ntohs(in.sin_port);
		return true;
	}
	close(zone->udp);
	close(zone->tcp);
	return false;
}

bool
zone_open(struct zone *zone)
{
	int size = 4 << 20;

	for (int tries = 0; !bind_both(zone); tries++)
		if (tries == OPEN_TRIES)
			return fail(zone, "", "no port is free");
	(void)setsockopt(zone->udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (pipe(zone->stop) == 0 && pthread_create(&zone->thread, NULL, serve, zone) == 0)
		return true;
	zone->port = 0;
	return fail(zone, "", "cannot serve");
}

void
zone_close(struct zone *zone)
{
	if (zone->port) {
		(void)!write(zone->stop[1], "x", 1);
		pthread_join(zone->thread, NULL);
		close(zone->stop[0]);
		close(zone->stop[1]);
		close(zone->udp);
		close(zone->tcp);
	}
	for (size_t i = 0; i < zone->count; i++) {
		mem_free(zone->rows[i].owner);
		mem_free(zone->rows[i].data);
	}
	mem_free(zone->rows);
	*zone = (struct zone){0};
}
