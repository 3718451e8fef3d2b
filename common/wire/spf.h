/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPF records (RFC 7208, 4.5, 5, 6, 12): text to terms, and macros (7) to
 * text. Pure functions on bytes of a stranger's zone; nobody is asked here.
 */
#ifndef COMMON_WIRE_SPF_H
#define COMMON_WIRE_SPF_H

#include "base/buf.h"
#include "base/mem.h"

enum spf_result {
	SPF_NONE = 0, /* no record: nothing is said */
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};
/* "none", "pass" ... as RFC 7208 writes them. */
const char *spf_result_word(enum spf_result result);

enum spf_mechanism { SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6, SPF_EXISTS };

struct spf_term {
	enum spf_mechanism mechanism;
	enum spf_result verdict; /* of the qualifier */
	const char *spec;        /* domain-spec with its macros; NULL: the domain itself */
	uint8_t address[16];     /* SPF_IP4 (4 bytes), SPF_IP6 */
	unsigned bits4, bits6;   /* prefix lengths; 32 and 128 unless written */
	const char *text;        /* the term as it stands in the record */
};

struct spf_record {
	struct spf_term *terms; /* mechanisms, in order */
	size_t count;
	const char *redirect, *exp;           /* domain-specs; NULL */
	const char *fault, *fault_term;       /* why it does not parse; NULL: it does */
	const char *redirect_text, *exp_text; /* the modifiers as they stand there */
};

/* True if a TXT record is SPF's: "v=spf1", then a blank or the end (RFC 7208, 4.5). */
bool spf_is_record(const char *text, size_t len);
/* False: out->fault and ->fault_term say why; the terms before it are there. */
bool spf_parse(struct arena *arena, const char *text, size_t len, struct spf_record *out) MUST_USE;
/* The bits4 or bits6 first bits of address (4 or 16 bytes) are those of net. */
bool spf_in_net(const uint8_t *address, const uint8_t *net, size_t count, unsigned bits);

/* ---- macros (RFC 7208, 7) -------------------------------------------------------- */

/* What macro letters stand for. */
struct spf_macros {
	const char *sender; /* local@domain */
	const char *domain; /* the one being checked */
	const char *helo;
	const uint8_t *address;
	size_t address_len;    /* 4 or 16 */
	const char *validated; /* %{p}; NULL: "unknown" */
	const char *receiver;  /* %{r}; NULL: "unknown" */
	int64_t now_unix;      /* %{t} */
};

/*
 * Is this a macro-string without fault? explain: letters c, r, t are allowed
 * (7.2). as_domain: it must end as a domain-spec does (12).
 */
bool spf_spec_is_good(const char *spec, size_t len, bool explain, bool as_domain) MUST_USE;
/* spec uses this letter in a macro, in either case. */
bool spf_spec_uses(const char *spec, char letter);
/* A good spec to text. False: the buffer's cap. */
bool spf_expand(struct buf *out, const char *spec, const struct spf_macros *macros) MUST_USE;
/*
 * The same to a name: labels cut from the left down to 253 characters, no dot at the end (7.3).
 * What has none to cut, or is beyond all measure (then ""), cannot be asked.
 */
const char *spf_expand_name(struct arena *arena, const char *spec, const struct spf_macros *macros);

#endif
