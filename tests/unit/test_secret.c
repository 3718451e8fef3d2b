/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources of secrets: one only, judged, and never shown. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/secret.h"
#include "lib/unit.h"
#include "opts/private.h"

/* What must be in no message. */
#define SECRET "s3cret-Tr0ub4dor"

static char base[] = "/tmp/test-secret-XXXXXX";

static char *
in_base(const char *name)
{
	static char paths[32][PATH_MAX];
	static int next;
	char *path = paths[next++ % 32];

	snprintf(path, PATH_MAX, "%s/%s", base, name);
	return path;
}

static const char *
write_file(const char *name, const void *bytes, size_t len, mode_t mode)
{
	const char *path = in_base(name);
	int fd;

	(void)unlink(path); /* it may be read-only */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

static const char *credentials;

static const char *
environment(const char *name)
{
	if (strcmp(name, "CREDENTIALS_DIRECTORY") == 0)
		return credentials;
	if (strcmp(name, "GOOD") == 0)
		return SECRET;
	if (strcmp(name, "EMPTY") == 0)
		return "";
	if (strcmp(name, "LINES") == 0)
		return SECRET "\n";
	return strcmp(name, "CR") == 0 ? SECRET "\r" : NULL;
}

static bool
read_in(struct secret *secret, const struct login_opts *opts, int64_t span_us, struct err *err)
{
	bool good;

	memset(err, 0, sizeof(*err));
	good = secret_read(secret, opts, environment, deadline_in(span_us), err);
	ck_assert(good == !err_is_set(err));
	ck_assert_ptr_null(strstr(err->text, SECRET));
	if (!good) {
		ck_assert_int_eq(err->kind, ERR_CONFIG);
		ck_assert_ptr_null(secret->password);
		ck_assert_ptr_null(secret->token);
	}
	return good;
}

/* Expects the secret, or a fault whose text holds these words. */
static void
expect(const struct login_opts *opts, enum secret_fault fault, const char *words)
{
	struct secret secret;
	struct err err;
	bool good = read_in(&secret, opts, 5 * US_PER_S, &err);

	if (words == NULL) {
		ck_assert_msg(good, "%s", err.text);
		ck_assert_str_eq(secret.password != NULL ? secret.password : secret.token, SECRET);
	} else {
		ck_assert_msg(!good, "read, not \"%s\"", words);
		ck_assert_msg(
		    strstr(err.text, words) != NULL, "\"%s\" is not \"%s\"", err.text, words);
		ck_assert_int_eq(err.code, fault);
	}
	secret_release(&secret);
}

/* ---- what stands in a file ---------------------------------------------------- */

static const struct {
	const char *text;
	size_t len; /* 0: strlen */
	enum secret_fault fault;
	const char *words; /* NULL: good */
	mode_t mode;       /* 0: 0600 */
} file_rows[] = {
    {SECRET, 0, 0, NULL, 0},
    {SECRET "\n", 0, 0, NULL, 0},
    {SECRET "\nsecond line\r\n", 0, 0, NULL, 0},
    {SECRET "\n", 0, 0, NULL, 0400},
    {SECRET "\r\n", 0, SECRET_FAULT_FORMAT, "CR LF", 0},
    {SECRET "\r", 0, SECRET_FAULT_FORMAT, "CR LF", 0},
    {"a\rb\n", 0, SECRET_FAULT_FORMAT, "line break", 0},
    {"\xef\xbb\xbf" SECRET "\n", 0, SECRET_FAULT_FORMAT, "byte order mark", 0},
    {"a\0b\n", 4, SECRET_FAULT_FORMAT, "NUL", 0},
    {"", 0, SECRET_FAULT_FORMAT, "empty", 0},
    {"\n" SECRET, 0, SECRET_FAULT_FORMAT, "empty", 0},
    {SECRET, 0, SECRET_FAULT_FILE, "others can read it", 0604},
    {SECRET, 0, SECRET_FAULT_FILE, "others can read it", 0444},
    {SECRET, 0, SECRET_FAULT_FILE, "others can write it", 0620},
    {SECRET, 0, SECRET_FAULT_FILE, "others can write it", 0602},
};

START_TEST(files)
{
	size_t len = file_rows[_i].len > 0 ? file_rows[_i].len : strlen(file_rows[_i].text);
	mode_t mode = file_rows[_i].mode != 0 ? file_rows[_i].mode : 0600;
	const char *path = write_file("file", file_rows[_i].text, len, mode);

	expect(
	    &(struct login_opts){.password_file = path}, file_rows[_i].fault, file_rows[_i].words);
	expect(&(struct login_opts){.token_file = path}, file_rows[_i].fault, file_rows[_i].words);
}
END_TEST

/* 4 KiB for a password, 12 KiB for a token, to the byte. */
START_TEST(longest_secrets)
{
	char text[20000];
	struct secret secret;
	struct err err;

	memset(text, 'x', sizeof(text));
	text[4096] = '\n';
	ck_assert(read_in(&secret,
	    &(struct login_opts){.password_file = write_file("long", text, 4097, 0600)}, US_PER_S,
	    &err));
	ck_assert_uint_eq(strlen(secret.password), 4096);
	secret_release(&secret);
	text[4096] = 'x';
	expect(&(struct login_opts){.password_file = write_file("long", text, 4097, 0600)},
	    SECRET_FAULT_FORMAT, "longer than 4 KiB");
	expect(&(struct login_opts){.password_file = write_file("long", text, 5000, 0600)},
	    SECRET_FAULT_FILE, "too large");
	ck_assert(read_in(&secret,
	    &(struct login_opts){.token_file = write_file("long", text, 12288, 0600)}, US_PER_S,
	    &err));
	ck_assert_uint_eq(strlen(secret.token), 12288);
	secret_release(&secret);
	expect(&(struct login_opts){.token_file = write_file("long", text, 12289, 0600)},
	    SECRET_FAULT_FORMAT, "longer than 12 KiB");
	expect(&(struct login_opts){.token_file = write_file("long", text, 20000, 0600)},
	    SECRET_FAULT_FILE, "too large");
}
END_TEST

START_TEST(not_files)
{
	const char *fifo = in_base("fifo"), *folder = in_base("folder");

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	expect(
	    &(struct login_opts){.password_file = fifo}, SECRET_FAULT_FILE, "not a regular file");
	expect(&(struct login_opts){.password_file = "/dev/null"}, SECRET_FAULT_FILE,
	    "not a regular file");
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	expect(
	    &(struct login_opts){.password_file = folder}, SECRET_FAULT_FILE, "not a regular file");
	expect(&(struct login_opts){.password_file = in_base("absent")}, SECRET_FAULT_FILE,
	    "does not exist");
	expect(&(struct login_opts){.password_file = ""}, SECRET_FAULT_FILE, "not a regular file");
}
END_TEST

/* ---- who can replace the file --------------------------------------------------- */

START_TEST(links_and_folders)
{
	const char *open_folder, *link = in_base("link"), *loop = in_base("loop");

	(void)write_file("real", SECRET, strlen(SECRET), 0600);
	ck_assert_int_eq(symlink("real", link), 0);
	expect(&(struct login_opts){.password_file = link}, 0, NULL);
	ck_assert_int_eq(symlink("loop", loop), 0);
	expect(&(struct login_opts){.password_file = loop}, SECRET_FAULT_FILE, "symbolic links");
	(void)write_file("wide", SECRET, strlen(SECRET), 0644);
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(symlink(in_base("wide"), link), 0);
	expect(
	    &(struct login_opts){.password_file = link}, SECRET_FAULT_FILE, "others can read it");

	open_folder = in_base("open");
	ck_assert_int_eq(mkdir(open_folder, 0700), 0);
	(void)write_file("open/file", SECRET, strlen(SECRET), 0600);
	expect(&(struct login_opts){.password_file = in_base("open/file")}, 0, NULL);
	expect(&(struct login_opts){.password_file = in_base("open/../open/./file")}, 0, NULL);
	ck_assert_int_eq(chmod(open_folder, 0707), 0);
	expect(&(struct login_opts){.password_file = in_base("open/file")}, SECRET_FAULT_FILE,
	    "others can replace it");
	ck_assert_int_eq(chmod(open_folder, 01777), 0);
	expect(&(struct login_opts){.password_file = in_base("open/file")}, 0, NULL);
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(symlink("open/file", link), 0); /* judged on the way of the link, too */
	ck_assert_int_eq(chmod(open_folder, 0707), 0);
	expect(&(struct login_opts){.password_file = link}, SECRET_FAULT_FILE,
	    "others can replace it");
	expect(&(struct login_opts){.password_file = in_base("real/x")}, SECRET_FAULT_FILE,
	    "not a folder");
}
END_TEST

/* Judged by somebody else: the file and its folder belong to a stranger or to root. */
START_TEST(other_owners)
{
	bool root = geteuid() == 0;
	struct private_reader reader = private_self();
	const char *path = write_file("owned", SECRET, strlen(SECRET), 0640), *why;
	int fd;

	/* The group may read root's file only, and only if it is ours. */
	fd = private_open(path, &reader, &why);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert((why == NULL) == root);
	reader.gid++;
	fd = private_open(path, &reader, &why);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_str_eq(why, "its group can read it (chmod 600)");
	/* A stranger's file in a stranger's folder; root needs one that belongs to nobody. */
	ck_assert_int_eq(chmod(path, 0600), 0);
	if (root)
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
	else
		reader.uid++;
	fd = private_open(path, &reader, &why);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_str_eq(why, root ? "it belongs neither to us nor to root"
				   : "a folder on the way to it belongs to somebody else");
}
END_TEST

static const char *
rule_broken(const char *path, const struct private_reader *reader)
{
	const char *why;
	int fd = private_open(path, reader, &why);

	if (fd >= 0)
		close(fd);
	return why != NULL ? why : "none";
}

/* A folder that a group may write is as open as that group; our own is ourselves. */
START_TEST(groups_of_folders)
{
	struct private_reader reader = private_self();
	const char *folder = in_base("group"), *path = in_base("group/file");

	ck_assert_int_eq(mkdir(folder, 0700), 0);
	(void)write_file("group/file", SECRET, strlen(SECRET), 0600);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(folder, 0, 65534), 0);
		reader.gid = 65534;
	}
	ck_assert_int_eq(chmod(folder, 0770), 0);
	ck_assert_str_eq(rule_broken(path, &reader), "none");
	reader.gid = 12345;
	ck_assert_str_eq(rule_broken(path, &reader),
	    "others can replace it: they may write a folder on the way to it");
	ck_assert_int_eq(chmod(folder, 0750), 0);
	ck_assert_str_eq(rule_broken(path, &reader), "none");
}
END_TEST

