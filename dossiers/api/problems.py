"""Errors as RFC 9457 problem documents: what is wrong, where, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from bot.text import clean
from dossiers.ingest import Result

MEDIA_TYPE = "application/problem+json"
#: So many errors are spelled out; a list of 500 bad items need not be answered with megabytes.
_MOST_ERRORS = 1000


class Problem(Exception):
    """A request that is answered with an error; ``code`` is for programs, ``detail`` for people."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    def document(self, request_id: str) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            **self.members,
        }


def respond(
    document: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer; anything from 400 on is a problem document."""
    kind = MEDIA_TYPE if status >= HTTPStatus.BAD_REQUEST else "application/json"
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    answer = Response(text + "\n", status, content_type=kind)
    answer.headers.update(headers or {})
    return answer


def entries(results: Iterable[Result], *, listed: bool) -> list[dict[str, Any]]:
    """One entry for each wrong field, with the index of its item and a JSON pointer (RFC 6901)."""
    found = []
    for result in results:
        for error in result.errors:
            parts = ([str(result.index)] if listed else []) + ([error.field] if error.field else [])
            pointer = "#" + "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in parts)
            found.append(
                {
                    "index": result.index,
                    "field": error.field,
                    "pointer": pointer,
                    "detail": clean(error.message),
                }
            )
    return found[:_MOST_ERRORS]
