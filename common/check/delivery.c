/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the order of things in a delivery check: what is noted before what is
 * done, so that a run killed at any point leaves nothing behind that nobody
 * knows of. What is found is judged by judge_delivery.
 */
#include "check/delivery.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dialog/smtp_send.h"

#define PATIENCE_S 3600    /* until a message of an earlier run is missed */
#define LATE_COMER_S 86400 /* so long one that was missed is still looked for */
#define LEFTOVER_S 3600    /* younger ones may belong to another check that waits */

static void
say_state(struct run *run, const char *text)
{
	report_add(&run->report, FINDING_CLIENT_STATE_FILE, NULL, "%s", text);
}

static bool
remember(struct delivery *delivery)
{
	struct err err = {0};
	struct buf text;
	bool ok;

	buf_init(&text, STATE_FILE_MAX);
	probe_list_print(&text, &delivery->probes);
	ok = state_file_write(&delivery->file, buf_text(&text), &err);
	if (!ok)
		say_state(delivery->run, err.text);
	buf_free(&text);
	return ok;
}

/* ---- before ---- */

static bool
open_memory(struct delivery *delivery)
{
	const struct delivery_plan *plan = delivery->plan;
	struct run *run = delivery->run;
	const char *name = state_file_name(&run->arena, "smtp", plan->identity);
	struct err err = {0};

	delivery->remembered =
	    state_file_open(&delivery->file, plan->state_dir, name, run->deadline, &err);
	if (!delivery->remembered) {
		say_state(run, err.text);
		state_file_close(&delivery->file);
		return false;
	}
	if (probe_list_read(&delivery->probes, buf_text(&delivery->file.text)) > 0 ||
	    delivery->file.damaged)
		say_state(run,
		    "the state file was damaged: earlier messages are forgotten, a new one begins");
	return true;
}

bool
delivery_begin(struct delivery *delivery, const struct delivery_plan *plan, struct run *run)
{
	struct err err = {0};

	*delivery = (struct delivery){.plan = plan, .run = run};
	if (!plan->state_dir)
		return true;
	if (!open_memory(delivery))
		return false;
	if (!smtp_send_token(delivery->token, &err)) {
		report_add(&run->report, FINDING_CLIENT_RESOURCES, NULL, "%s", err.text);
		state_file_close(&delivery->file);
		return false;
	}
	/* Noted before it is sent: if this run is killed, the next one knows its token. */
	probe_list_add(&delivery->probes, delivery->token, run->now_unix);
	if (remember(delivery))
		return true;
	state_file_close(&delivery->file);
	return false;
}

/* ---- the submission ---- */

/* The outcome of the one noted: sent, certainly not sent, or nobody knows. */
static void
note_outcome(struct delivery *delivery, const struct smtp_facts *facts)
{
	struct probe_list *probes = &delivery->probes;
	struct probe_note *probe = &probes->list[probes->count - 1];

	if (facts->sent) {
		probe->state = PROBE_SENT;
		probe->body_known = true;
		memcpy(probe->body_sha256, facts->body_sha256, sizeof(probe->body_sha256));
		probe_list_queue_id(probe, facts->queue_id);
	} else if (facts->token[0] == '\0' || facts->message.code >= 400 ||
		   facts->data.code >= 400) {
		probe_list_drop(probes, probes->count - 1);
	}
}

void
delivery_sent(struct delivery *delivery, const struct smtp_facts *facts, const char *endpoint)
{
	struct arena *arena = &delivery->run->arena;
	unsigned char *body;

	if (delivery->token[0] != '\0') {
		note_outcome(delivery, facts);
		return;
	}
	if (!facts->sent || delivery->sent_count == DELIVERY_SENT_MAX)
		return;
	body = arena_alloc(arena, sizeof(facts->body_sha256));
	memcpy(body, facts->body_sha256, sizeof(facts->body_sha256));
	delivery->sent[delivery->sent_count++] = (struct delivery_mail){
	    .token = arena_strdup(arena, facts->token),
	    .queue_id = arena_strdup(arena, facts->queue_id),
	    .endpoint = arena_strdup(arena, endpoint),
	    .sent_us = facts->session.ended_us,
	    .sent_unix = delivery->run->now_unix,
	    .body_sha256 = body,
	};
	delivery->recipients = facts->rcpts_accepted;
}

/* ---- looking ---- */

/* What one look needs beside the delivery. */
struct looking {
	struct delivery *delivery;
	struct delivery_mail *mails;
	size_t count;
	const char **tokens;
	struct judge_delivery wants;
	bool looked;
};

