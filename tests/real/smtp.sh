#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_smtp_submit against Postfix, Exim and OpenSMTPD: trust, mechanisms, envelope, limits.
# Nothing is sent: the mailboxes stay as they were.
# shellcheck disable=SC2046,SC2086 # options of as() are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot postfix courier exim opensmtpd

SMTP=check_smtp_submit
secrets alice bob gone wrong
ENVELOPE=(--from alice@example.test --rcpt bob@example.test)

mechanisms() {
	local mechanism
	for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		run $SMTP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --authtype $mechanism -o json
		claim "Postfix: $mechanism" used $mechanism
	done
	elsewhere
	expect "Postfix: wrong password" 2 "[auth.credentials]" $SMTP "${AT[@]}" -U alice --password-file wrong.pw
	claim "... once, and no other mechanism after it" one_attempt
	good_token
	for mechanism in OAUTHBEARER XOAUTH2; do
		run $SMTP -H $MAIL_HOST --ca-file "$CA_FILE" -U alice --token-file good.token \
			--authtype $mechanism -o json
		claim "Postfix: $mechanism" used $mechanism
	done
}

envelope_in() { # HOST RELAY: what every server must do with an envelope; how it words a relay refusal
	local host=$1 relay=$2 port
	for port in 587 465; do
		expect "$host, $port: envelope" 0 "SMTP OK" $SMTP -H $host -p $port --ca-file "$CA_FILE" \
			$(as alice) "${ENVELOPE[@]}"
	done
	expect "$host: another's address as sender" 2 "[policy.sender_not_owned]" $SMTP -H $host --ca-file "$CA_FILE" \
		$(as alice) --from bob@example.test --rcpt bob@example.test
	expect "$host: relaying for the world" 2 "[$relay]" $SMTP -H $host -p 25 --ca-file "$CA_FILE" \
		--from a@elsewhere.test --rcpt b@elsewhere.test
	expect "$host: relaying must be refused, and is" 0 "SMTP OK" $SMTP -H $host -p 25 --ca-file "$CA_FILE" \
		--must-refuse relay
	expect "$host: a least size it does not offer" 2 "[policy.min_size]" $SMTP -H $host --ca-file "$CA_FILE" \
		$(as alice) --min-size 25M
	expect "$host: no login where one is needed" 3 "[client.needs_auth]" $SMTP -H $host --ca-file "$CA_FILE" \
		"${ENVELOPE[@]}"
}

other_passwords() {
	local host
	for host in exim.example.test opensmtpd.example.test; do
		expect "$host: wrong password" 2 "[auth.credentials]" $SMTP -H $host --ca-file "$CA_FILE" \
			-U alice --password-file wrong.pw
		expect "$host: unknown root" 2 "[tls.cert.untrusted]" $SMTP -H $host $(as alice)
	done
}

postfix_only() {
	expect "greylisted recipient" 1 "[policy.greylisted]" $SMTP -H $MAIL_HOST -p 25 --ca-file "$CA_FILE" \
		--from a@elsewhere.test --rcpt greylist@example.test
	expect "unknown recipient" 2 "[delivery.recipient_unknown]" $SMTP -H $MAIL_HOST --ca-file "$CA_FILE" \
		$(as alice) --from alice@example.test --rcpt nobody@example.test
	expect "message larger than the limit" 1 "[policy.size]" $SMTP -H $MAIL_HOST --ca-file "$CA_FILE" \
		$(as alice) "${ENVELOPE[@]}" --size 300000
	elsewhere
	expect "a disabled account still sends" 2 "[policy.must_refuse.login]" $SMTP "${AT[@]}" \
		$(as gone) --must-refuse login
	exec 7<>/dev/tcp/$MAIL_HOST/26
	read -r -t 5 -u 7 _
	expect "connection limit" 1 "[limit.connections]" $SMTP -H $MAIL_HOST -p 26 --ca-file "$CA_FILE"
	exec 7>&-
	expect "LMTP over its socket" 0 "LMTP OK" $SMTP -H "$DOVECOT_WORLD/run/lmtp" --lmtp \
		--cleartext "${ENVELOPE[@]}"
}

nothing_sent() {
	claim "nothing was delivered" no grep -q 'stored mail' "$DOVECOT_LOG"
	claim "... by Exim" no grep -q '=>' "$EXIM_LOG"
	claim "... by OpenSMTPD" no grep -q 'delivery evpid' "$OPENSMTPD_LOG"
}

trust_in $SMTP SMTP 587 name
trust_in $SMTP SMTP 465 name
mechanisms
envelope_in $MAIL_HOST policy.relay
envelope_in exim.example.test policy.relay
# It says "550 Invalid recipient" to both, without an enhanced code.
envelope_in opensmtpd.example.test delivery.recipient_unknown
other_passwords
postfix_only
nothing_sent
finish
