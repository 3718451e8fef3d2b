#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server of a CA for tests: files of a folder, and every way to fail.

responder.py PORT FOLDER serves /NAME from the folder, and
  /chunked/NAME  in chunks                /redirect/NAME  302 to /NAME
  /endless       never stops sending      /slow/NAME      a byte a second
  /cut/NAME      half of it               /silent         takes the question, says nothing
It ends with its parent's pipe on standard input.
"""
import http.server
import os
import sys
import threading
import time

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        self.close_connection = True
        how, _, name = self.path.lstrip("/").partition("/")
        if not name:
            how, name = "", how
        if name == "endless":
            return self.endless()
        if name == "silent":
            return time.sleep(60)
        try:
            with open(os.path.join(FOLDER, os.path.basename(name)), "rb") as file:
                body = file.read()
        except OSError:
            return self.send_error(404)
        if how == "redirect":
            self.send_response(302)
            self.send_header("Location", "/" + name)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(200)
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
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
            return None
        return self.wfile.write(body[: len(body) // 2] if how == "cut" else body)

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


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