static void
take(void *context, const struct judge *judge, const struct find_facts *found)
{
	struct looking *looking = context;

	looking->looked |= found->looks > 0;
	judge_delivery(judge, found, &looking->wants, looking->mails, looking->count);
}

static void
prepare(
    struct looking *looking, struct delivery *delivery, struct delivery_mail *mails, size_t count)
{
	const struct delivery_plan *plan = delivery->plan;

	*looking = (struct looking){.delivery = delivery, .mails = mails, .count = count};
	looking->tokens =
	    arena_alloc(&delivery->run->arena, (count + 1) * sizeof(*looking->tokens));
	for (size_t i = 0; i < count; i++)
		looking->tokens[i] = mails[i].token;
	looking->wants = (struct judge_delivery){
	    .folder = plan->arrival.kind == ARRIVAL_MAILDIR ? "the Maildir" : plan->arrival.folder,
	    .authserv_id = plan->authserv_id,
	    .keep = plan->keep,
	    .copies = delivery->recipients,
	    .patience_s = PATIENCE_S,
	};
}

static void
look(struct looking *looking, struct find_params *find)
{
	const struct delivery_plan *plan = looking->delivery->plan;
	struct run *run = looking->delivery->run;
	const struct arrival_taker taker = {.take = take, .context = looking};

	find->folder = plan->arrival.folder;
	find->tokens = looking->tokens;
	find->leftover_before_unix = run->now_unix - LEFTOVER_S;
	find->keep = plan->keep;
	arrival_look(&plan->arrival, run, find, &taker);
}

static void
say_good(struct run *run, const char *what)
{
	if (run->report.good)
		report_good(&run->report, "%s, %s", run->report.good, what);
}

static void
say_arrived(struct run *run, const struct delivery_mail *mail)
{
	struct buf what;

	if (mail->verdict != DELIVERY_ARRIVED)
		return;
	buf_init(&what, 256);
	buf_printf(&what, "arrived in %.60s after ", mail->where);
	text_span(&what, (int64_t)(mail->seconds * 1e6));
	say_good(run, buf_text(&what));
	buf_free(&what);
}

/* This run waits for what it sent. */
static void
wait_for_sent(struct delivery *delivery)
{
	struct run *run = delivery->run;
	int64_t left_us = deadline_left_us(run->deadline);
	struct looking looking;
	struct find_params find = {
	    .since_unix = run->now_unix,
	    .wait = true,
	    .until = deadline_in(
		left_us > 2 * FIND_RESERVE_US ? left_us - FIND_RESERVE_US : left_us / 2),
	};

	if (delivery->sent_count == 0)
		return;
	prepare(&looking, delivery, delivery->sent, delivery->sent_count);
	look(&looking, &find);
	say_arrived(run, &delivery->sent[0]);
}

/* ---- with memory ---- */

/* All but the one this run has sent: it had no time to arrive. */
static size_t
earlier_mails(const struct delivery *delivery, struct delivery_mail *mails)
{
	struct probe_list *before = arena_alloc(&delivery->run->arena, sizeof(*before));
	size_t count = 0;

	*before = delivery->probes; /* the list itself will move */
	for (size_t i = 0; i < before->count; i++) {
		const struct probe_note *probe = &before->list[i];

		if (strcmp(probe->token, delivery->token) == 0)
			continue;
		mails[count++] = (struct delivery_mail){
		    .token = probe->token,
		    .queue_id = probe->queue_id[0] ? probe->queue_id : NULL,
		    .endpoint = delivery->run->subject,
		    .sent_unix = probe->sent_unix,
		    .body_sha256 = probe->body_known ? probe->body_sha256 : NULL,
		    .unsure = probe->state != PROBE_SENT && probe->state != PROBE_LOST,
		    .told = probe->state == PROBE_LOST,
		};
	}
	return count;
}

static struct probe_note *
note_of(struct delivery *delivery, const char *token)
{
	for (size_t i = 0; i < delivery->probes.count; i++)
		if (strcmp(delivery->probes.list[i].token, token) == 0)
			return &delivery->probes.list[i];
	return NULL;
}

