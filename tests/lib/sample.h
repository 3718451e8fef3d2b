/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports of well-known runs, built by hand: what renderers and readers of
 * their output are tested with.
 */
#ifndef TESTS_LIB_SAMPLE_H
#define TESTS_LIB_SAMPLE_H

#include "report/render.h"

struct sample {
	struct report report;
	struct render_params params;
};

/* Each fills a zeroed sample; sample_free() ends it. */
void sample_imap_ok(struct sample *sample);
void sample_imap_login_refused(struct sample *sample);
void sample_smtp_warning(struct sample *sample);
void sample_mx_critical(struct sample *sample);
void sample_pop3_unknown(struct sample *sample);
void sample_free(struct sample *sample);

#endif
