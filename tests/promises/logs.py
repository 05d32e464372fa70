"""What the product writes to its log while something goes wrong: facts, never traces or persons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

_TRACES = ("exception", "exc_info", "stack", "stack_info", "traceback")


@contextmanager
def discreet(capture: pytest.CaptureFixture[str], *secrets: str) -> Iterator[list[Any]]:
    """Fails when a line within the block holds a trace or one of ``secrets``; gives the lines.

    Looked at is every line before the log's own filter, and what was printed beside it.
    """
    capture.readouterr()
    with structlog.testing.capture_logs() as lines:
        yield lines
    printed = capture.readouterr()
    beside = printed.out + printed.err
    assert "Traceback" not in beside, beside[-3000:]
    for line in lines:
        assert not set(_TRACES) & set(line), line
    whole = "\n".join(map(str, lines)) + beside
    found: Sequence[str] = [secret for secret in secrets if secret in whole]
    assert not found, whole[-3000:]
