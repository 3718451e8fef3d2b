#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry where others are known to be wrong: check_smtp and check_tcp of the Monitoring
# Plugins, check_ssl_cert, each as the distribution has it, before the same server. What they say
# is shown; where they are wrong today that is a statement, so that we learn of a change.
# shellcheck disable=SC2016,SC2086 # lists are meant to be split
# shellcheck disable=SC2317 # claim calls functions by name
# shellcheck disable=SC2034 # read by common
SETUP=bench
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
PLUGINS=/usr/lib/nagios/plugins
BY_CA=(--ca-file ca.pem --key-types any)
authorities
# No name server: their questions for names end at once.
resolv "nameserver 127.0.0.1"

# peer_says PROGRAM ARGUMENT...: exit code in THEIRS, words in the file theirs.
peer_says() {
	local program=$1
	shift
	timeout -k 1 20 "$PLUGINS/$program" "$@" >theirs 2>&1 </dev/null
	THEIRS=$?
	printf '    %s: exit %s: %s\n' "$program" $THEIRS "$(head -1 theirs | tr -cd '[:print:]' | cut -c1-150)"
}
# check_ssl_cert without what asks the world.
CSC=(--ignore-sct --ignore-tls-renegotiation --rootcert-file ca.pem -w 20 -c 15)
wrong() { claim "... where $1 says $3" [ $THEIRS = "$2" ]; } # PROGRAM CODE WORD

# tls_server ADDRESS NAME [OPTION...]: openssl serves NAME.pem, NAME.key and the chain NAME.more
tls_server() {
	local address=$1 name=$2
	shift 2
	[ -e "$name.more" ] && set -- -cert_chain "$name.more" -no-CAfile "$@"
	peer openssl s_server -accept "$address:443" -cert "$name.pem" -key "$name.key" -quiet "$@"
}
known() { printf '%s %s\n' "$1" "$2" >>/etc/hosts; } # ADDRESS NAME
# Who looks whom: the host, at port 443.
ours() { # TEXT CODE WHAT HOST [OPTION...]
	local text=$1 code=$2 what=$3 host=$4
	shift 4
	expect "$text" "$code" "$what" $CERT -H "$host:443" -P tls "${BY_CA[@]}" "$@"
}

# ---- dates ----------------------------------------------------------------------------------

expired() {
	NAMES=DNS:mail.example.test aged expired rsa -5
	cat expired.key expired.pem >/mnt/expired.both
	echo "127.0.0.31:25 inet n - n - 5 smtpd -o smtpd_tls_security_level=may
	  -o smtpd_tls_chain_files=/mnt/expired.both" | postfix_files /mnt/postfix
	peer postfix -c /mnt/postfix/etc start-fg
	listening 25 127.0.0.31
	expect "expired five days ago, SMTP with STARTTLS" 2 "[tls.cert.expired]" $CERT -H 127.0.0.31 \
		-P smtp -m mail.example.test "${BY_CA[@]}"
	peer_says check_smtp -H 127.0.0.31 -S -D 30,14
	peer_says check_ssl_cert -H 127.0.0.31 -P smtp -p 25 --ignore-host-cn "${CSC[@]}"
}

