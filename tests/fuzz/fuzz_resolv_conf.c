/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolv.conf of any bytes, and its first line as a --resolver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check(const struct dns_settings *settings, size_t most)
{
	if (settings->server_count > most)
		abort();
	for (size_t i = 0; i < settings->server_count; i++)
		if (settings->servers[i].text[0] == '\0' ||
		    (settings->servers[i].family != AF_INET &&
			settings->servers[i].family != AF_INET6))
			abort();
	if (settings->tries > 100 || settings->wait_us < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static int fd = -1;
	struct arena arena = {0};
	struct dns_settings settings;
	struct err err = {0};
	char path[64];

	if (fd < 0)
		fd = memfd_create("resolv.conf", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, len, 0) != (ssize_t)len)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (dns_settings_read(&settings, path, &err) == err_is_set(&err))
		abort();
	check(&settings, 3);
	if (!err_is_set(&err) && settings.server_count == 0)
		abort();
	err = (struct err){0};
	settings = (struct dns_settings){0};
	if (dns_settings_add(&settings, arena_strndup(&arena, (const char *)bytes, len), &err) ==
	    err_is_set(&err))
		abort();
	check(&settings, 1);
	arena_free(&arena);
	return 0;
}
