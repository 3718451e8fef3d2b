#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_mx_rbl on block lists, against rbldnsd behind unbound and a resolver that is far away and
# lies. check_rbl is asked the same beside it: both first lines stand in the output.
# row: v2 v3 v5 v8
# shellcheck disable=SC2046,SC2086 # lists are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
# shellcheck disable=SC2034 # read by common
SETUP=bench
. "$(dirname "$0")/common"
world rbl

MX=check_mx_rbl
CHECK_RBL=/usr/lib/nagios/plugins/check_rbl
AT=(--resolver "$RBL_ADDRESS")
FAR=192.0.2.80
FAR_AT=(--resolver "$FAR")
CLEAN=192.0.2.64 BAD=192.0.2.66

lists() { seq -f "${1:-}bl%03g.rbl.test" 1 "$2" | tr '\n' ' '; }
verdict() { json "[l[\"verdict\"] for l in d[\"lists\"] if l[\"zone\"] == \"$1\"][0]"; }

cc -O2 -o measure "$TREE/tests/bench/measure.c" || broken "measure does not build"

# far MILLISECONDS: the resolver from there; the one before ends.
FAR_PID=
far() {
	[ -z "$FAR_PID" ] || { kill "$FAR_PID"; wait "$FAR_PID" 2>/dev/null; }
	: >far.out
	python3 "$TREE/tests/servers/proxy.py" $FAR 53 "$RBL_ADDRESS" 53 "$1" >far.out 2>far.err &
	FAR_PID=$!
	ready far.out || broken "the far resolver does not start"
}

# beside ARGUMENT...: what check_rbl says to the same; its code in THEIRS, milliseconds in
# THEIR_TIME. Our last run stands above it.
resolv "nameserver $FAR"
beside() {
	local start=${EPOCHREALTIME/./}
	timeout -k 1 60 "$CHECK_RBL" "$@" >theirs 2>&1
	THEIRS=$?
	THEIR_TIME=$(((${EPOCHREALTIME/./} - start) / 1000))
	printf '    check_mx_rbl: exit %s after %5s ms: %.110s\n' "$STATUS" "$ELAPSED" "$(head -1 out)"
	printf '    check_rbl:    exit %s after %5s ms: %.110s\n' "$THEIRS" "$THEIR_TIME" "$(head -1 theirs)"
}
servers() { printf -- '-s %s ' "$@"; }

answers() {
	far 5
	expect "an address on all lists" 2 "[rbl.score]" $MX $BAD "${AT[@]}" --check rbl --list "$(lists '' 3)" \
		--state rbl.listed=ok
	expect "an IPv6 address by its nibbles" 1 "2001:db8::66 listed by zen.rbl.test" $MX 2001:db8::66 "${AT[@]}" \
		--check rbl --list zen.rbl.test
	beside -H 2001:db8::66 -w 1 -c 1 -t 15 -s zen.rbl.test
	expect "another IPv6 address is clean, proved" 0 "on 0 of 1 lists" $MX 2001:db8::67 "${AT[@]}" \
		--check rbl --list zen.rbl.test
	expect "a list without its test entry proves nothing" 3 "[rbl.unusable]" $MX $CLEAN "${AT[@]}" \
		--check rbl --list empty.rbl.test
	beside -H $CLEAN -w 1 -c 1 -t 15 -s empty.rbl.test
	claim "... where check_rbl says OK" is $THEIRS 0
}

# An answer of two A records: each counts, whichever comes first.
all_records() {
	local code
	for code in 2 4; do
		expect "the record 127.0.0.$code of two" 1 "[rbl.listed.medium]" $MX $BAD "${AT[@]}" --check rbl \
			--list "zen.rbl.test=127.0.0.$code"
	done
	expect "... and no third" 0 "on 0 of 1 lists" $MX $BAD "${AT[@]}" --check rbl --list "zen.rbl.test=127.0.0.3"
	run $MX $BAD "${AT[@]}" --check rbl --list zen.rbl.test -o json
	claim "... both stand in JSON" is "$(json 'sorted(d["lists"][0]["codes"])')" "['127.0.0.2', '127.0.0.4']"
	claim "... the reason with them" is "$(json '"https://rbl.test/q?ip=192.0.2.66" in d["lists"][0]["reason"]')" True
	run $MX $BAD "${AT[@]}" --check rbl --list zen.rbl.test
	beside -H $BAD -w 1 -c 1 -t 15 -s zen.rbl.test
	claim "... where check_rbl tells one of them" is "$(grep -o '127\.0\.0\.[24]' theirs | sort -u | wc -l)" 1
}

