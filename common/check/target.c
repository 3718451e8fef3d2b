/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what follows from the options about whom to talk to and how. No
 * network: the walk over the addresses is walk.c's.
 */
#include "check/target.h"

#include <openssl/tls1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check/host.h"
#include "check/lookup.h"
#include "check/secret.h"

/* The host words: -H, a leftover word, a URI in place of either. */
static bool
target_word(struct target *target, const struct run *run, const char **word_out, struct err *err)
{
	const struct strings *given = &target->basic->hostname, *words = &run->parse->words;

	if (given->count + words->count > 1)
		return err_set(err, ERR_CONFIG, 0,
		    "one host is checked at a time: '%.60s' is too much",
		    words->count ? words->items[words->count - 1] : given->items[1]);
	if (given->count + words->count == 0)
		return err_set(err, ERR_CONFIG, 0, "which host? give --hostname");
	*word_out = given->count ? given->items[0] : words->items[0];
	return true;
}

struct uri_says {
	bool mode_known;
	enum session_mode mode;
	uint16_t port;
};

static bool
target_uri(struct target *target, const struct proto **proto, const char *word,
    struct uri_says *says, struct run *run)
{
	struct host_uri uri;
	const struct proto *named;
	bool tls;

	if (!host_uri_parse(&run->arena, word, &uri, &run->err))
		return false;
	named = proto_find(uri.scheme, &tls);
	if (!named || !proto_same_family(named, *proto))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "a URI of scheme %.20s is not for this program", uri.scheme);
	*proto = named;
	target->uri = true;
	target->uri_user = uri.user;
	target->uri_folder = uri.path;
	target->shown = uri.host;
	says->port = uri.port;
	says->mode_known = tls;
	says->mode = SESSION_TLS;
	return true;
}

/* --tls|--starttls|--cleartext (one only) > port > called name > program. */
static bool
target_mode(
    struct target *target, const struct proto *proto, const struct uri_says *says, struct run *run)
{
	const struct connection_opts *c = target->connection;
	int64_t port = target->basic->port;
	bool cleartext = c->cleartext, tls = c->tls;

	/* What the called name brings yields to what the user says: check_imap -S means 993. */
	if (c->tls && opts_source(run->parse, "port") == OPT_FROM_NAME)
		port = 0;
	if ((c->tls || c->starttls) && opts_source(run->parse, "cleartext") == OPT_FROM_NAME)
		cleartext = false;
	if ((c->starttls || cleartext) && opts_source(run->parse, "tls") == OPT_FROM_NAME)
		tls = false;
	if (tls + c->starttls + cleartext > 1)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--tls, --starttls and --cleartext exclude each other");
	if (port && says->port)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "the port is given twice: in the URI and by --port");
	if (says->mode_known && (c->starttls || cleartext))
		return err_set(
		    &run->err, ERR_CONFIG, 0, "the URI says TLS, an option says otherwise");
	target->port = (uint16_t)(port ? port : says->port);
	target->mode = proto->mode;
	if (tls || says->mode_known)
		target->mode = SESSION_TLS;
	else if (c->starttls)
		target->mode = SESSION_STARTTLS;
	else if (cleartext)
		target->mode = SESSION_CLEARTEXT;
	else if (target->port)
		proto_port_mode(target->port, &target->mode);
	if (!target->port)
		target->port = proto_port(proto, target->mode);
	return true;
}

#define MIN_DEFAULT 2 /* 1.2 and 1.3: the defaults of --tls-min and --tls-max */
#define MAX_DEFAULT 3

