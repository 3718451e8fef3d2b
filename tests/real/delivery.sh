#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The delivery loop through Postfix and Dovecot's LMTP, and the push test: messages that arrive,
# come back, stay away, are lost, doubled, altered; runs that are killed anywhere. Whatever
# happens, only our own messages are touched.
# shellcheck disable=SC2046,SC2086,SC2206,SC2207 # options of as() are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot postfix cyrus courier

SMTP=check_smtp_submit
secrets alice bob full
MAIL=$DOVECOT_WORLD/mail
QUEUE=$TREE/build/servers/postfix
[ -d "$QUEUE" ] || QUEUE=$(dirname "$DOVECOT_WORLD")/postfix
INBOX="imaps://bob@$MAIL_HOST/INBOX"
BOB="--arrives-password-file bob.pw"

send() { # PORT RCPT ARGUMENT...
	local port=$1 rcpt=$2
	shift 2
	run $SMTP -H $MAIL_HOST -p "$port" --ca-file "$CA_FILE" $(as alice) --from alice@example.test \
		--rcpt "$rcpt" "$@"
}
to_bob() { send 587 bob@example.test --arrives "$INBOX" $BOB "$@"; }

# ---- what lies where -----------------------------------------------------------------------

# The bodies of all messages of a user: a reader may rename files, not what they hold.
mail_of() { find "$MAIL/$1" -type f \( -path '*/new/*' -o -path '*/cur/*' \) -exec sha256sum {} + | cut -d' ' -f1 | sort; }
messages_of() { mail_of "$1" | wc -l; }
remember() { for user in alice bob full; do mail_of $user >$user.before; done; }
untouched() { for user in alice bob full; do mail_of $user | cmp -s - $user.before || return; done; }
# Files with a message of ours in bob's mailbox: what the server keeps beside them is not looked at.
ours() { find "$MAIL/bob" -type f \( -path '*/new/*' -o -path '*/cur/*' \) -exec grep -l X-Mailvitals-Token {} +; }
queue_empty() { ! find "$QUEUE"/queue/{incoming,active,deferred,maildrop} -type f | grep -q .; }
queue_settles() {
	for _ in {1..100}; do queue_empty && return; sleep 0.1; done
	return 1
}
drop_ours() { queue_settles; ours | xargs -r rm -f; } # what is on its way as well

# ---- arrives -------------------------------------------------------------------------------

arrivals() {
	local port
	remember
	for port in 587 465; do
			send $port bob@example.test --arrives "$INBOX" $BOB
		claim "$port, IMAP: arrives" answered 0 "arrived in INBOX after"
		claim "... with its metrics" grep -qE 'time_submit=[0-9.]+s.* time_delivery=[0-9.]+s.* hops=2 hop_max=.* leftovers=0' out
		claim "... and is gone, no other message with it" untouched
	done
	send 587 bob@example.test --arrives "imap://bob@$MAIL_HOST" $BOB
	claim "IMAP with STARTTLS: arrives" answered 0 "arrived in INBOX"
	send 587 bob@example.test --arrives "pop3s://bob@$MAIL_HOST" $BOB
	claim "POP3: arrives" answered 0 "arrived in INBOX"
	send 587 bob@example.test --arrives "pop3://bob@$MAIL_HOST" $BOB
	claim "POP3 with STLS: arrives" answered 0 "arrived in INBOX"
	send 587 bob@example.test --arrives "maildir:$MAIL/bob/Maildir"
	claim "Maildir: arrives" answered 0 "arrived in the Maildir"
	send 587 alice@example.test --arrives "imaps://$MAIL_HOST"
	claim "login of the submission serves for both" answered 0 "arrived in INBOX"
	send 587 bob@example.test --size 100000 --arrives "$INBOX" $BOB
	claim "100 kB arrive unchanged" answered 0 "arrived in INBOX"
	claim "nothing of it stays anywhere" untouched
	claim "... nor in the queue" queue_settles
	to_bob --keep
	claim "--keep: it stays" [ "$(messages_of bob)" = $(($(wc -l <bob.before) + 1)) ]
	send 587 bob@example.test --arrives "maildir:$MAIL/bob/Maildir" -o json
	claim "JSON: where, when, which way" [ "$(json '[d["delivery"]["found_in"] in ("new", "cur"), d["delivery"]["junk"], len(d["delivery"]["hops"])]')" = "[True, False, 2]" ]
	drop_ours
	claim "all as before" untouched
}

