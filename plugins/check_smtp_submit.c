/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_smtp_submit: sending as users and mail servers do it: certificate,
 * login, envelope, limits, what must be refused. Settings, table, work.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "check/classic.h"
#include "check/delivery.h"
#include "check/judge_smtp.h"
#include "check/target.h"

#define SUBMISSION_PORTS 587, 465, 2525

struct smtp_opts {
	const char *expect;
	struct strings command, response;
	const char *from;
	struct strings rcpt;
	const char *fqdn;
	bool proxy, lmtp, ignore_quit_failure, ignore_expiration;
	uint64_t size, min_size;
	struct strings must_refuse;
	bool starttls_injection;
	bool send;
	const char *subject;
	const char *arrives, *authserv_id;
	bool keep;
};

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct login_opts login;
	struct smtp_opts smtp;
	struct login_opts arrives;   /* of the mailbox */
	struct classic_opts classic; /* check_ssmtp's */
	/* what follows from them */
	struct target target;
	struct smtp_params params;
	struct judge_smtp wants;
	struct delivery_plan delivery;
	regex_t *responses;
	size_t response_count;
};

#define SMTP(kind, ctype, member) FIELD(struct smtp_opts, kind, ctype, member)

static const struct opt smtp_rows[] = {
    {'f', "from", NULL, SMTP(OPT_TEXT, const char *, from), "ADDRESS",
	.help = "sender of the envelope: MAIL FROM; <> is the null sender"},
    {0, "rcpt", NULL, SMTP(OPT_WORDS, struct strings, rcpt), "ADDRESS",
	.help = "recipient: RCPT TO, then RSET; nothing is sent"},
    {'F', "fqdn", "helo|ehlo", SMTP(OPT_TEXT, const char *, fqdn), "HOST",
	.help = "name said with EHLO, instead of this machine's own"},
    {'e', "expect", NULL, SMTP(OPT_TEXT, const char *, expect), "TEXT", "220",
	.help = "must stand in the greeting or in the answer to EHLO"},
    {'C', "command", NULL, SMTP(OPT_WORDS, struct strings, command), "COMMAND",
	.help = "said before QUIT; its reply is judged"},
    {'R', "response", NULL, SMTP(OPT_WORDS, struct strings, response), "REGEX",
	.help = "what the reply to the --command of the same place must match"},
    {'L', "lmtp", NULL, SMTP(OPT_FLAG, bool, lmtp),
	.help = "LMTP: LHLO; the host may be the path of a socket"},
    {'r', "proxy", NULL, SMTP(OPT_FLAG, bool, proxy), .flags = OPT_F_CLASSIC,
	.help = "the same as --proxy-protocol 1"},
    {0, "size", NULL, SMTP(OPT_SIZE, uint64_t, size), "SIZE",
	.help = "declared with MAIL, and the size of the message of --send"},
    {0, "min-size", NULL, SMTP(OPT_SIZE, uint64_t, min_size), "SIZE",
	.help = "least message size the server must take"},
    {0, "must-refuse", NULL, SMTP(OPT_LIST, struct strings, must_refuse), "LIST",
	.help = "critical when the server says yes: relay, anonymous, foreign-from, "
		"wrong-password, plain-auth, vrfy, smuggling, login"},
    {0, "starttls-injection", NULL, SMTP(OPT_FLAG, bool, starttls_injection),
	.help = "test that a command behind STARTTLS is not answered inside TLS"},
    {0, "send", NULL, SMTP(OPT_FLAG, bool, send),
	.help = "send a real message from --from to --rcpt"},
    {0, "subject", NULL, SMTP(OPT_TEXT, const char *, subject), "TEXT", .help = "its subject"},
    {0, "arrives", NULL, SMTP(OPT_TEXT, const char *, arrives), "URI",
	.help = "wait for the message in this mailbox: imaps://user@host/INBOX, imap:, pop3s:, "
		"pop3: or maildir:PATH; implies --send"},
    {0, "authserv-id", NULL, SMTP(OPT_TEXT, const char *, authserv_id), "HOST",
	.help = "judge the Authentication-Results that this host wrote into the message"},
    {0, "keep", NULL, SMTP(OPT_FLAG, bool, keep), .help = "do not remove the message found"},
    {'q', "ignore-quit-failure", NULL, SMTP(OPT_SWITCH, bool, ignore_quit_failure),
	.flags = OPT_F_CLASSIC, .help = "no effect: a bad goodbye is a note"},
    {0, "ignore-certificate-expiration", NULL, SMTP(OPT_FLAG, bool, ignore_expiration),
	.flags = OPT_F_CLASSIC,
	.help = "the same as --state tls.cert.expired=ok --state tls.cert.expiring=ok"},
    {0},
};

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"Session", session_rows, offsetof(struct config, login), NULL, false},
    {"Memory", memory_rows, offsetof(struct config, basic), NULL, false},
    {"Sending", smtp_rows, offsetof(struct config, smtp), NULL, false},
    {"Login where the message arrives", login_rows, offsetof(struct config, arrives), "arrives-",
	true},
    {0},
};
static const struct opt_letter letters[] = {
    {'S', "starttls"}, {'s', "tls"}, {'A', "authtype"}, {0}};

