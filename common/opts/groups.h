/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups of rows that several programs share, with the struct each fills. Rows
 * and meaning are the promise made to users; see groups.c for the tables.
 */
#ifndef COMMON_OPTS_GROUPS_H
#define COMMON_OPTS_GROUPS_H

#include "opts/opts.h"

enum opts_output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_OPENMETRICS };
enum opts_action {
	ACTION_NONE = 0,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST_FINDINGS,
	ACTION_LIST_METRICS,
	ACTION_LIST_OPTIONS,
	ACTION_MAN,
	ACTION_ICINGA2,
	ACTION_JSON_SCHEMA
};

/* All programs: target, limits, output. */
struct basic_opts {
	struct strings hostname; /* -H; one but in C and M */
	int64_t port;            /* 0: by mode */
	bool ipv4, ipv6;
	const char *timeout;              /* duration[:state] */
	struct strings warning, critical; /* [METRIC=]RANGE */
	int verbose;
	int output; /* enum opts_output */
	const char *metrics_file;
	struct strings metrics_label;
	int perfdata; /* enum perfdata_style */
	uint64_t max_output;
	struct strings state; /* ID=STATE */
	struct strings extra_opts;
	struct strings resolver, resolve;
	bool require_sandbox;
	const char *explain;
	const char *completion;
	int action; /* enum opts_action */
	/* of memory_rows and dnssec_rows, where a program has them */
	const char *state_dir;
	bool require_dnssec;
	const char *trust_anchor;
};

/* I S P C; M with --connect. */
struct connection_opts {
	bool tls, starttls, cleartext;
	int tls_min, tls_max; /* 0..3 = TLS 1.0..1.3 */
	const char *ca_file, *ca_path;
	bool insecure;
	struct strings verify_name;
	const char *sni;
	const char *client_cert, *client_key, *client_key_password_file;
	bool dane;
	struct strings pin_spki;
	int64_t proxy_protocol; /* 0, 1, 2 */
	bool all_addresses, first_address;
	const char *srv;
	const char *certificate; /* -D W[,C] in days */
};

/* I S P D; S once more with prefix "arrives-". */
struct login_opts {
	const char *user;
	char *password;
	const char *password_file, *token_file;
	const char *password_env;
	int64_t password_fd; /* 0: none */
	const char *password_command, *token_command;
	const char *password_credential;
	int authtype; /* index into the row's choices; -1: not given */
	const char *authzid;
	bool allow_exposed_password;
	struct strings require, forbid, require_before_tls, forbid_before_tls;
};

extern const struct opt basic_rows[];      /* struct basic_opts */
extern const struct opt connection_rows[]; /* struct connection_opts */
extern const struct opt login_rows[];      /* struct login_opts: user, secrets, mechanism */
extern const struct opt
    session_rows[]; /* struct login_opts too: authzid, capabilities; --arrives- has them not */
extern const struct opt memory_rows[]; /* struct basic_opts; I S C M */
extern const struct opt dnssec_rows[]; /* struct basic_opts; C M */

/* The choices of --authtype, in the order of the enum that wire/sasl.h gives them. */
#define AUTHTYPE_CHOICES \
	"PLAIN|LOGIN|CRAM-MD5|SCRAM-SHA-1|SCRAM-SHA-256|SCRAM-SHA-1-PLUS|SCRAM-SHA-256-PLUS|" \
	"XOAUTH2|OAUTHBEARER|EXTERNAL|APOP|USER|IMAP-LOGIN"

/* Classic letters that -I and -P programs share (check_tcp's): struct classic_opts. */
struct classic_opts {
	struct strings expect;
	bool all, escape, jail;
	struct opt_state mismatch, refuse;
	const char *send, *quit;
};
extern const struct opt classic_rows[];

#endif
