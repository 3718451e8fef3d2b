/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of sender policy, good and hostile: DKIM keys, DMARC, MTA-STS, TLS-RPT, tag lists. */
#include <string.h>

#include "lib/unit.h"
#include "wire/dkim_key.h"
#include "wire/dmarc_record.h"
#include "wire/mtasts.h"
#include "wire/tags.h"
#include "wire/tlsrpt.h"

/* ---- keys ------------------------------------------------------------------------------- */

#define RSA1024 \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDrrnE0NEIgsKvzDuOiojjjC0uS5/Smcrym8BUYzZwi" \
	"O1Bz/YE64jJ2n+u7UHTsHoZ3mKrGeMxr2wk7UNIZp8Bv8KqvDCuvCSY48TqN+kahFG815IxLHKTAFjNn" \
	"53n69ZDJ1yD9bNpaIb9fwkUOt+sMJEkhYhmjpOWdkJICq0JUfwIDAQAB"
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const struct key_row {
	const char *name, *text;
	bool good;
	unsigned bits;
	bool revoked, testing, sha1_only;
} key_rows[] = {
    {"ed25519", "v=DKIM1; k=ed25519; p=" ED25519, true, 256, false, false, false},
    {"ed25519, test", "v=DKIM1; k=ed25519; t=y:s; p=" ED25519, true, 256, false, true, false},
    {"no version", "k=ed25519; p=" ED25519, true, 256, false, false, false},
    {"blanks in the key", "k=ed25519; p=11qYAYKxCrfVS/7Ty WQHOg7hcvPapiMl\trwIaaPcHURo=", true, 256,
	false, false, false},
    {"revoked", "v=DKIM1; k=rsa; p=", true, 0, true, false, false},
    {"revoked with blanks", "v=DKIM1; p=  ;", true, 0, true, false, false},
    {"SHA-1 only", "h=sha1; k=ed25519; p=" ED25519, true, 256, false, false, true},
    {"both hashes", "h=sha1:sha256; k=ed25519; p=" ED25519, true, 256, false, false, false},
    {"any service", "s=*; k=ed25519; p=" ED25519, true, 256, false, false, false},
    {"for mail", "s=email:x; k=ed25519; p=" ED25519, true, 256, false, false, false},
    {"not for mail", "s=tlsrpt; k=ed25519; p=" ED25519, false, 0, false, false, false},
    {"unknown kind", "k=dsa; p=" ED25519, false, 0, false, false, false},
    {"other version", "v=DKIM2; p=" ED25519, false, 0, false, false, false},
    {"version not first", "k=ed25519; v=DKIM1; p=" ED25519, false, 0, false, false, false},
    {"no key", "v=DKIM1; k=rsa", false, 0, false, false, false},
    {"no base64", "v=DKIM1; p=***", false, 0, false, false, false},
    {"RSA that is none", "v=DKIM1; p=" ED25519, false, 0, false, false, false},
    {"RSA cut off", "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDD", false, 0, false, false,
	false},
    {"ed25519 of 31 bytes", "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==", false, 0,
	false, false, false},
    {"p twice", "k=ed25519; p=" ED25519 "; p=" ED25519, false, 0, false, false, false},
    {"no tags", "hello", false, 0, false, false, false},
    {"empty", "", false, 0, false, false, false},
    {"not ASCII", "v=DKIM1; n=\xc3\xa4; p=" ED25519, false, 0, false, false, false},
};

