/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions that try what a server must refuse, one after the other, each on a
 * connection of its own. Private to the SMTP dialog; names are in smtp.h.
 */
#ifndef COMMON_DIALOG_SMTP_REFUSE_H
#define COMMON_DIALOG_SMTP_REFUSE_H

#include "dialog/smtp.h"

/* All tests of params->must_refuse, then starttls_injection, into facts. */
void smtp_refuse_run(const struct session_params *session, const struct smtp_params *params,
    struct smtp_facts *facts);

#endif