/* 0 for the default: then openssl.cnf may be stricter, as its administrator wills. */
static int
tls_version(int choice, int usual)
{
	static const int versions[] = {
	    TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

	return choice != usual && choice >= 0 && (size_t)choice < ARRAY_LEN(versions)
		   ? versions[choice]
		   : 0;
}

static bool
target_client_key_password(struct target *target, struct run *run)
{
	const char *file = target->connection->client_key_password_file;
	struct err *err = &run->err;

	if (!file)
		return true;
	target->client_key_password = secret_file(file, SECRET_PASSWORD_MAX, err);
	target->settings.client_key_password = target->client_key_password;
	return target->client_key_password != NULL || config_err(run, FINDING_CLIENT_SECRET_FILE);
}

static bool
target_tls(struct target *target, struct run *run)
{
	const struct connection_opts *c = target->connection;

	target->settings = (struct tls_settings){
	    .min = tls_version(c->tls_min, MIN_DEFAULT),
	    .max = tls_version(c->tls_max, MAX_DEFAULT),
	    .ca_file = c->ca_file,
	    .ca_path = c->ca_path,
	    .client_cert = c->client_cert,
	    .client_key = c->client_key ? c->client_key : c->client_cert,
	    .security_level = -1,
	};
	if (c->tls_min > c->tls_max)
		return err_set(&run->err, ERR_CONFIG, 0, "--tls-min is above --tls-max");
	if (c->client_key && !c->client_cert)
		return err_set(&run->err, ERR_CONFIG, 0, "--client-key needs --client-cert");
	return target_client_key_password(target, run);
}

/* --pin-spki: hex or base64 (curl's sha256// in front is taken too), to lower-case hex. */
static bool
target_pins(struct target *target, struct run *run)
{
	const struct strings *given = &target->connection->pin_spki;

	for (size_t i = 0; i < given->count; i++) {
		const char *text = given->items[i];
		struct buf bytes, hex;
		bool good;

		if (strncmp(text, "sha256//", 8) == 0)
			text += 8;
		buf_init(&bytes, 64);
		buf_init(&hex, 128);
		good = (text_unhex(&bytes, text, strlen(text)) && bytes.len == 32);
		if (!good) {
			buf_clear(&bytes);
			good = text_unbase64(&bytes, text, strlen(text)) && bytes.len == 32;
		}
		text_hex(&hex, bytes.data, good ? bytes.len : 0);
		strings_add(&target->pins, arena_strdup(&run->arena, buf_text(&hex)));
		buf_free(&bytes);
		buf_free(&hex);
		if (!good)
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--pin-spki takes a SHA-256 in hex or base64");
	}
	target->tls.pins = target->pins.items;
	return true;
}

/* -m NAME: which names the certificate must carry; by default the host. */
static bool
target_names(struct target *target, struct run *run)
{
	const struct strings *given = &target->connection->verify_name;
	size_t count = given->count ? given->count : 1;

	target->verify_names = mem_array(count + 1, sizeof(*target->verify_names));
	target->verify_names[0] = target->host;
	for (size_t i = 0; i < given->count; i++) {
		target->verify_names[i] = host_normalise(&run->arena, given->items[i], &run->err);
		if (!target->verify_names[i])
			return false;
	}
	target->tls.verify_names = target->verify_names;
	return true;
}

bool
target_settings(struct target *target, const struct basic_opts *basic,
    const struct connection_opts *connection, struct run *run)
{
	struct dns_settings resolvers;

	target->basic = basic;
	target->connection = connection;
	target->tls = (struct tls_params){
	    .sni = connection->sni,
	    .now_unix = run->now_unix,
	    .insecure = connection->insecure,
	};
	if (basic->ipv4 && basic->ipv6)
		return err_set(&run->err, ERR_CONFIG, 0, "-4 and -6 exclude each other");
	if (connection->all_addresses && connection->first_address)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--all-addresses and --first-address exclude each other");
	if (connection->dane && connection->insecure)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "--dane and --insecure exclude each other");
	if (connection->certificate && !limits_pair(&run->limits, METRIC_CERT_DAYS,
					   connection->certificate, "--certificate", &run->err))
		return false;
	if (basic->resolver.count > 0 &&
	    !lookup_servers(&resolvers, &basic->resolver, NULL, &run->err))
		return false;
	return target_pins(target, run) && target_tls(target, run);
}

#define TARGET_HOST_SIZE 256 /* any name in text, and a NUL */

static const char *const modes[] = {
    [SESSION_TLS] = "tls", [SESSION_STARTTLS] = "starttls", [SESSION_CLEARTEXT] = "cleartext"};

static void
target_show(struct target *target, const struct proto *proto, struct run *run)
{
	bool v6 = strchr(target->host, ':') != NULL, path = target->host[0] == '/';

	run->service = proto->service;
	run->host = target->host;
	run->port = arena_printf(&run->arena, "%u", target->port);
	run->subject =
	    path ? target->host
		 : arena_printf(&run->arena, v6 ? "[%s]:%u" : "%s:%u", target->shown, target->port);
	run->target = (struct run_target){.host = target->host,
	    .port = target->port,
	    .service = proto->id == PROTO_LMTP ? "lmtp" : run->plugin->check,
	    .mode = modes[target->mode],
	    .domain = target->srv};
	if (target->srv)
		run->subject = target->srv;
}

/* --srv DOMAIN instead of a host: the name goes into room that can hold any other. */
static bool
target_domain(struct target *target, struct run *run)
{
	const char *domain = target->connection->srv;
	const struct basic_opts *basic = target->basic;
	struct address literal;
	bool port = basic->port && opts_source(run->parse, "port") != OPT_FROM_NAME;

	if (basic->hostname.count + run->parse->words.count > 0 || port)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--srv finds host and port: not together with --hostname or --port");
	target->srv = host_normalise(&run->arena, domain, &run->err);
	if (!target->srv)
		return false;
	if (address_parse(target->srv, 0, &literal))
		return err_set(&run->err, ERR_CONFIG, 0, "--srv takes a domain, not an address");
	target->host = arena_alloc(&run->arena, TARGET_HOST_SIZE);
	snprintf(target->host, TARGET_HOST_SIZE, "%s", target->srv);
	return true;
}

