/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run from argv to bytes. Owns the order of things: options, limits,
 * resolve(), run(), judge, render. The process around it is plugin_main's.
 */
#include "check/plugin.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "check/explain.h"
#include "check/host.h"
#include "net/dns.h"
#include "opts/print.h"

#define OUT_MAX ((size_t)8 << 20)
#define TIMEOUT_DEFAULT_S 10
#define TIMEOUT_MAX_US (3600 * US_PER_S)
#define EXIT_ASKED \
	3 /* --help and --version: a service set up to ask for help must not look green */

static const struct basic_opts *
run_basic(const struct plugin *plugin, const void *config)
{
	return (const struct basic_opts *)((const char *)config + plugin->basic);
}

/* ---- what prints and leaves ------------------------------------------------ */

static bool
print_man(struct buf *out, const struct plugin *plugin)
{
	struct buf findings;

	buf_init(&findings, OUT_MAX);
	render_findings_mdoc(&findings, plugin->program);
	opts_man(
	    out, plugin->options, plugin->description, buf_text(&findings), MAILVITALS_VERSION);
	buf_free(&findings);
	return true;
}

static bool
print_options(struct buf *out, const struct plugin *plugin, bool json, struct err *err)
{
	struct arena arena = {0};
	struct value *array;
	bool good;

	if (!json) {
		opts_list(out, plugin->options);
		return true;
	}
	array = value_array(&arena);
	opts_list_value(&arena, array, plugin->options);
	good = render_tree(out, array, err);
	arena_free(&arena);
	return good;
}

static bool
print_action(
    struct buf *out, const struct plugin *plugin, const struct basic_opts *basic, struct err *err)
{
	bool json = basic->output == OUTPUT_JSON;

	switch (basic->action) {
	case ACTION_HELP:
		opts_help(out, plugin->options);
		return true;
	case ACTION_VERSION:
		return buf_printf(
		    out, "%s (mailvitals) %s\n", plugin->options->program, MAILVITALS_VERSION);
	case ACTION_LIST_FINDINGS:
		if (json)
			return render_findings_json(out, plugin->program, err);
		render_findings(out, plugin->program);
		return true;
	case ACTION_LIST_METRICS:
		if (json)
			return render_metrics_json(out, plugin->program, err);
		render_metrics(out, plugin->program);
		return true;
	case ACTION_LIST_OPTIONS:
		return print_options(out, plugin, json, err);
	case ACTION_MAN:
		return print_man(out, plugin);
	case ACTION_ICINGA2:
		opts_icinga2(out, plugin->options);
		return true;
	default:
		return render_schema(out, err);
	}
}

/* True if something was asked that prints and leaves; *status_out is the exit code then. */
static bool
run_asked(struct run *run, struct buf *out, int *status_out)
{
	const struct basic_opts *basic = run->basic;

	*status_out = 0;
	if (basic->action != ACTION_NONE) {
		if (!print_action(out, run->plugin, basic, &run->err))
			return false;
		if (basic->action == ACTION_HELP || basic->action == ACTION_VERSION)
			*status_out = EXIT_ASKED;
		return true;
	}
	if (basic->explain) {
		*status_out = explain(out, basic->explain, run->plugin->program) ? 0 : EXIT_ASKED;
		return true;
	}
	if (basic->completion) {
		if (!opts_completion(out, run->plugin->options, basic->completion))
			return err_set(
			    &run->err, ERR_CONFIG, 0, "--completion takes bash, zsh or fish");
		return true;
	}
	return false;
}

/* ---- options to limits and policy ------------------------------------------ */

static int
override_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct report_override *)a)->id, ((const struct report_override *)b)->id);
}

static bool
override_known(const char *id)
{
	for (int row = 0; row < FINDING_COUNT; row++)
		if (finding_matches((enum finding_id)row, id))
			return true;
	if (strncmp(id, "threshold.", 10) == 0) {
		enum metric_id metric;

		return metric_find(id + 10, &metric);
	}
	return false;
}

