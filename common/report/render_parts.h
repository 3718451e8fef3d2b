/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the renderers share among themselves: line 1, perfdata, numbers, causes
 * and next steps. For the files render_*.c only.
 */
#ifndef COMMON_REPORT_RENDER_PARTS_H
#define COMMON_REPORT_RENDER_PARTS_H

#include "report/render.h"

/* Characters. */
#define RENDER_LINE_MAX 160 /* line 1 before its perfdata */
#define RENDER_MESSAGE_MAX 120
#define RENDER_SAID_MAX 80     /* in line 1 */
#define RENDER_TEXT_MAX 200    /* any other line */
#define RENDER_LINE_BYTES 1024 /* line 1 with perfdata and LF */

/* Line 1 without perfdata, colour and LF. */
void render_summary(struct buf *out, struct report *report, const struct render_params *params);
/* " | time=..." in at most max bytes, whole items only; nothing if there is no metric. */
void render_perfdata(
    struct buf *out, const struct report *report, const struct render_params *params, size_t max);

/* A fixed number of decimals, never "-0.0". */
void render_real(struct buf *out, double value, int decimals);
/* As short as it goes: 10, 0.5. */
void render_number(struct buf *out, double value);

/*
 * Causes and next steps of a finding: its own, else the row's, placeholders
 * filled in, raw, in the report's arena. Returns how many.
 */
size_t render_why(struct report *report, const struct report_finding *finding,
    const struct render_params *params, const char *lines_out[REPORT_LINES_MAX]);
size_t render_next(struct report *report, const struct report_finding *finding,
    const struct render_params *params, const char *lines_out[REPORT_LINES_MAX]);

/*
 * Two findings with the same id and subject differ by their number, counted in
 * the order given. numbers_out has room for count.
 */
void render_ordinals(struct report *report, const struct report_finding *const *findings,
    size_t count, unsigned *numbers_out);

#endif
