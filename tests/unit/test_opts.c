/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines, good and bad; what wins over what. */
#include <string.h>

#include "lib/opts_run.h"
#include "lib/unit.h"

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
	opts_run_expect(&opts_run_imap, argv_rows[_i].words, argv_rows[_i].expected);
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
	opts_run_expect(&opts_run_smtp, smtp_argv_rows[_i].words, smtp_argv_rows[_i].expected);
}
END_TEST

/* What Icinga's template library sends to the plugins of old. */
START_TEST(classic_command_lines)
{
	opts_run_expect(&opts_run_smtp,
	    "-H 192.0.2.5 -p 587 -f a@example.org -e 220 -C NOOP -R 250.* -F mon.example.org "
	    "-D 21,7 -S -A LOGIN -U u -P p -q true -w 1 -c 5 -t 10 -4",
	    "hostname=192.0.2.5 port=587 ipv4=true timeout=10 warning=1 critical=5 starttls=true "
	    "certificate=21,7 user=u password=argument authtype=LOGIN expect=220 command=NOOP "
	    "response=250.* from=a@example.org fqdn=mon.example.org ignore-quit-failure=true");
	opts_run_expect(&opts_run_imap,
	    "-H 192.0.2.5 -p 143 -E true -s a1_NOOP\\r\\n -e *_OK -A -q a2_LOGOUT -r critical "
	    "-M warn -j -m 1024 -d 1 -D 21,7 -S -w 1 -c 5 -t 10 -6",
	    "hostname=192.0.2.5 port=143 ipv6=true timeout=10 warning=1 critical=5 tls=true "
	    "certificate=21,7 expect=* OK all=true mismatch=WARNING refuse=CRITICAL "
	    "send=a1 NOOP\\r\\n quit=a2 LOGOUT escape=true jail=true");
}
END_TEST

START_TEST(ignored_ones_are_noted)
{
	struct opts_run run;

	opts_run_init(&run, &opts_run_imap, "-m 1024 -W x");
	ck_assert(run.good);
	ck_assert_uint_eq(run.parse.notes.count, 2);
	ck_assert_str_eq(run.parse.notes.items[0], "--maxbytes is accepted and ignored");
	opts_run_free(&run);
}
END_TEST

START_TEST(actions_and_texts)
{
	struct opts_run run;

	opts_run_init(&run, &opts_run_imap, "--list-metrics -o json");
	ck_assert_int_eq(run.config.basic.action, ACTION_LIST_METRICS);
	ck_assert_int_eq(run.config.basic.output, OUTPUT_JSON);
	opts_run_free(&run);
	opts_run_init(&run, &opts_run_imap, "-h");
	ck_assert_int_eq(run.config.basic.action, ACTION_HELP);
	opts_run_free(&run);
	opts_run_init(&run, &opts_run_imap, "--explain 535_5.7.8 --completion zsh");
	ck_assert_str_eq(run.config.basic.explain, "535 5.7.8");
	ck_assert_str_eq(run.config.basic.completion, "zsh");
	opts_run_free(&run);
}
END_TEST

START_TEST(defaults)
{
	struct opts_run run;

	opts_run_init(&run, &opts_run_imap, "");
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
	opts_run_free(&run);
}
END_TEST

/* The bytes in argv are gone, even when another word is wrong. */
START_TEST(secrets_leave_argv)
{
	static const char *const lines[] = {"-P s3cret -H a", "--password=s3cret", "-Ps3cret",
	    "-4Ps3cret", "--nope -P s3cret", "-p x --authpass s3cret -Z"};
	struct opts_run run;

	opts_run_init(&run, &opts_run_imap, lines[_i]);
	for (int i = 0; i < run.argc; i++)
		ck_assert_ptr_null(strstr(run.argv[i], "s3cret"));
	ck_assert_ptr_null(strstr(run.err.text, "s3cret"));
	if (run.good)
		ck_assert_str_eq(run.config.login.password, "s3cret");
	opts_run_free(&run);
}
END_TEST

START_TEST(called_name_is_weaker)
{
	struct opts_run run;
	struct err err = {0};

	opts_run_init(&run, &opts_run_imap, "-p 993");
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
	opts_run_free(&run);
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
		struct opts_run run;

		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(words, pieces[(seed >> 16) % ARRAY_LEN(pieces)]);
			if ((seed >> 28) > 5)
				strcat(words, " ");
		}
		opts_run_init(&run, round % 2 == 0 ? &opts_run_imap : &opts_run_smtp, words);
		opts_run_free(&run);
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
	    {random_words, 0},
	};

	return unit_main("opts", units, ARRAY_LEN(units));
}
