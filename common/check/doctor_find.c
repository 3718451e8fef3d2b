/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns finding the services of a domain. Knows no dialog and judges nothing. */
#include "check/doctor_find.h"

#include <stdio.h>
#include <string.h>

#include "check/pool.h"
#include "check/srv.h"

#define CONNECT_US (2 * US_PER_S) /* for a guessed place */
#define PORTS 2
#define NAMES 3

struct service {
	const char *tls_srv, *srv;
	const char *labels[NAMES]; /* those that can mean only this service; NULL ends */
	struct {
		uint16_t port;
		bool tls;
	} ports[PORTS];
	bool on_mail; /* mail.DOMAIN is expected to have it */
};

static const struct service services[DOCTOR_SERVICES] = {
    [DOCTOR_SMTP] = {"_submissions._tcp", "_submission._tcp", {"smtp", NULL},
	{{587, false}, {465, true}}, true},
    [DOCTOR_IMAP] = {"_imaps._tcp", "_imap._tcp", {"imap", NULL}, {{993, true}, {143, false}},
	true},
    [DOCTOR_POP3] = {"_pop3s._tcp", "_pop3._tcp", {"pop", "pop3", NULL},
	{{995, true}, {110, false}}, false},
};

/* Domains hosted elsewhere: the zone of the MX tells whose servers these are. */
static const struct provider {
	const char *zone;
	const char *hosts[DOCTOR_SERVICES];
} providers[] = {
    {"google.com", {"smtp.gmail.com", "imap.gmail.com", "pop.gmail.com"}},
    {"googlemail.com", {"smtp.gmail.com", "imap.gmail.com", "pop.gmail.com"}},
    {"outlook.com", {"smtp.office365.com", "outlook.office365.com", "outlook.office365.com"}},
    {"yandex.net", {"smtp.yandex.com", "imap.yandex.com", "pop.yandex.com"}},
    {"yandex.ru", {"smtp.yandex.ru", "imap.yandex.ru", "pop.yandex.ru"}},
    {"mail.ru", {"smtp.mail.ru", "imap.mail.ru", "pop.mail.ru"}},
    {"rambler.ru", {"smtp.rambler.ru", "imap.rambler.ru", "pop.rambler.ru"}},
    {"mail.icloud.com", {"smtp.mail.me.com", "imap.mail.me.com", NULL}},
    {"yahoodns.net", {"smtp.mail.yahoo.com", "imap.mail.yahoo.com", "pop.mail.yahoo.com"}},
    {"gmx.net", {"mail.gmx.net", "imap.gmx.net", "pop.gmx.net"}},
};

/* ---- names ------------------------------------------------------------------------------- */

enum standing { NAME_ABSENT, NAME_THERE, NAME_UNKNOWN };

/* Whether the name has an address. Unknown: nobody could tell. */
static enum standing
find_name(const struct doctor_find_params *params, const char *host, struct addresses *out)
{
	struct lookup lookup = {.basic = params->basic, .deadline = params->deadline};
	struct err err = {0};

	if (lookup_host(&lookup, host, 0, out, &err))
		return NAME_THERE;
	return err.kind == ERR_RESOLVE &&
		       (err.code == ERR_RESOLVE_NXDOMAIN || err.code == ERR_RESOLVE_NO_ADDRESS)
		   ? NAME_ABSENT
		   : NAME_UNKNOWN;
}

static bool
answers(const struct doctor_find_params *params, const struct addresses *addresses, uint16_t port)
{
	for (size_t i = 0; i < addresses->count && i < 2; i++) {
		struct address address = addresses->list[i];
		struct socket_stream socket = {0};
		bool connected;

		address_set_port(&address, port);
		connected = socket_connect(
		    &socket, &address, deadline_sooner(params->deadline, deadline_in(CONNECT_US)));
		stream_close(&socket.stream);
		if (connected)
			return true;
	}
	return false;
}

bool
doctor_find_web(const struct doctor_find_params *params, const char *host)
{
	struct addresses *addresses = mem_alloc(sizeof(*addresses));
	bool there = find_name(params, host, addresses) == NAME_THERE &&
		     (answers(params, addresses, 443) || answers(params, addresses, 80));

	mem_free(addresses);
	return there;
}

/* ---- one service --------------------------------------------------------------------------- */

struct search {
	const struct doctor_find_params *params;
	struct doctor_places *out;
	const struct provider *provider; /* NULL: none known */
};

