"""Round every Zalo address: log the call, inject faults, and let nothing else pass unseen."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from werkzeug.wrappers import Response

from .calls import Call, readable
from .faults import FaultOrder
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ZALO_PREFIXES = ("/v2.0/", "/v3.0/", "/v4/", "/message/", "/template/", "/quality", "/upload/")
BEFORE = frozenset({"http_500", "http_502", "timeout_before", "reset", "error", "rate_storm"})
AFTER = frozenset({"timeout_after", "slow_drip", "broken_json"})
SHOWN_HEADERS = ("content-type", "user-agent")

GATEWAY_PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"


class Edge:
    """WSGI middleware; only Zalo's addresses are touched, pages and control go straight through."""

    def __init__(self, inner: WSGIApplication, world: World) -> None:
        self._inner, self._world = inner, world

    def __call__(self, environ: WSGIEnvironment, start: StartResponse, /) -> Iterable[bytes]:
        """Answer one request; `ConnectionResetError` makes the server cut the line."""
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(ZALO_PREFIXES) or path == "/v4/oa/permission":
            return self._inner(environ, start)
        began = time.perf_counter()
        call = self._note(environ, path)
        late = self._world.faults.take(path, frozenset({"latency"}))
        if late:
            time.sleep(late.ms / 1000)
        early = self._world.faults.take(path, BEFORE)
        fault = early or self._world.faults.take(path, AFTER)
        call.fault = fault.kind if fault else ("latency" if late else "")
        try:
            response = self._refuse(early) if early else Response.from_app(self._inner, environ)
            body = response.get_data()
            call.status = response.status_code
            call.answer = readable(body, response.content_type or "")
            if fault and not early:
                return self._spoil(fault, response, body, environ, start)
        except ConnectionResetError:
            call.answer = "(không trả lời)"
            raise
        finally:
            call.took_ms = round((time.perf_counter() - began) * 1000, 1)
            self._world.ring("call", str(call.seq))
        return response(environ, start)

    def _note(self, environ: WSGIEnvironment, path: str) -> Call:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        headers = {
            name: environ.get("HTTP_" + name.upper().replace("-", "_"), "")
            or environ.get(name.upper().replace("-", "_"), "")
            for name in SHOWN_HEADERS
        }
        token = environ.get("HTTP_ACCESS_TOKEN", "")
        if token:
            headers["access_token"] = "…" + token[-6:]
        content_type = environ.get("CONTENT_TYPE", "")
        shown = readable(body, content_type)
        if content_type.startswith("application/x-www-form-urlencoded"):
            shown = {name: _masked(name, v[0]) for name, v in parse_qs(str(shown)).items()}
        return self._world.calls.open(
            self._world.clock.now_ms(),
            environ["REQUEST_METHOD"],
            path,
            _query(environ.get("QUERY_STRING", "")),
            headers,
            shown,
        )

    def _refuse(self, fault: FaultOrder) -> Response:
        if fault.kind == "timeout_before":
            self._world.faults.hang(fault.seconds)
            raise ConnectionResetError("timeout before acceptance")
        if fault.kind == "reset":
            raise ConnectionResetError("reset")
        if fault.kind == "http_500":
            return _json({"error": -1, "message": "Internal Server Error"}, 500)
        if fault.kind == "http_502":
            return Response(GATEWAY_PAGE, 502, mimetype="text/html")
        if fault.kind == "rate_storm":
            answer = _json({"error": -32, "message": "Your OA reached limit call api"})
            answer.headers["X-RateLimit-Limit"] = str(self._world.switches.rate_oa)
            answer.headers["X-RateLimit-Remain"] = "0"
            return answer
        return _json({"error": fault.code, "message": fault.message or "Fault injected"})

    def _spoil(
        self,
        fault: FaultOrder,
        response: Response,
        body: bytes,
        environ: WSGIEnvironment,
        start: StartResponse,
    ) -> Iterable[bytes]:
        if fault.kind == "timeout_after":
            self._world.faults.hang(fault.seconds)
            raise ConnectionResetError("timeout after acceptance")
        if fault.kind == "broken_json":
            response.set_data(body[: max(len(body) // 2, 1)])
            return response(environ, start)
        response.headers["Content-Length"] = str(len(body))
        start(response.status, list(response.headers))
        return self._drip(body, fault.seconds)

    def _drip(self, body: bytes, seconds: float) -> Iterator[bytes]:
        pause = seconds / max(len(body), 1)
        # Once faults are cleared the rest comes at once.
        released = self._world.faults.released
        for position in range(len(body)):
            yield body[position : position + 1]
            released.wait(pause)


def _query(text: str) -> dict[str, Any]:
    query: dict[str, Any] = {}
    for name, values in parse_qs(text, keep_blank_values=True).items():
        query[name] = values[0]
        if name == "data":
            try:
                query[name] = json.loads(values[0])
            except (ValueError, RecursionError):
                continue
    return query


def _masked(name: str, value: str) -> str:
    secret = name in ("code", "refresh_token", "code_verifier")
    return "…" + value[-6:] if secret else value


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status, mimetype="application/json")
