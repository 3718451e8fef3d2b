/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_cert_expiry: certificates of servers, by every address and both types
 * of key, and of files. Settings, table, work; nothing else.
 */
#include <openssl/tls1.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "check/cert_file.h"
#include "check/cert_plan.h"
#include "check/host.h"
#include "wire/smtp_msg.h"

#define PARALLEL "128"

enum key_types { KEYS_BOTH, KEYS_ANY };

struct cert_opts {
	struct strings protocol, file;
	const char *targets;
	struct strings issuer, not_issuer;
	const char *serial, *fingerprint;
	bool selfsigned, noauth;
	const char *rootcert, *compare_file, *key_file;
	bool rsa, ecdsa;
	int key_types;
	int64_t min_security; /* -1: not given */
	int tls_floor;
	bool require_stapling, sct;
	bool ocsp, crl, aia, ari, allow_private_fetch;
	int64_t maximum_validity, parallel;
	const char *connect_proxy;
	const char *cn, *ssllabs, *email, *org;
	bool host_name;
};

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct cert_opts cert;
	/* what follows from them */
	struct target settings;
	struct cert_targets targets;
	struct cert_demands demands;
	struct cert_plan plan;
	struct fetch_cache cache;
};

#define CERT(kind, ctype, member) FIELD(struct cert_opts, kind, ctype, member)

/* clang-format off: a row is read as a row */
static const struct opt cert_rows[] = {
    {'P', "protocol", NULL, CERT(OPT_WORDS, struct strings, protocol), "NAME", .beside = "hostname",
	.help = "imap, imaps, pop3, pop3s, smtp, smtps, submission, lmtp, sieve, ldap, ldaps, ftp, "
		"ftps, xmpp, nntp, nntps, postgres, mysql, https or tls, of the host before it"},
    {'f', "file", NULL, CERT(OPT_WORDS, struct strings, file), "FILE",
	.help = "file, pattern or folder of certificates on disk; - is standard input"},
    {0, "targets", NULL, CERT(OPT_TEXT, const char *, targets), "FILE",
	.help = "a target a line: scheme://host:port, mx:DOMAIN, srv:DOMAIN, file:PATTERN"},
    {'i', "issuer", NULL, CERT(OPT_WORDS, struct strings, issuer), "TEXT",
	.help = "one of these must stand in CN or O of an issuer"},
    {0, "not-issuer", "not-issued-by", CERT(OPT_WORDS, struct strings, not_issuer), "TEXT",
	.help = "none of these may"},
    {0, "serial", NULL, CERT(OPT_TEXT, const char *, serial), "HEX",
	.help = "serial number wanted"},
    {0, "fingerprint", NULL, CERT(OPT_TEXT, const char *, fingerprint), "HEX",
	.help = "SHA-256 of the certificate wanted"},
    {'s', "selfsigned", NULL, CERT(OPT_FLAG, bool, selfsigned),
	.help = "a self-signed certificate is fine: --state tls.cert.self_signed=ok"},
    {'A', "noauth", NULL, CERT(OPT_FLAG, bool, noauth), .help = "who signed it does not matter"},
    {'r', "rootcert", "rootcert-file|rootcert-dir", CERT(OPT_TEXT, const char *, rootcert), "PATH",
	.help = "the same as --ca-file or --ca-path"},
    {0, "compare-file", NULL, CERT(OPT_TEXT, const char *, compare_file), "FILE",
	.help = "what is deployed: is it what the service serves?"},
    {0, "key-file", NULL, CERT(OPT_TEXT, const char *, key_file), "FILE",
	.help = "private key that must belong to the certificate"},
    {0, "rsa", NULL, CERT(OPT_FLAG, bool, rsa), .help = "look at the RSA certificate only"},
    {0, "ecdsa", NULL, CERT(OPT_FLAG, bool, ecdsa),
	.help = "look at the ECDSA or EdDSA certificate only"},
    {0, "key-types", NULL, CERT(OPT_CHOICE, int, key_types), "WHICH", .value = "both",
	.choices = "both|any",
	.help = "both types of key, or one handshake: what the server picks"},
    {0, "min-security", NULL, CERT(OPT_NUMBER, int64_t, min_security), "LEVEL", .value = "2",
	.min = 0, .max = 5, .help = "OpenSSL's security level for keys and signatures"},
    {0, "tls-floor", NULL, CERT(OPT_CHOICE, int, tls_floor), "VERSION",
	.choices = "1.0|1.1|1.2|1.3", .help = "older versions must be refused"},
    {0, "require-stapling", "require-ocsp-stapling", CERT(OPT_FLAG, bool, require_stapling),
	.help = "an OCSP answer must be stapled"},
    {0, "ocsp", NULL, CERT(OPT_FLAG, bool, ocsp), .help = "ask the CA's OCSP responder"},
    {0, "crl", NULL, CERT(OPT_FLAG, bool, crl),
	.help = "fetch the CA's list of revoked certificates"},
    {0, "aia", NULL, CERT(OPT_FLAG, bool, aia),
	.help = "fetch the intermediate that the server does not send, to name it"},
    {0, "ari", NULL, CERT(OPT_FLAG, bool, ari), .help = "ask the CA whether to renew now"},
    {0, "allow-private-fetch", NULL, CERT(OPT_FLAG, bool, allow_private_fetch),
	.help = "these may be asked in private nets too"},
    {0, "sct", NULL, CERT(OPT_FLAG, bool, sct),
	.help = "a timestamp of a transparency log must be there"},
    {0, "maximum-validity", NULL, CERT(OPT_NUMBER, int64_t, maximum_validity), "DAYS", .min = 1,
	.max = 36500,
	.help = "longest validity in all; else the public rules, for public roots only"},
    {0, "connect-proxy", "proxy", CERT(OPT_TEXT, const char *, connect_proxy), "HOST:PORT",
	.help = "go through this HTTP proxy by CONNECT"},
    {0, "parallel", NULL, CERT(OPT_NUMBER, int64_t, parallel), "COUNT", .value = PARALLEL, .min = 1,
	.max = 1024, .help = "connections at a time"},
    {.name = NULL},
};

