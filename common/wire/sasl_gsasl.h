/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libgsasl's client side of CRAM-MD5 and SCRAM, loaded when a mechanism with a
 * challenge is first used. For wire/sasl.c only.
 */
#ifndef COMMON_WIRE_SASL_GSASL_H
#define COMMON_WIRE_SASL_GSASL_H

#include "wire/sasl.h"

struct sasl_gsasl; /* one session; owns its copy of the password inside the library */

/* False: ERR_LOCAL (library missing or too old) or ERR_CONFIG (it refuses the settings). */
bool sasl_gsasl_open(
    struct sasl_gsasl **out, const struct sasl_params *params, struct err *err) MUST_USE;
/*
 * One step. False: ERR_CONFIG when user or password cannot be prepared
 * (RFC 4013), ERR_REFUSED with SASL_REFUSAL_SERVER_PROOF when the server's
 * signature is wrong, else ERR_PROTOCOL. *done_out: nothing more is expected.
 */
bool sasl_gsasl_step(struct sasl_gsasl *session, const void *challenge, size_t len,
    struct buf *response_out, bool *done_out, struct err *err) MUST_USE;
void sasl_gsasl_close(struct sasl_gsasl *session); /* NULL is fine */

#endif
