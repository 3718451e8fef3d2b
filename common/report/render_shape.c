/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns which keys the JSON output has, their types and their order. Knows no
 * values.
 */
#include <string.h>

#include "report/render_shape.h"

#define TEXT(key) \
	{ \
		key, RENDER_SHAPE_TEXT, false, NULL, NULL \
	}
#define MAYBE_TEXT(key) \
	{ \
		key, RENDER_SHAPE_TEXT, true, NULL, NULL \
	}
#define WORD(key, words) \
	{ \
		key, RENDER_SHAPE_TEXT, false, words, NULL \
	}
#define MAYBE_WORD(key, words) \
	{ \
		key, RENDER_SHAPE_TEXT, true, words, NULL \
	}
#define INT(key) \
	{ \
		key, RENDER_SHAPE_INT, false, NULL, NULL \
	}
#define MAYBE_INT(key) \
	{ \
		key, RENDER_SHAPE_INT, true, NULL, NULL \
	}
#define REAL(key) \
	{ \
		key, RENDER_SHAPE_REAL, false, NULL, NULL \
	}
#define MAYBE_REAL(key) \
	{ \
		key, RENDER_SHAPE_REAL, true, NULL, NULL \
	}
#define BOOL(key) \
	{ \
		key, RENDER_SHAPE_BOOL, false, NULL, NULL \
	}
#define MAYBE_BOOL(key) \
	{ \
		key, RENDER_SHAPE_BOOL, true, NULL, NULL \
	}
#define TEXTS(key) \
	{ \
		key, RENDER_SHAPE_TEXTS, false, NULL, NULL \
	}
#define MAP(key) \
	{ \
		key, RENDER_SHAPE_MAP, false, NULL, NULL \
	}
#define MAYBE_MAP(key) \
	{ \
		key, RENDER_SHAPE_MAP, true, NULL, NULL \
	}
#define OBJECT(key, members) \
	{ \
		key, RENDER_SHAPE_OBJECT, false, NULL, members \
	}
#define MAYBE_OBJECT(key, members) \
	{ \
		key, RENDER_SHAPE_OBJECT, true, NULL, members \
	}
#define OBJECTS(key, members) \
	{ \
		key, RENDER_SHAPE_OBJECTS, false, NULL, members \
	}
#define STATE \
	{"state", RENDER_SHAPE_TEXT, false, "OK WARNING CRITICAL UNKNOWN", NULL}, INT("exit_code")
#define TIME(key) MAYBE_TEXT(key), MAYBE_INT(key "_epoch")
#define END \
	{ \
		NULL, RENDER_SHAPE_TEXT, false, NULL, NULL \
	}

/* clang-format off */
static const struct render_shape target[] = {
	MAYBE_TEXT("host"), MAYBE_INT("port"),
	MAYBE_WORD("service", "imap smtp lmtp pop3 cert mx doctor"),
	MAYBE_WORD("mode", "tls starttls cleartext"),
	MAYBE_TEXT("user"), MAYBE_TEXT("domain"), END};

static const struct render_shape server[] = {
	MAYBE_TEXT("greeting"), MAYBE_TEXT("software"), MAYBE_TEXT("ehlo_name"), MAP("id"),
	TEXTS("capabilities_before_tls"), TEXTS("capabilities"), TEXTS("mechanisms"), END};

static const struct render_shape tls[] = {
	MAYBE_TEXT("version"), MAYBE_TEXT("cipher"), MAYBE_TEXT("group"), MAYBE_TEXT("signature"),
	MAYBE_TEXT("sni"), BOOL("verified"), MAYBE_INT("verify_code"), MAYBE_TEXT("verify_name"),
	BOOL("resumed"), MAYBE_TEXT("staple_state"), MAYBE_TEXT("dane_state"), END};

static const struct render_shape auth[] = {
	MAYBE_TEXT("mechanism"), MAYBE_TEXT("channel_binding"), BOOL("server_proved"),
	MAYBE_TEXT("user"), END};

static const struct render_shape endpoint[] = {
	TEXT("id"), MAYBE_TEXT("host"), MAYBE_TEXT("address"), MAYBE_INT("family"),
	MAYBE_INT("port"), STATE, BOOL("chosen"), MAYBE_TEXT("reached"),
	OBJECT("server", server), MAYBE_OBJECT("tls", tls), MAYBE_OBJECT("auth", auth), END};

