/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small tree of display values: what JSON shows beyond findings and metrics
 * (endpoints, certificates, settings ...). Judges build it from facts; text
 * and JSON print it. Strings are copied into the arena, raw: the renderer
 * cleans them. Keys are literals and kept by pointer; order is kept.
 */
#ifndef COMMON_BASE_VALUE_H
#define COMMON_BASE_VALUE_H

#include "base/base.h"
#include "base/mem.h"

enum value_kind {
	VALUE_NULL = 0,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_REAL,
	VALUE_TEXT,
	VALUE_ARRAY,
	VALUE_OBJECT
};

struct value {
	enum value_kind kind;
	const char *key; /* inside an object */
	bool boolean;
	int64_t integer;
	double real;
	int decimals; /* of real */
	const char *text;
	struct value *first, *last, *next; /* children; next sibling */
};

struct value *value_object(struct arena *arena);
struct value *value_array(struct arena *arena);

/* Add a member to an object (key) or an element to an array (key NULL). */
struct value *value_add_object(struct arena *arena, struct value *parent, const char *key);
struct value *value_add_array(struct arena *arena, struct value *parent, const char *key);
void value_add(struct value *parent, const char *key, struct value *child); /* takes a built one */
void value_add_null(struct arena *arena, struct value *parent, const char *key);
void value_add_bool(struct arena *arena, struct value *parent, const char *key, bool boolean);
void value_add_int(struct arena *arena, struct value *parent, const char *key, int64_t integer);
void value_add_real(
    struct arena *arena, struct value *parent, const char *key, double real, int decimals);
void value_add_text(
    struct arena *arena, struct value *parent, const char *key, const char *text); /* NULL: null */
/* key as RFC 3339 UTC text and key_epoch as an integer. */
void value_add_time(struct arena *arena, struct value *parent, const char *key,
    const char *key_epoch, int64_t unix_seconds);

/* Member by key, NULL if absent. */
const struct value *value_get(const struct value *object, const char *key);
/* Appends all of other's children (both arrays). other's nodes must live as long. */
void value_append_all(struct value *array, struct value *other);

#endif
