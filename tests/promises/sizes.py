"""How much a promise is tried with: a short version in every run, the whole of it at night.

``make nightly`` sets ``NIGHTLY=1``; then each test takes the numbers its promise names.
"""

from __future__ import annotations

import os

NIGHTLY = os.environ.get("NIGHTLY") == "1"


def size(short: int, whole: int) -> int:
    """``whole`` at night, ``short`` otherwise."""
    return whole if NIGHTLY else short
