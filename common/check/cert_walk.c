/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the way over all targets: names to addresses, addresses to threads, a
 * report for each target, joined in their order. A target's connections and
 * certificates are gone when it is judged.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check/cert_plan.h"
#include "check/lookup.h"
#include "check/pool.h"

/* A target on its way. Its visits are many threads' work; whoever ends the last one judges. */
struct task {
	const struct cert_target *target;
	struct report report;
	struct addresses *addresses; /* NULL: no name, or it is judged */
	struct cert_visit *visits;
	atomic_size_t left;
	const char *names[2]; /* its host, to be verified */
	struct tlsa tlsa;     /* --dane */
};

/* One address of one task. */
struct job {
	struct task *task;
	size_t visit;
};

struct walk {
	const struct cert_plan *plan;
	struct run *run;
	struct look_contexts contexts;
	struct task *tasks;
	size_t task_count;
	struct job *jobs;
	size_t job_count;
};

/* Waiting jobs get their share of the time: many dead targets must not starve those behind them. */
static struct deadline
share(const struct walk *walk, size_t done, size_t count)
{
	size_t rounds = (count - done + walk->plan->parallel - 1) / walk->plan->parallel;
	int64_t left_us = deadline_left_us(walk->run->deadline);

	return rounds > 1 ? deadline_in(left_us / (int64_t)rounds) : walk->run->deadline;
}

/* ---- names ------------------------------------------------------------------------------ */

static void
unresolved(const struct walk *walk, struct task *task, struct session_facts *facts)
{
	struct judge judge = cert_judge_of(
	    walk->plan, walk->run, task->target, task->target->subject, &task->report);

	judge_ending(&judge, facts);
	judge_phases(&judge, facts, walk->run->started_us);
	mem_free(task->addresses);
	task->addresses = NULL;
}

static void
resolve(void *context, size_t index)
{
	struct walk *walk = context;
	struct task *task = &walk->tasks[index];
	const struct cert_plan *plan = walk->plan;
	const char *host = plan->proxy_host ? plan->proxy_host : task->target->host;
	uint16_t port = plan->proxy_host ? plan->proxy_port : task->target->port;
	struct session_facts facts;
	struct lookup lookup = {
	    .basic = walk->plan->settings->basic,
	    .by_engine = walk->plan->settings->connection->dane,
	    .deadline = share(walk, index, walk->task_count),
	};
	bool good;

	if (task->target->kind == CERT_TARGET_FILE) {
		cert_file_check(
		    walk->plan, &walk->contexts, walk->run, task->target, &task->report);
		return;
	}
	task->addresses = mem_alloc(sizeof(*task->addresses));
	session_facts_init(&facts);
	if (task->target->is_name)
		phase_begin(&facts.phases, PHASE_DNS);
	good = lookup_host(&lookup, host, port, task->addresses, &facts.err);
	if (good && walk->plan->settings->connection->dane)
		dane_fetch(&task->tlsa, task->target->is_name ? task->target->host : NULL,
		    task->target->port, walk->run, lookup.deadline);
	phase_end(&facts.phases, good                            ? PHASE_DONE
				 : facts.err.kind == ERR_TIMEOUT ? PHASE_LATE
								 : PHASE_FAULT);
	if (good) {
		struct judge judge =
		    cert_judge_of(walk->plan, walk->run, task->target, NULL, &task->report);

		if (walk->plan->settings->connection->first_address)
			task->addresses->count = 1;
		judge_phases(&judge, &facts, walk->run->started_us);
	} else {
		unresolved(walk, task, &facts);
	}
	session_facts_free(&facts);
}

/* ---- addresses -------------------------------------------------------------------------- */

static void
begin_visits(struct walk *walk, struct task *task)
{
	size_t count = task->addresses->count;

	task->visits = mem_array(count, sizeof(*task->visits));
	atomic_init(&task->left, count);
	task->names[0] = task->target->host;
	for (size_t i = 0; i < count; i++) {
		struct cert_visit *visit = &task->visits[i];

		visit->address = task->addresses->list[i];
		look_init(&visit->look);
		visit->look.facts.address = visit->address;
		visit->endpoint = task->target->host[0] == '/'
				      ? task->target->host
				      : arena_printf(&task->report.arena, "%s/%s",
					    task->target->subject, visit->address.text);
		walk->jobs[walk->job_count++] = (struct job){.task = task, .visit = i};
	}
	mem_free(task->addresses);
	task->addresses = NULL;
}

static void
end_visits(struct walk *walk, struct task *task, size_t count)
{
	struct err err = {0};

	cert_judge(walk->plan, walk->run,
	    &(struct cert_seen){look_context(&walk->contexts, walk->plan->first, &err),
		task->target, &task->tlsa, task->visits, count},
	    &task->report);
	tlsa_free(&task->tlsa);
	for (size_t i = 0; i < count; i++)
		look_free(&task->visits[i].look);
	mem_free(task->visits);
	task->visits = NULL;
}

