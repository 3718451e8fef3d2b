#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The vectors of pyca and NIST as files: no crash, one clean line, and nothing that must not verify
# is OK. With sanitizers too.
. "$(dirname "$0")/common"
world

folder=$(dirname "$(dpkg -L python3-cryptography-vectors | grep '/x509$' | head -1)")
# vectors PROGRAM FOLDER
vectors() { python3 "$REAL/vectors.py" "$1" "$PROGRAMS/check_cert_expiry" "$2"; }
while IFS=$'\t' read -r verdict text; do
	claim "$text" [ "$verdict" = ok ]
done < <(with_sanitizers vectors "$PROGRAMS/check_cert_expiry" "$folder" || printf 'not ok\tthe vectors were all tried\n')
finish
