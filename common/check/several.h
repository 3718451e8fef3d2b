/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the addresses of one name mean together: one dead or a whole family,
 * one that serves an old certificate, a login delayed because another was
 * refused. Knows facts; talks to nobody.
 */
#ifndef COMMON_CHECK_SEVERAL_H
#define COMMON_CHECK_SEVERAL_H

#include "dialog/session.h"
#include "report/report.h"

/* One address that was tried. */
struct several {
	const struct address *address;
	const struct session_facts *facts;
	const char *endpoint; /* its id */
	bool reached;
};

/* Those not reached, beside others that were: net.address_dead, one for a whole family. */
void
several_dead(struct report *report, const char *subject, const struct several *seen, size_t count);
/* tls.cert.differs: which addresses serve another certificate than the newest. */
void several_certs(struct report *report, const char *subject, const struct several *seen,
    size_t count, int64_t now_unix);
/* A login without an answer, after one of the same run was refused. */
void several_logins(struct report *report);

#endif
