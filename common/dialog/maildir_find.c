/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the files of a Maildir (https://cr.yp.to/proto/maildir.html). A file
 * without our token is read and never touched; links, FIFOs and devices are not
 * even read.
 */
#include "dialog/maildir_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 20000               /* of one folder that are looked at */
#define OLD_FILES_MAX 1000            /* of them older than our messages: for leftovers */
#define HEAD_BYTES ((size_t)64 << 10) /* of a file that is not ours */

struct finding {
	const struct find_params *params;
	struct find_facts *found;
	struct arena *arena;
	int root;
	unsigned old_files; /* read in this look */
};

/* Junk in the names that servers give it; Maildir++ puts a dot in front. */
static const struct place {
	const char *path;
	bool junk;
} places[] = {
    {"new", false},
    {"cur", false},
    {".Junk/new", true},
    {".Junk/cur", true},
    {".Spam/new", true},
    {".Spam/cur", true},
};

/* ---- one file ---- */

static bool
read_file(int fd, struct buf *text)
{
	char bytes[16384];
	ssize_t got;

	do {
		got = read(fd, bytes, sizeof(bytes));
		if (got > 0 && !buf_add(text, bytes, (size_t)got))
			return true; /* as much as is wanted */
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got == 0;
}

static void
take_ours(struct finding *finding, const struct place *place, const char *name,
    const struct stat *st, const struct buf *text, struct find_mail mail)
{
	struct find_facts *found = finding->found;

	mail.folder = place->path;
	mail.junk = place->junk;
	mail.name = arena_strdup(finding->arena, name);
	mail.number = st->st_ino;
	mail.arrived_unix = st->st_mtime;
	/* It may have moved from new to cur since the last look. */
	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].number != mail.number)
			continue;
		found->list[i].folder = mail.folder;
		found->list[i].name = mail.name;
		return;
	}
	mail.text = arena_strndup(finding->arena, buf_text(text), text->len);
	mail.len = text->len;
	mail.whole = !text->overflow;
	find_add(found, finding->arena, &mail);
}

static void
count_leftover(struct finding *finding, const struct stat *st)
{
	struct find_facts *found = finding->found;

	if (st->st_mtime >= finding->params->leftover_before_unix)
		return;
	found->leftovers++;
	if (found->oldest_leftover_unix == 0 || st->st_mtime < found->oldest_leftover_unix)
		found->oldest_leftover_unix = st->st_mtime;
}

static void
judge_file(struct finding *finding, const struct place *place, const char *name,
    const struct stat *st, const struct buf *text)
{
	struct find_mail mail = {0};
	enum find_kind kind = find_kind(finding->params, buf_text(text), text->len, &mail.token);

	mail.bounce = kind == FIND_MAY_BOUNCE;
	if (kind == FIND_OTHER && !place->junk)
		count_leftover(finding, st);
	else if (kind == FIND_OURS || (mail.bounce && find_token_in(finding->params, buf_text(text),
							  text->len, &mail.token)))
		take_ours(finding, place, name, st, text, mail);
}

static void
look_at(struct finding *finding, const struct place *place, int folder, const char *name)
{
	struct stat st;
	struct buf text;
	bool old;
	int fd;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	old = st.st_mtime < finding->params->since_unix - 5;
	if (old && ++finding->old_files > OLD_FILES_MAX)
		return;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	buf_init(&text, old ? HEAD_BYTES : FIND_MAIL_BYTES);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_file(fd, &text))
		judge_file(finding, place, name, &st, &text);
	buf_free(&text);
	(void)close(fd);
}

/* ---- one look ---- */

static bool
look_into(struct finding *finding, const struct place *place)
{
	int fd = openat(finding->root, place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return place->junk && errno == ENOENT;
	}
	if (place->junk) {
		finding->found->junk_known = true;
		finding->found->junk_name = "Junk";
	}
	for (size_t i = 0; i < FILES_MAX && (entry = readdir(dir)) != NULL; i++)
		if (entry->d_name[0] != '.')
			look_at(finding, place, fd, entry->d_name);
	(void)closedir(dir);
	return true;
}

static bool
look(struct finding *finding, struct err *err)
{
	finding->old_files = 0;
	finding->found->leftovers = 0;
	finding->found->oldest_leftover_unix = 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (!look_into(finding, &places[i]))
			return err_set(err, ERR_LOCAL, errno, "%s/%s: %s", finding->params->folder,
			    places[i].path,
			    errno == ENOENT ? "there is no Maildir" : "it cannot be read");
	find_looked(finding->found);
	return true;
}

/* ---- removing ---- */

/* The name must still be that of the file that was read. */
static bool
unlink_mail(const struct finding *finding, const struct find_mail *mail)
{
	int folder = openat(finding->root, mail->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool ok = folder >= 0 && fstatat(folder, mail->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		  st.st_ino == mail->number && unlinkat(folder, mail->name, 0) == 0;

	if (folder >= 0)
		(void)close(folder);
	return ok;
}

static void
remove_found(struct finding *finding)
{
	const struct find_params *params = finding->params;
	struct find_facts *found = finding->found;
	struct err ignored = {0};

	if (params->before_removal && !params->before_removal(params->context, found))
		return;
	if (params->keep)
		return;
	for (size_t i = 0; i < found->count; i++) {
		struct find_mail *mail = &found->list[i];

		mail->removed = unlink_mail(finding, mail);
		if (!mail->removed && look(finding, &ignored)) /* a reader may have renamed it */
			mail->removed = unlink_mail(finding, mail);
		if (!mail->removed) {
			found->left++;
			found->left_why = "the file could not be removed";
		}
	}
}

bool
maildir_find_run(
    const struct find_params *find, struct arena *arena, struct find_facts *found, struct err *err)
{
	struct finding finding = {.params = find, .found = found, .arena = arena};
	int64_t pause_us = 1;
	bool ok = true;

	finding.root = open(find->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (finding.root < 0)
		return err_set(err, ERR_LOCAL, errno, "%s: there is no Maildir that we may read",
		    find->folder);
	found->begun_us = clock_now_us();
	while (ok && pause_us > 0) {
		ok = look(&finding, err);
		pause_us = ok ? find_pause_us(find, found) : 0;
		find_sleep(pause_us);
	}
	found->finished = ok;
	if (ok)
		remove_found(&finding);
	(void)close(finding.root);
	return ok;
}