/* What was found is noted before it is removed: else a run killed in between would miss it for ever. */
static bool
note_found(void *context, const struct find_facts *found)
{
	struct looking *looking = context;

	for (size_t i = 0; i < found->count; i++) {
		struct probe_note *probe =
		    note_of(looking->delivery, looking->tokens[found->list[i].token]);

		if (!probe || probe->state == PROBE_FOUND)
			continue;
		probe->state = PROBE_FOUND;
		probe->took_s = found->list[i].arrived_unix > probe->sent_unix
				    ? found->list[i].arrived_unix - probe->sent_unix
				    : 0;
	}
	return remember(looking->delivery);
}

/* Found by a run that could not tell: it is told now. */
static void
tell_found(struct delivery *delivery, struct delivery_mail *mail)
{
	const struct probe_note *probe = note_of(delivery, mail->token);

	if (mail->verdict != DELIVERY_PENDING || !probe || probe->state != PROBE_FOUND)
		return;
	mail->verdict = DELIVERY_ARRIVED;
	mail->seconds = (double)probe->took_s;
	mail->where = delivery->plan->arrival.folder;
	report_metric(&delivery->run->report, METRIC_TIME_DELIVERY, mail->seconds);
}

/* Of the youngest, and what is on its way. The mailbox's clock counts whole seconds. */
static void
say_earlier(struct run *run, const struct delivery_mail *mails, size_t count)
{
	char what[160];

	if (count == 0)
		snprintf(what, sizeof(what), "the next run judges its arrival");
	else if (mails[count - 1].verdict == DELIVERY_ARRIVED)
		snprintf(what, sizeof(what), "the one before arrived in %.60s within %.0f s",
		    mails[count - 1].where, mails[count - 1].seconds + 1);
	else
		snprintf(what, sizeof(what), "the one before is on its way");
	say_good(run, what);
}

static bool
later_arrived(const struct delivery_mail *mails, size_t count, int64_t sent_unix)
{
	for (size_t i = 0; i < count; i++)
		if (mails[i].verdict == DELIVERY_ARRIVED && mails[i].sent_unix > sent_unix)
			return true;
	return false;
}

/*
 * What the next run must still know. A message that was missed is told of until
 * a later one has arrived, and looked for a while longer: it may come late and
 * is removed then.
 */
static void
forget(struct delivery *delivery, const struct delivery_mail *mails, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct delivery_mail *mail = &mails[i];
		struct probe_note *probe = note_of(delivery, mail->token);
		int64_t age = delivery->run->now_unix - mail->sent_unix;
		bool old;

		if (!probe)
			continue;
		old = age > (probe->state == PROBE_UNSURE ? PATIENCE_S : LATE_COMER_S);
		if (mail->verdict == DELIVERY_ARRIVED || mail->verdict == DELIVERY_BOUNCED || old)
			probe_list_drop(&delivery->probes, (size_t)(probe - delivery->probes.list));
		else if (mail->verdict == DELIVERY_MISSING || mail->told)
			probe->state = later_arrived(mails, count, mail->sent_unix) ? PROBE_PASSED
										    : PROBE_LOST;
	}
}

static void
count_probes(const struct delivery *delivery)
{
	struct report *report = &delivery->run->report;
	size_t pending = 0, lost = 0;

	for (size_t i = 0; i < delivery->probes.count; i++) {
		enum probe_state state = delivery->probes.list[i].state;

		if (state == PROBE_LOST || state == PROBE_PASSED)
			lost++;
		else
			pending++;
	}
	report_metric(report, METRIC_PROBES_PENDING, (double)pending);
	report_metric(report, METRIC_PROBES_LOST, (double)lost);
}

/* Judges what earlier runs sent and leaves the rest to the next. */
static void
judge_earlier(struct delivery *delivery)
{
	struct run *run = delivery->run;
	struct delivery_mail *mails = arena_alloc(&run->arena, PROBES_MAX * sizeof(*mails));
	size_t count = earlier_mails(delivery, mails);
	struct looking looking;
	struct find_params find = {
	    .since_unix = count > 0 ? mails[0].sent_unix : run->now_unix,
	    .before_removal = note_found,
	    .context = &looking,
	};

	prepare(&looking, delivery, mails, count);
	look(&looking, &find);
	if (looking.looked) {
		for (size_t i = 0; i < count; i++)
			tell_found(delivery, &mails[i]);
		say_earlier(run, mails, count);
		forget(delivery, mails, count);
	}
	count_probes(delivery);
	(void)!remember(delivery);
	state_file_close(&delivery->file);
}

void
delivery_finish(struct delivery *delivery)
{
	if (delivery->remembered)
		judge_earlier(delivery);
	else
		wait_for_sent(delivery);
}
