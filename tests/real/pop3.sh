#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_pop3 against Dovecot, Cyrus and Courier: trust, mechanisms, states; nothing is deleted.
# shellcheck disable=SC2046,SC2086 # options of as() are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot cyrus courier

POP3=check_pop3
secrets alice bob gone broken wrong

mechanisms() {
	local mechanism
	for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 USER; do
		run $POP3 -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --authtype $mechanism -o json
		claim "Dovecot: $mechanism" used $mechanism
		elsewhere
		expect "Dovecot: $mechanism, wrong password" 2 "[auth.credentials]" $POP3 "${AT[@]}" \
			-U alice --password-file wrong.pw --authtype $mechanism
		claim "... once, and no other mechanism after it" one_attempt
	done
	good_token
	for mechanism in OAUTHBEARER XOAUTH2; do
		run $POP3 -H $MAIL_HOST --ca-file "$CA_FILE" -U alice --token-file good.token \
			--authtype $mechanism -o json
		claim "Dovecot: $mechanism" used $mechanism
	done
	expect "Cyrus: APOP works and is weak" 1 "[auth.weak]" $POP3 -H cyrus.example.test --ca-file "$CA_FILE" \
		$(as alice) --authtype APOP
}

other_servers() {
	local server
	for server in cyrus courier; do
		expect "$server, 995" 0 "POP3 OK" $POP3 -H $server.example.test --ca-file "$CA_FILE" $(as alice)
		expect "$server: wrong password" 2 "[auth.credentials]" $POP3 -H $server.example.test \
			--ca-file "$CA_FILE" -U alice --password-file wrong.pw
		expect "$server: unknown root" 2 "[tls.cert.untrusted]" $POP3 -H $server.example.test $(as alice)
	done
	expect "cyrus, 110" 0 "POP3 OK" $POP3 -H cyrus.example.test -p 110 --ca-file "$CA_FILE" $(as alice)
	expect "courier, 110: offers USER before TLS" 1 "[policy.cleartext_auth]" $POP3 \
		-H courier.example.test -p 110 --ca-file "$CA_FILE" $(as alice)
	claim "... and the login works" [ "$(grep -c 'time_mailbox' out)" -ge 1 ]
}

messages() { json 'd["metrics"]["messages"]["value"]'; }

accounts() {
	local time
	for time in first second; do
		run $POP3 -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --uidl -o json
		claim "$time look: three messages" [ "$(messages)" = 3 ]
	done
	expect "a count that sits at the cap" 1 "[mailbox.capped]" $POP3 -H $MAIL_HOST --ca-file "$CA_FILE" \
		$(as alice) --cap 3
	elsewhere
	expect "disabled account" 2 "[auth.disabled]" $POP3 "${AT[@]}" $(as gone)
	run $POP3 -H $MAIL_HOST --ca-file "$CA_FILE" $(as broken)
	claim "broken store is CRITICAL" answered 2 "POP3 CRITICAL"
	claim "... and not the password's fault" no grep -q '\[auth\.credentials' out
	expect "without a login" 0 "POP3 OK" $POP3 -H $MAIL_HOST --ca-file "$CA_FILE"
	expect "nothing listens" 2 "[net.refused]" $POP3 -H $MAIL_HOST -p 994 --tls
}

trust_in $POP3 POP3 995 name expired self_signed
trust_in $POP3 POP3 110 name expired self_signed
mechanisms
other_servers
accounts
finish
