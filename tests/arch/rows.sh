#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds the tests to the rows of tests/rows.def, by its columns:
# - a row is named by a case or a test, or says why none can show it ("cannot:"), not both;
# - with a finding: whoever names it holds that finding;
# - without one: somebody looks at the words that a user reads;
# - with states: each is shown, every case looks at the words, and, where there is a finding, a
#   test comes near and must not show it ("near: ROW").
# Nobody names a row that is not there. Prints what is wrong.
# usage: rows.sh [--list] [TREE]    --list: every row with its reason or its tests
set -u
list=
[ "${1:-}" != --list ] || { list=1; shift; }
cd "${1:-$(dirname "$0")/../..}" || exit 1
{
	# scripts and programs: marks stand in comments; and the finding ids that they hold
	grep -rEo '^[#*/ ]*(problem|row|near|fault): .*$|[a-z]+(\.[a-z0-9_]+)+' tests/real tests/unit \
		--include='*.sh' --include='*.c'
	grep -rE '^(problem|row|near|fault|finding|note|absent|exit|line1|stdout|verbose):' \
		tests/case --include='*.case'
} | awk -v list="$list" '
	function wrong(text) { print text; faults++ }
	function is_case(file) { return file ~ /[.]case$/ }

	# ---- reading ----
	function read_table() {
		if ($0 ~ /^mark: [a-z]+$/)
			section = $2
		else if ($0 ~ /^[A-Za-z#]+[0-9]+[a-z]? +[^ ]+ +([OWCU]+|-) +[^ ]/) {
			if ($1 in words) wrong($1 " stands there twice")
			row = rows[++count] = $1
			mark[row] = section
			finding[row] = $2
			states[row] = $3 == "-" ? "" : $3
			words[row] = $0
		} else if ($0 ~ /^\tcannot: ./ && row != "")
			reason[row] = $0
		else if ($0 !~ /^#( |$)/)
			wrong(FILENAME ": what is this: " $0)
	}
	# "FILE:KEY: VALUE", or "FILE:FINDING" of what is no case
	function read_test(   file, line, key, value) {
		file = $0
		sub(/:.*/, "", file)
		line = substr($0, length(file) + 2)
		sub(/^[#*\/ ]*/, "", line)
		key = value = line
		sub(/:.*/, "", key)
		sub(/^[^:]*: */, "", value)
		if (key ~ /^(problem|row|near|fault)$/) {
			sub(/ *\*\/$/, "", value)
			marks[++mark_count] = file " " key " " value
		} else if (!is_case(file))
			raised[file, line] = 1
		else if (key == "finding") {
			raised[file, value] = 1
			raised_count[file]++
		} else if (key == "note")
			raised[file, value] = "note"
		else if (key == "absent")
			absent[file, value] = 1
		else if (key == "exit")
			code[file] = value
		else {
			gsub(/\\/, "", value)
			text[file] = text[file] "\n" value
		}
	}
	FILENAME == "tests/rows.def" { read_table(); next }
	{ read_test() }

	# ---- judging ----
	# The finding of a row that a test holds: its id, or the beginning of it; "" if there is none.
	function held(file, id,   pair) {
		if (id !~ /[*]$/) return (file, id) in raised ? id : ""
		id = file SUBSEP substr(id, 1, length(id) - 1)
		for (pair in raised)
			if (index(pair, id) == 1) return substr(pair, length(file) + 2)
		return ""
	}
	# The state in which a case shows a finding ("-": its exit code); "" if it does not say.
	function state_of(file, id,   letter) {
		if (id != "-" && raised[file, id] == "note") return "O"
		if (id == "-" || raised_count[file] == 1) return substr("OWCU", code[file] + 1, 1)
		if (match(text[file], "\\[(WARNING|CRITICAL|UNKNOWN)\\] " id)) {
			letter = substr(text[file], RSTART + 1, 1)
			return letter
		}
		return ""
	}
	function proof(file, row,   id, state) {
		tests[row] = tests[row] "\n\t" file
		if (!is_case(file) || text[file] != "") read[row] = 1
		id = finding[row]
		if (id != "-" && (id = held(file, id)) == "") {
			wrong(file ": " row " without " finding[row])
			return
		}
		if (!is_case(file)) shown[row] = shown[row] states[row]
		if (!is_case(file) || states[row] == "") return
		if (text[file] == "") wrong(file ": " row " without words")
		state = state_of(file, id)
		if (state == "") wrong(file ": the state of " id " is not said")
		else if (!index(states[row], state)) wrong(file ": " row " as " state)
		shown[row] = shown[row] state
	}
	function miss(file, row,   id) {
		id = finding[row]
		tests[row] = tests[row] "\n\tnear: " file
		missed[row] = 1
		if (states[row] == "") wrong(file ": near " row ", which has no states")
		if (!is_case(file)) return
		if ((file, id) in raised && index(states[row], state_of(file, id)))
			wrong(file ": near " row " and " id " is there")
		if (states[row] ~ /O/ && id != "-" && !((file, id) in absent))
			wrong(file ": near " row " without absent: " id)
	}
	function judge_mark(line,   word, n, i) {
		n = split(line, word, /[ ,]+/)
		for (i = 3; i <= n; i++) {
			if (word[i] == "") continue
			if (mark[word[i]] != (word[2] == "near" ? "row" : word[2]))
				wrong(word[1] ": there is no " word[2] " " word[i])
			else if (word[2] == "near")
				miss(word[1], word[i])
			else
				proof(word[1], word[i])
		}
	}
	function judge_row(row,   i) {
		if (list) print words[row] (row in reason ? "\n" reason[row] : tests[row])
		if (row in reason) {
			if (row in tests) wrong(row ": a reason why no test can show it, and tests" tests[row])
			return
		}
		if (!(row in tests)) { wrong("no test has " mark[row] ": " words[row]); return }
		if (finding[row] == "-" && !(row in read)) wrong("nobody looks at the words of: " words[row])
		for (i = 1; i <= length(states[row]); i++)
			if (!index(shown[row], substr(states[row], i, 1)))
				wrong("no test shows " substr(states[row], i, 1) ": " words[row])
		if (states[row] != "" && finding[row] != "-" && !(row in missed))
			wrong("no test comes near: " words[row])
	}
	END {
		for (i = 1; i <= mark_count; i++) judge_mark(marks[i])
		for (i = 1; i <= count; i++) judge_row(rows[i])
		if (count == 0) wrong("tests/rows.def holds no rows")
		exit faults > 0
	}' tests/rows.def -
