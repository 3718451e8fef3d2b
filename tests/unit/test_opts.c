/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines, good and bad; ini files; what wins over what. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"
#include "opts/groups.h"
#include "opts/row.h"

/* ---- two programs: one like check_imap_tls, one like check_smtp_submit -------- */

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct login_opts login, arrives;
	struct classic_opts classic;
	int64_t count, wait_us;
	uint64_t size;
	double percent;
	struct strings list, command, response;
	const char *from, *fqdn;
	bool ignore_quit;
};

#define OWN(kind, ctype, member) FIELD(struct config, kind, ctype, member)

static const struct opt imap_rows[] = {
    {0, "cap", NULL, OWN(OPT_NUMBER, int64_t, count), "N", .help = "any number"},
    {0, "wait", NULL, OWN(OPT_DURATION, int64_t, wait_us), "T", .min = US_PER_S,
	.max = 60 * US_PER_S, .help = "h"},
    {0, "size", NULL, OWN(OPT_SIZE, uint64_t, size), "SIZE", .help = "h"},
    {0, "share", NULL, OWN(OPT_PERCENT, double, percent), "PERCENT", .value = "70%", .help = "h"},
    {0, "check", NULL, OWN(OPT_LIST, struct strings, list), "LIST", .value = "mx,ptr", .help = "h"},
    {.name = NULL},
};
static const struct opt smtp_rows[] = {
    {'e', "expect", NULL, OWN(OPT_WORDS, struct strings, list), "TEXT", .help = "h"},
    {'C', "command", NULL, OWN(OPT_WORDS, struct strings, command), "TEXT", .help = "h"},
    {'R', "response", NULL, OWN(OPT_WORDS, struct strings, response), "REGEX", .help = "h"},
    {'f', "from", NULL, OWN(OPT_TEXT, const char *, from), "ADDRESS", .help = "h"},
    {'F', "fqdn", "helo|ehlo", OWN(OPT_TEXT, const char *, fqdn), "HOST", .help = "h"},
    {'q', "ignore-quit-failure", NULL, OWN(OPT_SWITCH, bool, ignore_quit), .help = "h"},
    {.name = NULL},
};

