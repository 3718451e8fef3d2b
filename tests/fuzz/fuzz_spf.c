/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPF records of any bytes, in a world made of the input: its lines are the TXT
 * records of all names there are, each name has the line its letters add up to.
 * All answers at once and answers in rounds must come to the same verdict.
 * covers: wire/spf.c wire/spf_macro.c dialog/spf_eval.c
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dialog/spf_eval.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define LINES_MAX 32
#define NAMES_MAX 512

struct world {
	struct dns_record lines[LINES_MAX];
	size_t count;
	struct arena *arena;
	bool rounds; /* only what stands in known is answered */
	struct {
		const char *name;
		uint16_t type;
	} known[NAMES_MAX], wanted[NAMES_MAX];
	size_t known_count, wanted_count;
};

static unsigned
sum_of(const char *name, uint16_t type)
{
	unsigned sum = type;

	for (; *name; name++)
		sum = sum * 31 + (unsigned char)(*name | 0x20);
	return sum;
}

static bool
is_known(struct world *world, const char *name, uint16_t type)
{
	if (!world->rounds)
		return true;
	for (size_t i = 0; i < world->known_count; i++)
		if (world->known[i].type == type && strcasecmp(world->known[i].name, name) == 0)
			return true;
	if (world->wanted_count < NAMES_MAX) {
		world->wanted[world->wanted_count].name = name;
		world->wanted[world->wanted_count++].type = type;
	}
	return false;
}

static void
fill(struct dns_record *record, uint16_t type, unsigned sum)
{
	static const char *const names[] = {"a.test", "mail.example.test", ".", "b.a.test"};

	*record = (struct dns_record){.owner = "x.test", .type = type};
	if (type == DNS_TYPE_A)
		memcpy(record->a, (uint8_t[]){192, 0, 2, (uint8_t)sum}, 4);
	else if (type == DNS_TYPE_AAAA)
		record->aaaa[0] = 0x20, record->aaaa[15] = (uint8_t)sum;
	else if (type == DNS_TYPE_MX)
		record->mx.host = names[sum % 4];
	else
		record->name = names[sum % 4];
}

static struct spf_reply
ask(void *context, const char *name, uint16_t type)
{
	struct world *world = context;
	unsigned sum = sum_of(name, type);
	struct spf_reply reply = {.status = SPF_ASK_FOUND, .count = 1 + sum % 13};
	struct dns_record *records;

	if (!is_known(world, name, type))
		return (struct spf_reply){.status = SPF_ASK_PENDING};
	if (type == DNS_TYPE_TXT) {
		reply.records =
		    &world->lines[strcmp(name, "row.test") == 0 ? 0 : sum % world->count];
		reply.count = 1;
		return reply;
	}
	switch (sum % 8) {
	case 0:
		return (struct spf_reply){.status = SPF_ASK_NXDOMAIN};
	case 1:
		return (struct spf_reply){.status = SPF_ASK_NODATA};
	case 2:
		return (struct spf_reply){.status = SPF_ASK_FAILED, .why = "no answer"};
	default:
		records = arena_alloc(world->arena, reply.count * sizeof(*records));
		for (size_t i = 0; i < reply.count; i++)
			fill(&records[i], type, sum + (unsigned)i);
		reply.records = records;
		return reply;
	}
}

static void
verdict_of(struct world *world, const struct spf_query *query, struct spf_verdict *out)
{
	const struct spf_resolver resolver = {ask, world};

	for (int rounds = 0; rounds < 64; rounds++) {
		spf_eval(world->arena, &resolver, query, out);
		if (!out->pending)
			return;
		if (world->wanted_count == 0 ||
		    world->known_count + world->wanted_count > NAMES_MAX)
			abort(); /* waits for nothing, or asks without end */
		memcpy(world->known + world->known_count, world->wanted,
		    world->wanted_count * sizeof(*world->known));
		world->known_count += world->wanted_count;
		world->wanted_count = 0;
	}
	abort();
}

static void
check(const struct spf_verdict *verdict)
{
	bool error = verdict->result == SPF_TEMPERROR || verdict->result == SPF_PERMERROR;

	if (!spf_result_word(verdict->result) || error != (verdict->why != NULL) ||
	    (verdict->explanation && verdict->result != SPF_FAIL) ||
	    verdict->lookups > SPF_LOOKUPS_MAX + 1 || verdict->voids > SPF_VOIDS_MAX + 1)
		abort();
}

/* What spf_spec_is_good() lets through can be expanded, within the length of a name. */
static void
expand(struct arena *arena, const struct dns_record *line, const uint8_t *address)
{
	const char *spec = arena_strndup(arena, line->txt.text, line->txt.len);
	const struct spf_macros macros = {.sender = "a.b-c+d@x.example.test",
	    .domain = "example.test",
	    .helo = "h.test",
	    .address = address,
	    .address_len = line->txt.len % 2 ? 4 : 16};
	size_t len = strlen(spec);
	const char *name;

	if (!spf_spec_is_good(spec, len, false, false))
		return;
	name = spf_expand_name(arena, spec, &macros);
	if (strlen(name) > 253 && strchr(name, '.'))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	static struct world at_once, later;
	struct spf_verdict quick, slow;
	struct spf_query query = {
	    .domain = "row.test", .sender = "a.b-c@row.test", .helo = "h.test"};
	uint8_t address[16] = {0};
	const char *text, *end;
	char *copy;

	if (len < 17)
		return 0;
	memcpy(address, bytes, 16);
	query.address = address;
	query.address_len = bytes[16] % 2 ? 4 : 16;
	at_once = (struct world){.arena = &arena};
	text = (const char *)bytes + 17;
	for (len -= 17; at_once.count < LINES_MAX; at_once.count++) {
		struct dns_record *line = &at_once.lines[at_once.count];

		end = memchr(text, '\n', len);
		line->type = DNS_TYPE_TXT;
		line->txt.len = end ? (size_t)(end - text) : len;
		copy = arena_alloc(&arena, line->txt.len + 1);
		memcpy(copy, text, line->txt.len);
		line->txt.text = copy;
		expand(&arena, line, address);
		if (!end) {
			at_once.count++;
			break;
		}
		len -= line->txt.len + 1;
		text = end + 1;
	}
	later = at_once;
	later.rounds = true;
	verdict_of(&at_once, &query, &quick);
	verdict_of(&later, &query, &slow);
	check(&quick);
	if (quick.result != slow.result || quick.lookups != slow.lookups ||
	    quick.voids != slow.voids)
		abort();
	arena_free(&arena);
	return 0;
}
