#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Names: by --resolver and by the system, by SRV, and what is said when there is no answer.
# nsd and unbound are the name servers, Dovecot is what they lead to.
# problem: A6 A7
# row: #21 #22 #23 #24 #25
# near: #21 #22 #23 #24
# shellcheck disable=SC2046,SC2086 # options of as() are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot dns

IMAP=check_imap_tls
POP3=check_pop3
THROUGH=(--ca-file "$CA_FILE" --resolver "$DNS_ADDRESS" -t 5)
secrets alice

shown() { json "d[\"$1\"]"; }
target_is() { # HOST PORT DOMAIN
	[ "$(json '"%s %s %s" % tuple(d["target"][k] for k in ("host", "port", "domain"))')" = "$*" ]
}
passwords() { grep -cE "Login: user=<alice>|client in: AUTH" "$DOVECOT_LOG"; }

resolv "nameserver $DNS_ADDRESS"

by_resolver() {
	expect "a name by --resolver" 0 "IMAP OK" $IMAP -H mail.example.test "${THROUGH[@]}"
	expect "... at a port of its own" 0 "IMAP OK" $IMAP -H mail.example.test \
		--ca-file "$CA_FILE" --resolver "$DNS_ADDRESS@54"
	expect "the second resolver when the first is dead" 0 "IMAP OK" $IMAP -H mail.example.test \
		--ca-file "$CA_FILE" --resolver 192.0.2.63 --resolver "$DNS_ADDRESS"
	expect "no such name, and the one that is meant" 2 "mail.example.test exists [dns.nxdomain]" \
		$IMAP -H mial.example.test "${THROUGH[@]}"
	expect "no such name near any" 2 "[dns.nxdomain]" $IMAP -H elsewhere.example.test "${THROUGH[@]}"
	claim "... and none is named" no grep -q "; .* exists" out
	expect "a name without an address" 2 "no address [dns.no_address]" $IMAP -H nothing.example.test "${THROUGH[@]}"
	expect "an answer too large for a datagram" 2 "[net." $IMAP -H crowd.example.test "${THROUGH[@]}" -p 1
	run $IMAP -H crowd.example.test "${THROUGH[@]}" -p 1 --all-addresses -o json
	claim "... comes by TCP, whole" test "$(json 'len(d["endpoints"])')" = 64
	expect "the signatures have ended" 2 "with CD=1 it is answered: DNSSEC is broken [dnssec.bogus]" \
		$IMAP -H mail.bogus.test "${THROUGH[@]}"
	expect "the zone is lost" 2 "its zone is at fault [dns.servfail]" $IMAP -H mail.lost.test "${THROUGH[@]}"
	expect "the zone's servers are dead" 2 "its zone is at fault [dns.servfail]" $IMAP -H mail.lame.test "${THROUGH[@]}"
	expect "the resolver keeps the name back" 3 "[dns.filtered]" $IMAP -H mail.blocked.test "${THROUGH[@]}"
	expect "no resolver listens" 3 "[dns.resolver]" $IMAP -H mail.example.test --resolver 192.0.2.63
	expect "a resolver by name" 3 "[client.usage]" $IMAP -H mail.example.test --resolver ns.example.test
}

by_system() {
	local lines=(--ca-file "$CA_FILE")
	expect "system: the zone is lost" 2 "its zone is at fault [dns.servfail]" $IMAP -H mail.lost.test "${lines[@]}"
	expect "system: the signatures have ended" 2 "[dnssec.bogus]" $IMAP -H mail.bogus.test "${lines[@]}"
	expect "system: the name that is meant" 2 "mail.example.test exists [dns.nxdomain]" $IMAP -H mial.example.test "${lines[@]}"
	expect "system: kept back" 3 "[dns.filtered]" $IMAP -H mail.blocked.test "${lines[@]}"
	resolv "nameserver 192.0.2.63"
	expect "system: no resolver listens" 3 "[dns.resolver]" $IMAP -H mail.lost.test "${lines[@]}"
	resolv "nameserver 192.0.2.64"
	expect "system: the resolver is silent" 3 "[dns.resolver]" $IMAP -H mail.lost.test "${lines[@]}" -t 3
	claim "... and it is over at -t" within 3250
	expect "--srv: the resolver is silent" 3 "[dns.resolver]" $IMAP --srv example.test "${lines[@]}" -t 3
	claim "... and it is over at -t" within 3250
	resolv "nameserver 127.0.0.9"
	expect "system: /etc/hosts counts" 0 "IMAP OK" $IMAP -H mail.example.test "${lines[@]}"
	resolv "# nothing"
	expect "--srv without a resolver" 3 "[dns.resolver]" $IMAP --srv example.test "${lines[@]}"
	resolv "nameserver $DNS_ADDRESS"
}

