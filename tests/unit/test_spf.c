/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPF against a world of records in a table: RFC 7208's appendix A, and what the
 * grammar, the limits and the errors of the RFC ask for. Each row is evaluated
 * twice: all answers at hand, and in rounds with the answers coming later. Both
 * must agree.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/spf_world.h"
#include "lib/unit.h"

#define LONG63 "a23456789012345678901234567890123456789012345678901234567890123"
#define IP1 "192.0.2.1"
#define IP6 "2001:db8::1"

static const struct row {
	const char *name;
	const char *record;  /* of row.test, or "@domain" to look there */
	const char *address; /* and the sender behind a blank; none: sender@ the domain */
	enum spf_result result;
} rows[] = {
    /* ---- appendix A.1 ---- */
    {"A.1: +all", "v=spf1 +all", "198.51.100.9", SPF_PASS},
    {"A.1: a, first address", "v=spf1 a:example.com -all", "192.0.2.10", SPF_PASS},
    {"A.1: a, second address", "v=spf1 a:example.com -all", "192.0.2.11", SPF_PASS},
    {"A.1: a, another", "v=spf1 a:example.com -all", "192.0.2.12", SPF_FAIL},
    {"A.1: a of a name without address", "v=spf1 a:example.org -all", "192.0.2.10", SPF_FAIL},
    {"A.1: mx, first", "v=spf1 mx:example.com -all", "192.0.2.129", SPF_PASS},
    {"A.1: mx, second", "v=spf1 mx:example.com -all", "192.0.2.130", SPF_PASS},
    {"A.1: mx, its A is not", "v=spf1 mx:example.com -all", "192.0.2.10", SPF_FAIL},
    {"A.1: mx of another", "v=spf1 mx:example.org -all", "192.0.2.140", SPF_PASS},
    {"A.1: both mx", "v=spf1 mx:example.com mx:example.org -all", "192.0.2.140", SPF_PASS},
    {"A.1: mx/30, low end", "v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.128",
	SPF_PASS},
    {"A.1: mx/30, high end", "v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.131",
	SPF_PASS},
    {"A.1: mx/30, outside", "v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.132",
	SPF_FAIL},
    {"A.1: mx/30, the other's", "v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.143",
	SPF_PASS},
    {"A.1: ptr", "v=spf1 ptr:example.com -all", "192.0.2.65", SPF_PASS},
    {"A.1: ptr of another domain", "v=spf1 ptr:example.com -all", "192.0.2.140", SPF_FAIL},
    {"A.1: ptr that is not confirmed", "v=spf1 ptr:example.com -all", "10.0.0.4", SPF_FAIL},
    {"A.1: ip4/28, outside", "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", SPF_FAIL},
    {"A.1: ip4/28", "v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", SPF_PASS},
    /* ---- appendix A.2 to A.4 ---- */
    {"A.2: include", "v=spf1 include:ours.test include:fail.test -all", IP1, SPF_PASS},
    {"A.2: include, none", "v=spf1 include:ours.test include:fail.test -all", "192.0.2.9",
	SPF_FAIL},
    {"A.2: redirect", "v=spf1 redirect=ours.test", IP1, SPF_PASS},
    {"A.2: redirect, fail", "v=spf1 redirect=ours.test", "192.0.2.9", SPF_FAIL},
    {"A.3: mobile user", "v=spf1 exists:%{l1r+}.mobile-users._spf.example.com -all",
	"203.0.113.9 mary@row.test", SPF_PASS},
    {"A.3: user with an extension", "v=spf1 exists:%{l1r+}.mobile-users._spf.example.com -all",
	"203.0.113.9 fred+x@row.test", SPF_PASS},
    {"A.3: unknown user", "v=spf1 exists:%{l1r+}.mobile-users._spf.example.com -all",
	"203.0.113.9 joe@row.test", SPF_FAIL},
    {"A.3: user at an address", "v=spf1 exists:%{ir}.%{l1r+}.remote-users._spf.example.com -all",
	"192.168.15.15 joel@row.test", SPF_PASS},
    {"A.3: user elsewhere", "v=spf1 exists:%{ir}.%{l1r+}.remote-users._spf.example.com -all",
	"192.168.15.16 joel@row.test", SPF_FAIL},
    {"A.4: both must hold",
	"v=spf1 -include:ip4._spf.example.com -include:ptr._spf.example.com +all", "192.0.2.65",
	SPF_FAIL},
    {"A.4: the address does not", "v=spf1 -include:ip4._spf.example.com +all", "198.51.100.1",
	SPF_FAIL},
    {"A.4: the address does", "v=spf1 -include:ip4._spf.example.com +all", "192.0.2.65", SPF_PASS},
    /* ---- which record (4.3 to 4.5) ---- */
    {"no record", "", IP1, SPF_NONE},
    {"no such domain", "@nowhere.test", IP1, SPF_NONE},
    {"other TXT only", "@none.test", IP1, SPF_NONE},
    {"v=spf10 is another version", "v=spf10 -all", IP1, SPF_NONE},
    {"blank before the version", " v=spf1 -all", IP1, SPF_NONE},
    {"tab behind the version", "v=spf1\t-all", IP1, SPF_NONE},
    {"two records", "@two.test", IP1, SPF_PERMERROR},
    {"one among others", "@many.test", IP1, SPF_PASS},
    {"version in capitals", "@upper.test", IP1, SPF_PASS},
    {"name server fails", "@temp.test", IP1, SPF_TEMPERROR},
    {"domain of one label", "@localhost", IP1, SPF_NONE},
    {"domain with an empty label", "@a..test", IP1, SPF_NONE},
    {"domain with a label of 64", "@" LONG63 "x.test", IP1, SPF_NONE},
    {"address literal", "@[192.0.2.1]", IP1, SPF_NONE},
    /* ---- the shape of records (4.6, 12) ---- */
    {"nothing said", "v=spf1", IP1, SPF_NEUTRAL},
    {"blanks at the end", "v=spf1 -all   ", IP1, SPF_FAIL},
    {"many blanks", "v=spf1    ip4:192.0.2.1     -all", IP1, SPF_PASS},
    {"mechanisms in capitals", "v=spf1 IP4:192.0.2.1 -ALL", IP1, SPF_PASS},
    {"unknown mechanism", "v=spf1 ipv4:192.0.2.1 -all", IP1, SPF_PERMERROR},
    {"fault behind a match", "v=spf1 +all nonsense", IP1, SPF_PERMERROR},
    {"tab between terms", "v=spf1 a:host.test\t-all", IP1, SPF_PERMERROR},
    {"not ASCII", "v=spf1 a:h\xc3\xb6st.test -all", IP1, SPF_PERMERROR},
    {"two qualifiers", "v=spf1 +-all", IP1, SPF_PERMERROR},
    {"blank behind the qualifier", "v=spf1 - all", IP1, SPF_PERMERROR},
    {"softfail", "v=spf1 ~all", IP1, SPF_SOFTFAIL},
    {"neutral", "v=spf1 ?all", IP1, SPF_NEUTRAL},
    {"terms behind all do not count", "v=spf1 -all +ip4:192.0.2.1", IP1, SPF_FAIL},
    {"all with an argument", "v=spf1 -all:x.test", IP1, SPF_PERMERROR},
    {"all with a prefix", "v=spf1 -all/8", IP1, SPF_PERMERROR},
    {"two strings joined without a blank", "v=spf1 ip4:192.0.2.2ip4:192.0.2.1 -all", IP1,
	SPF_PERMERROR},
    /* ---- ip4, ip6 (5.6) ---- */
    {"ip4", "v=spf1 ip4:192.0.2.1 -all", IP1, SPF_PASS},
    {"ip4/32", "v=spf1 ip4:192.0.2.1/32 -all", IP1, SPF_PASS},
    {"ip4/32, next", "v=spf1 ip4:192.0.2.1/32 -all", "192.0.2.2", SPF_FAIL},
    {"ip4/31", "v=spf1 ip4:192.0.2.0/31 -all", IP1, SPF_PASS},
    {"ip4/31, next", "v=spf1 ip4:192.0.2.0/31 -all", "192.0.2.2", SPF_FAIL},
    {"ip4/0", "v=spf1 ip4:10.0.0.0/0 -all", IP1, SPF_PASS},
    {"ip4/0 is not for IPv6", "v=spf1 ip4:0.0.0.0/0 -all", IP6, SPF_FAIL},
    {"ip4 with host bits", "v=spf1 ip4:192.0.2.77/24 -all", IP1, SPF_PASS},
    {"ip4/33", "v=spf1 ip4:192.0.2.1/33 -all", IP1, SPF_PERMERROR},
    {"ip4/032", "v=spf1 ip4:192.0.2.1/032 -all", IP1, SPF_PERMERROR},
    {"ip4/", "v=spf1 ip4:192.0.2.1/ -all", IP1, SPF_PERMERROR},
    {"ip4//32", "v=spf1 ip4:192.0.2.1//32 -all", IP1, SPF_PERMERROR},
    {"ip4 of three numbers", "v=spf1 ip4:192.0.2 -all", IP1, SPF_PERMERROR},
    {"ip4 with 256", "v=spf1 ip4:192.0.2.256 -all", IP1, SPF_PERMERROR},
    {"ip4 without an address", "v=spf1 ip4 -all", IP1, SPF_PERMERROR},
    {"ip4 with a port", "v=spf1 ip4:192.0.2.1:25 -all", IP1, SPF_PERMERROR},
    {"ip4 with a name", "v=spf1 ip4:host.test -all", IP1, SPF_PERMERROR},
    {"ip4 holding IPv6", "v=spf1 ip4:2001:db8::1 -all", IP6, SPF_PERMERROR},
    {"ip6", "v=spf1 ip6:2001:db8::1 -all", IP6, SPF_PASS},
    {"ip6/48", "v=spf1 ip6:2001:db8::/48 -all", IP6, SPF_PASS},
    {"ip6/48, outside", "v=spf1 ip6:2001:db8:1::/48 -all", IP6, SPF_FAIL},
    {"ip6/0", "v=spf1 ip6:::/0 -all", IP6, SPF_PASS},
    {"ip6/0 is not for IPv4", "v=spf1 ip6:::/0 -all", IP1, SPF_FAIL},
    {"ip6/129", "v=spf1 ip6:2001:db8::1/129 -all", IP6, SPF_PERMERROR},
    {"ip6 of nothing", "v=spf1 ip6: -all", IP6, SPF_PERMERROR},
    {"ip6 holding IPv4", "v=spf1 ip6:192.0.2.1 -all", IP1, SPF_PERMERROR},
    {"ip4 with a leading zero", "v=spf1 ip4:192.0.2.01 -all", IP1, SPF_PERMERROR},
    {"ip4 with a sign", "v=spf1 ip4:+192.0.2.1 -all", IP1, SPF_PERMERROR},
    {"ip4 with a sign in the prefix", "v=spf1 ip4:192.0.2.1/+8 -all", IP1, SPF_PERMERROR},
    {"ip6 with a zone", "v=spf1 ip6:2001:db8::1%eth0 -all", IP6, SPF_PERMERROR},
    {"ip6 with two gaps", "v=spf1 ip6:2001::db8::1 -all", IP6, SPF_PERMERROR},
    {"ip6 in brackets", "v=spf1 ip6:[2001:db8::1] -all", IP6, SPF_PERMERROR},
    {"ip6 in capitals", "v=spf1 ip6:2001:DB8:0::1/128 -all", IP6, SPF_PASS},
    {"ip6/65", "v=spf1 ip6:2001:db8:0:0:8000::/65 -all", IP6, SPF_FAIL},
    {"mapped address is IPv4", "v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", SPF_PASS},
    {"mapped address is not IPv6", "v=spf1 ip6:::ffff:192.0.2.1 -all", "::ffff:192.0.2.1",
	SPF_FAIL},
    /* ---- a (5.3) ---- */
    {"a, IPv6", "v=spf1 a:host.test -all", IP6, SPF_PASS},
    {"a, the other family only", "v=spf1 a:four-only.test -all", IP6, SPF_FAIL},
    {"a/24", "v=spf1 a:host.test/24 -all", "192.0.2.200", SPF_PASS},
    {"a/24 does not touch IPv6", "v=spf1 a:host.test/24 -all", "2001:db8::2", SPF_FAIL},
    {"a//64", "v=spf1 a:host.test//64 -all", "2001:db8::2", SPF_PASS},
    {"a//64 does not touch IPv4", "v=spf1 a:host.test//64 -all", "192.0.2.200", SPF_FAIL},
    {"a/24//64", "v=spf1 a:host.test/24//64 -all", "2001:db8::2", SPF_PASS},
    {"a/24/64", "v=spf1 a:host.test/24/64 -all", IP1, SPF_PERMERROR},
    {"a/33", "v=spf1 a:host.test/33 -all", IP1, SPF_PERMERROR},
    {"a//129", "v=spf1 a:host.test//129 -all", IP1, SPF_PERMERROR},
    {"a/0", "v=spf1 a:host.test/0 -all", "198.51.100.1", SPF_PASS},
    {"a/0 of a name without address", "v=spf1 a:absent.test/0 -all", IP1, SPF_FAIL},
    {"a fails", "v=spf1 a:failing.test -all", IP1, SPF_TEMPERROR},
    {"a fails behind a match", "v=spf1 ip4:192.0.2.1 a:failing.test -all", IP1, SPF_PASS},
    {"a: without a domain", "v=spf1 a: -all", IP1, SPF_PERMERROR},
    {"a of a top level", "v=spf1 a:museum -all", IP1, SPF_PERMERROR},
    {"a of an address", "v=spf1 a:192.0.2.1 -all", IP1, SPF_PERMERROR},
    {"a with a port", "v=spf1 a:host.test:25 -all", IP1, SPF_PERMERROR},
    {"a with a dot at the end", "v=spf1 a:host.test. -all", IP1, SPF_PASS},
    {"a of a label too long", "v=spf1 a:" LONG63 "x.test -all", IP1, SPF_FAIL},
    {"a ending in a hyphen", "v=spf1 a:host.test- -all", IP1, SPF_PERMERROR},
    {"a of the domain itself", "v=spf1 a -all", IP1, SPF_FAIL},
    {"a/24//64, IPv4", "v=spf1 a:host.test/24//64 -all", "192.0.2.200", SPF_PASS},
    {"a//0", "v=spf1 a:host.test//0 -all", "2001:db8:ffff::1", SPF_PASS},
    {"a/ without a number", "v=spf1 a:host.test/ -all", IP1, SPF_PERMERROR},
    {"a with a name out of two macros", "v=spf1 a:%{l}.%{o1} -all", IP1 " host@row.test", SPF_PASS},
    {"a with a percent sign", "v=spf1 a:%%host.test -all", IP1, SPF_FAIL},
    /* ---- mx (5.4) ---- */
    {"mx/24", "v=spf1 mx:mx.test/24 -all", "192.0.2.200", SPF_PASS},
    {"mx/24//64", "v=spf1 mx:mx.test/24//64 -all", "2001:db8::2", SPF_PASS},
    {"mx/24//64, outside", "v=spf1 mx:mx.test/24//64 -all", "2001:db8:0:1::2", SPF_FAIL},
    {"mx/33", "v=spf1 mx:mx.test/33 -all", IP1, SPF_PERMERROR},
    {"mx//129", "v=spf1 mx:mx.test//129 -all", IP1, SPF_PERMERROR},
    {"mx of nothing", "v=spf1 mx: -all", IP1, SPF_PERMERROR},
    {"mx of the domain itself", "v=spf1 mx -all", IP1, SPF_FAIL},
    {"mx, IPv6", "v=spf1 mx:mx.test -all", IP6, SPF_PASS},
    {"mx//64", "v=spf1 mx:mx.test//64 -all", "2001:db8::2", SPF_PASS},
    {"mx is no implicit MX", "v=spf1 mx:host.test -all", IP1, SPF_FAIL},
    {"null MX", "v=spf1 mx:mx-null.test -all", IP1, SPF_FAIL},
    {"mx fails", "v=spf1 mx:failing.test -all", IP1, SPF_TEMPERROR},
    {"host of an mx fails", "v=spf1 mx:mx-fails.test -all", IP1, SPF_TEMPERROR},
    {"10 MX", "v=spf1 mx:mx10.test -all", IP1, SPF_PASS},
    {"11 MX", "v=spf1 mx:mx11.test -all", IP1, SPF_PERMERROR},
    /* ---- ptr (5.5) ---- */
    {"ptr, IPv6", "v=spf1 ptr:six-only.test -all", IP6, SPF_PASS},
    {"ptr fails: no match", "v=spf1 ptr:host.test -all", "192.0.2.2", SPF_FAIL},
    {"a name of ptr fails: the next", "v=spf1 ptr:ptr.test -all", "192.0.2.3", SPF_PASS},
    {"ptr: ten names are enough", "v=spf1 ptr:ptr.test -all", "192.0.2.5", SPF_FAIL},
    {"ptr: similar is not below", "v=spf1 ptr:ost.test -all", IP1, SPF_FAIL},
    {"ptr with a prefix", "v=spf1 ptr/24 -all", IP1, SPF_PERMERROR},
    {"ptr of the domain itself", "v=spf1 ptr -all", IP1, SPF_FAIL},
    {"ptr of a top level", "v=spf1 ptr:test -all", IP1, SPF_PERMERROR},
    {"ptr in capitals", "v=spf1 PTR:HOST.Test -all", IP1, SPF_PASS},
    {"ptr without PTR is void", "v=spf1 ptr:host.test a:v1.test a:v2.test -all", "192.0.2.99",
	SPF_PERMERROR},
    /* ---- exists (5.7) and macros ---- */
    {"exists with a prefix", "v=spf1 exists:only-six.exists.test/24 -all", IP1, SPF_PERMERROR},
    {"exists matches whatever the address", "v=spf1 exists:host.test -all", "203.0.113.9",
	SPF_PASS},
    {"exists of HELO in capitals", "v=spf1 exists:%{H}.h.exists.test -all", IP1, SPF_PASS},
    {"include by a macro", "v=spf1 include:%{l}.test -all", IP1 " ours@row.test", SPF_PASS},
    {"include by a macro, none there", "v=spf1 include:%{l}.nowhere.test -all", IP1, SPF_PERMERROR},
    {"redirect by a macro", "v=spf1 redirect=ours.%{d1}", IP1, SPF_PASS},
    {"macro with two transformers", "v=spf1 exists:%{d2r2}.exists.test -all", IP1, SPF_PERMERROR},
    {"macro with a strange delimiter", "v=spf1 exists:%{l!}.exists.test -all", IP1, SPF_PERMERROR},
    {"macro of nothing", "v=spf1 exists:%{}.exists.test -all", IP1, SPF_PERMERROR},
    {"macro split at two delimiters", "v=spf1 exists:%{l2r-+}.l.exists.test -all",
	IP1 " x+sender@row.test", SPF_FAIL},
    {"macro's last part", "v=spf1 exists:%{l1-+}.l.exists.test -all", IP1 " x+sender@row.test",
	SPF_PASS},
    {"exists of the sender's domain", "v=spf1 a:host.%{o1} -all", IP1 " x@other.test", SPF_PASS},
    {"a quote in the sender", "v=spf1 exists:%{l}.l.exists.test -all", IP1 " \"a b\"@row.test",
	SPF_FAIL},
    {"exists of the address", "v=spf1 exists:%{ir}.exists.test -all", IP1, SPF_PASS},
    {"exists of another", "v=spf1 exists:%{ir}.exists.test -all", "192.0.2.2", SPF_FAIL},
    {"exists of IPv6 nibbles", "v=spf1 exists:%{ir}.%{v}.exists.test -all", IP6, SPF_PASS},
    {"exists asks A only", "v=spf1 exists:only-six.exists.test -all", IP6, SPF_FAIL},
    {"exists of the sender", "v=spf1 exists:%{l}.l.exists.test -all", IP1, SPF_PASS},
    {"sender without local part", "v=spf1 exists:%{l}.l.exists.test -all", IP1 " @row.test",
	SPF_PASS},
    {"exists of HELO", "v=spf1 exists:%{h}.h.exists.test -all", IP1, SPF_PASS},
    {"exists of the validated name", "v=spf1 exists:%{p}.p.exists.test -all", IP1, SPF_PASS},
    {"exists without such a name", "v=spf1 exists:%{p}.p.exists.test -all", "192.0.2.99", SPF_PASS},
    {"exists with in-addr", "v=spf1 exists:%{v}.v.exists.test -all", IP1, SPF_PASS},
    {"exists with ip6", "v=spf1 exists:%{v}.v.exists.test -all", IP6, SPF_PASS},
    {"exists without a domain", "v=spf1 exists -all", IP1, SPF_PERMERROR},
    {"exists fails", "v=spf1 exists:failing.test -all", IP1, SPF_TEMPERROR},
    {"macro unknown", "v=spf1 exists:%{x}.exists.test -all", IP1, SPF_PERMERROR},
    {"macro for explanations only", "v=spf1 exists:%{c}.exists.test -all", IP1, SPF_PERMERROR},
    {"macro keeps 0 parts", "v=spf1 exists:%{d0}.exists.test -all", IP1, SPF_PERMERROR},
    {"macro not closed", "v=spf1 exists:%{d.exists.test -all", IP1, SPF_PERMERROR},
    {"bare percent", "v=spf1 exists:%d.exists.test -all", IP1, SPF_PERMERROR},
    {"percent at the end", "v=spf1 exists:exists.test% -all", IP1, SPF_PERMERROR},
    {"macro at the end", "v=spf1 a:host.%{o1} -all", IP1, SPF_PASS},
    {"literal behind a macro without a dot", "v=spf1 a:%{d}test -all", IP1, SPF_PERMERROR},
    {"wrong domain out of macros", "v=spf1 a:%{l}.%{l}..%{d} -all", IP1, SPF_FAIL},
    /* ---- include (5.2) ---- */
    {"include: pass", "v=spf1 include:pass.test -all", IP1, SPF_PASS},
    {"include: fail is no match", "v=spf1 include:fail.test ~all", IP1, SPF_SOFTFAIL},
    {"include: softfail is no match", "v=spf1 include:soft.test -all", IP1, SPF_FAIL},
    {"include: neutral is no match", "v=spf1 include:neutral.test -all", IP1, SPF_FAIL},
    {"include: nothing said is no match", "v=spf1 include:empty.test -all", IP1, SPF_FAIL},
    {"include: none", "v=spf1 include:none.test -all", IP1, SPF_PERMERROR},
    {"include: no such name", "v=spf1 include:nowhere.test -all", IP1, SPF_PERMERROR},
    {"include: temperror", "v=spf1 include:temp.test -all", IP1, SPF_TEMPERROR},
    {"include: permerror", "v=spf1 include:perm.test -all", IP1, SPF_PERMERROR},
    {"include: two records", "v=spf1 include:two.test -all", IP1, SPF_PERMERROR},
    {"include behind a match", "v=spf1 ip4:192.0.2.1 include:none.test", IP1, SPF_PASS},
    {"include in an include", "v=spf1 include:nested.test -all", IP1, SPF_PASS},
    {"include with a redirect", "v=spf1 include:redirected.test -all", IP1, SPF_PASS},
    {"include: a temperror inside", "v=spf1 include:temp-then.test -all", IP1, SPF_TEMPERROR},
    {"ten includes deep", "v=spf1 include:c1.test -all", IP1, SPF_PASS},
    {"eleven includes deep", "v=spf1 include:c0.test -all", IP1, SPF_PERMERROR},
    {"include of a redirect that softfails", "v=spf1 include:exp-include.test -all", IP1, SPF_FAIL},
    {"-include of a pass", "v=spf1 -include:pass.test +all", IP1, SPF_FAIL},
    {"include without a domain", "v=spf1 include -all", IP1, SPF_PERMERROR},
    {"include with a prefix", "v=spf1 include:pass.test/24 -all", IP1, SPF_PERMERROR},
    /* ---- redirect (6.1) ---- */
    {"redirect: neutral of its own", "v=spf1 redirect=neutral.test", IP1, SPF_NEUTRAL},
    {"redirect: none", "v=spf1 redirect=none.test", IP1, SPF_PERMERROR},
    {"redirect: temperror", "v=spf1 redirect=temp.test", IP1, SPF_TEMPERROR},
    {"redirect beside all", "v=spf1 redirect=pass.test -all", IP1, SPF_FAIL},
    {"redirect stands first, counts last", "v=spf1 redirect=fail.test ip4:192.0.2.1", IP1,
	SPF_PASS},
    {"two redirects", "v=spf1 redirect=pass.test redirect=pass.test", IP1, SPF_PERMERROR},
    {"redirect to nothing", "v=spf1 redirect=", IP1, SPF_PERMERROR},
    {"redirect as a mechanism", "v=spf1 redirect:pass.test", IP1, SPF_PERMERROR},
    {"redirect in capitals", "v=spf1 REDIRECT=ours.test", IP1, SPF_PASS},
    {"redirect with a prefix", "v=spf1 redirect=ours.test/24", IP1, SPF_PERMERROR},
    {"redirect: permerror", "v=spf1 redirect=perm.test", IP1, SPF_PERMERROR},
    {"redirect: two records", "v=spf1 redirect=two.test", IP1, SPF_PERMERROR},
    {"redirect is not followed behind a match", "v=spf1 ip4:192.0.2.1 redirect=none.test", IP1,
	SPF_PASS},
    {"exp says nothing of a pass", "v=spf1 ip4:192.0.2.1 exp=nowhere.test -all", IP1, SPF_PASS},
    {"exp of nothing", "v=spf1 exp= -all", IP1, SPF_PERMERROR},
    {"two exp", "v=spf1 exp=exp.test -all exp=exp.test", IP1, SPF_PERMERROR},
    {"unknown modifier", "v=spf1 moo=cow:/x ip4:192.0.2.1 -all", IP1, SPF_PASS},
    {"unknown modifiers twice", "v=spf1 moo=1 moo=2 -all", IP1, SPF_FAIL},
    {"unknown modifier of nothing", "v=spf1 moo= -all", IP1, SPF_FAIL},
    {"unknown modifier with hyphen and dot", "v=spf1 a-b.c_d=%{i} ip4:192.0.2.1 -all", IP1,
	SPF_PASS},
    {"unknown modifier with a wrong macro", "v=spf1 moo=%{q} -all", IP1, SPF_PERMERROR},
    {"modifier with a digit first", "v=spf1 1x=y -all", IP1, SPF_PERMERROR},
    /* ---- limits and loops (4.6.4) ---- */
    {"10 lookups", "v=spf1 include:four.test include:four.test -all", IP1, SPF_FAIL},
    {"11 lookups", "v=spf1 include:five.test include:four.test -all", IP1, SPF_PERMERROR},
    {"10 lookups, then redirect", "v=spf1 include:four.test include:four.test redirect=pass.test",
	IP1, SPF_PERMERROR},
    {"a match before the 11th", "v=spf1 include:five.test ip4:192.0.2.1 include:five.test -all",
	IP1, SPF_PASS},
    {"ip4 and all cost nothing",
	"v=spf1 ip4:10.0.0.1 ip4:10.0.0.2 ip4:10.0.0.3 ip4:10.0.0.4 ip4:10.0.0.5 ip4:10.0.0.6 "
	"ip4:10.0.0.7 ip4:10.0.0.8 ip4:10.0.0.9 ip6:::1 ip6:::2 ip4:192.0.2.1 -all",
	IP1, SPF_PASS},
    {"include of itself", "@loop.test", IP1, SPF_PERMERROR},
    {"include of each other", "@ping.test", IP1, SPF_PERMERROR},
    {"redirect to itself", "@turn.test", IP1, SPF_PERMERROR},
    {"2 voids", "v=spf1 a:v1.test mx:v2.test -all", IP1, SPF_FAIL},
    {"3 voids", "v=spf1 a:v1.test mx:v2.test exists:v3.test -all", IP1, SPF_PERMERROR},
    {"3 voids, the third behind a match", "v=spf1 a:v1.test a:v2.test ip4:192.0.2.1 a:v3.test", IP1,
	SPF_PASS},
    {"no data is void too", "v=spf1 a:none.test a:temp.test a:exp.test -all", IP1, SPF_PERMERROR},
    {"mx whose hosts lack addresses is none", "v=spf1 mx:mx-void.test a:v1.test a:v2.test -all",
	IP1, SPF_FAIL},
};

