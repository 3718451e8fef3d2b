#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# DANE: every state of TLSA records in a signed zone, before Postfix and Dovecot. Three others
# judge the same: posttls-finger (STARTTLS, port 25), ldns-dane and danetool (TLS at once, 465).
# Where they differ from us the reason stands in the line, and the difference is a statement.
# shellcheck disable=SC2016,SC2086,SC2094 # $ORIGIN is the zone file's; lists are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
# fault: x65 d8 d20b
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
ZONE=dane.example
PLACE=/mnt/servers
NOW=127.0.0.21 NEXT=127.0.0.22 EXPIRED=127.0.0.23 BOTH=127.0.0.24 ANCHOR=127.0.0.25
OTHER=127.0.0.26 SELF=127.0.0.27
export NAMES="DNS:*.$ZONE,DNS:*.plain.example"

# ---- servers --------------------------------------------------------------------------------

# chain NAME KEY LEFT [CERTIFICATE...]: $PLACE/NAME.chain, key first, with middle behind the leaf
chain() {
	ISSUER=middle aged "$1" "$2" "$3"
	cat "$1.key" "$1.pem" middle.pem "${@:4}" >"$PLACE/$1.chain"
}

certificates() {
	authorities
	chain now ec 80
	chain next ec 85
	chain expired ec -5
	chain rsa rsa 60
	chain anchor ec 70 ca.pem
	NAMES=DNS:elsewhere.example chain misnamed ec 75
	leaf self ec 80
	openssl x509 -req -in self.csr -signkey self.key -days 80 -extfile self.ext -out self.pem 2>/dev/null
	cat self.key self.pem >$PLACE/self.chain
}

mail_servers() {
	local entry tls
	for entry in $NOW:now $NEXT:next $EXPIRED:expired $BOTH:now,rsa $ANCHOR:anchor \
		$OTHER:misnamed $SELF:self; do
		tls=$PLACE/${entry#*:}.chain
		tls="-o smtpd_tls_chain_files=${tls//,/.chain,$PLACE/}"
		echo "${entry%:*}:25 inet n - n - 5 smtpd -o smtpd_tls_security_level=may $tls"
		echo "${entry%:*}:465 inet n - n - 5 smtpd -o smtpd_tls_wrappermode=yes $tls"
	done | postfix_files $PLACE/postfix
	peer postfix -c $PLACE/postfix/etc start-fg
	dovecot_files $PLACE/dovecot <<-END
		protocols = imap
		listen = $NOW
		ssl = yes
		ssl_cert = <$PLACE/now.chain
		ssl_key = <$PLACE/now.chain
	END
	peer dovecot -F -c $PLACE/dovecot/conf
}

# ---- names ----------------------------------------------------------------------------------

spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | digest "${2:-}"; }
whole() { openssl x509 -in "$1" -outform DER | digest; }
key_bytes() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | hex; }
hex() { xxd -p | tr -d '\n'; }
digest() { openssl dgst -r "-${1:-sha256}" | cut -d' ' -f1; }

zone_head() { printf '$ORIGIN %s.\n$TTL 60\n@ SOA ns h 1 3600 900 86400 60\n@ NS ns\nns A 127.0.0.1\n' "$1"; }
# host NAME ADDRESS RECORD...: it, and its records for the ports 25, 465 and 993
host() {
	local name=$1 port record
	echo "$name A $2"
	shift 2
	for port in 25 465 993; do
		for record; do echo "_$port._tcp.$name TLSA $record"; done
	done
}

