"""The staff console under ``/console/`` (contract 3)."""

from __future__ import annotations

from flask import Blueprint

from bot.client import ZaloClient
from clock import Clock
from console import bootstrap, faults, guard
from console.frame import Console
from crypto import Vault
from settings import Settings
from store.engine import Database


def create_blueprint(
    database: Database, settings: Settings, vault: Vault, clock: Clock, zalo: ZaloClient
) -> Blueprint:
    """All pages of the console; `console_of` finds the `Console` behind it again."""
    from console import (
        agencies,
        api_keys,
        audit_log,
        broadcasts,
        chats,
        dossiers,
        feedback,
        guides,
        me,
        news,
        overview,
        people,
        privacy,
        procedures,
        province,
        questions,
        reports,
        saved_filters,
        saved_texts,
        sign_in,
        texts,
    )

    # In the order of the navigation.
    sections = (
        overview,
        dossiers,
        feedback,
        chats,
        procedures,
        guides,
        texts,
        saved_texts,
        news,
        broadcasts,
        questions,
        reports,
        privacy,
        agencies,
        people,
        province,
        api_keys,
        audit_log,
        sign_in,
        me,
        saved_filters,
    )

    blueprint = Blueprint(
        "console",
        __name__,
        url_prefix="/console",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    console = Console(blueprint, database, settings, vault, clock, zalo)
    guard.install(console)
    faults.install(console)
    for section in sections:
        section.add(console)
    blueprint.record(lambda state: state.app.extensions.update(console=console))
    bootstrap.add(blueprint)
    return blueprint
