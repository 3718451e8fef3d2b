/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net/dns_settings.c: resolv.conf(5) and --resolver. */
#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "lib/unit.h"
#include "net/dns.h"

static const struct conf_row {
	const char *name, *text;
	size_t servers; /* 0: no name server */
	const char *first;
	int64_t wait_us;
	unsigned tries;
	bool trust_ad;
} conf_rows[] = {
    {"one", "nameserver 192.0.2.53\n", 1, "192.0.2.53", 0, 0, false},
    {"no newline", "nameserver 192.0.2.53", 1, "192.0.2.53", 0, 0, false},
    {"crlf, tabs", "search x\r\nnameserver\t2001:db8::53\t# x\r\n", 1, "2001:db8::53", 0, 0, false},
    {"zone", "nameserver fe80::1%lo\n", 1, "fe80::1%lo", 0, 0, false},
    {"at most three",
	"nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
	3, "192.0.2.1", 0, 0, false},
    {"comments",
	"# nameserver 8.8.8.8\n;nameserver 8.8.8.8\n #nameserver 8.8.8.8\n\n"
	"nameserver 192.0.2.53\n",
	1, "192.0.2.53", 0, 0, false},
    {"not in mid-line", "lookup file bind nameserver 8.8.8.8\n nameserver 8.8.8.8\n", 0, NULL, 0, 0,
	false},
    {"a bad one is skipped",
	"nameserver 8.8.8.8#53\nnameserver dns.test\nnameserver /x\n"
	"nameserver\nnameserver 192.0.2.53\n",
	1, "192.0.2.53", 0, 0, false},
    {"empty search", "search\nnameserver 192.0.2.53\ndomain\n", 1, "192.0.2.53", 0, 0, false},
    {"options", "options rotate timeout:2 attempts:3 trust-ad edns0\nnameserver 192.0.2.53\n", 1,
	"192.0.2.53", 2000000, 3, true},
    {"options beyond bounds", "options timeout:999 attempts:99\nnameserver 192.0.2.53\n", 1,
	"192.0.2.53", 30000000, 5, false},
    {"options without sense", "options timeout: attempts:x trust-adx\nnameserver 192.0.2.53\n", 1,
	"192.0.2.53", 0, 0, false},
    {"empty", "", 0, NULL, 0, 0, false},
    {"garbage", "\1\2\3\377nameserver\0nameserver 8.8.8.8", 0, NULL, 0, 0, false},
};

START_TEST(resolv_conf)
{
	const struct conf_row *row = &conf_rows[_i];
	char path[] = "/tmp/mailvitals-resolv-XXXXXX";
	int fd = mkstemp(path);
	struct dns_settings settings;
	struct err err = {0};
	bool good;

	ck_assert_int_eq(write(fd, row->text, strlen(row->text)), (ssize_t)strlen(row->text));
	close(fd);
	good = dns_settings_read(&settings, path, &err);
	unlink(path);
	ck_assert_int_eq(good, row->servers > 0);
	ck_assert_uint_eq(settings.server_count, row->servers);
	if (good)
		ck_assert_str_eq(settings.servers[0].text, row->first);
	else
		ck_assert_int_eq(err.code, ERR_RESOLVE_SILENT);
	ck_assert_int_eq(settings.wait_us, row->wait_us);
	ck_assert_uint_eq(settings.tries, row->tries);
	ck_assert_int_eq(settings.trust_ad, row->trust_ad);
}
END_TEST

START_TEST(no_resolv_conf)
{
	struct dns_settings settings;
	struct err err = {0};

	ck_assert(!dns_settings_read(&settings, "/nonexistent/resolv.conf", &err));
	ck_assert_int_eq(err.kind, ERR_RESOLVE);
	ck_assert_int_eq(err.code, ERR_RESOLVE_SILENT);
}
END_TEST

static const struct resolver_row {
	const char *text, *address; /* NULL: refused */
	unsigned port;
} resolver_rows[] = {
    {"192.0.2.53", "192.0.2.53", 53},
    {"127.0.0.1@5353", "127.0.0.1", 5353},
    {"2001:db8::53@5353", "2001:db8::53", 5353},
    {"[::1]@53", "::1", 53},
    {"fe80::1%lo@53", "fe80::1%lo", 53},
    {"", NULL, 0},
    {"@53", NULL, 0},
    {"192.0.2.53@", NULL, 0},
    {"192.0.2.53@0", NULL, 0},
    {"192.0.2.53@65536", NULL, 0},
    {"192.0.2.53:53", NULL, 0},
    {"dns.test", NULL, 0},
    {"/run/socket", NULL, 0},
    {"192.0.2.53@53@53", NULL, 0},
};

START_TEST(resolver_option)
{
	const struct resolver_row *row = &resolver_rows[_i];
	struct dns_settings settings = {0};
	struct err err = {0};

	ck_assert_int_eq(dns_settings_add(&settings, row->text, &err), row->address != NULL);
	if (!row->address) {
		ck_assert_int_eq(err.kind, ERR_CONFIG);
		return;
	}
	ck_assert_str_eq(settings.servers[0].text, row->address);
	ck_assert_uint_eq(ntohs(settings.servers[0].sa.in.sin_port), row->port);
	for (int i = 1; i < DNS_SERVERS_MAX; i++)
		ck_assert(dns_settings_add(&settings, row->text, &err));
	ck_assert(!dns_settings_add(&settings, row->text, &err));
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {resolv_conf, ARRAY_LEN(conf_rows)},
	    {no_resolv_conf, 0},
	    {resolver_option, ARRAY_LEN(resolver_rows)},
	};

	return unit_main("dns_settings", units, ARRAY_LEN(units));
}