trouble() {
	remember
	send 587 bob+Junk@example.test --arrives "$INBOX" $BOB
	claim "in the Junk folder, whatever it is called" answered 1 "[delivery.junk]"
	claim "... and removed there" untouched
	send 587 full@example.test --arrives "imaps://alice@$MAIL_HOST"
	claim "a full mailbox: the bounce is read" answered 2 "the mailbox is full (quota.exceeded)"
	claim "... as a bounce" grep -qF "[delivery.bounced]" out
	claim "... in the words of who refused it" grep -q 'said: "552 5.2.2 .*Quota exceeded' out
	claim "... and who must act" grep -q 'who:  owner' out
	claim "... and is removed" untouched
	send 587 bob@example.test --arrives "imaps://alice@$MAIL_HOST" -t 7
	claim "looked for in the wrong mailbox: missing" answered 2 "[delivery.missing]"
	drop_ours
	send 587 bob@example.test --arrives "imaps://bob@$MAIL_HOST/Nowhere" $BOB -t 7
	claim "a folder that is not there" answered 2 "[mailbox.missing]"
	drop_ours
	send 587 bob@example.test --arrives "imaps://bob@192.0.2.120/INBOX" $BOB -t 7
	claim "a mailbox whose certificate is for another name" answered 2 "[tls.cert.name]"
	drop_ours
	to_bob -c time_delivery=0.000001
	claim "later than the limit" answered 2 "[delivery.late]"
	to_bob --authserv-id mx.example.test
	claim "no Authentication-Results of the host named" answered 1 "[delivery.auth_results]"
	claim "all as before" untouched
}

# Accepted is not arrived: what 250 does not tell.
lmtp_stopped() {
	remember
	doveadm -c "$DOVECOT_WORLD/dovecot.conf" service stop lmtp
	to_bob -t 8
	claim "LMTP stopped: accepted, not arrived" answered 2 "[delivery.missing]"
	claim "... and the queue id is named" grep -qE 'accepted as [0-9A-F]{8,}, not arrived in INBOX or Junk after' out
	claim "... in time" between 3000 $ELAPSED 8300
	claim "... the message waits in the queue" no queue_empty
	doveadm -c "$DOVECOT_WORLD/dovecot.conf" reload
	for _ in {1..50}; do [ -S "$DOVECOT_WORLD/run/lmtp" ] && break; sleep 0.1; done
	sleep 1
	postqueue -c "$QUEUE/etc" -f
	claim "... until LMTP is back" queue_settles
	sleep 0.5
	tamper touch -d '2 hours ago'
	to_bob
	claim "a probe that came late is a leftover" answered 1 "[delivery.leftovers]"
	claim "... counted, and not removed" grep -q 'leftovers=1' out
	drop_ours
	claim "all as before" untouched
}

envelope_alone() {
	local port
	remember
	for port in 587 465; do
		send $port bob@example.test
		claim "$port: login, MAIL, RCPT, RSET" answered 0 "1 recipient accepted"
		claim "... and nothing is in the queue" queue_empty
	done
	run $SMTP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --from bob@example.test --rcpt bob@example.test \
		--arrives "$INBOX" $BOB
	claim "another's From: refused" answered 2 "[policy.sender_not_owned]"
	claim "... in the server's words" grep -qE 'said: "553 5.7.1 .*not owned by user alice' out
	claim "... with cause and next step" [ "$(grep -cE '^  (why|next): ' out)" -ge 2 ]
	run $SMTP -H $MAIL_HOST -p 25 --ca-file "$CA_FILE" --must-refuse relay
	claim "relaying is refused, as demanded" answered 0 "SMTP OK"
	claim "nothing was sent" untouched
}

# ---- from run to run -----------------------------------------------------------------------

