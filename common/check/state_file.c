/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how a text survives on disk and who is let near it. Knows nothing of what it says. */
#include "check/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"

#define HEAD "mailvitals-state 1\n"
#define TAIL "end " /* and the length of all before it: a file cut short has no such line */
#define NAME_BYTES ((size_t)8)
#define LOCK_PAUSE_MS 20
#define OPEN_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

char *
state_file_name(struct arena *arena, const char *kind, const char *identity)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};
	struct buf hex;
	char *name;

	(void)EVP_Digest(identity, strlen(identity), digest, NULL, EVP_sha256(), NULL);
	buf_init(&hex, 2 * NAME_BYTES);
	text_hex(&hex, digest, NAME_BYTES);
	name = arena_printf(arena, "%s-%s", kind, buf_text(&hex));
	buf_free(&hex);
	return name;
}

/* ---- whom it belongs to ---- */

static bool
is_ours_alone(const struct stat *st, const char *what, struct err *err)
{
	if (st->st_uid != geteuid())
		return err_set(err, ERR_CONFIG, 0, "%s belongs to another user", what);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_CONFIG, 0, "others may write %s (chmod 700)", what);
	return true;
}

static bool
open_folder(struct state_file *file, const char *dir, struct err *err)
{
	struct stat st;

	file->folder = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (file->folder < 0 || fstat(file->folder, &st) != 0)
		return err_set(err, ERR_CONFIG, 0, "--state-dir %.100s: %s", dir,
		    errno == ENOENT                      ? "it does not exist"
		    : errno == ENOTDIR || errno == ELOOP ? "it is no directory of its own"
							 : "it cannot be opened");
	return is_ours_alone(&st, "--state-dir", err);
}

static bool
is_plain_file(const struct stat *st, struct err *err)
{
	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		return err_set(err, ERR_CONFIG, 0, "the state file is a link or no file");
	return is_ours_alone(st, "the state file", err);
}

/* ---- one run at a time ---- */

/* The lock is a file of its own: the other one is replaced. */
static bool
take_lock(struct state_file *file, struct deadline deadline, struct err *err)
{
	char name[NAME_MAX + 1];
	struct stat st;

	snprintf(name, sizeof(name), "%.200s.lock", file->name);
	file->lock = openat(file->folder, name, O_RDWR | O_CREAT | OPEN_FLAGS, 0600);
	if (file->lock < 0 && errno == ELOOP)
		return err_set(err, ERR_CONFIG, 0, "the state file is a link or no file");
	if (file->lock < 0 || fstat(file->lock, &st) != 0)
		return err_set(err, ERR_LOCAL, errno, "no lock can be made in --state-dir");
	if (!is_plain_file(&st, err))
		return false;
	while (flock(file->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(err, ERR_LOCAL, errno, "the state file cannot be locked");
		if (deadline_left_us(deadline) == 0)
			return err_set(err, ERR_LOCAL, 0, "another run holds the state file");
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return true;
}

/* ---- reading ---- */

/* Takes head and tail off; false if the text is not whole. */
static bool
unwrap(struct buf *text)
{
	size_t head = strlen(HEAD), tail;
	uint64_t len;
	const char *end;

	if (text->overflow || text->len < head || memcmp(text->data, HEAD, head) != 0 ||
	    memchr(text->data, '\0', text->len) || text->data[text->len - 1] != '\n')
		return false;
	end = memrchr(text->data, '\n', text->len - 1);
	if (!end || strncmp(end + 1, TAIL, strlen(TAIL)) != 0)
		return false;
	tail = (size_t)(end + 1 - text->data);
	if (!number_u64(end + 1 + strlen(TAIL), text->len - tail - strlen(TAIL) - 1, &len) ||
	    len != tail)
		return false;
	text->len = tail;
	text->data[tail] = '\0';
	buf_drop(text, head);
	return true;
}

static bool
read_all(int fd, struct buf *text)
{
	char bytes[4096];
	ssize_t got;

	do {
		got = read(fd, bytes, sizeof(bytes));
		if (got > 0)
			buf_add(text, bytes, (size_t)got);
	} while ((got > 0 && !text->overflow) || (got < 0 && errno == EINTR));
	return got >= 0;
}

static bool
read_text(struct state_file *file, struct err *err)
{
	struct stat st;
	bool ok;
	int fd = openat(file->folder, file->name, O_RDONLY | OPEN_FLAGS);

	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0)
		return err_set(err, ERR_CONFIG, 0, "the state file %s",
		    errno == ELOOP ? "is a link or no file" : "cannot be opened");
	ok = fstat(fd, &st) == 0 && is_plain_file(&st, err);
	if (ok && !read_all(fd, &file->text))
		ok = err_set(err, ERR_LOCAL, errno, "the state file cannot be read");
	(void)close(fd);
	if (ok && !unwrap(&file->text)) {
		file->damaged = true;
		buf_clear(&file->text);
	}
	return ok;
}

bool
state_file_open(struct state_file *file, const char *dir, const char *name,
    struct deadline deadline, struct err *err)
{
	*file = (struct state_file){.folder = -1, .lock = -1, .name = mem_strdup(name)};
	buf_init(&file->text, STATE_FILE_MAX);
	return open_folder(file, dir, err) && take_lock(file, deadline, err) &&
	       read_text(file, err);
}

/* ---- writing ---- */

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		bytes += put;
		len -= (size_t)put;
	}
	return true;
}

/* What a killed run left beside is ours: we hold the lock. */
static int
open_beside(const struct state_file *file, const char *name)
{
	int fd = openat(file->folder, name, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, 0600);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	(void)unlinkat(file->folder, name, 0);
	return openat(file->folder, name, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, 0600);
}

bool
state_file_write(struct state_file *file, const char *text, struct err *err)
{
	char beside[NAME_MAX + 1];
	struct buf whole;
	bool ok;
	int fd;

	snprintf(beside, sizeof(beside), "%.200s.new", file->name);
	buf_init(&whole, STATE_FILE_MAX);
	buf_printf(&whole, HEAD "%s", text);
	buf_printf(&whole, TAIL "%zu\n", whole.len);
	fd = open_beside(file, beside);
	ok = fd >= 0 && !whole.overflow && write_all(fd, whole.data, whole.len) && fsync(fd) == 0;
	if (fd >= 0 && close(fd) != 0)
		ok = false;
	ok = ok && renameat(file->folder, beside, file->folder, file->name) == 0 &&
	     fsync(file->folder) == 0;
	if (!ok)
		err_set(err, ERR_LOCAL, errno, "the state file cannot be written: %s",
		    errno == ENOSPC || errno == EDQUOT ? "no space left"
						       : "no right, or a broken disk");
	if (!ok && fd >= 0)
		(void)unlinkat(file->folder, beside, 0);
	buf_free(&whole);
	return ok;
}

void
state_file_close(struct state_file *file)
{
	if (!file->name)
		return;
	if (file->lock >= 0)
		(void)close(file->lock);
	if (file->folder >= 0)
		(void)close(file->folder);
	mem_free(file->name);
	buf_free(&file->text);
	*file = (struct state_file){.folder = -1, .lock = -1};
}