/* These four speak of the run itself: hiding them would hide that nothing was checked. */
static bool
override_forbidden(const char *id)
{
	static const enum finding_id fixed[] = {FINDING_CLIENT_USAGE, FINDING_CLIENT_OUTPUT,
	    FINDING_CLIENT_SANDBOX, FINDING_CLIENT_INTERNAL};

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (strcmp(finding_rows[fixed[i]].id, id) == 0)
			return true;
	return false;
}

static bool
policy_add(struct run *run, struct report_override *list, const char *word)
{
	const char *equals = strchr(word, '=');
	struct report_override *override = &list[run->policy.override_count];
	char shown[80];

	text_clean_into(shown, sizeof(shown), word, strlen(word));
	if (!equals || !state_parse(equals + 1, &override->state))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--state %s: ID=STATE is wanted, of ok, warning, critical, unknown", shown);
	override->id = arena_strndup(&run->arena, word, (size_t)(equals - word));
	if (override_forbidden(override->id))
		return err_set(
		    &run->err, ERR_CONFIG, 0, "--state %s: this finding cannot be changed", shown);
	if (!override_known(override->id))
		return err_set(
		    &run->err, ERR_CONFIG, 0, "--state %s: no finding has this id", shown);
	for (size_t i = 0; i < run->policy.override_count; i++)
		if (strcmp(list[i].id, override->id) == 0)
			return err_set(
			    &run->err, ERR_CONFIG, 0, "--state %s: this id is given twice", shown);
	run->policy.override_count++;
	return true;
}

bool
run_override(struct run *run, const char *id, enum state state)
{
	struct report_override *list = run->overrides;

	for (size_t i = 0; i < run->policy.override_count; i++)
		if (strcmp(list[i].id, id) == 0)
			return false;
	list[run->policy.override_count++] = (struct report_override){.id = id, .state = state};
	qsort(list, run->policy.override_count, sizeof(*list), override_compare);
	return true;
}

static bool
run_policy(struct run *run)
{
	const struct strings *words = &run->basic->state;

	run->overrides = arena_alloc(
	    &run->arena, (words->count + RUN_OVERRIDES_SPARE) * sizeof(*run->overrides));
	run->policy.overrides = run->overrides;
	for (size_t i = 0; i < words->count; i++)
		if (!policy_add(run, run->overrides, words->items[i]))
			return false;
	return true;
}

/* -t DURATION[:STATE]; the state is that of every net.timeout finding. */
static bool
run_timeout(struct run *run, const void *config)
{
	const struct plugin *plugin = run->plugin;
	const char *text = run->basic->timeout;
	const char *colon = text ? strchr(text, ':') : NULL;
	enum state state;

	run->timeout_us =
	    (plugin->timeout_s ? plugin->timeout_s(config) : TIMEOUT_DEFAULT_S) * US_PER_S;
	if (!text)
		return true;
	if (!number_duration(
		text, colon ? (size_t)(colon - text) : strlen(text), US_PER_S, &run->timeout_us) ||
	    run->timeout_us < US_PER_S || run->timeout_us > TIMEOUT_MAX_US ||
	    (colon && !state_parse(colon + 1, &state)))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--timeout takes 1 to 3600 seconds, and a state behind a colon");
	if (colon && !run_override(run, "net.timeout", state))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--timeout and --state both name the state of net.timeout");
	return true;
}

/* --resolve HOST:ADDR, the host as it will be looked for. */
static bool
run_fixed(struct run *run, void *config)
{
	struct basic_opts *basic = (struct basic_opts *)((char *)config + run->plugin->basic);
	struct strings *fixed = &basic->resolve;

	for (size_t i = 0; i < fixed->count; i++) {
		const char *entry = fixed->items[i], *colon = strchr(entry, ':');
		struct address address;
		char *host;

		if (!colon || !address_parse(colon + 1, 0, &address))
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--resolve takes HOST:ADDRESS, not '%.80s'", entry);
		host = host_normalise(&run->arena,
		    arena_strndup(&run->arena, entry, (size_t)(colon - entry)), &run->err);
		if (!host)
			return false;
		fixed->items[i] = arena_printf(&run->arena, "%s%s", host, colon);
	}
	return true;
}

