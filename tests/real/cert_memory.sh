#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry --state-dir: which changes of key and issuer are told, and which are not.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
CHANGED="tls.cert.changed"

# ---- certificates ---------------------------------------------------------------------------

key() { # NAME TYPE
	case $2 in
	rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" 2>/dev/null ;;
	*) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" ;;
	esac
}
signed() { # NAME KEY AUTHORITY
	openssl req -new -key "$2.key" -subj "/CN=mail.test" -addext subjectAltName=DNS:mail.test |
		openssl x509 -req -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days 80 -copy_extensions copy \
			-out "$1.pem" 2>/dev/null
}
root first first
root second second
cat first.pem second.pem >roots.pem
for name in one two three; do key $name ec; done
key big rsa
key bigger rsa
signed one one first
signed renewed one first
signed moved one second
signed two two first
signed three three second
signed big big first
signed bigger bigger first

# ---- servers ----------------------------------------------------------------------------------

# serve ADDRESS CERTIFICATE KEY [CERTIFICATE KEY]: in place of what served there before.
declare -A SERVER
serve() {
	local address=$1 second=()
	stop "$address"
	[ $# = 3 ] || second=(-dcert "$4.pem" -dkey "$5.key")
	peer openssl s_server -accept "$address:20993" -cert "$2.pem" -key "$3.key" "${second[@]}" -quiet
	SERVER[$address]=${PEERS[-1]}
	listening 20993 "$address"
}
stop() { # ADDRESS
	[ -z "${SERVER[$1]:-}" ] || { kill "${SERVER[$1]}" && wait "${SERVER[$1]}"; } 2>/dev/null
	SERVER[$1]=
}
A=127.0.0.1 B=127.0.0.2 C=127.0.0.3

# ---- runs ---------------------------------------------------------------------------------------

# A fresh memory for each story; look ADDRESS... [-- OPTION...] is one run of it.
story() { rm -rf state && mkdir -m 700 state; }
look() {
	local at=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		at+=(--resolve "mail.test:$1")
		shift
	done
	shift
	run $CERT -H mail.test -p 20993 "${at[@]}" --ca-file roots.pem --state-dir state -v -t 5 "$@"
}
silent() { sound && ! grep -q "$CHANGED" out; }
told() { sound && grep "$CHANGED" out | grep -qF -- "$1"; }
told_once() { told "$1" && [ "$(grep -c "$CHANGED - " out)" = 1 ]; }
# Changes are told for an hour: a later run is one behind it.
later() { sed -i -E 's/^([0-9a-f]+ [0-9a-f]+) [0-9]+ /\1 1000000000 /' state/cert-???????????????? && recount; }
recount() {
	local file
	for file in state/cert-????????????????; do
		sed -i '$d' "$file"
		printf 'end %d\n' "$(stat -c %s "$file")" >>"$file"
	done
}

one_address() {
	story
	serve $A one one
	look $A
	claim "the first run is silent" silent
	look $A
	claim "... and the second, nothing has changed" silent
	claim "... one file for a target, and its lock" [ "$(find state -type f | wc -l)" = 2 ]
	serve $A renewed one
	look $A
	claim "renewed with the same key by the same CA: silent" silent
	serve $A two two
	look $A
	claim "another key is told" told "the EC key changed from "
	claim "... is a note: the state stays OK" answered 0 "CERT OK"
	look $A -- -o json
	claim "... old and new key stand beside it, whole" both_keys one two
	look $A -- --state tls.cert.changed=warning
	claim "... within an hour again, as a warning if the user says so" answered 1 "[$CHANGED]"
	later
	look $A
	claim "... an hour later it is the normal one" silent
	serve $A one one
	look $A
	claim "back to the old key: told" told "the EC key changed from "
}
both_keys() {
	[ "$(json 'all(any(k in w for f in d["findings"] if f["finding"] == "tls.cert.changed" for w in f["why"])
		for k in ("'"$(spki "$1")"'", "'"$(spki "$2")"'"))')" = True ]
}
spki() { openssl pkey -in "$1.key" -pubout -outform DER | sha256sum | cut -d' ' -f1; }

issuers() {
	story
	serve $A one one
	look $A
	serve $A moved one
	look $A
	claim "the same key by another CA is told" told "the issuer changed from CN=first to CN=second"
	later
	serve $A three three
	look $A
	claim "another key by the same CA" told ", the issuer is the same"
	later
	serve $A two two
	look $A
	claim "another key by another CA" told ", the issuer from CN=second to CN=first"
}

two_types() {
	story
	serve $A one one big big
	look $A
	claim "two types of key: the first run is silent" silent
	look $A
	claim "... and the second" silent
	serve $A one one bigger bigger
	look $A
	claim "... one of them changes: it alone is told" told_once "the RSA key changed from "
	later
	serve $A one one
	look $A
	claim "... a type is gone: silent, the other is what it was" silent
	serve $A one one bigger bigger
	look $A
	claim "... it comes back with its key: silent" silent
	story
	serve $A big big
	look $A
	serve $A big big one one
	look $A
	claim "a second type beside the first: silent" silent
	story
	serve $A big big
	look $A
	serve $A one one
	look $A
	claim "a second type in the place of the first is a change" told "the EC key changed from "
	story
	serve $A one one big big
	look $A -- --rsa
	look $A -- --ecdsa
	claim "--rsa and --ecdsa do not disturb each other" silent
}

addresses() {
	story
	serve $A one one
	serve $B one one
	look $A $B
	stop $B
	look $A $B
	claim "an address is dead: the others are what they were" silent
	serve $B two two
	look $A $B
	claim "... it comes back with another key: told" told "the EC key changed from "
	later
	stop $A
	stop $B
	look $A $B
	claim "no address answers: sound, nothing told" silent
	serve $A one one
	serve $B two two
	look $A $B
	claim "... what was remembered is kept" silent
	serve $A three three
	serve $B three three
	look $A $B
	claim "... and measured by" told "the EC key changed from "
	story
	serve $A one one
	serve $B one one
	look $A $B
	serve $A two two
	serve $B two two
	look $A $B
	claim "the same change at two addresses is told once" told_once ", at $A"
	story
	serve $A one one
	look $A
	serve $C one one
	look $C
	claim "the name moves to another address with its key: silent" silent
	serve $B two two
	look $B
	claim "the name moves to another key: told" told "the EC key changed from "
	story
	serve $A one one
	look $A
	stop $C
	look $C
	claim "the name moves to an address that is dead" silent
	serve $C two two
	look $C
	claim "... which then has another key: told" told "the EC key changed from "
}

targets() {
	story
	serve $A one one
	serve $B big big
	run $CERT tls://$A:20993 tls://$B:20993 -m mail.test --ca-file roots.pem --state-dir state -v
	claim "two targets: silent at first" silent
	serve $B bigger bigger
	run $CERT tls://$A:20993 tls://$B:20993 -m mail.test --ca-file roots.pem --state-dir state -v
	claim "... the one that changed is told" told_once "is the same, at $B"
	run $CERT tls://$A:20993 tls://$B:20993 -m mail.test --ca-file roots.pem --state-dir state \
		--state tls.cert.changed=warning
	claim "... and counts" grep -q "targets=2 targets_ok=1" out
	stop $A
	stop $B
}

files() {
	serve $A one one
	story
	look $A
	for file in state/cert-????????????????; do echo rubbish >"$file"; done
	look $A
	claim "a damaged memory is told, a new one begins" answered 3 "[client.state_file]"
	serve $A two two
	look $A
	claim "... from this run on" told "the EC key changed from "
	chmod 777 state
	look $A
	claim "a folder that others may write is not used" answered 3 "[client.state_file]"
	run $CERT -H $A -p 20993 -m mail.test --ca-file roots.pem --state-dir nowhere
	claim "a folder that is not there" answered 3 "[client.state_file]"
	run $CERT -H $A -p 20994 -m mail.test --ca-file roots.pem --state-dir nowhere
	claim "... does not hide what is worse" answered 2 "[net.refused]"
	story
	look $A
	local runs=()
	for _ in {1..8}; do
		timeout 30 "$PROGRAMS/$CERT" -H mail.test -p 20993 --resolve mail.test:$A --ca-file roots.pem --state-dir state \
			>>together 2>&1 &
		runs+=($!)
	done
	wait "${runs[@]}"
	claim "eight at a time: each is sound" [ "$(grep -c '^CERT OK' together)" = 8 ]
}

one_address
issuers
two_types
addresses
targets
files
finish