static const struct opt moved_rows[] = {
    {'n', "cn", NULL, CERT(OPT_TEXT, const char *, cn), "NAME", .flags = OPT_F_CLASSIC,
	.help = "gone: --match"},
    {'N', "host-name", NULL, CERT(OPT_FLAG, bool, host_name), .flags = OPT_F_CLASSIC,
	.help = "gone: the host's name is always verified"},
    {'L', "ssllabs", NULL, CERT(OPT_TEXT, const char *, ssllabs), "GRADE", .flags = OPT_F_CLASSIC,
	.help = "gone: nobody else is asked; --min-security, --tls-floor"},
    {'e', "email", NULL, CERT(OPT_TEXT, const char *, email), "ADDRESS", .flags = OPT_F_CLASSIC,
	.help = "gone: --issuer"},
    {0, "org", NULL, CERT(OPT_TEXT, const char *, org), "NAME", .flags = OPT_F_CLASSIC,
	.help = "gone: --issuer"},
    {.name = NULL},
};
/* clang-format on */

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS", connection_rows, offsetof(struct config, connection), NULL, false},
    {"Certificates", cert_rows, offsetof(struct config, cert), NULL, false},
    {"DNSSEC", dnssec_rows, offsetof(struct config, basic), NULL, false},
    {"Memory", memory_rows, offsetof(struct config, basic), NULL, false},
    {"Options of check_ssl_cert that have another name", moved_rows, offsetof(struct config, cert),
	NULL, false},
    {0},
};

static const struct opt_letter letters[] = {
    {'m', "verify-name"}, {'C', "client-cert"}, {'K', "client-key"}, {0}};

static const struct opt_hint hints[] = {
    {"output", "; what check_ssl_cert calls -o is --issuer TEXT here"}, {0}};

static const struct opt_table options = {
    .program = "check_cert_expiry",
    .service = "cert",
    .summary = "check certificates: of servers, every address, both types of key, and of files",
    .word = "TARGET",
    .groups = groups,
    .letters = letters,
    .hints = hints,
    .config_size = sizeof(struct config),
};

/* ---- what follows from the options ---------------------------------------------------- */

