/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns targets that are files: reading them, and judging what is in them by
 * the rules of served ones. A folder is all files in it that hold certificates.
 */
#include "check/cert_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "check/cert_plan.h"
#include "check/show.h"

#define PATH_SHOWN 120 /* of a path in an error */

/* ---- reading ---------------------------------------------------------------------------- */

/* False: errno says why, ETIMEDOUT if nobody writes into the pipe. */
static bool
read_all(int fd, struct deadline deadline, struct buf *out)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char chunk[65536];
	ssize_t got;

	for (;;) {
		if (poll(&ready, 1, deadline_left_ms(deadline)) == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		got = read(fd, chunk, sizeof(chunk));
		if (got == 0)
			return true;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || !buf_add(out, chunk, (size_t)got))
			return false;
	}
}

/* Not a pipe or device, which might never end; standard input is the user's own choice. */
static bool
read_file(const char *path, struct deadline deadline, struct buf *out, int64_t *changed_unix_out,
    struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool good;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(err, ERR_LOCAL, errno, "%.120s: it cannot be read: %s", path,
		    strerrordesc_np(errno));
		if (fd > STDIN_FILENO)
			close(fd);
		return false;
	}
	good = standard || S_ISREG(st.st_mode);
	if (changed_unix_out)
		*changed_unix_out = st.st_mtime;
	if (!good)
		err_set(err, ERR_LOCAL, 0, "%.120s: it is no regular file", path);
	else if (!(good = read_all(fd, deadline, out)))
		err_set(err, ERR_LOCAL, out->overflow ? EFBIG : errno, "%.120s: it %s%s", path,
		    out->overflow ? "is larger than 16 MiB" : "cannot be read: ",
		    out->overflow        ? ""
		    : errno == ETIMEDOUT ? "nothing more came in time"
					 : strerrordesc_np(errno));
	if (!standard)
		close(fd);
	return good;
}

bool
cert_file_read(const char *path, const char *password, struct deadline deadline,
    struct container *out, int64_t *changed_unix_out, struct err *err)
{
	struct buf bytes;
	bool good;

	*out = (struct container){0};
	buf_init(&bytes, CONTAINER_MAX);
	good = read_file(path, deadline, &bytes, changed_unix_out, err);
	if (good) {
		good = container_read(out, bytes.data, bytes.len, password);
		if (!good)
			err_set(err, ERR_LOCAL, 0, "%.120s: %s", path, out->why);
	}
	buf_wipe(&bytes); /* a key may lie beside the certificates */
	return good;
}

static int
give_password(char *out, int size, int writing UNUSED, void *password)
{
	size_t len = password ? strlen(password) : 0;

	if (len == 0 || len >= (size_t)size)
		return -1;
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): OpenSSL takes a count */
	memcpy(out, password, len);
	return (int)len;
}

EVP_PKEY *
cert_file_key(const char *path, const char *password, struct deadline deadline, struct err *err)
{
	struct buf bytes;
	EVP_PKEY *key = NULL;
	char *secret;

	memcpy(&secret, &password, sizeof(secret));
	buf_init(&bytes, CONTAINER_MAX);
	OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL);
	if (read_file(path, deadline, &bytes, NULL, err)) {
		BIO *memory = BIO_new_mem_buf(bytes.data, (int)bytes.len);

		key = PEM_read_bio_PrivateKey(memory, NULL, give_password, secret);
		if (!key && BIO_reset(memory) == 1)
			key = d2i_PrivateKey_bio(memory, NULL);
		BIO_free(memory);
		if (!key)
			err_set(err, ERR_LOCAL, 0,
			    "%.120s: no private key can be read there (or its passphrase is not "
			    "known)",
			    path);
	}
	buf_wipe(&bytes);
	ERR_clear_error();
	return key;
}

/* ---- judging ------------------------------------------------------------------------------ */

/* What one file of a target is judged with. */
struct file {
	const struct cert_plan *plan;
	const struct run *run;
	const struct cert_target *target;
	const struct tls_context *context;
	const char *path;
	struct report *report;
	size_t judged, authorities, unread;
};

/* Errors that say something of a certificate by itself, whoever issued it. */
static bool
is_own_error(int code)
{
	switch (code) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return true;
	default:
		return false;
	}
}

