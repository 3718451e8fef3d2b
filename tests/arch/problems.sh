#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every row of tests/problems.def has a case file or a test that says "problem: ID", one of them
# looks at the words that a user reads, and nobody names a row that is not there. Prints what is
# wrong; --list prints every row with its tests.
set -u
cd "$(dirname "$0")/../.." || exit 1
grep -rEo '^[#*/ ]*problem: *[A-Z][0-9]+([ ,]+[A-Z][0-9]+)*' tests/case tests/real tests/unit \
	--include='*.case' --include='*.sh' --include='*.c' |
	awk -F: -v list="${1:-}" -v worded="$(grep -rlE '^(line1|stdout|verbose|json):' tests/case | tr '\n' ' ')" '
	# A test that is no case file says by itself what it looks at.
	function reads(file) { return file !~ /[.]case$/ || index(" " worded, " " file " ") > 0 }
	FILENAME == "tests/problems.def" {
		if ($0 ~ /^[A-Z][0-9]+ /) {
			split($0, word, " ")
			rows[++count] = word[1]
			known[word[1]] = 1
			words[word[1]] = $0
		}
		next
	}
	{
		ids = split($3, id, /[ ,]+/)
		for (i = 1; i <= ids; i++)
			if (id[i] != "") {
				tests[id[i]] = tests[id[i]] "\n\t" $1
				read[id[i]] += reads($1)
				if (!(id[i] in known)) { print $1 ": there is no problem " id[i]; faults++ }
			}
	}
	END {
		for (i = 1; i <= count; i++) {
			if (list == "--list") print words[rows[i]] tests[rows[i]]
			if (rows[i] in tests && !read[rows[i]]) { print "nobody looks at the words of: " words[rows[i]]; faults++ }
			if (!(rows[i] in tests)) { print "no test has problem: " words[rows[i]]; faults++ }
		}
		if (count == 0) { print "tests/problems.def holds no rows"; faults++ }
		exit faults > 0
	}' tests/problems.def -
