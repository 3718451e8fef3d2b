/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what an answer means for its question: believed or not, a result, a
 * reason to ask elsewhere, by TCP, or for the end of an alias. Bytes are
 * wire/dns_msg.c's.
 */
#include <errno.h>
#include <string.h>

#include "net/dns_flight.h"

#define BUDGET_LEAST (64u << 10) /* below it no further answer is read */
#define MISMATCHES_MAX 20000     /* then datagrams are not even read: CPU has an end too */
#define READS_PER_EVENT 32

static void
want_tcp(struct dns_loop *loop, struct dns_flight *flight, size_t server, enum dns_tcp reason)
{
	if (flight->by_tcp >> server & 1)
		return;
	flight->by_tcp |= 1u << server;
	flight->tcp_due = flight->tcp_why = reason;
	flight->server = server;
	flight->act_us = loop->now_us;
}

static void
mismatch(struct dns_loop *loop, struct dns_flight *flight, const struct dns_try *try)
{
	struct dns_question *question = flight->question;

	question->mismatches++;
	loop->dns->mismatches++;
	if (question->mismatches > DNS_FORGED_MAX && !question->forged) {
		question->forged = true;
		want_tcp(loop, flight, try->server, DNS_TCP_FORGED);
	}
}

/* The chain of earlier answers in front of this one's. */
static bool
join_chain(struct dns_loop *loop, struct dns_flight *flight, struct dns_answer *answer)
{
	size_t hops = flight->hops + answer->hops;
	struct dns_record *chain;

	if (hops > DNS_CHAIN_MAX)
		return false;
	if (flight->hops == 0)
		return true;
	chain = arena_alloc(&loop->dns->arena, DNS_CHAIN_MAX * sizeof(*chain));
	memcpy(chain, flight->chain, flight->hops * sizeof(*chain));
	if (answer->hops)
		memcpy(chain + flight->hops, answer->chain, answer->hops * sizeof(*chain));
	answer->chain = chain;
	answer->hops = hops;
	return true;
}

/*
 * An alias without its end, as servers give that are not authoritative for the
 * target: the end is asked for. With an SOA it is a proper "no such records".
 */
static bool
is_unfinished(const struct dns_flight *flight, const struct dns_answer *answer)
{
	return answer->rcode == DNS_RCODE_NOERROR && answer->hops > flight->hops &&
	       answer->count + answer->left_out == 0 && !answer->soa &&
	       !(flight->question->flags & DNS_NO_RECURSION) && dns_name_is_host(answer->canonical);
}

static void
follow_alias(struct dns_loop *loop, struct dns_flight *flight, const struct dns_answer *answer)
{
	dns_flight_drop_all(loop, flight);
	flight->chain = answer->chain;
	flight->hops = answer->hops;
	flight->alias_wire = flight->question->wire;
	flight->name_len = dns_name_to_wire(flight->name, answer->canonical);
	flight->spent = flight->by_tcp = 0;
	flight->tcp_due = DNS_TCP_NONE;
	flight->question->status = DNS_UNASKED;
	flight->left = dns_flight_tries(loop->dns, flight);
	flight->act_us = loop->now_us;
}

static void
accept_answer(struct dns_loop *loop, struct dns_flight *flight, const struct dns_try *try,
    struct dns_answer *answer)
{
	struct dns_question *question = flight->question;
	const struct address *server = &flight->servers[try->server];
	bool here = server->family == AF_INET ? *(const uint8_t *)&server->sa.in.sin_addr == 127
					      : IN6_IS_ADDR_LOOPBACK(&server->sa.in6.sin6_addr);

	question->answer = *answer;
	question->answered_by = server;
	question->by_tcp = try->tcp;
	question->secure = answer->authentic && (here || loop->dns->settings.trust_ad);
	question->why = "";
	if (answer->rcode == DNS_RCODE_NXDOMAIN)
		question->status = DNS_NXDOMAIN;
	else
		question->status = answer->count + answer->left_out > 0 ? DNS_ANSWERED : DNS_NODATA;
	dns_flight_land(loop, flight);
}

/* A server that resolves for us says RA; one that is asked about its own zones says AA. */
static bool
is_lame(const struct dns_flight *flight, const struct dns_answer *answer)
{
	return answer->rcode == DNS_RCODE_NOERROR && answer->count + answer->left_out == 0 &&
	       answer->hops == 0 && !answer->recursion && !answer->authoritative &&
	       !(flight->question->flags & DNS_NO_RECURSION);
}

/* An answer that says "not from me". */
static void
hear_failure(struct dns_loop *loop, struct dns_flight *flight, const struct dns_try *try,
    struct dns_answer *answer)
{
	enum dns_status status = answer->rcode == DNS_RCODE_SERVFAIL  ? DNS_SERVFAIL
				 : answer->rcode == DNS_RCODE_REFUSED ? DNS_REFUSED
								      : DNS_FAILED;
	const char *why = "the server answers with failure";