START_TEST(test_key)
{
	const struct key_row *row = &key_rows[_i];
	struct arena arena = {0};
	struct dkim_key key;
	bool good = dkim_key_parse(&arena, row->text, strlen(row->text), &key);

	ck_assert_msg(good == row->good && (key.fault == NULL) == good, "%s: %s", row->name,
	    key.fault ? key.fault : "taken");
	if (good) {
		ck_assert_uint_eq(key.bits, row->bits);
		ck_assert_int_eq(key.revoked, row->revoked);
		ck_assert_int_eq(key.testing, row->testing);
		ck_assert_int_eq(key.sha1_only, row->sha1_only);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(test_key_rsa)
{
	struct arena arena = {0};
	struct dkim_key key;
	const char *text = "v=DKIM1; p=" RSA1024, *bare;

	ck_assert(dkim_key_parse(&arena, text, strlen(text), &key));
	ck_assert_uint_eq(key.bits, 1024);
	/* RSAPublicKey without the frame: what the RFC's own text says */
	bare = "p="
	       "MIGJAoGBAOuucTQ0QiCwq/MO46KiOOMLS5Ln9KZyvKbwFRjNnCI7UHP9gTriMnaf67tQdOwehneYqsZ4"
	       "zGvbCTtQ0hmnwG/wqq8MK68JJjjxOo36RqEUbzXkjEscpMAWM2fnefr1kMnXIP1s2lohv1/CRQ636wwk"
	       "SSFiGaOk5Z2QkgKrQlR/AgMBAAE=";
	ck_assert(dkim_key_parse(&arena, bare, strlen(bare), &key));
	ck_assert_uint_eq(key.bits, 1024);
	arena_free(&arena);
}
END_TEST

/* ---- DMARC ------------------------------------------------------------------------------------ */

static const struct dmarc_row {
	const char *name, *text;
	bool is, good;
	enum dmarc_policy p, sub, absent;
	size_t rua;
} dmarc_rows[] = {
    {"plain", "v=DMARC1; p=reject", true, true, DMARC_REJECT, DMARC_REJECT, DMARC_REJECT, 0},
    {"dense", "v=DMARC1;p=none;", true, true, DMARC_NONE, DMARC_NONE, DMARC_NONE, 0},
    {"blanks", " v = DMARC1 ; p = Quarantine ", true, true, DMARC_QUARANTINE, DMARC_QUARANTINE,
	DMARC_QUARANTINE, 0},
    {"sp", "v=DMARC1; p=reject; sp=none", true, true, DMARC_REJECT, DMARC_NONE, DMARC_NONE, 0},
    {"np", "v=DMARC1; p=reject; np=none", true, true, DMARC_REJECT, DMARC_REJECT, DMARC_NONE, 0},
    {"sp and np", "v=DMARC1; p=none; sp=reject; np=quarantine", true, true, DMARC_NONE,
	DMARC_REJECT, DMARC_QUARANTINE, 0},
    {"reports", "v=DMARC1; p=none; rua=mailto:a@x.test,mailto:b@y.test!10m", true, true, DMARC_NONE,
	DMARC_NONE, DMARC_NONE, 2},
    {"old tags", "v=DMARC1; p=none; pct=50; ri=3600; rf=afrf; fo=1", true, true, DMARC_NONE,
	DMARC_NONE, DMARC_NONE, 0},
    {"no p, with reports", "v=DMARC1; rua=mailto:a@x.test", true, false, DMARC_NONE, DMARC_NONE,
	DMARC_NONE, 1},
    {"no p", "v=DMARC1;", true, false, DMARC_UNSET, DMARC_UNSET, DMARC_UNSET, 0},
    {"odd p", "v=DMARC1; p=drop", true, false, DMARC_UNSET, DMARC_UNSET, DMARC_UNSET, 0},
    {"odd sp", "v=DMARC1; p=none; sp=drop", true, false, DMARC_NONE, DMARC_NONE, DMARC_NONE, 0},
    {"odd psd", "v=DMARC1; p=none; psd=maybe", true, false, DMARC_NONE, DMARC_NONE, DMARC_NONE, 0},
    {"no equals sign", "v=DMARC1; p=none; reject", true, false, DMARC_NONE, DMARC_NONE, DMARC_NONE,
	0},
    {"p twice", "v=DMARC1; p=none; p=reject", true, false, DMARC_NONE, DMARC_NONE, DMARC_NONE, 0},
    {"other case of the version", "v=dmarc1; p=none", false, true, DMARC_NONE, DMARC_NONE,
	DMARC_NONE, 0},
    {"version not first", "p=none; v=DMARC1", false, true, DMARC_NONE, DMARC_NONE, DMARC_NONE, 0},
    {"version with more", "v=DMARC12; p=none", false, true, DMARC_NONE, DMARC_NONE, DMARC_NONE, 0},
};

START_TEST(test_dmarc)
{
	const struct dmarc_row *row = &dmarc_rows[_i];
	size_t len = strlen(row->text);
	struct arena arena = {0};
	struct dmarc_record record;
	bool good = dmarc_record_parse(&arena, row->text, len, &record);

	ck_assert_msg(dmarc_record_is(row->text, len) == row->is, "%s", row->name);
	ck_assert_msg(good == row->good && (record.fault == NULL) == good, "%s: %s", row->name,
	    record.fault ? record.fault : "taken");
	ck_assert_int_eq(record.p, row->p);
	ck_assert_int_eq(dmarc_record_sub(&record), row->sub);
	ck_assert_int_eq(dmarc_record_absent(&record), row->absent);
	ck_assert_uint_eq(record.rua_count, row->rua);
	arena_free(&arena);
}
END_TEST

static const struct uri_row {
	const char *uri, *domain;
} uri_rows[] = {
    {"mailto:a@Example.Test", "example.test"},
    {"MAILTO:a@b.test!10m", "b.test"},
    {"mailto:a@b.test.?subject=x", "b.test"},
    {"mailto:@b.test", NULL},
    {"mailto:a", NULL},
    {"mailto:a@", NULL},
    {"mailto:a@-\x01", NULL},
    {"https://b.test/", NULL},
    {"a@b.test", NULL},
};

START_TEST(test_uri)
{
	struct arena arena = {0};
	const char *domain = dmarc_uri_domain(&arena, uri_rows[_i].uri);

	ck_assert_int_eq(domain != NULL, uri_rows[_i].domain != NULL);
	if (domain)
		ck_assert_str_eq(domain, uri_rows[_i].domain);
	arena_free(&arena);
}
END_TEST

/* ---- MTA-STS ------------------------------------------------------------------------------------- */

static const struct id_row {
	const char *text;
	bool is;
	const char *id;
} id_rows[] = {
    {"v=STSv1; id=20261122T000000;", true, "20261122T000000"},
    {"v=STSv1; x=y; id=1", true, "1"},
    {"v=STSv1;", true, NULL},
    {"v=STSv1; id=", true, NULL},
    {"v=STSv1; id=a-b", true, NULL},
    {"v=STSv1; id=123456789012345678901234567890123", true, NULL},
    {"v=STSv1; id=1; id=2", true, NULL},
    {"v=STSv2; id=1", false, "1"},
    {"id=1; v=STSv1", false, "1"},
};

START_TEST(test_sts_record)
{
	const struct id_row *row = &id_rows[_i];
	struct arena arena = {0};
	const char *fault, *id = mtasts_record_id(&arena, row->text, strlen(row->text), &fault);

	ck_assert_int_eq(mtasts_record_is(row->text, strlen(row->text)), row->is);
	ck_assert_msg(
	    (id != NULL) == (row->id != NULL) && (fault == NULL) == (id != NULL), "%s", row->text);
	if (id)
		ck_assert_str_eq(id, row->id);
	arena_free(&arena);
}
END_TEST

#define HEAD "version: STSv1\r\n"

static const struct sts_row {
	const char *name, *text;
	bool good;
	enum mtasts_mode mode;
	int64_t age_s;
	const char *covered, *uncovered; /* hosts; NULL */
} sts_rows[] = {
    {"plain", HEAD "mode: enforce\r\nmx: mail.x.test\r\nmax_age: 604800\r\n", true, MTASTS_ENFORCE,
	604800, "mail.x.test", "mail2.x.test"},
    {"LF only, no blanks", "version:STSv1\nmode:testing\nmx:*.x.test\nmax_age:1", true,
	MTASTS_TESTING, 1, "a.x.test", "a.b.x.test"},
    {"pattern is not the domain", HEAD "mode: testing\nmx: *.x.test\nmax_age: 1\n", true,
	MTASTS_TESTING, 1, "A.X.TEST", "x.test"},
    {"two patterns", HEAD "mode: enforce\nmx: a.test\nmx: b.test\nmax_age: 99\n", true,
	MTASTS_ENFORCE, 99, "b.test", "c.test"},
    {"mode none needs no mx", HEAD "mode: none\nmax_age: 86400\n", true, MTASTS_MODE_NONE, 86400,
	NULL, "a.test"},
    {"unknown keys", HEAD "mode: enforce\nmx: a.test\nmax_age: 9\nfuture: x\n", true,
	MTASTS_ENFORCE, 9, "a.test", NULL},
    {"the first mode counts", HEAD "mode: testing\nmode: enforce\nmx: a.test\nmax_age: 9\n", true,
	MTASTS_TESTING, 9, "a.test", NULL},
    {"no mx", HEAD "mode: enforce\nmax_age: 9\n", false, MTASTS_ENFORCE, 9, NULL, "a.test"},
    {"no version", "mode: enforce\nmx: a.test\nmax_age: 9\n", false, MTASTS_ENFORCE, 9, NULL, NULL},
    {"other version", "version: STSv2\nmode: enforce\nmx: a.test\nmax_age: 9\n", false,
	MTASTS_ENFORCE, 9, NULL, NULL},
    {"no mode", HEAD "mx: a.test\nmax_age: 9\n", false, MTASTS_MODE_UNKNOWN, 9, NULL, NULL},
    {"odd mode", HEAD "mode: Enforce\nmx: a.test\nmax_age: 9\n", false, MTASTS_MODE_UNKNOWN, 9,
	NULL, NULL},
    {"no age", HEAD "mode: enforce\nmx: a.test\n", false, MTASTS_ENFORCE, -1, NULL, NULL},
    {"negative age", HEAD "mode: enforce\nmx: a.test\nmax_age: -1\n", false, MTASTS_ENFORCE, -1,
	NULL, NULL},
    {"huge age", HEAD "mode: enforce\nmx: a.test\nmax_age: 99999999999999999999\n", false,
	MTASTS_ENFORCE, -1, NULL, NULL},
    {"an address as mx", HEAD "mode: enforce\nmx: a b\nmax_age: 9\n", false, MTASTS_ENFORCE, 9,
	NULL, "a.test"},
    {"a page", "<html><body>Not found</body></html>\n", false, MTASTS_MODE_UNKNOWN, -1, NULL, NULL},
    {"nothing", "", false, MTASTS_MODE_UNKNOWN, -1, NULL, "a.test"},
};

START_TEST(test_sts_policy)
{
	const struct sts_row *row = &sts_rows[_i];
	struct arena arena = {0};
	struct mtasts_policy policy;
	bool good = mtasts_policy_parse(&arena, row->text, strlen(row->text), &policy);

	ck_assert_msg(good == row->good && (policy.fault == NULL) == good, "%s: %s", row->name,
	    policy.fault ? policy.fault : "taken");
	ck_assert_int_eq(policy.mode, row->mode);
	ck_assert_int_eq(policy.max_age_s, row->age_s);
	if (row->covered)
		ck_assert_msg(mtasts_policy_covers(&policy, row->covered), "%s", row->name);
	if (row->uncovered)
		ck_assert_msg(!mtasts_policy_covers(&policy, row->uncovered), "%s", row->name);
	arena_free(&arena);
}
END_TEST

START_TEST(test_sts_nul)
{
	static const char text[] = HEAD "mode: none\nmax_age: 86400\nx: \0y\n";
	struct arena arena = {0};
	struct mtasts_policy policy;

	ck_assert(!mtasts_policy_parse(&arena, text, sizeof text - 1, &policy));
	arena_free(&arena);
}
END_TEST

/* ---- TLS-RPT ---------------------------------------------------------------------------------------- */

static const struct rpt_row {
	const char *text;
	bool is, good;
} rpt_rows[] = {
    {"v=TLSRPTv1; rua=mailto:r@x.test", true, true},
    {"v=TLSRPTv1;rua=https://r.x.test/v1,mailto:r@x.test;", true, true},
    {"v=TLSRPTv1;", true, false},
    {"v=TLSRPTv1; rua=", true, false},
    {"v=TLSRPTv1; rua=r@x.test", true, false},
    {"v=TLSRPTv1; rua=http://r.x.test/", true, false},
    {"v=TLSRPTv1; rua=mailto:r@x.test,ftp://x", true, false},
    {"v=TLSRPTv2; rua=mailto:r@x.test", false, true},
};

START_TEST(test_rpt)
{
	const struct rpt_row *row = &rpt_rows[_i];
	struct arena arena = {0};
	struct tlsrpt record;

	ck_assert_int_eq(tlsrpt_is(row->text, strlen(row->text)), row->is);
	ck_assert_msg(tlsrpt_parse(&arena, row->text, strlen(row->text), &record) == row->good,
	    "%s", row->text);
	ck_assert_int_eq(record.fault == NULL, row->good);
	arena_free(&arena);
}
END_TEST

/* Every prefix of a record, and each byte of it replaced: nothing is read beyond its end. */
START_TEST(test_hostile)
{
	const char *texts[] = {"v=DKIM1; h=sha256; k=rsa; t=y; p=" RSA1024,
	    "v=DMARC1; p=reject; sp=none; rua=mailto:a@b.test,mailto:c@d.test; psd=n",
	    "v=STSv1; id=20261122;", HEAD "mode: enforce\r\nmx: *.x.test\r\nmax_age: 604800\r\n",
	    "v=TLSRPTv1; rua=mailto:r@x.test,https://x.test/"};
	static const char bytes[] = {0, ';', '=', ' ', '\n', ',', ':', (char)0xff};

	for (size_t t = 0; t < ARRAY_LEN(texts); t++)
		for (size_t len = 0; len <= strlen(texts[t]); len++)
			for (size_t b = 0; b < sizeof bytes; b++) {
				struct arena arena = {0};
				char *copy =
				    mem_alloc(len + 1); /* the guard is behind the last byte */
				struct dkim_key key;
				struct dmarc_record dmarc;
				struct mtasts_policy policy;
				struct tlsrpt tlsrpt;
				const char *fault;

				memcpy(copy, texts[t], len);
				copy[len] = bytes[b];
				(void)!dkim_key_parse(&arena, copy, len + 1, &key);
				(void)!dmarc_record_parse(&arena, copy, len + 1, &dmarc);
				(void)mtasts_record_id(&arena, copy, len + 1, &fault);
				(void)!mtasts_policy_parse(&arena, copy, len + 1, &policy);
				(void)!tlsrpt_parse(&arena, copy, len + 1, &tlsrpt);
				mem_free(copy);
				arena_free(&arena);
			}
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {test_key, ARRAY_LEN(key_rows)},
	    {test_key_rsa, 0},
	    {test_dmarc, ARRAY_LEN(dmarc_rows)},
	    {test_uri, ARRAY_LEN(uri_rows)},
	    {test_sts_record, ARRAY_LEN(id_rows)},
	    {test_sts_policy, ARRAY_LEN(sts_rows)},
	    {test_sts_nul, 0},
	    {test_rpt, ARRAY_LEN(rpt_rows)},
	    {test_hostile, 0},
	};

	return unit_main("policy records", units, ARRAY_LEN(units));
}
