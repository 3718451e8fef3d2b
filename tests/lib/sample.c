/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports of well-known runs. Knows no renderer. */
#include "lib/sample.h"

#include <string.h>

#define IMAP_ENDPOINT "imap.example.org:993/192.0.2.25"
#define STARTED 1795322400 /* 2026-11-22 04:40:00 UTC */

static void
begin(struct sample *sample, const char *plugin, const char *service, const char *check,
    unsigned program, const char *subject)
{
	report_init(&sample->report, NULL);
	sample->params = (struct render_params){.plugin = plugin,
	    .service = service,
	    .check = check,
	    .program = program,
	    .version = "1.0.0",
	    .subject = subject,
	    .started_unix = STARTED,
	    .max_output = 8192};
}

void
sample_free(struct sample *sample)
{
	report_free(&sample->report);
}

static void
measured(struct sample *sample, enum metric_id id, double value, const char *warning,
    const char *critical)
{
	struct report_metric *metric = &sample->report.metrics[id];
	const char *why;

	report_metric(&sample->report, id, value);
	if (warning)
		metric->warning.set = range_parse(warning, metric_range_unit(id),
		    metric_rows[id].less_is_worse, &metric->warning, &why);
	if (critical)
		metric->critical.set = range_parse(critical, metric_range_unit(id),
		    metric_rows[id].less_is_worse, &metric->critical, &why);
	metric->judged = true;
}

static void
timed(struct sample *sample, double seconds)
{
	report_metric(&sample->report, METRIC_TIME, seconds);
	report_metric_max(&sample->report, METRIC_TIME, 10);
}

/* ---- IMAP ---------------------------------------------------------------------- */

static void
imap_metrics(struct sample *sample)
{
	timed(sample, 0.041327);
	report_metric(&sample->report, METRIC_TIME_DNS, 0.002101);
	report_metric(&sample->report, METRIC_TIME_CONNECT, 0.009011);
	report_metric(&sample->report, METRIC_TIME_TLS, 0.018310);
	report_metric(&sample->report, METRIC_TIME_AUTH, 0.006220);
	report_metric(&sample->report, METRIC_TIME_MAILBOX, 0.002004);
	measured(sample, METRIC_CERT_DAYS, 61.1, "22.5:", "9:");
	measured(sample, METRIC_CERT_LIFETIME_LEFT, 67.9, "25:", "10:");
	report_metric_max(&sample->report, METRIC_CERT_LIFETIME_LEFT, 100);
	report_metric(&sample->report, METRIC_MESSAGES, 214);
	measured(sample, METRIC_QUOTA_STORAGE_PERCENT, 41, "85", "95");
}

static void
imap_phases(struct report *report)
{
	static const struct report_phase phases[] = {
	    {NULL, "dns", 400, 2101, PHASE_OK, "2 addresses: 192.0.2.25, 2001:db8::25"},
	    {IMAP_ENDPOINT, "connect", 2193, 9011, PHASE_OK, "192.0.2.25"},
	    {IMAP_ENDPOINT, "tls", 11204, 18310, PHASE_OK,
		"TLS 1.3, x25519, verified for imap.example.org"},
	    {IMAP_ENDPOINT, "greeting", 29400, 600, PHASE_OK, "\"* OK Dovecot ready.\""},
	    {IMAP_ENDPOINT, "auth", 30100, 6220, PHASE_OK,
		"SCRAM-SHA-256, server proved that it knows the password"},
	    {IMAP_ENDPOINT, "mailbox", 36330, 2004, PHASE_OK, "EXAMINE INBOX: 214 messages"},
	};

	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		report_phase(report, &phases[i]);
}

static void
imap_server(struct arena *arena, struct value *endpoint)
{
	struct value *server = value_add_object(arena, endpoint, "server");
	struct value *list;

	value_add_text(
	    arena, server, "greeting", "* OK [CAPABILITY IMAP4rev1 \xe2\x80\xa6] Dovecot ready.");
	value_add_text(arena, server, "software", "Dovecot");
	value_add_text(arena, value_add_object(arena, server, "id"), "name", "Dovecot");
	list = value_add_array(arena, server, "capabilities");
	value_add_text(arena, list, NULL, "IMAP4rev1");
	value_add_text(arena, list, NULL, "IDLE");
	value_add_text(arena, list, NULL, "QUOTA");
	list = value_add_array(arena, server, "mechanisms");
	value_add_text(arena, list, NULL, "PLAIN");
	value_add_text(arena, list, NULL, "SCRAM-SHA-256");
}

