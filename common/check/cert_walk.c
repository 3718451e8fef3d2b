/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the way over all targets: names to addresses, addresses to threads, a
 * report for each target, joined in their order. A target's connections and
 * certificates are gone when it is judged.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/cert_plan.h"
#include "check/lookup.h"
#include "check/pool.h"

/* Between the last answer and the output: at all, and for each target. */
#define JOIN_US 100000
#define JOIN_TARGET_US 300

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

/* A target whose addresses are to be found, or a further address of one. */
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
	struct pool pool;
	size_t parallel;
	atomic_size_t patient; /* jobs that may use all of the time */
	pthread_mutex_t mutex; /* of the rest */
	struct job *jobs;
	size_t job_count, job_room;
};

/*
 * Half of the threads may wait until the end; behind them each gets its share
 * of the time, so that many dead targets do not starve those that wait.
 */
static struct deadline
begin_waiting(struct walk *walk, bool *patient_out)
{
	size_t half = walk->parallel / 2, rounds;
	int64_t left_us = deadline_left_us(walk->run->deadline);

	*patient_out = atomic_fetch_add(&walk->patient, 1) < half;
	if (*patient_out)
		return walk->run->deadline;
	atomic_fetch_sub(&walk->patient, 1);
	half = half > 0 ? half : 1;
	rounds = (pool_waiting(&walk->pool) + half - 1) / half + 1;
	return rounds > 1 ? deadline_in(left_us / (int64_t)rounds) : walk->run->deadline;
}

static void
end_waiting(struct walk *walk, bool patient)
{
	if (patient)
		atomic_fetch_sub(&walk->patient, 1);
}

/* ---- names ------------------------------------------------------------------------------ */

static void
unresolved(const struct walk *walk, struct task *task, struct session_facts *facts)
{
	struct judge judge = cert_judge_of(
	    walk->plan, walk->run, task->target, task->target->subject, &task->report);

	judge_ending(&judge, facts);
	judge_unexplained(&judge, facts);
	judge_phases(&judge, facts, walk->run->started_us);
}

