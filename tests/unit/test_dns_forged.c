/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net/dns.c against answers to another question, from elsewhere, or by the hundred. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/dns_way.h"
#include "lib/unit.h"

static struct dns_reply reply; /* one peer thread at a time composes */

static void
lie_id(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[1] ^= 1;
	dns_reply_send(&reply, peer, heard);
}

static void
lie_query_back(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[2] &= 0x7f;
	dns_reply_send(&reply, peer, heard);
}

static void
lie_opcode(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[2] |= 0x20;
	dns_reply_send(&reply, peer, heard);
}

static void
lie_question(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[13] ^= 2; /* a letter of the first label */
	dns_reply_send(&reply, peer, heard);
}

static void
lie_type(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[12 + heard->name_len + 1] ^= 4;
	dns_reply_send(&reply, peer, heard);
}

static void
lie_class(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[12 + heard->name_len + 3] = 3;
	dns_reply_send(&reply, peer, heard);
}

static void
lie_no_question(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	dns_reply_count(&reply, 0, 0);
	dns_reply_send(&reply, peer, heard);
}

static void
lie_runt(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.len = 11;
	dns_reply_send(&reply, peer, heard);
}

static void
lie_empty(struct dns_peer *peer, const struct dns_heard *heard)
{
	reply.len = 0;
	dns_reply_send(&reply, peer, heard);
}

/* From a socket that was not asked. */
static void
lie_from(const struct dns_heard *heard, const char *address)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	dns_way_lie(&reply, heard);
	inet_pton(AF_INET, address, &from.sin_addr);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0)
		(void)!sendto(fd, reply.bytes, reply.len, 0, (const struct sockaddr *)&heard->from,
		    sizeof(heard->from));
	close(fd);
}

static void
lie_port(struct dns_peer *peer, const struct dns_heard *heard)
{
	(void)peer;
	lie_from(heard, "127.0.0.1");
}

static void
lie_address(struct dns_peer *peer, const struct dns_heard *heard)
{
	(void)peer;
	lie_from(heard, "127.0.0.77");
}

static void
lie_500(struct dns_peer *peer, const struct dns_heard *heard)
{
	for (int i = 0; i < 500; i++)
		lie_id(peer, heard);
}

/* Few enough for any receive buffer, so that the truth behind them is not lost. */
static void
lie_150(struct dns_peer *peer, const struct dns_heard *heard)
{
	for (int i = 0; i < 150; i++)
		lie_id(peer, heard);
}

static void
say_lower(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	for (size_t i = 12; i < 12 + heard->name_len; i++)
		if (reply.bytes[i] >= 'A' && reply.bytes[i] <= 'Z')
			reply.bytes[i] = (uint8_t)(reply.bytes[i] + 32);
	if (heard->tcp)
		dns_way_truth(peer, heard);
	else
		dns_reply_send(&reply, peer, heard);
}

static const struct dns_way_row rows[] = {
    /* What does not match is not heard, before the truth and without it. */
    {"id-truth", lie_id, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"id", lie_id, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"port-truth", lie_port, THEN_TRUTH, DNS_ANSWERED, 1, 0},
    {"port", lie_port, 0, DNS_TIMEOUT, 0, 0},
    {"address-truth", lie_address, THEN_TRUTH, DNS_ANSWERED, 1, 0},
    {"address", lie_address, 0, DNS_TIMEOUT, 0, 0},
    {"question-truth", lie_question, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"question", lie_question, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"type-truth", lie_type, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"type", lie_type, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"class-truth", lie_class, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"class", lie_class, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"query-back-truth", lie_query_back, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"query-back", lie_query_back, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"opcode", lie_opcode, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"no-question", lie_no_question, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"runt-truth", lie_runt, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"runt", lie_runt, MISMATCHED, DNS_TIMEOUT, 0, 0},
    {"empty-truth", lie_empty, THEN_TRUTH | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"flood-truth", lie_500, THEN_TRUTH | FORGED | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"flood-udp", lie_150, THEN_TRUTH | FORGED | MISMATCHED | UDP_ONLY, DNS_ANSWERED, 1, 0},
    {"flood", lie_500, FORGED | MISMATCHED | UDP_ONLY, DNS_TIMEOUT, 0, 0},
    {"letters-that-come-back-in-lower-case", say_lower, BY_TCP | MISMATCHED, DNS_ANSWERED, 1, 0},
    {"letters-in-lower-case-without-any-tcp", say_lower, UDP_ONLY | MISMATCHED, DNS_MALFORMED, 0,
	0},
};

START_TEST(one_question)
{
	dns_way_ask(&rows[_i]);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {one_question, ARRAY_LEN(rows)},
	};

	return unit_main("dns_forged", units, ARRAY_LEN(units));
}
