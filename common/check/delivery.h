/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The delivery loop: a message is submitted and waited for (one run), or each
 * run judges what earlier ones sent and leaves a new one (--state-dir).
 */
#ifndef COMMON_CHECK_DELIVERY_H
#define COMMON_CHECK_DELIVERY_H

#include "check/arrival.h"
#include "check/judge_delivery.h"
#include "check/probe_list.h"
#include "check/state_file.h"
#include "dialog/smtp.h"

#define DELIVERY_SENT_MAX 64

/* What the program wants; const during the run. */
struct delivery_plan {
	struct arrival arrival;
	const char *authserv_id;
	bool keep;
	const char *state_dir; /* NULL: this run waits */
	const char *identity;  /* what tells this check's state file from others' */
};

/* One run of it. */
struct delivery {
	const struct delivery_plan *plan;
	struct run *run;
	struct delivery_mail sent[DELIVERY_SENT_MAX]; /* by this run */
	size_t sent_count;
	size_t recipients; /* of one message, accepted */
	/* between runs */
	struct state_file file;
	bool remembered; /* file is open */
	struct probe_list probes;
	char token[SMTP_TOKEN_SIZE]; /* of the message this run leaves; "" without memory */
};

/*
 * Before the submission: opens the memory and notes the message that will be
 * sent. False: the finding client.state_file was added; nothing should be sent.
 */
bool delivery_begin(
    struct delivery *delivery, const struct delivery_plan *plan, struct run *run) MUST_USE;
/* What a submission came to, while its facts live; endpoint is its id. */
void delivery_sent(struct delivery *delivery, const struct smtp_facts *facts, const char *endpoint);
/* After the submission: looks, judges, remembers. */
void delivery_finish(struct delivery *delivery);

#endif
