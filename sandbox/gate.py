"""What every API call passes first: token, proof, the OA's standing, rate (protocol 9)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from flask import Response, jsonify, request

from .errors import ZaloError, refused, zbs_refused
from .rates import RateRefused
from .world import World

Family = Literal["oa", "zbs"]
Call = Callable[[], Any]


class Gate:
    """Wraps views: they return the `data` of the answer or raise `ZaloError`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, family: Family) -> Callable[[Call], Callable[[], Response]]:
        """Decorator for a call of the OA host or of the business host."""

        def wrap(view: Call) -> Callable[[], Response]:
            @wraps(view)
            def guarded() -> Response:
                headers: dict[str, str] = {}
                try:
                    with self._world.lock():
                        headers = self._admit(family)
                        answer = jsonify(data=view(), error=0, message="Success")
                    self._world.counters["accepted"] += 1
                except RateRefused as full:
                    headers, answer = full.headers, _refusal(full.error)
                    self._world.counters["error -32"] += 1
                except ZaloError as error:
                    answer = _refusal(error)
                    self._world.counters[f"error {error.code}"] += 1
                answer.headers.extend(headers)
                return answer

            return guarded

        return wrap

    def _admit(self, family: Family) -> dict[str, str]:
        switches, token = self._world.switches, request.headers.get("access_token", "")
        try:
            self._world.tokens.check(token)
        except ZaloError:
            if family == "zbs":
                raise zbs_refused(-124) from None
            raise
        if switches.appsecret_proof and not self._proved(token):
            raise refused(-242) if family == "oa" else zbs_refused(-1241)
        if family == "oa":
            self._check_standing()
        elif not switches.oa_verified or not switches.oa_package:
            raise zbs_refused(-135)
        now = self._world.clock.now_ms()
        return self._world.rates.spend(now, switches, counts_for_oa=family == "oa")

    def _check_standing(self) -> None:
        switches = self._world.switches
        for fine, code in (
            (switches.oa_enabled, -204),
            (switches.oa_authorised, -223),
            (switches.oa_package, -224),
            (switches.oa_verified, -221),
        ):
            if not fine:
                raise refused(code)

    def _proved(self, token: str) -> bool:
        key = self._world.config.app_secret.encode()
        expected = hmac.new(key, token.encode(), hashlib.sha256).hexdigest()
        given = request.headers.get("appsecret_proof", "")
        return secrets.compare_digest(expected.encode(), given.encode())


def json_body(family: Family = "oa") -> dict[str, Any]:
    """The request's JSON object; -201 or -121/-122 when it is none."""
    raw = request.get_data()
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    if family == "zbs":
        raise zbs_refused(-122 if raw else -121)
    raise refused(-201, "body")


def query_data() -> dict[str, Any]:
    """The one GET parameter ``data``: URL-encoded JSON (protocol 3.1)."""
    try:
        value = json.loads(request.args.get("data", "{}"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise refused(-201, "data")
    return value


def query_values() -> dict[str, Any]:
    """GET parameters in ``data``, or plain ones where the protocol is silent (3.1, 3.10)."""
    return query_data() if "data" in request.args else request.args.to_dict()


def whole_number(values: dict[str, Any], name: str, low: int, high: int, default: int) -> int:
    """An integer member between `low` and `high`, numbers in strings allowed; else -201."""
    value = values.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise refused(-201, name)
    return value


def _refusal(error: ZaloError) -> Response:
    return jsonify(error=error.code, message=error.message)
