#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/arch/rows.sh on a small tree that keeps every promise, and on that tree with one of them
# broken: each must be noticed, in these words and no others.
set -u
cd "$(dirname "$0")/../.." || exit 1
tree=build/rows_test
passed=0 failed=0

# A tree in which each column of the table is at work, and each kind of file bears marks.
tree() {
	rm -rf "$tree"
	mkdir -p "$tree/tests/case" "$tree/tests/real" "$tree/tests/unit"
	cat >"$tree/tests/rows.def" <<-END
		# a comment
		mark: problem
		A1  -          -  in words alone
		mark: row
		m1  ns.lame    WO two states
		m2  -          C  a state without a finding
		m3  dns.forged U  of a program
		mark: fault
		x1a tls.cert.* -  one below it
		x2  tls.crl    -  of a script
		x3  tls.crl    -  nothing shows it
	END
	printf '\tcannot: a reason\n' >>"$tree/tests/rows.def"
	case_file words 'problem: A1' 'exit: 2' 'finding: auth.credentials' 'line1: refused'
	case_file warning 'row: m1' 'exit: 1' 'finding: ns.lame' 'line1: lame'
	case_file worse 'row: m1' 'exit: 2' 'finding: ns.lame' 'finding: mx.none' \
		'stdout: \[WARNING\] ns\.lame'
	case_file note 'row: m1' 'exit: 0' 'note: ns.lame' 'verbose: lame'
	case_file miss 'near: m1' 'exit: 0' 'absent: ns.lame'
	case_file code 'row: m2' 'exit: 2' 'line1: CRITICAL'
	case_file fault 'fault: x1a' 'exit: 2' 'finding: tls.cert.expired'
	printf '/* %s */\n' 'row: m3' 'near: m3' '"dns.forged"' >"$tree/tests/unit/test_forged.c"
	printf '# %s\n' 'fault: x2' 'tls.crl' >"$tree/tests/real/crl.sh"
}
case_file() { # NAME LINE...
	name=$1
	shift
	printf '%s\n' "$@" >"$tree/tests/case/$name.case"
}

# judge TEXT WORDS: rows.sh says of the tree one thing, which begins with WORDS; nothing if those
# are empty. Tests that it names along with it stand behind a tab.
judge() {
	said=$(tests/arch/rows.sh "$tree" 2>&1)
	status=$?
	lines=$(printf '%s' "$said" | grep -c '^[^	]')
	case "$status $lines $said" in
	"0 0 $2" | "1 1 ${2:-no words}"*)
		passed=$((passed + 1))
		echo "ok - $1" ;;
	*)
		failed=$((failed + 1))
		echo "not ok - $1"
		echo "    exit $status, wanted: $2"
		printf '%s\n' "$said" | sed 's/^/    | /' ;;
	esac
}

# broken TEXT WORDS FILE SED: the tree with one file edited, which must change it
broken() {
	tree
	cp "$tree/tests/$3" "$tree/before"
	sed -i "$4" "$tree/tests/$3"
	if cmp -s "$tree/before" "$tree/tests/$3"; then
		failed=$((failed + 1))
		echo "not ok - $1: nothing was broken"
	else
		judge "$1" "$2"
	fi
}

tree
judge 'the whole tree' ''

broken 'a problem loses its mark' 'no test has problem: A1 ' case/words.case /problem:/d
broken 'a problem loses its words' 'nobody looks at the words of: A1 ' case/words.case /line1:/d
broken 'a fault loses its mark' 'no test has fault: x1a ' case/fault.case /fault:/d
broken 'a fault loses its mark in a script' 'no test has fault: x2 ' real/crl.sh /fault:/d
broken 'a fault loses its finding' 'tests/case/fault.case: x1a without tls.cert.*' case/fault.case \
	's/cert.expired/certificate/'
broken '... in a script' 'tests/real/crl.sh: x2 without tls.crl' real/crl.sh 's/^# tls.crl//'
broken 'a finding is not the beginning of another' 'tests/real/crl.sh: x2 without tls.crl' \
	real/crl.sh 's/^# tls.crl/&.old/'
broken 'what cannot be shown loses its reason' 'no test has fault: x3 ' rows.def /cannot:/d
broken '... or its reason is empty' 'tests/rows.def: what is this: ' rows.def 's/a reason//;/x3/d'
broken '... or has a test' 'x3: a reason why no test can show it, and tests' real/crl.sh 's/x2/x2 x3/'
broken 'a rule loses a state' 'no test shows O: m1 ' case/note.case /row:/d
broken '... or gains one' 'no test shows O: m2 ' rows.def '/^m2/s/C/CO/'
broken '... its words' 'tests/case/warning.case: m1 without words' case/warning.case /line1:/d
broken '... its finding' 'tests/case/warning.case: m1 without ns.lame' case/warning.case /finding:/d
broken '... its near miss' 'no test comes near: m1 ' case/miss.case /near:/d
broken '... its near miss in a program' 'no test comes near: m3 ' unit/test_forged.c /near:/d
broken '... all marks' 'no test has row: m2 ' case/code.case /row:/d
broken 'a state that the row does not have' 'tests/case/warning.case: m1 as C' case/warning.case \
	's/exit: 1/exit: 2/'
broken 'one of two findings, and no word of its state' \
	'tests/case/worse.case: the state of ns.lame is not said' case/worse.case 's/WARNING/.*/'
broken 'a near miss that hits' 'tests/case/miss.case: near m1 and ns.lame is there' case/miss.case \
	's/exit: 0/exit: 1\nfinding: ns.lame/'
broken 'a near miss that does not look' 'tests/case/miss.case: near m1 without absent: ns.lame' \
	case/miss.case /absent:/d
broken 'a near miss of a row without states' 'tests/case/miss.case: there is no near x1a' \
	case/miss.case 's/near: m1/near: m1 x1a/'
broken 'a row that is not there' 'tests/case/code.case: there is no row m9' case/code.case \
	's/m2/m2, m9/'
broken '... in a comment' 'tests/unit/test_forged.c: there is no row m9' unit/test_forged.c \
	's/row: m3/row: m3 m9/'
broken 'a mark of another kind' 'tests/case/words.case: there is no problem m1' case/words.case \
	's/A1/A1 m1/'
broken 'a row twice' 'm2 stands there twice' rows.def '/^m2/p'
broken 'a line that is no row' 'tests/rows.def: what is this: m4 ns.lame' rows.def \
	's/^m2/m4 ns.lame\n&/'

tree
find "$tree/tests" -type f -delete
: >"$tree/tests/rows.def"
judge 'an empty table' 'tests/rows.def holds no rows'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
