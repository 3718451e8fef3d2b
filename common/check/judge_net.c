/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge of reaching a server: why a dialog ended early, the upgrade to
 * TLS, and how long each phase took. What a server said in its own words is
 * the catalogue's and the dialogs' judges' affair.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/judge.h"

static double
seconds(int64_t span_us)
{
	return (double)span_us / 1e6;
}

static struct report_finding *
judge_say(const struct judge *judge, enum finding_id id, const char *message)
{
	return report_add(judge->report, id, judge->endpoint, "%s", message);
}

/* ---- timeouts: the step, how long it was waited for, and what worked before --- */

static void
timeout_words(
    struct buf *out, const struct session_facts *facts, const struct phase *phase, uint16_t port)
{
	int64_t tcp_us = phase_span_us(&facts->phases, PHASE_CONNECT);
	double waited = seconds(phase->end_us - phase->start_us);

	switch (phase->name) {
	case PHASE_DNS:
		buf_printf(
		    out, "no answer from any name server of this machine within %.1f s", waited);
		return;
	case PHASE_CONNECT:
		buf_printf(out, "no answer to the connection within %.1f s", waited);
		if (port)
			buf_printf(out, ": port %u is dropped on the way", port);
		return;
	case PHASE_GREETING:
		buf_printf(out, "no greeting %.1f s after connecting", waited);
		break;
	case PHASE_TLS:
		buf_printf(out, "TLS handshake not finished after %.1f s", waited);
		break;
	case PHASE_AUTH:
		buf_printf(out, "no answer to the login for %.1f s", waited);
		break;
	default:
		buf_printf(
		    out, "no answer at the step %s for %.1f s", phase_label(phase->name), waited);
	}
	if (tcp_us >= 0) {
		buf_add_text(out, "; TCP took ");
		text_span(out, tcp_us);
	}
}

static enum finding_id
timeout_finding(const struct phase *phase)
{
	switch (phase->name) {
	case PHASE_DNS:
		return FINDING_DNS_RESOLVER;
	case PHASE_CONNECT:
		return FINDING_NET_TIMEOUT_CONNECT;
	case PHASE_GREETING:
		return FINDING_NET_TIMEOUT_GREETING;
	case PHASE_TLS:
		return FINDING_NET_TIMEOUT_TLS;
	case PHASE_AUTH:
		return FINDING_NET_TIMEOUT_LOGIN;
	default:
		return FINDING_NET_TIMEOUT_REPLY;
	}
}

static void
judge_timeout(
    const struct judge *judge, const struct session_facts *facts, const struct phase *phase)
{
	struct report_finding *finding;
	struct buf message;

	buf_init(&message, 512);
	timeout_words(&message, facts, phase, judge->port);
	finding = judge_say(judge, timeout_finding(phase), buf_text(&message));
	if (phase->name == PHASE_MAILBOX) {
		report_why(judge->report, finding,
		    "the login was good: the store behind it hangs (dead NFS mount, lock, full "
		    "disk)");
		report_next(judge->report, finding,
		    "on {host}: ls of the mail directory of {user}; dmesg; df -h and df -i");
		report_next(judge->report, finding,
		    "on {host}: mail log at this minute; doveadm who {user}");
	}
	if (phase->name == PHASE_CONNECT && judge->port == 25) {
		report_why(judge->report, finding,
		    "outgoing port 25 is dropped by this network or its provider");
		report_next(judge->report, finding,
		    "here: use port 465 or 587, where users send; only mail servers need 25");
		report_next(judge->report, finding, "here: nc -vz {host} 587; nc -vz {host} 465");
		report_next(judge->report, finding,
		    "at the provider of this network: ask to have outgoing port 25 opened");
	}
	buf_free(&message);
}

/* ---- connections that did not come about, or ended --------------------------- */

/* Of a unix socket: ports, hosts and firewalls have no part in it. */
static void
judge_socket(const struct judge *judge, const struct session_facts *facts)
{
	struct report_finding *finding = judge_say(judge, FINDING_NET_REFUSED,
	    facts->err.code == ENOENT ? "there is no such socket"
				      : "nothing listens on the socket: connection refused");

	report_why(judge->report, finding, "the daemon is stopped or crashed");
	report_why(judge->report, finding, "its socket has another path");
	report_next(judge->report, finding, "here: ls -l %.150s; ss -lx", judge->host);
	report_next(
	    judge->report, finding, "here: systemctl status of the mail service, then its log");
}

