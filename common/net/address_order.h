/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which order a client tries addresses of its own look-up (RFC 6724, 6). */
#ifndef COMMON_NET_ADDRESS_ORDER_H
#define COMMON_NET_ADDRESS_ORDER_H

#include "net/socket.h"

/*
 * Best first: those this machine has a route to (rule 1), then those whose
 * source address is of the same kind (rule 5), then the more native kind
 * (rule 6); otherwise as they came (rule 10). Nothing is sent: connecting a
 * datagram socket only asks the kernel for the source.
 */
void address_order(struct addresses *addresses);
/* Rule 1 alone: this machine knows a way to the address. */
bool address_has_way(const struct address *address);

#endif
