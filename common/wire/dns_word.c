/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the names that the numbers of the DNS have. Declared in wire/dns_msg.h. */
#include <stdio.h>

#include "wire/dns_msg.h"

const char *
dns_type_word(unsigned type)
{
	switch (type) {
	case DNS_TYPE_A:
		return "A";
	case DNS_TYPE_NS:
		return "NS";
	case DNS_TYPE_CNAME:
		return "CNAME";
	case DNS_TYPE_SOA:
		return "SOA";
	case DNS_TYPE_PTR:
		return "PTR";
	case DNS_TYPE_MX:
		return "MX";
	case DNS_TYPE_TXT:
		return "TXT";
	case DNS_TYPE_AAAA:
		return "AAAA";
	case DNS_TYPE_SRV:
		return "SRV";
	case DNS_TYPE_DNAME:
		return "DNAME";
	case DNS_TYPE_OPT:
		return "OPT";
	case DNS_TYPE_DS:
		return "DS";
	case DNS_TYPE_RRSIG:
		return "RRSIG";
	case DNS_TYPE_DNSKEY:
		return "DNSKEY";
	case DNS_TYPE_TLSA:
		return "TLSA";
	default:
		return "?";
	}
}

const char *
dns_rcode_word(unsigned rcode, char out[16])
{
	static const char *const words[] = {
	    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

	if (rcode < ARRAY_LEN(words))
		return words[rcode];
	snprintf(out, 16, "rcode %u", rcode & 0xfffu);
	return out;
}

/* The registry of RFC 8914 and its later entries. */
const char *
dns_ede_word(unsigned code)
{
	static const char *const words[] = {
	    "Other Error",
	    "Unsupported DNSKEY Algorithm",
	    "Unsupported DS Digest Type",
	    "Stale Answer",
	    "Forged Answer",
	    "DNSSEC Indeterminate",
	    "DNSSEC Bogus",
	    "Signature Expired",
	    "Signature Not Yet Valid",
	    "DNSKEY Missing",
	    "RRSIGs Missing",
	    "No Zone Key Bit Set",
	    "NSEC Missing",
	    "Cached Error",
	    "Not Ready",
	    "Blocked",
	    "Censored",
	    "Filtered",
	    "Prohibited",
	    "Stale NXDOMAIN Answer",
	    "Not Authoritative",
	    "Not Supported",
	    "No Reachable Authority",
	    "Network Error",
	    "Invalid Data",
	    "Signature Expired before Valid",
	    "Too Early",
	    "Unsupported NSEC3 Iterations Value",
	    "Unable to conform to policy",
	    "Synthesized",
	    "Invalid Query Type",
	};

	return code < ARRAY_LEN(words) ? words[code] : "";
}