static bool
label_is_ours(const char *name, size_t len)
{
	static const char *const ours[] = {"check", "target", "finding", "subject", "address",
	    "phase", "position", "serial", "zone", "version"};

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strlen(ours[i]) == len && strncmp(ours[i], name, len) == 0)
			return true;
	return false;
}

/* --metrics-label NAME=VALUE: one bad or doubled name, and the whole file is refused by its reader. */
static bool
run_labels(struct run *run)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char more[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	const struct strings *labels = &run->basic->metrics_label;

	for (size_t i = 0; i < labels->count; i++) {
		const char *word = labels->items[i];
		size_t len = strspn(word, more);

		if (strspn(word, letters) == 0 || word[len] != '=' || label_is_ours(word, len))
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--metrics-label takes NAME=VALUE, a name of letters, digits and _ "
			    "that "
			    "is not used yet");
		for (size_t j = 0; j < i; j++)
			if (strncmp(labels->items[j], word, len + 1) == 0)
				return err_set(&run->err, ERR_CONFIG, 0,
				    "--metrics-label: %.60s is given twice", word);
	}
	return true;
}

static bool
run_options(struct run *run, void *config)
{
	const struct plugin *plugin = run->plugin;

	if (!run_policy(run) || !run_timeout(run, config))
		return false;
	if (!limits_parse(&run->limits, &run->basic->warning, false, plugin->main_metric,
		plugin->program, &run->err) ||
	    !limits_parse(&run->limits, &run->basic->critical, true, plugin->main_metric,
		plugin->program, &run->err) ||
	    !run_fixed(run, config))
		return false;
	return run_labels(run);
}

static const struct plugin_name *
called_name(const struct plugin *plugin, const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *name = slash ? slash + 1 : argv0;

	for (const struct plugin_name *n = plugin->names; n && n->name; n++)
		if (strcmp(n->name, name) == 0)
			return n;
	return NULL;
}

/* The name this program was called by brings defaults weaker than ini and command line. */
static bool
run_called_name(struct run *run, const struct plugin_name *name, void *config)
{
	for (const char *const *s = name ? name->settings : NULL; s && *s; s += 2)
		if (opts_source(run->parse, s[0]) == OPT_FROM_DEFAULT &&
		    !opts_set(run->parse, config, s[0], s[1], &run->err))
			return false;
	return true;
}

/* ---- the run ---------------------------------------------------------------- */

void
run_judged(struct run *run, int64_t ended_us)
{
	int64_t end_us = ended_us ? ended_us : clock_now_us();

	if (run->judged)
		return;
	run->judged = true;
	report_metric(&run->report, METRIC_TIME, (double)(end_us - run->started_us) / 1e6);
	if (run->timeout_us > 0) /* else the command line was refused before it was read */
		report_metric_max(&run->report, METRIC_TIME, (double)run->timeout_us / 1e6);
}

bool
config_err(struct run *run, enum finding_id id)
{
	run->err.code = (int)id;
	return false;
}

static enum finding_id
config_finding(const struct err *err)
{
	return err->code > 0 ? (enum finding_id)err->code : FINDING_CLIENT_USAGE;
}

static void
run_show_target(struct run *run)
{
	const struct run_target *t = &run->target;
	struct arena *arena = &run->report.arena;
	struct value *target = run->report.target;

	value_add_text(arena, target, "host", t->host);
	if (t->port)
		value_add_int(arena, target, "port", t->port);
	else
		value_add_null(arena, target, "port");
	value_add_text(arena, target, "service", t->service ? t->service : run->plugin->check);
	value_add_text(arena, target, "mode", t->mode);
	value_add_text(arena, target, "user", t->user);
	value_add_text(arena, target, "domain", t->domain);
}

static void
run_refuse(struct run *run, enum finding_id id)
{
	report_add(&run->report, id, NULL, "%s", run->err.text);
	run_judged(run, 0);
}

