/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns whom to ask: resolv.conf(5) and --resolver, and how a status reads.
 * Nothing is taken from the environment. Declared in net/dns.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "net/dns.h"

#define FILE_MAX 65536
#define NAMESERVERS_MAX 3 /* MAXNS */
#define TIMEOUT_MAX_S 30  /* RES_MAXRETRANS */
#define ATTEMPTS_MAX 5    /* RES_MAXRETRY */

/* ---- resolv.conf ------------------------------------------------------------------- */

static bool
read_file(struct buf *out, const char *path, struct err *err)
{
	char part[4096];
	ssize_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), code = errno;

	if (fd < 0)
		return err_set(err, ERR_RESOLVE, ERR_RESOLVE_SILENT,
		    "resolve: no name server is known: %s: %s", path, strerrordesc_np(code));
	while (!out->overflow &&
	       ((got = read(fd, part, sizeof(part))) > 0 || (got < 0 && errno == EINTR)))
		buf_add(out, part, got > 0 ? (size_t)got : 0);
	close(fd);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line, ended in place; NULL at its end. */
static char *
next_word(char **line)
{
	char *word = *line, *end;

	while (is_blank(*word))
		word++;
	if (*word == '\0')
		return NULL;
	for (end = word; *end && !is_blank(*end);)
		end++;
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool
option_number(const char *word, const char *name, int64_t max, int64_t *out)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) != 0 || !number_i64_text(word + len, 0, INT32_MAX, out))
		return false;
	*out = *out > max ? max : *out;
	return true;
}

static void
read_option(struct dns_settings *settings, const char *word)
{
	int64_t number;

	if (strcmp(word, "trust-ad") == 0)
		settings->trust_ad = true;
	else if (option_number(word, "timeout:", TIMEOUT_MAX_S, &number))
		settings->wait_us = number * US_PER_S;
	else if (option_number(word, "attempts:", ATTEMPTS_MAX, &number))
		settings->tries = (unsigned)number;
}

/* The keyword stands at the beginning of the line, or the line says nothing. */
static void
read_line(struct dns_settings *settings, char *line)
{
	struct address address;
	char *word;

	if (is_blank(*line) || !(word = next_word(&line)))
		return;
	if (strcmp(word, "nameserver") == 0) {
		word = next_word(&line);
		if (word && word[0] != '/' && settings->server_count < NAMESERVERS_MAX &&
		    address_parse(word, DNS_PORT, &address))
			settings->servers[settings->server_count++] = address;
	} else if (strcmp(word, "options") == 0) {
		while ((word = next_word(&line)))
			read_option(settings, word);
	}
}

bool
dns_settings_read(struct dns_settings *out, const char *path, struct err *err)
{
	struct buf file;
	char *line;

	*out = (struct dns_settings){0};
	buf_init(&file, FILE_MAX);
	if (!read_file(&file, path, err)) {
		buf_free(&file);
		return false;
	}
	line = file.data;
	while (line && *line) {
		char *end = line + strcspn(line, "\r\n"), last = *end;

		*end = '\0';
		if (*line != '#' && *line != ';')
			read_line(out, line);
		line = last ? end + 1 : end;
	}
	buf_free(&file);
	return out->server_count > 0 || err_set(err, ERR_RESOLVE, ERR_RESOLVE_SILENT,
					    "resolve: %s names no name server", path);
}

/* ---- --resolver --------------------------------------------------------------------- */

