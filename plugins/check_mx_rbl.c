/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_mx_rbl: a mail domain as the world sees it in the DNS: mail hosts,
 * reverse names, block lists. Settings, table, work; nothing else.
 */
#include <regex.h>
#include <string.h>
#include <sys/utsname.h>

#include "check/host.h"
#include "check/judge_mx.h"
#include "check/judge_policy.h"
#include "check/lookup.h"
#include "check/mx_connect.h"
#include "check/outbound.h"
#include "check/rbl_lists.h"
#include "check/spf_senders.h"

#define PORT_SMTP 25

enum check {
	CHECK_MX = 1,
	CHECK_NS = 2,
	CHECK_PTR = 4,
	CHECK_RBL = 8,
	CHECK_DNSSEC = 16,
	CHECK_SRV = 32,
	CHECK_SPF = 64,
	CHECK_DKIM = 128,
	CHECK_DMARC = 256,
	CHECK_MTASTS = 512,
	CHECK_TLSRPT = 1024,
	CHECK_DANE = 2048,
	CHECK_BIMI = 4096
};
#define CHECK_DEFAULT (CHECK_MX | CHECK_PTR | CHECK_RBL | CHECK_SPF | CHECK_DMARC | CHECK_DANE)
#define CHECK_ALL (2 * CHECK_BIMI - 1)
#define CHECK_OF_ADDRESSES ((unsigned)(CHECK_PTR | CHECK_RBL)) /* the rest is of a domain */

struct mx_opts {
	const char *domain;
	struct strings outbound, check, skip;
	struct strings list;
	const char *lists, *list_keys;
	double min_usable;
	struct strings expect_mx;
	bool expect_null_mx;
	struct strings dkim_selector;
	int dmarc_min; /* index of none, quarantine, reject; -1: not given */
	const char *helo, *ptr_ok;
	bool allow_private, connect;
};

struct config {
	struct basic_opts basic;
	struct connection_opts connection;
	struct mx_opts mx;
	/* what follows from them */
	struct target target;   /* of --connect */
	unsigned checks, named; /* all; those that --check names one by one */
	struct rbl_lists lists;
	struct outbound outbound;
	struct strings expect_mx;
	struct dns_settings resolver;
	regex_t ptr_ok;
	bool ptr_ok_set;
	struct mx_params params;
	struct policy_params policy;
	const char *ehlo_name;
};

#define MX(kind, ctype, member) FIELD(struct mx_opts, kind, ctype, member)
#define CHECK_WORDS \
	"mx, ns, ptr, rbl, spf, dkim, dmarc, mtasts, tlsrpt, dane, dnssec, srv, bimi or all"

static const struct opt mx_rows[] = {
    {'d', "domain", NULL, MX(OPT_TEXT, const char *, domain), "DOMAIN",
	.help = "mail domain: its MX, their addresses, reverse names and lists"},
    {0, "outbound", NULL, MX(OPT_WORDS, struct strings, outbound), "ADDRESS|CIDR|HOST|spf",
	.help = "who sends mail: an address, a range of up to 1024, a host, all that SPF names; "
		"stricter rules"},
    {0, "check", NULL, MX(OPT_LIST, struct strings, check), "CHECK,...",
	.help = "what to check: " CHECK_WORDS "; +NAME adds to the default "
		"mx,ptr,rbl,spf,dmarc,dane"},
    {0, "skip", NULL, MX(OPT_LIST, struct strings, skip), "CHECK,...", .help = "what not to check"},
    {0, "list", NULL, MX(OPT_WORDS, struct strings, list), "ZONE[=CODES][*WEIGHT]",
	.help = "list to ask, as Postfix writes it; instead of the default set, beside --lists "
		"in addition"},
    {0, "lists", NULL, MX(OPT_TEXT, const char *, lists), "default|wide|FILE",
	.help = "named set, or a file with lists"},
    {0, "list-keys", NULL, MX(OPT_TEXT, const char *, list_keys), "FILE",
	.help = "a line for each customer key: ZONE KEY; shown nowhere"},
    {0, "min-usable", NULL, MX(OPT_PERCENT, double, min_usable), "PERCENT", .value = "70%",
	.help = "UNKNOWN when fewer lists can be relied on"},
    {0, "expect-mx", NULL, MX(OPT_LIST, struct strings, expect_mx), "HOST,...",
	.help = "exactly these MX must be there"},
    {0, "expect-null-mx", NULL, MX(OPT_FLAG, bool, expect_null_mx),
	.help = "the domain must say that it takes no mail"},
    {0, "dkim-selector", NULL, MX(OPT_WORDS, struct strings, dkim_selector), "NAME",
	.help = "selector whose DKIM key must be there and good"},
    {0, "dmarc-min", NULL, MX(OPT_CHOICE, int, dmarc_min), "POLICY",
	.choices = "none|quarantine|reject", .help = "WARNING when the DMARC policy is milder"},
    {0, "helo", NULL, MX(OPT_TEXT, const char *, helo), "HOST",
	.help = "the name that senders greet with: it must lead to their address"},
    {0, "ptr-ok", NULL, MX(OPT_TEXT, const char *, ptr_ok), "REGEX",
	.help = "reverse names that are fine although they look generic"},
    {0, "allow-private", NULL, MX(OPT_FLAG, bool, allow_private),
	.help = "mail hosts may have private addresses"},
    {0, "connect", NULL, MX(OPT_FLAG, bool, connect),
	.help = "talk to port 25 of every mail host: greeting, STARTTLS, relaying refused"},
    {0},
};

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {"Mail domain and lists", mx_rows, offsetof(struct config, mx), NULL, false},
    {"DNSSEC", dnssec_rows, offsetof(struct config, basic), NULL, false},
    {"Memory", memory_rows, offsetof(struct config, basic), NULL, false},
    {"Connection and TLS, with --connect", connection_rows, offsetof(struct config, connection),
	NULL, true},
    {0},
};

