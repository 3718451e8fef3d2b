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
#include "lib/zone.h"

#define REST_US (300 * US_PER_MS) /* for the last bytes of a program that has left */
#define ENV_MAX 32
#define CUT_FAULTS_BYTES ((size_t)16 << 10)
#define FACTS_MARGIN 64

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

/* Where the connection ends early, and what the whole one showed. */
struct cut {
	size_t at; /* 0: nowhere */
	bool by_reset;
	size_t sent, facts; /* out */
};

static struct peer peer; /* large; one run at a time */
static struct zone zone;

/* The name server of the DNS: lines; nothing without any. */
static bool
open_zone(const struct test_case *test, const struct case_place *place, struct buf *faults)
{
	bool good = true;
	struct buf line;

	if (case_text(test, WANT_DNS) == NULL)
		return true;
	buf_init(&line, (size_t)64 << 10);
	for (size_t i = 0; i < test->want_count && good; i++) {
		if (test->wants[i].kind != WANT_DNS)
			continue;
		buf_clear(&line);
		case_fill(test->wants[i].text, place, &line);
		good = zone_add(&zone, buf_text(&line));
	}
	buf_free(&line);
	good = good && zone_open(&zone);
	if (!good)
		buf_printf(faults, "    %s\n", zone.fault);
	return good;
}

/* One process against one server. False: there was none, faults says why. */
static bool
run_process(const struct test_case *test, const struct live_params *params,
    const char *const *extra, struct cut *cut, struct outcome *outcome, struct buf *faults)
{
	struct case_place place = {.dir = params->dir, .pki_dir = params->pki_dir};
	int closed = peer_closed_port(&place.closed_port);
	int silent = peer_silent_port(&place.silent_port);
	struct process process;
	bool good = peer_open(&peer, &test->script, params->pki_dir, 0);
	char **argv;

	outcome_init(outcome);
	place.port = peer.port;
	good = good && open_zone(test, &place, faults);
	place.dns_port = zone.port;
	peer.cut_at = cut->at;
	peer.cut_by_reset = cut->by_reset;
	argv = case_argv(test, &place, extra);
	if (!good)
		buf_printf(faults, "    %s\n", peer.fault);
	else if (!(good = start(&process, test, params, argv)))
		buf_printf(faults, "    cannot start a process\n");
	else
		attend(&process, &peer, case_timeout(argv), outcome);
	outcome->timeout_s = case_timeout(argv);
	cut->sent = peer.connections[0].sent;
	cut->facts = peer.connections[0].sent_facts;
	case_argv_free(argv);
	zone_close(&zone);
	peer_close(&peer);
	close(closed);
	close(silent);
	return good;
}

static void
run_once(const struct test_case *test, const struct live_params *params, const char *run,
    const char *const *extra, struct outcome *outcome, struct buf *faults)
{
	struct cut none = {0};

	if (run_process(test, params, extra, &none, outcome, faults))
		rules_want_any(test, outcome, run, params->slack_s, faults);
	check_server(test, &peer, run, faults);
	peer_free(&peer);
}

/* At most so many ends of a dialog; a longer one is cut at evenly spread bytes. */
#define CUTS_MAX 800
#define PROMPT_S 0.5

static void
cut_once(const struct test_case *test, const struct live_params *params, struct cut *cut,
    size_t facts, struct buf *faults)
{
	struct outcome outcome;
	struct buf found;

	buf_init(&found, CUT_FAULTS_BYTES);
	if (run_process(test, params, NULL, cut, &outcome, &found)) {
		rules_text(&outcome, "cut", &found);
		if (cut->at < facts && outcome.exit_code != 2)
			buf_printf(&found, "    cut: exit code %d, not 2: %.500s\n",
			    outcome.exit_code, buf_text(&outcome.out));
		if (outcome.seconds > PROMPT_S + params->slack_s)
			buf_printf(&found, "    cut: took %.2f s\n", outcome.seconds);
	}
	if (found.len > 0 && faults->len < CUT_FAULTS_BYTES)
		buf_printf(faults, "    %s at byte %zu on the wire:\n%s",
		    cut->by_reset ? "RST" : "FIN", cut->at, buf_text(&found));
	outcome_free(&outcome);
	buf_free(&found);
	peer_free(&peer);
}

void
live_cuts(const struct test_case *test, const struct live_params *params, struct buf *faults)
{
	struct cut whole = {0};
	struct outcome outcome;
	size_t facts, stride;

	if (!run_process(test, params, NULL, &whole, &outcome, faults))
		return;
	outcome_free(&outcome);
	peer_free(&peer);
	/* Signatures differ by bytes from run to run. */
	facts = whole.facts > FACTS_MARGIN ? whole.facts - FACTS_MARGIN : 0;
	if (whole.facts == 0)
		buf_printf(faults, "    cuts: no dialog that ends in a goodbye\n");
	stride = whole.sent / CUTS_MAX + 1;
	for (size_t at = 1; at < whole.sent; at += stride) {
		struct cut fin = {.at = at}, rst = {.at = at, .by_reset = true};

		cut_once(test, params, &fin, facts, faults);
		cut_once(test, params, &rst, facts, faults);
	}
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
