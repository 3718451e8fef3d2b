/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what mx: and srv: stand for: the hosts a domain's records name, each a target. */
#include <string.h>

#include "check/cert_plan.h"
#include "check/lookup.h"
#include "dialog/dns_batch.h"

/* Protocols that SRV records are asked for, with and without implicit TLS. */
#define SRV_NAMES_MAX ((size_t)2 * PROTO_COUNT)

static void
fail(const struct cert_plan *plan, struct run *run, const struct cert_target *target,
    const struct err *err)
{
	struct judge judge = cert_judge_of(plan, run, target, target->subject, &run->report);
	struct session_facts facts;

	session_facts_init(&facts);
	phase_begin(&facts.phases, PHASE_DNS);
	err_take(&facts.err, err);
	phase_end(&facts.phases, err->kind == ERR_TIMEOUT ? PHASE_LATE : PHASE_FAULT);
	judge_ending(&judge, &facts);
	judge_unexplained(&judge, &facts);
	session_facts_free(&facts);
}

/* RFC 5321, 5.1: without MX the domain's own address; RFC 7505: "." takes no mail at all. */
static bool
expand_mx(struct cert_targets *targets, const struct cert_target *of, struct dns *dns,
    struct deadline deadline, struct err *err)
{
	struct dns_question question = {.name = of->host, .type = DNS_TYPE_MX};

	dns_ask(dns, &question, 1, deadline);
	if (question.status == DNS_NODATA) {
		cert_targets_add(targets, of->proto, of->mode, of->host, of->port);
		return true;
	}
	if (question.status != DNS_ANSWERED)
		return dns_err(&question, err);
	dns_batch_order(&question);
	for (size_t i = 0; i < question.answer.count; i++) {
		const char *host = question.answer.records[i].mx.host;

		if (strcmp(host, ".") == 0)
			return err_set(err, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS,
			    "%s takes no mail (null MX)", of->host);
		cert_targets_add(targets, of->proto, of->mode, host, of->port);
	}
	return true;
}

/* One question for each service that has a name for its SRV records. */
static size_t
srv_questions(struct dns_question *questions, struct arena *arena, const char *domain,
    const struct proto *protos[SRV_NAMES_MAX])
{
	size_t count = 0;

	for (int id = 0; id < PROTO_COUNT; id++) {
		const struct proto *proto = proto_get((enum proto_id)id);
		const char *const names[] = {proto->tls_srv, proto->srv};

		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (!names[i])
				continue;
			protos[count] = proto;
			questions[count].context = i == 0 ? questions : NULL; /* implicit TLS */
			questions[count].type = DNS_TYPE_SRV;
			questions[count++].name = arena_printf(arena, "%s.%s", names[i], domain);
		}
	}
	return count;
}

static bool
expand_srv(struct cert_targets *targets, const struct cert_target *of, struct dns *dns,
    struct deadline deadline, struct err *err)
{
	struct dns_question questions[SRV_NAMES_MAX] = {{0}};
	const struct proto *protos[SRV_NAMES_MAX];
	size_t count = srv_questions(questions, targets->arena, of->host, protos);
	bool found = false;

	dns_ask(dns, questions, count, deadline);
	for (size_t q = 0; q < count; q++) {
		const struct dns_answer *answer = &questions[q].answer;

		if (!dns_is_answer(&questions[q]))
			return dns_err(&questions[q], err);
		dns_batch_order(&questions[q]);
		for (size_t i = 0; i < answer->count; i++) {
			if (strcmp(answer->records[i].srv.host, ".") == 0)
				continue;
			cert_targets_add(targets, protos[q],
			    questions[q].context ? SESSION_TLS : SESSION_STARTTLS,
			    answer->records[i].srv.host, answer->records[i].srv.port);
			found = true;
		}
	}
	return found || err_set(err, ERR_RESOLVE, ERR_RESOLVE_NXDOMAIN,
			    "%s has no SRV record of a service known here", of->host);
}

static bool
expand(struct cert_targets *targets, const struct cert_target *of, const struct run *run,
    struct deadline deadline, struct err *err)
{
	struct dns_settings settings = {0};
	struct dns dns;
	bool good;

	if (!lookup_servers(&settings, &run->basic->resolver, NULL, err))
		return false;
	dns_init(&dns, &settings);
	good = of->kind == CERT_TARGET_MX ? expand_mx(targets, of, &dns, deadline, err)
					  : expand_srv(targets, of, &dns, deadline, err);
	dns_free(&dns);
	return good;
}

void
cert_expand(const struct cert_plan *plan, struct run *run)
{
	struct cert_targets *targets = plan->targets;
	size_t count = targets->count, kept = 0;
	/* What needs no name server is not to suffer from one that is silent. */
	struct deadline deadline = deadline_in(deadline_left_us(run->deadline) / 2);

	for (size_t i = 0; i < count; i++) {
		const struct cert_target of = targets->list[i];
		struct err err = {0};

		if ((of.kind == CERT_TARGET_MX || of.kind == CERT_TARGET_SRV) &&
		    !expand(targets, &of, run, deadline, &err))
			fail(plan, run, &of, &err);
	}
	for (size_t i = 0; i < targets->count; i++)
		if (targets->list[i].kind == CERT_TARGET_NET ||
		    targets->list[i].kind == CERT_TARGET_FILE)
			targets->list[kept++] = targets->list[i];
	targets->count = kept;
}