static void
imap_tls(struct arena *arena, struct value *endpoint)
{
	struct value *tls = value_add_object(arena, endpoint, "tls");
	struct value *auth = value_add_object(arena, endpoint, "auth");

	value_add_text(arena, tls, "version", "1.3");
	value_add_text(arena, tls, "cipher", "TLS_AES_256_GCM_SHA384");
	value_add_text(arena, tls, "group", "x25519");
	value_add_text(arena, tls, "signature", "ecdsa_secp256r1_sha256");
	value_add_text(arena, tls, "sni", "imap.example.org");
	value_add_bool(arena, tls, "verified", true);
	value_add_int(arena, tls, "verify_code", 0);
	value_add_text(arena, tls, "verify_name", "imap.example.org");
	value_add_text(arena, auth, "mechanism", "SCRAM-SHA-256");
	value_add_bool(arena, auth, "server_proved", true);
	value_add_text(arena, auth, "user", "anna");
}

static void
imap_endpoint(struct report *report)
{
	struct arena *arena = &report->arena;
	struct value *endpoint = value_add_object(arena, report->endpoints, NULL);

	value_add_text(arena, endpoint, "id", IMAP_ENDPOINT);
	value_add_text(arena, endpoint, "host", "imap.example.org");
	value_add_text(arena, endpoint, "address", "192.0.2.25");
	value_add_int(arena, endpoint, "family", 4);
	value_add_int(arena, endpoint, "port", 993);
	value_add_bool(arena, endpoint, "chosen", true);
	value_add_text(arena, endpoint, "reached", "mailbox");
	imap_server(arena, endpoint);
	imap_tls(arena, endpoint);
}

static void
imap_certificate(struct report *report)
{
	struct arena *arena = &report->arena;
	struct value *certificate = value_add_object(arena, report->certificates, NULL);

	value_add_text(arena, certificate, "id", IMAP_ENDPOINT "#0");
	value_add_text(arena, certificate, "endpoint", IMAP_ENDPOINT);
	value_add_int(arena, certificate, "position", 0);
	value_add_text(arena, certificate, "key_type", "EC");
	value_add_int(arena, certificate, "key_bits", 256);
	value_add_text(arena, certificate, "subject", "CN=imap.example.org");
	value_add_text(arena, certificate, "issuer", "C=US, O=Let's Encrypt, CN=E7");
	value_add_text(
	    arena, value_add_array(arena, certificate, "names"), NULL, "imap.example.org");
	value_add_text(arena, certificate, "serial", "04a1");
	value_add_text(arena, certificate, "sha256", "9f");
	value_add_text(arena, certificate, "spki_sha256", "c4");
	value_add_time(arena, certificate, "not_before", "not_before_epoch", 1792825200);
	value_add_time(arena, certificate, "not_after", "not_after_epoch", 1800601200);
	value_add_real(arena, certificate, "days", 61.1, 1);
	value_add_real(arena, certificate, "lifetime_left", 67.9, 1);
	value_add_bool(arena, certificate, "in_path", true);
}

static void
imap_rest(struct report *report)
{
	struct arena *arena = &report->arena;
	struct value *inbox = value_add_object(arena, report->mailboxes, NULL);

	value_add_text(arena, report->target, "host", "imap.example.org");
	value_add_int(arena, report->target, "port", 993);
	value_add_text(arena, report->target, "service", "imap");
	value_add_text(arena, report->target, "mode", "tls");
	value_add_text(arena, report->target, "user", "anna");
	value_add_text(arena, inbox, "id", "INBOX");
	value_add_int(arena, inbox, "messages", 214);
	value_add_int(arena, inbox, "unseen", 3);
	value_add_int(arena, inbox, "recent", 0);
	value_add_int(arena, inbox, "uidnext", 9213);
	value_add_int(arena, inbox, "uidvalidity", 1433);
	value_add_text(arena, report->settings, "hostname", "imap.example.org");
	value_add_text(arena, report->settings, "user", "anna");
	value_add_text(arena, report->settings, "password", "file");
	value_add_int(arena, report->settings, "timeout", 10);
}

void
sample_imap_ok(struct sample *sample)
{
	begin(sample, "check_imap_tls", "IMAP", "imap", PROGRAM_IMAP, "imap.example.org:993");
	report_good(&sample->report, "login as %s, INBOX %d messages, certificate %d days, %s",
	    "anna", 214, 61, "41 ms");
	imap_metrics(sample);
	imap_phases(&sample->report);
	imap_endpoint(&sample->report);
	imap_certificate(&sample->report);
	imap_rest(&sample->report);
}

