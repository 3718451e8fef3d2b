/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net/dns.c with thousands of questions: what a forger would have to guess,
 * pace, descriptors, memory, and the deadline.
 * row: #127
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/dns_peer.h"
#include "lib/unit.h"

static struct dns_reply reply; /* of the peer's thread */

static void
say_truth(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	if (heard->type == DNS_TYPE_A)
		dns_reply_a(&reply, NULL, 1);
	dns_reply_send(&reply, peer, heard);
}

static void
say_nothing(struct dns_peer *peer, const struct dns_heard *heard)
{
	(void)peer;
	(void)heard;
}

/* 3,900 addresses in one datagram. */
static void
say_many(struct dns_peer *peer, const struct dns_heard *heard)
{
	dns_reply_begin(&reply, heard, DNS_REPLY_FLAGS);
	for (int i = 0; i < 3900; i++)
		dns_reply_a(&reply, NULL, 1);
	dns_reply_send(&reply, peer, heard);
}

/* ---- what cannot be guessed ------------------------------------------------------------ */

#define GUESSES 1000
static struct {
	uint16_t ids[GUESSES], ports[GUESSES];
	unsigned upper, lower, count;
} seen;

static void
answer_note(struct dns_peer *peer, const struct dns_heard *heard)
{
	if (seen.count < GUESSES) {
		seen.ids[seen.count] = heard->id;
		seen.ports[seen.count++] = ntohs(heard->from.sin_port);
	}
	for (size_t i = 13; i < 12 + heard->name_len; i++) {
		seen.upper += heard->bytes[i] >= 'A' && heard->bytes[i] <= 'Z';
		seen.lower += heard->bytes[i] >= 'a' && heard->bytes[i] <= 'z';
	}
	say_truth(peer, heard);
}

