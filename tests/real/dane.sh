#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# DANE: every state of TLSA records in a signed zone.
# shellcheck disable=SC2016 # $ORIGIN is the zone file's
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
authorities

# ---- DANE -------------------------------------------------------------------------------------------

zone() { # RECORD...: the zone dane.test, signed, with these TLSA data for _20993._tcp.mx
	{
		printf '$ORIGIN dane.test.\n$TTL 60\n@ SOA ns h 1 3600 900 86400 60\n@ NS ns\n@ MX 10 mx\n'
		printf 'ns A 127.0.0.1\nmx A 127.0.0.1\n'
		for record; do printf '_20994._tcp.mx TLSA %s\n' "$record"; done
	} >dane.zone
	ldns-signzone -n -f dane.signed dane.zone "$KSK" 2>>peers.log
}
sha256_key() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
sha256_cert() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }

names() {
	KSK=$(ldns-keygen -a ECDSAP256SHA256 -k dane.test)
	zone
	cat >nsd.conf <<-END
		server:
		  ip-address: 127.0.0.1@20053
		  username: ""
		  zonesdir: "$PWD"
		  database: ""
		  pidfile: "$PWD/nsd.pid"
		  xfrdfile: "$PWD/xfrd"
		  zonelistfile: "$PWD/zones"
		remote-control:
		  control-enable: no
		zone:
		  name: dane.test
		  zonefile: dane.signed
	END
	cat >unbound.conf <<-END
		server:
		  interface: 127.0.0.1@20054
		  do-daemonize: no
		  username: ""
		  chroot: ""
		  use-syslog: no
		  pidfile: "$PWD/unbound.pid"
		  do-not-query-localhost: no
		  trust-anchor-file: "$PWD/$KSK.ds"
		  local-zone: "test." nodefault
		  cache-max-ttl: 0
		  cache-max-negative-ttl: 0
		  module-config: "validator iterator"
		remote-control:
		  control-enable: no
		stub-zone:
		  name: dane.test
		  stub-addr: 127.0.0.1@20053
	END
	serve_zone
	peer unbound -d -c unbound.conf
	listening 20054
}
NSD=
serve_zone() {
	[ -z "$NSD" ] || { kill "$NSD" && wait "$NSD"; }
	nsd -d -c nsd.conf >>peers.log 2>&1 &
	NSD=$!
	PEERS+=("$NSD")
	listening 20053
}
dane() { # TEXT CODE WHAT RECORD...
	local text=$1 code=$2 what=$3
	shift 3
	zone "$@"
	serve_zone
	expect "DANE: $text" "$code" "$what" $CERT -H mx.dane.test:20994 -P smtp --tls --key-types any --dane \
		--resolver 127.0.0.1@20054 --ca-file ca.pem
}

rollover() {
	local now next
	leaf mx ec 80
	leaf mxnext ec 90
	cat mx.pem ca.pem >mxchain.pem
	now=$(sha256_key mx.pem) next=$(sha256_key mxnext.pem)
	peer openssl s_server -accept 127.0.0.1:20994 -cert mx.pem -cert_chain mxchain.pem -key mx.key -quiet
	listening 20994
	dane "3 1 1 of the key" 0 "CERT OK" "3 1 1 $now"
	dane "3 0 1 of the certificate" 0 "CERT OK" "3 0 1 $(sha256_cert mx.pem)"
	dane "2 0 1 of the authority" 0 "CERT OK" "2 0 1 $(sha256_cert ca.pem)"
	dane "this key and the next" 0 "CERT OK" "3 1 1 $now" "3 1 1 $next"
	dane "a good 3 1 1 beside a bad 3 1 2" 0 "CERT OK" "3 1 1 $now" "3 1 2 $next$next"
	dane "only the next key" 2 "[dane.mismatch]" "3 1 1 $next"
	dane "another authority" 2 "[dane.mismatch]" "2 0 1 $(sha256_cert other.pem)"
	dane "no record" 2 "[dane.missing]"
	dane "usage 1 counts for nothing with SMTP" 1 "[dane.weak]" "1 1 1 $now"
	zone "3 1 1 $now"
	serve_zone
	run $CERT -H mx.dane.test:20994 -P smtp --tls --key-types any --dane --resolver 127.0.0.1@20054 \
		--ca-file ca.pem --compare-file mxnext.pem
	claim "DANE: the next key, on disk, is not in the zone" grep -q "dane.rollover" out
	expect "DANE: an unsigned answer" 1 "[dane.weak]" $CERT -H mx.dane.test:20994 -P smtp --tls \
		--key-types any --dane --resolver 127.0.0.1@20053 --ca-file ca.pem
	sed -i "s/$now/$next/" dane.signed
	serve_zone
	expect "DANE: a record changed behind its signature" 2 "[dane" $CERT -H mx.dane.test:20994 -P smtp \
		--tls --key-types any --dane --resolver 127.0.0.1@20054 --ca-file ca.pem \
		--resolve mx.dane.test:127.0.0.1
}

names
rollover
finish
