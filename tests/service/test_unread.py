"""What a page leaves unread of a body is taken off the line, up to a bound, before the answer."""

from __future__ import annotations

import io
from typing import Any

import pytest

from service.unread import reading_on


def left(environ: dict[str, Any], body: io.BytesIO) -> int:
    """How many bytes stand unread once the answer is there."""
    asked = reading_on(lambda told, start: [b"refused"])
    assert list(asked({**environ, "wsgi.input": body}, None)) == [b"refused"]
    return len(body.getvalue()) - body.tell()


@pytest.mark.parametrize("told", [{"CONTENT_LENGTH": "1"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_the_body_is_read_on(told: dict[str, str]) -> None:
    assert left({"wsgi.input_terminated": True, **told}, io.BytesIO(b"x" * 700_000)) == 0


@pytest.mark.parametrize(
    "told", [{}, {"CONTENT_LENGTH": "0"}, {"CONTENT_LENGTH": "5", "wsgi.input_terminated": False}]
)
def test_nothing_is_waited_for_that_may_never_come(told: dict[str, Any]) -> None:
    assert left({"wsgi.input_terminated": True, **told}, io.BytesIO(b"12345")) == 5


def test_there_is_an_end_to_patience() -> None:
    class Endless(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.given += size or 0
            return b"x" * (size or 0)

    body = Endless()
    left({"wsgi.input_terminated": True, "CONTENT_LENGTH": "999999999999"}, body)
    assert body.given == 50 * 1024 * 1024
