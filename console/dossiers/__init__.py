"""Hồ sơ: found, taken in, moved on, told about, imported."""

from __future__ import annotations

from console.dossiers import acts, batch, importing, intake, listing, papers, tied, typing, view
from console.frame import Console


def add(console: Console) -> None:
    """Add every page of dossiers."""
    for part in (listing, intake, typing, view, acts, tied, papers, batch, importing):
        part.add(console)
