/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts as display values: endpoints[], certificates[], the facts of -vv, the transcript. */
#ifndef COMMON_CHECK_SHOW_H
#define COMMON_CHECK_SHOW_H

#include "dialog/login.h"
#include "report/report.h"

/*
 * Adds a member to endpoints[] with all but server{} and auth{} (null until
 * the dialog's own show adds them). The result belongs to the report.
 */
struct value *show_endpoint(struct report *report, const struct session_facts *facts,
    const char *id, const char *host, uint16_t port, bool chosen);
/* tls.dane_state of an endpoint, as judge_dane() gave it; NULL says nothing. */
void show_dane(struct report *report, struct value *endpoint, const char *state);
/* The sent chain as certificates[] of the endpoint, and as facts lines. */
void show_certificates(
    struct report *report, const struct tls_facts *tls, const char *endpoint, int64_t now_unix);
/* One certificate as a member of certificates[] and as a line; endpoint or file is NULL. */
void show_certificate(struct report *report, const struct cert *cert, const char *endpoint,
    const char *file, size_t position, int64_t now_unix);
/* auth{} of the endpoint. */
void show_login(
    const struct login_facts *login, const char *user, struct arena *arena, struct value *endpoint);
void show_transcript(struct report *report, const struct buf *transcript);

#endif
