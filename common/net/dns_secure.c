/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the way from a trust anchor down to the zone of an answer, and what the
 * signatures along it say. Cryptography is
 * net/dns_ldns.c's.
 */
#include "net/dns_secure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "net/dns_flight.h"
#include "net/dns_ldns.h"

#define FILE_MAX 65536
#define LEVELS_MAX 40 /* deeper names are not signed by anybody */

/* What is known of a name: the zone it is in, and whether that can be believed. */
enum zone_state {
	ZONE_SIGNED = 1, /* by the keys of apex */
	ZONE_UNSIGNED,   /* proven so, or below no anchor */
	ZONE_BROKEN      /* neither: why */
};

struct zone {
	const char *name, *apex;
	enum zone_state state;
	const struct dns_keys *keys; /* of apex */
	const char *why;
};

struct dns_secure {
	struct dns_keys *anchors;
	int64_t now_unix;
	struct arena arena; /* of the zones */
	struct zone **zones;
	size_t zone_count;
	struct dns_keys **keys; /* owned */
	size_t key_count;
};

/* ---- anchors -------------------------------------------------------------------------- */

static bool
read_anchors(struct dns_secure *secure, char *text, const char *path, struct err *err)
{
	bool any = false;

	for (int line = 1; *text; line++) {
		size_t len = strcspn(text, "\n");
		char *next = text + len + (text[len] != '\0');

		text[len] = '\0';
		text[strcspn(text, ";\r")] = '\0';
		text += strspn(text, " \t");
		if (*text && !dns_keys_add(secure->anchors, text))
			return err_set(err, ERR_CONFIG, 0,
			    "line %d of the trust anchors in %s is no DS or DNSKEY record", line,
			    path);
		any |= *text != '\0';
		text = next;
	}
	return any || err_set(err, ERR_CONFIG, 0, "no trust anchor is in %s", path);
}

/* All of a file; a pipe without a writer is empty. */
static bool
read_file(const char *path, char text[FILE_MAX], struct err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, FILE_MAX - 1);

	if (len < 0)
		err_set(err, ERR_CONFIG, 0, "no trust anchor can be read from %s: %s", path,
		    strerrordesc_np(errno));
	if (fd >= 0)
		(void)close(fd);
	if (len >= 0)
		text[len] = '\0';
	return len >= 0 && (strlen(text) == (size_t)len ||
			       err_set(err, ERR_CONFIG, 0,
				   "no trust anchor can be read from %s: it is no text", path));
}

struct dns_secure *
dns_secure_open(const char *path, int64_t now_unix, struct err *err)
{
	struct dns_secure *secure;
	char *text;

	if (!dns_ldns_load(err))
		return NULL;
	text = mem_alloc(FILE_MAX);
	secure = mem_alloc(sizeof(*secure));
	secure->now_unix = now_unix;
	secure->anchors = dns_keys_new();
	if (!read_file(path, text, err) || !read_anchors(secure, text, path, err)) {
		dns_secure_close(secure);
		secure = NULL;
	}
	mem_free(text);
	return secure;
}

bool
dns_anchor_usable(const char *path, struct err *err)
{
	struct dns_secure *secure = dns_secure_open(path, 0, err);

	dns_secure_close(secure);
	return secure != NULL;
}

void
dns_secure_close(struct dns_secure *secure)
{
	if (!secure)
		return;
	for (size_t i = 0; i < secure->key_count; i++)
		dns_keys_free(secure->keys[i]);
	mem_free(secure->keys);
	mem_free(secure->zones);
	dns_keys_free(secure->anchors);
	arena_free(&secure->arena);
	mem_free(secure);
}

/* ---- names already known ---------------------------------------------------------------- */

static const char *
parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : ".";
}

static struct zone *
find_zone(const struct dns_secure *secure, const char *name)
{
	for (size_t i = 0; i < secure->zone_count; i++)
		if (strcmp(secure->zones[i]->name, name) == 0)
			return secure->zones[i];
	return NULL;
}

static struct zone *
add_zone(struct dns_secure *secure, const char *name)
{
	struct zone *zone = arena_alloc(&secure->arena, sizeof(*zone));

	zone->name = arena_strdup(&secure->arena, name);
	zone->apex = zone->name;
	zone->state = ZONE_BROKEN;
	zone->why = "";
	secure->zones = mem_grow(secure->zones, secure->zone_count + 1, sizeof(struct zone *));
	secure->zones[secure->zone_count++] = zone;
	return zone;
}

