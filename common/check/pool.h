/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work in threads, so many at a time. The caller's thread works too; one item needs no thread. */
#ifndef COMMON_CHECK_POOL_H
#define COMMON_CHECK_POOL_H

#include "base/base.h"

/* Calls work(context, index) once for each index below count, in order of beginning. Returns when all are done. */
void
pool_run(size_t count, size_t parallel, void (*work)(void *context, size_t index), void *context);

#endif
