# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the scripts of all servers share: where a server lives, the test CA, waiting and
# stopping with a bound, Debian trees for packages that exclude each other.
# A server's script sets PORTS, defines server_start and server_stop (and server_prepare,
# server_place where it needs them), and ends with server_main "$@". It must know nothing of
# the programs under test.
#
# A server lives in build/servers/NAME. Inside tests/servers/private it has an address of its
# own and the standard ports; outside it is 127.0.0.1 and BASE + the standard port.
set -euo pipefail

SERVERS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd "$SERVERS/../.." && pwd)

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Servers drop their privileges, so every directory above theirs must let them pass.
worlds_root() {
	local root=$TREE/build/servers
	mkdir -p "$root"
	if ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$root"; then
		root=/var/tmp/mailvitals-$(cksum <<<"$TREE" | cut -d' ' -f1)
		mkdir -p "$root"
	fi
	echo "$root"
}

# place NAME: sets WORLD, HOST, ADDRESS and BASE of that server.
place() {
	local net base
	case $1 in
	dovecot | postfix) net=10 base=24000 HOST=mail.example.test ;;
	cyrus) net=20 base=25000 HOST=cyrus.example.test ;;
	courier) net=30 base=26000 HOST=courier.example.test ;;
	exim) net=40 base=27000 HOST=exim.example.test ;;
	opensmtpd) net=50 base=28000 HOST=opensmtpd.example.test ;;
	dns) net=60 base=29000 HOST=ns.example.test ;;
	rbl) net=70 base=30000 HOST=ns.rbl.test ;;
	*) die "no such server: $1" ;;
	esac
	WORLD=$WORLDS/$1 ADDRESS=127.0.0.1 BASE=$base
	if [ -n "${MAIL_PRIVATE:-}" ]; then ADDRESS=192.0.2.$net BASE=0; fi
}

port() { echo $((BASE + $1)); }

# Prints what a test needs to know: NAME_HOST, NAME_ADDRESS, NAME_WORLD (its directory), NAME_LOG,
# NAME_<service> (a port), CA_FILE, CA_DIR.
show() {
	local name=${1^^} entry
	printf "%s_HOST=%s %s_ADDRESS=%s\n%s_WORLD=%q %s_LOG=%q\n" "$name" "$HOST" "$name" "$ADDRESS" \
		"$name" "$WORLD" "$name" "$LOG"
	for entry in "${PORTS[@]}"; do
		printf '%s_%s=%s ' "$name" "${entry%:*}" "$(port "${entry#*:}")"
	done
	printf '\nCA_FILE=%q CA_DIR=%q\n' "$CA/ca.pem" "$CA"
}

# wait_for SECONDS COMMAND...: until it succeeds; a failure after the bound.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# Asked of the kernel: a connection would count against the limits of the server.
listens() { ss -Hltn "src $1 and sport = $2" | grep -q .; }

wait_for_ports() {
	local entry
	for entry in "${PORTS[@]}"; do
		wait_for 15 listens "$ADDRESS" "$(port "${entry#*:}")" ||
			die "nothing listens for ${entry%:*} after 15 s, see $LOG"
	done
}

# A dead process that nobody has collected yet has no command line either.
gone() { ! ours "$1" "$2"; }

# stop_pid FILE WORD: TERM to the one pid in FILE, KILL after 10 s. It is ours only if WORD
# stands in its command line: a number in an old file may belong to another process by now.
stop_pid() {
	local file=$1 word=$2 pid
	[ -s "$file" ] || return 0
	pid=$(tr -dc 0-9 <"$file")
	if [ -n "$pid" ] && ours "$pid" "$word"; then
		kill "$pid" 2>/dev/null || true
		wait_for 10 gone "$pid" "$word" || kill -KILL "$pid" 2>/dev/null || true
	fi
	rm -f "$file"
}

ours() { 2>/dev/null tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$2"; }

# What needs the network or much time; once.
prepare() {
	"$SERVERS/ca" "$CA"
	if declare -F server_prepare >/dev/null; then server_prepare; fi
}

server_main() {
	local name=${0##*/}
	[ "$(id -u)" = 0 ] || die "needs root: a mail server changes its user"
	[ $# = 1 ] || die "usage: $name prepare|start|stop|show"
	WORLDS=$(worlds_root)
	place "$name"
	CA=$WORLDS/ca
	LOG=$WORLD/$name.log
	if declare -F server_place >/dev/null; then server_place; fi
	case $1 in
	prepare) prepare ;;
	start)
		prepare
		server_stop
		server_start
		wait_for_ports
		show "$name"
		;;
	stop) server_stop ;;
	show) show "$name" ;;
	*) die "usage: $name prepare|start|stop|show" ;;
	esac
}
