/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shape of the JSON output as one table: it completes what judges built,
 * and is printed as the schema. For the files render_*.c only.
 */
#ifndef COMMON_REPORT_RENDER_SHAPE_H
#define COMMON_REPORT_RENDER_SHAPE_H

#include "base/value.h"

enum render_shape_kind {
	RENDER_SHAPE_TEXT,
	RENDER_SHAPE_INT,
	RENDER_SHAPE_REAL,
	RENDER_SHAPE_BOOL,
	RENDER_SHAPE_TEXTS,   /* array of strings */
	RENDER_SHAPE_MAP,     /* object with keys of its own */
	RENDER_SHAPE_OBJECT,  /* of members */
	RENDER_SHAPE_OBJECTS, /* array of them; no members: each has an id at least */
	RENDER_SHAPE_METRICS, /* object: metric label to members */
	RENDER_SHAPE_REPORTS, /* array of whole reports */
	RENDER_SHAPE_FINDING  /* a finding's id */
};

struct render_shape {
	const char *key; /* NULL ends the list */
	enum render_shape_kind kind;
	bool nullable;
	const char *words; /* the only texts allowed, blank between them; NULL: any */
	const struct render_shape *members;
};

extern const struct render_shape render_shape_report[];

/*
 * A copy of given (an object, may be NULL) with every key of the shape, in its
 * order; missing ones are null, "", 0, false, [] or {}. Keys that the shape
 * does not know stand at the end.
 */
struct value *render_shape_complete(
    struct arena *arena, const struct render_shape *shape, const struct value *given);

#endif
