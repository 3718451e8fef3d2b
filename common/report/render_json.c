/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns how a tree of values becomes JSON, by json-c, which is loaded when it is
 * first needed. Knows no key and no report.
 */
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "base/late.h"
#include "base/text.h"
#include "report/render_parts.h"

#define TEXT_BYTES_MAX ((size_t)1 << 20) /* of one string */

static struct json {
	struct json_object *(*new_object)(void);
	struct json_object *(*new_array)(void);
	struct json_object *(*new_boolean)(json_bool);
	struct json_object *(*new_int64)(int64_t);
	struct json_object *(*new_double_s)(double, const char *);
	struct json_object *(*new_string_len)(const char *, int);
	int (*object_add)(struct json_object *, const char *, struct json_object *);
	int (*array_add)(struct json_object *, struct json_object *);
	const char *(*to_string)(struct json_object *, int, size_t *);
	int (*put)(struct json_object *);
} json;

static const struct late_symbol symbols[] = {
    {"json_object_new_object", &json.new_object},
    {"json_object_new_array", &json.new_array},
    {"json_object_new_boolean", &json.new_boolean},
    {"json_object_new_int64", &json.new_int64},
    {"json_object_new_double_s", &json.new_double_s},
    {"json_object_new_string_len", &json.new_string_len},
    {"json_object_object_add", &json.object_add},
    {"json_object_array_add", &json.array_add},
    {"json_object_to_json_string_length", &json.to_string},
    {"json_object_put", &json.put},
};

static struct late_library library = {
    .soname = "libjson-c.so.5",
    .package = "libjson-c5",
    .symbols = symbols,
    .symbol_count = ARRAY_LEN(symbols),
};

/* json-c says NULL both for null and for out of memory, so a result is told apart by the bool. */
static bool to_json(const struct value *value, struct json_object **out);

static bool
text_to_json(const char *text, struct json_object **out)
{
	const struct text_style style = {.for_json = true};
	struct buf clean;

	buf_init(&clean, TEXT_BYTES_MAX);
	text_clean(&clean, text, strlen(text), &style);
	*out = json.new_string_len(buf_text(&clean), (int)clean.len);
	buf_free(&clean);
	return *out != NULL;
}

static bool
real_to_json(const struct value *value, struct json_object **out)
{
	struct buf text;

	if (!isfinite(value->real))
		return true;
	buf_init(&text, 512);
	render_real(&text, value->real, value->decimals);
	*out = json.new_double_s(value->real, buf_text(&text));
	buf_free(&text);
	return *out != NULL;
}

static bool
array_to_json(const struct value *value, struct json_object **out)
{
	*out = json.new_array();
	for (const struct value *v = value->first; *out && v; v = v->next) {
		struct json_object *element = NULL;

		if (!to_json(v, &element) || json.array_add(*out, element) != 0) {
			json.put(element);
			json.put(*out);
			*out = NULL;
			return false;
		}
	}
	return *out != NULL;
}

static bool
member_to_json(struct json_object *object, const struct value *value)
{
	const struct text_style style = {.for_json = true};
	struct json_object *member = NULL;
	struct buf key;
	bool added;

	buf_init(&key, TEXT_BYTES_MAX);
	text_clean(&key, value->key, strlen(value->key), &style);
	added = to_json(value, &member) && json.object_add(object, buf_text(&key), member) == 0;
	if (!added)
		json.put(member);
	buf_free(&key);
	return added;
}

static bool
object_to_json(const struct value *value, struct json_object **out)
{
	*out = json.new_object();
	for (const struct value *v = value->first; *out && v; v = v->next) {
		if (!member_to_json(*out, v)) {
			json.put(*out);
			*out = NULL;
			return false;
		}
	}
	return *out != NULL;
}

static bool
to_json(const struct value *value, struct json_object **out)
{
	*out = NULL;
	switch (value->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		*out = json.new_boolean(value->boolean);
		return *out != NULL;
	case VALUE_INT:
		*out = json.new_int64(value->integer);
		return *out != NULL;
	case VALUE_REAL:
		return real_to_json(value, out);
	case VALUE_TEXT:
		return text_to_json(value->text, out);
	case VALUE_ARRAY:
		return array_to_json(value, out);
	case VALUE_OBJECT:
		return object_to_json(value, out);
	}
	return true;
}

static bool
print(struct buf *out, const struct value *tree, int flags, struct err *err)
{
	struct json_object *object;
	const char *text;
	size_t len = 0;
	bool printed = false;

	if (!late_load(&library, err))
		return false;
	if (!to_json(tree, &object))
		return err_set(err, ERR_LOCAL, 0, "no memory for the JSON output");
	text = json.to_string(object, flags | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (!text)
		err_set(err, ERR_LOCAL, 0, "no memory for the JSON output");
	else if (len + 1 > out->cap - out->len)
		err_set(err, ERR_LOCAL, 0, "the JSON output has %zu bytes, more than fits", len);
	else
		printed = buf_add(out, text, len) && buf_add_char(out, '\n');
	json.put(object);
	return printed;
}

bool
render_tree(struct buf *out, const struct value *tree, struct err *err)
{
	return print(out, tree, JSON_C_TO_STRING_PLAIN, err);
}

bool
render_tree_indented(struct buf *out, const struct value *tree, struct err *err)
{
	return print(out, tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED, err);
}

bool
render_json(
    struct buf *out, struct report *report, const struct render_params *params, struct err *err)
{
	const struct value *tree = render_value(report, params);

	return params->terminal ? render_tree_indented(out, tree, err)
				: render_tree(out, tree, err);
}