/* A CA in a file without leaves: nothing but its dates can be judged, and what was demanded. */
static void
forget_issuers(struct tls_facts *facts)
{
	size_t kept = 0;

	for (size_t i = 0; i < facts->error_count; i++)
		if (is_own_error(facts->errors[i].code) && facts->errors[i].depth == 0)
			facts->errors[kept++] = facts->errors[i];
	facts->error_count = kept;
	facts->verify_code = kept ? facts->errors[0].code : 0;
	cert_chain_free(&facts->path);
	facts->path_ends_unix = 0;
}

static void
judge_member(
    const struct file *file, const struct judge *judge, const struct container *found, size_t at)
{
	bool authority = cert_is_authority(&found->certs.list[at]);
	struct cert_chain alone = {&found->certs.list[at], 1};
	struct tls_params params = file->plan->settings->tls;
	struct tls_facts facts;

	params.context = file->context;
	params.verify_names = (const char *const *)file->plan->verify_names;
	if (tls_verify_list(
		&params, authority ? &alone : &found->certs, authority ? 0 : at, &facts)) {
		if (authority)
			forget_issuers(&facts);
		facts.order_wrong = facts.order_wrong && at == 0;
		facts.intermediate_missing = facts.extras = false;
		judge_cert(judge, &facts);
		judge_demanded_cert(judge, file->plan->demands, &facts.sent, &facts.path);
		if (!authority)
			cert_inquire(file->plan, file->run, judge, file->context, &facts);
	}
	tls_facts_free(&facts);
}

static bool
leads_to_host(const struct report_finding *finding)
{
	bool leads = !finding->next[0] && strstr(finding_rows[finding->id].next, "{host}");

	for (size_t i = 0; i < REPORT_LINES_MAX && finding->next[i]; i++)
		leads = leads || strstr(finding->next[i], "{host}");
	return leads;
}

/* Beside a file nobody knows a host: steps that lead to one lead to the file instead. */
static void
lead_here(struct report *report, struct report_finding *finding, const char *path)
{
	memset(finding->next, 0, sizeof(finding->next));
	report_next(report, finding, "here: check_cert_expiry -vv -f %.150s", path);
	if (finding->id == FINDING_TLS_CERT_NAME) {
		report_next(report, finding,
		    "here: --verify-name of a name shown, or reissue it with all names");
	} else {
		report_next(report, finding,
		    "here: log of the ACME client, or ask the CA for a new certificate");
	}
}

static void
judge_found(struct file *file, const struct container *found)
{
	struct judge judge = cert_judge_of(file->plan, file->run, file->target, file->path, NULL);
	struct report own;
	size_t leaves = 0;

	judge.report = &own;

	judge.verify_names = (const char *const *)file->plan->verify_names;
	judge.host = file->path;
	for (size_t i = 0; i < found->certs.count; i++)
		leaves += !cert_is_authority(&found->certs.list[i]);
	for (size_t i = 0; i < found->certs.count; i++) {
		const struct cert *cert = &found->certs.list[i];

		show_certificate(file->report, cert, NULL, file->path, i, file->run->now_unix);
		if (cert->dates_readable)
			report_metric(
			    file->report, METRIC_CHAIN_DAYS, cert_days(cert, file->run->now_unix));
		if (cert_is_authority(cert) && leaves > 0)
			continue;
		/* In a report of its own: a metric's limit is of the certificate it was measured at. */
		report_init(&own, file->report->policy);
		judge_member(file, &judge, found, i);
		for (size_t f = 0; f < own.finding_count; f++)
			if (leads_to_host(&own.findings[f]))
				lead_here(&own, &own.findings[f], file->path);
		report_join(file->report, &own);
		file->judged++;
		file->authorities += cert_is_authority(cert);
	}
}