/* check_ssmtp is of the check_tcp family: its letters are not check_smtp's. */
static const struct opt_group ssmtp_groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Login", login_rows, offsetof(struct config, login), NULL, false},
    {"Session", session_rows, offsetof(struct config, login), NULL, false},
    {"Classic letters of check_ssmtp", classic_rows, offsetof(struct config, classic), NULL, false},
    {0},
};
static const struct opt_letter ssmtp_letters[] = {{'S', "tls"}, {'A', "all"}, {0}};

static const struct opt_table options = {
    .program = "check_smtp_submit",
    .service = "smtp",
    .summary = "check an SMTP, submission or LMTP server: certificate, login, envelope and what "
	       "must be refused",
    .word = "HOST",
    .groups = groups,
    .letters = letters,
    .bare = "sni",
    .config_size = sizeof(struct config),
};
static const struct opt_table ssmtp_options = {
    .program = "check_smtp_submit",
    .service = "smtp",
    .summary = "check an SMTP server with implicit TLS, with the letters of check_ssmtp",
    .word = "HOST",
    .groups = ssmtp_groups,
    .letters = ssmtp_letters,
    .config_size = sizeof(struct config),
};

/* ---- what follows from the options ------------------------------------------------ */

/* This machine's name, or an address literal where it has no full one (RFC 5321, 4.1.3). */
static bool
resolve_ehlo(struct config *config, struct run *run)
{
	struct utsname own;
	const char *given = config->smtp.fqdn;

	config->params.ehlo_name = given ? given : "[127.0.0.1]";
	if (!given && uname(&own) == 0 && strchr(own.nodename, '.') && smtp_msg_helo(own.nodename))
		config->params.ehlo_name = arena_strdup(&run->arena, own.nodename);
	if (!smtp_msg_helo(config->params.ehlo_name))
		return err_set(
		    &run->err, ERR_CONFIG, 0, "--fqdn is no name that can stand behind EHLO");
	return true;
}

static bool
resolve_address(struct run *run, const char *option, const char *address, bool empty_allowed)
{
	const char *why;

	if (smtp_msg_address(address, empty_allowed, &why))
		return true;
	return err_set(&run->err, ERR_CONFIG, 0, "%s: no address: %s", option, why);
}

static bool
resolve_envelope(struct config *config, struct run *run)
{
	const struct smtp_opts *smtp = &config->smtp;
	const char *from = smtp->from;

	if (from && strcmp(from, "<>") == 0)
		from = "";
	if (from && !resolve_address(run, "--from", from, true))
		return false;
	for (size_t i = 0; i < smtp->rcpt.count; i++)
		if (!resolve_address(run, "--rcpt", smtp->rcpt.items[i], false))
			return false;
	if (smtp->rcpt.count && !from)
		return err_set(&run->err, ERR_CONFIG, 0, "--rcpt needs --from");
	if (smtp->arrives && !smtp->rcpt.count)
		return err_set(&run->err, ERR_CONFIG, 0, "--arrives needs --from and --rcpt");
	if (smtp->send && !smtp->rcpt.count)
		return err_set(&run->err, ERR_CONFIG, 0, "--send needs --from and --rcpt");
	if (smtp->subject && !smtp->send && !smtp->arrives)
		return err_set(&run->err, ERR_CONFIG, 0, "--subject needs --send");
	if (smtp->size && !from)
		return err_set(&run->err, ERR_CONFIG, 0, "--size needs --from");
	config->params.from = from;
	config->params.rcpt = smtp->rcpt.items;
	config->params.size = smtp->size;
	config->params.send = (struct smtp_send){.wanted = smtp->send || smtp->arrives,
	    .subject = smtp->subject,
	    .now_unix = run->now_unix};
	return true;
}

