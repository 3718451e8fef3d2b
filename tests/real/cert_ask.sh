#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry asks CAs: OCSP, CRL, AIA and renewal information, each with every way to fail.
# What could not be learnt is never OK.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
WWW=http://127.0.0.1:20080
authorities

# ---- the CA -----------------------------------------------------------------------------------

mkdir -p www
: >index.txt
echo 1000 >crlnumber
cat >ca.conf <<-END
	[ca]
	default_ca = d
	[d]
	database = $PWD/index.txt
	crlnumber = $PWD/crlnumber
	default_md = sha256
	default_crl_days = 7
	[elsewhere]
	issuingDistributionPoint = critical, @point
	[point]
	fullname = URI:$WWW/elsewhere.crl
	[authorities]
	issuingDistributionPoint = critical, @only
	[only]
	onlyCA = TRUE
	[delta]
	deltaCRL = critical, 1
	[unknown]
	1.3.6.1.4.1.1.3 = critical, DER:0500
END
revoke() { openssl ca -config ca.conf -keyfile ca.key -cert ca.pem -revoke "$1.pem" 2>/dev/null; }
known() { # NAME: valid in the CA's index
	printf 'V\t%s\t\t%s\tunknown\t/CN=%s\n' "$(date -u -d '+80 days' +%y%m%d%H%M%SZ)" \
		"$(openssl x509 -in "$1.pem" -noout -serial | cut -d= -f2)" "$1" >>index.txt
}
ask() { # TEXT CODE WHAT NAME OPTION...
	local text=$1 code=$2 what=$3 name=$4
	shift 4
	: >www/asked
	expect "$text" "$code" "$what" $CERT -f "$name.pem" --ca-file ca.pem --allow-private-fetch -t 2 "$@"
}
unasked() { [ ! -s www/asked ]; }
# Ways in which nothing is learnt, whatever the file holds.
FAILURES="missing redirect endless silent slow cut error"
# way HOW FILE: the path
way() { case $1 in missing) echo missing ;; *) echo "$1/$2" ;; esac; }

# ---- CRL ----------------------------------------------------------------------------------------

crl() { # FILE [OPTION...]
	local file=$1
	shift
	${WHEN:-} openssl ca -config ca.conf -gencrl -keyfile "${SIGNER:-ca}.key" -cert "${SIGNER:-ca}.pem" \
		-out crl.tmp "$@" 2>/dev/null && openssl crl -in crl.tmp -outform DER -out "www/$file"
}
with_crl() { leaf "$1" ec 80 "crlDistributionPoints=URI:$2"; } # NAME URL

# fault: x3 x11 x12 x23 x33 x44 d5 d16b
lists() {
	local how
	with_crl crlgood $WWW/good.crl
	crl good.crl
	with_crl crlrevoked $WWW/revoked.crl
	revoke crlrevoked
	crl revoked.crl
	SIGNER=other crl forged.crl
	WHEN="faketime -f -30d" crl stale.crl
	WHEN="faketime -f +3d" crl early.crl
	crl narrow.crl -crlexts elsewhere
	crl narrower.crl -crlexts authorities
	crl delta.crl -crlexts delta
	echo "<html>maintenance</html>" >www/page.crl
	: >www/empty.crl
	ask "CRL: not on it" 0 "CERT OK" crlgood --crl
	ask "CRL: revoked" 2 "[tls.cert.revoked]" crlrevoked --crl
	for how in stale early forged narrow narrower delta page empty; do
		with_crl crl$how $WWW/$how.crl
		ask "CRL: $how leaves it unknown" 1 "[tls.crl]" crl$how --crl
	done
	for how in $FAILURES; do
		with_crl "crl$how" "$WWW/$(way "$how" good.crl)"
		ask "CRL: $how leaves it unknown" 1 "[tls.crl]" "crl$how" --crl
	done
	with_crl crlchunked $WWW/chunked/good.crl
	ask "CRL: in chunks" 0 "CERT OK" crlchunked --crl
	with_crl crlrefused http://127.0.0.1:20079/good.crl
	ask "CRL: nobody listens" 1 "[tls.crl]" crlrefused --crl
	with_crl crlnowhere http://nowhere.test/good.crl
	ask "CRL: no such host" 1 "[tls.crl]" crlnowhere --crl
	with_crl crlldap ldap://127.0.0.1:20080/good.crl
	ask "CRL: not by HTTP" 1 "[tls.crl]" crlldap --crl
	mkdir -p many && for how in {1..20}; do cp crlgood.pem "many/$how.pem"; done
	: >www/asked
	expect "CRL: twenty certificates with one list" 0 "20 targets: all good" $CERT -f 'many/*.pem' --crl \
		--ca-file ca.pem --allow-private-fetch
	claim "... it is fetched once" [ "$(wc -l <www/asked)" = 1 ]
	cp crlsilent.pem many/21.pem && cp crlsilent.pem many/22.pem && cp crlmissing.pem many/23.pem &&
		cp crlmissing.pem many/24.pem && cp crlrevoked.pem many/25.pem
	: >www/asked
	expect "CRL: one of them silent, one missing, one revokes" 2 "[tls.cert.revoked] (+4 more)" \
		$CERT -f 'many/*.pem' --crl --ca-file ca.pem --allow-private-fetch -t 4
	claim "... each is asked for once" [ "$(sort www/asked | uniq -c | awk '$1 == 1' | wc -l)" = 4 ]
	claim "... within one timeout" [ "$ELAPSED" -lt 4200 ]
	ask "CRL: none is named" 1 "[tls.crl]" none --crl
	ask "not asked, not fetched" 0 "CERT OK" crlrevoked
	claim "... indeed" unasked
	ask "CRL: who signed it does not matter, whether it is revoked does" 1 "[tls.crl]" strange --crl -A
	ask "CRL: a self-signed one has no list" 1 "[tls.crl]" alone --crl -s
}

