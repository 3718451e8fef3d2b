#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry: Dovecot with two types of key and a stale address, real STARTTLS, files of
# every form.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world dovecot postfix

CERT=check_cert_expiry
authorities

# ---- two types of key, one address of two stale ---------------------------------------------

# fault: d11d d19
two_dovecots() {
	local address conf
	aged rsa5 rsa 5
	aged ec80 ec 80
	aged stale ec 2
	for address in 127.0.0.1 127.0.0.2; do
		conf=$PWD/dovecot-$address
		dovecot_files "$conf" <<-END
			protocols = imap pop3
			listen = $address
			ssl = required
			ssl_min_protocol = TLSv1.2
			service imap-login {
			  inet_listener imap {
			    port = 20143
			  }
			  inet_listener imaps {
			    port = 20993
			    ssl = yes
			  }
			}
			service pop3-login {
			  inet_listener pop3 {
			    port = 20110
			  }
			  inet_listener pop3s {
			    port = 0
			  }
			}
		END
		if [ $address = 127.0.0.1 ]; then
			printf 'ssl_cert = <%s\nssl_key = <%s\nssl_alt_cert = <%s\nssl_alt_key = <%s\n' \
				"$PWD/rsa5.pem" "$PWD/rsa5.key" "$PWD/ec80.pem" "$PWD/ec80.key"
		else
			printf 'ssl_cert = <%s\nssl_key = <%s\n' "$PWD/stale.pem" "$PWD/stale.key"
		fi >>"$conf/conf"
		peer dovecot -F -c "$conf/conf"
	done
	listening 20993 && sleep 0.5
	run $CERT -H mail.example.test --resolve mail.example.test:127.0.0.1 \
		--resolve mail.example.test:127.0.0.2 -p 20993 --ca-file ca.pem
	claim "two types of key, two addresses: CRITICAL" answered 2 "CERT CRITICAL"
	claim "... names the stale address" grep -q "^CERT.* 1 of 2 addresses serves the old certificate; " out
	claim "... by its address" grep -qE "tls.cert.differs - .*\(127.0.0.2: (1.9|2.0) days left, the new one" out
	claim "... and both dates" grep -qE "^CERT.* RSA ends in (4.9|5.0) days, ECDSA in (79.9|80.0) \[tls" out
	for protocol in imap:20143 pop3:20110; do
		run $CERT -H 127.0.0.1:${protocol#*:} -P ${protocol%:*} -m mail.example.test --ca-file ca.pem \
			--ecdsa
		claim "Dovecot, STARTTLS of ${protocol%:*}" answered 0 "CERT OK"
	done
}

real_starttls() {
	for port in 143 110 993 995; do
		expect "Dovecot, port $port" 0 "CERT OK" $CERT -H "$MAIL_HOST" -p $port --ca-file "$CA_FILE"
	done
	for port in 25 587 465; do
		expect "Postfix, port $port" 0 "CERT OK" $CERT -H "$MAIL_HOST" -p $port --ca-file "$CA_FILE"
	done
	expect "expired, behind STARTTLS" 2 "[tls.cert.expired]" $CERT -H "$MAIL_HOST" -p 143 \
		--sni expired.example.test -m expired.example.test --ca-file "$CA_FILE"
	expect "unknown root" 2 "[tls.cert.untrusted]" $CERT -H "$MAIL_HOST" -p 993
}

# ---- files ------------------------------------------------------------------------------------

# fault: h28 d11c
files() {
	leaf good ec 80
	openssl x509 -in good.pem -outform DER -out good.der
	openssl crl2pkcs7 -nocrl -certfile good.pem -certfile ca.pem -outform DER -out good.p7b
	openssl crl2pkcs7 -nocrl -certfile good.pem -out good.p7.pem
	openssl pkcs12 -export -in good.pem -inkey good.key -passout pass: -out empty.p12
	openssl pkcs12 -export -in good.pem -inkey good.key -passout pass: -nomac -out nomac.p12
	openssl pkcs12 -export -in good.pem -inkey good.key -passout pass:geheim -out secret.p12
	openssl pkcs12 -export -legacy -certpbe PBE-SHA1-RC2-40 -in good.pem -inkey good.key \
		-passout pass:geheim -out rc2.p12
	echo geheim >geheim && chmod 600 geheim
	python3 - <<-'END'
		import struct, subprocess
		der = open("good.der", "rb").read()
		def text(s): return struct.pack(">H", len(s)) + s
		entry = struct.pack(">I", 2) + text(b"mail") + struct.pack(">Q", 0) + text(b"X.509")
		body = struct.pack(">II", 2, 1) + entry + struct.pack(">I", len(der)) + der
		open("good.jks", "wb").write(b"\xfe\xed\xfe\xed" + body + b"\0" * 20)
		open("good.jceks", "wb").write(b"\xce\xce\xce\xce" + body + b"\0" * 20)
		open("cut.jks", "wb").write(b"\xfe\xed\xfe\xed" + body[:-100])
	END
	local file
	for file in good.pem good.der good.p7b good.p7.pem empty.p12 nomac.p12 good.jks good.jceks; do
		expect "file: $file" 0 "ends in 80.0 days" $CERT -f $file --ca-file ca.pem
	done
	for file in secret.p12 rc2.p12; do
		expect "file: $file with its passphrase" 0 "ends in 80.0 days" $CERT -f $file \
			--ca-file ca.pem --client-key-password-file geheim
		expect "file: $file without" 3 "[client.file]" $CERT -f $file --ca-file ca.pem
	done
	expect "file: a store that is cut short" 3 "[client.file]" $CERT -f cut.jks --ca-file ca.pem
	head -c 200 good.der >cut.der
	expect "file: a certificate that is cut short" 3 "[client.file]" $CERT -f cut.der --ca-file ca.pem
	mkdir -p folder && cp good.pem good.key ca.pem folder/
	expect "a folder: keys beside certificates" 0 "CERT OK" $CERT -f folder --ca-file ca.pem
	expect "... line 1 names the file" 1 "folder: good.pem: certificate ends" $CERT -f folder \
		--ca-file ca.pem -w 999
	expect "a pattern" 0 "CERT OK" $CERT -f 'folder/*.pem' --ca-file ca.pem
	mkdir -p nothing
	expect "a folder without certificates" 3 "[client.file]" $CERT -f nothing
	run_stdin
}
run_stdin() {
	"$PROGRAMS/$CERT" -f - --ca-file ca.pem <good.pem >out 2>err
	STATUS=$?
	claim "standard input" answered 0 "CERT OK"
	sleep 2 | "$PROGRAMS/$CERT" -f - -t 1 >out 2>err
	STATUS=$?
	claim "standard input that nobody writes to" answered 3 "standard input: it cannot be read: nothing more came in time"
}

# No way out of here, and no IPv6 but on loopback; an administrator with a will of his own.
# fault: h9 h23a h23b d18a
its_own_network() {
	expect "no route" 2 "[net.unreachable]" check_imap_tls -H 203.0.113.9
	expect "no IPv6" 3 "[client.no_ipv6]" check_imap_tls -H 2001:db8::1
	leaf six ec 80
	peer openssl s_server -accept '[::1]:20996' -cert six.pem -key six.key -quiet
	listening 20996
	expect "a literal IPv6 address" 0 "CERT OK" $CERT -H '[::1]:20996' -P tls --key-types any \
		-m mail.example.test --ca-file ca.pem
	printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' \
		'MinProtocol = TLSv1.3' >only13.cnf
	export OPENSSL_CONF=$PWD/only13.cnf
	expect "openssl.cnf wants 1.3, we 1.2" 3 "[client.tls_settings]" check_imap_tls -H 127.0.0.1 -p 20993 \
		--tls --tls-max 1.2 --verify-name mail.example.test --ca-file ca.pem
	unset OPENSSL_CONF
}

two_dovecots
real_starttls
files
its_own_network
finish
