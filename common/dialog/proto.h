/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of mail protocols: what they are called and where they live. A
 * protocol more is a row more.
 */
#ifndef COMMON_DIALOG_PROTO_H
#define COMMON_DIALOG_PROTO_H

#include "dialog/session.h"

enum proto_id {
	PROTO_IMAP,
	PROTO_POP3,
	PROTO_SMTP,
	PROTO_SUBMISSION,
	PROTO_LMTP,
	/* whose certificate alone is looked at */
	PROTO_SIEVE,
	PROTO_LDAP,
	PROTO_FTP,
	PROTO_XMPP,
	PROTO_NNTP,
	PROTO_POSTGRES,
	PROTO_MYSQL,
	PROTO_HTTPS,
	PROTO_TLS,
	PROTO_COUNT
};

struct proto {
	enum proto_id id;
	const char *name;                /* "imap": JSON's service, SRV and catalogue */
	const char *service;             /* "IMAP": first word of the output */
	const char *scheme, *tls_scheme; /* of URIs: "imap", "imaps"; NULL: none */
	uint16_t port, tls_port; /* with STARTTLS or in clear; with implicit TLS, 0 = none */
	enum session_mode mode;  /* when neither port nor option decides */
	const char *starttls;    /* the command: "STARTTLS", "STLS" */
	const char *srv,
	    *tls_srv; /* "_imap._tcp", "_imaps._tcp" (RFC 6186, RFC 8314); NULL: none */
};

const struct proto *proto_get(enum proto_id id);
/* By name or either scheme, case folded; *tls_out (may be NULL): the scheme was the one with TLS. NULL: unknown. */
const struct proto *proto_find(const char *name, bool *tls_out);
/* The protocol that lives on a port; *tls_out: with implicit TLS there. NULL: nothing known. */
const struct proto *proto_by_port(uint16_t port, bool *tls_out);
/* True if one program speaks both: smtp, submission and lmtp are one family. */
bool proto_same_family(const struct proto *a, const struct proto *b);
/* 465, 993, 995 implicit; 25, 587, 2525, 110, 143, 4190 STARTTLS; others false. */
bool proto_port_mode(uint16_t port, enum session_mode *mode_out);
/* The port a mode uses when none was given. */
uint16_t proto_port(const struct proto *proto, enum session_mode mode);

#endif
