/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the effective settings as a tree, for JSON.
 * Must not know: what a secret is; of those only the kind of source is shown.
 */
#include <string.h>

#include "opts/row.h"

/*
 * "imaps://anna:***@host" for a URI with a password: it is refused, and yet it
 * must not be shown.
 */
static const char *
without_password(struct arena *arena, const char *text)
{
	const char *user = text ? strstr(text, "://") : NULL;
	size_t len = user ? strcspn(user + 3, "/") : 0;
	const char *at = user ? memrchr(user + 3, '@', len) : NULL;
	const char *colon = at ? memchr(user + 3, ':', (size_t)(at - user - 3)) : NULL;

	return colon ? arena_printf(arena, "%.*s***%s", (int)(colon + 1 - text), text, at) : text;
}

static void
add_strings(struct arena *arena, struct value *object, const char *name, const struct strings *list)
{
	struct value *array = value_add_array(arena, object, name);

	for (size_t i = 0; i < list->count; i++)
		value_add_text(arena, array, NULL, without_password(arena, list->items[i]));
}

struct nth {
	int left;
	const char *part;
	size_t len;
};

static bool
is_nth(void *context, const char *part, size_t len)
{
	struct nth *nth = context;

	nth->part = part;
	nth->len = len;
	return nth->left-- == 0;
}

static void
add_choice(
    struct arena *arena, struct value *object, const char *name, const struct row *row, int choice)
{
	struct nth nth = {.left = choice};

	if (choice >= 0 && row_parts(row->opt->choices, is_nth, &nth))
		value_add_text(arena, object, name, arena_strndup(arena, nth.part, nth.len));
}

/* "password-file" is shown as "password": "file"; "password" itself as "argument" or "ini". */
static void
add_source(struct arena *arena, struct value *object, const struct row *row, enum opt_source source)
{
	const char *dash = strchr(row->opt->name, '-');
	size_t prefix = strlen(row->name) - strlen(row->opt->name);
	size_t len =
	    prefix + (dash != NULL ? (size_t)(dash - row->opt->name) : strlen(row->opt->name));

	value_add_text(arena, object, arena_strndup(arena, row->name, len),
	    dash != NULL             ? dash + 1
	    : source == OPT_FROM_INI ? "ini"
				     : "argument");
}

static void
add_value(struct arena *arena, struct value *object, const struct row *row, const void *field)
{
	const char *name = arena_strdup(arena, row->name);
	const struct opt_state *state = field;

	switch (row->type) {
	case OPT_FLAG:
	case OPT_SWITCH:
		value_add_bool(arena, object, name, *(const bool *)field);
		break;
	case OPT_COUNT:
		value_add_int(arena, object, name, *(const int *)field);
		break;
	case OPT_TEXT:
	case OPT_OPTIONAL:
		value_add_text(
		    arena, object, name, without_password(arena, *(const char *const *)field));
		break;
	case OPT_WORDS:
	case OPT_LIST:
		add_strings(arena, object, name, field);
		break;
	case OPT_NUMBER:
		value_add_int(arena, object, name, *(const int64_t *)field);
		break;
	case OPT_DURATION:
		value_add_real(
		    arena, object, name, (double)*(const int64_t *)field / (double)US_PER_S, 3);
		break;
	case OPT_SIZE:
		value_add_int(arena, object, name, (int64_t) * (const uint64_t *)field);
		break;
	case OPT_PERCENT:
		value_add_real(arena, object, name, *(const double *)field, 1);
		break;
	case OPT_CHOICE:
		add_choice(arena, object, name, row, *(const int *)field);
		break;
	case OPT_STATE:
		value_add_text(arena, object, name, state->set ? state_name(state->state) : NULL);
		break;
	case OPT_SECRET: /* never a value: opts_settings() shows the source */
	case OPT_IGNORED:
	case OPT_ACTION:
		break;
	}
}

void
opts_settings(
    const struct opt_parse *parse, const void *config, struct arena *arena, struct value *object)
{
	struct row row = {.index = 0};

	while (parse->table != NULL && row_next(parse->table, &row)) {
		enum opt_source source = (enum opt_source)parse->sources[row.index];
		bool secret = row.type == OPT_SECRET || (row.opt->flags & OPT_F_SECRET_SOURCE) != 0;

		if (source == OPT_FROM_DEFAULT && row.opt->value == NULL)
			continue;
		if (secret)
			add_source(arena, object, &row, source);
		else
			add_value(arena, object, &row, row_field_const(&row, config));
	}
}
