/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: choosing and reading the one source of a secret, and the rules its text
 * must keep. Every buffer that held it is wiped.
 * Must not know: mechanisms, servers; nor may any text made here tell anything
 * about the secret.
 */
#include "check/secret.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "check/secret_command.h"
#include "opts/private.h"

/* Room for a final CR LF behind the longest secret, so that the fault can be named. */
#define LINE_END_MAX 2

struct reading;

struct source {
	const char *option; /* for messages */
	const char *value;  /* NULL: not given */
	bool token;
	bool (*read)(const struct source *source, const struct reading *reading, struct buf *out,
	    struct err *err);
};

/* What the sources need beside their value. */
struct reading {
	const struct login_opts *opts;
	const char *(*environment)(const char *name);
	struct deadline deadline;
};

static size_t
source_max(const struct source *source)
{
	return source->token ? SECRET_TOKEN_MAX : SECRET_PASSWORD_MAX;
}

/* ---- the text --------------------------------------------------------------- */

static bool
format_fault(struct err *err, const char *where, const char *rule)
{
	return err_set(err, ERR_CONFIG, SECRET_FAULT_FORMAT, "%s: %s", where, rule);
}

/* The rules of a secret. A first line ends at LF; nothing is repaired but that. */
static bool
judge_text(const char *text, size_t len, size_t max, const char *where, struct err *err)
{
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return format_fault(err, where, "begins with a byte order mark; save it without");
	if (len > 0 && text[len - 1] == '\r')
		return format_fault(err, where, "the line ends in CR LF; end it in LF alone");
	if (len == 0)
		return format_fault(err, where, "the secret is empty");
	if (memchr(text, '\0', len) != NULL)
		return format_fault(err, where, "holds a NUL byte");
	if (memchr(text, '\r', len) != NULL || memchr(text, '\n', len) != NULL)
		return format_fault(err, where, "holds a line break");
	if (len > max)
		return format_fault(err, where,
		    max == SECRET_TOKEN_MAX ? "longer than 12 KiB" : "longer than 4 KiB");
	return true;
}

/* The first line of what was read, as an own string; NULL sets err. */
static char *
first_line(const struct buf *read, size_t max, const char *where, struct err *err)
{
	const char *text = buf_text(read);
	const char *lf = memchr(text, '\n', read->len);
	size_t len = lf != NULL ? (size_t)(lf - text) : read->len;

	return judge_text(text, len, max, where, err) ? mem_strndup(text, len) : NULL;
}

/* ---- the sources ------------------------------------------------------------- */

static bool
file_fault(struct err *err, const char *where, const char *path, const char *rule)
{
	return err_set(err, ERR_CONFIG, SECRET_FAULT_FILE, "%s %s: %s", where, path, rule);
}

