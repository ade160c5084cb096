# SPDX-License-Identifier: GPL-2.0
"""A receiver of OTLP/HTTP: writes the attributes of each log record that it takes, a line each.

	receiver.py PORT FILE
"""
import gzip
import http.server
import json
import os
import sys


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with open(sys.argv[2], "a", encoding="utf-8") as f:
            for resource in json.loads(body)["resourceLogs"]:
                for scope in resource["scopeLogs"]:
                    for record in scope["logRecords"]:
                        flat = {a["key"]: next(iter(a["value"].values())) for a in record["attributes"]}
                        f.write(json.dumps(flat) + "\n")
            f.flush()
            os.fsync(f.fileno())
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
