/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns starting the checks side by side and what each is told. Knows no
 * protocol, and judges nothing: see judge_doctor.
 */
#include "check/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "check/host.h"
#include "check/pool.h"
#include "wire/cert.h"

#define OWN_US (500 * US_PER_MS) /* for the verdict, of the whole time */
#define WORDS_MAX 256            /* of a check's command line */

/* ---- what follows from the options --------------------------------------------------------- */

static bool
pick(bool wanted[DOCTOR_CHECKS], const struct strings *list, bool value, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		int check = 0;
		char shown[60];

		while (check < DOCTOR_CHECKS &&
		       strcmp(list->items[i], doctor_check_name((enum doctor_check)check)) != 0)
			check++;
		if (check == DOCTOR_CHECKS)
			return err_set(err, ERR_CONFIG, 0,
			    "--only and --skip take smtp, imap, pop3, cert and mx, not %s",
			    text_clean_into(
				shown, sizeof(shown), list->items[i], strlen(list->items[i])));
		wanted[check] = value;
	}
	return true;
}

static bool
resolve_checks(struct doctor *doctor, struct err *err)
{
	const struct doctor_opts *opts = doctor->settings.opts;

	for (int i = 0; i < DOCTOR_CHECKS; i++)
		doctor->wanted[i] = opts->only.count == 0;
	if (!pick(doctor->wanted, &opts->only, true, err) ||
	    !pick(doctor->wanted, &opts->skip, false, err))
		return false;
	for (int i = 0; i < DOCTOR_CHECKS; i++)
		doctor->wanted[i] &= doctor->settings.checks[i] != NULL;
	return true;
}

static bool
resolve_subject(struct doctor *doctor, struct run *run)
{
	const struct basic_opts *basic = doctor->settings.basic;
	const struct strings *words = &run->parse->words;
	const char *subject = basic->hostname.count ? basic->hostname.items[0] : NULL, *at;

	if (words->count + basic->hostname.count != 1)
		return err_set(&run->err, ERR_CONFIG, 0, "one address or domain is wanted");
	if (words->count)
		subject = words->items[0];
	if (basic->port)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "the doctor finds the ports itself: use the single check with --port");
	at = strrchr(subject, '@');
	doctor->domain = host_normalise(&run->arena, at ? at + 1 : subject, &run->err);
	if (!doctor->domain)
		return false;
	if (!dns_name_is_host(doctor->domain) || !strchr(doctor->domain, '.') ||
	    cert_is_address(doctor->domain))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "an address or domain is wanted, such as anna@example.org");
	run->subject = arena_strdup(&run->arena, subject);
	run->host = run->target.host = run->target.domain = doctor->domain;
	run->target.service = "doctor";
	doctor->user = doctor->settings.login->user;
	if (!doctor->user && at)
		doctor->user = run->subject;
	return true;
}

static bool
has_token(const struct login_opts *login)
{
	return login->token_file || login->token_command;
}

/* A password is read once: a descriptor has it once, a command may ask somebody. */
static bool
resolve_secret(struct doctor *doctor, struct run *run)
{
	const struct login_opts *login = doctor->settings.login;

	if (!has_token(login) &&
	    !secret_read(&doctor->secret, login, run->environment, run->deadline, &run->err)) {
		int fault = run->err.code;

		return config_err(run, fault == SECRET_FAULT_FILE     ? FINDING_CLIENT_SECRET_FILE
				       : fault == SECRET_FAULT_FORMAT ? FINDING_CLIENT_SECRET_FORMAT
								      : FINDING_CLIENT_USAGE);
	}
	if (login->user && !has_token(login) && !doctor->secret.password)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--user needs a password or a token: see --password-file");
	if (!has_token(login) && !doctor->secret.password)
		doctor->user = NULL;
	run->user = run->target.user = doctor->user;
	return true;
}

bool
doctor_resolve(struct doctor *doctor, const struct doctor_settings *settings, struct run *run)
{
	*doctor = (struct doctor){.settings = *settings};
	return resolve_subject(doctor, run) && resolve_checks(doctor, &run->err) &&
	       resolve_secret(doctor, run);
}

void
doctor_free(struct doctor *doctor)
{
	secret_release(&doctor->secret);
}

/* ---- one check ------------------------------------------------------------------------------ */

struct work {
	const struct doctor *doctor;
	struct run *run;
	struct doctor_places places;
	struct doctor_facts facts;
	enum doctor_check order[DOCTOR_CHECKS];
	size_t count, done;
	pthread_mutex_t lock; /* of done and the progress */
};

