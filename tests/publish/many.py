"""Findings in numbers, and servers that answer what a test tells them to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.publish.made import API, finding

NOW = 1_772_442_123_456  # 2026-03-02T09:02:03.456Z


def numbered(count, **fields):
    """So many findings that differ in their id and title."""
    model = finding(API)
    made = []
    for number in range(count):
        one = deepcopy(model)
        one["id"] = f"{number:032x}"
        one["arn"] = model["arn"].rpartition("/")[0] + "/" + one["id"]
        one["title"] = f"Finding {number}"
        made.append({**one, **fields})
    return made


@contextmanager
def answering(answer):
    """A web server on this machine; ``answer(request, body)`` gives (status, body) or (status, body, headers).

    Yields its URL.
    """
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said, *headers = answer(self, body)
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_PUT = do_GET = do_POST  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
