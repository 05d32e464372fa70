"""Tin tức: news and videos citizens find in the chat; written here or fetched from the portal."""

from __future__ import annotations

from console.frame import Console


def add(console: Console) -> None:
    """Add the pages of news."""
    from console.news import pages

    pages.add(console)
