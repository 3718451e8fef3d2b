#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_mx_rbl on what a domain says about its mail: nsd and unbound answer, a web host of our
# own has the policies of MTA-STS.
# row: m51 m52 m53
# near: m51 m52 m53
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dns

MX=check_mx_rbl
# unbound on loopback: its AD is believed.
BY=(--resolver 127.0.0.9 -t 5)
OWN=(--ca-file web-ca.pem --allow-private)

certificates() {
	local names='' case
	for case in good absent moved page large slow other trial brief; do names+="DNS:mta-sts.$case.policy.test,"; done
	root web-ca "web root"
	NAMES=${names%,} ISSUER=web-ca leaf web ec 30
}

web_up() {
	peer python3 "$REAL/webhost.py" 192.0.2.70 web.pem web.key
	listening 443 || broken "the web host does not start"
}

all_good() {
	expect "everything in order" 0 "MX OK" $MX -d good.policy.test "${BY[@]}" "${OWN[@]}" \
		--check spf,dkim,dmarc,mtasts,tlsrpt,dane,bimi --dkim-selector sel --outbound 192.0.2.71
	run $MX -d good.policy.test "${BY[@]}" "${OWN[@]}" -o json --check spf,dkim,dmarc,mtasts,tlsrpt,dane \
		--dkim-selector sel --outbound 192.0.2.71
	claim "... and it was looked at" [ "$(json '[d["domain"]["spf"]["senders"][0]["result"], d["domain"]["dkim"][0]["key_bits"], d["domain"]["dmarc"]["policy"], d["domain"]["mtasts"]["mode"], d["domain"]["tlsrpt"] != None, d["domain"]["dane"][0]["secure"]]')" = "['pass', 256, 'reject', 'enforce', True, True]" ]
	run $MX -d named.policy.test "${BY[@]}" -o json --check spf --outbound spf
	claim "the senders that SPF names" [ "$(json 'sorted(s["id"] for s in d["domain"]["spf"]["senders"])')" = "['192.0.2.71', '192.0.2.72', '198.51.100.8', '198.51.100.9']" ]
	claim "... pass" [ "$(json 'd["state"]')" = OK ]
	expect "SPF names nobody: nothing was checked" 3 "[spf.temperror]" $MX -d macro.policy.test "${BY[@]}" \
		--check ptr --outbound spf
	expect "another sender" 2 "[spf.not_authorised]" $MX -d good.policy.test "${BY[@]}" --check spf --outbound 203.0.113.9
	expect "a withdrawn key" 2 "[dkim.revoked]" $MX -d good.policy.test "${BY[@]}" --check dkim --dkim-selector revoked
	expect "no such key" 2 "[dkim.missing]" $MX -d good.policy.test "${BY[@]}" --check dkim --dkim-selector nosuch
	expect "no DMARC" 1 "[dmarc.missing]" $MX -d loop.policy.test "${BY[@]}" --check dmarc
}

spf() {
	local entry
	for entry in loop:spf.syntax two:spf.multiple l0:spf.lookups gone:spf.include; do
		expect "SPF, ${entry%:*}" 2 "[${entry#*:}]" $MX -d "${entry%:*}.policy.test" "${BY[@]}" --check spf
	done
	claim "... anybody can register the name" says "nobody.example is not registered"
	expect "SPF, three voids" 1 "[spf.void]" $MX -d void.policy.test "${BY[@]}" --check spf
	run $MX -d l0.policy.test "${BY[@]}" --check spf
	claim "SPF: the tree is shown" says "l1.policy.test: 5 lookups"
	expect "SPF, macro: known" 0 "MX OK" $MX -d macro.policy.test "${BY[@]}" --check spf --outbound 192.0.2.71
	expect "SPF, macro: unknown" 2 "[spf.not_authorised]" $MX -d macro.policy.test "${BY[@]}" --check spf \
		--outbound 192.0.2.72
}

mtasts() { # DOMAIN CODE WHAT
	expect "MTA-STS, $1" "$2" "$3" $MX -d "$1.policy.test" "${BY[@]}" "${OWN[@]}" --check mtasts
}

policies() {
	mtasts good 0 "MX OK"
	mtasts absent 1 "answers 404 [mtasts.policy]"
	mtasts moved 1 "leads to https://mta-sts.good.policy.test/ [mtasts.policy]"
	mtasts page 2 "text/html, not text/plain [mtasts.policy]"
	mtasts large 1 "larger than it may be [mtasts.policy]"
	mtasts stranger 1 "[mtasts.policy]"
	mtasts dead 1 "[mtasts.policy]"
	mtasts other 2 "MX mx2.policy.test is not covered"
	claim "... mtasts.mx" says "[CRITICAL] mtasts.mx - MX mx2.policy.test"
	mtasts trial 1 "MX mx2.policy.test is not covered by the MTA-STS policy (mode testing) [mtasts.mx]"
	mtasts brief 1 "max_age of the MTA-STS policy is 3600 s, useful are 86400 to 31557600 s [mtasts.record]"
	expect "MTA-STS, slow" 1 "[mtasts.policy]" $MX -d slow.policy.test --resolver 127.0.0.9 -t 2 "${OWN[@]}" --check mtasts
	claim "... and it is over at -t" within 2250
	expect "MTA-STS, an unknown root" 1 "[mtasts.policy]" $MX -d good.policy.test "${BY[@]}" --allow-private --check mtasts
	expect "MTA-STS, a private web host" 1 "not public" $MX -d good.policy.test "${BY[@]}" --ca-file web-ca.pem --check mtasts
}

tlsa() {
	expect "TLSA for all" 0 "MX OK" $MX -d good.policy.test "${BY[@]}" --check dane
	expect "TLSA for some" 1 "mx2.policy.test has no TLSA" $MX -d some.policy.test "${BY[@]}" --check dane
	expect "TLSA cannot be asked" 2 "[dane.lookup]" $MX -d lookup.policy.test "${BY[@]}" --check dane
}

# remembered CODE WHAT LABEL: one run with a memory, of a domain whose policy is enforced.
remembered() {
	expect "$3" "$1" "$2" $MX -d good.policy.test "${BY[@]}" "${OWN[@]}" --check mtasts --state-dir state
}

memory() {
	mkdir -m 700 state
	expect "no web host, and nothing is remembered" 1 "[mtasts.policy]" $MX -d good.policy.test \
		--resolver 127.0.0.9 --allow-private --check mtasts --state-dir state
	remembered 0 "MX OK" "a policy that is enforced: the first run is silent"
	remembered 0 "MX OK" "... and the second"
	end_peers
	remembered 2 "senders enforce the last one until" "... the web host is gone: senders hold the policy"
	expect "... another domain has its own memory" 1 "[mtasts.policy]" $MX -d other.policy.test \
		"${BY[@]}" "${OWN[@]}" --check mtasts --state-dir state
	for file in state/mx-*; do case $file in *.lock) ;; *) truncate -s -3 "$file" ;; esac; done
	remembered 1 "[mtasts.policy]" "a memory cut short knows nothing"
	claim "... and that is said" says "[UNKNOWN] client.state_file - the state file was damaged"
	claim "no half-written file is left" no ls state/*.new
}

certificates || broken "no certificates"
web_up
all_good
spf
policies
tlsa
memory
finish
