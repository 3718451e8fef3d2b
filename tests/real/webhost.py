# SPDX-License-Identifier: GPL-3.0-or-later
"""The web host of the MTA-STS policies of policy.test: webhost.py ADDRESS CHAIN KEY."""
import http.server
import ssl
import sys
import time

GOOD = "version: STSv1\r\nmode: enforce\r\nmx: mx1.policy.test\r\nmax_age: 604800\r\n"


class Host(http.server.BaseHTTPRequestHandler):
    def say(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        case = self.headers.get("Host", "").split(".")[1:2]
        case = case[0] if case else ""
        if self.path != "/.well-known/mta-sts.txt" or case == "absent":
            self.say(404, "text/plain", "no such policy\n")
        elif case == "moved":
            self.say(301, "text/plain", "", Location="https://mta-sts.good.policy.test/")
        elif case == "page":
            self.say(200, "text/html", GOOD)
        elif case == "large":
            self.say(200, "text/plain", GOOD + "x: y\r\n" * 20000)
        elif case == "slow":
            time.sleep(5)
            self.say(200, "text/plain", GOOD)
        elif case == "trial":
            self.say(200, "text/plain", GOOD.replace("enforce", "testing"))
        elif case == "brief":
            self.say(200, "text/plain", GOOD.replace("604800", "3600"))
        else:
            self.say(200, "text/plain", GOOD)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer((sys.argv[1], 443), Host)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
