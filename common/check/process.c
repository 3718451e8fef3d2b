/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The process around a run: descriptors, signals, watchdog, time of day,
 * environment, output and the exit. Nothing of mail is known here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check/plugin.h"
#include "check/sandbox.h"

/* Under a sanitizer everything takes longer, the last steps after the deadline too. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHDOG_GRACE_US (1500 * US_PER_MS)
#else
#define WATCHDOG_GRACE_US (200 * US_PER_MS)
#endif
#define WORDS_SIZE 4096
#define HEAP_STEP (1 << 20)

/* The ends that come to a run from outside of its work. */
enum end { END_LATE, END_INTERRUPTED, END_CRASHED, END_MEMORY, END_UNWRITTEN, END_COUNT };

static const struct plugin_end ends[END_COUNT] = {
    [END_LATE] = {FINDING_NET_TIMEOUT_REPLY, NULL,
	"this machine is stuck: a hung file system, command or library, or no processor time",
	"here: run it by hand with -vvv; ps -o stat,wchan of the process shows where it waits", 0},
    [END_INTERRUPTED] = {FINDING_CLIENT_INTERNAL,
	"interrupted by a signal before the check was done",
	"the monitoring engine ended the run: its own time limit is shorter than -t",
	"here: -t at least 2 s below the engine's limit, 10 s unless set", -1},
    [END_CRASHED] = {FINDING_CLIENT_INTERNAL, "the check itself failed and was stopped",
	"a defect in this program or a library",
	"here: run it by hand with -vvv and report what it says", -1},
    [END_MEMORY] = {FINDING_CLIENT_RESOURCES, "out of memory",
	"a ulimit, cgroup or unit limit of the agent is too small",
	"here: ulimit -a as the checking user; systemctl show of the agent (MemoryMax)", -1},
    [END_UNWRITTEN] = {FINDING_CLIENT_OUTPUT, "the file of --metrics-file could not be written",
	"its directory is missing, full or not writable for this user",
	"here: ls -ld and df -h of the directory; it needs room for a second file beside the first",
	-1},
};

/*
 * What they say, prepared beforehand: handlers may only write and leave. New
 * words are written into the set that is not in use, so that those in use are
 * complete at every moment.
 */
static struct {
	char words[2][END_COUNT][WORDS_SIZE];
	volatile sig_atomic_t used; /* which set */
	int late_status;
	bool armed;
	volatile sig_atomic_t printing; /* the real result is on its way: stay silent */
} last_words;

static NO_RETURN void
say_and_leave(enum end end, int status)
{
	const char *line = last_words.words[last_words.used][end];

	if (last_words.printing)
		_exit(3);
	last_words.printing = 1;
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		status = 3;
	_exit(status);
}

static void
on_signal(int number)
{
	switch (number) {
	case SIGALRM:
		say_and_leave(END_LATE, last_words.late_status);
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
		/* No half line: what is being printed is printed, only the watchdog may end it. */
		if (last_words.printing)
			return;
		say_and_leave(END_INTERRUPTED, 3);
	default:
		say_and_leave(END_CRASHED, 3);
	}
}

/* As the renderer would say it, for a hundredth of its instructions; measured: " | time=..." or "". */
static void
prepare(enum end which, const struct plugin_end *end, const char *service, enum state state,
    const char *subject, const char *measured)
{
	const char *id = finding_rows[end->id].id, *word = state_name(state);

	snprintf(last_words.words[!last_words.used][which], WORDS_SIZE,
	    "%s %s - %.200s%s%s [%s]%s\n[%s] %s - %s\n  why:  %s\n  next: %s\n  who:  %s\n",
	    service, word, subject, subject[0] ? ": " : "", end->message, id, measured, word, id,
	    end->message, end->why, end->next, who_name(WHO_MONITOR));
}

static void
prepare_words(const char *service, const char *subject)
{
	for (int i = END_INTERRUPTED; i < END_COUNT; i++)
		prepare((enum end)i, &ends[i], service, STATE_UNKNOWN, subject, "");
}

static void
use_words(void)
{
	last_words.used = !last_words.used;
	mem_last_words(last_words.words[last_words.used][END_MEMORY]);
}

static void
watch_signals(void)
{
	static const int handled[] = {
	    SIGALRM, SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU};
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(handled); i++)
		sigaction(handled[i], &action, NULL);
	/* Lost output is an error to report by the exit code, not a death by signal. */
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	/* A parent may have blocked SIGALRM: the watchdog must be heard. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Machines read the format they asked for, whatever ends the run. */
static void
prepare_formatted(const struct run *run, const struct plugin_end *late)
{
	for (int i = 0; i < END_COUNT; i++) {
		struct buf out;

		if (i == END_UNWRITTEN && !run->basic->metrics_file)
			continue;
		buf_init(&out, WORDS_SIZE);
		(void)plugin_last_words(run, i == END_LATE ? late : &ends[i], &out);
		if (!out.overflow && out.len < WORDS_SIZE)
			memcpy(last_words.words[!last_words.used][i], buf_text(&out), out.len + 1);
		buf_free(&out);
	}
}

