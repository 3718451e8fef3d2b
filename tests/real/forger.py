#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name servers that forge, break and stall: forger.py KIND... serves each kind at port 53 of an
address of its own, 192.0.2.101 and so on, and prints "ready".

The truth is a list, zen.spamhaus.org, with both test entries, and 192.0.2.66 on it. A kind
shapes the answers about 192.0.2.66 and 192.0.2.64 alone; the test entries are always answered.
  hide-HOW    a forged "not listed" comes at once, the truth 50 ms later
  flood-N     N of them with wrong ids first
  lie-HOW     a forged "listed", and nothing else
  others      what SHAPES and STREAMS below say; mx-HOW answers for the MX of a domain
"""
import random
import socket
import struct
import sys
import threading
import time

A, NS, CNAME, MX, TXT, AAAA = 1, 2, 5, 15, 16, 28
LISTED = bytes([127, 0, 0, 2])
FLAGS = 0x8180


def name(text):
    out = b""
    for label in text.split("."):
        out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def record(kind, data, owner=b"\xc0\x0c", cls=1, length=None):
    return owner + struct.pack(">HHIH", kind, cls, 60, len(data) if length is None else length) + data


class Query:
    def __init__(self, wire):
        at, labels = 12, []
        while wire[at]:
            labels.append(wire[at + 1 : at + 1 + wire[at]].lower().decode("latin-1"))
            at += 1 + wire[at]
        self.id, self.question, self.labels = wire[:2], wire[12 : at + 5], labels
        self.type = struct.unpack(">H", wire[at + 1 : at + 3])[0]
        self.wire = wire

    def reply(self, records=(), rcode=0, flags=FLAGS, count=None, question=None, ident=None, more=b""):
        question = self.question if question is None else question
        head = struct.pack(">HHHHH", flags | rcode, 1, len(records) if count is None else count, 0, 0)
        return (ident or self.id) + head + question + b"".join(records) + more

    def about(self):
        """The last octet of the address in question, or the test entry, or None."""
        if self.labels[-3:] != ["zen", "spamhaus", "org"]:
            return None
        return ".".join(reversed(self.labels[:-3]))

    def truth(self):
        if self.about() in ("127.0.0.2", "192.0.2.66") and self.type in (A, TXT):
            text = b"Listed by the test"
            data = LISTED if self.type == A else bytes([len(text)]) + text
            return self.reply([record(self.type, data)])
        return self.reply(rcode=3)


def other_id(query):
    return bytes([query.id[0], query.id[1] ^ 1])


# How a reply is no answer to the question: records are what it says.
FORGERIES = {
    "id": lambda q, records, rcode: q.reply(records, rcode, ident=other_id(q)),
    "question": lambda q, records, rcode: q.reply(records, rcode, question=b"\1x" + q.question),
    "letters": lambda q, records, rcode: q.reply(records, rcode, question=q.question.swapcase()),
    "type": lambda q, records, rcode: q.reply(records, rcode, question=q.question[:-4] + b"\0\x1c\0\1"),
    "class": lambda q, records, rcode: q.reply(records, rcode, question=q.question[:-2] + b"\0\3"),
    "query-back": lambda q, records, rcode: q.reply(records, rcode, flags=0x0100),
    "opcode": lambda q, records, rcode: q.reply(records, rcode, flags=FLAGS | 0x2000),
    "no-question": lambda q, records, rcode: q.reply(records, rcode, question=b"").replace(
        b"\0\1", b"\0\0", 1
    ),
    "runt": lambda q, records, rcode: q.reply(records, rcode)[:11],
    "owner": lambda q, records, rcode: q.reply([record(A, LISTED, owner=name("x.test"))]),
    "record-class": lambda q, records, rcode: q.reply([record(A, LISTED, cls=3)]),
}
ENDLESS = iter(range(1, 1 << 30))
SHAPES = {
    "servfail": lambda q: q.reply(rcode=2),
    "refused": lambda q: q.reply(rcode=5),
    "formerr": lambda q: q.reply(rcode=1),
    "notimp": lambda q: q.reply(rcode=4),
    "nx-answer": lambda q: q.reply([record(A, LISTED)], rcode=3),
    "garbage": lambda q: q.id + bytes(random.randrange(256) for _ in range(200)),
    "ptr-self": lambda q: q.reply([record(A, LISTED, owner=struct.pack(">H", 0xC000 + 12 + len(q.question)))]),
    "ptr-forward": lambda q: q.reply([record(A, LISTED, owner=b"\xff\xff")]),
    "label-64": lambda q: q.reply([record(A, LISTED, owner=b"\x40" + b"a" * 64 + b"\0")]),
    "name-300": lambda q: q.reply([record(A, LISTED, owner=(b"\x3f" + b"a" * 63) * 5 + b"\0")]),
    "rdlen-over": lambda q: q.reply([record(A, LISTED, length=400)]),
    "rdlen-short": lambda q: q.reply([record(A, b"\1\2\3")]),
    "count-lie": lambda q: q.reply([record(A, LISTED)], count=65535),
    "trailing": lambda q: q.reply([record(A, LISTED)], more=b"\0" * 7),
    "cname-self": lambda q: q.reply([record(CNAME, b"\xc0\x0c")]),
    "cname-cycle": lambda q: q.reply([record(CNAME, name("b.test")), record(CNAME, b"\xc0\x0c", owner=name("b.test"))]),
    "cname-200": lambda q: q.reply(
        [record(CNAME, name("n1.test"))]
        + [record(CNAME, name("n%d.test" % (i + 1)), owner=name("n%d.test" % i)) for i in range(1, 200)]
        + [record(A, LISTED, owner=name("n200.test"))]
    ),
    "cname-endless": lambda q: q.reply([record(CNAME, name("n%d.test" % next(ENDLESS)))]),
    "silent": lambda q: b"",
    "empty": lambda q: None,
    "lame": lambda q: q.reply(flags=0x8000, more=b""),
}
# What follows a truncated datagram, by TCP: each gets the connection and the question.
STREAMS = {
    "tc-good": lambda tcp, q: tcp.sendall(struct.pack(">H", len(q.truth())) + q.truth()),
    "tc-stall": lambda tcp, q: time.sleep(8),
    "tc-drip": lambda tcp, q: drip(tcp, struct.pack(">H", len(q.truth())) + q.truth()),
    "tc-short": lambda tcp, q: tcp.sendall(struct.pack(">H", 200) + q.truth()[:20]),
    "tc-zero": lambda tcp, q: tcp.sendall(b"\0\0" * 50),
    "tc-huge": lambda tcp, q: tcp.sendall(b"\xff\xff" + q.truth() + b"\0" * 3000),
    "tc-again": lambda tcp, q: again(tcp, q),
    "tc-close": lambda tcp, q: None,
    "tc-id": lambda tcp, q: stream_lie(tcp, q.reply([record(A, LISTED)], ident=other_id(q))),
}


def drip(tcp, data):
    for byte in data:
        tcp.sendall(bytes([byte]))
        time.sleep(1)


def again(tcp, query):
    stream_lie(tcp, query.reply([record(A, LISTED)], flags=FLAGS | 0x200))


def stream_lie(tcp, reply):
    tcp.sendall(struct.pack(">H", len(reply)) + reply)


def mx_answer(how, query):
    """A domain that is all about one fault; the datagram is truncated where it does not fit."""
    if how == "letters":
        return query.reply(rcode=3, question=query.question.swapcase())
    if query.type == MX and query.labels == ["example", "test"]:
        if how in ("ptr-self", "count-lie", "cname-cycle"):
            return SHAPES[how](query)
        if how == "truncated":
            return query.reply(flags=FLAGS | 0x200)
        if how == "many":
            return query.reply([record(MX, struct.pack(">H", i) + name("m%d" % i)[:-1] + b"\xc0\x0c") for i in range(2000)])
        if how == "nasty":
            hosts = ("a\nb.test", "a\x1b[31mb.test", "a<b>.test", "a|b.test", "a\0b.test")
            return query.reply([record(MX, b"\0\1" + name(host)) for host in hosts])
        return query.reply([record(MX, b"\0\1" + name("m.example.test"))])
    if query.type == A and query.labels[-2:] == ["example", "test"] and len(query.labels) == 3:
        if how == "addresses":
            return query.reply([record(A, bytes([192, 0, 3, i % 250 + 1])) for i in range(2000)])
        if how == "glue":  # the address stands in the additional section alone
            reply = query.reply(more=record(A, bytes([192, 0, 3, 9])))
            return reply[:10] + b"\0\1" + reply[12:]
        return query.reply([record(A, bytes([192, 0, 3, 9]))])
    return query.reply(rcode=0 if query.labels[-2:] == ["example", "test"] else 3)


class Server:
    def __init__(self, kind, address):
        self.kind, self.address = kind, address
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 53))
        threading.Thread(target=self.datagrams, daemon=True).start()
        if kind.startswith(("tc-", "mx-", "hide-letters")) and kind not in ("tc-refused", "mx-letters"):
            self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.tcp.bind((address, 53))
            self.tcp.listen(64)
            threading.Thread(target=self.streams, daemon=True).start()

    def send(self, data, whom, source=None):
        if source is None:
            self.udp.sendto(data, whom)
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(source)
            other.sendto(data, whom)

    def forge(self, how, query, records, rcode, whom):
        source = {"port": (self.address, 0), "address": ("192.0.2.99", 0)}.get(how)
        make = FORGERIES.get(how)
        self.send(make(query, records, rcode) if make else query.reply(records, rcode), whom, source)

    def answer(self, query, whom):
        kind, _, how = self.kind.partition("-")
        if kind == "mx":
            reply = mx_answer(how, query)
            self.send(reply if len(reply) < 1200 else query.reply(flags=FLAGS | 0x200), whom)
        elif self.kind == "cname-endless" and query.labels[-1] == "test":
            self.send(SHAPES[self.kind](query), whom)
        elif query.about() not in ("192.0.2.66", "192.0.2.64") or self.kind == "honest":
            self.send(query.truth(), whom)
        elif kind in ("hide", "flood"):
            for _ in range(int(how) if kind == "flood" else 1):
                self.forge("id" if kind == "flood" else how, query, [], 3, whom)
            threading.Timer(0.05, self.send, (query.truth(), whom)).start()
        elif kind == "lie":
            self.forge(how, query, [record(A, LISTED)], 0, whom)
        elif kind == "tc":
            self.send(query.reply([record(A, LISTED)], flags=FLAGS | 0x200), whom)
        elif self.kind == "slow":
            threading.Timer(0.9, self.send, (query.truth(), whom)).start()
        else:
            reply = SHAPES[self.kind](query)
            if reply != b"":
                self.send(reply or b"", whom)

    def datagrams(self):
        while True:
            wire, whom = self.udp.recvfrom(4096)
            self.answer(Query(wire), whom)

    def streams(self):
        while True:
            tcp, _ = self.tcp.accept()
            threading.Thread(target=self.stream, args=(tcp,), daemon=True).start()

    def stream(self, tcp):
        with tcp:
            try:
                wire = tcp.recv(4096)
                query = Query(wire[2:])
                if self.kind.startswith("mx-"):
                    reply = mx_answer(self.kind[3:], query)
                    tcp.sendall(struct.pack(">H", len(reply)) + reply)
                else:
                    STREAMS.get(self.kind, STREAMS["tc-good"])(tcp, query)
            except OSError:
                pass


servers = [Server(kind, "192.0.2.%d" % (101 + i)) for i, kind in enumerate(sys.argv[1:])]
print("ready", flush=True)
threading.Event().wait()
