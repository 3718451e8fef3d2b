/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded: from the first connect(2) on there is no memory. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

static volatile bool gone;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
	static int (*next)(int, const struct sockaddr *, socklen_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "connect");
	gone = true;
	return next(fd, address, len);
}

void *
malloc(size_t size)
{
	errno = ENOMEM;
	return gone ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	errno = ENOMEM;
	return gone ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
	errno = ENOMEM;
	return gone ? NULL : __libc_realloc(memory, size);
}