static const struct opt_table options = {
    .program = "check_mx_rbl",
    .service = "mx",
    .summary = "check a mail domain in the DNS: MX, reverse names and block lists in one run",
    .word = "DOMAIN|ADDRESS",
    .groups = groups,
    .config_size = sizeof(struct config),
};

/* ---- what is checked --------------------------------------------------------------- */

static bool
check_bit(const char *word, unsigned *bit_out)
{
	static const struct {
		const char *name;
		unsigned bits;
	} names[] = {{"mx", CHECK_MX}, {"ns", CHECK_NS}, {"ptr", CHECK_PTR}, {"rbl", CHECK_RBL},
	    {"dnssec", CHECK_DNSSEC}, {"srv", CHECK_SRV}, {"spf", CHECK_SPF}, {"dkim", CHECK_DKIM},
	    {"dmarc", CHECK_DMARC}, {"mtasts", CHECK_MTASTS}, {"tlsrpt", CHECK_TLSRPT},
	    {"dane", CHECK_DANE}, {"bimi", CHECK_BIMI}, {"all", CHECK_ALL}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(word, names[i].name) == 0) {
			*bit_out = names[i].bits;
			return true;
		}
	return false;
}

/* Words with '+' add to the default; one without begins anew. */
static bool
resolve_checks(struct config *config, struct run *run)
{
	const struct strings *check = &config->mx.check, *skip = &config->mx.skip;
	unsigned bit, plain = 0, added = 0;

	for (size_t i = 0; i < check->count; i++) {
		bool adds = check->items[i][0] == '+';

		if (!check_bit(check->items[i] + adds, &bit))
			return err_set(&run->err, ERR_CONFIG, 0, "--check takes " CHECK_WORDS);
		*(adds ? &added : &plain) |= bit;
		config->named |= bit == CHECK_ALL ? 0 : bit;
	}
	config->checks = (plain ? plain : CHECK_DEFAULT) | added;
	for (size_t i = 0; i < skip->count; i++) {
		if (!check_bit(skip->items[i], &bit))
			return err_set(&run->err, ERR_CONFIG, 0, "--skip takes " CHECK_WORDS);
		config->checks &= ~bit;
	}
	if (config->basic.require_dnssec || config->basic.trust_anchor ||
	    limits_want(&run->limits, METRIC_RRSIG_DAYS))
		config->checks |= CHECK_DNSSEC;
	if (config->mx.dkim_selector.count > 0)
		config->checks |= CHECK_DKIM;
	if (config->mx.dmarc_min >= 0)
		config->checks |= CHECK_DMARC;
	if (limits_want(&run->limits, METRIC_SPF_LOOKUPS))
		config->checks |= CHECK_SPF;
	if (limits_want(&run->limits, METRIC_NS_TOTAL) || limits_want(&run->limits, METRIC_NS_OK))
		config->checks |= CHECK_NS;
	if (config->basic.state_dir && !(config->checks & (CHECK_NS | CHECK_MTASTS)))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--state-dir is the memory of ns and mtasts: add --check +ns,+mtasts");
	return config->checks != 0 ||
	       err_set(&run->err, ERR_CONFIG, 0, "--skip leaves nothing to check");
}

