/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns choosing a host out of SRV records. Knows no protocol. */
#include "check/srv.h"

#include <stdio.h>
#include <string.h>

static bool
is_better(const struct dns_record *a, const struct dns_record *b)
{
	if (!b || a->srv.priority != b->srv.priority)
		return !b || a->srv.priority < b->srv.priority;
	return a->srv.weight > b->srv.weight;
}

static const struct dns_record *
best(const struct dns_question *question)
{
	const struct dns_record *found = NULL;

	for (size_t i = 0; i < question->answer.count; i++)
		if (is_better(&question->answer.records[i], found))
			found = &question->answer.records[i];
	return found;
}

/* "." says that there is no such service, on purpose (RFC 2782). */
static bool
is_denied(const struct dns_record *record)
{
	return record && strcmp(record->srv.host, ".") == 0;
}

static void
take(const struct dns_question *question, const struct srv_params *params, struct srv_found *out)
{
	const struct dns_record *record = best(question);

	if (!dns_name_is_host(record->srv.host) || record->srv.port == 0) {
		snprintf(out->broken, sizeof(out->broken), "%.80s leads to '%.80s', port %u",
		    question->name, record->srv.host, record->srv.port);
		return;
	}
	snprintf(out->host, sizeof(out->host), "%s", record->srv.host);
	out->port = record->srv.port;
	out->secure = question->secure;
	out->inside = dns_name_within(out->host, params->domain);
}

static bool
choose(struct dns_question *questions, size_t count, const struct srv_params *params,
    struct srv_found *out, struct err *err)
{
	const struct dns_question *failed = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct dns_record *record = best(&questions[i]);

		out->forged |= questions[i].forged;
		if (!dns_is_answer(&questions[i]))
			failed = &questions[i];
		out->denied |= is_denied(record);
		if (!record || is_denied(record))
			continue;
		out->tls = questions[i].context != NULL;
		take(&questions[i], params, out);
		return out->host[0] != '\0';
	}
	if (failed)
		return dns_err(failed, err);
	snprintf(out->broken, sizeof(out->broken),
	    out->denied ? "%.100s says by its SRV records that it has no such service"
			: "%.100s has no SRV record of this service",
	    params->domain);
	return false;
}

bool
srv_find(const struct srv_params *params, struct srv_found *out, struct err *err)
{
	const char *const wanted[] = {params->tls_name, params->name};
	char names[ARRAY_LEN(wanted)][300];
	struct dns_question questions[ARRAY_LEN(wanted)] = {0};
	struct dns_settings settings;
	struct dns dns;
	size_t count = 0;
	bool found;

	*out = (struct srv_found){0};
	if (!lookup_servers(&settings, params->resolver, params->resolv_conf, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		if (!wanted[i])
			continue;
		snprintf(names[i], sizeof(names[i]), "%s.%s", wanted[i], params->domain);
		questions[count++] = (struct dns_question){.name = names[i],
		    .type = DNS_TYPE_SRV,
		    .context = i == 0 ? out : NULL}; /* a mark: the name with TLS */
	}
	dns_init(&dns, &settings);
	dns_ask(&dns, questions, count, params->deadline);
	found = choose(questions, count, params, out, err);
	dns_free(&dns);
	return found;
}