# root "old" has ended; it signed ca too, and that cross-sign is sent behind middle.
cross_sign() {
	WHEN="faketime -f -400d" root old "Old Root" 300
	openssl x509 -x509toreq -in ca.pem -signkey ca.key -out cross.csr 2>/dev/null
	faketime -f -400d openssl x509 -req -in cross.csr -CA old.pem -CAkey old.key -CAcreateserial -days 300 \
		-extfile middle.ext -out cross.pem 2>/dev/null
	NAMES=DNS:crossed.example.test ISSUER=middle leaf crossed ec 80
	cat middle.pem cross.pem >crossed.more
	known 127.0.0.32 crossed.example.test
	tls_server 127.0.0.32 crossed
	listening 443 127.0.0.32
	ours "an expired cross-sign beside a good path" 0 "CERT OK" crossed.example.test
	claim "... which lasts as long as its leaf" grep -q " cert_days=80.0;" out
	peer_says check_ssl_cert -H crossed.example.test "${CSC[@]}"
	wrong check_ssl_cert 2 CRITICAL
}
# two types of key with different dates, and four addresses of which one is stale
several() {
	local address name
	NAMES=DNS:both.example.test aged rsa5 rsa 5
	NAMES=DNS:both.example.test aged ec80 ec 80
	known 127.0.0.33 both.example.test
	tls_server 127.0.0.33 ec80 -dcert rsa5.pem -dkey rsa5.key
	NAMES=DNS:four.example.test aged new ec 88
	NAMES=DNS:four.example.test aged old ec 2
	for address in 41 42 43 44; do
		name=new
		[ $address = 43 ] && name=old
		known 127.0.0.$address four.example.test
		tls_server 127.0.0.$address $name
	done
	for address in 33 41 42 43 44; do listening 443 127.0.0.$address; done
	expect "two types of key, the RSA certificate ends in five days" 2 "[tls.cert.expiring]" $CERT \
		-H both.example.test:443 -P tls --ca-file ca.pem
	claim "... both dates are told" grep -qE "^CERT.* RSA ends in (4.9|5.0) days, ECDSA in (79.9|80.0) \[tls" out
	peer_says check_ssl_cert -H both.example.test "${CSC[@]}"
	wrong check_ssl_cert 0 OK
	peer_says check_tcp -H both.example.test -p 443 -S -D 20,15
	wrong check_tcp 0 OK
	ours "four addresses, one is stale" 2 "[tls.cert.expiring]" four.example.test
	claim "... it is named" grep -q "1 of 4 addresses serves the old certificate (127.0.0.43: " out
	peer_says check_ssl_cert -H four.example.test "${CSC[@]}"
	wrong check_ssl_cert 0 OK
	peer_says check_tcp -H four.example.test -p 443 -S -D 20,15
	wrong check_tcp 0 OK
}

# ---- names ----------------------------------------------------------------------------------

names() {
	NAMES=DNS:mail.test.example.test leaf dot ec 80
	NAMES='DNS:*.d.test' leaf star ec 80
	known 127.0.0.34 mailXtest.example.test
	known 127.0.0.35 d.test
	tls_server 127.0.0.34 dot
	tls_server 127.0.0.35 star
	for address in 34 35; do listening 443 127.0.0.$address; done
	ours "mailXtest... with a certificate of mail.test..." 2 "[tls.cert.name]" mailXtest.example.test
	peer_says check_ssl_cert -H mailXtest.example.test "${CSC[@]}"
	wrong check_ssl_cert 0 OK
	ours "d.test with a certificate of *.d.test" 2 "[tls.cert.name]" d.test
	peer_says check_ssl_cert -H d.test "${CSC[@]}"
	wrong check_ssl_cert 0 OK
}

# A separator, a line end and an escape in the CN; ten thousand names.
strange() {
	NAMES=DNS:hostile.example.test leaf hostile ec 80
	openssl req -new -key hostile.key -utf8 -subj $'/CN=a|days=99;1;1 \n\e[31mred' -out hostile.csr
	openssl x509 -req -in hostile.csr -CA ca.pem -CAkey ca.key -days 80 -extfile hostile.ext -out hostile.pem 2>/dev/null
	NAMES=DNS:many.example.test$(printf ',DNS:host%s.example.test' {1..9999})
	leaf many ec 80
	unset NAMES
	known 127.0.0.36 hostile.example.test
	known 127.0.0.37 many.example.test
	tls_server 127.0.0.36 hostile
	tls_server 127.0.0.37 many
	for address in 36 37; do listening 443 127.0.0.$address; done
	ours "a CN with |, a line end and ESC" 0 "CERT OK" hostile.example.test -v -v
	claim "... nothing of it is performance data" no grep -q "days=99" <(cut -s -d'|' -f2 out)
	peer_says check_tcp -H hostile.example.test -p 443 -S -D 20,15
	claim "... where check_tcp writes it as it is" grep -qF "a|days=99" theirs
	peer_says check_ssl_cert -H hostile.example.test "${CSC[@]}"
	ours "ten thousand names" 0 "CERT OK" many.example.test
	peer_says check_tcp -H many.example.test -p 443 -S -D 20,15
	peer_says check_ssl_cert -H many.example.test "${CSC[@]}"
}
# ---- what is sent, and how ------------------------------------------------------------------

