/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --connect: the mail hosts that the walk found, met as a sender meets them. */
#ifndef COMMON_CHECK_MX_CONNECT_H
#define COMMON_CHECK_MX_CONNECT_H

#include "check/target.h"
#include "dialog/mx.h"

/*
 * Greeting, STARTTLS and relaying of every address of every mail host, all side
 * by side (MX_ADDRESSES_MAX at the most) under the run's deadline; reported in
 * the order of the hosts. And whether the greeting's name is the address's
 * reverse name. connection: its TLS settings. settings: the target's,
 * by target_settings(). Only addresses that a stranger reaches, unless special_too.
 */
struct mx_connect {
	const struct target *settings;
	const struct mx_facts *facts;
	const char *ehlo_name;
	uint16_t port;
	bool special_too;
};
void mx_connect(const struct mx_connect *connect, struct run *run);

#endif
