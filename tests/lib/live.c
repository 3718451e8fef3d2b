/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes and their server. */
#include "lib/live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lib/peer.h"

#define REST_US (300 * US_PER_MS) /* for the last bytes of a program that has left */
#define ENV_MAX 32

struct process {
	pid_t pid;
	int pidfd, out, err;
	int64_t start_us;
};

/* Nothing of our own environment but what sanitizers need. */
static void
fill_environment(const struct test_case *test, char **env)
{
	static const char *const kept[] = {
	    "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const char *value = getenv(kept[i]);

		if (value != NULL && asprintf(&env[count], "%s=%s", kept[i], value) > 0)
			count++;
	}
	for (size_t i = 0; i < test->want_count && count < ENV_MAX - 1; i++)
		if (test->wants[i].kind == WANT_ENV)
			env[count++] = test->wants[i].text;
	env[count] = NULL;
}

static bool
start(struct process *process, const struct test_case *test, const struct live_params *params,
    char **argv)
{
	char path[4096];
	char *env[ENV_MAX];

	snprintf(path, sizeof path, "%s/%s", params->bin_dir, params->program_of(argv[0]));
	fill_environment(test, env);
	process->out = memfd_create("out", MFD_CLOEXEC);
	process->err = memfd_create("err", MFD_CLOEXEC);
	process->start_us = clock_now_us();
	process->pid = fork();
	if (process->pid == 0) {
		dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
		dup2(process->out, 1);
		dup2(process->err, 2);
		execve(path, argv, env);
		dprintf(2, "cannot run %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	process->pidfd = process->pid > 0 ? pidfd_open(process->pid, 0) : -1;
	return process->pidfd >= 0;
}

static void
collect(int fd, struct buf *out)
{
	char bytes[4096];
	ssize_t got;

	lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, bytes, sizeof bytes)) > 0)
		buf_add(out, bytes, (size_t)got);
	close(fd);
}

static void
finish(struct process *process, struct outcome *outcome)
{
	int status = 0;

	waitpid(process->pid, &status, 0);
	close(process->pidfd);
	if (WIFEXITED(status))
		outcome->exit_code = WEXITSTATUS(status);
	else
		outcome->signal = WTERMSIG(status);
	collect(process->out, &outcome->out);
	collect(process->err, &outcome->err);
}

/* Serves until the program has left, at most ten seconds over its own deadline. */
static void
attend(struct process *process, struct peer *peer, double timeout_s, struct outcome *outcome)
{
	int64_t over_us = process->start_us + (int64_t)((timeout_s + 10) * 1e6);
	int64_t rest_us;

	while (!peer_turn(peer, 100, process->pidfd)) {
		if (clock_now_us() > over_us)
			kill(process->pid, SIGKILL);
	}
	outcome->seconds = (double)(clock_now_us() - process->start_us) / 1e6;
	finish(process, outcome);
	rest_us = clock_now_us() + REST_US;
	do
		peer_turn(peer, 5, -1);
	while (!peer_idle(peer) && clock_now_us() < rest_us);
	for (size_t i = 0; i < peer->door_count; i++)
		outcome->connections += peer->doors[i].accepted;
}

static void
check_server(
    const struct test_case *test, const struct peer *peer, const char *run, struct buf *faults)
{
	if (peer->fault[0] != '\0')
		buf_printf(faults, "    %s: server: %s\n", run, peer->fault);
	for (size_t i = 0; i < test->want_count; i++) {
		const struct want *want = &test->wants[i];

		for (size_t k = 0; want->kind == WANT_SENT_NOT && k < peer->connection_count; k++) {
			const struct buf *heard = &peer->connections[k].player.heard;

			if (rules_shows_secret(buf_text(heard), heard->len, want->text))
				buf_printf(faults, "    %s: the server got \"%s\": %.1000s\n", run,
				    want->text, buf_text(heard));
		}
	}
}

static void
run_once(const struct test_case *test, const struct live_params *params, const char *run,
    const char *const *extra, struct outcome *outcome, struct buf *faults)
{
	static struct peer peer; /* large */
	struct case_place place = {.dir = params->dir, .pki_dir = params->pki_dir};
	struct process process;
	int closed = peer_closed_port(&place.closed_port);
	int silent = peer_silent_port(&place.silent_port);
	char **argv;

	outcome_init(outcome);
	if (!peer_open(&peer, &test->script, params->pki_dir, 0)) {
		buf_printf(faults, "    %s: %s\n", run, peer.fault);
		goto out;
	}
	place.port = peer.port;
	argv = case_argv(test, &place, extra);
	if (start(&process, test, params, argv)) {
		attend(&process, &peer, case_timeout(argv), outcome);
		rules_want_any(test, outcome, run, case_timeout(argv), params->slack_s, faults);
	} else {
		buf_printf(faults, "    %s: cannot start a process\n", run);
	}
	case_argv_free(argv);
out:
	peer_close(&peer);
	check_server(test, &peer, run, faults);
	peer_free(&peer);
	close(closed);
	close(silent);
}

void
live_case(const struct test_case *test, const struct live_params *params, struct buf *faults)
{
	static const char *const json[] = {"-o", "json", NULL};
	static const char *const verbose[] = {"-vvv", NULL};
	struct outcome outcome;

	if (case_has_output(test)) {
		run_once(test, params, "run", NULL, &outcome, faults);
		rules_process(&outcome, "run", faults);
		rules_want_text(test, &outcome, faults);
		if (case_text(test, WANT_FINDING) != NULL || case_text(test, WANT_VERBOSE) != NULL)
			buf_printf(
			    faults, "    finding: and verbose: need args without an output\n");
		outcome_free(&outcome);
		return;
	}
	run_once(test, params, "text", NULL, &outcome, faults);
	rules_text(&outcome, "text", faults);
	rules_want_text(test, &outcome, faults);
	outcome_free(&outcome);
	run_once(test, params, "json", json, &outcome, faults);
	rules_json(&outcome, "json", faults);
	rules_want_json(test, &outcome, faults);
	outcome_free(&outcome);
	run_once(test, params, "verbose", verbose, &outcome, faults);
	rules_text(&outcome, "verbose", faults);
	rules_want_verbose(test, &outcome, faults);
	outcome_free(&outcome);
}
