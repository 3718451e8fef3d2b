#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry with many targets in one run: those that are dead take nothing from the others.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
authorities
leaf good ec 80
peer openssl s_server -accept 20993 -cert good.pem -key good.key -quiet
# Takes connections and questions, and never says a word.
peer python3 -c 'import socket, time
silent = socket.create_server(("", 20994), backlog=2000)
name_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name_server.bind(("127.0.0.1", 20053))
time.sleep(120)'
listening 20993
listening 20994

# targets COUNT EVERY: so many, each EVERYth dead (0: none)
targets() { awk -v n="$1" -v every="$2" 'BEGIN { for (i = 1; i <= n; i++)
	printf "tls://127.1.%d.%d:%d\n", i / 250, i % 250 + 1, every && i % every == 0 ? 20994 : 20993 }' >list; }
many() { run $CERT --targets list -m mail.example.test --ca-file ca.pem "$@"; }
found() { [ "$(json 'sum(f["finding"] == "'"$1"'" for f in d["findings"])')" = "$2" ]; }
metric() { grep -qE " $1( |$)" out; }

all_good() {
	targets 1000 0
	many -t 20 --key-types any
	claim "a thousand targets" answered 0 "1000 targets: all good"
	targets 40 0
	many --parallel 1 -t 20
	claim "one at a time" answered 0 "40 targets: all good"
	sed 's/^/# /' list >comments && sed -i '3s/$/   # behind a blank nothing counts/' list
	cat comments >>list
	"$PROGRAMS/$CERT" --targets - -m mail.example.test --ca-file ca.pem -t 20 <list >out 2>err
	STATUS=$?
	claim "a list on standard input, with comments" answered 0 "40 targets: all good"
}

some_dead() {
	targets 200 20
	many -t 4
	claim "5 % dead: the others are judged" metric "targets=200 targets_ok=190"
	claim "... within one timeout" [ "$ELAPSED" -lt 4200 ]
	claim "... each had all of the time" grep -q "not finished after 3\.[0-9] s" out
	many -t 4 -o json
	claim "... each is named" found net.timeout.tls 10
	targets 300 2
	many -t 4 --parallel 64
	claim "half of them dead" metric "targets=300 targets_ok=150"
	claim "... within one timeout" [ "$ELAPSED" -lt 4200 ]
	many -t 4 --parallel 1
	claim "one at a time: sound, and within one timeout" sound
	claim "... line 1 is no watchdog's" no grep -q "no result within" out
}

dead_name() {
	local good=(--resolve mail.example.test:127.0.0.1 --ca-file ca.pem -t 3)
	run $CERT tls://mail.example.test:20993 tls://dead.test:20993 mx:dead.test --resolver 127.0.0.1@20053 "${good[@]}"
	claim "a name that nobody answers for: the others are judged" metric "targets_ok=1"
	claim "... and it is told" answered 3 "[dns.resolver]"
	run $CERT tls://mail.example.test:20993 --resolve mail.example.test:127.0.0.1 \
		--resolve mail.example.test:127.0.0.2 --resolve mail.example.test:127.0.0.3 --ca-file ca.pem
	claim "three addresses at once" answered 0 "3 addresses"
}

first_address() {
	local at=(--resolve mail.example.test:127.0.0.4 --resolve mail.example.test:127.0.0.1 --ca-file ca.pem)
	peer openssl s_server -accept 127.0.0.1:20995 -cert good.pem -key good.key -quiet
	listening 20995 127.0.0.1
	run $CERT tls://mail.example.test:20995 "${at[@]}"
	claim "one address refuses, the other is good" answered 1 "[net.address_dead]"
	run $CERT tls://mail.example.test:20995 "${at[@]}" --first-address
	claim "--first-address: the first that answers is judged, alone" answered 0 "CERT OK"
	run $CERT tls://mail.example.test:20996 "${at[@]}" --first-address
	claim "... none answers" answered 2 "[net.refused]"
}

all_good
some_dead
dead_name
first_address
finish
