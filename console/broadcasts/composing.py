"""Filled in by its own change."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add the pages."""