static bool
resolve_moved(const struct cert_opts *opts, struct run *run)
{
	if (opts->cn)
		return err_set(&run->err, ERR_CONFIG, 0, "--cn is --match NAME here");
	if (opts->host_name)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "-N is not needed: the host's name is verified, or --match NAME");
	if (opts->ssllabs)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--ssllabs is not here: see --min-security and --tls-floor");
	if (opts->email)
		return err_set(&run->err, ERR_CONFIG, 0, "--email is --issuer TEXT here");
	if (opts->org)
		return err_set(&run->err, ERR_CONFIG, 0, "--org is --issuer TEXT here");
	return true;
}

/* -r PATH: the file system tells which of the two it is. */
static bool
resolve_roots(struct config *config, struct run *run)
{
	struct connection_opts *connection = &config->connection;
	const char *path = config->cert.rootcert;
	struct stat st;

	if (!path)
		return true;
	if (connection->ca_file || connection->ca_path)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--rootcert and --ca-file or --ca-path say the same twice");
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		connection->ca_path = path;
	else
		connection->ca_file = path;
	return true;
}

static void
resolve_states(const struct cert_opts *opts, struct run *run)
{
	/* A server that wants to know its clients still shows its certificate. */
	run_override(run, "tls.client_cert.required", STATE_OK);
	if (opts->selfsigned || opts->noauth)
		run_override(run, "tls.cert.self_signed", STATE_OK);
	if (!opts->noauth)
		return;
	run_override(run, "tls.cert.untrusted", STATE_OK);
	run_override(run, "tls.cert.chain", STATE_OK);
}

static bool
resolve_words(struct config *config, struct run *run)
{
	const struct basic_opts *basic = &config->basic;
	const struct strings *words = &run->parse->words, *said = &config->cert.protocol;
	struct cert_target_defaults all = {
	    .protocol = said->count && said->items[0][0] ? said->items[0] : NULL,
	    .port = (uint16_t)basic->port,
	    .tls = config->connection.tls,
	    .starttls = config->connection.starttls,
	};
	struct cert_targets *targets = &config->targets;

	for (size_t i = 0; i < basic->hostname.count; i++) {
		struct cert_target_defaults own = all;

		if (i + 1 < said->count && said->items[i + 1][0])
			own.protocol = said->items[i + 1];
		if (!cert_targets_word(targets, basic->hostname.items[i], &own, &run->err))
			return false;
	}
	for (size_t i = 0; i < words->count; i++)
		if (!cert_targets_word(targets, words->items[i], &all, &run->err))
			return false;
	if (config->cert.targets &&
	    !cert_targets_list(targets, config->cert.targets, &all, &run->err))
		return false;
	for (size_t i = 0; i < config->cert.file.count; i++)
		if (!cert_targets_files(targets, config->cert.file.items[i], &run->err))
			return false;
	if (config->connection.srv)
		return cert_targets_word(targets,
		    arena_printf(&run->arena, "srv:%s", config->connection.srv), &all, &run->err);
	return true;
}

static bool
resolve_targets(struct config *config, struct run *run)
{
	const struct cert_targets *targets = &config->targets;

	config->targets.arena = &run->arena;
	if (config->connection.cleartext)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "without TLS there is no certificate to check");
	if (config->connection.tls && config->connection.starttls)
		return err_set(&run->err, ERR_CONFIG, 0, "--tls and --starttls exclude each other");
	if (!resolve_words(config, run))
		return false;
	if (targets->count == 0)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "which target? give --hostname, --file or --targets");
	run->subject = targets->count == 1
			   ? targets->list[0].subject
			   : arena_printf(&run->arena, "%zu targets", targets->count);
	run->target.service = "cert";
	if (targets->count == 1 && targets->list[0].kind == CERT_TARGET_NET) {
		const struct cert_target *target = &targets->list[0];

		run->host = run->target.host = target->host;
		run->target.port = target->port;
		run->target.mode = target->mode == SESSION_TLS ? "tls" : "starttls";
		run->port = arena_printf(&run->arena, "%u", target->port);
	}
	return true;
}