hosts() {
	local now next ca middle
	now="3 1 1 $(spki now.pem)" next="3 1 1 $(spki next.pem)"
	ca=$(whole ca.pem) middle=$(spki middle.pem)
	host key $NOW "$now"
	host cert $NOW "3 0 1 $(whole now.pem)"
	host sha512 $NOW "3 1 2 $(spki now.pem sha512)"
	host other $NOW "$next"
	host before $NOW "$now" "$next"
	host after $NEXT "$now" "$next"
	host agility $NOW "$now" "3 1 2 $(spki next.pem sha512)"
	host usage1 $NOW "1 1 1 $(spki now.pem)"
	host usage0 $NOW "0 0 1 $ca"
	host middle $NOW "2 1 1 $middle"
	host unsent $NOW "2 0 1 $ca"
	host unsentkey $NOW "2 1 1 $(spki ca.pem)"
	host full $NOW "2 0 0 $(openssl x509 -in ca.pem -outform DER | hex)"
	host sent $ANCHOR "2 0 1 $ca"
	host sentkey $ANCHOR "2 1 1 $(spki ca.pem)"
	host stranger $ANCHOR "2 0 1 $(whole other.pem)"
	host none $NOW
	host broken $NOW "$now"
	host expired $EXPIRED "3 1 1 $(spki expired.pem)"
	host both $BOTH "$now" "3 1 1 $(spki rsa.pem)"
	host half $BOTH "$now"
	host otherhalf $BOTH "3 1 1 $(spki rsa.pem)"
	host damaged $NOW "3 1 1 00"
	host fullkey $NOW "2 1 0 $(key_bytes ca.pem)"
	host strangekey $NOW "2 1 0 $(key_bytes other.pem)"
	host wild $NOW
	echo "*._tcp.wild TLSA $now"
	echo "alias CNAME key"
	echo "own CNAME none"
	for port in 25 465; do echo "_$port._tcp.own TLSA $now"; done
	echo "away CNAME key.plain.example."
	for port in 25 465; do echo "_$port._tcp.away TLSA $now"; done
	host misnamed $OTHER "3 1 1 $(spki misnamed.pem)"
	host self $SELF "3 1 1 $(spki self.pem)"
	host nodes $NOW "$now"
	echo "nodes A $NEXT"
	echo "@ MX 10 key"
	echo "@ MX 20 other"
}

name_servers() {
	local key
	{ zone_head $ZONE && hosts; } >$ZONE.zone
	{ zone_head plain.example && host key $NOW "3 1 1 $(spki now.pem)"; } >plain.example
	key=$(ldns-keygen -a ECDSAP256SHA256 -k $ZONE)
	ldns-signzone -n -f $ZONE $ZONE.zone "$key"
	mv "$key.ds" anchor.ds
	# one record is changed behind its signature
	sed -i "s/^\(_[0-9]*._tcp.broken.*TLSA.3 1 1 \)..../\1beef/" $ZONE
	cat >nsd.conf <<-END
		server:
		  ip-address: 127.0.0.1@54
		  username: ""
		  zonesdir: "$PWD"
		  database: ""
		  pidfile: "$PWD/nsd.pid"
		  xfrdfile: "$PWD/xfrd"
		  zonelistfile: "$PWD/zones"
		remote-control:
		  control-enable: no
		zone:
		  name: $ZONE
		  zonefile: $ZONE
		zone:
		  name: plain.example
		  zonefile: plain.example
	END
	cat >unbound.conf <<-END
		server:
		  interface: 127.0.0.1@53
		  do-daemonize: no
		  username: ""
		  chroot: ""
		  use-syslog: no
		  pidfile: "$PWD/unbound.pid"
		  do-not-query-localhost: no
		  trust-anchor-file: "$PWD/anchor.ds"
		  module-config: "validator iterator"
		remote-control:
		  control-enable: no
		stub-zone:
		  name: $ZONE
		  stub-addr: 127.0.0.1@54
		stub-zone:
		  name: plain.example
		  stub-addr: 127.0.0.1@54
	END
	peer nsd -d -c nsd.conf
	peer unbound -d -c unbound.conf
	# for posttls-finger and ldns-dane; danetool's library looks for its anchor there
	resolv "nameserver 127.0.0.1" "options trust-ad"
	mount --bind anchor.ds /usr/share/dns/root.key
}

mkdir -p $PLACE
certificates
mail_servers
name_servers >>peers.log 2>&1
for port in 53 54 25 465 993; do listening $port || broken "nobody listens at port $port"; done


# ---- the table ------------------------------------------------------------------------------

