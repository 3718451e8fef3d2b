/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the grammar of targets. Knows no connection and reads no certificate. */
#include "check/cert_target.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "base/text.h"
#include "check/host.h"
#include "net/socket.h"

#define LINE_MAX_LEN 2048
#define TARGETS_MAX 65536
#define BLANKS " \t\r\n"

void
cert_targets_free(struct cert_targets *targets)
{
	mem_free(targets->list);
	*targets = (struct cert_targets){0};
}

static struct cert_target *
append(struct cert_targets *targets, const struct cert_target *target)
{
	size_t room = targets->count + 1;

	if ((room & (room - 1)) == 0)
		targets->list = mem_grow(targets->list, 2 * room, sizeof(*targets->list));
	targets->list[targets->count] = *target;
	return &targets->list[targets->count++];
}

/* ---- files ------------------------------------------------------------------------ */

static void
add_file(struct cert_targets *targets, const char *path)
{
	path = arena_strdup(targets->arena, path);
	append(targets, &(struct cert_target){.kind = CERT_TARGET_FILE,
			    .path = path,
			    .subject = strcmp(path, "-") == 0 ? "standard input" : path});
}

bool
cert_targets_files(struct cert_targets *targets, const char *pattern, struct err *err)
{
	glob_t found;

	if (text_begins_fold(pattern, "file:"))
		pattern += strncmp(pattern + 5, "//", 2) == 0 ? 7 : 5;
	if (pattern[0] == '\0')
		return err_set(err, ERR_CONFIG, 0, "which file? the name is empty");
	if (strcspn(pattern, "*?[") == strlen(pattern) || glob(pattern, 0, NULL, &found) != 0) {
		add_file(targets, pattern);
		return true;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_file(targets, found.gl_pathv[i]);
	globfree(&found);
	return true;
}

/* ---- hosts -------------------------------------------------------------------------- */

/* A word taken apart, before the options fill in what it leaves out. */
struct spelled {
	const char *scheme; /* NULL: none */
	const char *host;
	uint16_t port;
};

static bool
port_number(const char *text, size_t len, uint16_t *port_out)
{
	uint64_t port;

	if (!number_u64(text, len, &port) || port < 1 || port > 65535)
		return false;
	*port_out = (uint16_t)port;
	return true;
}

/* "host:25", "[2001:db8::1]:25"; a lone IPv6 address has more colons and no port. */
static bool
spell_host(struct cert_targets *targets, const char *word, struct spelled *out, struct err *err)
{
	const char *colon = strrchr(word, ':');
	const char *close = word[0] == '[' ? strchr(word, ']') : NULL;
	bool has_port = colon && (close ? colon == close + 1 : colon == strchr(word, ':'));

	if (has_port && !port_number(colon + 1, strlen(colon + 1), &out->port))
		return err_set(err, ERR_CONFIG, 0, "'%.80s': the port is not 1 to 65535", word);
	out->host = has_port ? arena_strndup(targets->arena, word, (size_t)(colon - word)) : word;
	return true;
}

/* "lmtp:/run/socket" beside "lmtp:///run/socket" and "smtp://host:25". */
static bool
spell(struct cert_targets *targets, const char *word, struct spelled *out, struct err *err)
{
	const char *colon = strchr(word, ':');
	struct host_uri uri;

	if (host_is_uri(word)) {
		if (!host_uri_parse(targets->arena, word, &uri, err))
			return false;
		*out = (struct spelled){uri.scheme, uri.host, uri.port};
		return true;
	}
	if (colon && colon[1] == '/') {
		out->scheme = arena_strndup(targets->arena, word, (size_t)(colon - word));
		out->host = colon + 1;
		return true;
	}
	return spell_host(targets, word, out, err);
}

static bool
choose_proto(const struct spelled *spelled, const struct cert_target_defaults *defaults,
    struct cert_target *target, bool *tls, struct err *err)
{
	const char *name = spelled->scheme ? spelled->scheme : defaults->protocol;

	target->port = spelled->port ? spelled->port : defaults->port;
	*tls = false;
	if (name) {
		target->proto = proto_find(name, tls);
		if (!target->proto)
			return err_set(
			    err, ERR_CONFIG, 0, "'%.40s' is no protocol known here", name);
	} else if (target->port) {
		target->proto = proto_by_port(target->port, tls);
		if (!target->proto)
			target->proto = proto_get(PROTO_TLS);
	} else {
		target->proto = proto_get(defaults->starttls ? PROTO_SMTP : PROTO_HTTPS);
	}
	return true;
}

static bool
choose_mode(const struct cert_target_defaults *defaults, struct cert_target *target, bool tls,
    struct err *err)
{
	const struct proto *proto = target->proto;

	if (tls || defaults->tls || !proto->starttls) {
		target->mode = SESSION_TLS;
		if (defaults->starttls && !tls && !defaults->tls)
			return err_set(err, ERR_CONFIG, 0, "%s knows no STARTTLS", proto->name);
	} else {
		target->mode = SESSION_STARTTLS;
		/* imap and pop3 say it with their port; a bare name of theirs is the command's port */
		if (!defaults->starttls && target->port && target->port == proto->tls_port)
			target->mode = SESSION_TLS;
	}
	if (!target->port)
		target->port = proto_port(proto, target->mode);
	if (!target->port && target->host[0] != '/')
		return err_set(err, ERR_CONFIG, 0, "which port of %.80s? give HOST:PORT or --port",
		    target->host);
	return true;
}

static const char *
subject_of(struct arena *arena, const char *host, uint16_t port)
{
	if (host[0] == '/')
		return host;
	return arena_printf(arena, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

static bool
add_host(struct cert_targets *targets, const char *word,
    const struct cert_target_defaults *defaults, struct err *err)
{
	struct cert_target target = {.kind = CERT_TARGET_NET};
	struct spelled spelled = {0};
	struct address literal;
	bool tls;

	if (!spell(targets, word, &spelled, err) ||
	    !choose_proto(&spelled, defaults, &target, &tls, err))
		return false;
	target.host = host_normalise(targets->arena, spelled.host, err);
	if (!target.host || !choose_mode(defaults, &target, tls, err))
		return false;
	target.is_name = !address_parse(target.host, 0, &literal);
	target.subject = subject_of(targets->arena, target.host, target.port);
	append(targets, &target);
	return true;
}

/* Many domains have the same mail hosts. */
static bool
is_there(const struct cert_targets *targets, const struct cert_target *target)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct cert_target *other = &targets->list[i];

		if (other->kind == target->kind && other->proto == target->proto &&
		    other->mode == target->mode && strcmp(other->subject, target->subject) == 0)
			return true;
	}
	return false;
}

void
cert_targets_add(struct cert_targets *targets, const struct proto *proto, enum session_mode mode,
    const char *host, uint16_t port)
{
	struct cert_target target = {.kind = CERT_TARGET_NET,
	    .proto = proto,
	    .mode = mode,
	    .host = arena_strdup(targets->arena, host),
	    .port = port,
	    .is_name = true};

	target.subject = subject_of(targets->arena, target.host, port);
	if (!is_there(targets, &target))
		append(targets, &target);
}

static bool
add_domain(struct cert_targets *targets, enum cert_target_kind kind, const char *word,
    const char *name, struct err *err)
{
	struct cert_target target = {.kind = kind, .proto = proto_get(PROTO_SMTP), .port = 25};

	target.mode = SESSION_STARTTLS;
	target.host = host_normalise(targets->arena, name, err);
	target.subject = arena_strdup(targets->arena, word);
	if (!target.host)
		return false;
	append(targets, &target);
	return true;
}

/* A path alone is a socket if one is there, else a file. */
static bool
is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool
cert_targets_word(struct cert_targets *targets, const char *word,
    const struct cert_target_defaults *defaults, struct err *err)
{
	if (targets->count >= TARGETS_MAX)
		return err_set(err, ERR_CONFIG, 0, "more than %d targets", TARGETS_MAX);
	if (strcmp(word, "-") == 0)
		return cert_targets_files(targets, word, err);
	if (text_begins_fold(word, "file:"))
		return cert_targets_files(targets, word, err);
	if (text_begins_fold(word, "mx:"))
		return add_domain(targets, CERT_TARGET_MX, word, word + 3, err);
	if (text_begins_fold(word, "srv:"))
		return add_domain(targets, CERT_TARGET_SRV, word, word + 4, err);
	if ((word[0] == '/' && !is_socket(word)) || text_begins_fold(word, "./") ||
	    text_begins_fold(word, "../"))
		return cert_targets_files(targets, word, err);
	return add_host(targets, word, defaults, err);
}

/* ---- --targets ------------------------------------------------------------------------ */

static bool
add_line(struct cert_targets *targets, char *line, const struct cert_target_defaults *defaults,
    struct err *err)
{
	char *word = line + strspn(line, BLANKS), *rest = word + strcspn(word, BLANKS);

	if (word[0] == '\0' || word[0] == '#')
		return true;
	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, BLANKS);
	if (*rest && *rest != '#')
		return err_set(err, ERR_CONFIG, 0, "more than one word");
	return cert_targets_word(targets, arena_strdup(targets->arena, word), defaults, err);
}

bool
cert_targets_list(struct cert_targets *targets, const char *file,
    const struct cert_target_defaults *defaults, struct err *err)
{
	bool standard = strcmp(file, "-") == 0;
	FILE *stream = standard ? stdin : fopen(file, "re");
	char line[LINE_MAX_LEN];
	struct err fault = {0};
	size_t number = 0;

	if (!stream)
		return err_set(
		    err, ERR_CONFIG, 0, "--targets %.80s: %s", file, strerrordesc_np(errno));
	while (!err_is_set(&fault) && fgets(line, sizeof(line), stream)) {
		number++;
		if (!strchr(line, '\n') && !feof(stream))
			err_set(&fault, ERR_CONFIG, 0, "the line is too long");
		else
			(void)!add_line(targets, line, defaults, &fault);
	}
	if (ferror(stream))
		err_set(&fault, ERR_CONFIG, 0, "%s", strerrordesc_np(errno));
	if (!standard)
		(void)fclose(stream);
	if (err_is_set(&fault))
		return err_set(
		    err, ERR_CONFIG, 0, "%.80s line %zu: %.140s", file, number, fault.text);
	return true;
}
