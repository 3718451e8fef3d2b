/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The addresses that a domain's SPF lets pass: --outbound spf. */
#ifndef COMMON_CHECK_SPF_SENDERS_H
#define COMMON_CHECK_SPF_SENDERS_H

#include "dialog/policy.h"

struct spf_senders {
	struct address *list;
	size_t count;
	size_t left_out; /* ranges that are too large to be asked about */
	bool complete;   /* every record of the tree could be read */
};

/*
 * Reads the tree of the domain's SPF and takes its addresses, each once, up to
 * max in all; a range that does not fit is left out whole.
 */
void spf_senders_find(struct spf_senders *out, const char *domain, struct dns *dns,
    struct deadline deadline, size_t max);
void spf_senders_free(struct spf_senders *senders);

#endif
