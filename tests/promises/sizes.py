"""How much a promise is tried with: a short version in every run, the whole of it at night.

``make nightly`` sets ``NIGHTLY=1``; then each test takes the numbers its promise names.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

NIGHTLY = os.environ.get("NIGHTLY") == "1"


def size(short: int, whole: int) -> int:
    """``whole`` at night, ``short`` otherwise."""
    return whole if NIGHTLY else short


def until(true: Callable[[], object], seconds: float, pause: float = size(20, 500) / 1000) -> None:
    """Wait for it; asked seldom at night, when there is much to look at in each question."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(pause)
