"""Flask factory and command line: ``python app.py COMMAND`` (contract 1). No logic lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import journal
from service.commands import cli

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["cli", "create_app"]


def create_app() -> Flask:
    """The web half; read only when it is asked for, because every process starts from this file."""
    from service.web import application

    return application()


if __name__ == "__main__":
    journal.configure("WARNING")  # commands that stay running set their own level
    cli()