static int
compare16(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static unsigned
distinct(uint16_t *values, unsigned count)
{
	unsigned found = 1;

	qsort(values, count, sizeof(*values), compare16);
	for (unsigned i = 1; i < count; i++)
		found += values[i] != values[i - 1];
	return found;
}

START_TEST(entropy)
{
	struct dns_peer peer = {.answer = answer_note};
	struct dns_settings settings = {0};
	static struct dns_question questions[GUESSES];
	struct dns dns;
	unsigned steps = 0;

	for (size_t i = 0; i < GUESSES; i++)
		questions[i] =
		    (struct dns_question){.name = "aaaaaaaaaaaaaaaa.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	settings.wait_us = US_PER_S;
	dns_init(&dns, &settings);
	dns_ask(&dns, questions, GUESSES, deadline_in(10 * US_PER_S));
	dns_peer_close(&peer);
	dns_free(&dns);
	ck_assert_uint_eq(seen.count, GUESSES);
	for (unsigned i = 1; i < GUESSES; i++)
		steps += (uint16_t)(seen.ids[i] - seen.ids[i - 1]) <= 8;
	ck_assert_uint_lt(steps, 8);
	/* Of 1000 random ids about 992 differ; ports are the kernel's choice of 28,000. */
	ck_assert_uint_gt(distinct(seen.ids, GUESSES), 970);
	ck_assert_uint_gt(distinct(seen.ports, GUESSES), 900);
	ck_assert_uint_gt(seen.upper * 100, (seen.upper + seen.lower) * 45);
	ck_assert_uint_lt(seen.upper * 100, (seen.upper + seen.lower) * 55);
}
END_TEST

/* ---- many ---------------------------------------------------------------------------- */

#define MANY 10000

START_TEST(many_questions)
{
	struct dns_peer peer = {.answer = say_truth};
	struct dns_settings settings = {0};
	struct dns_question *questions = mem_array(MANY, sizeof(*questions));
	struct rlimit limit = {.rlim_cur = 560, .rlim_max = 560};
	struct rusage before, after;
	struct dns dns;

	for (size_t i = 0; i < MANY; i++)
		questions[i] = (struct dns_question){.name = "many.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	settings.wait_us = US_PER_S;
	dns_init(&dns, &settings);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	getrusage(RUSAGE_SELF, &before);
	dns_ask(&dns, questions, MANY, deadline_in(20 * US_PER_S));
	getrusage(RUSAGE_SELF, &after);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_msg(questions[i].status == DNS_ANSWERED, "%zu: %s (%s)", i,
		    dns_status_word(questions[i].status), questions[i].why);
	ck_assert_int_le(after.ru_maxrss - before.ru_maxrss, 16 << 10);
	dns_peer_close(&peer);
	dns_free(&dns);
	mem_free(questions);
}
END_TEST

/* A clock that stands still, and at last is past everything. */
static int64_t
stopped_clock(void)
{
	static int calls;

	return calls++ < 30 ? 100 * US_PER_S : 200 * US_PER_S;
}

/* More than 32 in a millisecond overflow somebody's receive buffer. */
START_TEST(pace)
{
	struct dns_peer peer = {.answer = say_nothing};
	struct dns_settings settings = {0};
	struct dns_question questions[100];
	struct dns dns;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		questions[i] = (struct dns_question){.name = "pace.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_init(&dns, &settings);
	clock_replace(stopped_clock);
	dns_ask(&dns, questions, ARRAY_LEN(questions), deadline_in(US_PER_S));
	clock_replace(NULL);
	ck_assert_uint_eq(dns.sent, 32);
	dns_peer_close(&peer);
	dns_free(&dns);
}
END_TEST

/* Fewer descriptors than questions: later, not never. */
START_TEST(few_descriptors)
{
	struct dns_peer peer = {.answer = say_truth};
	struct dns_settings settings = {0};
	struct dns_question questions[200];
	struct rlimit limit = {.rlim_cur = 40, .rlim_max = 40},
		      none = {.rlim_cur = 3, .rlim_max = 40};
	struct dns dns;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		questions[i] = (struct dns_question){.name = "few.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_init(&dns, &settings);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	dns_ask(&dns, questions, ARRAY_LEN(questions), deadline_in(5 * US_PER_S));
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		ck_assert_int_eq(questions[i].status, DNS_ANSWERED);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	dns_ask(&dns, questions, 1, deadline_in(5 * US_PER_S));
	ck_assert_int_eq(questions[0].status, DNS_LOCAL);
	ck_assert_str_ne(questions[0].why, "");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	dns_peer_close(&peer);
	dns_free(&dns);
}
END_TEST

/* Nobody answers thousands: over at the deadline, no later. */
START_TEST(many_silent)
{
	struct dns_peer peer = {.answer = say_nothing};
	struct dns_settings settings = {0};
	struct dns_question *questions = mem_array(3000, sizeof(*questions));
	int64_t start_us = clock_now_us();
	struct dns dns;

	for (size_t i = 0; i < 3000; i++)
		questions[i] = (struct dns_question){.name = "many.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_init(&dns, &settings);
	dns_ask(&dns, questions, 3000, deadline_in(US_PER_S));
	ck_assert_int_le(clock_now_us() - start_us, 1250 * US_PER_MS);
	for (size_t i = 0; i < 3000; i++)
		ck_assert_int_eq(questions[i].status, DNS_TIMEOUT);
	dns_peer_close(&peer);
	dns_free(&dns);
	mem_free(questions);
}
END_TEST

/* More tries than sockets: those of a question make room for its next. */
START_TEST(many_tries)
{
	struct dns_peer peer = {.answer = say_nothing};
	struct dns_settings settings = {0};
	struct dns_question questions[600];
	int64_t start_us = clock_now_us();
	struct dns dns;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		questions[i] = (struct dns_question){.name = "tries.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	dns_init(&dns, &settings);
	dns_ask(&dns, questions, ARRAY_LEN(questions), deadline_in(9 * US_PER_S));
	ck_assert_int_le(clock_now_us() - start_us, 2500 * US_PER_MS);
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		ck_assert_uint_eq(questions[i].sent, 3);
	dns_peer_close(&peer);
	dns_free(&dns);
}
END_TEST

/* Large answers to many questions: the memory set aside is the end. */
START_TEST(many_large)
{
	struct dns_peer peer = {.answer = say_many};
	struct dns_settings settings = {0};
	struct dns_question questions[300];
	size_t records = 0, refused = 0;
	struct dns dns;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		questions[i] = (struct dns_question){.name = "large.test", .type = DNS_TYPE_A};
	dns_peer_open(&peer, "127.0.0.1");
	dns_peer_settle(&settings, &peer);
	settings.wait_us = US_PER_S;
	dns_init(&dns, &settings);
	dns_ask(&dns, questions, ARRAY_LEN(questions), deadline_in(10 * US_PER_S));
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		records += questions[i].answer.count;
		refused += questions[i].status == DNS_LOCAL;
	}
	ck_assert_uint_le(records * sizeof(struct dns_record), 24 << 20);
	ck_assert_uint_gt(records, 3900 * 20);
	ck_assert_uint_gt(refused, 0);
	dns_peer_close(&peer);
	dns_free(&dns);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {entropy, 0},
	    {many_questions, 0},
	    {pace, 0},
	    {few_descriptors, 0},
	    {many_silent, 0},
	    {many_tries, 0},
	    {many_large, 0},
	};

	return unit_main("dns_load", units, ARRAY_LEN(units));
}
