/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what the addresses of one name mean together. Decides no state of its own. */
#include "check/several.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "wire/cert.h"

#define SHOWN_MAX 3 /* addresses named in a message */

/* ---- who does not answer ----------------------------------------------------------------- */

struct tally {
	size_t dead, alive;
	const struct several *first_dead;
};

static struct tally
tally_of(const struct several *seen, size_t count, int family)
{
	struct tally tally = {0};

	for (size_t i = 0; i < count; i++) {
		if (seen[i].address->family != family)
			continue;
		if (seen[i].reached) {
			tally.alive++;
		} else {
			if (!tally.first_dead)
				tally.first_dead = &seen[i];
			tally.dead++;
		}
	}
	return tally;
}

static void
say_address(struct report *report, const struct several *dead)
{
	report_add(report, FINDING_NET_ADDRESS_DEAD, dead->endpoint,
	    "address %s does not answer (%s), another one does", dead->address->text,
	    dead->facts->err.text);
}

static void
say_family(struct report *report, const char *subject, const struct tally *tally, bool six)
{
	struct report_finding *finding = report_add(report, FINDING_NET_ADDRESS_DEAD,
	    tally->dead == 1 ? tally->first_dead->endpoint : subject,
	    "IPv%d does not answer (%s: %s), IPv%d does", six ? 6 : 4,
	    tally->first_dead->address->text, tally->first_dead->facts->err.text, six ? 4 : 6);

	report_why(report, finding,
	    "the service listens on IPv%d only, or the firewall has no rule for IPv%d", six ? 4 : 6,
	    six ? 6 : 4);
	report_why(report, finding, "the %s record points to a host that no longer serves this",
	    six ? "AAAA" : "A");
	report_why(report, finding, "IPv%d is broken on the way from here", six ? 6 : 4);
	report_next(report, finding, "on {host}: ss -ltn 'sport = :{port}' (is there %s line?)",
	    six ? "an [::]" : "a 0.0.0.0");
	report_next(report, finding,
	    "here: the same check with -%d, also of another host of which IPv%d works", six ? 6 : 4,
	    six ? 6 : 4);
	report_next(report, finding,
	    "in the zone: take the %s record out until it works; clients wait for it",
	    six ? "AAAA" : "A");
}

void
several_dead(struct report *report, const char *subject, const struct several *seen, size_t count)
{
	struct tally four = tally_of(seen, count, AF_INET), six = tally_of(seen, count, AF_INET6);
	bool four_gone = four.dead > 0 && four.alive == 0 && six.alive > 0;
	bool six_gone = six.dead > 0 && six.alive == 0 && four.alive > 0;

	if (four.alive + six.alive == 0)
		return;
	if (six_gone)
		say_family(report, subject, &six, true);
	if (four_gone)
		say_family(report, subject, &four, false);
	for (size_t i = 0; i < count; i++) {
		bool said = seen[i].address->family == AF_INET6 ? six_gone : four_gone;

		if (!seen[i].reached && !said)
			say_address(report, &seen[i]);
	}
}

/* ---- who serves what ----------------------------------------------------------------------- */

static const struct cert *
leaf_of(const struct several *seen)
{
	const struct cert_chain *sent = &seen->facts->tls.sent;

	return seen->reached && sent->count > 0 ? &sent->list[0] : NULL;
}

static bool
same_leaf(const struct cert *a, const struct cert *b)
{
	return strcmp(a->sha256, b->sha256) == 0;
}

void
several_certs(struct report *report, const char *subject, const struct several *seen, size_t count,
    int64_t now_unix)
{
	const struct cert *newest = NULL;
	size_t with = 0, stale = 0;
	struct buf list;

	for (size_t i = 0; i < count; i++) {
		const struct cert *leaf = leaf_of(&seen[i]);

		with += leaf != NULL;
		if (leaf && (!newest || leaf->not_after_unix > newest->not_after_unix))
			newest = leaf;
	}
	buf_init(&list, 512);
	for (size_t i = 0; i < count; i++) {
		const struct cert *leaf = leaf_of(&seen[i]);

		if (!leaf || same_leaf(leaf, newest))
			continue;
		if (stale < SHOWN_MAX) {
			double days = cert_days(leaf, now_unix);

			buf_printf(&list, "%s%s: ", stale ? ", " : "", seen[i].address->text);
			text_days(&list, days, 1);
			buf_add_text(&list, days < 0 ? "" : " left");
		}
		stale++;
	}
	if (stale > SHOWN_MAX)
		buf_printf(&list, " and %zu more", stale - SHOWN_MAX);
	if (stale > 0)
		report_add(report, FINDING_TLS_CERT_DIFFERS, subject,
		    "%zu of %zu addresses serve%s another certificate (%s) than the newest with "
		    "%.1f days",
		    stale, with, stale == 1 ? "s" : "", buf_text(&list),
		    cert_days(newest, now_unix));
	buf_free(&list);
}

/* ---- who is kept waiting ------------------------------------------------------------------- */

void
several_logins(struct report *report)
{
	const char *refused = NULL;

	for (size_t i = 0; i < report->finding_count && !refused; i++)
		if (report->findings[i].id == FINDING_AUTH_CREDENTIALS)
			refused = report->findings[i].subject;
	for (size_t i = 0; i < report->finding_count && refused; i++) {
		struct report_finding *finding = &report->findings[i];

		if (finding->id != FINDING_NET_TIMEOUT_LOGIN)
			continue;
		report_why(report, finding,
		    "a login of this run was refused at %s: servers delay answers after failed "
		    "logins",
		    refused);
		report_next(report, finding,
		    "here: mend user or password first; the delay then ends by itself");
		report_next(report, finding,
		    "on {host}: login log at this minute (auth_failure_delay, anvil penalty)");
	}
}