static const struct dns_keys *
own_keys(struct dns_secure *secure, struct dns_keys *keys)
{
	secure->keys = mem_grow(secure->keys, secure->key_count + 1, sizeof(struct dns_keys *));
	secure->keys[secure->key_count++] = keys;
	return keys;
}

/* Nothing is known above a name but that no anchor is there, or that it is too deep to tell. */
static void
end_above(struct dns_secure *secure, const char *name)
{
	struct zone *zone = add_zone(secure, name);

	if (strcmp(name, ".") == 0)
		zone->state = ZONE_UNSIGNED;
	else
		zone->why = "the name has too many labels";
}

/* The highest name on the way to this one that nothing is known of; NULL: it is known. */
static const char *
next_unknown(struct dns_secure *secure, const char *name)
{
	const char *unknown = NULL, *at = name;

	for (int level = 0; level < LEVELS_MAX && !find_zone(secure, at); level++) {
		struct dns_keys *anchor = dns_keys_of(secure->anchors, at);

		unknown = at;
		if (anchor) {
			dns_keys_free(anchor);
			return unknown;
		}
		if (strcmp(at, ".") == 0)
			break;
		at = parent_of(at);
	}
	if (!unknown || find_zone(secure, at))
		return unknown;
	end_above(secure, at);
	return next_unknown(secure, name);
}

/* ---- names on the way ---------------------------------------------------------------------- */

/* The message that a hop of the chain came with; hop: their number, for what is at its end. */
static struct dns_ldns *
message_with(const struct dns_question *question, size_t hop)
{
	const struct dns_wire *wire = dns_is_answer(question) ? question->wire : NULL;

	while (wire && wire->before && hop < wire->before->hops)
		wire = wire->before;
	return wire ? dns_ldns_open(wire->bytes, wire->len) : NULL;
}

static struct dns_ldns *
message_of(const struct dns_question *question)
{
	return message_with(question, question->answer.hops);
}

static void
break_zone(struct dns_secure *secure, struct zone *zone, const char *what,
    const struct dns_question *question)
{
	zone->state = ZONE_BROKEN;
	zone->why = arena_printf(&secure->arena, "%s of %.200s %s%s", what, zone->name,
	    dns_is_answer(question) ? "is not signed as it must be" : "cannot be had: ",
	    dns_is_answer(question) ? "" : dns_status_word(question->status));
}

static void
sign_zone(struct dns_secure *secure, struct zone *zone, const struct dns_keys *trusted,
    const struct dns_question *question)
{
	struct dns_ldns *message = message_of(question);
	struct dns_keys *keys =
	    message ? dns_ldns_keys(message, zone->name, trusted, secure->now_unix) : NULL;

	if (keys) {
		zone->state = ZONE_SIGNED;
		zone->keys = own_keys(secure, keys);
	} else if (!dns_keys_supported(trusted)) {
		zone->state = ZONE_UNSIGNED;
	} else {
		break_zone(secure, zone, "DNSKEY", question);
	}
	dns_ldns_close(message);
}

/* A name below a signed one: a zone of its own by its DS, or one without, or no zone at all. */
static void
delegate(struct dns_secure *secure, struct zone *zone, const struct zone *above,
    const struct dns_question *ds, const struct dns_question *dnskey)
{
	struct dns_ldns *message = message_of(ds);
	struct dns_keys *keys;

	if (!message) {
		break_zone(secure, zone, "DS", ds);
	} else if (ds->status == DNS_ANSWERED && ds->answer.hops == 0) {
		keys = dns_ldns_ds(message, zone->name, above->apex, above->keys, secure->now_unix);
		if (keys)
			sign_zone(secure, zone, own_keys(secure, keys), dnskey);
		else
			break_zone(secure, zone, "DS", ds);
	} else if (ds->answer.hops == 0 && dns_ldns_is_unsigned_cut(message, zone->name,
					       above->apex, above->keys, secure->now_unix)) {
		zone->state = ZONE_UNSIGNED;
	} else { /* whoever lies here only makes us ask for more signatures */
		zone->state = ZONE_SIGNED;
		zone->apex = above->apex;
		zone->keys = above->keys;
	}
	dns_ldns_close(message);
}

/* Questions about names, two each: DS, DNSKEY. */
struct level {
	struct dns_question *list;
	size_t count; /* of names */
};

