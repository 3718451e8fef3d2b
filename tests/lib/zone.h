/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A name server for tests, fed with lines: what a case's DNS: lines say. It
 * answers on a port of its own by UDP and TCP, from a thread. tests/README.md
 * describes the lines.
 */
#ifndef TESTS_LIB_ZONE_H
#define TESTS_LIB_ZONE_H

#include <pthread.h>

#include "base/buf.h"

#define ZONE_LATE_MAX 256 /* answers under way at a time */

/* What a name is answered with instead of records. */
enum zone_mood { ZONE_RECORDS = 0, ZONE_SERVFAIL, ZONE_REFUSED, ZONE_SILENT, ZONE_UNCHECKED };

struct zone_row {
	char *owner; /* lower case; "*.zone" for all below it */
	unsigned type;
	unsigned
	    covers; /* of a signature: the type that it stands beside; of a mood: that it is for */
	unsigned ttl;
	uint8_t *data;
	size_t len;
	enum zone_mood mood;
	unsigned late_ms;
	bool secure; /* AD in answers about it */
};

struct zone {
	struct zone_row *rows;
	size_t count;
	char fault[200]; /* the first line that does not parse */
	unsigned port;   /* while it serves */
	int udp, tcp, stop[2];
	pthread_t thread;
	size_t asked; /* datagrams and streams so far */
	struct {
		uint8_t bytes[1400];
		size_t len;
		struct {
			unsigned char bytes[128];
			unsigned len;
		} to;
		int64_t due_us;
	} late[ZONE_LATE_MAX];
	size_t late_count;
};

/* "name [ttl] TYPE data", "name SERVFAIL" ... False: fault. A zeroed zone is empty. */
bool zone_add(struct zone *zone, const char *line) MUST_USE;
/* Serves on 127.0.0.1. False: fault. */
bool zone_open(struct zone *zone) MUST_USE;
/* Stops serving, if it did, and frees the rows. */
void zone_close(struct zone *zone);

#endif