/* What a visit sees has its memory from when its turn comes until its target is judged. */
static void
plan_visits(struct task *task, const struct addresses *addresses)
{
	task->visit_count = addresses->count;
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
find_addresses(struct walk *walk, struct task *task)
{
	const struct cert_plan *plan = walk->plan;
	const char *host = plan->proxy_host ? plan->proxy_host : task->target->host;
	uint16_t port = plan->proxy_host ? plan->proxy_port : task->target->port;
	const struct connection_opts *connection = plan->settings->connection;
	struct session_facts facts;
	struct addresses addresses = {0};
	struct lookup lookup = {.basic = plan->settings->basic, .by_engine = connection->dane};
	bool good, patient;

	session_facts_init(&facts);
	lookup.deadline = begin_waiting(walk, &patient);
	if (task->target->is_name)
		phase_begin(&facts.phases, PHASE_DNS);
	good = lookup_host(&lookup, host, port, &addresses, &facts.err);
	if (good && connection->dane)
		dane_fetch(&task->tlsa, task->target->is_name ? task->target->host : NULL,
		    task->target->port, walk->run, lookup.deadline);
	phase_end(&facts.phases, good                            ? PHASE_DONE
				 : facts.err.kind == ERR_TIMEOUT ? PHASE_LATE
								 : PHASE_FAULT);
	end_waiting(walk, patient);
	if (good) {
		/* Of several targets each has a search of its own. */
		const char *of = walk->task_count > 1 ? task->target->subject : NULL;
		struct judge judge =
		    cert_judge_of(walk->plan, walk->run, task->target, of, &task->report);

		judge_phases(&judge, &facts, walk->run->started_us);
		plan_visits(task, &addresses);
	} else {
		unresolved(walk, task, &facts);
	}
	session_facts_free(&facts);
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
visit(struct walk *walk, struct task *task, struct cert_visit *visit, struct deadline deadline)
{
	const struct cert_plan *plan = walk->plan;
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
		.deadline = deadline,
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
}

static void
visit_one(struct walk *walk, struct task *task, size_t at)
{
	bool patient;
	struct deadline deadline = begin_waiting(walk, &patient);

	visit(walk, task, &task->visits[at], deadline);
	end_waiting(walk, patient);
	if (atomic_fetch_sub(&task->left, 1) == 1)
		end_visits(walk, task);
}

/* --first-address: one after the other until one answers; that one is judged alone. */
static void
visit_first(struct walk *walk, struct task *task)
{
	bool patient;
	struct deadline deadline = begin_waiting(walk, &patient);
	struct cert_visit *first = &task->visits[0];
	size_t at = 0;

	for (;; at++) {
		int64_t left_us = deadline_left_us(deadline);
		size_t left = task->visit_count - at;

		visit(walk, task, &task->visits[at],
		    left > 1 ? deadline_in(left_us / (int64_t)left) : deadline);
		if (left == 1 || task->visits[at].look->facts.connected)
			break;
		look_free(task->visits[at].look);
		mem_free(task->visits[at].look);
	}
	end_waiting(walk, patient);
	*first = task->visits[at];
	task->visit_count = 1;
	end_visits(walk, task);
}

/* ---- jobs ------------------------------------------------------------------------------- */

static void
add_job(struct walk *walk, struct task *task, size_t visit)
{
	pthread_mutex_lock(&walk->mutex);
	if (walk->job_count == walk->job_room) {
		walk->job_room = walk->job_room ? 2 * walk->job_room : walk->task_count + 1;
		walk->jobs = mem_grow(walk->jobs, walk->job_room, sizeof(*walk->jobs));
	}
	walk->jobs[walk->job_count++] = (struct job){task, visit};
	pthread_mutex_unlock(&walk->mutex);
	pool_add(&walk->pool, 1);
}

static void
begin_target(struct walk *walk, struct task *task)
{
	if (task->target->kind == CERT_TARGET_FILE) {
		cert_file_check(
		    walk->plan, &walk->contexts, walk->run, task->target, &task->report);
		return;
	}
	find_addresses(walk, task);
	if (task->visit_count == 0)
		return;
	if (walk->plan->settings->connection->first_address) {
		visit_first(walk, task);
		return;
	}
	for (size_t i = 1, count = task->visit_count; i < count; i++)
		add_job(walk, task, i);
	visit_one(walk, task, 0);
}

static void
work(void *context, size_t index)
{
	struct walk *walk = context;
	struct job job;

	pthread_mutex_lock(&walk->mutex);
	job = walk->jobs[index];
	pthread_mutex_unlock(&walk->mutex);
	if (job.visit == 0)
		begin_target(walk, job.task);
	else
		visit_one(walk, job.task, job.visit);
}

/* Judging, joining and printing take time too: it is not given away. */
static void
keep_time(struct walk *walk)
{
	int64_t left_us = deadline_left_us(walk->run->deadline);
	int64_t keep_us = JOIN_US + JOIN_TARGET_US * (int64_t)walk->task_count;

	if (walk->task_count > 1)
		walk->run->deadline =
		    deadline_in(left_us - (keep_us < left_us / 5 ? keep_us : left_us / 5));
}

static void
do_all(struct walk *walk)
{
	keep_time(walk);
	pthread_mutex_init(&walk->mutex, NULL);
	pool_init(&walk->pool, walk->parallel, work, walk);
	for (size_t i = 0; i < walk->task_count; i++)
		add_job(walk, &walk->tasks[i], 0);
	pool_finish(&walk->pool);
	pthread_mutex_destroy(&walk->mutex);
	mem_free(walk->jobs);
}

/* ---- the whole -------------------------------------------------------------------------- */

/* Of a file its path, without the folder that line 1 begins with. */
static const char *
name_of(const struct run *run, const struct cert_target *target, const char *subject)
{
	size_t folder = strlen(run->subject);

	if (target->kind != CERT_TARGET_FILE || !subject || strcmp(target->path, "-") == 0)
		return target->subject;
	folder -= folder > 0 && run->subject[folder - 1] == '/';
	if (strncmp(subject, run->subject, folder) == 0 && subject[folder] == '/')
		return subject + folder + 1;
	return subject;
}

/* Line 1 names what it speaks of, where that is one of many. */
static void
name_findings(const struct run *run, const struct cert_target *target, struct report *report)
{
	for (size_t i = 0; i < report->finding_count; i++) {
		struct report_finding *finding = &report->findings[i];
		const char *name = name_of(run, target, finding->subject);

		if (strcmp(name, run->subject) != 0)
			report_headline(report, finding, "%s: %s", name,
			    finding->headline ? finding->headline : finding->message);
	}
}

static void
say_all_good(struct run *run)
{
	const struct report_metric *days = &run->report.metrics[METRIC_CERT_DAYS];

	struct buf text;

	buf_init(&text, 128);
	buf_add_text(&text, "all good");
	if (days->known) {
		buf_printf(&text, ", the first certificate %s", days->value < 0 ? "" : "ends in ");
		text_days(&text, days->value, 1);
	}
	report_good(&run->report, "%s", buf_text(&text));
	buf_free(&text);
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
		name_findings(run, task->target, &task->report);
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
	struct walk walk = {.plan = plan, .run = run, .parallel = run->given ? 1 : plan->parallel};

	look_contexts_init(&walk.contexts, &plan->settings->settings, plan->floor);
	if (open_context(&walk)) {
		cert_expand(plan, run);
		walk.task_count = plan->targets->count;
		walk.tasks = mem_array(walk.task_count + 1, sizeof(*walk.tasks));
		for (size_t i = 0; i < walk.task_count; i++) {
			walk.tasks[i].target = &plan->targets->list[i];
			report_init(&walk.tasks[i].report, &run->policy);
		}
		do_all(&walk);
		run_judged(run, 0);
		join(&walk);
		mem_free(walk.tasks);
	}
	look_contexts_free(&walk.contexts);
}
