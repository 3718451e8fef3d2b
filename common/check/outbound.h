/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who sends mail, as the user names it: addresses, ranges, hosts, "spf". */
#ifndef COMMON_CHECK_OUTBOUND_H
#define COMMON_CHECK_OUTBOUND_H

#include "base/err.h"
#include "base/mem.h"
#include "base/strings.h"
#include "net/socket.h"

#define OUTBOUND_RANGE_MAX 1024 /* addresses of one range */
#define OUTBOUND_MAX 4096       /* of a run */

/* All zero is nobody. The lists are its own: outbound_free(). */
struct outbound {
	struct address *list;
	size_t count;
	struct strings hosts; /* A-labels; they live in the arena given */
	bool spf;             /* those that the domain's SPF names, too */
};

/*
 * An address, ADDRESS/BITS, a host name or "spf"; nothing is looked up. False:
 * err is ERR_CONFIG and says which text, or of which there are too many.
 */
bool outbound_add(
    struct outbound *outbound, const char *text, struct arena *arena, struct err *err) MUST_USE;
void outbound_free(struct outbound *outbound);

#endif
