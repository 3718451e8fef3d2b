/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_pop3: a POP3 server as its users meet it: certificate, login, maildrop
 * and time in one run. Settings, table, work; nothing else.
 */
#include "check/judge_pop3.h"
#include "check/target.h"

#define CAP_MAX 1000000000

struct pop3_opts {
	const char *newest_age;
	int64_t cap;
	bool uidl;
};

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct login_opts login;
	struct pop3_opts pop3;
	struct classic_opts classic;
	/* what follows from them */
	struct target target;
	struct pop3_params params;
	struct judge_pop3 wants;
};

static const struct opt pop3_rows[] = {
    {0, "newest-age", NULL, FIELD(struct pop3_opts, OPT_TEXT, const char *, newest_age), "W[,C]",
	.help = "age of the newest message, by its Received or Date line"},
    {0, "cap", NULL, FIELD(struct pop3_opts, OPT_NUMBER, int64_t, cap), "COUNT", .min = 1,
	.max = CAP_MAX, .help = "warn when exactly this many messages are shown: a provider's cap"},
    {0, "uidl", NULL, FIELD(struct pop3_opts, OPT_FLAG, bool, uidl),
	.help = "UIDLs must be unique and stable"},
    {0},
};

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"Session", session_rows, offsetof(struct config, login), NULL, false},
    {"Maildrop", pop3_rows, offsetof(struct config, pop3), NULL, false},
    {"Classic letters of check_pop", classic_rows, offsetof(struct config, classic), NULL, false},
    {0},
};

static const struct opt_letter letters[] = {{'S', "tls"}, {'A', "all"}, {0}};

static const struct opt_table options = {
    .program = "check_pop3",
    .service = "pop3",
    .summary = "check a POP3 server: certificate, login, maildrop and time in one run",
    .word = "HOST",
    .groups = groups,
    .letters = letters,
    .config_size = sizeof(struct config),
};

static bool
resolve(void *opaque, struct run *run)
{
	struct config *config = opaque;
	struct pop3_params *params = &config->params;

	if (!target_resolve(
		&config->target, proto_get(PROTO_POP3), &config->basic, &config->connection, run) ||
	    !target_login(&config->target, &config->login, run, &params->login) ||
	    !classic_resolve(&config->classic, login_wanted(&params->login), run))
		return false;
	if (config->target.uri_folder)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "POP3 has no folders: the URI ends at the host");
	if (config->pop3.newest_age && !limits_pair(&run->limits, METRIC_NEWEST_AGE,
					   config->pop3.newest_age, "--newest-age", &run->err))
		return false;
	params->newest_age = limits_want(&run->limits, METRIC_NEWEST_AGE);
	params->uidl = config->pop3.uidl;
	params->send = config->classic.send;
	params->quit = config->classic.quit;
	config->wants = (struct judge_pop3){.login = &config->login,
	    .classic = &config->classic,
	    .cap = config->pop3.cap,
	    .uidl = params->uidl,
	    .newest_age = params->newest_age};
	if (!login_wanted(&params->login) &&
	    (params->newest_age || params->uidl || config->pop3.cap))
		return err_set(
		    &run->err, ERR_CONFIG, 0, "ages, caps and UIDLs need a login: give --user");
	return true;
}

/* ---- the work ------------------------------------------------------------------------ */

static void
facts_init(void *facts)
{
	pop3_facts_init(facts);
}

static void
facts_release(void *facts)
{
	pop3_facts_free(facts);
}

static void
talk(const struct session_params *session, const void *params, void *facts)
{
	const struct config *config = params;

	/* How it ended stands in the facts. */
	(void)!pop3_run(session, &config->params, facts);
}

static void
judge(const struct judge *judge, const void *facts, const void *params)
{
	const struct config *config = params;

	judge_pop3(judge, facts, &config->wants);
}

static void
show(const struct judge *judge, const void *facts, const void *params UNUSED,
    struct value *endpoint, bool chosen)
{
	show_pop3(facts, judge->user, judge->report, endpoint, chosen);
}

static const char *
differ(const void *facts, const void *other)
{
	const struct pop3_facts *a = facts, *b = other;

	if (a->session.tls.version != b->session.tls.version)
		return "TLS version";
	for (size_t i = 0; i < a->capabilities.count; i++)
		if (!pop3_msg_caps_has(&b->capabilities, a->capabilities.list[i]))
			return a->capabilities.list[i];
	return a->capabilities.count == b->capabilities.count ? NULL : "capabilities";
}

static void
run(const void *opaque, struct run *run)
{
	const struct config *config = opaque;
	struct probe probe = {
	    .facts_size = sizeof(struct pop3_facts),
	    .init = facts_init,
	    .release = facts_release,
	    .talk = talk,
	    .judge = judge,
	    .show = show,
	    .differ = differ,
	    .params = config,
	};

	target_walk(&config->target, run, &probe);
}

static void
release(void *opaque)
{
	struct config *config = opaque;

	target_free(&config->target);
}

static const struct plugin_name names[] = {
    {"check_pop", (const char *const[]){"port", "110", "cleartext", "true", NULL}, NULL},
    {"check_spop", (const char *const[]){"port", "995", NULL}, NULL},
    {0},
};

extern const struct plugin check_pop3;
const struct plugin check_pop3 = {
    .options = &options,
    .program = PROGRAM_POP3,
    .service = "POP3",
    .check = "pop3",
    .description =
	"connects as a mail program would, verifies the certificate for the name asked, logs in,\n"
	"asks how much mail there is and says what it found: certificate, dialog and time in one "
	"run.\n"
	"Nothing is ever deleted. Without\n.Fl -user\nno login is tried and the run ends after "
	"CAPA.\n",
    .main_metric = METRIC_TIME,
    .basic = offsetof(struct config, basic),
    .names = names,
    .resolve = resolve,
    .run = run,
    .release = release,
};
