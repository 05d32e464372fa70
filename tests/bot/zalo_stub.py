"""A small real HTTP server that answers what a test told it to and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    connection: int

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Stub:
    """Answers in order, the last one for ever: a dict, raw bytes, or a function of the handler."""

    url: str = ""
    answers: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    status: int = 200
    headers: dict = field(default_factory=dict)

    def answer(self, *answers, status=200, **headers):
        self.answers = list(answers)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def ok(data=None):
    return {"data": {} if data is None else data, "error": 0, "message": "Success"}


@contextmanager
def running() -> Iterator[Stub]:
    """A stub on a free port."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            port = self.client_address[1]
            headers = dict(self.headers.items())
            stub.asked.append(Asked(self.command, parts.path, query, headers, body, port))
            answer = stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]
            if callable(answer):
                self.close_connection = True
                answer(self)
                return
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(stub.status)
            for name, value in stub.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _serve

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