# Each in a word: match, mismatch, unusable, none, error.
by_postfix() { # HOST
	timeout 20 posttls-finger -c -l dane -o dnssec_probe=ns:$ZONE -t 5 -T 5 -F ca.pem "[$1]:25" >theirs 2>&1
	word "TLSA lookup error|TLSA lookup failed|error looking up TLSA" error "unusable TLSA|unsupported TLSA" unusable \
		"no matching DANE" mismatch "Matched DANE" match "Verified TLS|Trusted TLS" none
}
by_ldns() {
	timeout 20 ldns-dane -4 -f ca.pem verify "$1" 465 >theirs 2>&1
	word bogus error "unusable TLSA" unusable "did not dane-validate" mismatch "dane-validated" match "PKIX-validated" none
}
by_gnutls() {
	timeout 20 danetool --check "$1" --port 465 --local-dns >theirs 2>&1 </dev/null
	word "bogus|DNSSEC" error "Verification failed" mismatch "Certificate matches" match "No DANE data" none
}
word() { # PATTERN WORD...: the first that their words match
	while [ $# -gt 0 ]; do
		if grep -qiE -- "$1" theirs; then
			echo "$2"
			return
		fi
		shift 2
	done
	echo unknown
}

BY=127.0.0.1
dane() { run $CERT -H "$1" -P smtp --dane --resolver $BY --ca-file ca.pem "${@:2}"; } # HOST [OPTION...]
# state TEXT HOST CODE WHAT POSTFIX LDNS GNUTLS [REASON]: what each says of it
state() {
	local text=$1 host=$2 code=$3 what=$4 wanted="$5 $6 $7" reason=${8:-} theirs=()
	dane "$host"
	claim "$text" answered "$code" "$what"
	theirs=("$(by_postfix "$host")" "$(by_ldns "$host")" "$(by_gnutls "$host")")
	printf '    %-18s ours %-18s posttls-finger %-9s ldns-dane %-9s danetool %s\n' "${host%%.*}" \
		"$(sed -nE '1s/.*\[([a-z_.]+)\] \|.*/\1/p; 1s/^CERT OK.*/OK/p' out)" "${theirs[@]}"
	claim "... theirs: $wanted${reason:+ ($reason)}" [ "${theirs[*]}" = "$wanted" ]
}

table() {
	local fine="match match match" no="mismatch mismatch mismatch"
	state "3 1 1 of the key" key.$ZONE 0 "CERT OK" $fine
	state "3 0 1 of the certificate" cert.$ZONE 0 "CERT OK" $fine
	state "3 1 2" sha512.$ZONE 0 "CERT OK" $fine
	state "the record of another key" other.$ZONE 2 "[dane.mismatch]" $no
	state "this key and the next, before the change" before.$ZONE 0 "CERT OK" $fine
	state "... and after it" after.$ZONE 0 "CERT OK" $fine
	state "a good 3 1 1 beside a bad 3 1 2" agility.$ZONE 1 "[dane.rollover]" mismatch mismatch match \
		"danetool takes any record"
	claim "... and both are told apart" matching 2 1
	state "1 1 1 with SMTP" usage1.$ZONE 1 "[dane.weak]" unusable match match \
		"ldns-dane and danetool know no SMTP: RFC 7672, 3.1.3"
	state "0 0 1 with SMTP" usage0.$ZONE 1 "[dane.weak]" unusable match mismatch \
		"as above; danetool was given no CA"
	state "2 1 1 of the intermediate" middle.$ZONE 0 "CERT OK" $fine
	state "2 0 1 of the root, which is not sent" unsent.$ZONE 2 "[dane.mismatch]" $no
	state "2 1 1 of the root, which is not sent" unsentkey.$ZONE 2 "[dane.mismatch]" $no
	state "2 0 0: the root in the record" full.$ZONE 0 "CERT OK" match match mismatch \
		"danetool wants the root sent: RFC 7671, 5.2.1"
	state "2 0 1 of the root, sent" sent.$ZONE 0 "CERT OK" $fine
	state "2 1 1 of the root, sent" sentkey.$ZONE 0 "CERT OK" $fine
	state "2 0 1 of another root" stranger.$ZONE 2 "[dane.mismatch]" $no
	state "no record" none.$ZONE 2 "[dane.missing]" none none none "none of them was told that there must be one"
	state "a record that its signature does not cover" broken.$ZONE 2 "[dane.lookup]" error error error
	state "a record of one byte" damaged.$ZONE 1 "[dane.weak]" unusable unusable mismatch \
		"danetool compares whatever comes"
	state "an expired certificate with its 3 1 1" expired.$ZONE 2 "[tls.cert.expired]" $fine \
		"DANE-EE has no dates, RFC 7672, 3.1.1: they are judged beside it"
	claim "... the match is told" told match
	state "two types of key, both with a record" both.$ZONE 0 "CERT OK" $fine
	state "... one of them without" half.$ZONE 2 "[dane.mismatch]" match match mismatch \
		"posttls-finger and ldns-dane see the EC key alone, danetool the RSA key"
	claim "... that of RSA" grep -q "@ half.$ZONE:25/$BOTH#RSA" out
	state "... the other" otherhalf.$ZONE 2 "[dane.mismatch]" mismatch mismatch match "as above"
	state "2 1 0: the root's key in the record" fullkey.$ZONE 0 "CERT OK" match match mismatch "as with 2 0 0"
	state "2 1 0 of another root" strangekey.$ZONE 2 "[dane.mismatch]" $no
	state "a wildcard" wild.$ZONE 0 "CERT OK" $fine
	state "an alias, records at its end" alias.$ZONE 0 "CERT OK" match none none \
		"ldns-dane and danetool follow no alias: RFC 7671, 7"
	state "an alias, records at itself alone" own.$ZONE 0 "CERT OK" $fine
	state "an alias into an unsigned zone, records at itself" away.$ZONE 0 "CERT OK" $fine
	state "a certificate of another name with its 3 1 1" misnamed.$ZONE 2 "[tls.cert.name]" match mismatch match \
		"DANE-EE has no names with SMTP, RFC 7672, 3.1.1; we and ldns-dane judge them"
	state "self-signed, with its 3 1 1" self.$ZONE 2 "[tls.cert.self_signed]" $fine \
		"DANE-EE needs no authority: --selfsigned says that this is meant"
	dane self.$ZONE --selfsigned
	claim "... as here" answered 0 "CERT OK"
	state "an unsigned zone" key.plain.example 1 "[dane.weak]" none none error \
		"posttls-finger and ldns-dane go on without DANE"
}
matching() { # RECORDS OF-THEM
	dane agility.$ZONE -o json
	[ "$(json '[int(d["metrics"][n]["value"]) for n in ("tlsa_records", "tlsa_matching")]')" = "[$1, $2]" ]
}
told() {
	dane expired.$ZONE -o json
	[ "$(json 'd["endpoints"][0]["tls"]["dane_state"]')" = "$1" ]
}

# ---- what only we look at -------------------------------------------------------------------

disk() { # TEXT CODE WHAT OPTION...
	local text=$1 code=$2 what=$3
	shift 3
	dane "$@" --key-types any
	claim "$text" answered "$code" "$what"
}
rollover() {
	disk "only the old key is published, the next certificate lies on disk" 1 "CERT WARNING" key.$ZONE \
		--compare-file next.pem
	claim "... has no record yet" grep -q "\[WARNING\] dane.rollover" out
	claim "... with the record that is missing" grep -q "add 3 1 1 $(spki next.pem) before" out
	disk "only the old key is published, the next key lies on disk" 2 "[tls.cert.key_mismatch]" key.$ZONE \
		--key-file next.key
	claim "... has no record yet" grep -q "\[WARNING\] dane.rollover" out
	disk "both are published, the next certificate lies on disk" 1 "[tls.cert.stale_served]" before.$ZONE \
		--compare-file next.pem --key-file next.key
	claim "... has its record" no grep -q "dane.rollover" out
	disk "both are published, the next key lies on disk" 2 "[tls.cert.key_mismatch]" before.$ZONE --key-file next.key
	claim "... has its record" no grep -q "dane.rollover" out
	disk "the key on disk is that which is served" 0 "CERT OK" key.$ZONE --key-file now.key --compare-file now.pem
	disk "an authority in the zone stands for the next key" 1 "[tls.cert.stale_served]" middle.$ZONE \
		--compare-file next.pem
	claim "... too" no grep -q "dane.rollover" out
}

# Whom the word is taken of that an answer is signed.
trust() {
	BY=127.0.0.1@54
	dane key.$ZONE
	claim "a name server that does not validate" answered 1 "[dane.weak]"
	dane key.$ZONE --trust-anchor anchor.ds
	claim "... validated by ourselves" answered 0 "CERT OK"
	dane broken.$ZONE --trust-anchor anchor.ds
	claim "... a record that its signature does not cover" answered 2 "[dane.lookup]"
	BY=127.0.0.1
	dane key.$ZONE --trust-anchor anchor.ds
	claim "AD of the resolver and our own anchor" answered 0 "CERT OK"
	dane other.$ZONE --trust-anchor anchor.ds
	claim "... another key" answered 2 "[dane.mismatch]"
	dane none.$ZONE --trust-anchor anchor.ds
	claim "... no record" answered 2 "[dane.missing]"
	dane broken.$ZONE --trust-anchor anchor.ds
	claim "... a record that its signature does not cover" answered 2 "[dane.lookup]"
	for host in wild alias own away; do
		dane $host.$ZONE --trust-anchor anchor.ds
		claim "... $host" answered 0 "CERT OK"
	done
	ldns-keygen -a ECDSAP256SHA256 -k $ZONE >wrong
	dane key.$ZONE --trust-anchor "$(cat wrong).ds"
	claim "... an anchor that is not the zone's" answered 2 "[dane"
	dane key.plain.example --require-dnssec
	claim "--require-dnssec" answered 2 "[dnssec.missing]"
}

# More than one address, more than one host.
more() {
	dane nodes.$ZONE --key-types any
	claim "two addresses, the key of one is published" answered 2 "[dane.mismatch]"
	claim "... the other is named" grep -q "dane.mismatch - .* @ nodes.$ZONE:25/$NEXT" out
	run $CERT "mx:$ZONE" --dane --resolver $BY --ca-file ca.pem --key-types any
	claim "two MX hosts, one does not match" answered 2 "other.$ZONE:25: none of 1 TLSA records"
	run $CERT -H $NOW:25 -P smtp -m key.$ZONE --dane --resolver $BY --ca-file ca.pem
	claim "an address has no records" answered 2 "[dane.missing]"
	for host in usage0 usage1; do
		run $CERT -H $host.$ZONE -p 465 -P submissions --dane --resolver $BY --ca-file ca.pem
		claim "$host counts for users' programs" answered 0 "CERT OK"
		run $CERT -H $host.$ZONE -p 465 -P submissions --dane --resolver $BY --ca-file other.pem
		claim "... if its certificate verifies" grep -q "\[CRITICAL\] dane.mismatch" out
	done
	run check_smtp_submit -H usage1.$ZONE -p 465 --dane --resolver $BY --ca-file ca.pem \
		--state auth.mechanism=ok
	claim "... and for check_smtp_submit" answered 0 "SMTP OK"
	run check_smtp_submit -H usage1.$ZONE -p 25 --starttls --dane --resolver $BY --ca-file ca.pem
	claim "... but not at port 25" answered 2 "[dane.missing]"
	for host in key:0:"SMTP OK" other:2:"[dane.mismatch]" none:2:"[dane.missing]"; do
		run check_smtp_submit -H "${host%%:*}.$ZONE" -p 25 --starttls --dane --resolver $BY --ca-file ca.pem
		claim "check_smtp_submit: ${host%%:*}" answered "$(cut -d: -f2 <<<"$host")" "${host#*:*:}"
	done
}

imap() {
	local host
	for host in key:0:"IMAP OK" other:2:"[dane.mismatch]" none:2:"[dane.missing]" usage1:0:"IMAP OK" \
		broken:2:"[dns.servfail]"; do
		run check_imap_tls -H "${host%%:*}.$ZONE" --tls --dane --resolver 127.0.0.1 --ca-file ca.pem
		claim "check_imap_tls: ${host%%:*}" answered "$(cut -d: -f2 <<<"$host")" "${host#*:*:}"
	done
}

table
rollover
trust
more
imap
finish
