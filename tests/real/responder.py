#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server of a CA for tests: files of a folder, and every way to fail.

responder.py FOLDER PORT [TLS-PORT CERTIFICATE KEY] serves /NAME from the folder, and
  /chunked/NAME  in chunks                /redirect/NAME  302 to /NAME
  /endless       never stops sending      /slow/NAME      a byte a second
  /cut/NAME      half of it               /silent         takes the question, says nothing
  /error/NAME    500, with the answer as its body
A path of other folders is one of NAME; a file NAME.how holds the way to fail for it.
It logs each path to FOLDER/asked, and ends with its parent's pipe on standard input.
"""
import http.server
import os
import ssl
import sys
import threading
import time

FOLDER = sys.argv[1]
HOWS = ("chunked", "redirect", "slow", "cut", "error", "endless", "silent")


def read(name):
    with open(os.path.join(FOLDER, os.path.basename(name)), "rb") as file:
        return file.read()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def how(self):
        first, _, name = self.path.lstrip("/").partition("/")
        if first in HOWS:
            return first, name
        try:
            return read(self.path + ".how").decode().strip(), self.path
        except OSError:
            return "", self.path

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        with open(os.path.join(FOLDER, "asked"), "a", encoding="ascii") as asked:
            asked.write(f"{self.command} {self.path}\n")
        how, name = self.how()
        if how == "endless":
            return self.endless()
        if how == "silent":
            return time.sleep(60)
        try:
            body = read(name)
        except OSError:
            return self.send_error(404)
        if how == "redirect":
            self.send_response(302)
            self.send_header("Location", "/" + name)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(500 if how == "error" else 200)
        if how == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), 100):
                part = body[at : at + 100]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            return self.wfile.write(b"0\r\n\r\n")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if how == "slow":
            return self.slow(body)
        return self.wfile.write(body[: len(body) // 2] if how == "cut" else body)

    def slow(self, body):
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(1)

    def endless(self):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"0" * 65536)

    def do_GET(self):
        try:
            self.answer()
        except OSError:
            pass

    do_POST = do_GET


def serve(port, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


serve(sys.argv[2])
if len(sys.argv) > 3:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[4], sys.argv[5])
    serve(sys.argv[3], tls)
print("ready", flush=True)
sys.stdin.read()
