/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON: the sample to the byte, every key always there, hostile texts read
 * back by another reader, and a schema that takes our output and nothing else.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/sample.h"
#include "lib/unit.h"

/* The system's own: python3-jsonschema belongs to it. */
#define PYTHON "/usr/bin/python3"

static struct buf out;

static const char *
rendered(struct sample *sample)
{
	struct err err = {0};

	buf_free(&out);
	buf_init(&out, 8 << 20);
	ck_assert_msg(render_json(&out, &sample->report, &sample->params, &err), "%s", err.text);
	return buf_text(&out);
}

/* ---- another reader ------------------------------------------------------------------- */

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/*
 * Runs a script with the texts in files named by sys.argv[1] (output) and
 * sys.argv[2] (schema). It must print "fine" and nothing else.
 */
static void
python(const char *script, const char *output)
{
	char folder[] = "/tmp/test_report_json.XXXXXX";
	char path[3][64], command[256], answer[4096];
	struct buf schema;
	struct err err = {0};
	size_t len;
	FILE *pipe;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path[0], sizeof(path[0]), "%s/script.py", folder);
	snprintf(path[1], sizeof(path[1]), "%s/output.json", folder);
	snprintf(path[2], sizeof(path[2]), "%s/schema.json", folder);
	buf_init(&schema, 1 << 20);
	ck_assert_msg(render_schema(&schema, &err), "%s", err.text);
	write_file(path[0], script);
	write_file(path[1], output);
	write_file(path[2], buf_text(&schema));
	snprintf(command, sizeof(command), PYTHON " %s %s %s 2>&1", path[0], path[1], path[2]);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(answer, 1, sizeof(answer) - 1, pipe);
	answer[len] = '\0';
	ck_assert_int_eq(pclose(pipe), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(unlink(path[i]), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	buf_free(&schema);
	ck_assert_str_eq(answer, "fine\n");
}

#define PYTHON_HEAD \
	"import copy, json, sys\n" \
	"from jsonschema import Draft202012Validator as V\n" \
	"def once(pairs):\n" \
	"    keys = [k for k, v in pairs]\n" \
	"    assert len(keys) == len(set(keys)), keys\n" \
	"    return dict(pairs)\n" \
	"o = json.loads(open(sys.argv[1], encoding='utf-8', errors='strict').read(),\n" \
	"    object_pairs_hook=once, parse_constant=lambda c: 1 / 0)\n" \
	"s = json.load(open(sys.argv[2]))\n" \
	"V.check_schema(s)\n" \
	"v = V(s)\n"

/* Every array element has an id, unique in its array. */
#define PYTHON_VALID \
	PYTHON_HEAD \
	"for e in v.iter_errors(o): print(list(e.path), e.message)\n" \
	"for k, a in o.items():\n" \
	"    if isinstance(a, list) and k != 'checks':\n" \
	"        ids = [e['id'] for e in a]\n" \
	"        assert len(ids) == len(set(ids)), (k, ids)\n"

/* ---- samples ---------------------------------------------------------------------------- */

static const char imap_ok[] =
    "{\"mailvitals\":1,\"plugin\":\"check_imap_tls\",\"version\":\"1.0.0\","
    "\"started\":\"2026-11-22T04:40:00Z\",\"started_epoch\":1795322400,\"state\":\"OK\","
    "\"exit_code\":0,\"summary\":\"IMAP OK - imap.example.org:993: login as anna, INBOX 214 "
    "messages, certificate 61 days, 41 ms\",\"target\":{\"host\":\"imap.example.org\","
    "\"port\":993,\"service\":\"imap\",\"mode\":\"tls\",\"user\":\"anna\",\"domain\":null},"
    "\"endpoints\":[{\"id\":\"imap.example.org:993/192.0.2.25\",\"host\":\"imap.example.org\","
    "\"address\":\"192.0.2.25\",\"family\":4,\"port\":993,\"state\":\"OK\",\"exit_code\":0,"
    "\"chosen\":true,\"reached\":\"mailbox\",\"server\":{\"greeting\":\"* OK [CAPABILITY "
    "IMAP4rev1 \xe2\x80\xa6] Dovecot ready.\",\"software\":\"Dovecot\",\"ehlo_name\":null,"
    "\"id\":{\"name\":\"Dovecot\"},\"capabilities_before_tls\":[],\"capabilities\":"
    "[\"IMAP4rev1\",\"IDLE\",\"QUOTA\"],\"mechanisms\":[\"PLAIN\",\"SCRAM-SHA-256\"]},"
    "\"tls\":{\"version\":\"1.3\",\"cipher\":\"TLS_AES_256_GCM_SHA384\",\"group\":\"x25519\","
    "\"signature\":\"ecdsa_secp256r1_sha256\",\"sni\":\"imap.example.org\",\"verified\":true,"
    "\"verify_code\":0,\"verify_name\":\"imap.example.org\",\"resumed\":false,"
    "\"staple_state\":null,\"dane_state\":null},\"auth\":{\"mechanism\":\"SCRAM-SHA-256\","
    "\"channel_binding\":null,\"server_proved\":true,\"user\":\"anna\"}}],\"certificates\":["
    "{\"id\":\"imap.example.org:993/192.0.2.25#0\",\"endpoint\":"
    "\"imap.example.org:993/192.0.2.25\",\"file\":null,\"position\":0,\"key_type\":\"EC\","
    "\"key_bits\":256,\"subject\":\"CN=imap.example.org\",\"issuer\":\"C=US, O=Let's Encrypt, "
    "CN=E7\",\"names\":[\"imap.example.org\"],\"serial\":\"04a1\",\"sha256\":\"9f\","
    "\"spki_sha256\":\"c4\",\"not_before\":\"2026-10-24T07:00:00Z\","
    "\"not_before_epoch\":1792825200,\"not_after\":\"2027-01-22T07:00:00Z\","
    "\"not_after_epoch\":1800601200,\"days\":61.1,\"lifetime_left\":67.9,\"state\":\"OK\","
    "\"exit_code\":0,\"in_path\":true}],\"phases\":[";

static const char imap_ok_end[] =
    "{\"id\":\"imap.example.org:993/192.0.2.25/tls\",\"endpoint\":"
    "\"imap.example.org:993/192.0.2.25\",\"name\":\"tls\",\"start\":0.011204,"
    "\"seconds\":0.018310,\"result\":\"ok\"}],\"findings\":[],\"metrics\":{\"time\":{"
    "\"value\":0.041327,\"unit\":\"s\",\"warning\":null,\"critical\":null,\"min\":0,\"max\":10,"
    "\"state\":\"OK\"},\"cert_days\":{\"value\":61.1,\"unit\":\"\",\"warning\":\"22.5:\","
    "\"critical\":\"9:\",\"min\":null,\"max\":null,\"state\":\"OK\"}},\"mailboxes\":[{"
    "\"id\":\"INBOX\",\"messages\":214,\"unseen\":3,\"recent\":0,\"uidnext\":9213,"
    "\"uidvalidity\":1433,\"size\":null,\"newest_age\":null,\"oldest_age\":null,"
    "\"special_use\":null}],\"quotas\":[],\"envelope\":null,\"delivery\":null,\"domain\":null,"
    "\"lists\":[],\"checks\":[],\"settings\":{\"hostname\":\"imap.example.org\",\"user\":"
    "\"anna\",\"password\":\"file\",\"timeout\":10}}\n";

START_TEST(sample_to_the_byte)
{
	struct sample sample;
	char want[8192];

	sample_imap_ok(&sample);
	sample.report.phases[0] = sample.report.phases[2];
	sample.report.phase_count = 1;
	for (int i = 0; i < METRIC_COUNT; i++)
		if (i != METRIC_TIME && i != METRIC_CERT_DAYS)
			sample.report.metrics[i].known = false;
	snprintf(want, sizeof(want), "%s%s", imap_ok, imap_ok_end);
	ck_assert_str_eq(rendered(&sample), want);
	/* Rendering changes nothing: --metrics-file and -o json render one report twice. */
	ck_assert_str_eq(rendered(&sample), want);
	sample_free(&sample);
}
END_TEST

START_TEST(refused_login_to_the_byte)
{
	struct sample sample;

	sample_imap_login_refused(&sample);
	rendered(&sample);
	ck_assert_ptr_nonnull(strstr(buf_text(&out),
	    "\"state\":\"CRITICAL\",\"exit_code\":2,\"summary\":\"IMAP CRITICAL - "
	    "imap.example.org:993: login refused: the account needs an app password: \\\"NO "
	    "[ALERT] "
	    "Application-specific password required\\\" [auth.app_password]\","));
	ck_assert_ptr_nonnull(strstr(buf_text(&out),
	    "\"findings\":[{\"id\":\"auth.app_password@imap.example.org:993/192.0.2.25\","
	    "\"finding\":\"auth.app_password\",\"state\":\"CRITICAL\",\"exit_code\":2,"
	    "\"who\":\"owner\",\"subject\":\"imap.example.org:993/192.0.2.25\",\"message\":\"login "
	    "refused: the account needs an app password\",\"said\":\"NO [ALERT] "
	    "Application-specific password required\",\"why\":[\"two-step sign-in is on and the "
	    "normal password was used\"],\"next\":[\"make an app password for this check, or use "
	    "--token-file with OAuth2\"],\"reference\":\"mailvitals explain auth.app_password\","
	    "\"metric\":null}]"));
	/* The endpoint's state follows from the findings about it. */
	ck_assert_ptr_nonnull(strstr(
	    buf_text(&out), "\"port\":993,\"state\":\"CRITICAL\",\"exit_code\":2,\"chosen\""));
	sample_free(&sample);
}
END_TEST

static void (*const samples[])(struct sample *sample) = {sample_imap_ok, sample_imap_login_refused,
    sample_smtp_warning, sample_mx_critical, sample_pop3_unknown};

START_TEST(samples_are_valid)
{
	struct sample sample;

	samples[_i](&sample);
	python(PYTHON_VALID "print('fine')\n", rendered(&sample));
	sample.params.terminal = true;
	ck_assert_ptr_nonnull(strstr(rendered(&sample), "{\n  \"mailvitals\": 1,\n"));
	python(PYTHON_VALID "print('fine')\n", buf_text(&out));
	sample_free(&sample);
}
END_TEST

/* ---- parts ---------------------------------------------------------------------------------- */

static struct value *
element(struct report *report, struct value *array, const char *id)
{
	struct value *object = value_add_object(&report->arena, array, NULL);

	value_add_text(&report->arena, object, "id", id);
	return object;
}

/* All that the other programs bring, each with no more than its id. */
static void
fill_all(struct report *report)
{
	struct arena *arena = &report->arena;
	struct value *list = element(report, report->lists, "zen.spamhaus.org/192.0.2.25");

	value_add_text(arena, list, "verdict", "listed");
	element(report, report->quotas, "user/STORAGE");
	report->envelope = value_object(arena);
	element(report, value_add_array(arena, report->envelope, "recipients"), "a@example.org");
	report->delivery = value_object(arena);
	element(report, value_add_array(arena, report->delivery, "hops"), "1");
	report->domain = value_object(arena);
	element(report, value_add_array(arena, report->domain, "mx"), "mx.example.org");
	element(report, value_add_array(arena, report->domain, "nameservers"), "ns.example.org");
	value_add_text(
	    arena, value_add_object(arena, report->domain, "spf"), "record", "v=spf1 -all");
	for (int i = 0; i < METRIC_COUNT; i++)
		report_metric(report, (enum metric_id)i, i);
	for (int i = 0; i < FINDING_COUNT; i++) {
		struct report_finding *finding =
		    report_add(report, (enum finding_id)i, i % 2 ? "x" : NULL, "m");

		if (i == FINDING_THRESHOLD_LABEL) {
			finding->label = "time";
			finding->metric = METRIC_TIME;
		}
	}
	report_add(report, FINDING_NET_REFUSED, NULL, "again");
}

START_TEST(everything_is_valid)
{
	struct sample sample, outer;

	sample_imap_ok(&sample);
	fill_all(&sample.report);
	python(PYTHON_VALID
	    "f = o['findings']\n"
	    "assert len(f) == 287 and f[0]['state'] == 'CRITICAL'\n"
	    "assert f[1]['id'] == f[0]['id'] + '#2'\n"
	    "assert [x['metric'] for x in f if x['finding'] == 'threshold.time'] == ['time']\n"
	    "assert o['lists'][0]['state'] == 'OK' and o['lists'][0]['codes'] == []\n"
	    "print('fine')\n",
	    rendered(&sample));
	sample_mx_critical(&outer);
	value_add(outer.report.checks, NULL, render_value(&sample.report, &sample.params));
	python(PYTHON_VALID "assert o['checks'][0]['plugin'] == 'check_imap_tls'\nprint('fine')\n",
	    rendered(&outer));
	sample_free(&outer);
	sample_free(&sample);
}
END_TEST

/* A run that ended before it knew anything still has every key. */
START_TEST(empty_report_has_every_key)
{
	struct sample sample;

	sample_pop3_unknown(&sample);
	report_free(&sample.report);
	report_init(&sample.report, NULL);
	sample.params.subject = "";
	report_add(&sample.report, FINDING_CLIENT_USAGE, NULL, "-x: no such option");
	python(PYTHON_VALID
	    "assert set(o) == set(s['properties'])\n"
	    "assert o['summary'] == 'POP3 UNKNOWN - -x: no such option [client.usage]'\n"
	    "assert o['target'] == dict.fromkeys(['host', 'port', 'service', 'mode', 'user', "
	    "'domain'])\n"
	    "print('fine')\n",
	    rendered(&sample));
	sample_free(&sample);
}
END_TEST

START_TEST(states_follow_subjects)
{
	struct sample sample;
	struct value *second;

	sample_imap_ok(&sample);
	second = element(
	    &sample.report, sample.report.certificates, "imap.example.org:993/192.0.2.25#1");
	value_add_text(&sample.report.arena, second, "endpoint", "imap.example.org:993/192.0.2.25");
	value_add_int(&sample.report.arena, second, "position", 1);
	report_add(&sample.report, FINDING_TLS_CERT_EXPIRING, "imap.example.org:993/192.0.2.25",
	    "ends soon");
	report_add(&sample.report, FINDING_NET_RESET, "imap.example.org:993/192.0.2.25", "reset");
	report_add(&sample.report, FINDING_DNS_RESOLVER, "imap.example.org:993/192.0.2.25#1", "x");
	python(PYTHON_VALID
	    "assert o['endpoints'][0]['state'] == 'CRITICAL'\n"
	    "assert [c['state'] for c in o['certificates']] == ['WARNING', 'UNKNOWN']\n"
	    "assert [c['exit_code'] for c in o['certificates']] == [1, 3]\n"
	    "print('fine')\n",
	    rendered(&sample));
	sample_free(&sample);
}
END_TEST

/* A key that the shape does not know is kept, and the schema says so. */
START_TEST(unknown_keys_stand_at_the_end)
{
	struct sample sample;

	sample_imap_ok(&sample);
	value_add_text(&sample.report.arena, sample.report.endpoints->first, "colour", "green");
	python(PYTHON_HEAD "assert list(o['endpoints'][0])[-1] == 'colour'\n"
			   "assert not v.is_valid(o)\n"
			   "print('fine')\n",
	    rendered(&sample));
	sample_free(&sample);
}
END_TEST

START_TEST(phases_have_ids)
{
	struct sample sample;
	const struct report_phase phase = {"e", "capability", 0, 1, PHASE_TIMED_OUT, NULL};

	sample_imap_ok(&sample);
	report_phase(&sample.report, &phase);
	report_phase(&sample.report, &phase);
	python(PYTHON_VALID
	    "p = o['phases']\n"
	    "assert p[0]['id'] == 'dns' and p[0]['endpoint'] is None\n"
	    "assert p[-1]['id'] == 'e/capability#2' and p[-1]['result'] == 'timeout'\n"
	    "print('fine')\n",
	    rendered(&sample));
	sample_free(&sample);
}
END_TEST

/* ---- hostile texts ---------------------------------------------------------------------------- */

static const char *const hostile_rows[] = {
    "\",\"state\":\"OK\",\"x\":\"",
    "\\u0000\\",
    "|<>\"'&",
    "\x01\x02\x1b[31m\x7f",
    "\r\n\t\v\f",
    "\xc2\x85\xe2\x80\xa8\xe2\x80\xae",
    "\xff\xfe\xc0\xaf\xed\xa0\x80\xf5",
    "Gr\xfc\xdf"
    "e",
    "\xf0\x9f\x98\x80 \xe6\x97\xa5\xe6\x9c\xac",
    "",
};

START_TEST(hostile_texts_stay_strings)
{
	const char *text = hostile_rows[_i];
	struct sample sample;
	struct report_finding *finding;
	struct arena *arena = &sample.report.arena;

	sample_imap_ok(&sample);
	finding = report_add(&sample.report, FINDING_NET_CLOSED, text, "%s", text);
	report_said(&sample.report, finding, text, strlen(text));
	report_why(&sample.report, finding, "%s", text);
	report_next(&sample.report, finding, "%s", text);
	value_add_text(arena, sample.report.settings, text, text);
	value_add_text(arena, sample.report.settings, text, "twice");
	value_add_text(
	    arena, element(&sample.report, sample.report.mailboxes, text), "special_use", text);
	sample.params.subject = sample.params.host = text;
	rendered(&sample);
	ck_assert_uint_eq(strcspn(buf_text(&out), "\n"), out.len - 1);
	python(PYTHON_VALID
	    "import unicodedata\n"
	    "def walk(x):\n"
	    "    if isinstance(x, dict):\n"
	    "        for k, y in x.items(): walk(k); walk(y)\n"
	    "    elif isinstance(x, list):\n"
	    "        for y in x: walk(y)\n"
	    "    elif isinstance(x, str):\n"
	    "        assert not [c for c in x if unicodedata.category(c)[0] == 'C'\n"
	    "            or c in '\\u2028\\u2029'], ascii(x)\n"
	    "walk(o)\n"
	    "assert o['state'] == 'CRITICAL' and len(o['settings']) == 5\n"
	    "print('fine')\n",
	    buf_text(&out));
	sample_free(&sample);
}
END_TEST

/* Four characters are left alone here that the text replaces: JSON has its own way. */
START_TEST(json_keeps_four_characters)
{
	struct sample sample;

	sample_imap_ok(&sample);
	value_add_text(&sample.report.arena, sample.report.settings, "x", "a|b<c>d\"e");
	ck_assert_ptr_nonnull(strstr(rendered(&sample), "\"x\":\"a|b<c>d\\\"e\""));
	sample_free(&sample);
}
END_TEST

START_TEST(no_number_is_null)
{
	struct sample sample;

	sample_imap_ok(&sample);
	value_add_real(&sample.report.arena, sample.report.settings, "x", 0.0 / 0.0, 1);
	value_add_real(&sample.report.arena, sample.report.settings, "y", 1.0 / 0.0, 1);
	ck_assert_ptr_nonnull(strstr(rendered(&sample), "\"x\":null,\"y\":null"));
	sample_free(&sample);
}
END_TEST

START_TEST(too_large_is_an_error)
{
	struct sample sample;
	struct err err = {0};
	struct buf small;

	buf_init(&small, 100);
	sample_imap_ok(&sample);
	ck_assert(!render_json(&small, &sample.report, &sample.params, &err));
	ck_assert_int_eq(err.kind, ERR_LOCAL);
	ck_assert_uint_eq(small.len, 0);
	buf_free(&small);
	sample_free(&sample);
}
END_TEST

/* ---- the schema ---------------------------------------------------------------------------------- */

START_TEST(schema_refuses_other_keys)
{
	struct sample sample;

	sample_imap_ok(&sample);
	fill_all(&sample.report);
	python(PYTHON_HEAD
	    "assert v.is_valid(o)\n"
	    "assert s['required'] == list(s['properties']) == list(o)\n"
	    "for k in o:\n"
	    "    d = dict(o); x = d.pop(k)\n"
	    "    assert not v.is_valid(d), 'removed ' + k\n"
	    "    d[k + '_'] = x\n"
	    "    assert not v.is_valid(d), 'renamed ' + k\n"
	    "    for wrong in (1.5, 'x', True, None, [1], {'a': [1]}):\n"
	    "        d = dict(o); d[k] = wrong\n"
	    "        same = type(wrong) == type(x) and not isinstance(x, (list, dict))\n"
	    "        nullable = k in ('envelope', 'delivery', 'domain') and wrong is None\n"
	    "        if not same and not nullable and not (k == 'settings' and wrong == {'a': "
	    "[1]}):\n"
	    "            assert not v.is_valid(d), ('retyped', k, wrong)\n"
	    "assert not v.is_valid(dict(o, more=1)), 'added'\n"
	    "print('fine')\n",
	    rendered(&sample));
	sample_free(&sample);
}
END_TEST

START_TEST(schema_knows_findings_and_parts)
{
	struct sample sample;

	sample_imap_login_refused(&sample);
	report_metric(&sample.report, METRIC_TIME, 1);
	python(PYTHON_HEAD
	    "def refuses(change, what):\n"
	    "    d = copy.deepcopy(o); change(d)\n"
	    "    assert not v.is_valid(d), what\n"
	    "def f(key, value):\n"
	    "    return lambda d: d['findings'][0].update({key: value})\n"
	    "refuses(f('finding', 'auth.nothing'), 'finding')\n"
	    "refuses(f('finding', 'threshold.LABEL'), 'label')\n"
	    "refuses(f('who', 'nobody'), 'who')\n"
	    "refuses(f('state', 'ok'), 'state')\n"
	    "refuses(f('why', 'text'), 'why')\n"
	    "refuses(f('more', 1), 'more')\n"
	    "refuses(lambda d: d['findings'][0].pop('said'), 'said')\n"
	    "refuses(lambda d: d['endpoints'][0].pop('reached'), 'reached')\n"
	    "refuses(lambda d: d['endpoints'][0]['tls'].pop('sni'), 'sni')\n"
	    "refuses(lambda d: d['endpoints'][0].update(family='4'), 'family')\n"
	    "refuses(lambda d: d['metrics'].update(speed=d['metrics']['time']), 'speed')\n"
	    "refuses(lambda d: d['metrics']['time'].update(value='1'), 'value')\n"
	    "refuses(lambda d: d['target'].update(mode='ssl'), 'mode')\n"
	    "refuses(lambda d: d['checks'].append({}), 'checks')\n"
	    "d = copy.deepcopy(o); f('finding', 'threshold.time_dns')(d)\n"
	    "assert v.is_valid(d)\n"
	    "d['target']['mode'] = None; d['endpoints'][0]['tls'] = None\n"
	    "assert v.is_valid(d)\n"
	    "print('fine')\n",
	    rendered(&sample));
	sample_free(&sample);
}
END_TEST

START_TEST(lists_are_json)
{
	struct err err = {0};
	struct buf list;

	buf_init(&list, 1 << 20);
	ck_assert(render_findings_json(&list, ~0u, &err));
	python("import json, sys\no = json.load(open(sys.argv[1]))\n"
	       "assert len(o) == 286 and o[0]['id'] == 'net.refused' and o[0]['why'] and "
	       "o[0]['next']\n"
	       "print('fine')\n",
	    buf_text(&list));
	buf_clear(&list);
	ck_assert(render_metrics_json(&list, PROGRAM_MX, &err));
	python("import json, sys\no = json.load(open(sys.argv[1]))\n"
	       "m = {x['label']: x for x in o}\n"
	       "assert m['score']['finding'] == 'rbl.score' and m['score']['critical'] == '9'\n"
	       "assert m['questions']['finding'] == 'threshold.questions' and 'hits' not in m\n"
	       "print('fine')\n",
	    buf_text(&list));
	buf_free(&list);
}
END_TEST

int
main(void)
{
	const struct unit units[] = {
	    {sample_to_the_byte, 0},
	    {refused_login_to_the_byte, 0},
	    {samples_are_valid, ARRAY_LEN(samples)},
	    {everything_is_valid, 0},
	    {empty_report_has_every_key, 0},
	    {states_follow_subjects, 0},
	    {unknown_keys_stand_at_the_end, 0},
	    {phases_have_ids, 0},
	    {hostile_texts_stay_strings, ARRAY_LEN(hostile_rows)},
	    {json_keeps_four_characters, 0},
	    {no_number_is_null, 0},
	    {too_large_is_an_error, 0},
	    {schema_refuses_other_keys, 0},
	    {schema_knows_findings_and_parts, 0},
	    {lists_are_json, 0},
	};

	return unit_main("report_json", units, ARRAY_LEN(units));
}
