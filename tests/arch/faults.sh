#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every row of tests/faults.def has a case file or a test that says "fault: ID" and holds the row's
# finding, or says why none can ("cannot:", not both); and nobody names a row that is not there.
# Prints what is wrong; --list prints every row with its tests.
set -u
cd "$(dirname "$0")/../.." || exit 1
{
	# scripts and programs: their marks, and the finding ids that they hold
	grep -rEo '^[#*/ ]*fault: *[xhd][0-9]+[a-z]?([ ,]+[xhd][0-9]+[a-z]?)*|[a-z]+(\.[a-z0-9_]+)+' \
		tests/real tests/unit --include='*.sh' --include='*.c'
	grep -rE '^(fault|finding|note):' tests/case --include='*.case'
} | awk -v list="${1:-}" '
	function wrong(text) { print text; faults++ }
	FILENAME == "tests/faults.def" {
		if ($0 ~ /^[xhd][0-9]+[a-z]? /) {
			rows[++count] = $1
			finding[$1] = $2
			words[$1] = $0
		} else if ($0 ~ /^\tcannot: ./)
			reason[rows[count]] = $0
		else if ($0 !~ /^#/)
			wrong(FILENAME ": what is this: " $0)
		next
	}
	{
		file = $0
		sub(/:.*/, "", file)
		line = substr($0, length(file) + 2)
		sub(/^[#*\/ ]*/, "", line)
		if (line ~ /^fault:/)
			marks[file] = marks[file] substr(line, 7)
		sub(/^(finding|note): */, "", line)
		holds[file] = holds[file] " " line
	}
	function check(file, id) {
		if (!(id in finding))
			wrong(file ": there is no row " id)
		else if (finding[id] != "-" && !index(holds[file] " ", " " finding[id]))
			wrong(file ": row " id " without " finding[id])
		tests[id] = tests[id] "\n\t" file
	}
	END {
		for (file in marks) {
			n = split(marks[file], id, /[ ,]+/)
			for (i = 1; i <= n; i++)
				if (id[i] != "")
					check(file, id[i])
		}
		for (r = 1; r <= count; r++) {
			row = rows[r]
			if (list == "--list")
				print words[row] (row in reason ? "\n" reason[row] : tests[row])
			if (!(row in tests) && !(row in reason))
				wrong("no test has fault: " words[row])
			if (row in tests && row in reason)
				wrong(row ": a reason why it cannot be tested, and tests" tests[row])
		}
		if (count == 0)
			wrong("tests/faults.def holds no rows")
		exit faults > 0
	}' tests/faults.def -
