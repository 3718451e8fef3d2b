#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_mx_rbl against real name servers: rbldnsd's lists, signed zones of nsd, a validating
# unbound, Postfix behind an MX, and a resolver that is far away and lies. check_rbl answers the
# same questions beside it.
# shellcheck disable=SC2046,SC2086 # lists are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
# shellcheck disable=SC2034 # read by common
SETUP=bench
. "$(dirname "$0")/common"
world postfix rbl

MX=check_mx_rbl
CHECK_RBL=/usr/lib/nagios/plugins/check_rbl
AT=(--resolver "$RBL_ADDRESS")
FAR=192.0.2.80
FAR_AT=(--resolver "$FAR")
CLEAN=192.0.2.64 BAD=192.0.2.66
# MX hosts of the default policy checks have none here.
NO_POLICY=(--skip "spf,dmarc,dane")

lists() { seq -f "${1:-}bl%03g.rbl.test" 1 "$2" | tr '\n' ' '; }
metric() { json "d[\"metrics\"][\"$1\"][\"value\"]"; }
verdict() { json "[l[\"verdict\"] for l in d[\"lists\"] if l[\"zone\"] == \"$1\"][0]"; }
is() { [ "$1" = "$2" ]; }
within() { [ "$ELAPSED" -le "$1" ]; }
says() { grep -qF -- "$1" out; }

cc -O2 -o measure "$TREE/tests/bench/measure.c" || broken "measure does not build"

# far MILLISECONDS: the resolver from there; the one before ends.
FAR_PID=
far() {
	[ -z "$FAR_PID" ] || { kill "$FAR_PID"; wait "$FAR_PID" 2>/dev/null; }
	: >far.out
	python3 "$TREE/tests/servers/proxy.py" $FAR 53 "$RBL_ADDRESS" 53 "$1" >far.out 2>far.err &
	FAR_PID=$!
	for _ in {1..100}; do grep -q ready far.out && return; sleep 0.05; done
	echo "not ok - the far resolver does not start"
}

# beside ARGUMENT...: what check_rbl says; its code in THEIRS, milliseconds in THEIR_TIME.
printf 'nameserver %s\n' $FAR >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
beside() {
	local start=${EPOCHREALTIME/./}
	timeout -k 1 60 "$CHECK_RBL" "$@" >theirs 2>&1
	THEIRS=$?
	THEIR_TIME=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "    check_rbl: exit $THEIRS after $THEIR_TIME ms: $(head -c 120 theirs | head -1)"
}

domain() {
	expect "a domain with two hosts and both families" 0 "2 MX, 4 addresses, on 0 of 2 lists" \
		$MX -d mail.test "${AT[@]}" --list "zen.rbl.test dom.rbl.test" --skip dane
	expect "name servers, services, DNSSEC too" 0 "MX OK" $MX -d mail.test "${AT[@]}" \
		--check mx,ns,ptr,dnssec,srv --require-dnssec --resolver "$RBL_ADDRESS" --state dnssec.missing=ok
	run $MX -d mail.test "${AT[@]}" --check mx,ns,ptr,dnssec,srv -o json
	claim "... signatures have an end" between 1000 $(metric rrsig_days | cut -d. -f1) 9999
	claim "... serial by the server itself" is "$(json 'd["domain"]["nameservers"][0]["serial"]')" 1
	expect "AD of a resolver elsewhere is not believed" 2 "[dnssec.missing]" $MX -d mail.test \
		"${AT[@]}" --check mx --require-dnssec
	expect "broken signatures, by name" 2 "EDE 7 Signature Expired" $MX -d wrong.test "${AT[@]}" --check mx
	expect "no such domain" 2 "[mx.domain_missing]" $MX -d nowhere.test "${AT[@]}" --check mx
	expect "name servers that disagree" 1 "[ns.differ]" $MX -d differ.test "${AT[@]}" --check ns
	claim "... both sets are shown" says "mx9.mail.test"
	expect "a server that does not know the zone" 1 "[ns.lame]" $MX -d lame.test "${AT[@]}" --check ns
	expect "a listed mail host" 1 "192.0.3.26 listed by zen.rbl.test" $MX -d listed.mail.test "${AT[@]}" \
		--list zen.rbl.test "${NO_POLICY[@]}"
	expect "a listed domain" 1 "mail.spam.test listed by dom.rbl.test" $MX -d mail.spam.test "${AT[@]}" \
		--list dom.rbl.test --state mx=ok "${NO_POLICY[@]}"
}

