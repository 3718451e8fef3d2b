#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Names: by --resolver and by the system, by SRV, and what is said when there is no answer.
# nsd and unbound are the name servers, Dovecot is what they lead to.
# problem: A6 A7
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
within() { [ "$ELAPSED" -le "$1" ]; }

# resolv LINE...: what resolv.conf of this namespace says from here on.
resolv() { printf '%s\n' "$@" >resolv.conf; }
resolv "nameserver $DNS_ADDRESS"
mount --bind resolv.conf /etc/resolv.conf

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

# Somebody who hears and never answers.
python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("192.0.2.64", 53)); time.sleep(300)' &
SILENT=$!
trap 'kill $SILENT 2>/dev/null' EXIT

by_resolver
by_system
by_srv
finish
