/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net/dns.c against name servers that answer what was asked, and fail, stall and
 * break at it: what counts as an answer, and what becomes of a question.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/dns_way.h"
#include "lib/unit.h"

static struct dns_reply reply; /* one peer thread at a time composes */

/* ---- ways to answer ---------------------------------------------------------------- */

/* Truncated by UDP, with a lie in what is left; by TCP the truth. */
static void
say_truncated(struct dns_peer *peer, const struct dns_heard *heard)
{
	if (heard->tcp) {
		dns_way_truth(peer, heard);
		return;
	}
	dns_way_lie(&reply, heard);
	reply.bytes[2] |= 2;
	dns_reply_send(&reply, peer, heard);
}

static void
truncated_then(struct dns_peer *peer, const struct dns_heard *heard, const void *bytes, size_t len)
{
	if (heard->tcp)
		(void)!send(heard->fd, bytes, len, MSG_NOSIGNAL);
	else
		say_truncated(peer, heard);
}

static void
say_truncated_stall(struct dns_peer *peer, const struct dns_heard *heard)
{
	truncated_then(peer, heard, "", 0);
}

static void
say_truncated_zero(struct dns_peer *peer, const struct dns_heard *heard)
{
	truncated_then(peer, heard, "\0\0", 2);
}

static void
say_truncated_runt(struct dns_peer *peer, const struct dns_heard *heard)
{
	truncated_then(peer, heard, "\0\5abcde", 7);
}

static void
say_truncated_short(struct dns_peer *peer, const struct dns_heard *heard)
{
	truncated_then(peer, heard, "\1\0\1\2\3\4\5\6", 8);
	if (heard->tcp)
		shutdown(heard->fd, SHUT_RDWR);
}

static void
say_truncated_close(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_truncated_stall(peer, heard);
	if (heard->tcp)
		shutdown(heard->fd, SHUT_RDWR);
}

static void
say_truncated_drip(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_truncated_stall(peer, heard);
	for (int i = 0; heard->tcp && i < 8; i++) {
		(void)!send(heard->fd, "\0\xff", 1, MSG_NOSIGNAL);
		usleep(60000);
	}
}

static void
say_truncated_again(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[2] |= 2;
	dns_reply_send(&reply, peer, heard);
}

static void
say_truncated_other_id(struct dns_peer *peer, const struct dns_heard *heard)
{
	if (!heard->tcp) {
		say_truncated(peer, heard);
		return;
	}
	dns_way_lie(&reply, heard);
	reply.bytes[1] ^= 1;
	dns_reply_send(&reply, peer, heard);
}

static void
say_rcode(struct dns_peer *peer, const struct dns_heard *heard, unsigned rcode)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS | rcode);
	dns_reply_send(&reply, peer, heard);
}

static void
say_servfail(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS | DNS_RCODE_SERVFAIL);
	dns_reply_ede(&reply, 7, "signature expired");
	dns_reply_send(&reply, peer, heard);
}

static void
say_refused(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_rcode(peer, heard, DNS_RCODE_REFUSED);
}

static void
say_formerr(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_rcode(peer, heard, DNS_RCODE_FORMERR);
}

static void
say_notimp(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_rcode(peer, heard, DNS_RCODE_NOTIMP);
}

static void
say_badvers(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_ede(&reply, 0, "");
	reply.bytes[reply.len - 12] = 1; /* the upper bits of rcode 16 */
	dns_reply_send(&reply, peer, heard);
}

static void
say_old(struct dns_peer *peer, const struct dns_heard *heard)
{
	if (heard->edns)
		say_formerr(peer, heard);
	else
		dns_way_truth(peer, heard);
}

static void
say_nxdomain(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS | DNS_RCODE_NXDOMAIN);
	dns_reply_soa(&reply, "test");
	dns_reply_send(&reply, peer, heard);
}

static void
say_nxdomain_with(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS | DNS_RCODE_NXDOMAIN);
	dns_reply_a(&reply, NULL, LIE);
	dns_reply_send(&reply, peer, heard);
}

static void
say_nodata(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_soa(&reply, "test");
	dns_reply_send(&reply, peer, heard);
}

/* A referral from a server that does not resolve: neither AA nor RA. */
static void
say_lame(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, 0x8000);
	dns_reply_record(&reply, 2, "test", DNS_TYPE_NS, "\2ns\4test", 9);
	dns_reply_send(&reply, peer, heard);
}

static void
say_other_owner(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_a(&reply, "other.test", LIE);
	dns_reply_send(&reply, peer, heard);
}

static void
say_record_class(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_way_lie(&reply, heard);
	reply.bytes[12 + heard->name_len + 4 + 5] = 3;
	dns_reply_send(&reply, peer, heard);
}