static bool
has_name(const struct level *level, const char *name)
{
	for (size_t i = 0; i < level->count; i++)
		if (strcmp(level->list[2 * i].name, name) == 0)
			return true;
	return false;
}

/* What lies below an unsigned or broken zone is so too, without asking. */
static bool
inherit(struct dns_secure *secure, const char *name)
{
	const struct zone *above = find_zone(secure, parent_of(name));
	struct zone *zone;

	if (!above || strcmp(name, ".") == 0 || above->state == ZONE_SIGNED)
		return false;
	zone = add_zone(secure, name);
	zone->state = above->state;
	zone->why = above->why;
	return true;
}

static void
add_level(struct dns_secure *secure, struct level *level, const char *name)
{
	struct dns_question question = {
	    .type = DNS_TYPE_DS, .flags = DNS_WANT_DNSSEC | DNS_SECURE_FLAGS};

	if (has_name(level, name))
		return;
	level->list = mem_grow(level->list, 2 * (level->count + 1), sizeof(*level->list));
	question.name = arena_strdup(&secure->arena, name);
	level->list[2 * level->count] = question;
	question.type = DNS_TYPE_DNSKEY;
	level->list[2 * level->count++ + 1] = question;
}

/*
 * All names on the way at once, from the highest unknown one down: where a zone
 * turns out to be unsigned some were asked for nothing, but it is one round trip.
 */
static void
plan(struct dns_secure *secure, struct level *level, const char *name)
{
	const char *way[LEVELS_MAX], *top, *at = name;
	size_t count = 0;

	while ((top = next_unknown(secure, name)) && inherit(secure, top))
		;
	if (!top)
		return;
	way[count++] = at;
	while (strcmp(at, top) != 0 && count < LEVELS_MAX) {
		at = parent_of(at);
		way[count++] = at;
	}
	while (count > 0)
		add_level(secure, level, way[--count]);
}

static void
learn(struct dns_secure *secure, const struct dns_question *pair)
{
	struct dns_keys *anchor = dns_keys_of(secure->anchors, pair->name);
	const struct zone *above = find_zone(secure, parent_of(pair->name));
	struct zone *zone;

	if (!anchor && inherit(secure, pair->name))
		return;
	zone = add_zone(secure, pair->name);
	if (anchor)
		sign_zone(secure, zone, own_keys(secure, anchor), &pair[1]);
	else if (above)
		delegate(secure, zone, above, &pair[0], &pair[1]);
}

/* Makes known of each name which zone it is in, from the anchors down. */
static void
settle(struct dns *dns, const char *const *names, size_t count, struct deadline deadline)
{
	struct dns_secure *secure = dns->secure;

	for (int depth = 0; depth < LEVELS_MAX; depth++) {
		struct level level = {0};

		for (size_t i = 0; i < count; i++)
			if (names[i])
				plan(secure, &level, names[i]);
		dns_ask_plain(dns, level.list, 2 * level.count, deadline);
		for (size_t i = 0; i < level.count; i++)
			learn(secure, &level.list[2 * i]);
		mem_free(level.list);
		if (level.count == 0)
			return;
	}
}

/* ---- answers --------------------------------------------------------------------------------- */

/* One thing of an answer that must be proven: records, or that there are none. */
struct part {
	struct dns_question *question;
	const char *owner;
	uint16_t type;
	size_t hop; /* of the chain; their number: what is at its end */
	bool denial;
	bool synthesised; /* a CNAME made out of a DNAME: that is proven, not what was made of it */
	char signer[DNS_NAME_TEXT_MAX]; /* "" unsigned */
	enum dns_proof proof;
};

struct parts {
	struct part *list;
	size_t count;
};

/* RFC 6672, 3.1: the CNAME has no signature of its own; that of the DNAME above it counts. */
static void
find_origin(struct part *part, const struct dns_ldns *message)
{
	for (const char *at = part->owner; strcmp(at, ".") != 0;) {
		at = parent_of(at);
		if (!dns_ldns_signer(message, at, DNS_TYPE_DNAME, part->signer))
			continue;
		part->owner = at;
		part->type = DNS_TYPE_DNAME;
		part->synthesised = true;
		return;
	}
	part->signer[0] = '\0';
}

