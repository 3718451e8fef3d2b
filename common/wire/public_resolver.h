/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resolvers that anybody may ask: block lists refuse them, openly or by silence. */
#ifndef COMMON_WIRE_PUBLIC_RESOLVER_H
#define COMMON_WIRE_PUBLIC_RESOLVER_H

/* Whose it is ("Google"), by its address as inet_ntop(3) writes it; NULL: none that is known. */
const char *public_resolver_owner(const char *address);

#endif