# 100 lists: 89 good, among them a large one; 5 silent, 3 list the world, 2 refuse, 1 dead.
hundred() {
	local all
	all="zen.spamhaus.org $(lists '' 88) $(seq -f 'black%g.rbl.test' 5) world1.rbl.test world2.rbl.test"
	all="$(tr '\n' ' ' <<<"$all") world3.rbl.test refuse1.rbl.test refuse2.rbl.test empty.rbl.test"
	far 20
	run $MX $CLEAN "${FAR_AT[@]}" --check rbl --list "$all" -t 5 -o json
	claim "100 lists, 11 of them bad: over in time" within 5300
	claim "... 100 asked, 89 usable" is "$(measured lists_total) $(measured lists_usable)" "100 89"
	claim "... each stands there with a verdict" is "$(json 'sorted([v, sum(l["verdict"] == v for l in d["lists"])] for v in {l["verdict"] for l in d["lists"]})')" \
		"[['clean', 89], ['lists_world', 3], ['no_answer', 5], ['refused', 2], ['silent', 1]]"
	claim "... silent ones by name" is "$(verdict black3.rbl.test)" no_answer
	claim "... those that list the world" is "$(verdict world2.rbl.test)" lists_world
	claim "... those that refuse" is "$(verdict refuse1.rbl.test)" refused
	claim "... the abandoned one" is "$(verdict empty.rbl.test)" silent
	claim "... nobody is listed" is "$(measured listed) $(measured score)" "0 0"
	expect "a clean address is no worse than its broken lists" 1 "[rbl.lists_world]" $MX $CLEAN \
		"${FAR_AT[@]}" --check rbl --list "$all" -t 5
	beside -H $CLEAN -w 1 -c 1 -t 6 $(servers $all)
	claim "... where check_rbl is late or wrong" test $THEIR_TIME -ge 5300 -o $THEIRS = 2
	expect "... without those that list the world it is OK" 0 "on 0 of 100 lists (11 unusable)" $MX $CLEAN \
		"${FAR_AT[@]}" --check rbl --list "$all" -t 5 --state rbl.lists_world=ok
	expect "a listed address is critical" 2 "listed by zen.spamhaus.org (127.0.0.2)" $MX $BAD \
		"${FAR_AT[@]}" --check rbl --list "$all" -t 5
	claim "... rbl.listed.high" says "[CRITICAL] rbl.listed.high"
	claim "... with the reason" says 'said: "Listed, see https://rbl.test/q?ip=192.0.2.66'
	claim "... with the page to leave" says "ask for removal at https://check.spamhaus.org/"
}

# 95 good and 5 silent, and nothing else: what check_rbl calls OK after its whole timeout.
five_silent() {
	local all
	all="$(lists '' 95) $(seq -f 'black%g.rbl.test' 5 | tr '\n' ' ')"
	far 20
	expect "5 of 100 lists are silent: proved by the other 95" 0 "on 0 of 100 lists (5 unusable)" \
		$MX $CLEAN "${FAR_AT[@]}" --check rbl --list "$all" -t 5
	claim "... in time" within 5300
	beside -H $CLEAN -w 1 -c 1 -t 15 $(servers $all)
	claim "... check_rbl takes longer" test "$THEIR_TIME" -gt "$ELAPSED"
}

# Both sides of 70 %.
edge() {
	local good
	far 5
	for good in 70 69; do
		run $MX $CLEAN "${FAR_AT[@]}" --check rbl \
			--list "$(lists '' $good) $(seq -f 'servfail%g.rbl.test' $((100 - good)) | tr '\n' ' ')"
		claim "$good of 100 lists are proved" sound
		if [ $good = 70 ]; then
			claim "... OK" answered 0 "on 0 of 100 lists (30 unusable)"
		else
			claim "... UNKNOWN" answered 3 "[rbl.unusable]"
			beside -H $CLEAN -w 1 -c 1 -t 15 $(servers $(lists '' $good)) $(seq -f '-s servfail%g.rbl.test' 31)
			claim "... where check_rbl says OK" is $THEIRS 0
		fi
	done
}

