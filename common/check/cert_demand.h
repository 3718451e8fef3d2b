/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the user demands of a certificate beyond that it verifies: who issued
 * it, which one it is, how long it may live, that it is the one on disk.
 */
#ifndef COMMON_CHECK_CERT_DEMAND_H
#define COMMON_CHECK_CERT_DEMAND_H

#include <openssl/evp.h>

#include "check/judge.h"

/* The deployed certificates (--compare-file). */
struct cert_disk {
	const char *path; /* NULL: not asked */
	struct cert_chain certs;
	int64_t changed_unix; /* of the file */
};

/* Const while threads use it. */
struct cert_demands {
	const struct strings *issuers, *not_issuers; /* parts of CN or O */
	const char *serial;      /* upper-case hex without leading zeros; NULL */
	const char *fingerprint; /* SHA-256 in lower-case hex; NULL */
	int64_t maximum_days;    /* 0: the public rules, for public roots only */
	bool system_store;       /* public roots can be told from others */
	bool stapling, sct;
	struct cert_disk disk;
	const char *key_path; /* --key-file; NULL */
	EVP_PKEY *key;
};
/* Reads hex with or without colons. False: err is ERR_CONFIG. */
bool cert_demand_serial(
    struct cert_demands *demands, const char *text, struct arena *arena, struct err *err) MUST_USE;
bool cert_demand_fingerprint(
    struct cert_demands *demands, const char *text, struct arena *arena, struct err *err) MUST_USE;
void cert_demands_free(struct cert_demands *demands);

/* Of what a server sent: everything above. */
void judge_demanded(
    const struct judge *judge, const struct cert_demands *demands, const struct tls_facts *tls);
/* Of one certificate in a file: all but what only a server can do. path: verified, leaf to anchor. */
void judge_demanded_cert(const struct judge *judge, const struct cert_demands *demands,
    const struct cert_chain *chain, const struct cert_chain *path);

#endif