static const struct opt_group imap_groups[] = {
    {"Target and output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {NULL, session_rows, offsetof(struct config, login), NULL, false},
    {"Classic", classic_rows, offsetof(struct config, classic), NULL, false},
    {"IMAP", imap_rows, 0, NULL, false},
    {.rows = NULL},
};
static const struct opt_group smtp_groups[] = {
    {"Target and output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"SMTP", smtp_rows, 0, NULL, false},
    {"Arriving side", login_rows, offsetof(struct config, arrives), "arrives-", false},
    {.rows = NULL},
};
static const struct opt_letter imap_letters[] = {{'S', "tls"}, {0, NULL}};
static const struct opt_letter smtp_letters[] = {
    {'S', "starttls"}, {'s', "tls"}, {'A', "authtype"}, {'r', "proxy-protocol"}, {0, NULL}};

static const struct opt_table imap_table = {.program = "check_imap_tls",
    .service = "imap",
    .summary = "check an IMAP server",
    .word = "HOST",
    .groups = imap_groups,
    .letters = imap_letters,
    .config_size = sizeof(struct config)};
static const struct opt_table smtp_table = {.program = "check_smtp_submit",
    .service = "smtp",
    .summary = "check a submission server",
    .groups = smtp_groups,
    .letters = smtp_letters,
    .bare = "sni",
    .config_size = sizeof(struct config)};

static const char *config_path;

static const char *
environment(const char *name)
{
	return strcmp(name, "NAGIOS_CONFIG_PATH") == 0 ? config_path : NULL;
}

/* ---- one run ------------------------------------------------------------------- */

#define WORDS_MAX 64

struct run {
	struct config config;
	struct opt_parse parse;
	struct err err;
	char *argv[WORDS_MAX];
	int argc;
	bool good;
};

/* words: a command line cut at blanks; '_' stands for a blank inside a word, '^' for nothing. */
static void
run_init(struct run *run, const struct opt_table *table, const char *words)
{
	char *copy = strdup(words), *save = NULL;

	memset(run, 0, sizeof(*run));
	run->argv[run->argc++] = strdup(table->program);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		char *word = strdup(strcmp(w, "^") == 0 ? "" : w);

		for (char *c = word; *c != '\0'; c++)
			if (*c == '_')
				*c = ' ';
		ck_assert_int_lt(run->argc, WORDS_MAX - 1);
		run->argv[run->argc++] = word;
	}
	free(copy);
	run->good = opts_parse(
	    table, run->argc, run->argv, environment, &run->config, &run->parse, &run->err);
	ck_assert(run->good == !err_is_set(&run->err));
}

static void
run_free(struct run *run)
{
	opts_free(&run->parse, &run->config);
	for (int i = 0; i < run->argc; i++)
		free(run->argv[i]);
}

static void
show_value(struct buf *out, const struct value *value)
{
	switch (value->kind) {
	case VALUE_BOOL:
		buf_add_text(out, value->boolean ? "true" : "false");
		break;
	case VALUE_INT:
		buf_printf(out, "%lld", (long long)value->integer);
		break;
	case VALUE_REAL:
		buf_printf(out, "%.*f", value->decimals, value->real);
		break;
	case VALUE_ARRAY:
		for (const struct value *v = value->first; v != NULL; v = v->next)
			buf_printf(out, "%s%s", v == value->first ? "" : ",", v->text);
		break;
	default:
		buf_add_text(out, value->text != NULL ? value->text : "null");
	}
}

/* Settings that do not come from defaults, without --extra-opts itself, as "key=value key=value"; then the words. */
static void
run_show(const struct run *run, struct buf *out)
{
	struct arena arena = {0};
	struct value *object = value_object(&arena);

	buf_init(out, 8192);
	opts_settings(&run->parse, &run->config, &arena, object);
	for (const struct value *v = object->first; v != NULL; v = v->next) {
		struct row row;

		if (strcmp(v->key, "extra-opts") == 0)
			continue;
		if (row_by_name(run->parse.table, v->key, strlen(v->key), &row) &&
		    row.type != OPT_SECRET && opts_source(&run->parse, v->key) == OPT_FROM_DEFAULT)
			continue;
		buf_printf(out, "%s%s=", out->len > 0 ? " " : "", v->key);
		show_value(out, v);
	}
	for (size_t i = 0; i < run->parse.words.count; i++)
		buf_printf(out, " +%s", run->parse.words.items[i]);
	arena_free(&arena);
}

/* Expects settings, or "! " and the error. */
static void
expect(const struct opt_table *table, const char *words, const char *expected)
{
	struct run run;
	struct buf out;

	run_init(&run, table, words);
	run_show(&run, &out);
	if (strncmp(expected, "! ", 2) == 0) {
		ck_assert_msg(!run.good, "parsed: %s -> %s", words, buf_text(&out));
		ck_assert_str_eq(run.err.text, expected + 2);
		ck_assert_int_eq(run.err.kind, ERR_CONFIG);
	} else {
		ck_assert_msg(run.good, "%s: %s", words, run.err.text);
		ck_assert_str_eq(buf_text(&out), expected);
	}
	buf_free(&out);
	run_free(&run);
}

/* ---- command lines -------------------------------------------------------------- */

/* clang-format off: a row is read as a row */
static const struct {
	const char *words, *expected;
} argv_rows[] = {
    {"", ""},
    {"-H a", "hostname=a"},
    {"-Ha", "hostname=a"},
    {"--hostname a", "hostname=a"},
    {"--hostname=a", "hostname=a"},
    {"--host=a", "hostname=a"},
    {"--hostname=a=b", "hostname=a=b"},
    {"-H a -H b", "hostname=a,b"},
    {"a -p 993 b", "port=993 +a +b"},
    {"-- -p 993", " +-p +993"},
    {"- a", " +- +a"},
    {"-H -p", "hostname=-p"},
    {"-vvv", "verbose=3"},
    {"-v -v --verbose", "verbose=3"},
    {"-46v", "ipv4=true ipv6=true verbose=1"},
    {"-4vp993", "port=993 ipv4=true verbose=1"},
    {"-4p 993", "port=993 ipv4=true"},
    {"--use-ipv4", "ipv4=true"},
    {"-to 5", "timeout=5"},
    {"-wt 1 -ct 2", "warning=1 critical=2"},
    {"-w time=1 -w 2 -c days=3", "warning=time=1,2 critical=days=3"},
    {"-o json", "output=json"},
    {"-o JSON", "output=json"},
    {"--max-output 1K", "max-output=1024"},
    {"-S", "tls=true"},
    {"--ssl", "tls=true"},
    {"--sni a", "sni=a"},
    {"--require a,b --require c", "require=a,b,c"},
    {"--require _a_,,_b", "require=a,b"},
    {"--require ^", "require="},
    {"--check ptr", "check=ptr"},
    {"--authtype login", "authtype=LOGIN"},
    {"--authtype IMAP-LOGIN", "authtype=IMAP-LOGIN"},
    {"-A -e x -j", "expect=x all=true jail=true"},
    {"-A true -j false host", "all=true jail=false +host"},
    {"-A 0 -E 1", "all=false escape=true"},
    {"-A yes", "all=true +yes"},
    {"--all=false", "all=false"},
    {"-EA true", "all=true escape=true"},
    {"-M warn -r o", "mismatch=WARNING refuse=OK"},
    {"-m 1024 -d 1 -W a -C b", ""},
    {"-U ^", "user="},
    {"-P s3cret", "password=argument"},
    {"-Ps3cret", "password=argument"},
    {"--password=s3cret", "password=argument"},
    {"--password-file /x", "password=file"},
    {"--token-command /x", "token=command"},
    {"--cap 0", "cap=0"},
    {"--cap 9223372036854775807", "cap=9223372036854775807"},
    {"--wait 1m", "wait=60.000"},
    {"--wait 1500ms", "wait=1.500"},
    {"--size 2G", "size=2147483648"},
    {"--share 12.5", "share=12.5"},
    {"--share 100%", "share=100.0"},
    {"--password-fd 3", "password=fd"},
    /* bad ones */
    {"--nope", "! unknown option --nope"},
    {"--nope=s3cret", "! unknown option --nope"},
    {"--host_name", "! unknown option --host name"},
    {"--verb", "! unknown option --verb"},
    {"--=x", "! unknown option --"},
    {"-Z", "! unknown option -Z"},
    {"-vZ", "! unknown option -Z"},
    {"-\x1b", "! unknown option -\\x1b"},
    {"-p", "! --port needs an argument: PORT"},
    {"--port", "! --port needs an argument: PORT"},
    {"-p 1 -p 2", "! --port is given twice"},
    {"-p 1 --port=1", "! --port is given twice"},
    {"-U a --authuser b", "! --user is given twice"},
    {"-4 -4", "! --ipv4 is given twice"},
    {"-S --ssl", "! --tls is given twice"},
    {"-P a -P b", "! --password is given twice"},
    {"-p 0", "! --port needs a whole number from 1 to 65535, not \"0\""},
    {"-p 65536", "! --port needs a whole number from 1 to 65535, not \"65536\""},
    {"-p +1", "! --port needs a whole number from 1 to 65535, not \"+1\""},
    {"-p 0x10", "! --port needs a whole number from 1 to 65535, not \"0x10\""},
    {"-p ^", "! --port needs a whole number from 1 to 65535, not \"\""},
    {"--cap 9223372036854775808", "! --cap needs a whole number, not \"9223372036854775808\""},
    {"--password-fd 2", "! --password-fd needs a whole number from 3 to 1048576, not \"2\""},
    {"-o xml", "! --output needs one of text, json, openmetrics, not \"xml\""},
    {"-o jso", "! --output needs one of text, json, openmetrics, not \"jso\""},
    {"--tls-min 1.4", "! --tls-min needs one of 1.0, 1.1, 1.2, 1.3, not \"1.4\""},
    {"--max-output 1M",
	"! --max-output needs a size like 512, 8K or 1M, from 1.0 KiB to 64.0 KiB, not \"1M\""},
    {"--wait 0",
	"! --wait needs a duration like 10, 500ms, 5m or 2h, from 1.0 s to 60.0 s, not \"0\""},
    {"--wait 61",
	"! --wait needs a duration like 10, 500ms, 5m or 2h, from 1.0 s to 60.0 s, not \"61\""},
    {"--wait 5\xff",
	"! --wait needs a duration like 10, 500ms, 5m or 2h, from 1.0 s to 60.0 s, not \"5\\xff\""},
    {"--share 101", "! --share needs a percentage from 0 to 100, not \"101\""},
    {"--size -1", "! --size needs a size like 512, 8K or 1M, not \"-1\""},
    {"-M bad", "! --mismatch needs ok, warning, critical or unknown, not \"bad\""},
    {"--ipv4=true", "! --ipv4 takes no argument"},
    {"--help=1", "! --help takes no argument"},
    {"--verbose=2", "! --verbose takes no argument"},
    {"--all=maybe", "! --all needs true or false, not \"maybe\""},
};
/* clang-format on */

START_TEST(command_lines)
{
	expect(&imap_table, argv_rows[_i].words, argv_rows[_i].expected);
}
END_TEST

/* clang-format off: a row is read as a row */
static const struct {
	const char *words, *expected;
} smtp_argv_rows[] = {
    {"--sni -4", "ipv4=true sni="},
    {"--sni=a", "sni=a"},
    {"--sni a", "! word 2 of the command line is one too many"},
    {"-P my secret", "! word 3 of the command line is one too many"},
    {"-- x", "! word 2 of the command line is one too many"},
    {"-r 1", "proxy-protocol=1"},
    {"-A PLAIN", "authtype=PLAIN"},
    {"--arrives-user u --arrives-password-file /f -U v",
	"user=v arrives-user=u arrives-password=file"},
    {"--arrives-authuser u", "arrives-user=u"},
    {"--arrives-password x", "arrives-password=argument"},
    {"--arrives-authtype XOAUTH2 -A PLAIN", "authtype=PLAIN arrives-authtype=XOAUTH2"},
    {"--arrives-authzid x", "! unknown option --arrives-authzid"},
    {"--arrives-nope x", "! unknown option --arrives-nope"},
    {"--ehlo a", "fqdn=a"},
    {"-q true -w 1", "warning=1 ignore-quit-failure=true"},
    {"-q -w 1", "warning=1 ignore-quit-failure=true"},
};
/* clang-format on */

START_TEST(smtp_command_lines)
{
	expect(&smtp_table, smtp_argv_rows[_i].words, smtp_argv_rows[_i].expected);
}
END_TEST

/* What Icinga's template library sends to the plugins of old. */
START_TEST(classic_command_lines)
{
	expect(&smtp_table,
	    "-H 192.0.2.5 -p 587 -f a@example.org -e 220 -C NOOP -R 250.* -F mon.example.org "
	    "-D 21,7 -S -A LOGIN -U u -P p -q true -w 1 -c 5 -t 10 -4",
	    "hostname=192.0.2.5 port=587 ipv4=true timeout=10 warning=1 critical=5 starttls=true "
	    "certificate=21,7 user=u password=argument authtype=LOGIN expect=220 command=NOOP "
	    "response=250.* from=a@example.org fqdn=mon.example.org ignore-quit-failure=true");
	expect(&imap_table,
	    "-H 192.0.2.5 -p 143 -E true -s a1_NOOP\\r\\n -e *_OK -A -q a2_LOGOUT -r critical "
	    "-M warn -j -m 1024 -d 1 -D 21,7 -S -w 1 -c 5 -t 10 -6",
	    "hostname=192.0.2.5 port=143 ipv6=true timeout=10 warning=1 critical=5 tls=true "
	    "certificate=21,7 expect=* OK all=true mismatch=WARNING refuse=CRITICAL "
	    "send=a1 NOOP\\r\\n quit=a2 LOGOUT escape=true jail=true");
}
END_TEST

START_TEST(ignored_ones_are_noted)
{
	struct run run;

	run_init(&run, &imap_table, "-m 1024 -W x");
	ck_assert(run.good);
	ck_assert_uint_eq(run.parse.notes.count, 2);
	ck_assert_str_eq(run.parse.notes.items[0], "--maxbytes is accepted and ignored");
	run_free(&run);
}
END_TEST

START_TEST(actions_and_texts)
{
	struct run run;

	run_init(&run, &imap_table, "--list-metrics -o json");
	ck_assert_int_eq(run.config.basic.action, ACTION_LIST_METRICS);
	ck_assert_int_eq(run.config.basic.output, OUTPUT_JSON);
	run_free(&run);
	run_init(&run, &imap_table, "-h");
	ck_assert_int_eq(run.config.basic.action, ACTION_HELP);
	run_free(&run);
	run_init(&run, &imap_table, "--explain 535_5.7.8 --completion zsh");
	ck_assert_str_eq(run.config.basic.explain, "535 5.7.8");
	ck_assert_str_eq(run.config.basic.completion, "zsh");
	run_free(&run);
}
END_TEST

START_TEST(defaults)
{
	struct run run;

	run_init(&run, &imap_table, "");
	ck_assert(run.good);
	ck_assert_int_eq(run.config.basic.output, OUTPUT_TEXT);
	ck_assert_uint_eq(run.config.basic.max_output, 8192);
	ck_assert_int_eq(run.config.connection.tls_min, 2);
	ck_assert_int_eq(run.config.connection.tls_max, 3);
	ck_assert_int_eq(run.config.login.authtype, -1);
	ck_assert_int_eq(run.config.login.password_fd, 0);
	ck_assert_uint_eq(run.config.list.count, 2);
	ck_assert_double_eq(run.config.percent, 70);
	ck_assert_ptr_null(run.config.login.password);
	ck_assert_int_eq(opts_source(&run.parse, "output"), OPT_FROM_DEFAULT);
	ck_assert_int_eq(opts_source(&run.parse, "no-such"), OPT_FROM_DEFAULT);
	run_free(&run);
}
END_TEST

/* The bytes in argv are gone, even when another word is wrong. */
START_TEST(secrets_leave_argv)
{
	static const char *const lines[] = {"-P s3cret -H a", "--password=s3cret", "-Ps3cret",
	    "-4Ps3cret", "--nope -P s3cret", "-p x --authpass s3cret -Z"};
	struct run run;

	run_init(&run, &imap_table, lines[_i]);
	for (int i = 0; i < run.argc; i++)
		ck_assert_ptr_null(strstr(run.argv[i], "s3cret"));
	ck_assert_ptr_null(strstr(run.err.text, "s3cret"));
	if (run.good)
		ck_assert_str_eq(run.config.login.password, "s3cret");
	run_free(&run);
}
END_TEST

START_TEST(called_name_is_weaker)
{
	struct run run;
	struct err err = {0};

	run_init(&run, &imap_table, "-p 993");
	ck_assert(opts_set(&run.parse, &run.config, "port", "143", &err));
	ck_assert_int_eq(run.config.basic.port, 993);
	ck_assert(opts_set(&run.parse, &run.config, "cleartext", "true", &err));
	ck_assert(run.config.connection.cleartext);
	ck_assert_int_eq(opts_source(&run.parse, "cleartext"), OPT_FROM_NAME);
	ck_assert_int_eq(opts_source(&run.parse, "port"), OPT_FROM_ARGV);
	ck_assert(opts_set(&run.parse, &run.config, "check", "spf", &err));
	ck_assert_uint_eq(run.config.list.count, 1);
	ck_assert(!opts_set(&run.parse, &run.config, "nope", "1", &err));
	err_clear(&err);
	ck_assert(!opts_set(&run.parse, &run.config, "cap", "x", &err));
	run_free(&run);
}
END_TEST

/* ---- ini files ------------------------------------------------------------------- */

static char folder[] = "/tmp/test-opts-XXXXXX";

static const char *
ini_file(const char *name, const char *text, size_t len, mode_t mode)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

/* clang-format off: a row is read as a row. FILE stands for the file's name. */
static const struct {
	const char *text, *words, *expected;
	mode_t mode; /* 0: 0600 */
} ini_rows[] = {
    {"[check_imap_tls]\nport = 143\n", "--extra-opts=@FILE", "port=143", 0},
    {"[check_imap_tls]\nport=143", "--extra-opts @FILE", "port=143", 0},
    {"[check_imap_tls]\nport=143\n", "--extra-opts=@FILE -p 993", "port=993", 0},
    {"[check_imap_tls]\nport=143\n", "-p 993 --extra-opts=@FILE", "port=993", 0},
    {"[ x ]\r\n  port\t=  143  \r\n", "--extra-opts=x@FILE", "port=143", 0},
    {"\xef\xbb\xbf[x]\nport=143\n", "--extra-opts=x@FILE", "port=143", 0},
    {"# c\n; c\n\n[x]\n#port=1\nport=143\n", "--extra-opts=x@FILE", "port=143", 0},
    {"[y]\nport=1\nnonsense\n[x]\nport=143\n[z]\nport=2\n", "--extra-opts=x@FILE", "port=143", 0},
    {"[x]\np=143\nv=2\n", "--extra-opts=x@FILE", "port=143 verbose=2", 0},
    {"[x]\nhost=a\nauthuser=b\n", "--extra-opts=x@FILE", "hostname=a user=b", 0},
    {"[x]\nstarttls=true\ntls=false\n", "--extra-opts=x@FILE", "tls=false starttls=true", 0},
    {"[x]\nstarttls=\n", "--extra-opts=x@FILE", "starttls=true", 0},
    {"[x]\nstate=a=ok\nstate=b=ok\n", "--extra-opts=x@FILE", "state=a=ok,b=ok", 0},
    {"[x]\nstate=a=ok\nhost=h\n", "--extra-opts=x@FILE --state b=ok -H i", "hostname=i state=b=ok",
	0},
    {"[x]\nport=1\nuser=u\n[x.imap]\nport=2\n", "--extra-opts=x@FILE", "port=2 user=u", 0},
    {"[x.imap]\nport=2\n[x.smtp]\nport=3\n", "--extra-opts=x@FILE", "port=2", 0},
    {"[x.imap]\nstate=b\n[x]\nstate=a\n", "--extra-opts=x@FILE", "state=b", 0},
    {"[x]\nport=1\n[y]\nport=2\nuser=u\n", "--extra-opts=x@FILE --extra-opts=y@FILE",
	"port=2 user=u", 0},
    {"[x]\nport=1\n[y]\n[x]\nuser=u\n", "--extra-opts=x@FILE", "port=1 user=u", 0},
    {"[x]\ncheck=spf\n", "--extra-opts=x@FILE", "check=spf", 0},
    {"[x]\npassword = s3 cret#;=\"x\" \n", "--extra-opts=x@FILE", "password=ini", 0},
    {"[x]\npassword=s3cret\n", "--extra-opts=x@FILE -P other", "password=argument", 0},
    {"[x]\nport=143\n", "--extra-opts=x@FILE", "port=143", 0644},
    {"[x]\npassword=s3cret\n", "--extra-opts=x@FILE",
	"! FILE line 2: --password may not stand in this file: others can read it (chmod 600)",
	0644},
    {"[x]\nauthpass=s3cret\n", "--extra-opts=x@FILE",
	"! FILE line 2: --password may not stand in this file: others can write it (chmod 600)",
	0620},
    {"[x]\nport=1\n\nport=2\n", "--extra-opts=x@FILE", "! FILE line 4: --port is given twice", 0},
    {"[x]\nport=1\np=2\n", "--extra-opts=x@FILE", "! FILE line 3: --port is given twice", 0},
    {"[x]\npasswrod=s3cret\n", "--extra-opts=x@FILE", "! FILE line 2: unknown key", 0},
    {"[x]\nPort=1\n", "--extra-opts=x@FILE", "! FILE line 2: unknown key", 0},
    {"[x]\n--port=1\n", "--extra-opts=x@FILE", "! FILE line 2: unknown key", 0},
    {"[x]\nport s3cret\n", "--extra-opts=x@FILE", "! FILE line 2: '=' is missing", 0},
    {"[x]\n=s3cret\n", "--extra-opts=x@FILE", "! FILE line 2: nothing stands before '='", 0},
    {"[x\nport=1\n", "--extra-opts=x@FILE", "! FILE line 1: ']' is missing", 0},
    {"[x]\nport=s3cret\n", "--extra-opts=x@FILE",
	"! FILE line 2: --port needs a whole number from 1 to 65535", 0},
    {"[x]\nstarttls=s3cret\n", "--extra-opts=x@FILE",
	"! FILE line 2: --starttls needs true or false", 0},
    {"[x]\nhelp=true\n", "--extra-opts=x@FILE",
	"! FILE line 2: --help is for the command line only", 0},
    {"[x]\nextra-opts=y\n", "--extra-opts=x@FILE",
	"! FILE line 2: --extra-opts is for the command line only", 0},
    {"[x]\nallow-exposed-password=true\n", "--extra-opts=x@FILE",
	"! FILE line 2: --allow-exposed-password is for the command line only", 0},
    {"[y]\nport=1\n", "--extra-opts=x@FILE", "! FILE has no section [x]", 0},
    {"[y]\nport=1\n", "--extra-opts=@FILE", "! FILE has no section [check_imap_tls]", 0},
    {"", "--extra-opts=x@FILE", "! FILE has no section [x]", 0},
    {"[x]\n", "--extra-opts=x@FILE-not", "! ini file FILE-not: it does not exist", 0},
    {"[x]\n", "--extra-opts=x@/dev/null", "! ini file /dev/null: it is not a regular file", 0},
    {"[x]\n", "--extra-opts=x@/", "! ini file /: it is not a regular file", 0},
};
/* clang-format on */

/* Replaces FILE by the path. */
static void
with_file(struct buf *out, const char *text, const char *path)
{
	buf_init(out, 4096);
	for (const char *at; (at = strstr(text, "FILE")) != NULL; text = at + 4) {
		buf_add(out, text, (size_t)(at - text));
		buf_add_text(out, path);
	}
	buf_add_text(out, text);
}

START_TEST(ini_files)
{
	mode_t mode = ini_rows[_i].mode != 0 ? ini_rows[_i].mode : 0600;
	const char *path = ini_file("a.ini", ini_rows[_i].text, strlen(ini_rows[_i].text), mode);
	struct buf words, expected;

	with_file(&words, ini_rows[_i].words, path);
	with_file(&expected, ini_rows[_i].expected, path);
	expect(&imap_table, buf_text(&words), buf_text(&expected));
	buf_free(&words);
	buf_free(&expected);
}
END_TEST

START_TEST(ini_faults_have_code_1)
{
	char words[300];
	struct run run;

	snprintf(words, sizeof(words), "--extra-opts=x@%s",
	    ini_file("b.ini", "[x]\nnope=1\n", 11, 0600));
	run_init(&run, &imap_table, words);
	ck_assert_int_eq(run.err.code, 1);
	run_free(&run);
	run_init(&run, &imap_table, "--nope");
	ck_assert_int_eq(run.err.code, 0);
	run_free(&run);
}
END_TEST

START_TEST(ini_secret_is_kept_whole)
{
	const char *text = "[x]\npassword = s3 cret#;=\"x\" \n";
	char words[300];
	struct run run;

	snprintf(
	    words, sizeof(words), "--extra-opts=x@%s", ini_file("c.ini", text, strlen(text), 0600));
	run_init(&run, &imap_table, words);
	ck_assert_str_eq(run.config.login.password, "s3 cret#;=\"x\"");
	ck_assert_int_eq(opts_source(&run.parse, "password"), OPT_FROM_INI);
	run_free(&run);
}
END_TEST

/* Long lines, NUL bytes and a huge file end in a line number, not in memory. */
START_TEST(hostile_ini_files)
{
	size_t len = 1100000;
	char *text = malloc(len), words[300];
	struct run run;

	memset(text, 'x', len);
	memcpy(text, "[x]\n", 4);
	snprintf(words, sizeof(words), "--extra-opts=x@%s", ini_file("d.ini", text, len, 0600));
	run_init(&run, &imap_table, words);
	ck_assert_ptr_nonnull(strstr(run.err.text, "is larger than 1 MiB"));
	run_free(&run);
	(void)ini_file("d.ini", text, 1000000, 0600);
	run_init(&run, &imap_table, words);
	ck_assert_ptr_nonnull(strstr(run.err.text, "line 2: longer than 16 KiB"));
	run_free(&run);
	(void)ini_file("d.ini", "[x]\nport=1\0\n", 12, 0600);
	run_init(&run, &imap_table, words);
	ck_assert_ptr_nonnull(strstr(run.err.text, "line 2: holds a NUL byte"));
	run_free(&run);
	free(text);
}
END_TEST

/* $NAGIOS_CONFIG_PATH, the first *.ini of the first folder that has one. */
START_TEST(default_ini_file)
{
	char path[300];

	(void)ini_file("a.ini", "[check_imap_tls]\nport=1\n", 24, 0600);
	(void)ini_file("z.ini", "[check_imap_tls]\nport=2\n", 24, 0600);
	snprintf(path, sizeof(path), "/nonexistent::%s", folder);
	config_path = path;
	expect(&imap_table, "--extra-opts", "port=1");
	expect(&imap_table, "--extra-opts -4", "port=1 ipv4=true");
	expect(&imap_table, "--extra-opts= -4", "port=1 ipv4=true");
	config_path = NULL;
}
END_TEST

/* Called by a classic name, its own section is read behind the program's. */
START_TEST(section_of_the_called_name)
{
	static const char text[] = "[check_imap]\nport=143\n[check_imap_tls]\nport=993\nuser=u\n";
	const char *path = ini_file("e.ini", text, strlen(text), 0600);
	char name[] = "/usr/lib/check_imap", option[300], *argv[] = {name, option, NULL};
	struct config config;
	struct opt_parse parse;
	struct err err = {0};

	snprintf(option, sizeof(option), "--extra-opts=@%s", path);
	ck_assert(opts_parse(&imap_table, 2, argv, environment, &config, &parse, &err));
	ck_assert_int_eq(config.basic.port, 143);
	ck_assert_str_eq(config.login.user, "u");
	opts_free(&parse, &config);
}
END_TEST

/* The same file serves two programs. */
START_TEST(services_of_one_section)
{
	static const char text[] = "[x]\nuser=u\n[x.imap]\nport=993\n[x.smtp]\nport=587\n";
	char words[300];

	snprintf(
	    words, sizeof(words), "--extra-opts=x@%s", ini_file("f.ini", text, strlen(text), 0600));
	expect(&imap_table, words, "port=993 user=u");
	expect(&smtp_table, words, "port=587 user=u");
}
END_TEST

/* ---- argv of noise -------------------------------------------------------------------- */

START_TEST(random_words)
{
	static const char *const pieces[] = {"-", "--", "-P", "--password=", "=", "p", "v", "H",
	    "true", "--extra-opts=", "x", "@", "\xff", "-to", "--sni", "1", ",", "--arrives-",
	    "user", "^", "-A"};
	uint32_t seed = 7;

	for (int round = 0; round < 3000; round++) {
		char words[400] = "";
		struct run run;

		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(words, pieces[(seed >> 16) % ARRAY_LEN(pieces)]);
			if ((seed >> 28) > 5)
				strcat(words, " ");
		}
		run_init(&run, round % 2 == 0 ? &imap_table : &smtp_table, words);
		run_free(&run);
	}
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {command_lines, ARRAY_LEN(argv_rows)},
	    {smtp_command_lines, ARRAY_LEN(smtp_argv_rows)},
	    {classic_command_lines, 0},
	    {ignored_ones_are_noted, 0},
	    {actions_and_texts, 0},
	    {defaults, 0},
	    {secrets_leave_argv, 6},
	    {called_name_is_weaker, 0},
	    {ini_files, ARRAY_LEN(ini_rows)},
	    {ini_faults_have_code_1, 0},
	    {ini_secret_is_kept_whole, 0},
	    {hostile_ini_files, 0},
	    {default_ini_file, 0},
	    {section_of_the_called_name, 0},
	    {services_of_one_section, 0},
	    {random_words, 0},
	};
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	status = unit_main("opts", units, ARRAY_LEN(units));
	for (const char *const *name = (const char *const[]){"a.ini", "b.ini", "c.ini", "d.ini",
		 "e.ini", "f.ini", "z.ini", NULL};
	     *name != NULL; name++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", folder, *name);
		(void)unlink(path);
	}
	return rmdir(folder) == 0 ? status : EXIT_FAILURE;
}