/* -m NAME: all given must match; without it each target's own host. */
static bool
resolve_names(struct config *config, struct run *run)
{
	const struct strings *given = &config->connection.verify_name;
	const char **names;

	if (given->count == 0)
		return true;
	names = arena_alloc(&run->arena, (given->count + 1) * sizeof(*names));
	for (size_t i = 0; i < given->count; i++) {
		names[i] = host_normalise(&run->arena, given->items[i], &run->err);
		if (!names[i])
			return false;
	}
	config->plan.verify_names = names;
	return true;
}

/* A demand on servers of files alone would be OK without a look. */
static bool
resolve_served(const struct config *config, struct run *run)
{
	const struct {
		bool given;
		const char *name;
	} demands[] = {
	    {config->connection.dane, "dane"},
	    {config->cert.compare_file != NULL, "compare-file"},
	    {config->cert.require_stapling, "require-stapling"},
	    {config->cert.tls_floor >= 0, "tls-floor"},
	    {config->basic.state_dir != NULL, "state-dir"},
	};

	for (size_t i = 0; i < config->targets.count; i++)
		if (config->targets.list[i].kind != CERT_TARGET_FILE)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(demands); i++)
		if (demands[i].given)
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--%s looks at servers, and no target is one", demands[i].name);
	return true;
}

static bool
resolve_disk(struct config *config, struct run *run)
{
	struct cert_demands *demands = &config->demands;
	struct cert_disk *disk = &demands->disk;
	const char *password = config->settings.client_key_password;
	struct container found;

	if (config->cert.compare_file) {
		bool good = cert_file_read(config->cert.compare_file, password, run->deadline,
		    &found, &disk->changed_unix, &run->err);

		disk->path = config->cert.compare_file;
		disk->certs = found.certs;
		if (!good)
			return config_err(run, FINDING_CLIENT_FILE);
	}
	demands->key_path = config->cert.key_file;
	if (demands->key_path) {
		demands->key = cert_file_key(demands->key_path, password, run->deadline, &run->err);
		if (!demands->key)
			return config_err(run, FINDING_CLIENT_FILE);
	}
	return true;
}

static bool
resolve_demands(struct config *config, struct run *run)
{
	const struct cert_opts *opts = &config->cert;
	struct cert_demands *demands = &config->demands;

	*demands = (struct cert_demands){
	    .issuers = &opts->issuer,
	    .not_issuers = &opts->not_issuer,
	    .maximum_days = opts->maximum_validity,
	    .system_store = !config->connection.ca_file && !config->connection.ca_path,
	    .stapling = opts->require_stapling,
	    .sct = opts->sct,
	};
	if (opts->serial && !cert_demand_serial(demands, opts->serial, &run->arena, &run->err))
		return false;
	if (opts->fingerprint &&
	    !cert_demand_fingerprint(demands, opts->fingerprint, &run->arena, &run->err))
		return false;
	return resolve_disk(config, run);
}

static const char *
own_name(struct arena *arena)
{
	struct utsname own;

	if (uname(&own) == 0 && smtp_msg_helo(own.nodename))
		return arena_strdup(arena, own.nodename);
	return "[127.0.0.1]";
}

/* HOST:PORT, [V6]:PORT; the grammar of targets. */
static bool
resolve_proxy(struct config *config, struct run *run)
{
	struct cert_targets one = {.arena = &run->arena};
	struct cert_target_defaults defaults = {.protocol = "tls", .tls = true};
	const char *text = config->cert.connect_proxy;
	bool good;

	if (!text)
		return true;
	good = strchr(text, '/') == NULL && cert_targets_word(&one, text, &defaults, &run->err) &&
	       one.count == 1 && one.list[0].kind == CERT_TARGET_NET;
	if (good) {
		config->plan.proxy_host = one.list[0].host;
		config->plan.proxy_port = one.list[0].port;
	} else {
		err_set(&run->err, ERR_CONFIG, 0, "--connect-proxy takes HOST:PORT");
	}
	cert_targets_free(&one);
	return good;
}

