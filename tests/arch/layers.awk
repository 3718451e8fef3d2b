# SPDX-License-Identifier: GPL-3.0-or-later
# Holds the table of common/README.md true: which folder may include which.
# usage: awk -f layers.awk common/*/*.[ch] common/*/*/*.[ch]
BEGIN {
	allowed["base"] = "base"
	allowed["report"] = "base report"
	allowed["opts"] = "base opts"
	allowed["wire"] = "base wire"
	allowed["net"] = "base wire net"
	allowed["dialog"] = "base wire net dialog"
	allowed["check"] = "base report opts wire net dialog check"
}
FNR == 1 { split(FILENAME, path, "/"); folder = path[2] }
/^#include "/ {
	split($2, quoted, "\"")
	if (split(quoted[2], included, "/") < 2)
		fault(quoted[2] " is included without its folder")
	else if ((" " allowed[folder] " ") !~ (" " included[1] " "))
		fault(folder " may not include " quoted[2])
}
# The libraries that one module alone may know.
/^#include <ldns\// && FILENAME !~ /^common\/net\/dns/ { fault("only net/dns knows ldns") }
/^#include <(json-c)\// && FILENAME !~ /^common\/report\/render_json/ { fault("only report/render_json knows json-c") }
/^#include <curl\// && FILENAME !~ /^common\/net\/http/ { fault("only net/http knows curl") }
function fault(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; faults++ }
END { exit faults > 0 }