/* The state that the user gave to time-outs holds here too. */
static enum state
late_state(const struct run *run)
{
	struct report probe;
	enum state state;

	report_init(&probe, &run->policy);
	state = report_add(&probe, ends[END_LATE].id, NULL, "%s", "")->state;
	report_free(&probe);
	return state;
}

/* The deadline itself is the stream's; this ends a run that is stuck anywhere else. */
static void
arm_watchdog(const struct run *run)
{
	struct plugin_end late = ends[END_LATE];
	const char *subject = run->subject ? run->subject : "";
	enum state state = late_state(run);
	int64_t after_us = deadline_left_us(run->deadline) + WATCHDOG_GRACE_US;
	struct itimerval timer = {
	    .it_value = {.tv_sec = after_us / US_PER_S, .tv_usec = after_us % US_PER_S}};
	char message[100], measured[100];

	late.time_us = run->timeout_us + WATCHDOG_GRACE_US;
	snprintf(message, sizeof(message), "no result within %.1f s", (double)late.time_us / 1e6);
	late.message = message;
	last_words.late_status = (int)state;
	prepare_words(run->service, subject);
	snprintf(measured, sizeof(measured), " | time=%.6fs;;;0;%g", (double)late.time_us / 1e6,
	    (double)run->timeout_us / 1e6);
	prepare(END_LATE, &late, run->service, state, subject, measured);
	if (run->basic->output != OUTPUT_TEXT)
		prepare_formatted(run, &late);
	use_words();
	/* Called again once the subject is known: the timer runs already. */
	if (!last_words.armed)
		setitimer(ITIMER_REAL, &timer, NULL);
	last_words.armed = true;
}

/* A closed descriptor 0, 1 or 2 would become a socket, and output would go to the server. */
static bool
hold_descriptors(void)
{
	struct pollfd fds[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

	if (poll(fds, ARRAY_LEN(fds), 0) < 0)
		return false;
	for (int fd = 0; fd <= 2; fd++)
		if ((fds[fd].revents & POLLNVAL) && open("/dev/null", O_RDWR) != fd)
			return false;
	return !(fds[STDOUT_FILENO].revents & POLLNVAL);
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};

			if (poll(&wait, 1, 1000) <= 0)
				return false;
			continue;
		}
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Beside, then renamed: a collector never reads half a file. */
static bool
write_metrics(const struct plugin_io *io)
{
	char *beside;
	int fd;
	bool good;

	if (asprintf(&beside, "%s.%ld.tmp", io->metrics_file, (long)getpid()) < 0)
		return false;
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	good = fd >= 0 && write_all(fd, buf_text(&io->metrics), io->metrics.len);
	if (fd >= 0 && close(fd) != 0)
		good = false;
	if (good && rename(beside, io->metrics_file) != 0)
		good = false;
	if (!good)
		unlink(beside);
	free(beside);
	return good;
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

/*
 * A run lives for milliseconds: growing the heap in large steps and never
 * giving back saves a dozen calls; UTC spares reading the time zone's file.
 */
static void
settle_libc(void)
{
	mallopt(M_TOP_PAD, HEAP_STEP);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	setenv("TZ", "UTC0", 1);
}

/* No core, not dumpable, no new rights: before a secret is read. */
static void
drop_rights(void)
{
	struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

static NO_RETURN void
leave(struct plugin_io *io, int status)
{
	const char *lost = last_words.words[last_words.used][END_UNWRITTEN];
	bool metrics_lost = io->metrics_file && !write_metrics(io);

	last_words.printing = 1;
	if (metrics_lost) {
		write_all(STDOUT_FILENO, lost, strlen(lost));
		_exit(3);
	}
	_exit(write_all(STDOUT_FILENO, buf_text(&io->out), io->out.len) ? status : 3);
}

int
plugin_main(const struct plugin *plugin, int argc, char **argv)
{
	struct plugin_io io = {
	    .environment = environment, .armed = arm_watchdog, .confine = sandbox_confine};
	bool heard = hold_descriptors();
	const char *terminal = getenv("TERM");
	struct timespec now;
	int status;

	settle_libc();
	prepare_words(plugin->service, "");
	use_words();
	watch_signals();
	drop_rights();
	if (getauxval(AT_SECURE)) {
		static const struct plugin_end refused = {FINDING_CLIENT_SANDBOX,
		    "refuses to run set-uid or set-gid",
		    "it reads files and runs commands for its caller",
		    "here: chmod ug-s on the program", -1};

		prepare(END_INTERRUPTED, &refused, plugin->service, STATE_UNKNOWN, "", "");
		use_words();
		say_and_leave(END_INTERRUPTED, 3);
	}
	clock_gettime(CLOCK_REALTIME, &now);
	io.now_unix = now.tv_sec;
	io.terminal = isatty(STDOUT_FILENO) == 1;
	io.colour = io.terminal && !getenv("NO_COLOR") && terminal && strcmp(terminal, "dumb") != 0;
	status = plugin_run(plugin, argc, argv, &io);
	leave(&io, heard ? status : 3);
}

void
plugin_print(const struct buf *out, int status)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, &ignore, NULL);
	_exit(write_all(STDOUT_FILENO, buf_text(out), out->len) ? status : 3);
}
