/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire/dns_name.c, dns_record.c, dns_msg.c: names, records of each type, and damage of each kind. */
#include <string.h>

#include "lib/unit.h"
#include "wire/dns_msg.h"

/* ---- names ------------------------------------------------------------------------------ */

#define L63 "012345678901234567890123456789012345678901234567890123456789012"

static const struct name_row {
	const char *text;
	size_t len; /* of the wire form; 0: refused */
} name_rows[] = {
    {".", 1},
    {"", 1},
    {"a", 3},
    {"a.", 3},
    {"mail.example.org", 18},
    {"_imaps._tcp.example.org", 25},
    {"xn--nme-sla.test", 18},
    {L63 ".test", 70},
    {L63 "x.test", 0},
    {L63 "." L63 "." L63 "."
	 "0123456789012345678901234567890123456789012345678901234567890",
	255},
    {L63 "." L63 "." L63 "."
	 "01234567890123456789012345678901234567890123456789012345678901",
	0},
    {"..", 0},
    {".a", 0},
    {"a..b", 0},
    {"a b", 0},
    {"a\\", 0},
    {"a/b", 0},
    {"*.test", 0},
    {"n\xc3\xa4me", 0},
};

START_TEST(names)
{
	const struct name_row *row = &name_rows[_i];
	uint8_t wire[DNS_NAME_WIRE_MAX];
	struct arena arena = {0};
	size_t at = 0, len = dns_name_to_wire(wire, row->text);

	ck_assert_uint_eq(len, row->len);
	ck_assert_int_eq(dns_name_is_host(row->text), len > 1);
	if (len > 1) { /* and back */
		uint8_t again[DNS_NAME_WIRE_MAX];
		size_t text_len = strlen(row->text) - (row->text[strlen(row->text) - 1] == '.');

		ck_assert_uint_eq(dns_name_read(again, wire, len, &at), len);
		ck_assert_uint_eq(at, len);
		ck_assert_uint_eq(strlen(dns_name_text(&arena, again)), text_len);
		ck_assert_int_eq(strncmp(dns_name_text(&arena, again), row->text, text_len), 0);
		/* One byte short it is none. */
		at = 0;
		ck_assert_uint_eq(dns_name_read(again, wire, len - 1, &at), 0);
	}
	arena_free(&arena);
}
END_TEST

/* Whatever a server puts into a name is shown in printable ASCII. */
START_TEST(hostile_names)
{
	static const uint8_t wire[] = "\x0d"
				      "a\n|<>;\"\0\x1b .\\A"
				      "\3b/*";
	struct arena arena = {0};
	const char *text = dns_name_text(&arena, wire);

	ck_assert_str_eq(text, "a\\010\\124\\060\\062\\059\\034\\000\\027\\032\\046\\092a.b/*");
	ck_assert(!dns_name_is_host(text));
	arena_free(&arena);
}
END_TEST

static const struct within_row {
	const char *name, *zone;
	bool within;
} within_rows[] = {
    {"a.example.org", "example.org", true},
    {"example.org", "example.org", true},
    {"A.Example.ORG", "example.org", true},
    {"aexample.org", "example.org", false},
    {"org", "example.org", false},
    {"example.org", ".", true},
    {"example.org.test", "example.org", false},
};

START_TEST(within)
{
	const struct within_row *row = &within_rows[_i];

	ck_assert_int_eq(dns_name_within(row->name, row->zone), row->within);
}
END_TEST

START_TEST(reverse)
{
	static const uint8_t four[] = {192, 0, 2, 10};
	static const uint8_t six[] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1f};
	char out[128];

	ck_assert(dns_name_reverse(out, sizeof(out), four, 4, NULL));
	ck_assert_str_eq(out, "10.2.0.192.in-addr.arpa");
	ck_assert(dns_name_reverse(out, sizeof(out), four, 4, "bl.test"));
	ck_assert_str_eq(out, "10.2.0.192.bl.test");
	ck_assert(dns_name_reverse(out, sizeof(out), six, 16, NULL));
	ck_assert_str_eq(
	    out, "f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	for (size_t size = 0; size <= 72; size++)
		ck_assert(!dns_name_reverse(out, size, six, 16, NULL));
	ck_assert(dns_name_reverse(out, 73, six, 16, NULL));
}
END_TEST

/* ---- messages: written down as bytes, behind the question "a.test" -------------------------- */

