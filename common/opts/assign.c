/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: one text into one field, by the row's type.
 * Must not know: argv, ini files, or which of them comes first.
 */
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "opts/row.h"

static bool
assign_bool(bool *field, const char *text, struct buf *why)
{
	if (text == NULL || strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
		*field = true;
	else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
		*field = false;
	else
		return buf_add_text(why, "true or false"), false;
	return true;
}

static bool
assign_count(int *field, const char *text, struct buf *why)
{
	int64_t count;

	if (text == NULL)
		++*field;
	else if (number_i64_text(text, 0, 9, &count))
		*field = (int)count;
	else
		return buf_add_text(why, "a number from 0 to 9"), false;
	return true;
}

static bool
assign_number(int64_t *field, const struct opt *opt, const char *text, struct buf *why)
{
	bool bounded = opt->min != 0 || opt->max != 0;

	if (number_i64_text(text, bounded ? opt->min : 0, bounded ? opt->max : INT64_MAX, field))
		return true;
	buf_add_text(why, "a whole number");
	if (bounded)
		buf_printf(why, " from %lld to %lld", (long long)opt->min, (long long)opt->max);
	return false;
}

static bool
assign_duration(int64_t *field, const struct opt *opt, const char *text, struct buf *why)
{
	bool bounded = opt->min != 0 || opt->max != 0;
	int64_t us;

	if (number_duration(text, strlen(text), US_PER_S, &us) &&
	    (!bounded || (us >= opt->min && us <= opt->max))) {
		*field = us;
		return true;
	}
	buf_add_text(why, "a duration like 10, 500ms, 5m or 2h");
	if (bounded) {
		buf_add_text(why, ", from ");
		text_span(why, opt->min);
		buf_add_text(why, " to ");
		text_span(why, opt->max);
	}
	return false;
}

static bool
assign_size(uint64_t *field, const struct opt *opt, const char *text, struct buf *why)
{
	bool bounded = opt->min != 0 || opt->max != 0;
	uint64_t bytes;

	if (number_size(text, strlen(text), &bytes) &&
	    (!bounded || (bytes >= (uint64_t)opt->min && bytes <= (uint64_t)opt->max))) {
		*field = bytes;
		return true;
	}
	buf_add_text(why, "a size like 512, 8K or 1M");
	if (bounded) {
		buf_add_text(why, ", from ");
		text_size(why, (uint64_t)opt->min);
		buf_add_text(why, " to ");
		text_size(why, (uint64_t)opt->max);
	}
	return false;
}

static bool
assign_percent(double *field, const char *text, struct buf *why)
{
	size_t len = strlen(text);
	double percent;

	if (len > 0 && text[len - 1] == '%')
		len--;
	if (!number_real(text, len, &percent) || percent > 100)
		return buf_add_text(why, "a percentage from 0 to 100"), false;
	*field = percent;
	return true;
}

static bool
add_choice(void *context, const char *part, size_t len)
{
	struct buf *why = context;

	buf_add_text(why, why->len > 0 ? ", " : "one of ");
	buf_add(why, part, len);
	return false;
}

static bool
assign_choice(int *field, const struct opt *opt, const char *text, struct buf *why)
{
	int choice = row_choice(opt->choices, text, strlen(text));

	if (choice < 0) {
		(void)row_parts(opt->choices, add_choice, why);
		return false;
	}
	*field = choice;
	return true;
}

static bool
assign_state(struct opt_state *field, const char *text, struct buf *why)
{
	field->set = state_parse(text, &field->state);
	if (!field->set)
		buf_add_text(why, "ok, warning, critical or unknown");
	return field->set;
}

/* Comma-separated pieces, blanks around them dropped, empty ones left out. */
static bool
assign_list(struct strings *field, const char *text, struct arena *arena)
{
	while (*text != '\0') {
		size_t len, cut;

		text += strspn(text, " \t,");
		len = cut = strcspn(text, ",");
		while (cut > 0 && (text[cut - 1] == ' ' || text[cut - 1] == '\t'))
			cut--;
		if (cut > 0)
			strings_add(field, arena_strndup(arena, text, cut));
		text += len;
	}
	return true;
}

bool
row_assign(
    const struct row *row, const char *text, void *config, struct arena *arena, struct buf *why)
{
	void *field = row_field(row, config);
	const char *said = text != NULL ? text : "";

	switch (row->type) {
	case OPT_FLAG:
	case OPT_SWITCH:
		return assign_bool(field, text, why);
	case OPT_COUNT:
		return assign_count(field, text, why);
	case OPT_TEXT:
	case OPT_OPTIONAL:
		*(const char **)field = said;
		return true;
	case OPT_WORDS:
		strings_add(field, said);
		return true;
	case OPT_LIST:
		return assign_list(field, said, arena);
	case OPT_NUMBER:
		return assign_number(field, row->opt, said, why);
	case OPT_DURATION:
		return assign_duration(field, row->opt, said, why);
	case OPT_SIZE:
		return assign_size(field, row->opt, said, why);
	case OPT_PERCENT:
		return assign_percent(field, said, why);
	case OPT_CHOICE:
		return assign_choice(field, row->opt, said, why);
	case OPT_STATE:
		return assign_state(field, said, why);
	case OPT_SECRET:
		*(char **)field = mem_strdup(said);
		return true;
	case OPT_ACTION:
		*(int *)field = (int)row->opt->min;
		return true;
	case OPT_IGNORED:
		break;
	}
	return true;
}

void
row_reset(const struct row *row, void *config)
{
	void *field = row_field(row, config);

	if (row->type == OPT_WORDS || row->type == OPT_LIST)
		strings_free(field);
	if (row->type == OPT_COUNT)
		*(int *)field = 0;
	if (row->type == OPT_SECRET && *(char **)field != NULL) {
		mem_wipe(*(char **)field, strlen(*(char **)field));
		mem_free(*(char **)field);
		*(char **)field = NULL;
	}
}