/* Glue for the name asked is no answer. */
static void
say_additional(struct dns_peer *peer, const struct dns_heard *heard)
{
	static const uint8_t lie[4] = {192, 0, 2, LIE};

	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_record(&reply, 3, NULL, DNS_TYPE_A, lie, sizeof(lie));
	dns_reply_send(&reply, peer, heard);
}

static void
say_alias_self(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_alias(&reply, NULL, heard->name);
	dns_reply_send(&reply, peer, heard);
}

static void
say_alias_cycle(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_alias(&reply, NULL, "b.test");
	dns_reply_alias(&reply, "b.test", heard->name);
	dns_reply_send(&reply, peer, heard);
}

/* The last hop first. */
static void
say_aliases(struct dns_peer *peer, const struct dns_heard *heard, int hops)
{
	char owner[24], target[24];

	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	snprintf(owner, sizeof(owner), "n%d.test", hops);
	dns_reply_a(&reply, owner, TRUTH);
	for (int i = hops; i > 0; i--) {
		snprintf(owner, sizeof(owner), "n%d.test", i - 1);
		snprintf(target, sizeof(target), "n%d.test", i);
		dns_reply_alias(&reply, i == 1 ? NULL : owner, target);
	}
	dns_reply_send(&reply, peer, heard);
}

static void
say_alias_8(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_aliases(peer, heard, 8);
}

static void
say_alias_9(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_aliases(peer, heard, 9);
}

static void
say_alias_200(struct dns_peer *peer, const struct dns_heard *heard)
{
	say_aliases(peer, heard, 200);
}

/* An alias whose end is another answer. */
static void
say_alias_open(struct dns_peer *peer, const struct dns_heard *heard)
{
	if (strncmp(heard->name, "end.", 4) == 0) {
		dns_way_truth(peer, heard);
		return;
	}
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_alias(&reply, NULL, "end.alias-open.test");
	dns_reply_send(&reply, peer, heard);
}

static void
say_alias_fresh(struct dns_peer *peer, const struct dns_heard *heard)
{
	char target[64];

	snprintf(target, sizeof(target), "x%u.alias-fresh.test", peer->heard_udp);
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	dns_reply_alias(&reply, NULL, target);
	dns_reply_send(&reply, peer, heard);
}

static void
say_alias_nowhere(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS | DNS_RCODE_NXDOMAIN);
	dns_reply_alias(&reply, NULL, "nowhere.test");
	dns_reply_soa(&reply, "test");
	dns_reply_send(&reply, peer, heard);
}

/* 3,900 addresses in one datagram. */
static void
say_many(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	for (int i = 0; i < 3900; i++)
		dns_reply_a(&reply, NULL, TRUTH);
	dns_reply_send(&reply, peer, heard);
}

static void
say_slowly(struct dns_peer *peer, const struct dns_heard *heard)
{
	usleep(150000);
	dns_way_truth(peer, heard);
}

/* Only the third datagram is heard. */
static void
say_third(struct dns_peer *peer, const struct dns_heard *heard)
{
	if (peer->heard_udp >= 3)
		dns_way_truth(peer, heard);
}

/* ---- one question, one way ------------------------------------------------------------ */