	if (answer->rcode == DNS_RCODE_FORMERR && !flight->no_edns) { /* RFC 6891, 7 */
		flight->no_edns = true;
		flight->left++;
		flight->server = (try->server + flight->server_count - 1) % flight->server_count;
		flight->act_us = loop->now_us;
		return;
	}
	if (is_lame(flight, answer)) {
		status = DNS_REFUSED;
		why = "the server does not resolve names for us";
	} else if (status == DNS_REFUSED) {
		why = "the server refuses to answer us";
	}
	if (dns_flight_note(flight, status, why)) {
		flight->question->answer = *answer;
		flight->question->answered_by = &flight->servers[try->server];
	}
	dns_flight_spend(loop, flight, try->server);
}

/* In place of earlier ones that led no further; behind that of an alias, if this is about its end. */
static void
keep_wire(
    struct dns_loop *loop, struct dns_flight *flight, const uint8_t *bytes, size_t len, size_t hops)
{
	struct dns_wire *wire = arena_alloc(&loop->dns->arena, sizeof(*wire));
	uint8_t *copy = arena_alloc(&loop->dns->arena, len);

	memcpy(copy, bytes, len);
	loop->dns->budget -= len < loop->dns->budget ? len : loop->dns->budget;
	*wire = (struct dns_wire){copy, len, hops, flight->alias_wire};
	flight->question->wire = wire;
}

/* A message that matched. */
static void
hear_answer(struct dns_loop *loop, struct dns_flight *flight, const struct dns_try *try,
    const uint8_t *bytes, size_t len)
{
	struct dns *dns = loop->dns;
	struct dns_answer answer;
	const char *fault;

	if (dns->budget < BUDGET_LEAST) {
		dns_flight_note(flight, DNS_LOCAL, "more answers than memory is set aside for");
		dns_flight_land(loop, flight);
		return;
	}
	fault = dns_answer_read(&dns->arena, &dns->budget, &try->query, bytes, len, &answer);
	if (!fault && answer.truncated && !try->tcp) {
		dns_flight_note(
		    flight, DNS_MALFORMED, "truncated, and no whole answer came by TCP");
		want_tcp(loop, flight, try->server, DNS_TCP_TRUNCATED);
		return;
	}
	if (!fault && answer.truncated)
		fault = "truncated even by TCP";
	if (!fault && !join_chain(loop, flight, &answer))
		fault = "a chain of more than 8 CNAMEs";
	if (fault) {
		dns_flight_note(flight, DNS_MALFORMED, fault);
		dns_flight_spend(loop, flight, try->server);
		return;
	}
	if (flight->question->flags & DNS_KEEP_WIRE)
		keep_wire(loop, flight, bytes, len, answer.hops);
	if ((answer.rcode != DNS_RCODE_NOERROR && answer.rcode != DNS_RCODE_NXDOMAIN) ||
	    is_lame(flight, &answer))
		hear_failure(loop, flight, try, &answer);
	else if (is_unfinished(flight, &answer))
		follow_alias(loop, flight, &answer);
	else
		accept_answer(loop, flight, try, &answer);
}

/* The socket failed: nobody listens, no route, or TCP ended before its answer. */
static void
hear_fault(struct dns_loop *loop, struct dns_flight *flight, struct dns_try *try, int code)
{
	size_t server = try->server;
	bool tcp = try->tcp;

	dns_flight_drop(loop, flight, try);
	if (tcp && flight->tcp_why == DNS_TCP_FORGED) { /* the truth may still come by datagram */
		if (!flight->tries)
			flight->act_us = loop->now_us;
		return;
	}
	if (tcp && (code == EPIPE || code == EBADMSG || code == ECONNRESET))
		dns_flight_note(flight, DNS_MALFORMED, "the answer by TCP ends early");
	else
		dns_flight_note(flight, DNS_UNREACHABLE, "no server listens");
	dns_flight_spend(loop, flight, server);
}

void
dns_hear(struct dns_loop *loop, struct dns_try *try)
{
	struct dns_flight *flight = try->owner;

	for (int reads = 0; reads < READS_PER_EVENT && try->fd >= 0; reads++) {
		const uint8_t *bytes;
		ptrdiff_t len = dns_try_hear(try, loop->buffer, DNS_MESSAGE_MAX, &bytes);
		enum dns_match match;

		if (len == 0)
			return;
		if (len < 0) {
			hear_fault(loop, flight, try, (int)-len);
			return;
		}
		loop->dns->received++;
		match = dns_match(&try->query, bytes, (size_t)len);
		if (match == DNS_MATCH_YES || (match == DNS_MATCH_OTHER_CASE && try->tcp)) {
			hear_answer(loop, flight, try, bytes, (size_t)len);
			return;
		}
		if (try->tcp) {
			hear_fault(loop, flight, try, EBADMSG);
			return;
		}
		mismatch(loop, flight, try);
		if (match == DNS_MATCH_OTHER_CASE) {
			dns_flight_note(
			    flight, DNS_MALFORMED, "the letters of the question come back changed");
			want_tcp(loop, flight, try->server, DNS_TCP_CASE);
		}
		if (flight->question->mismatches > MISMATCHES_MAX)
			dns_flight_drop(loop, flight, try);
	}
}
