/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the table of findings as mdoc(7): a section of each program's page, and
 * the page mailvitals-findings(7).
 */
#include <string.h>

#include "report/render_parts.h"

/* Pages are reproducible: the date is that of the table, not of the build. */
#define PAGE_DATE "November 22, 2026"

#define WIDTH 76

/* Backslashes and what would begin a line like a macro are escaped. */
static void
word(struct buf *out, const char *text, size_t len, bool begins_line)
{
	if (begins_line && (*text == '.' || *text == '\''))
		buf_add_text(out, "\\&");
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			buf_add_text(out, "\\e");
		else
			buf_add_char(out, text[i]);
	}
}

static void
prose(struct buf *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");
		bool breaks = column > 0 && column + 1 + len > WIDTH;

		if (column > 0)
			buf_add_char(out, breaks ? '\n' : ' ');
		column = breaks || column == 0 ? len : column + 1 + len;
		word(out, text, len, column == len);
		text += len + strspn(text + len, " ");
	}
	buf_add_char(out, '\n');
}

static const char *
state_words(const struct finding_row *row)
{
	switch (row->rule) {
	case FINDING_STEPS:
		return "WARNING or CRITICAL";
	case FINDING_WORST:
		return "worst of what it explains";
	default:
		return state_name(row->state);
	}
}

static void
item(struct buf *out, const struct finding_row *row)
{
	buf_printf(out, ".It Cm %s Pq %s , %s\n", row->id, state_words(row), who_name(row->who));
	prose(out, row->meaning);
}

void
render_findings_mdoc(struct buf *out, unsigned programs)
{
	buf_add_text(out, ".Sh FINDINGS\n"
			  "What can be wrong, with its state and who acts.\n"
			  ".Fl Fl state\n"
			  "changes the state of a finding or of a whole branch;\n"
			  ".Fl Fl explain\n"
			  "prints causes and next steps, as does\n"
			  ".Xr mailvitals-findings 7 .\n"
			  ".Bl -tag -width Ds\n");
	for (int i = 0; i < FINDING_COUNT; i++)
		if (finding_rows[i].programs & programs)
			item(out, &finding_rows[i]);
	buf_add_text(out, ".El\n");
}

/* The lines of a cause or next step list, placeholders as argument names. */
static void
lines(struct buf *out, const char *title, const char *const *texts, size_t count)
{
	buf_printf(out, ".Pp\n%s:\n.Bl -dash -compact\n", title);
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, ".It\n");
		prose(out, texts[i]);
	}
	buf_add_text(out, ".El\n");
}

static void
item_in_full(struct buf *out, enum finding_id id)
{
	const struct render_params nobody = {0};
	const char *texts[REPORT_LINES_MAX];
	struct report report;
	const struct report_finding *finding;

	report_init(&report, NULL);
	finding = report_add(&report, id, NULL, "%s", "");
	item(out, &finding_rows[id]);
	lines(out, "Likely causes", texts, render_why(&report, finding, &nobody, texts));
	lines(out, "Next steps", texts, render_next(&report, finding, &nobody, texts));
	if (finding_rows[id].reference) {
		buf_add_text(out, ".Pp\nReference: ");
		prose(out, finding_rows[id].reference);
	}
	report_free(&report);
}

/* "net." of "net.refused": each group is a section. */
static size_t
group_len(const char *id)
{
	return strcspn(id, ".");
}

static void
group_begins(struct buf *out, const char *id)
{
	static const struct {
		const char *group, *title;
	} titles[] = {
	    {"net", "Network"},
	    {"dns", "Name resolution"},
	    {"tls", "TLS and certificates"},
	    {"dane", "DANE"},
	    {"proto", "Protocol"},
	    {"auth", "Login"},
	    {"limit", "Limits"},
	    {"quota", "Quota"},
	    {"policy", "Policy of the server"},
	    {"server", "State of the server"},
	    {"client", "The checking machine"},
	    {"mailbox", "Mailbox"},
	    {"delivery", "Delivery"},
	    {"mx", "MX records"},
	    {"ns", "Name servers"},
	    {"ptr", "Reverse names"},
	    {"spf", "SPF"},
	    {"dkim", "DKIM"},
	    {"dmarc", "DMARC"},
	    {"mtasts", "MTA-STS"},
	    {"tlsrpt", "TLS reporting"},
	    {"dnssec", "DNSSEC"},
	    {"srv", "SRV records"},
	    {"bimi", "BIMI"},
	    {"rbl", "Block lists"},
	    {"account", "Account"},
	    {"threshold", "Thresholds"},
	};

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (strlen(titles[i].group) == group_len(id) &&
		    strncmp(titles[i].group, id, group_len(id)) == 0)
			buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", titles[i].title);
}

void
render_findings_page(struct buf *out)
{
	buf_add_text(out, ".Dd " PAGE_DATE "\n"
			  ".Dt MAILVITALS-FINDINGS 7\n"
			  ".Os\n"
			  ".Sh NAME\n"
			  ".Nm mailvitals-findings\n"
			  ".Nd everything that mailvitals can find wrong\n"
			  ".Sh DESCRIPTION\n"
			  "Every finding of the checks has an id that does not change.\n"
			  "Behind it stand its usual state and who acts.\n"
			  "Of several findings the one that stands first here is named first.\n"
			  "Words in capitals stand for what a run fills in.\n"
			  ".Sh FINDINGS\n");
	for (int i = 0; i < FINDING_COUNT; i++) {
		const char *id = finding_rows[i].id;
		const char *after = i + 1 < FINDING_COUNT ? finding_rows[i + 1].id : "";
		const char *before = i > 0 ? finding_rows[i - 1].id : "";
		size_t len = group_len(id) + 1;

		if (strncmp(before, id, len) != 0)
			group_begins(out, id);
		item_in_full(out, (enum finding_id)i);
		if (strncmp(after, id, len) != 0)
			buf_add_text(out, ".El\n");
	}
	buf_add_text(out, ".Sh SEE ALSO\n"
			  ".Xr check_cert_expiry 1 ,\n"
			  ".Xr check_imap_tls 1 ,\n"
			  ".Xr check_mx_rbl 1 ,\n"
			  ".Xr check_pop3 1 ,\n"
			  ".Xr check_smtp_submit 1 ,\n"
			  ".Xr mailvitals 1\n");
}
