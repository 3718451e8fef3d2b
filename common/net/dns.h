/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to name servers: a table of them asked in one loop under one
 * deadline. Answers count only if id, question, address and port match (each
 * try: fresh random id, letters in random case, a connected socket of its own);
 * what is truncated is asked again by TCP. No resolver library, no globals; a
 * struct dns belongs to one thread at a time.
 */
#ifndef COMMON_NET_DNS_H
#define COMMON_NET_DNS_H

#include "net/socket.h"
#include "wire/dns_msg.h"

#define DNS_SERVERS_MAX 8
#define DNS_PORT 53
#define DNS_RESOLV_CONF "/etc/resolv.conf"
/* More wrong answers than this to one question: it is being spoofed. */
#define DNS_FORGED_MAX 100

/* Whom to ask, and how patiently. All-zero is the default of every field but the servers. */
struct dns_settings {
	struct address servers[DNS_SERVERS_MAX]; /* asked in this order */
	size_t server_count;
	int64_t wait_us; /* before the second try, doubled each time; 0: 400 ms */
	unsigned tries;  /* per server; 0: 4 with one server, 3 with two, else 2 */
	bool trust_ad;   /* believe AD of servers that are not on this machine */
	/*
	 * Answers to questions with DNS_WANT_DNSSEC are validated here when this
	 * file of DS or DNSKEY records, one a line, is given (root.key of the
	 * distribution). secure then is our own word, whatever the servers say;
	 * signatures that do not hold, or are missing where a zone is signed, make
	 * the answer bogus, and it has no records. Never secure: names below no
	 * anchor, what a DNAME leads to, and under opt-out (RFC 5155, 6) what is
	 * not there or comes out of a wildcard. A file that cannot be used is DNS_LOCAL:
	 * see dns_anchor_usable().
	 */
	const char *trust_anchor;
	int64_t now_unix; /* time of day, for the ends of signatures; only beside trust_anchor */
};
/*
 * resolv.conf(5), our own reading: nameserver (the first three; zones of
 * link-local addresses), options timeout, attempts, trust-ad; the rest says
 * nothing to us. False: no name server there (ERR_RESOLVE, ERR_RESOLVE_SILENT),
 * or unreadable.
 */
bool dns_settings_read(struct dns_settings *out, const char *path, struct err *err) MUST_USE;
/* One --resolver ADDR[@PORT] to the end of the list. False: ERR_CONFIG. */
bool dns_settings_add(struct dns_settings *settings, const char *text, struct err *err) MUST_USE;
/* "192.0.2.53 and 192.0.2.54" */
void dns_settings_words(struct buf *out, const struct dns_settings *settings);

/* The file of trust_anchor can be read and used. False: ERR_CONFIG; ERR_LOCAL without libldns. */
bool dns_anchor_usable(const char *path, struct err *err) MUST_USE;

enum dns_status {
	DNS_UNASKED = 0, /* dns_ask() was not called */
	DNS_ANSWERED,    /* there are records */
	DNS_NODATA,      /* the name exists, without records of this type */
	DNS_NXDOMAIN,    /* the name (or the last of its chain) does not exist */
	DNS_SERVFAIL,
	DNS_REFUSED,
	DNS_FAILED,      /* another rcode: answer.rcode */
	DNS_TIMEOUT,     /* nothing that counts came in time */
	DNS_UNREACHABLE, /* nobody listens, no route: every server of the question */
	DNS_MALFORMED,   /* damaged, truncated without cure, chained without end */
	DNS_BAD_NAME,    /* not a name that can be asked; nothing was sent */
	DNS_LOCAL        /* this machine: descriptors, randomness, no resolver is set */
};
/* "NXDOMAIN", "no answer", ... */
const char *dns_status_word(enum dns_status status);

enum dns_flags {
	DNS_WANT_DNSSEC = 1,  /* DO: signatures come along */
	DNS_NO_RECURSION = 2, /* RD off: an authoritative server is asked */
	DNS_NO_CHECKING = 4,  /* CD: unchecked data is wanted too */
	DNS_BY_TCP = 8,       /* at once */
	DNS_KEEP_WIRE = 16,   /* keep the bytes of the answer in wire */
	DNS_BRIEF = 32        /* one of many that can be done without: a try less for each server */
};

/* The bytes of an answer; of those to one question the last one first. */
struct dns_wire {
	const uint8_t *bytes;
	size_t len;
	size_t hops;                   /* of answer.chain, those that came before it and with it */
	const struct dns_wire *before; /* the alias that led here; NULL: it is the first */
};

struct dns_question {
	/* asked: filled by the caller, kept by pointer until dns_free() */
	const char *name;
	uint16_t type;
	unsigned flags;               /* enum dns_flags */
	const struct address *server; /* with its port; NULL: the resolvers */
	void *context;                /* the caller's own */
	/* found: filled by dns_ask(), memory of struct dns */
	enum dns_status status;
	const char *why;          /* static words, for the statuses that are no answer; else "" */
	struct dns_answer answer; /* of DNS_SERVFAIL, DNS_REFUSED, DNS_FAILED too (rcode, EDE) */
	bool secure;              /* AD of a server that is believed; or see trust_anchor */
	bool bogus;  /* trust_anchor: the signatures do not hold; the status is DNS_SERVFAIL */
	bool forged; /* more than DNS_FORGED_MAX answers did not match */
	bool by_tcp;
	unsigned mismatches; /* answers that were not believed */
	unsigned sent;       /* tries */
	int64_t span_us;     /* from first sending to the answer; waited, without one */
	const struct address *answered_by; /* NULL: nobody */
	const struct dns_wire *wire;       /* DNS_KEEP_WIRE */
};
static inline bool
dns_is_answer(const struct dns_question *question) /* yes or no, not "I do not know" */
{
	return question->status == DNS_ANSWERED || question->status == DNS_NODATA ||
	       question->status == DNS_NXDOMAIN;
}

struct dns_secure;

struct dns {
	struct dns_settings settings;
	struct arena arena; /* of the answers */
	size_t budget;      /* memory the records of all answers may still use */
	uint64_t asked;     /* questions */
	uint64_t sent, received, by_tcp, mismatches; /* datagrams; connections */
	uint8_t random[256];                         /* from getrandom(2), each byte used once */
	size_t random_left;
	struct dns_secure *secure; /* of trust_anchor, once it was needed */
};
/* Takes a copy of the settings. No server is fine when each question names its own. */
void dns_init(struct dns *dns, const struct dns_settings *settings);
/* Frees every answer. */
void dns_free(struct dns *dns);

/*
 * Asks all of them side by side and returns when each has its status or the
 * deadline is there. Thousands are fine: a bounded number is in flight, at most
 * 32 datagrams leave in a millisecond. May be called again with other questions.
 */
void
dns_ask(struct dns *dns, struct dns_question *questions, size_t count, struct deadline deadline);

/*
 * A status that is not DNS_ANSWERED as an error: ERR_RESOLVE with the code that
 * fits, ERR_CONFIG for a bad name, ERR_LOCAL. Always false.
 */
bool dns_err(const struct dns_question *question, struct err *err);

#endif
