/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the system's resolver: getaddrinfo(3) in a thread that is left behind
 * at the deadline. Knows no sockets. A literal address or a fixed answer
 * starts no thread and calls no resolver.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/socket.h"

/* Sooner than any resolver's first retry (resolv.conf's shortest timeout is 1 s). */
#define RETRY_US (US_PER_S * 9 / 10)

/* What asker and thread share. Whoever is done last frees it. */
struct question {
	pthread_mutex_t mutex;
	pthread_cond_t answered;
	bool done, abandoned;
	char *host;
	struct addrinfo hints;
	struct addrinfo *answer;
	int result, code; /* EAI_*, errno */
};

static void
question_free(struct question *question)
{
	if (question->answer)
		freeaddrinfo(question->answer);
	pthread_cond_destroy(&question->answered);
	pthread_mutex_destroy(&question->mutex);
	mem_free(question->host);
	mem_free(question);
}

static void *
ask(void *argument)
{
	struct question *question = argument;
	errno = 0;
	int result = getaddrinfo(question->host, NULL, &question->hints, &question->answer);
	int code = errno;
	pthread_mutex_lock(&question->mutex);
	question->result = result;
	question->code = code;
	question->done = true;
	bool abandoned = question->abandoned;
	pthread_cond_signal(&question->answered);
	pthread_mutex_unlock(&question->mutex);
	if (abandoned)
		question_free(question);
	return NULL;
}

static struct question *
question_new(const struct resolve_params *params)
{
	struct question *question = mem_alloc(sizeof *question);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&question->answered, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&question->mutex, NULL);
	question->host = mem_strdup(params->host);
	question->hints = (struct addrinfo){
	    .ai_family = params->family, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
	return question;
}

/* Starts the thread with all signals blocked: they are for the main thread. Returns an errno. */
static int
question_start(struct question *question)
{
	pthread_attr_t detached;
	pthread_t thread;
	sigset_t all, before;
	sigfillset(&all);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(&thread, &detached, ask, question);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	return code;
}

/* False at the deadline; the thread then owns the question. */
static bool
question_wait(struct question *question, struct deadline deadline)
{
	struct timespec until = {.tv_sec = (time_t)(deadline.at_us / US_PER_S),
	    .tv_nsec = (long)(deadline.at_us % US_PER_S) * 1000};
	pthread_mutex_lock(&question->mutex);
	int late = 0;
	while (!question->done && late == 0)
		late = pthread_cond_timedwait(&question->answered, &question->mutex, &until);
	bool done = question->done;
	question->abandoned = !done;
	pthread_mutex_unlock(&question->mutex);
	return done;
}

static const char *
family_word(int family)
{
	return family == AF_INET6 ? "IPv6 " : family == AF_INET ? "IPv4 " : "";
}

static bool
fail_again(const char *host, int code, int64_t span_us, struct err *err)
{
	if (code == ECONNREFUSED)
		return err_set(
		    err, ERR_RESOLVE, ERR_RESOLVE_SILENT, "resolve %s: no resolver listens", host);
	if (span_us < RETRY_US)
		return err_set(err, ERR_RESOLVE, ERR_RESOLVE_SERVFAIL,
		    "resolve %s: the resolver answers with failure", host);
	return err_set(
	    err, ERR_RESOLVE, ERR_RESOLVE_SILENT, "resolve %s: no resolver answers", host);
}

static bool
fail(const struct question *question, int family, int64_t span_us, struct err *err)
{
	int code = question->code;
	const char *host = question->host;
	if (code == EMFILE || code == ENFILE || code == ENOMEM)
		return err_set(err, ERR_LOCAL, code, "resolve: %s", strerrordesc_np(code));
	switch (question->result) {
	case EAI_NONAME:
		return err_set(
		    err, ERR_RESOLVE, ERR_RESOLVE_NXDOMAIN, "resolve %s: no such host name", host);
	case 0:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return err_set(err, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS, "resolve %s: no %saddress",
		    host, family_word(family));
	case EAI_AGAIN:
		return fail_again(host, code, span_us, err);
	case EAI_FAIL:
		return err_set(err, ERR_RESOLVE, ERR_RESOLVE_SERVFAIL,
		    "resolve %s: the resolver refuses", host);
	default:
		return err_set(err, ERR_LOCAL, question->result == EAI_SYSTEM ? code : 0,
		    "resolve %s: %s", host, gai_strerror(question->result));
	}
}

static void
add(struct addresses *out, const struct address *address, uint16_t port)
{
	if (out->count == ADDRESSES_MAX) {
		out->left_out++;
		return;
	}
	out->list[out->count] = *address;
	address_set_port(&out->list[out->count++], port);
}

static bool
resolve_by_system(const struct resolve_params *params, struct addresses *out, struct err *err)
{
	int64_t start_us = clock_now_us();
	struct question *question = question_new(params);
	int code = question_start(question);
	if (code != 0) {
		question_free(question);
		return err_set(
		    err, ERR_LOCAL, code, "resolve: no thread: %s", strerrordesc_np(code));
	}
	if (!question_wait(question, params->deadline))
		return err_set(err, ERR_TIMEOUT, 0, "resolve %s: no answer in time", params->host);
	for (const struct addrinfo *ai = question->answer; ai; ai = ai->ai_next) {
		struct address address;
		if (address_from(ai->ai_addr, ai->ai_addrlen, &address))
			add(out, &address, params->port);
	}
	bool found = out->count > 0;
	if (!found)
		fail(question, params->family, clock_now_us() - start_us, err);
	question_free(question);
	return found;
}

static bool
same_host(const char *entry, size_t len, const char *host)
{
	size_t host_len = strlen(host);
	if (host_len && host[host_len - 1] == '.')
		host_len--;
	return len == host_len && strncasecmp(entry, host, len) == 0;
}

/* False: an entry for this host is no "HOST:ADDR". */
static bool
resolve_fixed(
    const struct resolve_params *params, struct addresses *out, bool *ours, struct err *err)
{
	for (const char *const *entry = params->fixed; entry && *entry; entry++) {
		const char *colon = strchr(*entry, ':');
		struct address address;
		if (!colon || !same_host(*entry, (size_t)(colon - *entry), params->host))
			continue;
		*ours = true;
		if (!address_parse(colon + 1, params->port, &address))
			return err_set(err, ERR_CONFIG, 0, "'%s' is not HOST:ADDRESS", *entry);
		if (params->family == AF_UNSPEC || params->family == address.family)
			add(out, &address, params->port);
	}
	return true;
}

bool
socket_resolve_known(
    const struct resolve_params *params, struct addresses *out, bool *known, struct err *err)
{
	struct address literal;
	out->count = out->left_out = 0;
	*known = false;
	if (address_parse(params->host, params->port, &literal)) {
		if (params->family == AF_UNSPEC || literal.family == AF_UNIX ||
		    literal.family == params->family)
			add(out, &literal, params->port);
		*known = true;
	} else if (!resolve_fixed(params, out, known, err)) {
		return false;
	}
	return out->count > 0 || (*known && err_set(err, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS,
						"resolve %s: no %saddress", params->host,
						family_word(params->family)));
}

bool
socket_resolve(const struct resolve_params *params, struct addresses *out, struct err *err)
{
	bool known;
	if (socket_resolve_known(params, out, &known, err))
		return true;
	return !known && resolve_by_system(params, out, err);
}
