/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shell's door: "mailvitals imap ARGS" is check_imap_tls ARGS in this
 * process, and a few commands that only print. The doctor's work is
 * check/doctor.h's; here stand its options.
 */
#include <string.h>
#include <unistd.h>

#include "check/doctor.h"
#include "check/door.h"
#include "check/explain.h"
#include "opts/print.h"

#define OUT_MAX ((size_t)8 << 20)
#define PROGRAMS_ALL \
	(PROGRAM_IMAP | PROGRAM_SMTP | PROGRAM_POP3 | PROGRAM_CERT | PROGRAM_MX | PROGRAM_DOCTOR)

extern const struct plugin check_imap_tls, check_smtp_submit, check_pop3, check_cert_expiry,
    check_mx_rbl;

/* ---- the doctor ------------------------------------------------------------------------ */

struct config {
	struct basic_opts basic;
	struct login_opts login;
	struct doctor_opts doctor;
	struct doctor work;
};

#define DOCTOR(kind, ctype, member) FIELD(struct doctor_opts, kind, ctype, member)

/* clang-format off: a row is read as a row */
static const struct opt doctor_rows[] = {
    {0, "only", NULL, DOCTOR(OPT_LIST, struct strings, only), "LIST",
	.help = "these checks: smtp, imap, pop3, cert, mx"},
    {0, "skip", NULL, DOCTOR(OPT_LIST, struct strings, skip), "LIST", .help = "not these"},
    {0, "ca-file", NULL, DOCTOR(OPT_TEXT, const char *, ca_file), "FILE",
	.help = "trust anchors instead of the system's"},
    {0, "verify-name", NULL, DOCTOR(OPT_WORDS, struct strings, verify_name), "HOST",
	.help = "server outside of the domain that may get the login"},
    {.name = NULL},
};
/* clang-format on */

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"Overview", doctor_rows, offsetof(struct config, doctor), NULL, false},
    {0},
};

static const struct opt_table options = {
    .program = "mailvitals-doctor",
    .service = "doctor",
    .summary = "find the mail services of an address or domain, check them all, name the cause",
    .word = "ADDRESS|DOMAIN",
    .groups = groups,
    .config_size = sizeof(struct config),
};

/* A line that the next one replaces; the result replaces the last. */
static void
progress(const char *text)
{
	char line[200] = "\r\033[K";
	size_t len;

	strncat(line, text, sizeof(line) - strlen(line) - 1);
	len = strlen(line);
	/* What is lost here is only a comfort. */
	if (write(STDOUT_FILENO, line, len) < 0)
		return;
}

static bool
resolve(void *opaque, struct run *run)
{
	struct config *config = opaque;
	const struct doctor_settings settings = {
	    .checks =
		{
		    [DOCTOR_SMTP] = &check_smtp_submit,
		    [DOCTOR_IMAP] = &check_imap_tls,
		    [DOCTOR_POP3] = &check_pop3,
		    [DOCTOR_CERT] = &check_cert_expiry,
		    [DOCTOR_MX] = &check_mx_rbl,
		},
	    .basic = &config->basic,
	    .login = &config->login,
	    .opts = &config->doctor,
	    .progress =
		config->basic.output == OUTPUT_TEXT && isatty(STDOUT_FILENO) == 1 ? progress : NULL,
	};

	return doctor_resolve(&config->work, &settings, run);
}

static void
run(const void *opaque, struct run *run)
{
	const struct config *config = opaque;

	doctor_run(&config->work, run);
}

static void
release(void *opaque)
{
	struct config *config = opaque;

	doctor_free(&config->work);
}

static int64_t
timeout_s(const void *opaque UNUSED)
{
	return DOCTOR_TIMEOUT_S;
}

static const struct plugin doctor = {
    .options = &options,
    .program = PROGRAM_DOCTOR,
    .service = "MAIL",
    .check = "doctor",
    .description =
	"finds the mail services of an address or domain as a mail program would, runs the checks\n"
	"side by side and says in one page what works, what does not, and which one cause "
	"explains\n"
	"most of it.\n",
    .main_metric = METRIC_TIME,
    .basic = offsetof(struct config, basic),
    .resolve = resolve,
    .run = run,
    .release = release,
    .timeout_s = timeout_s,
};

/* ---- the commands ------------------------------------------------------------------------ */