void
sample_imap_login_refused(struct sample *sample)
{
	static const char said[] = "NO [ALERT] Application-specific password required";
	struct report_finding *finding;

	begin(sample, "check_imap_tls", "IMAP", "imap", PROGRAM_IMAP, "imap.example.org:993");
	finding = report_add(&sample->report, FINDING_AUTH_APP_PASSWORD, IMAP_ENDPOINT,
	    "login refused: the account needs an app password");
	report_said(&sample->report, finding, said, strlen(said));
	report_why(
	    &sample->report, finding, "two-step sign-in is on and the normal password was used");
	report_next(&sample->report, finding,
	    "make an app password for this check, or use --token-file with OAuth2");
	imap_endpoint(&sample->report);
}

/* ---- the others ------------------------------------------------------------------ */

void
sample_smtp_warning(struct sample *sample)
{
	struct report_finding *finding;

	begin(sample, "check_smtp_submit", "SMTP", "smtp", PROGRAM_SMTP, "smtp.example.org:587");
	timed(sample, 0.0881);
	measured(sample, METRIC_CERT_DAYS, 14.2, "22.5:", "9:");
	measured(sample, METRIC_CERT_LIFETIME_LEFT, 15.8, "25:", "10:");
	report_metric_max(&sample->report, METRIC_CERT_LIFETIME_LEFT, 100);
	finding = report_add(&sample->report, FINDING_TLS_CERT_EXPIRING,
	    "smtp.example.org:587/192.0.2.26",
	    "certificate ends in 14.2 days (2026-12-06 09:12 UTC), limit 22.5 days");
	report_headline(&sample->report, finding, "certificate ends in 14.2 days, limit 22.5 days");
	report_why(&sample->report, finding,
	    "renewal has not run, or the service was not reloaded after it");
	report_next(&sample->report, finding,
	    "check_cert_expiry -H {host} -p {port} --compare-file /etc/ssl/mail/fullchain.pem");
}

void
sample_mx_critical(struct sample *sample)
{
	static const char said[] = "https://check.spamhaus.org/query/ip/192.0.2.25";
	struct report_finding *finding;

	begin(sample, "check_mx_rbl", "MX", "mx", PROGRAM_MX, "example.org");
	timed(sample, 0.14022);
	report_metric(&sample->report, METRIC_LISTED, 1);
	measured(sample, METRIC_SCORE, 10, "4", "9");
	report_metric(&sample->report, METRIC_LISTS_USABLE, 12);
	report_metric(&sample->report, METRIC_LISTS_TOTAL, 12);
	report_metric(&sample->report, METRIC_MX_HOSTS, 2);
	finding = report_add(
	    &sample->report, FINDING_DMARC_MISSING, NULL, "no DMARC record at _dmarc.example.org");
	report_why(&sample->report, finding, "\xe2\x80\xa6");
	report_next(&sample->report, finding, "\xe2\x80\xa6");
	finding =
	    report_add(&sample->report, FINDING_RBL_LISTED_HIGH, "zen.spamhaus.org/192.0.2.25",
		"192.0.2.25 listed by zen.spamhaus.org (127.0.0.2, high)");
	report_headline(&sample->report, finding,
	    "192.0.2.25 listed by zen.spamhaus.org (127.0.0.2), 1 of 12 lists");
	report_said(&sample->report, finding, said, strlen(said));
	report_why(&sample->report, finding,
	    "spam left through this address; a compromised account is most likely");
	report_next(&sample->report, finding,
	    "look for the sender in the mail log, stop it, then ask for removal at "
	    "https://check.spamhaus.org/");
}

void
sample_pop3_unknown(struct sample *sample)
{
	struct report_finding *finding;

	begin(sample, "check_pop3", "POP3", "pop3", PROGRAM_POP3, "pop.example.org:995");
	timed(sample, 10.000871);
	finding = report_add(&sample->report, FINDING_DNS_RESOLVER, NULL,
	    "192.0.2.53 and 192.0.2.54 silent for 10.0 s");
	report_headline(&sample->report, finding,
	    "no answer from any name server of this machine within 10.0 s");
	report_why(&sample->report, finding,
	    "the resolver of this machine is down, or port 53 is blocked; the mail service was "
	    "not reached and not judged");
	report_next(&sample->report, finding, "dig @192.0.2.53 example.org");
}