static size_t
visits_of(const struct walk *walk, size_t index)
{
	size_t first = index - walk->jobs[index].visit, count = 0;

	while (first + count < walk->job_count &&
	       walk->jobs[first + count].task == walk->jobs[index].task)
		count++;
	return count;
}

static void
visit(void *context, size_t index)
{
	struct walk *walk = context;
	const struct cert_plan *plan = walk->plan;
	struct task *task = walk->jobs[index].task;
	struct cert_visit *visit = &task->visits[walk->jobs[index].visit];
	const struct run *run = walk->run;
	struct look_params params = {
	    .contexts = &walk->contexts,
	    .way = {.proto = task->target->proto,
		.host = plan->verify_names ? plan->verify_names[0] : task->target->host,
		.ehlo_name = plan->ehlo_name},
	    .session = {.address = &visit->address,
		.mode = task->target->mode,
		.tunnel = plan->proxy_host ? task->target->subject : NULL,
		.proxy_protocol = (int)plan->settings->connection->proxy_protocol,
		.deadline = share(walk, index, walk->job_count),
		.given = run->given ? run->given(run->given_context) : NULL,
		.transcript = run->basic->verbose >= 3},
	    .tls = plan->settings->tls,
	    .first = plan->first,
	    /* it has one certificate, and counts a handshake in vain against this host */
	    .both = plan->both && task->target->proto->id != PROTO_MYSQL,
	    .old = plan->floor != 0,
	    .given = run->given,
	    .given_context = run->given_context,
	};

	params.tls.verify_names =
	    plan->verify_names ? (const char *const *)plan->verify_names : task->names;
	look_make(&visit->look, &params);
	if (atomic_fetch_sub(&task->left, 1) == 1)
		end_visits(walk, task, visits_of(walk, index));
}

/* ---- the whole -------------------------------------------------------------------------- */

static void
gather_jobs(struct walk *walk)
{
	size_t count = 0;

	for (size_t i = 0; i < walk->task_count; i++)
		count += walk->tasks[i].addresses ? walk->tasks[i].addresses->count : 0;
	walk->jobs = mem_array(count + 1, sizeof(*walk->jobs));
	for (size_t i = 0; i < walk->task_count; i++)
		if (walk->tasks[i].addresses)
			begin_visits(walk, &walk->tasks[i]);
}

/* With several targets line 1 must name the one it speaks of. */
static void
name_findings(const struct cert_target *target, struct report *report)
{
	for (size_t i = 0; i < report->finding_count; i++) {
		struct report_finding *finding = &report->findings[i];

		report_headline(report, finding, "%s: %s", target->subject,
		    finding->headline ? finding->headline : finding->message);
	}
}

static void
say_all_good(struct run *run)
{
	const struct report_metric *days = &run->report.metrics[METRIC_CERT_DAYS];

	if (days->known)
		report_good(
		    &run->report, "all good, the first certificate ends in %.1f days", days->value);
	else
		report_good(&run->report, "all good");
}

static void
join(struct walk *walk)
{
	struct run *run = walk->run;
	size_t good = 0, count = walk->task_count;

	for (size_t i = 0; i < count; i++) {
		struct task *task = &walk->tasks[i];

		good += report_worst(&task->report) == STATE_OK;
		judge_metrics(&task->report, &run->limits, task->target->subject);
		if (count > 1)
			name_findings(task->target, &task->report);
		report_join(&run->report, &task->report);
	}
	if (count <= 1)
		return;
	say_all_good(run);
	report_metric(&run->report, METRIC_TARGETS, (double)count);
	report_metric(&run->report, METRIC_TARGETS_OK, (double)good);
}

static bool
open_context(struct walk *walk)
{
	struct err err = {0};

	if (look_context(&walk->contexts, walk->plan->first, &err))
		return true;
	report_add(&walk->run->report,
	    target_context_finding(&walk->plan->settings->settings, &err), NULL, "%s", err.text);
	return false;
}

void
cert_walk(const struct cert_plan *plan, struct run *run)
{
	struct walk walk = {.plan = plan, .run = run};
	size_t parallel = run->given ? 1 : plan->parallel;

	look_contexts_init(&walk.contexts, &plan->settings->settings, plan->floor);
	if (open_context(&walk)) {
		cert_expand(plan, run);
		walk.task_count = plan->targets->count;
		walk.tasks = mem_array(walk.task_count + 1, sizeof(*walk.tasks));
		for (size_t i = 0; i < walk.task_count; i++) {
			walk.tasks[i].target = &plan->targets->list[i];
			report_init(&walk.tasks[i].report, &run->policy);
		}
		pool_run(walk.task_count, parallel, resolve, &walk);
		gather_jobs(&walk);
		pool_run(walk.job_count, parallel, visit, &walk);
		run_judged(run, 0);
		join(&walk);
		mem_free(walk.jobs);
		mem_free(walk.tasks);
	}
	look_contexts_free(&walk.contexts);
}