static const struct dns_way_row rows[] = {
    {"truth", dns_way_truth, 0, DNS_ANSWERED, 1, 0},
    {"silent", dns_way_nothing, 0, DNS_TIMEOUT, 0, 0},
    {"slow", say_slowly, 0, DNS_ANSWERED, 1, 0},
    {"lost-twice", say_third, 0, DNS_ANSWERED, 1, 0},
    /* Failures. */
    {"servfail", say_servfail, 0, DNS_SERVFAIL, 0, 0},
    {"refused", say_refused, 0, DNS_REFUSED, 0, 0},
    {"formerr", say_formerr, 0, DNS_FAILED, 0, 0},
    {"notimp", say_notimp, 0, DNS_FAILED, 0, 0},
    {"badvers", say_badvers, 0, DNS_FAILED, 0, 0},
    {"old", say_old, 0, DNS_ANSWERED, 1, 0},
    {"lame", say_lame, 0, DNS_REFUSED, 0, 0},
    {"nxdomain", say_nxdomain, 0, DNS_NXDOMAIN, 0, 0},
    {"nxdomain-with-records", say_nxdomain_with, 0, DNS_MALFORMED, 0, 0},
    {"nodata", say_nodata, 0, DNS_NODATA, 0, 0},
    {"other-owner", say_other_owner, 0, DNS_MALFORMED, 0, 0},
    {"record-class", say_record_class, 0, DNS_MALFORMED, 0, 0},
    {"additional", say_additional, 0, DNS_NODATA, 0, 0},
    /* Aliases. */
    {"alias-self", say_alias_self, 0, DNS_MALFORMED, 0, 0},
    {"alias-cycle", say_alias_cycle, 0, DNS_MALFORMED, 0, 0},
    {"alias-8", say_alias_8, 0, DNS_ANSWERED, 1, 8},
    {"alias-9", say_alias_9, 0, DNS_MALFORMED, 0, 0},
    {"alias-200", say_alias_200, 0, DNS_MALFORMED, 0, 0},
    {"alias-open", say_alias_open, 0, DNS_ANSWERED, 1, 1},
    {"alias-fresh", say_alias_fresh, 0, DNS_MALFORMED, 0, 0},
    {"alias-nowhere", say_alias_nowhere, 0, DNS_NXDOMAIN, 0, 1},
    /* Truncation. */
    {"tc", say_truncated, BY_TCP, DNS_ANSWERED, 1, 0},
    {"tc-refused", say_truncated, UDP_ONLY, DNS_MALFORMED, 0, 0},
    {"tc-stall", say_truncated_stall, 0, DNS_MALFORMED, 0, 0},
    {"tc-zero", say_truncated_zero, 0, DNS_MALFORMED, 0, 0},
    {"tc-runt", say_truncated_runt, 0, DNS_MALFORMED, 0, 0},
    {"tc-short", say_truncated_short, 0, DNS_MALFORMED, 0, 0},
    {"tc-close", say_truncated_close, 0, DNS_MALFORMED, 0, 0},
    {"tc-drip", say_truncated_drip, 0, DNS_MALFORMED, 0, 0},
    {"tc-again", say_truncated_again, 0, DNS_MALFORMED, 0, 0},
    {"tc-other-id", say_truncated_other_id, 0, DNS_MALFORMED, 0, 0},
    {"many", say_many, 0, DNS_ANSWERED, 3900, 0},
};

START_TEST(one_question)
{
	dns_way_ask(&rows[_i]);
}
END_TEST

/* AD counts as far as the way to the server is ours. */
static void
say_authentic(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS | 0x20);
	dns_reply_a(&reply, NULL, TRUTH);
	dns_reply_send(&reply, peer, heard);
}

START_TEST(authentic)
{
	static const struct dns_way_row said[] = {{.way = dns_way_truth}, {.way = say_authentic}};
	struct dns_question question = {.name = "x.test", .type = DNS_TYPE_A};

	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		struct dns_peer peer = {.answer = dns_way_answer};
		struct dns_settings settings = {0};
		const void *row = &said[i];
		struct dns dns;

		memcpy(&peer.context, &row, sizeof(row));
		dns_peer_open(&peer, "127.0.0.1");
		dns_peer_settle(&settings, &peer);
		dns_init(&dns, &settings);
		dns_ask(&dns, &question, 1, deadline_in(US_PER_S));
		ck_assert_int_eq(question.status, DNS_ANSWERED);
		ck_assert_int_eq(question.secure, i == 1);
		dns_peer_close(&peer);
		dns_free(&dns);
	}
}
END_TEST

START_TEST(extended_error)
{
	static const struct dns_way_row row = {.way = say_servfail};
	struct dns_peer peer = {.answer = dns_way_answer};
	struct dns_settings settings = {0};
	struct dns_question question = {.name = "x.test", .type = DNS_TYPE_A};
	struct dns dns;

	memcpy(&peer.context, &(const void *){&row}, sizeof(peer.context));
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_init(&dns, &settings);
	dns_ask(&dns, &question, 1, deadline_in(US_PER_S));
	ck_assert_int_eq(question.status, DNS_SERVFAIL);
	ck_assert_uint_eq(question.answer.ede_count, 1);
	ck_assert_uint_eq(question.answer.ede[0].code, 7);
	ck_assert_str_eq(question.answer.ede[0].text, "signature expired");
	ck_assert_str_eq(dns_ede_word(7), "Signature Expired");
	dns_peer_close(&peer);
	dns_free(&dns);
}
END_TEST

/* ---- several servers ------------------------------------------------------------------- */

static const struct pair_row {
	const char *name;
	void (*first)(struct dns_peer *peer, const struct dns_heard *heard);
	void (*second)(struct dns_peer *peer, const struct dns_heard *heard);
	enum dns_status status;
	int by; /* which one answered */
	int64_t within_ms;
} pair_rows[] = {
    {"both good", dns_way_truth, dns_way_truth, DNS_ANSWERED, 0, 50},
    {"first refuses", say_refused, dns_way_truth, DNS_ANSWERED, 1, 50},
    {"first fails", say_servfail, dns_way_truth, DNS_ANSWERED, 1, 50},
    {"first is lame", say_lame, dns_way_truth, DNS_ANSWERED, 1, 50},
    {"first is damaged", say_other_owner, dns_way_truth, DNS_ANSWERED, 1, 50},
    {"first truncates, no TCP", say_truncated_close, dns_way_truth, DNS_ANSWERED, 1, 50},
    {"first silent", dns_way_nothing, dns_way_truth, DNS_ANSWERED, 1, 150},
    {"no such name is an answer", say_nxdomain, dns_way_truth, DNS_NXDOMAIN, 0, 50},
    {"both fail", say_servfail, say_refused, DNS_SERVFAIL, 0, 50},
    {"fails, silent", say_servfail, dns_way_nothing, DNS_SERVFAIL, 0, 800},
    {"silent, fails", dns_way_nothing, say_servfail, DNS_SERVFAIL, 1, 800},
    {"both silent", dns_way_nothing, dns_way_nothing, DNS_TIMEOUT, -1, 800},
};

