/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the visit to mail hosts. The dialog and its judge are SMTP's own. */
#include "check/mx_connect.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "check/judge_smtp.h"
#include "check/pool.h"

/* What the probe is handed: one host's visit. */
struct visit {
	const struct mx_connect *connect;
	struct smtp_params params;
	struct judge_smtp wants;
	struct login_opts login; /* nothing is demanded */
};

static void
facts_init(void *facts)
{
	smtp_facts_init(facts);
}

static void
facts_release(void *facts)
{
	smtp_facts_free(facts);
}

static void
talk(const struct session_params *session, const void *params, void *facts)
{
	const struct visit *visit = params;

	/* How it ended stands in the facts. */
	(void)!smtp_run(session, &visit->params, facts);
}

static const struct mx_target *
target_of(const struct mx_facts *facts, const char *address)
{
	for (size_t i = 0; i < facts->target_count; i++)
		if (strcmp(facts->targets[i].address.text, address) == 0)
			return &facts->targets[i];
	return NULL;
}

static bool
is_reverse(const struct mx_target *target, const char *name, size_t len)
{
	for (size_t i = 0; i < target->reverse_count; i++)
		if (strlen(target->reverse[i]->text) == len &&
		    strncasecmp(target->reverse[i]->text, name, len) == 0)
			return true;
	return false;
}

/* The first word of the greeting and of the reply to EHLO is the server's name (RFC 5321, 4.2, 4.1.1.1). */
static void
judge_banner(const struct judge *judge, const struct smtp_facts *facts, const struct visit *visit)
{
	const struct mx_target *target =
	    target_of(visit->connect->facts, facts->session.address.text);
	const char *greeting = facts->greeting.text, *ehlo = facts->ehlo.name;
	size_t len = greeting ? strcspn(greeting, " \r\n") : 0;
	struct report_finding *finding;

	if (!target || target->reverse_count == 0 || facts->greeting.code != 220 || len == 0)
		return;
	if (!is_reverse(target, greeting, len)) {
		finding = report_add(judge->report, FINDING_MX_BANNER, judge->endpoint,
		    "the greeting does not begin with the reverse name %s of %s",
		    target->reverse[0]->text, target->address.text);
		report_said(judge->report, finding, greeting, strlen(greeting));
	} else if (ehlo && *ehlo && !is_reverse(target, ehlo, strlen(ehlo))) {
		finding = report_add(judge->report, FINDING_MX_BANNER, judge->endpoint,
		    "the reply to EHLO does not begin with the reverse name %s of %s",
		    target->reverse[0]->text, target->address.text);
		report_said(judge->report, finding, ehlo, strlen(ehlo));
	}
}

static void
judge(const struct judge *judge, const void *facts, const void *params)
{
	const struct visit *visit = params;
	struct smtp_facts seen = *(const struct smtp_facts *)facts;

	/* Where no session came about, relaying could not be tried: that is the same fault. */
	if (err_is_set(&seen.session.err))
		seen.tests[SMTP_REFUSE_RELAY].asked = false;
	seen.goodbye_said = false; /* no affair of who looks at the domain */
	judge_smtp(judge, &seen, &visit->wants);
	judge_banner(judge, &seen, visit);
}

static void
show(const struct judge *judge, const void *facts, const void *params UNUSED,
    struct value *endpoint, bool chosen)
{
	show_smtp(facts, NULL, NULL, judge->report, endpoint, chosen);
}

/* The addresses the walk found, as --resolve would name them. */
static void
known_addresses(const struct mx_connect *connect, const struct mx_name *name, struct run *run,
    struct strings *out)
{
	for (size_t i = 0; i < name->count; i++) {
		const struct mx_target *target = target_of(connect->facts, name->list[i].text);

		if (target && (target->kind != IP_SPECIAL || connect->special_too))
			strings_add(out,
			    arena_printf(&run->arena, "%s:%s", name->text, name->list[i].text));
	}
}

/* A mail host, visited by a run of its own: threads share nothing but constants. */
struct stop {
	const struct mx_connect *connect;
	const struct mx_host *host;
	struct run run;
};

static void
stop_init(struct stop *stop, const struct mx_connect *connect, const struct mx_host *host,
    const struct run *run)
{
	*stop = (struct stop){.connect = connect, .host = host, .run = *run};
	stop->run.arena = (struct arena){0};
	stop->run.judged = true; /* the time is the whole run's affair */
	report_init(&stop->run.report, &run->policy);
}

static void
visit_host(void *opaque, size_t index)
{
	struct stop *stop = (struct stop *)opaque + index;
	const struct mx_connect *connect = stop->connect;
	const struct mx_host *host = stop->host;
	struct run *run = &stop->run;
	struct target target = *connect->settings;
	struct basic_opts basic = *connect->settings->basic;
	struct connection_opts connection = *connect->settings->connection;
	const char *names[] = {host->text, NULL};
	struct visit visit = {.connect = connect};
	struct probe probe = {.facts_size = sizeof(struct smtp_facts),
	    .init = facts_init,
	    .release = facts_release,
	    .talk = talk,
	    .judge = judge,
	    .show = show,
	    .params = &visit,
	    .unfinished = true};

	basic.resolve = (struct strings){0};
	known_addresses(connect, host->name, run, &basic.resolve);
	connection.all_addresses = !connection.first_address;
	visit.params = (struct smtp_params){
	    .ehlo_name = connect->ehlo_name, .must_refuse = 1u << SMTP_REFUSE_RELAY};
	visit.wants = (struct judge_smtp){.login = &visit.login};
	target.basic = &basic;
	target.connection = &connection;
	target.proto = proto_get(PROTO_SMTP);
	target.mode = SESSION_STARTTLS;
	target.host = arena_strdup(&run->arena, host->text);
	target.shown = target.host;
	target.port = connect->port;
	if (!target.tls.verify_names)
		target.tls.verify_names = names;
	target.verify_names = names;
	run->subject = arena_printf(&run->arena, "%s:%u", host->text, connect->port);
	if (basic.resolve.count > 0)
		target_walk(&target, run, &probe);
	strings_free(&basic.resolve);
}

/* Visited once, however often it is an MX. */
static bool
is_worth_it(const struct mx_facts *facts, size_t index)
{
	const struct mx_host *host = &facts->hosts[index];

	for (size_t i = 0; i < index; i++)
		if (facts->hosts[i].name == host->name)
			return false;
	return host->name && host->name->count > 0;
}

/* Metrics of one host are those of all: addresses add up, the others keep the worst. */
static void
add_up(struct run *run, struct report *report, enum metric_id metric)
{
	struct report_metric *part = &report->metrics[metric], *sum = &run->report.metrics[metric];

	if (part->known && sum->known) {
		sum->value += part->value;
		part->known = false;
	}
}

void
mx_connect(const struct mx_connect *connect, struct run *run)
{
	const struct mx_facts *facts = connect->facts;
	struct stop *stops = mem_array(facts->host_count + 1, sizeof(*stops));
	size_t count = 0;

	for (size_t i = 0; i < facts->host_count; i++)
		if (is_worth_it(facts, i))
			stop_init(&stops[count++], connect, &facts->hosts[i], run);
	/* A given stream is one for all. */
	pool_run(count, run->given ? 1 : count, visit_host, stops);
	for (size_t i = 0; i < count; i++) {
		struct report *report = &stops[i].run.report;

		add_up(run, report, METRIC_ADDRESSES);
		add_up(run, report, METRIC_ADDRESSES_OK);
		report_join(&run->report, report);
		arena_free(&stops[i].run.arena);
	}
	mem_free(stops);
}
