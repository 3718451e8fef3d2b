/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a domain says about its senders and receivers: SPF, DKIM keys, DMARC,
 * MTA-STS, TLS-RPT, TLSA, BIMI. It rides along with the walk of the domain
 * (dialog/mx.h): before each round everything is read again as far as answers
 * are there, and what is missing is asked. Facts only.
 */
#ifndef COMMON_DIALOG_POLICY_H
#define COMMON_DIALOG_POLICY_H

#include <pthread.h>

#include "dialog/mx.h"
#include "dialog/spf_survey.h"
#include "net/http.h"
#include "wire/dkim_key.h"
#include "wire/dmarc_record.h"
#include "wire/mtasts.h"
#include "wire/tlsrpt.h"

#define POLICY_SELECTORS_MAX 32
#define POLICY_RUA_MAX 10
#define POLICY_WALK_MAX 8 /* DMARC's questions up the tree (RFC 9989, 4.10) */

enum policy_check {
	POLICY_SPF = 1,
	POLICY_DKIM = 2,
	POLICY_DMARC = 4,
	POLICY_MTASTS = 8,
	POLICY_TLSRPT = 16,
	POLICY_DANE = 32,
	POLICY_BIMI = 64
};

struct policy_params {
	const char *domain; /* A-labels, lower case */
	unsigned checks;    /* enum policy_check */
	const char *const *selectors;
	size_t selector_count;
	const char *helo; /* of SPF's senders; NULL: the domain */
	bool dnssec;      /* TLSA with its signatures */
	int64_t now_unix;
	struct deadline deadline;
	const struct tls_settings *tls; /* trust store of the policy's web host */
	bool allow_private;             /* ... which may have a private address */
	uint16_t https_port;            /* 0: 443. Tests only: no option leads here */
};

enum policy_state {
	POLICY_UNKNOWN = 0, /* not asked, or not answered yet */
	POLICY_ABSENT,
	POLICY_SEVERAL, /* more than one record */
	POLICY_BROKEN,  /* one, with a fault */
	POLICY_FOUND,
	POLICY_FAILED /* no yes or no came */
};

/* One record in TXT. */
struct policy_txt {
	enum policy_state state;
	enum dns_status status; /* of the question */
	const char *name;       /* where it was looked for */
	const char *text;       /* raw; NULL unless there is exactly one */
	size_t len;             /* of text */
	const char *fault; /* of POLICY_BROKEN: in words; of POLICY_FAILED: the status in words */
	size_t count;      /* records that claim to be one */
};

struct policy_sender {
	const char *address;
	struct spf_verdict verdict;
};

struct policy_dkim {
	const char *selector;
	struct policy_txt txt;
	struct dkim_key key;
};

enum policy_rua_state {
	POLICY_RUA_UNKNOWN = 0,
	POLICY_RUA_GOOD,
	POLICY_RUA_NO_URI,       /* not mailto: */
	POLICY_RUA_NO_MAIL,      /* its domain takes no mail */
	POLICY_RUA_NOT_PERMITTED /* the other domain does not say that it wants them */
};

struct policy_dmarc {
	struct policy_txt txt; /* of the name it was found at */
	const char *domain;    /* of the record that counts; NULL: none */
	const char *organisational;
	struct dmarc_record record;
	struct {
		const char *uri, *domain;
		enum policy_rua_state state;
	} rua[POLICY_RUA_MAX];
	size_t rua_count;
};

struct policy_mtasts {
	struct policy_txt txt;
	const char *id;
	bool wanted, begun, fetched; /* a policy is announced; asked; its answer came in full */
	struct http_facts http;
	struct mtasts_policy policy; /* parsed of a 200 */
};

struct policy_dane {
	const char *host;
	const struct dns_question *tlsa;
	bool address_secure; /* its A or AAAA */
	size_t usable, unusable;
	const char *why; /* the first unusable one, in words; NULL */
};

struct policy_facts {
	struct spf_survey spf;
	struct policy_sender *senders;
	size_t sender_count;
	struct policy_dkim dkim[POLICY_SELECTORS_MAX];
	size_t dkim_count;
	struct policy_dmarc dmarc;
	struct policy_mtasts mtasts;
	struct policy_txt tlsrpt_txt;
	struct tlsrpt tlsrpt;
	struct policy_dane dane[MX_HOSTS_MAX];
	size_t dane_count;
	bool validates; /* somebody we believe says that something is secure */
	struct policy_txt bimi;
};

/* The work of one run. */
struct policy {
	const struct policy_params *params;
	struct policy_facts facts;
	struct arena arena;   /* lookups, and all that stays */
	struct arena scratch; /* what a pass read; the last one's stays */
	struct policy_lookup *lookups;
	struct dns_batch *batch; /* of the round being made ready; NULL: it is over */
	pthread_t thread;        /* that fetches the policy; only if begun */
	struct addresses web;
	char url[320];
};

/* params are kept by pointer. */
void policy_init(struct policy *policy, const struct policy_params *params);
void policy_free(struct policy *policy);
/* For mx_params.riders. */
struct mx_rider policy_rider(struct policy *policy);
/* After mx_run(), while its facts and struct dns live: what has no answer by now has failed. */
void policy_finish(struct policy *policy, const struct mx_facts *mx);

#endif
