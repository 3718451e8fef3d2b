/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk over the addresses of a target: the first that answers, as a client
 * would, or all of them side by side in threads. Owns attempts and how their
 * reports become one.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/dane.h"
#include "check/several.h"
#include "check/show.h"
#include "check/target.h"

/* What all attempts of a walk share; const while threads run. */
struct walk {
	const struct target *target;
	struct run *run;
	const struct probe *probe;
	struct tls_context context;
	struct tls_params tls;
	struct tlsa tlsa; /* --dane */
};

/* One address: its facts and its report. Attempts share nothing but constants. */
struct attempt {
	const struct walk *walk;
	struct session_params session;
	struct address address;
	void *facts; /* begins with struct session_facts */
	struct report report;
	char *endpoint; /* id, in the report's arena */
	pthread_t thread;
};

static struct session_facts *
attempt_session(const struct attempt *attempt)
{
	return (struct session_facts *)attempt->facts;
}

static void
attempt_init(struct attempt *attempt, const struct walk *walk, const struct address *address)
{
	const struct target *target = walk->target;
	const struct probe *probe = walk->probe;
	const struct run *run = walk->run;

	*attempt = (struct attempt){.walk = walk, .address = *address};
	attempt->facts = mem_alloc(probe->facts_size);
	probe->init(attempt->facts);
	report_init(&attempt->report, &run->policy);
	attempt->endpoint =
	    arena_printf(&attempt->report.arena, "%s/%s", run->subject, address->text);
	if (target->host[0] == '/')
		attempt->endpoint = arena_strdup(&attempt->report.arena, target->host);
	attempt_session(attempt)->address = *address;
	attempt->session = (struct session_params){
	    .address = &attempt->address,
	    .mode = target->mode,
	    .tls = &walk->tls,
	    .proxy_protocol = (int)target->connection->proxy_protocol,
	    .deadline = run->deadline,
	    .transcript = run->basic->verbose >= 3,
	    .given = run->given ? run->given(run->given_context) : NULL,
	};
}

static void *
attempt_talk(void *opaque)
{
	struct attempt *attempt = opaque;

	attempt->walk->probe->talk(&attempt->session, attempt->walk->probe->params, attempt->facts);
	return NULL;
}

static void
attempt_judge(struct attempt *attempt, bool chosen)
{
	const struct target *target = attempt->walk->target;
	const struct probe *probe = attempt->walk->probe;
	const struct run *run = attempt->walk->run;
	const struct session_facts *facts = attempt_session(attempt);
	struct judge judge = {
	    .proto = target->proto,
	    .mode = target->mode,
	    .port = target->port,
	    .host = target->host,
	    .limits = &run->limits,
	    .now_unix = run->now_unix,
	    .insecure = target->connection->insecure,
	    .client_cert_given = target->connection->client_cert != NULL,
	    .verify_names = target->verify_names,
	    .user = run->user,
	    .greeting = facts->greeting,
	    .endpoint = attempt->endpoint,
	    .report = &attempt->report,
	};
	struct value *endpoint;
	const char *dane;

	judge_ending(&judge, facts);
	judge_upgrade(&judge, facts);
	judge_cert(&judge, &facts->tls);
	dane = judge_dane(&judge, &attempt->walk->tlsa, &facts->tls, NULL, run->plugin->program);
	probe->judge(&judge, attempt->facts, probe->params);
	judge_unexplained(&judge, facts);
	judge_phases(&judge, facts, run->started_us);
	judge_metrics(&attempt->report, &run->limits, attempt->endpoint);
	endpoint = show_endpoint(
	    &attempt->report, facts, attempt->endpoint, target->host, target->port, chosen);
	show_dane(&attempt->report, endpoint, dane);
	probe->show(&judge, attempt->facts, probe->params, endpoint, chosen);
	show_certificates(&attempt->report, &facts->tls, attempt->endpoint, run->now_unix);
	show_transcript(&attempt->report, &facts->transcript);
}

static void
attempt_free(struct attempt *attempt)
{
	attempt->walk->probe->release(attempt->facts);
	mem_free(attempt->facts);
	report_free(&attempt->report);
}

/* Not reached at all: the next address is tried, as a client would. */
static bool
attempt_unreached(const struct attempt *attempt)
{
	return !attempt_session(attempt)->connected && err_is_set(&attempt_session(attempt)->err);
}

/* ---- one after the other ------------------------------------------------------- */

/* What is known of each address, for the judges of all of them. */
static const struct several *
several_of(struct run *run, const struct attempt *tries, size_t count)
{
	struct several *seen = arena_alloc(&run->arena, count * sizeof(*seen));

	for (size_t i = 0; i < count; i++)
		seen[i] = (struct several){.address = &tries[i].address,
		    .facts = attempt_session(&tries[i]),
		    .endpoint = tries[i].endpoint,
		    .reached = !attempt_unreached(&tries[i])};
	return seen;
}

/* Each address gets an even share of what is left; the last one all of it. */
static struct deadline
share(const struct run *run, size_t left)
{
	return deadline_in(deadline_left_us(run->deadline) / (int64_t)left);
}

