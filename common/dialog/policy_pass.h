/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One pass over what is known, for the files policy*.c only: each part reads
 * the answers it has, asks for what it lacks, and may be called any number of
 * times.
 */
#ifndef COMMON_DIALOG_POLICY_PASS_H
#define COMMON_DIALOG_POLICY_PASS_H

#include "dialog/policy.h"

/*
 * The question, asked in this round unless it was before. DNS_UNASKED while the
 * answer is to come; when the run is over, a failure. flags: enum dns_flags.
 */
const struct dns_question *
policy_ask(struct policy *policy, const char *name, uint16_t type, unsigned flags);
/* The one TXT record at name that is() takes for its own. */
void policy_read_txt(struct policy *policy, const char *name,
    bool (*is)(const char *text, size_t len), struct policy_txt *out);
/* The status of a question that got no yes or no, in words. */
const char *policy_failure(const struct dns_question *question);
/* Every question of ours and theirs: is one secure? */
bool policy_seen_secure(const struct policy *policy);

void policy_pass_spf(struct policy *policy, const struct mx_facts *mx);
void policy_pass_dkim(struct policy *policy);
void policy_pass_dmarc(struct policy *policy);
void policy_pass_mtasts(struct policy *policy);
void policy_end_mtasts(struct policy *policy);
void policy_pass_dane(struct policy *policy, const struct mx_facts *mx);

#endif
