/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the addresses of public resolvers, as their operators publish them. */
#include "wire/public_resolver.h"

#include <string.h>

#include "base/base.h"

static const struct owner {
	const char *address, *name;
} owners[] = {
    {"8.8.8.8", "Google"},
    {"8.8.4.4", "Google"},
    {"2001:4860:4860::8888", "Google"},
    {"2001:4860:4860::8844", "Google"},
    {"1.1.1.1", "Cloudflare"},
    {"1.0.0.1", "Cloudflare"},
    {"1.1.1.2", "Cloudflare"},
    {"1.0.0.2", "Cloudflare"},
    {"1.1.1.3", "Cloudflare"},
    {"1.0.0.3", "Cloudflare"},
    {"2606:4700:4700::1111", "Cloudflare"},
    {"2606:4700:4700::1001", "Cloudflare"},
    {"9.9.9.9", "Quad9"},
    {"9.9.9.10", "Quad9"},
    {"9.9.9.11", "Quad9"},
    {"149.112.112.112", "Quad9"},
    {"149.112.112.10", "Quad9"},
    {"149.112.112.11", "Quad9"},
    {"2620:fe::fe", "Quad9"},
    {"2620:fe::9", "Quad9"},
    {"208.67.222.222", "OpenDNS"},
    {"208.67.220.220", "OpenDNS"},
    {"2620:119:35::35", "OpenDNS"},
    {"2620:119:53::53", "OpenDNS"},
    {"94.140.14.14", "AdGuard"},
    {"94.140.15.15", "AdGuard"},
    {"77.88.8.8", "Yandex"},
    {"77.88.8.1", "Yandex"},
    {"185.228.168.9", "CleanBrowsing"},
    {"76.76.2.0", "Control D"},
};

const char *
public_resolver_owner(const char *address)
{
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		if (strcmp(owners[i].address, address) == 0)
			return owners[i].name;
	return NULL;
}