/* ---- whom --------------------------------------------------------------------------- */

/* A bare word or -H: an address sends mail, a name is the domain. */
static bool
add_word(struct config *config, const char *text, struct run *run)
{
	struct address address;
	char *domain;
	const char *at = strrchr(text, '@');

	if (at || strstr(text, "://"))
		return err_set(&run->err, ERR_CONFIG, 0, "give the domain alone: %.80s",
		    at ? at + 1 : strstr(text, "://") + 3);
	if (strchr(text, '/') || address_parse(text, 0, &address))
		return outbound_add(&config->outbound, text, &run->arena, &run->err);
	domain = host_normalise(&run->arena, text, &run->err);
	if (!domain)
		return false;
	if (!dns_name_is_host(domain))
		return err_set(&run->err, ERR_CONFIG, 0, "%.80s is no domain", domain);
	if (config->params.domain)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "one domain is checked at a time: '%.60s' is too much", domain);
	config->params.domain = domain;
	return true;
}

static void
name_run(struct config *config, struct run *run)
{
	const struct mx_opts *mx = &config->mx;
	const char *first = config->params.domain          ? config->params.domain
			    : mx->outbound.count           ? mx->outbound.items[0]
			    : config->basic.hostname.count ? config->basic.hostname.items[0]
							   : run->parse->words.items[0];
	size_t given = mx->outbound.count + config->basic.hostname.count + run->parse->words.count;

	run->subject = !config->params.domain && given > 1
			   ? arena_printf(&run->arena, "%s and %zu more", first, given - 1)
			   : first;
	run->host = first;
	run->target = (struct run_target){
	    .host = config->params.domain ? NULL : first, .domain = config->params.domain};
}

static bool
resolve_whom(struct config *config, struct run *run)
{
	const struct strings *words[] = {&config->basic.hostname, &run->parse->words};
	const struct mx_opts *mx = &config->mx;

	if (mx->domain && !add_word(config, mx->domain, run))
		return false;
	if (mx->domain && !config->params.domain)
		return err_set(&run->err, ERR_CONFIG, 0, "--domain takes a name");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		for (size_t j = 0; j < words[i]->count; j++)
			if (!add_word(config, words[i]->items[j], run))
				return false;
	for (size_t i = 0; i < mx->outbound.count; i++)
		if (!outbound_add(&config->outbound, mx->outbound.items[i], &run->arena, &run->err))
			return false;
	if (!config->params.domain && config->outbound.spf)
		return err_set(&run->err, ERR_CONFIG, 0, "--outbound spf needs a domain");
	if (!config->params.domain && config->outbound.count + config->outbound.hosts.count == 0)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "which domain? give --domain, or addresses with --outbound");
	name_run(config, run);
	return true;
}

/* ---- the rest of the settings --------------------------------------------------------- */

static bool
resolve_expected(struct config *config, struct run *run)
{
	const struct mx_opts *mx = &config->mx;

	if (mx->expect_mx.count > 0 && mx->expect_null_mx)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--expect-mx and --expect-null-mx exclude each other");
	if ((mx->expect_mx.count > 0 || mx->expect_null_mx || mx->connect ||
		config->basic.require_dnssec) &&
	    !config->params.domain)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--expect-mx, --expect-null-mx, --connect and --require-dnssec need a domain");
	for (size_t i = 0; i < mx->expect_mx.count; i++) {
		char *host = host_normalise(&run->arena, mx->expect_mx.items[i], &run->err);

		if (!host)
			return false;
		strings_add(&config->expect_mx, host);
	}
	if (mx->helo) {
		config->params.helo = host_normalise(&run->arena, mx->helo, &run->err);
		if (!config->params.helo)
			return false;
		if (!dns_name_is_host(config->params.helo))
			return err_set(&run->err, ERR_CONFIG, 0, "--helo takes a host name");
	}
	return true;
}