START_TEST(paths_without_end)
{
	const struct private_reader reader = private_self();
	char path[PATH_MAX + 10];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_str_eq(rule_broken(path, &reader), "its path is too long");
	path[0] = '/';
	path[300] = '\0'; /* a name longer than a name may be */
	ck_assert_str_ne(rule_broken(path, &reader), "none");
}
END_TEST

START_TEST(relative_paths)
{
	const struct private_reader reader = private_self();
	const char *why;
	int fd;

	(void)write_file("near", SECRET, strlen(SECRET), 0600);
	ck_assert_int_eq(chdir(base), 0);
	fd = private_open("near", &reader, &why);
	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_null(why);
	close(fd);
}
END_TEST

/* ---- other sources ------------------------------------------------------------------ */

START_TEST(environment_and_argument)
{
	char good[] = SECRET, empty[] = "", lines[] = SECRET "\nx";

	expect(&(struct login_opts){.password_env = "GOOD"}, 0, NULL);
	expect(&(struct login_opts){.password_env = "ABSENT"}, SECRET_FAULT_USAGE,
	    "no environment variable");
	expect(&(struct login_opts){.password_env = "EMPTY"}, SECRET_FAULT_FORMAT, "empty");
	expect(&(struct login_opts){.password_env = "LINES"}, SECRET_FAULT_FORMAT, "line break");
	expect(&(struct login_opts){.password_env = "CR"}, SECRET_FAULT_FORMAT, "CR LF");
	expect(&(struct login_opts){.password = good}, 0, NULL);
	expect(&(struct login_opts){.password = empty}, SECRET_FAULT_FORMAT, "empty");
	expect(&(struct login_opts){.password = lines}, SECRET_FAULT_FORMAT, "line break");
}
END_TEST

