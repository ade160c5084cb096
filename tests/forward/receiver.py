# SPDX-License-Identifier: GPL-2.0
"""A receiver of OTLP/HTTP that has every trouble a receiver can have.

What it was sent counts as arrived when it says 200 in full, or when it had it
in full and then let go of the line: the sender cannot know, and must send again.
"""
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
import time


def flat(record):
    """Attributes of a log record as a dictionary."""
    out = {}
    for a in record["attributes"]:
        ((_, value),) = a["value"].items()
        out[a["key"]] = value
    return out


class Receiver:
    """One port for its whole life, whether somebody listens there or not."""

    def __init__(self, tls=None):
        self.troubles = []  # of the next requests: "ok", 503, (429, {"Retry-After": "1"}), "stall" ...
        self.always = None  # a function: (records, headers) -> trouble, or None
        self.arrived = []  # attributes of each record that was taken
        self.bodies = []  # of all requests that could be read
        self.requests = []  # (when, headers, how many records, trouble)
        self.tls = tls
        self.lock = threading.Lock()
        self.server = None
        self.port = 0
        self.start()

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                receiver.serve(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            lines = None

            def get_request(self):
                line, address = super().get_request()
                self.lines.append(line)
                return line, address

            def finish_request(self, request, address):
                try:
                    if receiver.tls:
                        request = receiver.tls.wrap_socket(request, server_side=True)
                    self.RequestHandlerClass(request, address, self)
                except (OSError, ssl.SSLError, ValueError):
                    pass

        Server.lines = []
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def kill(self):
        """As if the machine were gone: nobody listens, open lines are reset."""
        self.server.shutdown()
        self.server.server_close()
        for line in self.server.lines:
            reset(line)

    def url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def ids(self):
        with self.lock:
            return [a["locktrace.id"] for a in self.arrived]

    def states(self):
        with self.lock:
            return {(a["locktrace.id"], a["locktrace.event"]) for a in self.arrived}

    def next_trouble(self, records, headers):
        trouble = self.always(records, headers) if self.always else None
        if trouble is None and self.troubles:
            trouble = self.troubles.pop(0)
        return trouble or "ok"

    def serve(self, handler):
        length = int(handler.headers["Content-Length"])
        with self.lock:
            early = self.troubles and self.troubles[0] == "vanish-request"
            if early:
                self.troubles.pop(0)
        if early:
            handler.rfile.read(length // 2)
            self.requests.append((time.monotonic(), dict(handler.headers), 0, "vanish-request"))
            reset(handler.connection)
            return
        body = handler.rfile.read(length)
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        sent = json.loads(body)
        records = [
            flat(r) for rl in sent["resourceLogs"] for sl in rl["scopeLogs"] for r in sl["logRecords"]
        ]
        with self.lock:
            trouble = self.next_trouble(records, handler.headers)
            self.requests.append((time.monotonic(), dict(handler.headers), len(records), trouble))
            self.bodies.append(body)
            if trouble in ("ok", "vanish-response") or isinstance(trouble, dict):
                self.arrived += records
        self.answer(handler, trouble)

    @staticmethod
    def answer(handler, trouble):
        status, headers, body = 200, {}, b"{}"
        if trouble == "stall":
            time.sleep(30)
            return
        if trouble == "vanish":
            reset(handler.connection)
            return
        if isinstance(trouble, int):
            status, body = trouble, b'{"code":3,"message":"this is a test"}'
        elif isinstance(trouble, tuple):
            status, headers = trouble
        elif isinstance(trouble, dict):
            body = json.dumps({"partialSuccess": trouble}).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body) + (100 if trouble == "vanish-response" else 0)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if trouble == "vanish-response":
            reset(handler.connection)


def reset(line):
    """Gone at once, without a goodbye."""
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    line.close()