static void
judge_connect(const struct judge *judge, const struct session_facts *facts)
{
	const struct err *err = &facts->err;
	bool six = facts->address.family == AF_INET6;

	switch (err->code) {
	case ECONNREFUSED:
	case ENOENT:
		if (facts->address.family == AF_UNIX) {
			judge_socket(judge, facts);
			break;
		}
		judge_say(judge, FINDING_NET_REFUSED, "nothing listens there: connection refused");
		break;
	case ECONNRESET:
		judge_say(judge, FINDING_NET_RESET, "connection reset as soon as it was made");
		break;
	case ETIMEDOUT:
		judge_say(judge, FINDING_NET_TIMEOUT_CONNECT, "no answer to the connection");
		break;
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:
		if (six) {
			judge_say(judge, FINDING_CLIENT_NO_IPV6, "this machine has no IPv6");
			break;
		}
		judge_say(judge, FINDING_NET_UNREACHABLE, err->text);
		break;
	default:
		judge_say(judge, FINDING_NET_UNREACHABLE, err->text);
	}
}

static void
judge_closed(
    const struct judge *judge, const struct session_facts *facts, const struct phase *phase)
{
	bool reset = facts->err.code != 0;
	bool greeted = facts->greeting != NULL;
	char message[160];
	enum finding_id id = reset ? FINDING_NET_RESET : FINDING_NET_CLOSED;

	snprintf(message, sizeof(message),
	    "connection %s by the server %s the greeting, at the step %s",
	    reset ? "reset" : "closed", greeted ? "after" : "before", phase_label(phase->name));
	if (phase->name == PHASE_TLS) {
		id = FINDING_TLS_CUT;
		snprintf(message, sizeof(message),
		    "connection %s by the server inside the TLS handshake",
		    reset ? "reset" : "closed");
	} else if (!reset && phase->name == PHASE_AUTH) {
		id = FINDING_AUTH_LOST;
		snprintf(message, sizeof(message),
		    "the server closed the connection during the login without a word");
	} else if (!reset && phase->name == PHASE_MAILBOX) {
		id = FINDING_MAILBOX_CORRUPT;
		snprintf(message, sizeof(message),
		    "login good, then the connection was closed on opening the mailbox without a "
		    "word");
	}
	judge_say(judge, id, message);
}

static void
judge_resolve(const struct judge *judge, const struct err *err)
{
	static const enum finding_id ids[] = {
	    [ERR_RESOLVE_NXDOMAIN] = FINDING_DNS_NXDOMAIN,
	    [ERR_RESOLVE_NO_ADDRESS] = FINDING_DNS_NO_ADDRESS,
	    [ERR_RESOLVE_SERVFAIL] = FINDING_DNS_SERVFAIL,
	    [ERR_RESOLVE_SILENT] = FINDING_DNS_RESOLVER,
	    [ERR_RESOLVE_MALFORMED] = FINDING_DNS_MALFORMED,
	    [ERR_RESOLVE_FILTERED] = FINDING_DNS_FILTERED,
	    [ERR_RESOLVE_BOGUS] = FINDING_DNSSEC_BOGUS,
	};
	size_t code = err->code < 0 ? 0 : (size_t)err->code;

	judge_say(
	    judge, code > 0 && code < ARRAY_LEN(ids) ? ids[code] : FINDING_DNS_RESOLVER, err->text);
}

static void
judge_protocol(
    const struct judge *judge, const struct session_facts *facts, const struct phase *phase)
{
	static const enum finding_id ids[] = {
	    [ERR_PROTOCOL_MALFORMED] = FINDING_PROTO_MALFORMED,
	    [ERR_PROTOCOL_LIMIT] = FINDING_PROTO_LIMIT,
	    [ERR_PROTOCOL_EARLY] = FINDING_PROTO_EARLY_REPLY,
	    [ERR_PROTOCOL_ORDER] = FINDING_PROTO_ORDER,
	    [ERR_PROTOCOL_OTHER] = FINDING_PROTO_NOT_PROTOCOL,
	};
	const struct err *err = &facts->err;
	size_t code = err->code < 0 ? 0 : (size_t)err->code;

	/* Bytes behind STARTTLS are judge_upgrade()'s, PREAUTH before TLS is IMAP's own. */
	if (facts->injected > 0 || (code == ERR_PROTOCOL_ORDER && phase->name == PHASE_GREETING))
		return;
	judge_say(judge, code > 0 && code < ARRAY_LEN(ids) ? ids[code] : FINDING_PROTO_MALFORMED,
	    err->text);
}

void
judge_ending(const struct judge *judge, const struct session_facts *facts)
{
	static const struct phase nowhere = {.name = PHASE_CONNECT};
	const struct phase *last = phase_last(&facts->phases);
	const struct phase *phase = last ? last : &nowhere;

	if (facts->tls_spoken_first) {
		judge_say(judge, FINDING_TLS_IMPLICIT_EXPECTED,
		    "no greeting in clear, and a TLS handshake is answered: the server wants TLS "
		    "from the first byte");
		return;
	}
	switch (facts->err.kind) {
	case ERR_NONE:
	case ERR_REFUSED: /* the dialog's own judge has the server's words */
	case ERR_LACKS:
	case ERR_CONFIG: /* judge_login()'s: a secret withheld, a value that cannot be said */
		return;
	case ERR_LOCAL:
		judge_say(judge, FINDING_CLIENT_RESOURCES, facts->err.text);
		return;
	case ERR_RESOLVE:
		judge_resolve(judge, &facts->err);
		return;
	case ERR_CONNECT:
		judge_connect(judge, facts);
		return;
	case ERR_TIMEOUT:
		judge_timeout(judge, facts, phase);
		return;
	case ERR_CLOSED:
		judge_closed(judge, facts, phase);
		return;
	case ERR_TLS:
		judge_handshake(judge, facts);
		return;
	case ERR_PROTOCOL:
		judge_protocol(judge, facts, phase);
		return;
	}
}