# What a list can have wrong in itself; each is said in its own words.
# fault: x5 x8 x15 x16 x35 x36
odd_lists() {
	local how
	root namesake "Real Test CA"
	SIGNER=namesake crl namesake.crl
	crl unknown.crl -crlexts unknown
	python3 "$REAL/resign.py" www/good.crl ca.key 1 www/nobegin.crl
	python3 "$REAL/resign.py" www/good.crl ca.key 2 www/noend.crl
	{ head -c -40 www/good.crl && head -c 40 /dev/zero; } >www/garbled.crl
	for how in "namesake not signed by the issuer" "garbled not signed by the issuer" \
		"nobegin date of the list cannot be read" "noend date of the list cannot be read" \
		"unknown has a critical extension"; do
		with_crl odd "$WWW/${how%% *}.crl"
		ask "CRL: ${how%% *}" 1 "[tls.crl]" odd --crl
		claim "... in its words" says "${how#* }"
	done
	ISSUER=middle with_crl odd $WWW/nosign.crl
	cat middle.pem >>odd.pem
	SIGNER=middle crl nosign.crl
	ask "CRL: signed with a key that must not" 1 "[tls.crl]" odd --crl
	claim "... in its words" says "key must not sign lists"
}

# Inside of the net of the machine that asks nothing is fetched unless allowed.
inside() {
	local url
	for url in $WWW 'http://[::1]:20080' 'http://[::ffff:127.0.0.1]:20080' http://localhost:20080 \
		http://2130706433:20080 http://0x7f.1:20080 http://inside.test:20080 http://user@127.0.0.1:20080; do
		with_crl crlinside "$url/good.crl"
		: >www/asked
		expect "a private net, not allowed: $url" 1 "[tls.crl]" $CERT -f crlinside.pem --ca-file ca.pem \
			--crl --resolve inside.test:127.0.0.1
		claim "... nobody was asked" unasked
	done
	with_crl crlinside http://inside.test:20080/good.crl
	ask "... allowed: by name" 0 "CERT OK" crlinside --crl --resolve inside.test:127.0.0.1
}

# ---- OCSP ---------------------------------------------------------------------------------------

# ocsp FILE SIGNER LEAF: an answer for the leaf
ocsp() {
	openssl ocsp -issuer ca.pem -cert "$3.pem" -no_nonce -reqout req.der >/dev/null 2>&1
	${WHEN:-} openssl ocsp -index index.txt -CA ca.pem -rsigner "$2.pem" -rkey "$2.key" -ndays 2 \
		-reqin req.der -respout "www/$1" >/dev/null 2>&1
}
with_ocsp() { leaf "$1" ec 80 "authorityInfoAccess=OCSP;URI:$2"; } # NAME URL

