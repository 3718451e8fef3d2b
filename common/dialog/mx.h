/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk of a mail domain through the DNS (RFC 5321, 5.1): domain, mail
 * hosts, their addresses, reverse names, block lists; and senders given by hand.
 * It goes in rounds: what can be asked at once is asked at once. Facts only.
 */
#ifndef COMMON_DIALOG_MX_H
#define COMMON_DIALOG_MX_H

#include "dialog/dns_batch.h"
#include "wire/dnsbl.h"
#include "wire/ip_kind.h"

#define MX_HOSTS_MAX 32     /* used, of any number */
#define MX_ADDRESSES_MAX 64 /* of all mail hosts */
#define MX_PTR_MAX 8        /* reverse names of an address */
#define MX_SERVERS_MAX 26   /* addresses of name servers */
#define MX_ROUNDS_MAX 16    /* more is a circle */

enum mx_check {
	MX_CHECK_NS = 1,
	MX_CHECK_PTR = 2,
	MX_CHECK_LISTS = 4,
	MX_CHECK_DNSSEC = 8,
	MX_CHECK_SRV = 16
};

struct mx_facts;

/* Who asks along in the same rounds: called before each, with what is known by then. */
struct mx_rider {
	void *context;
	void (*advance)(void *context, const struct mx_facts *facts, struct dns_batch *batch);
};

struct mx_params {
	const char *domain; /* A-labels; NULL: senders only */
	unsigned checks;    /* enum mx_check */
	const struct address *senders;
	size_t sender_count;
	const char *const *sender_hosts; /* NULL-terminated, or NULL */
	const char *helo;                /* its addresses are looked up; NULL */
	int family;                      /* AF_UNSPEC, AF_INET, AF_INET6 */
	const struct dnsbl_site *sites;
	size_t site_count;
	const char *const *fixed; /* "HOST:ADDR" of --resolve, NULL-terminated or NULL */
	bool special_too;         /* addresses that are not public have reverse names here */
	uint16_t ns_port;         /* 0: 53 */
	struct deadline deadline;
	const struct mx_rider *riders;
	size_t rider_count;
};

/* A name and its addresses; asked once, however often it is met. */
struct mx_name {
	const char *text;
	struct dns_question *a, *aaaa; /* NULL: not wanted, not a host name, or fixed */
	struct address *list;          /* in the order of the answers, once heard */
	size_t count, left_out;        /* more than ADDRESSES_MAX */
	bool asked, heard;
};
/* Neither question got a yes or no. */
bool mx_name_unknown(const struct mx_name *name);
/* Its addresses of a family are known: answered, or fixed; an answer of none counts. */
bool mx_name_knows(const struct mx_name *name, int family);
/* A or AAAA says that the name does not exist. */
bool mx_name_missing(const struct mx_name *name);
/* The name it stands for, or NULL if it is no CNAME. */
const char *mx_name_alias(const struct mx_name *name);
bool mx_name_has(const struct mx_name *name, const struct address *address);

struct mx_host {
	const char *text;     /* as in the record */
	struct mx_name *name; /* NULL: not a host name */
	uint16_t preference;
	uint32_t ttl_s;
	bool implicit; /* no MX: the domain itself */
};

/* An address that sends or receives mail. */
struct mx_target {
	struct address address;
	const char *host; /* the mail host or sender it was found by; NULL: given by hand */
	bool receiver;    /* of a mail host */
	bool sender;      /* --outbound; may be both */
	enum ip_kind kind;
	const char *what;         /* words for a kind that is not public */
	struct dns_question *ptr; /* NULL: not asked */
	struct mx_name *reverse[MX_PTR_MAX];
	size_t reverse_count, reverse_left_out;
	int stage;
};
/* A reverse name leads back. unknown_out: some of them could not be asked. */
bool mx_target_confirmed(const struct mx_target *target, bool *unknown_out);

/* One name server's own word. */
struct mx_server {
	const char *name;
	struct address address;
	struct dns_question *mx, *soa;
};

struct mx_service {
	const char *label; /* "_imaps" */
	struct dns_question *question;
	struct mx_name *target; /* of the first record; NULL: none, or "." */
};
#define MX_SERVICES 6

/* What a list says of a target. */
struct mx_listing {
	const struct dnsbl_site *site;
	const char *target; /* address or domain */
	enum dnsbl_kind kind;
	struct dns_question *real, *txt; /* txt: NULL unless there is an A */
	struct dnsbl_result result;
	bool beside; /* the list does not know this kind of target: says nothing */
};

/* The test points of a list for a kind of target: asked in the round of the first question. */
struct mx_control {
	struct dns_question *listed[DNSBL_KINDS], *clean[DNSBL_KINDS];
};

struct mx_facts {
	struct arena arena;
	struct dns_batch batch;
	struct dns_question *mx, *ns, *zone_ns; /* zone_ns: the domain is no zone of its own */
	struct dns_question *unchecked;         /* MX with CD, after SERVFAIL */
	struct dns_question *root;              /* NS of the root, when MX has no answer */
	struct mx_name *domain, *helo;
	struct mx_host *hosts;
	size_t host_count, host_left_out;
	struct mx_name **names;
	size_t name_count, name_room;
	struct mx_name *sender_names[MX_HOSTS_MAX];
	size_t sender_name_count;
	struct mx_target *targets;
	size_t target_count, target_room, target_left_out;
	struct mx_name *ns_names[MX_SERVERS_MAX];
	size_t ns_name_count;
	struct mx_server servers[MX_SERVERS_MAX];
	size_t server_count;
	struct mx_service services[MX_SERVICES];
	struct mx_control *controls; /* one a site */
	struct mx_listing *listings;
	size_t listing_count, listing_room;
	int64_t started_us, ended_us; /* from mx_facts_init() on */
	uint64_t questions;           /* asked by dns until the end, for whatever */
	int stage, ns_stage;
};
void mx_facts_init(struct mx_facts *facts);
void mx_facts_free(struct mx_facts *facts);

/*
 * Walks until nobody has a question any more or the deadline is there. dns
 * holds the answers: it must live as long as the facts.
 */
void mx_run(const struct mx_params *params, struct dns *dns, struct mx_facts *facts);
/* There is a resolver, and it answers nothing: not about the domain, nor the root or any list. */
bool mx_resolver_fails(const struct mx_facts *facts);
/* Nothing came back at all: no resolver answers. */
bool mx_resolver_silent(const struct mx_facts *facts);

#endif
