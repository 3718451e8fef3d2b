/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose clock is wrong: what speaks against this machine's own when a
 * certificate is over or has not begun. All witnesses here are unsigned, so
 * they explain a finding and never lift it. Declared in check/judge.h.
 */
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "check/judge.h"
#include "wire/mail_date.h"

#define SKEW_S 300
#define YEAR_2000 946684800
#define YEAR_2100 4102444800

/* "Sun, 22 Nov 2026 05:23:38 +0000" anywhere in the greeting: Exim, sendmail and many others. */
static bool
date_in(const char *text, int64_t *unix_out)
{
	static const char *const days[] = {
	    "Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "};

	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		const char *at = strstr(text, days[i]);

		if (at && mail_date_parse(at, unix_out))
			return true;
	}
	return false;
}

/* POP3's "<process.clock@host>" (RFC 1939, 7). */
static bool
stamp_in(const char *text, int64_t *unix_out)
{
	const char *at = strchr(text, '<'), *dot;
	uint64_t value = 0;
	size_t digits;

	if (!at || !(dot = strchr(at, '.')))
		return false;
	digits = strspn(dot + 1, "0123456789");
	if (digits == 0 || dot[1 + digits] != '@' || !number_u64(dot + 1, digits, &value) ||
	    value < YEAR_2000 || value > YEAR_2100)
		return false;
	*unix_out = (int64_t)value;
	return true;
}

/* The server's idea of the time, and where it stood; NULL: it tells none. */
static const char *
witness(const struct judge *judge, const struct tls_facts *tls, int64_t *unix_out)
{
	if (judge->greeting &&
	    (date_in(judge->greeting, unix_out) || stamp_in(judge->greeting, unix_out)))
		return "the server's greeting";
	/* Answers are kept for days: only one out of the future tells something. */
	if (tls->staple_made_unix > judge->now_unix + SKEW_S) {
		*unix_out = tls->staple_made_unix;
		return "the stapled OCSP answer";
	}
	return NULL;
}

static bool
within(const struct tls_facts *tls, int64_t unix_seconds)
{
	for (size_t i = 0; i < tls->sent.count; i++) {
		const struct cert *cert = &tls->sent.list[i];

		if (!cert->dates_readable || unix_seconds < cert->not_before_unix ||
		    unix_seconds > cert->not_after_unix)
			return false;
	}
	return tls->sent.count > 0;
}

static size_t
in_future(const struct judge *judge, const struct tls_facts *tls)
{
	size_t count = 0;

	for (size_t i = 0; i < tls->sent.count; i++)
		count += tls->sent.list[i].dates_readable &&
			 tls->sent.list[i].not_before_unix > judge->now_unix;
	return count;
}

/* The findings about dates are then this machine's keeper's to mend, and say why. */
static void
blame_clock(const struct judge *judge, const char *why)
{
	struct report *report = judge->report;

	for (size_t i = 0; i < report->finding_count; i++) {
		struct report_finding *finding = &report->findings[i];

		if (finding->id != FINDING_TLS_CERT_NOT_YET_VALID &&
		    finding->id != FINDING_TLS_CERT_EXPIRED &&
		    finding->id != FINDING_TLS_CERT_CHAIN_EXPIRED)
			continue;
		finding->who = WHO_MONITOR;
		report_why(report, finding, "%s", why);
		report_next(report, finding,
		    "here: date -u; timedatectl; chronyc makestep; then check again");
	}
}

static void
say_clock(const struct judge *judge, const char *message)
{
	struct report_finding *finding =
	    report_add(judge->report, FINDING_CLIENT_CLOCK, judge->endpoint, "%s", message);

	if (judge->insecure)
		report_state(judge->report, finding, STATE_OK);
}

void
judge_clock(const struct judge *judge, const struct tls_facts *tls)
{
	int64_t theirs = 0;
	const char *who = witness(judge, tls, &theirs);
	struct buf here, there, message;

	buf_init(&here, 64);
	buf_init(&there, 64);
	buf_init(&message, 512);
	text_date(&here, judge->now_unix);
	if (who) {
		text_date(&there, theirs);
		report_line(judge->report, 2, "clock: here %s, %s says %s", buf_text(&here), who,
		    buf_text(&there));
	}
	if (who && !within(tls, judge->now_unix) && within(tls, theirs)) {
		blame_clock(judge,
		    "this machine's clock and the server's differ, and at the server's "
		    "time the certificate is good");
		buf_printf(&message, "this machine's clock says %s, %s says %s", buf_text(&here),
		    who, buf_text(&there));
		say_clock(judge, buf_text(&message));
	} else if (in_future(judge, tls) >= 2) {
		blame_clock(judge,
		    "this machine's clock is behind: no CA issues a whole chain ahead of time");
		buf_printf(&message,
		    "several certificates begin in the future: this machine's clock (%s) is behind",
		    buf_text(&here));
		say_clock(judge, buf_text(&message));
	}
	buf_free(&message);
	buf_free(&there);
	buf_free(&here);
}
