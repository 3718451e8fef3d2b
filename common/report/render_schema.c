/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the JSON Schema (draft 2020-12) of the JSON output, printed from its
 * shape and from the tables of findings and metrics.
 */
#include <string.h>

#include "report/render.h"
#include "report/render_shape.h"

/* One run of the printer: everything lives in its arena. */
struct schema {
	struct arena arena;
};

static void
members(struct schema *schema, struct value *node, const struct render_shape *shape, bool nullable);

static void
add_type(struct schema *schema, struct value *node, const char *type, bool nullable)
{
	struct value *both;

	if (!nullable) {
		value_add_text(&schema->arena, node, "type", type);
		return;
	}
	both = value_add_array(&schema->arena, node, "type");
	value_add_text(&schema->arena, both, NULL, type);
	value_add_text(&schema->arena, both, NULL, "null");
}

static void
add_words(struct schema *schema, struct value *node, const struct render_shape *shape)
{
	struct value *words;

	if (!shape->words)
		return;
	words = value_add_array(&schema->arena, node, "enum");
	for (const char *word = shape->words; *word;) {
		size_t len = strcspn(word, " ");

		value_add_text(
		    &schema->arena, words, NULL, arena_strndup(&schema->arena, word, len));
		word += len + (word[len] == ' ');
	}
	if (shape->nullable)
		value_add_null(&schema->arena, words, NULL);
}

/* Every id of the table, and threshold.LABEL by pattern. */
static void
finding_type(struct schema *schema, struct value *node)
{
	struct value *any = value_add_array(&schema->arena, node, "anyOf");
	struct value *ids =
	    value_add_array(&schema->arena, value_add_object(&schema->arena, any, NULL), "enum");

	add_type(schema, node, "string", false);
	for (int i = 0; i < FINDING_COUNT; i++)
		if (i != FINDING_THRESHOLD_LABEL)
			value_add_text(&schema->arena, ids, NULL, finding_rows[i].id);
	value_add_text(&schema->arena, value_add_object(&schema->arena, any, NULL), "pattern",
	    "^threshold\\.[a-z0-9_]{1,24}$");
}

static void
metrics_type(struct schema *schema, struct value *node, const struct render_shape *shape)
{
	struct arena *arena = &schema->arena;
	struct value *labels;

	add_type(schema, node, "object", false);
	labels = value_add_array(arena, value_add_object(arena, node, "propertyNames"), "enum");
	for (int i = 0; i < METRIC_COUNT; i++)
		value_add_text(arena, labels, NULL, metric_rows[i].label);
	members(
	    schema, value_add_object(arena, node, "additionalProperties"), shape->members, false);
}

/* An element that is not fixed further has its id at least. */
static void
open_element(struct schema *schema, struct value *node)
{
	struct arena *arena = &schema->arena;
	struct value *properties;

	add_type(schema, node, "object", false);
	properties = value_add_object(arena, node, "properties");
	add_type(schema, value_add_object(arena, properties, "id"), "string", false);
	value_add_text(arena, value_add_array(arena, node, "required"), NULL, "id");
}

static void
elements(struct schema *schema, struct value *node, const struct render_shape *shape)
{
	struct value *items;

	add_type(schema, node, "array", false);
	items = value_add_object(&schema->arena, node, "items");
	if (shape->kind == RENDER_SHAPE_TEXTS)
		add_type(schema, items, "string", false);
	else if (shape->kind == RENDER_SHAPE_REPORTS)
		value_add_text(&schema->arena, items, "$ref", "#");
	else if (shape->members)
		members(schema, items, shape->members, false);
	else
		open_element(schema, items);
}

static void
member(struct schema *schema, struct value *node, const struct render_shape *shape)
{
	switch (shape->kind) {
	case RENDER_SHAPE_TEXT:
		add_type(schema, node, "string", shape->nullable);
		add_words(schema, node, shape);
		break;
	case RENDER_SHAPE_INT:
		add_type(schema, node, "integer", shape->nullable);
		break;
	case RENDER_SHAPE_REAL:
		add_type(schema, node, "number", shape->nullable);
		break;
	case RENDER_SHAPE_BOOL:
		add_type(schema, node, "boolean", shape->nullable);
		break;
	case RENDER_SHAPE_TEXTS:
	case RENDER_SHAPE_OBJECTS:
	case RENDER_SHAPE_REPORTS:
		elements(schema, node, shape);
		break;
	case RENDER_SHAPE_MAP:
		add_type(schema, node, "object", shape->nullable);
		break;
	case RENDER_SHAPE_OBJECT:
		members(schema, node, shape->members, shape->nullable);
		break;
	case RENDER_SHAPE_METRICS:
		metrics_type(schema, node, shape);
		break;
	case RENDER_SHAPE_FINDING:
		finding_type(schema, node);
		break;
	}
}

static void
members(struct schema *schema, struct value *node, const struct render_shape *shape, bool nullable)
{
	struct arena *arena = &schema->arena;
	struct value *properties, *required;

	add_type(schema, node, "object", nullable);
	properties = value_add_object(arena, node, "properties");
	required = value_add_array(arena, node, "required");
	for (; shape->key; shape++) {
		member(schema, value_add_object(arena, properties, shape->key), shape);
		value_add_text(arena, required, NULL, shape->key);
	}
	value_add_bool(arena, node, "additionalProperties", false);
}

bool
render_schema(struct buf *out, struct err *err)
{
	struct schema schema = {0};
	struct value *top = value_object(&schema.arena);
	bool printed;

	value_add_text(
	    &schema.arena, top, "$schema", "https://json-schema.org/draft/2020-12/schema");
	value_add_text(&schema.arena, top, "title", "mailvitals report");
	members(&schema, top, render_shape_report, false);
	printed = render_tree_indented(out, top, err);
	arena_free(&schema.arena);
	return printed;
}
