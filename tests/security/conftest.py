"""The console's `office` and the web application as strangers meet it."""

from __future__ import annotations

from tests.console.conftest import office

__all__ = ["office"]
