#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# mailvitals doctor on a mail world of its own: scripted servers and a name server on loopback.
# problem: A2 A3 A7
. "$(dirname "$0")/common"
[ -x "$PROGRAMS/run_case" ] || broken "build/release/run_case is missing: make run_case"
world
secrets anna

# Only what this test started, by its id.
stop() {
	end_peers
	[ ${#PEERS[@]} = 0 ] || wait "${PEERS[@]}" 2>/dev/null
	PEERS=()
}

# mail_world IMAP SMTP: the domain mail.test with servers that play these scripts ("-": nothing
# listens there). Sets DOCTOR to the options that lead there.
mail_world() {
	local service case
	stop
	: >zone
	: >roots.pem
	for service in imaps:$1 submissions:$2; do
		case=${service#*:}
		service=${service%:*}
		begin "$service" "$PROGRAMS/run_case" --serve "$REAL/doctor/${case/#-/imap}.case" 0
		cat "$CA" >>roots.pem
		[ "$case" != - ] || stop
		echo "_$service._tcp.mail.test SRV 0 1 $PORT mail.test" >>zone
	done
	printf '%s\n' "_pop3s._tcp.mail.test SRV 0 0 0 ." "mail.test MX 10 mail.test" "mail.test A 127.0.0.1" >>zone
	begin names "$REAL/zone.py" zone
	DOCTOR=(doctor anna@mail.test --resolver "127.0.0.1@$PORT" --resolve mail.test:127.0.0.1
		--ca-file roots.pem --skip mx -t 12)
}
LOGIN=(--password-file anna.pw)

# ---- five faults, five first sentences ------------------------------------------------------

mail_world imap smtp
expect "all is well" 0 "MAIL OK - anna@mail.test: sending and receiving work" mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... SMTP works" says "SMTP mail.test:"
claim "... with the mailbox" says "login as anna@mail.test, INBOX 214 messages"
claim "... POP3 is not offered, by the domain's own word" grep -qE "^POP3 +not offered$" out
claim "... the password is nowhere" no grep -q annapw out
expect "without a secret no login is tried" 0 "MAIL OK" mailvitals "${DOCTOR[@]}"
claim "... and it says so" grep -qi "no login" out

mail_world imap smtp-off
expect "only sending is broken" 2 "anna@mail.test: receiving works, sending fails: " mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... is what the id says" answered 2 "[account.only_sending]"
claim "... and what that means" says "why:  receiving works, so provider and network are up: it is this one service"
claim "... the cause is named" says "[auth.protocol_off]"
claim "... with the server's words" says 'said: "535 5.7.139'
claim "... IMAP works" grep -qE '^IMAP mail\.test:[0-9]+ +works' out

mail_world imap-off smtp
expect "only receiving is broken" 2 "anna@mail.test: sending works, receiving fails: " mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... is what the id says" answered 2 "[account.only_receiving]"
claim "... and what that means" says "why:  sending works, so provider and network are up: it is this one service"
claim "... the cause is named" says "[auth.protocol_off]"

mail_world imap-down smtp-down
expect "both are broken" 2 "anna@mail.test: sending and receiving fail: " mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... is what the id says" answered 2 "[account.everything]"
claim "... and who is the provider" says "who:  provider"

mail_world - -
expect "nothing listens" 2 "[account.everything]" mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"

mail_world imap-expired smtp-expired
expect "the certificate is over" 2 "sending and receiving fail: one cause of 3: certificate expired" mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... is what the id says" answered 2 "[account.one_cause]"
claim "... the cause is named" says "[tls.cert.expired]"
expect "--state reaches the checks" 1 "[account.one_cause]" mailvitals "${DOCTOR[@]}" --state tls.cert.expired=warning

# A port that drops connections, once for each of SMTP and IMAP, beside a web server that answers.
blocked() { # OPEN...
	stop
	begin silent "$REAL/silent.py" 2 "$@"
	# shellcheck disable=SC2086 # two ports
	set -- $SILENT
	printf '%s\n' "_submissions._tcp.mail.test SRV 0 1 $1 mail.test" "_imaps._tcp.mail.test SRV 0 1 $2 mail.test" \
		"_pop3s._tcp.mail.test SRV 0 0 0 ." "mail.test MX 10 mail.test" "mail.test A 127.0.0.1" >zone
	begin names "$REAL/zone.py" zone
	DOCTOR=(doctor anna@mail.test --resolver "127.0.0.1@$PORT" --ca-file roots.pem --skip mx --skip cert -t 6)
}
blocked 443
expect "mail ports are blocked from here, the web is not" 2 "sending and receiving fail: their ports are blocked on the way from here: " \
	mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... is what the id says" answered 2 "[account.network_here]"
claim "... and the keeper of this machine acts" says "who:  monitor"
claim "... the other network is the next step" says "next: here: the same from a mobile network"
blocked
expect "nothing answers at all" 2 "[account.everything]" mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "... and nobody here is accused" says "who:  provider"

stop
begin silent "$REAL/silent.py" 1 443 25
expect "port 25 is dropped" 2 "port 25 is dropped on the way [net.timeout.connect]" check_smtp_submit -H 127.0.0.1 -p 25 -t 1
claim "... which providers do" says "why:  outgoing port 25 is dropped by this network or its provider"
claim "... and users send elsewhere" says "next: here: use port 465 or 587"
stop
begin silent "$REAL/silent.py" 1
expect "another port is dropped" 2 "port $PORT is dropped on the way [net.timeout.connect]" check_smtp_submit \
	-H 127.0.0.1 -p "$PORT" -t 1
claim "... for which 465 is no way out" no grep -q "use port 465" out
stop
printf 'mail.test SERVFAIL\nother.test A 127.0.0.1\n. A 127.0.0.1\n' >zone
begin names "$REAL/zone.py" zone
expect "the DNS of the domain is broken" 2 "sending and receiving fail: one cause of 3: resolve smtp.mail.test: SERVFAIL" \
	mailvitals doctor anna@mail.test --resolver "127.0.0.1@$PORT" --skip mx -t 12 "${LOGIN[@]}"
claim "... is one cause" answered 2 "[account.one_cause]"
claim "... whose fault it is" says "SERVFAIL; other names are answered: its zone is at fault [dns.servfail]"
claim "... for the keeper of the zone" says "who:  dns"
expect "the domain does not exist" 2 "gone.test" mailvitals doctor gone.test --resolver "127.0.0.1@$PORT" -t 12
claim "... which the look at the domain says" says "[mx.domain_missing]"

mail_world imap smtp
stop
expect "no name server" 3 "sending and receiving could not be checked: one cause of 3: " mailvitals doctor anna@mail.test \
	--resolver "127.0.0.1@1" --skip mx -t 12 "${LOGIN[@]}"
claim "... is one cause" answered 3 "[account.one_cause]"
claim "... and nobody is accused but this machine" says "who:  monitor"

# ---- the door ---------------------------------------------------------------------------------

prints() { [ "$STATUS" = "$1" ] && [ ! -s err ] && grep -qF -- "$2" out; }
door() { # TEXT CODE WORDS ARGUMENT...
	local text=$1 code=$2 words=$3
	shift 3
	run mailvitals "$@"
	claim "$text" prints "$code" "$words"
}
door "help" 0 "usage: mailvitals COMMAND" help
door "--help" 0 "usage: mailvitals COMMAND" --help
door "help of a command" 0 "--folder" help imap
door "help of none" 3 "no such command" help fax
door "version" 0 "mailvitals 1." version
door "--version" 0 "mailvitals 1." --version
door "no command" 3 "usage: mailvitals COMMAND"
door "an unknown command" 3 "usage: mailvitals COMMAND" fax
door "findings" 0 "tls.cert.expired" findings
door "findings as JSON" 0 '"tls.cert.expired"' findings -o json
door "findings as a page" 0 ".Dt MAILVITALS-FINDINGS 7" findings --man
door "metrics" 0 "cert_days" metrics
door "metrics as JSON" 0 '"cert_days"' metrics -o json
door "explain an id" 0 "tls.cert.expired" explain tls.cert.expired
door "explain a reply, without quotes" 0 "[CRITICAL]" explain 535 5.7.8 Error: authentication failed
door "explain an id as a line of output shows it" 0 "auth.app_password - " explain \
	'IMAP CRITICAL - mail.test:993: login refused: "NO [ALERT] Application" [auth.app_password] (+1 more)'
door "explain an id as the JSON output shows it" 0 "tls.cert.name - " explain tls.cert.name@mail.test:993/127.0.0.1
door "explain a threshold" 0 "threshold." explain threshold.junk
door "explain a branch: what is below it" 0 "tls.cert.chain.expired " explain tls.cert
door "explain a mistyped id: nothing is known" 3 "nothing is known" explain tls.cert.expird
claim "... but what stands beside it" says "tls.cert.expired "
for page in check_imap_tls check_smtp_submit check_pop3 check_cert_expiry check_mx_rbl mailvitals "mailvitals doctor" "mailvitals findings"; do
	# shellcheck disable=SC2086 # a command may follow
	run $page --man
	# Of pages that are not installed it says so; of databases of other packages too.
	mandoc -Tlint out 2>&1 | grep -vE "referenced manual not found|outdated mandoc.db" >lint
	claim "the page of $page is good mdoc" [ ! -s lint ]
	claim "... and no macro stands among its words" no grep -qE "[a-z,] \.[A-Z][a-z] " out
done
door "explain what nobody knows" 3 "nothing is known" explain qqqq zzzz
for command in imap:check_imap_tls smtp:check_smtp_submit pop3:check_pop3 cert:check_cert_expiry mx:check_mx_rbl; do
	door "$command: a check keeps its exit codes" 3 "${command#*:} (mailvitals)" "${command%:*}" --version
done
expect "a check through the door" 3 "IMAP UNKNOWN" mailvitals imap --nonsense
for shell in bash zsh fish; do
	door "completion for $shell" 0 mailvitals --completion $shell
done
door "completion for another shell" 3 "bash, zsh or fish" --completion csh
run mailvitals --completion bash
claim "completion is bash" bash -n out

# ---- what else it promises -------------------------------------------------------------------

mail_world imap smtp
run mailvitals "${DOCTOR[@]}" "${LOGIN[@]}" -o json
claim "JSON: the checks are inside" [ "$(json 'sorted(c["plugin"] for c in d["checks"])')" = \
	"['check_cert_expiry', 'check_imap_tls', 'check_smtp_submit']" ]
claim "JSON: each has its own verdict" [ "$(json '[c["exit_code"] for c in d["checks"]]')" = "[0, 0, 0]" ]
claim "JSON: the target" [ "$(json 'd["target"]["service"] + " " + d["target"]["user"]')" = "doctor anna@mail.test" ]
claim "JSON: the schema holds" sh -c "'$PROGRAMS/check_imap_tls' --json-schema >schema.json && python3 '$REAL/schema.py' schema.json out"
claim "JSON: the password is nowhere" no grep -q annapw out
mail_world imap-off smtp
run mailvitals "${DOCTOR[@]}" "${LOGIN[@]}" -o json
advised() { json 'all(len(f["why"]) and len(f["next"]) and f["who"] and f["message"] for c in [d] + d["checks"] for f in c["findings"])'; }
claim "JSON of a failing run: meaning, causes, next steps and who, in each finding" [ "$(advised)" = True ]
claim "JSON of a failing run: the finding" [ "$(json 'd["findings"][0]["finding"] + " " + d["findings"][0]["who"]')" = "account.only_receiving owner" ]
claim "JSON of a failing run: the cause stands in its check" [ "$(json '[f["finding"] for c in d["checks"] for f in c["findings"]]')" = "['auth.protocol_off']" ]
claim "JSON of a failing run: the schema holds" python3 "$REAL/schema.py" schema.json out
for how in "" -v "-v -v -v" "-o json" "-o openmetrics"; do
	# shellcheck disable=SC2086 # options
	run mailvitals "${DOCTOR[@]}" "${LOGIN[@]}" $how
	claim "the password is nowhere${how:+ with $how}" no grep -qE "annapw|$(printf '\0anna@mail.test\0annapw' | base64)" out
done

# ---- on a terminal ----------------------------------------------------------------------------

mail_world imap smtp
run mailvitals "${DOCTOR[@]}" "${LOGIN[@]}"
claim "no progress where nobody looks" no grep -qF -- "checks done" out
terminal() { # NAME=VALUE...: like run, on a terminal: raw has every byte, seen what is left on it
	rm -f raw seen
	touch raw seen
	timeout -k 1 30 env "$@" TERM=xterm "$REAL/terminal.py" raw seen "$PROGRAMS/mailvitals" "${DOCTOR[@]}" "${LOGIN[@]}" >out 2>err
	STATUS=$?
}
terminal
claim "on a terminal it says what it does" grep -qF "looking for the services" raw
claim "... and how far it has come" grep -qF "3 of 3 checks done" raw
claim "... the end has the same code" [ "$STATUS" = 0 ]
claim "... and begins with the verdict" [ "$(head -c 9 seen)" = "MAIL OK -" ]
claim "... nothing of the progress is left" no grep -qE "checks done|looking for" seen
claim "... the rest of the page stands" grep -qE "^IMAP mail\.test:[0-9]+ +works, login as" seen
claim "... in colour" grep -qF $'\e[1;32mOK' raw
terminal NO_COLOR=1
claim "... unless NO_COLOR" no grep -qF $'\e[1;32mOK' raw
terminal COLUMNS=80
claim "... the password is nowhere" no grep -q annapw raw

# ---- what is asked of it ----------------------------------------------------------------------

mail_world imap smtp
run mailvitals "${DOCTOR[@]}" --only imap
claim "--only imap: SMTP is not spoken of" no grep -q '^SMTP' out
claim "--only imap: OK" answered 0 "MAIL OK - anna@mail.test: receiving works"
expect "the domain itself is looked at" 2 "[account.one_cause]" mailvitals doctor mail.test --only mx \
	--resolver "127.0.0.1@$PORT" -t 12
claim "... and its fault is named" says "MX   mail.test  fails: MX mail.test has the address 127.0.0.1"
run mailvitals "${DOCTOR[@]}" "${LOGIN[@]}" -o openmetrics
claim "OpenMetrics: the state" grep -qF 'mailvitals_state{check="doctor",target="anna@mail.test"} 0' out
printf 'annapw\n' >given
exec 7<given
expect "--password-fd serves all checks" 0 "MAIL OK" mailvitals "${DOCTOR[@]}" --password-fd 7
exec 7<&-
for line in "$(grep ^_imaps zone)" "$(grep ^_submissions zone)"; do
	echo "${line/.mail.test SRV/.elsewhere.test SRV}" >>zone
done
begin others "$REAL/zone.py" zone
AWAY=(doctor anna@elsewhere.test --resolver "127.0.0.1@$PORT" --resolve mail.test:127.0.0.1
	--ca-file roots.pem --only imap,smtp -t 12)
expect "SRV leads out of the domain: no secret goes there" 3 "[client.password_policy]" \
	mailvitals "${AWAY[@]}" "${LOGIN[@]}"
claim "... and no login was tried" no grep -q "login as" out
claim "... the next step is an option" says "next: here: if mail.test is the right server: --verify-name mail.test"
expect "... by the user's word it does" 0 "sending and receiving work" mailvitals "${AWAY[@]}" \
	"${LOGIN[@]}" --verify-name mail.test
claim "... with a login" says "login as anna@elsewhere.test"
expect "... without a secret nothing is held back" 0 "MAIL OK" mailvitals "${AWAY[@]}"
expect "a domain without mail" 3 "[account.no_service]" mailvitals doctor nothing.test \
	--resolver "127.0.0.1@$PORT" --skip mx -t 12
expect "--skip leaves out what it names" 0 "MAIL OK - anna@mail.test: sending works" mailvitals "${DOCTOR[@]}" --skip imap
claim "... IMAP is not spoken of" no grep -q '^IMAP' out
for bad in anna@ anna @ 'anna@mail test' anna@mail..test 'anna@-x.test' 127.0.0.1 "anna@$(printf 'a%.0s' {1..70}).test" ''; do
	expect "a bad address is refused: '$bad'" 3 "[client.usage]" mailvitals doctor "$bad" -t 3
done
expect "no address is refused" 3 "[client.usage]" mailvitals doctor
expect "two are" 3 "[client.usage]" mailvitals doctor a.test b.test
sed 's/mail\.test/xn--mnchen-3ya.test/; s/ mail\.test$/ mail.test/' zone >idn.zone
echo "mail.test A 127.0.0.1" >>idn.zone
begin idn "$REAL/zone.py" idn.zone
expect "a domain with letters beyond ASCII" 0 "MAIL OK - münchen.test: sending and receiving work" mailvitals doctor münchen.test \
	--resolver "127.0.0.1@$PORT" --ca-file roots.pem --only imap,smtp -t 12
expect "--port is refused" 3 "[client.usage]" mailvitals doctor mail.test -p 993
expect "an unknown check is refused" 3 "[client.usage]" mailvitals doctor mail.test --only ftp
finish
