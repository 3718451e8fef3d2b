/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverse names: does one look as if a provider had made it of the address? */
#ifndef COMMON_WIRE_PTR_NAME_H
#define COMMON_WIRE_PTR_NAME_H

#include "base/base.h"

/*
 * True if the name holds the whole address (its octets in either order, in
 * twelve digits or eight hex digits; eight nibbles in a row of an IPv6
 * address), or half of it beside a word such as "dyn" or "pool". A word alone
 * is a name like any other. bytes: 4 or 16.
 */
bool ptr_name_is_generic(const char *name, const uint8_t *bytes, size_t count);

#endif
