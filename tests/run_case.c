/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs case files, or serves one. A case is run in a process of its own, a few
 * at a time, so that one which stalls or crashes harms no other.
 *
 *	run_case [--programs DIR] [--jobs N] [--slack MS] [--live] [--memory] [--sweep] [--cuts] [DIR] [FILTER...]
 *	run_case --list [DIR] [FILTER...]
 *	run_case --serve FILE PORT
 */
#include <errno.h>
#include <fts.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "lib/live.h"
#include "lib/memory.h"
#include "lib/peer.h"
#include "lib/pki.h"
#include "lib/suite.h"

#define JOBS_MAX 16
#define CASE_SECONDS_MAX 300
/* A program full of sanitizers starts and ends more slowly. */
#ifdef __SANITIZE_ADDRESS__
#define SLACK_S 1.0
#else
#define SLACK_S 0.25
#endif
#define REPORT_MAX ((size_t)1 << 20)

/* The programs that this build has. */
extern const struct plugin check_imap_tls __attribute__((weak));
extern const struct plugin check_smtp_submit __attribute__((weak));
extern const struct plugin check_pop3 __attribute__((weak));
extern const struct plugin check_cert_expiry __attribute__((weak));
extern const struct plugin check_mx_rbl __attribute__((weak));
static const struct plugin *const plugins[] = {
    &check_imap_tls, &check_smtp_submit, &check_pop3, &check_cert_expiry, &check_mx_rbl};

enum mode { MODE_LIVE = 1, MODE_MEMORY = 2, MODE_SWEEP = 4, MODE_CUTS = 8 };

struct options {
	const char *bin_dir, *case_dir;
	char **filters;
	unsigned modes;
	int jobs;
	double slack_s;
	bool list;
};

struct job {
	pid_t pid;
	int report; /* memfd with what went wrong */
	const char *name;
};

struct runner {
	const struct options *options;
	struct suite suite;
	char dir[64], pki_dir[96]; /* gone at the end */
	struct job jobs[JOBS_MAX];
	int busy;
	size_t passed, failed;
};

/* ---- one case -------------------------------------------------------------- */

static const struct plugin *
plugin_of(const char *called)
{
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++) {
		if (plugins[i] == NULL)
			continue;
		if (strcmp(plugins[i]->options->program, called) == 0)
			return plugins[i];
		for (const struct plugin_name *name = plugins[i]->names;
		     name != NULL && name->name != NULL; name++)
			if (strcmp(name->name, called) == 0)
				return plugins[i];
	}
	return NULL;
}

/* The file to run for a called name; other programs (the door, wrappers) run as they are called. */
static const char *
program_of(const char *called)
{
	const struct plugin *plugin = plugin_of(called);

	return plugin != NULL ? plugin->options->program : called;
}

static void
run_in_memory(const struct runner *runner, size_t nth, const char *dir, struct buf *faults)
{
	const struct test_case *test = &runner->suite.list[nth];
	struct memory_params params = {.pki_dir = runner->pki_dir, .dir = dir};
	const char *args = case_text(test, WANT_ARGS);
	char *program = mem_strndup(args, strcspn(args, " "));

	params.plugin = plugin_of(program);
	if (params.plugin == NULL)
		buf_printf(faults, "    no program %s in this build\n", program);
	else if (runner->options->modes & MODE_MEMORY)
		memory_case(test, &params, faults);
	if (params.plugin != NULL && runner->options->modes & MODE_SWEEP && memory_sweepable(test))
		memory_sweep(test, &params, suite_shared(&runner->suite, nth), faults);
	mem_free(program);
}

