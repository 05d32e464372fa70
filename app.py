"""Flask factory and command line: ``python app.py COMMAND`` (contract 1). No logic lives here."""

from __future__ import annotations

import journal
from service.commands import cli
from service.web import application as create_app

__all__ = ["cli", "create_app"]

if __name__ == "__main__":
    journal.configure("WARNING")  # commands that stay running set their own level
    cli()