static bool
resolve_lists(struct config *config, struct run *run)
{
	struct strings *given = &config->mx.list;
	struct rbl_lists_params params = {
	    .given = given, .named = config->mx.lists, .key_file = config->mx.list_keys};
	bool good = rbl_lists_resolve(&config->lists, &params, &run->arena, &run->err);

	/* Settings are shown: without what is nobody's business. */
	for (size_t i = 0; i < given->count; i++)
		given->items[i] = rbl_lists_mask(&config->lists, &run->arena, given->items[i]);
	if (!good && run->err.code != 0) {
		run->err.code = 0;
		return config_err(run, FINDING_CLIENT_USAGE);
	}
	return good;
}

static bool
resolve_connect(struct config *config, struct run *run)
{
	struct utsname own;

	config->ehlo_name = config->params.helo ? config->params.helo : "[127.0.0.1]";
	if (!config->params.helo && uname(&own) == 0 && strchr(own.nodename, '.') &&
	    dns_name_is_host(own.nodename))
		config->ehlo_name = arena_strdup(&run->arena, own.nodename);
	return target_settings(&config->target, &config->basic, &config->connection, run);
}

static unsigned
walk_checks(unsigned checks)
{
	return (checks & CHECK_NS ? MX_CHECK_NS : 0u) | (checks & CHECK_PTR ? MX_CHECK_PTR : 0u) |
	       (checks & CHECK_RBL ? MX_CHECK_LISTS : 0u) |
	       (checks & CHECK_DNSSEC ? MX_CHECK_DNSSEC : 0u) |
	       (checks & CHECK_SRV ? MX_CHECK_SRV : 0u);
}

static unsigned
policy_checks(unsigned checks)
{
	return (checks & CHECK_SPF ? POLICY_SPF : 0u) | (checks & CHECK_DKIM ? POLICY_DKIM : 0u) |
	       (checks & CHECK_DMARC ? POLICY_DMARC : 0u) |
	       (checks & CHECK_MTASTS ? POLICY_MTASTS : 0u) |
	       (checks & CHECK_TLSRPT ? POLICY_TLSRPT : 0u) |
	       (checks & CHECK_DANE ? POLICY_DANE : 0u) | (checks & CHECK_BIMI ? POLICY_BIMI : 0u);
}

static bool
resolve_policy(struct config *config, struct run *run)
{
	const struct strings *selectors = &config->mx.dkim_selector;

	config->policy = (struct policy_params){
	    .domain = config->params.domain,
	    .checks = config->params.domain ? policy_checks(config->checks) : 0,
	    .selectors = selectors->items,
	    .selector_count = selectors->count,
	    .helo = config->params.helo,
	    .dnssec = (config->checks & CHECK_DNSSEC) != 0,
	    .now_unix = run->now_unix,
	    .deadline = run->deadline,
	    .tls = &config->target.settings,
	    .allow_private = config->mx.allow_private,
	};
	for (size_t i = 0; i < selectors->count; i++)
		if (!dns_name_is_host(selectors->items[i]))
			return err_set(&run->err, ERR_CONFIG, 0, "--dkim-selector takes a name");
	if (selectors->count > POLICY_SELECTORS_MAX)
		return err_set(&run->err, ERR_CONFIG, 0, "--dkim-selector: %d at the most",
		    POLICY_SELECTORS_MAX);
	return true;
}

/* What was asked for by name is checked, or refused: never OK without a look. */
static bool
resolve_needs(const struct config *config, struct run *run)
{
	static const char *const connecting[] = {"port", "tls", "starttls", "cleartext", "dane",
	    "pin-spki", "verify-name", "sni", "certificate", "client-cert", "client-key",
	    "proxy-protocol", "all-addresses", "first-address"};
	unsigned left = config->checks & config->named;

	if (!config->params.domain &&
	    ((left & ~CHECK_OF_ADDRESSES) || !(config->checks & CHECK_OF_ADDRESSES) ||
		config->mx.dkim_selector.count > 0 || config->mx.dmarc_min >= 0))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "of addresses only ptr and rbl are checked: the rest needs --domain");
	if ((left & CHECK_DKIM) && config->mx.dkim_selector.count == 0)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "dkim needs --dkim-selector: nobody can list a domain's selectors");
	if (config->connection.srv)
		return err_set(&run->err, ERR_CONFIG, 0, "--srv is not of this program");
	for (size_t i = 0; i < ARRAY_LEN(connecting) && !config->mx.connect; i++)
		if (opts_source(run->parse, connecting[i]) == OPT_FROM_ARGV)
			return err_set(&run->err, ERR_CONFIG, 0,
			    "--%s is of the connection: it needs --connect", connecting[i]);
	return true;
}

