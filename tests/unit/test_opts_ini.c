/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options out of ini files: which file, which section, what is refused. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/opts_run.h"
#include "lib/unit.h"

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
	opts_run_expect(&opts_run_imap, buf_text(&words), buf_text(&expected));
	buf_free(&words);
	buf_free(&expected);
}
END_TEST

START_TEST(ini_faults_have_code_1)
{
	char words[300];
	struct opts_run run;

	snprintf(words, sizeof(words), "--extra-opts=x@%s",
	    ini_file("b.ini", "[x]\nnope=1\n", 11, 0600));
	opts_run_init(&run, &opts_run_imap, words);
	ck_assert_int_eq(run.err.code, 1);
	opts_run_free(&run);
	opts_run_init(&run, &opts_run_imap, "--nope");
	ck_assert_int_eq(run.err.code, 0);
	opts_run_free(&run);
}
END_TEST

START_TEST(ini_secret_is_kept_whole)
{
	const char *text = "[x]\npassword = s3 cret#;=\"x\" \n";
	char words[300];
	struct opts_run run;

	snprintf(
	    words, sizeof(words), "--extra-opts=x@%s", ini_file("c.ini", text, strlen(text), 0600));
	opts_run_init(&run, &opts_run_imap, words);
	ck_assert_str_eq(run.config.login.password, "s3 cret#;=\"x\"");
	ck_assert_int_eq(opts_source(&run.parse, "password"), OPT_FROM_INI);
	opts_run_free(&run);
}
END_TEST

/* Long lines, NUL bytes and a huge file end in a line number, not in memory. */
START_TEST(hostile_ini_files)
{
	size_t len = 1100000;
	char *text = malloc(len), words[300];
	struct opts_run run;

	memset(text, 'x', len);
	memcpy(text, "[x]\n", 4);
	snprintf(words, sizeof(words), "--extra-opts=x@%s", ini_file("d.ini", text, len, 0600));
	opts_run_init(&run, &opts_run_imap, words);
	ck_assert_ptr_nonnull(strstr(run.err.text, "is larger than 1 MiB"));
	opts_run_free(&run);
	(void)ini_file("d.ini", text, 1000000, 0600);
	opts_run_init(&run, &opts_run_imap, words);
	ck_assert_ptr_nonnull(strstr(run.err.text, "line 2: longer than 16 KiB"));
	opts_run_free(&run);
	(void)ini_file("d.ini", "[x]\nport=1\0\n", 12, 0600);
	opts_run_init(&run, &opts_run_imap, words);
	ck_assert_ptr_nonnull(strstr(run.err.text, "line 2: holds a NUL byte"));
	opts_run_free(&run);
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
	opts_run_config_path = path;
	opts_run_expect(&opts_run_imap, "--extra-opts", "port=1");
	opts_run_expect(&opts_run_imap, "--extra-opts -4", "port=1 ipv4=true");
	opts_run_expect(&opts_run_imap, "--extra-opts= -4", "port=1 ipv4=true");
	opts_run_config_path = NULL;
}
END_TEST

/* Called by a classic name, its own section is read behind the program's. */
START_TEST(section_of_the_called_name)
{
	static const char text[] = "[check_imap]\nport=143\n[check_imap_tls]\nport=993\nuser=u\n";
	const char *path = ini_file("e.ini", text, strlen(text), 0600);
	char name[] = "/usr/lib/check_imap", option[300], *argv[] = {name, option, NULL};
	struct opts_run_config config;
	struct opt_parse parse;
	struct err err = {0};

	snprintf(option, sizeof(option), "--extra-opts=@%s", path);
	ck_assert(opts_parse(&opts_run_imap, 2, argv, opts_run_environment, &config, &parse, &err));
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
	opts_run_expect(&opts_run_imap, words, "port=993 user=u");
	opts_run_expect(&opts_run_smtp, words, "port=587 user=u");
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {ini_files, ARRAY_LEN(ini_rows)},
	    {ini_faults_have_code_1, 0},
	    {ini_secret_is_kept_whole, 0},
	    {hostile_ini_files, 0},
	    {default_ini_file, 0},
	    {section_of_the_called_name, 0},
	    {services_of_one_section, 0},
	};
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	status = unit_main("opts ini", units, ARRAY_LEN(units));
	for (const char *const *name = (const char *const[]){"a.ini", "b.ini", "c.ini", "d.ini",
		 "e.ini", "f.ini", "z.ini", NULL};
	     *name != NULL; name++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", folder, *name);
		(void)unlink(path);
	}
	return rmdir(folder) == 0 ? status : EXIT_FAILURE;
}
