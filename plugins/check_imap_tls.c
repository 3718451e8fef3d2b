/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_imap_tls: an IMAP server as its users meet it: certificate, login,
 * mailbox and time in one run. Settings, table, work; nothing else.
 */
#include "check/judge_imap.h"
#include "check/target.h"

#include <string.h>

#include "base/text.h"

struct imap_opts {
	struct strings folder;
	struct strings special_use;
	const char *newest_age, *oldest_age, *oldest_unseen_age;
	const char *search;
	bool show_subject;
	const char *idle_test;
};

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct login_opts login;
	struct imap_opts imap;
	struct classic_opts classic;
	/* what follows from them */
	struct target target;
	struct imap_params params;
	struct judge_imap wants;
};

#define IMAP(kind, ctype, member) FIELD(struct imap_opts, kind, ctype, member)

static const struct opt imap_rows[] = {
    {0, "folder", "mailbox", IMAP(OPT_WORDS, struct strings, folder), "NAME",
	.help = "folder to examine, instead of INBOX; the first one gives the metrics"},
    {0, "special-use", NULL, IMAP(OPT_LIST, struct strings, special_use), "LIST",
	.help = "folders that must exist: junk, sent, trash, drafts, archive, all; junk is counted "
		"too"},
    {0, "newest-age", NULL, IMAP(OPT_TEXT, const char *, newest_age), "W[,C]",
	.help = "age of the newest message"},
    {0, "oldest-age", NULL, IMAP(OPT_TEXT, const char *, oldest_age), "W[,C]",
	.help = "age of the oldest message"},
    {0, "oldest-unseen-age", NULL, IMAP(OPT_TEXT, const char *, oldest_unseen_age), "W[,C]",
	.help = "age of the oldest message nobody has read"},
    {0, "search", NULL, IMAP(OPT_TEXT, const char *, search), "CRITERIA",
	.help = "count what an IMAP SEARCH finds: metric hits"},
    {0, "show-subject", NULL, IMAP(OPT_FLAG, bool, show_subject),
	.help = "show the subjects of the first 10 hits"},
    {0, "idle-test", NULL, IMAP(OPT_TEXT, const char *, idle_test), "FOLDER",
	.help = "append a message to this folder, wait until IDLE announces it, remove it: metric "
		"time_push"},
    {0},
};

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"Session", session_rows, offsetof(struct config, login), NULL, false},
    {"Memory", memory_rows, offsetof(struct config, basic), NULL, false},
    {"Mailbox", imap_rows, offsetof(struct config, imap), NULL, false},
    {"Classic letters of check_imap", classic_rows, offsetof(struct config, classic), NULL, false},
    {0},
};

static const struct opt_letter letters[] = {{'S', "tls"}, {'A', "all"}, {0}};

static const struct opt_table options = {
    .program = "check_imap_tls",
    .service = "imap",
    .summary = "check an IMAP server: certificate, login, mailbox and time in one run",
    .word = "HOST",
    .groups = groups,
    .letters = letters,
    .config_size = sizeof(struct config),
};

/* ---- what follows from the options ------------------------------------------------ */

static bool
resolve_classic(struct config *config, struct run *run)
{
	if (!classic_resolve(&config->classic, login_wanted(&config->params.login), run))
		return false;
	config->params.send = config->classic.send;
	config->params.quit = config->classic.quit;
	config->wants.classic = &config->classic;
	config->wants.login = &config->login;
	return true;
}

static bool
resolve_special(struct config *config, struct run *run)
{
	const struct strings *words = &config->imap.special_use;

	for (size_t i = 0; i < words->count; i++) {
		enum imap_use use;

		if (!imap_use_find(words->items[i], &use))
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--special-use takes junk, sent, trash, drafts, archive and all, not "
			    "'%.40s'",
			    words->items[i]);
		config->params.special_use |= 1u << use;
	}
	config->wants.special_use = config->params.special_use;
	config->params.junk_count = limits_want(&run->limits, METRIC_JUNK) ||
				    (config->params.special_use & 1u << IMAP_USE_JUNK);
	return true;
}

static bool
resolve_age(
    struct run *run, const char *pair, const char *name, enum metric_id metric, bool *wanted)
{
	if (pair && !limits_pair(&run->limits, metric, pair, name, &run->err))
		return false;
	*wanted = limits_want(&run->limits, metric);
	return true;
}

static bool
resolve_mailbox(struct config *config, struct run *run)
{
	const struct imap_opts *imap = &config->imap;
	struct imap_params *params = &config->params;

	if (imap->folder.count && config->target.uri_folder)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "the folder is given twice: in the URI and by --folder");
	if (config->target.uri_folder) {
		const char **one = arena_alloc(&run->arena, 2 * sizeof(*one));

		one[0] = config->target.uri_folder;
		params->folders = one;
	} else if (imap->folder.count) {
		params->folders = imap->folder.items;
	}
	params->search = imap->search;
	params->show_subject = imap->show_subject;
	params->idle_folder = imap->idle_test;
	params->now_unix = run->now_unix;
	params->quota = true;
	params->want_capabilities = config->login.require.count || config->login.forbid.count;
	if (imap->show_subject && !imap->search)
		return err_set(&run->err, ERR_CONFIG, 0, "--show-subject needs --search");
	return resolve_special(config, run) &&
	       resolve_age(
		   run, imap->newest_age, "--newest-age", METRIC_NEWEST_AGE, &params->newest_age) &&
	       resolve_age(
		   run, imap->oldest_age, "--oldest-age", METRIC_OLDEST_AGE, &params->oldest_age) &&
	       resolve_age(run, imap->oldest_unseen_age, "--oldest-unseen-age",
		   METRIC_OLDEST_UNSEEN_AGE, &params->oldest_unseen_age);
}

