#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resolver that is far away, and worse, by the names it is asked about.

proxy.py ADDRESS PORT UPSTREAM UPSTREAM_PORT MILLISECONDS passes UDP questions on, answers that
much later, and
  black*     says nothing           servfail*  SERVFAIL
  refused*   REFUSED                liar*      203.0.113.7 for everything
It prints "ready" and ends on TERM.
"""
import asyncio
import struct
import sys

ADDRESS, PORT, UPSTREAM, UPSTREAM_PORT, DELAY = sys.argv[1:6]


def labels(query):
    at, out = 12, []
    while query[at]:
        out.append(query[at + 1 : at + 1 + query[at]].lower().decode("latin-1"))
        at += 1 + query[at]
    return out, at + 5


def own_answer(query):
    """None: ask upstream; b"": silence."""
    names, end = labels(query)
    head, question = query[:2], query[12:end]
    for name in names:
        if name.startswith("black"):
            return b""
        for word, rcode in (("servfail", 2), ("refused", 5)):
            if name.startswith(word):
                return head + struct.pack(">HHHHH", 0x8180 | rcode, 1, 0, 0, 0) + question
        if name.startswith("liar"):
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\x07"
            return head + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + question + answer
    return None


class Upstream(asyncio.DatagramProtocol):
    def __init__(self, back):
        self.back = back

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, _):
        self.back(data)
        self.transport.close()


class Front(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self.known = {}  # a cache, so that nothing but the delay takes time

    def back(self, data, whom):
        self.loop.call_later(int(DELAY) / 1000, self.transport.sendto, data, whom)

    def datagram_received(self, query, whom):
        own = own_answer(query)
        if own is not None:
            if own:
                self.back(own, whom)
            return
        _, end = labels(query)
        asked = query[2:4] + query[4:].lower()
        known = self.known.get(asked)
        if known:  # in the letters of this question
            self.back(query[:2] + known[2:12] + query[12:end] + known[end:], whom)
        else:
            self.loop.create_task(self.pass_on(query, asked, whom))

    async def pass_on(self, query, asked, whom):
        def heard(data):
            self.known[asked] = data
            self.back(data, whom)

        upstream, _ = await self.loop.create_datagram_endpoint(
            lambda: Upstream(heard), remote_addr=(UPSTREAM, int(UPSTREAM_PORT))
        )
        upstream.sendto(query)
        self.loop.call_later(5, upstream.close)


async def main():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Front, local_addr=(ADDRESS, int(PORT)))
    transport.get_extra_info("socket").setsockopt(1, 33, 8 << 20)  # SO_RCVBUFFORCE
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
