"""A small threaded HTTP/1.1 server for WSGI: keep-alive, server-sent events, lines that can be cut.

Werkzeug's own server closes every connection and waits 10 ms after each answer; a client that
holds its connection to Zalo would be measured wrongly against it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import struct
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BODY_LIMIT = 8 * 1024 * 1024
log = logging.getLogger("sandbox")


class Server(ThreadingHTTPServer):
    """Serves one WSGI application, a thread a connection."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], app: WSGIApplication) -> None:
        self.app = app
        #: Seconds since the epoch, for the ``Date`` of answers: receivers tell the time by it.
        self.now: Callable[[], float] = time.time
        self.stopping = False
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that stopping can end it."""
        self._open.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who hangs up is no news."""
        error = sys.exc_info()[1]
        if not self.stopping and not isinstance(error, ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop accepting and end every open connection."""
        self.stopping = True
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, runs the application, writes answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 120
    server: Server

    def do_GET(self) -> None:
        """Run the application for any method."""
        body = self._body()
        if body is None:
            return
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        try:
            answer = self.server.app(self._environ(body), self._start)
            try:
                self._write(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
        except (ConnectionError, TimeoutError):
            self._cut()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` of an answer by the server's own clock."""
        return super().date_time_string(self.server.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are shown on the operator page, not on the terminal."""

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding"):
            self.send_error(411)
        elif not length.isascii() or not length.isdigit():
            self.send_error(400)
        elif int(length) > BODY_LIMIT:
            self.send_error(413)
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self._status, self._headers = status, headers
        return self.wfile.write

    def _write(self, answer: Iterable[bytes]) -> None:
        chunked, started = False, False
        for piece in answer:
            if not started:
                chunked, started = self._head(), True
            if piece and self.command != "HEAD":
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()
        if not started:
            chunked = self._head()
        if chunked and self.command != "HEAD":
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _head(self) -> bool:
        code, _, reason = self._status.partition(" ")
        self.send_response(int(code), reason)
        names = set()
        for name, value in self._headers:
            self.send_header(name, value)
            names.add(name.lower())
        chunked = "content-length" not in names and code not in ("204", "304")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return chunked

    def _cut(self) -> None:
        # Linger 0 turns the close into a reset, which is what a dying gateway looks like.
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wfile = io.BytesIO()
        self.close_connection = True


def serve_in_thread(server: Server) -> threading.Thread:
    """Serve until `stop`; the thread ends with the program."""
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
    )
    thread.start()
    return thread
