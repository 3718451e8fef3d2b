/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DNS messages (RFC 1035, 4): a query to bytes, an answer to records. Pure
 * functions on bytes that may be hostile (RFC 9267 lists the traps): what does
 * not fit exactly is malformed, and nothing of it is handed out.
 */
#ifndef COMMON_WIRE_DNS_MSG_H
#define COMMON_WIRE_DNS_MSG_H

#include "base/base.h"
#include "base/mem.h"
#include "wire/dns_name.h"

#define DNS_QUERY_MAX 288 /* header, question, OPT */
#define DNS_UDP_SIZE 1232 /* what we say we take (RFC 9715, 3.2) */
#define DNS_CHAIN_MAX 8   /* CNAME hops */
#define DNS_EDE_MAX 4

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_DS = 43,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_TLSA = 52
};
/* "MX"; "TYPE99" style numbers are not made: "?" for one not listed above. */
const char *dns_type_word(unsigned type);

enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5
};
/* "SERVFAIL"; "rcode 11" is written into out for others. Returns the word. */
const char *dns_rcode_word(unsigned rcode, char out[16]);

/* Names are text as dns_name_text() makes it. */
struct dns_record {
	const char *owner;
	uint16_t type; /* tells which member holds the data; others have none */
	uint32_t ttl;  /* seconds; above 2^31 is 0 (RFC 2181, 8) */
	union {
		uint8_t a[4];
		uint8_t aaaa[16];
		const char *name; /* CNAME NS PTR */
		struct {
			uint16_t preference;
			const char *host; /* "." in a null MX (RFC 7505) */
		} mx;
		struct {
			const char
			    *text; /* strings joined; raw bytes, NUL possible; a NUL follows */
			size_t len;
		} txt;
		struct {
			const char *primary, *mailbox;
			uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
		} soa;
		struct {
			uint16_t priority, weight, port;
			const char *host; /* ".": decidedly not available (RFC 2782) */
		} srv;
		struct {
			uint8_t usage, selector, matching;
			const uint8_t *data;
			size_t len;
		} tlsa;
		struct {
			uint16_t key_tag;
			uint8_t algorithm, digest_type;
			const uint8_t *digest;
			size_t len;
		} ds;
		struct {
			uint16_t covered; /* type */
			uint8_t algorithm, labels;
			uint32_t begins, ends; /* serial arithmetic: dns_time() */
			uint16_t key_tag;
			const char *signer;
		} rrsig;
	};
};
/* A 32-bit time of RRSIG as unix seconds: the one nearest to now (RFC 4034, 3.1.5). */
int64_t dns_time(uint32_t time, int64_t now_unix);

/* Why an answer failed or how much it is worth (RFC 8914). */
struct dns_ede {
	uint16_t code;
	const char *text; /* raw bytes of the server up to a NUL, 255 at most; "" when none */
};
/* "Signature Expired"; "" for a code of the future. */
const char *dns_ede_word(unsigned code);

/* What an answer says about its question. */
struct dns_answer {
	unsigned rcode;     /* with the upper bits of EDNS */
	bool authoritative; /* AA */
	bool truncated;     /* TC: then there are no records */
	bool authentic;     /* AD as sent; whether to believe it is net/dns.h's */
	bool recursion;     /* RA */
	bool edns;          /* an OPT record came */
	/* Of the type asked, at the end of the CNAME chain. */
	struct dns_record *records;
	size_t count;
	size_t left_out; /* beyond the budget */
	/* The chain of CNAMEs: canonical is the last name of it, the name asked without one. */
	struct dns_record *chain;
	size_t hops;
	const char *canonical;
	/* RRSIG over the records (only with DNSSEC data asked for). */
	struct dns_record *signatures;
	size_t signature_count;
	const struct dns_record *soa; /* of the authority section, else NULL */
	struct dns_record *referral;  /* NS of the authority section */
	size_t referral_count;
	struct dns_ede ede[DNS_EDE_MAX];
	size_t ede_count;
};

/* ---- messages ------------------------------------------------------------------ */

struct dns_query {
	uint16_t id, type;
	const uint8_t *name; /* wire, letters in the case wanted */
	size_t name_len;
	bool no_recursion, dnssec, checking_disabled, no_edns;
};
/* AD is set, so that AD may be answered (RFC 6840, 5.7). Returns the length. */
size_t dns_query_write(uint8_t out[DNS_QUERY_MAX], const struct dns_query *query);

enum dns_match {
	DNS_MATCH_NO = 0,     /* not an answer to this: id, QR, opcode, question */
	DNS_MATCH_OTHER_CASE, /* but for the case of letters */
	DNS_MATCH_YES
};
enum dns_match dns_match(const struct dns_query *query, const uint8_t *bytes, size_t len);

/*
 * Reads an answer that matched. All it hands out lives in arena. *budget is
 * the memory it may still use; records beyond it are counted in left_out.
 * NULL: read. Else why it is malformed, in words; the answer is then empty.
 */
const char *dns_answer_read(struct arena *arena, size_t *budget, const struct dns_query *query,
    const uint8_t *bytes, size_t len, struct dns_answer *out) MUST_USE;

#endif
