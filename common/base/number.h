/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as peers and users write them: decimal digits, at most one point, no
 * sign, no exponent, no locale. Nothing wraps: too large is false.
 */
#ifndef COMMON_BASE_NUMBER_H
#define COMMON_BASE_NUMBER_H

#include "base/base.h"

/* Exactly len digits; leading zeros are fine, an empty text is not. */
bool number_u64(const char *text, size_t len, uint64_t *value_out) MUST_USE;
bool number_i64_text(const char *text, int64_t min, int64_t max, int64_t *value_out) MUST_USE;
/* "N[.N]" */
bool number_real(const char *text, size_t len, double *value_out) MUST_USE;
/* N[ms|s|m|h|d|w]; bare_us is the unit of a bare number (US_PER_S for most options). */
bool number_duration(const char *text, size_t len, int64_t bare_us, int64_t *us_out) MUST_USE;
/* N[K|M|G][B], 1024-based. */
bool number_size(const char *text, size_t len, uint64_t *bytes_out) MUST_USE;

#endif