START_TEST(no_source_is_no_fault)
{
	struct secret secret;
	struct err err;

	ck_assert(read_in(&secret, &(struct login_opts){.user = "anna"}, US_PER_S, &err));
	ck_assert_ptr_null(secret.password);
	ck_assert_ptr_null(secret.token);
	secret_release(&secret);
}
END_TEST

START_TEST(one_source_only)
{
	char password[] = SECRET;

	expect(&(struct login_opts){.password = password, .password_env = "GOOD"},
	    SECRET_FAULT_USAGE, "--password and --password-env");
	expect(&(struct login_opts){.password_file = "/x", .token_file = "/y"}, SECRET_FAULT_USAGE,
	    "--password-file and --token-file");
	expect(&(struct login_opts){.password_fd = 3, .token_command = "/y"}, SECRET_FAULT_USAGE,
	    "--password-fd and --token-command");
}
END_TEST

START_TEST(descriptors)
{
	struct secret secret;
	struct err err;
	char rest[8] = "";
	int ends[2];
	struct login_opts opts = {.password_fd = 0};

	ck_assert_int_eq(pipe(ends), 0);
	opts.password_fd = ends[0];
	ck_assert_int_eq(
	    write(ends[1], SECRET "\nrest", strlen(SECRET) + 5), (ssize_t)strlen(SECRET) + 5);
	expect(&opts, 0, NULL);
	ck_assert_int_eq(read(ends[0], rest, 7), 4); /* left for others */
	ck_assert_str_eq(rest, "rest");
	ck_assert(!read_in(&secret, &opts, 50 * US_PER_MS, &err)); /* silence */
	ck_assert_ptr_nonnull(strstr(err.text, "before the deadline"));
	ck_assert_int_eq(write(ends[1], SECRET, strlen(SECRET)), (ssize_t)strlen(SECRET));
	close(ends[1]);
	expect(&opts, 0, NULL);
	expect(&opts, SECRET_FAULT_FORMAT, "empty");
	close(ends[0]);
	expect(&opts, SECRET_FAULT_FILE, "cannot be read");
}
END_TEST

