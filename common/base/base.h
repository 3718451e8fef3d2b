/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every file may lean on: attributes and the length of an array.
 * No functions live here.
 */
#ifndef COMMON_BASE_BASE_H
#define COMMON_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define MUST_USE __attribute__((warn_unused_result))
#define NO_RETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/* Microseconds: every time inside the programs, named *_us. */
#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)

#endif
