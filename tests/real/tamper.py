#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tamper.py ADDRESS PORT SERVER SERVER_PORT HOW: a name server's answers, changed on the way.

HOW: flip    another address in every A record
     strip   no signatures, keys, DS and proofs
     undelegate   DS questions are answered with nothing, as if nobody signed below
     deny    every A question gets "no such name", with the proofs of another one
     above   likewise, with proofs of the zone above: the name lies behind a delegation
     short   an alias comes without what it leads to; asked for, that comes alone
     loose   likewise, and the alias without its signature
     expand  every A question gets what the wildcard gives a name that does not exist
"""
import socket
import struct
import sys

OTHERS = {
    "deny": b"\x07nowhere\x07example\x04test\x00",
    "above": b"\x08lostlost\x07example\x04test\x00",
    "expand": b"\x05other\x04wild\x07example\x04test\x00",
}
A, CNAME, DS, RRSIG, NSEC, DNSKEY, NSEC3 = 1, 5, 43, 46, 47, 48, 50


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


def lone_alias(message, signed):
    """The CNAME and its signature, nothing else."""
    out = bytearray(message[: skip_name(message, 12) + 4])
    count = 0
    for section, kind, begin, data, end in records(message):
        covered = struct.unpack_from(">H", message, data)[0] if kind == RRSIG else 0
        if section == 0 and (kind == CNAME or (signed and covered == CNAME)):
            out += message[begin:end]
            count += 1
    struct.pack_into(">HHHH", out, 4, 1, count, 0, 0)
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
    if how in ("short", "loose") and any(kind == CNAME for _, kind, *_ in records(message)):
        return lone_alias(message, signed=how == "short")
    if how == "undelegate" and asked == DS:
        return without(message, {RRSIG, NSEC, NSEC3, DS, 6})
    if how in OTHERS and asked == A:
        at = skip_name(query, 12)
        answer = ask(query[:12] + OTHERS[how] + query[at:])
        end = skip_name(answer, 12)
        # Compression points into the question: keep its length by asking for a name as long.
        if end == at:
            return answer[:12] + query[12:end] + answer[end:]
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