/* A command line in an arena: the parser may wipe what it reads. */
struct words {
	struct arena arena;
	char *list[WORDS_MAX + 1];
	int count;
};

static void
add(struct words *words, const char *name, const char *value)
{
	if (words->count + 2 > WORDS_MAX)
		return;
	words->list[words->count++] = arena_strdup(&words->arena, name);
	if (value)
		words->list[words->count++] = arena_strdup(&words->arena, value);
}

static void
add_all(struct words *words, const char *name, const struct strings *values)
{
	for (size_t i = 0; i < values->count; i++)
		add(words, name, values->items[i]);
}

/* One of "a|b|c". */
static void
add_choice(struct words *words, const char *name, const char *choices, int index)
{
	for (; index > 0; index--)
		choices += strcspn(choices, "|") + 1;
	add(words, name, arena_strndup(&words->arena, choices, strcspn(choices, "|")));
}

static void
add_place(struct words *words, const struct doctor_place *place)
{
	add(words, "--hostname", place->host);
	add(words, "--port", arena_printf(&words->arena, "%u", place->port));
	add(words, place->tls ? "--tls" : "--starttls", NULL);
}

/* imaps://host:993 and so on, for every service found. */
static void
add_targets(struct words *words, const struct doctor_places *places)
{
	static const char *const schemes[DOCTOR_SERVICES][2] = {
	    [DOCTOR_SMTP] = {"submission", "smtps"},
	    [DOCTOR_IMAP] = {"imap", "imaps"},
	    [DOCTOR_POP3] = {"pop3", "pop3s"},
	};

	for (int i = 0; i < DOCTOR_SERVICES; i++) {
		const struct doctor_place *place = &places->services[i];

		if (place->offered)
			add(words,
			    arena_printf(&words->arena, "%s://%s:%u", schemes[i][place->tls],
				place->host, place->port),
			    NULL);
	}
}

