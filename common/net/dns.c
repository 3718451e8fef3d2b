/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the loop: which question is asked when, where and by what socket. What
 * an answer means is net/dns_hear.c's.
 */
#include "net/dns.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "net/dns_flight.h"
#include "net/dns_secure.h"

#define BUDGET (24u << 20) /* records of all answers */
#define SOCKETS_MAX 512    /* of the usual limit of 1024 descriptors */
#define FLIGHTS_MAX 384    /* questions in flight; the rest is for their further tries */
#define TCP_MAX 48         /* an answer by TCP takes up to 64 KiB */
#define BURST 32           /* datagrams in a millisecond: more overflow a receive buffer */
#define WAIT_US (400 * US_PER_MS)
#define TCP_WAIT_US (5 * US_PER_S)
#define AGAIN_US (5 * US_PER_MS) /* until there is room again */
#define EVENTS 64

/* ---- randomness ------------------------------------------------------------------ */

static bool
random_bytes(struct dns_loop *loop, uint8_t *out, size_t count)
{
	struct dns *dns = loop->dns;

	while (count > 0 && loop->fault == 0) {
		if (dns->random_left == 0) {
			ssize_t got = getrandom(dns->random, sizeof(dns->random), GRND_NONBLOCK);

			if (got > 0)
				dns->random_left = (size_t)got;
			else if (errno != EINTR)
				loop->fault = errno;
			continue;
		}
		*out++ = dns->random[--dns->random_left];
		dns->random[dns->random_left] = 0;
		count--;
	}
	return count == 0;
}

/* A forger must guess the case of every letter too ("0x20"; servers echo the question). */
static bool
shuffle_case(struct dns_loop *loop, uint8_t *name, size_t len)
{
	uint8_t coins[DNS_NAME_WIRE_MAX / 8 + 1] = {0};

	if (!random_bytes(loop, coins, len / 8 + 1))
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] >= 'a' && name[i] <= 'z' && (coins[i / 8] >> i % 8 & 1))
			name[i] = (uint8_t)(name[i] - 32);
	return true;
}

/* ---- asking ---------------------------------------------------------------------- */

static bool
prepare_try(struct dns_loop *loop, struct dns_flight *flight, struct dns_try *try, bool tcp)
{
	const struct dns_question *question = flight->question;
	uint8_t id[2];

	*try = (struct dns_try){.fd = -1, .tcp = tcp, .server = flight->server, .owner = flight};
	memcpy(try->name, flight->name, flight->name_len);
	if (!random_bytes(loop, id, sizeof(id)) || !shuffle_case(loop, try->name, flight->name_len))
		return false;
	try->query = (struct dns_query){
	    .id = (uint16_t)(id[0] << 8 | id[1]),
	    .type = question->type,
	    .name = try->name,
	    .name_len = flight->name_len,
	    .no_recursion = (question->flags & DNS_NO_RECURSION) != 0,
	    .dnssec = (question->flags & DNS_WANT_DNSSEC) != 0,
	    .checking_disabled = (question->flags & DNS_NO_CHECKING) != 0,
	    .no_edns = flight->no_edns,
	};
	return true;
}

/* 0: it is on its way. Else the errno; of this machine's limits, nothing is spent. */
static int
open_try(struct dns_loop *loop, struct dns_flight *flight, bool tcp)
{
	struct dns_try *try = dns_flight_take(loop, flight);
	struct epoll_event event = {.events = tcp ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN};
	int code;

	if (!try)
		return EMFILE;
	if (!prepare_try(loop, flight, try, tcp)) {
		code = loop->fault;
	} else if ((code = dns_try_open(try, &flight->servers[flight->server])) == 0) {
		event.data.ptr = try;
		if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, try->fd, &event) != 0) {
			code = errno;
			dns_try_close(try);
		}
	}
	if (code != 0) {
		dns_flight_give_back(loop, try);
		return code;
	}
	dns_flight_add(loop, flight, try);
	return 0;
}

static bool
is_scarce(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS ||
	       code == ENOSPC;
}

/* No socket to be had: later, when others are done; never, when there are no others. */
static void
run_short(struct dns_loop *loop, struct dns_flight *flight, int code)
{
	if (loop->open == 0)
		loop->fault = code;
	flight->act_us = loop->now_us + AGAIN_US;
}

static void
ask_tcp(struct dns_loop *loop, struct dns_flight *flight)
{
	size_t server = flight->server;
	int code;

	if (loop->open_tcp >= TCP_MAX) {
		flight->act_us = loop->now_us + AGAIN_US;
		return;
	}
	code = open_try(loop, flight, true);
	if (is_scarce(code)) {
		run_short(loop, flight, code);
		return;
	}
	flight->tcp_due = DNS_TCP_NONE;
	flight->act_us = loop->now_us + TCP_WAIT_US;
	if (code == 0) {
		loop->dns->by_tcp++;
	} else if (flight->tcp_why != DNS_TCP_FORGED) {
		dns_flight_note(flight, DNS_UNREACHABLE, "no server listens");
		dns_flight_spend(loop, flight, server);
	}
}