responders() {
	local name how
	for name in good forged stale other revoked unknown delegated usurped page later empty; do
		with_ocsp ocsp$name $WWW/$name.ocsp
		[ $name = unknown ] || known ocsp$name
	done
	revoke ocsprevoked
	leaf delegate ec 80 "extendedKeyUsage=OCSPSigning"
	sed -i '/serverAuth/d' delegate.ext
	openssl x509 -req -in delegate.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 80 \
		-extfile delegate.ext -out delegate.pem 2>/dev/null
	ocsp good.ocsp ca ocspgood
	ocsp delegated.ocsp delegate ocspdelegated
	ocsp usurped.ocsp none ocspusurped
	ocsp forged.ocsp other ocspforged
	WHEN="faketime -f -30d" ocsp stale.ocsp ca ocspstale
	ocsp other.ocsp ca ocspgood
	ocsp revoked.ocsp ca ocsprevoked
	ocsp unknown.ocsp ca ocspunknown
	echo "<html>maintenance</html>" >www/page.ocsp
	printf '\x30\x03\x0a\x01\x03' >www/later.ocsp
	: >www/empty.ocsp
	ask "OCSP: good" 0 "CERT OK" ocspgood --ocsp
	claim "... by POST" grep -q "POST /good.ocsp" www/asked
	ask "OCSP: good, says a delegate" 0 "CERT OK" ocspdelegated --ocsp
	ask "OCSP: revoked" 2 "[tls.cert.revoked]" ocsprevoked --ocsp
	ask "OCSP: unknown to its CA" 2 "[tls.ocsp.unknown_cert]" ocspunknown --ocsp
	for name in forged stale other usurped page later empty; do
		ask "OCSP: $name answer" 1 "[tls.ocsp.bad]" ocsp$name --ocsp
	done
	for how in $FAILURES; do
		with_ocsp "ocsp$how" "$WWW/$(way "$how" good.ocsp)"
		ask "OCSP: $how leaves it unknown" 1 "[tls.ocsp.bad]" "ocsp$how" --ocsp
	done
	with_ocsp ocspchunked $WWW/chunked/chunked.ocsp
	known ocspchunked
	ocsp chunked.ocsp ca ocspchunked
	ask "OCSP: in chunks" 0 "CERT OK" ocspchunked --ocsp
	: >www/asked
	expect "OCSP: a private net, not allowed" 1 "[tls.ocsp.bad]" $CERT -f ocspgood.pem --ca-file ca.pem --ocsp
	claim "... nobody was asked" unasked
	ask "OCSP: none is named" 1 "[tls.ocsp.bad]" none --ocsp
	ask "OCSP: who signed it does not matter, whether it is revoked does" 1 "[tls.ocsp.bad]" strange --ocsp -A
}

real_responder() {
	local url=http://127.0.0.1:20081
	for name in livegood liverevoked liveunknown; do
		with_ocsp $name $url
		[ $name = liveunknown ] || known $name
	done
	revoke liverevoked
	peer openssl ocsp -port 20081 -index index.txt -CA ca.pem -rsigner delegate.pem -rkey delegate.key -ndays 1
	listening 20081
	ask "openssl ocsp: good" 0 "CERT OK" livegood --ocsp
	ask "openssl ocsp: revoked" 2 "[tls.cert.revoked]" liverevoked --ocsp
	ask "openssl ocsp: unknown" 2 "[tls.ocsp.unknown_cert]" liveunknown --ocsp
}

# ---- AIA ----------------------------------------------------------------------------------------

with_aia() { ISSUER=middle leaf "$1" ec 80 "authorityInfoAccess=caIssuers;URI:$2"; } # NAME URL
incomplete() { ask "AIA: $1" 2 "[tls.cert.chain.incomplete]" "$2" --aia; }

issuers() {
	local how
	openssl x509 -in middle.pem -outform DER -out www/middle.der
	openssl crl2pkcs7 -nocrl -certfile middle.pem -outform DER -out www/middle.p7c
	cat middle.pem other.pem middle.pem other.pem >several.pem
	openssl crl2pkcs7 -nocrl -certfile several.pem -outform DER -out www/several.p7c
	openssl x509 -in other.pem -outform DER -out www/other.der
	openssl req -x509 -key other.key -out same.pem -days 90 -subj "/CN=Real Middle" 2>/dev/null
	openssl x509 -in same.pem -outform DER -out www/same.der
	echo "<html>maintenance</html>" >www/page.der
	for how in middle.der middle.p7c several.p7c chunked/middle.der; do
		with_aia below "$WWW/$how"
		incomplete "$how: the missing intermediate" below
		claim "... is named, and proved" \
			says "fetched from the CA: CN=Real Middle; with it the chain verifies"
	done
	with_aia below $WWW/several.p7c
	with_sanitizers incomplete "several.p7c, with sanitizers" below
	for how in other.der same.der page.der; do
		with_aia below $WWW/$how
		incomplete "$how is not it" below
		claim "... and that is said" says "could not be fetched from $WWW/$how"
	done
	for how in $FAILURES; do
		with_aia below "$WWW/$(way "$how" middle.der)"
		incomplete "$how" below
		claim "... and that is said" says "could not be fetched from $WWW/$how"
	done
	ISSUER=middle leaf below ec 80
	incomplete "not told where" below
	with_aia below $WWW/middle.der
	: >www/asked
	expect "AIA: a private net, not allowed" 2 "[tls.cert.chain.incomplete]" $CERT -f below.pem \
		--ca-file ca.pem --aia
	claim "... nobody was asked" unasked
}

# ---- renewal information -------------------------------------------------------------------------