bool
dns_settings_add(struct dns_settings *settings, const char *text, struct err *err)
{
	const char *at = strrchr(text, '@');
	size_t len = at ? (size_t)(at - text) : strlen(text);
	int64_t port = DNS_PORT;
	char plain[64];
	struct address address;

	if (settings->server_count == DNS_SERVERS_MAX)
		return err_set(err, ERR_CONFIG, 0, "more than %d resolvers", DNS_SERVERS_MAX);
	if (len == 0 || len >= sizeof(plain) || text[0] == '/' ||
	    (at && !number_i64_text(at + 1, 1, UINT16_MAX, &port)))
		return err_set(
		    err, ERR_CONFIG, 0, "a resolver is ADDRESS or ADDRESS@PORT, not '%.60s'", text);
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (!address_parse(plain, (uint16_t)port, &address))
		return err_set(
		    err, ERR_CONFIG, 0, "a resolver is named by its address, not '%.60s'", plain);
	settings->servers[settings->server_count++] = address;
	return true;
}

void
dns_settings_words(struct buf *out, const struct dns_settings *settings)
{
	for (size_t i = 0; i < settings->server_count; i++)
		buf_printf(out, "%s%s",
		    i == 0                            ? ""
		    : i + 1 == settings->server_count ? " and "
						      : ", ",
		    settings->servers[i].text);
}

/* ---- statuses ------------------------------------------------------------------------ */

const char *
dns_status_word(enum dns_status status)
{
	static const char *const words[] = {
	    [DNS_UNASKED] = "not asked",
	    [DNS_ANSWERED] = "answered",
	    [DNS_NODATA] = "no such record",
	    [DNS_NXDOMAIN] = "NXDOMAIN",
	    [DNS_SERVFAIL] = "SERVFAIL",
	    [DNS_REFUSED] = "REFUSED",
	    [DNS_FAILED] = "failure",
	    [DNS_TIMEOUT] = "no answer",
	    [DNS_UNREACHABLE] = "no server listens",
	    [DNS_MALFORMED] = "damaged answer",
	    [DNS_BAD_NAME] = "no name",
	    [DNS_LOCAL] = "not possible here",
	};

	return (size_t)status < ARRAY_LEN(words) ? words[status] : "?";
}

static bool
fail(const struct dns_question *question, int code, const char *words, struct err *err)
{
	const char *why = question->why ? question->why : "";

	return err_set(err, ERR_RESOLVE, code, "resolve %s: %s%s%s", question->name, words,
	    *why ? ": " : "", why);
}

bool
dns_err(const struct dns_question *question, struct err *err)
{
	char word[16];

	if (question->bogus)
		return fail(question, ERR_RESOLVE_BOGUS, "DNSSEC is broken", err);
	switch (question->status) {
	case DNS_NXDOMAIN:
		return fail(question, ERR_RESOLVE_NXDOMAIN, "no such host name", err);
	case DNS_ANSWERED:
	case DNS_NODATA:
		return fail(question, ERR_RESOLVE_NO_ADDRESS,
		    question->type == DNS_TYPE_A      ? "no IPv4 address"
		    : question->type == DNS_TYPE_AAAA ? "no IPv6 address"
						      : "no such record",
		    err);
	case DNS_SERVFAIL:
	case DNS_REFUSED:
	case DNS_FAILED:
		return err_set(err, ERR_RESOLVE, ERR_RESOLVE_SERVFAIL, "resolve %s: %s answers %s",
		    question->name,
		    question->answered_by ? question->answered_by->text : "the resolver",
		    question->status == DNS_REFUSED ? "REFUSED"
						    : dns_rcode_word(question->answer.rcode, word));
	case DNS_MALFORMED:
		return fail(question, ERR_RESOLVE_MALFORMED, "only damaged answers", err);
	case DNS_BAD_NAME:
		return err_set(err, ERR_CONFIG, 0, "'%.80s' cannot be asked", question->name);
	case DNS_LOCAL:
		return err_set(err, ERR_LOCAL, 0, "resolve: %s", question->why);
	case DNS_UNASKED:
	case DNS_TIMEOUT:
	case DNS_UNREACHABLE:
		break;
	}
	return fail(question, ERR_RESOLVE_SILENT,
	    question->status == DNS_UNREACHABLE ? "no resolver listens" : "no resolver answers",
	    err);
}