/* True if the arguments ask for this output although they could not be parsed. */
static bool
argv_asks(int argc, char **argv, const char *format)
{
	for (int i = 1; i < argc && argv[i]; i++) {
		const char *value = NULL;

		if (strncmp(argv[i], "--output=", 9) == 0)
			value = argv[i] + 9;
		else if (strncmp(argv[i], "-o", 2) == 0 && argv[i][2])
			value = argv[i] + 2;
		else if ((strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) &&
			 i + 1 < argc)
			value = argv[i + 1];
		if (value && strcmp(value, format) == 0)
			return true;
	}
	return false;
}

static int
run_output(const struct run *run, bool parsed, int argc, char **argv)
{
	if (parsed)
		return run->basic->output;
	if (argv_asks(argc, argv, "json"))
		return OUTPUT_JSON;
	return argv_asks(argc, argv, "openmetrics") ? OUTPUT_OPENMETRICS : OUTPUT_TEXT;
}

static void
run_render(struct run *run, int output, struct plugin_io *io)
{
	const struct basic_opts *basic = run->basic;
	struct render_params params = {
	    .plugin = run->plugin->options->program,
	    .service = run->service,
	    .check = run->plugin->check,
	    .program = run->plugin->program,
	    .version = MAILVITALS_VERSION,
	    .subject = run->subject ? run->subject : "",
	    .host = run->host,
	    .port = run->port,
	    .address = run->address,
	    .user = run->user,
	    .started_unix = run->now_unix,
	    .verbose = basic->verbose,
	    .terminal = io->terminal,
	    .colour = io->colour,
	    .max_output = io->terminal ? 0 : (size_t)basic->max_output,
	    .perfdata = (enum perfdata_style)basic->perfdata,
	    .metric_labels = basic->metrics_label.items,
	    .metric_label_count = basic->metrics_label.count,
	};
	struct err err = {0};

	if (io->take) {
		io->take(io->take_context, &run->report, &params);
		return;
	}
	if (basic->metrics_file) {
		buf_init(&io->metrics, OUT_MAX);
		render_openmetrics(&io->metrics, &run->report, &params);
		io->metrics_file = arena_strdup(&io->arena, basic->metrics_file);
	}
	if (output == OUTPUT_OPENMETRICS) {
		render_openmetrics(&io->out, &run->report, &params);
		return;
	}
	if (output == OUTPUT_JSON && render_json(&io->out, &run->report, &params, &err))
		return;
	if (output == OUTPUT_JSON)
		report_add(&run->report, FINDING_CLIENT_RESOURCES, NULL, "%s", err.text);
	render_text(&io->out, &run->report, &params);
}

int
plugin_last_words(const struct run *run, const struct plugin_end *end, struct buf *out)
{
	struct basic_opts basic = *run->basic;
	struct run ending = *run;
	struct report_finding *finding;
	struct plugin_io io = {.out = *out};
	int status;

	report_init(&ending.report, &run->policy);
	finding = report_add(&ending.report, end->id, NULL, "%s", end->message);
	finding->who = WHO_MONITOR;
	report_why(&ending.report, finding, "%s", end->why);
	report_next(&ending.report, finding, "%s", end->next);
	report_metric(&ending.report, METRIC_TIME, (double)end->time_us / 1e6);
	report_metric_max(&ending.report, METRIC_TIME, (double)run->timeout_us / 1e6);
	run_show_target(&ending);
	basic.metrics_file = NULL; /* handlers write to standard output only */
	ending.basic = &basic;
	status = (int)report_worst(&ending.report);
	run_render(&ending, basic.output, &io);
	*out = io.out;
	report_free(&ending.report);
	return status;
}

/* Line 1 of a good run ends in the time it took. */
static void
run_good_time(struct run *run)
{
	struct buf span;

	if (!run->report.good)
		return;
	buf_init(&span, 64);
	text_span(&span, (int64_t)(run->report.metrics[METRIC_TIME].value * 1e6));
	report_good(&run->report, "%s, %s", run->report.good, buf_text(&span));
	buf_free(&span);
}

