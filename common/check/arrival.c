/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the second target of a delivery check and the walk to it. What is found is the taker's. */
#include "check/arrival.h"

#include <string.h>

#include "base/text.h"
#include "check/host.h"
#include "check/judge_imap.h"
#include "check/judge_pop3.h"
#include "dialog/imap_find.h"
#include "dialog/maildir_find.h"
#include "dialog/pop3_find.h"

#define MAILDIR "maildir:"

/* ---- what follows from the options ------------------------------------------------ */

static bool
has_secret(const struct login_opts *own)
{
	return own->password || own->password_file || own->token_file || own->password_env ||
	       own->password_fd || own->password_command || own->token_command ||
	       own->password_credential || own->authtype == (int)SASL_EXTERNAL;
}

/* The submission's secret, to the user named here. */
static bool
borrow_login(
    struct arrival *arrival, const char *user, const struct login_params *login, struct run *run)
{
	if (!login_wanted(login) || (!login->password && !login->token))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--arrives needs a login: --arrives-user and --arrives-password-file");
	arrival->login = (struct login_params){.user = user,
	    .password = login->password,
	    .token = login->token,
	    .allow_exposed = login->allow_exposed,
	    .host = arrival->target.host,
	    .port = arrival->target.port,
	    .now_unix = run->now_unix};
	return true;
}

static bool
resolve_login(struct arrival *arrival, const struct login_opts *own,
    const struct login_params *login, struct run *run)
{
	struct login_opts opts = *own;
	const char *user = own->user ? own->user : arrival->target.uri_user;

	if (!user)
		user = login->user;
	if (!has_secret(own))
		return borrow_login(arrival, user, login, run);
	if (!opts.user && !arrival->target.uri_user)
		opts.user = user;
	opts.allow_exposed_password = login->allow_exposed;
	return target_login(&arrival->target, &opts, run, &arrival->login);
}

/* The port decides nothing here: the scheme says how TLS begins. */
static void
resolve_connection(struct arrival *arrival, const struct target *submission, bool tls)
{
	const struct connection_opts *c = submission->connection;

	arrival->connection = (struct connection_opts){
	    .starttls = !tls && !c->cleartext,
	    .cleartext = !tls && c->cleartext,
	    .tls_min = c->tls_min,
	    .tls_max = c->tls_max,
	    .ca_file = c->ca_file,
	    .ca_path = c->ca_path,
	    .insecure = c->insecure,
	    .client_cert = c->client_cert,
	    .client_key = c->client_key,
	    .client_key_password_file = c->client_key_password_file,
	    .first_address = true,
	};
	arrival->basic = *submission->basic;
	arrival->basic.hostname = arrival->host;
	arrival->basic.port = 0;
}

static bool
resolve_server(struct arrival *arrival, const char *uri, const struct target *submission,
    const struct login_opts *own, const struct login_params *login, struct run *run)
{
	const struct run before = *run;
	struct opt_parse parse = *run->parse;
	const char *scheme = arena_strndup(&run->arena, uri, strcspn(uri, ":"));
	bool tls = false, ok;
	const struct proto *proto = proto_find(scheme, &tls);

	if (!proto || (proto->id != PROTO_IMAP && proto->id != PROTO_POP3) || !host_is_uri(uri))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--arrives takes imaps://, imap://, pop3s://, pop3:// and maildir:PATH");
	arrival->kind = proto->id == PROTO_IMAP ? ARRIVAL_IMAP : ARRIVAL_POP3;
	strings_add(&arrival->host, uri);
	resolve_connection(arrival, submission, tls);
	parse.words = (struct strings){0};
	run->parse = &parse;
	ok = target_resolve(&arrival->target, proto, &arrival->basic, &arrival->connection, run);
	arrival->subject = run->subject;
	ok = ok && resolve_login(arrival, own, login, run);
	/* The run is about the submission still. */
	run->parse = before.parse;
	run->service = before.service;
	run->subject = before.subject;
	run->host = before.host;
	run->port = before.port;
	run->user = before.user;
	run->target = before.target;
	arrival->folder = arrival->target.uri_folder ? arrival->target.uri_folder : "INBOX";
	if (ok && arrival->kind == ARRIVAL_POP3 && arrival->target.uri_folder)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "POP3 has no folders: --arrives ends at the host");
	return ok;
}

bool
arrival_resolve(struct arrival *arrival, const char *uri, const struct login_opts *own,
    const struct target *submission, const struct login_params *login, struct run *run)
{
	if (!uri)
		return true;
	if (!text_begins_fold(uri, MAILDIR))
		return resolve_server(arrival, uri, submission, own, login, run);
	uri += strlen(MAILDIR);
	if (strncmp(uri, "///", 3) == 0)
		uri += 2;
	if (*uri != '/')
		return err_set(
		    &run->err, ERR_CONFIG, 0, "--arrives maildir: needs an absolute path");
	arrival->kind = ARRIVAL_MAILDIR;
	arrival->folder = arrival->subject = uri;
	strings_add(&run->writes, uri); /* the message found is removed */
	return true;
}

void
arrival_free(struct arrival *arrival)
{
	target_free(&arrival->target);
	strings_free(&arrival->host);
}

/* ---- the look ------------------------------------------------------------------------ */

struct looking {
	const struct arrival *arrival;
	const struct find_params *find;
	const struct arrival_taker *taker;
};