static const struct {
	const char *command;
	enum secret_fault fault;
	const char *words;
} command_rows[] = {
    {"/bin/echo " SECRET, 0, NULL},
    {"  /bin/echo \t " SECRET " ", 0, NULL},
    {"/usr/bin/printf %s\\nsecond\\n " SECRET, 0, NULL},
    {"echo " SECRET, SECRET_FAULT_FILE, "absolute path"},
    {"", SECRET_FAULT_FILE, "absolute path"},
    {"/nonexistent/command", SECRET_FAULT_FILE, "cannot be started"},
    {"/bin/false", SECRET_FAULT_FILE, "the command failed"},
    {"/bin/true", SECRET_FAULT_FORMAT, "empty"},
    {"/bin/cat", SECRET_FAULT_FORMAT, "empty"}, /* its input is /dev/null */
    {"/usr/bin/yes " SECRET, SECRET_FAULT_FILE, "too much"},
    {"/usr/bin/printf a\\r\\n", SECRET_FAULT_FORMAT, "CR LF"},
};

START_TEST(commands)
{
	expect(&(struct login_opts){.password_command = command_rows[_i].command},
	    command_rows[_i].fault, command_rows[_i].words);
}
END_TEST

/* No shell: what would be a second command is a word. */
START_TEST(commands_know_no_shell)
{
	struct secret secret;
	struct err err;

	ck_assert(read_in(&secret,
	    &(struct login_opts){.token_command = "/bin/echo $HOME;`id` 'a'"}, 5 * US_PER_S, &err));
	ck_assert_str_eq(secret.token, "$HOME;`id` 'a'");
	secret_release(&secret);
}
END_TEST