nothing() {
	far 5
	expect "all lists SERVFAIL" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list "$(seq -f 'servfail%g.rbl.test' 20 | tr '\n' ' ')"
	beside -H $CLEAN -w 1 -c 1 -t 15 $(seq -f '-s servfail%g.rbl.test' 20)
	claim "... where check_rbl says OK" test $THEIRS = 0
	expect "all lists REFUSED" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list "$(seq -f 'refused%g.rbl.test' 20 | tr '\n' ' ')"
	beside -H $CLEAN -w 1 -c 1 -t 15 $(seq -f '-s refused%g.rbl.test' 20)
	claim "... where check_rbl says OK" test $THEIRS = 0
	expect "the resolver invents answers outside of 127/8" 3 "[dns.filtered]" $MX $CLEAN "${FAR_AT[@]}" \
		--check rbl --list "liar1.rbl.test liar2.rbl.test"
	claim "... rbl.hijacked is a note" no says "[WARNING] rbl.hijacked"
	beside -H $CLEAN -w 1 -c 1 -t 15 -s liar1.rbl.test -s liar2.rbl.test
	claim "... where check_rbl says CRITICAL" test $THEIRS = 2
	expect "127.255.255.254 is no listing" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list refuse1.rbl.test
	beside -H $CLEAN -w 1 -c 1 -t 15 -s refuse1.rbl.test
	claim "... where check_rbl says CRITICAL" test $THEIRS = 2
	expect "a list of the world is none" 1 "[rbl.lists_world]" $MX $CLEAN "${FAR_AT[@]}" --check rbl \
		--list "world1.rbl.test $(lists '' 3)"
	beside -H $CLEAN -w 1 -c 1 -t 15 -s world1.rbl.test $(servers $(lists '' 3))
	claim "... where check_rbl says CRITICAL" test $THEIRS = 2
	expect "an allow list over its limit praises nobody" 1 "[rbl.listed.medium]" $MX $BAD "${FAR_AT[@]}" --check rbl \
		--list "list.dnswl.org psbl.surriel.com $(lists '' 2)" --state rbl.score=ok
	claim "... its score is not lowered" says "score=15;"
	beside -H $CLEAN -w 1 -c 1 -t 15 --whitelistings -s list.dnswl.org
	claim "... where check_rbl counts it" is $THEIRS 0
}

# A resolver with the address of a public one (in this namespace): its owner is the cause.
public_resolver() {
	far 5
	expect "a list refuses, and the resolver is no public one" 3 "[rbl.unusable]" $MX $CLEAN "${FAR_AT[@]}" \
		--check rbl --list refuse1.rbl.test
	claim "... none is named" no says "public resolver ("
	ip address add 8.8.8.8/32 dev lo
	FAR=8.8.8.8 far 5
	expect "a list refuses a public resolver" 3 "[rbl.unusable]" $MX $CLEAN --resolver 8.8.8.8 --check rbl \
		--list refuse1.rbl.test
	claim "... which is named" says "why:  8.8.8.8 is a public resolver (Google)"
	expect "a list says nothing to a public resolver" 3 "[rbl.unusable]" $MX $CLEAN --resolver 8.8.8.8 --check rbl \
		--list empty.rbl.test
	claim "... which is named" says "why:  8.8.8.8 is a public resolver (Google)"
}

dead_resolver() {
	local end
	far 5
	expect "a silent resolver" 3 "[dns.resolver]" $MX black.test --resolver $FAR -t 3 --check mx
	claim "... in time" within 3300
	expect "... and lists behind it" 3 "[dns.resolver]" $MX $CLEAN --resolver $FAR -t 3 --check rbl \
		--list "$(seq -f 'black%g.rbl.test' 12 | tr '\n' ' ')"
	claim "... in time" within 3300
	kill "$FAR_PID"; wait "$FAR_PID" 2>/dev/null; FAR_PID=
	end=$((SECONDS + 5))
	while ss -Hlun "src $FAR" | grep -q . && [ $SECONDS -lt $end ]; do sleep 0.05; done
	expect "a dead resolver" 3 "[dns.resolver]" $MX $CLEAN --resolver $FAR -t 3 --check rbl --list "$(lists '' 12)"
	claim "... is known at once" within 1000
	beside -H $CLEAN -w 1 -c 1 -t 4 $(servers $(lists '' 12))
	claim "... where check_rbl says OK, or nothing before its timeout" test $THEIRS = 0 -o $THEIR_TIME -ge 3900
}