struct looked {
	union {
		struct session_facts session; /* first in both */
		struct imap_facts imap;
		struct pop3_facts pop3;
	};
	struct find_facts found;
};

static void
init_imap(void *facts)
{
	struct looked *looked = facts;

	imap_facts_init(&looked->imap);
}

static void
init_pop3(void *facts)
{
	struct looked *looked = facts;

	pop3_facts_init(&looked->pop3);
}

static void
release(void *facts)
{
	struct looked *looked = facts;

	session_facts_free(&looked->session);
}

static void
talk(const struct session_params *session, const void *params, void *facts)
{
	const struct looking *looking = params;
	const struct login_params *login = &looking->arrival->login;
	struct looked *looked = facts;

	/* How it ended stands in the facts. */
	if (looking->arrival->kind == ARRIVAL_IMAP)
		(void)!imap_find_run(session, &(struct imap_params){.login = *login}, looking->find,
		    &looked->imap, &looked->found);
	else
		(void)!pop3_find_run(session, &(struct pop3_params){.login = *login}, looking->find,
		    &looked->pop3, &looked->found);
}

static void
judge(const struct judge *judge, const void *facts, const void *params)
{
	static const struct login_opts no_demands;
	static const struct classic_opts no_letters;
	const struct looking *looking = params;
	const struct looked *looked = facts;

	if (looking->arrival->kind == ARRIVAL_IMAP)
		judge_imap(judge, &looked->imap,
		    &(struct judge_imap){.login = &no_demands, .classic = &no_letters});
	else
		judge_pop3(judge, &looked->pop3,
		    &(struct judge_pop3){.login = &no_demands, .classic = &no_letters});
	/* Times and counts there are not those of the submission. */
	for (int metric = 0; metric < METRIC_COUNT; metric++)
		if (metric != METRIC_CERT_DAYS && metric != METRIC_CERT_LIFETIME_LEFT)
			judge->report->metrics[metric].known = false;
	looking->taker->take(looking->taker->context, judge, &looked->found);
}

static void
show(const struct judge *judge, const void *facts, const void *params, struct value *endpoint,
    bool chosen UNUSED)
{
	const struct looking *looking = params;
	const struct looked *looked = facts;

	if (looking->arrival->kind == ARRIVAL_IMAP)
		show_imap(&looked->imap, judge->user, judge->report, endpoint, false);
	else
		show_pop3(&looked->pop3, judge->user, judge->report, endpoint, false);
}

/* Phases of the other side are of the timeline, not of the metrics. */
static bool
is_delivery_metric(int metric)
{
	return metric == METRIC_CERT_DAYS || metric == METRIC_CERT_LIFETIME_LEFT ||
	       metric == METRIC_TIME_DELIVERY || metric == METRIC_HOPS ||
	       metric == METRIC_HOP_MAX || metric == METRIC_LEFTOVERS;
}

static void
look_at_server(const struct looking *looking, struct run *run)
{
	const struct arrival *arrival = looking->arrival;
	struct run side = *run;
	struct probe probe = {
	    .facts_size = sizeof(struct looked),
	    .init = arrival->kind == ARRIVAL_IMAP ? init_imap : init_pop3,
	    .release = release,
	    .talk = talk,
	    .judge = judge,
	    .show = show,
	    .params = looking,
	};

	side.arena = (struct arena){0};
	side.subject = arrival->subject;
	side.user = arrival->login.user;
	for (int metric = 0; metric < METRIC_COUNT; metric++) {
		if (is_delivery_metric(metric))
			continue;
		side.limits.given[metric] = false;
		side.limits.warning[metric] = side.limits.critical[metric] = (struct range){0};
	}
	report_init(&side.report, &run->policy);
	target_walk(&arrival->target, &side, &probe);
	for (size_t i = 0; i < side.report.phase_count; i++)
		if (!side.report.phases[i].endpoint) /* that of the name's resolution */
			side.report.phases[i].endpoint =
			    arena_strdup(&side.report.arena, arrival->subject);
	for (int metric = 0; metric < METRIC_COUNT; metric++)
		if (!is_delivery_metric(metric))
			side.report.metrics[metric].known = false;
	side.report.good = NULL;
	report_join(&run->report, &side.report);
	arena_free(&side.arena);
}

static void
look_into_maildir(const struct looking *looking, struct run *run)
{
	struct judge judge = {.endpoint = looking->arrival->subject,
	    .report = &run->report,
	    .limits = &run->limits,
	    .now_unix = run->now_unix,
	    .host = run->host};
	struct find_facts found = {.leftovers = -1};
	struct arena arena = {0};
	struct err err = {0};

	if (!maildir_find_run(looking->find, &arena, &found, &err))
		report_add(
		    &run->report, FINDING_CLIENT_USAGE, looking->arrival->subject, "%s", err.text);
	looking->taker->take(looking->taker->context, &judge, &found);
	arena_free(&arena);
}

void
arrival_look(const struct arrival *arrival, struct run *run, const struct find_params *find,
    const struct arrival_taker *taker)
{
	const struct looking looking = {.arrival = arrival, .find = find, .taker = taker};

	if (arrival->kind == ARRIVAL_MAILDIR)
		look_into_maildir(&looking, run);
	else
		look_at_server(&looking, run);
}
