/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SCRAM's server messages (RFC 5802, 7), read before they are handed to the
 * library that does the arithmetic: it knows no upper bound on the iterations.
 */
#ifndef COMMON_WIRE_SCRAM_H
#define COMMON_WIRE_SCRAM_H

#include "base/base.h"

#define SCRAM_MESSAGE_MAX 2048
#define SCRAM_ITERATIONS_MIN 4096   /* RFC 7677, 4: a lower count is cheap to guess from */
#define SCRAM_ITERATIONS_MAX 600000 /* half a second of CPU; more is an attack on us */

/*
 * Reads "r=nonce,s=salt,i=count". client_first is our message, whose nonce the
 * server's must continue. On failure false and *why_out names the fault; the
 * range of the iterations is the caller's to judge (0 never comes out).
 */
bool scram_server_first(const char *message, size_t len, const char *client_first,
    int64_t *iterations_out, const char **why_out) MUST_USE;

/* The value of "e=..." that server-final-message may be instead of a proof; NULL if it is none. */
const char *scram_server_error(const char *message, size_t len, size_t *error_len_out);

#endif