earlier() { to_bob --state-dir state "$@"; }
state_file() { echo state/smtp-*[0-9a-f]; }
whole() { # the state file: all of it, or none
	local file
	file=$(state_file)
	[ -e "$file" ] || return 0
	[ "$(tail -1 "$file")" = "end $(head -n -1 "$file" | wc -c)" ]
}
tamper() { # COMMAND: with the message that lies in bob's mailbox
	local file
	queue_settles
	file=$(ours)
	"$@" "$file"
	mv "$file" "$MAIL/bob/Maildir/new/$(date +%s).M1.tampered"
}
footer() { printf '\n-- \nThis message was scanned.\n' >>"$1"; }
results() { sed -i '1i Authentication-Results: mx.example.test; spf=pass; dkim=fail (bad signature); dmarc=fail' "$1"; }
age() { sed -i -E 's/^(s [0-9a-f]+) [0-9]+/\1 '$(($(date +%s) - 7200))'/' "$(state_file)"; resize; }
resize() {
	local file
	file=$(state_file)
	sed -i '$d' "$file"
	echo "end $(wc -c <"$file")" >>"$file"
}

asynchronous() {
	mkdir -m 700 state
	remember
	earlier
	claim "first run: leaves one" answered 0 "the next run judges its arrival"
	claim "... which is noted" [ "$(grep -c '^s ' "$(state_file)")" = 1 ]
	queue_settles
	earlier
	claim "second run: judges it and leaves another" answered 0 "the one before arrived in INBOX"
	claim "... with its metrics" grep -q 'probes_pending=1 probes_lost=0' out
	queue_settles
	claim "... one of ours lies there" [ "$(ours | wc -l)" = 1 ]
	tamper footer
	earlier
	claim "a footer on the way" answered 1 "[delivery.altered]"
	tamper results
	earlier --authserv-id mx.example.test
	claim "sender authentication fails" answered 1 "dkim=fail"
	drop_ours
	earlier
	claim "one that is not there yet is on its way" answered 0 "the one before is on its way"
	claim "... and counted" grep -q 'probes_pending=2' out
	drop_ours
	age
	earlier
	claim "one that is two hours old is missing" answered 2 "[delivery.missing]"
	queue_settles
	earlier
	claim "... until a later one has arrived" answered 0 "the one before arrived"
	claim "... and stays counted as lost" grep -q 'probes_lost=2' out
	rm -rf state; drop_ours
	mkdir -m 700 state
	send 587 twice@example.test --arrives "$INBOX" $BOB --state-dir state
	queue_settles
	send 587 twice@example.test --arrives "$INBOX" $BOB --state-dir state
	claim "delivered twice" answered 1 "[delivery.duplicate]"
	rm -rf state; drop_ours
	claim "all as before" untouched
}

unsafe() {
	mkdir -m 700 state
	chmod 777 state
	earlier
	claim "a state directory that others may write" answered 3 "[client.state_file]"
	claim "... and nothing is sent" queue_empty
	chmod 700 state
	earlier
	truncate -s -5 "$(state_file)"
	earlier
	claim "a state file cut short" answered 3 "[client.state_file]"
	earlier
	claim "... is replaced" answered 0 "SMTP OK"
	ln -sf /etc/passwd "$(state_file)"
	earlier
	claim "a link in its place" answered 3 "[client.state_file]"
	claim "... is not followed" grep -q '^root:' /etc/passwd
	rm -rf state; drop_ours
}

# Every third of the system calls that a whole run makes, as "name number": the last of them is
# the exit.
system_calls() {
	strace -f -o calls "$@" >/dev/null 2>&1
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' calls | grep -vxE 'execve|exit|exit_group' |
		awk '{ print $1, ++n[$1] }' | awk 'NR % 3 == 0'
}

