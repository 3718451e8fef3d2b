# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes a date of a list of revoked certificates into one that cannot be read, and signs it
again: no tool writes such a thing. usage: resign.py LIST.DER KEY NTH OUT"""
import subprocess
import sys

UTC_TIME = b"\x17\x0d"


def element(der, at):
    """Where the value of the DER element at 'at' begins, and where it ends."""
    size, begin = der[at + 1], at + 2
    if size >= 0x80:
        begin += size & 0x7F
        size = int.from_bytes(der[at + 2 : begin], "big")
    return begin, begin + size


def wrap(tag, value):
    size = len(value).to_bytes(4, "big").lstrip(b"\0")
    return bytes([tag]) + (size if len(value) < 0x80 else bytes([0x80 | len(size)]) + size) + value


def main():
    source, key, nth, target = sys.argv[1:]
    with open(source, "rb") as file:
        der = file.read()
    begin, end = element(der, 0)
    signed = bytearray(der[begin : element(der, begin)[1]])
    algorithm = der[begin + len(signed) : element(der, begin + len(signed))[1]]
    at = -1
    for _ in range(int(nth)):
        at = signed.index(UTC_TIME, at + 1)
    signed[at + 2 : at + 15] = b"99999999999ZZ"
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", key], input=signed, stdout=subprocess.PIPE, check=True
    ).stdout
    with open(target, "wb") as file:
        file.write(wrap(0x30, bytes(signed) + algorithm + wrap(0x03, b"\0" + signature)))


main()