static void
query_of(const struct row *row, struct spf_query *query, uint8_t address[16], struct arena *arena)
{
	const char *domain = row->record[0] == '@' ? row->record + 1 : "row.test";
	const char *blank = strchr(row->address, ' ');
	const char *text = arena_strndup(arena, row->address, strcspn(row->address, " "));

	*query = (struct spf_query){.domain = domain, .helo = "helo.test", .address = address};
	query->sender = blank ? blank + 1 : arena_printf(arena, "sender@%s", domain);
	query->address_len = strchr(row->address, ':') ? 16 : 4;
	query->now_unix = 1795320000;
	ck_assert_int_eq(inet_pton(query->address_len == 4 ? AF_INET : AF_INET6, text, address), 1);
}

START_TEST(test_row)
{
	const struct row *row = &rows[_i];
	struct arena arena = {0};
	struct spf_world at_once = {.arena = &arena, .record = row->record, .all = true};
	struct spf_world later = {.arena = &arena, .record = row->record};
	const struct spf_resolver resolver = {spf_world_ask, &at_once};
	struct spf_query query;
	struct spf_verdict verdict, slow;
	uint8_t address[16];

	query_of(row, &query, address, &arena);
	spf_eval(&arena, &resolver, &query, &verdict);
	(void)spf_world_eval(&later, &query, &slow);
	ck_assert_msg(!verdict.pending && verdict.result == row->result, "%s: %s, wanted %s (%s)",
	    row->name, spf_result_word(verdict.result), spf_result_word(row->result),
	    verdict.why ? verdict.why : "no reason");
	ck_assert_msg(slow.result == verdict.result && slow.lookups == verdict.lookups &&
			  slow.voids == verdict.voids,
	    "%s: in rounds %s", row->name, spf_result_word(slow.result));
	ck_assert_msg(
	    (verdict.why != NULL) == (row->result == SPF_TEMPERROR || row->result == SPF_PERMERROR),
	    "%s: why is %s", row->name, verdict.why ? verdict.why : "missing");
	arena_free(&arena);
}
END_TEST

