#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The old names check_smtp, check_ssmtp, check_imap, check_simap, check_pop and check_spop with
# lines as Icinga's own library and hand-written configurations call them, against Dovecot and
# Postfix, by Debian's monitoring-plugins and by ours. Ours accepts every line. Where the verdict
# differs, the table says why ours is right; a difference without a reason fails.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
INCUMBENT=${INCUMBENT:-/usr/lib/nagios/plugins}
[ -x "$INCUMBENT/check_smtp" ] || broken "needs the package monitoring-plugins-basic"
world dovecot postfix

# Our programs under the old names; the test root is trusted as a public one is.
for name in smtp:smtp_submit ssmtp:smtp_submit imap:imap_tls simap:imap_tls pop:pop3 spop:pop3; do
	ln -s "$PROGRAMS/check_${name#*:}" "$WORK/check_${name%:*}"
done
PROGRAMS=$WORK
trust_root "$CA_FILE"

# both PROGRAM ARGUMENT...: one line by both; the incumbent's exit code in OLD, ours in STATUS.
both() {
	local program=$1
	shift
	timeout -k 1 30 "$INCUMBENT/$program" "$@" >old.out 2>&1
	OLD=$?
	run "$program" "$@"
}

accepted() { sound && no grep -q '\[client\.usage\]' out; }
verdicts() { # OLD OURS
	[ "$OLD $STATUS" = "$1 $2" ] && return
	echo "    incumbent $OLD: $(head -1 old.out | cut -c1-200)"
	return 1
}

# same CODE PROGRAM ARGUMENT...: both say the same.
same() {
	local code=$1
	shift
	both "$@"
	claim "$*: accepted" accepted
	claim "... both say $code" verdicts "$code" "$code"
}

# differs OLD OURS WHAT WHY PROGRAM ARGUMENT...: line 1 of ours holds WHAT, and WHY it is right.
differs() {
	local old=$1 ours=$2 what=$3 why=$4
	shift 4
	both "$@"
	claim "$*: accepted" accepted
	claim "... incumbent $old, ours $ours with $what" differs_by "$old" "$ours" "$what" "$why"
	echo "    why: $why"
}
differs_by() { [ "$1" != "$2" ] && [ -n "$4" ] && verdicts "$1" "$2" && head -1 out | grep -qF -- "$3"; }

MAIL=mail.example.test
FROM=alice@example.test

healthy() {
	same 0 check_smtp -H $MAIL
	same 0 check_smtp $MAIL
	same 0 check_smtp -H $MAIL -p 25 -e 220 -F mon.example.org -w 1 -c 5 -t 10 -4
	same 0 check_smtp -H $MAIL -f $FROM -C NOOP -R '250.*' -C 'HELP' -R '5.*' -v
	same 0 check_smtp -H $MAIL -p 587 -S -D 21,7
	same 0 check_smtp -H $MAIL -p 587 -S -A LOGIN -U alice -P alicepw -w 5 -c 9
	same 0 check_smtp -H $MAIL -p 25 -S -F mon.example.org -f $FROM -q -t 10
	same 0 check_smtp -H $MAIL -wt 1 -ct 5 -to 10
	same 0 check_imap -H $MAIL -p 143 -e '* OK' -w 1 -c 5 -t 10 -4
	same 0 check_imap $MAIL
	same 0 check_imap -H $MAIL -p 993 -S --sni $MAIL -D 21,7
	same 0 check_imap -H $MAIL -E -s 'a1 NOOP\r\n' -e '* OK' -q 'a2 LOGOUT' -v
	same 0 check_imap -H $MAIL -e '* OK' -e Dovecot -A -r critical -M warn -j -m 1024 -d 1
	same 0 check_imap -H $MAIL -C 1 -W 2
	same 0 check_simap -H $MAIL
	same 0 check_simap -H $MAIL -p 993 -e '* OK' -D 21,7 -w 1 -c 5 -t 10
	same 0 check_pop -H $MAIL -p 110 -e +OK -q QUIT -w 1 -c 5 -t 10 -4
	same 0 check_pop -H $MAIL -E -s 'NOOP\r\n' -e +OK -A -r warn -M crit -j -m 512 -d 1
	same 0 check_spop -H $MAIL -D 21,7
	same 0 check_spop -H $MAIL -p 995 -S -e +OK -q QUIT -w 1 -c 5 -t 10 -4
	same 0 check_ssmtp -H $MAIL -p 465 -e 220 -q QUIT -w 1 -c 5 -t 10 -4
	same 0 check_ssmtp -H $MAIL -D 21,7 -S -r crit -M warn -j -m 1024 -d 1
}

