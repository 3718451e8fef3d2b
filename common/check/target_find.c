/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the step from a target's name to its addresses, by SRV where that is
 * wanted, and what of it goes into the report. Declared in check/target.h.
 */
#include <string.h>

#include "check/lookup.h"
#include "check/srv.h"
#include "check/target.h"

static void
say_forged(struct run *run)
{
	report_add(&run->report, FINDING_DNS_FORGED, run->subject,
	    "more than %d answers matched no question; they were not believed", DNS_FORGED_MAX);
}

/*
 * Whoever can change DNS on the way can lead a mail program anywhere, with a
 * certificate that is good for that place (RFC 6186, 6). A secret goes out of
 * the domain only where its own signature or the user says so.
 */
static bool
may_follow(const struct target *target, const struct srv_found *found, struct run *run)
{
	if (!target->guards_secret || found->inside || found->secure ||
	    target->connection->verify_name.count > 0)
		return true;
	report_add(&run->report, FINDING_CLIENT_PASSWORD_POLICY, run->subject,
	    "the SRV records of %s lead to %s, outside the domain and without DNSSEC: no secret is "
	    "sent there; give --hostname or --verify-name %s",
	    target->srv, found->host, found->host);
	return false;
}

static bool
find_service(struct target *target, struct run *run, struct err *err)
{
	const struct connection_opts *c = target->connection;
	struct srv_params params = {
	    .domain = target->srv,
	    .tls_name = c->starttls || c->cleartext ? NULL : target->proto->tls_srv,
	    .name = c->tls ? NULL : target->proto->srv,
	    .resolver = &target->basic->resolver,
	    .deadline = run->deadline,
	};
	struct srv_found found;
	bool good = srv_find(&params, &found, err);

	if (found.forged)
		say_forged(run);
	if (found.broken[0])
		report_add(&run->report, FINDING_SRV_BROKEN, run->subject, "%s", found.broken);
	if (!good || !may_follow(target, &found, run))
		return false;
	target_move(target, run, found.host, found.port,
	    found.tls      ? SESSION_TLS
	    : c->cleartext ? SESSION_CLEARTEXT
			   : SESSION_STARTTLS);
	return true;
}

static bool
find_addresses(const struct target *target, struct run *run, struct lookup *lookup,
    struct addresses *out, struct err *err)
{
	bool good;

	lookup->basic = target->basic;
	lookup->by_engine = target->srv || target->connection->dane;
	lookup->deadline = run->deadline;
	good = lookup_host(lookup, target->host, target->port, out, err);
	if (lookup->forged)
		say_forged(run);
	if (target->srv && lookup->alias[0])
		report_add(&run->report, FINDING_SRV_BROKEN, run->subject,
		    "the SRV target %s is an alias of %.200s, which it must not be", target->host,
		    lookup->alias);
	return good;
}

/* A typing error is the likeliest cause where one letter makes another name of it. */
static void
say_nearest(struct run *run, const char *nearest)
{
	struct report *report = &run->report;
	struct report_finding *last = &report->findings[report->finding_count - 1];

	if (!nearest[0] || last->id != FINDING_DNS_NXDOMAIN)
		return;
	report_why(report, last, "a typing error in the name: %s exists", nearest);
	report_why(
	    report, last, "the record was removed, and the other name was made in its place");
	report_next(report, last, "here: -H %s, if that is the server meant", nearest);
	report_next(report, last, "here: dig {host}; in the zone: is the record still there?");
}

static void
describe(
    const struct target *target, const struct addresses *addresses, struct session_facts *facts)
{
	phase_detail(&facts->phases, "%s%s%s%zu address%s: %s%s", target->srv ? "SRV of " : "",
	    target->srv ? target->srv : "", target->srv ? "; " : "", addresses->count,
	    addresses->count == 1 ? "" : "es", addresses->list[0].text,
	    addresses->count > 1 ? " ..." : "");
}

bool
target_find(struct target *target, struct run *run, struct addresses *addresses)
{
	struct session_facts facts;
	struct lookup lookup = {0};
	struct judge judge = {
	    .proto = target->proto, .report = &run->report, .limits = &run->limits};
	bool good;

	session_facts_init(&facts);
	if (target->is_name)
		phase_begin(&facts.phases, PHASE_DNS);
	good = (!target->srv || find_service(target, run, &facts.err)) &&
	       find_addresses(target, run, &lookup, addresses, &facts.err);
	phase_end(&facts.phases, good                            ? PHASE_DONE
				 : facts.err.kind == ERR_TIMEOUT ? PHASE_LATE
								 : PHASE_FAULT);
	judge.host = target->host;
	judge.port = target->port;
	judge.endpoint = run->subject;
	if (good) {
		describe(target, addresses, &facts);
	} else {
		run_judged(run, 0);
		judge_ending(&judge, &facts);
		judge_unexplained(&judge, &facts);
		say_nearest(run, lookup.nearest);
	}
	judge.endpoint = NULL;
	judge_phases(&judge, &facts, run->started_us);
	session_facts_free(&facts);
	return good;
}