static void
settle(const struct search *search, const struct service *service, const char *host, size_t port,
    struct doctor_place *place)
{
	place->offered = true;
	place->port = service->ports[port].port;
	place->tls = service->ports[port].tls;
	place->trusted = dns_name_within(host, search->params->domain);
	snprintf(place->host, sizeof(place->host), "%s", host);
}

/* True: the matter is settled, also when the domain says that there is none. */
static bool
by_srv(const struct search *search, const struct service *service, struct doctor_place *place)
{
	const struct doctor_find_params *params = search->params;
	struct srv_params srv = {.domain = params->domain,
	    .tls_name = service->tls_srv,
	    .name = service->srv,
	    .resolver = &params->basic->resolver,
	    .deadline = params->deadline};
	struct srv_found found;
	struct err err = {0};

	if (!srv_find(&srv, &found, &err))
		return found.denied;
	place->offered = true;
	place->port = found.port;
	place->tls = found.tls;
	place->trusted = found.inside || found.secure;
	snprintf(place->host, sizeof(place->host), "%s", found.host);
	return true;
}

/* What a name promises beside taking a connection. */
enum promise {
	PROMISES_NOTHING, /* a web server's name, perhaps */
	PROMISES_MAIL, /* if it exists, the service is there, and broken when it does not answer */
	PROMISES_SERVICE /* likewise; and when nobody can say whether it exists, it is taken to */
};

static bool
by_name(const struct search *search, const struct service *service, const char *host,
    enum promise promise, struct doctor_place *place)
{
	struct addresses *addresses = mem_alloc(sizeof(*addresses));
	enum standing standing = find_name(search->params, host, addresses);

	for (size_t i = 0; standing == NAME_THERE && !place->offered && i < PORTS; i++)
		if (answers(search->params, addresses, service->ports[i].port))
			settle(search, service, host, i, place);
	if (!place->offered && ((standing == NAME_THERE && promise >= PROMISES_MAIL) ||
				   (standing == NAME_UNKNOWN && promise == PROMISES_SERVICE)))
		settle(search, service, host, 0, place);
	mem_free(addresses);
	return place->offered;
}

static void
find_service(void *context, size_t index)
{
	const struct search *search = context;
	const struct service *service = &services[index];
	struct doctor_place *place = &search->out->services[index];
	const char *domain = search->params->domain;
	char host[300];

	if (!search->params->wanted[index] && !search->params->wanted[DOCTOR_CERT])
		return;
	if (by_srv(search, service, place))
		return;
	for (size_t i = 0; service->labels[i]; i++) {
		snprintf(host, sizeof(host), "%s.%s", service->labels[i], domain);
		if (by_name(search, service, host,
			service->on_mail ? PROMISES_SERVICE : PROMISES_MAIL, place))
			return;
	}
	if (search->provider && search->provider->hosts[index]) {
		settle(search, service, search->provider->hosts[index], 0, place);
		return;
	}
	snprintf(host, sizeof(host), "mail.%s", domain);
	if (!by_name(
		search, service, host, service->on_mail ? PROMISES_MAIL : PROMISES_NOTHING, place))
		by_name(search, service, domain, PROMISES_NOTHING, place);
}

/* ---- the domain ---------------------------------------------------------------------------- */

static const struct provider *
provider_of(const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		for (size_t j = 0; j < ARRAY_LEN(providers); j++)
			if (dns_name_within(answer->records[i].mx.host, providers[j].zone))
				return &providers[j];
	return NULL;
}

static void
find_mx(struct search *search)
{
	const struct doctor_find_params *params = search->params;
	struct dns_question question = {.name = params->domain, .type = DNS_TYPE_MX};
	struct dns_settings settings;
	struct err err = {0};
	struct dns dns;

	if (!lookup_servers(&settings, &params->basic->resolver, NULL, &err))
		return;
	dns_init(&dns, &settings);
	dns_ask(&dns, &question, 1, params->deadline);
	if (question.status == DNS_ANSWERED)
		search->provider = provider_of(&question.answer);
	dns_free(&dns);
}

void
doctor_find(const struct doctor_find_params *params, struct doctor_places *out)
{
	struct search search = {.params = params, .out = out};

	*out = (struct doctor_places){0};
	find_mx(&search);
	pool_run(DOCTOR_SERVICES, DOCTOR_SERVICES, find_service, &search);
}