static const struct render_shape certificate[] = {
	TEXT("id"), MAYBE_TEXT("endpoint"), MAYBE_TEXT("file"), INT("position"),
	MAYBE_TEXT("key_type"), MAYBE_INT("key_bits"), MAYBE_TEXT("subject"), MAYBE_TEXT("issuer"),
	TEXTS("names"), MAYBE_TEXT("serial"), MAYBE_TEXT("sha256"), MAYBE_TEXT("spki_sha256"),
	TIME("not_before"), TIME("not_after"), MAYBE_REAL("days"), MAYBE_REAL("lifetime_left"),
	STATE, BOOL("in_path"), END};

static const struct render_shape phase[] = {
	TEXT("id"), MAYBE_TEXT("endpoint"), TEXT("name"), REAL("start"), REAL("seconds"),
	WORD("result", "ok failed timeout"), END};

static const struct render_shape finding[] = {
	TEXT("id"), {"finding", RENDER_SHAPE_FINDING, false, NULL, NULL}, STATE,
	WORD("who", "mail dns monitor provider owner"), MAYBE_TEXT("subject"), TEXT("message"),
	MAYBE_TEXT("said"), TEXTS("why"), TEXTS("next"), TEXT("reference"), MAYBE_TEXT("metric"), END};

static const struct render_shape metric[] = {
	REAL("value"), TEXT("unit"), MAYBE_TEXT("warning"), MAYBE_TEXT("critical"),
	MAYBE_REAL("min"), MAYBE_REAL("max"), WORD("state", "OK WARNING CRITICAL UNKNOWN"), END};

static const struct render_shape mailbox[] = {
	TEXT("id"), MAYBE_INT("messages"), MAYBE_INT("unseen"), MAYBE_INT("recent"),
	MAYBE_INT("uidnext"), MAYBE_INT("uidvalidity"), MAYBE_INT("size"), MAYBE_REAL("newest_age"),
	MAYBE_REAL("oldest_age"), MAYBE_TEXT("special_use"), END};

static const struct render_shape quota[] = {
	TEXT("id"), MAYBE_TEXT("root"), MAYBE_TEXT("resource"), MAYBE_INT("used"),
	MAYBE_INT("limit"), MAYBE_REAL("percent"), MAYBE_TEXT("unit"), END};

static const struct render_shape recipient[] = {
	TEXT("id"), MAYBE_INT("code"), MAYBE_TEXT("enhanced"), MAYBE_TEXT("text"), END};

static const struct render_shape envelope[] = {
	MAYBE_TEXT("from"), OBJECTS("recipients", recipient), MAYBE_TEXT("queue_id"), END};

static const struct render_shape hop[] = {
	TEXT("id"), MAYBE_TEXT("by"), MAYBE_TEXT("from"), MAYBE_REAL("seconds"), END};

static const struct render_shape authentication[] = {
	MAYBE_TEXT("spf"), MAYBE_TEXT("dkim"), MAYBE_TEXT("dmarc"), END};

static const struct render_shape delivery[] = {
	MAYBE_TEXT("token"), MAYBE_TEXT("found_in"), MAYBE_REAL("seconds"), MAYBE_BOOL("junk"),
	MAYBE_INT("duplicates"), OBJECTS("hops", hop), OBJECT("authentication", authentication), END};

static const struct render_shape mx[] = {
	TEXT("id"), MAYBE_TEXT("host"), MAYBE_INT("preference"), MAYBE_INT("ttl"), END};

static const struct render_shape address[] = {
	TEXT("id"), MAYBE_TEXT("host"), MAYBE_TEXT("ptr"), MAYBE_BOOL("confirmed"),
	MAYBE_BOOL("generic"), END};

static const struct render_shape dnssec[] = {MAYBE_BOOL("secure"), TIME("rrsig_ends"), END};

static const struct render_shape domain[] = {
	MAYBE_TEXT("name"), OBJECTS("mx", mx), OBJECTS("addresses", address),
	OBJECTS("nameservers", NULL), MAYBE_MAP("spf"), OBJECTS("dkim", NULL), MAYBE_MAP("dmarc"),
	MAYBE_MAP("mtasts"), MAYBE_MAP("tlsrpt"), OBJECTS("dane", NULL), OBJECTS("srv", NULL),
	OBJECT("dnssec", dnssec), END};

