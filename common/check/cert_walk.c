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
	struct cert_visit *visits;
	size_t visit_count;
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
	size_t *waiting; /* tasks that threads have to find the addresses of */
	size_t waiting_count;
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
}

/* What a visit sees has its memory from when its turn comes until its target is judged. */
static void
plan_visits(struct task *task, const struct addresses *addresses, bool first_only)
{
	task->visit_count = first_only ? 1 : addresses->count;
	task->visits = mem_array(task->visit_count, sizeof(*task->visits));
	atomic_init(&task->left, task->visit_count);
	task->names[0] = task->target->host;
	for (size_t i = 0; i < task->visit_count; i++) {
		struct cert_visit *visit = &task->visits[i];

		visit->address = addresses->list[i];
		visit->endpoint = task->target->host[0] == '/'
				      ? task->target->host
				      : arena_printf(&task->report.arena, "%s/%s",
					    task->target->subject, visit->address.text);
	}
}

static void
resolve(struct walk *walk, struct task *task, struct deadline deadline)
{
	const struct cert_plan *plan = walk->plan;
	const char *host = plan->proxy_host ? plan->proxy_host : task->target->host;
	uint16_t port = plan->proxy_host ? plan->proxy_port : task->target->port;
	const struct connection_opts *connection = plan->settings->connection;
	struct session_facts facts;
	struct addresses addresses = {0};
	struct lookup lookup = {
	    .basic = plan->settings->basic, .by_engine = connection->dane, .deadline = deadline};
	bool good;

	session_facts_init(&facts);
	if (task->target->is_name)
		phase_begin(&facts.phases, PHASE_DNS);
	good = lookup_host(&lookup, host, port, &addresses, &facts.err);
	if (good && connection->dane)
		dane_fetch(&task->tlsa, task->target->is_name ? task->target->host : NULL,
		    task->target->port, walk->run, lookup.deadline);
	phase_end(&facts.phases, good                            ? PHASE_DONE
				 : facts.err.kind == ERR_TIMEOUT ? PHASE_LATE
								 : PHASE_FAULT);
	if (good) {
		struct judge judge =
		    cert_judge_of(walk->plan, walk->run, task->target, NULL, &task->report);

		judge_phases(&judge, &facts, walk->run->started_us);
		plan_visits(task, &addresses, connection->first_address);
	} else {
		unresolved(walk, task, &facts);
	}
	session_facts_free(&facts);
}

/* A literal address takes no time. */
static bool
must_wait(const struct walk *walk, const struct cert_target *target)
{
	return target->kind == CERT_TARGET_FILE || target->is_name || walk->plan->proxy_host ||
	       walk->plan->settings->connection->dane;
}

static void
take_waiting(void *context, size_t index)
{
	struct walk *walk = context;
	struct task *task = &walk->tasks[walk->waiting[index]];

	if (task->target->kind == CERT_TARGET_FILE)
		cert_file_check(
		    walk->plan, &walk->contexts, walk->run, task->target, &task->report);
	else
		resolve(walk, task, share(walk, index, walk->waiting_count));
}

static void
resolve_all(struct walk *walk, size_t parallel)
{
	walk->waiting = mem_array(walk->task_count + 1, sizeof(*walk->waiting));
	for (size_t i = 0; i < walk->task_count; i++) {
		if (must_wait(walk, walk->tasks[i].target))
			walk->waiting[walk->waiting_count++] = i;
		else
			resolve(walk, &walk->tasks[i], walk->run->deadline);
	}
	pool_run(walk->waiting_count, parallel, take_waiting, walk);
	mem_free(walk->waiting);
}

/* ---- addresses -------------------------------------------------------------------------- */

static void
end_visits(struct walk *walk, struct task *task)
{
	struct err err = {0};

	cert_judge(walk->plan, walk->run,
	    &(struct cert_seen){look_context(&walk->contexts, walk->plan->first, &err),
		task->target, &task->tlsa, task->visits, task->visit_count},
	    &task->report);
	tlsa_free(&task->tlsa);
	for (size_t i = 0; i < task->visit_count; i++) {
		look_free(task->visits[i].look);
		mem_free(task->visits[i].look);
	}
	mem_free(task->visits);
	task->visits = NULL;
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
	visit->look = mem_alloc(sizeof(*visit->look));
	look_init(visit->look);
	visit->look->facts.address = visit->address;
	look_make(visit->look, &params);
	if (atomic_fetch_sub(&task->left, 1) == 1)
		end_visits(walk, task);
}

/* ---- the whole -------------------------------------------------------------------------- */

static void
gather_jobs(struct walk *walk)
{
	size_t count = 0;

	for (size_t i = 0; i < walk->task_count; i++)
		count += walk->tasks[i].visit_count;
	walk->jobs = mem_array(count + 1, sizeof(*walk->jobs));
	for (size_t i = 0; i < walk->task_count; i++)
		for (size_t v = 0; v < walk->tasks[i].visit_count; v++)
			walk->jobs[walk->job_count++] = (struct job){&walk->tasks[i], v};
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
		resolve_all(&walk, parallel);
		gather_jobs(&walk);
		pool_run(walk.job_count, parallel, visit, &walk);
		run_judged(run, 0);
		join(&walk);
		mem_free(walk.jobs);
		mem_free(walk.tasks);
	}
	look_contexts_free(&walk.contexts);
}
