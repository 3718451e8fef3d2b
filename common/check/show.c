/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how facts of a connection look in JSON and at -vv. No verdict is made here. */
#include "check/show.h"

#include <string.h>

#include "base/text.h"

#define TRANSCRIPT_LEVEL 3
#define FACTS_LEVEL 2

static const char *
text_or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

/* NULL: none was sent. */
static const char *
staple_name(int state)
{
	static const char *const names[] = {[CERT_STAPLE_GOOD] = "good",
	    [CERT_STAPLE_REVOKED] = "revoked",
	    [CERT_STAPLE_UNKNOWN] = "unknown",
	    [CERT_STAPLE_STALE] = "stale",
	    [CERT_STAPLE_BAD] = "bad"};

	return state > 0 && (size_t)state < ARRAY_LEN(names) ? names[state] : NULL;
}

static void
show_tls(struct arena *arena, struct value *endpoint, const struct tls_facts *tls)
{
	struct value *object;

	if (!tls->done) {
		value_add_null(arena, endpoint, "tls");
		return;
	}
	object = value_add_object(arena, endpoint, "tls");
	value_add_text(arena, object, "version", tls_version_name(tls->version));
	value_add_text(arena, object, "cipher", tls->cipher);
	value_add_text(arena, object, "group", text_or_null(tls->group));
	value_add_text(arena, object, "signature", text_or_null(tls->signature));
	value_add_text(arena, object, "sni", text_or_null(tls->sni));
	value_add_bool(arena, object, "verified", tls->verified);
	value_add_int(arena, object, "verify_code", tls->verify_code);
	value_add_text(arena, object, "verify_name", text_or_null(tls->verify_name));
	value_add_bool(arena, object, "resumed", tls->resumed);
	value_add_text(arena, object, "staple_state", staple_name(tls->staple_state));
}

void
show_dane(struct report *report, struct value *endpoint, const char *state)
{
	for (struct value *member = endpoint->first; state && member; member = member->next)
		if (strcmp(member->key, "tls") == 0 && member->kind == VALUE_OBJECT)
			value_add_text(&report->arena, member, "dane_state", state);
}

/* "reached": the last phase that ended well. */
static const char *
show_reached(const struct session_facts *facts)
{
	for (size_t i = facts->phases.count; i > 0; i--)
		if (facts->phases.list[i - 1].outcome == PHASE_DONE)
			return phase_label(facts->phases.list[i - 1].name);
	return NULL;
}

struct value *
show_endpoint(struct report *report, const struct session_facts *facts, const char *id,
    const char *host, uint16_t port, bool chosen)
{
	struct arena *arena = &report->arena;
	struct value *endpoint = value_add_object(arena, report->endpoints, NULL);

	value_add_text(arena, endpoint, "id", id);
	value_add_text(arena, endpoint, "host", host);
	value_add_text(arena, endpoint, "address", facts->address.text);
	if (facts->address.family == AF_UNIX)
		value_add_null(arena, endpoint, "family");
	else
		value_add_int(arena, endpoint, "family", facts->address.family == AF_INET6 ? 6 : 4);
	value_add_int(arena, endpoint, "port", port);
	value_add_bool(arena, endpoint, "chosen", chosen);
	value_add_text(arena, endpoint, "reached", show_reached(facts));
	show_tls(arena, endpoint, &facts->tls);
	if (facts->tls.done)
		report_line(report, FACTS_LEVEL, "TLS %s, %s, %s, %s",
		    tls_version_name(facts->tls.version), facts->tls.cipher,
		    facts->tls.group[0] ? facts->tls.group : "no group",
		    facts->tls.verified ? "verified" : "not verified");
	return endpoint;
}

static void
show_cert_line(struct report *report, const struct cert *cert, size_t position, int64_t now_unix)
{
	struct buf line;

	buf_init(&line, 4096);
	buf_printf(&line, "certificate %zu: %s; issuer %s; %s %d bits; ", position,
	    cert->subject[0] ? cert->subject : "(no subject)", cert->issuer, cert->key_type,
	    cert->key_bits);
	if (cert->dates_readable) {
		buf_printf(&line, "%.1f days, until ", cert_days(cert, now_unix));
		text_date(&line, cert->not_after_unix);
	} else {
		buf_add_text(&line, "dates unreadable");
	}
	for (size_t i = 0; i < cert->name_count && i < 8; i++)
		buf_printf(&line, "%s%s", i ? ", " : "; names ", cert->names[i]);
	report_line(report, FACTS_LEVEL, "%s", buf_text(&line));
	buf_free(&line);
}

void
show_certificate(struct report *report, const struct cert *cert, const char *endpoint,
    const char *file, size_t position, int64_t now_unix)
{
	struct arena *arena = &report->arena;
	struct value *object = value_add_object(arena, report->certificates, NULL), *names;

	value_add_text(arena, object, "id",
	    arena_printf(arena, "%s#%zu", endpoint ? endpoint : file, position));
	value_add_text(arena, object, "endpoint", endpoint);
	value_add_text(arena, object, "file", file);
	value_add_int(arena, object, "position", (int64_t)position);
	value_add_text(arena, object, "key_type", cert->key_type);
	value_add_int(arena, object, "key_bits", cert->key_bits);
	value_add_text(arena, object, "subject", cert->subject);
	value_add_text(arena, object, "issuer", cert->issuer);
	names = value_add_array(arena, object, "names");
	for (size_t i = 0; i < cert->name_count; i++)
		value_add_text(arena, names, NULL, cert->names[i]);
	value_add_text(arena, object, "serial", cert->serial);
	value_add_text(arena, object, "sha256", cert->sha256);
	value_add_text(arena, object, "spki_sha256", cert->spki_sha256);
	if (cert->dates_readable) {
		value_add_time(
		    arena, object, "not_before", "not_before_epoch", cert->not_before_unix);
		value_add_time(arena, object, "not_after", "not_after_epoch", cert->not_after_unix);
		value_add_real(arena, object, "days", cert_days(cert, now_unix), 1);
		value_add_real(
		    arena, object, "lifetime_left", cert_lifetime_left(cert, now_unix), 1);
	}
	value_add_bool(arena, object, "in_path", cert->in_path);
	show_cert_line(report, cert, position, now_unix);
}

void
show_certificates(
    struct report *report, const struct tls_facts *tls, const char *endpoint, int64_t now_unix)
{
	for (size_t i = 0; i < tls->sent.count; i++)
		show_certificate(report, &tls->sent.list[i], endpoint, NULL, i, now_unix);
}

void
show_transcript(struct report *report, const struct buf *transcript)
{
	const char *line = buf_text(transcript);

	while (*line) {
		size_t len = strcspn(line, "\n");

		report_line(report, TRANSCRIPT_LEVEL, "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

void
show_login(
    const struct login_facts *login, const char *user, struct arena *arena, struct value *endpoint)
{
	struct value *auth;

	if (!login->chosen) {
		value_add_null(arena, endpoint, "auth");
		return;
	}
	auth = value_add_object(arena, endpoint, "auth");
	value_add_text(arena, auth, "mechanism", sasl_name(login->mechanism));
	value_add_text(arena, auth, "channel_binding", login->binding);
	value_add_bool(arena, auth, "server_proved", login->server_proved);
	value_add_text(arena, auth, "user", user);
}