void
judge_unexplained(const struct judge *judge, const struct session_facts *facts)
{
	if (!err_is_set(&facts->err))
		return;
	for (size_t i = 0; i < judge->report->finding_count; i++) {
		const struct finding_row *row = &finding_rows[judge->report->findings[i].id];

		/* By the table, not the policy: what the user muted is explained all the same. */
		if (row->state != STATE_OK && strncmp(row->id, "policy.cleartext", 16) != 0)
			return;
	}
	judge_say(judge, FINDING_CLIENT_INTERNAL, facts->err.text);
}

/* ---- STARTTLS ------------------------------------------------------------------ */

void
judge_upgrade(const struct judge *judge, const struct session_facts *facts)
{
	struct report_finding *finding;
	char message[160];

	if (facts->injected > 0) {
		snprintf(message, sizeof(message),
		    "%zu bytes in clear came behind the answer to %s; they were not believed",
		    facts->injected, judge->proto->starttls);
		finding = judge_say(judge, FINDING_TLS_STARTTLS_INJECTED, message);
		report_said(judge->report, finding, facts->injected_bytes,
		    strnlen(facts->injected_bytes, sizeof(facts->injected_bytes)));
	}
	if (judge->mode == SESSION_STARTTLS && facts->starttls_asked && !facts->starttls_accepted &&
	    facts->starttls_reply) {
		snprintf(message, sizeof(message),
		    "%s was offered and then refused; nothing secret was sent",
		    judge->proto->starttls);
		finding = judge_say(judge, FINDING_TLS_STARTTLS_REFUSED, message);
		report_said(
		    judge->report, finding, facts->starttls_reply, strlen(facts->starttls_reply));
	}
	if (judge->mode == SESSION_STARTTLS && !facts->starttls_asked &&
	    facts->err.kind == ERR_LACKS && !facts->tls.begun) {
		snprintf(message, sizeof(message),
		    "%s is not offered (or was stripped on the way); nothing secret was sent",
		    judge->proto->starttls);
		judge_say(judge, FINDING_TLS_STARTTLS_MISSING, message);
	}
}

/* ---- phases -------------------------------------------------------------------- */

static enum phase_result
phase_result(enum phase_outcome outcome)
{
	switch (outcome) {
	case PHASE_DONE:
		return PHASE_OK;
	case PHASE_LATE:
		return PHASE_TIMED_OUT;
	default:
		return PHASE_FAILED;
	}
}

/* What the timeline says beside a phase, where the dialog left no words of its own. */
static const char *
phase_words(const struct session_facts *facts, const struct phase *phase, struct buf *room)
{
	const struct tls_facts *tls = &facts->tls;

	buf_clear(room);
	if (phase->detail[0])
		return phase->detail;
	if (phase->outcome != PHASE_DONE)
		return facts->err.text;
	if (phase->name == PHASE_CONNECT)
		return facts->address.text;
	if (phase->name == PHASE_TLS && tls->done)
		buf_printf(room, "TLS %s, %s, %s%s", tls_version_name(tls->version),
		    tls->group[0] ? tls->group : tls->cipher,
		    tls->verified ? "verified for " : "not verified",
		    tls->verified ? tls->verify_name : "");
	if (phase->name == PHASE_GREETING && facts->greeting)
		buf_printf(room, "\"%.100s\"", facts->greeting);
	return buf_text(room);
}

void
judge_phases(const struct judge *judge, const struct session_facts *facts, int64_t run_started_us)
{
	struct buf room;

	buf_init(&room, 512);
	for (size_t i = 0; i < facts->phases.count; i++) {
		const struct phase *phase = &facts->phases.list[i];
		struct report_phase shown = {
		    .endpoint = judge->endpoint,
		    .name = phase_label(phase->name),
		    .start_us = phase->start_us - run_started_us,
		    .span_us = phase->end_us - phase->start_us,
		    .result = phase_result(phase->outcome),
		    .detail = phase_words(facts, phase, &room),
		};

		report_phase(judge->report, &shown);
	}
	buf_free(&room);
	for (int name = 0; name < PHASE_COUNT; name++) {
		int64_t span_us = phase_span_us(&facts->phases, (enum phase_name)name);
		enum metric_id metric;
		char label[32];

		snprintf(label, sizeof(label), "time_%s", phase_label((enum phase_name)name));
		if (span_us >= 0 && metric_find(label, &metric))
			report_metric(judge->report, metric, seconds(span_us));
	}
}
