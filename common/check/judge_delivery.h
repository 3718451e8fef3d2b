/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of a delivery: what was found in the mailbox against what was sent. */
#ifndef COMMON_CHECK_JUDGE_DELIVERY_H
#define COMMON_CHECK_JUDGE_DELIVERY_H

#include "check/judge.h"
#include "dialog/find.h"

enum delivery_verdict {
	DELIVERY_PENDING, /* not there yet, and it is not late */
	DELIVERY_ARRIVED,
	DELIVERY_BOUNCED,
	DELIVERY_MISSING
};

/* A message that was sent. Strings are borrowed. */
struct delivery_mail {
	const char *token;
	const char *queue_id; /* NULL: not known */
	const char *endpoint; /* where it was submitted: subject of delivery.missing */
	int64_t sent_us;      /* monotonic; 0: by an earlier run */
	int64_t sent_unix;
	const unsigned char *body_sha256; /* NULL: not known */
	bool told;   /* missed by an earlier run: a later one that arrived ends that */
	bool unsure; /* not missed: perhaps it was never sent */
	/* what came of it */
	enum delivery_verdict verdict;
	double seconds;    /* arrived or bounced: after so long */
	const char *where; /* the folder */
};

struct judge_delivery {
	const char *folder;      /* looked into, as shown */
	const char *authserv_id; /* whose Authentication-Results count; NULL: nobody's */
	bool keep;               /* nothing was removed, so older ones are no surprise */
	size_t copies;           /* how many of each are right */
	int64_t patience_s;      /* of a message of an earlier run, until it is missed */
};

/*
 * Verdicts into mails (in the order of the tokens looked for), findings and
 * metrics into judge->report, the first message found as its delivery{}.
 */
void judge_delivery(const struct judge *judge, const struct find_facts *found,
    const struct judge_delivery *wants, struct delivery_mail *mails, size_t count);

#endif