/* A command that hangs is killed with its children at the deadline. */
START_TEST(commands_end_at_the_deadline)
{
	int64_t before = clock_now_us();
	const char *script = write_file("hang", "#!/bin/sh\nsleep 20 &\nsleep 20\n", 31, 0700);
	struct secret secret;
	struct err err;

	ck_assert(!read_in(
	    &secret, &(struct login_opts){.password_command = script}, 200 * US_PER_MS, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "before the deadline"));
	ck_assert_int_lt(clock_now_us() - before, 2 * US_PER_S);
}
END_TEST

/* What a command leaves behind may hold its output open: the answer is there already. */
START_TEST(commands_may_leave_an_agent)
{
	const char *script = write_file(
	    "agent", "#!/bin/sh\necho " SECRET "\nsleep 3 &\n", strlen(SECRET) + 26, 0700);
	int64_t before = clock_now_us();

	expect(&(struct login_opts){.password_command = script}, 0, NULL);
	ck_assert_int_lt(clock_now_us() - before, 2 * US_PER_S);
}
END_TEST

START_TEST(systemd_credentials)
{
	credentials = base;
	(void)write_file("imap", SECRET, strlen(SECRET), 0400);
	expect(&(struct login_opts){.password_credential = "imap"}, 0, NULL);
	expect(&(struct login_opts){.password_credential = "absent"}, SECRET_FAULT_FILE,
	    "does not exist");
	expect(&(struct login_opts){.password_credential = "../imap"}, SECRET_FAULT_USAGE,
	    "not a path");
	expect(&(struct login_opts){.password_credential = "/etc/passwd"}, SECRET_FAULT_USAGE,
	    "not a path");
	expect(&(struct login_opts){.password_credential = ".."}, SECRET_FAULT_USAGE, "not a path");
	expect(&(struct login_opts){.password_credential = ""}, SECRET_FAULT_USAGE, "not a path");
	credentials = NULL;
	expect(&(struct login_opts){.password_credential = "imap"}, SECRET_FAULT_FILE,
	    "CREDENTIALS_DIRECTORY");
}
END_TEST

START_TEST(single_files)
{
	struct err err = {0};
	char *text =
	    secret_file(write_file("key", SECRET "\n", strlen(SECRET) + 1, 0600), 64, &err);

	ck_assert_str_eq(text, SECRET);
	secret_free(text);
	ck_assert_ptr_null(secret_file(write_file("key", SECRET, strlen(SECRET), 0600), 4, &err));
	ck_assert_int_eq(err.kind, ERR_CONFIG);
	err_clear(&err);
	ck_assert_ptr_null(secret_file(in_base("absent"), 64, &err));
	ck_assert_int_eq(err.code, SECRET_FAULT_FILE);
	secret_free(NULL);
}
END_TEST

/* Each test leaves its files behind; the folder is ours alone. */
static int
clean_up(void)
{
	static const char *const names[] = {"file", "long", "fifo", "real", "wide", "link", "loop",
	    "open/file", "group/file", "owned", "near", "hang", "agent", "imap", "key"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unlink(in_base(names[i]));
	(void)rmdir(in_base("open"));
	(void)rmdir(in_base("group"));
	(void)rmdir(in_base("folder"));
	return rmdir(base);
}

int
main(void)
{
	const struct unit units[] = {
	    {files, ARRAY_LEN(file_rows)},
	    {longest_secrets, 0},
	    {not_files, 0},
	    {links_and_folders, 0},
	    {other_owners, 0},
	    {groups_of_folders, 0},
	    {paths_without_end, 0},
	    {relative_paths, 0},
	    {environment_and_argument, 0},
	    {no_source_is_no_fault, 0},
	    {one_source_only, 0},
	    {descriptors, 0},
	    {commands, ARRAY_LEN(command_rows)},
	    {commands_know_no_shell, 0},
	    {commands_end_at_the_deadline, 0},
	    {commands_may_leave_an_agent, 0},
	    {systemd_credentials, 0},
	    {single_files, 0},
	};
	int status;

	if (mkdtemp(base) == NULL)
		return EXIT_FAILURE;
	status = unit_main("secret", units, ARRAY_LEN(units));
	return clean_up() == 0 ? status : EXIT_FAILURE;
}
