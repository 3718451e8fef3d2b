/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the tries of a question and its result so far. */
#include "net/dns_flight.h"

/* How telling a useless result is; a better one replaces a lesser. */
static unsigned
rank(enum dns_status status)
{
	static const unsigned ranks[] = {[DNS_UNREACHABLE] = 1,
	    [DNS_TIMEOUT] = 2,
	    [DNS_LOCAL] = 3,
	    [DNS_MALFORMED] = 4,
	    [DNS_FAILED] = 5,
	    [DNS_REFUSED] = 6,
	    [DNS_SERVFAIL] = 7};

	return (size_t)status < ARRAY_LEN(ranks) ? ranks[status] : 0;
}

bool
dns_flight_note(struct dns_flight *flight, enum dns_status status, const char *why)
{
	struct dns_question *question = flight->question;

	if (rank(status) <= rank(question->status))
		return false;
	question->status = status;
	question->why = why;
	return true;
}

unsigned
dns_flight_tries(const struct dns *dns, const struct dns_flight *flight)
{
	size_t servers = flight->server_count;
	unsigned each = servers == 1 ? 4 : servers == 2 ? 3 : 2;

	if ((flight->question->flags & DNS_BRIEF) && each > 2)
		each--;
	return (dns->settings.tries ? dns->settings.tries : each) * (unsigned)servers;
}

void
dns_flight_give_back(struct dns_loop *loop, struct dns_try *try)
{
	try->next = loop->free;
	loop->free = try;
}

void
dns_flight_add(struct dns_loop *loop, struct dns_flight *flight, struct dns_try *try)
{
	try->next = flight->tries;
	flight->tries = try;
	loop->open++;
	loop->open_tcp += try->tcp;
	flight->question->sent++;
}

void
dns_flight_drop(struct dns_loop *loop, struct dns_flight *flight, struct dns_try *try)
{
	struct dns_try **link = &flight->tries;

	while (*link != try)
		link = &(*link)->next;
	*link = try->next;
	dns_try_close(try);
	loop->open--;
	loop->open_tcp -= try->tcp;
	dns_flight_give_back(loop, try);
}

void
dns_flight_drop_all(struct dns_loop *loop, struct dns_flight *flight)
{
	while (flight->tries)
		dns_flight_drop(loop, flight, flight->tries);
}

struct dns_try *
dns_flight_take(struct dns_loop *loop, struct dns_flight *flight)
{
	struct dns_try *oldest = NULL, *free;

	if (!loop->free)
		for (struct dns_try *try = flight->tries; try; try = try->next)
			if (!try->tcp)
				oldest = try;
	if (oldest)
		dns_flight_drop(loop, flight, oldest);
	free = loop->free;
	if (free)
		loop->free = free->next;
	return free;
}

static bool
all_spent(const struct dns_flight *flight)
{
	return flight->spent == (1u << flight->server_count) - 1;
}

void
dns_flight_land(struct dns_loop *loop, struct dns_flight *flight)
{
	struct dns_question *question = flight->question;

	dns_flight_drop_all(loop, flight);
	question->span_us = loop->now_us - flight->started_us;
	if (question->status == DNS_UNASKED ||
	    (question->status == DNS_UNREACHABLE && !all_spent(flight))) {
		question->status = DNS_TIMEOUT;
		question->why = question->mismatches ? "only answers that do not match came" : "";
	}
	flight->question = NULL;
	loop->flying--;
}

void
dns_flight_spend(struct dns_loop *loop, struct dns_flight *flight, size_t server)
{
	flight->spent |= 1u << server;
	if (all_spent(flight))
		dns_flight_land(loop, flight);
	else if (flight->left > 0)
		flight->act_us = loop->now_us;
}