# Addresses that lead nowhere, each in its own way.
odd_addresses() {
	local port=47113 full
	# Whoever listens and never accepts drops what comes then, at every address of 127/8.
	python3 -c "
import socket, time
full = socket.socket(); full.bind(('0.0.0.0', $port)); full.listen(0)
held = []
for _ in range(4):
    s = socket.socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', $port)); held.append(s)
print('ready', flush=True); time.sleep(60)" >full.out &
	full=$!
	ready full.out
	expect "500 addresses, and all drop what comes" 2 "[net.timeout.connect]" $IMAP -H dropped.example.test \
		--ca-file "$CA_FILE" --resolver "$DNS_ADDRESS" -p $port -t 3
	claim "... one deadline for all of them" within 3250
	claim "... their number is said, and the time they took" grep -qE '\| time=(2\.9|3\.).* addresses=64 addresses_ok=0' out
	kill $full
	wait $full 2>/dev/null

	ip -6 address add 2001:db8::1/128 dev lo
	ip -6 route add unreachable 2001:db8::99/128
	expect "only IPv6, and no way there" 2 "[net.unreachable]" $IMAP -H six.example.test "${THROUGH[@]}"
	echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	expect "IPv6 stands first and there is none: IPv4 is taken" 0 "IMAP OK" $IMAP -H dual.example.test \
		"${THROUGH[@]}" --verify-name mail.example.test
	expect "only IPv6, and there is none here" 3 "[client.no_ipv6]" $IMAP -H six.example.test "${THROUGH[@]}"

	# With one free port, a connection to it meets itself.
	cp /proc/sys/net/ipv4/ip_local_port_range range
	echo "$port $port" >/proc/sys/net/ipv4/ip_local_port_range
	expect "a connection to itself" 2 "[net.refused]" $IMAP -H 127.0.0.1 -p $port --ca-file "$CA_FILE" -t 3
	cat range >/proc/sys/net/ipv4/ip_local_port_range
}

# The time of day may run a thousand times too fast: deadlines do not hear of it.
odd_clock() {
	local start=${EPOCHREALTIME/./}
	DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1 timeout -k 1 30 faketime -f '+0 x1000' \
		"$PROGRAMS/$IMAP" -H mail.example.test --resolver 192.0.2.64 --ca-file "$CA_FILE" -t 3 >out 2>err
	STATUS=$?
	ELAPSED=$(((${EPOCHREALTIME/./} - start) / 1000))
	claim "a clock that runs away: the silent resolver is waited for" answered 3 "[dns.resolver]"
	claim "... 3 s, not less and not more" between 2900 $ELAPSED 3400
}

by_srv() {
	local before
	run $IMAP --srv example.test "${THROUGH[@]}" $(as alice) -o json
	claim "--srv: IMAP, with a login" test "$(shown state) $(json 'd["endpoints"][0]["port"]')" = "OK 993"
	claim "... and the domain is shown" target_is mail.example.test 993 example.test
	expect "--srv: POP3" 0 "POP3 OK" $POP3 --srv example.test "${THROUGH[@]}" $(as alice)
	expect "--srv --starttls: the other record" 0 "mail.example.test:143" $IMAP --srv example.test "${THROUGH[@]}" --starttls
	expect "--srv with --hostname" 3 "[client.usage]" $IMAP --srv example.test -H mail.example.test
	expect "--srv with --port" 3 "[client.usage]" $IMAP --srv example.test -p 993
	expect "--srv of an address" 3 "[client.usage]" $IMAP --srv 192.0.2.10
	expect "no SRV" 1 "[srv.broken]" $IMAP --srv empty.odd.test "${THROUGH[@]}"
	expect "the service is denied" 1 "no such service [srv.broken]" $IMAP --srv denied.odd.test "${THROUGH[@]}"
	expect "port 0" 1 "[srv.broken]" $IMAP --srv noport.odd.test "${THROUGH[@]}"
	run $IMAP --srv alias.odd.test "${THROUGH[@]}"
	claim "an alias" grep -q 'srv.broken.*alias' out
	expect "a target that is gone" 2 "[dns.nxdomain]" $IMAP --srv gone.odd.test "${THROUGH[@]}"

	# Out of the domain goes no secret, unless the zone's signature or the user says so.
	before=$(passwords)
	expect "--srv leads out of an unsigned domain" 3 "[client.password_policy]" \
		$IMAP --srv roaming.test "${THROUGH[@]}" $(as alice)
	expect "... or the resolver's word is not to be trusted" 3 "[client.password_policy]" \
		$IMAP --srv moved.test "${THROUGH[@]}" $(as alice)
	claim "... and no login was tried" test "$(passwords)" = "$before"
	expect "... without a login it is checked" 0 "IMAP OK" $IMAP --srv roaming.test "${THROUGH[@]}"
	expect "... with the name that the user wants too" 0 "IMAP OK" $IMAP --srv roaming.test \
		"${THROUGH[@]}" $(as alice) --verify-name mail.example.test
	expect "... a signed domain, by a validating resolver of this machine" 0 "IMAP OK" \
		$IMAP --srv moved.test --ca-file "$CA_FILE" --resolver 127.0.0.9 $(as alice)
	expect "... no signature helps an unsigned one" 3 "[client.password_policy]" \
		$IMAP --srv roaming.test --ca-file "$CA_FILE" --resolver 127.0.0.9 $(as alice)
}