static void
add_part(struct parts *parts, struct dns_question *question, size_t hop)
{
	struct dns_ldns *message = message_with(question, hop);
	bool end = hop == question->answer.hops;
	const char *owner = end ? question->answer.canonical : question->answer.chain[hop].owner;
	uint16_t type = end ? question->type : DNS_TYPE_CNAME;
	struct part *part;

	parts->list = mem_grow(parts->list, parts->count + 1, sizeof(*parts->list));
	part = &parts->list[parts->count++];
	*part = (struct part){.question = question, .owner = owner, .type = type, .hop = hop};
	part->denial = end && question->status != DNS_ANSWERED;
	if (!message)
		return;
	if (!dns_ldns_signer(message, part->denial ? NULL : owner, type, part->signer))
		part->signer[0] = '\0';
	if (!part->signer[0] && !end)
		find_origin(part, message);
	if (part->signer[0] && !dns_name_within(owner, part->signer))
		part->signer[0] = '\0';
	dns_ldns_close(message);
}

static void
take_parts(struct parts *parts, struct dns_question *question)
{
	question->secure = false;
	for (size_t hop = 0; hop <= question->answer.hops; hop++)
		add_part(parts, question, hop);
}

/* By the keys of the zone that says it signed; only those of a signed zone count. */
static void
prove(const struct dns_secure *secure, struct part *part)
{
	const struct zone *zone = part->signer[0] ? find_zone(secure, part->signer) : NULL;
	struct dns_ldns *message;

	if (!zone || zone->state != ZONE_SIGNED || strcmp(zone->apex, zone->name) != 0)
		return;
	message = message_with(part->question, part->hop);
	if (!message)
		return;
	if (part->denial)
		part->proof = dns_ldns_check_none(message,
		    &(struct dns_ldns_none){
			part->owner, part->type, part->question->status == DNS_NXDOMAIN},
		    zone->name, zone->keys, secure->now_unix);
	else
		part->proof = dns_ldns_check(
		    message, part->owner, part->type, zone->name, zone->keys, secure->now_unix);
	if (part->synthesised && part->proof == DNS_PROOF_GOOD)
		part->proof = DNS_PROOF_WILDCARD;
	dns_ldns_close(message);
}

static void
settle_parts(struct dns *dns, const struct parts *parts, bool owners, struct deadline deadline)
{
	const char **names = mem_array(parts->count, sizeof(*names));

	for (size_t i = 0; i < parts->count; i++) {
		const struct part *part = &parts->list[i];

		if (!owners)
			names[i] = part->signer[0] ? part->signer : NULL;
		else if (part->proof < DNS_PROOF_WILDCARD)
			names[i] = part->owner;
	}
	settle(dns, names, parts->count, deadline);
	mem_free(names);
}

static void
condemn(struct dns *dns, struct dns_question *question, const char *why)
{
	question->status = DNS_SERVFAIL;
	question->bogus = true;
	question->secure = false;
	question->why = arena_strdup(&dns->arena, why);
	question->answer.records = NULL;
	question->answer.count = question->answer.left_out = 0;
}

/* What is not proven must be proven to be unsigned. */
static void
judge(struct dns *dns, const struct part *part)
{
	const struct zone *zone = find_zone(dns->secure, part->owner);

	if (part->question->bogus)
		return;
	if (part->proof < DNS_PROOF_GOOD)
		part->question->secure = false;
	if (part->proof >= DNS_PROOF_WILDCARD || (zone && zone->state == ZONE_UNSIGNED))
		return;
	if (zone && zone->state == ZONE_BROKEN)
		condemn(dns, part->question, zone->why);
	else if (part->denial)
		condemn(dns, part->question, "it is not proven that there is nothing");
	else
		condemn(dns, part->question,
		    part->proof == DNS_PROOF_MISSING ? "signatures are missing"
						     : "a signature does not hold");
}

void
dns_secure_check(
    struct dns *dns, struct dns_question *questions, size_t count, struct deadline deadline)
{
	struct parts parts = {0};

	for (size_t i = 0; i < count; i++)
		if ((questions[i].flags & DNS_WANT_DNSSEC) && dns_is_answer(&questions[i]))
			take_parts(&parts, &questions[i]);
	if (parts.count == 0)
		return;
	settle_parts(dns, &parts, false, deadline);
	for (size_t i = 0; i < parts.count; i++) {
		prove(dns->secure, &parts.list[i]);
		parts.list[i].question->secure = true;
	}
	settle_parts(dns, &parts, true, deadline);
	for (size_t i = 0; i < parts.count; i++)
		judge(dns, &parts.list[i]);
	mem_free(parts.list);
}