static bool
resolve(void *opaque, struct run *run)
{
	struct config *config = opaque;
	const struct mx_opts *mx = &config->mx;
	struct mx_params *params = &config->params;

	if (!resolve_checks(config, run) || !resolve_whom(config, run) ||
	    !resolve_needs(config, run) || !resolve_expected(config, run) ||
	    !resolve_lists(config, run) || !resolve_connect(config, run) ||
	    !resolve_policy(config, run))
		return false;
	if (mx->ptr_ok) {
		config->ptr_ok_set =
		    regcomp(&config->ptr_ok, mx->ptr_ok, REG_EXTENDED | REG_NOSUB | REG_ICASE) == 0;
		if (!config->ptr_ok_set)
			return err_set(&run->err, ERR_CONFIG, 0, "--ptr-ok: no regular expression");
	}
	if (!lookup_servers(&config->resolver, &config->basic.resolver, NULL, &run->err)) {
		/* A wrong option is the user's; a machine without resolver is a finding. */
		return run->err.kind == ERR_CONFIG ? false : config_err(run, FINDING_DNS_RESOLVER);
	}
	config->resolver.trust_anchor = config->basic.trust_anchor;
	config->resolver.now_unix = run->now_unix;
	params->checks = walk_checks(config->checks);
	params->senders = config->outbound.list;
	params->sender_count = config->outbound.count;
	params->sender_hosts = config->outbound.hosts.items;
	params->family = config->basic.ipv4 ? AF_INET : config->basic.ipv6 ? AF_INET6 : AF_UNSPEC;
	params->sites = config->lists.sites;
	params->site_count = config->lists.count;
	params->fixed = config->basic.resolve.items;
	params->special_too = mx->allow_private;
	params->deadline = run->deadline;
	return true;
}

/* ---- the work -------------------------------------------------------------------------- */

static void
add_phase(const struct mx_facts *facts, struct run *run)
{
	struct report_phase phase = {.name = "dns",
	    .start_us = facts->started_us - run->started_us,
	    .span_us = facts->ended_us - facts->started_us,
	    .result = mx_resolver_silent(facts) ? PHASE_TIMED_OUT : PHASE_OK};

	phase.detail = arena_printf(
	    &run->arena, "%zu questions in %zu rounds", facts->batch.asked, facts->batch.rounds);
	report_phase(&run->report, &phase);
}

static void
connect_all(const struct config *config, const struct mx_facts *facts, struct run *run)
{
	struct mx_connect connect = {.settings = &config->target,
	    .facts = facts,
	    .ehlo_name = config->ehlo_name,
	    .port = config->basic.port ? (uint16_t)config->basic.port : PORT_SMTP,
	    .special_too = config->mx.allow_private};

	mx_connect(&connect, run);
}

/* The senders of the options and those that SPF names, in one list. */
static void
join_senders(const struct config *config, struct dns *dns, struct mx_params *params,
    struct spf_senders *found, struct run *run)
{
	if (!config->outbound.spf)
		return;
	spf_senders_find(found, params->domain, dns, params->deadline, OUTBOUND_RANGE_MAX);
	if (found->left_out > 0)
		report_line(&run->report, 0,
		    "%zu ranges of SPF are left out: more than %d addresses in all",
		    found->left_out, OUTBOUND_RANGE_MAX);
	if (!found->complete || found->count == 0)
		report_add(&run->report, FINDING_SPF_TEMPERROR, params->domain,
		    found->complete ? "SPF of %s names no address that can be asked about"
				    : "SPF of %s cannot be read: not all senders are known",
		    params->domain);
	found->list =
	    mem_grow(found->list, found->count + config->outbound.count + 1, sizeof(*found->list));
	for (size_t i = 0; i < config->outbound.count; i++)
		found->list[found->count++] = config->outbound.list[i];
	params->senders = found->list;
	params->sender_count = found->count;
}