/* ---- what else an evaluation tells ------------------------------------------------------------ */

static const struct exp_row {
	const char *name, *record, *wanted; /* NULL: no explanation */
} exp_rows[] = {
    {"expanded", "v=spf1 -all exp=exp.test",
	"192.0.2.1 may not send for row.test (192.0.2.1, unknown, 1795320000, sender@row.test)"},
    {"escaped", "v=spf1 -all exp=exp-url.test", "https://e.test/?s=sender%40row.test"},
    {"none given", "v=spf1 -all", NULL},
    {"not a fail", "v=spf1 ~all exp=exp.test", NULL},
    {"two texts", "v=spf1 -all exp=exp-two.test", NULL},
    {"macro wrong", "v=spf1 -all exp=exp-bad.test", NULL},
    {"no such name", "v=spf1 -all exp=nowhere.test", NULL},
    {"name server fails", "v=spf1 -all exp=temp.test", NULL},
    {"the redirected domain's", "v=spf1 redirect=fail.test exp=exp-url.test",
	"192.0.2.1 may not send for fail.test (192.0.2.1, unknown, 1795320000, sender@row.test)"},
    {"not the included domain's", "v=spf1 include:fail.test -all", NULL},
};

START_TEST(test_explanation)
{
	const struct exp_row *row = &exp_rows[_i];
	const struct row spf = {row->name, row->record, IP1, SPF_NONE};
	struct arena arena = {0};
	struct spf_world world = {.arena = &arena, .record = row->record};
	struct spf_query query;
	struct spf_verdict verdict;
	uint8_t address[16];

	query_of(&spf, &query, address, &arena);
	(void)spf_world_eval(&world, &query, &verdict);
	if (row->wanted == NULL)
		ck_assert_msg(
		    verdict.explanation == NULL, "%s: %s", row->name, verdict.explanation);
	else
		ck_assert_str_eq(verdict.explanation, row->wanted);
	arena_free(&arena);
}
END_TEST