order() {
	NAMES=DNS:order.example.test ISSUER=middle leaf order ec 80
	cat ca.pem middle.pem >order.more
	known 127.0.0.38 order.example.test
	tls_server 127.0.0.38 order
	listening 443 127.0.0.38
	ours "a chain in the wrong order" 1 "[tls.cert.chain.order]" order.example.test
	peer_says check_ssl_cert -H order.example.test --check-chain "${CSC[@]}"
	wrong check_ssl_cert 0 OK
}

# Who wants to know its clients shows its certificate nevertheless.
mutual() {
	NAMES=DNS:mutual.example.test leaf mutual ec 80
	known 127.0.0.39 mutual.example.test
	tls_server 127.0.0.39 mutual -Verify 1 -verify_return_error -CAfile ca.pem -tls1_3
	listening 443 127.0.0.39
	ours "TLS 1.3, a client certificate is demanded" 0 "CERT OK" mutual.example.test
	peer_says check_tcp -H mutual.example.test -p 443 -S -D 20,15
	peer_says check_ssl_cert -H mutual.example.test "${CSC[@]}"
}

# A greeting that takes forever, a byte every half second.
drip() {
	peer python3 -c '
import socket, threading, time
server = socket.create_server(("127.0.0.45", 25))
def feed(peer):
    try:
        while True:
            peer.sendall(b"2")
            time.sleep(0.5)
    except OSError:
        pass
while True:
    threading.Thread(target=feed, args=(server.accept()[0],), daemon=True).start()'
	listening 25 127.0.0.45
	expect "a server that drips" 2 "[net.timeout" $CERT -H 127.0.0.45 -P smtp -t 2 "${BY_CA[@]}"
	claim "... over in time" between 1900 "$ELAPSED" 2400
	local start=$SECONDS
	peer_says check_smtp -H 127.0.0.45 -S -D 30,14 -t 2
	echo "    ... after $((SECONDS - start)) s"
	start=$SECONDS
	peer_says check_ssl_cert -H 127.0.0.45 -P smtp -p 25 -t 2 "${CSC[@]}"
	echo "    ... after $((SECONDS - start)) s"
}

# ---- revocation -----------------------------------------------------------------------------

revocation() {
	mkdir -p www
	: >index.txt
	NAMES=DNS:ocsp.example.test leaf ocsp ec 80 "authorityInfoAccess=OCSP;URI:http://127.0.0.1:20080/forged"
	NAMES=DNS:crl.example.test leaf crl ec 80 "crlDistributionPoints=URI:http://127.0.0.1:20080/missing.crl"
	openssl ocsp -issuer ca.pem -cert ocsp.pem -no_nonce -reqout req.der >/dev/null 2>&1
	printf 'V\t360101000000Z\t\t%s\tunknown\t/CN=ocsp\n' "$(openssl x509 -in ocsp.pem -noout -serial | cut -d= -f2)" >index.txt
	openssl ocsp -index index.txt -CA ca.pem -rsigner other.pem -rkey other.key -ndays 2 -reqin req.der \
		-respout www/forged >/dev/null 2>&1
	mkfifo www.in
	peer bash -c 'exec python3 "$0" www 20080 <>www.in' "$REAL/responder.py"
	known 127.0.0.46 ocsp.example.test
	known 127.0.0.47 crl.example.test
	cp ca.pem ocsp.more
	tls_server 127.0.0.46 ocsp
	tls_server 127.0.0.47 crl
	listening 20080
	for address in 46 47; do listening 443 127.0.0.$address; done
	ours "an OCSP answer that somebody else signed" 1 "[tls.ocsp.bad]" ocsp.example.test --ocsp --allow-private-fetch
	peer_says check_ssl_cert -H ocsp.example.test "${CSC[@]}"
	wrong check_ssl_cert 0 OK
	ours "a CRL that is not there" 1 "[tls.crl]" crl.example.test --crl --allow-private-fetch
	peer_says check_ssl_cert -H crl.example.test --crl "${CSC[@]}"
}