static void
walk_first(const struct walk *walk, const struct addresses *addresses)
{
	struct run *run = walk->run;
	struct attempt *tries = mem_array(addresses->count, sizeof(*tries));
	size_t tried = 0, good = 0, chosen = 0;

	for (; tried < addresses->count && good == 0; tried++) {
		attempt_init(&tries[tried], walk, &addresses->list[tried]);
		tries[tried].session.connect_deadline = share(run, addresses->count - tried);
		attempt_talk(&tries[tried]);
		if (!attempt_unreached(&tries[tried])) {
			good = 1;
			chosen = tried;
		}
	}
	if (!walk->probe->unfinished)
		run_judged(run, good ? attempt_session(&tries[chosen])->ended_us : 0);
	for (size_t i = 0; i < tried; i++) {
		if (i == chosen || good == 0) {
			attempt_judge(&tries[i], i == chosen);
			report_join(&run->report, &tries[i].report);
		}
	}
	several_dead(&run->report, run->subject, several_of(run, tries, tried), tried);
	run->address = arena_strdup(&run->arena, tries[chosen].address.text);
	if (walk->target->is_name) {
		report_metric(&run->report, METRIC_ADDRESSES, (double)tried);
		report_metric(&run->report, METRIC_ADDRESSES_OK, (double)good);
	}
	for (size_t i = 0; i < tried; i++)
		attempt_free(&tries[i]);
	mem_free(tries);
}

/* ---- side by side -------------------------------------------------------------- */

static void
say_differ(const struct walk *walk, struct attempt *tries, size_t count)
{
	struct run *run = walk->run;

	for (size_t i = 1; i < count; i++) {
		if (attempt_unreached(&tries[0]) || attempt_unreached(&tries[i]))
			continue;
		if (walk->probe->differ) {
			const char *what = walk->probe->differ(tries[0].facts, tries[i].facts);

			if (what && !report_has(&run->report, FINDING_NET_ADDRESSES_DIFFER))
				report_add(&run->report, FINDING_NET_ADDRESSES_DIFFER, run->subject,
				    "%s and %s differ: %s", tries[0].address.text,
				    tries[i].address.text, what);
		}
	}
}

static void
walk_all(const struct walk *walk, const struct addresses *addresses)
{
	struct run *run = walk->run;
	struct attempt *tries = mem_array(addresses->count, sizeof(*tries));
	const struct several *seen;
	size_t good = 0, chosen = addresses->count;
	int64_t ended_us = 0;
	bool *threaded = mem_array(addresses->count, sizeof(*threaded));

	for (size_t i = 0; i < addresses->count; i++)
		attempt_init(&tries[i], walk, &addresses->list[i]);
	for (size_t i = 0; i < addresses->count; i++) {
		threaded[i] = addresses->count > 1 &&
			      pthread_create(&tries[i].thread, NULL, attempt_talk, &tries[i]) == 0;
		if (!threaded[i])
			attempt_talk(&tries[i]);
	}
	for (size_t i = 0; i < addresses->count; i++) {
		if (threaded[i])
			pthread_join(tries[i].thread, NULL);
		if (attempt_session(&tries[i])->ended_us > ended_us)
			ended_us = attempt_session(&tries[i])->ended_us;
		if (attempt_unreached(&tries[i]))
			continue;
		good++;
		if (chosen == addresses->count)
			chosen = i;
	}
	if (!walk->probe->unfinished)
		run_judged(run, ended_us);
	seen = several_of(run, tries, addresses->count);
	for (size_t i = 0; i < addresses->count; i++) {
		if (!attempt_unreached(&tries[i]) || good == 0)
			attempt_judge(&tries[i], i == chosen);
	}
	several_dead(&run->report, run->subject, seen, addresses->count);
	several_certs(&run->report, run->subject, seen, addresses->count, run->now_unix);
	say_differ(walk, tries, addresses->count);
	for (size_t i = 0; i < addresses->count; i++)
		report_join(&run->report, &tries[i].report);
	several_logins(&run->report);
	report_metric(&run->report, METRIC_ADDRESSES, (double)addresses->count);
	report_metric(&run->report, METRIC_ADDRESSES_OK, (double)good);
	for (size_t i = 0; i < addresses->count; i++)
		attempt_free(&tries[i]);
	mem_free(threaded);
	mem_free(tries);
}

/* ---- the walk ---------------------------------------------------------------------- */

enum finding_id
target_context_finding(const struct tls_settings *settings, const struct err *err)
{
	if (err->kind == ERR_LOCAL)
		return settings->client_cert && err->code == TLS_FAULT_CLIENT_CERT
			   ? FINDING_CLIENT_CLIENT_CERT
			   : FINDING_CLIENT_TRUST_STORE;
	return FINDING_CLIENT_TLS_SETTINGS;
}

/* Asked before the service: its records say what to expect of it. */
static void
walk_dane(struct walk *walk)
{
	const struct target *target = walk->target;
	struct run *run = walk->run;
	struct judge judge = {.endpoint = run->subject, .report = &run->report};

	if (!target->connection->dane || target->mode == SESSION_CLEARTEXT)
		return;
	dane_fetch(
	    &walk->tlsa, target->is_name ? target->host : NULL, target->port, run, run->deadline);
	judge_dane_lookup(&judge, &walk->tlsa, run->plugin->program);
}

void
target_walk(const struct target *target, struct run *run, const struct probe *probe)
{
	struct target found = *target; /* --srv tells its host and port only now */
	struct walk walk = {.target = &found, .run = run, .probe = probe, .tls = target->tls};
	struct addresses *addresses = mem_alloc(sizeof(*addresses));
	struct err err = {0};

	walk.tls.context = &walk.context;
	if (target->mode != SESSION_CLEARTEXT &&
	    !tls_context_open(&walk.context, &target->settings, &err)) {
		report_add(&run->report, target_context_finding(&target->settings, &err),
		    run->subject, "%s", err.text);
		run_judged(run, 0);
	} else if (target_find(&found, run, addresses)) {
		walk_dane(&walk);
		if (target->connection->all_addresses)
			walk_all(&walk, addresses);
		else
			walk_first(&walk, addresses);
	}
	tls_context_close(&walk.context);
	tlsa_free(&walk.tlsa);
	mem_free(addresses);
}
