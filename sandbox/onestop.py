"""Giả lập phần mềm một cửa: pushes dossiers and events into the product as another system would."""

from __future__ import annotations

from flask import Blueprint

from .world import World


def routes(world: World) -> Blueprint:
    """``/onestop``."""
    return Blueprint("onestop", __name__)
