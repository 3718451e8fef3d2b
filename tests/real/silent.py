#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports whose connections are never answered, as if a firewall dropped them.

usage: silent.py COUNT [OPEN [FIRST]]    prints SILENT="PORT..." and PORT; takes connections on port
OPEN, and FIRST is the first of the silent ones
"""
import socket
import sys
import time


def silent(port=0):
    """A queue of waiting connections that is full: what else comes is dropped."""
    server = socket.create_server(("127.0.0.1", port), backlog=0)
    held = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(server.getsockname())
        held.append(client)
    return server, held


first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
ports = [silent(0 if i else first) for i in range(int(sys.argv[1]))]
numbers = [server.getsockname()[1] for server, _ in ports]
if len(sys.argv) > 2:
    door = socket.create_server(("127.0.0.1", int(sys.argv[2])))
print('SILENT="' + " ".join(map(str, numbers)) + '"')
print(f"PORT={numbers[0]}", flush=True)
time.sleep(300)
