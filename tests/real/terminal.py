#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program on a terminal of its own and writes what a person would see.

usage: terminal.py RAW SEEN PROGRAM ARGUMENT...
RAW gets every byte, SEEN what is left on the screen when the program has ended:
carriage returns, erased lines and colours done. Ends with the program's code.
"""
import os
import pty
import re
import sys


def screen(text):
    lines = []
    for line in text.split("\r\n"):
        shown, at = "", 0
        for piece in re.split(r"(\r|\x1b\[K|\x1b\[[0-9;]*m)", line):
            if piece == "\r":
                at = 0
            elif piece == "\x1b[K":
                shown = shown[:at]
            elif not piece.startswith("\x1b"):
                shown = shown[:at] + piece + shown[at + len(piece):]
                at += len(piece)
        lines.append(shown)
    return "\n".join(lines)


def run(command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    raw = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        raw += piece
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), raw


code, seen = run(sys.argv[3:])
with open(sys.argv[1], "wb") as file:
    file.write(seen)
with open(sys.argv[2], "w") as file:
    file.write(screen(seen.decode()))
sys.exit(code)