/* False: --require-sandbox is given and cannot be met. */
static bool
run_confine(struct run *run, const struct plugin_io *io)
{
	const char *metrics = run->basic->metrics_file;
	const char *slash = metrics ? strrchr(metrics, '/') : NULL;

	if (run->basic->state_dir)
		strings_add(&run->writes, run->basic->state_dir);
	if (metrics)
		strings_add(&run->writes,
		    slash == metrics ? "/"
		    : slash ? arena_strndup(&run->arena, metrics, (size_t)(slash - metrics))
			    : ".");
	/* Inside another process (tests, the doctor) confinement is that one's affair. */
	if (!io->confine || io->confine(&run->writes, &run->err))
		return true;
	if (run->basic->require_sandbox) {
		run_refuse(run, FINDING_CLIENT_SANDBOX);
		return false;
	}
	report_line(&run->report, 1, "%s", run->err.text);
	err_clear(&run->err);
	return true;
}

/* Anchors that cannot be used are an argument's fault: nobody is asked. */
static bool
run_anchor(struct run *run)
{
	if (!run->basic->trust_anchor || dns_anchor_usable(run->basic->trust_anchor, &run->err))
		return true;
	return run->err.kind == ERR_CONFIG ? false : config_err(run, FINDING_CLIENT_RESOURCES);
}

static void
run_work(struct run *run, void *config, const struct plugin_name *name, struct plugin_io *io)
{
	const struct plugin *plugin = run->plugin;

	if (!run_called_name(run, name, config) || !run_options(run, config)) {
		run_refuse(run, config_finding(&run->err));
		return;
	}
	run->deadline = deadline_in(run->timeout_us - (clock_now_us() - run->started_us));
	if (io->armed)
		io->armed(run);
	if (!plugin->resolve(config, run) || !run_anchor(run)) {
		run_refuse(run, config_finding(&run->err));
		return;
	}
	for (size_t i = 0; i < run->parse->notes.count; i++)
		report_line(&run->report, 1, "%s", run->parse->notes.items[i]);
	if (io->armed)
		io->armed(run); /* by now the subject is known */
	if (!run_confine(run, io))
		return;
	plugin->run(config, run);
	run_judged(run, 0);
	run_good_time(run);
	judge_metrics(&run->report, &run->limits, NULL);
}

int
plugin_run(const struct plugin *plugin, int argc, char **argv, struct plugin_io *io)
{
	struct opt_parse parse = {0};
	struct run run = {.plugin = plugin,
	    .service = plugin->service,
	    .parse = &parse,
	    .environment = io->environment,
	    .started_us = clock_now_us(),
	    .now_unix = io->now_unix,
	    .given = io->given,
	    .given_context = io->given_context};
	void *config = mem_alloc(plugin->options->config_size);
	const struct plugin_name *name = called_name(plugin, argc > 0 ? argv[0] : "");
	enum state worst;
	bool parsed;
	int status;

	buf_init(&io->out, OUT_MAX);
	report_init(&run.report, &run.policy);
	run.basic = run_basic(plugin, config);
	parsed = opts_parse(name && name->options ? name->options : plugin->options, argc, argv,
	    io->environment, config, &parse, &run.err);
	if (parsed && run_asked(&run, &io->out, &status)) {
		report_free(&run.report);
	} else {
		if (!parsed)
			run_refuse(&run, run.err.code ? FINDING_CLIENT_INI : FINDING_CLIENT_USAGE);
		else if (err_is_set(&run.err))
			run_refuse(&run, FINDING_CLIENT_USAGE);
		else
			run_work(&run, config, name, io);
		run_show_target(&run);
		opts_settings(&parse, config, &run.report.arena, run.report.settings);
		worst = report_worst(&run.report);
		run_render(&run, run_output(&run, parsed, argc, argv), io);
		/* Rendering may add what is wrong with the output, or give the report away. */
		status = (int)state_worse(worst, report_worst(&run.report));
		report_free(&run.report);
	}
	if (plugin->release)
		plugin->release(config);
	opts_free(&parse, config);
	mem_free(config);
	strings_free(&run.writes);
	arena_free(&run.arena);
	return status;
}