/* A bounce has no sender: postmaster of the HELO name is judged (2.4), of the domain without one. */
START_TEST(test_null_sender)
{
	const struct row row = {
	    "", "v=spf1 exists:%{l}.l.exists.test a:%{s} -all exp=exp-url.test", IP1, SPF_PASS};
	struct arena arena = {0};
	struct spf_world world = {.arena = &arena, .record = row.record, .all = true};
	const struct spf_resolver resolver = {spf_world_ask, &world};
	struct spf_query query;
	struct spf_verdict verdict;
	uint8_t address[16];

	query_of(&row, &query, address, &arena);
	query.sender = query.helo = NULL;
	spf_eval(&arena, &resolver, &query, &verdict);
	ck_assert_int_eq(verdict.result, SPF_PASS);
	ck_assert_str_eq(verdict.term, "exists:%{l}.l.exists.test");
	world.record = "v=spf1 -all exp=exp-url.test";
	spf_eval(&arena, &resolver, &query, &verdict);
	ck_assert_int_eq(verdict.result, SPF_FAIL);
	ck_assert_str_eq(verdict.explanation, "https://e.test/?s=postmaster%40row.test");
	arena_free(&arena);
}
END_TEST

START_TEST(test_rounds_are_few)
{
	const struct row row = {
	    "", "v=spf1 mx:mx.test a:h1.test include:nested.test -all", "192.0.2.9", SPF_FAIL};
	struct arena arena = {0};
	struct spf_world world = {.arena = &arena, .record = row.record};
	struct spf_query query;
	struct spf_verdict verdict;
	uint8_t address[16];

	query_of(&row, &query, address, &arena);
	/* the record; its terms; the hosts of mx and the include of the include */
	ck_assert_uint_eq(spf_world_eval(&world, &query, &verdict), 3);
	ck_assert_int_eq(verdict.result, SPF_FAIL);
	ck_assert_uint_eq(verdict.lookups, 4);
	ck_assert_str_eq(verdict.term, "-all");
	ck_assert_str_eq(verdict.term_domain, "row.test");
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {test_row, ARRAY_LEN(rows)},
	    {test_explanation, ARRAY_LEN(exp_rows)},
	    {test_null_sender, 0},
	    {test_rounds_are_few, 0},
	};

	_Static_assert(ARRAY_LEN(rows) >= 100, "a table of at least a hundred rows");
	return unit_main("spf", units, ARRAY_LEN(units));
}
