/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of a plugin over memory streams, and the sweeps. */
#include "lib/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "lib/memstream.h"

#define CONNECTIONS_MAX 16
#define CUTS_MAX 600                    /* a longer dialog is cut at evenly spread bytes */
#define CUT_BYTES_MAX ((size_t)4 << 20) /* likewise one whose every run is long */
#define BYTEWISE_MAX 65536
#define WIRE_CUTS_MAX 48
#define FAULTS_MAX 5 /* of one sweep; more say nothing new */
#define DEADLINE_SLACK_S 0.25
#define WIRE_MARGIN 64 /* signatures differ by bytes from run to run */

/* One run: what is done to the stream, and what came of it. */
struct memory_run {
	const struct test_case *test;
	const struct memory_params *params;
	char **argv;
	size_t cut_at; /* of the last dialog's clear text; SIZE_MAX = not */
	enum play cut_how;
	size_t wire_cut, chunk, mark_at;
	struct memstream streams[CONNECTIONS_MAX];
	size_t count;
	struct outcome outcome;
};

static const struct test_case *running; /* for the environment, which has no context */

static const char *
environment(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < running->want_count; i++) {
		const char *text = running->wants[i].text;

		if (running->wants[i].kind == WANT_ENV && strncmp(text, name, len) == 0 &&
		    text[len] == '=')
			return text + len + 1;
	}
	return NULL;
}

static struct stream *
next_stream(void *context)
{
	struct memory_run *run = context;
	size_t dialog = script_dialog(&run->test->script, "127.0.0.1", run->count);
	struct memstream *mem;

	if (run->count == CONNECTIONS_MAX)
		abort();
	mem = &run->streams[run->count++];
	memstream_play(
	    mem, &run->test->script, dialog, run->params->pki_dir, deadline_in(3600 * US_PER_S));
	mem->player.cut_at = run->cut_at;
	mem->player.cut_how = run->cut_how;
	mem->wire_cut = run->wire_cut;
	mem->chunk = run->chunk;
	mem->player.mark_at = run->mark_at;
	return &mem->stream;
}

static void
run_begin(struct memory_run *run, const struct test_case *test, const struct memory_params *params,
    const char *const *extra)
{
	struct case_place place = {.dir = params->dir,
	    .pki_dir = params->pki_dir,
	    .port = 993,
	    .closed_port = 1,
	    .silent_port = 1};

	memset(run, 0, sizeof *run);
	run->test = test;
	run->params = params;
	run->argv = case_argv(test, &place, extra);
	run->cut_at = SIZE_MAX;
	run->cut_how = PLAY_CLOSE;
	run->mark_at = SIZE_MAX;
}

static void
run_go(struct memory_run *run)
{
	struct plugin_io io = {.environment = environment,
	    .now_unix = time(NULL),
	    .given = next_stream,
	    .given_context = run};
	int argc = 0;
	int64_t start_us;

	while (run->argv[argc] != NULL)
		argc++;
	running = run->test;
	outcome_init(&run->outcome);
	fake_clock_start();
	start_us = clock_now_us();
	run->outcome.exit_code = plugin_run(run->params->plugin, argc, run->argv, &io);
	run->outcome.seconds = (double)(clock_now_us() - start_us) / 1e6;
	run->outcome.timeout_s = case_timeout(run->argv);
	fake_clock_stop();
	buf_add(&run->outcome.out, buf_text(&io.out), io.out.len);
	run->outcome.connections = run->count;
	buf_free(&io.out);
	buf_free(&io.metrics);
	arena_free(&io.arena);
}

static void
run_end(struct memory_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		memstream_free(&run->streams[i]);
	outcome_free(&run->outcome);
	case_argv_free(run->argv);
}

bool
memory_unfit(const struct test_case *test)
{
	/* Questions to a name server go through the kernel. */
	return case_text(test, WANT_LIVE) != NULL || case_text(test, WANT_DNS) != NULL;
}

bool
memory_sweepable(const struct test_case *test)
{
	bool says = false;

	for (size_t i = 0; i < test->script.count; i++)
		says = says || test->script.list[i].kind == STEP_SAY;
	return says && !memory_unfit(test) && !case_has_output(test) &&
	       script_connections(&test->script) == 1;
}

static void
check_dialogs(struct memory_run *run, const char *name, struct buf *faults)
{
	for (size_t i = 0; i < run->count; i++) {
		const char *fault = memstream_fault(&run->streams[i]);

		if (*fault != '\0')
			buf_printf(faults, "    %s: server: %s\n", name, fault);
	}
}

/* What all three outputs of a case have in common. */
static void
run_and_judge(struct memory_run *run, const char *name, struct buf *faults)
{
	run_go(run);
	rules_want_any(run->test, &run->outcome, name, DEADLINE_SLACK_S, faults);
	check_dialogs(run, name, faults);
}

void
memory_case(const struct test_case *test, const struct memory_params *params, struct buf *faults)
{
	static const char *const json[] = {"-o", "json", NULL};
	static const char *const verbose[] = {"-vvv", NULL};
	struct memory_run run;

	run_begin(&run, test, params, NULL);
	run_and_judge(&run, "memory", faults);
	if (!case_has_output(test))
		rules_text(&run.outcome, "memory", faults);
	run_end(&run);
	if (case_has_output(test))
		return;
	run_begin(&run, test, params, json);
	run_and_judge(&run, "memory json", faults);
	rules_json(&run.outcome, "memory json", faults);
	rules_want_json(test, &run.outcome, faults);
	run_end(&run);
	run_begin(&run, test, params, verbose);
	run_and_judge(&run, "memory verbose", faults);
	rules_text(&run.outcome, "memory verbose", faults);
	run_end(&run);
}