static const struct render_shape list[] = {
	TEXT("id"), MAYBE_TEXT("zone"), MAYBE_TEXT("name"), MAYBE_TEXT("target"),
	MAYBE_WORD("kind", "block allow"),
	MAYBE_WORD("verdict", "listed unproved clean refused hijacked lists_world silent no_answer dead"),
	MAYBE_WORD("severity", "high medium low"), MAYBE_INT("weight"), TEXTS("codes"),
	MAYBE_TEXT("reason"), MAYBE_TEXT("url"), STATE, END};

const struct render_shape render_shape_report[] = {
	INT("mailvitals"), TEXT("plugin"), TEXT("version"), TEXT("started"), INT("started_epoch"),
	STATE, TEXT("summary"), OBJECT("target", target), OBJECTS("endpoints", endpoint),
	OBJECTS("certificates", certificate), OBJECTS("phases", phase), OBJECTS("findings", finding),
	{"metrics", RENDER_SHAPE_METRICS, false, NULL, metric}, OBJECTS("mailboxes", mailbox),
	OBJECTS("quotas", quota), MAYBE_OBJECT("envelope", envelope),
	MAYBE_OBJECT("delivery", delivery), MAYBE_OBJECT("domain", domain), OBJECTS("lists", list),
	{"checks", RENDER_SHAPE_REPORTS, false, NULL, NULL}, MAP("settings"), END};
/* clang-format on */

/* ---- completing --------------------------------------------------------------- */

static void
add_missing(struct arena *arena, struct value *object, const struct render_shape *shape)
{
	if (shape->nullable) {
		value_add_null(arena, object, shape->key);
		return;
	}
	switch (shape->kind) {
	case RENDER_SHAPE_TEXT:
	case RENDER_SHAPE_FINDING:
		value_add_text(arena, object, shape->key, "");
		break;
	case RENDER_SHAPE_INT:
		value_add_int(arena, object, shape->key, 0);
		break;
	case RENDER_SHAPE_REAL:
		value_add_real(arena, object, shape->key, 0, 0);
		break;
	case RENDER_SHAPE_BOOL:
		value_add_bool(arena, object, shape->key, false);
		break;
	case RENDER_SHAPE_TEXTS:
	case RENDER_SHAPE_OBJECTS:
	case RENDER_SHAPE_REPORTS:
		value_add_array(arena, object, shape->key);
		break;
	case RENDER_SHAPE_MAP:
	case RENDER_SHAPE_METRICS:
		value_add_object(arena, object, shape->key);
		break;
	case RENDER_SHAPE_OBJECT:
		value_add(object, shape->key, render_shape_complete(arena, shape->members, NULL));
		break;
	}
}

/* A node of its own over the same children: whoever owns the original keeps its siblings. */
static struct value *
same(struct arena *arena, const struct value *value)
{
	struct value *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *value;
	copy->next = NULL;
	return copy;
}

static struct value *
complete_all(struct arena *arena, const struct render_shape *members, const struct value *given)
{
	struct value *array = value_array(arena);

	for (const struct value *v = given->first; v; v = v->next)
		value_add(array, NULL, render_shape_complete(arena, members, v));
	return array;
}

static void
add_given(struct arena *arena, struct value *object, const struct render_shape *shape,
    const struct value *given)
{
	if (shape->members && shape->kind == RENDER_SHAPE_OBJECT)
		value_add(object, shape->key, render_shape_complete(arena, shape->members, given));
	else if (shape->members && shape->kind == RENDER_SHAPE_OBJECTS)
		value_add(object, shape->key, complete_all(arena, shape->members, given));
	else
		value_add(object, shape->key, same(arena, given));
}

static bool
knows(const struct render_shape *shape, const char *key)
{
	for (; shape->key; shape++)
		if (strcmp(shape->key, key) == 0)
			return true;
	return false;
}

struct value *
render_shape_complete(
    struct arena *arena, const struct render_shape *shape, const struct value *given)
{
	struct value *object = value_object(arena);

	for (const struct render_shape *s = shape; s->key; s++) {
		const struct value *member = given ? value_get(given, s->key) : NULL;

		if (member && member->kind != VALUE_NULL)
			add_given(arena, object, s, member);
		else
			add_missing(arena, object, s);
	}
	for (const struct value *v = given ? given->first : NULL; v; v = v->next)
		if (!knows(shape, v->key))
			value_add(object, v->key, same(arena, v));
	return object;
}