killed() {
	local call n dead=0 torn=0 argv
	argv=("$PROGRAMS/$SMTP" -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --from alice@example.test
		--rcpt bob@example.test --arrives "$INBOX" $BOB --state-dir state)
	mkdir -m 700 state
	remember
	earlier
	queue_settles
	system_calls "${argv[@]}" >points
	while read -r call n; do
		: >killed.out
		{ timeout 30 strace -f -o /dev/null -e "inject=$call:signal=KILL:when=$n" "${argv[@]}" >killed.out; } 2>/dev/null
		whole || torn=$((torn + 1))
		grep -q '^SMTP ' killed.out || dead=$((dead + 1))
	done <points
	claim "killed at $dead system calls (at least 100)" [ $dead -ge 100 ]
	claim "... the state file was whole each time" [ $torn = 0 ]
	queue_settles
	earlier
	claim "the next run knows what happened" answered 0 "SMTP OK"
	queue_settles
	earlier
	claim "... and the one after it" answered 0 "the one before arrived"
	queue_settles
	claim "of all those messages one lies there, the youngest" [ "$(ours | wc -l)" = 1 ]
	rm -rf state
	drop_ours
	claim "... and no other was touched" untouched
}

both_at_once() {
	local i
	mkdir -m 700 state
	for i in 1 2 3 4; do
		timeout 30 "$PROGRAMS/$SMTP" -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --from alice@example.test \
			--rcpt bob@example.test --arrives "$INBOX" $BOB --state-dir state >together.$i 2>&1 &
	done
	wait
	claim "four at once: each has its turn" [ "$(cat together.? | grep -c '^SMTP OK')" = 4 ]
	claim "... and the state file is whole" whole
	rm -rf state; drop_ours
}

# ---- push ----------------------------------------------------------------------------------

push() {
	remember
	expect "Dovecot: IDLE announces" 0 "IMAP OK" check_imap_tls -H $MAIL_HOST --ca-file "$CA_FILE" $(as bob) \
		--idle-test INBOX
	claim "... within seconds" grep -qE 'time_push=[0-4]\.' out
	claim "... and the message is gone" untouched
	expect "Cyrus: IDLE announces" 0 "IMAP OK" check_imap_tls -H cyrus.example.test --ca-file "$CA_FILE" \
		$(as alice) --idle-test INBOX
	expect "Courier without FAM looks once a minute" 2 "[mailbox.push]" check_imap_tls -H courier.example.test \
		--ca-file "$CA_FILE" $(as alice) --idle-test INBOX -t 6
	expect "... and holds no message of ours afterwards" 0 "hits=0" check_imap_tls -H courier.example.test \
		--ca-file "$CA_FILE" $(as alice) --search 'SUBJECT "Mail push check"'
	expect "later than the limit" 1 "[mailbox.push]" check_imap_tls -H $MAIL_HOST --ca-file "$CA_FILE" \
		$(as bob) --idle-test INBOX -w time_push=0.000001
	expect "a folder that is not there" 2 "[mailbox.missing]" check_imap_tls -H $MAIL_HOST --ca-file "$CA_FILE" \
		$(as bob) --idle-test Nowhere
	claim "all as before" untouched
}

# ---- what check_imap_tls remembers ------------------------------------------------------------

recreated() {
	local look=(check_imap_tls -H $MAIL_HOST --ca-file "$CA_FILE" $(as bob) --state-dir state)
	mkdir -m 700 state
	expect "UIDVALIDITY, first look" 0 "IMAP OK" "${look[@]}"
	expect "... the same at the second" 0 "IMAP OK" "${look[@]}"
	sed -i -E '1s/V[0-9]+/V77/' "$MAIL/bob/Maildir/dovecot-uidlist"
	rm -f "$MAIL"/bob/Maildir/dovecot.index*
	expect "... another one: the folder was made anew" 1 "[mailbox.recreated]" "${look[@]}"
	expect "... which is told for a while" 1 "to 77" "${look[@]}"
	rm -rf state
}

# Messages of others, so that there is something to be spared.
seed() {
	local n
	for n in 1 2 3; do
		printf 'From: test@example.test\nTo: bob@example.test\nSubject: other %d\n\nnot ours\n' $n \
			>"$MAIL/bob/Maildir/new/$(date +%s).M$n.other"
	done
	chown mail:mail "$MAIL"/bob/Maildir/new/*.other
}

run check_imap_tls -H $MAIL_HOST --ca-file "$CA_FILE" $(as bob)
seed
arrivals
trouble
envelope_alone
asynchronous
unsafe
both_at_once
lmtp_stopped
killed
push
recreated
finish
