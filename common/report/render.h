/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A report as bytes: text for people and engines, JSON, OpenMetrics. Pure
 * functions; nothing is written here.
 */
#ifndef COMMON_REPORT_RENDER_H
#define COMMON_REPORT_RENDER_H

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"

enum perfdata_style { PERFDATA_FULL, PERFDATA_COMPAT, PERFDATA_NONE };

struct render_params {
	const char *plugin;  /* "check_imap_tls" */
	const char *service; /* "IMAP" */
	const char *check;   /* "imap": OpenMetrics label */
	unsigned program;    /* enum program */
	const char *version;
	const char *subject; /* "imap.example.org:993"; "" before it is known */
	const char *host, *port, *address, *user; /* fill {host} ... of next lines; may be NULL */
	int64_t started_unix;
	int verbose;   /* 0..3 */
	bool terminal; /* stdout is one: colour and bars unless NO_COLOR; JSON indented */
	bool colour;
	size_t max_output; /* bytes of the whole text; 0 = no cap (terminal) */
	enum perfdata_style perfdata;
	const char *const *metric_labels; /* "name=value": OpenMetrics; NULL when there are none */
	size_t metric_label_count;
};

/* Monitoring plugins guidelines; contract of line 1 and the long output. */
void render_text(struct buf *out, struct report *report, const struct render_params *params);
/* Loads json-c; false with err when it is missing. */
bool render_json(struct buf *out, struct report *report, const struct render_params *params,
    struct err *err) MUST_USE;
/*
 * One report inside another (checks[] of the doctor): the same object as a value
 * tree, in this report's arena, raw: whoever prints it cleans it.
 */
struct value *render_value(struct report *report, const struct render_params *params);
/* Any value tree as JSON, one line (indented: many) with LF; texts and keys are cleaned. Loads json-c. */
bool render_tree(struct buf *out, const struct value *tree, struct err *err) MUST_USE;
bool render_tree_indented(struct buf *out, const struct value *tree, struct err *err) MUST_USE;
/* Text format 0.0.4 and OpenMetrics 1.0 at once. */
void render_openmetrics(struct buf *out, struct report *report, const struct render_params *params);

/* The schema of render_json()'s object (JSON Schema, draft 2020-12). Loads json-c. */
bool render_schema(struct buf *out, struct err *err) MUST_USE;
/* --list-findings, --list-metrics as text or JSON; --explain ID of one row. */
void render_findings(struct buf *out, unsigned programs);
void render_metrics(struct buf *out, unsigned programs);
bool render_findings_json(struct buf *out, unsigned programs, struct err *err) MUST_USE;
bool render_metrics_json(struct buf *out, unsigned programs, struct err *err) MUST_USE;
void render_finding_row(struct buf *out, enum finding_id id);
/* Section FINDINGS (mdoc) of a program's man page: id, state, who, meaning. */
void render_findings_mdoc(struct buf *out, unsigned programs);
/* The whole page mailvitals-findings(7), mdoc. */
void render_findings_page(struct buf *out);

#endif
