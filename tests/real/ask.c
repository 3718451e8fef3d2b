/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks by the DNS engine with a trust anchor and prints a line for each
 * question: what became of it, and what its signatures are worth.
 * usage: ask RESOLVER ANCHORS NAME TYPE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/dns.h"

static uint16_t
type_of(const char *word)
{
	for (uint16_t type = 1; type < 64; type++)
		if (strcmp(dns_type_word(type), word) == 0)
			return type;
	return 0;
}

int
main(int argc, char **argv)
{
	struct dns_settings settings = {0};
	struct err err = {0};
	size_t count = argc > 4 ? (size_t)(argc - 3) / 2 : 0;
	struct dns_question *questions = calloc(count + 1, sizeof(*questions));
	struct dns dns;

	if (count == 0 || !questions || !dns_settings_add(&settings, argv[1], &err))
		return EXIT_FAILURE;
	settings.trust_anchor = argv[2];
	settings.now_unix = time(NULL);
	dns_init(&dns, &settings);
	for (size_t i = 0; i < count; i++)
		questions[i] = (struct dns_question){.name = argv[3 + 2 * i],
		    .type = type_of(argv[4 + 2 * i]),
		    .flags = DNS_WANT_DNSSEC};
	dns_ask(&dns, questions, count, deadline_in(5 * US_PER_S));
	for (size_t i = 0; i < count; i++)
		printf("%s %s: %s, %zu records, %s%s%s\n", questions[i].name,
		    dns_type_word(questions[i].type), dns_status_word(questions[i].status),
		    questions[i].answer.count,
		    questions[i].bogus    ? "bogus"
		    : questions[i].secure ? "secure"
					  : "insecure",
		    questions[i].why[0] ? ": " : "", questions[i].why);
	dns_free(&dns);
	free(questions);
	return EXIT_SUCCESS;
}
