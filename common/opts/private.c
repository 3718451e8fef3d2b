/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: the rules for files that hold secrets. The path is walked by descriptor,
 * one component at a time, so that what is judged is what is opened.
 * Must not know: what is in the files.
 */
#include "opts/private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 16

struct walk {
	const struct private_reader *reader;
	int folder;          /* where the next component is looked up */
	char rest[PATH_MAX]; /* what is left of the path */
	int links;
	const char *broken; /* the first rule that is broken */
};

struct private_reader
private_self(void)
{
	return (struct private_reader){.uid = geteuid(), .gid = getegid()};
}

static bool
is_trusted(const struct private_reader *reader, const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == reader->uid;
}

static void
break_rule(struct walk *walk, const char *rule)
{
	if (walk->broken == NULL)
		walk->broken = rule;
}

/* Whoever can write a folder can replace what lies in it; with the sticky bit only its own. */
static void
judge_folder(struct walk *walk, const struct stat *st)
{
	bool own_group = st->st_gid == 0 || st->st_gid == walk->reader->gid;

	if (!is_trusted(walk->reader, st))
		break_rule(walk, "a folder on the way to it belongs to somebody else");
	if ((st->st_mode & S_ISVTX) != 0)
		return;
	if ((st->st_mode & S_IWOTH) != 0 || ((st->st_mode & S_IWGRP) != 0 && !own_group))
		break_rule(walk, "others can replace it: they may write a folder on the way to it");
}

static void
judge_file(struct walk *walk, const struct stat *st)
{
	const struct private_reader *reader = walk->reader;
	bool group_may = st->st_uid == 0 &&
			 (st->st_gid == reader->gid || (reader->root_group && st->st_gid == 0));

	if (!is_trusted(reader, st))
		break_rule(walk, "it belongs neither to us nor to root");
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		break_rule(walk, "others can write it (chmod 600)");
	if ((st->st_mode & S_IROTH) != 0)
		break_rule(walk, "others can read it (chmod 600)");
	if ((st->st_mode & S_IRGRP) != 0 && !group_may)
		break_rule(walk, "its group can read it (chmod 600)");
}

static const char *
error_in_words(int error)
{
	switch (error) {
	case ENOENT:
		return "it does not exist";
	case EACCES:
	case EPERM:
		return "we may not read it";
	case ENOTDIR:
		return "a part of its path is not a folder";
	case ELOOP:
		return "too many symbolic links";
	case ENAMETOOLONG:
		return "its path is too long";
	default:
		return "it cannot be opened";
	}
}

/* The next folder to look in; the one before is closed. */
static bool
walk_into(struct walk *walk, int folder)
{
	struct stat st;

	if (walk->folder >= 0)
		(void)close(walk->folder);
	walk->folder = folder;
	if (folder < 0 || fstat(folder, &st) != 0)
		return false;
	judge_folder(walk, &st);
	return true;
}

static bool
walk_start(struct walk *walk)
{
	const char *from = walk->rest[0] == '/' ? "/" : ".";

	return walk_into(walk, open(from, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Puts the target of a link in front of what is left of the path. */
static bool
walk_link(struct walk *walk, int link)
{
	char target[PATH_MAX], path[PATH_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);
	int need;

	(void)close(link);
	if (len < 0)
		return false;
	target[len] = '\0';
	need = snprintf(path, sizeof(path), "%s/%s", target, walk->rest);
	errno = ++walk->links > LINKS_MAX ? ELOOP : ENAMETOOLONG;
	if (walk->links > LINKS_MAX || need < 0 || (size_t)need >= sizeof(path))
		return false;
	memcpy(walk->rest, path, (size_t)need + 1);
	return target[0] != '/' || walk_start(walk);
}

/* Cuts the first component off; false when none is left. */
static bool
walk_component(struct walk *walk, char *name)
{
	size_t begin = strspn(walk->rest, "/");
	size_t len = strcspn(walk->rest + begin, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, walk->rest + begin, len);
	name[len] = '\0';
	begin += len;
	begin += strspn(walk->rest + begin, "/");
	memmove(walk->rest, walk->rest + begin, strlen(walk->rest + begin) + 1);
	return true;
}

/* Opens what the walk has found; a device or FIFO was ruled out before, and again behind. */
static int
walk_open(struct walk *walk, const char *name)
{
	struct stat st;
	int fd =
	    openat(walk->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		errno = EINVAL;
		return -1;
	}
	judge_file(walk, &st);
	return fd;
}

/* One component: a folder is entered, a link expanded, a file opened into *fd_out. */
static bool
walk_step(struct walk *walk, int *fd_out)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int found;

	errno = EINVAL;
	if (!walk_component(walk, name))
		return false;
	found = openat(walk->folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (found < 0)
		return false;
	if (fstat(found, &st) != 0) {
		(void)close(found);
		return false;
	}
	if (S_ISDIR(st.st_mode))
		return walk_into(walk, found);
	if (S_ISLNK(st.st_mode)) {
		if (!is_trusted(walk->reader, &st))
			break_rule(walk, "a symbolic link to it belongs to somebody else");
		return walk_link(walk, found);
	}
	(void)close(found);
	errno = S_ISREG(st.st_mode) ? ENOTDIR : EINVAL;
	if (!S_ISREG(st.st_mode) || walk->rest[0] != '\0')
		return false;
	*fd_out = walk_open(walk, name);
	return *fd_out >= 0;
}

int
private_open(const char *path, const struct private_reader *reader, const char **why_out)
{
	struct walk walk = {.reader = reader, .folder = -1};
	int fd = -1;
	bool going;

	*why_out = error_in_words(ENAMETOOLONG);
	if (strlen(path) >= sizeof(walk.rest))
		return -1;
	memcpy(walk.rest, path, strlen(path) + 1);
	going = walk_start(&walk);
	while (going && fd < 0)
		going = walk_step(&walk, &fd);
	if (fd >= 0)
		*why_out = walk.broken;
	else
		*why_out = errno == EINVAL ? "it is not a regular file" : error_in_words(errno);
	if (walk.folder >= 0)
		(void)close(walk.folder);
	return fd;
}