connect() {
	expect "port 25 of the mail host: greeting, TLS, no relaying" 0 "MX OK" $MX -d relay.mail.test \
		"${AT[@]}" --connect --allow-private --skip rbl "${NO_POLICY[@]}" --ca-file "$CA_FILE"
	expect "... nobody listens" 2 "[net.refused]" $MX -d relay.mail.test "${AT[@]}" --connect \
		--allow-private --skip rbl "${NO_POLICY[@]}" --ca-file "$CA_FILE" -p 9
}

answers() {
	expect "an address on all lists" 2 "[rbl.score]" $MX $BAD "${AT[@]}" --check rbl --list "$(lists '' 3)" \
		--state rbl.listed=ok
	expect "both A records of one answer" 1 "(127.0.0." $MX $BAD "${AT[@]}" --check rbl --list zen.rbl.test
	run $MX $BAD "${AT[@]}" --check rbl --list zen.rbl.test -o json
	claim "... stand in JSON" is "$(json 'sorted(d["lists"][0]["codes"])')" "['127.0.0.2', '127.0.0.4']"
	claim "... the reason with them" is "$(json '"https://rbl.test/q?ip=192.0.2.66" in d["lists"][0]["reason"]')" True
	expect "an IPv6 address by its nibbles" 1 "2001:db8::66 listed by zen.rbl.test" $MX 2001:db8::66 "${AT[@]}" \
		--check rbl --list zen.rbl.test
	expect "another IPv6 address is clean, proved" 0 "on 0 of 1 lists" $MX 2001:db8::67 "${AT[@]}" \
		--check rbl --list zen.rbl.test
	expect "a list without its test entry proves nothing" 3 "[rbl.unusable]" $MX $CLEAN "${AT[@]}" \
		--check rbl --list empty.rbl.test
}

# 100 lists: 89 good, 5 silent, 3 list the world, 2 refuse, 1 abandoned.
hundred() {
	local all
	all="$(lists '' 89) $(seq -f 'black%g.rbl.test' 5) world1.rbl.test world2.rbl.test world3.rbl.test"
	all="$(tr '\n' ' ' <<<"$all") refuse1.rbl.test refuse2.rbl.test empty.rbl.test"
	far 20
	run $MX $CLEAN "${FAR_AT[@]}" --check rbl --list "$all" -t 5 -o json
	claim "100 lists, 11 of them bad: over in time" within 5300
	claim "... 100 asked, 89 usable" is "$(metric lists_total) $(metric lists_usable)" "100 89"
	claim "... silent ones by name" is "$(verdict black3.rbl.test)" no_answer
	claim "... those that list the world" is "$(verdict world2.rbl.test)" lists_world
	claim "... those that refuse" is "$(verdict refuse1.rbl.test)" refused
	claim "... the abandoned one" is "$(verdict empty.rbl.test)" silent
	claim "... the others are proved" is "$(verdict bl050.rbl.test)" clean
	claim "... nobody is listed" is "$(metric listed) $(metric score)" "0 0"
	expect "a clean address is no worse than its broken lists" 1 "[rbl.lists_world]" $MX $CLEAN \
		"${FAR_AT[@]}" --check rbl --list "$all" -t 5
	expect "... without those that list the world it is OK" 0 "on 0 of 100 lists (11 unusable)" $MX $CLEAN \
		"${FAR_AT[@]}" --check rbl --list "$all" -t 5 --state rbl.lists_world=ok
	expect "a listed address is critical" 2 "[rbl.score]" $MX $BAD \
		"${FAR_AT[@]}" --check rbl --list "$all" -t 5
	claim "... with the reason" says "https://rbl.test/q?ip=192.0.2.66"
	beside -H $CLEAN -w 1 -c 1 -t 15 $(printf -- '-s %s ' $all)
	claim "... where check_rbl is late or wrong" test $THEIR_TIME -ge 5300 -o $THEIRS = 2
}