/* The secret waits in a pipe: it stands on no command line and is read once. -1: no pipe. */
static int
add_login(struct words *words, const struct doctor *doctor)
{
	const struct login_opts *login = doctor->settings.login;
	const char *secret = doctor->secret.password;
	int ends[2];

	if (!doctor->user)
		return -1;
	add(words, "--user", doctor->user);
	if (login->authtype >= 0)
		add_choice(words, "--authtype", AUTHTYPE_CHOICES, login->authtype);
	if (login->token_file)
		add(words, "--token-file", login->token_file);
	if (login->token_command)
		add(words, "--token-command", login->token_command);
	if (!secret || pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	/* Shorter than PIPE_BUF: it never blocks and is never written in part. */
	if (write(ends[1], secret, strlen(secret)) < 0 || write(ends[1], "\n", 1) < 0)
		secret = NULL;
	close(ends[1]);
	add(words, "--password-fd", arena_printf(&words->arena, "%d", ends[0]));
	return ends[0];
}

static void
add_common(struct words *words, const struct doctor *doctor, const struct run *run)
{
	const struct basic_opts *basic = doctor->settings.basic;
	int64_t left_us = deadline_left_us(run->deadline) - OWN_US, each_us = run->timeout_us / 3;

	if (each_us > left_us)
		each_us = left_us;
	if (each_us < US_PER_S)
		each_us = US_PER_S;
	add(words, "--timeout",
	    arena_printf(&words->arena, "%lldms", (long long)(each_us / US_PER_MS)));
	if (basic->ipv4)
		add(words, "--ipv4", NULL);
	if (basic->ipv6)
		add(words, "--ipv6", NULL);
	add_all(words, "--resolver", &basic->resolver);
	add_all(words, "--resolve", &basic->resolve);
	add_all(words, "--state", &basic->state);
	if (basic->require_sandbox)
		add(words, "--require-sandbox", NULL);
}

/* The check's report moves here with its JSON tree: what it points to dies with the run. */
static void
take(void *context, struct report *report, const struct render_params *params)
{
	struct doctor_result *result = context;

	result->tree = render_value(report, params);
	result->report = *report;
	result->report.policy = NULL;
	*report = (struct report){0};
}

static void
say_progress(struct work *work, enum doctor_check check, const struct doctor_result *result)
{
	char text[160];

	pthread_mutex_lock(&work->lock);
	work->done++;
	if (work->doctor->settings.progress) {
		snprintf(text, sizeof(text), "%zu of %zu checks done: %s %s", work->done,
		    work->count, doctor_check_name(check),
		    result->outcome == DOCTOR_WORKS ? "works" : "fails");
		work->doctor->settings.progress(text);
	}
	pthread_mutex_unlock(&work->lock);
}

static void
run_check(void *context, size_t index)
{
	struct work *work = context;
	const struct doctor *doctor = work->doctor;
	enum doctor_check check = work->order[index];
	const struct plugin *plugin = doctor->settings.checks[check];
	struct doctor_result *result = &work->facts.results[check];
	struct plugin_io io = {.environment = work->run->environment,
	    .now_unix = work->run->now_unix,
	    .take = take,
	    .take_context = result};
	struct words words = {0};
	int secret = -1;

	add(&words, plugin->options->program, NULL);
	if (check < DOCTOR_SERVICES) {
		add_place(&words, &work->places.services[check]);
		if (!result->guarded)
			secret = add_login(&words, doctor);
	} else if (check == DOCTOR_CERT) {
		add_targets(&words, &work->places);
	} else {
		add(&words, "--domain", doctor->domain);
	}
	if (doctor->settings.opts->ca_file && check != DOCTOR_MX)
		add(&words, "--ca-file", doctor->settings.opts->ca_file);
	add_common(&words, doctor, work->run);
	/* The report says it all, the exit code included. */
	(void)plugin_run(plugin, words.count, words.list, &io);
	buf_free(&io.out);
	arena_free(&io.arena);
	arena_free(&words.arena);
	if (secret >= 0)
		close(secret);
	doctor_result_settle(result);
	say_progress(work, check, result);
}

/* ---- all of them ------------------------------------------------------------------------------ */

static bool
may_login(const struct doctor *doctor, const struct doctor_place *place)
{
	return place->trusted || strings_has_fold(&doctor->settings.opts->verify_name, place->host);
}

static void
plan(struct work *work)
{
	const struct doctor *doctor = work->doctor;
	bool any = false;

	for (int i = 0; i < DOCTOR_CHECKS; i++) {
		struct doctor_result *result = &work->facts.results[i];
		const struct doctor_place *place =
		    i < DOCTOR_SERVICES ? &work->places.services[i] : NULL;

		if (place && place->offered) {
			any = true;
			char shown[sizeof(result->place)];

			snprintf(shown, sizeof(shown), "%s:%u", place->host, place->port);
			memcpy(result->place, shown, sizeof(shown));
		} else if (i == DOCTOR_MX) {
			snprintf(result->place, sizeof(result->place), "%s", doctor->domain);
		}
		if (!doctor->wanted[i])
			continue;
		result->guarded =
		    place && place->offered && doctor->user && !may_login(doctor, place);
		if ((place && !place->offered) || (i == DOCTOR_CERT && !any))
			result->outcome = DOCTOR_NOT_OFFERED;
		else
			work->order[work->count++] = (enum doctor_check)i;
	}
}

static void
ask_web(struct work *work, const struct doctor_find_params *params)
{
	if (!judge_doctor_unreached(&work->facts))
		return;
	for (int i = 0; i < DOCTOR_SERVICES && !work->facts.web_answers; i++)
		if (work->places.services[i].offered)
			work->facts.web_answers =
			    doctor_find_web(params, work->places.services[i].host);
	if (!work->facts.web_answers)
		work->facts.web_answers = doctor_find_web(params, params->domain);
}

void
doctor_run(const struct doctor *doctor, struct run *run)
{
	struct work work = {.doctor = doctor, .run = run, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct doctor_find_params find = {.domain = doctor->domain,
	    .basic = doctor->settings.basic,
	    .wanted = doctor->wanted,
	    .deadline = deadline_sooner(run->deadline, deadline_in(run->timeout_us / 3))};

	if (doctor->settings.progress)
		doctor->settings.progress("looking for the services of the domain");
	doctor_find(&find, &work.places);
	plan(&work);
	work.facts.user = doctor->user;
	pool_run(work.count, DOCTOR_CHECKS, run_check, &work);
	find.deadline = run->deadline;
	ask_web(&work, &find);
	judge_doctor(&run->report, &work.facts);
	if (doctor->settings.progress)
		doctor->settings.progress("");
	for (int i = 0; i < DOCTOR_CHECKS; i++) {
		/* checks[] shows what lies in there. */
		arena_adopt(&run->report.arena, &work.facts.results[i].report.arena);
		report_free(&work.facts.results[i].report);
	}
}