#define NAME "\1a\4test"
#define NAME_LEN 8
#define C "\xc0\x0c"            /* pointer to the question's name */
#define IN_TTL "\0\1\0\0\1\x2c" /* class and 300 s */
#define BYTES(text) (text), sizeof(text) - 1

static const struct message_row {
	const char *name;
	uint16_t type;
	const char *counts; /* answer, authority, additional */
	const char *bytes;
	size_t len;
	size_t records;  /* if good */
	const char *why; /* a part of it; NULL: good */
} message_rows[] = {
    {"nothing", 1, "\0\0\0\0\0\0", BYTES(""), 0, NULL},
    {"A", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\4\1\2\3\4"), 1, NULL},
    {"A, name in full", 1, "\0\1\0\0\0\0", BYTES(NAME "\0\0\1" IN_TTL "\0\4\1\2\3\4"), 1, NULL},
    {"A of 3", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\3\1\2\3"), 0, "damaged"},
    {"A of 5", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\5\1\2\3\4\5"), 0, "damaged"},
    {"A of 0", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\0"), 0, "damaged"},
    {"RDLENGTH over", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\5\1\2\3\4"), 0, "does not fit"},
    {"RDLENGTH far over", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\xff\xff\1\2\3\4"), 0,
	"does not fit"},
    {"trailing byte", 1, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\4\1\2\3\4\0"), 0, "behind"},
    {"count of 2", 1, "\0\2\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\4\1\2\3\4"), 0, "does not fit"},
    {"count of 65535", 1, "\xff\xff\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"count of 0", 1, "\0\0\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\4\1\2\3\4"), 0, "behind"},
    {"cut in the frame", 1, "\0\1\0\0\0\0", BYTES(C "\0\1\0\1\0\0"), 0, "does not fit"},
    {"AAAA", 28, "\0\1\0\0\0\0",
	BYTES(C "\0\x1c" IN_TTL "\0\x10"
		"0123456789abcdef"),
	1, NULL},
    {"AAAA of 4", 28, "\0\1\0\0\0\0",
	BYTES(C "\0\x1c" IN_TTL "\0\4"
		"0123"),
	0, "damaged"},
    {"AAAA of 0", 28, "\0\1\0\0\0\0", BYTES(C "\0\x1c" IN_TTL "\0\0"), 0, "damaged"},
    /* Owners. */
    {"pointer to itself", 1, "\0\1\0\0\0\0", BYTES("\xc0\x18\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"pointer forward", 1, "\0\1\0\0\0\0", BYTES("\xc0\x30\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"pointer into the header", 1, "\0\1\0\0\0\0", BYTES("\xc0\x04\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"pointers in a circle", 1, "\0\1\0\0\0\0", BYTES("\1b\xc0\x18\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"label 0x40", 1, "\0\1\0\0\0\0",
	BYTES("\x41"
	      "a\0\0\1" IN_TTL "\0\4\1\2\3\4"),
	0, "does not fit"},
    {"label 0x80", 1, "\0\1\0\0\0\0",
	BYTES("\x81"
	      "a\0\0\1" IN_TTL "\0\4\1\2\3\4"),
	0, "does not fit"},
    {"label of 64", 1, "\0\1\0\0\0\0", BYTES("\x40" L63 "x\0\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"label of 129", 1, "\0\1\0\0\0\0", BYTES("\x81" L63 L63 "xyz\0\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"does not fit"},
    {"name of 320", 1, "\0\1\0\0\0\0",
	BYTES(
	    "\x3f" L63 "\x3f" L63 "\x3f" L63 "\x3f" L63 "\x3f" L63 "\0\0\1" IN_TTL "\0\4\1\2\3\4"),
	0, "does not fit"},
    {"name of 257 by a pointer", 1, "\0\1\0\0\0\0",
	BYTES("\x3f" L63 "\x3f" L63 "\x3f" L63 "\x38"
	      "01234567890123456789012345678901234567890123456789012345"
	      "\xc0\x0c"
	      "\0\1" IN_TTL "\0\4\1\2\3\4"),
	0, "does not fit"},
    {"label beyond the end", 1, "\0\1\0\0\0\0",
	BYTES("\x3f"
	      "abc"),
	0, "does not fit"},
    {"half a pointer", 1, "\0\1\0\0\0\0", BYTES("\xc0"), 0, "does not fit"},
    {"another's record", 1, "\0\1\0\0\0\0", BYTES("\1b\xc0\x0e\0\1" IN_TTL "\0\4\1\2\3\4"), 0,
	"another name"},
    {"class CH", 1, "\0\1\0\0\0\0", BYTES(C "\0\1\0\3\0\0\1\x2c\0\4\1\2\3\4"), 0, "another name"},
    /* Types. */
    {"MX", 15, "\0\1\0\0\0\0", BYTES(C "\0\x0f" IN_TTL "\0\7\0\x0a\2mx\xc0\x0e"), 1, NULL},
    {"null MX", 15, "\0\1\0\0\0\0", BYTES(C "\0\x0f" IN_TTL "\0\3\0\0\0"), 1, NULL},
    {"MX without a name", 15, "\0\1\0\0\0\0", BYTES(C "\0\x0f" IN_TTL "\0\2\0\0"), 0, "damaged"},
    {"MX with more", 15, "\0\1\0\0\0\0", BYTES(C "\0\x0f" IN_TTL "\0\4\0\0\0\0"), 0, "damaged"},
    {"MX name beyond its data", 15, "\0\1\0\0\0\0", BYTES(C "\0\x0f" IN_TTL "\0\4\0\0\2mx\0"), 0,
	"behind"},
    {"TXT", 16, "\0\1\0\0\0\0", BYTES(C "\0\x10" IN_TTL "\0\7\3abc\2de"), 1, NULL},
    {"TXT of an empty string", 16, "\0\1\0\0\0\0", BYTES(C "\0\x10" IN_TTL "\0\1\0"), 1, NULL},
    {"TXT of nothing", 16, "\0\1\0\0\0\0", BYTES(C "\0\x10" IN_TTL "\0\0"), 0, "damaged"},
    {"TXT string too long", 16, "\0\1\0\0\0\0", BYTES(C "\0\x10" IN_TTL "\0\4\4abc"), 0, "damaged"},
    {"PTR", 12, "\0\1\0\0\0\0", BYTES(C "\0\x0c" IN_TTL "\0\2\xc0\x0c"), 1, NULL},
    {"PTR to its own data", 12, "\0\1\0\0\0\0", BYTES(C "\0\x0c" IN_TTL "\0\2\xc0\x24"), 0,
	"damaged"},
    {"NS", 2, "\0\1\0\0\0\0", BYTES(C "\0\2" IN_TTL "\0\5\2ns\xc0\x0e"), 1, NULL},
    {"SOA", 6, "\0\1\0\0\0\0",
	BYTES(C "\0\6" IN_TTL "\0\x18\xc0\x0c\xc0\x0c"
		"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
	1, NULL},
    {"SOA cut", 6, "\0\1\0\0\0\0",
	BYTES(C "\0\6" IN_TTL "\0\x17\xc0\x0c\xc0\x0c"
		"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"),
	0, "damaged"},
    {"SRV", 33, "\0\1\0\0\0\0", BYTES(C "\0\x21" IN_TTL "\0\7\0\1\0\2\3\xe1\0"), 1, NULL},
    {"SRV without a host", 33, "\0\1\0\0\0\0", BYTES(C "\0\x21" IN_TTL "\0\6\0\1\0\2\3\xe1"), 0,
	"damaged"},
    {"TLSA", 52, "\0\1\0\0\0\0", BYTES(C "\0\x34" IN_TTL "\0\5\3\1\1\xab\xcd"), 1, NULL},
    {"TLSA of 2", 52, "\0\1\0\0\0\0", BYTES(C "\0\x34" IN_TTL "\0\2\3\1"), 0, "damaged"},
    {"DS", 43, "\0\1\0\0\0\0", BYTES(C "\0\x2b" IN_TTL "\0\6\x30\x39\x0d\2\xab\xcd"), 1, NULL},
    {"DS of 3", 43, "\0\1\0\0\0\0", BYTES(C "\0\x2b" IN_TTL "\0\3\x30\x39\x0d"), 0, "damaged"},
    {"RRSIG of 4", 46, "\0\1\0\0\0\0", BYTES(C "\0\x2e" IN_TTL "\0\4\0\1\x0d\2"), 0, "damaged"},
    {"an unknown type", 999, "\0\1\0\0\0\0", BYTES(C "\3\xe7" IN_TTL "\0\3abc"), 1, NULL},
    /* The rest of the message. */
    {"OPT", 1, "\0\0\0\0\0\1", BYTES("\0\0\x29\4\xd0\0\0\0\0\0\0"), 0, NULL},
    {"two OPTs", 1, "\0\0\0\0\0\2",
	BYTES("\0\0\x29\4\xd0\0\0\0\0\0\0"
	      "\0\0\x29\4\xd0\0\0\0\0\0\0"),
	0, "OPT"},
    {"OPT among the answers", 1, "\0\1\0\0\0\0", BYTES("\0\0\x29\4\xd0\0\0\0\0\0\0"), 0, "OPT"},
    {"OPT with an owner", 1, "\0\0\0\0\0\1", BYTES(C "\0\x29\4\xd0\0\0\0\0\0\0"), 0, "OPT"},
    {"option too long", 1, "\0\0\0\0\0\1", BYTES("\0\0\x29\4\xd0\0\0\0\0\0\4\0\x0f\0\1"), 0,
	"options"},
    {"half an option", 1, "\0\0\0\0\0\1", BYTES("\0\0\x29\4\xd0\0\0\0\0\0\3\0\x0f\0"), 0,
	"options"},
    {"EDE of 1", 1, "\0\0\0\0\0\1", BYTES("\0\0\x29\4\xd0\0\0\0\0\0\5\0\x0f\0\1x"), 0, NULL},
    {"damaged SOA of the zone", 1, "\0\0\0\1\0\0", BYTES(C "\0\6" IN_TTL "\0\2\0\0"), 0,
	"authority"},
    {"CNAME to a damaged name", 1, "\0\1\0\0\0\0", BYTES(C "\0\5" IN_TTL "\0\2\3a"), 0, "CNAME"},
};

static size_t
write_message(uint8_t *out, uint16_t type, const char *counts, const char *bytes, size_t len)
{
	const uint8_t head[] = {0x12, 0x34, 0x81, 0x80, 0, 1};
	const uint8_t tail[] = {(uint8_t)(type >> 8), (uint8_t)type, 0, 1};

	memcpy(out, head, 6);
	memcpy(out + 6, counts, 6);
	memcpy(out + 12, NAME, NAME_LEN);
	memcpy(out + 12 + NAME_LEN, tail, 4);
	memcpy(out + 12 + NAME_LEN + 4, bytes, len);
	return 12 + NAME_LEN + 4 + len;
}

static struct dns_query
a_query(uint16_t type)
{
	return (struct dns_query){
	    .id = 0x1234, .type = type, .name = (const uint8_t *)NAME, .name_len = NAME_LEN};
}

/* Each from the heap at its own length, so that one byte too far is seen. */
static const char *
read_exactly(struct arena *arena, const struct dns_query *query, const uint8_t *bytes, size_t len,
    struct dns_answer *answer)
{
	size_t budget = 1 << 20;
	uint8_t *exact = malloc(len);
	const char *why;

	memcpy(exact, bytes, len);
	why = dns_answer_read(arena, &budget, query, exact, len, answer);
	free(exact);
	return why;
}

START_TEST(messages)
{
	const struct message_row *row = &message_rows[_i];
	const struct dns_query query = a_query(row->type);
	struct arena arena = {0};
	struct dns_answer answer;
	uint8_t bytes[1024];
	size_t len = write_message(bytes, row->type, row->counts, row->bytes, row->len);
	const char *why = read_exactly(&arena, &query, bytes, len, &answer);

	ck_assert_msg((why != NULL) == (row->why != NULL), "%s: %s", row->name, why ? why : "good");
	if (why)
		ck_assert_msg(strstr(why, row->why) != NULL, "%s: %s", row->name, why);
	ck_assert_uint_eq(answer.count, row->records);
	/* A good one cut anywhere is damaged. */
	for (size_t cut = 0; !row->why && cut < len; cut++)
		ck_assert_msg(read_exactly(&arena, &query, bytes, cut, &answer) != NULL,
		    "%s cut at %zu", row->name, cut);
	arena_free(&arena);
}
END_TEST

START_TEST(contents)
{
	struct arena arena = {0};
	struct dns_answer answer;
	uint8_t bytes[512];
	struct dns_query query = a_query(DNS_TYPE_MX);
	size_t len = write_message(
	    bytes, DNS_TYPE_MX, "\0\1\0\0\0\0", BYTES(C "\0\x0f" IN_TTL "\0\7\0\x0a\2MX\xc0\x0e"));

	ck_assert_ptr_null(read_exactly(&arena, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.records[0].mx.preference, 10);
	ck_assert_str_eq(answer.records[0].mx.host, "mx.test");
	ck_assert_str_eq(answer.records[0].owner, "a.test");
	ck_assert_uint_eq(answer.records[0].ttl, 300);
	query = a_query(DNS_TYPE_TXT);
	len = write_message(
	    bytes, DNS_TYPE_TXT, "\0\1\0\0\0\0", BYTES(C "\0\x10\0\1\x80\0\0\0\0\x08\3a\0c\3def"));
	ck_assert_ptr_null(read_exactly(&arena, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.records[0].txt.len, 6);
	ck_assert_mem_eq(answer.records[0].txt.text, "a\0cdef", 7);
	ck_assert_uint_eq(answer.records[0].ttl, 0); /* RFC 2181, 8 */
	query = a_query(DNS_TYPE_SRV);
	len = write_message(
	    bytes, DNS_TYPE_SRV, "\0\1\0\0\0\0", BYTES(C "\0\x21" IN_TTL "\0\7\0\1\0\2\3\xe1\0"));
	ck_assert_ptr_null(read_exactly(&arena, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.records[0].srv.priority, 1);
	ck_assert_uint_eq(answer.records[0].srv.weight, 2);
	ck_assert_uint_eq(answer.records[0].srv.port, 993);
	ck_assert_str_eq(answer.records[0].srv.host, ".");
	query = a_query(DNS_TYPE_SOA);
	len = write_message(bytes, DNS_TYPE_SOA, "\0\1\0\0\0\0",
	    BYTES(C "\0\6" IN_TTL "\0\x18\xc0\x0c\xc0\x0e"
		    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"));
	ck_assert_ptr_null(read_exactly(&arena, &query, bytes, len, &answer));
	ck_assert_str_eq(answer.records[0].soa.mailbox, "test");
	ck_assert_uint_eq(answer.records[0].soa.serial, 1);
	ck_assert_uint_eq(answer.records[0].soa.minimum_s, 5);
	query = a_query(DNS_TYPE_TLSA);
	len = write_message(
	    bytes, DNS_TYPE_TLSA, "\0\1\0\0\0\0", BYTES(C "\0\x34" IN_TTL "\0\5\3\1\2\xab\xcd"));
	ck_assert_ptr_null(read_exactly(&arena, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.records[0].tlsa.usage, 3);
	ck_assert_uint_eq(answer.records[0].tlsa.selector, 1);
	ck_assert_uint_eq(answer.records[0].tlsa.matching, 2);
	ck_assert_uint_eq(answer.records[0].tlsa.len, 2);
	ck_assert_mem_eq(answer.records[0].tlsa.data, "\xab\xcd", 2);
	arena_free(&arena);
}
END_TEST

/* The signature of the type asked, the referral, the SOA and the extended error. */
START_TEST(sections)
{
	static const char answer_bytes[] =
	    C "\0\1" IN_TTL "\0\4\1\2\3\4" C "\0\x2e" IN_TTL
	      "\0\x19\0\1\x0d\2\0\0\1\x2c\x60\0\0\0\x50\0\0\0\x30\x39\4test\0s" C "\0\x2e" IN_TTL
	      "\0\x19\0\x1c\x0d\2\0\0\1\x2c\x61\0\0\0\x50\0\0\0\x30\x39\4test\0s" C "\0\2" IN_TTL
	      "\0\5\2ns\xc0\x0e"
	      "\0\0\x29\4\xd0\1\0\0\0\0\x0b\0\x0f\0\7\0\7hello";
	struct dns_query query = a_query(DNS_TYPE_A);
	struct arena arena = {0};
	struct dns_answer answer;
	uint8_t bytes[512];
	size_t len = write_message(bytes, DNS_TYPE_A, "\0\3\0\1\0\1", BYTES(answer_bytes));

	query.dnssec = true;
	ck_assert_ptr_null(read_exactly(&arena, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.count, 1);
	ck_assert_uint_eq(answer.signature_count, 1);
	ck_assert_uint_eq(answer.signatures[0].rrsig.ends, 0x60000000);
	ck_assert_uint_eq(answer.signatures[0].rrsig.begins, 0x50000000);
	ck_assert_uint_eq(answer.signatures[0].rrsig.key_tag, 12345);
	ck_assert_str_eq(answer.signatures[0].rrsig.signer, "test");
	ck_assert_uint_eq(answer.referral_count, 1);
	ck_assert_str_eq(answer.referral[0].name, "ns.test");
	ck_assert_ptr_null(answer.soa);
	ck_assert_uint_eq(answer.ede_count, 1);
	ck_assert_uint_eq(answer.ede[0].code, 7);
	ck_assert_str_eq(answer.ede[0].text, "hello");
	ck_assert_uint_eq(answer.rcode, 16); /* upper bits: BADVERS */
	arena_free(&arena);
}
END_TEST

/* Where a truncated message was cut is anybody's guess: nothing of it is read. */
START_TEST(truncated)
{
	const struct dns_query query = a_query(DNS_TYPE_A);
	struct arena arena = {0};
	struct dns_answer answer;
	uint8_t bytes[512];
	size_t len =
	    write_message(bytes, DNS_TYPE_A, "\0\1\0\0\0\0", BYTES(C "\0\1" IN_TTL "\0\4\1\2\3\4"));

	bytes[2] |= 2;
	for (size_t cut = len; cut >= 12 + NAME_LEN + 4; cut--) {
		ck_assert_ptr_null(read_exactly(&arena, &query, bytes, cut, &answer));
		ck_assert(answer.truncated);
		ck_assert_uint_eq(answer.count, 0);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(times)
{
	ck_assert_int_eq(dns_time(1800000000, 1750000000), 1800000000);
	ck_assert_int_eq(dns_time(10, INT64_C(4294967290)), INT64_C(4294967306)); /* past 2106 */
	ck_assert_int_eq(dns_time(4294967290u, INT64_C(4294967306)), INT64_C(4294967290));
}
END_TEST

START_TEST(queries)
{
	struct dns_query query = a_query(DNS_TYPE_MX);
	uint8_t out[DNS_QUERY_MAX];
	static const char plain[] = "\x12\x34\1\x20\0\1\0\0\0\0\0\1" NAME "\0\0\x0f\0\1"
				    "\0\0\x29\4\xd0\0\0\0\0\0\0";
	static const char bare[] = "\x12\x34\0\x30\0\1\0\0\0\0\0\0" NAME "\0\0\x0f\0\1";

	ck_assert_uint_eq(dns_query_write(out, &query), sizeof(plain) - 1);
	ck_assert_mem_eq(out, plain, sizeof(plain) - 1);
	query.dnssec = true;
	dns_query_write(out, &query);
	ck_assert_uint_eq(out[sizeof(plain) - 1 - 4], 0x80);
	query.no_recursion = query.checking_disabled = query.no_edns = true;
	ck_assert_uint_eq(dns_query_write(out, &query), sizeof(bare) - 1);
	ck_assert_mem_eq(out, bare, sizeof(bare) - 1);
}
END_TEST

/* Memory has an end: what is beyond it is counted, not kept. */
START_TEST(bounded_memory)
{
	const struct dns_query query = a_query(DNS_TYPE_A);
	struct arena arena = {0};
	struct dns_answer answer;
	uint8_t bytes[2048];
	char records[100 * 16];
	size_t budget = 100 * sizeof(struct dns_record) + 4000, len;

	for (size_t i = 0; i < 100; i++)
		memcpy(records + i * 16, C "\0\1" IN_TTL "\0\4\1\2\3\4", 16);
	len = write_message(bytes, DNS_TYPE_A, "\0\x64\0\0\0\0", records, sizeof(records));
	ck_assert_ptr_null(dns_answer_read(&arena, &budget, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.count, 100);
	budget = 100 * sizeof(struct dns_record) + 100;
	ck_assert_ptr_null(dns_answer_read(&arena, &budget, &query, bytes, len, &answer));
	ck_assert_uint_eq(answer.count, 0);
	ck_assert_uint_eq(answer.left_out, 100);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {names, ARRAY_LEN(name_rows)},
	    {hostile_names, 0},
	    {within, ARRAY_LEN(within_rows)},
	    {reverse, 0},
	    {messages, ARRAY_LEN(message_rows)},
	    {contents, 0},
	    {sections, 0},
	    {truncated, 0},
	    {times, 0},
	    {queries, 0},
	    {bounded_memory, 0},
	};

	return unit_main("dns_msg", units, ARRAY_LEN(units));
}
