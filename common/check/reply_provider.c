/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns who is behind a server's name or greeting. Only providers that the
 * reply catalogue has words of are listed; whoever is not here is nobody.
 */
#include <string.h>

#include "base/text.h"
#include "check/reply.h"

/* Domains: of the host asked, of the MX, of the name the server gives itself. */
static const struct {
	const char *domain, *provider;
} domains[] = {
    {"gmail.com", "google"},
    {"google.com", "google"},
    {"googlemail.com", "google"},
    {"googlemail.l.google.com", "google"},
    {"outlook.com", "microsoft"},
    {"office365.com", "microsoft"},
    {"office.com", "microsoft"},
    {"hotmail.com", "microsoft"},
    {"live.com", "microsoft"},
    {"mail.protection.outlook.com", "microsoft"},
    {"mx.microsoft", "microsoft"},
    {"yandex.ru", "yandex"},
    {"yandex.net", "yandex"},
    {"yandex.com", "yandex"},
    {"ya.ru", "yandex"},
    {"mail.ru", "mailru"},
    {"rambler.ru", "rambler"},
    {"me.com", "apple"},
    {"icloud.com", "apple"},
    {"apple.com", "apple"},
    {"yahoo.com", "yahoo"},
    {"yahoo.net", "yahoo"},
    {"yahoodns.net", "yahoo"},
    {"yahoo.co.uk", "yahoo"},
    {"aol.com", "yahoo"},
    {"att.net", "yahoo"},
    {"sbcglobal.net", "yahoo"},
    {"verizon.net", "yahoo"},
    {"gmx.net", "gmx"},
    {"gmx.com", "gmx"},
    {"gmx.de", "gmx"},
    {"web.de", "gmx"},
    {"mail.com", "gmx"},
    {"kundenserver.de", "ionos"},
    {"ionos.com", "ionos"},
    {"ionos.de", "ionos"},
    {"ionos.co.uk", "ionos"},
    {"1und1.de", "ionos"},
    {"t-online.de", "telekom"},
    {"laposte.net", "laposte"},
    {"orange.fr", "orange"},
    {"wanadoo.fr", "orange"},
    {"163.com", "netease"},
    {"126.com", "netease"},
    {"188.com", "netease"},
    {"yeah.net", "netease"},
    {"netease.com", "netease"},
    {"qq.com", "tencent"},
    {"exmail.qq.com", "tencent"},
    {"zoho.com", "zoho"},
    {"zoho.eu", "zoho"},
    {"zoho.in", "zoho"},
    {"zohomail.com", "zoho"},
    {"amazonaws.com", "ses"},
    {"amazonses.com", "ses"},
    {"sendgrid.net", "sendgrid"},
    {"mimecast.com", "mimecast"},
    {"pphosted.com", "proofpoint"},
    {"ppe-hosted.com", "proofpoint"},
    {"secureserver.net", "godaddy"},
    {"comcast.net", "comcast"},
};

/* What servers say of themselves, wherever in a greeting or an ID it stands. */
static const struct mark {
	const char *words, *provider;
} marks[] = {
    {"gsmtp", "google"},
    {"Gimap ready", "google"},
    {"Gpop ready", "google"},
    {"\"GImap\"", "google"},
    {"Microsoft ESMTP MAIL Service", "microsoft"},
    {"Microsoft Exchange", "microsoft"},
    {"Yandex", "yandex"},
    {"IMAP4rev1 Mail.Ru", "mailru"},
    {"Rambler", "rambler"},
    {"iCloud", "apple"},
    {"\"name\" \"iproxy\"", "apple"},
    {"Nemesis ESMTP", "gmx"},
    {"Coremail", "netease"},
    {"QQMail", "tencent"},
    {"Zoho", "zoho"},
    {"SendGrid", "sendgrid"},
    {"Mimecast", "mimecast"},
};

/* Programs whose words the catalogue knows; a provider that runs them is the better answer. */
static const struct mark software[] = {
    {"Courier", "courier"},
    {"Cyrus", "cyrus"},
};

/* True if host is domain or lies below it. */
static bool
below(const char *host, size_t len, const char *domain)
{
	size_t size = strlen(domain);

	while (len > 0 && host[len - 1] == '.')
		len--;
	if (len < size || (len > size && host[len - size - 1] != '.'))
		return false;
	return text_find_fold(host + len - size, size, domain) != NULL;
}

static const char *
by_domain(const char *host, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
		if (below(host, len, domains[i].domain))
			return domains[i].provider;
	}
	return NULL;
}

static const char *
by_mark(const struct mark *list, size_t count, const char *text)
{
	for (size_t i = 0; text != NULL && i < count; i++) {
		if (text_find_fold(text, strlen(text), list[i].words) != NULL)
			return list[i].provider;
	}
	return NULL;
}

/* "220 NAME ESMTP ..." and "220-NAME ...": the name only. */
static const char *
by_greeting_name(const char *greeting)
{
	if (greeting == NULL || strspn(greeting, "0123456789") != 3 || greeting[3] == '\0')
		return NULL;
	return by_domain(greeting + 4, strcspn(greeting + 4, " \r\n"));
}

const char *
reply_provider(const char *greeting, const char *ehlo_name, const char *host, const char *imap_id)
{
	const char *found = by_greeting_name(greeting);

	if (found == NULL)
		found = by_mark(marks, ARRAY_LEN(marks), greeting);
	if (found == NULL)
		found = by_mark(marks, ARRAY_LEN(marks), imap_id);
	if (found == NULL && ehlo_name != NULL)
		found = by_domain(ehlo_name, strcspn(ehlo_name, " \r\n"));
	if (found == NULL && host != NULL)
		found = by_domain(host, strlen(host));
	if (found == NULL)
		found = by_mark(software, ARRAY_LEN(software), greeting);
	if (found == NULL)
		found = by_mark(software, ARRAY_LEN(software), imap_id);
	return found;
}