/* What only a login can answer. */
static bool
resolve_needs_login(const struct config *config, struct run *run)
{
	const struct imap_params *params = &config->params;

	if (limits_want(&run->limits, METRIC_TIME_PUSH) && !params->idle_folder)
		return err_set(&run->err, ERR_CONFIG, 0, "time_push needs --idle-test FOLDER");
	if (login_wanted(&params->login))
		return true;
	if (config->imap.folder.count || config->target.uri_folder || params->search ||
	    params->special_use || params->newest_age || params->oldest_age ||
	    params->oldest_unseen_age || params->idle_folder)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "folders, ages, searches and the push test need a login: give --user");
	return true;
}

static bool
resolve(void *opaque, struct run *run)
{
	struct config *config = opaque;

	return target_resolve(&config->target, proto_get(PROTO_IMAP), &config->basic,
		   &config->connection, run) &&
	       target_login(&config->target, &config->login, run, &config->params.login) &&
	       resolve_classic(config, run) && resolve_mailbox(config, run) &&
	       resolve_needs_login(config, run);
}

/* ---- the work ------------------------------------------------------------------------ */

struct work {
	const struct config *config;
	struct memory *memory; /* NULL: nothing is remembered */
};

static void
facts_init(void *facts)
{
	imap_facts_init(facts);
}

static void
facts_release(void *facts)
{
	imap_facts_free(facts);
}

static void
talk(const struct session_params *session, const void *params, void *facts)
{
	const struct work *work = params;

	/* How it ended stands in the facts. */
	(void)!imap_run(session, &work->config->params, facts);
}

static void
judge(const struct judge *judge, const void *facts, const void *params)
{
	const struct work *work = params;

	judge_imap(judge, facts, &work->config->wants);
	if (work->memory)
		judge_imap_memory(judge, facts, work->memory);
}

static void
show(const struct judge *judge, const void *facts, const void *params UNUSED,
    struct value *endpoint, bool chosen)
{
	show_imap(facts, judge->user, judge->report, endpoint, chosen);
}

static const char *
differ(const void *facts, const void *other)
{
	const struct imap_facts *a = facts, *b = other;

	if (a->session.tls.version != b->session.tls.version)
		return "TLS version";
	for (size_t i = 0; i < a->capabilities.count; i++)
		if (!imap_words_has(&b->capabilities, a->capabilities.list[i]))
			return a->capabilities.list[i];
	for (size_t i = 0; i < b->capabilities.count; i++)
		if (!imap_words_has(&a->capabilities, b->capabilities.list[i]))
			return b->capabilities.list[i];
	return NULL;
}

static const char *
memory_name(struct run *run)
{
	const char *identity =
	    arena_printf(&run->arena, "%s\n%s", run->subject, run->user ? run->user : "");

	return state_file_name(&run->arena, "imap", identity);
}

static void
run(const void *opaque, struct run *run)
{
	const struct config *config = opaque;
	const char *dir = config->basic.state_dir;
	struct memory memory;
	struct work work = {.config = config};
	struct probe probe = {
	    .facts_size = sizeof(struct imap_facts),
	    .init = facts_init,
	    .release = facts_release,
	    .talk = talk,
	    .judge = judge,
	    .show = show,
	    .differ = differ,
	    .params = &work,
	};

	if (dir &&
	    memory_open(&memory, dir, memory_name(run), run->deadline, run->now_unix, &run->report))
		work.memory = &memory;
	target_walk(&config->target, run, &probe);
	if (work.memory)
		memory_close(&memory, &run->report);
}

static void
release(void *opaque)
{
	struct config *config = opaque;

	target_free(&config->target);
}

static const struct plugin_name names[] = {
    {"check_imap", (const char *const[]){"port", "143", "cleartext", "true", NULL}, NULL},
    {"check_simap", (const char *const[]){"port", "993", NULL}, NULL},
    {0},
};

extern const struct plugin check_imap_tls;
const struct plugin check_imap_tls = {
    .options = &options,
    .program = PROGRAM_IMAP,
    .service = "IMAP",
    .check = "imap",
    .description =
	"connects as a mail program would, verifies the certificate for the name asked, logs in,\n"
	"opens the mailbox read-only and says what it found: certificate, dialog and time in one "
	"run.\n"
	"Without\n.Fl -user\nno login is tried and the run ends after the capabilities.\n",
    .main_metric = METRIC_TIME,
    .basic = offsetof(struct config, basic),
    .names = names,
    .resolve = resolve,
    .run = run,
    .release = release,
};
