#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The vectors of pyca and NIST as files: no crash, one clean line, and nothing that must not verify
# is OK. With sanitizers too.
. "$(dirname "$0")/common"
world

SANITIZED=$TREE/build/asan/check_cert_expiry
[ -x "$SANITIZED" ] || make -C "$TREE" -s -j2 V=asan "$SANITIZED" >/dev/null 2>&1 || make -C "$TREE" -s V=asan all
folder=$(dirname "$(dpkg -L python3-cryptography-vectors | grep '/x509$' | head -1)")
while IFS=$'\t' read -r verdict text; do
	claim "$text" [ "$verdict" = ok ]
done < <(python3 "$REAL/vectors.py" "$PROGRAMS/check_cert_expiry" "$SANITIZED" "$folder" || printf 'not ok\tthe vectors were all tried\n')
finish
