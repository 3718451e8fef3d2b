#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# clang-tidy over the files named, two at a time. usage: tidy.sh FILE...
printf '%s\n' "$@" | xargs -P 2 -n 4 sh -c \
	'clang-tidy --quiet --warnings-as-errors="*" "$@" -- -std=c11 -D_GNU_SOURCE -DMAILVITALS_VERSION=\"x\" -DPLUGIN=check_imap_tls -Icommon 2>/dev/null' tidy
