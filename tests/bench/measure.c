/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure COMMAND...: runs it once, its output thrown away, and prints
 * "wall_us cpu_us rss_kib status" (status 128 + N: ended by signal N).
 * Small on purpose: what a process used before exec counts in its ru_maxrss,
 * so a large parent would hide the memory of a small child.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int64_t
timeval_us(struct timeval t)
{
	return t.tv_sec * INT64_C(1000000) + t.tv_usec;
}

static void
become(char **command)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		_exit(127);
	close(null);
	execv(command[0], command);
	_exit(127);
}

int
main(int argc, char **argv)
{
	struct rusage used;
	int status;

	if (argc < 2) {
		fputs("usage: measure COMMAND...\n", stderr);
		return 2;
	}
	int64_t start = now_us();
	pid_t child = fork();
	if (child == 0)
		become(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &used) < 0) {
		perror("measure");
		return 1;
	}
	int64_t wall = now_us() - start;
	int64_t cpu = timeval_us(used.ru_utime) + timeval_us(used.ru_stime);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	printf("%lld %lld %ld %d\n", (long long)wall, (long long)cpu, used.ru_maxrss, code);
	return 0;
}