static const struct door_command commands[] = {
    {"doctor", &doctor, "ADDRESS|DOMAIN", "every service of it, and the one cause of what fails"},
    {"imap", &check_imap_tls, "", "IMAP over TLS, login, mailbox, quota"},
    {"smtp", &check_smtp_submit, "", "submission, login, envelope, delivery"},
    {"pop3", &check_pop3, "", "POP3 over TLS, login, maildrop"},
    {"cert", &check_cert_expiry, "", "certificates of servers and files"},
    {"mx", &check_mx_rbl, "", "a mail domain: MX, reverse names, lists, SPF, DMARC"},
    {"explain", NULL, "TEXT|ID", "cause and next step of a server's words or a finding, offline"},
    {"findings", NULL, "", "everything that can be found (-o json, --man)"},
    {"metrics", NULL, "", "everything that is measured (-o json)"},
    {"version", NULL, "", "the version"},
    {"help", NULL, "[COMMAND]", "this, or the options of a command"},
};

static const struct door door = {.program = "mailvitals",
    .summary = "is mail alive, and if not, why",
    .commands = commands,
    .count = ARRAY_LEN(commands)};

static int
help(struct buf *out, int argc, char **argv)
{
	const struct door_command *command;

	if (argc < 2) {
		door_help(out, &door);
		return 0;
	}
	command = door_find(&door, argv[1]);
	if (!command) {
		buf_add_text(out, "mailvitals has no such command; see mailvitals help\n");
		return 3;
	}
	if (command->plugin)
		opts_help(out, command->plugin->options);
	else
		buf_printf(
		    out, "mailvitals %s %s: %s\n", command->name, command->argument, command->help);
	return 0;
}

/* The words of a pasted line need no quotes. */
static int
explain_words(struct buf *out, int argc, char **argv)
{
	struct buf text;
	bool known;

	if (argc < 2) {
		buf_add_text(out, "usage: mailvitals explain TEXT|ID\n");
		return 3;
	}
	buf_init(&text, OUT_MAX);
	for (int i = 1; i < argc; i++)
		buf_printf(&text, "%s%s", i > 1 ? " " : "", argv[i]);
	known = explain(out, buf_text(&text), PROGRAMS_ALL);
	buf_free(&text);
	return known ? 0 : 3;
}

static bool
wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-ojson") == 0 || strcmp(argv[i], "--output=json") == 0 ||
		    strcmp(argv[i], "json") == 0)
			return true;
	return false;
}

static int
table(struct buf *out, bool findings, int argc, char **argv)
{
	struct err err = {0};

	if (findings && argc == 2 && strcmp(argv[1], "--man") == 0) {
		render_findings_page(out);
	} else if (!wants_json(argc, argv)) {
		if (findings)
			render_findings(out, PROGRAMS_ALL);
		else
			render_metrics(out, PROGRAMS_ALL);
	} else if (!(findings ? render_findings_json(out, PROGRAMS_ALL, &err)
			      : render_metrics_json(out, PROGRAMS_ALL, &err))) {
		buf_printf(out, "%s\n", err.text);
		return 3;
	}
	return 0;
}

static int
print(struct buf *out, const char *name, int argc, char **argv)
{
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(out, argc, argv);
	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0 ||
	    strcmp(name, "-V") == 0) {
		buf_printf(out, "mailvitals %s\n", MAILVITALS_VERSION);
		return 0;
	}
	if (strcmp(name, "--man") == 0) {
		door_man(out, &door);
		return 0;
	}
	if (strcmp(name, "--completion") == 0) {
		if (argc > 1 && door_completion(out, &door, argv[1]))
			return 0;
		buf_add_text(out, "--completion takes bash, zsh or fish\n");
		return 3;
	}
	if (strcmp(name, "explain") == 0)
		return explain_words(out, argc, argv);
	if (strcmp(name, "findings") == 0 || strcmp(name, "metrics") == 0)
		return table(out, name[0] == 'f', argc, argv);
	door_help(out, &door);
	return 3;
}

int
main(int argc, char **argv)
{
	const char *called = argc > 0 ? strrchr(argv[0], '-') : NULL;
	const struct door_command *command = argc > 1 ? door_find(&door, argv[1]) : NULL;
	struct buf out;
	int status;

	/* Its pages call it mailvitals-doctor: by a link of that name it is. */
	if (called && strcmp(called, "-doctor") == 0)
		plugin_main(&doctor, argc, argv);
	if (command && command->plugin)
		plugin_main(command->plugin, argc - 1, argv + 1);
	buf_init(&out, OUT_MAX);
	status = print(&out, argc > 1 ? argv[1] : "", argc - 1, argv + 1);
	plugin_print(&out, status);
}
