/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what is remembered of a target from run to run: the public key and the
 * issuer of each address and type of key. A dead address keeps its place; one
 * that is new is measured by what the target's others served.
 */
#include <stdio.h>
#include <string.h>

#include "check/cert_plan.h"
#include "check/memory.h"

#define SHORT_HASH 16  /* digits of a key's hash that a message shows */
#define ISSUER_MAX 120 /* bytes of it that are remembered: the file is bounded */

/* One certificate beside what is remembered. */
struct recall {
	struct memory *memory;
	const struct cert *leaf;
	const char *key, *value;
};

/* Whatever makes another certificate of the same host and port the right one is part of it. */
static const char *
identity(const struct cert_plan *plan, const struct cert_target *target, struct arena *arena)
{
	const struct basic_opts *basic = plan->settings->basic;
	const char *name = plan->settings->tls.sni;

	if (!name)
		name = plan->verify_names ? plan->verify_names[0] : "";
	return arena_printf(arena, "%s\n%s\n%d\n%s\n%s", target->subject, target->proto->name,
	    (int)target->mode, name,
	    basic->ipv4   ? "4"
	    : basic->ipv6 ? "6"
			  : "");
}

static const char *
type_of(const struct cert *leaf)
{
	return look_is_ecdsa(leaf) ? "EC" : "RSA";
}

/* "EC 192.0.2.1": the type first, so that entries of one type share a beginning. */
static const char *
key_of(struct arena *arena, const char *type, const char *address)
{
	return arena_printf(arena, "%s %s", type, address);
}

/* What some address served of this type: the same as now if one did, NULL if none is remembered. */
static const char *
value_elsewhere(const struct memory *memory, const char *type, const char *value)
{
	const char *other = NULL;
	size_t len = strlen(type);

	for (size_t i = 0; i < memory->count; i++) {
		const struct memory_entry *entry = &memory->list[i];

		if (strncmp(entry->key, type, len) != 0 || entry->key[len] != ' ')
			continue;
		if (strcmp(entry->value, value) == 0)
			return entry->value;
		if (!other)
			other = entry->value;
	}
	return other;
}

/*
 * A new address, or a new type of key. The latter is a change only when it
 * stands in the place of the other: beside it, it is an addition.
 */
static void
seed(const struct recall *recall, bool both_served, bool any_asked)
{
	const char *type = type_of(recall->leaf), *before;

	before = value_elsewhere(recall->memory, type, recall->value);
	if (!before && any_asked && !both_served)
		before = value_elsewhere(
		    recall->memory, look_is_ecdsa(recall->leaf) ? "RSA" : "EC", recall->value);
	if (before)
		(void)memory_change(recall->memory, recall->key, before);
}

/* "key issuer": the hash has no blank. */
static const char *
issuer_in(const char *value)
{
	const char *blank = strchr(value, ' ');

	return blank ? blank + 1 : "";
}

static bool
same_key(const char *a, const char *b)
{
	return strcspn(a, " ") == strcspn(b, " ") && strncmp(a, b, strcspn(a, " ")) == 0;
}

static void
change_words(char *out, size_t size, const struct cert *leaf, const char *before, const char *now)
{
	if (same_key(before, now))
		snprintf(out, size, "the issuer changed from %.80s to %.80s, the key is the same",
		    issuer_in(before), leaf->issuer);
	else if (strcmp(issuer_in(before), issuer_in(now)) == 0)
		snprintf(out, size,
		    "the %s key changed from %.*s\u2026 to %.*s\u2026, the issuer is the same",
		    leaf->key_type, SHORT_HASH, before, SHORT_HASH, now);
	else
		snprintf(out, size,
		    "the %s key changed from %.*s\u2026 to %.*s\u2026, the issuer from %.60s to "
		    "%.60s",
		    leaf->key_type, SHORT_HASH, before, SHORT_HASH, now, issuer_in(before),
		    leaf->issuer);
}

/* Equal changes of several addresses are one; only the address behind it differs. */
static bool
is_told(const struct report *report, const char *message)
{
	for (size_t i = 0; i < report->finding_count; i++)
		if (report->findings[i].id == FINDING_TLS_CERT_CHANGED &&
		    strncmp(report->findings[i].message, message, strlen(message)) == 0)
			return true;
	return false;
}

static void
say_changed(const struct recall *recall, const char *before, const struct cert_visit *visit,
    size_t answer, struct report *report)
{
	struct report_finding *finding;
	char message[512];

	change_words(message, sizeof(message), recall->leaf, before, recall->value);
	if (is_told(report, message))
		return;
	finding = report_add(report, FINDING_TLS_CERT_CHANGED,
	    cert_answer_subject(visit, answer, report), "%s, at %s", message, visit->address.text);
	report_why(report, finding, "before: key %.*s by %s", (int)strcspn(before, " "), before,
	    issuer_in(before));
	report_why(
	    report, finding, "now: key %s by %s", recall->leaf->spki_sha256, recall->leaf->issuer);
	report_why(
	    report, finding, "renewed with a new key or by another CA, or somebody else answers");
}

static void
recall_visit(struct memory *memory, const struct cert_plan *plan, const struct cert_visit *visit,
    struct report *report)
{
	bool both = cert_answer(visit, 0) && cert_answer(visit, 1);

	for (size_t i = 0; i < CERT_ANSWERS; i++) {
		const struct tls_facts *tls = cert_answer(visit, i);
		struct recall recall = {.memory = memory};
		const char *before;

		if (!tls)
			continue;
		recall.leaf = &tls->sent.list[0];
		recall.key = key_of(&memory->arena, type_of(recall.leaf), visit->address.text);
		recall.value = arena_printf(&memory->arena, "%s %.*s", recall.leaf->spki_sha256,
		    ISSUER_MAX, recall.leaf->issuer);
		if (!memory_get(memory, recall.key))
			seed(&recall, both, plan->first == LOOK_ANY);
		before = memory_change(memory, recall.key, recall.value);
		if (before && strcmp(before, recall.value) != 0)
			say_changed(&recall, before, visit, i, report);
	}
}

/* Addresses that the name no longer has; called when others were seen. */
static void
forget_gone(struct memory *memory, const struct cert_seen *seen)
{
	for (size_t i = memory->count; i > 0; i--) {
		struct memory_entry *entry = &memory->list[i - 1];
		const char *address = strchr(entry->key, ' ');
		bool here = false;

		for (size_t v = 0; address && !here && v < seen->count; v++)
			here = strcmp(address + 1, seen->visits[v].address.text) == 0;
		if (!here)
			memory_put(memory, entry->key, NULL);
	}
}

void
cert_remember(const struct cert_plan *plan, const struct run *run, const struct cert_seen *seen,
    struct report *report)
{
	struct memory memory;
	bool shown = false;
	const char *name =
	    state_file_name(&report->arena, "cert", identity(plan, seen->target, &report->arena));

	if (!memory_open(
		&memory, run->basic->state_dir, name, run->deadline, run->now_unix, report))
		return;
	for (size_t i = 0; i < seen->count; i++) {
		recall_visit(&memory, plan, &seen->visits[i], report);
		shown = shown || cert_answer(&seen->visits[i], 0);
	}
	if (shown)
		forget_gone(&memory, seen);
	memory_close(&memory, report);
}