static bool
read_all(int fd, const char *where, const char *path, struct buf *out, struct err *err)
{
	char chunk[1024];
	ssize_t got;
	bool good = true;

	while (good && (got = read(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			good = file_fault(err, where, path, "it cannot be read");
		else if (!buf_add(out, chunk, (size_t)got))
			good = file_fault(err, where, path, "it is too large for a secret");
	}
	mem_wipe(chunk, sizeof(chunk));
	return good;
}

static bool
read_path(const char *where, const char *path, bool root_group, struct buf *out, struct err *err)
{
	struct private_reader self = private_self();
	const char *why;
	bool good;
	int fd;

	self.root_group = root_group;
	fd = private_open(path, &self, &why);
	if (fd < 0)
		return file_fault(err, where, path, why);
	good =
	    why == NULL ? read_all(fd, where, path, out, err) : file_fault(err, where, path, why);
	(void)close(fd);
	return good;
}

static bool
read_file(const struct source *source, const struct reading *reading UNUSED, struct buf *out,
    struct err *err)
{
	return read_path(source->option, source->value, false, out, err);
}

/* systemd.exec(5): a file of this name below $CREDENTIALS_DIRECTORY. */
static bool
read_credential(
    const struct source *source, const struct reading *reading, struct buf *out, struct err *err)
{
	const char *name = source->value;
	const char *folder = reading->environment("CREDENTIALS_DIRECTORY");
	struct arena arena = {0};
	bool good;

	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return err_set(err, ERR_CONFIG, SECRET_FAULT_USAGE,
		    "%s needs the name of a credential, not a path", source->option);
	if (folder == NULL || folder[0] != '/')
		return err_set(err, ERR_CONFIG, SECRET_FAULT_FILE,
		    "%s: CREDENTIALS_DIRECTORY is not set; systemd sets it for LoadCredential=",
		    source->option);
	good =
	    read_path(source->option, arena_printf(&arena, "%s/%s", folder, name), true, out, err);
	arena_free(&arena);
	return good;
}

static bool
read_environment(
    const struct source *source, const struct reading *reading, struct buf *out, struct err *err)
{
	const char *text = reading->environment(source->value);

	if (text == NULL)
		return err_set(err, ERR_CONFIG, SECRET_FAULT_USAGE,
		    "%s: there is no environment variable %s", source->option, source->value);
	if (strchr(text, '\n') != NULL)
		return format_fault(err, source->option, "holds a line break");
	return buf_add_text(out, text) ||
	       format_fault(err, source->option, "too long for a secret");
}

static bool
read_argument(const struct source *source, const struct reading *reading UNUSED, struct buf *out,
    struct err *err)
{
	if (strchr(source->value, '\n') != NULL)
		return format_fault(err, source->option, "holds a line break");
	return buf_add_text(out, source->value) ||
	       format_fault(err, source->option, "too long for a secret");
}

/* One byte at a time: what follows the line belongs to others who share the descriptor. */
static bool
read_descriptor(
    const struct source *source, const struct reading *reading, struct buf *out, struct err *err)
{
	int fd = (int)reading->opts->password_fd;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte = '\0';
	ssize_t got = 1;

	while (got != 0 && byte != '\n') {
		if (poll(&wait, 1, deadline_left_ms(reading->deadline)) == 0)
			return err_set(err, ERR_CONFIG, SECRET_FAULT_FILE,
			    "%s: nothing came before the deadline", source->option);
		got = read(fd, &byte, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return err_set(err, ERR_CONFIG, SECRET_FAULT_FILE,
			    "%s %d: it cannot be read", source->option, fd);
		if (got > 0 && !buf_add_char(out, byte))
			return format_fault(err, source->option, "too long for a secret");
	}
	return true;
}

static bool
read_command(
    const struct source *source, const struct reading *reading, struct buf *out, struct err *err)
{
	const char *why = NULL;

	if (secret_command(source->value, reading->deadline, out, &why))
		return true;
	return err_set(err, ERR_CONFIG, SECRET_FAULT_FILE, "%s: %s", source->option, why);
}

/* ---- choosing ----------------------------------------------------------------- */

/* The only source that is given; NULL without error: there is none. */
static const struct source *
only_source(const struct source *sources, size_t count, struct err *err)
{
	const struct source *only = NULL;

	for (size_t i = 0; i < count; i++) {
		if (sources[i].value == NULL)
			continue;
		if (only != NULL) {
			(void)err_set(err, ERR_CONFIG, SECRET_FAULT_USAGE,
			    "%s and %s: one source of the secret is enough", only->option,
			    sources[i].option);
			return NULL;
		}
		only = &sources[i];
	}
	return only;
}

static bool
read_source(
    const struct source *source, const struct reading *reading, char **text_out, struct err *err)
{
	struct buf read;
	bool good;

	buf_init(&read, source_max(source) + LINE_END_MAX);
	good = source->read(source, reading, &read, err);
	if (good)
		*text_out = first_line(&read, source_max(source), source->option, err);
	buf_wipe(&read);
	return good && *text_out != NULL;
}

bool
secret_read(struct secret *secret_out, const struct login_opts *opts,
    const char *(*environment)(const char *name), struct deadline deadline, struct err *err)
{
	const struct source sources[] = {
	    {"--password", opts->password, false, read_argument},
	    {"--password-file", opts->password_file, false, read_file},
	    {"--password-env", opts->password_env, false, read_environment},
	    {"--password-fd", opts->password_fd > 0 ? "" : NULL, false, read_descriptor},
	    {"--password-command", opts->password_command, false, read_command},
	    {"--password-credential", opts->password_credential, false, read_credential},
	    {"--token-file", opts->token_file, true, read_file},
	    {"--token-command", opts->token_command, true, read_command},
	};
	const struct reading reading = {
	    .opts = opts, .environment = environment, .deadline = deadline};
	const struct source *source = only_source(sources, ARRAY_LEN(sources), err);

	*secret_out = (struct secret){.password = NULL};
	if (source == NULL)
		return !err_is_set(err);
	return read_source(
	    source, &reading, source->token ? &secret_out->token : &secret_out->password, err);
}

void
secret_release(struct secret *secret)
{
	secret_free(secret->password);
	secret_free(secret->token);
	*secret = (struct secret){.password = NULL};
}

char *
secret_file(const char *path, size_t max, struct err *err)
{
	char *text = NULL;
	struct buf read;

	buf_init(&read, max + LINE_END_MAX);
	if (read_path("file", path, false, &read, err))
		text = first_line(&read, max, path, err);
	buf_wipe(&read);
	return text;
}

void
secret_free(char *text)
{
	if (text != NULL)
		mem_wipe(text, strlen(text));
	mem_free(text);
}