static bool
resolve_refusals(struct config *config, struct run *run)
{
	const struct strings *words = &config->smtp.must_refuse;

	for (size_t i = 0; i < words->count; i++) {
		enum smtp_refuse refuse;

		if (!smtp_refuse_find(words->items[i], &refuse))
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--must-refuse takes relay, anonymous, foreign-from, wrong-password, "
			    "plain-auth, vrfy, smuggling and login");
		config->params.must_refuse |= 1u << refuse;
	}
	config->params.starttls_injection = config->smtp.starttls_injection;
	if (words->count && config->params.send.wanted)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "--send and --must-refuse exclude each other");
	return true;
}

static bool
resolve_commands(struct config *config, struct run *run)
{
	const struct smtp_opts *smtp = &config->smtp;

	if (smtp->response.count > smtp->command.count)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "there are more --response than --command");
	config->params.commands = smtp->command.items;
	config->responses = mem_array(smtp->response.count + 1, sizeof(*config->responses));
	for (; config->response_count < smtp->response.count; config->response_count++)
		if (regcomp(&config->responses[config->response_count],
			smtp->response.items[config->response_count],
			REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
			return err_set(
			    &run->err, ERR_CONFIG, 0, "--response: no regular expression");
	return true;
}

static bool
resolve_states(struct config *config, struct run *run)
{
	if (config->smtp.ignore_expiration && !(run_override(run, "tls.cert.expired", STATE_OK) &&
						  run_override(run, "tls.cert.expiring", STATE_OK)))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--ignore-certificate-expiration and --state name the same finding");
	if (config->smtp.proxy && config->connection.proxy_protocol > 1)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--proxy is version 1, --proxy-protocol says otherwise");
	if (config->smtp.proxy)
		config->connection.proxy_protocol = 1;
	return true;
}

/* What was sent where, by whom, to whom, and where it should arrive. */
static const char *
delivery_identity(const struct config *config, struct run *run)
{
	struct buf text;
	char *identity;

	buf_init(&text, (size_t)64 << 10);
	buf_printf(&text, "%s\n%s\n%s\n%s", run->subject, run->user ? run->user : "",
	    config->params.from, config->smtp.arrives);
	for (size_t i = 0; i < config->smtp.rcpt.count; i++)
		buf_printf(&text, "\n%s", config->smtp.rcpt.items[i]);
	identity = arena_strdup(&run->arena, buf_text(&text));
	buf_free(&text);
	return identity;
}

static bool
resolve_delivery(struct config *config, struct run *run)
{
	const struct smtp_opts *smtp = &config->smtp;
	struct delivery_plan *plan = &config->delivery;

	if (!smtp->arrives &&
	    (smtp->authserv_id || smtp->keep || limits_want(&run->limits, METRIC_TIME_DELIVERY) ||
		limits_want(&run->limits, METRIC_HOP_MAX)))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--authserv-id, --keep, time_delivery and hop_max need --arrives");
	if (!smtp->arrives)
		return true;
	if (config->basic.state_dir && config->connection.all_addresses)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--arrives with --state-dir sends one message: not to --all-addresses");
	plan->authserv_id = smtp->authserv_id;
	plan->keep = smtp->keep;
	plan->state_dir = config->basic.state_dir;
	plan->identity = delivery_identity(config, run);
	return arrival_resolve(&plan->arrival, smtp->arrives, &config->arrives, &config->target,
	    &config->params.login, run);
}

static bool
is_submission(const struct config *config)
{
	static const uint16_t ports[] = {SUBMISSION_PORTS};

	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		if (config->target.port == ports[i])
			return true;
	return config->target.uri && config->target.proto->id == PROTO_SUBMISSION;
}

static bool
resolve(void *opaque, struct run *run)
{
	struct config *config = opaque;
	const struct proto *proto = proto_get(config->smtp.lmtp ? PROTO_LMTP : PROTO_SUBMISSION);

	if (!resolve_states(config, run) ||
	    !target_resolve(&config->target, proto, &config->basic, &config->connection, run) ||
	    !target_login(&config->target, &config->login, run, &config->params.login) ||
	    !classic_resolve(&config->classic, login_wanted(&config->params.login), run))
		return false;
	if (config->target.uri_folder)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "SMTP has no folders: the URI ends at the host");
	config->params.lmtp = config->target.proto->id == PROTO_LMTP;
	config->wants = (struct judge_smtp){
	    .login = &config->login,
	    .min_size = config->smtp.min_size,
	    .expect = config->smtp.expect,
	    .response_texts = &config->smtp.response,
	    .submission = is_submission(config),
	};
	if (config->classic.expect.count)
		config->wants.expect = config->classic.expect.items[0];
	if (!resolve_ehlo(config, run) || !resolve_envelope(config, run) ||
	    !resolve_refusals(config, run) || !resolve_commands(config, run) ||
	    !resolve_delivery(config, run))
		return false;
	config->wants.from = config->params.from;
	config->wants.responses = config->responses;
	return true;
}

