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
#define LINE_SIZE 512
#define HEAP_STEP (1 << 20)

/*
 * Lines prepared beforehand, for handlers that may only write and leave. A
 * handler's line is complete or not used at all: `ready` says so.
 */
static struct {
	char late[LINE_SIZE], interrupted[LINE_SIZE], crashed[LINE_SIZE], memory[LINE_SIZE];
	int late_status;
	bool armed;
	volatile sig_atomic_t printing; /* the real result is on its way: stay silent */
} last_words;

static NO_RETURN void
say_and_leave(const char *line, int status)
{
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
		say_and_leave(last_words.late, last_words.late_status);
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
		/* No half line: what is being printed is printed, only the watchdog may end it. */
		if (last_words.printing)
			return;
		say_and_leave(last_words.interrupted, 3);
	default:
		say_and_leave(last_words.crashed, 3);
	}
}

static void
prepare(char *line, const char *service, const char *subject, const char *text, const char *id)
{
	snprintf(line, LINE_SIZE, "%s UNKNOWN - %.200s%s%s [%s]\n", service, subject,
	    subject[0] ? ": " : "", text, id);
}

static void
prepare_lines(const char *service, const char *subject)
{
	prepare(last_words.interrupted, service, subject,
	    "interrupted by a signal before the check was done", "client.internal");
	prepare(last_words.crashed, service, subject, "the check itself failed and was stopped",
	    "client.internal");
	prepare(last_words.memory, service, subject, "out of memory", "client.resources");
	mem_last_words(last_words.memory);
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

/* The deadline itself is the stream's; this ends a run that is stuck anywhere else. */
static void
arm_watchdog(const struct run *run)
{
	struct report_finding *finding;
	struct report probe;
	int64_t after_us = deadline_left_us(run->deadline) + WATCHDOG_GRACE_US;
	struct itimerval timer = {
	    .it_value = {.tv_sec = after_us / US_PER_S, .tv_usec = after_us % US_PER_S}};

	/* The state that the user gave to time-outs holds here too. */
	report_init(&probe, &run->policy);
	finding = report_add(&probe, FINDING_NET_TIMEOUT_REPLY, NULL, "%s", "");
	last_words.late_status = (int)finding->state;
	report_free(&probe);
	prepare_lines(run->service, run->subject ? run->subject : "");
	snprintf(last_words.late, LINE_SIZE,
	    "%s %s - %.200s: no result within %.1f s [net.timeout.reply] | time=%.6fs;;;0;%g\n",
	    run->service, state_name((enum state)last_words.late_status),
	    run->subject ? run->subject : "", (double)run->timeout_us / 1e6,
	    (double)(run->timeout_us + WATCHDOG_GRACE_US) / 1e6, (double)run->timeout_us / 1e6);
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
leave(const struct plugin *plugin, struct plugin_io *io, int status)
{
	char line[LINE_SIZE];
	bool metrics_lost = io->metrics_file && !write_metrics(io);

	last_words.printing = 1;
	if (metrics_lost) {
		snprintf(line, sizeof(line),
		    "%s UNKNOWN - the file of --metrics-file could not be written "
		    "[client.output]\n",
		    plugin->service);
		write_all(STDOUT_FILENO, line, strlen(line));
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
	prepare_lines(plugin->service, "");
	watch_signals();
	drop_rights();
	if (getauxval(AT_SECURE)) {
		char line[LINE_SIZE];

		prepare(line, plugin->service, "",
		    "refuses to run set-uid or set-gid: it reads files and runs commands for its "
		    "caller",
		    "client.sandbox");
		say_and_leave(line, 3);
	}
	clock_gettime(CLOCK_REALTIME, &now);
	io.now_unix = now.tv_sec;
	io.terminal = isatty(STDOUT_FILENO) == 1;
	io.colour = io.terminal && !getenv("NO_COLOR") && terminal && strcmp(terminal, "dumb") != 0;
	status = plugin_run(plugin, argc, argv, &io);
	leave(plugin, &io, heard ? status : 3);
}

void
plugin_print(const struct buf *out, int status)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, &ignore, NULL);
	_exit(write_all(STDOUT_FILENO, buf_text(out), out->len) ? status : 3);
}