nothing() {
	far 5
	expect "all lists SERVFAIL" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list "$(seq -f 'servfail%g.rbl.test' 20 | tr '\n' ' ')"
	beside -H $CLEAN -w 1 -c 1 -t 15 $(seq -f '-s servfail%g.rbl.test' 20)
	claim "... where check_rbl says OK" test $THEIRS = 0
	expect "all lists REFUSED" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list "$(seq -f 'refused%g.rbl.test' 20 | tr '\n' ' ')"
	expect "the resolver invents answers" 3 "[dns.filtered]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list "liar1.rbl.test liar2.rbl.test"
	expect "127.255.255.254 is no listing" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list refuse1.rbl.test
	beside -H $CLEAN -w 1 -c 1 -t 15 -s refuse1.rbl.test
	claim "... where check_rbl says CRITICAL" test $THEIRS = 2
	expect "a dead resolver" 3 "[dns.resolver]" $MX -d mail.test --resolver 192.0.2.81 -t 3
	expect "a silent resolver" 3 "[dns.resolver]" $MX black.test --resolver $FAR -t 3 --check mx
	claim "... in time" within 3300
}

# cpu COMMAND...: milliseconds of processor time, the least of five runs, and KiB of memory.
cpu() {
	for _ in 1 2 3 4 5; do ./measure "$@"; done | sort -nk2 | awk 'NR == 1 { printf "%.1f %d\n", $2 / 1000, $3 }'
}

# least ARGUMENT...: milliseconds of the fastest of six runs, the first of which fills caches.
least() {
	local took
	LEAST=99999
	for _ in {1..6}; do
		run $MX "$@" "${FAR_AT[@]}" -o json
		took=$(json 'round(d["metrics"]["time"]["value"] * 1000)')
		[ "$took" -ge "$LEAST" ] || LEAST=$took
	done
	echo "    $LEAST ms, $(metric questions) questions"
}

speed() {
	local ours theirs fifty
	fifty=$(lists '' 50)
	far 100
	least $CLEAN --check rbl --list "$fifty"
	claim "50 lists and their controls at 100 ms: 1.2 round trips" between 100 "$LEAST" 120
	least -d mail.test --list "$(lists '' 11) dom.rbl.test"
	claim "a domain, 4 addresses, 12 lists, policies: 6 round trips" between 100 "$LEAST" 600
	far 0
	ours=$(cpu "$PROGRAMS/$MX" $CLEAN "${FAR_AT[@]}" --check rbl --list "$fifty")
	theirs=$(cpu "$CHECK_RBL" -H $CLEAN -w 1 -c 1 -t 30 $(printf -- '-s %s ' $fifty))
	echo "    CPU ms and KiB: ours $ours, check_rbl $theirs"
	claim "a fifteenth of check_rbl's processor time" \
		python3 -c "import sys; sys.exit(not float('${ours% *}') * 15 <= float('${theirs% *}'))"
	claim "a sixth of its memory" test $((${ours#* } * 6)) -le "${theirs#* }"
}

# Some 10,000 questions in one run: memory and sockets stay bounded.
many() {
	local start
	ulimit -Sn 1024
	run $MX --outbound 192.0.2.0/24 --outbound 198.51.100.0/24 "${AT[@]}" --check rbl \
		--list "$(lists '' 20)" -o json -t 25
	claim "10,000 questions in one run" between 10000 $(metric questions) 12000
	claim "... all answered" is "$(metric lists_usable)" 20
	claim "... two are listed" is "$(json 'len({l["target"] for l in d["lists"] if l["verdict"] == "listed"})')" 2
	echo "    $ELAPSED ms"
	start=$(cpu "$PROGRAMS/$MX" --outbound 192.0.2.0/24 --outbound 198.51.100.0/24 "${AT[@]}" \
		--check rbl --list "$(lists '' 20)" -t 25)
	echo "    CPU ms and KiB: $start"
	claim "... in 64 MiB" test "${start#* }" -le 65536
}

domain
connect
answers
hundred
nothing
speed
many
kill "$FAR_PID"
finish
