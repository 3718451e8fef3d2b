#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Nothing below plugin_main exits, prints, reads the environment or the time of
# day. usage: symbols.sh OBJECT-DIRECTORY (of a release build)
set -eu
objects=$1
forbidden='exit|_exit|abort|printf|puts|putchar|fputs|fprintf|vprintf|perror|signal|sigaction|alarm|setitimer|getenv|secure_getenv|setenv|time|gettimeofday|clock_gettime|system|popen|fork|strtok|gets|strcpy|strcat|sprintf|atoi|atol|rand|random|srand|getaddrinfo|gethostbyname|setlocale'
# module: what it may do all the same, and why it must
allowed() {
	case $1 in
	*/base/mem.o) echo '_exit' ;;                     # out of memory ends the process
	*/base/clock.o) echo 'clock_gettime' ;;           # the one reader of the monotonic clock
	*/net/socket_resolve.o) echo 'getaddrinfo' ;;     # the system's resolver
	*/check/process.o) echo '_exit|sigaction|setitimer|getenv|setenv|clock_gettime' ;;
	*/check/secret*.o) echo '_exit|fork' ;;           # the child of --password-command
	*) echo 'nothing' ;;
	esac
}
status=0
for object in $(find "$objects/common" -name '*.o' | sort); do
	bad=$(nm -u "$object" | awk '{ print $2 }' | sed 's/@.*//; s/^__\(.*\)_chk$/\1/' |
		grep -xE "$forbidden" | grep -vxE "$(allowed "$object")" || true)
	if [ -n "$bad" ]; then
		echo "$object: $(echo $bad)"
		status=1
	fi
done
exit $status
