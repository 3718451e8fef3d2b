/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --explain: a finding's id, or any reply text pasted from a log, in words. Works offline. */
#ifndef COMMON_CHECK_EXPLAIN_H
#define COMMON_CHECK_EXPLAIN_H

#include "base/buf.h"

/* program: enum program, or-ed; which protocol to think of first. False: nothing is known. */
bool explain(struct buf *out, const char *text, unsigned program);

#endif
