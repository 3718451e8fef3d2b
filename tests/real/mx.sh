#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_mx_rbl on domains, against real name servers: rbldnsd's lists, signed zones of nsd, a
# validating unbound, and Postfix behind an MX.
# row: m21 m22
# near: m21 m22
# shellcheck disable=SC2046,SC2086 # lists are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot postfix rbl

MX=check_mx_rbl
AT=(--resolver "$RBL_ADDRESS")
# MX hosts of the default policy checks have none here.
NO_POLICY=(--skip "spf,dmarc,dane")

domain() {
	expect "a domain with two hosts and both families" 0 "2 MX, 4 addresses, on 0 of 2 lists" \
		$MX -d mail.test "${AT[@]}" --list "zen.rbl.test dom.rbl.test" --skip dane
	expect "name servers, services, DNSSEC too" 0 "MX OK" $MX -d mail.test "${AT[@]}" \
		--check mx,ns,ptr,dnssec,srv --require-dnssec --resolver "$RBL_ADDRESS" --state dnssec.missing=ok
	run $MX -d mail.test "${AT[@]}" --check mx,ns,ptr,dnssec,srv -o json
	claim "... signatures have an end" between 1000 $(measured rrsig_days | cut -d. -f1) 9999
	claim "... serial by the server itself" is "$(json 'd["domain"]["nameservers"][0]["serial"]')" 1
	expect "AD of a resolver elsewhere is not believed" 2 "[dnssec.missing]" $MX -d mail.test \
		"${AT[@]}" --check mx --require-dnssec
	expect "broken signatures, by name" 2 "EDE 7 Signature Expired" $MX -d wrong.test "${AT[@]}" --check mx
	expect "no such domain" 2 "[mx.domain_missing]" $MX -d nowhere.test "${AT[@]}" --check mx
	expect "name servers that disagree" 1 "[ns.differ]" $MX -d differ.test "${AT[@]}" --check ns
	claim "... both sets are shown" says "mx9.mail.test"
	mkdir -m 700 state
	expect "... remembered" 1 "[ns.differ]" $MX -d differ.test "${AT[@]}" --check ns --state-dir state
	sleep 2.1
	expect "... longer than a secondary may be behind" 2 ", refresh 1.0 s: 10 mx1.mail.test only at ns1" $MX -d differ.test "${AT[@]}" \
		--check ns --state-dir state
	expect "... under one serial: no refresh will mend it" 2 "[ns.differ]" $MX -d split.test "${AT[@]}" --check ns
	claim "... both sets are shown" says "mx9.mail.test"
	expect "a server that does not know the zone" 1 "[ns.lame]" $MX -d lame.test "${AT[@]}" --check ns
	claim "... by name" says "ns2.mail.test"
	expect "no server answers" 2 "[ns.lame]" $MX -d lost.test "${AT[@]}" --check ns -t 3
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

domain
connect
finish