static void
judge_policies(const struct config *config, const struct policy *policy,
    const struct mx_facts *facts, struct memory *memory, struct run *run)
{
	const struct judge_policy judge = {.report = &run->report,
	    .limits = &run->limits,
	    .params = &config->policy,
	    .facts = &policy->facts,
	    .mx = facts,
	    /* the words of the choice are in the order of the policies */
	    .dmarc_min = (enum dmarc_policy)(config->mx.dmarc_min + 1),
	    .memory = memory};

	judge_policy(&judge);
	show_policy(&judge);
}

/* Opened when all has been asked: another run waits only as long as this one judges. */
static bool
open_memory(const struct config *config, struct memory *memory, struct run *run)
{
	const char *domain = config->params.domain;

	return config->basic.state_dir && domain &&
	       memory_open(memory, config->basic.state_dir,
		   state_file_name(&run->arena, "mx", domain), run->deadline, run->now_unix,
		   &run->report);
}

static void
run(const void *opaque, struct run *run)
{
	const struct config *config = opaque;
	struct mx_params params = config->params;
	struct mx_facts facts;
	struct policy policy;
	struct mx_rider rider;
	struct spf_senders senders = {0};
	struct memory memory;
	struct dns dns;
	struct judge_mx judge = {.report = &run->report,
	    .limits = &run->limits,
	    .params = &params,
	    .facts = &facts,
	    .resolver = &config->resolver,
	    .lists = &config->lists,
	    .expect_mx = &config->expect_mx,
	    .expect_null_mx = config->mx.expect_null_mx,
	    .check_mx = (config->checks & CHECK_MX) != 0,
	    .allow_private = config->mx.allow_private,
	    .require_dnssec = config->basic.require_dnssec,
	    .ptr_ok = config->ptr_ok_set ? &config->ptr_ok : NULL,
	    .min_usable_percent = config->mx.min_usable,
	    .now_unix = run->now_unix};

	dns_init(&dns, &config->resolver);
	mx_facts_init(&facts);
	join_senders(config, &dns, &params, &senders, run);
	policy_init(&policy, &config->policy);
	rider = policy_rider(&policy);
	params.riders = &rider;
	params.rider_count = 1;
	mx_run(&params, &dns, &facts);
	policy_finish(&policy, &facts);
	add_phase(&facts, run);
	if (open_memory(config, &memory, run))
		judge.memory = &memory;
	if (judge_mx(&judge)) {
		show_mx(&judge);
		if (config->checks & CHECK_RBL)
			show_rbl(&judge);
		judge_policies(config, &policy, &facts, judge.memory, run);
	}
	if (judge.memory)
		memory_close(judge.memory, &run->report);
	if (config->mx.connect && !mx_resolver_silent(&facts))
		connect_all(config, &facts, run);
	else if (params.domain && facts.target_count > 0)
		report_metric(&run->report, METRIC_ADDRESSES, (double)facts.target_count);
	run_judged(run, 0);
	policy_free(&policy);
	mx_facts_free(&facts);
	spf_senders_free(&senders);
	dns_free(&dns);
}

static void
release(void *opaque)
{
	struct config *config = opaque;

	target_free(&config->target);
	rbl_lists_free(&config->lists);
	outbound_free(&config->outbound);
	strings_free(&config->expect_mx);
	if (config->ptr_ok_set)
		regfree(&config->ptr_ok);
}

extern const struct plugin check_mx_rbl;
const struct plugin check_mx_rbl = {
    .options = &options,
    .program = PROGRAM_MX,
    .service = "MX",
    .check = "mx",
    .description =
	"follows a mail domain through the DNS as senders do: MX, every address, its reverse name\n"
	"and what block lists say of it, and the records that speak for its mail: SPF evaluated "
	"in\n"
	"full for every sender, DKIM, DMARC, MTA-STS, TLS-RPT, TLSA. Every list has to prove in "
	"the same run that it works:\n"
	"its test entry must be listed, the one that must not be listed is not. Lists that "
	"refuse,\n"
	"list everything, are silent or dead are named, and when too few are left the state is\n"
	"UNKNOWN, never OK.\n"
	"With\n.Fl -state-dir\nit remembers since when name servers differ, and the MTA-STS "
	"policy that senders still hold.\n",
    .main_metric = METRIC_LISTED,
    .basic = offsetof(struct config, basic),
    .resolve = resolve,
    .run = run,
    .release = release,
};