static void
answer_first(struct dns_peer *peer, const struct dns_heard *heard)
{
	const struct pair_row *row = peer->context;

	row->first(peer, heard);
}

static void
answer_second(struct dns_peer *peer, const struct dns_heard *heard)
{
	const struct pair_row *row = peer->context;

	row->second(peer, heard);
}

START_TEST(two_servers)
{
	const struct pair_row *row = &pair_rows[_i];
	struct dns_peer first = {.answer = answer_first}, second = {.answer = answer_second};
	struct dns_settings settings = {0};
	struct dns_question question = {.name = "x.test", .type = DNS_TYPE_A};
	struct dns dns;

	memcpy(&first.context, &(const void *){row}, sizeof(first.context));
	second.context = first.context;
	dns_peer_open(&first, "127.0.0.1");
	dns_peer_open(&second, "127.0.0.2");
	dns_peer_settle(&settings, &first);
	dns_peer_settle(&settings, &second);
	settings.tries = 2;
	dns_init(&dns, &settings);
	dns_ask(&dns, &question, 1, deadline_in(2 * US_PER_S));
	ck_assert_msg(question.status == row->status, "%s: %s (%s)", row->name,
	    dns_status_word(question.status), question.why);
	ck_assert_int_le(question.span_us, row->within_ms * US_PER_MS);
	if (row->by >= 0)
		ck_assert_str_eq(question.answered_by->text, row->by ? "127.0.0.2" : "127.0.0.1");
	else
		ck_assert_ptr_null(question.answered_by);
	dns_peer_close(&first);
	dns_peer_close(&second);
	dns_free(&dns);
}
END_TEST

START_TEST(nobody_listens)
{
	struct dns_peer peer = {.answer = dns_way_answer};
	struct dns_settings settings = {0};
	struct dns_question questions[2] = {{.name = "x.test", .type = DNS_TYPE_A},
	    {.name = "x.test", .type = DNS_TYPE_A, .flags = DNS_BY_TCP}};
	struct dns dns;
	struct err err = {0};

	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_peer_close(&peer);
	dns_init(&dns, &settings);
	dns_ask(&dns, questions, 2, deadline_in(2 * US_PER_S));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(questions[i].status, DNS_UNREACHABLE);
		ck_assert_int_le(questions[i].span_us, 100 * US_PER_MS);
	}
	ck_assert(!dns_err(&questions[0], &err));
	ck_assert_int_eq(err.kind, ERR_RESOLVE);
	ck_assert_int_eq(err.code, ERR_RESOLVE_SILENT);
	dns_free(&dns);
}
END_TEST

START_TEST(cannot_be_asked)
{
	static const char *const names[] = {"", "a..b", ".a", "a b", "a\\046b", "n\xc3\xa4me.test",
	    "%{i}.test", "a.test..",
	    "0123456789012345678901234567890123456789012345678901234567890123.test", "a\nb.test"};
	struct dns_settings settings = {0};
	struct dns_question question = {.type = DNS_TYPE_A};
	struct dns dns;
	struct err err = {0};

	ck_assert(dns_settings_add(&settings, "127.0.0.1@1", &err));
	dns_init(&dns, &settings);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		question.name = names[i];
		dns_ask(&dns, &question, 1, deadline_in(US_PER_S));
		ck_assert_msg((question.status == DNS_BAD_NAME) == (i != 0), "'%s'", names[i]);
	}
	ck_assert_uint_le(dns.sent, 4); /* "" is the root */
	dns_free(&dns);
	dns_init(&dns, &(struct dns_settings){0});
	question.name = "x.test";
	dns_ask(&dns, &question, 1, deadline_in(US_PER_S));
	ck_assert_int_eq(question.status, DNS_LOCAL);
	dns_free(&dns);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {one_question, ARRAY_LEN(rows)},
	    {authentic, 0},
	    {extended_error, 0},
	    {two_servers, ARRAY_LEN(pair_rows)},
	    {nobody_listens, 0},
	    {cannot_be_asked, 0},
	};

	return unit_main("dns", units, ARRAY_LEN(units));
}