# cpu COMMAND...: milliseconds of processor time, the least of five runs, and KiB of memory.
cpu() {
	for _ in 1 2 3 4 5; do ./measure "$@"; done | sort -nk2 | awk 'NR == 1 { printf "%.1f %d\n", $2 / 1000, $3 }'
}

# least LIMIT ARGUMENT...: milliseconds of the fastest of up to twenty runs, the first of which
# fills caches; one that keeps the limit is enough.
least() {
	local took limit=$1
	shift
	LEAST=99999
	for _ in {1..20}; do
		run $MX "$@" "${FAR_AT[@]}" -o json
		took=$(json 'round(d["metrics"]["time"]["value"] * 1000)')
		[ "$took" -ge "$LEAST" ] || LEAST=$took
		[ "$LEAST" -gt "$limit" ] || break
	done
	echo "    $LEAST ms, $(measured questions) questions"
}

speed() {
	local ours theirs fifty
	fifty=$(lists '' 50)
	far 100
	least 120 $CLEAN --check rbl --list "$fifty"
	claim "50 lists and their controls at 100 ms: 1.2 round trips" between 100 "$LEAST" 120
	least 600 -d mail.test --list "$(lists '' 11) dom.rbl.test"
	claim "a domain, 4 addresses, 12 lists, policies: 6 round trips" between 100 "$LEAST" 600
	least 600 -d mail.test --list "$(lists '' 11) dom.rbl.test" --check all --dkim-selector sel
	claim "... and all else that can be asked: 6 round trips" between 100 "$LEAST" 600
	far 0
	ours=$(cpu "$PROGRAMS/$MX" $CLEAN "${FAR_AT[@]}" --check rbl --list "$fifty")
	theirs=$(cpu "$CHECK_RBL" -H $CLEAN -w 1 -c 1 -t 30 $(servers $fifty))
	echo "    CPU ms and KiB: ours $ours, check_rbl $theirs"
	claim "a fifteenth of check_rbl's processor time" \
		python3 -c "import sys; sys.exit(not float('${ours% *}') * 15 <= float('${theirs% *}'))"
	claim "a sixth of its memory" test $((${ours#* } * 6)) -le "${theirs#* }"
}

# Some 10,000 questions in one run: memory and sockets stay bounded.
thousands() {
	local start most=0 pid open
	local all=(--outbound 192.0.2.0/24 --outbound 198.51.100.0/24 "${AT[@]}" --check rbl --list "$(lists '' 20)" -t 25)
	run $MX "${all[@]}" -o json
	claim "10,000 questions in one run" between 10000 $(measured questions) 12000
	claim "... all answered" is "$(measured lists_usable)" 20
	claim "... two are listed" is "$(json 'len({l["target"] for l in d["lists"] if l["verdict"] == "listed"})')" 2
	echo "    $ELAPSED ms"
	start=$(./measure "$PROGRAMS/$MX" "${all[@]}" | awk '{ printf "%.1f %d\n", $2 / 1000, $3 }')
	echo "    CPU ms and KiB: $start"
	claim "... in 64 MiB" test "${start#* }" -le 65536
	"$PROGRAMS/$MX" "${all[@]}" >/dev/null &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		open=("/proc/$pid/fd"/*)
		[ ${#open[@]} -le $most ] || most=${#open[@]}
	done
	echo "    $most descriptors at most"
	claim "... with 600 descriptors" between 4 "$most" 600
	run_limited 64 "${all[@]}" -o json
	claim "... and with 64 if there are no more" is "$(measured lists_usable) $(json 'len(d["lists"])')" "20 10240"
}
run_limited() { # DESCRIPTORS ARGUMENT...
	(ulimit -n "$1"; shift; exec timeout -k 1 30 "$PROGRAMS/$MX" "$@") >out 2>err
	STATUS=$?
}

answers
all_records
hundred
five_silent
edge
nothing
speed
thousands
public_resolver
dead_resolver
finish
