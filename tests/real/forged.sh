#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_mx_rbl behind name servers that forge, break and stall (forger.py), check_rbl beside it:
# a forged answer hides no listing and makes none, and what cannot be asked is never OK.
# row: #124 #125 #126 #128 #129 #130 #131 #132 #135 #138
# near: #125 #126 #128 #129 #130 #131 #132 #135
# shellcheck disable=SC2317 # claim calls functions by name
# shellcheck disable=SC2046 # process ids are words
# shellcheck disable=SC2034 # read by common
SETUP=bench
. "$(dirname "$0")/common"
world

MX=check_mx_rbl
CHECK_RBL=/usr/lib/nagios/plugins/check_rbl
CLEAN=192.0.2.64 BAD=192.0.2.66

# KIND, the address asked about, our exit code, what the first line holds
KINDS="
honest            $BAD    2 [rbl.listed.high]
slow              $BAD    2 [rbl.listed.high]
tc-good           $BAD    2 [rbl.listed.high]
trailing          $CLEAN  3 [rbl.unusable]
hide-id           $BAD    2 [rbl.listed.high]
hide-port         $BAD    2 [rbl.listed.high]
hide-address      $BAD    2 [rbl.listed.high]
hide-question     $BAD    2 [rbl.listed.high]
hide-letters      $BAD    2 [rbl.listed.high]
hide-type         $BAD    2 [rbl.listed.high]
hide-class        $BAD    2 [rbl.listed.high]
hide-query-back   $BAD    2 [rbl.listed.high]
hide-opcode       $BAD    2 [rbl.listed.high]
hide-no-question  $BAD    2 [rbl.listed.high]
hide-runt         $BAD    2 [rbl.listed.high]
flood-99          $BAD    2 [rbl.listed.high]
flood-500         $BAD    2 [rbl.listed.high]
flood-5000        $BAD    2 [rbl.listed.high]
lie-id            $CLEAN  3 [rbl.unusable]
lie-port          $CLEAN  3 [rbl.unusable]
lie-address       $CLEAN  3 [rbl.unusable]
lie-question      $CLEAN  3 [rbl.unusable]
lie-letters       $CLEAN  3 [rbl.unusable]
lie-type          $CLEAN  3 [rbl.unusable]
lie-class         $CLEAN  3 [rbl.unusable]
lie-query-back    $CLEAN  3 [rbl.unusable]
lie-opcode        $CLEAN  3 [rbl.unusable]
lie-no-question   $CLEAN  3 [rbl.unusable]
lie-runt          $CLEAN  3 [rbl.unusable]
lie-owner         $CLEAN  3 [rbl.unusable]
lie-record-class  $CLEAN  3 [rbl.unusable]
nx-answer         $CLEAN  3 [rbl.unusable]
servfail          $CLEAN  3 [rbl.unusable]
refused           $CLEAN  3 [rbl.unusable]
formerr           $CLEAN  3 [rbl.unusable]
notimp            $CLEAN  3 [rbl.unusable]
lame              $CLEAN  3 [rbl.unusable]
silent            $CLEAN  3 [rbl.unusable]
empty             $CLEAN  3 [rbl.unusable]
garbage           $CLEAN  3 [rbl.unusable]
ptr-self          $CLEAN  3 [rbl.unusable]
ptr-forward       $CLEAN  3 [rbl.unusable]
label-64          $CLEAN  3 [rbl.unusable]
name-300          $CLEAN  3 [rbl.unusable]
rdlen-over        $CLEAN  3 [rbl.unusable]
rdlen-short       $CLEAN  3 [rbl.unusable]
count-lie         $CLEAN  3 [rbl.unusable]
cname-self        $CLEAN  3 [rbl.unusable]
cname-cycle       $CLEAN  3 [rbl.unusable]
cname-200         $CLEAN  3 [rbl.unusable]
cname-endless     $CLEAN  3 [rbl.unusable]
tc-refused        $CLEAN  3 [rbl.unusable]
tc-stall          $CLEAN  3 [rbl.unusable]
tc-drip           $CLEAN  3 [rbl.unusable]
tc-short          $CLEAN  3 [rbl.unusable]
tc-zero           $CLEAN  3 [rbl.unusable]
tc-huge           $CLEAN  3 [rbl.unusable]
tc-again          $CLEAN  3 [rbl.unusable]
tc-close          $CLEAN  3 [rbl.unusable]
tc-id             $CLEAN  3 [rbl.unusable]
mx-many           -       1 [mx.too_many]
mx-addresses      -       1 [mx.too_many]
mx-nasty          -       1 [mx.malformed]
mx-glue           -       2 [mx.no_address]
mx-plain          -       0 MX OK
mx-ptr-self       -       3 [dns.malformed]
mx-count-lie      -       3 [dns.malformed]
mx-cname-cycle    -       3 [dns.malformed]
mx-truncated      -       3 [dns.malformed]
mx-letters        -       3 [dns.resolver]
"
names=() rows=()
while read -r kind row; do
	[ -z "$kind" ] || { names+=("$kind"); rows+=("$row"); }
done <<<"$KINDS"

serve() {
	python3 "$REAL/forger.py" "${names[@]}" >forger.out 2>forger.err &
	FORGER=$!
	trap 'kill $FORGER' EXIT
	ready forger.out || broken "the forger does not start"
}

# one KIND NUMBER TARGET: ours and theirs to files of the kind; at most so long as -t.
one() {
	local kind=$1 at=192.0.2.$((101 + $2)) target=$3 start=${EPOCHREALTIME/./}
	if [ "$target" = - ]; then
		timeout -k 1 20 "$PROGRAMS/$MX" -d example.test --check mx --resolver "$at" -t 3 >"$kind.ours" 2>"$kind.err"
	else
		timeout -k 1 20 "$PROGRAMS/$MX" "$target" --check rbl --list zen.spamhaus.org --resolver "$at" -t 3 \
			>"$kind.ours" 2>"$kind.err"
	fi
	echo "$? $(((${EPOCHREALTIME/./} - start) / 1000))" >"$kind.status"
	[ "$target" = - ] && return
	timeout -k 1 20 "$CHECK_RBL" -H "$target" -n "$at" -s zen.spamhaus.org -w 1 -c 1 -t 4 >"$kind.theirs" 2>&1
	echo $? >"$kind.their-status"
}

judge() { # KIND TARGET CODE WORDS
	cp "$1.ours" out
	cp "$1.err" err
	printf '%s' "$MX at $1" >asked
	read -r STATUS ELAPSED <"$1.status"
	claim "$1: exit $3 $4" answered "$3" "$4"
	claim "... over at -t" within 3300
	[ "$2" = - ] || printf '    check_rbl: exit %s, %.100s\n' "$(cat "$1.their-status")" "$(head -1 "$1.theirs")"
}

serve
for i in "${!names[@]}"; do
	read -r target code words <<<"${rows[i]}"
	one "${names[i]}" "$i" "$target" &
	[ $((i % 16)) -ne 15 ] || wait $(jobs -p | grep -vx "$FORGER")
done
wait $(jobs -p | grep -vx "$FORGER")
for i in "${!names[@]}"; do
	read -r target code words <<<"${rows[i]}"
	judge "${names[i]}" "$target" "$code" "$words"
done
claim "500 forged answers are said to be there" grep -qF dns.forged flood-500.ours
claim "99 are not worth a word" no grep -qF dns.forged flood-99.ours
finish