/* ---- the work ------------------------------------------------------------------------ */

/* One run: what follows from the options, and what this run alone adds. */
struct work {
	const struct config *config;
	struct smtp_params params; /* with the token of a message noted before */
	struct delivery *delivery; /* NULL: nothing arrives */
};

static void
facts_init(void *facts)
{
	smtp_facts_init(facts);
}

static void
facts_release(void *facts)
{
	smtp_facts_free(facts);
}

static void
talk(const struct session_params *session, const void *params, void *facts)
{
	const struct work *work = params;

	/* How it ended stands in the facts. */
	(void)!smtp_run(session, &work->params, facts);
}

static void
judge(const struct judge *judge, const void *facts, const void *params)
{
	const struct work *work = params;

	judge_smtp(judge, facts, &work->config->wants);
	if (work->delivery)
		delivery_sent(work->delivery, facts, judge->endpoint);
}

static void
show(const struct judge *judge, const void *facts, const void *params, struct value *endpoint,
    bool chosen)
{
	const struct work *work = params;

	show_smtp(facts, work->params.from, judge->user, judge->report, endpoint, chosen);
}

static const char *
differ(const void *facts, const void *other)
{
	const struct smtp_facts *a = facts, *b = other;

	if (a->session.tls.version != b->session.tls.version)
		return "TLS version";
	for (size_t i = 0; i < a->ehlo.count; i++)
		if (!smtp_msg_ehlo_has(&b->ehlo, a->ehlo.keywords[i]))
			return a->ehlo.keywords[i];
	return a->ehlo.count == b->ehlo.count ? NULL : "keywords of EHLO";
}

static void
run(const void *opaque, struct run *run)
{
	const struct config *config = opaque;
	struct delivery *delivery = NULL;
	struct work work = {.config = config, .params = config->params};
	struct probe probe = {
	    .facts_size = sizeof(struct smtp_facts),
	    .init = facts_init,
	    .release = facts_release,
	    .talk = talk,
	    .judge = judge,
	    .show = show,
	    .differ = differ,
	    .params = &work,
	    .unfinished = config->smtp.arrives != NULL,
	};

	if (config->smtp.arrives) {
		delivery = arena_alloc(&run->arena, sizeof(*delivery));
		if (!delivery_begin(delivery, &config->delivery, run))
			return;
		work.params.send.token = delivery->token[0] ? delivery->token : NULL;
		work.delivery = delivery;
	}
	target_walk(&config->target, run, &probe);
	if (delivery)
		delivery_finish(delivery);
}

static void
release(void *opaque)
{
	struct config *config = opaque;

	for (size_t i = 0; i < config->response_count; i++)
		regfree(&config->responses[i]);
	mem_free(config->responses);
	arrival_free(&config->delivery.arrival);
	target_free(&config->target);
}

/* A message may take its time. */
static int64_t
timeout_s(const void *opaque)
{
	const struct config *config = opaque;

	return config->smtp.arrives ? 60 : 10;
}

static const struct plugin_name names[] = {
    {"check_smtp", (const char *const[]){"port", "25", "cleartext", "true", NULL}, NULL},
    {"check_ssmtp", (const char *const[]){"port", "465", "tls", "true", NULL}, &ssmtp_options},
    {0},
};

extern const struct plugin check_smtp_submit;
const struct plugin check_smtp_submit = {
    .options = &options,
    .program = PROGRAM_SMTP,
    .service = "SMTP",
    .check = "smtp",
    .description =
	"connects as a mail program would, verifies the certificate for the name asked, logs in,\n"
	"asks whether the envelope is taken and says what it found. Nothing is sent without\n.Fl "
	"-send .\n",
    .main_metric = METRIC_TIME,
    .basic = offsetof(struct config, basic),
    .names = names,
    .resolve = resolve,
    .run = run,
    .release = release,
    .timeout_s = timeout_s,
};
