/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: running a command for its output, bounded in time and size.
 * Must not know: that the output is a secret, beyond wiping its own buffers.
 */
#include "check/secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strings.h"

#define LOOK_MS 10 /* how often the end of the child is looked for once it is silent */

extern char **environ; /* the child's, unchanged: password stores need HOME and their agents */

struct child {
	pid_t pid;
	int out;     /* our end of its stdout */
	bool silent; /* end of file there */
	bool ended;
	int status;
};

/* Words between blanks, NULL-terminated; no quoting, no expansion. */
static void
split(struct arena *arena, struct strings *words, const char *command)
{
	command += strspn(command, " \t");
	while (*command != '\0') {
		size_t len = strcspn(command, " \t");

		strings_add(words, arena_strndup(arena, command, len));
		command += len;
		command += strspn(command, " \t");
	}
	strings_add(words, NULL);
}

/* Default signals, no descriptor but the pipe, nothing to read, no place to complain. */
static int
spawn_with(pid_t *pid, int out, char **argv)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int failed;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	failed = posix_spawn_file_actions_init(&files);
	if (failed != 0)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return failed;
	}
	failed = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0) |
		 posix_spawn_file_actions_adddup2(&files, out, 1) |
		 posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0) |
		 posix_spawn_file_actions_addclosefrom_np(&files, 3) |
		 posix_spawnattr_setsigdefault(&attributes, &all) |
		 posix_spawnattr_setsigmask(&attributes, &none) |
		 posix_spawnattr_setpgroup(&attributes, 0) |
		 posix_spawnattr_setflags(&attributes,
		     POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	if (failed == 0)
		failed = posix_spawn(pid, argv[0], &files, &attributes, argv, environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&files);
	return failed;
}

static bool
child_start(struct child *child, char **argv)
{
	int ends[2];
	int failed;

	*child = (struct child){.out = -1};
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	failed = spawn_with(&child->pid, ends[1], argv);
	(void)close(ends[1]);
	if (failed != 0) {
		(void)close(ends[0]);
		return false;
	}
	child->out = ends[0];
	return true;
}

/* Takes what the pipe holds; false: more came than is allowed. */
static bool
child_read(struct child *child, struct buf *out)
{
	char chunk[1024];
	ssize_t got = read(child->out, chunk, sizeof(chunk));
	bool fits = got <= 0 || buf_add(out, chunk, (size_t)got);

	if (got == 0 || (got < 0 && errno != EINTR))
		child->silent = true;
	mem_wipe(chunk, sizeof(chunk));
	return fits;
}

/* Looks once at output and life of the child; false: more came than is allowed. */
static bool
child_look(struct child *child, int wait_ms, struct buf *out)
{
	struct pollfd wait = {.fd = child->silent ? -1 : child->out, .events = POLLIN};

	if (poll(&wait, 1, wait_ms) > 0)
		return child_read(child, out);
	if (child->ended)
		child->silent = true; /* somebody it left behind holds the pipe: all is read */
	else
		child->ended = waitpid(child->pid, &child->status, WNOHANG) == child->pid;
	return true;
}

/* Everything it prints, until it ends; NULL or what went wrong. */
static const char *
child_hear(struct child *child, struct deadline deadline, struct buf *out)
{
	while (!child->ended || !child->silent) {
		int left_ms = deadline_left_ms(deadline);

		if (left_ms == 0)
			return "the command did not end before the deadline";
		if (!child_look(child, left_ms < LOOK_MS ? left_ms : LOOK_MS, out))
			return "the command prints too much for a secret";
	}
	if (!WIFEXITED(child->status))
		return "the command was ended by a signal";
	return WEXITSTATUS(child->status) == 0 ? NULL : "the command failed";
}

static void
child_end(struct child *child)
{
	if (!child->ended) {
		(void)kill(-child->pid, SIGKILL);
		while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(child->out);
}

static const char *
run(const struct strings *words, struct arena *arena, struct deadline deadline, struct buf *out)
{
	char **argv = arena_alloc(arena, words->count * sizeof(*argv));
	struct child child;
	const char *why;

	if (words->items[0] == NULL || words->items[0][0] != '/')
		return "the command must begin with an absolute path";
	for (size_t i = 0; words->items[i] != NULL; i++)
		argv[i] = arena_strdup(arena, words->items[i]);
	if (!child_start(&child, argv))
		return "the command cannot be started";
	why = child_hear(&child, deadline, out);
	child_end(&child);
	return why;
}

bool
secret_command(const char *command, struct deadline deadline, struct buf *out, const char **why_out)
{
	struct arena arena = {0};
	struct strings words = {.count = 0};

	split(&arena, &words, command);
	*why_out = run(&words, &arena, deadline, out);
	strings_free(&words);
	arena_free(&arena);
	return *why_out == NULL;
}