# ---- files, and openssl verify beside -------------------------------------------------------

# chain TEXT LEAF "MORE..." CODE WHAT VERIFY [REASON]: a file of these, and what openssl verify says
chain() {
	local text=$1 leaf=$2 more=$3 code=$4 what=$5 verify=$6 reason=${7:-} file words wanted=2
	for file in $leaf $more; do cat "$file.pem"; done >chain.pem
	expect "file: $text" "$code" "$what" $CERT -f chain.pem --ca-file ca.pem
	words=$(openssl verify -purpose sslserver -auth_level 2 -CAfile ca.pem -untrusted chain.pem "$leaf.pem" 2>&1)
	THEIRS=$?
	printf '    openssl verify: %s\n' "$(sed -n 's/^error //p; s/.*: OK$/OK/p' <<<"$words" | sed 's/;.*//' | head -1)"
	[ "$verify" = OK ] && wanted=0
	claim "... openssl verify: $verify${reason:+ ($reason)}" [ $THEIRS = $wanted ]
}

chains() {
	ISSUER=middle leaf fine ec 80
	ISSUER=middle aged over ec -5
	ISSUER=other leaf strange ec 80
	WHEN="faketime -f +5d" leaf early ec 80
	WHEN="faketime -f -1000d" below ended "Ended Middle"
	ISSUER=ended leaf behind ec 80
	below nosign "No Authority" "basicConstraints=critical,CA:false" "keyUsage=critical,digitalSignature"
	ISSUER=nosign leaf below ec 80
	below narrow "Narrow Middle" "basicConstraints=critical,CA:true" "keyUsage=critical,keyCertSign" \
		"nameConstraints=critical,permitted;DNS:other.example"
	ISSUER=narrow leaf outside ec 80
	leaf client ec 80
	sed -i 's/serverAuth/clientAuth/' client.ext
	openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -days 80 -extfile client.ext -out client.pem 2>/dev/null
	leaf odd ec 80 "1.2.3.4=critical,ASN1:UTF8String:x"
	openssl req -newkey rsa:1024 -nodes -keyout short.key -out short.csr -subj /CN=short 2>/dev/null
	openssl x509 -req -in short.csr -CA ca.pem -CAkey ca.key -days 80 -extfile fine.ext -out short.pem 2>/dev/null
	openssl x509 -req -sha1 -in fine.csr -CA ca.pem -CAkey ca.key -days 80 -extfile fine.ext -out sha1.pem 2>/dev/null
	openssl x509 -req -in fine.csr -signkey fine.key -days 80 -extfile fine.ext -out self.pem 2>/dev/null
	chain "leaf and intermediate" fine middle 0 "CERT OK" OK
	chain "ended" over middle 2 "[tls.cert.expired]" error
	chain "begins in five days" early "" 2 "[tls.cert.not_yet_valid]" error
	chain "the intermediate ended" behind ended 2 "[tls.cert.chain.expired]" error
	chain "of another root" strange other 2 "[tls.cert.untrusted]" error
	chain "without its intermediate" fine "" 2 "[tls.cert.chain.incomplete]" error
	chain "self-signed" self "" 2 "[tls.cert.self_signed]" error
	chain "signed by what is no authority" below nosign 2 "[tls.cert.chain.not_ca]" error
	chain "outside of its authority's names" outside narrow 2 "[tls.cert" error
	chain "for clients" client "" 2 "[tls.cert.purpose]" error
	chain "with a critical extension nobody knows" odd "" 2 "[tls.cert.profile]" error
	chain "RSA of 1024 bits" short "" 2 "[tls.cert.weak]" error
	chain "signed with SHA-1" sha1 "" 2 "[tls.cert.weak]" error
	chain "an ended cross-sign beside the path" crossed "middle cross" 0 "CERT OK" OK
	chain "in the wrong order" fine "ca middle" 1 "[tls.cert.chain.order]" OK "it takes them as a heap"
}

expired
cross_sign
chains
several
names
strange
order
mutual
drip
revocation
finish