/* In the child: everything that is asked about one case. True if it is good. */
static bool
run_case(const struct runner *runner, size_t nth)
{
	const struct test_case *test = &runner->suite.list[nth];
	unsigned modes = runner->options->modes;
	struct live_params live = {.bin_dir = runner->options->bin_dir,
	    .pki_dir = runner->pki_dir,
	    .program_of = program_of,
	    .slack_s = runner->options->slack_s};
	struct buf faults;
	char dir[128];
	bool good;

	snprintf(dir, sizeof dir, "%s/case.XXXXXX", runner->dir);
	buf_init(&faults, REPORT_MAX);
	live.dir = mkdtemp(dir);
	if (test->fault[0] != '\0')
		buf_printf(&faults, "    %s\n", test->fault);
	else if (modes & MODE_LIVE)
		live_case(test, &live, &faults);
	if (test->fault[0] == '\0' && modes & MODE_CUTS)
		live_cuts(test, &live, &faults);
	if (test->fault[0] == '\0' && !memory_unfit(test) && modes & (MODE_MEMORY | MODE_SWEEP))
		run_in_memory(runner, nth, dir, &faults);
	good = faults.len == 0;
	printf("%s", buf_text(&faults));
	buf_free(&faults);
	return good;
}

/* ---- many cases ------------------------------------------------------------ */

static void
start_job(struct runner *runner, size_t nth)
{
	struct job *job = &runner->jobs[runner->busy++];

	*job = (struct job){
	    .report = memfd_create("report", MFD_CLOEXEC), .name = runner->suite.list[nth].name};
	fflush(stdout);
	job->pid = fork();
	if (job->pid == 0) {
		bool good;

		dup2(job->report, 1);
		dup2(job->report, 2);
		alarm(CASE_SECONDS_MAX);
		good = run_case(runner, nth);
		fflush(stdout);
		if (!good)
			_exit(1);
		exit(0); /* leaks are looked for */
	}
}

static void
print_report(const struct job *job, int status)
{
	char bytes[4096];
	ssize_t got;

	printf("FAIL %s\n", job->name);
	if (WIFSIGNALED(status))
		printf("    ended by signal %d\n", WTERMSIG(status));
	lseek(job->report, 0, SEEK_SET);
	while ((got = read(job->report, bytes, sizeof bytes)) > 0)
		fwrite(bytes, 1, (size_t)got, stdout);
}

static void
end_job(struct runner *runner)
{
	int status;
	pid_t pid = wait(&status);

	for (int i = 0; i < runner->busy; i++) {
		struct job *job = &runner->jobs[i];

		if (job->pid != pid)
			continue;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
			runner->passed++;
		} else {
			runner->failed++;
			print_report(job, status);
		}
		close(job->report);
		*job = runner->jobs[--runner->busy];
		return;
	}
}

/* Something is asked about this case; one that is not run is not counted. */
static bool
is_asked(const struct runner *runner, const struct test_case *test)
{
	unsigned modes = runner->options->modes;

	return test->fault[0] != '\0' || modes & (MODE_LIVE | MODE_CUTS) ||
	       (modes & MODE_MEMORY && !memory_unfit(test)) ||
	       (modes & MODE_SWEEP && memory_sweepable(test));
}

static void
run_all(struct runner *runner)
{
	for (size_t i = 0; i < runner->suite.count; i++) {
		if (!is_asked(runner, &runner->suite.list[i]))
			continue;
		if (runner->busy == runner->options->jobs)
			end_job(runner);
		start_job(runner, i);
	}
	while (runner->busy > 0)
		end_job(runner);
}

static void
remove_tree(const char *dir)
{
	char *roots[] = {(char *)(uintptr_t)dir, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;)
		if (entry->fts_info != FTS_D)
			remove(entry->fts_path);
	if (tree != NULL)
		fts_close(tree);
}

/* ---- serving --------------------------------------------------------------- */

static volatile sig_atomic_t asked_to_stop;

static void
stop(int signal_number)
{
	(void)signal_number;
	asked_to_stop = 1;
}

