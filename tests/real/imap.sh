#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_imap_tls against Dovecot, Cyrus and Courier: trust, mechanisms, states, cost, output.
# shellcheck disable=SC2046,SC2086 # options of as() are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot cyrus courier

IMAP=check_imap_tls
secrets alice bob full gone broken busy hash wrong

# ---- trust: nothing secret goes to a server that is not proven ----------------------------

trust() { # PORT
	local port=$1
	trust_in $IMAP IMAP "$port" name expired self_signed
	claim "$port: ... though it shows the connection" sh -c "grep -q 198.51.100.${ADDRESS##*.} '$DOVECOT_LOG'"
	expect "$port: by the name of the server" 0 "IMAP OK" $IMAP -H $MAIL_HOST -p "$port" \
		--ca-file "$CA_FILE" $(as alice)
	expect "$port: --ca-path, hashed directory" 0 "IMAP OK" $IMAP -H $MAIL_HOST -p "$port" \
		--ca-path "$CA_DIR/hashed" $(as alice)
}

exposure() {
	elsewhere
	expect "--insecure with a login is refused" 3 "[client.password_policy]" $IMAP -H "$ADDRESS" --insecure $(as alice)
	claim "... before any connection" no seen_at_server
	expect "--insecure without a login" 0 "IMAP OK" $IMAP -H "$ADDRESS" --insecure
	elsewhere
	expect "--cleartext with a login is refused" 3 "[client.password_policy]" $IMAP -H "$ADDRESS" --cleartext $(as alice)
	expect "without a login: capabilities and no more" 0 "IMAP OK" $IMAP -H $MAIL_HOST --ca-file "$CA_FILE"
	claim "... and says so" grep -qi "no login" out
	expect "implicit TLS where STARTTLS is spoken" 2 "[tls.plaintext_peer]" $IMAP -H $MAIL_HOST -p 143 --tls \
		--ca-file "$CA_FILE"
	expect "STARTTLS where TLS is at once" 2 "[tls.implicit_expected]" $IMAP -H $MAIL_HOST -p 993 --starttls \
		--ca-file "$CA_FILE" -t 3
	expect "nothing listens" 2 "[net.refused]" $IMAP -H $MAIL_HOST -p 994 --tls
}

# ---- mechanisms ----------------------------------------------------------------------------

proved() { [ "$(json 'd["endpoints"][0]["auth"]["server_proved"]')" = "True" ]; }
bound() { [ "$(json 'd["endpoints"][0]["auth"]["channel_binding"]')" = "$1" ]; }

password_mechanisms() {
	local mechanism
	for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 IMAP-LOGIN; do
		run $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --authtype $mechanism -o json
		claim "Dovecot: $mechanism" used $mechanism
		elsewhere
		expect "Dovecot: $mechanism, wrong password" 2 "[auth.credentials]" $IMAP "${AT[@]}" \
			-U alice --password-file wrong.pw --authtype $mechanism
		claim "... once, and no other mechanism after it" one_attempt
	done
	run $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) -o json
	claim "Dovecot: SCRAM-SHA-256 unless told otherwise" used SCRAM-SHA-256
	claim "... and the server proved that it knows the password" proved
	expect "Dovecot: password stored as SCRAM-SHA-256 only" 0 "IMAP OK" $IMAP -H $MAIL_HOST \
		--ca-file "$CA_FILE" $(as hash)
	expect "Dovecot: a mechanism it lacks" 2 "[auth.mechanism]" $IMAP -H $MAIL_HOST \
		--ca-file "$CA_FILE" $(as alice) --authtype SCRAM-SHA-256-PLUS
}

client_certificate() {
	local host=certificate.example.test
	run $IMAP -H $host --ca-file "$CA_FILE" --authtype EXTERNAL --client-cert "$CA_DIR/alice.pem" \
		--client-key "$CA_DIR/alice.key" -o json
	claim "EXTERNAL by client certificate" used EXTERNAL
	run $IMAP -H $host --ca-file "$CA_FILE" --authtype EXTERNAL
	claim "EXTERNAL without a certificate is not OK" no answered 0 OK
	claim "... and the run is sound" sound
	run $IMAP -H $host --ca-file "$CA_FILE" --authtype EXTERNAL --client-cert "$CA_DIR/mallory.pem" \
		--client-key "$CA_DIR/mallory.key"
	claim "EXTERNAL by a certificate of another root is not OK" no answered 0 OK
	claim "... and the run is sound" sound
}

