/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the asking of the zone's own name servers, each for itself. */
#include "dialog/mx_walk.h"

/* The zone that the domain lies in, when it is none itself: the SOA says so. */
static const char *
zone_of(const struct dns_question *ns)
{
	const struct dns_record *soa = ns->status == DNS_NODATA ? ns->answer.soa : NULL;

	return soa ? soa->owner : NULL;
}

static void
take_names(const struct mx_params *params, struct mx_facts *facts, const struct dns_question *ns)
{
	for (size_t i = 0; i < ns->answer.count && facts->ns_name_count < MX_SERVERS_MAX; i++) {
		struct mx_name *name = mx_names_want(params, facts, ns->answer.records[i].name);

		if (name)
			facts->ns_names[facts->ns_name_count++] = name;
	}
}

static void
ask_server(const struct mx_params *params, struct mx_facts *facts, const struct mx_name *name,
    const struct address *address)
{
	struct mx_server *server = &facts->servers[facts->server_count];

	if (facts->server_count == MX_SERVERS_MAX)
		return;
	facts->server_count++;
	*server = (struct mx_server){.name = name->text, .address = *address};
	address_set_port(&server->address, params->ns_port ? params->ns_port : DNS_PORT);
	server->mx = dns_batch_add(&facts->batch, params->domain, DNS_TYPE_MX,
	    DNS_NO_RECURSION | DNS_BRIEF, &server->address);
	server->soa =
	    dns_batch_add(&facts->batch, facts->zone_ns ? facts->zone_ns->name : params->domain,
		DNS_TYPE_SOA, DNS_NO_RECURSION | DNS_BRIEF, &server->address);
}

void
mx_servers_advance(const struct mx_params *params, struct mx_facts *facts)
{
	const struct dns_question *ns = facts->zone_ns ? facts->zone_ns : facts->ns;
	const char *zone;

	if (!ns || ns->status == DNS_UNASKED)
		return;
	if (facts->ns_stage == 0) {
		facts->ns_stage = 1;
		zone = zone_of(ns);
		if (zone && ns == facts->ns && facts->zone_ns == NULL) {
			facts->zone_ns = dns_batch_add(&facts->batch, zone, DNS_TYPE_NS, 0, NULL);
			facts->ns_stage = 0;
			return;
		}
		take_names(params, facts, ns);
		return;
	}
	if (facts->ns_stage > 1)
		return;
	facts->ns_stage = 2;
	for (size_t i = 0; i < facts->ns_name_count; i++)
		for (size_t j = 0; j < facts->ns_names[i]->count; j++)
			ask_server(params, facts, facts->ns_names[i], &facts->ns_names[i]->list[j]);
}