static int
serve(const char *pki_dir, const char *path, const char *port)
{
	static struct peer peer; /* large */
	struct test_case test;

	if (!case_read(&test, path, path) ||
	    !peer_open(&peer, &test.script, pki_dir, (unsigned)atoi(port))) {
		fprintf(stderr, "%s: %s%s\n", path, test.fault, peer.fault);
		return 1;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	printf("PORT=%u CA=%s/root.pem\n", peer.port, pki_dir);
	fflush(stdout);
	while (!asked_to_stop)
		peer_turn(&peer, 1000, -1);
	peer_close(&peer);
	peer_free(&peer);
	case_free(&test);
	return 0;
}

static int
list_cases(const struct options *options)
{
	struct suite suite;

	suite_read(&suite, options->case_dir, options->filters);
	for (size_t i = 0; i < suite.count; i++)
		puts(suite.list[i].name);
	suite_free(&suite);
	return 0;
}

/* ---- command line ---------------------------------------------------------- */

static bool
is_directory(const char *path)
{
	struct stat stat_of;

	return stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
}

static bool
read_options(int argc, char **argv, struct options *options, const char **serve_file)
{
	static const struct option rows[] = {{"programs", required_argument, NULL, 'b'},
	    {"jobs", required_argument, NULL, 'j'}, {"slack", required_argument, NULL, 'k'},
	    {"live", no_argument, NULL, 'l'}, {"memory", no_argument, NULL, 'm'},
	    {"sweep", no_argument, NULL, 's'}, {"cuts", no_argument, NULL, 'u'},
	    {"list", no_argument, NULL, 'L'}, {"serve", required_argument, NULL, 'S'}, {0}};

	*options = (struct options){
	    .bin_dir = "build/release", .case_dir = "tests/case", .jobs = 3, .slack_s = SLACK_S};
	for (int c; (c = getopt_long(argc, argv, "", rows, NULL)) != -1;) {
		switch (c) {
		case 'b':
			options->bin_dir = optarg;
			break;
		case 'j':
			options->jobs = atoi(optarg);
			break;
		case 'k':
			options->slack_s = atof(optarg) / 1000;
			break;
		case 'l':
			options->modes |= MODE_LIVE;
			break;
		case 'm':
			options->modes |= MODE_MEMORY;
			break;
		case 's':
			options->modes |= MODE_SWEEP;
			break;
		case 'u':
			options->modes |= MODE_CUTS;
			break;
		case 'L':
			options->list = true;
			break;
		case 'S':
			*serve_file = optarg;
			break;
		default:
			return false;
		}
	}
	if (options->modes == 0)
		options->modes = MODE_LIVE | MODE_MEMORY;
	if (optind < argc && is_directory(argv[optind]))
		options->case_dir = argv[optind++];
	options->filters = argv + optind;
	return options->jobs >= 1 && options->jobs <= JOBS_MAX;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct runner runner = {.options = &options, .dir = "/tmp/mailvitals-case.XXXXXX"};
	const char *serve_file = NULL;
	int status = 0;

	if (!read_options(argc, argv, &options, &serve_file) ||
	    (serve_file != NULL && argc == optind)) {
		fprintf(stderr,
		    "usage: run_case [--programs DIR] [--jobs 1..16] [--slack MS] "
		    "[--live] [--memory] [--sweep] [--cuts] [--list] [DIR] [FILTER...]\n"
		    "       run_case --serve FILE PORT\n");
		return 2;
	}
	if (options.list)
		return list_cases(&options);
	if (mkdtemp(runner.dir) == NULL)
		return 2;
	snprintf(runner.pki_dir, sizeof runner.pki_dir, "%s/pki", runner.dir);
	if (!pki_make(runner.pki_dir)) {
		fprintf(stderr, "cannot make certificates in %s\n", runner.pki_dir);
		status = 2;
	} else if (serve_file != NULL) {
		status = serve(runner.pki_dir, serve_file, argv[optind]);
	} else {
		suite_read(&runner.suite, options.case_dir, options.filters);
		run_all(&runner);
		printf("%zu passed, %zu failed\n", runner.passed, runner.failed);
		status = runner.failed > 0 || runner.passed == 0;
		suite_free(&runner.suite);
	}
	remove_tree(runner.dir);
	return status;
}