# Certificates of a CA whose directory is known; its host is this one, and has a certificate of ca's.
ACME=acme-v02.api.letsencrypt.org
renewal_id() { # NAME: RFC 9773, 4.1, by other means than ours
	openssl x509 -in "$1.pem" -noout -ext authorityKeyIdentifier -serial | python3 -c '
import base64, re, sys
text = sys.stdin.read()
url64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=").decode()
key = bytes.fromhex(re.search(r"((?:[0-9A-F]{2}:)+[0-9A-F]{2})", text).group(1).replace(":", ""))
serial = bytes.fromhex(re.search(r"serial=([0-9A-F]+)", text).group(1))
print(url64(key) + "." + url64((b"\0" if serial[0] & 128 else b"") + serial))'
}
window() { # FROM UNTIL, in seconds from now
	printf '{"suggestedWindow": {"start": "%s", "end": "%s"},\n "explanationURL": "https://ca.test/why"}' \
		"$(date -u -d "$1 seconds" +%FT%TZ)" "$(date -u -d "$2 seconds" +%FT%TZ)"
}
renewal() { ask "ARI: $1" "$2" "$3" "${@:4}" --ari --resolve $ACME:127.0.0.1 -v; }
quiet() { ! grep -q "tls.cert.renew_now" out && grep -q "renewal information: .*${1:-}" out; }

renewals() {
	local id how
	# shellcheck disable=SC2086
	openssl req -x509 -newkey $P256 -nodes -keyout le.key -out le.pem -days 90 \
		-subj "/O=Let's Encrypt/CN=E99" -addext keyUsage=critical,keyCertSign 2>/dev/null
	cat le.pem >>ca.pem
	ISSUER=le leaf renew ec 80 "authorityKeyIdentifier=keyid"
	id=$(renewal_id renew)
	window -7200 -3600 >"www/$id"
	renewal "its window is over" 1 "[tls.cert.renew_now]" renew
	claim "... the question is that of the RFC" grep -qx "GET /acme/renewal-info/$id" www/asked
	window -3600 3600 >"www/$id"
	renewal "its window is open" 1 "[tls.cert.renew_now]" renew
	window 3600 7200 >"www/$id"
	renewal "later" 0 "CERT OK" renew
	claim "... says nothing without -vv" no says "renewal information"
	renewal "later" 0 "CERT OK" renew -v
	claim "... and the window with it" quiet " to "
	for how in redirect endless silent slow cut error; do
		echo $how >"www/$id.how"
		renewal "$how" 0 "CERT OK" renew
		claim "... is no reason to renew, and said" quiet
	done
	echo chunked >"www/$id.how"
	window -7200 -3600 >"www/$id"
	renewal "in chunks" 1 "[tls.cert.renew_now]" renew
	rm "www/$id.how"
	echo "<html>maintenance</html>" >"www/$id"
	renewal "garbage" 0 "CERT OK" renew
	claim "... is said" quiet "no window"
	rm "www/$id"
	renewal "404" 0 "CERT OK" renew
	claim "... is said" quiet "HTTP status 404"
	window -7200 -3600 >"www/$id"
	: >www/asked
	expect "ARI: a private net, not allowed" 0 "CERT OK" $CERT -f renew.pem --ca-file ca.pem --ari -v \
		--resolve $ACME:127.0.0.1
	claim "... nobody was asked" unasked
	claim "... and that is said" quiet "not public"
	ask "ARI: not asked for" 0 "CERT OK" renew --resolve $ACME:127.0.0.1
	renewal "a CA of whom no directory is known" 0 "CERT OK" none
	claim "... is said" quiet "offers no renewal information known here"
	WHEN="faketime -f -100d" ISSUER=le leaf over ec 80 "authorityKeyIdentifier=keyid"
	renewal "nobody is asked about one that is over" 2 "[tls.cert.expired]" over
	claim "... indeed" unasked
	head -n "$(wc -l <le.pem)" <le.pem >le.only
	: >www/asked
	expect "ARI: a directory that nobody can verify is not believed" 0 "CERT OK" $CERT -f renew.pem \
		--ca-file le.only --ari -v --allow-private-fetch --resolve $ACME:127.0.0.1
	claim "... is said" quiet "certificate"
}

leaf none ec 80
# shellcheck disable=SC2086
openssl req -x509 -newkey $P256 -nodes -keyout alone.key -out alone.pem -days 80 -subj /CN=alone \
	-addext basicConstraints=critical,CA:FALSE 2>/dev/null
ISSUER=other leaf strange ec 80
leaf acme ec 80
printf 'subjectAltName=DNS:%s\n' $ACME >acme.ext
openssl x509 -req -in acme.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 80 -extfile acme.ext \
	-out acme.pem 2>/dev/null
mkfifo www.in
peer bash -c 'exec python3 "$0" www 20080 443 acme.pem acme.key <>www.in' "$REAL/responder.py"
listening 20080
listening 443
lists
odd_lists
inside
responders
real_responder
issuers
renewals
finish