/* The next server in turn that is not spent. */
static void
turn_server(struct dns_flight *flight)
{
	do
		flight->server = (flight->server + 1) % flight->server_count;
	while (flight->spent >> flight->server & 1);
}

static void
ask_udp(struct dns_loop *loop, struct dns_flight *flight)
{
	size_t before = flight->server;
	int64_t wait_us = loop->dns->settings.wait_us;
	unsigned round = flight->asked / (unsigned)flight->server_count;
	int code;

	turn_server(flight);
	code = open_try(loop, flight, false);
	if (is_scarce(code)) {
		flight->server = before;
		run_short(loop, flight, code);
		return;
	}
	loop->burst++;
	loop->dns->sent++;
	flight->left--;
	flight->asked++;
	flight->act_us =
	    loop->now_us + ((wait_us > 0 ? wait_us : WAIT_US) << (round < 8 ? round : 8));
	if (code != 0) {
		dns_flight_note(flight, DNS_UNREACHABLE, "no way to the server");
		dns_flight_spend(loop, flight, flight->server);
	}
}

static bool
may_burst(struct dns_loop *loop)
{
	int64_t ms = loop->now_us / US_PER_MS;

	if (ms != loop->burst_ms) {
		loop->burst_ms = ms;
		loop->burst = 0;
	}
	return loop->burst < BURST;
}

/* Its time has come: another try, or the end of trying. */
static void
act(struct dns_loop *loop, struct dns_flight *flight)
{
	bool stream = (flight->question->flags & DNS_BY_TCP) != 0;

	if (flight->tcp_due == DNS_TCP_NONE && flight->left == 0) {
		dns_flight_land(loop, flight);
		return;
	}
	if (flight->tcp_due == DNS_TCP_NONE && stream) {
		turn_server(flight);
		flight->left--;
		flight->tcp_due = flight->tcp_why = DNS_TCP_WANTED;
	}
	if (flight->tcp_due != DNS_TCP_NONE)
		ask_tcp(loop, flight);
	else if (may_burst(loop))
		ask_udp(loop, flight);
}

/* False: it needs no flight, it cannot be asked. */
static bool
take_off(struct dns_loop *loop, struct dns_flight *flight, struct dns_question *question)
{
	const struct dns_settings *settings = &loop->dns->settings;

	*flight = (struct dns_flight){
	    .question = question,
	    .servers = question->server ? question->server : settings->servers,
	    .server_count = question->server ? 1 : settings->server_count,
	    .started_us = loop->now_us,
	    .act_us = loop->now_us,
	};
	flight->name_len = dns_name_to_wire(flight->name, question->name);
	if (flight->name_len == 0) {
		question->status = DNS_BAD_NAME;
		question->why = "not a name that can be asked";
	} else if (flight->server_count == 0) {
		question->status = DNS_LOCAL;
		question->why = "no name server is set";
	} else {
		for (size_t i = 0; i < flight->name_len; i++)
			if (flight->name[i] >= 'A' && flight->name[i] <= 'Z')
				flight->name[i] = (uint8_t)(flight->name[i] + 32);
		flight->left = dns_flight_tries(loop->dns, flight);
		flight->server = flight->server_count - 1; /* the turn begins with the first */
		loop->flying++;
		return true;
	}
	flight->question = NULL;
	return false;
}

/* ---- the loop -------------------------------------------------------------------- */

static bool
loop_open(struct dns_loop *loop, struct dns *dns, size_t count)
{
	*loop = (struct dns_loop){.dns = dns};
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return false;
	loop->flight_count = count < FLIGHTS_MAX ? count : FLIGHTS_MAX;
	loop->flights = mem_array(loop->flight_count, sizeof(*loop->flights));
	/* For each question in flight: tries by datagram, and one by TCP. */
	loop->try_count = count < SOCKETS_MAX / 16 ? count * 16 : SOCKETS_MAX;
	loop->tries = mem_array(loop->try_count, sizeof(*loop->tries));
	for (size_t i = 0; i < loop->try_count; i++) {
		loop->tries[i].fd = -1;
		loop->tries[i].next = loop->free;
		loop->free = &loop->tries[i];
	}
	loop->buffer = mem_alloc(DNS_MESSAGE_MAX);
	return true;
}

static void
loop_close(struct dns_loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	mem_free(loop->flights);
	mem_free(loop->tries);
	mem_free(loop->buffer);
}

