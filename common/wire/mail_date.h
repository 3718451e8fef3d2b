/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates of message headers (RFC 5322, 3.3 and 4.3), read and written. Pure functions. */
#ifndef COMMON_WIRE_MAIL_DATE_H
#define COMMON_WIRE_MAIL_DATE_H

#include "base/buf.h"

/* "[Sun,] 22 Nov 2026 05:23[:38] +0000 (comment)"; obsolete years and zones too. */
bool mail_date_parse(const char *text, int64_t *unix_out) MUST_USE;
/* The date of a Received field's value: what stands behind its last semicolon. */
bool mail_date_received(const char *value, int64_t *unix_out) MUST_USE;
/* "Sun, 22 Nov 2026 05:23:38 +0000", years 1970 to 9999. */
void mail_date_print(struct buf *out, int64_t unix_seconds);

#endif