tokens() {
	local key=$DOVECOT_WORLD/jwt-key mechanism
	"$TREE/tests/servers/token" "$key" alice 600 >good.token
	"$TREE/tests/servers/token" "$key" alice -60 >old.token
	"$TREE/tests/servers/token" "$CA_FILE" alice 600 >forged.token
	chmod 600 ./*.token
	for mechanism in OAUTHBEARER XOAUTH2; do
		run $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" -U alice --token-file good.token \
			--authtype $mechanism -o json
		claim "$mechanism by a JSON web token" used $mechanism
		elsewhere
		expect "$mechanism, forged token" 2 "[auth.token.refused]" $IMAP "${AT[@]}" -U alice \
			--token-file forged.token --authtype $mechanism
		elsewhere
		expect "$mechanism, token that has ended" 3 "[auth.token.expired]" $IMAP "${AT[@]}" -U alice \
			--token-file old.token --authtype $mechanism
		claim "... which is not sent" no login_tried
	done
	run $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" -U alice --token-file good.token -o json
	claim "a token means OAUTHBEARER" used OAUTHBEARER
}

# ---- other servers -------------------------------------------------------------------------

other_servers() {
	local server mechanism port
	for server in cyrus courier; do
		for port in 993 143; do
			expect "$server, $port" 0 "IMAP OK" $IMAP -H $server.example.test -p $port \
				--ca-file "$CA_FILE" $(as alice)
		done
		expect "$server: wrong password" 2 "[auth.credentials]" $IMAP -H $server.example.test \
			--ca-file "$CA_FILE" -U alice --password-file wrong.pw
		expect "$server: unknown root" 2 "[tls.cert.untrusted]" $IMAP -H $server.example.test $(as alice)
		expect "$server: no such folder" 2 "[mailbox.missing]" $IMAP -H $server.example.test \
			--ca-file "$CA_FILE" $(as alice) --folder NoSuch
	done
	for mechanism in SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN IMAP-LOGIN; do
		run $IMAP -H cyrus.example.test --ca-file "$CA_FILE" $(as alice) --authtype $mechanism -o json
		claim "Cyrus: $mechanism" used $mechanism
	done
	claim "Cyrus: PLAIN, whatever reaches it in one piece" eight_times -H cyrus.example.test \
		--ca-file "$CA_FILE" $(as alice) --authtype PLAIN
	for mechanism in SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS; do
		run $IMAP -H cyrus.example.test --ca-file "$CA_FILE" $(as alice) --authtype $mechanism \
			--tls-max 1.2 -o json
		claim "Cyrus: $mechanism over TLS 1.2" used $mechanism
		claim "... bound by tls-unique" bound tls-unique
	done
}

# Cyrus refuses commands sent behind AUTHENTICATE when they arrive together with it.
eight_times() {
	local round
	for round in {1..8}; do
		run $IMAP "$@"
		answered 0 "IMAP OK" || { echo "run $round"; return 1; }
	done
}

# ---- states of accounts and mailboxes ------------------------------------------------------

accounts() {
	expect "full mailbox" 2 "[quota.near]" $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as full)
	elsewhere
	expect "disabled account" 2 "[auth.disabled]" $IMAP "${AT[@]}" $(as gone)
	claim "... with the administrator's words" grep -q Account_is_disabled out
	expect "broken store" 2 "IMAP CRITICAL" $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as broken)
	claim "... which is not the password's fault" no grep -q '\[auth\.' out
	expect "no such folder" 2 "[mailbox.missing]" $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) \
		--folder NoSuch
	run $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) --special-use junk,sent -o json
	claim "messages are counted" [ "$(json 'd["metrics"]["messages"]["value"]')" = 3 ]
	claim "special folders are found" [ "$STATUS" = 0 ]
	expect "a limit on messages" 1 "messages" $IMAP -H $MAIL_HOST --ca-file "$CA_FILE" $(as alice) \
		-w messages=2
}

# Another client holds a connection as busy; at this address Dovecot allows a user one.
connection_limit() {
	local host=192.0.2.11
	coproc HOLD { timeout 30 openssl s_client -quiet -connect $host:993 2>/dev/null; }
	echo "a LOGIN busy busypw" >&"${HOLD[1]}"
	local line
	while read -r -t 10 line <&"${HOLD[0]}" && [[ $line != "a OK"* ]]; do :; done
	expect "connection limit" 1 "[limit.connections]" $IMAP -H $host --verify-name $MAIL_HOST \
		--ca-file "$CA_FILE" $(as busy)
	kill "$HOLD_PID"
	wait "$HOLD_PID" 2>/dev/null
}

# ---- one deadline --------------------------------------------------------------------------

# A greeting, a byte each half second: each read succeeds, the deadline counts all the same.
deadline() {
	local port=1143
	python3 - $port "$CA_DIR/server.pem" "$CA_DIR/server.key" 2>drip.err <<-'END' &
		import socket, ssl, sys, threading, time
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain(sys.argv[2], sys.argv[3])
		def drip(connection, wrap):
		    try:
		        if wrap:
		            connection = context.wrap_socket(connection, server_side=True)
		        for byte in b"* OK " + b"x" * 60:
		            connection.sendall(bytes([byte]))
		            time.sleep(0.5)
		    except OSError:
		        pass
		def serve(port, wrap):
		    listener = socket.create_server(("192.0.2.60", port))
		    while True:
		        threading.Thread(target=drip, args=(listener.accept()[0], wrap), daemon=True).start()
		threading.Thread(target=serve, args=(int(sys.argv[1]), True), daemon=True).start()
		serve(int(sys.argv[1]) + 1, False)
	END
	DRIP=$!
	sleep 0.5
	expect "dripping greeting under TLS" 2 "[net.timeout.greeting]" $IMAP -H 192.0.2.60 -p $port --tls \
		--verify-name $MAIL_HOST --ca-file "$CA_FILE" -t 3
	claim "... ends within 3.25 s (took $ELAPSED ms)" between 2900 "$ELAPSED" 3250
	expect "dripping greeting before STARTTLS" 2 "[net.timeout.greeting]" $IMAP -H 192.0.2.60 \
		-p $((port + 1)) --starttls --ca-file "$CA_FILE" -t 3
	claim "... ends within 3.25 s (took $ELAPSED ms)" between 2900 "$ELAPSED" 3250
	expect "-t 3:unknown names another state" 3 "[net.timeout.greeting]" $IMAP -H 192.0.2.60 -p $port \
		--tls --verify-name $MAIL_HOST --ca-file "$CA_FILE" -t 3:unknown
	kill $DRIP
}

# ---- lost output ---------------------------------------------------------------------------

HEALTHY=(-H "$MAIL_HOST" --ca-file "$CA_FILE" -U alice --password-file alice.pw)

# Eight ways to lose what was said; each must end with 3.
lost() { # TEXT SHELL-COMMAND, in which "$@" is a healthy run
	local text=$1
	timeout -k 1 30 bash -c "$2" bash "$PROGRAMS/$IMAP" "${HEALTHY[@]}" 2>err
	STATUS=$?
	: >out
	echo "$2" >asked
	claim "lost output: $text" [ $STATUS = 3 ]
}

lost_output() {
	mkdir -p tiny
	mount -t tmpfs -o size=4k tmpfs tiny && head -c 4096 /dev/zero >tiny/full
	lost "disk full" 'exec "$@" >/dev/full'
	lost "disk full, JSON" 'exec "$@" -o json >/dev/full'
	lost "closed" 'exec "$@" >&-'
	lost "nobody reads the pipe" 'set -o pipefail; { sleep 0.3; "$@"; } | exec true'
	lost "opened for reading only" 'exec "$@" 1</dev/null'
	lost "file at its size limit" 'ulimit -f 0; exec "$@" >limited'
	lost "no room in the file system" 'exec "$@" >>tiny/full'
	lost "input/output error" 'exec strace -f -o /dev/null -e inject=write:error=EIO:when=1+ "$@" >file'
	umount tiny
}

# ---- JSON ----------------------------------------------------------------------------------

documents() {
	run $IMAP --json-schema
	claim "--json-schema ends with 0" [ $STATUS = 0 ]
	mv out schema.json
	run $IMAP "${HEALTHY[@]}" -o json
	mv out ok.json
	run $IMAP -H $MAIL_HOST $(as alice) -o json
	mv out untrusted.json
	elsewhere
	run $IMAP "${AT[@]}" -U alice --password-file wrong.pw -o json
	mv out refused.json
	run $IMAP -o json
	mv out usage.json
	: >out
	claim "JSON fits the schema, and a changed document does not" python3 "$REAL/schema.py" schema.json \
		ok.json untrusted.json refused.json usage.json
}

# ---- cost ----------------------------------------------------------------------------------

# The CA in the system's own hashed directory, in a mount namespace of its own, and no --ca-file.
# A busy machine tears a server's flight in two, which costs a read more: the least of some runs counts.
system_store() {
	local least=999
	echo "strace check_imap_tls, system store" >asked
	export -f trust_root
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2016 # expanded by the inner shell
		MAIL_PASSWORD=alicepw timeout 30 unshare --mount bash -c 'trust_root "$1"; shift; exec "$@"' \
			bash "$CA_FILE" strace -f -o trace "$PROGRAMS/$IMAP" -H 192.0.2.10 \
			--verify-name $MAIL_HOST -U alice --password-env MAIL_PASSWORD --authtype PLAIN >out 2>err
		STATUS=$?
		[ "$STATUS" = 0 ] || break
		[ "$(calls)" -ge "$least" ] || least=$(calls)
		[ "$least" -gt 140 ] || break
	done
	claim "system store: verified login" answered 0 "IMAP OK"
	claim "... one execve" [ "$(grep -c 'execve(' trace)" = 1 ]
	claim "... no fork, no thread" no grep -qE '(fork|vfork|clone3?)\(' trace
	claim "... at most 140 system calls ($least)" [ "$least" -le 140 ]
	claim "... the bundle is not opened" no grep -q 'ca-certificates.crt\|cert\.pem' trace
	claim "... and the directory is" grep -qE '/certs/[0-9a-f]{8}\.0", O_RDONLY' trace
}

# What the statements above look for is found where it must be.
trace_controls() {
	strace -f -o trace "$PROGRAMS/$IMAP" -H 192.0.2.10 --verify-name $MAIL_HOST -U alice \
		--password-command "/bin/cat alice.pw" --ca-file /etc/ssl/certs/ca-certificates.crt >out 2>err
	claim "control: a trace shows the bundle when it is asked for" grep -q 'ca-certificates.crt' trace
	claim "control: a trace shows the child of --password-command" grep -qE '(fork|vfork|clone3?)\(' trace
}
# The set-up of the sandbox apart.
calls() { grep -vcE 'resumed|\+\+\+|---| (prctl\(|seccomp\(|landlock_|prlimit64\(0, RLIMIT_CORE)' trace; }

instructions() { # COMMAND...: of one run, in CALLGRIND
	CALLGRIND=$(timeout 120 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >out |
		sed -n 's/.*Collected : //p')
}

cost() {
	local peer=/usr/lib/nagios/plugins/check_simap ours theirs
	instructions $peer -H 192.0.2.10 -p 993 -E -s 'a LOGIN alice alicepw\r\nb EXAMINE INBOX\r\n' \
		-e 'b OK' -q 'c LOGOUT'
	theirs=$CALLGRIND
	claim "check_simap says OK to the same dialog" grep -q "OK" out
	instructions "$PROGRAMS/$IMAP" -H 192.0.2.10 --verify-name $MAIL_HOST --ca-file "$CA_FILE" \
		-U alice --password-file alice.pw --authtype IMAP-LOGIN
	ours=$CALLGRIND
	claim "callgrind counts a healthy run" grep -q "IMAP OK" out
	claim "instructions: $ours, at most 1.05 x check_simap's $theirs" \
		between 1 "${ours:-0}" $((${theirs:-0} * 105 / 100))
}

# ---- a sixth program -----------------------------------------------------------------------

# A copy of the tree with one file more must build it, with what is built already at hand.
sixth_program() {
	mkdir -p sixth/build
	cp -a "$TREE"/{Makefile,common,plugins} sixth/
	cp -a "$TREE/build/release" sixth/build/release
	cp "$REAL/check_sixth.c" sixth/plugins/check_sixth.c
	make -s -C sixth WERROR=1 build/release/check_sixth >out 2>err
	STATUS=$?
	claim "one new file builds a sixth program" [ $STATUS = 0 ]
	local program=sixth/build/release/check_sixth
	claim "... which says OK" sh -c "$program -H localhost | grep -q '^SIXTH OK - localhost: the host is at home'"
	claim "... and CRITICAL" sh -c "$program -H elsewhere | grep -q '^SIXTH CRITICAL - elsewhere: nobody is at home \[net.refused\]'"
	claim "... with the shared options" sh -c "$program -H localhost -o json | grep -q '\"plugin\":\"check_sixth\"'"
}

trust 993
trust 143
exposure
password_mechanisms
client_certificate
tokens
other_servers
accounts
connection_limit
deadline
lost_output
documents
system_store
trace_controls
cost
sixth_program
finish