/* Starts what there is room for and does what is due. Returns when to look again. */
static int64_t
loop_act(struct dns_loop *loop, struct dns_question *questions, size_t count, size_t *next)
{
	int64_t soonest_us = INT64_MAX;

	for (size_t i = 0; i < loop->flight_count; i++) {
		struct dns_flight *flight = &loop->flights[i];

		while (!flight->question && *next < count && may_burst(loop))
			take_off(loop, flight, &questions[(*next)++]);
		if (flight->question && flight->act_us <= loop->now_us)
			act(loop, flight);
		if (flight->question && flight->act_us < soonest_us)
			soonest_us = flight->act_us;
		if (!flight->question && *next < count)
			soonest_us = loop->now_us;
	}
	return soonest_us;
}

/* Waits for answers, to the next millisecond at least. */
static void
loop_wait(struct dns_loop *loop, int64_t until_us)
{
	struct epoll_event events[EVENTS];
	int64_t left_us = until_us - loop->now_us;
	int ms = left_us <= 0 ? 1 : (int)((left_us + US_PER_MS - 1) / US_PER_MS);
	int count = epoll_wait(loop->epoll, events, EVENTS, ms);

	if (count < 0 && errno != EINTR)
		loop->fault = errno;
	loop->now_us = clock_now_us();
	for (int i = 0; i < count; i++) {
		struct dns_try *try = events[i].data.ptr;

		/* Closed by an event before, and perhaps open again: then it has nothing to say yet. */
		if (try->fd >= 0)
			dns_hear(loop, try);
	}
}

static void
loop_run(
    struct dns_loop *loop, struct dns_question *questions, size_t count, struct deadline deadline)
{
	size_t next = 0;

	loop->now_us = clock_now_us();
	while (loop->now_us < deadline.at_us) {
		int64_t due_us = loop_act(loop, questions, count, &next);

		if (loop->fault || (loop->flying == 0 && next == count))
			break;
		loop_wait(loop, due_us < deadline.at_us ? due_us : deadline.at_us);
	}
	for (size_t i = 0; i < loop->flight_count; i++)
		if (loop->flights[i].question)
			dns_flight_land(loop, &loop->flights[i]);
}

void
dns_init(struct dns *dns, const struct dns_settings *settings)
{
	*dns = (struct dns){.settings = *settings, .budget = BUDGET};
}

void
dns_free(struct dns *dns)
{
	dns_secure_close(dns->secure);
	arena_free(&dns->arena);
	*dns = (struct dns){0};
}

/* libldns and the anchors are loaded when the first answer is to be validated. */
static bool
ready_to_validate(struct dns *dns, struct dns_question *questions, size_t count)
{
	struct err err = {0};

	if (!dns->secure)
		dns->secure =
		    dns_secure_open(dns->settings.trust_anchor, dns->settings.now_unix, &err);
	for (size_t i = 0; i < count; i++) {
		if (!(questions[i].flags & DNS_WANT_DNSSEC))
			continue;
		questions[i].flags |= DNS_SECURE_FLAGS;
		if (dns->secure)
			continue;
		questions[i].status = DNS_LOCAL;
		questions[i].why = arena_strdup(&dns->arena, err.text);
	}
	return dns->secure != NULL;
}

static bool
wants_validation(const struct dns *dns, const struct dns_question *questions, size_t count)
{
	bool wants = false;

	for (size_t i = 0; i < count; i++)
		wants |= (questions[i].flags & DNS_WANT_DNSSEC) != 0;
	return wants && dns->settings.trust_anchor;
}

void
dns_ask(struct dns *dns, struct dns_question *questions, size_t count, struct deadline deadline)
{
	bool validate = wants_validation(dns, questions, count);

	if (validate && !ready_to_validate(dns, questions, count))
		return;
	dns_ask_plain(dns, questions, count, deadline);
	if (validate)
		dns_secure_check(dns, questions, count, deadline);
}

void
dns_ask_plain(
    struct dns *dns, struct dns_question *questions, size_t count, struct deadline deadline)
{
	struct dns_loop loop;

	for (size_t i = 0; i < count; i++) {
		const struct dns_question asked = questions[i];

		questions[i] = (struct dns_question){.name = asked.name,
		    .type = asked.type,
		    .flags = asked.flags,
		    .server = asked.server,
		    .context = asked.context,
		    .why = "",
		    .answer = {.canonical = asked.name}};
	}
	if (count == 0)
		return;
	dns->asked += count;
	if (loop_open(&loop, dns, count))
		loop_run(&loop, questions, count, deadline);
	else
		loop.fault = errno;
	for (size_t i = 0; i < count; i++) {
		struct dns_question *question = &questions[i];

		if (loop.fault && !dns_is_answer(question) && question->status != DNS_BAD_NAME) {
			question->status = DNS_LOCAL;
			question->why = strerrordesc_np(loop.fault);
		} else if (question->status == DNS_UNASKED) {
			question->status = DNS_TIMEOUT;
		}
	}
	loop_close(&loop);
}