# ---- validation by a trust anchor of our own ----------------------------------------------

# asked RESULT NAME TYPE: what the engine makes of it, through ASKED_AT with ANCHORS.
ASKED_AT=$DNS_ADDRESS
asked() {
	local result=$1
	shift
	./ask "$ASKED_AT" anchors "$@" >out 2>err
	STATUS=$?
	echo "ask $ASKED_AT $*" >asked
	[ $STATUS = 0 ] && [ ! -s err ] && grep -qF -- "$result" out
}

# tampered HOW: answers come changed from here on.
TAMPER=
FAR=
tampered() {
	[ -z "$TAMPER" ] || { kill "$TAMPER"; wait "$TAMPER" 2>/dev/null; }
	"$REAL/tamper.py" 127.0.0.8 5300 "$DNS_ADDRESS" 53 "$1" &
	TAMPER=$!
	ASKED_AT=127.0.0.8@5300
	for _ in {1..100}; do
		ss -Hlun "src 127.0.0.8 and sport = 5300" | grep -q . && return
		sleep 0.05
	done
}

validation() {
	cc -std=c11 -D_GNU_SOURCE -I"$TREE/common" -o ask "$REAL/ask.c" "$PROGRAMS/libmailvitals.a" \
		-lssl -lcrypto -pthread 2>err || broken "cannot build ask"
	cat "$DNS_WORLD"/{example,moved,bogus,hashed,firm}.test.ds >anchors
	claim "signed" asked "1 records, secure" mail.example.test A
	claim "signed, by an alias" asked "1 records, secure" alias.example.test A
	claim "signed, in a child zone" asked "1 records, secure" mail.kid.example.test A
	claim "signed, with NSEC3" asked "1 records, secure" mail.hashed.test A
	claim "TLSA" asked "1 records, secure" _25._tcp.mail.example.test TLSA
	claim "no such name, proven" asked "NXDOMAIN, 0 records, secure" nowhere.example.test A
	claim "no such type, proven" asked "no such record, 0 records, secure" mail.example.test AAAA
	claim "no such type, proven by NSEC3" asked "no such record, 0 records, secure" mail.hashed.test AAAA
	claim "no such TLSA, proven" asked "NXDOMAIN, 0 records, secure" _25._tcp.gone.example.test TLSA
	claim "no such name in a child zone" asked "NXDOMAIN, 0 records, secure" gone.kid.example.test A
	claim "no such name under opt-out" asked "NXDOMAIN, 0 records, insecure" gone.hashed.test A
	claim "out of a wildcard" asked "1 records, secure" x.wild.example.test A
	claim "... two names below it" asked "1 records, secure" y.x.wild.example.test A
	claim "... a name that is there" asked "1 records, secure" fixed.wild.example.test A
	claim "... with NSEC3" asked "1 records, secure" x.wild.firm.test A
	claim "... an alias, with NSEC3" asked "1 records, secure" x.known.firm.test A
	claim "... no such type of it" asked "no such record, 0 records, secure" x.wild.example.test AAAA
	claim "... no such type of it, with NSEC3" asked "no such record, 0 records, secure" x.wild.firm.test AAAA
	claim "... under opt-out" asked "1 records, insecure" x.wild.hashed.test A
	claim "no such name, with NSEC3" asked "NXDOMAIN, 0 records, secure" gone.firm.test A
	claim "by a DNAME" asked "1 records, insecure" mail.old.example.test A
	claim "an unsigned child" asked "1 records, insecure" mail.plain.example.test A
	claim "an unsigned child under opt-out" asked "1 records, insecure" mail.plain.hashed.test A
	claim "an alias into an unsigned zone" asked "1 records, insecure" away.example.test A
	claim "below no anchor" asked "1 records, insecure" roaming.test SOA
	claim "signatures have ended" asked "SERVFAIL, 0 records, bogus" mail.bogus.test A
	claim "a DS, and nothing signed" asked "SERVFAIL, 0 records, bogus" mail.bare.example.test A
	echo "example.test. DS 12345 13 2 $(printf '%064d' 9)" >anchors
	claim "another key than the anchor's" asked "SERVFAIL, 0 records, bogus" mail.example.test A
	echo "example.test. DS 12345 250 2 $(printf '%064d' 9)" >anchors
	claim "an algorithm nobody knows" asked "1 records, insecure" mail.example.test A
	echo "mail A 192.0.2.10" >anchors
	claim "no anchor" asked "is no DS or DNSKEY record" mail.example.test A
	cat "$DNS_WORLD"/example.test.ds >anchors
	expect "check_mx_rbl believes no resolver elsewhere" 2 "[dnssec.missing]" check_mx_rbl -d example.test \
		--resolver "$DNS_ADDRESS" --require-dnssec --allow-private --skip rbl,spf,dmarc,dane
	run check_mx_rbl -d example.test --resolver "$DNS_ADDRESS" --require-dnssec --allow-private \
		--skip rbl,spf,dmarc,dane --trust-anchor anchors -o json
	claim "... and validates by --trust-anchor" no grep -q dnssec.missing out
	claim "... really" grep -q '"secure":true' out
	expect "... a zone whose signatures have ended" 2 "[dnssec.bogus]" check_mx_rbl -d bogus.test \
		--resolver "$DNS_ADDRESS@54" --skip rbl,spf,dmarc,dane --trust-anchor "$DNS_WORLD/bogus.test.ds"
	python3 "$TREE/tests/servers/proxy.py" 127.0.0.8 5301 "$DNS_ADDRESS" 53 200 >far.out 2>&1 &
	FAR=$!
	ready far.out
	ASKED_AT=127.0.0.8@5301
	asked "1 records, secure" mail.kid.example.test A
	START=${EPOCHREALTIME/./}
	claim "200 ms away: two zones down from the anchor" asked "1 records, secure" mail.kid.example.test A
	ELAPSED=$(((${EPOCHREALTIME/./} - START) / 1000))
	claim "... in two round trips" between 400 "$ELAPSED" 590
	kill "$FAR"
	tampered flip
	claim "an address changed on the way" asked "SERVFAIL, 0 records, bogus" mail.example.test A
	claim "... in a child zone" asked "SERVFAIL, 0 records, bogus" mail.kid.example.test A
	claim "... where nobody signs" asked "1 records, insecure" mail.plain.example.test A
	tampered strip
	claim "signatures taken away" asked "SERVFAIL, 0 records, bogus" mail.example.test A
	claim "... of what is not there" asked "SERVFAIL, 0 records, bogus" nowhere.example.test A
	tampered undelegate
	claim "DS taken away" asked "1 records, secure" mail.example.test A
	claim "... an unsigned child must be proven" asked "SERVFAIL, 0 records, bogus" mail.plain.example.test A
	tampered deny
	claim "denied with another name's proof" asked "SERVFAIL, 0 records, bogus" present.example.test A
	tampered above
	claim "denied with the proof of the zone above" asked "SERVFAIL, 0 records, bogus" mail.kid.example.test A
	tampered short
	claim "an alias whose end is asked for" asked "1 records, secure" alias.example.test A
	claim "... that leads into an unsigned zone" asked "1 records, insecure" away.example.test A
	claim "... to a name without such records" asked "no such record, 0 records, secure" alias.example.test AAAA
	tampered loose
	claim "... and is not signed" asked "SERVFAIL, 0 records, bogus" alias.example.test A
	tampered expand
	claim "a wildcard in place of the name that is there" asked "SERVFAIL, 0 records, bogus" fixed.wild.example.test A
}

# Somebody who hears and never answers.
python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("192.0.2.64", 53)); time.sleep(300)' &
SILENT=$!
trap 'kill $SILENT $TAMPER $FAR 2>/dev/null' EXIT

by_resolver
by_system
by_srv
odd_addresses
odd_clock
validation
finish
