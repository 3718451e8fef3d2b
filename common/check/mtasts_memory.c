/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how a policy is remembered: the moment, the id, and the policy in its own words. */
#include "check/mtasts_memory.h"

#include <inttypes.h>
#include <string.h>

#include "base/number.h"

#define KEY "mtasts"
#define TEXT_MAX ((size_t)8 << 10) /* a longer policy is not remembered */

static void
print_policy(struct buf *out, const struct mtasts_policy *policy)
{
	buf_printf(out, "version: STSv1\nmode: %s\nmax_age: %" PRId64 "\n",
	    mtasts_mode_word(policy->mode), policy->max_age_s);
	for (size_t i = 0; i < policy->mx_count; i++)
		buf_printf(out, "mx: %s\n", policy->mx[i]);
}

void
mtasts_memory_get(const struct memory *memory, struct arena *arena, struct mtasts_memory *out)
{
	const char *noted = memory ? memory_get(memory, KEY) : NULL;
	const char *id = noted ? strchr(noted, ' ') : NULL;
	const char *text = id ? strchr(id, '\n') : NULL;
	struct mtasts_policy policy;
	uint64_t fetched;

	*out = (struct mtasts_memory){.id = ""};
	if (!text || !number_u64(noted, (size_t)(id - noted), &fetched) ||
	    fetched > (uint64_t)memory->now_unix ||
	    !mtasts_policy_parse(arena, text + 1, strlen(text + 1), &policy) ||
	    memory->now_unix >= (int64_t)fetched + policy.max_age_s)
		return;
	out->policy = policy;
	out->id = arena_strndup(arena, id + 1, (size_t)(text - id - 1));
	out->until_unix = (int64_t)fetched + policy.max_age_s;
}

void
mtasts_memory_put(struct memory *memory, const char *id, const struct mtasts_policy *policy)
{
	struct buf text;

	if (!memory)
		return;
	buf_init(&text, TEXT_MAX);
	buf_printf(&text, "%" PRId64 " %s\n", memory->now_unix, id ? id : "");
	print_policy(&text, policy);
	memory_put(memory, KEY, text.overflow ? NULL : buf_text(&text));
	buf_free(&text);
}

bool
mtasts_memory_differs(const struct mtasts_memory *seen, const struct mtasts_policy *policy)
{
	struct buf a, b;
	bool differs;

	buf_init(&a, TEXT_MAX);
	buf_init(&b, TEXT_MAX);
	print_policy(&a, &seen->policy);
	print_policy(&b, policy);
	differs = strcmp(buf_text(&a), buf_text(&b)) != 0;
	buf_free(&a);
	buf_free(&b);
	return differs;
}