# As Icinga 2 puts the library's arguments together: sorted by letter, "true" behind -E and -q.
icinga() {
	local why="the incumbent stops at 'true', which belongs to -E, and takes it for the host"
	same 0 check_smtp -4 -A LOGIN -C NOOP -D 21,7 -F mon.example.org -H $MAIL -P alicepw -R '250.*' -S \
		-U alice -c 5 -e 220 -f $FROM -p 587 -q true -t 10 -w 3
	differs 2 0 "IMAP OK" "$why" check_imap -4 -A -D 21,7 -E true -H $MAIL -M warn -S -c 5 -d 1 \
		-e '* OK' -j -m 1024 -p 993 -q 'a2 LOGOUT' -r critical -s 'a1 NOOP\r\n' -t 10 -w 3
	differs 2 0 "IMAP OK" "$why" check_simap -4 -A -D 21,7 -E true -H $MAIL -M warn -c 5 -e '* OK' -j \
		-p 993 -q 'a2 LOGOUT' -r critical -t 10 -w 3
	differs 2 0 "POP3 OK" "$why" check_pop -4 -A -E true -H $MAIL -M warn -c 5 -d 1 -e +OK -j -m 1024 \
		-p 110 -q QUIT -r critical -s 'NOOP\r\n' -t 10 -w 3
	differs 2 0 "POP3 OK" "$why" check_spop -4 -A -D 21,7 -E true -H $MAIL -M warn -S -c 5 -e +OK -j \
		-p 995 -q QUIT -r critical -t 10 -w 3
	differs 2 0 "SMTP OK" "$why" check_ssmtp -4 -A -D 21,7 -E true -H $MAIL -M warn -S -c 5 -e 220 -j \
		-p 465 -q QUIT -r critical -t 10 -w 3
}

sick() {
	same 2 check_smtp -H $MAIL -p 1 -t 5
	same 2 check_imap -H $MAIL -p 1 -t 5
	same 2 check_pop -H $MAIL -p 1 -t 5
	same 2 check_ssmtp -H $MAIL -p 1 -t 5
	same 2 check_imap -6 -H ::1 -t 5
	same 2 check_smtp -6 -H ::1 -t 5
	same 1 check_imap -H $MAIL -p 1 -r warn
	same 0 check_spop -H $MAIL -p 1 -r ok
	same 1 check_imap -H $MAIL -e 'no such words' -M warn
	same 2 check_imap -H $MAIL -e 'no such words' -M crit
	same 0 check_imap -H $MAIL -e 'no such words' -M ok
	same 1 check_pop -H $MAIL -e 'no such words'
	same 1 check_smtp -H $MAIL -C NOOP -R '^999'
	same 1 check_simap -H $MAIL -D 9999,7
	same 2 check_simap -H $MAIL -D 9999,9998
	same 2 check_smtp -H $MAIL -p 587 -S -A LOGIN -U alice -P wrong
	same 2 check_smtp -H $MAIL -p 465 -t 3
	same 2 check_imap -H $MAIL -p 993 -t 3
}

# What the incumbent does not look at.
blind() {
	differs 0 2 "[tls.cert.expired]" "expired is expired: the incumbent printed the date of another name, for it sends no SNI" \
		check_simap -H expired.example.test -D 21,7
	differs 0 2 "[tls.cert.expired]" "the incumbent verifies no certificate: mail programs refuse this one" \
		check_simap -H expired.example.test
	differs 0 2 "[tls.cert.name]" "the certificate is for other names: mail programs refuse it" \
		check_smtp -H expired.example.test -p 587 -S
	differs 0 2 "[tls.cert.name]" "the certificate is for other names: mail programs refuse it" \
		check_ssmtp -H other.example.net
	differs 0 2 "[tls.cert.self_signed]" "nobody vouches for this server: mail programs refuse it" \
		check_spop -H selfsigned.example.test
	differs 0 1 "[proto.expect]" "the incumbent reads no reply that has no -R: the server refused the command" \
		check_smtp -H $MAIL -p 25 -f $FROM -C "RCPT TO:<nosuch@example.test>"
	differs 2 3 "[client.password_policy]" "the incumbent would send the password in clear: ours does not, and says whose affair it is" \
		check_smtp -H $MAIL -A LOGIN -U alice -P alicepw
	differs 1 2 "[proto.not_protocol]" "no SMTP server there: nobody can send, which is no warning; the incumbent's line lacks its state" \
		check_smtp -H $MAIL -p 143
	differs 1 2 "[proto.not_protocol]" "no IMAP server there: nobody can read mail, which is no warning" \
		check_imap -H $MAIL -p 110
	differs 0 3 "[client.bad_command]" "LHLO was refused, the server speaks no LMTP there: the incumbent did not read the reply" \
		check_smtp -H $MAIL -L
}

# Letters that later releases of the incumbent have and Debian 12's does not know.
later() {
	local why="a later release knows this option"
	differs 3 0 "SMTP OK" "$why" check_smtp -H $MAIL -s -p 465
	differs 3 0 "SMTP OK" "$why" check_smtp -H $MAIL --ssl
	differs 3 0 "SMTP OK" "$why" check_smtp -H $MAIL -p 587 -S --sni
	differs 3 2 "[proto.early_reply]" "$why; Postfix expects no PROXY line on this port and answers it" \
		check_smtp -H $MAIL -r
}

healthy
icinga
sick
blind
later
finish