/* ---- sweeps ---------------------------------------------------------------- */

/* What an undisturbed run showed: where the facts end, and what it says. */
struct sweep {
	const struct test_case *test;
	const struct memory_params *params;
	struct buf *faults;
	size_t fault_count;
	struct buf said;
	size_t from; /* said before this is another sweep's */
	size_t facts, wire, wire_facts;
	int exit_code;
	bool states_chosen; /* args say what a fault means */
};

static void
judge_cut(struct sweep *sweep, struct memory_run *run, const char *what, size_t at, bool complete)
{
	struct buf faults;
	double limit_s = case_timeout(run->argv) + DEADLINE_SLACK_S;

	buf_init(&faults, STREAM_SESSION_MAX);
	rules_text(&run->outcome, "sweep", &faults);
	if (!complete && run->outcome.exit_code == 0)
		buf_printf(&faults, "    sweep: OK before the last fact: %.500s\n",
		    buf_text(&run->outcome.out));
	else if (!complete && run->outcome.exit_code != 2 &&
		 run->outcome.exit_code != sweep->exit_code && !sweep->states_chosen)
		buf_printf(&faults, "    sweep: exit code %d, not 2: %.500s\n",
		    run->outcome.exit_code, buf_text(&run->outcome.out));
	if (run->outcome.seconds > limit_s)
		buf_printf(&faults, "    sweep: took %.2f s\n", run->outcome.seconds);
	if (faults.len > 0 && sweep->fault_count++ < FAULTS_MAX)
		buf_printf(sweep->faults, "    %s %zu of %zu:\n%s", what, at, sweep->said.len,
		    buf_text(&faults));
	buf_free(&faults);
}

static void
cut_clear(struct sweep *sweep, size_t at, enum play how)
{
	struct memory_run run;

	run_begin(&run, sweep->test, sweep->params, NULL);
	run.cut_at = at;
	run.cut_how = how;
	run_go(&run);
	judge_cut(sweep, &run,
	    how == PLAY_STALL   ? "stalled at byte"
	    : how == PLAY_RESET ? "reset at byte"
				: "cut at byte",
	    at, at >= sweep->facts);
	run_end(&run);
}

static void
cut_wire(struct sweep *sweep, size_t at)
{
	struct memory_run run;

	run_begin(&run, sweep->test, sweep->params, NULL);
	run.wire_cut = at;
	run_go(&run);
	judge_cut(sweep, &run, "wire cut at byte", at, at + WIRE_MARGIN >= sweep->wire_facts);
	run_end(&run);
}

/* A byte a read must change nothing but time (a few where there are a million). */
static void
one_byte_a_read(struct sweep *sweep)
{
	struct memory_run run;

	run_begin(&run, sweep->test, sweep->params, NULL);
	run.chunk = 1 + sweep->said.len / BYTEWISE_MAX;
	run_go(&run);
	if (run.outcome.exit_code != sweep->exit_code)
		buf_printf(sweep->faults,
		    "    one byte a read: exit code %d instead of %d: %.500s\n",
		    run.outcome.exit_code, sweep->exit_code, buf_text(&run.outcome.out));
	check_dialogs(&run, "one byte a read", sweep->faults);
	run_end(&run);
}

/* False when the run has no dialog of one connection to sweep. */
static bool
learn(struct sweep *sweep, size_t shared)
{
	struct memory_run run;
	struct memstream *mem = &run.streams[0];
	const char *args = case_text(sweep->test, WANT_ARGS);
	bool fit;

	run_begin(&run, sweep->test, sweep->params, NULL);
	run.mark_at = shared;
	run_go(&run);
	fit = run.count == 1 && mem->player.said.len > 0;
	if (fit) {
		const struct player *player = &mem->player;

		buf_add(&sweep->said, player->said.data, player->said.len);
		sweep->facts = player->facts < sweep->said.len ? player->facts : sweep->said.len;
		sweep->from = shared == 0 ? 0 : player->mark_said;
		sweep->wire = mem->given;
		sweep->wire_facts = mem->given_facts > 0 ? mem->given_facts : mem->given;
		sweep->exit_code = run.outcome.exit_code;
		sweep->states_chosen = strstr(args, "--state") != NULL ||
				       strstr(args, " -r") != NULL ||
				       strstr(args, ":unknown") != NULL;
	}
	run_end(&run);
	return fit;
}

static void
sweep_clear(struct sweep *sweep)
{
	size_t len = sweep->said.len;
	size_t stride = len / CUTS_MAX + len * len / CUT_BYTES_MAX + 1;

	for (size_t at = sweep->from; at < sweep->said.len; at += stride) {
		bool line_start = at == 0 || sweep->said.data[at - 1] == '\n';

		cut_clear(sweep, at, at / stride % 2 == 0 ? PLAY_CLOSE : PLAY_RESET);
		if (line_start)
			cut_clear(sweep, at, PLAY_STALL);
	}
}

void
memory_sweep(const struct test_case *test, const struct memory_params *params, size_t shared,
    struct buf *faults)
{
	struct sweep sweep = {.test = test, .params = params, .faults = faults};

	buf_init(&sweep.said, STREAM_SESSION_MAX * 4);
	if (!learn(&sweep, shared)) {
		buf_printf(faults, "    sweep: no dialog of one connection took place\n");
	} else {
		one_byte_a_read(&sweep);
		sweep_clear(&sweep);
		if (sweep.from == 0)
			for (size_t at = 1; at < sweep.wire; at += sweep.wire / WIRE_CUTS_MAX + 1)
				cut_wire(&sweep, at);
	}
	buf_free(&sweep.said);
}