void
target_move(
    struct target *target, struct run *run, const char *host, uint16_t port, enum session_mode mode)
{
	/* In place: the verify names and the login hold the same pointer. */
	snprintf(target->host, TARGET_HOST_SIZE, "%s", host);
	target->port = port;
	target->mode = mode;
	run->port = arena_printf(&run->arena, "%u", port);
	run->subject = arena_printf(&run->arena, "%s:%u", target->host, port);
	run->target.port = port;
	run->target.mode = modes[mode];
}

bool
target_resolve(struct target *target, const struct proto *proto, const struct basic_opts *basic,
    const struct connection_opts *connection, struct run *run)
{
	struct uri_says says = {0};
	struct address literal;
	const char *word = NULL;

	target->basic = basic;
	target->connection = connection;
	if (connection->srv ? !target_domain(target, run)
			    : !target_word(target, run, &word, &run->err))
		return false;
	target->shown = word;
	if (word && host_is_uri(word) && !target_uri(target, &proto, word, &says, run))
		return false;
	target->proto = proto;
	if (word)
		target->host = host_normalise(&run->arena, target->shown, &run->err);
	if (!target->host || !target_mode(target, proto, &says, run))
		return false;
	target->is_name = !address_parse(target->host, 0, &literal);
	target->shown = target->host;
	target_show(target, proto, run);
	return target_settings(target, basic, connection, run) && target_names(target, run);
}

void
target_free(struct target *target)
{
	mem_free(target->verify_names);
	strings_free(&target->pins);
	secret_free(target->client_key_password);
	secret_release(&target->secret);
	target->verify_names = NULL;
	target->client_key_password = NULL;
}

/* ---- login --------------------------------------------------------------------- */

/* Choices of --authtype are enum sasl_mechanism, one to one. */
static bool
login_mechanism(const struct login_opts *opts, struct login_params *out)
{
	out->mechanism_given = opts->authtype >= 0;
	if (out->mechanism_given)
		out->mechanism = (enum sasl_mechanism)opts->authtype;
	return out->mechanism_given && out->mechanism == SASL_EXTERNAL;
}

static enum finding_id
secret_finding(int fault)
{
	switch (fault) {
	case SECRET_FAULT_FILE:
		return FINDING_CLIENT_SECRET_FILE;
	case SECRET_FAULT_FORMAT:
		return FINDING_CLIENT_SECRET_FORMAT;
	default:
		return FINDING_CLIENT_USAGE;
	}
}

bool
target_login(
    struct target *target, const struct login_opts *opts, struct run *run, struct login_params *out)
{
	bool external;

	if (opts->password)
		report_add(&run->report, FINDING_CLIENT_SECRET_ARGUMENT, NULL,
		    "--password is visible to others on this machine: see --password-file");
	*out = (struct login_params){.user = opts->user,
	    .authzid = opts->authzid,
	    .allow_exposed = opts->allow_exposed_password,
	    .host = target->host,
	    .port = target->srv ? 0 : target->port, /* SRV tells it later */
	    .now_unix = run->now_unix};
	if (opts->user && target->uri_user)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "the user is given twice: in the URI and by --user");
	if (target->uri_user)
		out->user = target->uri_user;
	external = login_mechanism(opts, out);
	if (!secret_read(&target->secret, opts, run->environment, run->deadline, &run->err))
		return config_err(run, secret_finding(run->err.code));
	out->password = target->secret.password;
	out->token = target->secret.token;
	run->user = out->user;
	run->target.user = out->user;
	if (out->user && !out->password && !out->token && !external)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--user needs a secret: --password-file, --token-file or another source");
	if (!out->user && (out->password || out->token) && !external)
		return err_set(
		    &run->err, ERR_CONFIG, 0, "a password or token is given, but no --user");
	if (!login_wanted(out) || out->allow_exposed)
		return true;
	target->guards_secret = true;
	if (target->mode == SESSION_CLEARTEXT)
		return err_set(&run->err, ERR_CONFIG, FINDING_CLIENT_PASSWORD_POLICY,
		    "--cleartext would show the password to everybody on the way: it is not sent "
		    "without --allow-exposed-password");
	if (target->connection->insecure)
		return err_set(&run->err, ERR_CONFIG, FINDING_CLIENT_PASSWORD_POLICY,
		    "--insecure would send the password to a server that nobody verified: it is "
		    "not sent without --allow-exposed-password");
	return true;
}