static void
resolve_plan(struct config *config, struct run *run)
{
	static const int versions[] = {
	    TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
	const struct cert_opts *opts = &config->cert;
	struct cert_plan *plan = &config->plan;
	bool one = opts->rsa != opts->ecdsa;

	plan->settings = &config->settings;
	plan->targets = &config->targets;
	plan->demands = &config->demands;
	plan->ehlo_name = own_name(&run->arena);
	plan->file_password = config->settings.client_key_password;
	plan->first = !one ? LOOK_ANY : opts->rsa ? LOOK_RSA : LOOK_ECDSA;
	plan->both = !one && (opts->key_types == KEYS_BOTH || opts->rsa);
	plan->ask = (struct cert_ask){.ocsp = opts->ocsp,
	    .crl = opts->crl,
	    .aia = opts->aia,
	    .ari = opts->ari,
	    .allow_private = opts->allow_private_fetch};
	plan->require_dnssec = config->basic.require_dnssec;
	plan->floor = opts->tls_floor > 0 ? versions[opts->tls_floor] : 0;
	plan->parallel = (size_t)opts->parallel;
	fetch_cache_init(&config->cache);
	plan->cache = &config->cache;
	/* Not said: what openssl.cnf and the library want. */
	if (opts_source(run->parse, "min-security") != OPT_FROM_DEFAULT)
		config->settings.settings.security_level =
		    opts->min_security == 0 ? TLS_LEVEL_ZERO : (int)opts->min_security;
}

/* Limits that can only be a mistake: a WARNING that never comes, more than a whole life. */
static bool
resolve_limits(struct run *run)
{
	static const enum metric_id metrics[] = {METRIC_CERT_DAYS, METRIC_CERT_LIFETIME_LEFT};
	const struct limits *limits = &run->limits;

	for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
		const struct range *warning = &limits->warning[metrics[i]];
		const struct range *critical = &limits->critical[metrics[i]];

		if (warning->set && critical->set && warning->no_max && critical->no_max &&
		    !warning->inside && !critical->inside && warning->min < critical->min)
			return err_set(&run->err, ERR_CONFIG, 0,
			    "the warning limit of %s, %g, is below the critical one, %g: no "
			    "WARNING could ever come",
			    metric_rows[metrics[i]].label, warning->min, critical->min);
	}
	if (limits->warning[METRIC_CERT_LIFETIME_LEFT].min > 100 ||
	    limits->critical[METRIC_CERT_LIFETIME_LEFT].min > 100)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "no certificate has more than 100%% of its life left");
	return true;
}

static bool
resolve(void *opaque, struct run *run)
{
	struct config *config = opaque;

	if (!resolve_moved(&config->cert, run) || !resolve_roots(config, run) ||
	    !resolve_targets(config, run) || !resolve_served(config, run) ||
	    !target_settings(&config->settings, &config->basic, &config->connection, run) ||
	    !resolve_limits(run) || !resolve_names(config, run) || !resolve_demands(config, run) ||
	    !resolve_proxy(config, run))
		return false;
	resolve_states(&config->cert, run);
	resolve_plan(config, run);
	return true;
}

/* ---- the work ------------------------------------------------------------------------- */

static void
run(const void *opaque, struct run *run)
{
	const struct config *config = opaque;

	cert_walk(&config->plan, run);
}

static void
release(void *opaque)
{
	struct config *config = opaque;

	cert_targets_free(&config->targets);
	cert_demands_free(&config->demands);
	if (config->plan.cache)
		fetch_cache_free(config->plan.cache);
	target_free(&config->settings);
}

extern const struct plugin check_cert_expiry;
const struct plugin check_cert_expiry = {
    .options = &options,
    .program = PROGRAM_CERT,
    .service = "CERT",
    .check = "cert",
    .description =
	"looks at the certificates of servers and files: until when the best verified path lasts,\n"
	"whether it is valid for the name, what the server sends beside it, and whether every\n"
	"address and both types of key serve the same. Nothing but the handshake is made, by\n"
	"STARTTLS where the protocol wants it. Limits are a share of the certificate's lifetime\n"
	"unless\n.Fl w , c\nor\n.Fl D\nsay otherwise.\n",
    .main_metric = METRIC_CERT_DAYS,
    .basic = offsetof(struct config, basic),
    .resolve = resolve,
    .run = run,
    .release = release,
};
