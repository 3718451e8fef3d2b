#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tamper.py ADDRESS PORT SERVER SERVER_PORT HOW: a name server's answers, changed on the way.

HOW: flip    another address in every A record
     strip   no signatures, keys, DS and proofs
     undelegate   DS questions are answered with nothing, as if nobody signed below
     deny    every A question gets "no such name", with the proofs of another one
"""
import socket
import struct
import sys

A, DS, RRSIG, NSEC, DNSKEY, NSEC3 = 1, 43, 46, 47, 48, 50


def skip_name(message, at):
    while message[at]:
        if message[at] >= 0xC0:
            return at + 2
        at += 1 + message[at]
    return at + 1


def records(message):
    """(section, type, begin, data, end) of each record, in order."""
    at = skip_name(message, 12) + 4
    for section in range(3):
        for _ in range(struct.unpack_from(">H", message, 6 + 2 * section)[0]):
            begin = at
            at = skip_name(message, at)
            kind, _, _, length = struct.unpack_from(">HHIH", message, at)
            yield section, kind, begin, at + 10, at + 10 + length
            at += 10 + length


def without(message, unwanted):
    out = bytearray(message[: skip_name(message, 12) + 4])
    counts = [0, 0, 0]
    for section, kind, begin, _, end in records(message):
        if kind not in unwanted:
            out += message[begin:end]
            counts[section] += 1
    struct.pack_into(">HHH", out, 6, *counts)
    return bytes(out)


def tamper(how, query, message, ask):
    asked = struct.unpack_from(">H", query, skip_name(query, 12))[0]
    if how == "flip":
        out = bytearray(message)
        for _, kind, _, data, end in records(message):
            if kind == A:
                out[end - 1] = 66
        return bytes(out)
    if how == "strip":
        return without(message, {RRSIG, NSEC, NSEC3, DNSKEY, DS})
    if how == "undelegate" and asked == DS:
        return without(message, {RRSIG, NSEC, NSEC3, DS, 6})
    if how == "deny" and asked == A:
        at = skip_name(query, 12)
        other = query[:12] + b"\x07nowhere\x07example\x04test\x00" + query[at:]
        denial = ask(other)
        end = skip_name(denial, 12)
        # Compression points into the question: keep its length by asking for a name as long.
        if end == at:
            return denial[:12] + query[12:end] + denial[end:]
    return message


def main():
    address, port, server, server_port, how = sys.argv[1:]
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind((address, int(port)))

    def ask(query):
        upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        upstream.settimeout(5)
        # Answers grow by no more than what is here: truncation is not what is tested.
        upstream.sendto(query, (server, int(server_port)))
        return upstream.recv(65535)

    while True:
        query, client = door.recvfrom(65535)
        try:
            door.sendto(tamper(how, query, ask(query), ask), client)
        except OSError:
            pass


main()
