/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A domain's policies from records to findings: the passes are driven by hand
 * and answered from a table, so that each row is a small world and the findings
 * it must lead to, all of them.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check/judge_policy.h"
#include "lib/unit.h"

#define D "example.test"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define RSA "v=DKIM1; k=rsa; p=" /* and a key of the test */
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define STS "version: STSv1\nmax_age: 604800\n"
#define SPF POLICY_SPF
#define DKIM POLICY_DKIM
#define DMARC POLICY_DMARC
#define STSCHECK POLICY_MTASTS
#define RPT POLICY_TLSRPT
#define DANE POLICY_DANE
#define BIMI POLICY_BIMI
#define ZONE_MAX 20

/*
 * zone: "NAME TYPE DATA"; '+' before it is an answer secured by DNSSEC; DATA
 * "!SERVFAIL", "!TIMEOUT" is a failure, DATA "-" only says that the name exists. A name
 * that no line has does not exist.
 */
static const struct row {
	const char *name;
	unsigned checks;
	const char *wanted; /* "id=STATE ..." in the order of finding them */
	const char *zone[ZONE_MAX];
	const char *sender; /* of SPF; NULL */
	const char *policy; /* what the web host of MTA-STS says; NULL: it has no address */
	enum dmarc_policy least;
} rows[] = {
    /* ---- SPF ---- */
    {"spf: good", SPF, "", .zone = {D " TXT v=spf1 ip4:192.0.2.1 -all"}, .sender = "192.0.2.1"},
    {"spf: missing", SPF, "spf.missing=WARNING", .zone = {D " TXT hello"}, .sender = "192.0.2.1"},
    {"spf: two", SPF, "spf.multiple=CRITICAL",
	.zone = {D " TXT v=spf1 -all", D " TXT v=spf1 +all"}},
    {"spf: syntax", SPF, "spf.syntax=CRITICAL", .zone = {D " TXT v=spf1 ip4:192.0.2 -all"}},
    {"spf: syntax, with a sender", SPF, "spf.syntax=CRITICAL",
	.zone = {D " TXT v=spf1 ip4:192.0.2 -all"}, .sender = "192.0.2.1"},
    {"spf: loop", SPF, "spf.syntax=CRITICAL", .zone = {D " TXT v=spf1 include:" D " -all"},
	.sender = "192.0.2.1"},
    {"spf: 9 lookups", SPF, "spf.lookups=WARNING",
	.zone = {D " TXT v=spf1 a:h.t a:h.t a:h.t a:h.t a:h.t a:h.t a:h.t a:h.t a:h.t -all",
	    "h.t A 192.0.2.9", D " TXT x"},
	.sender = NULL},
    {"spf: 12 lookups", SPF, "spf.lookups=CRITICAL",
	.zone = {D " TXT v=spf1 include:i.t include:j.t -all",
	    "i.t TXT v=spf1 a:h.t a:h.t a:h.t a:h.t a:h.t ?all",
	    "j.t TXT v=spf1 a:h.t a:h.t a:h.t a:h.t a:h.t ?all", "h.t A 192.0.2.9"},
	.sender = "192.0.2.1"},
    {"spf: 11 MX", SPF, "spf.lookups=CRITICAL",
	.zone = {D " TXT v=spf1 mx:m.t -all", "m.t MX 1.t", "m.t MX 2.t", "m.t MX 3.t",
	    "m.t MX 4.t", "m.t MX 5.t", "m.t MX 6.t", "m.t MX 7.t", "m.t MX 8.t", "m.t MX 9.t",
	    "m.t MX 10.t", "m.t MX 11.t"}},
    {"spf: 3 voids", SPF, "spf.void=WARNING",
	.zone = {D " TXT v=spf1 a:v.t mx:v.t exists:v.t -all"}, .sender = "192.0.2.1"},
    {"spf: 2 voids", SPF, "", .zone = {D " TXT v=spf1 a:v.t mx:v.t -all"}},
    {"spf: +all", SPF, "spf.open=CRITICAL", .zone = {D " TXT v=spf1 +all"}, .sender = "192.0.2.1"},
    {"spf: +all in an include", SPF, "spf.open=CRITICAL",
	.zone = {D " TXT v=spf1 include:i.t -all", "i.t TXT v=spf1 +all"}},
    {"spf: the whole of IPv4", SPF, "spf.open=CRITICAL",
	.zone = {D " TXT v=spf1 ip4:0.0.0.0/0 -all"}},
    {"spf: ?all", SPF, "spf.weak=WARNING", .zone = {D " TXT v=spf1 ?all"}},
    {"spf: ?all in an include is its own affair", SPF, "",
	.zone = {D " TXT v=spf1 include:i.t -all", "i.t TXT v=spf1 ip4:192.0.2.1 ?all"}},
    {"spf: ?all behind a redirect", SPF, "spf.weak=WARNING",
	.zone = {D " TXT v=spf1 redirect=i.t", "i.t TXT v=spf1 ?all"}},
    {"spf: no all", SPF, "spf.weak=WARNING", .zone = {D " TXT v=spf1 ip4:192.0.2.1"}},
    {"spf: ptr", SPF, "spf.weak=WARNING", .zone = {D " TXT v=spf1 ptr -all"}},
    {"spf: include without SPF", SPF, "spf.include=CRITICAL",
	.zone = {D " TXT v=spf1 include:i.t -all", "i.t TXT hello"}, .sender = "192.0.2.1"},
    {"spf: include gone", SPF, "spf.include=CRITICAL",
	.zone = {D " TXT v=spf1 include:_spf.gone.test -all", "gone.test SOA -"}},
    {"spf: include of an expired domain", SPF, "spf.include=CRITICAL",
	.zone = {D " TXT v=spf1 include:_spf.free.test -all"}},
    {"spf: fail", SPF, "spf.not_authorised=CRITICAL", .zone = {D " TXT v=spf1 ip4:192.0.2.1 -all"},
	.sender = "192.0.2.2"},
    {"spf: fail of IPv6", SPF, "spf.not_authorised=CRITICAL",
	.zone = {D " TXT v=spf1 ip4:192.0.2.1 -all"}, .sender = "2001:db8::1"},
    {"spf: softfail", SPF, "spf.softfail=WARNING", .zone = {D " TXT v=spf1 ip4:192.0.2.1 ~all"},
	.sender = "192.0.2.2"},
    {"spf: neutral", SPF, "spf.weak=WARNING spf.softfail=WARNING", .zone = {D " TXT v=spf1 ?all"},
	.sender = "192.0.2.2"},
    {"spf: server of an include fails", SPF, "spf.temperror=UNKNOWN spf.temperror=UNKNOWN",
	.zone = {D " TXT v=spf1 include:i.t -all", "i.t TXT !SERVFAIL"}, .sender = "192.0.2.2"},
    {"spf: silence", SPF, "spf.temperror=UNKNOWN", .zone = {D " TXT !TIMEOUT"}},
    {"spf: an error only this sender meets", SPF, "spf.syntax=CRITICAL",
	.zone = {D " TXT v=spf1 a:a.t a:b.t a:c.t -all", "a.t A 192.0.2.9", "b.t A 192.0.2.9",
	    "c.t A 192.0.2.9"},
	.sender = "2001:db8::1"},
    /* ---- DKIM: the selector is "sel" ---- */
    {"dkim: good", DKIM, "", .zone = {"sel._domainkey." D " TXT v=DKIM1; k=ed25519; p=" ED25519}},
    {"dkim: missing", DKIM, "dkim.missing=CRITICAL", .zone = {D " TXT x"}},
    {"dkim: no data", DKIM, "dkim.missing=CRITICAL", .zone = {"sel._domainkey." D " A 192.0.2.1"}},
    {"dkim: revoked", DKIM, "dkim.revoked=CRITICAL",
	.zone = {"sel._domainkey." D " TXT v=DKIM1; p="}},
    {"dkim: test", DKIM, "dkim.weak=WARNING",
	.zone = {"sel._domainkey." D " TXT v=DKIM1; k=ed25519; t=y; p=" ED25519}},
    {"dkim: RSA 512", DKIM, "dkim.bad_key=CRITICAL",
	.zone = {"sel._domainkey." D " TXT " RSA
		 "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMaWlSbsbToBGZF/2/6clvzIrWdXcOW2oHGSCd6BFXeTDSMQ"
		 "iQYNjvBJTHzwXtx4nNCYjJRb3iRfa7nZ0krsdzsCAwEAAQ=="}},
    {"dkim: RSA 1024", DKIM, "dkim.weak=WARNING",
	.zone = {"sel._domainkey." D " TXT " RSA
		 "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC1yxb9PKe8n4rQfUdZ7gKkRz4kAXWu+V+twNayiNgs"
		 "c1Zg4nR8YF33RNz0wIA3T5stTKw54tFrw/ynQuOHW1YpAffGtmMS8yvtsd2hvrH9XKvIaR/8/BP37E2J"
		 "cyb1LnoVp9xeGEdE0sTti008c+uV2Gq6nI01LdrClbDvHF+2JQIDAQAB"}},
    {"dkim: RSA 2048", DKIM, "",
	.zone = {"sel._domainkey." D " TXT " RSA
		 "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAz2oNOl50IX1gtD9fsBfXhKHUp45Bo2o8nBbK"
		 "EetAtkwG8/2Fw2ZVAHlHjxmdjklgsoVSr/qmQdELSnWmtBNCAcYr5w0bf3QjzzeIoCOvQCYRsjHY0xTJ"
		 "RJjYpmYs3oPQmqQAOHAvT44a2+lbmNkHtkXPoN3Fnx0X1jZoKQMrKbSdqcpVE8axP13lBVWNYOCFAAxw"
		 "27DEUoe1BOzeQZAki37DMZsFTGQPst0I4ADBbVxcXomp0D2S0kUrwfHKcKXJiMLEucc7fsYaLhAwVVEL"
		 "ODxip3MnxzmG+eQcnzQLn+PLtzbpb+WtzDEt3pnqprybdmcrb6e6IXoQiGOcNdqpDQIDAQAB"}},
    {"dkim: no key in it", DKIM, "dkim.bad_key=CRITICAL",
	.zone = {"sel._domainkey." D " TXT " RSA "AAAA"}},
    {"dkim: two records", DKIM, "dkim.bad_key=CRITICAL",
	.zone = {"sel._domainkey." D " TXT v=DKIM1; p=",
	    "sel._domainkey." D " TXT v=DKIM1; k=ed25519; p=" ED25519}},
    {"dkim: server fails", DKIM, "dns.servfail=CRITICAL",
	.zone = {"sel._domainkey." D " TXT !SERVFAIL"}},
    {"dkim: silence", DKIM, "dns.resolver=UNKNOWN", .zone = {"sel._domainkey." D " TXT !TIMEOUT"}},
    /* ---- DMARC ---- */
    {"dmarc: good", DMARC, "", .zone = {"_dmarc." D " TXT v=DMARC1; p=reject"}},
    {"dmarc: missing", DMARC, "dmarc.missing=WARNING", .zone = {D " TXT v=DMARC1; p=reject"}},
    {"dmarc: of the domain above", DMARC, "",
	.zone = {"_dmarc.test TXT v=DMARC1; p=reject; psd=y"}},
    {"dmarc: sp of the domain above", DMARC, "dmarc.weak=OK dmarc.subdomain=WARNING",
	.zone = {"_dmarc.test TXT v=DMARC1; p=reject; sp=none"}},
    {"dmarc: two", DMARC, "dmarc.broken=CRITICAL",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject", "_dmarc." D " TXT v=DMARC1; p=none"}},
    {"dmarc: one beside others", DMARC, "",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject", "_dmarc." D " TXT verification=1"}},
    {"dmarc: no policy", DMARC, "dmarc.broken=CRITICAL",
	.zone = {"_dmarc." D " TXT v=DMARC1; rua="}},
    {"dmarc: none", DMARC, "dmarc.weak=OK", .zone = {"_dmarc." D " TXT v=DMARC1; p=none"}},
    {"dmarc: none, more is wanted", DMARC, "dmarc.weak=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=none"}, .least = DMARC_QUARANTINE},
    {"dmarc: quarantine, reject is wanted", DMARC, "dmarc.weak=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=quarantine"}, .least = DMARC_REJECT},
    {"dmarc: quarantine is wanted", DMARC, "", .zone = {"_dmarc." D " TXT v=DMARC1; p=quarantine"},
	.least = DMARC_QUARANTINE},
    {"dmarc: a test of quarantine is none", DMARC, "dmarc.weak=OK",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=quarantine; t=y"}},
    {"dmarc: sp", DMARC, "dmarc.subdomain=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; sp=none"}},
    {"dmarc: np", DMARC, "dmarc.subdomain=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; np=none"}},
    {"dmarc: reports at home", DMARC, "",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@" D, D " MX mx1." D}},
    {"dmarc: reports to a host without MX", DMARC, "",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@h." D, "h." D " A 192.0.2.1"}},
    {"dmarc: reports to nobody", DMARC, "dmarc.rua=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@gone." D}},
    {"dmarc: reports to a null MX", DMARC, "dmarc.rua=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@n." D, "n." D " MX ."}},
    {"dmarc: reports to a web page", DMARC, "dmarc.rua=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=https://x.test/"}},
    {"dmarc: reports elsewhere, permitted", DMARC, "",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@other.org",
	    "other.org MX mx.other.org", D "._report._dmarc.other.org TXT v=DMARC1;"}},
    {"dmarc: reports elsewhere, not permitted", DMARC, "dmarc.rua=WARNING",
	.zone = {"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@other.org",
	    "other.org MX mx.other.org"}},
    {"dmarc: server fails", DMARC, "dns.servfail=CRITICAL", .zone = {"_dmarc." D " TXT !SERVFAIL"}},
    /* ---- MTA-STS ---- */
    {"mtasts: none", STSCHECK, "", .zone = {D " TXT x"}},
    {"mtasts: good", STSCHECK, "", .zone = {"_mta-sts." D " TXT v=STSv1; id=1"},
	.policy = STS "mode: enforce\nmx: *." D "\n"},
    {"mtasts: no id", STSCHECK, "mtasts.record=WARNING", .zone = {"_mta-sts." D " TXT v=STSv1;"},
	.policy = STS "mode: enforce\nmx: *." D "\n"},
    {"mtasts: two", STSCHECK, "mtasts.record=WARNING",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1", "_mta-sts." D " TXT v=STSv1; id=2"}},
    {"mtasts: no web host", STSCHECK, "mtasts.policy=WARNING",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"}},
    {"mtasts: a page instead", STSCHECK, "mtasts.policy=WARNING",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"}, .policy = "<html>\n"},
    {"mtasts: a broken policy that enforces", STSCHECK,
	"mtasts.policy=CRITICAL mtasts.mx=CRITICAL "
	"mtasts.mx=CRITICAL",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"}, .policy = STS "mode: enforce\n"},
    {"mtasts: an MX is not covered", STSCHECK, "mtasts.mx=CRITICAL",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"},
	.policy = STS "mode: enforce\nmx: mx1." D "\n"},
    {"mtasts: not covered, testing", STSCHECK, "mtasts.mx=WARNING",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"},
	.policy = STS "mode: testing\nmx: mx1." D "\n"},
    {"mtasts: mode none", STSCHECK, "", .zone = {"_mta-sts." D " TXT v=STSv1; id=1"},
	.policy = STS "mode: none\n"},
    {"mtasts: age of an hour", STSCHECK, "mtasts.record=WARNING",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"},
	.policy = "version: STSv1\nmax_age: 3600\nmode: enforce\nmx: *." D "\n"},
    {"mtasts: age of two years", STSCHECK, "mtasts.record=WARNING",
	.zone = {"_mta-sts." D " TXT v=STSv1; id=1"},
	.policy = "version: STSv1\nmax_age: 63115200\nmode: enforce\nmx: *." D "\n"},
    {"mtasts: server fails", STSCHECK, "dns.servfail=WARNING",
	.zone = {"_mta-sts." D " TXT !SERVFAIL"}},
    /* ---- TLS-RPT ---- */
    {"tlsrpt: good", RPT, "", .zone = {"_smtp._tls." D " TXT v=TLSRPTv1; rua=mailto:r@" D}},
    {"tlsrpt: missing", RPT, "tlsrpt.missing=OK", .zone = {D " TXT x"}},
    {"tlsrpt: broken", RPT, "tlsrpt.broken=WARNING", .zone = {"_smtp._tls." D " TXT v=TLSRPTv1;"}},
    {"tlsrpt: two", RPT, "tlsrpt.broken=WARNING",
	.zone = {"_smtp._tls." D " TXT v=TLSRPTv1; rua=mailto:r@" D,
	    "_smtp._tls." D " TXT v=TLSRPTv1;"}},
    {"tlsrpt: server fails", RPT, "dns.servfail=WARNING",
	.zone = {"_smtp._tls." D " TXT !SERVFAIL"}},
    /* ---- TLSA: the domain has mx1 and mx2 ---- */
    {"dane: none", DANE, "", .zone = {"+. SOA -"}},
    {"dane: good", DANE, "",
	.zone = {"+" D " MX -", "+mx1." D " A 192.0.2.1", "+mx2." D " A 192.0.2.2",
	    "+_25._tcp.mx1." D " TLSA 3 1 1 " HASH, "+_25._tcp.mx2." D " TLSA 3 1 1 " HASH}},
    {"dane: lookup fails in a signed zone", DANE, "dane.lookup=CRITICAL",
	.zone = {"+" D " MX -", "+mx1." D " A 192.0.2.1", "_25._tcp.mx1." D " TLSA !SERVFAIL"}},
    {"dane: lookup is silent in a signed zone", DANE, "dane.lookup=CRITICAL",
	.zone = {"+" D " MX -", "+mx1." D " A 192.0.2.1", "_25._tcp.mx1." D " TLSA !TIMEOUT"}},
    {"dane: lookup fails in an unsigned zone", DANE, "",
	.zone = {"+. SOA -", "mx1." D " A 192.0.2.1", "_25._tcp.mx1." D " TLSA !SERVFAIL"}},
    {"dane: not signed", DANE, "dane.weak=WARNING",
	.zone = {"+. SOA -", "mx1." D " A 192.0.2.1", "_25._tcp.mx1." D " TLSA 3 1 1 " HASH}},
    {"dane: not signed, nobody can tell", DANE, "",
	.zone = {"mx1." D " A 192.0.2.1", "_25._tcp.mx1." D " TLSA 3 1 1 " HASH}},
    {"dane: usage 1", DANE, "dane.weak=WARNING dane.weak=WARNING",
	.zone = {"+" D " MX -", "+mx1." D " A 192.0.2.1", "+mx2." D " A 192.0.2.2",
	    "+_25._tcp.mx1." D " TLSA 1 1 1 " HASH, "+_25._tcp.mx2." D " TLSA 0 0 1 " HASH}},
    {"dane: hash of the wrong length", DANE, "dane.weak=WARNING",
	.zone = {"+" D " MX -", "+_25._tcp.mx1." D " TLSA 3 1 1 0123",
	    "+_25._tcp.mx2." D " TLSA 3 1 1 " HASH}},
    {"dane: one of two", DANE, "dane.weak=WARNING",
	.zone = {"+" D " MX -", "+mx1." D " A 192.0.2.1", "+mx2." D " A 192.0.2.2",
	    "+_25._tcp.mx1." D " TLSA 3 1 1 " HASH}},
    {"dane: the MX answer is not signed", DANE, "dane.weak=WARNING",
	.zone = {D " MX -", "+_25._tcp.mx1." D " TLSA 3 1 1 " HASH,
	    "+_25._tcp.mx2." D " TLSA 3 1 1 " HASH}},
    /* ---- BIMI ---- */
    {"bimi: none", BIMI, "", .zone = {D " TXT x"}},
    {"bimi: there", BIMI, "bimi.note=OK",
	.zone = {"default._bimi." D " TXT v=BIMI1; l=https://x.test/l.svg",
	    "_dmarc." D " TXT v=DMARC1; p=reject"}},
};

/* ---- the world ---------------------------------------------------------------------------------- */

/* "NAME TYPE DATA" apart. */
struct line {
	bool secure;
	char name[256], type[8];
	const char *data;
};

static void
read_line(const char *text, struct line *out)
{
	int used = 0;

	out->secure = text[0] == '+';
	ck_assert_int_eq(
	    sscanf(text + out->secure, "%255s %7s %n", out->name, out->type, &used), 2);
	out->data = text + out->secure + used;
}

static void
fill(struct arena *arena, struct dns_record *record, uint16_t type, const char *data)
{
	unsigned usage, selector, matching;
	int used = 0;
	struct buf bytes;

	record->type = type;
	switch (type) {
	case DNS_TYPE_A:
		ck_assert_int_eq(inet_pton(AF_INET, data, record->a), 1);
		break;
	case DNS_TYPE_MX:
		record->mx.host = arena_strdup(arena, data);
		break;
	case DNS_TYPE_TXT:
		record->txt.text = arena_strdup(arena, data);
		record->txt.len = strlen(data);
		break;
	case DNS_TYPE_TLSA:
		ck_assert_int_eq(
		    sscanf(data, "%u %u %u %n", &usage, &selector, &matching, &used), 3);
		record->tlsa.usage = (uint8_t)usage;
		record->tlsa.selector = (uint8_t)selector;
		record->tlsa.matching = (uint8_t)matching;
		buf_init(&bytes, 128);
		ck_assert(text_unhex(&bytes, data + used, strlen(data + used)));
		record->tlsa.data =
		    (const uint8_t *)arena_strndup(arena, buf_text(&bytes), bytes.len);
		record->tlsa.len = bytes.len;
		buf_free(&bytes);
		break;
	default:
		break;
	}
}

static void
answer(const struct row *row, struct dns_question *question, struct arena *arena)
{
	struct dns_record *records = arena_alloc(arena, ZONE_MAX * sizeof *records);
	struct line line;

	question->status = DNS_NXDOMAIN;
	question->answer.records = records;
	for (size_t i = 0; i < ZONE_MAX && row->zone[i]; i++) {
		read_line(row->zone[i], &line);
		if (!text_equal_fold(line.name, question->name))
			continue;
		if (question->status == DNS_NXDOMAIN)
			question->status = DNS_NODATA;
		if (strcmp(line.type, dns_type_word(question->type)) != 0)
			continue;
		question->secure = line.secure;
		if (line.data[0] == '!') {
			question->status =
			    strcmp(line.data, "!SERVFAIL") == 0 ? DNS_SERVFAIL : DNS_TIMEOUT;
			return;
		}
		question->status = DNS_ANSWERED;
		if (line.data[0] != '-')
			fill(arena, &records[question->answer.count++], question->type, line.data);
	}
}

/* What the walk of the domain knows: two hosts, perhaps a sender. */
struct scene {
	struct mx_facts mx;
	struct mx_host hosts[2];
	struct mx_name names[2];
	struct mx_target sender;
	struct dns_question question, a[2];
};

static void
scene_set(struct scene *scene, const struct row *row)
{
	static const char *const hosts[] = {"mx1." D, "mx2." D};

	mx_facts_init(&scene->mx);
	scene->question = (struct dns_question){.name = D, .type = DNS_TYPE_MX};
	answer(row, &scene->question, &scene->mx.arena);
	scene->question.status = DNS_ANSWERED;
	scene->mx.mx = &scene->question;
	for (size_t i = 0; i < 2; i++) {
		scene->a[i] = (struct dns_question){.name = hosts[i], .type = DNS_TYPE_A};
		answer(row, &scene->a[i], &scene->mx.arena);
		scene->names[i] = (struct mx_name){.text = hosts[i], .a = &scene->a[i]};
		scene->hosts[i] = (struct mx_host){.text = hosts[i], .name = &scene->names[i]};
	}
	scene->mx.hosts = scene->hosts;
	scene->mx.host_count = 2;
	if (row->sender) {
		scene->sender.sender = true;
		ck_assert(address_parse(row->sender, 0, &scene->sender.address));
		scene->mx.targets = &scene->sender;
		scene->mx.target_count = 1;
	}
}

/* Rounds of questions until nobody has one; returns their number. */
static unsigned
play(struct policy *policy, struct scene *scene, const struct row *row)
{
	struct mx_rider rider = policy_rider(policy);
	struct dns_batch *batch = &scene->mx.batch;
	unsigned rounds = 0;

	for (rider.advance(rider.context, &scene->mx, batch); batch->count > 0; rounds++) {
		ck_assert_uint_lt(rounds, 12);
		for (size_t i = 0; i < batch->count; i++)
			answer(row, batch->list[i], &scene->mx.arena);
		batch->count = 0;
		rider.advance(rider.context, &scene->mx, batch);
	}
	policy_finish(policy, &scene->mx);
	return rounds;
}

static void
say_policy(struct policy *policy, const char *text)
{
	struct policy_mtasts *mtasts = &policy->facts.mtasts;

	mtasts->fetched = true;
	mtasts->http.fault = HTTP_FAULT_NONE;
	mtasts->http.status = 200;
	memcpy(mtasts->http.content_type, "text/plain", sizeof "text/plain");
	(void)!mtasts_policy_parse(&policy->arena, text, strlen(text), &mtasts->policy);
}

static void
findings_text(struct report *report, struct buf *out)
{
	for (size_t i = 0; i < report->finding_count; i++)
		buf_printf(out, "%s%s=%s", i > 0 ? " " : "",
		    finding_rows[report->findings[i].id].id, state_name(report->findings[i].state));
}

START_TEST(test_row)
{
	static const char *const selectors[] = {"sel", NULL};
	const struct row *row = &rows[_i];
	const struct policy_params params = {.domain = D,
	    .checks = row->checks,
	    .selectors = selectors,
	    .selector_count = 1,
	    .now_unix = 1795320000,
	    .deadline = deadline_in(US_PER_S)};
	struct scene scene = {0};
	struct policy policy;
	struct report report;
	struct report_policy states = {0};
	struct limits limits = {0};
	struct judge_policy judge = {.report = &report,
	    .limits = &limits,
	    .params = &params,
	    .facts = &policy.facts,
	    .mx = &scene.mx,
	    .dmarc_min = row->least};
	struct buf found;

	scene_set(&scene, row);
	policy_init(&policy, &params);
	(void)play(&policy, &scene, row);
	if (row->policy)
		say_policy(&policy, row->policy);
	report_init(&report, &states);
	report.domain = value_object(&report.arena);
	judge_policy(&judge);
	show_policy(&judge);
	buf_init(&found, 4096);
	findings_text(&report, &found);
	ck_assert_msg(strcmp(buf_text(&found), row->wanted) == 0,
	    "%s: found '%s', wanted '%s' (%s)", row->name, buf_text(&found), row->wanted,
	    report.finding_count ? report.findings[0].message : "");
	buf_free(&found);
	report_free(&report);
	policy_free(&policy);
	scene.mx.targets = NULL;
	mx_facts_free(&scene.mx);
}
END_TEST

/* All records of a domain come in as many rounds as they are deep, not one after the other. */
START_TEST(test_rounds)
{
	const struct row row = {
	    .zone = {D " TXT v=spf1 mx include:i.t -all", D " MX mx1." D, "mx1." D " A 192.0.2.1",
		"i.t TXT v=spf1 a:h.t ?all", "h.t A 192.0.2.3",
		"_dmarc." D " TXT v=DMARC1; p=reject; rua=mailto:r@o.t", "o.t MX m.o.t"},
	    .sender = "192.0.2.9"};
	const struct policy_params params = {.domain = D,
	    .checks = SPF | DMARC | RPT | DANE | BIMI,
	    .deadline = deadline_in(US_PER_S)};
	struct scene scene = {0};
	struct policy policy;

	scene_set(&scene, &row);
	policy_init(&policy, &params);
	ck_assert_uint_le(play(&policy, &scene, &row), 3);
	ck_assert_uint_eq(policy.facts.sender_count, 1);
	ck_assert_int_eq(policy.facts.senders[0].verdict.result, SPF_FAIL);
	ck_assert_uint_eq(policy.facts.spf.lookups, 3);
	ck_assert_uint_eq(policy.facts.spf.node_count, 2);
	policy_free(&policy);
	scene.mx.targets = NULL;
	mx_facts_free(&scene.mx);
}
END_TEST

/* Whoever never got an answer is not said to be fine. */
START_TEST(test_no_answers)
{
	const struct row row = {.zone = {NULL}, .sender = "192.0.2.9"};
	const struct policy_params params = {
	    .domain = D, .checks = SPF | DMARC | STSCHECK | RPT | DANE};
	struct scene scene = {0};
	struct policy policy;
	struct mx_rider rider;

	scene_set(&scene, &row);
	policy_init(&policy, &params);
	rider = policy_rider(&policy);
	rider.advance(rider.context, &scene.mx, &scene.mx.batch);
	policy_finish(&policy, &scene.mx);
	ck_assert_int_eq(policy.facts.senders[0].verdict.result, SPF_TEMPERROR);
	ck_assert(spf_survey_find(&policy.facts.spf, SPF_ISSUE_TEMPERROR) != NULL);
	ck_assert_int_eq(policy.facts.dmarc.txt.state, POLICY_FAILED);
	ck_assert_int_eq(policy.facts.mtasts.txt.state, POLICY_FAILED);
	ck_assert_int_eq(policy.facts.tlsrpt_txt.state, POLICY_FAILED);
	ck_assert_int_eq(policy.facts.dane[0].tlsa->status, DNS_TIMEOUT);
	policy_free(&policy);
	scene.mx.targets = NULL;
	mx_facts_free(&scene.mx);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {test_row, ARRAY_LEN(rows)},
	    {test_rounds, 0},
	    {test_no_answers, 0},
	};

	return unit_main("policy", units, ARRAY_LEN(units));
}
