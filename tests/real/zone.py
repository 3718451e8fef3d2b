#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name server on loopback for the tests: says what a file of records says.

usage: zone.py FILE    prints its port. Lines: NAME TYPE DATA (SRV, MX, A, TXT).
A name that is not there does not exist; one that is has no other records. "NAME SERVFAIL":
neither it nor any name below can be told.
"""
import ipaddress
import socket
import struct
import sys

TYPES = {"A": 1, "MX": 15, "TXT": 16, "SRV": 33, "SERVFAIL": 0}


def wire_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def wire_data(kind, words):
    if kind == "A":
        return ipaddress.ip_address(words[0]).packed
    if kind == "MX":
        return struct.pack("!H", int(words[0])) + wire_name(words[1])
    if kind == "SRV":
        return struct.pack("!HHH", *map(int, words[:3])) + wire_name(words[3])
    if kind == "SERVFAIL":
        return b""
    text = " ".join(words).encode()
    return bytes([len(text)]) + text


def read_zone(path):
    zone = {}
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if words:
                records = zone.setdefault(words[0].lower(), [])
                records.append((TYPES[words[1]], wire_data(words[1], words[2:])))
    return zone


def answer(zone, query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    question = query[12:at + 5]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    name = ".".join(labels).lower()
    exists = any(known == name or known.endswith("." + name) for known in zone)
    broken = any((0, b"") in records and ("." + name).endswith("." + known)
                 for known, records in zone.items())
    found = [data for known, data in zone.get(name, []) if known == kind]
    flags = 0x8580 | (2 if broken else 0 if exists else 3)
    reply = query[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + question
    for data in found:
        reply += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return reply


def main():
    zone = read_zone(sys.argv[1])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    print("PORT=%d" % server.getsockname()[1], flush=True)
    while True:
        query, peer = server.recvfrom(4096)
        server.sendto(answer(zone, query), peer)


main()
