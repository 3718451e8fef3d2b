/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the table of protocols. Knows no dialog. */
#include "dialog/proto.h"

#include "base/text.h"

static const struct proto PROTOS[] = {
    [PROTO_IMAP] = {.id = PROTO_IMAP,
	.name = "imap",
	.service = "IMAP",
	.scheme = "imap",
	.tls_scheme = "imaps",
	.port = 143,
	.tls_port = 993,
	.mode = SESSION_TLS,
	.starttls = "STARTTLS",
	.srv = "_imap._tcp",
	.tls_srv = "_imaps._tcp"},
    [PROTO_POP3] = {.id = PROTO_POP3,
	.name = "pop3",
	.service = "POP3",
	.scheme = "pop3",
	.tls_scheme = "pop3s",
	.port = 110,
	.tls_port = 995,
	.mode = SESSION_TLS,
	.starttls = "STLS",
	.srv = "_pop3._tcp",
	.tls_srv = "_pop3s._tcp"},
    /* Port 465 is submissions, never smtps between servers (RFC 8314, 7.3). */
    [PROTO_SMTP] = {.id = PROTO_SMTP,
	.name = "smtp",
	.service = "SMTP",
	.scheme = "smtp",
	.tls_scheme = "smtps",
	.port = 25,
	.tls_port = 465,
	.mode = SESSION_STARTTLS,
	.starttls = "STARTTLS"},
    [PROTO_SUBMISSION] = {.id = PROTO_SUBMISSION,
	.name = "submission",
	.service = "SMTP",
	.scheme = "submission",
	.tls_scheme = "submissions",
	.port = 587,
	.tls_port = 465,
	.mode = SESSION_STARTTLS,
	.starttls = "STARTTLS",
	.srv = "_submission._tcp",
	.tls_srv = "_submissions._tcp"},
    [PROTO_LMTP] = {.id = PROTO_LMTP,
	.name = "lmtp",
	.service = "LMTP",
	.scheme = "lmtp",
	.port = 24,
	.mode = SESSION_STARTTLS,
	.starttls = "STARTTLS"},
    [PROTO_SIEVE] = {.id = PROTO_SIEVE,
	.name = "sieve",
	.service = "SIEVE",
	.scheme = "sieve",
	.port = 4190,
	.mode = SESSION_STARTTLS,
	.starttls = "STARTTLS",
	.srv = "_sieve._tcp"},
    [PROTO_LDAP] = {.id = PROTO_LDAP,
	.name = "ldap",
	.service = "LDAP",
	.scheme = "ldap",
	.tls_scheme = "ldaps",
	.port = 389,
	.tls_port = 636,
	.mode = SESSION_STARTTLS,
	.starttls = "StartTLS"},
    [PROTO_FTP] = {.id = PROTO_FTP,
	.name = "ftp",
	.service = "FTP",
	.scheme = "ftp",
	.tls_scheme = "ftps",
	.port = 21,
	.tls_port = 990,
	.mode = SESSION_STARTTLS,
	.starttls = "AUTH TLS"},
    [PROTO_XMPP] = {.id = PROTO_XMPP,
	.name = "xmpp",
	.service = "XMPP",
	.scheme = "xmpp",
	.tls_scheme = "xmpps",
	.port = 5222,
	.tls_port = 5223,
	.mode = SESSION_STARTTLS,
	.starttls = "<starttls/>",
	.srv = "_xmpp-client._tcp",
	.tls_srv = "_xmpps-client._tcp"},
    [PROTO_NNTP] = {.id = PROTO_NNTP,
	.name = "nntp",
	.service = "NNTP",
	.scheme = "nntp",
	.tls_scheme = "nntps",
	.port = 119,
	.tls_port = 563,
	.mode = SESSION_STARTTLS,
	.starttls = "STARTTLS"},
    [PROTO_POSTGRES] = {.id = PROTO_POSTGRES,
	.name = "postgres",
	.service = "POSTGRES",
	.scheme = "postgresql",
	.port = 5432,
	.mode = SESSION_STARTTLS,
	.starttls = "SSLRequest"},
    [PROTO_MYSQL] = {.id = PROTO_MYSQL,
	.name = "mysql",
	.service = "MYSQL",
	.scheme = "mysql",
	.port = 3306,
	.mode = SESSION_STARTTLS,
	.starttls = "SSLRequest"},
    [PROTO_HTTPS] = {.id = PROTO_HTTPS,
	.name = "https",
	.service = "HTTPS",
	.tls_scheme = "https",
	.port = 443,
	.tls_port = 443,
	.mode = SESSION_TLS},
    [PROTO_TLS] = {.id = PROTO_TLS,
	.name = "tls",
	.service = "TLS",
	.tls_scheme = "tls",
	.mode = SESSION_TLS},
};
_Static_assert(ARRAY_LEN(PROTOS) == PROTO_COUNT, "a row for every protocol");

const struct proto *
proto_get(enum proto_id id)
{
	return &PROTOS[id];
}

static bool
is(const char *word, const char *name)
{
	return word && text_equal_fold(word, name);
}

const struct proto *
proto_find(const char *name, bool *tls_out)
{
	for (size_t i = 0; i < ARRAY_LEN(PROTOS); i++) {
		const struct proto *proto = &PROTOS[i];
		bool tls = is(proto->tls_scheme, name);
		if (!tls && !is(proto->name, name) && !is(proto->scheme, name))
			continue;
		if (tls_out)
			*tls_out = tls;
		return proto;
	}
	return NULL;
}

const struct proto *
proto_by_port(uint16_t port, bool *tls_out)
{
	*tls_out = false;
	if (port == 2525)
		return &PROTOS[PROTO_SUBMISSION];
	if (port == 5269) /* between servers */
		return &PROTOS[PROTO_XMPP];
	for (size_t i = 0; port && i < ARRAY_LEN(PROTOS); i++) {
		*tls_out = PROTOS[i].tls_port == port;
		if (*tls_out || PROTOS[i].port == port)
			return &PROTOS[i];
	}
	return NULL;
}

bool
proto_port_mode(uint16_t port, enum session_mode *mode_out)
{
	static const struct {
		uint16_t port;
		enum session_mode mode;
	} KNOWN[] = {
	    {465, SESSION_TLS},
	    {993, SESSION_TLS},
	    {995, SESSION_TLS},
	    {25, SESSION_STARTTLS},
	    {587, SESSION_STARTTLS},
	    {2525, SESSION_STARTTLS},
	    {110, SESSION_STARTTLS},
	    {143, SESSION_STARTTLS},
	    {4190, SESSION_STARTTLS},
	};
	for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
		if (KNOWN[i].port != port)
			continue;
		*mode_out = KNOWN[i].mode;
		return true;
	}
	return false;
}

uint16_t
proto_port(const struct proto *proto, enum session_mode mode)
{
	return mode == SESSION_TLS && proto->tls_port ? proto->tls_port : proto->port;
}

static bool
is_smtp(const struct proto *proto)
{
	return proto->id == PROTO_SMTP || proto->id == PROTO_SUBMISSION || proto->id == PROTO_LMTP;
}

bool
proto_same_family(const struct proto *a, const struct proto *b)
{
	return a->id == b->id || (is_smtp(a) && is_smtp(b));
}
