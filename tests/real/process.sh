#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ends that come to a run from outside of it, in each format: the watchdog, signals, no
# memory, and a file for metrics that cannot be written.
. "$(dirname "$0")/common"
rm -rf "$WORK"
mkdir -p "$WORK"
cd "$WORK" || exit 1

begin silent "$REAL/silent.py" 1

# ended SIGNALS ARGUMENT...: a run that waits for a silent server gets the signals, a word each
# ("0.3" waits so long); its words in "out", its code in STATUS.
ended() {
	local signals=$1 pid word
	shift
	printf '%q ' "$@" >asked
	"$PROGRAMS/check_imap_tls" -H 127.0.0.1 -p "$PORT" "$@" >out 2>err &
	pid=$!
	for word in $signals; do
		case $word in
		[0-9]*) sleep "$word" ;;
		*) kill -s "$word" "$pid" ;;
		esac
	done
	wait "$pid"
	STATUS=$?
}
# The watchdog rings while the process is stopped, and is the first thing it hears.
STUCK="0.2 STOP 1.6 CONT"
"$PROGRAMS/check_imap_tls" --json-schema >schema.json

finding() { json 'd["findings"][0]["finding"] + " " + d["findings"][0]["who"] + " " + d["state"] + " " + str(d["exit_code"])'; }
valid() { python3 "$REAL/schema.py" schema.json out >valid.log 2>&1 && [ "$(wc -l <out)" = 1 ]; }
advised() { [ "$(json 'all(f["why"] and f["next"] and f["message"] for f in d["findings"])')" = True ]; }
block() { grep -q '^  why:  ' out && grep -q '^  next: here: ' out && tail -1 out | grep -q '^  who:  monitor$'; }
metric() { grep -qE "^mailvitals_state\{check=\"imap\",target=\"127\.0\.0\.1:$PORT\"\} $1\$" out && [ "$(tail -1 out)" = "# EOF" ]; }

each() { # TEXT SIGNALS CODE STATE ID ARGUMENT...
	local text=$1 signals=$2 code=$3 state=$4 id=$5
	shift 5
	ended "$signals" "$@"
	claim "$text: text" answered "$code" "[$id]"
	claim "... with cause, next step and who" block
	claim "... of this target" grep -qF -- "127.0.0.1:$PORT: " out
	ended "$signals" "$@" -o json
	claim "$text: JSON by the schema, in one line" valid
	claim "... the finding" [ "$(finding)" = "$id monitor $state $code" ]
	claim "... with cause and next step" advised
	claim "... the target" [ "$(json 'd["target"]["port"]')" = "$PORT" ]
	claim "... the exit code" [ "$STATUS" = "$code" ]
	ended "$signals" "$@" -o openmetrics
	claim "$text: OpenMetrics" metric "$code"
	claim "... the exit code" [ "$STATUS" = "$code" ]
}
each "stuck beyond the deadline" "$STUCK" 2 CRITICAL net.timeout.reply -t 1
claim "... the time is measured, and more than -t" [ "$(ended "$STUCK" -t 1 -o json; json 'd["metrics"]["time"]["value"] > d["metrics"]["time"]["max"] == 1')" = True ]
each "stuck, and a time-out is a warning" "$STUCK" 1 WARNING net.timeout.reply -t 1:warning
each "interrupted" "0.3 TERM" 3 UNKNOWN client.internal -t 5
each "crashed" "0.3 SEGV" 3 UNKNOWN client.internal -t 5
claim "... nothing but the format's own" [ "$(ended "0.3 SEGV" -o json; head -c 1 out)" = "{" ]

# From the first connection on there is no memory.
cc -shared -fPIC -o no_memory.so "$REAL/no_memory.c" -ldl || broken "no compiler"
export LD_PRELOAD=$PWD/no_memory.so
run check_imap_tls -H 127.0.0.1 -p "$PORT" -t 1
claim "out of memory: text" answered 3 "out of memory [client.resources]"
claim "... with cause, next step and who" block
run check_imap_tls -H 127.0.0.1 -p "$PORT" -t 1 -o openmetrics
claim "out of memory: OpenMetrics" metric 3
run check_imap_tls -H 127.0.0.1 -p "$PORT" -t 1 -o json
unset LD_PRELOAD
claim "out of memory: JSON by the schema" valid
claim "... the finding" [ "$(finding)" = "client.resources monitor UNKNOWN 3" ]

run check_imap_tls -H 127.0.0.1 -p "$PORT" -t 1 --metrics-file nowhere/x.prom
claim "no file for metrics: text" answered 3 "[client.output]"
claim "... with cause, next step and who" block
run check_imap_tls -H 127.0.0.1 -p "$PORT" -t 1 --metrics-file nowhere/x.prom -o json
claim "no file for metrics: JSON" [ "$(finding)" = "client.output monitor UNKNOWN 3" ]
claim "... by the schema" valid
finish
