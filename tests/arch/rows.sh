#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every row of tests/rows.def has a case or a test that shows it ("row: ID"), in each of its states
# and with its words, and one that comes near and must not show it ("near: ID"). Nobody names a row
# that is not there. Prints what is wrong; --list prints every row with its tests.
set -u
cd "$(dirname "$0")/../.." || exit 1
{
	# "# row: ..." of scripts and programs, and the finding ids that they hold
	grep -rEo '^[#*/ ]*(row|near): *[a-z#][0-9a-z #,]*$|[a-z]+(\.[a-z0-9_]+)+' tests/real tests/unit \
		--include='*.sh' --include='*.c'
	grep -rE '^(row|near|finding|note|absent|exit|line1|stdout|verbose):' tests/case --include='*.case'
} | awk -v list="${1:-}" '
	function fault(text) { print text; faults++ }
	FILENAME == "tests/rows.def" {
		if ($0 !~ /^[a-z#][0-9]/) next
		rows[++count] = $1
		finding[$1] = $2
		states[$1] = $3
		words[$1] = $0
		next
	}
	{
		file = $0
		sub(/:.*/, "", file)
		line = substr($0, length(file) + 2)
		sub(/^[#*\/ ]*/, "", line)
		key = line
		sub(/:.*/, "", key)
		value = line
		sub(/^[^:]*: */, "", value)
		if (!(file in seen)) { seen[file] = 1; files[++file_count] = file }
		if (key == "row") shows[file] = shows[file] " " value
		else if (key == "near") nears[file] = nears[file] " " value
		else if (key == "finding") { raised[file, value] = 1; raised_count[file]++ }
		else if (key == "note") raised[file, value] = "note"
		else if (key == "absent") absent[file, value] = 1
		else if (key == "exit") code[file] = value
		else if (file !~ /\.case$/) named[file, line] = 1
		else { gsub(/\\/, "", value); text[file] = text[file] "\n" value }
	}
	# The state in which a case shows a finding; "" if it does not say.
	function state_of(file, id, letter) {
		if (raised[file, id] == "note") return "O"
		if (raised_count[file] == 1) return substr("OWCU", code[file] + 1, 1)
		if (match(text[file], "\\[(WARNING|CRITICAL|UNKNOWN)\\] " id)) {
			letter = substr(text[file], RSTART, RLENGTH)
			return letter ~ /WARN/ ? "W" : letter ~ /CRIT/ ? "C" : "U"
		}
		return ""
	}
	function proof(file, row, id, state) {
		id = finding[row]
		tests[row] = tests[row] "\n\t" file
		if (file !~ /\.case$/) {
			if (id != "-" && !((file, id) in named)) fault(file ": row " row " without " id)
			shown[row] = shown[row] states[row]
			return
		}
		if (text[file] == "") fault(file ": row " row " without words")
		if (id == "-") {
			shown[row] = shown[row] substr("OWCU", code[file] + 1, 1)
			return
		}
		if (!((file, id) in raised)) { fault(file ": row " row " without " id); return }
		state = state_of(file, id)
		if (state == "") fault(file ": the state of " id " is not said")
		else if (!index(states[row], state)) fault(file ": " row " as " state)
		shown[row] = shown[row] state
	}
	function miss(file, row, id) {
		id = finding[row]
		tests[row] = tests[row] "\n\tnear: " file
		missed[row] = 1
		if (file !~ /\.case$/) return
		if ((file, id) in raised && index(states[row], state_of(file, id)))
			fault(file ": near " row " and " id " is there")
		if (states[row] ~ /O/ && id != "-" && !((file, id) in absent))
			fault(file ": near " row " without absent: " id)
	}
	END {
		for (f = 1; f <= file_count; f++) {
			file = files[f]
			n = split(shows[file], id, /[ ,]+/)
			for (i = 1; i <= n; i++)
				if (id[i] != "") {
					if (id[i] in finding) proof(file, id[i])
					else fault(file ": there is no row " id[i])
				}
			n = split(nears[file], id, /[ ,]+/)
			for (i = 1; i <= n; i++)
				if (id[i] != "") {
					if (id[i] in finding) miss(file, id[i])
					else fault(file ": there is no row " id[i])
				}
		}
		for (r = 1; r <= count; r++) {
			row = rows[r]
			if (list == "--list") print words[row] tests[row]
			if (states[row] == "!") continue
			for (i = 1; i <= length(states[row]); i++)
				if (!index(shown[row], substr(states[row], i, 1)))
					fault("no test shows " substr(states[row], i, 1) ": " words[row])
			if (finding[row] != "-" && !(row in missed)) fault("no test comes near: " words[row])
		}
		if (count == 0) fault("tests/rows.def holds no rows")
		exit faults > 0
	}' tests/rows.def -