/* Without the path in front, which stands before it already. */
static const char *
reason_of(const char *text, const char *path)
{
	size_t len = strnlen(path, PATH_SHOWN);

	return strncmp(text, path, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2
										  : text;
}

/* Beside certificates lie keys that only their owner may read; but it may have been a certificate. */
static void
say_unread(struct file *file, const char *text)
{
	report_state(file->report,
	    report_add(file->report, FINDING_CLIENT_FILE, file->path, "%s", text), STATE_OK);
	file->unread++;
}

/* Why there is nothing to judge, and what to look at. */
static void
say_unusable(struct file *file, const struct container *found, const struct err *err)
{
	struct report *report = file->report;
	struct report_finding *finding = report_add(
	    report, FINDING_CLIENT_FILE, file->path, "%s", reason_of(err->text, file->path));

	if (err->code == ENOENT)
		report_why(report, finding, "it was removed or renamed, or the path is misspelt");
	else if (err->code == ETIMEDOUT)
		report_why(report, finding, "what writes into the pipe hangs, or nothing does");
	else if (err->code != 0)
		report_why(report, finding, "the user who runs the check may not read it");
	else if (found->kind && strcmp(found->kind, "PKCS#12") == 0 && found->damaged == 0)
		report_next(report, finding,
		    "here: --client-key-password-file, a file with the passphrase in its first "
		    "line");
	else
		report_why(report, finding, "another kind of file, or its copying ended early");
	if (err->code == ETIMEDOUT)
		report_next(report, finding, "here: run what stands before the pipe alone");
	else if (finding->why[0])
		report_next(report, finding, "here: ls -l %.150s", file->path);
	else
		report_next(report, finding,
		    "here: openssl pkcs12 -legacy -nokeys -in %.150s; if that works, export it "
		    "anew",
		    file->path);
}

static void
check_file(struct file *file, bool of_folder)
{
	struct container found;
	struct err err = {0};
	bool good = cert_file_read(
	    file->path, file->plan->file_password, file->run->deadline, &found, NULL, &err);

	if (found.certs.count > 0)
		judge_found(file, &found);
	if (!good && (!of_folder || found.damaged > 0))
		say_unusable(file, &found, &err);
	else if (!good && err.code != 0)
		say_unread(file, err.text);
	container_free(&found);
}

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Keys, notes and the like lie beside certificates: only what is one counts. */
static void
check_folder(struct file *file)
{
	const char *folder = file->path;
	size_t len = strlen(folder);
	struct dirent **entries = NULL;
	const char *slash = folder[len - 1] == '/' ? "" : "/"; /* no path is empty */
	int count = scandir(folder, &entries, visible, alphasort);

	for (int i = 0; i < count; i++) {
		struct stat st;

		file->path =
		    arena_printf(&file->report->arena, "%s%s%s", folder, slash, entries[i]->d_name);
		if (stat(file->path, &st) == 0 && S_ISREG(st.st_mode))
			check_file(file, true);
		free(entries[i]);
	}
	free(entries);
	if (file->judged == 0)
		report_add(file->report, FINDING_CLIENT_FILE, folder,
		    count < 0 ? "%.120s: the folder cannot be read"
			      : "%.120s: no file of the folder holds a certificate",
		    folder);
}

static void
say_good(const struct file *file)
{
	const struct report_metric *days = &file->report->metrics[METRIC_CERT_DAYS];
	bool one = file->judged == 1;
	struct buf text;

	if (!days->known)
		return;
	buf_init(&text, 256);
	buf_printf(&text, "%zu %scertificate%s, %s%s", file->judged,
	    file->authorities == file->judged ? "CA " : "", one ? "" : "s", one ? "" : "the first ",
	    days->value < 0 ? "" : "ends in ");
	text_days(&text, days->value, 1);
	if (file->unread > 0)
		buf_printf(&text, ", %zu file%s cannot be read", file->unread,
		    file->unread == 1 ? "" : "s");
	report_good(file->report, "%s", buf_text(&text));
	buf_free(&text);
}

void
cert_file_check(const struct cert_plan *plan, struct look_contexts *contexts, const struct run *run,
    const struct cert_target *target, struct report *report)
{
	struct file file = {
	    .plan = plan, .run = run, .target = target, .path = target->path, .report = report};
	struct err err = {0};
	struct stat st;

	file.context = look_context(contexts, plan->first, &err);
	if (!file.context)
		report_add(report, FINDING_CLIENT_TRUST_STORE, target->subject, "%s", err.text);
	else if (stat(target->path, &st) == 0 && S_ISDIR(st.st_mode))
		check_folder(&file);
	else
		check_file(&file, false);
	say_good(&file);
}
