#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry: what a command line may say of files and limits and what it may not, the
# letters of check_ssl_cert that mean something else here, files that only others may read.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world

CERT=check_cert_expiry
authorities
aged good ec 80
leaf other ec 60
ISSUER=middle leaf below ec 80

files() {
	local file
	for file in ./good.pem ../cert_words/good.pem "$PWD/good.pem" file:good.pem "file://$PWD/good.pem" \
		'file:go*.pem'; do
		expect "a file as $file" 0 "ends in 80.0 days" $CERT "$file" --ca-file ca.pem
	done
	expect "-f takes file:// too" 0 "ends in 80.0 days" $CERT -f "file://$PWD/good.pem" --ca-file ca.pem
	expect "a file that is not there, named once" 3 "CERT UNKNOWN - none.pem: it cannot be read: No such file or directory [" \
		$CERT -f none.pem
	run $CERT -f good.pem --ca-file ca.pem -vv
	claim "-vv tells of each certificate of a file" \
		grep -q "certificate 0: CN=good; issuer CN=Real Test CA; EC 256" out
	expect "a leaf without its chain, in a file" 2 "is not in the file" $CERT -f below.pem --ca-file ca.pem
	printf 'file:good.pem other.pem\n' >list
	expect "two words on a line" 3 "list line 1: more than one word" $CERT --targets list
}

letters() {
	local option
	for option in "-n mail:--match" "--cn mail:--match" "-N:--match" "-L A:--min-security" \
		"-e a@b.test:--issuer" "-o ORG:--issuer" "--org ORG:--issuer"; do
		# shellcheck disable=SC2086
		expect "${option%%:*} names what it is here" 3 "${option#*:}" \
			$CERT -f good.pem --ca-file ca.pem ${option%%:*}
	done
}

limits() {
	local option
	for option in "-w 10 -c 20" "-w 1.5 -c 2.5" "-D 10,20" "-w 10% -c 20%" "-w 120%" "-w .2" "-w 2.2a" \
		"-w 1%1" "-w"; do
		# shellcheck disable=SC2086
		expect "$option is an error" 3 "[client.usage]" $CERT -f good.pem --ca-file ca.pem $option
	done
	for option in "0 -w 14 -c 7" "1 -w 90" "2 -w 90 -c 85" "0 -w 36h -c 1h" "0 -w 25% -c 10%" \
		"1 -w 25% -w 100d" "0 -w 2w -c 10d" "1 -w cert_lifetime_left=100 -c 5" "2 -D 90,85" "1 -w 14: -c @7:8 -w cert_lifetime_left=100"; do
		# shellcheck disable=SC2086
		run $CERT -f good.pem --ca-file ca.pem ${option#* }
		claim "${option#* } ends with ${option%% *}" [ "$STATUS" = "${option%% *}" ]
	done
}

# What others may not read is said, and hides nothing.
locked() {
	local here
	here=$(mktemp -d)
	mkdir "$here/folder"
	cp good.pem other.pem "$here/folder" && cp ca.pem "$here"
	chmod 755 "$here" "$here/folder"
	chmod 644 "$here/ca.pem" "$here/folder/good.pem"
	chmod 000 "$here/folder/other.pem"
	stranger -f "$here/folder" --ca-file "$here/ca.pem" -v
	claim "a folder with a file that cannot be read" answered 0 ", 1 file cannot be read"
	claim "... names it" grep -q "\[NOTE\] client.file - .*other.pem: it cannot be read: Permission denied" out
	stranger -f "$here/folder" --ca-file "$here/ca.pem" --state client.file=warning
	claim "... a warning if the user says so" answered 1 "[client.file]"
	stranger -f "$here/folder/other.pem" --ca-file "$here/ca.pem"
	claim "a file that cannot be read" answered 3 "[client.file]"
	rm -rf "$here"
}
stranger() { # as somebody else; the programs lie where he may not look
	local descriptor
	exec {descriptor}<"$PROGRAMS/$CERT"
	as_nobody "/proc/self/fd/$descriptor" "$@" >out 2>err
	STATUS=$?
	exec {descriptor}<&-
}

files
letters
limits
locked
finish
